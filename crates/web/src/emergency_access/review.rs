//! `/emergency-access/{id}/review`: the judgement of a second person.

use super::told;
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    session::Session,
    shell::Shell,
};
use app::{Error, emergency_access, id::Id};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::emergency_access::Verdict;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "emergency_access/review.html")]
struct ReviewPage {
    shell: Shell,
    id: String,
    facts: Vec<(String, String)>,
    reason: String,
    problems: Vec<String>,
    verdicts: Vec<(&'static str, String)>,
    entry: Entry,
}

/// The form of a judgement.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Entry {
    verdict: String,
    note: String,
}

/// The second person: who opened what, when and why.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    page(&draw(&site, &session, parsed(&id)?, Entry::default(), Vec::new()).await?)
}

async fn draw(
    site: &Site,
    session: &Session,
    id: Id,
    entry: Entry,
    problems: Vec<String>,
) -> Result<ReviewPage, Failure> {
    let found = emergency_access::to_review(&site.app, &session.scope, id).await?;
    let language = session.language;
    let role = language.code("role", &found.role);
    let about = language.code("emergency_about", &found.subject_kind);
    let ended = found.ended_at.unwrap_or(found.ends_at);
    let facts = [
        ("emergency.who", format!("{} · {role} · {}", found.who, found.organisation)),
        ("emergency.about", language.pair(&about, &found.subject)),
        ("emergency.basis", language.code("emergency_basis", &found.basis)),
        ("emergency.at", minute(found.at)),
        ("emergency.ends", minute(ended)),
        ("emergency.looks", found.looks.to_string()),
        ("emergency.due", minute(found.review_due_at)),
    ];
    Ok(ReviewPage {
        shell: session.shell(&language.text("emergency.review")),
        id: id.to_string(),
        facts: facts.into_iter().map(|(key, value)| (language.text(key).into_owned(), value)).collect(),
        reason: found.reason,
        problems,
        verdicts: Verdict::ALL.map(|v| (v.code(), language.code("emergency_verdict", v.code()))).to_vec(),
        entry,
    })
}

/// The second person: justified, or not with a note.
pub(crate) async fn judge(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<Entry>,
) -> Page {
    let id = parsed(&id)?;
    let judged = emergency_access::judge(&site.app, &session.scope, id, &entry.verdict, &entry.note).await;
    let problems = match judged {
        Ok(_) => return Ok(Redirect::to("/emergency-access?done=judged").into_response()),
        Err(Error::Invalid(problems)) => problems,
        Err(other) => return Err(other.into()),
    };
    let told = told(session.language, &problems);
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &draw(&site, &session, id, entry, told).await?)
}
