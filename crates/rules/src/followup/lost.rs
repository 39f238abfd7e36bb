//! When somebody counts as lost to follow-up (失访; local default until the full text of the norm says more).
//!
//! Gone missing; working away or moved with nobody who knows where; or three visits in a row missed, each tried again within
//! two weeks, more than a month in all. It counts from the first miss. The record stays open.

use super::table::FollowupRules;
use super::visit::LostReason;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A visit that was due, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Day on which the visit was due.
    pub due: Date,
    /// The person was met or spoken to in the end.
    pub reached: bool,
    /// Day of the second try, in vain; none while it was not made.
    pub retried: Option<Date>,
}

/// What is known of somebody's whereabouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// Known, or nobody has asked yet.
    Known,
    /// Gone missing.
    Missing,
    /// Works away, and neither place nor family can tell where.
    WorksAwayUnknown,
    /// Moved, and neither place nor family can tell where.
    MovedUnknown,
}

/// How somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// The last visit took place.
    Followed,
    /// Missed, and to be tried again.
    Missed {
        /// Day of the first miss.
        since: Date,
        /// Misses in a row that count.
        misses: u16,
        /// Last day of the retry, where it was not made yet.
        retry_by: Option<Date>,
    },
    /// Lost.
    Lost {
        /// From which day.
        since: Date,
        /// Why.
        reason: LostReason,
    },
}

/// The visits that were due, put together from tries in the order of their days: a try in vain begins one, another within the
/// time of a retry belongs to it.
#[must_use]
pub fn attempts(tries: &[(Date, bool)], rules: &FollowupRules) -> Vec<Attempt> {
    let mut found: Vec<Attempt> = Vec::new();
    for (on, reached) in tries {
        let open = found.last_mut().filter(|last| !last.reached && last.retried.is_none());
        match open {
            Some(last) if *reached => last.reached = true,
            Some(last) if *on > last.due && *on <= rules.terms.retry.after(last.due) => {
                last.retried = Some(*on);
            }
            _ => found.push(Attempt { due: *on, reached: *reached, retried: None }),
        }
    }
    found
}

/// How somebody stands after these attempts, in the order of their days. A retry that was not made, or too late, does not make
/// a miss: it is owed.
#[must_use]
pub fn standing(attempts: &[Attempt], whereabouts: Whereabouts, on: Date, rules: &FollowupRules) -> Standing {
    let in_a_row: Vec<&Attempt> = {
        let mut last: Vec<&Attempt> = attempts.iter().rev().take_while(|attempt| !attempt.reached).collect();
        last.reverse();
        last
    };
    let since = in_a_row.first().map(|attempt| attempt.due);
    let reason = match whereabouts {
        Whereabouts::Known => None,
        Whereabouts::Missing => Some(LostReason::Missing),
        Whereabouts::WorksAwayUnknown => Some(LostReason::WorkingAway),
        Whereabouts::MovedUnknown => Some(LostReason::Moved),
    };
    if let Some(reason) = reason {
        return Standing::Lost { since: since.unwrap_or(on), reason };
    }
    let Some(since) = since else { return Standing::Followed };
    let retried_in_time = |attempt: &&&Attempt| {
        let by = rules.terms.retry.after(attempt.due);
        attempt.retried.is_some_and(|day| attempt.due <= day && day <= by)
    };
    let misses = in_a_row.iter().filter(retried_in_time).count();
    let last = in_a_row.iter().filter_map(|attempt| attempt.retried).max().unwrap_or(since);
    let long_enough = last > rules.terms.lost_span.after(since);
    if misses >= usize::from(rules.limits.misses_before_lost) && long_enough {
        return Standing::Lost { since, reason: LostReason::ThreeMisses };
    }
    let owed = in_a_row.last().filter(|attempt| attempt.retried.is_none());
    Standing::Missed {
        since,
        misses: u16::try_from(misses).unwrap_or(u16::MAX),
        retry_by: owed.map(|attempt| rules.terms.retry.after(attempt.due)),
    }
}
