//! The number of the disability certificate (残疾人证号): the identity number, the category and the grade.
//!
//! China Disabled Persons' Federation: 18 characters of identity number, one digit of category, one digit of
//! grade; a re-issued card may add B and a digit.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::identity_number::{self, IdentityNumberError, Reading};
use crate::writing::normalised_number;

/// The category of disability, place 19.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// 1 视力残疾
    Sight,
    /// 2 听力残疾
    Hearing,
    /// 3 言语残疾
    Speech,
    /// 4 肢体残疾
    Physical,
    /// 5 智力残疾
    Intellectual,
    /// 6 精神残疾
    Psychiatric,
    /// 7 多重残疾
    Multiple,
}

impl Category {
    /// The category of a digit from 1 to 7.
    pub fn from_digit(digit: u32) -> Option<Self> {
        Some(match digit {
            1 => Self::Sight,
            2 => Self::Hearing,
            3 => Self::Speech,
            4 => Self::Physical,
            5 => Self::Intellectual,
            6 => Self::Psychiatric,
            7 => Self::Multiple,
            _ => return None,
        })
    }
}

/// The grade, place 20: 1 (一级) is the most severe, 4 (四级) the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grade(u8);

impl Grade {
    /// The grade of a number from 1 to 4.
    pub fn new(number: u8) -> Option<Self> {
        (1..=4).contains(&number).then_some(Self(number))
    }

    /// From 1, the most severe, to 4.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// A certificate number that passed every check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DisabilityCertificate {
    /// The identity number within, with its warnings.
    pub identity: Reading,
    /// Place 19.
    pub category: Category,
    /// Place 20.
    pub grade: Grade,
    /// The digit after B on a re-issued card.
    pub reissue: Option<u8>,
}

impl DisabilityCertificate {
    /// True when the number itself certifies a psychiatric disability. In category 7 (multiple) the number
    /// does not tell which disabilities are meant; that needs the list on the card.
    pub fn is_psychiatric(&self) -> bool {
        self.category == Category::Psychiatric
    }
}

/// Why a text is no certificate number. `Display` gives the code under which the texts are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum DisabilityCertificateError {
    /// Nothing was written.
    #[error("disability_certificate.empty")]
    Empty,
    /// Neither 20 characters nor 22 with the mark of a re-issue.
    #[error("disability_certificate.length")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// The first 18 characters are no identity number.
    #[error("disability_certificate.identity_number")]
    IdentityNumber {
        /// Why not.
        reason: IdentityNumberError,
    },
    /// Place 19 is not between 1 and 7.
    #[error("disability_certificate.category")]
    Category {
        /// The character found.
        found: char,
    },
    /// Place 20 is not between 1 and 4.
    #[error("disability_certificate.grade")]
    Grade {
        /// The character found.
        found: char,
    },
    /// What follows place 20 is not B and a digit from 1 to 9.
    #[error("disability_certificate.reissue")]
    Reissue {
        /// The text found.
        found: String,
    },
}

impl DisabilityCertificateError {
    /// The code under which the texts are kept, such as `disability_certificate.grade`.
    pub fn code(&self) -> String {
        self.to_string()
    }
}

/// Reads a disability certificate number.
///
/// # Errors
/// The first reason found: length, identity number, category, grade, re-issue.
pub fn check(text: &str, today: Date) -> Result<DisabilityCertificate, DisabilityCertificateError> {
    use DisabilityCertificateError as Error;
    let written = normalised_number(text);
    let length = written.chars().count();
    if length == 0 {
        return Err(Error::Empty);
    }
    if length != 20 && length != 22 {
        return Err(Error::Length { found: length });
    }
    let identity: String = written.chars().take(18).collect();
    let identity =
        identity_number::check(&identity, today).map_err(|reason| Error::IdentityNumber { reason })?;
    let mut rest = written.chars().skip(18);
    let found = rest.next().unwrap_or_default();
    let category = found.to_digit(10).and_then(Category::from_digit).ok_or(Error::Category { found })?;
    let found = rest.next().unwrap_or_default();
    let grade = digit(found).and_then(Grade::new).ok_or(Error::Grade { found })?;
    let reissue = reissue(&rest.collect::<String>())?;
    Ok(DisabilityCertificate { identity, category, grade, reissue })
}

fn reissue(suffix: &str) -> Result<Option<u8>, DisabilityCertificateError> {
    if suffix.is_empty() {
        return Ok(None);
    }
    let number = suffix.strip_prefix('B').and_then(|rest| rest.chars().next()).and_then(digit);
    match number {
        Some(number @ 1..=9) => Ok(Some(number)),
        _ => Err(DisabilityCertificateError::Reissue { found: suffix.to_owned() }),
    }
}

fn digit(character: char) -> Option<u8> {
    character.to_digit(10).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::*;

    const TODAY: Date = date(2026, 3, 2);

    #[test]
    fn valid_numbers_tell_category_and_grade() {
        let cases = [
            ("11010519491231002X62", Category::Psychiatric, 2, None),
            ("11010519491231002x62", Category::Psychiatric, 2, None),
            ("11010519491231002X74", Category::Multiple, 4, None),
            ("11010519491231002X51B1", Category::Intellectual, 1, Some(1)),
            ("１１０１０５１９４９１２３１００２Ｘ６１Ｂ２", Category::Psychiatric, 1, Some(2)),
        ];
        for (text, category, grade, reissue) in cases {
            let certificate = check(text, TODAY).unwrap();
            assert_eq!(
                (certificate.category, certificate.grade.number(), certificate.reissue),
                (category, grade, reissue),
                "{text}"
            );
            assert_eq!(certificate.is_psychiatric(), category == Category::Psychiatric);
        }
    }

    #[test]
    fn wrong_numbers_say_why() {
        let cases = [
            ("", "disability_certificate.empty"),
            ("11010519491231002X", "disability_certificate.length"),
            ("11010519491231002X95", "disability_certificate.category"),
            ("11010519491231002X02", "disability_certificate.category"),
            ("11010519491231002X65", "disability_certificate.grade"),
            ("11010519491231002X60", "disability_certificate.grade"),
            ("11010519491231002X62C1", "disability_certificate.reissue"),
            ("11010519491231002X62B0", "disability_certificate.reissue"),
            ("11010519491231002162", "disability_certificate.identity_number"),
        ];
        for (text, code) in cases {
            assert_eq!(check(text, TODAY).unwrap_err().code(), code, "{text}");
        }
    }
}
