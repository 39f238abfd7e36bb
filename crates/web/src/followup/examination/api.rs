//! `/api/v1/smd-records/{id}/examinations`: the yearly examination for programs.

use crate::{
    Site,
    address::parsed,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::Body,
    },
    followup::api::day,
    session::Caller,
};
use app::followup::examination::{self, Examination, ExaminationFields};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use rules::followup::examination::written;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An examination, an invitation or a refusal.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdExamination {
    id: String,
    on: String,
    /// `done`, `invited`, `refused`
    answer: String,
    person_agrees: Option<bool>,
    guardian_agrees: Option<bool>,
    /// Items that were examined: `normal` or `abnormal`
    results: BTreeMap<String, String>,
    /// Items that are still missing
    missing: Vec<String>,
    /// Values by the codes of `data/examination.toml`
    values: BTreeMap<String, String>,
    note: String,
    by: String,
    at: String,
    voided_at: Option<String>,
    void_reason: Option<String>,
}

impl From<&Examination> for SmdExamination {
    fn from(one: &Examination) -> Self {
        let result = |abnormal: bool| if abnormal { "abnormal" } else { "normal" }.to_owned();
        SmdExamination {
            id: one.id.to_string(),
            on: one.on.to_string(),
            answer: one.answer.code().to_owned(),
            person_agrees: one.agreed[0],
            guardian_agrees: one.agreed[1],
            results: one.items.iter().map(|(item, bad)| (item.code().to_owned(), result(*bad))).collect(),
            missing: one.missing.iter().map(|item| item.code().to_owned()).collect(),
            values: one.values.iter().map(|(code, tenths)| (code.clone(), written(*tenths))).collect(),
            note: one.note.clone(),
            by: one.by.0.clone(),
            at: one.by.1.to_string(),
            voided_at: one.voided.as_ref().map(|(at, ..)| at.to_string()),
            void_reason: one.voided.as_ref().map(|(_, _, why)| why.clone()),
        }
    }
}

/// The examinations of a record.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdExaminations {
    /// The latest day of the next one
    due_on: Option<String>,
    items: Vec<SmdExamination>,
}

/// Programs of doctors and of the county's health side: the examinations of a record, the latest first.
#[utoipa::path(
    get, path = "/api/v1/smd-records/{id}/examinations", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier of the record")),
    responses(
        (status = 200, body = SmdExaminations),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SmdExaminations>, ApiFailure> {
    let found = examination::of_record(&site.app, &caller.scope, parsed(&id)?).await?;
    let items = found.made.iter().map(SmdExamination::from).collect();
    Ok(Json(SmdExaminations { due_on: day(found.due_on), items }))
}

/// An examination, an invitation or a refusal to be recorded.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmdExaminationEntry {
    /// Day; today where it is empty
    #[serde(default)]
    on: String,
    /// `done`, `invited`, `refused`
    answer: String,
    person_agrees: Option<bool>,
    guardian_agrees: Option<bool>,
    /// `general`, `blood_pressure`, `weight`, `blood_count`, `transaminase`, `glucose`, `electrocardiogram`: `normal` or `abnormal`
    #[serde(default)]
    results: BTreeMap<String, String>,
    /// Values by the codes of `data/examination.toml`: `"systolic": "126"`
    #[serde(default)]
    values: BTreeMap<String, String>,
    /// Findings, or why not; needed for what is abnormal, and for a refusal
    #[serde(default)]
    note: String,
}

/// What was recorded.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdExaminationMade {
    id: String,
}

/// Programs of whoever is in charge and of the county: records an examination, an invitation or a refusal.
#[utoipa::path(
    post, path = "/api/v1/smd-records/{id}/examinations", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier of the record")),
    request_body = SmdExaminationEntry,
    responses(
        (status = 201, body = SmdExaminationMade),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Refused by a rule"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn record(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Body { value: sent, .. }: Body<SmdExaminationEntry>,
) -> Result<(StatusCode, Json<SmdExaminationMade>), ApiFailure> {
    let fields = ExaminationFields {
        on: sent.on,
        answer: sent.answer,
        person_agrees: sent.person_agrees,
        guardian_agrees: sent.guardian_agrees,
        results: sent.results,
        values: sent.values,
        note: sent.note,
    };
    let id = examination::record(&site.app, &caller.scope, parsed(&id)?, &fields).await?;
    Ok((StatusCode::CREATED, Json(SmdExaminationMade { id: id.to_string() })))
}
