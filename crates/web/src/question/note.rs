//! `/questions/notes`: answers that hold for many, found by words and topic; publishing and withdrawing one.

use super::topic;
use crate::{
    Site,
    address::{parsed, query},
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    language::Language,
    library::{self, Choice, FieldMaker, Fields, Filling, Group},
    session::Session,
    shell::Shell,
    work_list::{key_of, more},
};
use app::{
    App, Error, Problem,
    id::Id,
    question::{
        self,
        note::{self, Note, NoteEntry, Sought},
    },
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::question::Side;
use serde::Deserialize;

struct Line {
    id: String,
    title: String,
    body: String,
    about: String,
}

fn about(app: &App, language: Language, note: &Note) -> String {
    let (topic, at) = (topic(app, language, &note.topic), minute(note.published_at));
    [topic.as_str(), &note.hospital_name, &note.author_name, &at].join(" · ")
}

#[derive(Template)]
#[template(path = "question/notes.html")]
struct NotesPage {
    shell: Shell,
    q: String,
    topics: Vec<Choice>,
    lines: Vec<Line>,
    filtered: bool,
    told: Vec<String>,
    next: String,
}

/// What is sought.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    topic: String,
    after: String,
}

/// Who asks and who answers: the notes.
pub(crate) async fn list(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (app, language) = (&site.app, session.language);
    let sought = Sought { words: asked.q.clone(), topic: asked.topic.clone(), after: key_of(&asked.after) };
    let (found, told) = match note::list(app, &session.scope, &sought).await {
        Ok(found) => (found, Vec::new()),
        Err(Error::Invalid(problems)) => {
            let told = problems.iter().map(|problem| library::problem_text(language, problem));
            (Vec::new(), told.collect())
        }
        Err(error) => return Err(error.into()),
    };
    let after = more(&found, note::PAGE, |last| (last.published_at, last.id));
    let rest = query([("q", asked.q.as_str()), ("topic", &asked.topic), ("after", &after)]);
    let choice = |one: &rules::question::Topic| Choice {
        code: one.code.clone(),
        name: topic(app, language, &one.code),
        chosen: one.code == asked.topic,
    };
    let line = |note: &Note| Line {
        id: note.id.to_string(),
        title: note.title.clone(),
        body: note.body.chars().take(120).collect(),
        about: about(app, language, note),
    };
    let status = if told.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let drawn = NotesPage {
        shell: session.shell(&language.text("question.notes")),
        topics: app.tables.questions.topics.iter().map(choice).collect(),
        lines: found.iter().map(line).collect(),
        filtered: !asked.q.is_empty() || !asked.topic.is_empty(),
        q: asked.q,
        told,
        next: if after.is_empty() { after } else { format!("/questions/notes?{rest}") },
    };
    page_with(status, &drawn)
}

#[derive(Template)]
#[template(path = "question/note.html")]
struct NotePage {
    shell: Shell,
    id: String,
    title: String,
    body: String,
    about: String,
    withdrawn: String,
    withdraws: bool,
    version: i64,
    told: Vec<String>,
    reason: String,
}

/// The same: one note.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    page(&drawn(&site, &session, parsed(&id)?, Vec::new(), String::new()).await?)
}

async fn drawn(
    site: &Site,
    session: &Session,
    id: Id,
    told: Vec<String>,
    reason: String,
) -> Result<NotePage, Failure> {
    let (app, language) = (&site.app, session.language);
    let note = note::show(app, &session.scope, id).await?;
    let withdrawn = note.withdrawn_at.map(|at| {
        let (at, why) = (minute(at), note.withdrawn_for.clone().unwrap_or_default());
        language.with("question.withdrawn", &[("at", &at), ("reason", &why)])
    });
    Ok(NotePage {
        shell: session.shell(&note.title),
        id: id.to_string(),
        about: about(app, language, &note),
        withdraws: note::withdraws(&session.scope, &note),
        version: note.version,
        withdrawn: withdrawn.unwrap_or_default(),
        title: note.title,
        body: note.body,
        told,
        reason,
    })
}

/// Doctors of the hospital: withdraws it.
pub(crate) async fn withdraw(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let reason = fields.one("reason");
    match note::withdraw(&site.app, &session.scope, id, (fields.version(), &reason)).await {
        Ok(()) => Ok(Redirect::to(&format!("/questions/notes/{id}")).into_response()),
        Err(error) => {
            let (status, told) = library::told(&session, error, "question_field")?;
            page_with(status, &drawn(&site, &session, id, told, reason).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "question/publish.html")]
struct PublishPage {
    shell: Shell,
    to: String,
    back: String,
    version: i64,
    groups: Vec<Group>,
    problems: Vec<(String, String)>,
    told: Vec<String>,
}

async fn form(
    site: &Site,
    session: &Session,
    id: Id,
    entry: Option<&NoteEntry>,
    problems: &[Problem],
    told: Vec<String>,
) -> Result<PublishPage, Failure> {
    let language = session.language;
    let found = question::show(&site.app, &session.scope, id).await?;
    if found.side != Side::Doctor {
        return Err(Error::NotFound.into());
    }
    // The last answer is where most notes begin.
    let answer = found.messages.iter().rev().find(|one| one.kind == "answer");
    let fresh = NoteEntry {
        title: found.subject.unwrap_or_default(),
        body: answer.map(|one| one.text.clone()).unwrap_or_default(),
        version: found.question.version,
        checked: false,
    };
    let entry = entry.unwrap_or(&fresh);
    let make = FieldMaker { language, names: "question_field", hints: "question_hint", problems };
    let fields = vec![
        make.field("title", Filling::Line, &entry.title, true),
        make.field("body", Filling::Text, &entry.body, true),
        make.tick("checked", "question.checked", entry.checked, true),
    ];
    Ok(PublishPage {
        shell: session.shell(&language.text("question.publish")),
        to: format!("/questions/{id}/note"),
        back: format!("/questions/{id}"),
        version: found.question.version,
        problems: make.summary(),
        groups: vec![Group { legend: language.text("question.publish").into_owned(), fields }],
        told,
    })
}

/// The doctor who answered: the form of a note.
pub(crate) async fn new(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    page(&form(&site, &session, parsed(&id)?, None, &[], Vec::new()).await?)
}

/// The same: publishes it.
pub(crate) async fn publish(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let entry = NoteEntry {
        version: fields.version(),
        title: fields.one("title"),
        body: fields.one("body"),
        checked: fields.one("checked") == "yes",
    };
    match note::publish(&site.app, &session.scope, id, &entry).await {
        Ok(note) => Ok(Redirect::to(&format!("/questions/notes/{note}")).into_response()),
        Err(Error::Invalid(problems)) => {
            let shown = form(&site, &session, id, Some(&entry), &problems, Vec::new()).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(error) => {
            let (status, told) = library::told(&session, error, "question_field")?;
            page_with(status, &form(&site, &session, id, Some(&entry), &[], told).await?)
        }
    }
}
