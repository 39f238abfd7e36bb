//! Questions that were put to passkeys: one of a kind in each session, answered once, for some minutes.

use crate::{
    App,
    account::session::digest,
    error::{Error, Result},
    id::Id,
    p,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What a passkey is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be made.
    Register,
    /// To be shown.
    Show,
}

impl Purpose {
    fn code(self) -> &'static str {
        match self {
            Purpose::Register => "register",
            Purpose::Show => "show",
        }
    }
}

/// What the browser is given, and what is expected back.
#[derive(Serialize, Deserialize)]
pub(super) struct Question<S> {
    pub options: serde_json::Value,
    pub state: S,
}

fn since(app: &App) -> Timestamp {
    app.now() - SignedDuration::from_mins(i64::from(app.tables.limits.second_factor.challenge_minutes))
}

/// Keeps a question for its answer; it takes the place of the one before it, and old ones of the account go.
pub(super) async fn keep<S: Serialize>(
    app: &App,
    (account, secret, purpose): (Id, &str, Purpose),
    question: &Question<S>,
) -> Result<()> {
    let sealed = app.keys.seal_bytes(&serde_json::to_vec(question)?)?;
    let (hash, now) = (digest(secret), app.now());
    crate::atomic!(app.db, tx => {
        let sql = "DELETE FROM passkey_challenge WHERE account_id = $1 AND created_at < $2";
        tx.run(sql, p![account, since(app)]).await?;
        let sql = "INSERT INTO passkey_challenge (id, session_hash, purpose, account_id, state, created_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (session_hash, purpose) DO UPDATE SET
            account_id = excluded.account_id, state = excluded.state, created_at = excluded.created_at";
        let args = p![account.beside(now), hash.clone(), purpose.code(), account, sealed.clone(), now];
        tx.run(sql, args).await?;
        Ok(())
    })
}

/// The question that is open in a session.
pub(super) async fn open<S: DeserializeOwned>(
    app: &App,
    (account, secret, purpose): (Id, &str, Purpose),
) -> Result<Option<Question<S>>> {
    let sql =
        "SELECT state FROM passkey_challenge WHERE session_hash = $1 AND purpose = $2 AND account_id = $3
        AND created_at >= $4";
    let args = p![digest(secret), purpose.code(), account, since(app)];
    let found: Option<(Vec<u8>,)> = app.db.opt(sql, args).await?;
    found.map(|(sealed,)| read(app, &sealed)).transpose()
}

/// Takes the question that is open in a session: whatever the answer is, there is no second one.
pub(super) async fn take<S: DeserializeOwned + Send>(
    app: &App,
    (account, secret, purpose): (Id, &str, Purpose),
) -> Result<Option<Question<S>>> {
    let found: Option<Vec<u8>> = crate::atomic!(app.db, tx => {
        let sql = "SELECT id, state, created_at FROM passkey_challenge
            WHERE session_hash = $1 AND purpose = $2 AND account_id = $3";
        let args = p![digest(secret), purpose.code(), account];
        let Some((id, state, created_at)) = tx.opt::<(Id, Vec<u8>, Timestamp)>(sql, args).await? else {
            return Ok(None);
        };
        let gone = tx.run("DELETE FROM passkey_challenge WHERE id = $1", p![id]).await?;
        Ok::<_, Error>((gone > 0 && created_at >= since(app)).then_some(state))
    })?;
    found.map(|sealed| read(app, &sealed)).transpose()
}

fn read<S: DeserializeOwned>(app: &App, sealed: &[u8]) -> Result<Question<S>> {
    Ok(serde_json::from_slice(&app.keys.unseal_bytes(sealed)?)?)
}
