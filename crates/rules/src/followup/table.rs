//! The terms and limits of the follow-up as data, each with its source and the day from which it holds.

use crate::clock::{Mark, Unit};
use crate::embedded::DataError;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const FILE: &str = "data/followup.toml";
const TEXT: &str = include_str!("../../../../data/followup.toml");

/// A term or limit as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Name.
    pub code: String,
    /// Value, in its unit.
    pub value: u16,
    /// Unit of a term; none for a count or a yes (1) or no (0).
    pub unit: Option<Unit>,
    /// Official or default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
    /// First day in force.
    pub effective_from: Date,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    entry: Vec<Entry>,
}

/// Time between two visits or deeds, in days or months of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Days.
    Days(u16),
    /// Months.
    Months(u16),
}

impl Interval {
    /// The day on which it ends. A month that is too short ends on its last day.
    #[must_use]
    pub fn after(self, day: Date) -> Date {
        match self {
            Interval::Days(count) => day.saturating_add(i32::from(count).days()),
            Interval::Months(count) => day.saturating_add(i32::from(count).months()),
        }
    }
}

/// Terms; those without a unit in their type are in working days, or hours where the name says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// Report of onset, after the diagnosis.
    pub onset_report: u16,
    /// A paper report is entered by the county, after it came.
    pub paper_entry: u16,
    /// Discharge slip, after the discharge.
    pub discharge_slip: u16,
    /// Primary care takes up what the county sent.
    pub receipt: u16,
    /// Correction, after another diagnosis.
    pub correction: u16,
    /// Acceptance of a move.
    pub move_acceptance: u16,
    /// First visit, in working days.
    pub first_visit_working_days: u16,
    /// First visit, in days of the calendar; the earlier of both holds.
    pub first_visit: Interval,
    /// Unstable.
    pub unstable: Interval,
    /// Basically stable for the first time.
    pub first_time: Interval,
    /// Basically stable again.
    pub still_not_stable: Interval,
    /// Basically stable again, tending to stable.
    pub tending_to_stable: Interval,
    /// Stable.
    pub stable: Interval,
    /// Another try after a visit was missed.
    pub retry: Interval,
    /// What the misses must exceed together.
    pub lost_span: Interval,
    /// Physical examination.
    pub examination: Interval,
    /// The step that a case told of a stay in hospital.
    pub hospital_word: u16,
    /// How long the last visit says how somebody is, where community rehabilitation is proposed.
    pub rehabilitation_current: Interval,
    /// Survey of clues.
    pub clue_survey: Interval,
    /// Case management, levels 1 to 3.
    pub case_visits: [Interval; 3],
    /// Review of the plan, levels 1 to 3.
    pub plan_reviews: [Interval; 3],
    /// Community's review of a guardian's duties.
    pub guardian_review: Interval,
    /// Record of an emergency, in hours.
    pub emergency_record_hours: u16,
    /// Checks after an emergency, in hours.
    pub emergency_check_hours: u16,
}

/// Counts and choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Visits a year, at least.
    pub yearly_visits: u16,
    /// Visits missed in a row before a person counts as lost.
    pub misses_before_lost: u16,
    /// Stable checks in a row that end the watch after an emergency.
    pub stable_checks: u16,
    /// Copies of the record of an emergency.
    pub emergency_copies: u16,
    /// Whether the effect *improved* shows that somebody tends to stable.
    pub improved_is_tending: bool,
}

/// Terms and limits in force on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FollowupRules {
    /// Terms.
    pub terms: Terms,
    /// Limits.
    pub limits: Limits,
    /// Where each comes from.
    pub entries: Vec<Entry>,
}

/// Terms and limits of all times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowupTable {
    first: FollowupRules,
    later: Vec<(Date, FollowupRules)>,
}

impl FollowupTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        Self::parse(TEXT)
    }

    /// A table from a text in the form of `data/followup.toml`.
    ///
    /// # Errors
    /// When a term or limit is missing, unknown, zero or in a unit that does not fit.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let file: File = toml::from_str(text).map_err(|fault| DataError::new(FILE, fault))?;
        let days: BTreeSet<Date> = file.entry.iter().map(|entry| entry.effective_from).collect();
        let first = snapshot(&file.entry, Date::MIN)?;
        let mut later = Vec::new();
        for day in days {
            later.push((day, snapshot(&file.entry, day)?));
        }
        Ok(Self { first, later })
    }

    /// What is in force on a day; before the first day, the first.
    #[must_use]
    pub fn in_force(&self, on: Date) -> &FollowupRules {
        self.later.iter().rev().find(|(from, _)| *from <= on).map_or(&self.first, |(_, rules)| rules)
    }
}

/// Entries that hold on a day, taken out one by one.
struct Left(Vec<Entry>);

impl Left {
    /// For each name the latest that has begun, or else the earliest.
    fn holding(entries: &[Entry], on: Date) -> Left {
        let names: BTreeSet<&str> = entries.iter().map(|entry| entry.code.as_str()).collect();
        let found = names.into_iter().filter_map(|name| {
            let named = || entries.iter().filter(|entry| entry.code == name);
            let begun = named().filter(|entry| entry.effective_from <= on);
            let latest = begun.max_by_key(|entry| entry.effective_from);
            latest.or_else(|| named().min_by_key(|entry| entry.effective_from)).cloned()
        });
        Left(found.collect())
    }

    fn take(&mut self, code: &str) -> Result<Entry, DataError> {
        let place = self.0.iter().position(|entry| entry.code == code);
        place
            .map(|place| self.0.swap_remove(place))
            .ok_or_else(|| DataError::new(FILE, format!("{code} is missing")))
    }

    fn term(&mut self, code: &str, unit: Unit) -> Result<u16, DataError> {
        let entry = self.take(code)?;
        match entry.unit {
            Some(found) if found == unit && entry.value > 0 => Ok(entry.value),
            _ => Err(DataError::new(FILE, format!("{code} must be some {unit:?}"))),
        }
    }

    fn interval(&mut self, code: &str) -> Result<Interval, DataError> {
        let entry = self.take(code)?;
        match entry.unit {
            Some(Unit::CalendarDays) if entry.value > 0 => Ok(Interval::Days(entry.value)),
            Some(Unit::CalendarMonths) if entry.value > 0 => Ok(Interval::Months(entry.value)),
            _ => Err(DataError::new(FILE, format!("{code} must be some days or months"))),
        }
    }

    fn levels(&mut self, code: &str) -> Result<[Interval; 3], DataError> {
        Ok([
            self.interval(&format!("{code}_1"))?,
            self.interval(&format!("{code}_2"))?,
            self.interval(&format!("{code}_3"))?,
        ])
    }

    fn count(&mut self, code: &str) -> Result<u16, DataError> {
        let entry = self.take(code)?;
        match entry.unit {
            None if entry.value > 0 => Ok(entry.value),
            _ => Err(DataError::new(FILE, format!("{code} must be a count"))),
        }
    }

    fn choice(&mut self, code: &str) -> Result<bool, DataError> {
        let entry = self.take(code)?;
        match (entry.unit, entry.value) {
            (None, 0) => Ok(false),
            (None, 1) => Ok(true),
            _ => Err(DataError::new(FILE, format!("{code} must be 0 or 1"))),
        }
    }
}

fn snapshot(all: &[Entry], on: Date) -> Result<FollowupRules, DataError> {
    let mut left = Left::holding(all, on);
    let entries = left.0.clone();
    let terms = terms(&mut left)?;
    let limits = Limits {
        yearly_visits: left.count("yearly_visits")?,
        misses_before_lost: left.count("misses_before_lost")?,
        stable_checks: left.count("stable_checks")?,
        emergency_copies: left.count("emergency_copies")?,
        improved_is_tending: left.choice("improved_is_tending")?,
    };
    match left.0.first() {
        Some(entry) => Err(DataError::new(FILE, format!("{} is unknown", entry.code))),
        None => Ok(FollowupRules { terms, limits, entries }),
    }
}

fn terms(left: &mut Left) -> Result<Terms, DataError> {
    let mut working = |code: &str| left.term(code, Unit::WorkingDays);
    let (onset_report, paper_entry) = (working("onset_report")?, working("paper_entry")?);
    let (discharge_slip, receipt) = (working("discharge_slip")?, working("receipt")?);
    let (correction, move_acceptance) = (working("correction")?, working("move_acceptance")?);
    let (first_visit_working_days, hospital_word) =
        (working("first_visit_working_days")?, working("hospital_word")?);
    Ok(Terms {
        onset_report,
        paper_entry,
        discharge_slip,
        receipt,
        correction,
        move_acceptance,
        first_visit_working_days,
        hospital_word,
        rehabilitation_current: left.interval("rehabilitation_current")?,
        first_visit: left.interval("first_visit")?,
        unstable: left.interval("unstable")?,
        first_time: left.interval("first_time")?,
        still_not_stable: left.interval("still_not_stable")?,
        tending_to_stable: left.interval("tending_to_stable")?,
        stable: left.interval("stable")?,
        retry: left.interval("retry")?,
        lost_span: left.interval("lost_span")?,
        examination: left.interval("examination")?,
        clue_survey: left.interval("clue_survey")?,
        case_visits: left.levels("case_visits")?,
        plan_reviews: left.levels("plan_reviews")?,
        guardian_review: left.interval("guardian_review")?,
        emergency_record_hours: left.term("emergency_record_hours", Unit::Hours)?,
        emergency_check_hours: left.term("emergency_check_hours", Unit::Hours)?,
    })
}
