//! `/api/v1/workforce/trainings`: trainings for programs.

use crate::{
    Site,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Asked, Body},
    },
    session::Caller,
};
use app::{
    id::Id,
    workforce::training::{self, Training, TrainingEntry},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};

/// A training.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TrainingDocument {
    id: String,
    #[schema(value_type = String, format = Date)]
    on: jiff::civil::Date,
    minutes: i64,
    topic: String,
    organiser: String,
    kind: String,
    evidence: String,
    persons: i64,
    /// It counts: it is not void
    stands: bool,
    reason: Option<String>,
    /// Those of its persons whom the caller answers for; of a single training alone
    #[serde(skip_serializing_if = "Option::is_none")]
    came: Option<Vec<PersonDocument>>,
}

/// Somebody who came.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PersonDocument {
    /// The record in the talent library
    id: String,
    name: String,
    institution: String,
}

impl TrainingDocument {
    fn new(training: Training) -> TrainingDocument {
        TrainingDocument {
            id: training.id.to_string(),
            on: training.on,
            minutes: training.minutes,
            topic: training.topic,
            organiser: training.organiser,
            kind: training.kind,
            evidence: training.evidence,
            persons: training.persons,
            stands: training.stands,
            reason: training.reason,
            came: None,
        }
    }
}

/// A page of trainings.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TrainingPage {
    items: Vec<TrainingDocument>,
    /// Pass as `after` for the next page
    next: Option<String>,
}

/// Which part of the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrainingQuery {
    /// `next` of the page before.
    after: Option<String>,
}

/// Programs of who answers for staff and of workers: trainings of the house or area, the latest first. The read is logged.
#[utoipa::path(get, path = "/api/v1/workforce/trainings", tag = "workforce", params(TrainingQuery), responses(
    (status = 200, body = TrainingPage),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<TrainingQuery>,
) -> Result<Json<TrainingPage>, ApiFailure> {
    let before = asked.after.map(|text| request::id(&text)).transpose()?;
    let (found, next) = training::list(&site.app, &caller.scope, before).await?;
    let items = found.into_iter().map(TrainingDocument::new).collect();
    Ok(Json(TrainingPage { items, next: next.map(|id| id.to_string()) }))
}

async fn shown(site: &Site, caller: &Caller, id: Id) -> Result<TrainingDocument, ApiFailure> {
    let found = training::show(&site.app, &caller.scope, id).await?;
    let person = |(id, name, institution): (Id, String, String)| PersonDocument {
        id: id.to_string(),
        name,
        institution,
    };
    let came = Some(found.persons.into_iter().map(person).collect());
    Ok(TrainingDocument { came, ..TrainingDocument::new(found.training) })
}

/// Programs of who answers for staff and of workers: one training. The read is logged.
#[utoipa::path(get, path = "/api/v1/workforce/trainings/{id}", tag = "workforce", params(("id" = String, Path)), responses(
    (status = 200, body = TrainingDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<TrainingDocument>, ApiFailure> {
    Ok(Json(shown(&site, &caller, request::id(&id)?).await?))
}

/// A training to be entered for everybody who came.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrainingSent {
    /// The day
    on: String,
    /// Hours of each person, such as `6` or `1.5`
    hours: String,
    topic: String,
    organiser: String,
    /// Code of the kind
    kind: String,
    /// Number of the certificate or sign-in list, or where they are kept
    evidence: String,
    /// Records in the talent library
    persons: Vec<String>,
}

/// Programs of managers and civil affairs: enters a training. The same topic on the same day is refused for whoever has it.
#[utoipa::path(post, path = "/api/v1/workforce/trainings", tag = "workforce", request_body = TrainingSent, responses(
    (status = 201, body = TrainingDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn enter(
    State(site): State<Site>,
    caller: Caller,
    body: Body<TrainingSent>,
) -> Result<(StatusCode, Json<TrainingDocument>), ApiFailure> {
    let sent = body.value;
    let entry = TrainingEntry {
        on: sent.on,
        hours: sent.hours,
        topic: sent.topic,
        organiser: sent.organiser,
        kind: sent.kind,
        evidence: sent.evidence,
        persons: sent.persons,
    };
    let id = training::enter(&site.app, &caller.scope, &entry).await?;
    Ok((StatusCode::CREATED, Json(shown(&site, &caller, id).await?)))
}

/// Why a training is void.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VoidTraining {
    reason: String,
}

/// Programs of whoever entered it, and of civil affairs: makes a training void.
#[utoipa::path(post, path = "/api/v1/workforce/trainings/{id}/void", tag = "workforce", params(("id" = String, Path)),
    request_body = VoidTraining, responses(
    (status = 200, body = TrainingDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn void(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<VoidTraining>,
) -> Result<Json<TrainingDocument>, ApiFailure> {
    let id = request::id(&id)?;
    training::void(&site.app, &caller.scope, id, &body.value.reason).await?;
    Ok(Json(shown(&site, &caller, id).await?))
}
