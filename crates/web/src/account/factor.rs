//! `/account/factor`: the second factor of the own account: set up, take away, recovery codes.

use super::{own, picture::Picture};
use crate::{
    Site,
    answer::{Page, page, page_with},
    failure::Failure,
    language::Language,
    session::Session,
    shell::Frame,
};
use app::{
    Error,
    account::factor::{self, Enrolment},
};
use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

/// The page on which an authenticator is set up, at the sign-in and later.
#[derive(Template)]
#[template(path = "account/enrol.html")]
pub(super) struct EnrolPage {
    frame: Frame,
    picture: Picture,
    written: String,
    /// Where the first code is sent.
    to: &'static str,
    next: String,
    problem: String,
    /// At the sign-in there is no way around it but to sign out.
    waiting: bool,
}

impl EnrolPage {
    /// The page; `to` takes the first code, and the person goes on at `next`.
    pub(super) fn new(
        frame: Frame,
        enrolment: &Enrolment,
        (to, next): (&'static str, &str),
        problem: &str,
    ) -> Result<EnrolPage, Error> {
        Ok(EnrolPage {
            picture: Picture::of(&enrolment.address)?,
            written: enrolment.written.clone(),
            problem: if problem.is_empty() { String::new() } else { frame.text(problem) },
            waiting: to.starts_with("/sign-in"),
            to,
            next: next.to_owned(),
            frame,
        })
    }
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesPage {
    frame: Frame,
    codes: Vec<String>,
    next: String,
}

/// The recovery codes, shown this once, made to be printed.
pub(super) fn codes_page(language: Language, codes: &[String], next: &str) -> Result<Response, Failure> {
    // The switch of the language leads on: the codes are not shown again.
    let frame = Frame::new(language, "/account", &language.text("recovery_codes.title"));
    page(&CodesPage { frame, codes: codes.to_vec(), next: next.to_owned() })
}

/// Whoever is signed in: the authenticator that is being set up.
pub(crate) async fn show(State(site): State<Site>, session: Session) -> Page {
    match enrol_page(&site, &session, "").await? {
        Some(found) => page(&found),
        None => Ok(Redirect::to("/account").into_response()),
    }
}

async fn enrol_page(site: &Site, session: &Session, problem: &str) -> Result<Option<EnrolPage>, Error> {
    let found = factor::enrolment(&site.app, &session.account, &session.secret).await?;
    let Some(enrolment) = found else { return Ok(None) };
    let language = session.language;
    let frame = Frame::new(language, "/account/factor", &language.text("second_factor.set_up"));
    EnrolPage::new(frame, &enrolment, ("/account/factor/complete", "/account?done=factor"), problem).map(Some)
}

/// What confirms that it is oneself.
#[derive(Deserialize)]
pub(crate) struct Confirmation {
    present: String,
}

/// Whoever is signed in: begins to set an authenticator up.
pub(crate) async fn begin(
    State(site): State<Site>,
    session: Session,
    Form(entry): Form<Confirmation>,
) -> Page {
    match factor::begin(&site.app, &session.scope, &session.secret, &entry.present).await {
        Ok(()) => Ok(Redirect::to("/account/factor").into_response()),
        Err(error) => own::told(&site, &session, error).await,
    }
}

/// The first code.
#[derive(Deserialize)]
pub(crate) struct CodeEntry {
    code: String,
}

/// Whoever is signed in: completes the setting up, and is shown the recovery codes.
pub(crate) async fn complete(
    State(site): State<Site>,
    session: Session,
    Form(entry): Form<CodeEntry>,
) -> Page {
    match factor::complete(&site.app, &session.scope, &session.secret, &entry.code).await {
        Ok(enrolled) => codes_page(session.language, &enrolled.codes, "/account?done=factor"),
        Err(Error::Invalid(_)) => match enrol_page(&site, &session, "problem.factor_code").await? {
            Some(again) => page_with(StatusCode::UNPROCESSABLE_ENTITY, &again),
            None => Ok(Redirect::to("/account").into_response()),
        },
        Err(Error::NotFound) => Ok(Redirect::to("/account").into_response()),
        Err(other) => Err(other.into()),
    }
}

/// Whoever is signed in: takes the own second factor away.
pub(crate) async fn remove(
    State(site): State<Site>,
    session: Session,
    Form(entry): Form<Confirmation>,
) -> Page {
    match factor::remove(&site.app, &session.scope, &session.secret, &entry.present).await {
        Ok(()) => Ok(Redirect::to("/account?done=no_factor").into_response()),
        Err(error) => own::told(&site, &session, error).await,
    }
}

/// Whoever is signed in: makes new recovery codes, which are shown once.
pub(crate) async fn renew_codes(
    State(site): State<Site>,
    session: Session,
    Form(entry): Form<Confirmation>,
) -> Page {
    match factor::renew_codes(&site.app, &session.scope, &entry.present).await {
        Ok(codes) => codes_page(session.language, &codes, "/account"),
        Err(error) => own::told(&site, &session, error).await,
    }
}
