//! `/api/v1/supervision`: the same list, sessions and steps for programs.

use crate::{
    Site,
    api::{
        cursor,
        problem::{ApiFailure, ProblemDocument},
        request::{self, Asked, Body},
    },
    session::Caller,
};
use app::{
    id::Id,
    supervision::{self, BookingEntry, DueLine, Session, StepEntry},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use rules::workforce::SupervisionDue;
use serde::{Deserialize, Serialize};

/// A session.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SupervisionDocument {
    id: String,
    /// To be sent with the next step
    version: i64,
    worker: String,
    worker_name: String,
    supervisor: String,
    supervisor_name: String,
    supervisor_organisation: String,
    #[schema(value_type = String, format = DateTime)]
    starts: jiff::Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends: jiff::Timestamp,
    /// `room`, `video`, `phone`
    way: &'static str,
    /// `booked`, `held`, `missed`, `cancelled`
    state: &'static str,
    /// For the two who meet alone, of a single session
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minutes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What the caller may say of it now, of a single session
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    steps: Vec<&'static str>,
}

impl SupervisionDocument {
    fn new(session: Session) -> SupervisionDocument {
        SupervisionDocument {
            id: session.id.to_string(),
            version: session.version,
            worker: session.worker.to_string(),
            worker_name: session.worker_name,
            supervisor: session.supervisor.to_string(),
            supervisor_name: session.supervisor_name,
            supervisor_organisation: session.supervisor_organisation,
            starts: session.starts,
            ends: session.ends,
            way: session.way.code(),
            state: session.state.code(),
            topic: None,
            minutes: None,
            reason: None,
            steps: Vec::new(),
        }
    }
}

/// A case worker, and whether the session of the month was held.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SupervisionDueDocument {
    worker: String,
    name: String,
    #[schema(value_type = Option<String>, format = Date)]
    last: Option<jiff::civil::Date>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next: Option<jiff::Timestamp>,
    /// `overdue` since `on`, due `by` it, or `held` on it
    state: &'static str,
    #[schema(value_type = String, format = Date)]
    on: jiff::civil::Date,
}

impl SupervisionDueDocument {
    fn new(line: DueLine) -> SupervisionDueDocument {
        let (state, on) = match line.due {
            SupervisionDue::Overdue(on) => ("overdue", on),
            SupervisionDue::By(on) => ("by", on),
            SupervisionDue::Held(on) => ("held", on),
        };
        SupervisionDueDocument {
            worker: line.worker.to_string(),
            name: line.name,
            last: line.last,
            next: line.next,
            state,
            on,
        }
    }
}

/// Sessions, and who is due.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SupervisionPage {
    /// The latest first
    items: Vec<SupervisionDocument>,
    /// Pass as `after` for the next page
    next: Option<String>,
    /// Case workers of the house for its manager, the own line for a case worker; those who are overdue first
    due: Vec<SupervisionDueDocument>,
}

/// Which part of the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SupervisionQuery {
    /// `next` of the page before.
    after: Option<String>,
}

/// Programs of managers, case workers and who supervises: the caller's sessions and who is due. The read is logged.
#[utoipa::path(get, path = "/api/v1/supervision", tag = "supervision", params(SupervisionQuery), responses(
    (status = 200, body = SupervisionPage),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<SupervisionQuery>,
) -> Result<Json<SupervisionPage>, ApiFailure> {
    let before = asked.after.as_deref().map(cursor::read).transpose()?;
    let found = supervision::list(&site.app, &caller.scope, before).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == supervision::PAGE;
    let next = found.last().filter(|_| full).map(|last| cursor::write((last.starts, last.id)));
    let due = supervision::due(&site.app, &caller.scope).await?;
    Ok(Json(SupervisionPage {
        items: found.into_iter().map(SupervisionDocument::new).collect(),
        next,
        due: due.into_iter().map(SupervisionDueDocument::new).collect(),
    }))
}

/// A session to be booked.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupervisionBooking {
    /// Account of the case worker; left out by case workers, who book for themselves
    #[serde(default)]
    worker: String,
    /// Account of who supervises: of the house, or a doctor of a hospital of the county
    supervisor: String,
    /// The day
    on: String,
    /// The hour, such as `14:30`
    start: String,
    /// How long
    minutes: u32,
    /// `room`, `video`, `phone`
    way: String,
    #[serde(default)]
    topic: String,
}

async fn shown(site: &Site, caller: &Caller, id: Id) -> Result<SupervisionDocument, ApiFailure> {
    let found = supervision::show(&site.app, &caller.scope, id).await?;
    let content = found.content;
    Ok(SupervisionDocument {
        topic: content.as_ref().map(|content| content.topic.clone()),
        minutes: content.as_ref().map(|content| content.minutes.clone()),
        reason: content.map(|content| content.reason),
        steps: found.steps.into_iter().map(rules::workforce::SupervisionStep::code).collect(),
        ..SupervisionDocument::new(found.session)
    })
}

/// Programs of managers and case workers: books a session. The same booking sent twice is refused as an overlap.
#[utoipa::path(post, path = "/api/v1/supervision", tag = "supervision", request_body = SupervisionBooking, responses(
    (status = 201, body = SupervisionDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn book(
    State(site): State<Site>,
    caller: Caller,
    body: Body<SupervisionBooking>,
) -> Result<(StatusCode, Json<SupervisionDocument>), ApiFailure> {
    let sent = body.value;
    let entry = BookingEntry {
        worker: sent.worker,
        supervisor: sent.supervisor,
        on: sent.on,
        start: sent.start,
        minutes: sent.minutes.to_string(),
        way: sent.way,
        topic: sent.topic,
    };
    let id = supervision::book(&site.app, &caller.scope, &entry).await?;
    Ok((StatusCode::CREATED, Json(shown(&site, &caller, id).await?)))
}

/// Programs of the two who meet, and of the manager: one session; what was talked about for the two alone. The read is logged.
#[utoipa::path(get, path = "/api/v1/supervision/{id}", tag = "supervision", params(("id" = String, Path)), responses(
    (status = 200, body = SupervisionDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SupervisionDocument>, ApiFailure> {
    Ok(Json(shown(&site, &caller, request::id(&id)?).await?))
}

/// What became of a session.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupervisionStepEntry {
    /// `hold` by who supervised, `miss`, `cancel` before it begins
    step: String,
    /// The version that was seen
    version: i64,
    /// What was talked about, where it was held
    #[serde(default)]
    minutes: String,
    /// Why, where it was missed or called off
    #[serde(default)]
    reason: String,
}

/// Programs of the two who meet, and of the manager: says what became of a session.
#[utoipa::path(post, path = "/api/v1/supervision/{id}/step", tag = "supervision", params(("id" = String, Path)),
    request_body = SupervisionStepEntry, responses(
    (status = 200, body = SupervisionDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn step(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<SupervisionStepEntry>,
) -> Result<Json<SupervisionDocument>, ApiFailure> {
    let (id, sent) = (request::id(&id)?, body.value);
    let entry =
        StepEntry { step: sent.step, version: sent.version, minutes: sent.minutes, reason: sent.reason };
    supervision::step(&site.app, &caller.scope, id, &entry).await?;
    Ok(Json(shown(&site, &caller, id).await?))
}
