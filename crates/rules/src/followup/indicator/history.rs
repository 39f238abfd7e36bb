//! What is known of a person over time, as far as indicators need it.

use crate::followup::class::Class;
use crate::followup::visit::Adherence;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Days from one to another, both counted; without a last day it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Option<Date>,
}

impl Span {
    /// Whether a day lies in it.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|last| day <= last)
    }

    /// Whether all days from one to another lie in it.
    #[must_use]
    pub fn covers_all(&self, from: Date, until: Date) -> bool {
        self.covers(from) && self.covers(until)
    }

    /// Whether any day from one to another lies in it.
    #[must_use]
    pub fn touches(&self, from: Date, until: Date) -> bool {
        self.days_within(from, until) > 0
    }

    /// How many days of a period lie in it.
    #[must_use]
    pub fn days_within(&self, from: Date, until: Date) -> u64 {
        let last = self.until.map_or(until, |last| last.min(until));
        days(self.from.max(from), last)
    }
}

/// Days from one to another, both counted; none where the second is the earlier.
fn days(from: Date, until: Date) -> u64 {
    u64::try_from((until - from).get_days()).map_or(0, |between| between + 1)
}

/// A visit that was due, or made, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitFact {
    /// Latest day by the rule; none where none was owed, as in hospital or without consent.
    pub due: Option<Date>,
    /// Day on which it was made; none where it was missed.
    pub on: Option<Date>,
    /// Valid: the person was reached, and risk, symptoms and insight were judged.
    pub valid: bool,
    /// Face to face.
    pub face_to_face: bool,
    /// Class.
    pub class: Option<Class>,
    /// Whether drugs were taken.
    pub adherence: Option<Adherence>,
    /// Times that public order was broken since the last visit.
    pub trouble: u16,
    /// Times that serious harm was done since the last visit.
    pub harm: u16,
}

/// A report of onset that was owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFact {
    /// Day of the diagnosis.
    pub diagnosed: Date,
    /// Day of the report.
    pub reported: Option<Date>,
}

/// The history of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Disorder group, a code of `data/disorders.toml`.
    pub disorder: String,
    /// First day in the register.
    pub registered: Option<Date>,
    /// Day on which the person left it: the diagnosis was excluded, or another place is in charge.
    pub left: Option<Date>,
    /// Day of death.
    pub died: Option<Date>,
    /// Under management.
    pub managed: Vec<Span>,
    /// Lost.
    pub lost: Vec<Span>,
    /// Locked up.
    pub locked_up: Vec<Span>,
    /// In hospital or another institution.
    pub away: Vec<Span>,
    /// Day on which a health record was opened.
    pub record_opened: Option<Date>,
    /// Day on which community management was agreed to, if that holds.
    pub agreed: Option<Date>,
    /// Agreed to be examined.
    pub examination_agreed: bool,
    /// Days of examinations.
    pub examined: Vec<Date>,
    /// Days of rehabilitation.
    pub rehabilitated: Vec<Date>,
    /// Visits.
    pub visits: Vec<VisitFact>,
    /// Report of onset.
    pub report: Option<ReportFact>,
    /// First onset.
    pub onset: Option<Date>,
    /// First treatment.
    pub first_treatment: Option<Date>,
}

/// A period that is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day, on which is counted.
    pub until: Date,
    /// Whether those who died in it count as registered, as in figures of a year.
    pub with_deaths: bool,
}

impl Period {
    /// A year of the calendar.
    #[must_use]
    pub fn year(year: i16) -> Period {
        let first = Date::new(year, 1, 1).unwrap_or(Date::MIN);
        Period { from: first, until: first.last_of_year(), with_deaths: true }
    }

    /// Whether a day lies in it.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }
}

impl History {
    /// Whether the person died in a period.
    #[must_use]
    pub fn died_in(&self, period: Period) -> bool {
        self.died.is_some_and(|day| period.contains(day))
    }

    /// Registered (在册) at the end of a period: diagnosed, not gone, and alive, or in figures of a year dead since its start.
    #[must_use]
    pub fn is_registered(&self, period: Period) -> bool {
        let came = self.registered.is_some_and(|day| day <= period.until);
        let stayed = self.left.is_none_or(|day| day > period.until);
        let alive = self.died.is_none_or(|day| day > period.until);
        came && stayed && (alive || (period.with_deaths && self.died_in(period)))
    }

    /// The day on which the person's state counts: the last of the period, or that of death.
    #[must_use]
    pub fn counted_on(&self, period: Period) -> Date {
        self.died.map_or(period.until, |day| day.min(period.until))
    }

    /// Visits made in a period.
    pub fn made_in(&self, period: Period) -> impl Iterator<Item = &VisitFact> {
        self.visits.iter().filter(move |visit| visit.on.is_some_and(|day| period.contains(day)))
    }

    /// Visits due in a period, up to death.
    pub fn due_in(&self, period: Period) -> impl Iterator<Item = &VisitFact> {
        let last = self.counted_on(period);
        let owed = move |due: Date| period.contains(due) && due <= last;
        self.visits.iter().filter(move |visit| visit.due.is_some_and(owed))
    }

    /// Days in the register within a period.
    #[must_use]
    pub fn days_registered(&self, period: Period) -> u64 {
        let Some(from) = self.registered else { return 0 };
        // The day of leaving is not one in the register; the day of death still is.
        let left = self.left.and_then(|day| day.yesterday().ok());
        let until = [left, self.died].into_iter().flatten().min();
        Span { from, until }.days_within(period.from, period.until)
    }

    /// Days under management within a period, up to death.
    #[must_use]
    pub fn days_managed(&self, period: Period) -> u64 {
        let last = self.counted_on(period);
        self.managed.iter().map(|span| span.days_within(period.from, last)).sum()
    }
}
