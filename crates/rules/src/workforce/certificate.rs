//! Certificates that run out. Whoever's certificate ran out leads no service until the new one was entered and checked; how long
//! before that it is told is a local default.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Where a certificate stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Validity {
    /// No last day is known: many certificates have none.
    Open,
    /// Valid, and it is too early to tell.
    Valid,
    /// Runs out: so many days are left, the last one counted as none.
    RunsOut {
        /// Days that are left.
        days: u32,
        /// The latest step of the reminder that was reached.
        within: u16,
    },
    /// Ran out.
    Expired,
}

impl Validity {
    /// Something is to be done.
    #[must_use]
    pub fn asks(self) -> bool {
        matches!(self, Validity::RunsOut { .. } | Validity::Expired)
    }
}

/// Where a certificate stands that is valid until a day, that day included.
#[must_use]
pub fn validity(until: Option<Date>, today: Date, remind_days: &[u16]) -> Validity {
    let Some(until) = until else { return Validity::Open };
    let left = today.until(until).map_or(0, |span| span.get_days());
    let Ok(days) = u32::try_from(left) else { return Validity::Expired };
    let reached = remind_days.iter().copied().filter(|step| days <= u32::from(*step)).min();
    reached.map_or(Validity::Valid, |within| Validity::RunsOut { days, within })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn reminders_come_in_steps() {
        let today = date(2026, 3, 2);
        for (until, expected) in [
            (None, Validity::Open),
            (Some(date(2030, 1, 1)), Validity::Valid),
            (Some(date(2026, 6, 1)), Validity::Valid),
            (Some(date(2026, 5, 31)), Validity::RunsOut { days: 90, within: 90 }),
            (Some(date(2026, 4, 2)), Validity::RunsOut { days: 31, within: 90 }),
            (Some(date(2026, 4, 1)), Validity::RunsOut { days: 30, within: 30 }),
            (Some(today), Validity::RunsOut { days: 0, within: 30 }),
            (Some(date(2026, 3, 1)), Validity::Expired),
        ] {
            let found = validity(until, today, &[90, 30]);
            assert_eq!(found, expected, "{until:?}");
            assert_eq!(found.asks(), matches!(expected, Validity::RunsOut { .. } | Validity::Expired));
        }
    }
}
