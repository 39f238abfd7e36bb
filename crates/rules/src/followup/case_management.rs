//! Levels of case management (个案管理): how often somebody is seen and the plan reviewed (local default).

use super::class::Class;
use super::owed::is_followed;
use super::register::{Record, State};
use super::risk::RiskGrade;
use super::table::{FollowupRules, Interval};
use serde::{Deserialize, Serialize};

/// Level of case management; the lower the closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Risk 3 to 5, or unstable.
    One,
    /// Basically stable.
    Two,
    /// Stable.
    Three,
}

impl Level {
    /// The number of the level.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Level::One => 1,
            Level::Two => 2,
            Level::Three => 3,
        }
    }

    /// The entries of `data/followup.toml` that say how often somebody of the level is seen, and how often the plan is reviewed.
    #[must_use]
    pub fn entries(self) -> [&'static str; 2] {
        match self {
            Level::One => ["case_visits_1", "plan_reviews_1"],
            Level::Two => ["case_visits_2", "plan_reviews_2"],
            Level::Three => ["case_visits_3", "plan_reviews_3"],
        }
    }
}

/// The level of whose record this is, by the last visit with a class; none of whoever is not managed: before the consent or without
/// one, lost, closed.
#[must_use]
pub fn of_record(record: &Record, risk: Option<RiskGrade>, class: Option<Class>) -> Option<Level> {
    let managed = record.agreed == Some(true) && (is_followed(record) || record.state == State::Hospital);
    let class = class.filter(|_| managed)?;
    Some(level(risk.unwrap_or(RiskGrade::None), class))
}

/// The level of a person.
#[must_use]
pub fn level(risk: RiskGrade, class: Class) -> Level {
    match class {
        _ if risk.is_dangerous() => Level::One,
        Class::Unstable => Level::One,
        Class::BasicallyStable => Level::Two,
        Class::Stable => Level::Three,
    }
}

/// How often somebody of a level is seen, and how often the plan is reviewed.
#[must_use]
pub fn rhythm(level: Level, rules: &FollowupRules) -> (Interval, Interval) {
    let ([first, second, third], [one, two, three]) = (rules.terms.case_visits, rules.terms.plan_reviews);
    match level {
        Level::One => (first, one),
        Level::Two => (second, two),
        Level::Three => (third, three),
    }
}
