//! `/care`: what a worker does today: sessions to be recorded, today's and the next days', and who asks for attention.

use super::{
    line::{Line, line},
    words,
};
use crate::{
    Site,
    answer::{Page, page},
    conference, outreach,
    session::Session,
    shell::Shell,
};
use app::care::{self, Sought, Warning};
use askama::Template;
use axum::extract::{Query, State};
use jiff::ToSpan;
use rules::{
    account::{Deed, Role, Subject},
    care::Days,
    clock::china_date,
};
use serde::Deserialize;

/// Somebody who asks for attention.
struct Attention {
    case: String,
    name: String,
    missed: String,
    short: Vec<String>,
    notes: Vec<String>,
}

/// The sessions of one day.
pub(crate) struct Day {
    pub name: String,
    pub lines: Vec<Line>,
    /// The reader's case conferences.
    pub conferences: Vec<conference::Line>,
}

#[derive(Template)]
#[template(path = "care/board.html")]
struct Board {
    shell: Shell,
    to_record: Vec<Line>,
    today: Vec<Line>,
    days: Vec<Day>,
    attention: Vec<Attention>,
    /// Who is to be reached today.
    reach: Vec<outreach::words::Row>,
    next: String,
    may_enter: bool,
    /// The reader may work on a phone without a network.
    device: bool,
}

/// Which clients are looked at.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    after: String,
}

/// Days back in which sessions wait for their record, and days ahead that are shown.
const BACK: i32 = 14;
const AHEAD: i32 = 7;

/// Whose sessions a role looks at first: a case manager's own, the house for who answers for it.
pub(crate) fn sought(role: Role) -> Sought {
    if role == Role::CaseManager { Sought::Own } else { Sought::House }
}

/// Who serves or assesses: the board.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let today = china_date(app.now());
    let days = Days { from: today.saturating_sub(BACK.days()), last: today.saturating_add(AHEAD.days()) };
    let agenda = care::agenda(app, scope, days, sought(scope.role)).await?;
    let (warnings, next) = care::warnings(app, scope, asked.after.parse().ok()).await?;
    let reach = app::outreach::due(app, scope).await?;
    let mut board = Board {
        shell: session.shell(&language.text("navigation.care")),
        to_record: Vec::new(),
        today: Vec::new(),
        days: Vec::new(),
        attention: warnings.iter().map(|one| attention(&site, &session, one)).collect(),
        reach: reach.iter().map(|line| outreach::words::Row::new(app, &session, line)).collect(),
        next: next.map(|id| id.to_string()).unwrap_or_default(),
        may_enter: scope.role.may(Deed::Change, Subject::Agenda),
        device: scope.role.may(Deed::Read, Subject::Device),
    };
    for row in &agenda.sessions {
        let drawn = line(app, &session, row);
        if drawn.to_record {
            board.to_record.push(drawn);
        } else if row.on == today {
            board.today.push(drawn);
        } else if row.on > today {
            match board.days.last_mut().filter(|day| day.name == drawn.on) {
                Some(day) => day.lines.push(drawn),
                None => board.days.push(Day {
                    name: drawn.on.clone(),
                    lines: vec![drawn],
                    conferences: Vec::new(),
                }),
            }
        }
    }
    page(&board)
}

fn attention(site: &Site, session: &Session, warning: &Warning) -> Attention {
    let language = session.language;
    let short = |(owed, period): &(rules::care::Owed, rules::care::Fulfilment)| {
        let (held, required) = (period.held.to_string(), period.required.to_string());
        let what = words::owed(&site.app, language, owed);
        let (from, last) = (period.period.from.to_string(), period.period.last.to_string());
        let values = [
            ("what", what.as_str()),
            ("held", &held),
            ("required", &required),
            ("from", &from),
            ("last", &last),
        ];
        language.with("care.short", &values)
    };
    let notes = [
        (warning.no_plan, "care.no_plan"),
        (warning.unsigned, "care.unsigned"),
        (warning.review_over, "care.review_over"),
    ];
    let count = warning.missed_in_a_row.to_string();
    Attention {
        case: warning.case.to_string(),
        name: warning.name.clone(),
        missed: match warning.missed_in_a_row {
            0 => String::new(),
            _ => language.with("care.missed_row", &[("count", &count)]),
        },
        short: warning.short.iter().map(short).collect(),
        notes: notes.iter().filter(|(is, _)| *is).map(|(_, key)| language.text(key).into_owned()).collect(),
    }
}
