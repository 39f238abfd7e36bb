//! `/sign-in` and `/sign-out`.

use crate::{
    Site,
    answer::{Page, page, page_with},
    language::{Language, cookie},
    session::COOKIE,
    shell::Frame,
};
use app::{Error, account};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    frame: Frame,
    problem: String,
    username: String,
    next: String,
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// Anyone: the form.
pub(crate) async fn show(uri: Uri, headers: HeaderMap, Query(to): Query<Next>) -> Page {
    let language = Language::of_request(&uri, &headers);
    let frame = Frame::new(language, &path(&uri), &language.text("sign_in.title"));
    page(&SignInPage { frame, problem: String::new(), username: String::new(), next: to.next })
}

fn path(uri: &Uri) -> String {
    uri.path_and_query().map_or("/sign-in", |p| p.as_str()).to_owned()
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Entry {
    username: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Anyone: opens a session.
pub(crate) async fn enter(
    State(site): State<Site>,
    uri: Uri,
    headers: HeaderMap,
    Form(entry): Form<Entry>,
) -> Page {
    match account::sign_in(&site.app, &entry.username, &entry.password).await {
        Ok((_, secret)) => {
            let age = account::SESSION_HOURS * 3600;
            let cookie = format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}");
            // Only a path of this site: never another host.
            let inside =
                entry.next.starts_with('/') && !entry.next.starts_with("//") && !entry.next.contains('\\');
            let next = if inside { entry.next.as_str() } else { "/" };
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response())
        }
        Err(error) => {
            let key = match error {
                Error::Forbidden => "sign_in.wrong",
                Error::Busy => "sign_in.locked",
                other => return Err(other.into()),
            };
            let language = Language::of_request(&uri, &headers);
            let frame = Frame::new(language, &path(&uri), &language.text("sign_in.title"));
            let problem = language.text(key).into_owned();
            let form = SignInPage { frame, problem, username: entry.username, next: entry.next };
            page_with(StatusCode::UNAUTHORIZED, &form)
        }
    }
}

/// Whoever is signed in: ends the session.
pub(crate) async fn leave(
    State(site): State<Site>,
    headers: HeaderMap,
) -> Result<Response, crate::failure::Failure> {
    if let Some(secret) = cookie(&headers, COOKIE) {
        account::sign_out(&site.app, &secret).await?;
    }
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response())
}
