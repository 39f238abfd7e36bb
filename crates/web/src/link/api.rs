//! `/api/v1/pairs`: possible doubles for programs, masked as on the pages.

use super::{Asked, next};
use crate::{
    Site,
    api::problem::{ApiFailure, ProblemDocument},
    person::api::PersonDocument,
    session::Caller,
};
use app::link::{self, Listed, Registration};
use axum::{
    Json,
    extract::{Query, State},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

/// One side of a pair.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RegistrationDocument {
    /// The person; one who was merged since is shown as before.
    pub person: PersonDocument,
    /// Who sent the lists or applications that speak for the person.
    pub senders: Vec<String>,
}

/// Two persons who may be one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PairDocument {
    /// Identifier.
    pub id: String,
    /// One of them.
    pub left: RegistrationDocument,
    /// The other.
    pub right: RegistrationDocument,
    /// How probable it is that they are one, 0 to 1.
    pub probability: f64,
    /// `open`, `same` or `different`.
    pub state: String,
    /// Who took it on; `null` while nobody did.
    pub owner: Option<String>,
    /// When it was found.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// To be decided by this day.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// When it was decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    /// Changes so far.
    pub version: i64,
}

/// A page of the queue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PairList {
    /// The earliest due first.
    pub pairs: Vec<PairDocument>,
    /// Pass as `after` for the next page; `null` on the last.
    pub next: Option<String>,
}

impl From<Registration> for RegistrationDocument {
    fn from(side: Registration) -> Self {
        RegistrationDocument { person: side.person.into(), senders: side.senders }
    }
}

impl From<Listed> for PairDocument {
    fn from(Listed { pair, owner, left, right }: Listed) -> Self {
        PairDocument {
            id: pair.id.to_string(),
            left: left.into(),
            right: right.into(),
            probability: pair.probability,
            state: pair.state,
            owner,
            created_at: pair.created_at,
            due_on: pair.due_on,
            decided_at: pair.decided_at,
            version: pair.version,
        }
    }
}

/// Programs of the referral desk and civil affairs: possible doubles, the earliest due first. The read is logged.
#[utoipa::path(get, path = "/api/v1/pairs", tag = "persons",
    params(
        ("state" = Option<String>, Query, description = "`open`, `same` or `different`; `open` where it is left out"),
        ("after" = Option<String>, Query, description = "`next` of the page before")
    ),
    responses(
    (status = 200, body = PairList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<PairList>, ApiFailure> {
    if !["", asked.state()].contains(&asked.state.as_str()) {
        return Err(ProblemDocument::invalid("state", "unknown_choice").into());
    }
    if !asked.after.is_empty() && asked.after().is_none() {
        return Err(ProblemDocument::invalid("after", "cursor_invalid").into());
    }
    let pairs = link::listed(&site.app, &caller.scope, asked.state(), asked.after()).await?;
    Ok(Json(PairList { next: next(&pairs), pairs: pairs.into_iter().map(Into::into).collect() }))
}
