//! Lists of openings: the own ones, those to be judged, and for auditors all of the area, without reasons and subjects.

use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::{Sql, Value},
    error::Result,
    id::Id,
    p, row,
    scope::{Area, Scope},
};
use jiff::Timestamp;
use rules::account::{Deed, Role, Subject};

/// Rows of a page.
pub const PAGE: i64 = 50;
/// Own openings shown.
const OWN: i64 = 20;

/// One opening in a list. Neither who was opened nor why stands here.
#[derive(Debug, Clone)]
pub struct Line {
    /// The opening.
    pub id: Id,
    /// Who opened.
    pub name: String,
    /// In which role, as a code.
    pub role: String,
    /// For which organisation.
    pub organisation: String,
    /// `person` or `referral`; nothing where nobody was found or the record was in the own scope.
    pub subject_kind: Option<String>,
    /// The legal basis, as a code.
    pub basis: String,
    /// When.
    pub at: Timestamp,
    /// When it ends or ended at the latest.
    pub ends_at: Timestamp,
    /// When it was ended before.
    pub ended_at: Option<Timestamp>,
    /// By when it is to be judged.
    pub review_due_at: Timestamp,
    /// What was found, as a code.
    pub verdict: Option<String>,
    /// When.
    pub reviewed_at: Option<Timestamp>,
    /// By whom.
    pub reviewer: Option<String>,
}
row!(Line {
    id,
    name,
    role,
    organisation,
    subject_kind,
    basis,
    at,
    ends_at,
    ended_at,
    review_due_at,
    verdict,
    reviewed_at,
    reviewer
});

const LINE: &str = "SELECT e.id, a.name, e.role, o.name, e.subject_kind, e.basis, e.at, e.ends_at, e.ended_at,
    e.review_due_at, e.verdict, e.reviewed_at, v.name FROM emergency_access e JOIN account a ON a.id = e.account_id
    JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account v ON v.id = e.reviewed_by";

/// The caller's own openings, the latest first.
///
/// # Errors
/// The role opens nothing.
pub async fn own(app: &App, scope: &Scope) -> Result<Vec<Line>> {
    scope.permit(Deed::Change, Subject::EmergencyAccess)?;
    let sql = Sql::new(LINE)
        .push(" WHERE e.account_id = {} ORDER BY e.ends_at DESC LIMIT {}", p![scope.account, OWN]);
    Ok(app.db.query(sql).await?)
}

/// Adds "and the caller may judge it now".
fn to_judge(app: &App, scope: &Scope, sql: Sql) -> Sql {
    let (terms, Area { from, to }) = (&app.tables.emergency, scope.area);
    let roles = terms.reviewed_by(scope.role);
    let sql = sql.push(
        " WHERE e.verdict IS NULL AND e.subject_id IS NOT NULL AND e.division >= {} AND e.division <= {}
          AND e.account_id <> {} AND (",
        p![from, to, scope.account],
    );
    let sql = if scope.role == terms.escalates_to {
        sql.push("e.review_due_at < {}", p![app.now()])
    } else {
        sql.push("1 = 0", [])
    };
    let codes = roles.iter().map(|role| Value::from(role.code()));
    let places = vec!["{}"; roles.len()].join(", ");
    let sql = if roles.is_empty() { sql } else { sql.push(&format!(" OR e.role IN ({places})"), codes) };
    sql.push(")", [])
}

/// What waits for the caller's judgement, the oldest first.
///
/// # Errors
/// The role judges nothing.
pub async fn due(app: &App, scope: &Scope) -> Result<Vec<Line>> {
    scope.permit(Deed::Read, Subject::EmergencyReview)?;
    let sql = to_judge(app, scope, Sql::new(LINE)).push(" ORDER BY e.review_due_at, e.id LIMIT {}", p![PAGE]);
    let lines: Vec<Line> = app.db.query(sql).await?;
    record(app, scope, lines.len()).await?;
    Ok(lines)
}

/// All openings of the auditor's area, the latest first, after the last line of the page before. Whoever opened is of the
/// area, or whom it found lives there.
///
/// # Errors
/// The caller is no auditor.
pub async fn all(app: &App, scope: &Scope, after: Option<(Timestamp, Id)>) -> Result<Vec<Line>> {
    scope.permit(Deed::Read, Subject::Log)?;
    if scope.role != Role::Auditor {
        return Ok(Vec::new());
    }
    let Area { from, to } = scope.area;
    let mut sql = Sql::new(LINE).push(
        " /* whole: latest first, ended by the limit */ WHERE ((e.division >= {} AND e.division <= {})
          OR (a.division >= {} AND a.division <= {}))",
        p![from, to, from, to],
    );
    if let Some((at, id)) = after {
        sql = sql.push(" AND (e.at < {} OR (e.at = {} AND e.id < {}))", p![at, at, id]);
    }
    let sql = sql.push(" ORDER BY e.at DESC, e.id DESC LIMIT {}", p![PAGE]);
    let lines: Vec<Line> = app.db.query(sql).await?;
    record(app, scope, lines.len()).await?;
    Ok(lines)
}

async fn record(app: &App, scope: &Scope, rows: usize) -> Result<()> {
    let purpose = if scope.role == Role::Auditor { Purpose::Audit } else { Purpose::Supervision };
    audit::record(&app.db, scope, Entry::listed(purpose, super::KIND, rows), app.now()).await
}

/// An opening that shows something now.
#[derive(Debug, Clone)]
pub struct Open {
    /// The opening.
    pub id: Id,
    /// When it ends.
    pub ends_at: Timestamp,
}
row!(Open { id, ends_at });

/// What every page tells: what is open now, and how many judgements wait.
#[derive(Debug, Clone, Default)]
pub struct Banner {
    /// Open now, the first to end first.
    pub open: Vec<Open>,
    /// Judgements that wait for the caller, at most [`PAGE`] counted.
    pub to_judge: usize,
}

/// What every page tells its reader; costs nothing for roles that neither open nor judge.
///
/// # Errors
/// The database is gone.
pub async fn banner(app: &App, scope: &Scope) -> Result<Banner> {
    let mut banner = Banner::default();
    if scope.role.may(Deed::Change, Subject::EmergencyAccess) {
        let sql = "SELECT id, ends_at FROM emergency_access WHERE account_id = $1 AND ends_at > $2 AND ended_at IS NULL
            AND subject_id IS NOT NULL AND role = $3 ORDER BY ends_at LIMIT 10";
        banner.open = app.db.all(sql, p![scope.account, app.now(), scope.role.code()]).await?;
    }
    if scope.role.may(Deed::Read, Subject::EmergencyReview) {
        let sql = to_judge(app, scope, Sql::new("SELECT e.id FROM emergency_access e"));
        let waiting: Vec<(Id,)> = app.db.query(sql.push(" LIMIT {}", p![PAGE])).await?;
        banner.to_judge = waiting.len();
    }
    Ok(banner)
}
