//! Working days and terms: the State Council's holidays, and terms by the Civil Code, arts. 201 to 203.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// `date,kind,name,source`: days off and make-up working days.
/// Source: the yearly notice of the General Office of the State Council, named in each row.
const HOLIDAYS: &str = include_str!("../../../data/holidays.csv");

static EMBEDDED: LazyLock<Calendar> = LazyLock::new(|| Calendar::parse(HOLIDAYS).unwrap_or_default());

/// What a notice of the State Council says of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A day off (放假).
    Off,
    /// A Saturday or Sunday that is worked (上班).
    Work,
}

/// A day that a notice names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedDay {
    /// Off or worked.
    pub kind: DayKind,
    /// The holiday it belongs to, such as 春节.
    pub name: String,
    /// The notice.
    pub source: String,
}

/// Which days are worked. A year without a table knows weekends only, and answers that touch it are provisional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    days: BTreeMap<Date, NamedDay>,
}

/// A term as a rule states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Days on which offices work (工作日).
    WorkingDays(u16),
    /// Days of the calendar.
    Days(u16),
    /// Months of the calendar.
    Months(u16),
}

/// The last day of a term; the term ends with that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The last day.
    pub date: Date,
    /// True when a year that matters has no table yet, so that the day may still move.
    pub provisional: bool,
}

/// How much of a term has passed, in the unit of the term (working days or days).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Elapsed {
    /// Units passed up to and including the day asked for; 0 before the start.
    pub used: u32,
    /// Units of the whole term.
    pub total: u32,
}

/// Why a table of holidays cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum HolidayTableError {
    /// A line has not the four fields `date,kind,name,source`.
    #[error("calendar.fields")]
    Fields {
        /// Line, counted from 1.
        line: usize,
    },
    /// The first field is no date such as 2026-02-14.
    #[error("calendar.date")]
    Date {
        /// Line, counted from 1.
        line: usize,
    },
    /// The second field is neither `off` nor `work`.
    #[error("calendar.kind")]
    Kind {
        /// Line, counted from 1.
        line: usize,
    },
    /// The same day stands twice with different kinds.
    #[error("calendar.contradiction")]
    Contradiction {
        /// Line of the second, counted from 1.
        line: usize,
    },
}

impl Calendar {
    /// The calendar that comes with the program. A test proves that the table within can be read;
    /// without it every answer would be provisional.
    pub fn embedded() -> Self {
        EMBEDDED.clone()
    }

    /// Reads a table with the columns `date,kind,name,source` and a heading; kind is `off` or `work`.
    ///
    /// # Errors
    /// The first line that cannot be read, or that contradicts an earlier one.
    pub fn parse(table: &str) -> Result<Self, HolidayTableError> {
        let mut days: BTreeMap<Date, NamedDay> = BTreeMap::new();
        for (index, text) in table.trim_start_matches('\u{feff}').lines().enumerate().skip(1) {
            let line = index + 1;
            if text.trim().is_empty() {
                continue;
            }
            let (date, day) = parse_line(text, line)?;
            let kind = day.kind;
            if days.insert(date, day).is_some_and(|earlier| earlier.kind != kind) {
                return Err(HolidayTableError::Contradiction { line });
            }
        }
        Ok(Self { days })
    }

    /// This calendar with a further table, whose days win: next year's notice, or a correction.
    ///
    /// # Errors
    /// See [`Calendar::parse`].
    pub fn with_extra(mut self, table: &str) -> Result<Self, HolidayTableError> {
        self.days.extend(Self::parse(table)?.days);
        Ok(self)
    }

    /// True when the year has a table. 1 January is off in every year (National Holidays Regulation 全国年节及纪念日放假办法,
    /// art. 2), so its row tells; a single day of December named by the next year's notice does not.
    pub fn knows(&self, year: i16) -> bool {
        Date::new(year, 1, 1).is_ok_and(|first| self.days.contains_key(&first))
    }

    /// What a notice says of the day, if it names it.
    pub fn named_day(&self, date: Date) -> Option<&NamedDay> {
        self.days.get(&date)
    }

    /// True when offices work on the day.
    pub fn is_working_day(&self, date: Date) -> bool {
        match self.days.get(&date) {
            Some(day) => day.kind == DayKind::Work,
            None => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// The last day of a term that starts on a day. The day of the start is not counted (Civil Code art. 201);
    /// a month ends on the corresponding day, else on its last day (art. 202);
    /// a last day that is off moves to the next working day (art. 203).
    pub fn due(&self, start: Date, term: Term) -> Due {
        match term {
            Term::WorkingDays(count) => self.after_working_days(start, count),
            Term::Days(count) => self.next_working_day(start.saturating_add(i32::from(count).days())),
            Term::Months(count) => self.next_working_day(start.saturating_add(i32::from(count).months())),
        }
    }

    /// The day itself if it is worked, else the next that is.
    pub fn next_working_day(&self, date: Date) -> Due {
        let mut last = date;
        while !self.is_working_day(last) && last < Date::MAX {
            last = last.saturating_add(1.day());
        }
        Due { date: last, provisional: !self.knows_all(date, last) }
    }

    /// The count-th working day after the start; with a count of 0 the start, moved to a working day.
    pub fn after_working_days(&self, start: Date, count: u16) -> Due {
        if count == 0 {
            return self.next_working_day(start);
        }
        let mut last = start;
        let mut left = count;
        while left > 0 && last < Date::MAX {
            last = last.saturating_add(1.day());
            if self.is_working_day(last) {
                left -= 1;
            }
        }
        Due { date: last, provisional: !self.knows_all(start, last) }
    }

    /// Working days from one day to another, the first not counted, the last counted; negative when the
    /// second is the earlier. From today to a deadline: 2 is "in 2 working days", −1 is "1 working day overdue".
    pub fn working_days_between(&self, from: Date, to: Date) -> i32 {
        if to < from {
            return -self.working_days_between(to, from);
        }
        let mut count = 0;
        let mut day = from;
        while day < to {
            day = day.saturating_add(1.day());
            count += i32::from(self.is_working_day(day));
        }
        count
    }

    /// How much of a term has passed at the end of a day.
    pub fn elapsed(&self, start: Date, term: Term, on: Date) -> Elapsed {
        let due = self.due(start, term).date;
        let (used, total) = match term {
            Term::WorkingDays(_) => {
                (self.working_days_between(start, on), self.working_days_between(start, due))
            }
            Term::Days(_) | Term::Months(_) => (days_between(start, on), days_between(start, due)),
        };
        Elapsed { used: u32::try_from(used).unwrap_or(0), total: u32::try_from(total).unwrap_or(0) }
    }

    /// The first day at whose end at least this share of the term has passed: the day for a reminder.
    /// The share is in percent, 60 for a reminder at 60 %.
    pub fn reached(&self, start: Date, term: Term, percent: u32) -> Date {
        let due = self.due(start, term).date;
        let total = self.elapsed(start, term, start).total;
        let needed = i32::try_from((total * percent).div_ceil(100)).unwrap_or(i32::MAX);
        let day = match term {
            Term::WorkingDays(_) => {
                self.after_working_days(start, u16::try_from(needed).unwrap_or(u16::MAX)).date
            }
            Term::Days(_) | Term::Months(_) => start.saturating_add(needed.days()),
        };
        day.clamp(start.min(due), due)
    }

    fn knows_all(&self, from: Date, to: Date) -> bool {
        (from.year()..=to.year()).all(|year| self.knows(year))
    }
}

impl Elapsed {
    /// The share in whole percent, rounded down; above 100 after the last day. A term without length is over.
    pub fn percent(self) -> u32 {
        (self.used * 100).checked_div(self.total).unwrap_or(100)
    }

    /// The share as a fraction, 1.0 at the end of the last day. A term without length is over.
    pub fn fraction(self) -> f64 {
        if self.total == 0 { 1.0 } else { f64::from(self.used) / f64::from(self.total) }
    }
}

fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

fn parse_line(text: &str, line: usize) -> Result<(Date, NamedDay), HolidayTableError> {
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    let [date, kind, name, source] = fields.as_slice() else {
        return Err(HolidayTableError::Fields { line });
    };
    let date: Date = date.parse().map_err(|_| HolidayTableError::Date { line })?;
    let kind = match *kind {
        "off" => DayKind::Off,
        "work" => DayKind::Work,
        _ => return Err(HolidayTableError::Kind { line }),
    };
    Ok((date, NamedDay { kind, name: (*name).to_owned(), source: (*source).to_owned() }))
}

#[cfg(test)]
mod tests;
