//! `/api/v1/smd-emergencies`: emergencies with their clocks.

use super::SmdCreated;
use crate::{
    Site,
    address::parsed,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::Body,
    },
    session::Caller,
};
use app::followup::emergency::{self, EmergencyFields, EmergencyStep, Shown};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use rules::followup::emergency::Duty;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An emergency to be recorded.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmergencySent {
    /// `relapse`, `harm_to_others`, `self_harm`, `drug_reaction`
    trigger: String,
    /// When it began, China's time or RFC 3339
    began_at: String,
    /// 0 to 5
    risk: u8,
    /// What happened
    words: String,
}

/// Programs of whoever is in charge: begins the record of an emergency.
#[utoipa::path(
    post, path = "/api/v1/smd-records/{id}/emergencies", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier of the record")),
    request_body = EmergencySent,
    responses(
        (status = 201, body = SmdCreated),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Refused by a rule"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn begin(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Body { value: sent, .. }: Body<EmergencySent>,
) -> Result<(StatusCode, Json<SmdCreated>), ApiFailure> {
    let EmergencySent { trigger, began_at, risk, words } = sent;
    let fields = EmergencyFields { trigger, began_at, risk: Some(risk), words };
    let id = emergency::begin(&site.app, &caller.scope, parsed(&id)?, &fields).await?;
    Ok((StatusCode::CREATED, Json(SmdCreated { id: id.to_string() })))
}

/// An emergency.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct EmergencyDocument {
    id: String,
    record: String,
    /// What set it off, how it was handled, the checks
    #[schema(value_type = Object)]
    emergency: Value,
    /// What is owed now: `tell_police`, `record`, `consent`, `check`, with its last instant
    #[schema(value_type = Vec<Object>)]
    owed: Vec<Duty>,
    #[schema(value_type = Vec<Object>)]
    words: Value,
    closed_at: Option<String>,
    /// To be sent with the next step
    version: i64,
}

fn emergency_document(shown: &Shown) -> EmergencyDocument {
    EmergencyDocument {
        id: shown.id.to_string(),
        record: shown.record.to_string(),
        emergency: serde_json::to_value(&shown.emergency).unwrap_or_default(),
        owed: shown.duties.clone(),
        words: serde_json::to_value(&shown.words).unwrap_or_else(|_| json!([])),
        closed_at: shown.closed_at.map(|at| at.to_string()),
        version: shown.version,
    }
}

/// Programs of whoever has the record in scope: one emergency with what is owed.
#[utoipa::path(
    get, path = "/api/v1/smd-emergencies/{id}", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier")),
    responses(
        (status = 200, body = EmergencyDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<EmergencyDocument>, ApiFailure> {
    let shown = emergency::show(&site.app, &caller.scope, parsed(&id)?).await?;
    Ok(Json(emergency_document(&shown)))
}

/// Something that was done in an emergency.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmergencyStepDocument {
    /// `handled`, `police_told`, `recorded`, `consented`, `check`
    step: String,
    /// Version that the caller saw
    version: Option<i64>,
    /// When; now where it is empty
    #[serde(default)]
    at: String,
    /// `handled`: `on_site`, `observation`, `admission`
    #[serde(default)]
    outcome: String,
    /// `check`: the person was stable
    stable: Option<bool>,
    #[serde(default)]
    words: String,
}

/// Programs of whoever is in charge: notes what was done in an emergency.
#[utoipa::path(
    post, path = "/api/v1/smd-emergencies/{id}/events", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier")),
    request_body = EmergencyStepDocument,
    responses(
        (status = 200, body = EmergencyDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "It is over, or changed meanwhile"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn act(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Body { value: sent, .. }: Body<EmergencyStepDocument>,
) -> Result<Json<EmergencyDocument>, ApiFailure> {
    let id = parsed(&id)?;
    let EmergencyStepDocument { step, version, at, outcome, stable, words } = sent;
    let fields = EmergencyStep { step, version, at, outcome, stable, words };
    emergency::act(&site.app, &caller.scope, id, &fields).await?;
    let shown = emergency::show(&site.app, &caller.scope, id).await?;
    Ok(Json(emergency_document(&shown)))
}
