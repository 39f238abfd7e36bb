//! Large files about persons: asked for with a reason, agreed to by a second person, fetched once within a time.
//!
//! `asked` → `agreed` → `taken`, or `declined`. Whoever asks never decides.

use super::release::{code, count, name, record, too_many};
use crate::{
    App,
    db::Sql,
    error::{Error, Result},
    id::Id,
    p,
    referral::{self, CaseRow, Filter},
    row,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp};
use rules::{
    Refusal,
    account::{Deed, Subject},
    export::Verdict,
};

/// Orders on the page.
const PAGE: i64 = 100;

/// An order for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Identifier.
    pub id: Id,
    /// Printed on the file.
    pub code: String,
    /// Which cases.
    pub filter: serde_json::Value,
    /// How many they were when it was asked for.
    pub rows: i64,
    /// `asked`, `agreed`, `declined`, `taken`.
    pub state: String,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub account_id: Id,
    /// The name of whoever asks.
    pub asker: String,
    /// The asker's organisation.
    pub organisation: String,
    /// When.
    pub asked_at: Timestamp,
    /// The name of whoever decided.
    pub decider: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What was said with the decision.
    pub note: Option<String>,
    /// Until when it can be fetched.
    pub fetch_until: Option<Timestamp>,
    /// When it was.
    pub taken_at: Option<Timestamp>,
    /// Version.
    pub version: i64,
}
row!(Order {
    id,
    code,
    filter,
    rows,
    state,
    reason,
    account_id,
    asker,
    organisation,
    asked_at,
    decider,
    decided_at,
    note,
    fetch_until,
    taken_at,
    version
});

const ORDER: &str =
    "SELECT t.id, t.code, t.filter, t.row_count, t.state, t.reason, t.account_id, a.name, o.name,
    t.asked_at, d.name, t.decided_at, t.note, t.fetch_until, t.taken_at, t.version
    FROM taken_file t JOIN account a ON a.id = t.account_id JOIN organisation o ON o.id = t.organisation_id
    LEFT JOIN account d ON d.id = t.decided_by WHERE t.reason <> ''";

/// Adds "and I may decide on it": asked for in my area, by somebody else.
fn to_decide(sql: Sql, scope: &Scope) -> Sql {
    if scope.permit(Deed::Change, Subject::ExportDecision).is_err() {
        return sql.push(" AND 1 = 0", []);
    }
    sql.push(
        " AND t.state = 'asked' AND t.division >= {} AND t.division <= {} AND t.account_id <> {}",
        p![scope.area.from, scope.area.to, scope.account],
    )
}

/// Asks for the cases of a filter as a file.
///
/// # Errors
/// The role takes no files; the reason is too short; the rows are too many for anybody.
pub async fn ask(app: &App, scope: &Scope, filter: &Filter, reason: &str) -> Result<Id> {
    scope.permit(Deed::Change, Subject::ExportOrder)?;
    let (rule, reason) = (&app.tables.exports, reason.trim());
    if reason.chars().count() < rule.reason_characters {
        return Err(Error::invalid("reason", "too_short"));
    }
    let rows = referral::export::rows(app, scope, filter).await?.len();
    let many = u64::try_from(rows).unwrap_or(u64::MAX);
    if rule.verdict(many, 0) == Verdict::TooMany {
        return Err(too_many(app, many));
    }
    let id = scope.account.beside(app.now());
    crate::atomic!(app.db, tx => {
        let sql = "INSERT INTO taken_file (id, code, subject, filter, row_count, state, reason, account_id,
            organisation_id, division, asked_at, version) VALUES ($1, $2, $3, $4, $5, 'asked', $6, $7, $8, $9, $10, 1)";
        let args = p![id, code(id), name(Subject::Case), serde_json::to_value(filter)?, count(rows), reason,
            scope.account, scope.organisation, scope.division, app.now()];
        tx.run(sql, args).await?;
        record(tx, app, scope, "ask_export", (Subject::Case, rows, &code(id)));
        Ok(id)
    })
}

/// The own orders, the latest first.
///
/// # Errors
/// The database is gone.
pub async fn own(app: &App, scope: &Scope) -> Result<Vec<Order>> {
    let sql = Sql::new(ORDER)
        .push(" AND t.account_id = {} ORDER BY t.asked_at DESC, t.id DESC LIMIT {}", p![scope.account, PAGE]);
    Ok(app.db.query(sql).await?)
}

/// The orders that wait for this reader's decision, the oldest first.
///
/// # Errors
/// The database is gone.
pub async fn waiting(app: &App, scope: &Scope) -> Result<Vec<Order>> {
    let sql = to_decide(Sql::new(ORDER), scope).push(" ORDER BY t.asked_at, t.id LIMIT {}", p![PAGE]);
    Ok(app.db.query(sql).await?)
}

/// Agrees to an order, or declines it with a note.
///
/// # Errors
/// There is none to be decided on by this account; it was decided on meanwhile; a note is missing where it is declined.
pub async fn decide(app: &App, scope: &Scope, id: Id, agrees: bool, note: &str) -> Result<()> {
    scope.permit(Deed::Change, Subject::ExportDecision)?;
    let note = note.trim();
    if !agrees && note.is_empty() {
        return Err(Error::invalid("note", "required"));
    }
    let now = app.now();
    let until = now + SignedDuration::from_hours(i64::from(app.tables.exports.fetch_hours));
    crate::atomic!(app.db, tx => {
        let sql = to_decide(Sql::new(ORDER), scope).push(" AND t.id = {}", p![id]);
        let found: Option<Order> = tx.opt(&sql.text, sql.args).await?;
        let order = found.ok_or(Error::NotFound)?;
        let (state, until) = if agrees { ("agreed", Some(until)) } else { ("declined", None) };
        let sql = "UPDATE taken_file SET state = $1, decided_by = $2, decided_at = $3, note = $4, fetch_until = $5,
            version = version + 1 WHERE id = $6 AND version = $7";
        if tx.run(sql, p![state, scope.account, now, note, until, id, order.version]).await? == 0 {
            return Err(Error::Changed { expected: order.version, found: order.version + 1 });
        }
        let rows = usize::try_from(order.rows).unwrap_or(usize::MAX);
        let action = if agrees { "agree_export" } else { "decline_export" };
        record(tx, app, scope, action, (Subject::Case, rows, &order.code));
        Ok(())
    })
}

/// Fetches an agreed file: its rows as they are now, and its code. It can be fetched once.
///
/// # Errors
/// There is no own order; it is not agreed to, its time is over, or the rows have grown beyond what was agreed to.
pub async fn fetch(app: &App, scope: &Scope, id: Id) -> Result<(Vec<CaseRow>, String)> {
    scope.permit(Deed::Change, Subject::ExportOrder)?;
    let sql = Sql::new(ORDER).push(" AND t.id = {} AND t.account_id = {}", p![id, scope.account]);
    let found: Vec<Order> = app.db.query(sql).await?;
    let order = found.into_iter().next().ok_or(Error::NotFound)?;
    if order.state != "agreed" || order.fetch_until.is_none_or(|until| until < app.now()) {
        return Err(Refusal::new("export", "export_not_agreed").into());
    }
    let filter: Filter = serde_json::from_value(order.filter)?;
    let rows = referral::export::rows(app, scope, &filter).await?;
    let (agreed, now) =
        (u64::try_from(order.rows).unwrap_or(0), u64::try_from(rows.len()).unwrap_or(u64::MAX));
    if !app.tables.exports.still_agreed(agreed, now) {
        return Err(Refusal::new("export", "export_grown").with("count", now).with("agreed", agreed).into());
    }
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE taken_file SET state = 'taken', taken_at = $1, row_count = $2, version = version + 1
            WHERE id = $3 AND version = $4 AND state = 'agreed'";
        if tx.run(sql, p![app.now(), count(rows.len()), id, order.version]).await? == 0 {
            return Err(Refusal::new("export", "export_not_agreed").into());
        }
        record(tx, app, scope, "export", (Subject::Case, rows.len(), &order.code));
        Ok(())
    })?;
    Ok((rows, order.code))
}
