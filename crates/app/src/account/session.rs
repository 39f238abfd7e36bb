//! Signing in and out; sessions of browsers and tokens of programs. Only digests of secrets are stored.

use super::{ACCOUNT, Account, password};
use crate::{
    App,
    db::Sql,
    error::{Error, Result},
    id::Id,
    p,
    seal::random_bytes,
};
use jiff::{SignedDuration, Timestamp};
use sha2::Digest;

/// A session ends this long after its start.
pub const SESSION_HOURS: i64 = 12;
/// … and after this long without use (MLPS level 3 asks for a limit; the length is a local default).
const IDLE_MINUTES: i64 = 60;
/// Wrong passwords in a row before the account is locked …
const FAILURES: i64 = 5;
/// … for this long (MLPS level 3).
const LOCK_MINUTES: i64 = 30;

fn digest(secret: &str) -> Vec<u8> {
    sha2::Sha256::digest(secret.as_bytes()).to_vec()
}

fn fresh_secret() -> Result<String> {
    Ok(random_bytes(32)?.iter().map(|b| format!("{b:02x}")).collect())
}

/// Checks name and password and opens a session; returns the secret for the cookie.
///
/// # Errors
/// [`Error::Forbidden`] where name and password do not fit, [`Error::Busy`] while the account is locked.
pub async fn sign_in(app: &App, username: &str, password: &str) -> Result<(Account, String)> {
    let now = app.now();
    let name = username.trim().to_lowercase();
    let found: Option<(Id, String, Option<Timestamp>)> = app
        .db
        .opt(
            "SELECT id, password_hash, locked_until FROM account WHERE username = $1 AND ended_at IS NULL",
            p![&name],
        )
        .await?;
    if found.as_ref().is_some_and(|(_, _, until)| until.is_some_and(|u| u > now)) {
        return Err(Error::Busy);
    }
    let stored = found.as_ref().map(|(_, hash, _)| hash.clone());
    let fits = password::matches(password, stored).await?;
    let Some((id, _, _)) = found else { return Err(Error::Forbidden) };
    if !fits {
        let lock = now + SignedDuration::from_mins(LOCK_MINUTES);
        let sql = "UPDATE account SET failed_sign_ins = failed_sign_ins + 1,
            locked_until = CASE WHEN failed_sign_ins + 1 >= $1 THEN $2 ELSE locked_until END WHERE id = $3";
        app.db.run(sql, p![FAILURES, lock, id]).await?;
        return Err(Error::Forbidden);
    }
    let secret = fresh_secret()?;
    let mut tx = app.db.begin().await?;
    tx.run("UPDATE account SET failed_sign_ins = 0, locked_until = NULL WHERE id = $1", p![id]).await?;
    let sql = "INSERT INTO session (token_hash, account_id, created_at, seen_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, p![digest(&secret), id, now, now]).await?;
    tx.commit().await?;
    Ok((super::get(app, id).await?, secret))
}

/// Ends a session.
///
/// # Errors
/// The database is gone.
pub async fn sign_out(app: &App, secret: &str) -> Result<()> {
    app.db.run("DELETE FROM session WHERE token_hash = $1", p![digest(secret)]).await?;
    Ok(())
}

/// The account of a browser's session.
///
/// # Errors
/// [`Error::NotFound`] where the session is unknown, too old, idle for too long, or its account was ended.
pub async fn of_session(app: &App, secret: &str) -> Result<Account> {
    let (now, hash) = (app.now(), digest(secret));
    let found: Option<(Id, Timestamp, Timestamp)> = app
        .db
        .opt("SELECT account_id, created_at, seen_at FROM session WHERE token_hash = $1", p![hash.clone()])
        .await?;
    let (id, created_at, seen_at) = found.ok_or(Error::NotFound)?;
    let old = now > created_at + SignedDuration::from_hours(SESSION_HOURS);
    let idle = now > seen_at + SignedDuration::from_mins(IDLE_MINUTES);
    if old || idle {
        sign_out(app, secret).await?;
        return Err(Error::NotFound);
    }
    // Once a minute is enough to know whether a session is idle, and keeps reads free of writes.
    if now > seen_at + SignedDuration::from_mins(1) {
        app.db.run("UPDATE session SET seen_at = $1 WHERE token_hash = $2", p![now, hash]).await?;
    }
    active(super::get(app, id).await?)
}

/// The account of a program's bearer token.
///
/// # Errors
/// [`Error::NotFound`] where the token is unknown, expired or revoked, or its account was ended.
pub async fn of_token(app: &App, secret: &str) -> Result<Account> {
    let sql = Sql::new(ACCOUNT).push(
        " AND a.id = (SELECT t.account_id FROM api_token t WHERE t.token_hash = {} AND t.revoked_at IS NULL
            AND t.expires_at > {})",
        [digest(secret).into(), app.now().into()],
    );
    active(app.db.query(sql).await?.into_iter().next().ok_or(Error::NotFound)?)
}

/// Makes a bearer token; the secret is shown this once.
///
/// # Errors
/// There is no such account.
pub async fn new_token(app: &App, account: Id, label: &str, days: i64) -> Result<String> {
    active(super::get(app, account).await?)?;
    let (now, secret) = (app.now(), format!("xq_{}", fresh_secret()?));
    let until = now + SignedDuration::from_hours(24 * days.clamp(1, 3660));
    let sql = "INSERT INTO api_token (token_hash, id, account_id, label, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    app.db.run(sql, p![digest(&secret), account.beside(now), account, label, now, until]).await?;
    Ok(secret)
}

fn active(account: Account) -> Result<Account> {
    if account.ended_at.is_some() { Err(Error::NotFound) } else { Ok(account) }
}
