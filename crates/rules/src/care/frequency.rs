//! How often a service is owed, and whether it was given.
//!
//! A rule asks for so many sessions in each calendar week, fortnight, month or quarter. A period that lies only in part within the
//! service asks for its part, rounded up: `ceil(times × days in service / days of the period)` (local default).

use super::{Plan, table::CareTable};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// A calendar period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Monday to Sunday.
    Week,
    /// Two weeks, counted from the first Monday of 1970.
    Fortnight,
    /// A calendar month.
    Month,
    /// Three calendar months from January, April, July or October.
    Quarter,
}

impl Period {
    /// All of them, the shortest first.
    pub const ALL: [Period; 4] = [Period::Week, Period::Fortnight, Period::Month, Period::Quarter];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Period::Week => "week",
            Period::Fortnight => "fortnight",
            Period::Month => "month",
            Period::Quarter => "quarter",
        }
    }

    /// The period of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Period> {
        Period::ALL.into_iter().find(|period| period.code() == code)
    }

    /// The whole period in which a day lies.
    #[must_use]
    pub fn around(self, day: Date) -> Days {
        let (from, last) = match self {
            Period::Week => weeks_around(day, 7),
            Period::Fortnight => weeks_around(day, 14),
            Period::Month => (day.first_of_month(), day.last_of_month()),
            Period::Quarter => {
                let first = (day.month() - 1) / 3 * 3 + 1;
                let from = Date::new(day.year(), first, 1).unwrap_or(day);
                (from, from.saturating_add(2.months()).last_of_month())
            }
        };
        Days { from, last }
    }
}

/// The first Monday of 1970.
const MONDAY: Date = jiff::civil::date(1970, 1, 5);

fn weeks_around(day: Date, length: i32) -> (Date, Date) {
    let gone = MONDAY.until(day).map_or(0, |span| span.get_days()).rem_euclid(length);
    let from = day.saturating_sub(gone.days());
    (from, from.saturating_add((length - 1).days()))
}

/// Days from one to another, both counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Days {
    /// The first.
    pub from: Date,
    /// The last.
    pub last: Date,
}

impl Days {
    /// How many they are; none where the last is before the first.
    #[must_use]
    pub fn count(self) -> u32 {
        let days = self.from.until(self.last).map_or(-1, |span| span.get_days());
        u32::try_from(days.saturating_add(1)).unwrap_or(0)
    }

    /// Those in both; nothing where there is none.
    #[must_use]
    pub fn within(self, other: Days) -> Option<Days> {
        let both = Days { from: self.from.max(other.from), last: self.last.min(other.last) };
        (both.from <= both.last).then_some(both)
    }

    /// Whether a day is one of them.
    #[must_use]
    pub fn holds(self, day: Date) -> bool {
        self.from <= day && day <= self.last
    }
}

/// A frequency that is owed to everybody in service, beside the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// Its name.
    pub id: String,
    /// Forms of service that count; empty counts all.
    pub ways: Vec<String>,
    /// Services that count; empty counts all.
    pub services: Vec<String>,
    /// So many sessions …
    pub times: u32,
    /// … in each of these.
    pub per: Period,
    /// Minutes from which a session counts.
    pub minutes: u32,
    /// Lowest risk grade to which it applies.
    pub from_grade: u8,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Where it comes from.
    pub source: String,
}

/// What is owed, by whichever rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owed {
    /// Services that count; empty counts all.
    pub services: Vec<String>,
    /// Forms of service that count; empty counts all.
    pub ways: Vec<String>,
    /// So many sessions …
    pub times: u32,
    /// … in each of these.
    pub per: Period,
    /// Minutes from which a session counts.
    pub minutes: u32,
    /// From when until when it is owed.
    pub days: Days,
    /// The standard that it comes from; nothing for a line of the plan.
    pub standard: Option<String>,
}

impl CareTable {
    /// What is owed to everybody with a risk grade. Of two rules on the same forms of service the one that asks for more holds
    /// alone: it includes the other.
    #[must_use]
    pub fn owed(&self, grade: u8, days: Days) -> Vec<Owed> {
        let applies = |one: &&Standard| grade >= one.from_grade;
        let stricter = |one: &Standard| {
            self.standards.iter().filter(applies).any(|other| {
                other.ways == one.ways && other.services == one.services && other.from_grade > one.from_grade
            })
        };
        let owed = self.standards.iter().filter(applies).filter(|one| !stricter(one));
        owed.map(|one| Owed {
            services: one.services.clone(),
            ways: one.ways.clone(),
            times: one.times,
            per: one.per,
            minutes: one.minutes,
            days,
            standard: Some(one.id.clone()),
        })
        .collect()
    }
}

/// What a plan owes while it is in force.
#[must_use]
pub fn owed_by_plan(plan: &Plan, days: Days) -> Vec<Owed> {
    let line = |line: &super::Line| Owed {
        services: vec![line.service.clone()],
        ways: vec![line.way.clone()],
        times: line.times,
        per: line.per,
        minutes: line.minutes,
        days,
        standard: None,
    };
    plan.lines.iter().map(line).collect()
}

/// A session that somebody came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The day.
    pub on: Date,
    /// The service.
    pub service: String,
    /// The form of service.
    pub way: String,
    /// How long it took.
    pub minutes: u32,
}

impl Owed {
    /// Whether a session counts towards it.
    #[must_use]
    pub fn counts(&self, held: &Held) -> bool {
        let among = |codes: &[String], code: &String| codes.is_empty() || codes.contains(code);
        among(&self.services, &held.service)
            && among(&self.ways, &held.way)
            && held.minutes >= self.minutes
            && self.days.holds(held.on)
    }
}

/// What was owed in one period, and what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fulfilment {
    /// The whole period.
    pub period: Days,
    /// Days of it in service.
    pub days: u32,
    /// Sessions owed.
    pub required: u32,
    /// Sessions given.
    pub held: u32,
    /// The period is over.
    pub over: bool,
}

impl Fulfilment {
    /// As many as were owed, or more.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.held >= self.required
    }

    /// The period is over and something is missing.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        self.over && !self.is_met()
    }
}

/// Sessions owed in a part of a period: `ceil(times × days in service / days of the period)`.
#[must_use]
pub fn required(times: u32, in_service: u32, period: u32) -> u32 {
    let whole = u64::from(times) * u64::from(in_service.min(period));
    u32::try_from(whole.div_ceil(u64::from(period.max(1)))).unwrap_or(u32::MAX)
}

/// Periods looked at in one go, at most: five years of weeks.
const MOST_PERIODS: usize = 270;

/// What was owed and given in each period that touches the service, the earliest first. `served` are the parts in service, which do
/// not overlap; one that goes on ends in the far future, so that the present period asks for all that it will.
#[must_use]
pub fn fulfilment(owed: &Owed, served: &[Days], held: &[Held], today: Date) -> Vec<Fulfilment> {
    let mut found = Vec::new();
    let parts: Vec<Days> = served.iter().filter_map(|part| part.within(owed.days)).collect();
    let Some(first) = parts.iter().map(|part| part.from).min() else { return found };
    let mut day = first;
    while day <= today && found.len() < MOST_PERIODS {
        let period = owed.per.around(day);
        let days: u32 = parts.iter().filter_map(|part| part.within(period)).map(Days::count).sum();
        if days > 0 {
            let given = held.iter().filter(|one| owed.counts(one) && period.holds(one.on)).count();
            found.push(Fulfilment {
                period,
                days,
                required: required(owed.times, days, period.count()),
                held: u32::try_from(given).unwrap_or(u32::MAX),
                over: period.last < today,
            });
        }
        match period.last.checked_add(1.days()) {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    found
}
