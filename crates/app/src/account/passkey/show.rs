//! A passkey is shown at the sign-in.

use super::{
    are_offered, cause,
    challenge::{self, Purpose, Question},
    party, read, refused,
};
use crate::{
    App,
    account::{
        Account,
        factor::waiting,
        session::{self, advance, count_failure},
    },
    error::{Error, Result},
    id::Id,
    p,
};
use jiff::Timestamp;
use rules::{Refusal, account::Step};
use std::net::IpAddr;
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey, PasskeyAuthentication, PublicKeyCredential, WebauthnError,
};

/// What the browser needs to ask for a passkey of the account whose session waits for its second factor; nothing where the
/// account has none, or passkeys are not offered here. A new question takes the place of the one before it.
///
/// # Errors
/// [`Error::NotFound`] where the session waits for something else.
pub async fn ask(app: &App, secret: &str) -> Result<Option<String>> {
    let account = waiting(app, secret, Step::Code).await?;
    if !are_offered(app) {
        return Ok(None);
    }
    let sql = "SELECT credential FROM passkey WHERE account_id = $1";
    let sealed: Vec<(Vec<u8>,)> = app.db.all(sql, p![account.id]).await?;
    let held = sealed.iter().map(|(sealed,)| open(app, sealed)).collect::<Result<Vec<Passkey>>>()?;
    if held.is_empty() {
        return Ok(None);
    }
    let begun = party(app)?.ceremony.start_passkey_authentication(&held).map_err(Error::broken)?;
    let question = Question { options: serde_json::to_value(&begun.0.public_key)?, state: begun.1 };
    challenge::keep(app, (account.id, secret, Purpose::Show), &question).await?;
    Ok(Some(question.options.to_string()))
}

fn open(app: &App, sealed: &[u8]) -> Result<Passkey> {
    Ok(serde_json::from_slice(&app.keys.unseal_bytes(sealed)?)?)
}

/// Takes the passkey that a session waits for and goes on; returns the secret of the session that takes its place. Each
/// question is answered once, and failures count to the same lock as those of codes.
///
/// # Errors
/// [`Error::NotFound`] where the session waits for something else, [`Error::Busy`] while the account is locked,
/// [`Error::Forbidden`] where the passkey does not fit; refused where it took too long, and where its count went back: then
/// there may be a copy of it.
pub async fn show(app: &App, secret: &str, answer: &str, from: Option<IpAddr>) -> Result<String> {
    let account = waiting(app, secret, Step::Code).await?;
    let sql = "SELECT locked_until FROM account WHERE id = $1";
    let (locked,): (Option<Timestamp>,) = app.db.opt(sql, p![account.id]).await?.ok_or(Error::NotFound)?;
    if locked.is_some_and(|until| until > app.now()) {
        session::refused(app, Some(account.id), "locked", from).await?;
        return Err(Error::Busy);
    }
    let place = (account.id, secret, Purpose::Show);
    let Some(question) = challenge::take::<PasskeyAuthentication>(app, place).await? else {
        // No guess is hidden in a late answer: it is told, not counted.
        refused(app, account.id, "passkey_expired", from).await?;
        return Err(Error::Refused(Refusal::new("account", "passkey_expired")));
    };
    let shown = match checked(app, &question.state, answer) {
        Ok(result) => take(app, &account, (secret, from), &result).await?,
        Err(error) => Err(cause(&error)),
    };
    match shown {
        Ok(secret) => Ok(secret),
        Err(because) => {
            count_failure(app, account.id).await?;
            refused(app, account.id, because, from).await?;
            if because == COPIED {
                return Err(Error::Refused(Refusal::new("account", COPIED)));
            }
            Err(Error::Forbidden)
        }
    }
}

/// What is said of a count that went back.
const COPIED: &str = "passkey_counter";

fn checked(
    app: &App,
    state: &PasskeyAuthentication,
    answer: &str,
) -> std::result::Result<AuthenticationResult, WebauthnError> {
    let party = app.relying_party.as_deref().ok_or(WebauthnError::Configuration)?;
    let answer: PublicKeyCredential = read(answer).ok_or(WebauthnError::ParseNOMFailure)?;
    party.ceremony.finish_passkey_authentication(&answer, state)
}

/// Compares with what is stored now: since the question was put, the passkey may have been taken away, or shown elsewhere.
async fn take(
    app: &App,
    account: &Account,
    (secret, from): (&str, Option<IpAddr>),
    result: &AuthenticationResult,
) -> Result<std::result::Result<String, &'static str>> {
    crate::atomic!(app.db, tx => {
        let sql = "SELECT id, credential FROM passkey WHERE credential_id = $1 AND account_id = $2";
        let found: Option<(Id, Vec<u8>)> = tx.opt(sql, p![result.cred_id().clone(), account.id]).await?;
        let Some((id, sealed)) = found else { return Ok(Err("passkey_unknown")) };
        let mut passkey = open(app, &sealed)?;
        passkey.update_credential(result);
        let sealed = app.keys.seal_bytes(&serde_json::to_vec(&passkey)?)?;
        // A device that keeps no count always says nought.
        let sql = "UPDATE passkey SET credential = $1, counter = $2, used_at = $3
            WHERE id = $4 AND (counter < $2 OR counter = 0 AND $2 = 0)";
        let count = i64::from(result.counter());
        if tx.run(sql, p![sealed, count, app.now(), id]).await? == 0 {
            return Ok(Err(COPIED));
        }
        Ok(Ok(advance(app, tx, account, (secret, from)).await?))
    })
}
