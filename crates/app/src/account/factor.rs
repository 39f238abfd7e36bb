//! The second factor: an authenticator app and recovery codes. Setting it up, signing in with it, taking it away. Passkeys,
//! the other kind, are in [`passkey`].

use super::{
    Account,
    own::{confirm_password, record},
    passkey::{self, OwnPasskey},
    session::{
        self, Sitting, advance, await_what_is_missing, count_failure, digest, end_others, factors,
        factors_of, refused,
    },
    totp,
};
use crate::{
    App,
    db::Tx,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
    seal::random_bytes,
};
use jiff::{SignedDuration, Timestamp};
use rules::{
    Refusal,
    account::{Factors, Step},
};
use serde_json::json;
use std::net::IpAddr;

/// Signs of a recovery code: none that are taken for one another on paper.
const SIGNS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Signs of a recovery code, 50 bits.
const LENGTH: usize = 10;

/// The second factors of the own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFactor {
    /// Since when it has an authenticator app.
    pub app_at: Option<Timestamp>,
    /// Its passkeys, the first one first.
    pub passkeys: Vec<OwnPasskey>,
    /// Recovery codes that were not used yet.
    pub codes_left: i64,
}

/// What is shown of an authenticator that is being set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// What the picture says that the app reads.
    pub address: String,
    /// The secret for an app that reads no picture.
    pub written: String,
}

/// A second factor that was set up: the codes to be kept on paper, shown this once, and the secret of the session that
/// takes the place of the one that waited, where one did.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// The recovery codes; none where the account had a second factor of another kind, and therefore codes.
    pub codes: Vec<String>,
    /// The session's new secret.
    pub secret: Option<String>,
}

/// The second factors of the own account, if it has one.
///
/// # Errors
/// The database is gone.
pub async fn own(app: &App, scope: &Scope) -> Result<Option<OwnFactor>> {
    let sql = "SELECT (SELECT f.created_at FROM authenticator f WHERE f.account_id = a.id),
        (SELECT COUNT(*) FROM recovery_code c WHERE c.account_id = a.id AND c.used_at IS NULL)
        FROM account a WHERE a.id = $1";
    let found: Option<(Option<Timestamp>, i64)> = app.db.opt(sql, p![scope.account]).await?;
    let (app_at, codes_left) = found.ok_or(Error::NotFound)?;
    let passkeys = passkey::of_account(app, scope.account).await?;
    let none = app_at.is_none() && passkeys.is_empty();
    Ok((!none).then_some(OwnFactor { app_at, passkeys, codes_left }))
}

/// The second factors that a session may show which waits for one of them, or set up which waits for that.
///
/// # Errors
/// [`Error::NotFound`] where the session waits for something else.
pub async fn choices(app: &App, secret: &str, step: Step) -> Result<Factors> {
    let account = waiting(app, secret, step).await?;
    factors_of(app, &account).await
}

/// Whether the own role cannot do without a passkey.
#[must_use]
pub fn is_passkey_required(app: &App, scope: &Scope) -> bool {
    app.sign_in_policy.requires_passkey(&app.tables.limits.second_factor, scope.role)
}

/// Whether the own role cannot do without one.
#[must_use]
pub fn is_required(app: &App, scope: &Scope) -> bool {
    app.sign_in_policy.requires_factor(&app.tables.limits.second_factor, scope.role)
}

/// Begins to set an authenticator up for the own account, where the present password is known.
///
/// # Errors
/// The password does not fit or the account is locked; it has a second factor already.
pub async fn begin(app: &App, scope: &Scope, secret: &str, present: &str) -> Result<()> {
    confirm_password(app, scope, present).await?;
    start(app, scope.account, secret).await
}

/// The same for a session that waits for it: its password was given a moment ago.
///
/// # Errors
/// [`Error::NotFound`] where the session waits for something else.
pub async fn begin_waiting(app: &App, secret: &str) -> Result<Enrolment> {
    let account = may_enrol(app, secret).await?;
    if let Some(enrolment) = enrolment(app, &account, secret).await? {
        return Ok(enrolment);
    }
    start(app, account.id, secret).await?;
    enrolment(app, &account, secret).await?.ok_or(Error::NotFound)
}

/// The account of a session that waits for a second factor, where an authenticator app is enough.
async fn may_enrol(app: &App, secret: &str) -> Result<Account> {
    let account = waiting(app, secret, Step::Enrol).await?;
    if factors_of(app, &account).await?.may_enrol_app() { Ok(account) } else { Err(Error::NotFound) }
}

/// A new secret, shown to one session alone: nobody else's authenticator can be slipped in between.
async fn start(app: &App, account: Id, secret: &str) -> Result<()> {
    let sealed = app.keys.seal_bytes(&random_bytes(totp::SECRET_BYTES)?)?;
    crate::atomic!(app.db, tx => {
        if has_one(tx, account).await? {
            return Err(Error::Refused(Refusal::new("account", "factor_exists")));
        }
        let sql = "INSERT INTO factor_enrolment (account_id, session_hash, secret, created_at)
            VALUES ($1, $2, $3, $4) ON CONFLICT (account_id) DO UPDATE SET session_hash = excluded.session_hash,
            secret = excluded.secret, created_at = excluded.created_at";
        tx.run(sql, p![account, digest(secret), sealed.clone(), app.now()]).await?;
        Ok(())
    })
}

async fn has_one(tx: &mut Tx, account: Id) -> Result<bool> {
    let sql = "SELECT account_id FROM authenticator WHERE account_id = $1";
    Ok(tx.opt::<(Id,)>(sql, p![account]).await?.is_some())
}

/// The authenticator that this session is setting up, if it began to.
///
/// # Errors
/// The database is gone, or the secret cannot be opened.
pub async fn enrolment(app: &App, account: &Account, secret: &str) -> Result<Option<Enrolment>> {
    let Some(bytes) = enrolling(app, account.id, secret).await? else { return Ok(None) };
    let rule = &app.tables.limits.second_factor;
    Ok(Some(Enrolment {
        address: totp::address(rule, &bytes, &account.username),
        written: totp::written(&bytes),
    }))
}

async fn enrolling(app: &App, account: Id, secret: &str) -> Result<Option<Vec<u8>>> {
    let minutes = i64::from(app.tables.limits.second_factor.half_open_minutes);
    let since = app.now() - SignedDuration::from_mins(minutes);
    let sql = "SELECT secret FROM factor_enrolment WHERE account_id = $1 AND session_hash = $2 AND created_at >= $3";
    let found: Option<(Vec<u8>,)> = app.db.opt(sql, p![account, digest(secret), since]).await?;
    found.map(|(sealed,)| app.keys.unseal_bytes(&sealed)).transpose()
}

/// Completes the setting up with the first code of the app. The other sessions of the account end: they were opened
/// without it.
///
/// # Errors
/// [`Error::Invalid`] where the code does not fit; [`Error::NotFound`] where nothing is being set up in this session.
pub async fn complete(app: &App, scope: &Scope, secret: &str, code: &str) -> Result<Enrolled> {
    let (bytes, step) = first_code(app, scope.account, secret, code).await?;
    crate::atomic!(app.db, tx => {
        let codes = store(app, tx, (scope, secret), (&bytes, step)).await?;
        Ok(Enrolled { codes, secret: None })
    })
}

/// The same for a session that waits for it, which goes on.
///
/// # Errors
/// As [`complete`].
pub async fn complete_waiting(app: &App, secret: &str, code: &str, from: Option<IpAddr>) -> Result<Enrolled> {
    let account = may_enrol(app, secret).await?;
    let scope = account.scope()?;
    let (bytes, step) = first_code(app, account.id, secret, code).await?;
    crate::atomic!(app.db, tx => {
        let codes = store(app, tx, (&scope, secret), (&bytes, step)).await?;
        let secret = advance(app, tx, &account, (secret, from)).await?;
        Ok(Enrolled { codes, secret: Some(secret) })
    })
}

async fn first_code(app: &App, account: Id, secret: &str, code: &str) -> Result<(Vec<u8>, i64)> {
    let bytes = enrolling(app, account, secret).await?.ok_or(Error::NotFound)?;
    let step = totp::step_of(&app.tables.limits.second_factor, &bytes, code, app.now())?;
    Ok((bytes, step.ok_or_else(|| Error::invalid("code", "factor_code"))?))
}

/// Stores the authenticator, with recovery codes where it is the first factor, and ends the sessions but the one with this
/// secret.
async fn store(
    app: &App,
    tx: &mut Tx,
    (scope, secret): (&Scope, &str),
    (bytes, step): (&[u8], i64),
) -> Result<Vec<String>> {
    let account = scope.account;
    if has_one(tx, account).await? {
        return Err(Error::Refused(Refusal::new("account", "factor_exists")));
    }
    // Two tabs that complete at once: the second finds nothing to complete.
    let sql = "DELETE FROM factor_enrolment WHERE account_id = $1";
    if tx.run(sql, p![account]).await? == 0 {
        return Err(Error::NotFound);
    }
    let codes = codes_with_first(app, tx, account).await?;
    let sql = "INSERT INTO authenticator (account_id, secret, last_step, created_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, p![account, app.keys.seal_bytes(bytes)?, step, app.now()]).await?;
    let ended = end_others(tx, account, secret).await?;
    record(app, tx, scope, "enrol_factor", json!({"rows": ended}));
    Ok(codes)
}

/// Recovery codes for an account that gets its first second factor; none where it has another one, and therefore codes.
pub(super) async fn codes_with_first(app: &App, tx: &mut Tx, account: Id) -> Result<Vec<String>> {
    if factors(app, tx, (account, None)).await?.any() {
        return Ok(Vec::new());
    }
    fresh_codes(app, tx, account).await
}

/// Recovery codes stand in for a second factor: without one they open nothing, and the next one brings new ones.
pub(super) async fn forget_codes_without_factor(tx: &mut Tx, account: Id) -> Result<()> {
    let sql = "DELETE FROM recovery_code WHERE account_id = $1
        AND NOT EXISTS (SELECT 1 FROM authenticator f WHERE f.account_id = recovery_code.account_id)
        AND NOT EXISTS (SELECT 1 FROM passkey k WHERE k.account_id = recovery_code.account_id)";
    tx.run(sql, p![account]).await?;
    Ok(())
}

async fn fresh_codes(app: &App, tx: &mut Tx, account: Id) -> Result<Vec<String>> {
    tx.run("DELETE FROM recovery_code WHERE account_id = $1", p![account]).await?;
    let mut codes = Vec::new();
    for _ in 0..app.tables.limits.second_factor.recovery_codes {
        let bytes = random_bytes(LENGTH)?;
        let sign = |byte: &u8| SIGNS.get(usize::from(byte % 32)).map(|sign| char::from(*sign));
        let code: String = bytes.iter().filter_map(sign).collect();
        let sql = "INSERT INTO recovery_code (account_id, code_hash, created_at) VALUES ($1, $2, $3)";
        tx.run(sql, p![account, code_digest(app, account, &code), app.now()]).await?;
        let shown = code.split_at_checked(LENGTH / 2).map(|(a, b)| format!("{a}-{b}"));
        codes.push(shown.unwrap_or(code));
    }
    Ok(codes)
}

/// A recovery code as it is stored: keyed, for fifty bits could be tried out by who has the database alone.
fn code_digest(app: &App, account: Id, code: &str) -> Vec<u8> {
    app.keys.index("recovery_code", &format!("{account}:{}", rules::writing::normalised_number(code)))
}

/// Makes new recovery codes where the present password is known; the old ones end. Shown this once.
///
/// # Errors
/// The password does not fit or the account is locked; the account has no second factor.
pub async fn renew_codes(app: &App, scope: &Scope, present: &str) -> Result<Vec<String>> {
    confirm_password(app, scope, present).await?;
    crate::atomic!(app.db, tx => {
        if !factors(app, tx, (scope.account, None)).await?.any() {
            return Err(Error::Refused(Refusal::new("account", "no_factor")));
        }
        let codes = fresh_codes(app, tx, scope.account).await?;
        record(app, tx, scope, "new_recovery_codes", json!({"rows": codes.len()}));
        Ok(codes)
    })
}

/// Takes the own authenticator away where the present password is known; the other sessions end. Where the role cannot do
/// without a factor and there is no passkey, this session waits for a new one at once.
///
/// # Errors
/// The password does not fit or the account is locked; the account has no authenticator.
pub async fn remove(app: &App, scope: &Scope, secret: &str, present: &str) -> Result<()> {
    confirm_password(app, scope, present).await?;
    crate::atomic!(app.db, tx => {
        if !forget_app(tx, scope.account).await? {
            return Err(Error::Refused(Refusal::new("account", "no_factor")));
        }
        forget_codes_without_factor(tx, scope.account).await?;
        let ended = end_others(tx, scope.account, secret).await?;
        await_what_is_missing(app, tx, scope, secret).await?;
        record(app, tx, scope, "remove_factor", json!({"rows": ended}));
        Ok(())
    })
}

/// Takes all second factors of an account away with all that belongs to them; false where it had none.
pub(super) async fn forget(tx: &mut Tx, account: Id) -> Result<bool> {
    tx.run("DELETE FROM recovery_code WHERE account_id = $1", p![account]).await?;
    let (app, passkeys) = (forget_app(tx, account).await?, passkey::forget_all(tx, account).await?);
    Ok(app || passkeys)
}

async fn forget_app(tx: &mut Tx, account: Id) -> Result<bool> {
    tx.run("DELETE FROM factor_enrolment WHERE account_id = $1", p![account]).await?;
    Ok(tx.run("DELETE FROM authenticator WHERE account_id = $1", p![account]).await? > 0)
}

/// The account of a session that waits for this step.
pub(super) async fn waiting(app: &App, secret: &str, step: Step) -> Result<Account> {
    let Sitting { account, awaits, .. } = session::sitting(app, secret).await?;
    if awaits == Some(step) { Ok(account) } else { Err(Error::NotFound) }
}

/// How a code was shown.
enum Shown {
    /// By the app, for this step of time.
    App(i64),
    /// From paper.
    Paper(Vec<u8>),
}

/// Takes the code that a session waits for, of the app or from paper, and goes on; returns the secret of the session that
/// takes its place. A code is taken once, and failures count to the same lock as those of the password.
///
/// # Errors
/// [`Error::NotFound`] where the session waits for no code, [`Error::Busy`] while the account is locked,
/// [`Error::Forbidden`] where the code does not fit or was used.
pub async fn show_code(app: &App, secret: &str, code: &str, from: Option<IpAddr>) -> Result<String> {
    let account = waiting(app, secret, Step::Code).await?;
    let sql =
        "SELECT f.secret, a.locked_until FROM account a LEFT JOIN authenticator f ON f.account_id = a.id
        WHERE a.id = $1";
    let found: Option<(Option<Vec<u8>>, Option<Timestamp>)> = app.db.opt(sql, p![account.id]).await?;
    let (sealed, locked) = found.ok_or(Error::NotFound)?;
    let held = factors_of(app, &account).await?;
    // Somebody took the factor away since the password was given: then the password is given again.
    if !held.any() {
        return Err(Error::NotFound);
    }
    if locked.is_some_and(|until| until > app.now()) {
        refused(app, Some(account.id), "locked", from).await?;
        return Err(Error::Busy);
    }
    let rule = &app.tables.limits.second_factor;
    let step = match sealed.filter(|_| held.takes_app()) {
        Some(sealed) => totp::step_of(rule, &app.keys.unseal_bytes(&sealed)?, code, app.now())?,
        None => None,
    };
    let shown = step.map_or_else(|| Shown::Paper(code_digest(app, account.id, code)), Shown::App);
    let taken = take(app, &account, (secret, &shown), from).await;
    if matches!(taken, Err(Error::Forbidden)) {
        count_failure(app, account.id).await?;
        refused(app, Some(account.id), "second_factor", from).await?;
    }
    taken
}

async fn take(
    app: &App,
    account: &Account,
    (secret, shown): (&str, &Shown),
    from: Option<IpAddr>,
) -> Result<String> {
    crate::atomic!(app.db, tx => {
        let used = match shown {
            Shown::App(step) => {
                let sql = "UPDATE authenticator SET last_step = $1 WHERE account_id = $2 AND last_step < $1";
                tx.run(sql, p![*step, account.id]).await?
            }
            Shown::Paper(hash) => {
                let sql = "UPDATE recovery_code SET used_at = $1
                    WHERE account_id = $2 AND code_hash = $3 AND used_at IS NULL";
                tx.run(sql, p![app.now(), account.id, hash.clone()]).await?
            }
        };
        if used == 0 {
            return Err(Error::Forbidden);
        }
        if matches!(shown, Shown::Paper(_)) {
            record(app, tx, &account.scope()?, "use_recovery_code", json!({}));
        }
        advance(app, tx, account, (secret, from)).await
    })
}
