//! `/api/v1/cases/{id}/consent`: the consents of a case, what was given to others, and what goes on by law.

use super::{
    document::code,
    problem::{ApiFailure, ProblemDocument},
    request,
};
use crate::{Site, session::Caller};
use app::referral::consent_sheet::{self, Line};
use axum::{
    Json,
    extract::{Path, State},
};
use jiff::Timestamp;
use serde::Serialize;

/// One purpose.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PurposeDocument {
    /// Purpose.
    purpose: String,
    /// `not_given`, `valid`, `ask_again`, `run_out` or `taken_back`.
    standing: String,
    /// Day it was given.
    on: Option<String>,
    /// Last day.
    until: Option<String>,
    /// Day it was taken back.
    withdrawn: Option<String>,
    /// Version of the text that was agreed to.
    version: Option<u16>,
    /// SHA-256 of that text.
    digest: Option<String>,
    /// A guardian signed.
    by_guardian: bool,
    /// What the person said beside the guardian's signature: `agrees`, `refuses`, `cannot_say`.
    own_word: Option<String>,
    /// The service cannot go on without it.
    essential: bool,
}

impl From<&Line> for PurposeDocument {
    fn from(line: &Line) -> Self {
        let given = line.given.as_ref();
        let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
        PurposeDocument {
            purpose: code(&line.purpose),
            standing: code(&line.standing),
            on: day(given.map(|given| given.on)),
            until: day(given.and_then(|given| given.until)),
            withdrawn: day(given.and_then(|given| given.withdrawn)),
            version: given.map(|given| given.version),
            digest: given.and(line.text.as_ref()).map(|text| text.digest.clone()),
            by_guardian: given.is_some_and(|given| given.signer.guardian.is_some()),
            own_word: given.and_then(|given| given.signer.own_word).as_ref().map(code),
            essential: line.essential,
        }
    }
}

/// Something that was given to another body.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SharedDocument {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `referral_slip`, `hospital_slip`, `hospital_stay`, `risk_grade`, `emergency`, `transfer_request`, `department_record`,
    /// `department_deletion` or `research_extract`.
    act: String,
    /// To whom.
    party: String,
    /// Name of the organisation.
    organisation: Option<String>,
    /// `consent`, `legal_duty` or `emergency` (Personal Information Protection Law art. 13).
    basis: String,
    /// Purpose of the consent.
    purpose: Option<String>,
    /// Version of its text.
    version: Option<i64>,
    /// The duty by law where a share rests on one: a code of its basis, or `deletion`.
    law: Option<String>,
}

/// What goes on by law.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DutyDocument {
    /// Code.
    code: String,
    /// By which law, in Chinese.
    law_zh: String,
    /// By which law, in English.
    law_en: String,
}

/// The consents of a case.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ConsentDocument {
    /// How the person decides: `adult`, `adult_limited`, `without_capacity`, `under_fourteen`, `minor`.
    group: String,
    /// One for each purpose.
    purposes: Vec<PurposeDocument>,
    /// Latest first.
    shared: Vec<SharedDocument>,
    /// Legal duties: they are no consents.
    duties: Vec<DutyDocument>,
}

/// Programs of the person, the case manager in charge and the county's desk: the consents of a case. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/consent", tag = "cases", params(("id" = String, Path)), responses(
    (status = 200, body = ConsentDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ConsentDocument>, ApiFailure> {
    let sheet = consent_sheet::sheet(&site.app, &caller.scope, request::id(&id)?).await?;
    let shared = sheet.shared.into_iter().map(|one| SharedDocument {
        at: one.at,
        act: one.act,
        party: one.party,
        organisation: one.organisation,
        basis: one.basis,
        purpose: one.purpose,
        version: one.version,
        law: one.law,
    });
    let duties = sheet.duties.into_iter().map(|duty| DutyDocument {
        code: duty.code,
        law_zh: duty.law_zh,
        law_en: duty.law_en,
    });
    Ok(Json(ConsentDocument {
        group: code(&sheet.group),
        purposes: sheet.lines.iter().map(PurposeDocument::from).collect(),
        shared: shared.collect(),
        duties: duties.collect(),
    }))
}
