//! What a person may ask of those who hold the data, who answers and by when, and on which grounds the answer may be no
//! (`data/rights.toml`; Personal Information Protection Law art. 44 to 50, Mental Health Law art. 47).

use crate::Refusal;
use crate::account::Role;
use crate::calendar::{Calendar, Due};
use crate::capacity::Basis;
use crate::embedded::DataError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/rights.toml";
const TEXT: &str = include_str!("../../../data/rights.toml");
/// The rule behind every refusal here.
const RULE: &str = "PIPL50";

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done as asked.
    Granted,
    /// Done in part.
    Partly,
    /// Not done.
    Refused,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Outcome; 3] = [Outcome::Granted, Outcome::Partly, Outcome::Refused];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Granted => "granted",
            Outcome::Partly => "partly",
            Outcome::Refused => "refused",
        }
    }

    /// The outcome of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// Something that may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestKind {
    /// Code.
    pub code: String,
    /// Who answers.
    pub answered_by: Role,
    /// Whether a guardian who only reads with the person's consent may ask it as well.
    pub kin_by_consent: bool,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Law, in Chinese.
    pub law_zh: String,
    /// Law, in English.
    pub law_en: String,
}

/// A ground of a no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusalGround {
    /// Code.
    pub code: String,
    /// Kinds of requests that it may answer.
    pub kinds: Vec<String>,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Law, in Chinese.
    pub law_zh: String,
    /// Law, in English.
    pub law_en: String,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The person.
    Person,
    /// A guardian, whose access rests on this.
    Guardian(Basis),
}

/// Kinds, grounds and terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightsTable {
    /// First day in force.
    pub effective_from: Date,
    /// Working days in which a request is answered.
    pub answer_working_days: u16,
    /// Days for which a granted copy can be fetched.
    pub copy_days: u16,
    /// What may be asked.
    #[serde(rename = "kind")]
    pub kinds: Vec<RequestKind>,
    /// Grounds of a no.
    #[serde(rename = "ground")]
    pub grounds: Vec<RefusalGround>,
}

impl RightsTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// A kind of request.
    #[must_use]
    pub fn kind(&self, code: &str) -> Option<&RequestKind> {
        self.kinds.iter().find(|kind| kind.code == code)
    }

    /// A ground of a no.
    #[must_use]
    pub fn ground(&self, code: &str) -> Option<&RefusalGround> {
        self.grounds.iter().find(|ground| ground.code == code)
    }

    /// By which day a request of a day is answered.
    #[must_use]
    pub fn due(&self, asked: Date, calendar: &Calendar) -> Due {
        calendar.after_working_days(asked, self.answer_working_days)
    }

    /// Whether somebody may ask this. A guardian asks for a person who does not decide alone (Civil Code art. 34); who only
    /// reads with a competent person's consent may complain, and asks for nothing in the person's name.
    ///
    /// # Errors
    /// A refusal that names what stands in the way.
    pub fn may_ask(&self, code: &str, asker: Asker) -> Result<&RequestKind, Refusal> {
        let kind = self.kind(code).ok_or_else(|| Refusal::new(RULE, "value_invalid"))?;
        match asker {
            Asker::Person | Asker::Guardian(Basis::Minor | Basis::Capacity) => Ok(kind),
            Asker::Guardian(Basis::Consent) if kind.kin_by_consent => Ok(kind),
            Asker::Guardian(Basis::Consent) => Err(Refusal::new(RULE, "guardian_not_allowed")),
        }
    }

    /// Whether a role answers this kind. Civil affairs answers for the county and may answer everything; the desk answers
    /// nothing that is a complaint, which may be about itself.
    #[must_use]
    pub fn answers(&self, role: Role, code: &str) -> bool {
        let by = self.kind(code).map(|kind| kind.answered_by);
        by.is_some_and(|by| by == role || role == Role::CivilAffairsOfficer)
    }

    /// Whether an answer is whole: a no, and a yes to a part, name a ground that fits and say why in words (Personal
    /// Information Protection Law art. 50).
    ///
    /// # Errors
    /// A refusal that names what is missing.
    pub fn answer(
        &self,
        kind: &str,
        outcome: Outcome,
        ground: Option<&str>,
        words: &str,
    ) -> Result<(), Refusal> {
        let found = ground.and_then(|code| self.ground(code));
        let fits = found.is_some_and(|ground| ground.kinds.iter().any(|other| other == kind));
        match outcome {
            Outcome::Granted if ground.is_none() => Ok(()),
            Outcome::Granted => Err(Refusal::new(RULE, "ground_not_fitting")),
            Outcome::Partly | Outcome::Refused if !fits => Err(Refusal::new(RULE, "ground_not_fitting")),
            Outcome::Partly | Outcome::Refused if words.trim().is_empty() => {
                Err(Refusal::new(RULE, "reason_missing"))
            }
            Outcome::Partly | Outcome::Refused => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn table() -> RightsTable {
        RightsTable::embedded().unwrap()
    }

    #[test]
    fn the_file_is_sound() {
        let table = table();
        assert!(table.answer_working_days > 0 && table.copy_days > 0);
        for kind in &table.kinds {
            assert_eq!(table.kinds.iter().filter(|other| other.code == kind.code).count(), 1);
            assert!(!kind.law_zh.is_empty() && !kind.law_en.is_empty(), "{kind:?}");
            assert!([Role::ReferralWorker, Role::CivilAffairsOfficer].contains(&kind.answered_by));
            assert!(table.grounds.iter().any(|ground| ground.kinds.contains(&kind.code)), "{kind:?}");
        }
        for ground in &table.grounds {
            assert_eq!(table.grounds.iter().filter(|other| other.code == ground.code).count(), 1);
            assert!(ground.kinds.iter().all(|kind| table.kind(kind).is_some()), "{ground:?}");
        }
    }

    #[test]
    fn who_may_ask_what() {
        let rows = [
            ("copy", Asker::Person, None),
            ("complaint", Asker::Person, None),
            ("copy", Asker::Guardian(Basis::Minor), None),
            ("deletion", Asker::Guardian(Basis::Capacity), None),
            ("copy", Asker::Guardian(Basis::Consent), Some("guardian_not_allowed")),
            ("correction", Asker::Guardian(Basis::Consent), Some("guardian_not_allowed")),
            ("complaint", Asker::Guardian(Basis::Consent), None),
            ("gossip", Asker::Person, Some("value_invalid")),
        ];
        for (kind, asker, expected) in rows {
            let refusal = table().may_ask(kind, asker).err().map(|refusal| refusal.code);
            assert_eq!(refusal.as_deref(), expected, "{kind} {asker:?}");
        }
    }

    #[test]
    fn who_answers_what() {
        let rows = [
            ("copy", Role::ReferralWorker, true),
            ("copy", Role::CivilAffairsOfficer, true),
            ("complaint", Role::ReferralWorker, false),
            ("complaint", Role::CivilAffairsOfficer, true),
            ("copy", Role::CaseManager, false),
            ("copy", Role::Administrator, false),
            ("gossip", Role::CivilAffairsOfficer, false),
        ];
        for (kind, role, expected) in rows {
            assert_eq!(table().answers(role, kind), expected, "{kind} {role:?}");
        }
    }

    #[test]
    fn a_no_names_its_ground_and_says_why() {
        let rows = [
            ("copy", Outcome::Granted, None, "", None),
            ("copy", Outcome::Granted, Some("harmful"), "x", Some("ground_not_fitting")),
            ("copy", Outcome::Refused, None, "x", Some("ground_not_fitting")),
            ("copy", Outcome::Refused, Some("retention"), "x", Some("ground_not_fitting")),
            ("copy", Outcome::Refused, Some("harmful"), " ", Some("reason_missing")),
            ("copy", Outcome::Refused, Some("harmful"), "x", None),
            ("deletion", Outcome::Partly, Some("retention"), "x", None),
        ];
        for (kind, outcome, ground, words, expected) in rows {
            let refusal = table().answer(kind, outcome, ground, words).err().map(|refusal| refusal.code);
            assert_eq!(refusal.as_deref(), expected, "{kind} {outcome:?} {ground:?}");
        }
    }

    #[test]
    fn a_request_is_answered_within_fifteen_working_days() {
        let calendar = Calendar::embedded();
        for (asked, due) in [(date(2025, 3, 3), date(2025, 3, 24)), (date(2025, 9, 26), date(2025, 10, 23))] {
            assert_eq!(table().due(asked, &calendar).date, due);
        }
    }
}
