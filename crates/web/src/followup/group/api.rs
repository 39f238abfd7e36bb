//! `/api/v1/smd-groups`, `/api/v1/smd-records/{id}/group`: the management groups for programs.

use super::{AskedPart, town};
use crate::{
    Site,
    address::parsed,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Body},
    },
    followup::api::day,
    session::Caller,
};
use app::followup::group::{self, Case, CaseFields, MeetingFields, MemberFields};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use rules::followup::RiskGrade;
use serde::{Deserialize, Serialize};

/// A township.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdTownship {
    division: i64,
    place: String,
    /// Name of its group; nothing where there is none
    group: Option<String>,
    /// Every office that a group needs is filled
    complete: bool,
    /// Cases that are open
    open: i64,
    last_meeting: Option<String>,
}

/// The townships of the caller's area.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdTownships {
    /// Townships that lie directly in the area
    items: Vec<SmdTownship>,
    /// Its parts, where it is more than a county: ask for one as `division`
    districts: Vec<SmdDistrict>,
    /// Townships of the area
    townships: usize,
    /// Townships with a group
    with_group: usize,
}

/// A part of an area above a county.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdDistrict {
    division: i64,
    place: String,
    townships: usize,
    with_group: usize,
    /// Cases that are open
    open: i64,
}

/// Programs of doctors and of the county's health side: the townships of the area with their groups; names nobody.
#[utoipa::path(
    get, path = "/api/v1/smd-groups", tag = "follow-up",
    params(("division" = Option<String>, Query, description = "A part of the area, 12 digits; all of it where it is left out")),
    responses(
        (status = 200, body = SmdTownships),
        (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    request::Asked(asked): request::Asked<AskedPart>,
) -> Result<Json<SmdTownships>, ApiFailure> {
    let found = group::townships(&site.app, &caller.scope, asked.part()?).await?;
    let item = |line: group::Township| SmdTownship {
        division: line.division,
        place: line.place,
        group: line.group,
        complete: line.complete,
        open: line.open,
        last_meeting: day(line.last_meeting),
    };
    Ok(Json(SmdTownships {
        with_group: found.with_group,
        townships: found.all,
        districts: found
            .districts
            .into_iter()
            .map(|group::District { division, place, townships, with_group, open }| SmdDistrict {
                division,
                place,
                townships,
                with_group,
                open,
            })
            .collect(),
        items: found.lines.into_iter().map(item).collect(),
    }))
}

/// A member.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmdGroupMember {
    /// `leader`, `police`, `civil_affairs`, `federation`, `health_centre`, `village`, `grid`, `other`
    office: String,
    name: String,
    #[serde(default)]
    organisation: String,
    #[serde(default)]
    phone: String,
}

/// A meeting.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdGroupMeeting {
    held_on: String,
    /// Offices that were there
    came: Vec<String>,
    note: String,
    by: String,
}

/// Something that was done about a case.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdMeasure {
    /// `hand`, `measure`, `close`
    act: String,
    on: String,
    note: String,
    by: String,
}

/// A case that was handed to a group.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdHanded {
    id: String,
    record: String,
    name: String,
    division: i64,
    /// `risk`, `refused`, `lost`
    ground: String,
    handed_on: String,
    closed_on: Option<String>,
    /// Risk, 0 to 5
    risk: Option<u8>,
    measures: Vec<SmdMeasure>,
}

impl From<&Case> for SmdHanded {
    fn from(case: &Case) -> Self {
        SmdHanded {
            id: case.id.to_string(),
            record: case.record.to_string(),
            name: case.name.clone(),
            division: case.division,
            ground: case.ground.code().to_owned(),
            handed_on: case.handed_on.to_string(),
            closed_on: day(case.closed_on),
            risk: case.risk.map(RiskGrade::code),
            measures: case
                .measures
                .iter()
                .map(|one| SmdMeasure {
                    act: one.act.clone(),
                    on: one.on.to_string(),
                    note: one.note.clone(),
                    by: one.by.clone(),
                })
                .collect(),
        }
    }
}

/// A group with the cases that were handed to it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdGroup {
    division: i64,
    name: String,
    members: Vec<SmdGroupMember>,
    /// Offices that nobody fills
    unfilled: Vec<String>,
    meetings: Vec<SmdGroupMeeting>,
    cases: Vec<SmdHanded>,
    /// To be sent with the next change; 0 where there is no group yet
    version: i64,
}

/// Programs of the township's doctors and of the county's health side: a group; no diagnosis stands in it.
#[utoipa::path(
    get, path = "/api/v1/smd-groups/{town}", tag = "follow-up",
    params(("town" = String, Path, description = "Township, 12 digits")),
    responses(
        (status = 200, body = SmdGroup),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(division): Path<String>,
) -> Result<Json<SmdGroup>, ApiFailure> {
    let found = group::show(&site.app, &caller.scope, town(&division)?).await?;
    let member = |one: group::Member| SmdGroupMember {
        office: one.office.code().to_owned(),
        name: one.name,
        organisation: one.organisation,
        phone: one.phone,
    };
    let meeting = |one: group::Meeting| SmdGroupMeeting {
        held_on: one.held_on.to_string(),
        came: one.came.iter().map(|office| office.code().to_owned()).collect(),
        note: one.note,
        by: one.by,
    };
    Ok(Json(SmdGroup {
        division: found.division,
        unfilled: found.unfilled.iter().map(|office| office.code().to_owned()).collect(),
        cases: found.cases.iter().map(SmdHanded::from).collect(),
        members: found.members.into_iter().map(member).collect(),
        meetings: found.meetings.into_iter().map(meeting).collect(),
        name: found.name,
        version: found.version,
    }))
}

/// Name and members of a group.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmdGroupChange {
    /// Version that the caller saw; 0 for a new group
    version: i64,
    name: String,
    members: Vec<SmdGroupMember>,
}

/// Programs of the township's doctors and of the county's health side: sets name and members.
#[utoipa::path(
    post, path = "/api/v1/smd-groups/{town}", tag = "follow-up",
    params(("town" = String, Path, description = "Township, 12 digits")),
    request_body = SmdGroupChange,
    responses(
        (status = 204),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Changed meanwhile"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn change(
    State(site): State<Site>,
    caller: Caller,
    Path(division): Path<String>,
    Body { value: sent, .. }: Body<SmdGroupChange>,
) -> Result<StatusCode, ApiFailure> {
    let member = |one: SmdGroupMember| MemberFields {
        office: one.office,
        name: one.name,
        organisation: one.organisation,
        phone: one.phone,
    };
    let members: Vec<MemberFields> = sent.members.into_iter().map(member).collect();
    let (app, scope) = (&site.app, &caller.scope);
    group::change(app, scope, town(&division)?, sent.version, (&sent.name, &members)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A meeting of a group.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmdGroupMet {
    /// Day; today where it is empty
    #[serde(default)]
    on: String,
    /// Offices that were there
    came: Vec<String>,
    /// What was agreed
    note: String,
}

/// Programs of the township's doctors and of the county's health side: records a meeting.
#[utoipa::path(
    post, path = "/api/v1/smd-groups/{town}/meetings", tag = "follow-up",
    params(("town" = String, Path, description = "Township, 12 digits")),
    request_body = SmdGroupMet,
    responses(
        (status = 204),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "There is no group yet"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn meet(
    State(site): State<Site>,
    caller: Caller,
    Path(division): Path<String>,
    Body { value: sent, .. }: Body<SmdGroupMet>,
) -> Result<StatusCode, ApiFailure> {
    let fields = MeetingFields { on: sent.on, came: sent.came, note: sent.note };
    group::meet(&site.app, &caller.scope, town(&division)?, &fields).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is done about the case of a record.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmdCaseAct {
    /// `hand`, `measure`, `close`
    act: String,
    /// Day; today where it is empty
    #[serde(default)]
    on: String,
    /// In words
    note: String,
}

/// Programs of whoever keeps the record: hands its case to the township's group, notes a measure, closes it.
#[utoipa::path(
    post, path = "/api/v1/smd-records/{id}/group", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier of the record")),
    request_body = SmdCaseAct,
    responses(
        (status = 204),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Refused by a rule"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn act(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Body { value: sent, .. }: Body<SmdCaseAct>,
) -> Result<StatusCode, ApiFailure> {
    let fields = CaseFields { act: sent.act, on: sent.on, note: sent.note };
    group::act(&site.app, &caller.scope, parsed(&id)?, &fields).await?;
    Ok(StatusCode::NO_CONTENT)
}
