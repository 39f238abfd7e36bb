//! `data/care.toml`: bounds, frequencies, reasons and fields of care.

use super::{
    field::{Field, asked_of},
    frequency::Standard,
};
use crate::embedded::DataError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/care.toml";
const TEXT: &str = include_str!("../../../../data/care.toml");

/// Bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Minutes of the shortest session.
    pub shortest_minutes: u32,
    /// Minutes of the longest.
    pub longest_minutes: u32,
    /// Nights of one entry of a stay.
    pub nights_at_most: u32,
    /// Days after which an entry counts as late.
    pub late_after_days: u16,
    /// Days after which nothing can be entered any more.
    pub closed_after_days: u16,
    /// Days ahead that a session may be planned.
    pub planned_days_ahead: u16,
    /// Times that a planned session may be repeated weekly.
    pub repeats_at_most: u32,
    /// Persons of one entry.
    pub persons_at_most: usize,
    /// Persons of a group with one leader.
    pub group_at_most: usize,
    /// Short-term goals of a plan.
    pub goals_at_most: usize,
    /// Lines of service of a plan.
    pub lines_at_most: usize,
    /// Sessions missed in a row from which somebody is to call.
    pub missed_in_a_row: usize,
}

/// The form of service that is a group with one leader (catalogue W3).
const GROUP: &str = "W3";

impl Limits {
    /// Persons of one entry at most: a group has one leader, who leads no more than so many; other entries are bounded by their size.
    #[must_use]
    pub fn persons_of(&self, way: &str) -> usize {
        if way == GROUP { self.group_at_most.min(self.persons_at_most) } else { self.persons_at_most }
    }
}

/// From which figures a stage evaluation is told something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposals {
    /// Goal attainment from which closure is worth a look.
    pub attained_percent: u8,
    /// Goal attainment below which the goals are worth a look.
    pub little_percent: u8,
    /// Share of planned sessions below which the service was not held as planned.
    pub held_percent: u8,
}

/// A code with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What may stand on the card that a person carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Words, in lower case, of which none may stand on it.
    pub never: Vec<String>,
}

/// A number that everybody may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hotline {
    /// The number.
    pub number: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Where it comes from.
    pub source: String,
}

/// Bounds, frequencies and fields of care.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CareTable {
    /// First day in use.
    pub effective_from: Date,
    /// Bounds.
    pub limits: Limits,
    /// From which figures something is proposed.
    pub proposals: Proposals,
    /// What may stand on a crisis card.
    pub card: Card,
    /// Numbers on every crisis card.
    #[serde(rename = "hotline")]
    pub hotlines: Vec<Hotline>,
    /// Frequencies owed to everybody in service.
    #[serde(rename = "frequency")]
    pub standards: Vec<Standard>,
    /// Why a planned session does not take place.
    #[serde(rename = "cancel_reason")]
    pub cancel_reasons: Vec<Named>,
    /// Why a record is void.
    #[serde(rename = "void_reason")]
    pub void_reasons: Vec<Named>,
    /// What is recorded for each service and form of service.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
}

impl CareTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// What is recorded of a session with this service in this form, the least record of the form first. Where both have a key, it is asked
    /// once, as the form asks it.
    pub fn fields_of<'a>(&'a self, service: &'a str, way: &'a str) -> impl Iterator<Item = &'a Field> {
        asked_of(&self.fields, service, way)
    }

    /// A standard by its name.
    #[must_use]
    pub fn standard(&self, id: &str) -> Option<&Standard> {
        self.standards.iter().find(|one| one.id == id)
    }
}
