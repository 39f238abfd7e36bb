//! The unified social credit code (统一社会信用代码, GB 32100) and the organisation code (GB 11714) within.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::writing::normalised_number;

/// GB 32100: the 31 characters in the order of their values; I, O, S, V and Z are not used.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// GB 32100: powers of 3 modulo 31, one for each of the first 17 places.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// GB 11714: one weight for each of the first 8 places.
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// A code that passed every check, in its normal form of 18 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct CreditCode(String);

/// What kind of organisation the first two characters name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// 11 机关
    Authority,
    /// 12 事业单位
    PublicInstitution,
    /// 51 社会团体
    SocialGroup,
    /// 52 民办非企业单位（社会服务机构）
    PrivateNonEnterprise,
    /// 53 基金会
    Foundation,
    /// 91 企业
    Enterprise,
    /// 92 个体工商户
    IndividualBusiness,
    /// 93 农民专业合作社
    Cooperative,
    /// Any other pair.
    Other,
}

/// What a valid code says, with what is odd about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// The 18 characters.
    pub code: CreditCode,
    /// From places 1 and 2.
    pub kind: OrganisationKind,
    /// Odd, yet no reason to refuse.
    pub warnings: Vec<Warning>,
}

/// Odd, yet no reason to refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum Warning {
    /// Places 9 to 17 are no organisation code of GB 11714, although the check character of the whole fits.
    #[error("credit_code.organisation_code")]
    OrganisationCode,
}

/// Why a text is no credit code. `Display` gives the code under which the texts are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum CreditCodeError {
    /// Nothing was written.
    #[error("credit_code.empty")]
    Empty,
    /// Not the right number of characters (18, or 9 for an organisation code).
    #[error("credit_code.length")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character that cannot stand at this place.
    #[error("credit_code.character")]
    Character {
        /// Place, counted from 1.
        place: usize,
        /// The character found.
        found: char,
    },
    /// The last character does not fit the others.
    #[error("credit_code.check_character")]
    CheckCharacter {
        /// The character that the others ask for.
        expected: char,
        /// The character found.
        found: char,
    },
}

impl CreditCodeError {
    /// The code under which the texts are kept, such as `credit_code.length`.
    pub fn code(&self) -> String {
        self.text().to_owned()
    }

    /// The same as a part of the program.
    #[must_use]
    pub fn text(&self) -> &'static str {
        match self {
            CreditCodeError::Empty => "credit_code.empty",
            CreditCodeError::Length { .. } => "credit_code.length",
            CreditCodeError::Character { .. } => "credit_code.character",
            CreditCodeError::CheckCharacter { .. } => "credit_code.check_character",
        }
    }
}

impl CreditCode {
    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The six digits of the division of the registering department.
    pub fn division_prefix(&self) -> &str {
        self.0.get(2..8).unwrap_or_default()
    }

    /// The nine characters of the organisation code.
    pub fn organisation_code(&self) -> &str {
        self.0.get(8..17).unwrap_or_default()
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Reads a unified social credit code; lower case, full-width characters, spaces and hyphens are forgiven.
///
/// # Errors
/// The first reason found: length, characters, check character.
pub fn check(text: &str) -> Result<Reading, CreditCodeError> {
    let code = normalised_number(text);
    if code.is_empty() {
        return Err(CreditCodeError::Empty);
    }
    let length = code.chars().count();
    if length != 18 {
        return Err(CreditCodeError::Length { found: length });
    }
    let expected = check_character(&code)?;
    let found = code.chars().last().unwrap_or_default();
    value(found).ok_or(CreditCodeError::Character { place: 18, found })?;
    if found != expected {
        return Err(CreditCodeError::CheckCharacter { expected, found });
    }
    let code = CreditCode(code);
    let organisation = check_organisation_code(code.organisation_code());
    let warnings = organisation.err().map(|_| Warning::OrganisationCode).into_iter().collect();
    let kind = kind_of(code.as_str());
    Ok(Reading { code, kind, warnings })
}

/// The check character that belongs to the first 17 characters of a credit code (GB 32100, annex).
///
/// # Errors
/// When one of them is not in the alphabet, or stands where only a digit may (places 3 to 8).
pub fn check_character(text: &str) -> Result<char, CreditCodeError> {
    let mut sum = 0;
    let mut count = 0;
    for (weight, (index, found)) in WEIGHTS.iter().zip(text.chars().enumerate()) {
        let place = index + 1;
        let wrong = CreditCodeError::Character { place, found };
        if (3..=8).contains(&place) && !found.is_ascii_digit() {
            return Err(wrong);
        }
        sum += weight * value(found).ok_or(wrong)?;
        count = place;
    }
    if count != WEIGHTS.len() {
        return Err(CreditCodeError::Length { found: count });
    }
    ALPHABET.chars().nth((31 - sum % 31) % 31).ok_or(CreditCodeError::Length { found: count })
}

/// Checks the nine characters of an organisation code, with or without the hyphen before the last.
///
/// # Errors
/// The first reason found: length, characters, check character.
pub fn check_organisation_code(text: &str) -> Result<String, CreditCodeError> {
    let code = normalised_number(text);
    let length = code.chars().count();
    if length != 9 {
        return Err(CreditCodeError::Length { found: length });
    }
    let mut sum = 0;
    for (weight, (index, found)) in ORGANISATION_WEIGHTS.iter().zip(code.chars().enumerate()) {
        let value = found.is_ascii_alphanumeric().then(|| found.to_digit(36)).flatten();
        sum += weight * value.ok_or(CreditCodeError::Character { place: index + 1, found })?;
    }
    let expected = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or_default(),
    };
    let found = code.chars().last().unwrap_or_default();
    if found == expected { Ok(code) } else { Err(CreditCodeError::CheckCharacter { expected, found }) }
}

fn value(character: char) -> Option<usize> {
    ALPHABET.chars().position(|c| c == character)
}

fn kind_of(code: &str) -> OrganisationKind {
    match code.get(..2).unwrap_or_default() {
        "11" => OrganisationKind::Authority,
        "12" => OrganisationKind::PublicInstitution,
        "51" => OrganisationKind::SocialGroup,
        "52" => OrganisationKind::PrivateNonEnterprise,
        "53" => OrganisationKind::Foundation,
        "91" => OrganisationKind::Enterprise,
        "92" => OrganisationKind::IndividualBusiness,
        "93" => OrganisationKind::Cooperative,
        _ => OrganisationKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn valid_codes_tell_the_kind() {
        let cases = [
            ("91350100M000100Y43", OrganisationKind::Enterprise),
            ("91350100m000100y43", OrganisationKind::Enterprise),
            ("91110000600037341L", OrganisationKind::Enterprise),
            ("１２１０００００４０００１０２７５Ｎ", OrganisationKind::PublicInstitution),
        ];
        for (text, kind) in cases {
            let reading = check(text).unwrap();
            assert_eq!((reading.kind, reading.warnings), (kind, vec![]), "{text}");
        }
        let code = check("91350100M000100Y43").unwrap().code;
        assert_eq!((code.division_prefix(), code.organisation_code()), ("350100", "M000100Y4"));
    }

    #[test]
    fn organisation_codes_by_their_own_check() {
        for code in ["M000100Y4", "M000100Y-4", "600037341", "400010275"] {
            assert!(check_organisation_code(code).is_ok(), "{code}");
        }
        let wrong = CreditCodeError::CheckCharacter { expected: '4', found: '5' };
        assert_eq!(check_organisation_code("M000100Y5"), Err(wrong));
    }

    #[test]
    fn wrong_codes_say_why() {
        let cases = [
            ("", CreditCodeError::Empty),
            ("9135010", CreditCodeError::Length { found: 7 }),
            ("91350100M000100O43", CreditCodeError::Character { place: 16, found: 'O' }),
            ("9135A100M000100Y43", CreditCodeError::Character { place: 5, found: 'A' }),
            ("91350100M000100Y4I", CreditCodeError::Character { place: 18, found: 'I' }),
            ("91350100M000100Y44", CreditCodeError::CheckCharacter { expected: '3', found: '4' }),
        ];
        for (text, expected) in cases {
            assert_eq!(check(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_foreign_organisation_code_is_odd_and_no_error() {
        let first = "52990115M000100Y5";
        let code = format!("{first}{}", check_character(first).unwrap());
        let reading = check(&code).unwrap();
        assert_eq!(reading.kind, OrganisationKind::PrivateNonEnterprise);
        assert_eq!(reading.warnings, [Warning::OrganisationCode]);
    }

    proptest! {
        /// 31 is prime, so one wrong character always changes the remainder.
        #[test]
        fn one_wrong_character_is_found(
            body in "[0-9A-HJ-NP-RTUWXY]{9}", place in 0_usize..17, shift in 1_usize..31,
        ) {
            let first = format!("52440300{body}");
            let code = format!("{first}{}", check_character(&first).unwrap());
            prop_assert!(check(&code).is_ok());
            let changed: String = code.chars().enumerate().map(|(index, c)| {
                if index == place { ALPHABET.chars().nth((value(c).unwrap() + shift) % 31).unwrap() } else { c }
            }).collect();
            prop_assert!(check(&changed).is_err());
        }
    }
}
