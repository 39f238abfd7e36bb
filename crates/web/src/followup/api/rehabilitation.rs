//! `/api/v1/smd-records/{id}/rehabilitation` and `/api/v1/cases/{id}/follow-up`: what the register and a case of community
//! rehabilitation know of each other, for programs.

use crate::{
    Site,
    address::parsed,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request,
    },
    referral::words::code,
    session::Caller,
};
use app::{
    followup::{self, InHospital, SharedRisk, rehabilitation},
    referral,
};
use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;

/// An open case of the person.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdOpenCase {
    /// The case, where the caller may open it
    id: Option<String>,
    /// Its state, where the caller may open it
    state: Option<String>,
}

/// Whether the person of a record may be proposed for community rehabilitation.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdRehabilitation {
    /// What stands in the way: `not_reported`, `closed`, `in_hospital`, `lost`, `moving`, `not_assessed`, `assessed_long_ago`, `risk`, `unstable`, `physical_illness`, `adverse_reaction`
    obstacles: Vec<String>,
    /// The visit that says so
    assessed_on: Option<String>,
    /// An application or case that is open, for who is in charge of the record
    open_case: Option<SmdOpenCase>,
    /// The caller may begin an application
    may_apply: bool,
}

/// Programs of doctors and of the county's health side: whether the person of a record may be proposed for community rehabilitation.
#[utoipa::path(
    get, path = "/api/v1/smd-records/{id}/rehabilitation", tag = "follow-up",
    operation_id = "smd_rehabilitation",
    params(("id" = String, Path, description = "Identifier of the record")),
    responses(
        (status = 200, body = SmdRehabilitation),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn proposal(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SmdRehabilitation>, ApiFailure> {
    let found = rehabilitation::of_record(&site.app, &caller.scope, parsed(&id)?).await?;
    let open = found.open.map(|open| SmdOpenCase {
        id: open.seen.map(|(case, _)| case.to_string()),
        state: open.seen.map(|(_, state)| code(&state)),
    });
    Ok(Json(SmdRehabilitation {
        obstacles: found.obstacles.iter().map(|obstacle| obstacle.code().to_owned()).collect(),
        assessed_on: found.assessed_on.map(|on| on.to_string()),
        open_case: open,
        may_apply: found.may_apply,
    }))
}

/// What a case learns of the follow-up of its person: the shared risk grade, and that the person is in hospital.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CaseFollowUp {
    /// Shared risk grade, 0 to 5
    risk: Option<i64>,
    /// Day of the visit that found it
    risk_on: Option<String>,
    /// The person is in hospital
    in_hospital: bool,
    /// Since when, as far as it is known
    in_hospital_since: Option<String>,
}

/// Programs of who serves a case: what the follow-up of severe mental disorders shares with it; empty for everybody else.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/follow-up", tag = "follow-up",
    operation_id = "case_follow_up",
    params(("id" = String, Path, description = "Identifier of the case")),
    responses(
        (status = 200, body = CaseFollowUp),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn of_case(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<CaseFollowUp>, ApiFailure> {
    let (app, scope, id) = (&site.app, &caller.scope, request::id(&id)?);
    let found = referral::alone(app, scope, id, followup::for_case(app, scope, id)).await?;
    let on = |shared: SharedRisk| shared.on.to_string();
    let since = |stay: InHospital| stay.since.map(|day| day.to_string());
    Ok(Json(CaseFollowUp {
        risk: found.risk.map(|shared| shared.risk),
        risk_on: found.risk.map(on),
        in_hospital: found.hospital.is_some(),
        in_hospital_since: found.hospital.and_then(since),
    }))
}
