//! `/first-sign-in`: a client or guardian takes over the account that was opened at the counter.

use super::sign_in::signed_in;
use crate::{
    Site,
    answer::{Page, page, page_with},
    language::Language,
    limits,
    shell::Frame,
    transport::Arrival,
};
use app::{Error, account::client};
use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "account/take_over.html")]
struct TakeOverPage {
    frame: Frame,
    problem: String,
    username: String,
}

fn form(uri: &Uri, headers: &HeaderMap, username: String, problem: &str) -> TakeOverPage {
    let language = Language::of_request(uri, headers);
    let frame = Frame::new(language, uri.path(), &language.text("take_over.title"));
    let problem = if problem.is_empty() { String::new() } else { language.text(problem).into_owned() };
    TakeOverPage { frame, problem, username }
}

/// Anyone: the form.
pub(crate) async fn show(uri: Uri, headers: HeaderMap) -> Page {
    page(&form(&uri, &headers, String::new(), ""))
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Entry {
    username: String,
    code: String,
    password: String,
}

/// Anyone: sets the holder's own password and opens a session.
pub(crate) async fn enter(
    State(site): State<Site>,
    arrival: Arrival,
    uri: Uri,
    headers: HeaderMap,
    Form(entry): Form<Entry>,
) -> Page {
    if !site.limits.sign_in(arrival.address, &entry.username) {
        let filled = form(&uri, &headers, entry.username, "sign_in.too_many");
        return Ok(limits::too_many(page(&filled)?));
    }
    let taken = client::take_over(&site.app, &entry.username, &entry.code, &entry.password, arrival.address);
    let (status, key) = match taken.await {
        Ok((_, secret)) => return Ok(signed_in(&site, &arrival, &secret, "/")),
        Err(Error::Forbidden) => (StatusCode::UNAUTHORIZED, "take_over.wrong"),
        Err(Error::Busy) => (StatusCode::UNAUTHORIZED, "sign_in.locked"),
        Err(Error::Invalid(_)) => (StatusCode::UNPROCESSABLE_ENTITY, "problem.password_weak"),
        Err(other) => return Err(other.into()),
    };
    page_with(status, &form(&uri, &headers, entry.username, key))
}
