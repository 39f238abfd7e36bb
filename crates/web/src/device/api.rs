//! `/api/v1/devices`: phones of staff, for programs that keep accounts, such as one that manages a hospital's telephones.

use crate::{
    Site,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Asked},
    },
    session::Caller,
};
use app::device::{self, Device};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A phone that holds a caseload without a network.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DeviceDocument {
    /// Identifier.
    id: String,
    /// What its holder calls it.
    name: String,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last in contact.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// When it last got a caseload.
    #[schema(value_type = Option<String>, format = DateTime)]
    handed_at: Option<Timestamp>,
    /// Of how many persons.
    handed_rows: i64,
    /// Visits that waited there at the last contact.
    waiting: i64,
    /// By how many seconds its clock was ahead at the last contact.
    clock_seconds: i64,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    /// When the revoked phone told that it holds nothing any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    wiped_at: Option<Timestamp>,
}

impl From<Device> for DeviceDocument {
    fn from(found: Device) -> DeviceDocument {
        DeviceDocument {
            id: found.id.to_string(),
            name: found.name,
            created_at: found.created_at,
            seen_at: found.seen_at,
            handed_at: found.handed_at,
            handed_rows: found.handed_rows,
            waiting: found.waiting,
            clock_seconds: found.clock_seconds,
            revoked_at: found.revoked_at,
            wiped_at: found.wiped_at,
        }
    }
}

/// Phones.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DeviceList {
    /// The latest first, a hundred at most.
    pub devices: Vec<DeviceDocument>,
}

/// Whose phones.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeviceQuery {
    /// Identifier of the account.
    account: String,
}

/// Programs of security administrators: the phones of an account.
#[utoipa::path(get, path = "/api/v1/devices", tag = "devices", params(DeviceQuery), responses(
    (status = 200, body = DeviceList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<DeviceQuery>,
) -> Result<Json<DeviceList>, ApiFailure> {
    let found = device::of_account(&site.app, &caller.scope, request::id(&asked.account)?).await?;
    Ok(Json(DeviceList { devices: found.into_iter().map(DeviceDocument::from).collect() }))
}

/// Programs of security administrators: takes a phone out of use. At its next contact it deletes what it holds, also what was not
/// sent. A second time changes nothing.
#[utoipa::path(post, path = "/api/v1/devices/{id}/revoke", tag = "devices", params(("id" = String, Path)), responses(
    (status = 204),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn revoke(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiFailure> {
    device::revoke_of(&site.app, &caller.scope, request::id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
