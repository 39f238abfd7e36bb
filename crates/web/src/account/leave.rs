//! `/administration/accounts/{id}/leave`: what an account would leave behind, and its end.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page_with},
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    account::leave::{self, Held, Leaving},
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "account/leave.html")]
struct LeavePage {
    shell: Shell,
    id: String,
    who: String,
    held: Vec<(String, String)>,
    colleagues: Vec<(Id, String)>,
    problems: Vec<String>,
}

/// Administrator: what the account holds, and who may take that over.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    draw(&site, &session, parsed(&id)?, StatusCode::OK, Vec::new()).await
}

async fn draw(site: &Site, session: &Session, id: Id, status: StatusCode, problems: Vec<String>) -> Page {
    let Leaving { account, held, colleagues } = leave::leaving(&site.app, &session.scope, id).await?;
    let language = session.language;
    let Held { cases, tasks, messages, pairs } = held;
    let lines = [
        ("leave.cases", cases.to_string()),
        ("leave.tasks", tasks.to_string()),
        ("leave.messages", messages.to_string()),
        ("leave.pairs", pairs.to_string()),
    ];
    let role = language.code("role", &account.role);
    page_with(
        status,
        &LeavePage {
            shell: session.shell(&language.text("administration.end")),
            id: id.to_string(),
            who: format!("{} ({}) · {role} · {}", account.name, account.username, account.organisation),
            held: lines.map(|(key, value)| (language.text(key).into_owned(), value)).to_vec(),
            colleagues,
            problems,
        },
    )
}

/// To whom the work goes.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Entry {
    to: String,
}

/// Administrator: ends the account at once and hands its work over.
pub(crate) async fn end(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<Entry>,
) -> Page {
    let id = parsed(&id)?;
    let to = match entry.to.trim() {
        "" => None,
        // What is no identifier is nobody's, and is refused like any other stranger.
        text => Some(text.parse().unwrap_or(id)),
    };
    match leave::end(&site.app, &session.scope, id, to).await {
        Ok(_) => Ok(Redirect::to("/administration").into_response()),
        Err(Error::Invalid(problems)) => {
            let told = problems.iter().map(|p| session.language.problem(&p.code, &p.values)).collect();
            draw(&site, &session, id, StatusCode::UNPROCESSABLE_ENTITY, told).await
        }
        Err(other) => Err(other.into()),
    }
}
