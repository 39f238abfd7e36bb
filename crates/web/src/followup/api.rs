//! `/api/v1/smd-records`, `/api/v1/followup-visits`, `/api/v1/smd-emergencies`: the same lists and commands for programs. A
//! device that was offline sends a visit under an identifier of its own, as often as it takes: it is one visit.

pub(crate) mod emergency;
pub(crate) mod rehabilitation;
pub(crate) mod visit;

use super::list::{Asked, key_text};
use crate::{
    Site,
    address::parsed,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Body},
    },
    session::Caller,
};
use app::{
    followup::{
        self, Event, Opening, ProfileFields, StepFields, View,
        list::{self, Line},
    },
    id::Id,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::civil::Date;
use rules::followup::{Class, RiskGrade, case_management::Level};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of the list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdLine {
    id: String,
    name: String,
    /// `male` or `female`
    sex: Option<String>,
    born_on: Option<String>,
    /// 12-digit code of the place where the person is managed
    division: i64,
    /// `clue`, `reviewed`, `reported`, `received`, `managed`, `registered_only`, `lost`, `moved`, `hospital`, `excluded`, `deceased`
    state: String,
    /// 1 unstable, 2 basically stable, 3 stable
    class: Option<u8>,
    /// 0 to 5
    risk: Option<u8>,
    last_visit_on: Option<String>,
    /// The earliest day on which something is owed
    due_on: Option<String>,
    /// `report`, `receipt`, `move_answer`, `first_visit`, `visit`, `retry`, `slip`, `admission`, `discharge`, `paper_entry`, `correction`, `clue_survey`
    due_what: Option<String>,
    /// The move waits for the caller's institution
    arriving: bool,
    /// To be sent as `base_version` with the next visit
    version: i64,
}

pub(crate) fn day(day: Option<Date>) -> Option<String> {
    day.map(|day| day.to_string())
}

impl From<Line> for SmdLine {
    fn from(line: Line) -> Self {
        SmdLine {
            id: line.id.to_string(),
            name: line.name,
            sex: line.sex,
            born_on: day(line.born_on),
            division: line.division,
            state: line.state.code().to_owned(),
            class: line.class.map(Class::code),
            risk: line.risk.map(RiskGrade::code),
            last_visit_on: day(line.last_visit_on),
            due_on: day(line.due.map(|(on, _)| on)),
            due_what: line.due.map(|(_, what)| what.code().to_owned()),
            arriving: line.arriving,
            version: line.version,
        }
    }
}

/// A page of the list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdPage {
    items: Vec<SmdLine>,
    /// Pass as `after` for the next page
    next: Option<String>,
    /// How many there are with this filter
    total: i64,
}

/// Programs of doctors and of the county's health side: records in the caller's scope, the earliest deadline first.
#[utoipa::path(
    get, path = "/api/v1/smd-records", tag = "follow-up",
    params(
        ("state" = Option<String>, Query, description = "State"),
        ("class" = Option<String>, Query, description = "Class, 1 to 3"),
        ("risk" = Option<String>, Query, description = "Risk, at least, 0 to 5"),
        ("overdue" = Option<String>, Query, description = "1: only what is overdue"),
        ("arriving" = Option<String>, Query, description = "1: only moves that wait for the caller's institution"),
        ("examination" = Option<String>, Query, description = "1: only whose yearly examination is overdue"),
        ("division" = Option<String>, Query, description = "Township or village"),
        ("after" = Option<String>, Query, description = "`next` of the page before")
    ),
    responses(
        (status = 200, body = SmdPage),
        (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    request::Asked(asked): request::Asked<Asked>,
) -> Result<Json<SmdPage>, ApiFailure> {
    let found = list::page(&site.app, &caller.scope, &asked.filter()).await?;
    Ok(Json(SmdPage {
        items: found.lines.into_iter().map(SmdLine::from).collect(),
        next: found.next.map(key_text),
        total: found.total,
    }))
}

/// Something that is owed.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OwedDocument {
    /// `report`, `receipt`, `move_answer`, `first_visit`, `visit`, `retry`, `slip`, `admission`, `discharge`, `paper_entry`, `correction`, `clue_survey`
    what: String,
    /// Last day
    by: String,
    /// Day from which it is counted
    from: String,
    /// Entry of `data/followup.toml` that it follows
    rule: String,
}

/// Something that happened to a record.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdEventDocument {
    id: String,
    on: String,
    /// What happened, with its data
    #[schema(value_type = Object)]
    happened: Value,
    by: String,
    at: String,
    /// It followed from a visit that was voided
    voided: bool,
}

impl From<&Event> for SmdEventDocument {
    fn from(event: &Event) -> Self {
        SmdEventDocument {
            id: event.id.to_string(),
            on: event.on.to_string(),
            happened: serde_json::to_value(&event.happened).unwrap_or_default(),
            by: event.by.clone(),
            at: event.at.to_string(),
            voided: event.voided,
        }
    }
}

/// One record.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdDocument {
    id: String,
    /// Person of the register
    person: String,
    name: String,
    sex: Option<String>,
    born_on: Option<String>,
    division: i64,
    /// Institution in charge
    in_charge: String,
    in_charge_name: String,
    state: String,
    /// Whether community management was agreed to
    agreed: Option<bool>,
    class: Option<u8>,
    risk: Option<u8>,
    /// Level of case management, 1 to 3; none of whoever is not managed
    case_level: Option<u8>,
    #[schema(value_type = Object)]
    profile: Value,
    owed: Vec<OwedDocument>,
    /// What the caller may do now: names for `POST …/events`; `visit` and `emergency` have endpoints of their own
    actions: Vec<String>,
    history: Vec<SmdEventDocument>,
    /// To be sent with the next step or visit
    version: i64,
}

fn document(view: &View) -> SmdDocument {
    let owed = view.owed.iter().map(|owed| OwedDocument {
        what: owed.what.code().to_owned(),
        by: owed.by.to_string(),
        from: owed.from.to_string(),
        rule: owed.entry.to_owned(),
    });
    SmdDocument {
        id: view.id.to_string(),
        person: view.person.to_string(),
        name: view.name.clone(),
        sex: view.sex.clone(),
        born_on: day(view.born_on),
        division: view.division,
        in_charge: view.record.in_charge.to_string(),
        in_charge_name: view.in_charge.clone(),
        state: view.record.state.code().to_owned(),
        agreed: view.record.agreed,
        class: view.class.map(Class::code),
        risk: view.risk.map(RiskGrade::code),
        case_level: view.level.map(Level::number),
        profile: serde_json::to_value(&view.profile).unwrap_or_default(),
        owed: owed.collect(),
        actions: view.offers.iter().map(|deed| deed.code().to_owned()).collect(),
        history: view.events.iter().map(SmdEventDocument::from).collect(),
        version: view.version,
    }
}

/// Programs of doctors and of the county's health side: one record in the caller's scope, with what is owed and may be done.
#[utoipa::path(
    get, path = "/api/v1/smd-records/{id}", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier")),
    responses(
        (status = 200, body = SmdDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SmdDocument>, ApiFailure> {
    Ok(Json(document(&followup::show(&site.app, &caller.scope, parsed(&id)?).await?)))
}

/// A report card, a discharge slip or a clue.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpeningDocument {
    /// `clue`, `report_card`, `discharge_slip`
    source: String,
    /// Day of the paper; follows from `paper` where that is given
    #[serde(default)]
    on: String,
    /// Day on which a report card came on paper, whose whole is entered later
    #[serde(default)]
    received_on: String,
    /// A person of the register, for those who see it; otherwise name, number and place
    person: Option<String>,
    #[serde(default)]
    name: String,
    /// Identity number; without it sex and birth date are needed
    #[serde(default)]
    number: String,
    #[serde(default)]
    sex: String,
    #[serde(default)]
    born_on: String,
    #[serde(default)]
    phone: String,
    /// Village or community, 12 digits
    #[serde(default)]
    division: String,
    #[serde(default)]
    address: String,
    /// Institution of primary care that is to take it up; without it that of the township
    in_charge: Option<String>,
    /// `disorder`, `diagnosed_on`, `hospital`, `onset_on`, `guardian_name`, `guardian_relation`, `guardian_phone`, `economy`, `remark`
    #[serde(default)]
    #[schema(value_type = Object)]
    profile: Value,
    /// The whole card or slip by the keys of `data/papers`; then only `source`, `person` and `in_charge` are looked at beside it
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    paper: Value,
}

pub(crate) fn given(field: &str, id: Option<&str>) -> Result<Option<Id>, ApiFailure> {
    let read = |id: &str| id.parse().map_err(|_| ProblemDocument::invalid(field, "wrong_kind").into());
    id.map(read).transpose()
}

/// Programs of doctors and of the county's health side: opens a record; a person has one.
#[utoipa::path(
    post, path = "/api/v1/smd-records", tag = "follow-up",
    request_body = OpeningDocument,
    responses(
        (status = 201, body = SmdCreated),
        (status = 401, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "The person has a record"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn open(
    State(site): State<Site>,
    caller: Caller,
    Body { value: sent, .. }: Body<OpeningDocument>,
) -> Result<(StatusCode, Json<SmdCreated>), ApiFailure> {
    let profile: ProfileFields = match sent.profile {
        Value::Null => ProfileFields::default(),
        profile => serde_json::from_value(profile).map_err(|fault| request::shape("profile.", &fault))?,
    };
    let opening = Opening {
        source: sent.source,
        on: sent.on,
        received_on: sent.received_on,
        person: given("person", sent.person.as_deref())?,
        name: sent.name,
        number: sent.number,
        sex: sent.sex,
        born_on: sent.born_on,
        phone: sent.phone,
        division: sent.division,
        address: sent.address,
        in_charge: given("in_charge", sent.in_charge.as_deref())?,
        profile,
        paper: match sent.paper {
            Value::Null => None,
            paper => Some(super::paper::api::fields("paper", paper)?),
        },
    };
    let id = followup::open(&site.app, &caller.scope, &opening).await?;
    Ok((StatusCode::CREATED, Json(SmdCreated { id: id.to_string() })))
}

/// What was made.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdCreated {
    id: String,
}

/// A step upon the version that the caller saw.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmdStepDocument {
    /// `review`, `report`, `receive`, `agree`, `disagree`, `lose`, `find`, `admit`, `discharge`, `move_out`, `accept_move`,
    /// `decline_move`, `come_back`, `exclude`, `die`
    step: String,
    /// Version that the caller saw
    version: Option<i64>,
    /// Day on which it happened; today where it is empty
    #[serde(default)]
    on: String,
    /// In words; needed for `disagree`, `decline_move`, `exclude`
    #[serde(default)]
    note: String,
    /// `lose`: 1 working away, 2 moved, 3 missing, 4 three misses, 5 other
    lost: Option<u8>,
    /// `move_out`: institution that is asked to accept
    to: Option<String>,
    /// `move_out`: abroad
    #[serde(default)]
    abroad: bool,
    /// `die`: cause
    #[serde(default)]
    death_cause: String,
    /// `die`: who told it
    #[serde(default)]
    death_source: String,
    /// `review`, `report`
    #[serde(default)]
    disorder: String,
    /// `review`, `report`
    #[serde(default)]
    diagnosed_on: String,
    /// `review`, `report`
    #[serde(default)]
    hospital: String,
}

/// The version after a step.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdStepped {
    version: i64,
}

/// Programs of whoever takes the step: a step of the record; answers with its new version.
#[utoipa::path(
    post, path = "/api/v1/smd-records/{id}/events", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier")),
    request_body = SmdStepDocument,
    responses(
        (status = 200, body = SmdStepped),
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
    Body { value: sent, .. }: Body<SmdStepDocument>,
) -> Result<Json<SmdStepped>, ApiFailure> {
    let fields = StepFields {
        step: sent.step,
        version: sent.version,
        on: sent.on,
        note: sent.note,
        lost: sent.lost,
        to: given("to", sent.to.as_deref())?,
        abroad: sent.abroad,
        death_cause: sent.death_cause,
        death_source: sent.death_source,
        disorder: sent.disorder,
        diagnosed_on: sent.diagnosed_on,
        hospital: sent.hospital,
    };
    let version = followup::take(&site.app, &caller.scope, parsed(&id)?, &fields).await?;
    Ok(Json(SmdStepped { version }))
}

/// What is searched for; in the body, since it names somebody.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmdSearch {
    /// Name, pinyin, initials, a whole number or the last four digits of one
    q: String,
}

/// Records that were found.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdFound {
    items: Vec<SmdLine>,
    /// More people fit; write more of the name
    more: bool,
}

/// Programs of doctors and of the county's health side: records in the caller's scope by name or number, best first.
#[utoipa::path(
    post, path = "/api/v1/smd-records/search", tag = "follow-up",
    request_body = SmdSearch,
    responses(
        (status = 200, body = SmdFound),
        (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn search(
    State(site): State<Site>,
    caller: Caller,
    Body { value: sent, .. }: Body<SmdSearch>,
) -> Result<Json<SmdFound>, ApiFailure> {
    let found = followup::search(&site.app, &caller.scope, &sent.q, &list::Filter::default()).await?;
    Ok(Json(SmdFound { items: found.lines.into_iter().map(SmdLine::from).collect(), more: found.more }))
}
