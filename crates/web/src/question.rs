//! `/questions`: the question desk: what waits, asking a doctor of a hospital, one question with its thread.

pub(crate) mod api;
mod ask;
pub(crate) mod figures;
pub(crate) mod note;
mod show;

pub(crate) use ask::{ask, new};
pub(crate) use show::{propose, show, step};

use crate::{
    Site,
    answer::{Page, page},
    due::{Due, due, minute},
    language::Language,
    library,
    session::Session,
    shell::Shell,
    work_list::{key_of, more},
    workforce::Badge,
};
use app::{
    App,
    export::Table,
    question::{self, Part},
};
use askama::Template;
use axum::extract::{Query, State};
use jiff::Timestamp;
use rules::{
    account::{Deed, Role, Subject},
    question::QuestionState,
};
use serde::Deserialize;

/// The name of a topic.
pub(crate) fn topic(app: &App, language: Language, code: &str) -> String {
    let topic = app.tables.questions.topic(code);
    topic.map_or_else(|| code.to_owned(), |topic| language.of(&topic.zh, &topic.en))
}

/// How soon, in words.
fn urgency(app: &App, language: Language, code: &str) -> String {
    let urgency = app.tables.questions.urgency(code);
    urgency.map_or_else(|| code.to_owned(), |urgency| language.of(&urgency.zh, &urgency.en))
}

/// The state as a badge.
fn state(language: Language, state: QuestionState) -> Badge {
    let text = language.code("question_state", state.code());
    match state {
        QuestionState::Waiting => ("soon", "hourglass", text),
        QuestionState::Taken => ("fine", "user-check", text),
        QuestionState::AskedBack => ("soon", "message-circle", text),
        QuestionState::Answered => ("good", "check", text),
        QuestionState::Closed => ("quiet", "minus", text),
    }
}

/// A question as a line.
pub(crate) struct Line {
    pub id: String,
    pub title: String,
    pub topic: String,
    /// Who asked, and whom.
    pub who: String,
    /// It is about somebody.
    pub about: bool,
    pub urgent: bool,
    pub badge: Badge,
    pub due: Option<Due>,
    pub asked: String,
}

pub(crate) fn line(app: &App, language: Language, one: &question::Line) -> Line {
    let found = &one.question;
    let topic = topic(app, language, &found.topic);
    let doctor = found.doctor_name.as_ref().map(|name| format!(" · {name}")).unwrap_or_default();
    Line {
        id: found.id.to_string(),
        title: one.subject.clone().unwrap_or_else(|| topic.clone()),
        who: format!("{} · {} → {}{doctor}", found.asker_name, found.organisation, found.desk_name),
        topic,
        about: found.about.is_some(),
        urgent: found.urgency == "urgent",
        badge: state(language, found.state),
        due: found.due_at.map(|at| due(app, language, Some(at), found.remind_at, false)),
        asked: minute(found.asked_at),
    }
}

/// Which part of the list.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    tab: String,
    after: String,
    format: String,
}

impl Asked {
    fn part(&self) -> Part {
        if self.tab == "done" { Part::Done } else { Part::Open }
    }
}

#[derive(Template)]
#[template(path = "question/list.html")]
struct ListPage {
    shell: Shell,
    about: String,
    tabs: Vec<(&'static str, String)>,
    tab: &'static str,
    lines: Vec<Line>,
    empty: String,
    next: String,
    asks: bool,
    figures: bool,
    exports: bool,
}

/// Who asks, who answers, and the county's health side: the questions.
pub(crate) async fn list(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let part = asked.part();
    let found = question::list(app, scope, part, key_of(&asked.after)).await?;
    let desk = question::is_desk(app, scope).await?;
    let side = match scope.role {
        Role::HealthOfficer => "county",
        _ if desk => "desk",
        _ => "asker",
    };
    let tab = if part == Part::Done { "done" } else { "open" };
    let named = |tab: &'static str| (tab, language.code("question_tab", &format!("{side}_{tab}")));
    page(&ListPage {
        shell: session.shell(&language.text("navigation.questions")),
        about: language.code("question_about", side),
        tabs: if side == "county" { Vec::new() } else { vec![named("open"), named("done")] },
        tab,
        lines: found.iter().map(|one| line(app, language, one)).collect(),
        empty: language.code("question_empty", &format!("{side}_{tab}")),
        next: more(&found, question::PAGE, |last| question::key(last, (part, desk))),
        asks: question::asks(scope),
        figures: scope.role.may(Deed::Read, Subject::QuestionFigures),
        exports: scope.role.may(Deed::Export, Subject::Question),
    })
}

/// As the list: all of the part, as a file.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (app, language) = (&site.app, session.language);
    let (found, code) = question::export(app, &session.scope, asked.part()).await?;
    let heads = [
        "question_field.subject",
        "question_field.topic",
        "question_field.urgency",
        "question.asked_at",
        "question.asker",
        "question.organisation",
        "question_field.hospital",
        "question.doctor",
        "question_field.about",
        "question.state",
        "question.due_at",
        "question.answered_at",
    ];
    let table = Table {
        title: language.text("navigation.questions").into_owned(),
        mark: crate::export::mark(&session, app.now(), &code),
        figures_from: None,
        columns: heads.map(|key| language.text(key).into_owned()).to_vec(),
        rows: found.iter().map(|one| cells(app, language, one)).collect(),
    };
    library::export("questions", &asked.format, &table)
}

/// A question as a row of the file; the county reads no subject here either.
fn cells(app: &App, language: Language, one: &question::Line) -> Vec<String> {
    let found = &one.question;
    let about = if found.about.is_some() { "question.about_somebody" } else { "question.in_general" };
    let at = |at: Option<Timestamp>| at.map(minute).unwrap_or_default();
    vec![
        one.subject.clone().unwrap_or_default(),
        topic(app, language, &found.topic),
        urgency(app, language, &found.urgency),
        minute(found.asked_at),
        found.asker_name.clone(),
        found.organisation.clone(),
        found.desk_name.clone(),
        found.doctor_name.clone().unwrap_or_default(),
        language.text(about).into_owned(),
        language.code("question_state", found.state.code()),
        at(found.due_at),
        at(found.answered_at),
    ]
}

/// How many questions wait for the reader, in words, for the work list; empty where none does.
pub(crate) async fn waiting(site: &Site, session: &Session) -> Result<String, app::Error> {
    let Some((count, late)) = question::waiting(&site.app, &session.scope).await? else {
        return Ok(String::new());
    };
    let text = match session.scope.role {
        Role::HealthOfficer => "question_waiting.county",
        _ if question::asks(&session.scope) => "question_waiting.asker",
        _ => "question_waiting.desk",
    };
    Ok(session.language.with(text, &[("count", &count.to_string()), ("late", &late.to_string())]))
}
