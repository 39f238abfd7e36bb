//! `/api/v1/conferences`: case conferences for programs.

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
    agreed::Agreed,
    conference::{self, AgreeEntry, CaseEntry, Line, MinutesEntry, PartEntry, PlanEntry, StepEntry},
    id::Id,
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};

/// A conference.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ConferenceDocument {
    id: String,
    /// To be sent with the next step
    version: i64,
    title: String,
    organisation_name: String,
    planner_name: String,
    chair: String,
    chair_name: String,
    #[schema(value_type = String, format = DateTime)]
    starts: jiff::Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends: jiff::Timestamp,
    /// `room`, `online`, `both`
    way: &'static str,
    /// `planned`, `held`, `cancelled`
    state: &'static str,
    /// Number of the latest minutes; 0 before there are any
    minutes: i64,
    /// Number of the minutes that the chair confirmed last
    confirmed: i64,
}

impl From<Line> for ConferenceDocument {
    fn from(line: Line) -> Self {
        let one = line.conference;
        ConferenceDocument {
            id: one.id.to_string(),
            version: one.version,
            title: line.title,
            organisation_name: one.organisation_name,
            planner_name: one.planner_name,
            chair: one.chair.to_string(),
            chair_name: one.chair_name,
            starts: one.starts,
            ends: one.ends,
            way: one.way.code(),
            state: one.state.code(),
            minutes: one.minutes,
            confirmed: one.confirmed,
        }
    }
}

/// Conferences.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ConferencePage {
    /// The latest first
    items: Vec<ConferenceDocument>,
    /// Pass as `after` for the next page
    next: Option<String>,
}

/// Somebody who takes part.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ConferencePerson {
    number: i64,
    /// Nothing for whoever has no account
    account: Option<String>,
    name: String,
    organisation: String,
}

/// A client who is talked about.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ConferenceClient {
    number: i64,
    /// `case`, `record`
    kind: String,
    /// The case or record, where it is the caller's
    id: Option<String>,
    /// A surname and a star where the case is not the caller's
    name: String,
    question: String,
}

/// The minutes about one client.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConferencePart {
    /// The client's place in the list
    number: i64,
    situation: String,
    #[serde(default)]
    opinions: String,
    decisions: String,
}

/// A version of the minutes.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ConferenceMinutes {
    number: i64,
    /// Places in the list of those who came
    came: Vec<i64>,
    general: String,
    parts: Vec<ConferencePart>,
    /// Why it was corrected
    reason: String,
    by: String,
    #[schema(value_type = String, format = DateTime)]
    at: jiff::Timestamp,
    confirmed_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<jiff::Timestamp>,
}

/// Something that was agreed on.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AgreedDocument {
    id: String,
    what: String,
    owner_name: String,
    #[schema(value_type = String, format = Date)]
    due_on: jiff::civil::Date,
    #[schema(value_type = Option<String>, format = DateTime)]
    done_at: Option<jiff::Timestamp>,
    note: String,
}

impl From<Agreed> for AgreedDocument {
    fn from(task: Agreed) -> Self {
        AgreedDocument {
            id: task.id.to_string(),
            what: task.what,
            owner_name: task.owner_name,
            due_on: task.due_on,
            done_at: task.done_at,
            note: task.note,
        }
    }
}

/// A conference with everything that concerns it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ConferenceWhole {
    #[serde(flatten)]
    conference: ConferenceDocument,
    place: String,
    /// Why it was put off or called off
    reason: String,
    persons: Vec<ConferencePerson>,
    clients: Vec<ConferenceClient>,
    /// The latest first
    minutes_versions: Vec<ConferenceMinutes>,
    tasks: Vec<AgreedDocument>,
    /// What the caller may do now
    #[schema(value_type = Vec<String>)]
    steps: Vec<&'static str>,
}

/// Which part of the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConferenceQuery {
    /// `next` of the page before.
    after: Option<String>,
}

/// Programs of who takes part in any: the caller's conferences. The read is logged.
#[utoipa::path(get, path = "/api/v1/conferences", tag = "conferences", params(ConferenceQuery), responses(
    (status = 200, body = ConferencePage),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<ConferenceQuery>,
) -> Result<Json<ConferencePage>, ApiFailure> {
    let before = asked.after.as_deref().map(cursor::read).transpose()?;
    let found = conference::list(&site.app, &caller.scope, before).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == conference::PAGE;
    let next =
        found.last().filter(|_| full).map(|last| cursor::write((last.conference.starts, last.conference.id)));
    Ok(Json(ConferencePage { items: found.into_iter().map(ConferenceDocument::from).collect(), next }))
}

/// A client to be talked about.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConferenceClientEntry {
    /// `case`, `record`
    kind: String,
    id: String,
    question: String,
}

/// A conference to be planned.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConferenceEntry {
    title: String,
    /// The day
    on: String,
    /// The hour, such as `14:30`
    start: String,
    /// How long
    minutes: u32,
    /// `room`, `online`, `both`
    way: String,
    /// Where, or how to join
    place: String,
    /// Account of who leads it; the caller where it is left out
    #[serde(default)]
    chair: String,
    /// Accounts of who takes part, of the county, or doctors of hospitals of the prefecture
    #[serde(default)]
    persons: Vec<String>,
    /// People without an account, one a line: name, organisation
    #[serde(default)]
    outside: String,
    clients: Vec<ConferenceClientEntry>,
    /// The person or guardian was told who takes part, and agrees
    #[serde(default)]
    agreed: bool,
}

/// Programs of who has cases or records: plans a conference. With an `Idempotency-Key` it is planned once.
#[utoipa::path(post, path = "/api/v1/conferences", tag = "conferences", request_body = ConferenceEntry,
    params(("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, body = ConferenceWhole),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn plan(
    State(site): State<Site>,
    caller: Caller,
    headers: HeaderMap,
    body: Body<ConferenceEntry>,
) -> Result<(StatusCode, Json<ConferenceWhole>), ApiFailure> {
    let once = request::once(&headers, "/api/v1/conferences", &body.bytes)?;
    let sent = body.value;
    let client =
        |one: ConferenceClientEntry| CaseEntry { kind: one.kind, id: one.id, question: one.question };
    let entry = PlanEntry {
        title: sent.title,
        on: sent.on,
        start: sent.start,
        minutes: sent.minutes.to_string(),
        way: sent.way,
        place: sent.place,
        chair: sent.chair,
        persons: sent.persons,
        outside: sent.outside,
        cases: sent.clients.into_iter().map(client).collect(),
        agreed: sent.agreed,
    };
    let id = conference::plan(&site.app, &caller.scope, &entry, once.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(whole(&site, &caller, id).await?)))
}

async fn whole(site: &Site, caller: &Caller, id: Id) -> Result<ConferenceWhole, ApiFailure> {
    let found = conference::show(&site.app, &caller.scope, id).await?;
    let person = |one: conference::Person| ConferencePerson {
        number: one.number,
        account: one.account.map(|id| id.to_string()),
        name: one.name,
        organisation: one.organisation,
    };
    let client = |one: conference::Client| ConferenceClient {
        number: one.number,
        kind: one.kind,
        id: one.opens.then(|| one.id.to_string()),
        name: one.name,
        question: one.question,
    };
    let part = |part: conference::Part| ConferencePart {
        number: part.number,
        situation: part.situation,
        opinions: part.opinions,
        decisions: part.decisions,
    };
    let minutes = |one: conference::Minutes| ConferenceMinutes {
        number: one.number,
        came: one.came,
        general: one.general,
        parts: one.parts.into_iter().map(part).collect(),
        reason: one.reason,
        by: one.by,
        at: one.at,
        confirmed_by: one.confirmed_by,
        confirmed_at: one.confirmed_at,
    };
    Ok(ConferenceWhole {
        steps: found.steps.iter().map(|step| step.code()).collect(),
        conference: Line { conference: found.conference, title: found.content.title }.into(),
        place: found.content.place,
        reason: found.content.reason,
        persons: found.persons.into_iter().map(person).collect(),
        clients: found.clients.into_iter().map(client).collect(),
        minutes_versions: found.minutes.into_iter().map(minutes).collect(),
        tasks: found.tasks.into_iter().map(AgreedDocument::from).collect(),
    })
}

/// Programs of who takes part: one conference. The read is logged.
#[utoipa::path(get, path = "/api/v1/conferences/{id}", tag = "conferences", params(("id" = String, Path)), responses(
    (status = 200, body = ConferenceWhole),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ConferenceWhole>, ApiFailure> {
    Ok(Json(whole(&site, &caller, request::id(&id)?).await?))
}

/// A step with a conference.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConferenceStepEntry {
    /// `confirm` by who leads it, `postpone`, `cancel`
    step: String,
    /// The version that was seen
    version: i64,
    /// The new day, where it is put off
    #[serde(default)]
    on: String,
    #[serde(default)]
    start: String,
    #[serde(default)]
    minutes: Option<u32>,
    #[serde(default)]
    reason: String,
}

/// Programs of who leads or planned it: confirms the minutes, puts it off, calls it off.
#[utoipa::path(post, path = "/api/v1/conferences/{id}/step", tag = "conferences", params(("id" = String, Path)),
    request_body = ConferenceStepEntry, responses(
    (status = 200, body = ConferenceWhole),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn step(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ConferenceStepEntry>,
) -> Result<Json<ConferenceWhole>, ApiFailure> {
    let (id, sent) = (request::id(&id)?, body.value);
    let entry = StepEntry {
        step: sent.step,
        version: sent.version,
        on: sent.on,
        start: sent.start,
        minutes: sent.minutes.map(|minutes| minutes.to_string()).unwrap_or_default(),
        reason: sent.reason,
    };
    conference::step(&site.app, &caller.scope, id, &entry).await?;
    Ok(Json(whole(&site, &caller, id).await?))
}

/// Minutes, or a correction of them.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConferenceMinutesEntry {
    /// The version of the conference that was seen
    version: i64,
    /// Places in the list of those who came
    came: Vec<i64>,
    #[serde(default)]
    general: String,
    parts: Vec<ConferencePart>,
    /// Why they are corrected; nothing for the first
    #[serde(default)]
    reason: String,
}

/// Programs of who leads or planned it: writes the minutes, or corrects them as another version.
#[utoipa::path(post, path = "/api/v1/conferences/{id}/minutes", tag = "conferences", params(("id" = String, Path)),
    request_body = ConferenceMinutesEntry, responses(
    (status = 200, body = ConferenceWhole),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn minutes(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ConferenceMinutesEntry>,
) -> Result<Json<ConferenceWhole>, ApiFailure> {
    let (id, sent) = (request::id(&id)?, body.value);
    let part = |part: ConferencePart| PartEntry {
        number: part.number,
        situation: part.situation,
        opinions: part.opinions,
        decisions: part.decisions,
    };
    let entry = MinutesEntry {
        version: sent.version,
        came: sent.came,
        general: sent.general,
        parts: sent.parts.into_iter().map(part).collect(),
        reason: sent.reason,
    };
    conference::write(&site.app, &caller.scope, id, &entry).await?;
    Ok(Json(whole(&site, &caller, id).await?))
}

/// Something that was agreed on.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConferenceAgreedEntry {
    what: String,
    /// Place in the list of who does it
    owner: i64,
    /// By when
    due: String,
    /// Place in the list of whom it is about; left out where it concerns all
    #[serde(default)]
    client: Option<i64>,
}

/// Programs of who leads or planned it: keeps something that was agreed on.
#[utoipa::path(post, path = "/api/v1/conferences/{id}/tasks", tag = "conferences", params(("id" = String, Path)),
    request_body = ConferenceAgreedEntry, responses(
    (status = 201, body = ConferenceWhole),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn agree(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ConferenceAgreedEntry>,
) -> Result<(StatusCode, Json<ConferenceWhole>), ApiFailure> {
    let (id, sent) = (request::id(&id)?, body.value);
    let entry = AgreeEntry {
        what: sent.what,
        owner: sent.owner.to_string(),
        due: sent.due,
        client: sent.client.map(|client| client.to_string()).unwrap_or_default(),
    };
    conference::agree(&site.app, &caller.scope, id, &entry).await?;
    Ok((StatusCode::CREATED, Json(whole(&site, &caller, id).await?)))
}
