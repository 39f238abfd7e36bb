//! The clock table: limits as data, each with its source and the day from which it holds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Clock;
use crate::embedded::DataError;

const FILE: &str = "data/clocks.toml";
const TEXT: &str = include_str!("../../../../data/clocks.toml");

/// Unit of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Working days: not Saturday, Sunday or statutory holiday, with the make-up working days.
    WorkingDays,
    /// Calendar months.
    CalendarMonths,
    /// Calendar days.
    CalendarDays,
    /// Hours.
    Hours,
}

/// Whether a value stands in an official text or is a local default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Official.
    Official,
    /// Local default.
    Default,
}

/// One clock as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockRule {
    /// The clock.
    pub code: Clock,
    /// What starts it.
    pub starts: String,
    /// What ends it.
    pub ends: String,
    /// Limit in its unit.
    pub limit: u16,
    /// Unit.
    pub unit: Unit,
    /// Official or default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
    /// First day in force.
    pub effective_from: Date,
}

/// One named limit as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitRule {
    code: String,
    value: u16,
    mark: Mark,
    source_zh: String,
    source_en: String,
    effective_from: Date,
}

/// One named list of values as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Schedule {
    code: String,
    values: Vec<u16>,
    mark: Mark,
    source_zh: String,
    source_en: String,
    effective_from: Date,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reminder {
    remind_percent: u16,
    escalate_percent: u16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reminder: Reminder,
    shortlist: Weights,
    clock: Vec<ClockRule>,
    limit: Vec<LimitRule>,
    schedule: Vec<Schedule>,
}

/// Limits other than clocks, in the unit that the name says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Referral again after a decline or silence.
    pub refer_again_working_days: u16,
    /// Life of a draft.
    pub draft_days: u16,
    /// How often papers may be asked for.
    pub supplement_times: u16,
    /// How long all pauses for papers may last together.
    pub supplement_working_days: u16,
    /// Time to object to a rejection.
    pub objection_working_days: u16,
    /// Declines after which civil affairs decides.
    pub declines_before_civil_affairs: u16,
    /// Institutions on a shortlist.
    pub shortlist_length: u16,
    /// Cool-down of an institution that did not answer.
    pub silence_cool_down_days: u16,
    /// Tries before a person counts as lost.
    pub contact_attempts: u16,
    /// Months that the tries must span for a closure.
    pub lost_contact_months: u16,
    /// Longest suspension.
    pub suspension_days: u16,
    /// Suspension after which a re-assessment is needed.
    pub reassess_after_suspension_days: u16,
    /// Hospital stay that may end a case.
    pub hospital_stay_days: u16,
    /// Age of the stage evaluation at closure.
    pub closing_evaluation_days: u16,
    /// Window of a stage evaluation, on both sides.
    pub stage_evaluation_window_working_days: u16,
    /// Acknowledgement of feedback.
    pub feedback_working_days: u16,
    /// Re-entry within the same episode.
    pub same_episode_months: u16,
    /// Risk grade from which the medical route is taken.
    pub risk_grade_hospital: u16,
    /// Statement and defence before removal from a library.
    pub defence_working_days: u16,
    /// Closures that the county calls back.
    pub closure_sample_percent: u16,
    /// Months of the return visits.
    pub visit_months: Vec<u16>,
}

/// Weights of the shortlist, in points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// The person's first wish.
    pub preference: u16,
    /// Less for each further wish.
    pub preference_step: u16,
    /// All services asked for.
    pub services: u16,
    /// Each level of nearness.
    pub distance: u16,
    /// Served the person before.
    pub earlier_relation: u16,
    /// Admits the disorder group by name.
    pub disorder_group: u16,
    /// All offers answered in time.
    pub response: u16,
    /// Each free place.
    pub free_place: u16,
    /// Free places that count at most.
    pub free_places_most: u16,
}

/// All clocks and limits in force on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClockRules {
    clocks: [ClockRule; 14],
    /// Limits.
    pub limits: Limits,
    /// Weights of the shortlist.
    pub weights: Weights,
    /// Part of a term after which the actor is reminded.
    pub remind_percent: u16,
    /// Part of a term after which civil affairs is told.
    pub escalate_percent: u16,
}

impl ClockRules {
    /// The rule of a clock.
    #[must_use]
    pub fn rule(&self, clock: Clock) -> &ClockRule {
        let [k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14] = &self.clocks;
        match clock {
            Clock::K1 => k1,
            Clock::K2 => k2,
            Clock::K3 => k3,
            Clock::K4 => k4,
            Clock::K5 => k5,
            Clock::K6 => k6,
            Clock::K7 => k7,
            Clock::K8 => k8,
            Clock::K9 => k9,
            Clock::K10 => k10,
            Clock::K11 => k11,
            Clock::K12 => k12,
            Clock::K13 => k13,
            Clock::K14 => k14,
        }
    }
}

/// Clocks and limits of all times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockTable {
    first: ClockRules,
    later: Vec<(Date, ClockRules)>,
}

impl ClockTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        Self::parse(TEXT)
    }

    /// A table from a text in the form of `data/clocks.toml`.
    ///
    /// # Errors
    /// When a clock or limit is missing, unknown, zero or badly written.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let file: File = toml::from_str(text).map_err(|fault| DataError::new(FILE, fault))?;
        let mut days: BTreeSet<Date> = file.clock.iter().map(|rule| rule.effective_from).collect();
        days.extend(file.limit.iter().map(|rule| rule.effective_from));
        days.extend(file.schedule.iter().map(|rule| rule.effective_from));
        let first = snapshot(&file, Date::MIN)?;
        let mut later = Vec::new();
        for day in days {
            later.push((day, snapshot(&file, day)?));
        }
        Ok(Self { first, later })
    }

    /// Clocks and limits in force on a day; before the first day, the first ones.
    #[must_use]
    pub fn in_force(&self, on: Date) -> &ClockRules {
        self.later.iter().rev().find(|(from, _)| *from <= on).map_or(&self.first, |(_, rules)| rules)
    }
}

/// The entry of a code that holds on a day: the latest that has begun, or else the earliest.
fn holding<T>(entries: &[T], is: impl Fn(&T) -> bool, from: impl Fn(&T) -> Date, on: Date) -> Option<&T> {
    let begun = entries.iter().filter(|entry| is(entry) && from(entry) <= on).max_by_key(|entry| from(entry));
    begun.or_else(|| entries.iter().filter(|entry| is(entry)).min_by_key(|entry| from(entry)))
}

fn snapshot(file: &File, on: Date) -> Result<ClockRules, DataError> {
    let mut clocks = Vec::new();
    for clock in Clock::ALL {
        let rule = holding(&file.clock, |rule| rule.code == clock, |rule| rule.effective_from, on)
            .ok_or_else(|| DataError::new(FILE, format!("clock {clock:?} is missing")))?;
        if rule.limit == 0 {
            return Err(DataError::new(FILE, format!("clock {clock:?} has no limit")));
        }
        clocks.push(rule.clone());
    }
    let clocks = <[ClockRule; 14]>::try_from(clocks).map_err(|_| DataError::new(FILE, "fourteen clocks"))?;
    let limits = limits(file, on)?;
    let Reminder { remind_percent, escalate_percent } = file.reminder;
    Ok(ClockRules { clocks, limits, weights: file.shortlist, remind_percent, escalate_percent })
}

fn limits(file: &File, on: Date) -> Result<Limits, DataError> {
    let mut left: BTreeMap<&str, u16> = BTreeMap::new();
    for rule in &file.limit {
        let entry = holding(&file.limit, |other| other.code == rule.code, |other| other.effective_from, on);
        left.insert(&rule.code, entry.map_or(rule.value, |entry| entry.value));
    }
    let mut take = |code: &str| {
        left.remove(code).ok_or_else(|| DataError::new(FILE, format!("limit {code} is missing")))
    };
    let visits = holding(&file.schedule, |list| list.code == "visit_months", |list| list.effective_from, on)
        .ok_or_else(|| DataError::new(FILE, "schedule visit_months is missing"))?;
    let limits = Limits {
        refer_again_working_days: take("refer_again_working_days")?,
        draft_days: take("draft_days")?,
        supplement_times: take("supplement_times")?,
        supplement_working_days: take("supplement_working_days")?,
        objection_working_days: take("objection_working_days")?,
        declines_before_civil_affairs: take("declines_before_civil_affairs")?,
        shortlist_length: take("shortlist_length")?,
        silence_cool_down_days: take("silence_cool_down_days")?,
        contact_attempts: take("contact_attempts")?,
        lost_contact_months: take("lost_contact_months")?,
        suspension_days: take("suspension_days")?,
        reassess_after_suspension_days: take("reassess_after_suspension_days")?,
        hospital_stay_days: take("hospital_stay_days")?,
        closing_evaluation_days: take("closing_evaluation_days")?,
        stage_evaluation_window_working_days: take("stage_evaluation_window_working_days")?,
        feedback_working_days: take("feedback_working_days")?,
        same_episode_months: take("same_episode_months")?,
        risk_grade_hospital: take("risk_grade_hospital")?,
        defence_working_days: take("defence_working_days")?,
        closure_sample_percent: take("closure_sample_percent")?,
        visit_months: visits.values.clone(),
    };
    match left.keys().next() {
        Some(code) => Err(DataError::new(FILE, format!("limit {code} is unknown"))),
        None => Ok(limits),
    }
}
