//! `/api/v1/smd-records`, `/api/v1/followup-visits`, `/api/v1/smd-emergencies`: the same lists and commands for programs. A
//! device that was offline sends a visit under an identifier of its own, as often as it takes: it is one visit.

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
        self, Event, Opening, ProfileFields, Receipt, Seen, Sent, StepFields, View, VisitFields,
        emergency::{self, EmergencyFields, EmergencyStep, Shown},
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
use rules::followup::{Class, RiskGrade, emergency::Duty};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

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
    /// `report`, `receipt`, `move_answer`, `first_visit`, `visit`, `retry`
    due_what: Option<String>,
    /// The move waits for the caller's institution
    arriving: bool,
    /// To be sent as `base_version` with the next visit
    version: i64,
}

fn day(day: Option<Date>) -> Option<String> {
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
    /// `report`, `receipt`, `move_answer`, `first_visit`, `visit`, `retry`
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
    /// Day of the paper
    on: String,
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
}

fn given(field: &str, id: Option<&str>) -> Result<Option<Id>, ApiFailure> {
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

/// A visit as it was recorded.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct VisitDocument {
    id: String,
    record: String,
    class: Option<u8>,
    /// Row of the decision table that the class follows: `U1` to `S1`
    rule: Option<String>,
    /// Entry of the terms that the next day follows
    term: Option<String>,
    face_to_face: bool,
    /// Whether the person was met or spoken to
    reached: bool,
    /// The voided visit that this one corrects
    replaces: Option<String>,
    by: String,
    at: String,
    /// When it was voided
    voided_at: Option<String>,
    void_reason: Option<String>,
    /// The form
    #[schema(value_type = VisitFieldsDocument)]
    fields: Value,
}

impl From<&Seen> for VisitDocument {
    fn from(seen: &Seen) -> Self {
        VisitDocument {
            id: seen.id.to_string(),
            record: seen.record.to_string(),
            class: seen.class.map(Class::code),
            rule: seen.rule.clone(),
            term: seen.term.clone(),
            face_to_face: seen.face_to_face,
            reached: seen.reached,
            replaces: seen.replaces.map(|id| id.to_string()),
            by: seen.by.clone(),
            at: seen.at.to_string(),
            voided_at: seen.voided.as_ref().map(|(at, ..)| at.to_string()),
            void_reason: seen.voided.as_ref().map(|(_, _, reason)| reason.clone()),
            fields: serde_json::to_value(VisitFields::of(&seen.visit)).unwrap_or_default(),
        }
    }
}

/// A page of visits.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct VisitPage {
    items: Vec<VisitDocument>,
    /// Pass as `after` for the next page
    next: Option<String>,
}

/// Where a page of visits starts.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct VisitsAsked {
    after: String,
}

/// Programs of doctors and of the county's health side: the visits of a record in the caller's scope, the latest first.
#[utoipa::path(
    get, path = "/api/v1/smd-records/{id}/visits", tag = "follow-up",
    params(
        ("id" = String, Path, description = "Identifier of the record"),
        ("after" = Option<String>, Query, description = "`next` of the page before")
    ),
    responses(
        (status = 200, body = VisitPage),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn visits(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    request::Asked(asked): request::Asked<VisitsAsked>,
) -> Result<Json<VisitPage>, ApiFailure> {
    let after = super::list::key_of(&asked.after);
    let found = followup::visits(&site.app, &caller.scope, parsed(&id)?, after).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == followup::VISITS;
    let next = found.last().filter(|_| full).map(|last| key_text((last.visit.on, last.id)));
    Ok(Json(VisitPage { items: found.iter().map(VisitDocument::from).collect(), next }))
}

/// A line of drugs.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DrugDocument {
    name: String,
    /// Nothing for a long-acting injection
    times_a_day: Option<u8>,
    /// Milligrams each time
    dose_mg: f64,
}

/// The fields of the record of a visit (form 8), with the numbers of the printed form. What is left out was not filled in; class
/// and next day follow from the rules where they are left out.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VisitFieldsDocument {
    /// Day of the visit
    on: Option<String>,
    /// Who was spoken to
    interviewed: Option<String>,
    /// 1 outpatient, 2 home, 3 telephone, 4 in hospital
    mode: Option<u8>,
    /// Not met: 1 working away, 2 moved, 3 missing, 4 three misses, 5 other
    lost: Option<u8>,
    death_on: Option<String>,
    death_cause: Option<String>,
    death_source: Option<String>,
    /// 0 to 5
    risk: Option<u8>,
    /// 1 to 12
    symptoms: Option<Vec<u8>>,
    /// 0 basically gone, 1 some, 2 obvious
    symptom_level: Option<u8>,
    /// 1 full, 2 partial, 3 absent
    insight: Option<u8>,
    sleep: Option<u8>,
    diet: Option<u8>,
    self_care: Option<u8>,
    housework: Option<u8>,
    work: Option<u8>,
    learning: Option<u8>,
    social: Option<u8>,
    danger_none: Option<bool>,
    minor: Option<u16>,
    trouble: Option<u16>,
    harm: Option<u16>,
    other_harm: Option<u16>,
    self_harm: Option<u16>,
    suicide_attempt: Option<u16>,
    /// 1 no, 2 locked up, 3 released
    lock_up: Option<u8>,
    /// 0 never, 1 in hospital, 2 earlier
    hospitalisation: Option<u8>,
    last_discharge: Option<String>,
    laboratory: Option<bool>,
    /// `stable`, `unstable`, `severe`
    physical: Option<String>,
    other_abnormality: Option<bool>,
    /// 1 regular, 2 intermittent, 3 not taken, 4 none needed
    adherence: Option<u8>,
    /// 1 no, 2 yes, 9 not applicable
    adverse_reaction: Option<u8>,
    adverse_severe: Option<bool>,
    /// 1 cured, 2 improved, 3 unchanged, 4 worse, 9 not applicable
    effect: Option<u8>,
    referred: Option<bool>,
    referral_reason: Option<String>,
    referral_to: Option<String>,
    emergency_record: Option<bool>,
    drugs: Option<Vec<DrugDocument>>,
    guidance: Option<Vec<DrugDocument>>,
    /// 1 living and work, 2 vocational, 3 learning, 4 social contact, 5 other
    rehabilitation: Option<Vec<u8>>,
    /// 1 unstable, 2 basically stable, 3 stable; another than that of the table needs `override_reason`
    class: Option<u8>,
    override_reason: Option<String>,
    /// Not later than the rule
    next_on: Option<String>,
    doctor: Option<String>,
}

impl VisitFieldsDocument {
    /// The fields, without those that were left out.
    fn fields(self) -> Result<VisitFields, ApiFailure> {
        let mut whole = serde_json::to_value(self).map_err(app::Error::from)?;
        if let Some(fields) = whole.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
            for name in ["on", "death_on", "last_discharge", "next_on"] {
                let text = fields.get(name).and_then(Value::as_str);
                if text.is_some_and(|text| text.parse::<Date>().is_err()) {
                    return Err(ProblemDocument::invalid(name, "date").into());
                }
            }
        }
        serde_json::from_value(whole).map_err(|fault| request::shape("fields.", &fault).into())
    }
}

/// A visit that a device or program sends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VisitSent {
    /// Made by the sender (a UUID); sent again it is the same visit
    id: String,
    /// The record
    record: String,
    /// The record's version that the sender saw; without it the visit is taken upon whatever stands now
    base_version: Option<i64>,
    /// The voided visit that this one corrects
    replaces: Option<String>,
    fields: VisitFieldsDocument,
}

/// What became of a visit.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct VisitReceipt {
    /// Identifier of the visit; the sender's, kept where the record is kept
    id: String,
    record: String,
    /// Version of the record after it
    version: i64,
    class: Option<u8>,
    /// Row of the decision table
    rule: Option<String>,
    next_due: Option<String>,
    /// Entry of the terms that the next day follows
    term: Option<String>,
    /// State of the record
    state: String,
    /// It was here already
    repeated: bool,
}

impl From<Receipt> for VisitReceipt {
    fn from(receipt: Receipt) -> Self {
        VisitReceipt {
            id: receipt.id.to_string(),
            record: receipt.record.to_string(),
            version: receipt.version,
            class: receipt.class.map(Class::code),
            rule: receipt.rule,
            next_due: day(receipt.next_due),
            term: receipt.term,
            state: receipt.state,
            repeated: receipt.repeated,
        }
    }
}

/// Programs of whoever is in charge: records a visit, once. Answers with class, rule and next day; with every fault by its field;
/// or, where the record changed since `base_version`, with `changed` and the version that stands now: read the record, and send
/// the visit again with it.
#[utoipa::path(
    post, path = "/api/v1/followup-visits", tag = "follow-up",
    request_body = VisitSent,
    responses(
        (status = 200, body = VisitReceipt),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Refused by a rule, or changed meanwhile"),
        (status = 422, body = ProblemDocument, description = "What is wrong, by field")
    ),
    security(("token" = []))
)]
pub(crate) async fn record(
    State(site): State<Site>,
    caller: Caller,
    Body { value: sent, .. }: Body<VisitSent>,
) -> Result<Json<VisitReceipt>, ApiFailure> {
    let id: Uuid = sent.id.parse().map_err(|_| ProblemDocument::invalid("id", "wrong_kind"))?;
    let visit = Sent {
        record: parsed(&sent.record)?,
        id,
        base: sent.base_version,
        replaces: given("replaces", sent.replaces.as_deref())?,
        fields: sent.fields.fields()?,
    };
    Ok(Json(followup::record(&site.app, &caller.scope, &visit).await?.into()))
}

/// Programs of whoever has the record in scope: one visit.
#[utoipa::path(
    get, path = "/api/v1/followup-visits/{id}", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier")),
    responses(
        (status = 200, body = VisitDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn visit(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<VisitDocument>, ApiFailure> {
    let seen = followup::look(&site.app, &caller.scope, parsed(&id)?).await?;
    Ok(Json(VisitDocument::from(&seen)))
}

/// Why a visit is voided.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VoidDocument {
    reason: String,
}

/// Programs of whoever is in charge: voids a visit that was wrong; it stays and no longer counts.
#[utoipa::path(
    post, path = "/api/v1/followup-visits/{id}/void", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier")),
    request_body = VoidDocument,
    responses(
        (status = 200, body = VisitDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Voided already, or something that came later depends on it"),
        (status = 422, body = ProblemDocument, description = "The reason is missing")
    ),
    security(("token" = []))
)]
pub(crate) async fn void(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Body { value: sent, .. }: Body<VoidDocument>,
) -> Result<Json<VisitDocument>, ApiFailure> {
    let id = parsed(&id)?;
    followup::void(&site.app, &caller.scope, id, &sent.reason).await?;
    Ok(Json(VisitDocument::from(&followup::look(&site.app, &caller.scope, id).await?)))
}

/// An emergency to be recorded.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmergencySent {
    /// `relapse`, `harm_to_others`, `self_harm`, `drug_reaction`
    trigger: String,
    /// When it began, China's time or RFC 3339
    began_at: String,
    /// 0 to 5
    risk: u8,
    /// What happened
    words: String,
}

/// Programs of whoever is in charge: begins the record of an emergency.
#[utoipa::path(
    post, path = "/api/v1/smd-records/{id}/emergencies", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier of the record")),
    request_body = EmergencySent,
    responses(
        (status = 201, body = SmdCreated),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Refused by a rule"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn begin_emergency(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Body { value: sent, .. }: Body<EmergencySent>,
) -> Result<(StatusCode, Json<SmdCreated>), ApiFailure> {
    let EmergencySent { trigger, began_at, risk, words } = sent;
    let fields = EmergencyFields { trigger, began_at, risk: Some(risk), words };
    let id = emergency::begin(&site.app, &caller.scope, parsed(&id)?, &fields).await?;
    Ok((StatusCode::CREATED, Json(SmdCreated { id: id.to_string() })))
}

/// An emergency.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct EmergencyDocument {
    id: String,
    record: String,
    /// What set it off, how it was handled, the checks
    #[schema(value_type = Object)]
    emergency: Value,
    /// What is owed now: `tell_police`, `record`, `consent`, `check`, with its last instant
    #[schema(value_type = Vec<Object>)]
    owed: Vec<Duty>,
    #[schema(value_type = Vec<Object>)]
    words: Value,
    closed_at: Option<String>,
    /// To be sent with the next step
    version: i64,
}

fn emergency_document(shown: &Shown) -> EmergencyDocument {
    EmergencyDocument {
        id: shown.id.to_string(),
        record: shown.record.to_string(),
        emergency: serde_json::to_value(&shown.emergency).unwrap_or_default(),
        owed: shown.duties.clone(),
        words: serde_json::to_value(&shown.words).unwrap_or_else(|_| json!([])),
        closed_at: shown.closed_at.map(|at| at.to_string()),
        version: shown.version,
    }
}

/// Programs of whoever has the record in scope: one emergency with what is owed.
#[utoipa::path(
    get, path = "/api/v1/smd-emergencies/{id}", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier")),
    responses(
        (status = 200, body = EmergencyDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn emergency(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<EmergencyDocument>, ApiFailure> {
    let shown = emergency::show(&site.app, &caller.scope, parsed(&id)?).await?;
    Ok(Json(emergency_document(&shown)))
}

/// Something that was done in an emergency.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmergencyStepDocument {
    /// `handled`, `police_told`, `recorded`, `consented`, `check`
    step: String,
    /// Version that the caller saw
    version: Option<i64>,
    /// When; now where it is empty
    #[serde(default)]
    at: String,
    /// `handled`: `on_site`, `observation`, `admission`
    #[serde(default)]
    outcome: String,
    /// `check`: the person was stable
    stable: Option<bool>,
    #[serde(default)]
    words: String,
}

/// Programs of whoever is in charge: notes what was done in an emergency.
#[utoipa::path(
    post, path = "/api/v1/smd-emergencies/{id}/events", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier")),
    request_body = EmergencyStepDocument,
    responses(
        (status = 200, body = EmergencyDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "It is over, or changed meanwhile"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn act_in_emergency(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Body { value: sent, .. }: Body<EmergencyStepDocument>,
) -> Result<Json<EmergencyDocument>, ApiFailure> {
    let id = parsed(&id)?;
    let EmergencyStepDocument { step, version, at, outcome, stable, words } = sent;
    let fields = EmergencyStep { step, version, at, outcome, stable, words };
    emergency::act(&site.app, &caller.scope, id, &fields).await?;
    let shown = emergency::show(&site.app, &caller.scope, id).await?;
    Ok(Json(emergency_document(&shown)))
}
