//! The individual rehabilitation plan 个体化康复计划 (form F5; Regulation on Disability Prevention and Rehabilitation art. 21).
//!
//! One to five short-term goals, each with a measure, a baseline, a target and a day; services of the catalogue, each serving a goal;
//! the family's part; a crisis plan. A change makes a new version, the old one stays (local default).

use super::{CareTable, Period};
use crate::{
    referral::State,
    scale::{Figure, Scale},
    service::ServiceTable,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Something wrong with an entry: the field, what is wrong as a code, values for the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The field: `goals.2.target`.
    pub field: String,
    /// What is wrong.
    pub code: &'static str,
    /// Values for the text.
    pub values: Vec<String>,
}

impl Fault {
    /// A fault without values.
    #[must_use]
    pub fn new(field: impl Into<String>, code: &'static str) -> Fault {
        Fault { field: field.into(), code, values: Vec::new() }
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, value: impl ToString) -> Fault {
        self.values.push(value.to_string());
        self
    }
}

/// By what a goal is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Measure {
    /// The total of a rating scale.
    Scale {
        /// Its id.
        scale: String,
    },
    /// Something that can be seen and counted.
    Observation {
        /// What is counted, such as "meals cooked a week".
        what: String,
    },
}

/// A short-term goal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// Name that stays the same in later versions, so that what was measured is not lost.
    pub key: String,
    /// What is to be reached, in the person's words.
    pub text: String,
    /// By what it is measured.
    pub measure: Measure,
    /// Where it stood at the beginning.
    pub baseline: Figure,
    /// Where it shall stand.
    pub target: Figure,
    /// By when.
    pub due: Date,
}

/// A service that the plan arranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Service S1–S16.
    pub service: String,
    /// Form of service W1–W11.
    pub way: String,
    /// So many sessions …
    pub times: u32,
    /// … in each of these.
    pub per: Period,
    /// Minutes of each.
    pub minutes: u32,
    /// Key of the goal that it serves.
    pub goal: String,
    /// Who gives it.
    #[serde(default)]
    pub provider: String,
}

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearOne {
    /// Name or relation, as the person says it.
    pub name: String,
    /// Telephone number.
    pub phone: String,
}

/// What to do when things get worse. It is printed on the card that the person carries, so it names no illness.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrisisPlan {
    /// Signs that the person and those around notice first.
    pub signs: String,
    /// What helps.
    pub helps: String,
    /// What others should do, and what they should not.
    pub others: String,
    /// Whom to call, best first.
    pub call: Vec<NearOne>,
}

/// What a version of a plan says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
    /// Day on which it is looked at again.
    pub review: Date,
    /// What is difficult.
    pub problems: String,
    /// Where it shall lead.
    pub long_term_goal: String,
    /// Short-term goals.
    pub goals: Vec<Goal>,
    /// Services.
    pub lines: Vec<Line>,
    /// The family's part.
    pub family: String,
    /// When things get worse.
    pub crisis: CrisisPlan,
    /// Why it was changed; empty in the first version.
    #[serde(default)]
    pub change: String,
}

/// Who signed for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignedBy {
    /// The person.
    Client,
    /// The guardian, where the person's capacity is limited.
    Guardian,
}

impl SignedBy {
    /// All of them.
    pub const ALL: [SignedBy; 2] = [SignedBy::Client, SignedBy::Guardian];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SignedBy::Client => "client",
            SignedBy::Guardian => "guardian",
        }
    }

    /// Who it is by a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<SignedBy> {
        SignedBy::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// How a plan was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningWay {
    /// On the printed plan, which the institution keeps.
    Paper,
    /// With a finger on a screen, in the worker's presence.
    Screen,
    /// Read aloud and agreed to by a mark or thumb print, with a witness.
    Mark,
}

impl SigningWay {
    /// All of them.
    pub const ALL: [SigningWay; 3] = [SigningWay::Paper, SigningWay::Screen, SigningWay::Mark];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SigningWay::Paper => "paper",
            SigningWay::Screen => "screen",
            SigningWay::Mark => "mark",
        }
    }

    /// The way of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<SigningWay> {
        SigningWay::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// For whom.
    pub by: SignedBy,
    /// The name under it.
    pub name: String,
    /// The day.
    pub on: Date,
    /// How.
    pub way: SigningWay,
    /// The witness of a mark.
    #[serde(default)]
    pub witness: String,
}

/// Letters of a long text at most, and of a line.
const LONG: usize = 2_000;
const SHORT: usize = 200;
/// Numbers on the crisis card at most.
const CALLS: usize = 4;
/// Years that a plan may run.
const YEARS: i32 = 2;

impl Plan {
    /// States of a case in which a plan is written: from the assessment to the proposal of closure.
    #[must_use]
    pub fn may_be_written(state: State) -> bool {
        matches!(state, State::Assessed | State::Agreed | State::InService | State::Suspended)
    }

    /// All that is wrong with it.
    #[must_use]
    pub fn faults<'s>(
        &self,
        table: &CareTable,
        services: &ServiceTable,
        scale: impl Fn(&str) -> Option<&'s Scale>,
    ) -> Vec<Fault> {
        let mut faults = Vec::new();
        text(&mut faults, "problems", &self.problems, LONG, true);
        text(&mut faults, "long_term_goal", &self.long_term_goal, LONG, true);
        text(&mut faults, "family", &self.family, LONG, false);
        text(&mut faults, "change", &self.change, LONG, false);
        if self.until <= self.from {
            faults.push(Fault::new("until", "end_before_start"));
        } else if self.until > self.from.saturating_add(jiff::Span::new().years(YEARS)) {
            faults.push(Fault::new("until", "plan_too_long").with(YEARS));
        }
        if self.review <= self.from || self.review > self.until {
            faults.push(Fault::new("review", "date_within").with(self.from).with(self.until));
        }
        self.goals(table, scale, &mut faults);
        self.lines(table, services, &mut faults);
        self.crisis.faults(table, &mut faults);
        faults
    }

    fn goals<'s>(
        &self,
        table: &CareTable,
        scale: impl Fn(&str) -> Option<&'s Scale>,
        faults: &mut Vec<Fault>,
    ) {
        if self.goals.is_empty() {
            faults.push(Fault::new("goals", "required"));
        }
        if self.goals.len() > table.limits.goals_at_most {
            faults.push(Fault::new("goals", "too_many").with(table.limits.goals_at_most));
        }
        for (at, goal) in self.goals.iter().enumerate() {
            let field = |name: &str| format!("goals.{at}.{name}");
            text(faults, &field("text"), &goal.text, SHORT, true);
            if self.goals.iter().filter(|other| other.key == goal.key).count() > 1 || goal.key.is_empty() {
                faults.push(Fault::new(field("key"), "unknown_choice"));
            }
            if goal.due <= self.from || goal.due > self.until {
                faults.push(Fault::new(field("due"), "date_within").with(self.from).with(self.until));
            }
            match &goal.measure {
                Measure::Observation { what } => text(faults, &field("what"), what, SHORT, true),
                Measure::Scale { scale: id } => match scale(id) {
                    None => faults.push(Fault::new(field("scale"), "unknown_choice")),
                    Some(scale) => {
                        for (name, value) in [("baseline", goal.baseline), ("target", goal.target)] {
                            if let Some((low, high)) = scale
                                .span()
                                .or(scale.range())
                                .filter(|(low, high)| value < *low || value > *high)
                            {
                                faults.push(
                                    Fault::new(field(name), "number_range").with(format!("{low}–{high}")),
                                );
                            }
                        }
                    }
                },
            }
            if super::attainment(goal.baseline, goal.target, goal.baseline).is_none() {
                faults.push(Fault::new(field("target"), "target_is_base"));
            }
        }
    }

    fn lines(&self, table: &CareTable, services: &ServiceTable, faults: &mut Vec<Fault>) {
        if self.lines.is_empty() {
            faults.push(Fault::new("lines", "required"));
        }
        if self.lines.len() > table.limits.lines_at_most {
            faults.push(Fault::new("lines", "too_many").with(table.limits.lines_at_most));
        }
        for (at, line) in self.lines.iter().enumerate() {
            let field = |name: &str| format!("lines.{at}.{name}");
            if services.get(&line.service).is_none() {
                faults.push(Fault::new(field("service"), "unknown_choice"));
            }
            if !services.forms.iter().any(|form| form.code == line.way) {
                faults.push(Fault::new(field("way"), "unknown_choice"));
            }
            if !(1..=MOST_TIMES).contains(&line.times) {
                faults.push(Fault::new(field("times"), "number_range").with(format!("1–{MOST_TIMES}")));
            }
            let (shortest, longest) = (table.limits.shortest_minutes, table.limits.longest_minutes);
            if !(shortest..=longest).contains(&line.minutes) {
                faults
                    .push(Fault::new(field("minutes"), "number_range").with(format!("{shortest}–{longest}")));
            }
            if !self.goals.iter().any(|goal| goal.key == line.goal) {
                faults.push(Fault::new(field("goal"), "serves_no_goal"));
            }
            text(faults, &field("provider"), &line.provider, SHORT, false);
        }
    }

    /// The goal of a key.
    #[must_use]
    pub fn goal(&self, key: &str) -> Option<&Goal> {
        self.goals.iter().find(|goal| goal.key == key)
    }
}

/// Sessions in one period at most.
const MOST_TIMES: u32 = 31;

impl CrisisPlan {
    fn faults(&self, table: &CareTable, faults: &mut Vec<Fault>) {
        for (name, said) in [("signs", &self.signs), ("helps", &self.helps), ("others", &self.others)] {
            let lower = said.to_lowercase();
            if let Some(word) = table.card.never.iter().find(|word| lower.contains(word.as_str())) {
                faults.push(Fault::new(format!("crisis.{name}"), "names_illness").with(word));
            }
        }
        for (name, said) in [("signs", &self.signs), ("helps", &self.helps)] {
            text(faults, &format!("crisis.{name}"), said, LONG, true);
        }
        text(faults, "crisis.others", &self.others, LONG, false);
        if self.call.len() > CALLS {
            faults.push(Fault::new("crisis.call", "too_many").with(CALLS));
        }
        for (at, near) in self.call.iter().enumerate() {
            text(faults, &format!("crisis.call.{at}.name"), &near.name, SHORT, true);
            if let Err(error) = crate::phone::check(&near.phone) {
                faults.push(Fault {
                    field: format!("crisis.call.{at}.phone"),
                    code: phone_code(error),
                    values: Vec::new(),
                });
            }
        }
    }
}

fn phone_code(error: crate::phone::PhoneError) -> &'static str {
    use crate::phone::PhoneError as Wrong;
    match error {
        Wrong::Empty => "phone.empty",
        Wrong::Character { .. } => "phone.character",
        Wrong::Form { .. } => "phone.form",
    }
}

impl Signature {
    /// All that is wrong with it; `today` is the day on which it is recorded, `written` the day of the version.
    #[must_use]
    pub fn faults(&self, written: Date, today: Date) -> Vec<Fault> {
        let mut faults = Vec::new();
        text(&mut faults, "name", &self.name, SHORT, true);
        text(&mut faults, "witness", &self.witness, SHORT, self.way == SigningWay::Mark);
        if self.on > today {
            faults.push(Fault::new("on", "date_future"));
        } else if self.on < written {
            faults.push(Fault::new("on", "date_within").with(written).with(today));
        }
        faults
    }
}

fn text(faults: &mut Vec<Fault>, field: &str, said: &str, longest: usize, needed: bool) {
    if needed && said.trim().is_empty() {
        faults.push(Fault::new(field, "required"));
    }
    if said.chars().count() > longest {
        faults.push(Fault::new(field, "too_long").with(longest));
    }
}
