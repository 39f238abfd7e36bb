//! `/api/v1/audit`: the log for the programs of supervising bodies.

use super::{cursor, read_cursor};
use crate::{
    Site,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::Asked,
    },
    session::Caller,
};
use app::{
    audit::{self, Filter, Line},
    id::Id,
};
use axum::{Json, extract::State};
use jiff::{Timestamp, civil::Date};
use rules::account::Role;
use serde::{Deserialize, Serialize};

/// What the log is asked for; nothing set is everything in scope.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Username, or part of a name or of an organisation's.
    #[serde(default)]
    actor: String,
    /// Identifier of a person, a case or another record, or a case's number.
    #[serde(default)]
    subject: String,
    /// What was done, as a code: `read`, `sign_in`, …
    #[serde(default)]
    action: String,
    /// From this day on, in China.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Until this day, in China.
    #[param(value_type = Option<String>, format = Date)]
    until: Option<Date>,
    /// `next` of the page before.
    after: Option<String>,
}

/// One line of the log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AuditLine {
    /// Identifier.
    id: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// Who; nothing for clients, for the programme itself and for those who were not let in.
    username: Option<String>,
    /// In which role.
    role: String,
    /// For which organisation.
    organisation: Option<String>,
    /// Why, as a code.
    purpose: String,
    /// What was done, as a code.
    action: String,
    /// To what kind of record.
    subject_kind: String,
    /// To which one.
    subject_id: Option<String>,
    /// Codes and figures such as `rows=20`; contents are in none.
    detail: String,
}

/// A page of the log, the latest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AuditList {
    /// At most a hundred lines.
    lines: Vec<AuditLine>,
    /// Where the next page starts.
    next: Option<String>,
}

impl AuditLine {
    fn new(role: Role, line: Line) -> AuditLine {
        AuditLine {
            id: line.id.to_string(),
            at: line.at.to_string(),
            username: line.username.filter(|_| role != Role::Client),
            role: line.role,
            organisation: line.organisation,
            purpose: line.purpose,
            action: line.action,
            subject_kind: line.subject_kind,
            subject_id: line.subject_id.map(|id| id.to_string()),
            detail: audit::said(&line.detail),
        }
    }
}

/// Where a page starts. What is none is refused: the first page again would look like the next.
fn place(after: &str) -> Result<(Timestamp, Id), ApiFailure> {
    read_cursor(after).ok_or_else(|| ProblemDocument::invalid("after", "cursor_invalid").into())
}

/// Auditors' programs: who did or read what in their area. Clients: what was done with their own data.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery), responses(
    (status = 200, body = AuditList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<AuditQuery>,
) -> Result<Json<AuditList>, ApiFailure> {
    let filter = Filter {
        actor: asked.actor,
        subject: asked.subject,
        action: asked.action,
        from: asked.from,
        until: asked.until,
        after: asked.after.as_deref().map(place).transpose()?,
    };
    let lines = audit::page(&site.app, &caller.scope, &filter).await?;
    let full = i64::try_from(lines.len()).unwrap_or(0) == audit::PAGE;
    let next = lines.last().filter(|_| full).map(|last| cursor((last.at, last.id)));
    let role = caller.scope.role;
    Ok(Json(AuditList { lines: lines.into_iter().map(|line| AuditLine::new(role, line)).collect(), next }))
}
