//! Who is due and who is overdue.

use super::{KIND, books};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::Sql,
    error::Result,
    id::Id,
    p,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    clock::china_date,
    workforce::{SupervisionDue, supervision_due},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Case workers of one house at most.
const MOST: i64 = 500;

/// A case worker, and whether the session of the month was held.
#[derive(Debug, Clone, Serialize)]
pub struct DueLine {
    /// The account.
    pub worker: Id,
    /// Name.
    pub name: String,
    /// The last session that was held.
    pub last: Option<Date>,
    /// The next one that is booked.
    pub next: Option<Timestamp>,
    /// Where the month stands.
    pub due: SupervisionDue,
}

/// The case workers of the house, those who are overdue first; for a case worker the own line. A doctor has none.
///
/// # Errors
/// The role has no part in supervision.
pub async fn due(app: &App, scope: &Scope) -> Result<Vec<DueLine>> {
    scope.permit(Deed::Read, Subject::Supervision)?;
    if !books(scope) {
        return Ok(Vec::new());
    }
    // Since when somebody works: by the contract, where one is on record, otherwise since there is an account.
    let of_house = " (SELECT MIN(e.from_on) FROM employment e WHERE e.account_id = a.id
            AND e.institution_id = {}) FROM account a
        WHERE a.organisation_id = {} AND a.role = 'case_manager' AND a.ended_at IS NULL";
    let mut sql = Sql::new("SELECT a.id, a.name, a.created_at,")
        .push(of_house, p![scope.organisation, scope.organisation]);
    if scope.role == Role::CaseManager {
        sql = sql.push(" AND a.id = {}", p![scope.account]);
    }
    let sql = sql.push(" ORDER BY a.name, a.id LIMIT {}", p![MOST]);
    let workers: Vec<(Id, String, Timestamp, Option<Date>)> = app.db.query(sql).await?;
    let sql = "SELECT s.worker_id, MAX(s.on_day) FROM supervision s WHERE s.organisation_id = $1 AND s.state = 'held'
        GROUP BY s.worker_id";
    let held: BTreeMap<Id, Date> =
        app.db.all::<(Id, Date)>(sql, p![scope.organisation]).await?.into_iter().collect();
    let sql = "SELECT s.worker_id, MIN(s.starts_at) FROM supervision s WHERE s.organisation_id = $1 AND s.state = 'booked'
        AND s.starts_at >= $2 GROUP BY s.worker_id";
    let next: Vec<(Id, Timestamp)> = app.db.all(sql, p![scope.organisation, app.now()]).await?;
    let next: BTreeMap<Id, Timestamp> = next.into_iter().collect();
    let today = china_date(app.now());
    let line = |(worker, name, account, contract): (Id, String, Timestamp, Option<Date>)| {
        let last = held.get(&worker).copied();
        let since = contract.unwrap_or_else(|| china_date(account));
        let due = supervision_due(last, Some(since), today);
        DueLine { worker, name, last, next: next.get(&worker).copied(), due }
    };
    let mut lines: Vec<DueLine> = workers.into_iter().map(line).collect();
    lines.sort_by(|a, b| a.due.cmp(&b.due).then_with(|| a.name.cmp(&b.name)));
    let entry = Entry::listed(Purpose::Supervision, KIND, lines.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(lines)
}
