//! `/administration/accounts/{id}/provider`: linking an account of staff with what another identity provider calls its holder.

use super::provider::configured;
use crate::{
    Provider, Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    account::{
        Account,
        identity::{self, Identity},
    },
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
#[template(path = "account/linked.html")]
struct LinkedPage {
    shell: Shell,
    title: String,
    account: Account,
    /// It is the reader's own, which another security administrator links.
    own: bool,
    linked: Option<(String, String)>,
    problem: String,
    subject: String,
}

/// What the page is called; empty where there is no provider.
pub(super) fn title(site: &Site, language: Language) -> String {
    let title = |provider: &Provider| language.with("provider.title", &[("label", provider.label(language))]);
    site.provider.as_ref().map(title).unwrap_or_default()
}

async fn draw(site: &Site, session: &Session, id: Id, told: (String, String)) -> Result<LinkedPage, Failure> {
    let issuer = configured(site)?.issuer();
    let (account, linked) = identity::kept(&site.app, &session.scope, id, issuer).await?;
    let title = title(site, session.language);
    let (problem, subject) = told;
    Ok(LinkedPage {
        shell: session.shell(&title),
        title,
        own: account.id == session.scope.account,
        account,
        linked: linked.map(|it| (minute(it.created_at), it.used_at.map(minute).unwrap_or_default())),
        problem,
        subject,
    })
}

/// Security administrator: whether an account is linked, and the form that links it.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    page(&draw(&site, &session, parsed(&id)?, Default::default()).await?)
}

/// What the provider calls the holder.
#[derive(Deserialize)]
pub(crate) struct Entry {
    #[serde(default)]
    subject: String,
}

/// Security administrator: links an account.
pub(crate) async fn link(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<Entry>,
) -> Page {
    let id = parsed(&id)?;
    let identity =
        Identity { issuer: configured(&site)?.issuer().to_owned(), subject: entry.subject.clone() };
    match identity::link(&site.app, &session.scope, id, &identity).await {
        Ok(()) => Ok(back(id)),
        Err(Error::Invalid(problems)) => {
            let told = problems.iter().map(|p| session.language.problem(&p.code, &p.values));
            let told = (told.collect::<Vec<_>>().join(" "), entry.subject);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &draw(&site, &session, id, told).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Security administrator: unlinks an account and ends its sessions.
pub(crate) async fn unlink(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    identity::unlink(&site.app, &session.scope, id, configured(&site)?.issuer()).await?;
    Ok(back(id))
}

fn back(id: Id) -> axum::response::Response {
    Redirect::to(&format!("/administration/accounts/{id}/provider")).into_response()
}
