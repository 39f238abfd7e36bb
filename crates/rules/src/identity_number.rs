//! The resident identity number (公民身份号码, GB 11643): check, reading and normal form.
//!
//! The residence permits of Hong Kong, Macao and Taiwan residents (prefixes 81, 82, 83) and the
//! 18-character permanent residence card of foreigners (prefix 9) use the same check character.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::division::is_province;
use crate::writing::normalised_number;

/// GB 11643: the weight of each of the first 17 places.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// GB 11643: the check character for each remainder modulo 11.
const CHECK_CHARACTERS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// Years of age above which a number is plausible only for somebody long dead.
/// Not a rule of law: no person of this age is on record, so it raises a warning and no error.
pub const OLDEST_PLAUSIBLE_AGE: i16 = 130;

/// Sex as the identity number states it (GB/T 2261.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

/// Which document the number belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A Chinese citizen's resident identity card 居民身份证.
    Resident,
    /// Residence permit of a Hong Kong resident 港澳台居民居住证 (81).
    HongKong,
    /// Residence permit of a Macao resident (82).
    Macao,
    /// Residence permit of a Taiwan resident (83).
    Taiwan,
    /// Permanent residence card of a foreigner 外国人永久居留身份证 (9, then the province).
    ForeignPermanentResident,
}

/// A number that passed every check, in its normal form.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct IdentityNumber(String);

/// What a valid number says, with what is odd about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// The 18 characters, X in upper case.
    pub number: IdentityNumber,
    /// Places 7 to 14.
    pub birth_date: Date,
    /// From place 17: odd male, even female.
    pub sex: Sex,
    /// The document, by its prefix.
    pub holder: Holder,
    /// True when the text was a 15-digit number of the first generation.
    pub upgraded: bool,
    /// Odd, yet no reason to refuse.
    pub warnings: Vec<Warning>,
}

/// Odd, yet no reason to refuse: codes change and old numbers live on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum Warning {
    /// The first two digits belong to no province. Synthetic persons carry such numbers (99).
    #[error("identity_number.unassigned_prefix")]
    UnassignedPrefix {
        /// The six digits of the division of first issue.
        prefix: u32,
    },
    /// The province exists, the division is in no table at hand: it may have been abolished.
    #[error("identity_number.unknown_division")]
    UnknownDivision {
        /// The six digits of the division of first issue.
        prefix: u32,
    },
    /// Older than [`OLDEST_PLAUSIBLE_AGE`].
    #[error("identity_number.age")]
    Age {
        /// Completed years.
        years: i16,
    },
}

/// Why a text is no identity number. `Display` gives the code under which the texts are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum IdentityNumberError {
    /// Nothing was written.
    #[error("identity_number.empty")]
    Empty,
    /// A spreadsheet turned the number into a rounded one such as 1.10105E+17; its digits are lost.
    #[error("identity_number.rounded")]
    Rounded,
    /// Neither 18 nor 15 characters.
    #[error("identity_number.length")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character that cannot stand at this place.
    #[error("identity_number.character")]
    Character {
        /// Place, counted from 1.
        place: usize,
        /// The character found.
        found: char,
    },
    /// Places 7 to 14 are no day of the calendar.
    #[error("identity_number.birth_date")]
    BirthDate {
        /// The eight digits, year, month, day.
        found: String,
    },
    /// Born after today.
    #[error("identity_number.future")]
    Future {
        /// The birth date read.
        birth_date: Date,
    },
    /// The sequence 000 is never given out.
    #[error("identity_number.sequence")]
    Sequence,
    /// The last character does not fit the others: at least one of the 18 is wrong.
    #[error("identity_number.check_character")]
    CheckCharacter {
        /// The character that the other 17 ask for.
        expected: char,
        /// The character found.
        found: char,
    },
}

impl IdentityNumberError {
    /// The code under which the texts are kept, such as `identity_number.length`.
    pub fn code(&self) -> String {
        self.to_string()
    }
}

impl IdentityNumber {
    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The six digits of the division where the number was first given out.
    pub fn division_prefix(&self) -> u32 {
        prefix_of(&self.0)
    }

    /// The form for the eyes of those who may not see the number: `990115••••••••2319`.
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

impl fmt::Debug for IdentityNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "IdentityNumber({})", self.masked())
    }
}

impl Reading {
    /// Completed years on a day; negative before birth.
    pub fn age_on(&self, day: Date) -> i16 {
        age_on(self.birth_date, day)
    }
}

/// Completed years on a day, by the calendar; who is born on 29 February completes a year on 1 March
/// (Civil Code art. 201: the day of birth itself is not counted).
pub fn age_on(birth_date: Date, day: Date) -> i16 {
    let years = day.year() - birth_date.year();
    if (day.month(), day.day()) < (birth_date.month(), birth_date.day()) { years - 1 } else { years }
}

/// Reads an identity number of 18 or 15 characters; see [`check_against`].
///
/// # Errors
/// The first reason found in reading order: length, characters, birth date, sequence, check character.
pub fn check(text: &str, today: Date) -> Result<Reading, IdentityNumberError> {
    check_against(text, today, |_| true)
}

/// Reads an identity number and asks `known` whether the six digits of the division were ever in use.
/// Full-width characters, lower-case x, spaces and hyphens are forgiven. A 15-digit number
/// (first generation, before 1999-10-01) is brought to 18 by inserting 19 and the check character.
///
/// # Errors
/// The first reason found in reading order: length, characters, birth date, sequence, check character.
pub fn check_against(
    text: &str,
    today: Date,
    known: impl Fn(u32) -> bool,
) -> Result<Reading, IdentityNumberError> {
    let written = normalised_number(text);
    let (number, upgraded) = eighteen(&written)?;
    let birth_date = birth_date(&number)?;
    if birth_date > today {
        return Err(IdentityNumberError::Future { birth_date });
    }
    let sequence = number.get(14..17).unwrap_or_default();
    if sequence == "000" {
        return Err(IdentityNumberError::Sequence);
    }
    let expected = check_character(&number)?;
    let found = number.chars().last().unwrap_or_default();
    if found != expected {
        return Err(IdentityNumberError::CheckCharacter { expected, found });
    }
    let odd = sequence.chars().last().and_then(|c| c.to_digit(10)).is_some_and(|d| d % 2 == 1);
    let (holder, warnings) = warnings(prefix_of(&number), birth_date, today, known);
    Ok(Reading {
        number: IdentityNumber(number),
        birth_date,
        sex: if odd { Sex::Male } else { Sex::Female },
        holder,
        upgraded,
        warnings,
    })
}

/// The form for the eyes of those who may not see the number: the division and the last four characters,
/// `990115••••••••2319`. A text of any other length shows nothing but its length.
pub fn mask(number: &str) -> String {
    let length = number.chars().count();
    if length != 18 {
        return "•".repeat(length);
    }
    number.chars().enumerate().map(|(place, c)| if (6..14).contains(&place) { '•' } else { c }).collect()
}

/// The check character that belongs to the first 17 digits.
///
/// # Errors
/// When one of them is no digit or there are fewer than 17.
pub fn check_character(digits: &str) -> Result<char, IdentityNumberError> {
    let mut sum = 0;
    let mut count = 0;
    for (weight, (index, found)) in WEIGHTS.iter().zip(digits.chars().enumerate()) {
        let place = index + 1;
        sum += weight * found.to_digit(10).ok_or(IdentityNumberError::Character { place, found })?;
        count = place;
    }
    let remainder = usize::try_from(sum % 11).unwrap_or_default();
    match CHECK_CHARACTERS.get(remainder) {
        Some(character) if count == WEIGHTS.len() => Ok(*character),
        _ => Err(IdentityNumberError::Length { found: count }),
    }
}

/// Brings both generations to 18 characters and refuses wrong lengths and characters.
fn eighteen(written: &str) -> Result<(String, bool), IdentityNumberError> {
    if written.is_empty() {
        return Err(IdentityNumberError::Empty);
    }
    if written.contains("E+") {
        return Err(IdentityNumberError::Rounded);
    }
    let length = written.chars().count();
    if length != 18 && length != 15 {
        return Err(IdentityNumberError::Length { found: length });
    }
    for (index, found) in written.chars().enumerate() {
        let allowed = found.is_ascii_digit() || (index == 17 && found == 'X');
        if !allowed {
            return Err(IdentityNumberError::Character { place: index + 1, found });
        }
    }
    if length == 18 {
        return Ok((written.to_owned(), false));
    }
    let (division, rest) = written.split_at(6);
    let mut number = format!("{division}19{rest}");
    number.push(check_character(&number)?);
    Ok((number, true))
}

fn birth_date(number: &str) -> Result<Date, IdentityNumberError> {
    let text = number.get(6..14).unwrap_or_default();
    let impossible = || IdentityNumberError::BirthDate { found: text.to_owned() };
    let part = |range: std::ops::Range<usize>| text.get(range).ok_or_else(impossible);
    let year = part(0..4)?.parse::<i16>().map_err(|_| impossible())?;
    let month = part(4..6)?.parse::<i8>().map_err(|_| impossible())?;
    let day = part(6..8)?.parse::<i8>().map_err(|_| impossible())?;
    Date::new(year, month, day).map_err(|_| impossible())
}

fn prefix_of(number: &str) -> u32 {
    number.get(..6).and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

fn warnings(
    prefix: u32,
    birth_date: Date,
    today: Date,
    known: impl Fn(u32) -> bool,
) -> (Holder, Vec<Warning>) {
    let mut warnings = Vec::new();
    let province = prefix / 10_000;
    let holder = match province {
        81 => Holder::HongKong,
        82 => Holder::Macao,
        83 => Holder::Taiwan,
        90.. if is_province(prefix / 1_000 % 100) => Holder::ForeignPermanentResident,
        _ => Holder::Resident,
    };
    if holder == Holder::Resident {
        if !is_province(province) {
            warnings.push(Warning::UnassignedPrefix { prefix });
        } else if !known(prefix) {
            warnings.push(Warning::UnknownDivision { prefix });
        }
    }
    let years = age_on(birth_date, today);
    if years > OLDEST_PLAUSIBLE_AGE {
        warnings.push(Warning::Age { years });
    }
    (holder, warnings)
}

#[cfg(test)]
mod tests;
