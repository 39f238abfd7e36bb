//! Bearer tokens of programs. Only a digest of each is stored, with what it was made for and its last day.

use super::{
    ACCOUNT, Account, COLUMNS, FROM,
    session::{active, digest, fresh_secret},
};
use crate::{
    App,
    audit::{self, Entry},
    db::{FromRow, Row, Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::SignedDuration;
use rules::account::{Deed, Grant, Purpose, Role, Subject};
use serde_json::json;

/// What is needed for a new token.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Which program it is for.
    pub label: String,
    /// Days for which it is valid.
    pub days: i64,
    /// What it is for.
    pub grant: Grant,
}

/// A program that asks with its token.
#[derive(Debug, Clone)]
pub struct Program {
    /// The account that it acts as.
    pub account: Account,
    /// What the token was made for.
    pub grant: Grant,
    /// The token.
    pub token: Id,
}

impl Program {
    /// Goes on where the token was made for this; what the role may do is asked apart. What goes beyond it is in the log.
    ///
    /// # Errors
    /// [`Error::Refused`] where it was made for something else, or only to read.
    pub async fn permit(&self, app: &App, scope: &Scope, deed: Deed, subject: Subject) -> Result<()> {
        let Err(refusal) = self.grant.permit(deed, subject) else { return Ok(()) };
        let detail = json!({ "deed": deed, "what": subject, "code": refusal.code });
        let entry = Entry { subject_kind: "token", ..Entry::of_account("refused", self.token, detail) };
        audit::record(&app.db, scope, entry, app.now()).await?;
        Err(Error::Refused(refusal))
    }
}

impl FromRow for Program {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (token, purposes) = (row.get(COLUMNS)?, row.get::<Option<String>>(COLUMNS + 1)?);
        // A purpose that this program does not know opens nothing.
        let purposes = purposes.unwrap_or_default().split(',').filter_map(Purpose::of_code).collect();
        let changes = row.get::<Option<bool>>(COLUMNS + 2)?.unwrap_or(false);
        Ok(Program { account: Account::from_row(row)?, grant: Grant { purposes, changes }, token })
    }
}

/// The program of a bearer token.
///
/// # Errors
/// [`Error::NotFound`] where the token is unknown, expired or revoked, or its account was ended.
pub async fn program(app: &App, secret: &str) -> Result<Program> {
    let sql = format!(
        "SELECT {ACCOUNT}, t.id, t.purposes, t.changes {FROM} JOIN api_token t ON t.account_id = a.id"
    );
    let sql = Sql::new(&sql).push(
        " WHERE t.token_hash = {} AND t.revoked_at IS NULL AND t.expires_at > {}",
        [digest(secret).into(), app.now().into()],
    );
    let found: Program = app.db.query(sql).await?.into_iter().next().ok_or(Error::NotFound)?;
    Ok(Program { account: active(app, found.account)?, ..found })
}

/// The account of a program's bearer token.
///
/// # Errors
/// As [`program`].
pub async fn of_token(app: &App, secret: &str) -> Result<Account> {
    Ok(program(app, secret).await?.account)
}

/// Makes a token for everything that the account may do, as the demonstration does, whose accounts everybody knows. What is
/// handed out in earnest says what it is for: [`super::admin::new_token`].
///
/// # Errors
/// There is no such account.
pub async fn new_token(app: &App, account: Id, label: &str, days: i64) -> Result<String> {
    make(app, account, &NewToken { label: label.to_owned(), days, grant: Grant::everything() }).await
}

/// Everything that is wrong with a new token for an account.
pub(super) fn problems(app: &App, account: &Account, new: &NewToken) -> Vec<Problem> {
    let mut problems = Vec::new();
    if new.label.trim().is_empty() {
        problems.push(Problem::new("label", "required"));
    }
    let longest = i64::from(app.tables.limits.token.longest_days);
    if !(1..=longest).contains(&new.days) {
        problems.push(Problem { values: vec![longest.to_string()], ..Problem::new("days", "token_days") });
    }
    if new.grant.purposes.is_empty() {
        problems.push(Problem::new("purposes", "required"));
    }
    let role = Role::of_code(&account.role);
    for purpose in new.grant.purposes.iter().filter(|p| !role.is_some_and(|role| role.has_use_for(**p))) {
        let values = vec![purpose.code().to_owned()];
        problems.push(Problem { values, ..Problem::new("purposes", "token_purpose_useless") });
    }
    problems
}

/// Revokes all tokens of an account.
pub(super) async fn revoke_all(app: &App, tx: &mut Tx, account: Id) -> Result<()> {
    let sql = "UPDATE api_token SET revoked_at = $1 WHERE account_id = $2 AND revoked_at IS NULL";
    tx.run(sql, p![app.now(), account]).await?;
    Ok(())
}

/// Stores a new token; returns its secret.
pub(super) async fn make(app: &App, account: Id, new: &NewToken) -> Result<String> {
    active(app, super::get(app, account).await?)?;
    let (now, secret) = (app.now(), format!("xq_{}", fresh_secret()?));
    let until = now + SignedDuration::from_hours(24 * new.days.clamp(1, 3660));
    let purposes: Vec<&str> =
        Purpose::ALL.iter().filter(|p| new.grant.purposes.contains(p)).map(|p| p.code()).collect();
    let sql =
        "INSERT INTO api_token (token_hash, id, account_id, label, created_at, expires_at, purposes, changes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let args = p![
        digest(&secret),
        account.beside(now),
        account,
        new.label.trim(),
        now,
        until,
        purposes.join(","),
        new.grant.changes
    ];
    app.db.run(sql, args).await?;
    Ok(secret)
}
