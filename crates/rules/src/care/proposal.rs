//! What figures suggest at a stage evaluation. They are told beside the figures; the assessor decides.

use super::{Attainment, Proposals};
use serde::{Deserialize, Serialize};

/// Something worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// The person stays away: call before anything is decided.
    StaysAway,
    /// Less was held than was planned: what was reached says little about the goals.
    NotHeld,
    /// The goals are reached or nearly so: closure or new goals.
    Reached,
    /// The service was held and little was reached: other goals or other services.
    LittleReached,
    /// No goal has a figure yet: measure before anything is decided.
    NotMeasured,
}

impl Proposal {
    /// All of them.
    pub const ALL: [Proposal; 5] = [
        Proposal::StaysAway,
        Proposal::NotHeld,
        Proposal::Reached,
        Proposal::LittleReached,
        Proposal::NotMeasured,
    ];

    /// The code as shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Proposal::StaysAway => "stays_away",
            Proposal::NotHeld => "not_held",
            Proposal::Reached => "reached",
            Proposal::LittleReached => "little_reached",
            Proposal::NotMeasured => "not_measured",
        }
    }
}

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The plan has goals.
    pub has_goals: bool,
    /// Mean attainment of the goals that were measured.
    pub attained: Option<Attainment>,
    /// Sessions owed by the plan in periods that are over.
    pub planned: u32,
    /// Of these, those that were held; what was held beyond counts in no other period.
    pub held: u32,
    /// Sessions missed in a row up to now, and from how many somebody is to call.
    pub missed: (usize, usize),
}

/// What the figures suggest, the most pressing first.
#[must_use]
pub fn proposals(standing: &Standing, bounds: &Proposals) -> Vec<Proposal> {
    let mut found = Vec::new();
    if standing.missed.0 >= standing.missed.1 {
        found.push(Proposal::StaysAway);
    }
    let owed = u64::from(standing.planned) * u64::from(bounds.held_percent);
    let was_held = u64::from(standing.held) * 100 >= owed;
    if !was_held {
        found.push(Proposal::NotHeld);
    }
    match standing.attained {
        Some(Attainment(percent)) if percent >= bounds.attained_percent => found.push(Proposal::Reached),
        Some(Attainment(percent)) if percent < bounds.little_percent && was_held => {
            found.push(Proposal::LittleReached);
        }
        None if standing.has_goals => found.push(Proposal::NotMeasured),
        _ => {}
    }
    found
}
