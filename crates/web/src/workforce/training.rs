//! Trainings: the list, one of them, and the form that enters one for everybody who came.

use super::hours;
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    language::Language,
    library::{self, Choice, FieldMaker, Fields, Filling, FormPage, Group},
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    id::Id,
    workforce::training::{self, Training, TrainingEntry},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
};
use serde::Deserialize;

/// A training in a list.
pub(super) struct Line {
    pub id: String,
    pub on: String,
    pub topic: String,
    pub about: String,
    pub hours: String,
    pub persons: i64,
    pub void: bool,
}

impl Line {
    pub(super) fn new(site: &Site, language: Language, training: &Training) -> Line {
        Line {
            id: training.id.to_string(),
            on: training.on.to_string(),
            topic: training.topic.clone(),
            about: format!("{} · {}", kind_of(site, language, training), training.organiser),
            hours: language.with("workforce.hours", &[("hours", &of(training))]),
            persons: training.persons,
            void: !training.stands,
        }
    }
}

fn kind_of(site: &Site, language: Language, training: &Training) -> String {
    let kind = site.app.tables.workforce.kind(&training.kind);
    kind.map(|kind| language.of(&kind.zh, &kind.en)).unwrap_or_default()
}

fn of(training: &Training) -> String {
    hours(u32::try_from(training.minutes).unwrap_or(0))
}

#[derive(Template)]
#[template(path = "workforce/trainings.html")]
struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
    next: String,
    may_enter: bool,
}

/// After which training the page starts.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct After {
    after: String,
}

/// Who answers for staff, workers: trainings of the house or the area, the latest first.
pub(crate) async fn list(State(site): State<Site>, session: Session, Query(asked): Query<After>) -> Page {
    let (found, next) = training::list(&site.app, &session.scope, asked.after.parse().ok()).await?;
    page(&ListPage {
        shell: session.shell(&session.language.text("workforce.trainings")),
        lines: found.iter().map(|one| Line::new(&site, session.language, one)).collect(),
        next: next.map(|id| id.to_string()).unwrap_or_default(),
        may_enter: session.scope.role.may(Deed::Change, Subject::Workforce),
    })
}

#[derive(Template)]
#[template(path = "workforce/training.html")]
struct ShowPage {
    shell: Shell,
    line: Line,
    done: String,
    told: Vec<String>,
    facts: Vec<(String, String)>,
    void: String,
    persons: Vec<(String, String, String)>,
    may_void: bool,
    reason: String,
}

/// What the page is told by the one before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Done {
    done: String,
}

/// Who answers for staff, workers: one training of the house or the area.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Done>,
) -> Page {
    let done = asked.done == "entered";
    page(&shown(&site, &session, parsed(&id)?, Vec::new(), "", done).await?)
}

async fn shown(
    site: &Site,
    session: &Session,
    id: Id,
    told: Vec<String>,
    reason: &str,
    entered: bool,
) -> Result<ShowPage, Failure> {
    let language = session.language;
    let found = training::show(&site.app, &session.scope, id).await?;
    let one = &found.training;
    let name = |key: &str| language.code("training_field", key);
    let void = match (&one.voided_by, one.voided_at) {
        (Some(by), Some(at)) => {
            let values = [
                ("by", by.as_str()),
                ("at", &minute(at)),
                ("reason", one.reason.as_deref().unwrap_or_default()),
            ];
            language.with("workforce.is_void", &values)
        }
        _ => String::new(),
    };
    Ok(ShowPage {
        shell: session.shell(&one.topic),
        line: Line::new(site, language, one),
        done: if entered { language.text("workforce.entered").into_owned() } else { String::new() },
        told,
        facts: vec![
            (name("on"), one.on.to_string()),
            (name("hours"), of(one)),
            (name("kind"), kind_of(site, language, one)),
            (name("organiser"), one.organiser.clone()),
            (name("evidence"), one.evidence.clone()),
            (
                language.text("workforce.recorded").into_owned(),
                format!("{} · {} · {}", one.recorded_by, one.organisation_name, minute(one.recorded_at)),
            ),
        ],
        void,
        persons: found
            .persons
            .iter()
            .map(|(id, name, house)| (id.to_string(), name.clone(), house.clone()))
            .collect(),
        may_void: found.may_void,
        reason: reason.to_owned(),
    })
}

/// Manager for the own house, civil affairs for the county: the empty form.
pub(crate) async fn new(State(site): State<Site>, session: Session) -> Page {
    let entry = TrainingEntry { on: china_date(site.app.now()).to_string(), ..TrainingEntry::default() };
    page(&form(&site, &session, &entry, &[]).await?)
}

async fn form(
    site: &Site,
    session: &Session,
    entry: &TrainingEntry,
    problems: &[Problem],
) -> Result<FormPage, Failure> {
    let language = session.language;
    let make = FieldMaker { language, names: "training_field", hints: "training_hint", problems };
    let several = session.scope.role != rules::account::Role::InstitutionManager;
    let persons = training::possible(&site.app, &session.scope).await?;
    let person = |(id, name, house): (Id, String, String)| {
        let code = id.to_string();
        let name = if several { format!("{name} · {house}") } else { name };
        Choice { chosen: entry.persons.contains(&code), code, name }
    };
    let kinds = site.app.tables.workforce.kinds.iter().map(|kind| Choice {
        code: kind.code.clone(),
        name: language.of(&kind.zh, &kind.en),
        chosen: kind.code == entry.kind,
    });
    let group = |key: &str, fields| Group { legend: language.text(key).into_owned(), fields };
    let heading = language.text("workforce.enter").into_owned();
    Ok(FormPage {
        shell: session.shell(&heading),
        heading,
        intro: language.text("workforce.enter_about").into_owned(),
        to: "/workforce/trainings".to_owned(),
        back: "/workforce/trainings".to_owned(),
        version: 0,
        groups: vec![
            group(
                "workforce.group_training",
                vec![
                    make.field("on", Filling::Day, &entry.on, true),
                    make.field("hours", Filling::Line, &entry.hours, true),
                    make.field("topic", Filling::Line, &entry.topic, true),
                    make.field("organiser", Filling::Line, &entry.organiser, true),
                    make.list("kind", Filling::Select, kinds.collect(), true),
                    make.field("evidence", Filling::Line, &entry.evidence, true),
                ],
            ),
            group(
                "workforce.group_persons",
                vec![make.list("persons", Filling::Checks, persons.into_iter().map(person).collect(), true)],
            ),
        ],
        problems: make.summary(),
    })
}

/// Manager for the own house, civil affairs for the county: enters a training.
pub(crate) async fn create(
    State(site): State<Site>,
    session: Session,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let fields = Fields(sent);
    let entry = TrainingEntry {
        on: fields.one("on"),
        hours: fields.one("hours"),
        topic: fields.one("topic"),
        organiser: fields.one("organiser"),
        kind: fields.one("kind"),
        evidence: fields.one("evidence"),
        persons: fields.all("persons"),
    };
    match training::enter(&site.app, &session.scope, &entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/workforce/trainings/{id}?done=entered")).into_response()),
        Err(Error::Invalid(problems)) => {
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form(&site, &session, &entry, &problems).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whoever entered it, civil affairs: makes a training void.
pub(crate) async fn void(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, reason) = (parsed(&id)?, Fields(sent).one("reason"));
    match training::void(&site.app, &session.scope, id, &reason).await {
        Ok(()) => Ok(Redirect::to(&format!("/workforce/trainings/{id}")).into_response()),
        Err(error) => {
            let (status, told) = library::told(&session, error, "training_field")?;
            page_with(status, &shown(&site, &session, id, told, &reason, false).await?)
        }
    }
}
