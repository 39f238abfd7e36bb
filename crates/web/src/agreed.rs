//! What somebody undertook to do, as lines of pages, and `/agreed/{id}/done`: the owner says that it is done.

use crate::{
    Site,
    address::parsed,
    answer::Page,
    due::{Due, due},
    library::Fields,
    session::Session,
};
use app::{
    App, Error,
    agreed::{self, Agreed, Link},
};
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use rules::clock::end_of;

/// A task as a line.
pub(crate) struct AgreedLine {
    pub id: String,
    pub what: String,
    pub owner: String,
    /// What it comes from, with its page.
    pub source: String,
    pub path: String,
    pub due: Due,
    pub by: String,
    /// Who said that it is done, when, and what came of it; empty while it is open.
    pub done: String,
    pub version: i64,
    /// The reader says that it is done.
    pub own: bool,
}

/// The page of what a task comes from.
fn place((kind, id): &Link) -> String {
    match kind.as_str() {
        "question" => format!("/questions/{id}"),
        _ => format!("/conferences/{id}"),
    }
}

pub(crate) fn line(app: &App, session: &Session, task: &Agreed) -> AgreedLine {
    let language = session.language;
    let done = task.done_at.map(|at| {
        let who = task.done_by.clone().unwrap_or_default();
        let parts = [crate::due::minute(at), who, task.note.clone()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    });
    AgreedLine {
        id: task.id.to_string(),
        what: task.what.clone(),
        owner: task.owner_name.clone(),
        source: language.code("agreed_source", &task.source.0),
        path: place(&task.source),
        due: due(app, language, Some(end_of(task.due_on)), None, false),
        by: task.due_on.to_string(),
        done: done.unwrap_or_default(),
        version: task.version,
        own: task.owner == Some(session.scope.account) && task.done_at.is_none(),
    }
}

/// The reader's open tasks for the work list, with the key of the next page.
pub(crate) async fn own(
    site: &Site,
    session: &Session,
    after: &str,
) -> Result<(Vec<AgreedLine>, String), Error> {
    let key = after.split_once('_').and_then(|(day, id)| Some((day.parse::<Date>().ok()?, id.parse().ok()?)));
    let found = agreed::own(&site.app, &session.scope, key).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == agreed::PAGE;
    let next = found.last().filter(|_| full).map(|last| format!("{}_{}", last.due_on, last.id));
    let lines = found.iter().map(|one| line(&site.app, session, one)).collect();
    Ok((lines, next.unwrap_or_default()))
}

/// Whose task it is: says that it is done, with what came of it.
pub(crate) async fn done(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let fields = Fields(sent);
    let (version, note) = (fields.version(), fields.one("note"));
    let task = agreed::done(&site.app, &session.scope, parsed(&id)?, (version, &note)).await?;
    let to = if fields.one("to") == "source" { place(&task.source) } else { "/work-list".to_owned() };
    Ok(Redirect::to(&to).into_response())
}
