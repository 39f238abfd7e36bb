//! `/account/passkeys`: the passkeys of the own account; and the form that a passkey fills in, here and at the sign-in.

use super::{
    factor::{EnrolPage, codes_page},
    own,
};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    language::Language,
    session::Session,
    shell::Frame,
};
use app::{
    Error, Problem,
    account::passkey::{self, NewPasskey},
};
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;

/// What the template `account/passkey_form.html` shows.
pub(super) struct PasskeyForm {
    /// A passkey is made, and its holder calls it so far by this name; otherwise one is shown.
    pub(super) made: Option<String>,
    /// What the browser is given, as JSON.
    pub(super) options: String,
    /// The address that passkeys of this site belong to.
    pub(super) origin: String,
    /// Where the browser's answer is sent; looked at, it puts another question.
    pub(super) to: &'static str,
    /// Where to go on afterwards.
    pub(super) next: String,
}

impl PasskeyForm {
    /// A form that makes a passkey of some name, or asks for one; nothing where there is no question.
    pub(super) fn new(
        site: &Site,
        made: Option<&str>,
        options: Option<String>,
        (to, next): (&'static str, &str),
    ) -> Option<PasskeyForm> {
        let (options, party) = (options?, site.app.relying_party.as_ref()?);
        let origin = party.origin().to_owned();
        Some(PasskeyForm { made: made.map(str::to_owned), options, origin, to, next: next.to_owned() })
    }
}

/// Problems in one line.
pub(super) fn in_one_line(language: Language, problems: &[Problem]) -> String {
    let told = problems.iter().map(|problem| language.problem(&problem.code, &problem.values));
    told.collect::<Vec<_>>().join(" ")
}

async fn new_page(
    site: &Site,
    session: &Session,
    (name, problem): (&str, String),
) -> Result<Option<EnrolPage>, Error> {
    let options = passkey::begun(&site.app, &session.scope, &session.secret).await?;
    let place = ("/account/passkeys/new", "/account?done=passkey");
    let Some(form) = PasskeyForm::new(site, Some(name), options, place) else { return Ok(None) };
    let title = session.language.text("passkey.add");
    let frame = Frame::new(session.language, "/account/passkeys/new", &title);
    Ok(Some(EnrolPage::with_passkey(frame, form, problem)))
}

/// Whoever is signed in: begins to set a passkey up.
pub(crate) async fn begin(
    State(site): State<Site>,
    session: Session,
    Form(entry): Form<super::factor::Confirmation>,
) -> Page {
    match passkey::begin(&site.app, &session.scope, &session.secret, &entry.present).await {
        Ok(()) => Ok(Redirect::to("/account/passkeys/new").into_response()),
        Err(error) => own::told(&site, &session, error).await,
    }
}

/// Whoever is signed in: the passkey that is being set up.
pub(crate) async fn show(State(site): State<Site>, session: Session) -> Page {
    match new_page(&site, &session, ("", String::new())).await? {
        Some(found) => page(&found),
        None => Ok(Redirect::to("/account").into_response()),
    }
}

/// What the browser answers, and the name.
#[derive(Deserialize)]
pub(crate) struct Made {
    passkey: String,
    name: String,
}

/// Whoever is signed in: completes the setting up; the first second factor brings the recovery codes.
pub(crate) async fn complete(State(site): State<Site>, session: Session, Form(entry): Form<Made>) -> Page {
    let new = NewPasskey { name: entry.name, answer: entry.passkey };
    match passkey::complete(&site.app, &session.scope, &session.secret, &new).await {
        Ok(done) if done.codes.is_empty() => Ok(Redirect::to("/account?done=passkey").into_response()),
        Ok(done) => codes_page(session.language, &done.codes, "/account?done=passkey"),
        Err(Error::Invalid(problems)) => {
            // While its question is open the page is drawn again; an answered one is put anew behind the password.
            let told = in_one_line(session.language, &problems);
            match new_page(&site, &session, (&new.name, told)).await? {
                Some(again) => page_with(StatusCode::UNPROCESSABLE_ENTITY, &again),
                None => own::told(&site, &session, Error::Invalid(problems)).await,
            }
        }
        Err(other) => Err(other.into()),
    }
}

/// Whoever is signed in: takes one of the own passkeys away.
pub(crate) async fn remove(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<super::factor::Confirmation>,
) -> Page {
    let removed = passkey::remove(&site.app, &session.scope, &session.secret, &entry.present, parsed(&id)?);
    match removed.await {
        Ok(()) => Ok(Redirect::to("/account?done=no_passkey").into_response()),
        Err(error) => own::told(&site, &session, error).await,
    }
}
