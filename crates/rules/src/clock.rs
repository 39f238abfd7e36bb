//! Clocks K1–K14: when a step is due, when somebody is reminded, and when it is late.
//!
//! Terms follow the Civil Code, art. 200–203: the first day is not counted, a term of months ends on the
//! corresponding day, and a last day that is a statutory day off moves to the next day after it. The two official
//! clocks are 5 working days for the check and 5 for the referral (Measures for Sharing and Referral, 2023).

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use jiff::tz::{self, Offset};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::{self, Calendar};

mod table;
#[cfg(test)]
mod tests;

pub use table::{ClockRule, ClockRules, ClockTable, Limits, Mark, Unit, Weights};

/// China has one civil time, eight hours ahead of UTC, and no summer time.
const CHINA: Offset = tz::offset(8);

/// The civil day in China of an instant.
#[must_use]
pub fn china_date(at: Timestamp) -> Date {
    china_time(at).date()
}

/// Civil day and time in China of an instant.
#[must_use]
pub fn china_time(at: Timestamp) -> DateTime {
    CHINA.to_datetime(at)
}

/// 0:00 of a civil day in China.
#[must_use]
pub fn start_of(day: Date) -> Timestamp {
    CHINA.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).unwrap_or(Timestamp::MAX)
}

/// 24:00 of a civil day in China.
#[must_use]
pub fn end_of(day: Date) -> Timestamp {
    day.tomorrow().map_or(Timestamp::MAX, start_of)
}

/// Name of a clock. The codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Clock {
    /// Preliminary check and registration.
    K1,
    /// Referral to an institution.
    K2,
    /// Answer of the institution.
    K3,
    /// Comprehensive assessment.
    K4,
    /// Plan and agreement.
    K5,
    /// First session.
    K6,
    /// Stage evaluation.
    K7,
    /// Decision on a closure.
    K8,
    /// Return visit.
    K9,
    /// Answer to a request for papers.
    K10,
    /// Confirmation of an urgent return to hospital.
    K11,
    /// Re-assessment after discharge.
    K12,
    /// Answer to an objection or complaint.
    K13,
    /// Return from a suspension.
    K14,
}

impl Clock {
    /// All clocks.
    pub const ALL: [Clock; 14] = [
        Clock::K1,
        Clock::K2,
        Clock::K3,
        Clock::K4,
        Clock::K5,
        Clock::K6,
        Clock::K7,
        Clock::K8,
        Clock::K9,
        Clock::K10,
        Clock::K11,
        Clock::K12,
        Clock::K13,
        Clock::K14,
    ];
}

/// The last day of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Last day.
    pub date: Date,
    /// Instant at which the term is over: 24:00 of the last day, or the hour for terms of hours.
    pub at: Timestamp,
    /// Instant of the reminder.
    pub remind_at: Timestamp,
    /// A year without a published holiday table was crossed: the day may still move.
    pub provisional: bool,
}

/// How far a running clock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The step was done, or the clock was dropped.
    Stopped,
    /// Suspended.
    Frozen,
    /// In time.
    Running,
    /// The actor is reminded.
    Remind,
    /// Late: civil affairs is told.
    Overdue,
}

/// One run of a clock in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockRun {
    /// When it started.
    pub started: Timestamp,
    /// Its term.
    pub term: Term,
    /// Since when it is frozen.
    pub frozen: Option<Date>,
    /// When it stopped.
    pub stopped: Option<Timestamp>,
    /// Whether the step was done in time; none when the clock was dropped without the step.
    pub met: Option<bool>,
}

/// What an event does to a clock. Complete in itself: a replay needs no calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ClockChange {
    /// Started, or started again from zero.
    Started {
        /// The clock.
        clock: Clock,
        /// Its term.
        term: Term,
    },
    /// Stopped.
    Stopped {
        /// The clock.
        clock: Clock,
        /// Done in time; none when dropped.
        met: Option<bool>,
    },
    /// Frozen from this day on.
    Frozen {
        /// The clock.
        clock: Clock,
        /// The day.
        on: Date,
    },
    /// Running again, with a later term.
    Resumed {
        /// The clock.
        clock: Clock,
        /// The new term.
        term: Term,
    },
}

impl ClockRun {
    /// Neither stopped nor frozen.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.stopped.is_none() && self.frozen.is_none()
    }

    /// Not stopped.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.stopped.is_none()
    }

    /// Past the instant of the reminder.
    #[must_use]
    pub fn is_past_reminder(&self, now: Timestamp) -> bool {
        now >= self.term.remind_at
    }

    /// How far the clock is.
    #[must_use]
    pub fn stage(&self, now: Timestamp) -> Stage {
        if self.stopped.is_some() {
            Stage::Stopped
        } else if self.frozen.is_some() {
            Stage::Frozen
        } else if now > self.term.at {
            Stage::Overdue
        } else if self.is_past_reminder(now) {
            Stage::Remind
        } else {
            Stage::Running
        }
    }

    /// The term after a freeze: moved by the days that the freeze lasted.
    #[must_use]
    pub fn resumed_term(&self, on: Date) -> Term {
        let Some(frozen) = self.frozen else { return self.term };
        let days = frozen.until(on).map_or(0, |span| span.get_days()).max(0);
        let shift = SignedDuration::from_hours(i64::from(days) * 24);
        let move_on = |at: Timestamp| at.checked_add(shift).unwrap_or(Timestamp::MAX);
        let at = move_on(self.term.at);
        let date = self.term.date.checked_add(jiff::Span::new().days(days)).unwrap_or(Date::MAX);
        Term { date, at, remind_at: move_on(self.term.remind_at), provisional: self.term.provisional }
    }
}

/// Bring the clocks of a case up to date with one change.
pub fn apply(clocks: &mut BTreeMap<Clock, ClockRun>, change: &ClockChange, at: Timestamp) {
    match change {
        ClockChange::Started { clock, term } => {
            let run = ClockRun { started: at, term: *term, frozen: None, stopped: None, met: None };
            clocks.insert(*clock, run);
        }
        ClockChange::Stopped { clock, met } => {
            if let Some(run) = clocks.get_mut(clock) {
                run.stopped = Some(at);
                run.frozen = None;
                run.met = *met;
            }
        }
        ClockChange::Frozen { clock, on } => {
            if let Some(run) = clocks.get_mut(clock) {
                run.frozen = Some(*on);
            }
        }
        ClockChange::Resumed { clock, term } => {
            if let Some(run) = clocks.get_mut(clock) {
                run.frozen = None;
                run.term = *term;
            }
        }
    }
}

/// The term of a clock that starts at an instant, by the rules in force and the calendar.
#[must_use]
pub fn due(clock: Clock, rules: &ClockRules, started: Timestamp, calendar: &Calendar) -> Term {
    let rule = rules.rule(clock);
    term(rule.limit, rule.unit, rules.remind_percent, started, calendar)
}

/// The term of a limit in a unit that starts at an instant.
#[must_use]
pub fn term(limit: u16, unit: Unit, remind_percent: u16, started: Timestamp, calendar: &Calendar) -> Term {
    let first = china_date(started);
    match unit {
        Unit::Hours => {
            let whole = SignedDuration::from_hours(i64::from(limit));
            let at = started.checked_add(whole).unwrap_or(Timestamp::MAX);
            let remind_at = part(started, at, remind_percent);
            Term { date: china_date(at), at, remind_at, provisional: false }
        }
        Unit::WorkingDays | Unit::CalendarMonths | Unit::CalendarDays => {
            let whole = match unit {
                Unit::CalendarMonths => calendar::Term::Months(limit),
                Unit::CalendarDays => calendar::Term::Days(limit),
                Unit::WorkingDays | Unit::Hours => calendar::Term::WorkingDays(limit),
            };
            let last = calendar.due(first, whole);
            let remind_at = end_of(calendar.reached(first, whole, u32::from(remind_percent)));
            Term { date: last.date, at: end_of(last.date), remind_at, provisional: last.provisional }
        }
    }
}

/// The instant after a part (in percent) of the time between two instants.
fn part(from: Timestamp, to: Timestamp, percent: u16) -> Timestamp {
    let seconds = to.as_second().saturating_sub(from.as_second());
    let share = seconds.saturating_mul(i64::from(percent)) / 100;
    from.checked_add(SignedDuration::from_secs(share)).unwrap_or(to)
}
