//! `/account/factor`: the authenticator app of the own account: set up, take away, recovery codes.

use super::{own, passkey::PasskeyForm, picture::Picture};
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

/// An authenticator app that is being set up.
pub(super) struct Authenticator {
    picture: Picture,
    written: String,
    /// Where the first code is sent.
    to: &'static str,
}

impl Authenticator {
    /// What is shown of it; `to` takes the first code.
    pub(super) fn new(enrolment: &Enrolment, to: &'static str) -> Result<Authenticator, Error> {
        Ok(Authenticator {
            picture: Picture::of(&enrolment.address)?,
            written: enrolment.written.clone(),
            to,
        })
    }
}

/// The page on which a second factor is set up, at the sign-in and later.
#[derive(Template)]
#[template(path = "account/enrol.html")]
pub(super) struct EnrolPage {
    pub(super) frame: Frame,
    /// The app, where it is being set up.
    pub(super) authenticator: Option<Authenticator>,
    /// A passkey, where one is.
    pub(super) passkey: Option<PasskeyForm>,
    pub(super) next: String,
    pub(super) problem: String,
    /// At the sign-in there is no way around it but to sign out.
    pub(super) waiting: bool,
}

impl EnrolPage {
    /// The page of a passkey alone.
    pub(super) fn with_passkey(frame: Frame, form: PasskeyForm, problem: String) -> EnrolPage {
        let (authenticator, passkey, next) = (None, Some(form), String::new());
        EnrolPage { frame, authenticator, passkey, next, problem, waiting: false }
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
    Ok(Some(EnrolPage {
        authenticator: Some(Authenticator::new(&enrolment, "/account/factor/complete")?),
        passkey: None,
        next: String::new(),
        problem: if problem.is_empty() { String::new() } else { language.text(problem).into_owned() },
        waiting: false,
        frame: Frame::new(language, "/account/factor", &language.text("second_factor.set_up")),
    }))
}

/// What confirms that it is oneself.
#[derive(Deserialize)]
pub(crate) struct Confirmation {
    pub(super) present: String,
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
        Ok(enrolled) if enrolled.codes.is_empty() => Ok(Redirect::to("/account?done=factor").into_response()),
        Ok(enrolled) => codes_page(session.language, &enrolled.codes, "/account?done=factor"),
        Err(Error::Invalid(_)) => match enrol_page(&site, &session, "problem.factor_code").await? {
            Some(again) => page_with(StatusCode::UNPROCESSABLE_ENTITY, &again),
            None => Ok(Redirect::to("/account").into_response()),
        },
        Err(Error::NotFound) => Ok(Redirect::to("/account").into_response()),
        Err(other) => Err(other.into()),
    }
}

/// Whoever is signed in: takes the own authenticator away.
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
