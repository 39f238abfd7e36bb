//! `/api/v1/rights`: requests of persons and their answers, for programs.

use crate::{
    Site,
    api::{
        cursor,
        problem::{ApiFailure, ProblemDocument},
        request::{self, Asked, Body},
    },
    session::Caller,
};
use app::rights::{self, Answer, PAGE, Part, Request, Whole};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A request.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RightDocument {
    /// Identifier.
    id: String,
    /// `copy`, `correction`, `deletion`, `explanation` or `complaint`.
    kind: String,
    /// The person's name as the caller may see it.
    name: String,
    /// A guardian asked.
    guardian: bool,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// The last day for the answer.
    #[schema(format = Date)]
    due_on: String,
    /// That day is over and nobody answered.
    overdue: bool,
    /// When it was answered.
    #[schema(value_type = Option<String>, format = DateTime)]
    answered_at: Option<Timestamp>,
    /// `granted`, `partly` or `refused`.
    outcome: Option<String>,
    /// The ground of a no.
    ground: Option<String>,
    /// What was asked; only of a single request.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
    /// What was answered; only of a single request.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

impl RightDocument {
    fn new(request: Request, now: Timestamp) -> RightDocument {
        RightDocument {
            id: request.id.to_string(),
            overdue: request.answered_at.is_none() && request.due_at <= now,
            kind: request.kind,
            name: request.name,
            guardian: request.guardian,
            asked_at: request.asked_at,
            due_on: request.due_on.to_string(),
            answered_at: request.answered_at,
            outcome: request.outcome,
            ground: request.ground,
            words: None,
            answer: None,
        }
    }

    fn whole(whole: Whole, now: Timestamp) -> RightDocument {
        let (words, answer) = (Some(whole.words), whole.answer);
        RightDocument { words, answer, ..RightDocument::new(whole.request, now) }
    }
}

/// Requests.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RightList {
    /// Open ones first due first, answered ones latest first.
    pub requests: Vec<RightDocument>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which requests.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RightQuery {
    /// Those answered; otherwise those that wait.
    #[serde(default)]
    answered: bool,
    /// `next` of the page before.
    after: Option<String>,
}

/// What is asked for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskEntry {
    /// `copy`, `correction`, `deletion`, `explanation` or `complaint`.
    kind: String,
    /// In the person's words.
    words: String,
}

/// An answer.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerEntry {
    /// `granted`, `partly` or `refused`.
    outcome: String,
    /// The ground of a no, or of a yes to a part: a code of `data/rights.toml`.
    ground: Option<String>,
    /// What is told to the person.
    words: String,
}

/// Programs of the person and of the county's desk: requests that concern the caller. The read is logged.
#[utoipa::path(get, path = "/api/v1/rights", tag = "rights", params(RightQuery), responses(
    (status = 200, body = RightList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<RightQuery>,
) -> Result<Json<RightList>, ApiFailure> {
    let part = if asked.answered { Part::Answered } else { Part::Open };
    let after = asked.after.as_deref().map(cursor::read).transpose()?;
    let found = rights::list(&site.app, &caller.scope, part, after).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == PAGE;
    let next = found.last().filter(|_| full).map(|last| cursor::write(rights::key(last)));
    let now = site.app.now();
    let requests = found.into_iter().map(|request| RightDocument::new(request, now)).collect();
    Ok(Json(RightList { requests, next }))
}

/// Programs of the person or guardian: asks for something.
#[utoipa::path(post, path = "/api/v1/rights", tag = "rights", request_body = AskEntry, responses(
    (status = 201, body = RightDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn ask(
    State(site): State<Site>,
    caller: Caller,
    body: Body<AskEntry>,
) -> Result<(StatusCode, Json<RightDocument>), ApiFailure> {
    let AskEntry { kind, words } = body.value;
    let id = rights::ask(&site.app, &caller.scope, &kind, &words).await?;
    let whole = rights::show(&site.app, &caller.scope, id).await?;
    Ok((StatusCode::CREATED, Json(RightDocument::whole(whole, site.app.now()))))
}

/// Programs of the person and of the county's desk: one request with its words. The read is logged.
#[utoipa::path(get, path = "/api/v1/rights/{id}", tag = "rights", params(("id" = String, Path)), responses(
    (status = 200, body = RightDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<RightDocument>, ApiFailure> {
    let whole = rights::show(&site.app, &caller.scope, request::id(&id)?).await?;
    Ok(Json(RightDocument::whole(whole, site.app.now())))
}

/// Programs of the county's desk: answers a request, once.
#[utoipa::path(post, path = "/api/v1/rights/{id}/answer", tag = "rights", params(("id" = String, Path)),
    request_body = AnswerEntry, responses(
    (status = 200, body = RightDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn answer(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<AnswerEntry>,
) -> Result<Json<RightDocument>, ApiFailure> {
    let AnswerEntry { outcome, ground, words } = body.value;
    let given = Answer { outcome, ground, words };
    let whole = rights::answer(&site.app, &caller.scope, request::id(&id)?, &given).await?;
    Ok(Json(RightDocument::whole(whole, site.app.now())))
}
