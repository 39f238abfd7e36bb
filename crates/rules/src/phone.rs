//! Telephone numbers of mainland China: form only, not whether anybody answers.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::writing::half_width;

/// What the number reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneKind {
    /// 11 digits that begin with 13 to 19.
    Mobile,
    /// Area code and 7 or 8 digits.
    Landline,
    /// 400 or 800 and 7 digits, or 5 digits such as 12345.
    Service,
}

/// A number in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Phone {
    /// Digits alone: `13800138000`, `02112345678`.
    pub digits: String,
    /// Digits after the landline number.
    pub extension: Option<String>,
    /// What the number reaches.
    pub kind: PhoneKind,
}

/// Why a text is no telephone number. `Display` gives the code under which the texts are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum PhoneError {
    /// Nothing was written.
    #[error("phone.empty")]
    Empty,
    /// A character that has no place in a number.
    #[error("phone.character")]
    Character {
        /// The character found.
        found: char,
    },
    /// Digits, but neither a mobile nor a landline number.
    #[error("phone.form")]
    Form {
        /// Digits found.
        found: usize,
    },
}

impl PhoneError {
    /// The code under which the texts are kept, such as `phone.form`.
    pub fn code(&self) -> String {
        self.to_string()
    }
}

/// Reads a telephone number; the country code 86, full-width digits, spaces, brackets and hyphens are forgiven.
///
/// # Errors
/// When the text holds other characters, or its digits fit no kind of number.
pub fn check(text: &str) -> Result<Phone, PhoneError> {
    let text: String = text.chars().map(half_width).collect();
    let lower = text.trim().to_lowercase();
    if lower.is_empty() {
        return Err(PhoneError::Empty);
    }
    let (main, extension) = match lower.split_once(['转', 'x', '#']) {
        Some((main, rest)) => (main, Some(digits_of(rest)?).filter(|digits| !digits.is_empty())),
        None => (lower.as_str(), None),
    };
    let digits = without_country(digits_of(main)?);
    let kind = kind_of(&digits).ok_or(PhoneError::Form { found: digits.chars().count() })?;
    Ok(Phone { digits, extension, kind })
}

/// The form for the eyes of those who may not see the number: `138••••8000`; of a landline the last four digits.
pub fn mask(digits: &str) -> String {
    let length = digits.chars().count();
    let shown_first = if length == 11 && digits.starts_with('1') { 3 } else { 0 };
    let shown_last = if length >= 7 { 4 } else { 0 };
    let hidden = shown_first..length.saturating_sub(shown_last);
    digits.chars().enumerate().map(|(place, c)| if hidden.contains(&place) { '•' } else { c }).collect()
}

fn digits_of(text: &str) -> Result<String, PhoneError> {
    let kept = text.chars().filter(|c| !c.is_whitespace());
    let kept = kept.filter(|c| !matches!(c, '-' | '(' | ')' | '+' | '.' | '\'' | '‐' | '–' | '—' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}'));
    kept.map(|found| if found.is_ascii_digit() { Ok(found) } else { Err(PhoneError::Character { found }) })
        .collect()
}

fn without_country(digits: String) -> String {
    let bare = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86"));
    match bare {
        Some(rest) if rest.chars().count() >= 10 => {
            // A landline is dialled from abroad without the 0 of its area code.
            if rest.starts_with(['0', '1', '4', '8']) && kind_of(rest).is_some() {
                rest.to_owned()
            } else {
                format!("0{rest}")
            }
        }
        _ => digits,
    }
}

fn kind_of(digits: &str) -> Option<PhoneKind> {
    let length = digits.chars().count();
    let second = digits.chars().nth(1)?;
    match (digits.chars().next()?, length) {
        ('1', 11) if second >= '3' => Some(PhoneKind::Mobile),
        ('1' | '9', 5) => Some(PhoneKind::Service),
        ('4' | '8', 10) if digits.get(1..3) == Some("00") => Some(PhoneKind::Service),
        ('0', 10..=12) if second != '0' => Some(PhoneKind::Landline),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_to_one_form() {
        let cases = [
            ("13800138000", "13800138000", PhoneKind::Mobile),
            ("+86 138-0013-8000", "13800138000", PhoneKind::Mobile),
            ("008613800138000", "13800138000", PhoneKind::Mobile),
            ("１３８００１３８０００", "13800138000", PhoneKind::Mobile),
            ("(021) 5555 0101", "02155550101", PhoneKind::Landline),
            ("+86 21 5555 0101", "02155550101", PhoneKind::Landline),
            ("0471-5550101", "04715550101", PhoneKind::Landline),
            ("400-555-0101", "4005550101", PhoneKind::Service),
            ("12345", "12345", PhoneKind::Service),
        ];
        for (text, digits, kind) in cases {
            let phone = check(text).unwrap();
            assert_eq!((phone.digits.as_str(), phone.kind), (digits, kind), "{text}");
        }
        assert_eq!(check("021-55550101转123").unwrap().extension.as_deref(), Some("123"));
    }

    #[test]
    fn what_is_no_number_says_why() {
        let cases = [
            ("", PhoneError::Empty),
            ("无", PhoneError::Character { found: '无' }),
            ("12800138000", PhoneError::Form { found: 11 }),
            ("1380013800", PhoneError::Form { found: 10 }),
            ("55550101", PhoneError::Form { found: 8 }),
        ];
        for (text, expected) in cases {
            assert_eq!(check(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_masked_number_keeps_its_tail() {
        for (digits, masked) in
            [("13800138000", "138••••8000"), ("02155550101", "•••••••0101"), ("12345", "•••••")]
        {
            assert_eq!(mask(digits), masked);
        }
    }
}
