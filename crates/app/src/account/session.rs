//! Signing in and out; sessions of browsers and tokens of programs. Only digests of secrets are stored.

use super::{ACCOUNT, Account, COLUMNS, FROM, password};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::{FromRow, Row, Sql, Tx},
    error::{Error, Result},
    hex,
    id::Id,
    p, row,
    seal::random_bytes,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::Digest;
use std::net::IpAddr;

pub(super) fn digest(secret: &str) -> Vec<u8> {
    sha2::Sha256::digest(secret.as_bytes()).to_vec()
}

fn fresh_secret() -> Result<String> {
    Ok(hex::write(&random_bytes(32)?))
}

/// Checks name and password and opens a session; returns the secret for the cookie. What came of it is in the log.
///
/// # Errors
/// [`Error::Forbidden`] where name and password do not fit, [`Error::Busy`] while the account is locked.
pub async fn sign_in(app: &App, username: &str, password: &str) -> Result<(Account, String)> {
    sign_in_from(app, username, password, None).await
}

/// The same for somebody whose address is known.
///
/// # Errors
/// As [`sign_in`].
pub async fn sign_in_from(
    app: &App,
    username: &str,
    password: &str,
    from: Option<IpAddr>,
) -> Result<(Account, String)> {
    let found = asked_for(app, username).await?;
    if found.as_ref().is_some_and(|found| found.locked(app)) {
        refused(app, found.map(|f| f.id), "locked", from).await?;
        return Err(Error::Busy);
    }
    let stored = found.as_ref().map(|found| found.password_hash.clone());
    let fits = password::matches(password, stored).await?;
    let Some(found) = found else {
        refused(app, None, "unknown", from).await?;
        return Err(Error::Forbidden);
    };
    if !fits {
        count_failure(app, found.id).await?;
        refused(app, Some(found.id), "password", from).await?;
        return Err(Error::Forbidden);
    }
    let account = super::get(app, found.id).await?;
    if !account.opens(rules::clock::china_date(app.now())) {
        refused(app, Some(found.id), "guardianship", from).await?;
        return Err(Error::Forbidden);
    }
    let mut tx = app.db.begin().await?;
    let secret = open_session(app, &mut tx, &account, ("sign_in", from)).await?;
    tx.commit().await?;
    Ok((account, secret))
}

/// What is looked at of an account before anybody is let in.
pub(super) struct Asked {
    pub id: Id,
    pub password_hash: String,
    pub locked_until: Option<Timestamp>,
}
row!(Asked { id, password_hash, locked_until });

impl Asked {
    pub(super) fn locked(&self, app: &App) -> bool {
        self.locked_until.is_some_and(|until| until > app.now())
    }
}

/// The account of a username, if there is one that has not ended.
pub(super) async fn asked_for(app: &App, username: &str) -> Result<Option<Asked>> {
    let name = username.trim().to_lowercase();
    let sql = "SELECT id, password_hash, locked_until FROM account WHERE username = $1 AND ended_at IS NULL";
    Ok(app.db.opt(sql, p![&name]).await?)
}

/// Counts a failure; too many in a row lock the account.
pub(super) async fn count_failure(app: &App, account: Id) -> Result<()> {
    let limits = &app.tables.limits;
    let lock = app.now() + SignedDuration::from_mins(i64::from(limits.lock_minutes));
    let sql = "UPDATE account SET failed_sign_ins = failed_sign_ins + 1,
        locked_until = CASE WHEN failed_sign_ins + 1 >= $1 THEN $2 ELSE locked_until END WHERE id = $3";
    app.db.run(sql, p![i64::from(limits.failures), lock, account]).await?;
    Ok(())
}

/// Puts a refused sign-in into the log. The name that was typed is not: people type passwords there.
pub(super) async fn refused(
    app: &App,
    account: Option<Id>,
    because: &str,
    from: Option<IpAddr>,
) -> Result<()> {
    let detail = json!({"because": because, "from": from.map(|ip| ip.to_string())});
    let (purpose, action, subject_kind) = (Purpose::Administration, "sign_in_refused", "account");
    let entry = Entry { purpose, action, subject_kind, subject: account, detail };
    audit::record_unknown(&app.db, entry, app.now()).await
}

/// Opens a session inside a transaction, with its entry in the log; returns the secret.
pub(super) async fn open_session(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    (action, from): (&'static str, Option<IpAddr>),
) -> Result<String> {
    let (now, secret) = (app.now(), fresh_secret()?);
    tx.run("UPDATE account SET failed_sign_ins = 0, locked_until = NULL WHERE id = $1", p![account.id])
        .await?;
    let sql = "INSERT INTO session (token_hash, account_id, created_at, seen_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, p![digest(&secret), account.id, now, now]).await?;
    let entry = Entry::of_account(action, account.id, json!({"from": from.map(|ip| ip.to_string())}));
    audit::record_in(tx, &account.scope()?, entry, now);
    Ok(secret)
}

/// Ends a session, on the wish of whoever is signed in.
///
/// # Errors
/// The database is gone.
pub async fn sign_out(app: &App, secret: &str) -> Result<()> {
    let sql = "SELECT account_id FROM session WHERE token_hash = $1";
    let found: Option<(Id,)> = app.db.opt(sql, p![digest(secret)]).await?;
    let Some((id,)) = found else { return Ok(()) };
    let account = super::get(app, id).await?;
    crate::atomic!(app.db, tx => {
        tx.run("DELETE FROM session WHERE token_hash = $1", p![digest(secret)]).await?;
        let entry = Entry::of_account("sign_out", id, json!({}));
        audit::record_in(tx, &account.scope()?, entry, app.now());
        Ok(())
    })
}

/// Ends a session that is too old.
async fn forget(app: &App, secret: &str) -> Result<()> {
    app.db.run("DELETE FROM session WHERE token_hash = $1", p![digest(secret)]).await?;
    Ok(())
}

/// A session with its account.
struct Seen {
    account: Account,
    created_at: Timestamp,
    seen_at: Timestamp,
}

impl FromRow for Seen {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (created_at, seen_at) = (row.get(COLUMNS)?, row.get(COLUMNS + 1)?);
        Ok(Seen { account: Account::from_row(row)?, created_at, seen_at })
    }
}

/// The account of a browser's session.
///
/// # Errors
/// [`Error::NotFound`] where the session is unknown, too old, idle for too long, or its account was ended.
pub async fn of_session(app: &App, secret: &str) -> Result<Account> {
    let (now, hash) = (app.now(), digest(secret));
    let sql =
        format!("SELECT {ACCOUNT}, s.created_at, s.seen_at {FROM} JOIN session s ON s.account_id = a.id");
    let sql = Sql::new(&sql).push(" WHERE s.token_hash = {}", [hash.clone().into()]);
    let found: Vec<Seen> = app.db.query(sql).await?;
    let Seen { account, created_at, seen_at } = found.into_iter().next().ok_or(Error::NotFound)?;
    let limits = &app.tables.limits;
    let old = now > created_at + SignedDuration::from_hours(i64::from(limits.session_hours));
    let idle = now > seen_at + SignedDuration::from_mins(i64::from(limits.idle_minutes));
    if old || idle {
        forget(app, secret).await?;
        return Err(Error::NotFound);
    }
    // Once a minute is enough to know whether a session is idle, and keeps reads free of writes.
    if now > seen_at + SignedDuration::from_mins(1) {
        app.db.run("UPDATE session SET seen_at = $1 WHERE token_hash = $2", p![now, hash]).await?;
    }
    active(app, account)
}

/// The account of a program's bearer token.
///
/// # Errors
/// [`Error::NotFound`] where the token is unknown, expired or revoked, or its account was ended.
pub async fn of_token(app: &App, secret: &str) -> Result<Account> {
    let sql = Sql::new(&format!("SELECT {ACCOUNT} {FROM}")).push(
        " WHERE a.id = (SELECT t.account_id FROM api_token t WHERE t.token_hash = {} AND t.revoked_at IS NULL
            AND t.expires_at > {})",
        [digest(secret).into(), app.now().into()],
    );
    active(app, app.db.query(sql).await?.into_iter().next().ok_or(Error::NotFound)?)
}

/// Makes a bearer token; the secret is shown this once.
///
/// # Errors
/// There is no such account.
pub async fn new_token(app: &App, account: Id, label: &str, days: i64) -> Result<String> {
    active(app, super::get(app, account).await?)?;
    let (now, secret) = (app.now(), format!("xq_{}", fresh_secret()?));
    let until = now + SignedDuration::from_hours(24 * days.clamp(1, 3660));
    let sql = "INSERT INTO api_token (token_hash, id, account_id, label, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    app.db.run(sql, p![digest(&secret), account.beside(now), account, label, now, until]).await?;
    Ok(secret)
}

/// An account that has not ended, and for a guardian's one whose basis stands today.
fn active(app: &App, account: Account) -> Result<Account> {
    let opens = account.opens(rules::clock::china_date(app.now()));
    if account.ended_at.is_some() || !opens { Err(Error::NotFound) } else { Ok(account) }
}
