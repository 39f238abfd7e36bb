//! `/supervision`: sessions of case workers with who supervises them: who is overdue, booking, minutes.

pub(crate) mod api;

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    care::line::clock,
    due::minute,
    failure::Failure,
    language::Language,
    library::{self, Choice, FieldMaker, Fields, Filling, Group, choices},
    session::Session,
    shell::Shell,
    work_list::{key_of, more},
    workforce::Badge,
};
use app::{
    Error, Problem,
    id::Id,
    supervision::{self, BookingEntry, Content, DueLine, StepEntry},
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
    account::Role,
    clock::china_date,
    workforce::{SupervisionDue, SupervisionState, SupervisionStep, SupervisionWay},
};
use serde::Deserialize;

struct Line {
    id: String,
    when: String,
    who: String,
    about: String,
    badge: Badge,
}

struct Worker {
    name: String,
    last: String,
    next: String,
    badge: Badge,
}

/// As the form of a library record, with the sessions so far above it.
#[derive(Template)]
#[template(path = "supervision/list.html")]
struct ListPage {
    shell: Shell,
    heading: String,
    intro: String,
    to: String,
    back: String,
    version: i64,
    groups: Vec<Group>,
    problems: Vec<(String, String)>,
    told: Vec<String>,
    books: bool,
    workers: Vec<Worker>,
    lines: Vec<Line>,
    next: String,
}

/// Which part of the list.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    after: String,
}

fn state(language: Language, session: &supervision::Session, now: Timestamp) -> Badge {
    let text = language.code("supervision_state", session.state.code());
    match session.state {
        SupervisionState::Booked if session.ends < now => {
            ("soon", "hourglass", language.text("supervision.to_record").into_owned())
        }
        SupervisionState::Booked => ("fine", "calendar", text),
        SupervisionState::Held => ("good", "check", text),
        SupervisionState::Missed => ("late", "x", text),
        SupervisionState::Cancelled => ("quiet", "minus", text),
    }
}

fn line(site: &Site, language: Language, session: &supervision::Session) -> Line {
    let when = format!("{} {}–{}", session.on, clock(session.starts), clock(session.ends));
    Line {
        id: session.id.to_string(),
        when,
        who: format!("{} ↔ {}", session.worker_name, session.supervisor_name),
        about: format!(
            "{} · {}",
            session.supervisor_organisation,
            language.code("supervision_way", session.way.code())
        ),
        badge: state(language, session, site.app.now()),
    }
}

fn worker(language: Language, line: &DueLine) -> Worker {
    let on = |key: &str, day: String| language.with(key, &[("day", &day)]);
    let badge = match line.due {
        SupervisionDue::Overdue(since) => {
            ("late", "alert-triangle", on("supervision.overdue", since.to_string()))
        }
        SupervisionDue::By(day) => ("soon", "hourglass", on("supervision.by", day.to_string())),
        SupervisionDue::Held(day) => ("good", "check", on("supervision.held_on", day.to_string())),
    };
    let none = || language.text("supervision.never").into_owned();
    Worker {
        name: line.name.clone(),
        last: line.last.map_or_else(none, |day| day.to_string()),
        next: line.next.map_or_else(|| "–".to_owned(), minute),
        badge,
    }
}

/// Managers, case managers, assessors and doctors: who is due, the own sessions, and booking for those who book.
pub(crate) async fn list(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let entry = BookingEntry {
        on: china_date(site.app.now()).to_string(),
        minutes: "60".to_owned(),
        ..BookingEntry::default()
    };
    page(&drawn(&site, &session, &asked.after, (&entry, &[], Vec::new())).await?)
}

type Typed<'a> = (&'a BookingEntry, &'a [Problem], Vec<String>);

async fn drawn(
    site: &Site,
    session: &Session,
    after: &str,
    (entry, problems, told): Typed<'_>,
) -> Result<ListPage, Failure> {
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let found = supervision::list(app, scope, key_of(after)).await?;
    let due = supervision::due(app, scope).await?;
    let books = supervision::books(scope);
    let make = FieldMaker { language, names: "supervision_field", hints: "supervision_hint", problems };
    let groups = if books { form(site, session, entry, &make).await? } else { Vec::new() };
    let heading = language.text("navigation.supervision").into_owned();
    Ok(ListPage {
        shell: session.shell(&heading),
        heading,
        intro: language.text("supervision.about").into_owned(),
        to: "/supervision".to_owned(),
        back: "/supervision".to_owned(),
        version: 0,
        groups,
        problems: make.summary(),
        told,
        books,
        workers: due.iter().map(|one| worker(language, one)).collect(),
        lines: found.iter().map(|one| line(site, language, one)).collect(),
        next: more(&found, supervision::PAGE, |last| (last.starts, last.id)),
    })
}

async fn form(
    site: &Site,
    session: &Session,
    entry: &BookingEntry,
    make: &FieldMaker<'_>,
) -> Result<Vec<Group>, Failure> {
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let mut fields = Vec::new();
    if scope.role == Role::InstitutionManager {
        let workers = supervision::workers(app, scope).await?;
        let choice = |(id, name): (Id, String)| {
            let code = id.to_string();
            Choice { chosen: code == entry.worker, code, name }
        };
        fields.push(make.list("worker", Filling::Select, workers.into_iter().map(choice).collect(), true));
    }
    let choice = |one: supervision::Colleague| {
        let code = one.id.to_string();
        let name = format!("{} · {} · {}", one.name, language.code("role", &one.role), one.organisation);
        Choice { chosen: code == entry.supervisor, code, name }
    };
    let supervisors = supervision::supervisors(app, scope).await?;
    let ways = SupervisionWay::ALL.map(SupervisionWay::code);
    let ways = choices(language, "supervision_way", ways, std::slice::from_ref(&entry.way));
    fields.extend([
        make.list("supervisor", Filling::Select, supervisors.into_iter().map(choice).collect(), true),
        make.field("on", Filling::Day, &entry.on, true),
        make.field("start", Filling::Line, &entry.start, true),
        make.field("minutes", Filling::Digits, &entry.minutes, true),
        make.list("way", Filling::Select, ways, true),
        make.field("topic", Filling::Line, &entry.topic, false),
    ]);
    Ok(vec![Group { legend: language.text("supervision.book").into_owned(), fields }])
}

/// Managers for the case managers of the house, case managers for themselves: books a session.
pub(crate) async fn book(
    State(site): State<Site>,
    session: Session,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let fields = Fields(sent);
    let entry = BookingEntry {
        worker: fields.one("worker"),
        supervisor: fields.one("supervisor"),
        on: fields.one("on"),
        start: fields.one("start"),
        minutes: fields.one("minutes"),
        way: fields.one("way"),
        topic: fields.one("topic"),
    };
    match supervision::book(&site.app, &session.scope, &entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/supervision/{id}")).into_response()),
        Err(Error::Invalid(problems)) => {
            let shown = drawn(&site, &session, "", (&entry, &problems, Vec::new())).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(Error::Refused(refusal)) => {
            let told = vec![library::refusal_text(session.language, &refusal)];
            page_with(StatusCode::CONFLICT, &drawn(&site, &session, "", (&entry, &[], told)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "supervision/show.html")]
struct ShowPage {
    shell: Shell,
    line: Line,
    version: i64,
    told: Vec<String>,
    content: Option<Content>,
    changed: String,
    holds: bool,
    misses: bool,
    cancels: bool,
    typed: StepEntry,
}

/// The two who meet, and the manager of the house: one session.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    page(&shown(&site, &session, parsed(&id)?, Vec::new(), StepEntry::default()).await?)
}

async fn shown(
    site: &Site,
    session: &Session,
    id: Id,
    told: Vec<String>,
    typed: StepEntry,
) -> Result<ShowPage, Failure> {
    let language = session.language;
    let found = supervision::show(&site.app, &session.scope, id).await?;
    let may = |step| found.steps.contains(&step);
    Ok(ShowPage {
        shell: session.shell(&language.text("navigation.supervision")),
        line: line(site, language, &found.session),
        version: found.session.version,
        told,
        holds: may(SupervisionStep::Hold),
        misses: may(SupervisionStep::Miss),
        cancels: may(SupervisionStep::Cancel),
        changed: found.session.changed_by.clone().unwrap_or_default(),
        content: found.content,
        typed,
    })
}

/// The two who meet, and the manager of the house: says what became of a session.
pub(crate) async fn step(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let entry = StepEntry {
        step: fields.one("step"),
        version: fields.version(),
        minutes: fields.one("minutes"),
        reason: fields.one("reason"),
    };
    match supervision::step(&site.app, &session.scope, id, &entry).await {
        Ok(()) => Ok(Redirect::to(&format!("/supervision/{id}")).into_response()),
        Err(error) => {
            let (status, told) = library::told(&session, error, "supervision_field")?;
            page_with(status, &shown(&site, &session, id, told, entry).await?)
        }
    }
}
