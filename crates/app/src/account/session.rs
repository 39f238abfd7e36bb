//! Signing in and out; sessions of browsers. Only digests of secrets are stored. A session that waits for a further step of
//! the sign-in is nobody's: [`of_session`] does not find it.

use super::{
    ACCOUNT, Account, COLUMNS, FROM,
    password::{self, SetBy},
};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::{FromRow, Row, Sql, Tx},
    error::{Error, Result},
    hex,
    id::Id,
    p, row,
    scope::Scope,
    seal::random_bytes,
};
use jiff::{SignedDuration, Timestamp};
use rules::account::{Factors, Role, Standing, Step, next_step, provider::by_provider};
use serde_json::json;
use sha2::Digest;
use std::net::IpAddr;

/// Stands with a session that an identity provider opened: its password was not used.
const CAME_BY_PROVIDER: &str = "provider";

pub(crate) fn digest(secret: &str) -> Vec<u8> {
    sha2::Sha256::digest(secret.as_bytes()).to_vec()
}

pub(crate) fn fresh_secret() -> Result<String> {
    Ok(hex::write(&random_bytes(32)?))
}

/// Checks name and password and opens a session; returns the secret for the cookie. What came of it is in the log. The
/// session may wait for further steps ([`sitting`]).
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
    let secret = begin(app, &mut tx, &account, ("sign_in", from)).await?;
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

/// Begins a session inside a transaction, with its entry in the log; returns the secret. It is open where no step is left.
pub(super) async fn begin(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    (action, from): (&'static str, Option<IpAddr>),
) -> Result<String> {
    open_or_wait(app, tx, account, (action, from, false), None).await
}

/// The same for somebody whom an identity provider named; `factor` where what was shown there counts as a second factor.
pub(super) async fn begin_by_provider(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    (factor, from): (bool, Option<IpAddr>),
) -> Result<String> {
    open_or_wait(app, tx, account, ("sign_in", from, false), Some(factor)).await
}

/// Goes on with a session whose step was taken: another takes its place, so that who knew the secret of the one that
/// waited has nothing of the one that is open.
pub(super) async fn advance(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    (secret, from): (&str, Option<IpAddr>),
) -> Result<String> {
    let sql = "SELECT came_by FROM session WHERE token_hash = $1 AND awaits IS NOT NULL";
    let found: Option<(Option<String>,)> = tx.opt(sql, p![digest(secret)]).await?;
    let (came_by,) = found.ok_or(Error::NotFound)?;
    if tx.run("DELETE FROM session WHERE token_hash = $1", p![digest(secret)]).await? == 0 {
        return Err(Error::NotFound);
    }
    // Had the provider's second factor counted, there had been no step.
    open_or_wait(app, tx, account, ("sign_in", from, true), came_by.map(|_| false)).await
}

async fn open_or_wait(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    (action, from, factor_shown): (&'static str, Option<IpAddr>, bool),
    provider: Option<bool>,
) -> Result<String> {
    let (now, secret) = (app.now(), fresh_secret()?);
    let standing = standing(app, tx, account, factor_shown).await?;
    let step = next_step(provider.map_or(standing, |factor| by_provider(standing, factor)));
    if step.is_none() {
        let sql = "UPDATE account SET failed_sign_ins = 0, locked_until = NULL WHERE id = $1";
        tx.run(sql, p![account.id]).await?;
    }
    let sql = "INSERT INTO session (token_hash, account_id, created_at, seen_at, awaits, came_by)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let came_by = provider.map(|_| CAME_BY_PROVIDER);
    tx.run(sql, p![digest(&secret), account.id, now, now, step.map(Step::code), came_by]).await?;
    // Failures stay counted until the session is open: a known password does not buy further guesses at the code.
    let action = if step.is_some() && action == "sign_in" { "sign_in_begun" } else { action };
    let mut detail = json!({"from": from.map(|ip| ip.to_string()), "step": step.map(Step::code)});
    if let (Some(by), Some(detail)) = (came_by, detail.as_object_mut()) {
        detail.insert("by".to_owned(), by.into());
    }
    audit::record_in(tx, &account.scope()?, Entry::of_account(action, account.id, detail), now);
    Ok(secret)
}

async fn standing(app: &App, tx: &mut Tx, account: &Account, factor_shown: bool) -> Result<Standing> {
    let sql = "SELECT password_at FROM account WHERE id = $1";
    let (password_at,): (Option<Timestamp>,) = tx.opt(sql, p![account.id]).await?.ok_or(Error::NotFound)?;
    let (limits, policy) = (&app.tables.limits, &app.sign_in_policy);
    let role = Role::of_code(&account.role);
    let required = role.is_some_and(|role| policy.requires_factor(&limits.second_factor, role));
    Ok(Standing {
        factors: factors(app, tx, (account.id, role)).await?,
        factor_shown,
        factor_required: required,
        password_due: policy.passwords_age && limits.password.is_due(password_at, app.now()),
    })
}

/// How many authenticators and passkeys an account has.
const HELD: &str = "SELECT (SELECT COUNT(*) FROM authenticator f WHERE f.account_id = a.id),
    (SELECT COUNT(*) FROM passkey k WHERE k.account_id = a.id) FROM account a WHERE a.id = $1";

/// The second factors of an account of a role, inside a transaction.
pub(super) async fn factors(app: &App, tx: &mut Tx, (account, role): (Id, Option<Role>)) -> Result<Factors> {
    Ok(held(app, role, tx.opt(HELD, p![account]).await?.ok_or(Error::NotFound)?))
}

/// The second factors of an account.
pub(super) async fn factors_of(app: &App, account: &Account) -> Result<Factors> {
    let counts = app.db.opt(HELD, p![account.id]).await?.ok_or(Error::NotFound)?;
    Ok(held(app, Role::of_code(&account.role), counts))
}

fn held(app: &App, role: Option<Role>, (apps, passkeys): (i64, i64)) -> Factors {
    let rule = &app.tables.limits.second_factor;
    let passkey_required = role.is_some_and(|role| app.sign_in_policy.requires_passkey(rule, role));
    Factors { app: apps > 0, passkey: passkeys > 0, passkey_required }
}

/// After a factor was taken away: where the role cannot do without what is missing now, the session waits for it at once.
pub(super) async fn await_what_is_missing(app: &App, tx: &mut Tx, scope: &Scope, secret: &str) -> Result<()> {
    let required = app.sign_in_policy.requires_factor(&app.tables.limits.second_factor, scope.role);
    let factors = factors(app, tx, (scope.account, Some(scope.role))).await?;
    let standing = Standing { factors, factor_shown: true, factor_required: required, password_due: false };
    if let Some(step) = next_step(standing) {
        let sql = "UPDATE session SET awaits = $1, created_at = $2 WHERE token_hash = $3";
        tx.run(sql, p![step.code(), app.now(), digest(secret)]).await?;
    }
    Ok(())
}

/// Sets the password that a session waits for, ends the other sessions, and goes on; returns the secret of the session
/// that takes its place.
///
/// # Errors
/// [`Error::NotFound`] where the session waits for no password; [`Error::Invalid`] where the password is weak or was used
/// before.
pub async fn set_due_password(app: &App, secret: &str, new: &str, from: Option<IpAddr>) -> Result<String> {
    let Sitting { account, awaits, .. } = sitting(app, secret).await?;
    if awaits != Some(Step::Password) {
        return Err(Error::NotFound);
    }
    let sql = "SELECT password_hash FROM account WHERE id = $1";
    let (stored,): (String,) = app.db.opt(sql, p![account.id]).await?.ok_or(Error::NotFound)?;
    let problems = password::problems_of(app, account.id, &stored, new).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let hash = password::hash(new).await?;
    crate::atomic!(app.db, tx => {
        password::replace(app, tx, account.id, (&hash, SetBy::Holder)).await?;
        let ended = end_others(tx, account.id, secret).await?;
        let entry = Entry::of_account("change_password", account.id, json!({"rows": ended}));
        audit::record_in(tx, &account.scope()?, entry, app.now());
        advance(app, tx, &account, (secret, from)).await
    })
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

/// Ends all sessions of an account, open or waiting.
pub(super) async fn end_all(tx: &mut Tx, account: Id) -> Result<()> {
    tx.run("DELETE FROM session WHERE account_id = $1", p![account]).await?;
    Ok(())
}

/// Ends all sessions of an account but the one with this secret; returns how many.
pub(super) async fn end_others(tx: &mut Tx, account: Id, secret: &str) -> Result<u64> {
    let sql = "DELETE FROM session WHERE account_id = $1 AND token_hash <> $2";
    Ok(tx.run(sql, p![account, digest(secret)]).await?)
}

/// Ends a session that is too old.
async fn forget(app: &App, secret: &str) -> Result<()> {
    app.db.run("DELETE FROM session WHERE token_hash = $1", p![digest(secret)]).await?;
    Ok(())
}

/// A session as it is stored, with its account.
struct Seen {
    account: Account,
    created_at: Timestamp,
    seen_at: Timestamp,
    awaits: Option<String>,
    password_at: Option<Timestamp>,
}

impl FromRow for Seen {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (created_at, seen_at) = (row.get(COLUMNS)?, row.get(COLUMNS + 1)?);
        let (awaits, password_at) = (row.get(COLUMNS + 2)?, row.get(COLUMNS + 3)?);
        Ok(Seen { account: Account::from_row(row)?, created_at, seen_at, awaits, password_at })
    }
}

/// Whose session it is, and how far the sign-in has come.
#[derive(Debug, Clone)]
pub struct Sitting {
    /// The account.
    pub account: Account,
    /// The step that the session waits for; nothing where it is open.
    pub awaits: Option<Step>,
    /// The days that the password has left, once its holder is to be told of them.
    pub password_days: Option<i64>,
}

/// The account of a browser's open session.
///
/// # Errors
/// [`Error::NotFound`] where the session is unknown, too old, idle for too long, waits for a step, or its account was ended.
pub async fn of_session(app: &App, secret: &str) -> Result<Account> {
    let Sitting { account, awaits, .. } = sitting(app, secret).await?;
    if awaits.is_some() { Err(Error::NotFound) } else { Ok(account) }
}

/// A browser's session, open or waiting for a step.
///
/// # Errors
/// [`Error::NotFound`] where it is unknown, too old, idle for too long, or its account was ended.
pub async fn sitting(app: &App, secret: &str) -> Result<Sitting> {
    let (now, hash) = (app.now(), digest(secret));
    let sql = format!(
        "SELECT {ACCOUNT}, s.created_at, s.seen_at, s.awaits, a.password_at {FROM}
         JOIN session s ON s.account_id = a.id"
    );
    let sql = Sql::new(&sql).push(" WHERE s.token_hash = {}", [hash.clone().into()]);
    let found: Vec<Seen> = app.db.query(sql).await?;
    let seen = found.into_iter().next().ok_or(Error::NotFound)?;
    // A word that this program does not know is not an open session.
    let awaits = match seen.awaits.as_deref() {
        None => None,
        Some(code) => Some(Step::of_code(code).ok_or(Error::NotFound)?),
    };
    let limits = &app.tables.limits;
    let longest = match awaits {
        None => SignedDuration::from_hours(i64::from(limits.session_hours)),
        Some(_) => SignedDuration::from_mins(i64::from(limits.second_factor.half_open_minutes)),
    };
    let idle = now > seen.seen_at + SignedDuration::from_mins(i64::from(limits.idle_minutes));
    if now > seen.created_at + longest || idle {
        forget(app, secret).await?;
        return Err(Error::NotFound);
    }
    // Once a minute is enough to know whether a session is idle, and keeps reads free of writes.
    if now > seen.seen_at + SignedDuration::from_mins(1) {
        app.db.run("UPDATE session SET seen_at = $1 WHERE token_hash = $2", p![now, hash]).await?;
    }
    let aging = app.sign_in_policy.passwords_age;
    let password_days = if aging { limits.password.days_left(seen.password_at, now) } else { None };
    Ok(Sitting { account: active(app, seen.account)?, awaits, password_days })
}

/// An account that has not ended, and for a guardian's one whose basis stands today.
pub(super) fn active(app: &App, account: Account) -> Result<Account> {
    let opens = account.opens(rules::clock::china_date(app.now()));
    if account.ended_at.is_some() || !opens { Err(Error::NotFound) } else { Ok(account) }
}
