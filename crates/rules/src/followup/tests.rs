//! Tables of cases and properties of the follow-up.

mod class;
mod emergency;
mod examination;
mod lost;
mod next_visit;
mod register;
mod report;
mod risk;
mod support;
mod table;

use super::*;
use jiff::civil::{Date, date};
use std::sync::LazyLock;

/// The rules in force in the year of the cases.
fn rules() -> FollowupRules {
    RULES.clone()
}

static RULES: LazyLock<FollowupRules> =
    LazyLock::new(|| FollowupTable::embedded().unwrap().in_force(date(2025, 3, 3)).clone());

/// Findings with nothing out of order.
fn well() -> Findings {
    Findings {
        risk: Some(RiskGrade::None),
        symptoms: Some(Symptoms::Gone),
        insight: Some(Insight::Full),
        function: [Function::Good; 5],
        adverse_reaction: AdverseReaction::None,
        physical: Physical::Stable,
        other_abnormality: false,
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}
