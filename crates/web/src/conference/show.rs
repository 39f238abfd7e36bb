//! One conference: when, who, whom; the minutes in versions; what was agreed on; what the reader may do.

use super::{Line, line};
use crate::{
    Site,
    address::{self, parsed},
    agreed::{self, AgreedLine},
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    language::Language,
    library::{self, Fields},
    session::Session,
    shell::Shell,
};
use app::{
    App, Error,
    agreed::Agreed,
    conference::{self, AgreeEntry, Minutes, MinutesEntry, PartEntry, StepEntry, Whole},
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use rules::conference::Seat;

/// Somebody who takes part.
struct PersonLine {
    number: i64,
    name: String,
    organisation: String,
    /// Ticked as having come, in the form of the minutes.
    came: bool,
}

/// A client who is talked about, with what was typed into the form of the minutes.
struct ClientLine {
    number: i64,
    name: String,
    /// The page of the case or record; empty where it is not the reader's.
    place: String,
    question: String,
    typed: PartEntry,
}

/// A version of the minutes.
pub(super) struct MinutesView {
    pub number: i64,
    pub by: String,
    /// Who confirmed it, and when; empty before.
    pub confirmed: String,
    pub reason: String,
    pub came: String,
    pub general: String,
    /// Client, situation, opinions, decisions.
    pub parts: Vec<(String, String, String, String)>,
}

pub(super) fn minutes_view(language: Language, found: &Whole, one: &Minutes) -> MinutesView {
    let came = found.persons.iter().filter(|person| one.came.contains(&person.number));
    let came: Vec<&str> = came.map(|person| person.name.as_str()).collect();
    let name = |number: i64| {
        let client = found.clients.iter().find(|client| client.number == number);
        client.map(|client| client.name.clone()).unwrap_or_default()
    };
    let part = |part: &conference::Part| {
        (name(part.number), part.situation.clone(), part.opinions.clone(), part.decisions.clone())
    };
    let confirmed = one
        .confirmed_by
        .clone()
        .zip(one.confirmed_at)
        .map(|(by, at)| language.with("conference.confirmed_by", &[("name", &by), ("at", &minute(at))]));
    MinutesView {
        number: one.number,
        by: format!("{} · {}", one.by, minute(one.at)),
        confirmed: confirmed.unwrap_or_default(),
        reason: one.reason.clone(),
        came: came.join(language.comma()),
        general: one.general.clone(),
        parts: one.parts.iter().map(part).collect(),
    }
}

/// What was typed into one of the forms and did not happen.
#[derive(Default)]
struct Typed {
    step: StepEntry,
    minutes: Option<MinutesEntry>,
    agree: AgreeEntry,
}

#[derive(Template)]
#[template(path = "conference/show.html")]
struct ShowPage {
    shell: Shell,
    id: String,
    line: Line,
    version: i64,
    told: Vec<String>,
    place: String,
    reason: String,
    planner: String,
    persons: Vec<PersonLine>,
    clients: Vec<ClientLine>,
    minutes: Vec<MinutesView>,
    tasks: Vec<AgreedLine>,
    steps: Vec<&'static str>,
    general: String,
    correction: String,
    /// The form of the minutes is open: they are the first, or something in it was wrong.
    writes: bool,
    typed: StepEntry,
    agree: AgreeEntry,
}

impl ShowPage {
    /// Whether the reader may take a step.
    fn may(&self, step: &str) -> bool {
        self.steps.contains(&step)
    }

    /// What was typed for a step that did not happen.
    fn why(&self, step: &str) -> &str {
        if self.typed.step == step { &self.typed.reason } else { "" }
    }
}

/// Who takes part: one conference.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    page(&drawn(&site, &session, parsed(&id)?, Vec::new(), Typed::default()).await?)
}

async fn drawn(
    site: &Site,
    session: &Session,
    id: Id,
    told: Vec<String>,
    typed: Typed,
) -> Result<ShowPage, Failure> {
    let (app, language) = (&site.app, session.language);
    let found = conference::show(app, &session.scope, id).await?;
    let minutes: Vec<MinutesView> =
        found.minutes.iter().map(|one| minutes_view(language, &found, one)).collect();
    let writes = found.minutes.is_empty() || typed.minutes.is_some();
    // A correction begins with what stands.
    let last = found.minutes.first();
    let begun = typed.minutes.unwrap_or_else(|| MinutesEntry {
        version: found.conference.version,
        came: last.map(|last| last.came.clone()).unwrap_or_default(),
        general: last.map(|last| last.general.clone()).unwrap_or_default(),
        parts: last.map(|last| last.parts.iter().map(part).collect()).unwrap_or_default(),
        reason: String::new(),
    });
    let person = |one: &conference::Person| PersonLine {
        number: one.number,
        name: one.name.clone(),
        organisation: one.organisation.clone(),
        came: begun.came.contains(&one.number),
    };
    let client = |one: &conference::Client| ClientLine {
        number: one.number,
        name: one.name.clone(),
        place: if one.opens { address::about(&one.kind, &one.id.to_string()) } else { String::new() },
        question: one.question.clone(),
        typed: begun.parts.iter().find(|part| part.number == one.number).cloned().unwrap_or_default(),
    };
    Ok(ShowPage {
        shell: session.shell(&found.content.title),
        id: id.to_string(),
        line: line(language, &found.conference, &found.content.title, app.now()),
        version: found.conference.version,
        told,
        planner: found.conference.planner_name.clone(),
        persons: found.persons.iter().map(person).collect(),
        clients: found.clients.iter().map(client).collect(),
        minutes,
        tasks: found.tasks.iter().map(|one| task(app, session, &found, one)).collect(),
        steps: found.steps.iter().map(|step| step.code()).collect(),
        writes,
        place: found.content.place,
        reason: found.content.reason,
        general: begun.general,
        correction: begun.reason,
        typed: typed.step,
        agree: typed.agree,
    })
}

/// What somebody without an account undertook, is followed by who leads or planned it.
fn task(app: &App, session: &Session, found: &Whole, one: &Agreed) -> AgreedLine {
    let line = agreed::line(app, session, one);
    let keeps = found.seat != Seat::Participant && one.owner.is_none() && one.done_at.is_none();
    AgreedLine { own: line.own || keeps, ..line }
}

fn part(part: &conference::Part) -> PartEntry {
    PartEntry {
        number: part.number,
        situation: part.situation.clone(),
        opinions: part.opinions.clone(),
        decisions: part.decisions.clone(),
    }
}

async fn answer(site: &Site, session: &Session, id: Id, outcome: Result<(), Error>, typed: Typed) -> Page {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/conferences/{id}")).into_response()),
        Err(error) => {
            let (status, told) = library::told(session, error, "conference_field")?;
            page_with(status, &drawn(site, session, id, told, typed).await?)
        }
    }
}

/// Who leads or planned it: confirms the minutes, puts it off, calls it off.
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
        on: fields.one("on"),
        start: fields.one("start"),
        minutes: fields.one("minutes"),
        reason: fields.one("reason"),
    };
    let outcome = conference::step(&site.app, &session.scope, id, &entry).await;
    answer(&site, &session, id, outcome, Typed { step: entry, ..Typed::default() }).await
}

/// The same: writes the minutes, or corrects them as another version.
pub(crate) async fn minutes(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let most = i64::try_from(site.app.tables.conferences.most_cases).unwrap_or(0);
    let part = |number: i64| PartEntry {
        number,
        situation: fields.one(&format!("situation.{number}")),
        opinions: fields.one(&format!("opinions.{number}")),
        decisions: fields.one(&format!("decisions.{number}")),
    };
    let entry = MinutesEntry {
        version: fields.version(),
        came: fields.all("came").iter().filter_map(|number| number.parse().ok()).collect(),
        general: fields.one("general"),
        parts: (1..=most).map(part).collect(),
        reason: fields.one("reason"),
    };
    let outcome = conference::write(&site.app, &session.scope, id, &entry).await;
    answer(&site, &session, id, outcome, Typed { minutes: Some(entry), ..Typed::default() }).await
}

/// The same: keeps something that was agreed on.
pub(crate) async fn agree(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let entry = AgreeEntry {
        what: fields.one("what"),
        owner: fields.one("owner"),
        due: fields.one("due"),
        client: fields.one("client"),
    };
    let outcome = conference::agree(&site.app, &session.scope, id, &entry).await.map(|_| ());
    answer(&site, &session, id, outcome, Typed { agree: entry, ..Typed::default() }).await
}
