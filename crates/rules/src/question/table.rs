//! `data/question.toml`: terms, bounds and topics of the question desk.

use crate::{
    calendar::Calendar,
    clock::{Mark, Term, Unit, term},
    embedded::DataError,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

const FILE: &str = "data/question.toml";
const TEXT: &str = include_str!("../../../../data/question.toml");

/// How soon an answer is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrgencyTerm {
    /// Code.
    pub code: String,
    /// How many.
    pub limit: u16,
    /// Of what.
    pub unit: Unit,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionTable {
    /// First day in use.
    pub effective_from: Date,
    /// Official or a local default.
    pub mark: Mark,
    /// At this part of a term the desk is reminded.
    pub remind_percent: u16,
    /// Days of silence of the asker from which a question closes by itself.
    pub close_after_days: u16,
    /// Days in which a closed question may be opened again.
    pub reopen_days: u16,
    /// Open questions of one asker at most.
    pub most_open: u32,
    /// Messages of one question at most.
    pub most_messages: u32,
    /// How soon, the most urgent first.
    #[serde(rename = "urgency")]
    pub urgencies: Vec<UrgencyTerm>,
    /// Topics.
    #[serde(rename = "topic")]
    pub topics: Vec<Topic>,
}

impl QuestionTable {
    /// The file that is part of the programme.
    ///
    /// # Errors
    /// It is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        let table: Self = toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))?;
        let sound = (1..100).contains(&table.remind_percent)
            && table.close_after_days > 0
            && table.most_open > 0
            && !table.urgencies.is_empty()
            && !table.topics.is_empty();
        if sound { Ok(table) } else { Err(DataError::new(FILE, "a figure is out of its range")) }
    }

    /// How soon, by its code.
    #[must_use]
    pub fn urgency(&self, code: &str) -> Option<&UrgencyTerm> {
        self.urgencies.iter().find(|one| one.code == code)
    }

    /// A topic by its code.
    #[must_use]
    pub fn topic(&self, code: &str) -> Option<&Topic> {
        self.topics.iter().find(|one| one.code == code)
    }

    /// The term of an answer that begins at an instant.
    #[must_use]
    pub fn due(&self, urgency: &UrgencyTerm, started: Timestamp, calendar: &Calendar) -> Term {
        term(urgency.limit, urgency.unit, self.remind_percent, started, calendar)
    }
}
