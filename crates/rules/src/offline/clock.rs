//! A device's clock against the server's. A day that was written under a wrong clock is not changed by the programme: the person
//! is asked, because only they know when they were there.

use super::OfflineRules;
use crate::clock::china_date;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// By how much a device's clock differs, in seconds: positive where it is ahead of the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Seconds ahead.
    pub seconds: i64,
    /// It is more than the holder can leave as it is.
    pub is_wrong: bool,
}

/// How far the device's clock is from the server's at the moment of a request.
#[must_use]
pub fn difference(device: Timestamp, server: Timestamp, rules: &OfflineRules) -> Difference {
    let seconds = device.as_second().saturating_sub(server.as_second());
    Difference { seconds, is_wrong: seconds.unsigned_abs() > u64::from(rules.clock_minutes) * 60 }
}

/// What the holder must look at before a visit is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum ClockFault {
    /// The day is still to come.
    Future {
        /// Today, by the server.
        day: Date,
    },
    /// The device's clock was wrong when the visit was written: by the right clock it was this day.
    ClockWrong {
        /// The day by the right clock.
        day: Date,
    },
    /// The visit lies long back.
    Late {
        /// The earliest day that is taken without a question.
        day: Date,
    },
}

/// Whether the day of a visit fits the clocks. `written` is when the device says the record was written; what the holder
/// confirmed is not asked again, except a day to come, which nobody can have visited on.
#[must_use]
pub fn look_at(
    on: Date,
    written: Timestamp,
    confirmed: bool,
    (difference, server): (Difference, Timestamp),
    rules: &OfflineRules,
) -> Option<ClockFault> {
    let today = china_date(server);
    if on > today {
        return Some(ClockFault::Future { day: today });
    }
    if confirmed {
        return None;
    }
    let right = written.checked_sub(SignedDuration::from_secs(difference.seconds)).unwrap_or(written);
    let (by_device, by_server) = (china_date(written), china_date(right));
    // Whoever wrote down another day than the device showed did so knowingly.
    if difference.is_wrong && by_device != by_server && on == by_device {
        return Some(ClockFault::ClockWrong { day: by_server.min(today) });
    }
    let earliest = today.saturating_sub(i32::from(rules.late_days).days());
    (on < earliest).then_some(ClockFault::Late { day: earliest })
}
