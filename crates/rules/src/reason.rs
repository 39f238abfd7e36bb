//! Reason codes and their effects: who acts next, how long an institution is left in peace, whether a count is
//! checked, whether the person is assessed anew. A reason without a consequence is only an excuse.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::account::Role;
use crate::embedded::DataError;

const FILE: &str = "data/reasons.toml";
const TEXT: &str = include_str!("../../../data/reasons.toml");

/// For what a reason may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// R: application rejected.
    Rejection,
    /// D: the institution declines.
    Decline,
    /// C: closure.
    Closure,
    /// X: cancelled by the referral worker.
    Cancel,
    /// Q: waiting list.
    Queue,
    /// P: suspension.
    Pause,
    /// N: not suitable.
    NotSuitable,
    /// V: the person's own decision.
    Withdrawal,
    /// L: a term ran out.
    Lapse,
    /// M: passed on.
    Transfer,
    /// B: a proposal was refused.
    Refused,
    /// Z: the follow-up is over.
    End,
}

/// Whose reason it is; what the person says and what the institution says are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The person or the guardian.
    Person,
    /// The institution.
    Institution,
    /// An authority.
    Authority,
    /// The clock.
    Clock,
}

/// One reason with its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Code, such as "D1".
    pub code: String,
    /// For what it may be given.
    pub category: Category,
    /// Whose reason it is.
    pub who: Whose,
    /// Who acts next.
    pub next_actor: Option<Role>,
    /// Calendar days in which the institution is not offered to the person again.
    #[serde(default)]
    pub cool_down_days: u16,
    /// The count of free places is checked.
    #[serde(default)]
    pub recount_capacity: bool,
    /// The person is assessed anew before the next offer.
    #[serde(default)]
    pub reassess: bool,
    /// Somebody asks whether a complaint lies behind it.
    #[serde(default)]
    pub complaint_check: bool,
    /// A second person must agree.
    #[serde(default)]
    pub supervisor: bool,
    /// Plain text for the person, in Chinese.
    pub zh: String,
    /// Plain text for the person, in English.
    pub en: String,
    /// First day in force.
    pub effective_from: Date,
    /// Last day in force.
    pub effective_until: Option<Date>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reason: Vec<Reason>,
}

/// All reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonTable {
    reasons: Vec<Reason>,
}

impl ReasonTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        Self::parse(TEXT)
    }

    /// A table from a text in the form of `data/reasons.toml`.
    ///
    /// # Errors
    /// When it is badly written, or a code stands twice for the same day.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let file: File = toml::from_str(text).map_err(|fault| DataError::new(FILE, fault))?;
        for (index, reason) in file.reason.iter().enumerate() {
            let twice = file
                .reason
                .iter()
                .skip(index + 1)
                .any(|other| other.code == reason.code && other.effective_from == reason.effective_from);
            if twice {
                return Err(DataError::new(FILE, format!("reason {} stands twice", reason.code)));
            }
        }
        Ok(Self { reasons: file.reason })
    }

    /// The reason of a code on a day.
    #[must_use]
    pub fn get(&self, code: &str, on: Date) -> Option<&Reason> {
        self.in_force(on).filter(|reason| reason.code == code).max_by_key(|reason| reason.effective_from)
    }

    /// The reason of a code on a day, if it may be given for this.
    #[must_use]
    pub fn of(&self, category: Category, code: &str, on: Date) -> Option<&Reason> {
        self.get(code, on).filter(|reason| reason.category == category)
    }

    /// The reasons that may be given for something on a day, in the order of the file.
    pub fn choices(&self, category: Category, on: Date) -> impl Iterator<Item = &Reason> {
        self.in_force(on).filter(move |reason| reason.category == category)
    }

    fn in_force(&self, on: Date) -> impl Iterator<Item = &Reason> {
        self.reasons.iter().filter(move |reason| {
            reason.effective_from <= on && reason.effective_until.is_none_or(|last| on <= last)
        })
    }
}

#[cfg(test)]
mod tests;
