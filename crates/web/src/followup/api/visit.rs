//! `/api/v1/followup-visits`: visits that devices and programs send, as often as it takes, and those of a record.

use super::{day, given};
use crate::{
    Site,
    address::parsed,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Body},
    },
    followup::list::{key_of, key_text},
    session::Caller,
};
use app::followup::{self, Receipt, Seen, Sent, VisitFields};
use axum::{
    Json,
    extract::{Path, State},
};
use jiff::civil::Date;
use rules::followup::Class;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

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
    let after = key_of(&asked.after);
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

/// Smashing of things.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmashingDocument {
    /// Only at home
    at_home: bool,
    /// Stopped when persuaded
    stopped: bool,
    /// Went on and on
    continuous: bool,
}

/// Something that happened since the last visit.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IncidentDocument {
    /// Day
    on: String,
    /// Threatened in words, shouted
    #[serde(default)]
    threats: bool,
    /// Smashed things
    smashing: Option<SmashingDocument>,
    /// Was violent against a person
    #[serde(default)]
    against_person: bool,
    /// Harmed themselves or tried to end their life
    #[serde(default)]
    self_harm: bool,
    /// Used a weapon against a person
    #[serde(default)]
    weapon: bool,
    /// Set fire, or caused an explosion
    #[serde(default)]
    arson_or_explosion: bool,
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
    /// 0 to 5; left out, the grade that the incidents amount to; a lower one needs `risk_reason`
    risk: Option<u8>,
    /// Why the grade is lower than what happened amounts to
    risk_reason: Option<String>,
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
    /// What happened since the last visit, one by one
    incidents: Option<Vec<IncidentDocument>>,
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
            let told = fields.get("incidents").and_then(Value::as_array);
            let mut days = told.into_iter().flatten().filter_map(|one| one.get("on").and_then(Value::as_str));
            if days.any(|text| text.parse::<Date>().is_err()) {
                return Err(ProblemDocument::invalid("incidents", "date").into());
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
