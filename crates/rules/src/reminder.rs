//! The daily reminder: on which days it is told, what it reaches to, and which kinds of work it counts (`data/reminders.toml`).

use crate::{calendar::Calendar, clock::Mark, embedded::DataError};
use jiff::{
    ToSpan,
    civil::{Date, DateTime},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FILE: &str = "data/reminders.toml";
const TEXT: &str = include_str!("../../../data/reminders.toml");

/// When reminders are told, and how long they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReminderRule {
    /// First day in use.
    pub effective_from: Date,
    /// Official or a local default.
    pub mark: Mark,
    /// From this hour on, in China.
    pub from_hour: i8,
    /// On working days only.
    pub working_days: bool,
    /// Kept for so many days.
    pub keep_days: u16,
}

/// The days that a reminder speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The day on which it is told.
    pub on: Date,
    /// The last day that it reaches to: the one before the next reminder.
    pub until: Date,
}

impl ReminderRule {
    /// The rule that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        Self::parse(TEXT)
    }

    /// A rule from a text in the form of `data/reminders.toml`.
    ///
    /// # Errors
    /// When a figure is missing, unknown or outside its range.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let rule: Self = toml::from_str(text).map_err(|fault| DataError::new(FILE, fault))?;
        if !(0..24).contains(&rule.from_hour) || rule.keep_days == 0 {
            return Err(DataError::new(FILE, "from_hour is 0 to 23, keep_days at least 1"));
        }
        Ok(rule)
    }

    /// What the reminder of this moment, on China's clocks, speaks of; nothing before its hour and on days off.
    #[must_use]
    pub fn stretch(&self, now: DateTime, calendar: &Calendar) -> Option<Stretch> {
        let on = now.date();
        if now.hour() < self.from_hour || (self.working_days && !calendar.is_working_day(on)) {
            return None;
        }
        Some(self.from(on, calendar))
    }

    /// What a reminder of a day speaks of.
    #[must_use]
    pub fn from(&self, on: Date, calendar: &Calendar) -> Stretch {
        let next = on.saturating_add(1.day());
        let next = if self.working_days { calendar.next_working_day(next).date } else { next };
        Stretch { on, until: next.saturating_sub(1.day()).max(on) }
    }
}

/// A kind of work that is counted, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Steps of cases that are the reader's turn.
    Cases,
    /// Tasks that were given to the reader.
    Tasks,
    /// Visits of the follow-up.
    Visits,
    /// Plans whose review is due.
    Plans,
    /// Rounds of rating scales.
    Scales,
    /// Questions that wait for the reader's answer.
    Questions,
    /// What the reader undertook to do at a case conference or upon an answer.
    Agreed,
}

impl Kind {
    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Kind::Cases => "cases",
            Kind::Tasks => "tasks",
            Kind::Visits => "visits",
            Kind::Plans => "plans",
            Kind::Scales => "scales",
            Kind::Questions => "questions",
            Kind::Agreed => "agreed",
        }
    }
}

/// How much of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Count {
    /// Past its day when it was told.
    pub overdue: i64,
    /// Due on the days that the reminder speaks of.
    pub due: i64,
}

impl Count {
    /// There is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.overdue <= 0 && self.due <= 0
    }
}

/// What a reminder counts; kinds of which nothing is due are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts(BTreeMap<Kind, Count>);

impl Counts {
    /// Notes a kind, where there is any of it.
    pub fn note(&mut self, kind: Kind, count: Count) {
        if !count.is_empty() {
            self.0.insert(kind, count);
        }
    }

    /// Nothing is due: then nobody is told anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The kinds of which there is any, in their order.
    pub fn each(&self) -> impl Iterator<Item = (Kind, Count)> + '_ {
        self.0.iter().map(|(kind, count)| (*kind, *count))
    }

    /// All kinds together.
    #[must_use]
    pub fn sum(&self) -> Count {
        self.0.values().fold(Count::default(), |sum, count| Count {
            overdue: sum.overdue.saturating_add(count.overdue),
            due: sum.due.saturating_add(count.due),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_reminder_reaches_to_the_day_before_the_next_one() {
        let (rule, calendar) = (ReminderRule::embedded().unwrap(), Calendar::embedded());
        let rows = [
            // Before seven nobody is told; from then on until the end of the day.
            ("2026-03-02T06:59", None),
            ("2026-03-02T07:00", Some(("2026-03-02", "2026-03-02"))),
            ("2026-03-02T23:59", Some(("2026-03-02", "2026-03-02"))),
            // A Friday tells of the weekend, which itself is silent.
            ("2026-03-06T08:00", Some(("2026-03-06", "2026-03-08"))),
            ("2026-03-07T08:00", None),
            // The last day before the Spring Festival tells of the holiday; a Saturday that is worked is told.
            ("2026-02-14T08:00", Some(("2026-02-14", "2026-02-23"))),
            ("2026-02-17T08:00", None),
        ];
        for (now, expected) in rows {
            let found = rule.stretch(at(now), &calendar);
            let found = found.map(|found| (found.on.to_string(), found.until.to_string()));
            assert_eq!(found, expected.map(|(on, until)| (on.to_owned(), until.to_owned())), "{now}");
        }
        let daily = ReminderRule { working_days: false, ..rule };
        let found = daily.stretch(at("2026-03-07T08:00"), &calendar).unwrap();
        assert_eq!((found.on, found.until), (at("2026-03-07T00:00").date(), at("2026-03-07T00:00").date()));
    }

    #[test]
    fn what_is_nothing_is_not_told() {
        let mut counts = Counts::default();
        counts.note(Kind::Visits, Count::default());
        assert!(counts.is_empty());
        counts.note(Kind::Scales, Count { overdue: 0, due: 2 });
        counts.note(Kind::Visits, Count { overdue: 1, due: 3 });
        assert_eq!(counts.sum(), Count { overdue: 1, due: 5 });
        assert_eq!(counts.each().map(|(kind, _)| kind.code()).collect::<Vec<_>>(), ["visits", "scales"]);
        let text = serde_json::to_string(&counts).unwrap();
        assert_eq!(text, r#"{"visits":{"overdue":1,"due":3},"scales":{"overdue":0,"due":2}}"#);
    }

    #[test]
    fn a_faulty_file_is_refused() {
        for (from, to) in [("from_hour = 7", "from_hour = 24"), ("keep_days = 90", "keep_days = 0")] {
            assert!(ReminderRule::parse(&TEXT.replace(from, to)).is_err(), "{to}");
        }
    }

    proptest! {
        // Every day is spoken of by exactly one reminder.
        #[test]
        fn no_day_is_left_out(days in 0_i32..700) {
            let (rule, calendar) = (ReminderRule::embedded().unwrap(), Calendar::embedded());
            let day = jiff::civil::date(2026, 1, 5).saturating_add(days.days());
            let told = (0..30).map(|back| day.saturating_sub(back.days())).filter(|on| calendar.is_working_day(*on));
            let reaching = told.filter(|on| rule.from(*on, &calendar).until >= day).count();
            prop_assert_eq!(reaching, 1);
        }
    }
}
