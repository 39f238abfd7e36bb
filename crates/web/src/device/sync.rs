//! What a phone's page asks by script, with the session's cookie: JSON in and out, problems as for programs.

use super::answered::{AnsweredDocument, OutcomeDocument, answered};
use super::answered_sessions::{self, SessionOutcomeDocument};
use crate::{
    Site,
    address::parsed,
    api::{problem::ApiFailure, request::Body},
    session::Session,
};
use app::{
    Error,
    device::{
        self, Caseload, Contact, Opened, Served, Standing, Waiting, WaitingSession, Withdrawn,
        WithdrawnSession,
    },
    id::Id,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// What somebody calls the phone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    name: String,
}

/// Why a phone was not registered, in the reader's words: the form shows it as it is.
fn told(session: &Session, error: Error) -> Result<Response, ApiFailure> {
    let (status, text, code) = match &error {
        Error::Invalid(problems) => {
            let told = problems.iter().map(|p| session.language.problem(&p.code, &p.values));
            (StatusCode::UNPROCESSABLE_ENTITY, told.collect::<Vec<_>>().join(" "), None)
        }
        Error::Refused(refusal) => {
            (StatusCode::CONFLICT, session.language.refused(refusal), Some(&refusal.code))
        }
        _ => return Err(error.into()),
    };
    Ok((status, Json(json!({ "text": text, "code": code }))).into_response())
}

/// What a browser learns that is no phone yet.
#[derive(Serialize)]
pub(crate) struct MayDocument {
    /// Phones of the account that are in use.
    registered: usize,
    /// As many as there may be.
    most: u16,
}

/// Who works without a network: whether the caller may register a phone; others are turned away.
pub(crate) async fn may(State(site): State<Site>, session: Session) -> Result<Json<MayDocument>, ApiFailure> {
    let own = device::own(&site.app, &session.scope).await?;
    let registered = own.iter().filter(|device| device.revoked_at.is_none()).count();
    Ok(Json(MayDocument { registered, most: site.app.tables.offline.devices }))
}

/// Who works without a network: registers this browser as a phone; answers with the key of its store.
pub(crate) async fn register(
    State(site): State<Site>,
    session: Session,
    body: Body<Registration>,
) -> Result<Response, ApiFailure> {
    let id = match device::register(&site.app, &session.scope, &body.value.name).await {
        Ok(id) => id,
        Err(error) => return told(&session, error),
    };
    let first = Contact { now: site.app.now(), waiting: 0 };
    let opened = device::open(&site.app, &session.scope, id, first).await?;
    Ok((StatusCode::CREATED, Json(opened)).into_response())
}

/// Who works without a network: opens the own phone for as long as the session lasts.
pub(crate) async fn open(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    body: Body<Contact>,
) -> Result<Json<Opened>, ApiFailure> {
    Ok(Json(device::open(&site.app, &session.scope, parsed(&id)?, body.value).await?))
}

/// What a phone tells of itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    /// It holds nothing any more.
    wiped: bool,
}

/// Whether a phone may go on.
#[derive(Serialize)]
pub(crate) struct StandingDocument {
    standing: Standing,
}

/// Anyone who knows the phone's identifier, which only it does: whether it was revoked; so that a lost one deletes what it holds
/// although nobody signs in on it any more.
pub(crate) async fn contact(
    State(site): State<Site>,
    Path(id): Path<String>,
    body: Body<Told>,
) -> Result<Json<StandingDocument>, ApiFailure> {
    let id = parsed(&id)?;
    let standing = if body.value.wiped {
        device::wiped(&site.app, id).await?
    } else {
        device::standing(&site.app, id).await?
    };
    Ok(Json(StandingDocument { standing }))
}

/// What a phone holds already.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// The mark of each person whom it holds.
    known: BTreeMap<Id, String>,
}

/// Doctors: the own caseload, as far as the phone does not hold it. Each person who is sent is in the log.
pub(crate) async fn caseload(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    body: Body<Known>,
) -> Result<Json<Caseload>, ApiFailure> {
    Ok(Json(device::caseload(&site.app, &session.scope, parsed(&id)?, &body.value.known).await?))
}

/// Case managers: the own clients in service, as far as the phone does not hold them. Each who is sent is in the log.
pub(crate) async fn clients(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    body: Body<Known>,
) -> Result<Json<Caseload<Served>>, ApiFailure> {
    Ok(Json(device::clients(&site.app, &session.scope, parsed(&id)?, &body.value.known).await?))
}

/// Visits that waited, and how the phone's clock stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sending {
    contact: Contact,
    visits: Vec<Waiting>,
}

/// Doctors: sends visits that waited on the phone; each is answered by itself.
pub(crate) async fn visits(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    body: Body<Sending>,
) -> Result<Json<AnsweredDocument<OutcomeDocument>>, ApiFailure> {
    let Sending { contact, visits } = body.value;
    let found = device::send(&site.app, &session.scope, parsed(&id)?, (contact, &visits)).await?;
    Ok(Json(answered(session.language, found)))
}

/// Doctors: takes a visit back that waited; the phone forgets it after that.
pub(crate) async fn withdrawn(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    body: Body<Withdrawn>,
) -> Result<Response, ApiFailure> {
    let done = device::withdraw(&site.app, &session.scope, parsed(&id)?, &body.value).await;
    taken_back(&session, body.value.id, done)
}

/// That something was taken back, or that the server has it already, in the reader's words.
fn taken_back(session: &Session, id: uuid::Uuid, done: Result<(), Error>) -> Result<Response, ApiFailure> {
    match done {
        Ok(()) => Ok(Json(json!({ "withdrawn": id })).into_response()),
        Err(Error::Refused(refusal)) if ["visit_taken", "session_taken"].contains(&refusal.code.as_str()) => {
            told(session, Error::Refused(refusal))
        }
        Err(error) => Err(error.into()),
    }
}

/// Sessions that waited, and how the phone's clock stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendingSessions {
    contact: Contact,
    sessions: Vec<WaitingSession>,
}

/// Case managers: sends sessions that waited on the phone; each is answered by itself.
pub(crate) async fn sessions(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    body: Body<SendingSessions>,
) -> Result<Json<AnsweredDocument<SessionOutcomeDocument>>, ApiFailure> {
    let SendingSessions { contact, sessions } = body.value;
    let found = device::send_sessions(&site.app, &session.scope, parsed(&id)?, (contact, &sessions)).await?;
    Ok(Json(answered_sessions::answered(session.language, found)))
}

/// Case managers: takes a session back that waited; the phone forgets it after that.
pub(crate) async fn session_withdrawn(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    body: Body<WithdrawnSession>,
) -> Result<Response, ApiFailure> {
    let done = device::withdraw_session(&site.app, &session.scope, parsed(&id)?, &body.value).await;
    taken_back(&session, body.value.id, done)
}
