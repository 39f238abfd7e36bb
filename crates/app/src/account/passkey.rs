//! Passkeys (W3C Web Authentication): a second factor that answers this site alone. Setting one up, and taking one away;
//! showing one at the sign-in is in [`show`].

mod challenge;
mod relying_party;
mod show;

pub use relying_party::{BadOrigin, RelyingParty};
pub use show::{ask, show};

use super::{
    Account,
    factor::{self, Enrolled, codes_with_first, waiting},
    own::{confirm_password, record},
    session::{advance, await_what_is_missing, end_others},
};
use crate::{
    App,
    audit::{self, Entry, Purpose as Why},
    db::Tx,
    error::{Error, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use challenge::{Purpose, Question};
use jiff::Timestamp;
use rules::{Refusal, account::Step};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::net::IpAddr;
use webauthn_rs::prelude::{
    CredentialID, Passkey, PasskeyRegistration, RegisterPublicKeyCredential, WebauthnError,
};

/// Bytes of a browser's answer at most; the longest keys and their statements are a few thousand.
const MOST_BYTES: usize = 32 * 1024;
/// Characters of the name that a holder gives.
const MOST_CHARACTERS: usize = 60;

/// A passkey of the own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPasskey {
    /// Identifier.
    pub id: Id,
    /// What its holder calls it.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last shown.
    pub used_at: Option<Timestamp>,
}
row!(OwnPasskey { id, name, created_at, used_at });

/// What the browser sends of a passkey that was made.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct NewPasskey {
    /// What its holder calls it.
    pub name: String,
    /// The browser's answer (`PublicKeyCredential.toJSON`).
    pub answer: String,
}

/// Whether this installation can offer passkeys: it knows the address that people type.
#[must_use]
pub fn are_offered(app: &App) -> bool {
    app.relying_party.is_some()
}

fn party(app: &App) -> Result<&RelyingParty> {
    let refusal = || Error::Refused(Refusal::new("account", "passkeys_not_offered"));
    app.relying_party.as_deref().ok_or_else(refusal)
}

/// The passkeys of an account, the first one first.
pub(super) async fn of_account(app: &App, account: Id) -> Result<Vec<OwnPasskey>> {
    let sql =
        "SELECT id, name, created_at, used_at FROM passkey WHERE account_id = $1 ORDER BY created_at, id";
    Ok(app.db.all(sql, p![account]).await?)
}

/// Begins to set a passkey up for the own account, where the present password is known.
///
/// # Errors
/// The password does not fit or the account is locked; passkeys are not offered here, or it has as many as it may.
pub async fn begin(app: &App, scope: &Scope, secret: &str, present: &str) -> Result<()> {
    party(app)?;
    confirm_password(app, scope, present).await?;
    start(app, &super::get(app, scope.account).await?, secret).await
}

/// What the browser needs to make the passkey that this session is setting up, if it began to.
///
/// # Errors
/// The database is gone, or what was kept cannot be opened.
pub async fn begun(app: &App, scope: &Scope, secret: &str) -> Result<Option<String>> {
    let open = challenge::open::<PasskeyRegistration>(app, (scope.account, secret, Purpose::Register));
    Ok(open.await?.map(|question| question.options.to_string()))
}

/// The same for a session that waits for a second factor: its password was given a moment ago. Nothing where passkeys are
/// not offered.
///
/// # Errors
/// [`Error::NotFound`] where the session waits for something else.
pub async fn begin_waiting(app: &App, secret: &str) -> Result<Option<String>> {
    let account = waiting(app, secret, Step::Enrol).await?;
    if !are_offered(app) {
        return Ok(None);
    }
    let scope = account.scope()?;
    if let Some(options) = begun(app, &scope, secret).await? {
        return Ok(Some(options));
    }
    start(app, &account, secret).await?;
    begun(app, &scope, secret).await
}

async fn start(app: &App, account: &Account, secret: &str) -> Result<()> {
    let sql = "SELECT credential_id FROM passkey WHERE account_id = $1";
    let held: Vec<(CredentialID,)> = app.db.all(sql, p![account.id]).await?;
    if held.len() >= usize::from(app.tables.limits.second_factor.passkeys) {
        return Err(Error::Refused(Refusal::new("account", "passkeys_full")));
    }
    let held = held.into_iter().map(|(id,)| id).collect();
    // A device shows its holder the username alone: where it is synchronised, a company keeps what is shown.
    let (id, name) = (account.id.0, account.username.as_str());
    let begun = party(app)?.ceremony.start_passkey_registration(id, name, name, Some(held));
    let (asked, state) = begun.map_err(Error::broken)?;
    let question = Question { options: serde_json::to_value(&asked.public_key)?, state };
    challenge::keep(app, (account.id, secret, Purpose::Register), &question).await
}

/// Completes the setting up with the browser's answer. The other sessions of the account end. Recovery codes come with the
/// first second factor alone.
///
/// # Errors
/// [`Error::Invalid`] where it has no name, took too long, does not fit or is somebody's already.
pub async fn complete(app: &App, scope: &Scope, secret: &str, new: &NewPasskey) -> Result<Enrolled> {
    let (name, passkey) = made(app, scope, secret, new).await?;
    crate::atomic!(app.db, tx => {
        let codes = store(app, tx, (scope, secret), (&name, &passkey)).await?;
        Ok(Enrolled { codes, secret: None })
    })
}

/// The same for a session that waits for it, which goes on.
///
/// # Errors
/// As [`complete`]; [`Error::NotFound`] where the session waits for something else.
pub async fn complete_waiting(
    app: &App,
    secret: &str,
    new: &NewPasskey,
    from: Option<IpAddr>,
) -> Result<Enrolled> {
    let account = waiting(app, secret, Step::Enrol).await?;
    let scope = account.scope()?;
    let (name, passkey) = made(app, &scope, secret, new).await?;
    crate::atomic!(app.db, tx => {
        let codes = store(app, tx, (&scope, secret), (&name, &passkey)).await?;
        let secret = advance(app, tx, &account, (secret, from)).await?;
        Ok(Enrolled { codes, secret: Some(secret) })
    })
}

/// The name and the passkey of an answer that fits the question of this session.
async fn made(app: &App, scope: &Scope, secret: &str, new: &NewPasskey) -> Result<(String, Passkey)> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > MOST_CHARACTERS {
        return Err(Error::invalid("name", "passkey_name"));
    }
    let place = (scope.account, secret, Purpose::Register);
    let Some(question) = challenge::take::<PasskeyRegistration>(app, place).await? else {
        return Err(Error::invalid("passkey", "passkey_expired"));
    };
    let finished = match read::<RegisterPublicKeyCredential>(&new.answer) {
        Some(answer) => party(app)?.ceremony.finish_passkey_registration(&answer, &question.state),
        None => Err(WebauthnError::ParseNOMFailure),
    };
    match finished {
        Ok(passkey) => Ok((name.to_owned(), passkey)),
        Err(error) => {
            let detail = json!({"because": cause(&error)});
            let entry = Entry::of_account("passkey_refused", scope.account, detail);
            audit::record(&app.db, scope, entry, app.now()).await?;
            Err(Error::invalid("passkey", "passkey_unfit"))
        }
    }
}

/// What the browser sent, where it is what a browser sends.
fn read<T: DeserializeOwned>(answer: &str) -> Option<T> {
    if answer.len() > MOST_BYTES {
        return None;
    }
    serde_json::from_str(answer).ok()
}

/// Why a passkey was refused, in one word of the log.
fn cause(error: &WebauthnError) -> &'static str {
    match error {
        WebauthnError::InvalidRPOrigin | WebauthnError::InvalidRPIDHash => "passkey_origin",
        WebauthnError::MismatchedChallenge | WebauthnError::ChallengeNotFound => "passkey_expired",
        WebauthnError::CredentialPossibleCompromise => "passkey_counter",
        WebauthnError::CredentialNotFound => "passkey_unknown",
        WebauthnError::UserNotPresent | WebauthnError::UserNotVerified => "passkey_unverified",
        _ => "passkey_unfit",
    }
}

async fn store(
    app: &App,
    tx: &mut Tx,
    (scope, secret): (&Scope, &str),
    (name, passkey): (&str, &Passkey),
) -> Result<Vec<String>> {
    let (account, now) = (scope.account, app.now());
    let sql = "SELECT COUNT(*) FROM passkey WHERE account_id = $1";
    let held: Option<(i64,)> = tx.opt(sql, p![account]).await?;
    if held.is_some_and(|(held,)| held >= i64::from(app.tables.limits.second_factor.passkeys)) {
        return Err(Error::Refused(Refusal::new("account", "passkeys_full")));
    }
    let codes = codes_with_first(app, tx, account).await?;
    let sealed = app.keys.seal_bytes(&serde_json::to_vec(passkey)?)?;
    // The first count that the device gives is compared with nothing: the crate keeps it inside, the column begins below.
    let sql = "INSERT INTO passkey (id, account_id, credential_id, credential, counter, name, created_at)
        VALUES ($1, $2, $3, $4, 0, $5, $6) ON CONFLICT (credential_id) DO NOTHING";
    let id = account.beside(now);
    if tx.run(sql, p![id, account, passkey.cred_id().clone(), sealed, name, now]).await? == 0 {
        return Err(Error::invalid("passkey", "passkey_taken"));
    }
    let ended = end_others(tx, account, secret).await?;
    record(app, tx, scope, "enrol_passkey", json!({"rows": ended}));
    Ok(codes)
}

/// Takes one of the own passkeys away where the present password is known; the other sessions end. Where the role cannot do
/// without what is missing now, this session waits for it at once.
///
/// # Errors
/// The password does not fit or the account is locked; the account has no such passkey.
pub async fn remove(app: &App, scope: &Scope, secret: &str, present: &str, passkey: Id) -> Result<()> {
    // First whose it is: what is not the own account's costs nobody a wrong password.
    let sql = "SELECT id FROM passkey WHERE id = $1 AND account_id = $2";
    app.db.opt::<(Id,)>(sql, p![passkey, scope.account]).await?.ok_or(Error::NotFound)?;
    confirm_password(app, scope, present).await?;
    crate::atomic!(app.db, tx => {
        let sql = "DELETE FROM passkey WHERE id = $1 AND account_id = $2";
        if tx.run(sql, p![passkey, scope.account]).await? == 0 {
            return Err(Error::NotFound);
        }
        factor::forget_codes_without_factor(tx, scope.account).await?;
        let ended = end_others(tx, scope.account, secret).await?;
        await_what_is_missing(app, tx, scope, secret).await?;
        record(app, tx, scope, "remove_passkey", json!({"rows": ended}));
        Ok(())
    })
}

/// Takes all passkeys of an account away with what was asked of them; false where it had none.
pub(super) async fn forget_all(tx: &mut Tx, account: Id) -> Result<bool> {
    tx.run("DELETE FROM passkey_challenge WHERE account_id = $1", p![account]).await?;
    Ok(tx.run("DELETE FROM passkey WHERE account_id = $1", p![account]).await? > 0)
}

/// Puts a passkey that was refused at the sign-in into the log: nobody is signed in yet.
async fn refused(app: &App, account: Id, because: &str, from: Option<IpAddr>) -> Result<()> {
    let detail = json!({"because": because, "from": from.map(|ip| ip.to_string())});
    let (purpose, subject_kind, subject) = (Why::Administration, "account", Some(account));
    let entry = Entry { purpose, action: "passkey_refused", subject_kind, subject, detail };
    audit::record_unknown(&app.db, entry, app.now()).await
}
