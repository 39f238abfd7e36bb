//! `/api/v1/messages`: messages to people who do not read here, and that they were told by telephone or letter.

use super::{
    cursor,
    mirror::mirror,
    problem::{ApiFailure, ProblemDocument},
    request::{self, Asked, Body},
};
use crate::{Site, session::Caller};
use app::{
    id::Id,
    referral::telling::{self, Outside, TELLING_PAGE},
};
use axum::{
    Json,
    extract::{Path, State},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

mirror! {
    /// A message to somebody who does not read here.
    OutsideDocument of Outside {
        /// Identifier.
        #[schema(value_type = String)]
        id: Id,
        /// The case.
        #[schema(value_type = String)]
        referral: Id,
        /// Kind, such as `registration_notice`.
        kind: String,
        /// Whom it is for: `client`, `guardian` or `police`.
        party: String,
        /// How far it has come: `queued`, `sent`, `received`, `read` or `answered`.
        delivery: String,
        /// An answer is wanted by this day.
        #[schema(value_type = Option<String>, format = Date)]
        due_on: Option<Date>,
        /// When it was written.
        #[schema(value_type = String, format = DateTime)]
        created_at: Timestamp,
        /// On which day the person was told; `null` while nobody did.
        #[schema(value_type = Option<String>, format = Date)]
        told_on: Option<Date>,
        /// How: `phone`, `in_person` or `letter`.
        told_way: Option<String>,
        /// Who noted it.
        told_by: Option<String>,
        /// When it was noted.
        #[schema(value_type = Option<String>, format = DateTime)]
        told_at: Option<Timestamp>,
        /// Number of the case.
        number: Option<String>,
        /// The client's name as the caller may see it.
        name: String,
        /// State of the case.
        state: String,
    }
}

/// Messages to people outside.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OutsideList {
    /// Of a case the latest first, of the caller's duty the oldest first.
    pub messages: Vec<OutsideDocument>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which page.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ToTellQuery {
    /// `next` of the page before.
    after: Option<String>,
}

/// How somebody was told.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TellingEntry {
    /// `phone`, `in_person` or `letter`.
    way: String,
    /// On which day: not before the message was written, not after today.
    #[schema(value_type = String, format = Date)]
    on: Date,
}

/// Programs of case managers and the county's desk: whom the caller is to tell, the oldest message first. The read is
/// logged.
#[utoipa::path(get, path = "/api/v1/messages", tag = "messages", params(ToTellQuery), responses(
    (status = 200, body = OutsideList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn to_tell(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<ToTellQuery>,
) -> Result<Json<OutsideList>, ApiFailure> {
    let after = asked.after.as_deref().map(cursor::read).transpose()?;
    let found = telling::to_tell(&site.app, &caller.scope, after).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == TELLING_PAGE;
    let next = found.last().filter(|_| full).map(|last| cursor::write((last.created_at, last.id)));
    Ok(Json(OutsideList { messages: found.into_iter().map(Into::into).collect(), next }))
}

/// Programs of case managers and the county's desk: the messages of a case to people outside, told or not.
#[utoipa::path(get, path = "/api/v1/cases/{id}/messages", tag = "messages", params(("id" = String, Path)),
    responses(
    (status = 200, body = OutsideList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn of_case(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<OutsideList>, ApiFailure> {
    let found = telling::of_case(&site.app, &caller.scope, request::id(&id)?).await?;
    Ok(Json(OutsideList { messages: found.into_iter().map(Into::into).collect(), next: None }))
}

/// Programs of case managers and the county's desk: notes that the person was told. A second time changes nothing and
/// answers with what stands.
#[utoipa::path(post, path = "/api/v1/messages/{id}/told", tag = "messages", params(("id" = String, Path)),
    request_body = TellingEntry, responses(
    (status = 200, body = OutsideDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn tell(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<TellingEntry>,
) -> Result<Json<OutsideDocument>, ApiFailure> {
    let TellingEntry { way, on } = body.value;
    Ok(Json(telling::tell(&site.app, &caller.scope, request::id(&id)?, &way, on).await?.into()))
}

/// Programs of case managers and the county's desk: takes that note back. A second time changes nothing.
#[utoipa::path(post, path = "/api/v1/messages/{id}/not-told", tag = "messages", params(("id" = String, Path)),
    responses(
    (status = 200, body = OutsideDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn untell(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<OutsideDocument>, ApiFailure> {
    Ok(Json(telling::untell(&site.app, &caller.scope, request::id(&id)?).await?.into()))
}
