//! `/api/v1/institutions`: the same list, record and actions for programs.

use super::list::Asked;
use crate::{
    Site,
    address::parsed,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Body},
    },
    session::Caller,
};
use app::institution::{self, Action, Institution, Past, list};
use axum::{
    Json,
    extract::{Path, State},
};
use rules::institution::Places;
use serde::{Deserialize, Serialize};

/// Places of an institution; free ones are counted.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PlacesDocument {
    contracted: u32,
    in_service: u32,
    reserved: u32,
    blocked: u32,
    /// contracted − in service − reserved − blocked; below zero when places in use were blocked
    free: i64,
}

impl From<Places> for PlacesDocument {
    fn from(places: Places) -> Self {
        PlacesDocument {
            contracted: places.contracted,
            in_service: places.in_service,
            reserved: places.reserved,
            blocked: places.blocked,
            free: places.free(),
        }
    }
}

/// One line of the list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct InstitutionLine {
    id: String,
    name: String,
    /// Unified social credit code
    credit_code: String,
    kind: String,
    /// 12-digit statistical code of the place
    division: i64,
    phone: String,
    /// Services S1 to S16
    services: Vec<String>,
    places: PlacesDocument,
    state: String,
    /// 0 same village, 1 town, 2 county, 3 prefecture, 4 province, 5 farther; present when `near` is given
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<i64>,
}

/// A page of the list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct InstitutionPage {
    items: Vec<InstitutionLine>,
    /// Pass as `after` for the next page
    next: Option<String>,
    /// How many there are with this filter
    total: i64,
}

/// Programs of roles that see the library: institutions within the caller's scope, nearest first.
#[utoipa::path(
    get, path = "/api/v1/institutions", tag = "institutions",
    params(
        ("q" = Option<String>, Query, description = "Part of the name, or the beginning of the credit code"),
        ("state" = Option<String>, Query, description = "Library state"),
        ("kind" = Option<String>, Query, description = "Kind of institution"),
        ("service" = Option<String>, Query, description = "Service S1 to S16"),
        ("free" = Option<String>, Query, description = "1: only with a free place"),
        ("near" = Option<String>, Query, description = "Division code; nearest first"),
        ("after" = Option<String>, Query, description = "Identifier of the last institution of the page before")
    ),
    responses(
        (status = 200, body = InstitutionPage),
        (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    request::Asked(asked): request::Asked<Asked>,
) -> Result<Json<InstitutionPage>, ApiFailure> {
    let filter = asked.filter();
    let found = list::page(&site.app, &caller.scope, &filter).await?;
    let line = |line: list::Line| InstitutionLine {
        id: line.id.to_string(),
        name: line.name,
        credit_code: line.credit_code,
        kind: line.kind,
        division: line.division,
        phone: line.phone,
        services: line.services,
        places: line.places.into(),
        state: line.state,
        distance: filter.near.map(|_| line.distance),
    };
    Ok(Json(InstitutionPage {
        items: found.lines.into_iter().map(line).collect(),
        next: found.next.map(|id| id.to_string()),
        total: found.total,
    }))
}

/// What the caller may do with the record now.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OfferDocument {
    /// Name of the action, as in `POST …/events`; `edit` is the form of the profile
    action: String,
    /// Code of what stands in the way
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    /// Values of the refusal
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    values: std::collections::BTreeMap<String, String>,
}

/// One institution.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct InstitutionDocument {
    id: String,
    /// To be sent with the next action
    version: i64,
    state: String,
    #[schema(value_type = Object)]
    profile: institution::Profile,
    county: i64,
    places: PlacesDocument,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_reason: Option<String>,
    answered_in_time: i64,
    answered: i64,
    actions: Vec<OfferDocument>,
    #[schema(value_type = Vec<Object>)]
    history: Vec<Past>,
}

async fn document(
    site: &Site,
    caller: &Caller,
    found: Institution,
) -> Result<InstitutionDocument, ApiFailure> {
    let offers = institution::actions(&caller.scope, &found, site.app.now());
    let history = institution::history(&site.app, &caller.scope, &found).await?;
    let offer = |offer: rules::institution::library::LibraryOffer| OfferDocument {
        action: offer.command.to_owned(),
        values: offer.refusal.as_ref().map(|r| r.values.clone()).unwrap_or_default(),
        refusal: offer.refusal.map(|refusal| refusal.code),
    };
    Ok(InstitutionDocument {
        id: found.id.to_string(),
        version: found.version,
        state: found.entry.state.code().to_owned(),
        county: found.county,
        places: found.places.into(),
        block_reason: found.block_reason,
        answered_in_time: found.answered.0,
        answered: found.answered.1,
        profile: found.profile,
        actions: offers.into_iter().map(offer).collect(),
        history,
    })
}

/// Programs of roles that see the library: one institution within the caller's scope, with what may be done now.
#[utoipa::path(
    get, path = "/api/v1/institutions/{id}", tag = "institutions",
    params(("id" = String, Path, description = "Identifier")),
    responses(
        (status = 200, body = InstitutionDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn get(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<InstitutionDocument>, ApiFailure> {
    let found = institution::get(&site.app, &caller.scope, parsed(&id)?).await?;
    Ok(Json(document(&site, &caller, found).await?))
}

/// An action upon the version that the caller saw.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct ActionDocument {
    /// Version that the caller saw
    version: i64,
    /// submit, approve_county, return, confirm, announce, state, keep, remove, suspend, resume, leave, contract, block
    #[schema(value_type = Object)]
    #[serde(flatten)]
    action: Action,
}

/// Programs of owner, county or prefecture, as the rules say: carries out an action; answers with the new state.
#[utoipa::path(
    post, path = "/api/v1/institutions/{id}/events", tag = "institutions",
    params(("id" = String, Path, description = "Identifier")),
    request_body = ActionDocument,
    responses(
        (status = 200, body = InstitutionDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Refused by a rule, or changed meanwhile"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn act(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Body { value: sent, .. }: Body<ActionDocument>,
) -> Result<Json<InstitutionDocument>, ApiFailure> {
    let id = parsed(&id)?;
    institution::act(&site.app, &caller.scope, id, sent.version, &sent.action).await?;
    let found = institution::get(&site.app, &caller.scope, id).await?;
    Ok(Json(document(&site, &caller, found).await?))
}
