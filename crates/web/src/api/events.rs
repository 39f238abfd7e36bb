//! `/api/v1/cases/{id}/events`: what happened, and the one door through which a case is moved.

use super::{
    cases::{Forms, answer},
    command,
    document::EventList,
    problem::{ApiFailure, ProblemDocument},
    request::{self, Asked, Body},
};
use crate::{Site, session::Caller};
use app::{
    Error,
    id::Id,
    referral::{self, Order, Written},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use serde_json::Value;

/// Events told with a changed case at most.
const TOLD: i64 = 50;

/// From where on.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Only events after this sequence number.
    #[serde(default)]
    since: i64,
    /// Rows at most, 1 to 200.
    limit: Option<i64>,
}

/// Programs: the events of a case after a sequence number, oldest first.
#[utoipa::path(get, path = "/api/v1/cases/{id}/events", tag = "cases",
    params(("id" = String, Path), EventQuery), responses(
    (status = 200, body = EventList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<EventQuery>,
) -> Result<Json<EventList>, ApiFailure> {
    let limit = asked.limit.unwrap_or(100);
    let found = referral::since(&site.app, &caller.scope, request::id(&id)?, asked.since, limit).await?;
    let since = found.last().map_or(asked.since, |last| last.sequence);
    Ok(Json(EventList { events: found.into_iter().map(Into::into).collect(), since }))
}

/// A command on a case.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandEntry {
    /// Name of the command; `GET /api/v1/cases/{id}/actions` lists those that are possible.
    pub(crate) name: String,
    /// Its data, as described under `Command`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) data: Value,
    /// The version of the case that the caller has seen; `If-Match` says the same.
    expected_version: Option<i64>,
    /// Forms handed in with it, by code.
    #[serde(default)]
    #[schema(value_type = Object)]
    forms: Forms,
    /// For somebody who is related to the person in this way, where the caller is only the agent: `self`, `spouse`,
    /// `parent`, …
    on_behalf_of: Option<String>,
}

/// Programs: carries a command out on a case.
#[utoipa::path(post, path = "/api/v1/cases/{id}/events", tag = "cases", request_body = CommandEntry,
    params(("id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "version of the case that the caller has seen"),
        ("Idempotency-Key" = Option<String>, Header, description = "the same key gets the first answer for a day")),
    responses(
    (status = 200, body = super::cases::OutcomeDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn act(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body<CommandEntry>,
) -> Result<Response, ApiFailure> {
    let id = request::id(&id)?;
    let once = request::once(&headers, &format!("/api/v1/cases/{id}/events"), &body.bytes)?;
    let expected = match (body.value.expected_version, request::if_match(&headers)?) {
        (Some(one), Some(other)) if one != other => {
            return Err(ProblemDocument::invalid("expected_version", "versions_differ").into());
        }
        (one, other) => one.or(other),
    };
    let entry = body.value;
    let forms: Vec<Written> =
        entry.forms.into_iter().map(|(code, data)| Written::new(&site.app, code, data, id)).collect();
    let command = command::read(&entry.name, entry.data, &forms)?;
    let order = Order { command, forms, expected };
    let scope = &caller.scope;
    let actor = match entry.on_behalf_of.as_deref() {
        Some(relation) => scope.actor_for(referral::principal(relation)),
        None => scope.actor(),
    };
    match referral::perform_once(&site.app, scope, &actor, Some(id), &order, once.as_ref()).await {
        Ok(outcome) => Ok(answer(StatusCode::OK, &outcome)),
        Err(Error::Changed { expected, found }) => Err(changed(&site, &caller, id, expected, found).await),
        Err(error) => Err(error.into()),
    }
}

/// Who comes second is told what happened meanwhile.
async fn changed(site: &Site, caller: &Caller, id: Id, expected: i64, found: i64) -> ApiFailure {
    let events = match referral::since(&site.app, &caller.scope, id, expected, TOLD).await {
        Ok(events) => events,
        // Who may not read the history still learns the version.
        Err(Error::Forbidden) => Vec::new(),
        Err(error) => return error.into(),
    };
    let mut document = ProblemDocument::new("changed", StatusCode::CONFLICT);
    document.version = Some(found);
    document.events = events.into_iter().map(Into::into).collect();
    document.into()
}
