//! `/api/v1/cases/{id}/plan`, `/care`, `/sessions` and `/api/v1/care`: plans, sessions and figures, for programs.

mod documents;
pub(crate) mod files;

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
    Error,
    care::{self, Sought},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
pub(crate) use documents::{
    EndEntry, FiguresDocument, GoalEntry, MadeDocument, PlanEntry, PlanList, RecordEntry, SessionDocument,
    SessionEntry, SessionLine, SessionList, SignEntry, WarningList,
};
use jiff::civil::Date;
use rules::care::Days;
use serde::Deserialize;

/// Days of a stretch at most.
const MOST_DAYS: u32 = 62;

/// Programs of who serves, assesses or is served: the versions of a case's plan with what was measured. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/plan", tag = "care", params(("id" = String, Path)), responses(
    (status = 200, body = PlanList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn plan(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<PlanList>, ApiFailure> {
    let plans = care::plans(&site.app, &caller.scope, request::id(&id)?).await?;
    Ok(Json(PlanList::new(plans)))
}

/// Programs of who serves: writes the next version of a plan. `seen` is the number of the latest version that the program knows; where
/// there is a later one, nothing is written.
#[utoipa::path(post, path = "/api/v1/cases/{id}/plan", tag = "care", params(("id" = String, Path)),
    request_body = PlanEntry, responses(
    (status = 201, body = PlanList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn write_plan(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<PlanEntry>,
) -> Result<(StatusCode, Json<PlanList>), ApiFailure> {
    let id = request::id(&id)?;
    let entry = body.value;
    care::write(&site.app, &caller.scope, id, entry.seen, &entry.plan()).await?;
    let plans = care::plans(&site.app, &caller.scope, id).await?;
    Ok((StatusCode::CREATED, Json(PlanList::new(plans))))
}

/// Programs of who serves: notes that the person or guardian signed a version, when and how.
#[utoipa::path(post, path = "/api/v1/cases/{id}/plan/sign", tag = "care", params(("id" = String, Path)),
    request_body = SignEntry, responses(
    (status = 200, body = PlanList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn sign_plan(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<SignEntry>,
) -> Result<Json<PlanList>, ApiFailure> {
    let id = request::id(&id)?;
    let entry = body.value;
    care::sign(&site.app, &caller.scope, id, entry.number, &entry.signature()).await?;
    let plans = care::plans(&site.app, &caller.scope, id).await?;
    Ok(Json(PlanList::new(plans)))
}

/// Programs of who serves: notes where a goal stands.
#[utoipa::path(post, path = "/api/v1/cases/{id}/plan/goals", tag = "care", params(("id" = String, Path)),
    request_body = GoalEntry, responses(
    (status = 201, body = FiguresDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn measure(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<GoalEntry>,
) -> Result<(StatusCode, Json<FiguresDocument>), ApiFailure> {
    let id = request::id(&id)?;
    care::measure(&site.app, &caller.scope, id, &body.value.value()).await?;
    let figures = care::figures(&site.app, &caller.scope, id).await?;
    Ok((StatusCode::CREATED, Json(FiguresDocument::new(&figures))))
}

/// Programs of who serves, assesses or is served: goals, what was owed and given, who stays away, what the figures propose. Nothing is
/// decided by them. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/care", tag = "care", params(("id" = String, Path)), responses(
    (status = 200, body = FiguresDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn figures(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<FiguresDocument>, ApiFailure> {
    let figures = care::figures(&site.app, &caller.scope, request::id(&id)?).await?;
    Ok(Json(FiguresDocument::new(&figures)))
}

/// Which part of a list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// `next` of the page before.
    after: Option<String>,
}

/// Programs of who serves, assesses or is served: the sessions of a case, the latest first. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/sessions", tag = "care", params(("id" = String, Path), PageQuery), responses(
    (status = 200, body = SessionList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn of_case(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<PageQuery>,
) -> Result<Json<SessionList>, ApiFailure> {
    let before = asked.after.as_deref().map(cursor::read).transpose()?;
    let rows = care::of_case(&site.app, &caller.scope, request::id(&id)?, before).await?;
    let full = i64::try_from(rows.len()).unwrap_or(0) == care::PAGE;
    let next = rows.last().filter(|_| full).map(|last| cursor::write((last.starts, last.id)));
    Ok(Json(SessionList { sessions: rows.into_iter().map(SessionLine::new).collect(), next }))
}

/// Which days.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DaysQuery {
    /// The first day.
    #[param(value_type = String, format = Date)]
    from: Date,
    /// The last day, at most 62 days on.
    #[param(value_type = String, format = Date)]
    until: Date,
    /// All sessions of the house that the caller may see; otherwise those that the caller leads.
    #[serde(default)]
    house: bool,
}

/// Programs of who serves or assesses: the sessions of some days, the earliest first, with the names of the caller's clients. The read
/// is logged.
#[utoipa::path(get, path = "/api/v1/care/sessions", tag = "care", params(DaysQuery), responses(
    (status = 200, body = SessionList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn agenda(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<DaysQuery>,
) -> Result<Json<SessionList>, ApiFailure> {
    let days = Days { from: asked.from, last: asked.until };
    if !(1..=MOST_DAYS).contains(&days.count()) {
        return Err(Error::invalid("until", "stretch_too_long").into());
    }
    let sought = if asked.house { Sought::House } else { Sought::Own };
    let agenda = care::agenda(&site.app, &caller.scope, days, sought).await?;
    Ok(Json(SessionList {
        sessions: agenda.sessions.into_iter().map(SessionLine::new).collect(),
        next: None,
    }))
}

/// Programs of who serves: enters a session that was held, or plans one. The same `key` sent again is the same entry, however late.
#[utoipa::path(post, path = "/api/v1/care/sessions", tag = "care", request_body = SessionEntry, responses(
    (status = 201, body = MadeDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn enter(
    State(site): State<Site>,
    caller: Caller,
    body: Body<SessionEntry>,
) -> Result<(StatusCode, Json<MadeDocument>), ApiFailure> {
    let made = care::enter(&site.app, &caller.scope, &body.value.entry()).await?;
    Ok((StatusCode::CREATED, Json(MadeDocument { ids: made.iter().map(ToString::to_string).collect() })))
}

/// Programs of who serves or assesses: one session with those of its persons whom the caller sees. The read is logged.
#[utoipa::path(get, path = "/api/v1/care/sessions/{id}", tag = "care", params(("id" = String, Path)), responses(
    (status = 200, body = SessionDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn session(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SessionDocument>, ApiFailure> {
    let shown = care::session(&site.app, &caller.scope, request::id(&id)?).await?;
    Ok(Json(SessionDocument::new(shown)))
}

/// Programs of who serves: records who came to a planned session. Sent twice it is one.
#[utoipa::path(post, path = "/api/v1/care/sessions/{id}/record", tag = "care", params(("id" = String, Path)),
    request_body = RecordEntry, responses(
    (status = 200, body = SessionDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn record(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<RecordEntry>,
) -> Result<Json<SessionDocument>, ApiFailure> {
    let id = request::id(&id)?;
    care::record(&site.app, &caller.scope, id, &body.value.present()).await?;
    Ok(Json(SessionDocument::new(care::session(&site.app, &caller.scope, id).await?)))
}

/// Programs of who serves: cancels a planned session, or declares a record void, with a reason. Sent twice it is one.
#[utoipa::path(post, path = "/api/v1/care/sessions/{id}/end", tag = "care", params(("id" = String, Path)),
    request_body = EndEntry, responses(
    (status = 200, body = SessionDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn end(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<EndEntry>,
) -> Result<Json<SessionDocument>, ApiFailure> {
    let id = request::id(&id)?;
    care::act(&site.app, &caller.scope, id, &body.value.name, &body.value.reason).await?;
    Ok(Json(SessionDocument::new(care::session(&site.app, &caller.scope, id).await?)))
}

/// Programs of who serves or assesses: who of the caller's clients asks for attention. The read is logged.
#[utoipa::path(get, path = "/api/v1/care/warnings", tag = "care", params(PageQuery), responses(
    (status = 200, body = WarningList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn warnings(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<PageQuery>,
) -> Result<Json<WarningList>, ApiFailure> {
    let after = match asked.after.as_deref() {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Error::invalid("after", "unknown_choice"))?),
    };
    let (found, next) = care::warnings(&site.app, &caller.scope, after).await?;
    Ok(Json(WarningList::new(found, next)))
}
