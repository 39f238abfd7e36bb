//! `/api/v1/workforce`: the same figures, lists and entries for programs.

pub(crate) mod training;

use crate::{
    Site,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Asked, Body},
    },
    session::Caller,
};
use app::{
    id::Id,
    workforce::{
        self, Member, Part, StaffFilter,
        employment::{self, EmploymentEntry, Stretch},
    },
};
use axum::{
    Json,
    extract::{Path, State},
};
use rules::workforce::Validity;
use serde::{Deserialize, Serialize};

/// Which year, of which county.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FiguresQuery {
    /// Calendar year; this one where it is left out.
    year: Option<i16>,
    /// Code of one county of the caller's area, told by institution.
    county: Option<i64>,
}

/// Figures of an institution, a county, or all of the area.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct WorkforcePart {
    /// Identifier; left out for counties and the whole.
    institution: Option<String>,
    name: String,
    /// 0 for the whole.
    county: i64,
    /// SV13: persons who did the hours that they owe …
    numerator: u32,
    /// … of persons in direct service employed on the day.
    denominator: u32,
    missing_minutes: u64,
    certificates_expired: u32,
    certificates_running_out: u32,
    /// Of the denominator: no employment is recorded, so the whole year is owed.
    unrecorded: u32,
    staff: u32,
}

impl WorkforcePart {
    fn new(part: &Part) -> WorkforcePart {
        WorkforcePart {
            institution: part.institution.map(|id| id.to_string()),
            name: part.name.clone(),
            county: part.county,
            numerator: part.trained.of,
            denominator: part.trained.all,
            missing_minutes: part.missing,
            certificates_expired: part.expired,
            certificates_running_out: part.running_out,
            unrecorded: part.unrecorded,
            staff: part.staff,
        }
    }
}

/// Figures with their definition.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct WorkforceFigures {
    /// Version of the definition.
    definition: String,
    year: i16,
    /// The day on which they hold.
    #[schema(value_type = String, format = Date)]
    on: jiff::civil::Date,
    whole: WorkforcePart,
    parts: Vec<WorkforcePart>,
}

/// Programs of who answers for staff: SV13 and certificates by institution or county. Nobody is named; the read is logged.
#[utoipa::path(get, path = "/api/v1/workforce/figures", tag = "workforce", params(FiguresQuery), responses(
    (status = 200, body = WorkforceFigures),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn figures(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<FiguresQuery>,
) -> Result<Json<WorkforceFigures>, ApiFailure> {
    let found = workforce::figures(&site.app, &caller.scope, asked.year, asked.county).await?;
    Ok(Json(WorkforceFigures {
        definition: found.definition,
        year: found.year,
        on: found.on,
        whole: WorkforcePart::new(&found.whole),
        parts: found.parts.iter().map(WorkforcePart::new).collect(),
    }))
}

/// Of which county.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StaffingQuery {
    /// Code of one county of the caller's area, told by institution.
    county: Option<i64>,
}

/// Clients and hours of an institution, a county, or all of the area.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StaffingPart {
    /// Identifier; left out for counties and the whole.
    institution: Option<String>,
    name: String,
    /// 0 for the whole.
    county: i64,
    /// Clients in service
    clients: u32,
    /// Minutes a week of case work, by contract
    week_minutes: u32,
    /// Clients for one full post in tenths, rounded up; left out where there are no hours
    per_post_tenths: Option<u32>,
    /// `fits`, `above`, `warn`, `nobody`
    level: &'static str,
    /// Minutes a week that are missing until it fits
    missing_minutes: u32,
}

/// Staffing with its definition.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StaffingDocument {
    /// Version of the definition.
    definition: String,
    /// The day on which it holds.
    #[schema(value_type = String, format = Date)]
    on: jiff::civil::Date,
    whole: StaffingPart,
    /// Those who need help first
    parts: Vec<StaffingPart>,
}

/// Programs of who answers for staff: clients for one full post of case work by institution or county. Nobody is named; the read is
/// logged.
#[utoipa::path(get, path = "/api/v1/workforce/staffing", tag = "workforce", params(StaffingQuery), responses(
    (status = 200, body = StaffingDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn staffing(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<StaffingQuery>,
) -> Result<Json<StaffingDocument>, ApiFailure> {
    let found = workforce::staffing::staffing(&site.app, &caller.scope, asked.county).await?;
    let table = &site.app.tables.workforce;
    let full = table.employment.full_week_minutes;
    let part = |part: &workforce::staffing::Place| StaffingPart {
        institution: part.institution.map(|id| id.to_string()),
        name: part.name.clone(),
        county: part.county,
        clients: part.load.clients,
        week_minutes: part.load.week_minutes,
        per_post_tenths: part.load.per_post_in_tenths(full),
        level: part.load.level(&table.staffing, full).code(),
        missing_minutes: part.load.missing_minutes(&table.staffing, full),
    };
    Ok(Json(StaffingDocument {
        whole: part(&found.whole),
        parts: found.parts.iter().map(part).collect(),
        definition: found.definition,
        on: found.on,
    }))
}

/// Which staff.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StaffQuery {
    /// The institution; a manager's own where it is left out.
    institution: Option<String>,
    /// Calendar year; this one where it is left out.
    year: Option<i16>,
    /// Only those who miss hours.
    #[serde(default)]
    short: bool,
    /// Only those whose certificate runs out or ran out.
    #[serde(default)]
    certificate: bool,
    /// `next` of the page before.
    after: Option<String>,
}

/// A stretch of employment.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StretchDocument {
    /// Code of the post
    post: String,
    week_minutes: i64,
    #[schema(value_type = String, format = Date)]
    from_on: jiff::civil::Date,
    #[schema(value_type = Option<String>, format = Date)]
    until_on: Option<jiff::civil::Date>,
    account: Option<String>,
}

impl StretchDocument {
    fn new(stretch: &Stretch) -> StretchDocument {
        StretchDocument {
            post: stretch.post.clone(),
            week_minutes: stretch.week_minutes,
            from_on: stretch.from_on,
            until_on: stretch.until_on,
            account: stretch.account.map(|id| id.to_string()),
        }
    }
}

/// Somebody of the staff.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MemberDocument {
    /// The record in the talent library
    id: String,
    name: String,
    profession: String,
    employment: Option<StretchDocument>,
    /// The hours are owed
    counted: bool,
    /// Minutes reported as a sum, and entered training by training; the larger counts
    reported_minutes: u32,
    entered_minutes: u32,
    required_minutes: u32,
    missing_minutes: u32,
    #[schema(value_type = Option<String>, format = Date)]
    certificate_until: Option<jiff::civil::Date>,
    /// `open`, `valid`, `runs_out`, `expired`
    certificate: &'static str,
}

impl MemberDocument {
    fn new(member: &Member) -> MemberDocument {
        MemberDocument {
            id: member.id.to_string(),
            name: member.name.clone(),
            profession: member.profession.code().to_owned(),
            employment: member.employment.as_ref().map(StretchDocument::new),
            counted: member.counted,
            reported_minutes: member.reported,
            entered_minutes: member.entered,
            required_minutes: member.standing.required,
            missing_minutes: member.standing.missing(),
            certificate_until: member.certificate_until,
            certificate: match member.validity {
                Validity::Open => "open",
                Validity::Valid => "valid",
                Validity::RunsOut { .. } => "runs_out",
                Validity::Expired => "expired",
            },
        }
    }
}

/// A page of staff.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StaffPage {
    institution: String,
    institution_name: String,
    year: i16,
    items: Vec<MemberDocument>,
    /// Pass as `after` for the next page
    next: Option<String>,
    total: usize,
}

/// Programs of who answers for staff: the staff of one house, by name. The read is logged.
#[utoipa::path(get, path = "/api/v1/workforce/staff", tag = "workforce", params(StaffQuery), responses(
    (status = 200, body = StaffPage),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn staff(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<StaffQuery>,
) -> Result<Json<StaffPage>, ApiFailure> {
    let id = |text: Option<String>| -> Result<Option<Id>, ApiFailure> {
        text.map(|text| request::id(&text)).transpose()
    };
    let filter = StaffFilter {
        institution: id(asked.institution)?,
        year: asked.year,
        short: asked.short,
        certificate: asked.certificate,
        after: id(asked.after)?,
    };
    let found = workforce::staff(&site.app, &caller.scope, &filter).await?;
    Ok(Json(StaffPage {
        institution: found.institution.to_string(),
        institution_name: found.institution_name,
        year: found.year,
        items: found.members.iter().map(MemberDocument::new).collect(),
        next: found.next.map(|id| id.to_string()),
        total: found.total,
    }))
}

/// Somebody's employment.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct EmployedDocument {
    id: String,
    name: String,
    /// The latest stretch first
    stretches: Vec<StretchDocument>,
}

/// A stretch to be entered; one with the same first day is replaced, one that goes on ends the day before.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StretchEntry {
    /// Code of the post
    post: String,
    /// Hours a week by contract, such as `37.5`
    week_hours: String,
    /// The first day
    from_on: String,
    /// The last day; left out while it goes on
    #[serde(default)]
    until_on: String,
    /// The worker's own account
    #[serde(default)]
    account: String,
}

async fn employed(site: &Site, caller: &Caller, id: Id) -> Result<Json<EmployedDocument>, ApiFailure> {
    let found = employment::of(&site.app, &caller.scope, id).await?;
    Ok(Json(EmployedDocument {
        id: found.talent.to_string(),
        name: found.name,
        stretches: found.stretches.iter().map(StretchDocument::new).collect(),
    }))
}

/// Programs of who answers for staff: somebody's employment. The read is logged.
#[utoipa::path(get, path = "/api/v1/workforce/staff/{id}/employment", tag = "workforce", params(("id" = String, Path)),
    responses(
    (status = 200, body = EmployedDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn employment(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<EmployedDocument>, ApiFailure> {
    employed(&site, &caller, request::id(&id)?).await
}

/// Programs of managers and civil affairs: enters a stretch of employment. Sent twice it is one.
#[utoipa::path(post, path = "/api/v1/workforce/staff/{id}/employment", tag = "workforce", params(("id" = String, Path)),
    request_body = StretchEntry, responses(
    (status = 200, body = EmployedDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn employ(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<StretchEntry>,
) -> Result<Json<EmployedDocument>, ApiFailure> {
    let (id, sent) = (request::id(&id)?, body.value);
    let entry = EmploymentEntry {
        post: sent.post,
        week_hours: sent.week_hours,
        from_on: sent.from_on,
        until_on: sent.until_on,
        account: sent.account,
    };
    employment::employ(&site.app, &caller.scope, id, &entry).await?;
    employed(&site, &caller, id).await
}
