//! What everybody keeps of the own account: password, sessions of browsers, tokens of programs.

use super::{
    password::{self, SetBy},
    session::{count_failure, digest, end_others, refused},
};
use crate::{
    App,
    audit::{self, Entry},
    db::Tx,
    error::{Error, Result},
    hex,
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::Timestamp;
use serde_json::json;

/// Sessions and tokens shown at most.
const MOST: i64 = 100;
/// Events of the own account shown at most.
const EVENTS: i64 = 20;

/// A session of the own account.
#[derive(Debug, Clone)]
pub struct OwnSession {
    /// Stands for it in an address; tells nothing of its secret.
    pub handle: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// It is the one that asks.
    pub current: bool,
}

/// A token of the own account.
#[derive(Debug, Clone)]
pub struct OwnToken {
    /// Identifier.
    pub id: Id,
    /// What it was made for.
    pub label: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// Codes of the purposes, with commas between them.
    pub purposes: String,
    /// It may change data, not only read it.
    pub changes: bool,
}
row!(OwnToken { id, label, created_at, expires_at, purposes, changes });

/// What stands for a session: a digest of what is stored, which is itself a digest of the secret.
fn handle(token_hash: &[u8]) -> String {
    let bytes = digest(&hex::write(token_hash));
    hex::write(bytes.get(..12).unwrap_or(&bytes))
}

/// The sessions that are open, the last used first; `secret` is that of the session that asks.
///
/// # Errors
/// The database is gone.
pub async fn sessions(app: &App, scope: &Scope, secret: &str) -> Result<Vec<OwnSession>> {
    let sql = "SELECT token_hash, created_at, seen_at FROM session WHERE account_id = $1 AND awaits IS NULL
        ORDER BY seen_at DESC, token_hash LIMIT $2";
    let found: Vec<(Vec<u8>, Timestamp, Timestamp)> = app.db.all(sql, p![scope.account, MOST]).await?;
    let own = digest(secret);
    let session = |(hash, created_at, seen_at): (Vec<u8>, Timestamp, Timestamp)| OwnSession {
        handle: handle(&hash),
        current: hash == own,
        created_at,
        seen_at,
    };
    Ok(found.into_iter().map(session).collect())
}

/// Ends a session of the own account; a second time changes nothing.
///
/// # Errors
/// The account has no such session.
pub async fn end_session(app: &App, scope: &Scope, wanted: &str) -> Result<()> {
    let sql = "SELECT token_hash FROM session WHERE account_id = $1 LIMIT $2";
    let found: Vec<(Vec<u8>,)> = app.db.all(sql, p![scope.account, MOST]).await?;
    let hash = found.into_iter().map(|(hash,)| hash).find(|hash| handle(hash) == wanted);
    let hash = hash.ok_or(Error::NotFound)?;
    crate::atomic!(app.db, tx => {
        tx.run("DELETE FROM session WHERE token_hash = $1", p![hash.clone()]).await?;
        record(app, tx, scope, "end_session", json!({"rows": 1}));
        Ok(())
    })
}

/// Ends all sessions of the own account but the one that asks; returns how many.
///
/// # Errors
/// The database is gone.
pub async fn end_other_sessions(app: &App, scope: &Scope, secret: &str) -> Result<u64> {
    crate::atomic!(app.db, tx => {
        let ended = end_others(tx, scope.account, secret).await?;
        record(app, tx, scope, "end_session", json!({"rows": ended}));
        Ok(ended)
    })
}

/// The tokens that are in force, the latest first.
///
/// # Errors
/// The database is gone.
pub async fn tokens(app: &App, scope: &Scope) -> Result<Vec<OwnToken>> {
    in_force(app, scope.account).await
}

pub(super) async fn in_force(app: &App, account: Id) -> Result<Vec<OwnToken>> {
    let sql = "SELECT id, label, created_at, expires_at, COALESCE(purposes, ''), COALESCE(changes, 1 = 0) FROM api_token
        WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id LIMIT $3";
    Ok(app.db.all(sql, p![account, app.now(), MOST]).await?)
}

/// Revokes a token of the own account; a second time changes nothing.
///
/// # Errors
/// The account has no such token.
pub async fn revoke_token(app: &App, scope: &Scope, token: Id) -> Result<()> {
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE api_token SET revoked_at = COALESCE(revoked_at, $1) WHERE id = $2 AND account_id = $3";
        if tx.run(sql, p![app.now(), token, scope.account]).await? == 0 {
            return Err(Error::NotFound);
        }
        record(app, tx, scope, "revoke_tokens", json!({"rows": 1}));
        Ok(())
    })
}

/// Goes on where the present password is known; returns its hash. Failures count to the same lock as those at the sign-in.
pub(super) async fn confirm_password(app: &App, scope: &Scope, present: &str) -> Result<String> {
    let sql = "SELECT password_hash, locked_until FROM account WHERE id = $1 AND ended_at IS NULL";
    let found: Option<(String, Option<Timestamp>)> = app.db.opt(sql, p![scope.account]).await?;
    let (stored, locked) = found.ok_or(Error::NotFound)?;
    if locked.is_some_and(|until| until > app.now()) {
        return Err(Error::Busy);
    }
    if !password::matches(present, Some(stored.clone())).await? {
        count_failure(app, scope.account).await?;
        refused(app, Some(scope.account), "password", None).await?;
        return Err(Error::invalid("present", "password_wrong"));
    }
    Ok(stored)
}

/// Sets another password where the present one is known, and ends all other sessions: whoever knew the old one is out.
///
/// # Errors
/// [`Error::Busy`] while the account is locked; [`Error::Invalid`] where the present password does not fit, or the new one
/// is weak or was used before.
pub async fn change_password(app: &App, scope: &Scope, secret: &str, present: &str, new: &str) -> Result<()> {
    let stored = confirm_password(app, scope, present).await?;
    let problems = password::problems_of(app, scope.account, &stored, new).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let hash = password::hash(new).await?;
    crate::atomic!(app.db, tx => {
        password::replace(app, tx, scope.account, (&hash, SetBy::Holder)).await?;
        let ended = end_others(tx, scope.account, secret).await?;
        record(app, tx, scope, "change_password", json!({"rows": ended}));
        Ok(())
    })
}

/// Something that was done to the own account, or with it at the sign-in.
#[derive(Debug, Clone)]
pub struct OwnEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// By whom: the role, and `none` where nobody was let in.
    pub role: String,
    /// For which organisation.
    pub organisation: Option<String>,
    /// It was the own account that did it.
    pub own: bool,
    /// Which fields, how many rows.
    pub detail: serde_json::Value,
}

/// What was done to the own account and with it at the sign-in, the latest first: so that a password, a second factor or a
/// token that somebody else set or took away does not go unseen.
///
/// # Errors
/// The database is gone.
pub async fn events(app: &App, scope: &Scope) -> Result<Vec<OwnEvent>> {
    type Found = (Timestamp, String, String, Option<String>, Id, serde_json::Value);
    let sql = "SELECT u.at, u.action, u.role, o.name, u.account_id, u.detail FROM audit u
        LEFT JOIN organisation o ON o.id = u.organisation_id
        WHERE u.subject_id = $1 AND u.subject_kind = 'account' ORDER BY u.at DESC, u.id DESC LIMIT $2";
    let found: Vec<Found> = app.db.all(sql, p![scope.account, EVENTS]).await?;
    let event = |(at, action, role, organisation, account, detail): Found| OwnEvent {
        at,
        action,
        role,
        organisation,
        own: account == scope.account,
        detail,
    };
    Ok(found.into_iter().map(event).collect())
}

pub(super) fn record(app: &App, tx: &mut Tx, scope: &Scope, action: &'static str, detail: serde_json::Value) {
    audit::record_in(tx, scope, Entry::of_account(action, scope.account, detail), app.now());
}
