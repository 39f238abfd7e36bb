//! What an administrator does: list, end, reset. No client data is touched here.

use super::{ACCOUNT, Account, Organisation, password};
use crate::{
    App,
    db::Sql,
    error::{Error, Result},
    id::Id,
    p,
    scope::{Area, Scope},
};
use rules::account::Role;

/// Rows on a page of a list.
pub const PAGE: i64 = 50;

fn administrator(scope: &Scope) -> Result<()> {
    if scope.role == Role::Administrator { Ok(()) } else { Err(Error::Forbidden) }
}

/// Accounts of the administrator's area by username, after `after`, at most [`PAGE`].
///
/// # Errors
/// The caller is no administrator.
pub async fn accounts(app: &App, scope: &Scope, words: &str, after: &str) -> Result<Vec<Account>> {
    administrator(scope)?;
    let like = format!("%{}%", words.trim().to_lowercase());
    let Area { from, to } = scope.area;
    let sql = Sql::new(ACCOUNT).push(
        " AND a.division >= {} AND a.division <= {} AND a.username > {}
          AND (a.username LIKE {} OR a.name LIKE {} OR o.name LIKE {}) ORDER BY a.username LIMIT {}",
        p![from, to, after, &like, &like, &like, PAGE],
    );
    Ok(app.db.query(sql).await?)
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

/// Ends an account at once: its sessions and tokens go with it.
///
/// # Errors
/// The caller is no administrator, ends itself, or the account is not in its area.
pub async fn end(app: &App, scope: &Scope, account: Id) -> Result<()> {
    administrator(scope)?;
    let found = super::get(app, account).await?;
    if !scope.area.holds(found.division) {
        return Err(Error::NotFound);
    }
    if account == scope.account {
        return Err(Error::Refused(rules::Refusal::new("account", "own_account")));
    }
    let mut tx = app.db.begin().await?;
    tx.run("UPDATE account SET ended_at = $1, version = version + 1 WHERE id = $2", p![app.now(), account])
        .await?;
    tx.run("DELETE FROM session WHERE account_id = $1", p![account]).await?;
    tx.run(
        "UPDATE api_token SET revoked_at = $1 WHERE account_id = $2 AND revoked_at IS NULL",
        p![app.now(), account],
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Gives an ended account back.
///
/// # Errors
/// As [`end`].
pub async fn restore(app: &App, scope: &Scope, account: Id) -> Result<()> {
    administrator(scope)?;
    let found = super::get(app, account).await?;
    if !scope.area.holds(found.division) {
        return Err(Error::NotFound);
    }
    app.db
        .run("UPDATE account SET ended_at = NULL, version = version + 1 WHERE id = $1", p![account])
        .await?;
    Ok(())
}

/// Sets a new password and ends all sessions.
///
/// # Errors
/// The password is weak, or as [`end`].
pub async fn set_password(app: &App, scope: &Scope, account: Id, new: &str) -> Result<()> {
    administrator(scope)?;
    let found = super::get(app, account).await?;
    if !scope.area.holds(found.division) {
        return Err(Error::NotFound);
    }
    let problems = password::problems(new);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let hash = password::hash(new).await?;
    let mut tx = app.db.begin().await?;
    let sql = "UPDATE account SET password_hash = $1, failed_sign_ins = 0, locked_until = NULL,
        version = version + 1 WHERE id = $2";
    tx.run(sql, p![hash, account]).await?;
    tx.run("DELETE FROM session WHERE account_id = $1", p![account]).await?;
    tx.commit().await?;
    Ok(())
}

/// Revokes the tokens of an account, or those of one label; returns how many were in force.
///
/// # Errors
/// As [`end`].
pub async fn revoke_tokens(app: &App, scope: &Scope, account: Id, label: Option<&str>) -> Result<u64> {
    administrator(scope)?;
    let found = super::get(app, account).await?;
    if !scope.area.holds(found.division) {
        return Err(Error::NotFound);
    }
    let sql = Sql::new("UPDATE api_token SET revoked_at =")
        .push(" {} WHERE account_id = {} AND revoked_at IS NULL", p![app.now(), account])
        .when(" AND label = {}", label);
    Ok(app.db.run(&sql.text, sql.args).await?)
}
