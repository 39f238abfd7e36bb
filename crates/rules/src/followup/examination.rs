//! The yearly physical examination (健康体检), with the consent of person and guardian (National Basic Public Health Service
//! Norms, third edition).

use super::register::{Record, State};
use super::table::FollowupRules;
use crate::Refusal;
use crate::clock::Mark;
use crate::embedded::DataError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The rule behind every refusal here.
const RULE: &str = "SMD-EXAM";

/// What belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// General examination.
    General,
    /// Blood pressure.
    BloodPressure,
    /// Weight.
    Weight,
    /// Blood count with differential.
    BloodCount,
    /// Transaminase.
    Transaminase,
    /// Glucose.
    Glucose,
    /// Electrocardiogram.
    Electrocardiogram,
}

impl Item {
    /// All items.
    pub const ALL: [Item; 7] = [
        Item::General,
        Item::BloodPressure,
        Item::Weight,
        Item::BloodCount,
        Item::Transaminase,
        Item::Glucose,
        Item::Electrocardiogram,
    ];
}

/// The latest day of the next one: a year after the last, or after management began.
#[must_use]
pub fn due(last: Option<Date>, managed_from: Date, rules: &FollowupRules) -> Date {
    rules.terms.examination.after(last.unwrap_or(managed_from))
}

/// Whether it may be made: the person agrees, and so does the guardian where there is one.
///
/// # Errors
/// Somebody was not asked, or does not agree.
pub fn permit(person: Option<bool>, has_guardian: bool, guardian: Option<bool>) -> Result<(), Refusal> {
    let agrees = person == Some(true) && (!has_guardian || guardian == Some(true));
    if agrees { Ok(()) } else { Err(Refusal::new(RULE, "examination_not_agreed")) }
}

/// What is still to be done of an examination.
#[must_use]
pub fn missing(done: &BTreeSet<Item>) -> Vec<Item> {
    Item::ALL.into_iter().filter(|item| !done.contains(item)).collect()
}

const FILE: &str = "data/examination.toml";
const TEXT: &str = include_str!("../../../../data/examination.toml");

impl Item {
    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Item::General => "general",
            Item::BloodPressure => "blood_pressure",
            Item::Weight => "weight",
            Item::BloodCount => "blood_count",
            Item::Transaminase => "transaminase",
            Item::Glucose => "glucose",
            Item::Electrocardiogram => "electrocardiogram",
        }
    }
}

/// What came of asking somebody to the examination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It was made.
    Done,
    /// The person was invited and has not come yet.
    Invited,
    /// The person or the guardian does not want it this year.
    Refused,
}

impl Answer {
    /// All of them.
    pub const ALL: [Answer; 3] = [Answer::Done, Answer::Invited, Answer::Refused];

    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Answer::Done => "done",
            Answer::Invited => "invited",
            Answer::Refused => "refused",
        }
    }

    /// The answer of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Answer> {
        Answer::ALL.into_iter().find(|answer| answer.code() == code)
    }

    /// Whether the year is answered by it, so that the next one is a year later. Who was only invited is asked again (local
    /// default).
    #[must_use]
    pub fn answers(self) -> bool {
        self != Answer::Invited
    }
}

/// What is measured for an item, and between which bounds a value can be true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// The code as stored and sent.
    pub code: String,
    /// The item that it belongs to.
    pub item: Item,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Unit.
    pub unit: String,
    /// Lowest value, in tenths of the unit.
    pub lowest_tenths: u32,
    /// Highest value, in tenths of the unit.
    pub highest_tenths: u32,
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExaminationTable {
    /// Official or default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
    /// First day in force.
    pub effective_from: Date,
    /// The measures, in the order of the form.
    #[serde(rename = "measure")]
    pub measures: Vec<Measure>,
}

impl ExaminationTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        Self::parse(TEXT)
    }

    /// A table from a text in the form of `data/examination.toml`.
    ///
    /// # Errors
    /// When it is badly written, a code stands twice or bounds are reversed.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let table: ExaminationTable = toml::from_str(text).map_err(|fault| DataError::new(FILE, fault))?;
        let codes: BTreeSet<&str> = table.measures.iter().map(|measure| measure.code.as_str()).collect();
        let sound = table.measures.iter().all(|measure| measure.lowest_tenths < measure.highest_tenths);
        if codes.len() != table.measures.len() || !sound {
            return Err(DataError::new(FILE, "measures are not sound"));
        }
        Ok(table)
    }

    /// The measure of a code.
    #[must_use]
    pub fn measure(&self, code: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.code == code)
    }
}

impl Measure {
    /// A value as people write it, in tenths of the unit; none where it is no number or cannot be true.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<u32> {
        let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() || whole.len() > 6 || rest.len() > 1 || !digits(whole) || !digits(rest) {
            return None;
        }
        let tenths: u32 = format!("{whole}{rest:0<1}").parse().ok()?;
        (self.lowest_tenths..=self.highest_tenths).contains(&tenths).then_some(tenths)
    }
}

/// A value in tenths, as it is written.
#[must_use]
pub fn written(tenths: u32) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

/// The latest day of the next one for a record; none where nobody is examined: only those who are managed and at home are.
#[must_use]
pub fn owed(
    record: &Record,
    last: Option<Date>,
    managed_from: Option<Date>,
    rules: &FollowupRules,
) -> Option<Date> {
    let managed_from = managed_from.filter(|_| record.state == State::Managed)?;
    Some(due(last, managed_from, rules))
}
