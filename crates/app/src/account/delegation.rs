//! Work handed to a colleague for a time: the colleague sees and does it as long as it lasts, and each act says for whom.

use crate::{
    App,
    audit::{self, Entry},
    error::{Error, Problem, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    account::{Colleague, Role, Term},
    clock::china_date,
};
use serde_json::json;

/// Rows shown at most.
const MOST: i64 = 50;

/// A delegation that is in force or to come.
#[derive(Debug, Clone)]
pub struct Line {
    /// Identifier.
    pub id: Id,
    /// The other's name.
    pub name: String,
    /// The first day.
    pub from_on: Date,
    /// The last day.
    pub until_on: Date,
    /// The reader handed it over.
    pub own: bool,
}
row!(Line { id, name, from_on, until_on, own });

/// Whether the role has work of its own to hand over.
#[must_use]
pub fn may(app: &App, scope: &Scope) -> bool {
    app.tables.limits.delegation.roles.contains(&scope.role)
}

/// For whom an account stands in today. A delegation holds as long as both work in the same house and role.
pub(super) async fn stands_in_for(app: &App, scope: &Scope) -> Result<Vec<Id>> {
    if !may(app, scope) {
        return Ok(Vec::new());
    }
    let sql = "SELECT DISTINCT d.from_account FROM delegation d JOIN account a ON a.id = d.from_account
        WHERE d.to_account = $1 AND d.until_on >= $2 AND d.from_on <= $2 AND d.ended_at IS NULL
        AND a.ended_at IS NULL AND a.organisation_id = $3 AND a.role = $4 LIMIT $5";
    let today = china_date(app.now());
    let args = p![scope.account, today, scope.organisation, scope.role.code(), MOST];
    Ok(app.db.all::<(Id,)>(sql, args).await?.into_iter().map(|(id,)| id).collect())
}

/// Who may stand in: colleagues of the same organisation and role, by name.
///
/// # Errors
/// The database is gone.
pub async fn colleagues(app: &App, scope: &Scope) -> Result<Vec<(Id, String)>> {
    beside(app, (scope.account, scope.organisation, scope.role.code()), MOST).await
}

/// The colleagues of an account in its organisation and role, by name: identifier and name.
pub(super) async fn beside(
    app: &App,
    (account, organisation, role): (Id, Id, &str),
    most: i64,
) -> Result<Vec<(Id, String)>> {
    let sql = "SELECT id, name FROM account WHERE organisation_id = $1 AND role = $2 AND ended_at IS NULL
        AND id <> $3 ORDER BY name, id LIMIT $4";
    Ok(app.db.all(sql, p![organisation, role, account, most]).await?)
}

/// Delegations from or to the caller that are in force or to come.
///
/// # Errors
/// The database is gone.
pub async fn list(app: &App, scope: &Scope) -> Result<Vec<Line>> {
    let sql = "SELECT d.id, a.name, d.from_on, d.until_on, d.from_account = $1 FROM delegation d
        JOIN account a ON a.id = CASE WHEN d.from_account = $1 THEN d.to_account ELSE d.from_account END
        WHERE (d.from_account = $1 OR d.to_account = $1) AND d.until_on >= $2 AND d.ended_at IS NULL
        ORDER BY d.from_on, d.id LIMIT $3";
    Ok(app.db.all(sql, p![scope.account, china_date(app.now()), MOST]).await?)
}

/// Hands the caller's work to a colleague from the first to the last day.
///
/// # Errors
/// The role has no work of its own; the colleague is of another organisation or role; the days are wrong.
pub async fn delegate(app: &App, scope: &Scope, to: Id, from_on: Date, until_on: Date) -> Result<Id> {
    let sql = "SELECT role, organisation_id FROM account WHERE id = $1 AND ended_at IS NULL";
    let found: Option<(String, Id)> = app.db.opt(sql, p![to]).await?;
    let (role, organisation) = found.unwrap_or_else(|| (String::new(), Id(uuid::Uuid::nil())));
    let own = Colleague {
        account: scope.account.0,
        role: scope.role,
        organisation: scope.organisation.0,
        active: true,
    };
    let other = Colleague {
        account: to.0,
        role: Role::of_code(&role).unwrap_or(Role::System),
        organisation: organisation.0,
        active: !role.is_empty(),
    };
    let (terms, term) = (&app.tables.limits.delegation, Term { from: from_on, until: until_on });
    if let Some(code) = terms.against(&own, &other, term, china_date(app.now())) {
        let values = vec![terms.days.to_string()];
        return Err(Error::Invalid(vec![Problem { values, ..Problem::new("until_on", code) }]));
    }
    let id = scope.account.beside(app.now());
    crate::atomic!(app.db, tx => {
        let sql = "INSERT INTO delegation (id, from_account, to_account, from_on, until_on, made_at)
            VALUES ($1, $2, $3, $4, $5, $6)";
        tx.run(sql, p![id, scope.account, to, from_on, until_on, app.now()]).await?;
        let detail = json!({ "to": to, "from": from_on.to_string(), "until": until_on.to_string() });
        audit::record_in(tx, scope, Entry::of_account("delegate", scope.account, detail), app.now());
        Ok(id)
    })
}

/// Takes the work back before the last day.
///
/// # Errors
/// The caller handed nothing over under this identifier that is in force or to come.
pub async fn end(app: &App, scope: &Scope, id: Id) -> Result<()> {
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE delegation SET ended_at = $1 WHERE id = $2 AND from_account = $3 AND ended_at IS NULL";
        if tx.run(sql, p![app.now(), id, scope.account]).await? == 0 {
            return Err(Error::NotFound);
        }
        audit::record_in(tx, scope, Entry::of_account("end_delegation", scope.account, json!({})), app.now());
        Ok(())
    })
}
