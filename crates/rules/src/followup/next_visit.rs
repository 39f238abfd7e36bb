//! By when the next visit is made (National Basic Public Health Service Norms, third edition): the rule gives the latest day,
//! the doctor may choose an earlier one.
//!
//! Days are counted plainly: a visit is not put off because its last day is a holiday, and a month that is too short ends on
//! its last day.

use super::class::Class;
use super::table::FollowupRules;
use super::visit::Effect;
use crate::Refusal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The rule behind every refusal here.
const RULE: &str = "SMD-NEXT";

/// Where a person stands in the course of visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// Unstable: referred up at once, asked about within two weeks.
    Unstable,
    /// Basically stable for the first time: the cause is sought.
    FirstTime,
    /// Basically stable again, and not better: a specialist guides.
    StillNotStable,
    /// Basically stable again, and tending to stable: the plan goes on.
    TendingToStable,
    /// Stable: the plan goes on.
    Stable,
}

impl Course {
    /// All of them.
    pub const ALL: [Course; 5] = [
        Course::Unstable,
        Course::FirstTime,
        Course::StillNotStable,
        Course::TendingToStable,
        Course::Stable,
    ];

    /// The entry of `data/followup.toml` that says how long it is until the next visit; also the code as stored.
    #[must_use]
    pub fn entry(self) -> &'static str {
        match self {
            Course::Unstable => "unstable",
            Course::FirstTime => "first_time",
            Course::StillNotStable => "still_not_stable",
            Course::TendingToStable => "tending_to_stable",
            Course::Stable => "stable",
        }
    }

    /// The course of a code.
    #[must_use]
    pub fn of_entry(code: &str) -> Option<Course> {
        Course::ALL.into_iter().find(|course| course.entry() == code)
    }
}

/// Where a person stands. Basically stable after a visit that was not is a first time, whatever the effect of the drugs.
#[must_use]
pub fn course(
    class: Class,
    previous: Option<Class>,
    effect: Option<Effect>,
    rules: &FollowupRules,
) -> Course {
    let improved = effect == Some(Effect::Improved) && rules.limits.improved_is_tending;
    match class {
        Class::Unstable => Course::Unstable,
        Class::Stable => Course::Stable,
        Class::BasicallyStable if previous != Some(Class::BasicallyStable) => Course::FirstTime,
        Class::BasicallyStable if improved => Course::TendingToStable,
        Class::BasicallyStable => Course::StillNotStable,
    }
}

/// The latest day of the next visit.
#[must_use]
pub fn latest(on: Date, course: Course, rules: &FollowupRules) -> Date {
    let terms = &rules.terms;
    let interval = match course {
        Course::Unstable => terms.unstable,
        Course::FirstTime => terms.first_time,
        Course::StillNotStable => terms.still_not_stable,
        Course::TendingToStable => terms.tending_to_stable,
        Course::Stable => terms.stable,
    };
    interval.after(on)
}

/// The day that the doctor chooses: after the visit, and not after the latest.
///
/// # Errors
/// Another day.
pub fn choose(on: Date, latest: Date, chosen: Date) -> Result<Date, Refusal> {
    if chosen <= on {
        return Err(Refusal::new(RULE, "date_invalid").with("after", on));
    }
    if chosen > latest {
        return Err(Refusal::new(RULE, "too_late").with("latest", latest));
    }
    Ok(chosen)
}
