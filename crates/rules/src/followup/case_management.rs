//! Levels of case management (个案管理): how often somebody is seen and the plan reviewed (local default).

use super::class::Class;
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
