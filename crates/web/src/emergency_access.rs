//! `/emergency-access`: opening a record outside the own scope for a short time, what it shows, and the judgement of a
//! second person. People only: no program opens a record in an emergency.

mod bar;
mod look;
mod review;

pub(crate) use bar::Bar;
pub(crate) use look::show as look;
pub(crate) use review::{judge, show as to_review};

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    language::Language,
    session::Session,
    shell::Shell,
    work_list::{key_of, key_text},
};
use app::{
    Error, Problem,
    emergency_access::{self, Answer, Line, PAGE, Request},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::Timestamp;
use rules::{
    account::{Deed, Role, Subject},
    emergency_access::Basis,
};
use serde::Deserialize;

/// An opening as a line of a list.
struct Row {
    id: String,
    who: String,
    about: String,
    basis: String,
    at: String,
    ends: String,
    /// Shows something now.
    open: bool,
    /// Class and text of the state of its judgement.
    judgement: (&'static str, String),
}

#[derive(Template)]
#[template(path = "emergency_access/list.html")]
struct ListPage {
    shell: Shell,
    hint: String,
    notice: String,
    problems: Vec<String>,
    may_open: bool,
    entry: Entry,
    reason_hint: String,
    bases: Vec<(&'static str, String)>,
    own: Vec<Row>,
    judges: bool,
    to_judge: Vec<Row>,
    audits: bool,
    all: Vec<Row>,
    next: String,
}

/// What the page is told by the one before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    done: String,
    after: String,
}

/// The form of an opening.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(crate) struct Entry {
    number: String,
    basis: String,
    reason: String,
}

/// Whoever opens or judges: the form, the own openings, what waits for judgement. Auditors: all openings of the area.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    page(&draw(&site, &session, &asked, Entry::default(), Vec::new()).await?)
}

async fn draw(
    site: &Site,
    session: &Session,
    asked: &Asked,
    entry: Entry,
    problems: Vec<String>,
) -> Result<ListPage, Failure> {
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let may_open = scope.role.may(Deed::Change, Subject::EmergencyAccess);
    let judges = scope.role.may(Deed::Read, Subject::EmergencyReview);
    let audits = scope.role == Role::Auditor;
    let own = if may_open { emergency_access::own(app, scope).await? } else { Vec::new() };
    let due = if judges { emergency_access::due(app, scope).await? } else { Vec::new() };
    let all =
        if audits { emergency_access::all(app, scope, key_of(&asked.after)).await? } else { Vec::new() };
    let full = i64::try_from(all.len()).unwrap_or(0) == PAGE;
    let next = all.last().filter(|_| full).map(|last| key_text((last.at, last.id)));
    let rows = |lines: &[Line]| lines.iter().map(|line| row(language, app.now(), line)).collect();
    let terms = &app.tables.emergency;
    let known = ["nobody", "ended", "judged"].into_iter().find(|known| *known == asked.done);
    let (hours, review) = (terms.hours.to_string(), terms.review_hours.to_string());
    let letters = terms.reason_characters.to_string();
    Ok(ListPage {
        shell: session.shell(&language.text("navigation.emergency_access")),
        hint: language.with("emergency.hint", &[("hours", &hours), ("review", &review)]),
        notice: known.map(|known| language.code("emergency_done", known)).unwrap_or_default(),
        problems,
        may_open,
        entry,
        reason_hint: language.with("emergency.reason_hint", &[("characters", &letters)]),
        bases: Basis::ALL.map(|b| (b.code(), language.code("emergency_basis", b.code()))).to_vec(),
        own: rows(&own),
        judges,
        to_judge: rows(&due),
        audits,
        all: rows(&all),
        next: next.map(|next| format!("/emergency-access?after={next}")).unwrap_or_default(),
    })
}

fn row(language: Language, now: Timestamp, line: &Line) -> Row {
    let open = line.subject_kind.is_some() && line.ended_at.is_none() && now < line.ends_at;
    let about = line.subject_kind.as_deref().unwrap_or("nothing");
    Row {
        id: line.id.to_string(),
        who: format!("{} · {} · {}", line.name, language.code("role", &line.role), line.organisation),
        about: language.code("emergency_about", about),
        basis: language.code("emergency_basis", &line.basis),
        at: minute(line.at),
        ends: minute(line.ended_at.unwrap_or(line.ends_at)),
        open,
        judgement: judgement(language, now, line),
    }
}

fn judgement(language: Language, now: Timestamp, line: &Line) -> (&'static str, String) {
    let text = |key: &str| language.text(key).into_owned();
    match (line.subject_kind.is_some(), line.verdict.as_deref()) {
        (false, _) => ("quiet", text("emergency.no_judgement")),
        (true, Some(verdict)) => {
            let class = if verdict == "justified" { "good" } else { "late" };
            let by = line.reviewer.clone().unwrap_or_default();
            let at = line.reviewed_at.map(minute).unwrap_or_default();
            (class, format!("{} · {by} · {at}", language.code("emergency_verdict", verdict)))
        }
        (true, None) => {
            let due = minute(line.review_due_at);
            let late = now > line.review_due_at;
            let key = if late { "emergency.judge_late" } else { "emergency.judge_by" };
            (if late { "late" } else { "soon" }, language.with(key, &[("due", &due)]))
        }
    }
}

/// Roles of emergencies: opens one person's record or one case, with reason and legal basis.
pub(crate) async fn open(State(site): State<Site>, session: Session, Form(entry): Form<Entry>) -> Page {
    let request =
        Request { number: entry.number.clone(), reason: entry.reason.clone(), basis: entry.basis.clone() };
    let (status, problems) = match emergency_access::open(&site.app, &session.scope, &request).await {
        Ok(answer) => return Ok(Redirect::to(&place(answer)).into_response()),
        Err(Error::Invalid(problems)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, told(session.language, &problems))
        }
        Err(Error::Refused(refusal)) => {
            (StatusCode::CONFLICT, vec![crate::library::refusal_text(session.language, &refusal)])
        }
        Err(other) => return Err(other.into()),
    };
    page_with(status, &draw(&site, &session, &Asked::default(), entry, problems).await?)
}

/// What is wrong with the form of an opening or of a judgement, field by field.
fn told(language: Language, problems: &[Problem]) -> Vec<String> {
    let one = |problem: &Problem| {
        let what = language.code("emergency_field", &problem.field);
        language.pair(&what, &language.problem(&problem.code, &problem.values))
    };
    problems.iter().map(one).collect()
}

fn place(answer: Answer) -> String {
    match answer {
        Answer::Opened(id) => format!("/emergency-access/{id}"),
        Answer::Nobody => "/emergency-access?done=nobody".to_owned(),
        Answer::Person(id) => format!("/people/{id}"),
        Answer::Case(id) => format!("/cases/{id}"),
    }
}

/// Whoever opened it: ends it before its time.
pub(crate) async fn end(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    emergency_access::end(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(Redirect::to("/emergency-access?done=ended").into_response())
}
