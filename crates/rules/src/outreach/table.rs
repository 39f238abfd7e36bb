//! `data/outreach.toml`: ways, outcomes, reasons, scripts and days of reaching people.

use crate::{contact::ContactWay, embedded::DataError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/outreach.toml";
const TEXT: &str = include_str!("../../../../data/outreach.toml");

/// Bounds and days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Persons whom one act may give to a house.
    pub given_at_once: usize,
    /// Days until the first attempt is due.
    pub first_after_days: u16,
    /// Days back that an attempt may be entered.
    pub entered_within_days: u16,
    /// Days ahead that a next day may be agreed upon.
    pub agreed_within_days: u16,
    /// Different days without reaching anybody, after which somebody counts as not reached.
    pub days_before_unreached: usize,
    /// Days between the checks from then on.
    pub unreached_every_days: u16,
    /// Failed attempts in a row in the same way, after which another is proposed.
    pub same_way_at_most: usize,
    /// Letters of a note.
    pub note_letters: usize,
}

/// To whom a lead may be given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Giving {
    /// Kinds of organisations.
    pub kinds: Vec<String>,
}

/// What a script may not say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Words, in lower case, of which none may stand in it.
    pub never: Vec<String>,
}

/// A way to try somebody.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// Code.
    pub code: String,
    /// The way that the person must have called safe, where the person said how to be reached.
    pub reach: Option<ContactWay>,
    /// It is a trial session.
    #[serde(default)]
    pub trial: bool,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// What to say or send, in Chinese.
    pub script_zh: String,
    /// What to say or send, in English.
    pub script_en: String,
}

/// Who was reached.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// Code.
    pub code: String,
    /// The person, or family who decide with the person.
    pub contact: bool,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What follows of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Follows {
    /// Another attempt.
    Again,
    /// A trial session on an agreed day.
    Trial,
    /// Help with an application.
    Applies,
    /// Nothing more.
    Ends,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Code.
    pub code: String,
    /// Only where the person or family was reached; otherwise only where they were not.
    pub contact: bool,
    /// Only of a trial session.
    #[serde(default)]
    pub trial: bool,
    /// A reason must be given.
    #[serde(default)]
    pub reason: bool,
    /// Days until the next attempt, after the first, second … such outcome in a row.
    pub days: Vec<u16>,
    /// What follows.
    pub follows: Follows,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// Why somebody does not come.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Code.
    pub code: String,
    /// Of those who cannot be contacted any more.
    #[serde(default)]
    pub gone: bool,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// Ways, outcomes, reasons and days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutreachTable {
    /// First day in use.
    pub effective_from: Date,
    /// Bounds and days.
    pub limits: Limits,
    /// To whom a lead may be given.
    pub giving: Giving,
    /// What scripts may not say.
    pub script: Script,
    /// Ways.
    #[serde(rename = "way")]
    pub ways: Vec<Way>,
    /// Who was reached.
    pub reached: Vec<Reached>,
    /// Outcomes.
    #[serde(rename = "outcome")]
    pub outcomes: Vec<Outcome>,
    /// Reasons.
    #[serde(rename = "reason")]
    pub reasons: Vec<Reason>,
}

impl OutreachTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// A way by its code.
    #[must_use]
    pub fn way(&self, code: &str) -> Option<&Way> {
        self.ways.iter().find(|one| one.code == code)
    }

    /// Who was reached, by code.
    #[must_use]
    pub fn reached(&self, code: &str) -> Option<&Reached> {
        self.reached.iter().find(|one| one.code == code)
    }

    /// An outcome by its code.
    #[must_use]
    pub fn outcome(&self, code: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|one| one.code == code)
    }

    /// A reason by its code.
    #[must_use]
    pub fn reason(&self, code: &str) -> Option<&Reason> {
        self.reasons.iter().find(|one| one.code == code)
    }
}
