//! The yearly physical examination (健康体检), with the consent of person and guardian (National Basic Public Health Service
//! Norms, third edition).

use super::table::FollowupRules;
use crate::Refusal;
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
