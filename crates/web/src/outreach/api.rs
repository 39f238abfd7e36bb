//! `/api/v1/leads`: people to be reached, attempts and the funnel, for programs.

use super::{funnel::Asked as Period, give::key_of as person_key};
use crate::{
    Site,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Asked, Body},
    },
    followup::list::{key_of, key_text},
    session::Caller,
};
use app::{
    Error,
    id::Id,
    outreach::{self, Filter, Line, NewAttempt, Told},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    division::DivisionCode,
    outreach::{Attempt, LeadState},
};
use serde::{Deserialize, Serialize};

/// Somebody to be reached.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct LeadLine {
    /// Identifier of the lead.
    id: String,
    /// Name, masked where the caller sees no names.
    name: String,
    /// `male` or `female`.
    sex: Option<String>,
    /// Residence, 12 digits.
    division: i64,
    /// The house that is to reach the person.
    house: String,
    /// When the person was given.
    #[schema(value_type = String, format = Date)]
    given_on: Date,
    /// `open`, `unreached`, `applies`, `filed` or `ended`.
    state: String,
    /// Attempts so far.
    attempts: i64,
    /// The last attempt.
    #[schema(value_type = Option<String>, format = Date)]
    last_on: Option<Date>,
    /// What came of it: a code of `data/outreach.toml`.
    outcome: Option<String>,
    /// The last reason that was given.
    reason: Option<String>,
    /// When to try again.
    #[schema(value_type = Option<String>, format = Date)]
    next_on: Option<Date>,
}

impl From<Line> for LeadLine {
    fn from(line: Line) -> Self {
        LeadLine {
            id: line.id.to_string(),
            name: line.name,
            sex: line.sex,
            division: line.division,
            house: line.house,
            given_on: line.given_on,
            state: line.state.code().to_owned(),
            attempts: line.attempts,
            last_on: line.last_on,
            outcome: line.outcome,
            reason: line.reason,
            next_on: line.next_on,
        }
    }
}

/// A page of leads.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct LeadList {
    /// The earliest day first.
    leads: Vec<LeadLine>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Which leads.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LeadQuery {
    /// `open`, `unreached`, `applies`, `filed` or `ended`.
    state: Option<String>,
    /// Only those to be tried today or before.
    #[serde(default)]
    due: bool,
    /// `next` of the page before.
    after: Option<String>,
}

/// Programs of the county's desk and of whoever was given somebody: the leads in scope. The read is logged.
#[utoipa::path(get, path = "/api/v1/leads", tag = "outreach", params(LeadQuery), responses(
    (status = 200, body = LeadList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<LeadQuery>,
) -> Result<Json<LeadList>, ApiFailure> {
    let state = match asked.state.as_deref() {
        None => None,
        Some(code) => {
            Some(LeadState::of_code(code).ok_or_else(|| Error::invalid("state", "unknown_choice"))?)
        }
    };
    let after = match asked.after.as_deref() {
        None => None,
        Some(text) => Some(key_of(text).ok_or_else(|| ProblemDocument::invalid("after", "cursor_invalid"))?),
    };
    let filter = Filter { due: asked.due, state, after };
    let found = outreach::page(&site.app, &caller.scope, &filter).await?;
    let leads = found.lines.into_iter().map(LeadLine::from).collect();
    Ok(Json(LeadList { leads, next: found.next.map(key_text) }))
}

/// Somebody who could be given to a house.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CandidateLine {
    /// The person.
    id: String,
    /// Name.
    name: String,
    /// `male` or `female`.
    sex: Option<String>,
    /// Residence, 12 digits.
    division: i64,
}

/// A page of them, with the houses to which they may be given.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CandidateList {
    /// By residence.
    persons: Vec<CandidateLine>,
    /// Houses.
    houses: Vec<HouseLine>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A house to which leads may be given.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct HouseLine {
    /// The organisation.
    id: String,
    /// Its name.
    name: String,
    /// `institution`, `committee` or `primary_care`.
    kind: String,
}

/// Which people.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CandidateQuery {
    /// Where they live, 12 digits.
    division: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Programs of the county's desk: people of the shared registers who could be given to a house. The read is logged.
#[utoipa::path(get, path = "/api/v1/leads/candidates", tag = "outreach", params(CandidateQuery), responses(
    (status = 200, body = CandidateList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn candidates(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<CandidateQuery>,
) -> Result<Json<CandidateList>, ApiFailure> {
    let division = match asked.division.as_deref() {
        None => None,
        Some(text) => {
            let code =
                DivisionCode::parse(text).map_err(|_| Error::invalid("division", "division_unknown"))?;
            Some(code.number())
        }
    };
    let after = match asked.after.as_deref() {
        None => None,
        Some(text) => {
            Some(person_key(text).ok_or_else(|| ProblemDocument::invalid("after", "cursor_invalid"))?)
        }
    };
    let found = outreach::candidates(&site.app, &caller.scope, division, after).await?;
    let houses = outreach::houses(&site.app, &caller.scope).await?;
    let person = |one: outreach::Candidate| CandidateLine {
        id: one.id.to_string(),
        name: one.name,
        sex: one.sex,
        division: one.division,
    };
    let house = |one: outreach::House| HouseLine { id: one.id.to_string(), name: one.name, kind: one.kind };
    Ok(Json(CandidateList {
        persons: found.persons.into_iter().map(person).collect(),
        houses: houses.into_iter().map(house).collect(),
        next: found.next.map(|(division, id)| format!("{division}_{id}")),
    }))
}

/// Who is to be given to which house.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GiveEntry {
    /// Persons.
    #[schema(value_type = Vec<String>)]
    persons: Vec<uuid::Uuid>,
    /// The house.
    #[schema(value_type = String)]
    house: uuid::Uuid,
}

/// What became of it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct GivenDocument {
    /// New leads.
    leads: Vec<String>,
    /// Persons who are being reached already or have a case: nothing was done.
    passed_over: usize,
}

/// Programs of the county's desk: gives people to a house to be reached. Sent twice it is one.
#[utoipa::path(post, path = "/api/v1/leads", tag = "outreach", request_body = GiveEntry, responses(
    (status = 201, body = GivenDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn give(
    State(site): State<Site>,
    caller: Caller,
    body: Body<GiveEntry>,
) -> Result<(StatusCode, Json<GivenDocument>), ApiFailure> {
    let persons: Vec<Id> = body.value.persons.into_iter().map(Id).collect();
    let given = outreach::give(&site.app, &caller.scope, &persons, Id(body.value.house)).await?;
    let leads = given.leads.iter().map(ToString::to_string).collect();
    Ok((StatusCode::CREATED, Json(GivenDocument { leads, passed_over: given.passed_over })))
}

/// An attempt that was made.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AttemptDocument {
    /// Identifier.
    id: String,
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// In which way.
    way: String,
    /// Who was reached.
    reached: String,
    /// What came of it.
    outcome: String,
    /// Why.
    reason: Option<String>,
    /// The next day that was agreed upon.
    #[schema(value_type = Option<String>, format = Date)]
    next: Option<Date>,
    /// Note.
    note: String,
    /// Who made it.
    by: String,
    /// When it was entered.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// It was voided and counts for nothing.
    voided: bool,
}

impl From<Told> for AttemptDocument {
    fn from(told: Told) -> Self {
        let Attempt { on, way, reached, outcome, reason, next } = told.attempt;
        AttemptDocument {
            id: told.id.to_string(),
            on,
            way,
            reached,
            outcome,
            reason,
            next,
            note: told.note,
            by: told.by,
            at: told.at,
            voided: told.voided.is_some(),
        }
    }
}

/// A lead with its attempts.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct LeadDocument {
    /// The lead.
    #[serde(flatten)]
    lead: LeadLine,
    /// Attempts, the latest first.
    tries: Vec<AttemptDocument>,
    /// The ways that the person called safe; absent where nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    safe_ways: Option<Vec<String>>,
    /// Several attempts in a row failed in one way.
    other_way: bool,
    /// The case that came of it, where the caller may open it.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
}

async fn document(site: &Site, caller: &Caller, id: Id) -> Result<LeadDocument, ApiFailure> {
    let shown = outreach::show(&site.app, &caller.scope, id).await?;
    let safe = |rules: rules::contact::ContactRules| {
        rules.ways.iter().map(|way| way.code().to_owned()).collect::<Vec<_>>()
    };
    Ok(LeadDocument {
        lead: shown.line.into(),
        tries: shown.attempts.into_iter().map(AttemptDocument::from).collect(),
        safe_ways: shown.rules.map(safe),
        other_way: shown.other_way,
        case: shown.case.map(|case| case.to_string()),
    })
}

/// Programs of the county's desk and of whoever was given the person: one lead. The read is logged.
#[utoipa::path(get, path = "/api/v1/leads/{id}", tag = "outreach", params(("id" = String, Path)), responses(
    (status = 200, body = LeadDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<LeadDocument>, ApiFailure> {
    Ok(Json(document(&site, &caller, request::id(&id)?).await?))
}

/// A telephone number.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PhoneDocument {
    /// The whole number.
    phone: String,
}

/// Programs of whoever tries: the person's telephone number. The reveal is logged.
#[utoipa::path(post, path = "/api/v1/leads/{id}/reveal", tag = "outreach", params(("id" = String, Path)), responses(
    (status = 200, body = PhoneDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn reveal(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<PhoneDocument>, ApiFailure> {
    let phone = outreach::reveal(&site.app, &caller.scope, request::id(&id)?).await?;
    Ok(Json(PhoneDocument { phone }))
}

/// An attempt to be entered.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttemptEntry {
    /// A UUID that the sender makes: the same key sent again is the same attempt.
    #[schema(value_type = String)]
    key: uuid::Uuid,
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// `phone`, `message`, `visit`, `village`, `peer` or `trial`.
    way: String,
    /// `person`, `family`, `other` or `nobody`.
    reached: String,
    /// A code of `data/outreach.toml`.
    outcome: String,
    /// A code of `data/outreach.toml`; where somebody does not want to, or cannot be contacted any more.
    reason: Option<String>,
    /// The next day that was agreed upon with the person.
    #[schema(value_type = Option<String>, format = Date)]
    next: Option<Date>,
    /// Note.
    #[serde(default)]
    note: String,
}

/// Programs of whoever tries: enters an attempt; from it follows when to try again. The same `key` sent again is the same attempt.
#[utoipa::path(post, path = "/api/v1/leads/{id}/attempts", tag = "outreach", params(("id" = String, Path)),
    request_body = AttemptEntry, responses(
    (status = 201, body = LeadDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn enter(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<AttemptEntry>,
) -> Result<(StatusCode, Json<LeadDocument>), ApiFailure> {
    let id = request::id(&id)?;
    let AttemptEntry { key, on, way, reached, outcome, reason, next, note } = body.value;
    let attempt = Attempt { on, way, reached, outcome, reason, next };
    let new = Ok(NewAttempt { key: Id(key), attempt, note });
    outreach::enter(&site.app, &caller.scope, id, &new).await?;
    Ok((StatusCode::CREATED, Json(document(&site, &caller, id).await?)))
}

/// Programs of who entered an attempt wrongly: voids it. Sent twice it is one.
#[utoipa::path(post, path = "/api/v1/leads/{id}/attempts/{attempt}/void", tag = "outreach",
    params(("id" = String, Path), ("attempt" = String, Path)), responses(
    (status = 200, body = LeadDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn void(
    State(site): State<Site>,
    caller: Caller,
    Path((id, attempt)): Path<(String, String)>,
) -> Result<Json<LeadDocument>, ApiFailure> {
    let (id, attempt) = (request::id(&id)?, request::id(&attempt)?);
    outreach::void(&site.app, &caller.scope, id, attempt).await?;
    Ok(Json(document(&site, &caller, id).await?))
}

/// Programs of the county's desk: takes a lead back from its house. Sent twice it is one.
#[utoipa::path(post, path = "/api/v1/leads/{id}/take-back", tag = "outreach", params(("id" = String, Path)), responses(
    (status = 200, body = LeadDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn take_back(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<LeadDocument>, ApiFailure> {
    let id = request::id(&id)?;
    outreach::take_back(&site.app, &caller.scope, id).await?;
    Ok(Json(document(&site, &caller, id).await?))
}

/// Figures of one row; absent ones are left out since a small group could be told from them.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FunnelRow {
    /// The house; absent for an area.
    #[serde(skip_serializing_if = "Option::is_none")]
    house: Option<String>,
    /// The area, 12 digits; absent for a house.
    #[serde(skip_serializing_if = "Option::is_none")]
    division: Option<i64>,
    /// `given`, `tried`, `contacted`, `consented`, `assessed`, `started`, `trial`, `own_way`, `ended`, `open`.
    figures: std::collections::BTreeMap<&'static str, Option<i64>>,
}

/// A reason with how often it was the last one given.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ReasonRow {
    /// A code of `data/outreach.toml`.
    reason: String,
    /// How many people; absent where they are few.
    count: Option<i64>,
}

/// The funnel of a period. Each step counts only those whom the one before counts.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FunnelDocument {
    /// First day on which people were given.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// All together.
    total: FunnelRow,
    /// By house or town.
    parts: Vec<FunnelRow>,
    /// Why service did not begin.
    reasons: Vec<ReasonRow>,
    /// Small figures are left out.
    suppressed: bool,
}

/// Programs of the county's desk, of houses for themselves, of supervisors: the funnel of the people given in a period.
#[utoipa::path(get, path = "/api/v1/leads/funnel", tag = "outreach",
    params(
        ("from" = Option<String>, Query, description = "First day; a year before the last where absent"),
        ("until" = Option<String>, Query, description = "Last day; today where absent"),
        ("by" = Option<String>, Query, description = "`house` or `town`"),
    ),
    responses(
    (status = 200, body = FunnelDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn funnel(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<Period>,
) -> Result<Json<FunnelDocument>, ApiFailure> {
    use app::outreach::funnel as counted;
    let days = asked.days(rules::clock::china_date(site.app.now()));
    let found = counted::funnel(&site.app, &caller.scope, days, asked.by()).await?;
    let figures = |figures: counted::Figures| counted::NAMES.into_iter().zip(figures).collect();
    let row = |part: counted::Part| FunnelRow {
        division: part.house.is_none().then_some(part.division),
        house: part.house.map(|(_, name)| name),
        figures: figures(part.figures),
    };
    Ok(Json(FunnelDocument {
        from: found.days.from,
        until: found.days.last,
        total: FunnelRow { house: None, division: None, figures: figures(found.total) },
        parts: found.parts.into_iter().map(row).collect(),
        reasons: found
            .reasons
            .into_iter()
            .map(|one| ReasonRow { reason: one.reason, count: one.count })
            .collect(),
        suppressed: found.suppressed,
    }))
}
