//! How things stand with a case: the part of the case page, and the figures beside a stage evaluation, a closure, a return visit.

use super::{
    line::{Line, line},
    plan::measure_name,
    talk, words,
};
use crate::{Site, failure::Failure, language::Language, session::Session};
use app::{
    App,
    care::{self, Figures, LineFigure},
    id::Id,
};
use rules::{
    account::{Deed, Subject},
    care::Fulfilment,
};

/// A goal with how far it was reached.
pub(crate) struct Bar {
    pub text: String,
    pub measure: String,
    /// From where to where, and by when.
    pub way: String,
    /// Where it stands; empty while nobody measured it.
    pub now: String,
    /// Percent as a number; nothing while it cannot be said.
    pub percent: Option<u8>,
}

/// What was owed by one rule, and given.
pub(crate) struct Owed {
    pub what: String,
    /// The last period that is over.
    pub last: String,
    pub class: &'static str,
    pub icon: &'static str,
    /// The present period.
    pub present: String,
    /// All periods that are over.
    pub sum: String,
}

/// How things stand, in words.
pub(crate) struct Shown {
    pub no_plan: bool,
    pub unsigned: bool,
    pub attained: String,
    pub goals: Vec<Bar>,
    pub lines: Vec<Owed>,
    pub standards: Vec<Owed>,
    pub facts: Vec<(String, String)>,
    pub proposals: Vec<String>,
    pub missed: String,
}

/// The goals of the plan in force.
pub(crate) fn bars(app: &App, language: Language, figures: &Figures) -> Vec<Bar> {
    let bar = |one: &care::GoalFigure| {
        let goal = &one.goal;
        let values = [
            ("from", goal.baseline.to_string()),
            ("to", goal.target.to_string()),
            ("due", goal.due.to_string()),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let now = one.now.zip(one.on).map(|(now, on)| {
            language.with("care.goal_now", &[("now", &now.to_string()), ("on", &on.to_string())])
        });
        Bar {
            text: goal.text.clone(),
            measure: measure_name(app, language, &goal.measure),
            way: language.with("care.goal_way", &values),
            now: now.unwrap_or_default(),
            percent: one.attained.map(|share| share.0),
        }
    };
    figures.goals.iter().map(bar).collect()
}

fn of(app: &App, language: Language, figure: &LineFigure) -> Owed {
    let period = |one: &Fulfilment| {
        let values = [
            ("held", one.held.to_string()),
            ("required", one.required.to_string()),
            ("from", one.period.from.to_string()),
            ("last", one.period.last.to_string()),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        language.with("care.period_figure", &values)
    };
    let (class, icon) = match figure.last_over() {
        Some(last) if last.is_missed() => ("late", "alert-triangle"),
        Some(_) => ("good", "check"),
        None => ("quiet", "clock"),
    };
    let (owed, held) = figure.sum();
    let values = [("held", held.to_string()), ("required", owed.to_string())];
    let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Owed {
        what: words::owed(app, language, &figure.owed),
        last: figure.last_over().map(period).unwrap_or_default(),
        class,
        icon,
        present: figure.present().map(period).unwrap_or_default(),
        sum: if owed > 0 { language.with("care.sum", &values) } else { String::new() },
    }
}

impl Shown {
    /// Figures in words.
    pub(crate) fn new(app: &App, language: Language, figures: &Figures) -> Shown {
        let fact = |key: &str, value: String| (language.text(key).into_owned(), value);
        let version = figures.version.map(|number| fact("care.version", number.to_string()));
        let mut facts: Vec<(String, String)> = version.into_iter().collect();
        facts.extend([
            fact("care.came", figures.came.to_string()),
            fact("care.excused", figures.excused.to_string()),
            fact("care.missed", figures.missed.to_string()),
            fact("care.hours", talk::hours(figures.minutes)),
        ]);
        if figures.nights > 0 {
            facts.push(fact("care.nights", figures.nights.to_string()));
        }
        if let Some(days) = figures.days {
            facts.push(fact("care.days", format!("{} – {}", days.from, days.last)));
        }
        if let Some(review) = figures.review {
            facts.push(fact("care_field.review", review.to_string()));
        }
        let too_many = figures.missed_in_a_row >= app.tables.care.limits.missed_in_a_row;
        let count = figures.missed_in_a_row.to_string();
        Shown {
            no_plan: figures.version.is_none(),
            unsigned: figures.unsigned,
            attained: figures.attained.map(|share| share.0.to_string()).unwrap_or_default(),
            goals: bars(app, language, figures),
            lines: figures.lines.iter().map(|one| of(app, language, one)).collect(),
            standards: figures.standards.iter().map(|one| of(app, language, one)).collect(),
            facts,
            proposals: figures
                .proposals
                .iter()
                .map(|one| language.code("care_proposal", one.code()))
                .collect(),
            missed: if too_many {
                language.with("care.missed_row", &[("count", &count)])
            } else {
                String::new()
            },
        }
    }
}

/// The part of the case page.
pub(crate) struct Section {
    pub shown: Shown,
    pub sessions: Vec<Line>,
    /// The reader enters sessions of this case now.
    pub may_enter: bool,
    /// The reader opens sessions.
    pub opens: bool,
}

/// Sessions on the case page.
const FEW: usize = 6;

impl Section {
    /// The part of a case for a reader; none where the reader has nothing to do with plans and sessions, or there are none yet.
    pub(crate) async fn of(
        site: &Site,
        session: &Session,
        id: Id,
        served: bool,
    ) -> Result<Option<Section>, Failure> {
        let (app, scope) = (&site.app, &session.scope);
        if !scope.role.may(Deed::Read, Subject::Care) || !served {
            return Ok(None);
        }
        let figures = care::figures(app, scope, id).await?;
        let rows = care::of_case(app, scope, id, None).await?;
        Ok(Some(Section {
            shown: Shown::new(app, session.language, &figures),
            sessions: rows.iter().take(FEW).map(|row| line(app, session, row)).collect(),
            may_enter: scope.role.may(Deed::Change, Subject::Agenda),
            opens: scope.role.may(Deed::Read, Subject::Agenda),
        }))
    }
}
