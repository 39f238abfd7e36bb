//! What an administrator does: list, end, reset. No client data is touched here: the accounts of clients and guardians
//! are the counter's.

use super::{ACCOUNT, Account, FROM, NewAccount, Organisation, password};
use crate::{
    App,
    audit::{self, Entry},
    db::{Sql, Tx},
    error::{Error, Result},
    id::Id,
    p,
    scope::{Area, Scope},
};
use rules::account::{Deed, Role, Subject};
use serde_json::{Value as Json, json};

/// Rows on a page of a list.
pub const PAGE: i64 = 50;

/// Accounts of the administrator's area by username, after `after`, at most [`PAGE`]. Clients are not among them: that
/// somebody is one tells of illness (Mental Health Law art. 4).
///
/// # Errors
/// The caller is no administrator.
pub async fn accounts(app: &App, scope: &Scope, words: &str, after: &str) -> Result<Vec<Account>> {
    scope.permit(Deed::Read, Subject::StaffAccount)?;
    let like = format!("%{}%", words.trim().to_lowercase());
    let Area { from, to } = scope.area;
    let sql = Sql::new(&format!("SELECT {ACCOUNT} {FROM}")).push(
        " WHERE a.division >= {} AND a.division <= {} AND a.username > {} AND a.role <> 'client'
          AND (a.username LIKE {} OR a.name LIKE {} OR o.name LIKE {}) ORDER BY a.username LIMIT {}",
        p![from, to, after, &like, &like, &like, PAGE],
    );
    Ok(app.db.query(sql).await?)
}

/// Who holds a client's account could read all that the client reads: only the counter renews it, with a code that is
/// handed to the holder.
pub(super) fn no_client(found: &Account) -> Result<()> {
    if found.role == Role::Client.code() {
        return Err(Error::Refused(rules::Refusal::new("account", "client_account")));
    }
    Ok(())
}

/// Organisations of an area by name, after `after`, at most [`PAGE`]; `kind` narrows.
///
/// # Errors
/// The database is gone.
pub async fn organisations(
    app: &App,
    scope: &Scope,
    kind: Option<&str>,
    after: &str,
) -> Result<Vec<Organisation>> {
    let Area { from, to } = scope.area;
    let sql = Sql::new("SELECT id, kind, name, division, phone, ended_at, version FROM organisation WHERE")
        .push(" division >= {} AND division <= {} AND name > {}", p![from, to, after])
        .when(" AND kind = {}", kind)
        .push(" ORDER BY name LIMIT {}", p![PAGE]);
    Ok(app.db.query(sql).await?)
}

/// An account of staff in the administrator's area.
pub(super) async fn of_area(app: &App, scope: &Scope, deed: Deed, account: Id) -> Result<Account> {
    scope.permit(deed, Subject::StaffAccount)?;
    let found = super::get(app, account).await?;
    if !scope.area.holds(found.division) {
        return Err(Error::NotFound);
    }
    no_client(&found)?;
    Ok(found)
}

/// Ends an account at once: its sessions and tokens go with it, and nothing of its work stays without an owner (see
/// [`super::leave`]).
///
/// # Errors
/// The caller is no administrator, ends itself, or the account is not in its area.
pub async fn end(app: &App, scope: &Scope, account: Id) -> Result<()> {
    super::leave::end(app, scope, account, None).await.map(|_| ())
}

/// Ends an account with its sessions and tokens.
pub(super) async fn shut(app: &App, tx: &mut Tx, account: Id) -> Result<()> {
    let now = app.now();
    let sql = "UPDATE account SET ended_at = $1, version = version + 1 WHERE id = $2";
    tx.run(sql, p![now, account]).await?;
    tx.run("DELETE FROM session WHERE account_id = $1", p![account]).await?;
    let sql = "UPDATE api_token SET revoked_at = $1 WHERE account_id = $2 AND revoked_at IS NULL";
    tx.run(sql, p![now, account]).await?;
    Ok(())
}

/// Puts what an administrator did to an account into the log.
pub(super) fn record(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (action, account, detail): (&'static str, Id, Json),
) {
    audit::record_in(tx, scope, Entry::of_account(action, account, detail), app.now());
}

/// Adds an account.
///
/// # Errors
/// The caller is no administrator; as [`super::add`].
pub async fn add(app: &App, scope: &Scope, new: &NewAccount) -> Result<Id> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    crate::atomic!(app.db, tx => { add_in(app, tx, scope, new).await })
}

/// The same inside a transaction.
///
/// # Errors
/// As [`add`].
pub async fn add_in(app: &App, tx: &mut Tx, scope: &Scope, new: &NewAccount) -> Result<Id> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    let id = super::add(app, tx, new).await?;
    record(app, tx, scope, ("add", id, json!({"role": new.role})));
    Ok(id)
}

/// Adds an organisation of the administrator's area.
///
/// # Errors
/// The caller is no administrator; the name is empty, the kind unknown or the division outside the area.
pub async fn add_organisation(app: &App, scope: &Scope, kind: &str, name: &str, division: i64) -> Result<Id> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    crate::atomic!(app.db, tx => { add_organisation_in(app, tx, scope, (kind, name, division)).await })
}

/// The same inside a transaction: kind, name, division.
///
/// # Errors
/// As [`add_organisation`].
pub async fn add_organisation_in(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (kind, name, division): (&str, &str, i64),
) -> Result<Id> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    if !scope.area.holds(division) {
        return Err(Error::invalid("division", "division_unknown"));
    }
    let id = super::add_organisation(app, tx, kind, name, division).await?;
    let detail = json!({"kind": kind});
    let entry = Entry { subject_kind: "organisation", ..Entry::of_account("add", id, detail) };
    audit::record_in(tx, scope, entry, app.now());
    Ok(id)
}

/// Makes a bearer token for a program; the secret is shown this once.
///
/// # Errors
/// The caller is no administrator; the account has ended, is a client's or is not of its area.
pub async fn new_token(app: &App, scope: &Scope, account: Id, label: &str, days: i64) -> Result<String> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    let found = super::get(app, account).await?;
    if !scope.area.holds(found.division) {
        return Err(Error::NotFound);
    }
    no_client(&found)?;
    let secret = super::new_token(app, account, label, days).await?;
    let entry = Entry::of_account("new_token", account, json!({"days": days}));
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(secret)
}

/// Gives an ended account back.
///
/// # Errors
/// As [`end`].
pub async fn restore(app: &App, scope: &Scope, account: Id) -> Result<()> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    let found = super::get(app, account).await?;
    if !scope.area.holds(found.division) {
        return Err(Error::NotFound);
    }
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE account SET ended_at = NULL, version = version + 1 WHERE id = $1";
        tx.run(sql, p![account]).await?;
        record(app, tx, scope, ("restore", account, json!({})));
        Ok(())
    })
}

/// Sets a new password and ends all sessions.
///
/// # Errors
/// The password is weak, the account is a client's, or as [`end`].
pub async fn set_password(app: &App, scope: &Scope, account: Id, new: &str) -> Result<()> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    let found = super::get(app, account).await?;
    if !scope.area.holds(found.division) {
        return Err(Error::NotFound);
    }
    no_client(&found)?;
    let problems = password::problems(&app.tables.limits.password, new);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let hash = password::hash(new).await?;
    crate::atomic!(app.db, tx => {
        password::replace(app, tx, account, &hash).await?;
        tx.run("DELETE FROM session WHERE account_id = $1", p![account]).await?;
        record(app, tx, scope, ("set_password", account, json!({})));
        Ok(())
    })
}

/// Revokes the tokens of an account, or those of one label; returns how many were in force.
///
/// # Errors
/// As [`end`].
pub async fn revoke_tokens(app: &App, scope: &Scope, account: Id, label: Option<&str>) -> Result<u64> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    let found = super::get(app, account).await?;
    if !scope.area.holds(found.division) {
        return Err(Error::NotFound);
    }
    let sql = Sql::new("UPDATE api_token SET revoked_at =")
        .push(" {} WHERE account_id = {} AND revoked_at IS NULL", p![app.now(), account])
        .when(" AND label = {}", label);
    crate::atomic!(app.db, tx => {
        let revoked = tx.run(&sql.text, sql.args.clone()).await?;
        record(app, tx, scope, ("revoke_tokens", account, json!({"rows": revoked})));
        Ok(revoked)
    })
}
