//! The texts that people agree to, each with its version, and what goes on without consent because a law asks for it
//! (`data/consent.toml`). Somebody who agreed to an earlier version agreed to that one and to no other: a changed purpose,
//! way or kind of data asks for a new consent (Personal Information Protection Law art. 14).

use crate::embedded::DataError;
use crate::referral::Purpose;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/consent.toml";
const TEXT: &str = include_str!("../../../data/consent.toml");

/// What a person agrees to for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentText {
    /// The purpose.
    pub purpose: Purpose,
    /// Version, from 1.
    pub version: u16,
    /// First day in force.
    pub effective_from: Date,
    /// Months after which the consent runs out.
    pub months: u16,
    /// To whom, in Chinese.
    pub to_zh: String,
    /// What and why, in Chinese.
    pub zh: String,
    /// What follows where it is not given, in Chinese.
    pub without_zh: String,
    /// To whom, in English.
    pub to_en: String,
    /// What and why, in English.
    pub en: String,
    /// What follows where it is not given, in English.
    pub without_en: String,
    /// SHA-256 of [`ConsentText::signed`], in hexadecimal digits.
    pub digest: String,
}

impl ConsentText {
    /// The text as it is signed and digested.
    #[must_use]
    pub fn signed(&self) -> String {
        let purpose = serde_json::to_value(self.purpose).ok();
        let purpose = purpose.as_ref().and_then(|code| code.as_str()).unwrap_or_default();
        let (version, from) = (self.version.to_string(), self.effective_from.to_string());
        [
            purpose,
            &version,
            &from,
            &self.to_zh,
            &self.zh,
            &self.without_zh,
            &self.to_en,
            &self.en,
            &self.without_en,
        ]
        .join("\n")
    }
}

/// A processing that a law asks for: it is told, and is no consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalDuty {
    /// Code.
    pub code: String,
    /// What, in Chinese.
    pub zh: String,
    /// What, in English.
    pub en: String,
    /// By which law, in Chinese.
    pub law_zh: String,
    /// By which law, in English.
    pub law_en: String,
}

/// All texts and duties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentTexts {
    /// Days before a consent runs out on which the person is asked again.
    pub remind_days: u16,
    /// Working days in which the person is to be asked.
    pub ask_working_days: u16,
    #[serde(rename = "text")]
    texts: Vec<ConsentText>,
    /// What goes on without consent.
    #[serde(rename = "duty")]
    pub duties: Vec<LegalDuty>,
}

impl ConsentTexts {
    /// The texts that are part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// The text of a purpose that is in force on a day.
    #[must_use]
    pub fn in_force(&self, purpose: Purpose, on: Date) -> Option<&ConsentText> {
        let begun = self.texts.iter().filter(|text| text.purpose == purpose && text.effective_from <= on);
        begun.max_by_key(|text| text.version)
    }

    /// A version of the text of a purpose.
    #[must_use]
    pub fn version(&self, purpose: Purpose, version: u16) -> Option<&ConsentText> {
        self.texts.iter().find(|text| text.purpose == purpose && text.version == version)
    }

    /// All texts.
    pub fn all(&self) -> impl Iterator<Item = &ConsentText> {
        self.texts.iter()
    }

    /// The versions in force on a day added up: it grows with each new version.
    #[must_use]
    pub fn edition(&self, on: Date) -> u32 {
        Purpose::ALL
            .iter()
            .filter_map(|purpose| self.in_force(*purpose, on))
            .map(|text| u32::from(text.version))
            .sum()
    }
}

#[cfg(test)]
impl ConsentTexts {
    /// A new version of a text from a day on.
    pub(crate) fn renew(&mut self, purpose: Purpose, from: Date) {
        let Some(last) =
            self.texts.iter().filter(|text| text.purpose == purpose).max_by_key(|text| text.version)
        else {
            return;
        };
        let next = ConsentText { version: last.version + 1, effective_from: from, ..last.clone() };
        self.texts.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn each_purpose_has_a_text_in_both_languages_and_versions_follow_each_other() {
        let texts = ConsentTexts::embedded().unwrap();
        assert!(texts.remind_days > 0 && texts.ask_working_days > 0);
        for purpose in Purpose::ALL {
            let mut of_purpose: Vec<&ConsentText> =
                texts.all().filter(|text| text.purpose == purpose).collect();
            of_purpose.sort_by_key(|text| text.version);
            assert!(!of_purpose.is_empty(), "{purpose:?}");
            for (number, text) in (1u16..).zip(&of_purpose) {
                assert_eq!(text.version, number, "{purpose:?}");
                assert!(text.months > 0 && text.digest.len() == 64, "{purpose:?}");
                for part in [&text.to_zh, &text.zh, &text.without_zh, &text.to_en, &text.en, &text.without_en]
                {
                    assert!(!part.trim().is_empty() && !part.contains('\n'), "{purpose:?}");
                }
            }
            assert!(
                of_purpose.windows(2).all(|pair| pair[0].effective_from < pair[1].effective_from),
                "{purpose:?}"
            );
        }
        assert!(texts.duties.iter().all(|duty| !duty.law_zh.is_empty() && !duty.law_en.is_empty()));
    }

    #[test]
    fn a_version_counts_from_its_first_day() {
        let mut texts = ConsentTexts::embedded().unwrap();
        let first = texts.version(Purpose::Research, 1).unwrap().clone();
        texts.texts.push(ConsentText { version: 2, effective_from: date(2026, 4, 1), ..first });
        let edition = texts.edition(date(2026, 3, 31));
        for (day, version) in [(date(2026, 3, 31), 1), (date(2026, 4, 1), 2), (date(2027, 1, 1), 2)] {
            assert_eq!(texts.in_force(Purpose::Research, day).unwrap().version, version);
        }
        assert_eq!(texts.edition(date(2026, 4, 1)), edition + 1);
        assert!(texts.in_force(Purpose::Research, date(2020, 1, 1)).is_none());
    }
}
