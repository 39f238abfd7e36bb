//! `/exports`: large files about persons are asked for, agreed to by a second person, and fetched. What is printed on every
//! file that leaves.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page_with},
    due::minute,
    referral::list,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    export::order::{self, Order},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::Timestamp;
use rules::account::{Deed, Subject};
use serde::Deserialize;

/// The line on a file: who took it, when, and its code, under which the log knows it.
pub(crate) fn mark(session: &Session, at: Timestamp, code: &str) -> String {
    let values = [
        ("name", session.account.name.as_str()),
        ("organisation", session.account.organisation.as_str()),
        ("at", &minute(at)),
        ("code", code),
    ];
    session.language.with("export.mark", &values)
}

struct Line {
    id: String,
    code: String,
    asker: String,
    organisation: String,
    rows: i64,
    filter: String,
    reason: String,
    asked: String,
    state: String,
    tone: &'static str,
    decided: String,
    note: String,
    until: String,
    /// It can be fetched now.
    ready: bool,
}

#[derive(Template)]
#[template(path = "export/list.html")]
struct Orders {
    shell: Shell,
    own: Vec<Line>,
    waiting: Vec<Line>,
    asks: bool,
    decides: bool,
    done: String,
    problem: String,
}

fn line(session: &Session, now: Timestamp, order: Order) -> Line {
    let language = session.language;
    let ready = order.state == "agreed" && order.fetch_until.is_some_and(|until| until >= now);
    let over = order.state == "agreed" && !ready;
    let state = if over { "over" } else { order.state.as_str() };
    let decided = match (&order.decider, order.decided_at) {
        (Some(name), Some(at)) => format!("{name} · {}", minute(at)),
        _ => String::new(),
    };
    Line {
        id: order.id.to_string(),
        filter: filter(session, &order.filter),
        tone: match state {
            "asked" => "text-bg-yellow-lt",
            "agreed" => "text-bg-green-lt",
            "declined" => "text-bg-red-lt",
            _ => "text-bg-gray-lt",
        },
        state: language.code("export_state", state),
        code: order.code,
        asker: order.asker,
        organisation: order.organisation,
        rows: order.rows,
        reason: order.reason,
        asked: minute(order.asked_at),
        decided,
        note: order.note.unwrap_or_default(),
        until: order.fetch_until.filter(|_| ready).map(minute).unwrap_or_default(),
        ready,
    }
}

/// Which cases, in words.
fn filter(session: &Session, filter: &serde_json::Value) -> String {
    let Ok(filter) = serde_json::from_value::<app::referral::Filter>(filter.clone()) else {
        return String::new();
    };
    let language = session.language;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(filter.state.map(|state| language.code("state", &state)));
    parts.extend(filter.division.map(|division| division.to_string()));
    parts.extend(filter.words.map(|words| format!("“{words}”")));
    if filter.institution.is_some() {
        parts.push(language.text("export.one_institution").into_owned());
    }
    if filter.overdue {
        parts.push(language.text("case.filter_overdue").into_owned());
    }
    if parts.is_empty() { language.text("export.all_cases").into_owned() } else { parts.join(" · ") }
}

async fn draw(site: &Site, session: &Session, (problem, done): (String, &str)) -> Result<Orders, Error> {
    let (app, scope, now) = (&site.app, &session.scope, site.app.now());
    let known = ["asked", "agreed", "declined"].into_iter().find(|known| *known == done);
    let lines = |orders: Vec<Order>| orders.into_iter().map(|order| line(session, now, order)).collect();
    Ok(Orders {
        shell: session.shell(&session.language.text("navigation.exports")),
        own: lines(order::own(app, scope).await?),
        waiting: lines(order::waiting(app, scope).await?),
        asks: scope.role.may(Deed::Change, Subject::ExportOrder),
        decides: scope.role.may(Deed::Read, Subject::ExportDecision),
        done: known.map(|known| session.language.code("export_done", known)).unwrap_or_default(),
        problem,
    })
}

/// What was just done.
#[derive(Deserialize, Default)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

/// Who takes files away or decides on them: the orders.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Done>) -> Page {
    crate::answer::page(&draw(&site, &session, (String::new(), &asked.done)).await?)
}

/// The filter of the list of cases, with the reason.
#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(flatten)]
    filter: list::Asked,
    #[serde(default)]
    reason: String,
}

/// Who takes files of cases away: asks a second person to agree to a large one.
pub(crate) async fn ask(State(site): State<Site>, session: Session, Form(wish): Form<Wish>) -> Page {
    let filter = wish.filter.read(&site, &session)?;
    match order::ask(&site.app, &session.scope, &filter.filter(), &wish.reason).await {
        Ok(_) => Ok(Redirect::to("/exports?done=asked").into_response()),
        Err(Error::Invalid(_)) => {
            let least = site.app.tables.exports.reason_characters.to_string();
            let told = session.language.with("export.reason_short", &[("count", &least)]);
            list::draw(&site, &session, filter, (told, true)).await
        }
        Err(other) => Err(other.into()),
    }
}

/// What a decision says.
#[derive(Deserialize)]
pub(crate) struct Decision {
    #[serde(default)]
    decision: String,
    #[serde(default)]
    note: String,
}

/// Civil affairs officers and supervisors: agree to somebody else's order, or decline it.
pub(crate) async fn decide(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(said): Form<Decision>,
) -> Page {
    let agrees = match said.decision.as_str() {
        "agree" => true,
        "decline" => false,
        _ => return Err(Error::invalid("decision", "unknown_choice").into()),
    };
    match order::decide(&site.app, &session.scope, parsed(&id)?, agrees, &said.note).await {
        Ok(()) => {
            let done = if agrees { "agreed" } else { "declined" };
            Ok(Redirect::to(&format!("/exports?done={done}")).into_response())
        }
        Err(Error::Invalid(_)) => {
            let told = session.language.text("export.note_missing").into_owned();
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &draw(&site, &session, (told, "")).await?)
        }
        Err(other) => Err(other.into()),
    }
}

/// Which kind of file.
#[derive(Deserialize)]
pub(crate) struct Kind {
    #[serde(default)]
    kind: String,
}

/// Who asked: fetches the agreed file, once.
pub(crate) async fn fetch(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(wanted): Form<Kind>,
) -> Page {
    let (rows, code) = order::fetch(&site.app, &session.scope, parsed(&id)?).await?;
    let kind = if wanted.kind == "csv" { "csv" } else { "xlsx" };
    list::file(&site, &session, kind, (&rows, &code))
}
