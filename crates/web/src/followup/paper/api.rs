//! `/api/v1/smd-records/{id}/papers`, `/api/v1/smd-papers/{id}`, `/api/v1/smd-records/{id}/hospital-days` for programs.

use crate::{
    Site,
    address::parsed,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::Body,
    },
    followup::api::given,
    session::Caller,
};
use app::followup::{
    paper::{self, Fields, Line, Sent},
    stays,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use rules::followup::paper::PaperKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A paper as a line.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdPaperLine {
    id: String,
    /// A code of `data/papers`: `clue_survey`, `clue_review`, `report_card`, `discharge_slip`, `management_consent`, `basic_information`, `supplement`, `information_exchange`, `emergency_consent`, `incident_survey`
    kind: String,
    /// Number within the kind
    number: i64,
    /// Day of the paper; of a slip that of the discharge
    on: String,
    /// The paper that it corrects or continues
    replaces: Option<String>,
    /// A later one stands in its place
    replaced: bool,
    by: String,
    at: String,
}

impl From<&Line> for SmdPaperLine {
    fn from(line: &Line) -> Self {
        SmdPaperLine {
            id: line.id.to_string(),
            kind: line.kind.code().to_owned(),
            number: line.number,
            on: line.on.to_string(),
            replaces: line.replaces.map(|id| id.to_string()),
            replaced: line.replaced,
            by: line.by.0.clone(),
            at: line.by.1.to_string(),
        }
    }
}

/// The papers of a record.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdPapers {
    items: Vec<SmdPaperLine>,
    /// Kinds that the caller may write now
    may_write: Vec<String>,
}

/// Programs of doctors and of the county's health side: the papers of a record, the latest first.
#[utoipa::path(
    get, path = "/api/v1/smd-records/{id}/papers", tag = "follow-up",
    operation_id = "smd_papers",
    params(("id" = String, Path, description = "Identifier of the record")),
    responses(
        (status = 200, body = SmdPapers),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SmdPapers>, ApiFailure> {
    let papers = paper::of_record(&site.app, &caller.scope, parsed(&id)?).await?;
    Ok(Json(SmdPapers {
        items: papers.lines.iter().map(SmdPaperLine::from).collect(),
        may_write: papers.may_write.iter().map(|kind| kind.code().to_owned()).collect(),
    }))
}

/// A paper of a record, to be stored.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmdPaperEntry {
    /// A code of `data/papers`: `clue_survey`, `clue_review`, `report_card`, `discharge_slip`, `management_consent`, `basic_information`, `supplement`, `information_exchange`, `emergency_consent`, `incident_survey`
    kind: String,
    /// Version of the record that the caller saw
    version: Option<i64>,
    /// Of slips, exchanges, consents to emergencies and incidents the one that this one corrects; the others continue the last one by themselves
    replaces: Option<String>,
    /// Fields by the keys of `data/papers`
    #[schema(value_type = Object)]
    fields: Value,
}

/// What is written on a paper that a program sent.
pub(crate) fn fields(field: &str, sent: Value) -> Result<Fields, ApiFailure> {
    match sent {
        Value::Object(fields) => Ok(fields),
        _ => Err(ProblemDocument::invalid(field, "wrong_kind").into()),
    }
}

/// What was stored.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdPaperMade {
    id: String,
}

/// Programs of whoever writes the paper: stores a paper; the record follows.
#[utoipa::path(
    post, path = "/api/v1/smd-records/{id}/papers", tag = "follow-up",
    operation_id = "smd_paper_write",
    params(("id" = String, Path, description = "Identifier of the record")),
    request_body = SmdPaperEntry,
    responses(
        (status = 201, body = SmdPaperMade),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Refused by a rule, or changed meanwhile"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn write(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Body { value: sent, .. }: Body<SmdPaperEntry>,
) -> Result<(StatusCode, Json<SmdPaperMade>), ApiFailure> {
    let kind = PaperKind::of_code(&sent.kind)
        .ok_or_else(|| ApiFailure::from(ProblemDocument::invalid("kind", "unknown_choice")))?;
    let sent = Sent {
        kind,
        version: sent.version,
        replaces: given("replaces", sent.replaces.as_deref())?,
        fields: fields("fields", sent.fields)?,
    };
    let id = paper::write(&site.app, &caller.scope, parsed(&id)?, &sent).await?;
    Ok((StatusCode::CREATED, Json(SmdPaperMade { id: id.to_string() })))
}

/// A paper with what is written on it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdPaperDocument {
    #[serde(flatten)]
    line: SmdPaperLine,
    /// The record
    record: String,
    /// Institution that wrote it
    organisation: String,
    /// Fields by the keys of `data/papers`; the number of a document is masked
    #[schema(value_type = Object)]
    fields: Value,
}

/// Programs of doctors and of the county's health side: one paper.
#[utoipa::path(
    get, path = "/api/v1/smd-papers/{id}", tag = "follow-up",
    operation_id = "smd_paper",
    params(("id" = String, Path, description = "Identifier of the paper")),
    responses(
        (status = 200, body = SmdPaperDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SmdPaperDocument>, ApiFailure> {
    let paper = paper::one(&site.app, &caller.scope, parsed(&id)?).await?;
    Ok(Json(SmdPaperDocument {
        line: SmdPaperLine::from(&paper.line),
        record: paper.record.to_string(),
        organisation: paper.organisation,
        fields: Value::Object(super::masked(paper.fields)),
    }))
}

/// A stay in hospital.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdStay {
    from: String,
    /// Day of discharge; nothing while it lasts
    until: Option<String>,
}

/// Days in hospital of one calendar year.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct HospitalYear {
    pub(crate) year: i16,
    pub(crate) days: u32,
}

/// Days in hospital, as slips and steps of the record tell of them; a day of two stays counts once.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdHospitalDays {
    /// Days in the twelve months up to today
    days: u32,
    from: String,
    to: String,
    /// By calendar year, the latest first
    years: Vec<HospitalYear>,
    stays: Vec<SmdStay>,
}

pub(crate) fn years(years: &[(i16, u32)]) -> Vec<HospitalYear> {
    years.iter().map(|(year, days)| HospitalYear { year: *year, days: *days }).collect()
}

/// Programs of doctors and of the county's health side: the days in hospital of a record.
#[utoipa::path(
    get, path = "/api/v1/smd-records/{id}/hospital-days", tag = "follow-up",
    operation_id = "smd_hospital_days",
    params(("id" = String, Path, description = "Identifier of the record")),
    responses(
        (status = 200, body = SmdHospitalDays),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn hospital_days(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SmdHospitalDays>, ApiFailure> {
    let found = stays::of_record(&site.app, &caller.scope, parsed(&id)?).await?;
    let stay = |stay: &rules::outcome::Stay| SmdStay {
        from: stay.from.to_string(),
        until: stay.until.map(|day| day.to_string()),
    };
    Ok(Json(SmdHospitalDays {
        days: found.days,
        from: found.from.to_string(),
        to: found.to.to_string(),
        years: years(&found.years),
        stays: found.stays.iter().map(stay).collect(),
    }))
}
