//! What is typed into the pages of a plan, kept as it was typed, and read into a plan.

use super::words;
use crate::form::Posted;
use app::{
    App, Problem,
    care::{NewPlan, NewValue, PlanVersion},
};
use jiff::civil::Date;
use rules::{
    care::{CrisisPlan, Goal, Line, Measure, NearOne, Period, Plan, Signature, SignedBy, SigningWay},
    scale::Figure,
};

/// Rows of goals and of numbers to call on the page; rows of services beside those that are there.
const GOALS: usize = 5;
const CALLS: usize = 3;
const FURTHER: usize = 3;
const LINES: usize = 16;

/// A goal as typed.
#[derive(Default, Clone)]
pub(crate) struct GoalRow {
    pub key: String,
    pub text: String,
    /// Id of a scale; empty where something is counted.
    pub scale: String,
    pub what: String,
    pub baseline: String,
    pub target: String,
    pub due: String,
}

/// A service as typed.
#[derive(Default, Clone)]
pub(crate) struct LineRow {
    pub service: String,
    pub way: String,
    pub times: String,
    pub per: String,
    pub minutes: String,
    /// Place of the goal, from 1.
    pub goal: String,
    pub provider: String,
}

/// Somebody to call as typed.
#[derive(Default, Clone)]
pub(crate) struct CallRow {
    pub name: String,
    pub phone: String,
}

/// A plan as typed.
#[derive(Default)]
pub(crate) struct PlanEntry {
    pub seen: i64,
    pub from: String,
    pub until: String,
    pub review: String,
    pub problems: String,
    pub long_term_goal: String,
    pub goals: Vec<GoalRow>,
    pub lines: Vec<LineRow>,
    pub family: String,
    pub signs: String,
    pub helps: String,
    pub others: String,
    pub call: Vec<CallRow>,
    pub change: String,
}

impl GoalRow {
    fn is_empty(&self) -> bool {
        [&self.text, &self.what, &self.baseline, &self.target].into_iter().all(|text| text.is_empty())
    }
}

impl LineRow {
    fn is_empty(&self) -> bool {
        [&self.service, &self.way, &self.times, &self.minutes].into_iter().all(|text| text.is_empty())
    }
}

impl PlanEntry {
    /// What stands in a version, to be changed; or the beginning of a first one.
    pub(crate) fn of(latest: Option<&PlanVersion>, today: Date) -> PlanEntry {
        let day = |days: i64| today.saturating_add(jiff::Span::new().days(days)).to_string();
        let Some(version) = latest else {
            let begin = PlanEntry { from: day(0), until: day(182), review: day(91), ..PlanEntry::default() };
            return begin.with_room();
        };
        let plan = &version.plan;
        let place = |key: &str| plan.goals.iter().position(|goal| goal.key == key).map(|at| at + 1);
        let goal = |goal: &Goal| {
            let (scale, what) = match &goal.measure {
                Measure::Scale { scale } => (scale.clone(), String::new()),
                Measure::Observation { what } => (String::new(), what.clone()),
            };
            let (baseline, target) = (goal.baseline.to_string(), goal.target.to_string());
            let (key, text, due) = (goal.key.clone(), goal.text.clone(), goal.due.to_string());
            GoalRow { key, text, scale, what, baseline, target, due }
        };
        let line = |line: &Line| LineRow {
            service: line.service.clone(),
            way: line.way.clone(),
            times: line.times.to_string(),
            per: line.per.code().to_owned(),
            minutes: line.minutes.to_string(),
            goal: place(&line.goal).map(|at| at.to_string()).unwrap_or_default(),
            provider: line.provider.clone(),
        };
        let call = |near: &NearOne| CallRow { name: near.name.clone(), phone: near.phone.clone() };
        PlanEntry {
            seen: version.number,
            from: plan.from.to_string(),
            until: plan.until.to_string(),
            review: plan.review.to_string(),
            problems: plan.problems.clone(),
            long_term_goal: plan.long_term_goal.clone(),
            goals: plan.goals.iter().map(goal).collect(),
            lines: plan.lines.iter().map(line).collect(),
            family: plan.family.clone(),
            signs: plan.crisis.signs.clone(),
            helps: plan.crisis.helps.clone(),
            others: plan.crisis.others.clone(),
            call: plan.crisis.call.iter().map(call).collect(),
            change: String::new(),
        }
        .with_room()
    }

    /// Empty rows to write into.
    fn with_room(mut self) -> PlanEntry {
        self.goals.resize(self.goals.len().max(GOALS), GoalRow::default());
        let lines = (self.lines.len() + FURTHER).clamp(1, LINES.max(self.lines.len()));
        self.lines.resize(lines, LineRow::default());
        self.call.resize(self.call.len().max(CALLS), CallRow::default());
        self
    }

    /// As it was sent.
    pub(crate) fn posted(posted: &Posted) -> PlanEntry {
        let get = |name: &str| posted.get(name).unwrap_or_default().to_owned();
        let rows = |kind: &str, most: usize| {
            let kind = kind.to_owned();
            (0..most).filter(move |at| posted.has(&format!("{kind}.{at}.")))
        };
        let goal = |at: usize| {
            let get = |name: &str| get(&format!("goals.{at}.{name}"));
            GoalRow {
                key: get("key"),
                text: get("text"),
                scale: get("scale"),
                what: get("what"),
                baseline: get("baseline"),
                target: get("target"),
                due: get("due"),
            }
        };
        let line = |at: usize| {
            let get = |name: &str| get(&format!("lines.{at}.{name}"));
            LineRow {
                service: get("service"),
                way: get("way"),
                times: get("times"),
                per: get("per"),
                minutes: get("minutes"),
                goal: get("goal"),
                provider: get("provider"),
            }
        };
        let call = |at: usize| {
            let get = |name: &str| get(&format!("crisis.call.{at}.{name}"));
            CallRow { name: get("name"), phone: get("phone") }
        };
        PlanEntry {
            seen: get("seen").parse().unwrap_or(0),
            from: get("from"),
            until: get("until"),
            review: get("review"),
            problems: get("problems"),
            long_term_goal: get("long_term_goal"),
            goals: rows("goals", GOALS + 1).map(goal).collect(),
            lines: rows("lines", LINES + FURTHER).map(line).collect(),
            family: get("family"),
            signs: get("crisis.signs"),
            helps: get("crisis.helps"),
            others: get("crisis.others"),
            call: rows("crisis.call", CALLS + 2).map(call).collect(),
            change: get("change"),
        }
        .with_room()
    }

    /// The plan that was typed, or all that cannot be read. Empty rows are left out.
    pub(crate) fn read(&self, known: &[String]) -> NewPlan {
        let mut reading = Reading::default();
        let keys = self.keys(known);
        let mut goals = Vec::new();
        for (at, row) in self.goals.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            let field = |name: &str| format!("goals.{at}.{name}");
            let measure = match row.scale.as_str() {
                "" => Measure::Observation { what: row.what.clone() },
                scale => Measure::Scale { scale: scale.to_owned() },
            };
            goals.push(Goal {
                key: keys.get(at).cloned().unwrap_or_default(),
                text: row.text.clone(),
                measure,
                baseline: reading.figure(&field("baseline"), &row.baseline),
                target: reading.figure(&field("target"), &row.target),
                due: reading.day(&field("due"), &row.due),
            });
        }
        let mut lines = Vec::new();
        for (at, row) in self.lines.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            let field = |name: &str| format!("lines.{at}.{name}");
            let goal = row.goal.parse::<usize>().ok().and_then(|goal| keys.get(goal.checked_sub(1)?));
            lines.push(Line {
                service: row.service.clone(),
                way: row.way.clone(),
                times: reading.number(&field("times"), &row.times),
                per: reading.choice(&field("per"), Period::of_code(&row.per), Period::Month),
                minutes: reading.number(&field("minutes"), &row.minutes),
                goal: goal.cloned().unwrap_or_default(),
                provider: row.provider.clone(),
            });
        }
        let call = self.call.iter().filter(|row| !row.name.is_empty() || !row.phone.is_empty());
        let plan = Plan {
            from: reading.day("from", &self.from),
            until: reading.day("until", &self.until),
            review: reading.day("review", &self.review),
            problems: self.problems.clone(),
            long_term_goal: self.long_term_goal.clone(),
            goals,
            lines,
            family: self.family.clone(),
            crisis: CrisisPlan {
                signs: self.signs.clone(),
                helps: self.helps.clone(),
                others: self.others.clone(),
                call: call.map(|row| NearOne { name: row.name.clone(), phone: row.phone.clone() }).collect(),
            },
            change: self.change.clone(),
        };
        reading.finish(plan)
    }

    /// The key of each goal: its own, or one that no version had.
    fn keys(&self, known: &[String]) -> Vec<String> {
        let mut taken: Vec<String> = known.to_vec();
        let mut keys = Vec::new();
        for row in &self.goals {
            let own = Some(&row.key).filter(|key| known.contains(key) && !keys.contains(*key));
            let key = own.cloned().unwrap_or_else(|| {
                let mut number = 1;
                while taken.contains(&format!("g{number}")) {
                    number += 1;
                }
                format!("g{number}")
            });
            taken.push(key.clone());
            keys.push(key);
        }
        keys
    }
}

/// Reads fields and keeps what cannot be read.
#[derive(Default)]
pub(crate) struct Reading {
    problems: Vec<Problem>,
}

impl Reading {
    pub(crate) fn day(&mut self, field: &str, text: &str) -> Date {
        self.choice_or(
            field,
            text.parse().ok(),
            if text.is_empty() { "required" } else { "date" },
            Date::ZERO,
        )
    }

    pub(crate) fn figure(&mut self, field: &str, text: &str) -> Figure {
        let code = if text.is_empty() { "required" } else { "decimal" };
        self.choice_or(field, Figure::parse(text), code, Figure::whole(0))
    }

    pub(crate) fn number(&mut self, field: &str, text: &str) -> u32 {
        self.choice_or(field, text.parse().ok(), if text.is_empty() { "required" } else { "number" }, 0)
    }

    pub(crate) fn choice<T>(&mut self, field: &str, found: Option<T>, otherwise: T) -> T {
        self.choice_or(field, found, "unknown_choice", otherwise)
    }

    pub(crate) fn choice_or<T>(&mut self, field: &str, found: Option<T>, code: &str, otherwise: T) -> T {
        found.unwrap_or_else(|| {
            self.problems.push(Problem::new(field, code));
            otherwise
        })
    }

    /// A signature by the names of its fields.
    pub(crate) fn signature<'t>(&mut self, get: impl Fn(&str) -> &'t str) -> Signature {
        Signature {
            by: self.choice("by", SignedBy::of_code(get("by")), SignedBy::Client),
            name: get("name").to_owned(),
            on: self.day("on", get("on")),
            way: self.choice("way", SigningWay::of_code(get("way")), SigningWay::Paper),
            witness: get("witness").to_owned(),
        }
    }

    pub(crate) fn finish<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }
}

/// A signature as typed.
pub(crate) fn signature(posted: &Posted) -> Result<Signature, Vec<Problem>> {
    let mut reading = Reading::default();
    let signature = reading.signature(|name| posted.get(name).unwrap_or_default());
    reading.finish(signature)
}

/// A value of a goal as typed.
pub(crate) fn value(posted: &Posted) -> Result<NewValue, Vec<Problem>> {
    let get = |name: &str| posted.get(name).unwrap_or_default();
    let mut reading = Reading::default();
    let value = NewValue {
        goal: get("goal").to_owned(),
        on: reading.day("on", get("on")),
        value: reading.figure("value", get("value")),
        note: get("note").to_owned(),
    };
    reading.finish(value)
}

/// Codes with their names.
pub(crate) type Choices = Vec<(String, String)>;

/// Services and forms of service to choose from.
pub(crate) fn choices(app: &App, language: crate::language::Language) -> (Choices, Choices) {
    let services = &app.tables.services;
    let named = |code: &String, name: String| (code.clone(), format!("{code} {name}"));
    let service =
        services.services.iter().map(|one| named(&one.code, words::service(app, language, &one.code)));
    let way = services.forms.iter().map(|one| named(&one.code, words::way(app, language, &one.code)));
    (service.collect(), way.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_keep_their_keys_and_new_ones_get_others() {
        let row = |key: &str| GoalRow { key: key.to_owned(), text: "x".to_owned(), ..GoalRow::default() };
        let entry =
            PlanEntry { goals: vec![row("g2"), row(""), row("g2"), row("g9")], ..PlanEntry::default() };
        let known = ["g1".to_owned(), "g2".to_owned()];
        assert_eq!(entry.keys(&known), ["g2", "g3", "g4", "g5"]);
    }
}
