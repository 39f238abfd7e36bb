//! A message sent twice is carried out once: the answer is kept beside the key that the sender gave it.

use crate::{
    db::{Db, Tx},
    error::{Error, Result},
    p,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use sha2::Digest;

/// How long an answer is kept (local default).
const HOURS: i64 = 24;

/// The key of a message and what it asks for, both as digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    key: Vec<u8>,
    request: Vec<u8>,
}

impl Once {
    /// From the sender's key and the request as sent.
    #[must_use]
    pub fn new(key: &str, request: &[u8]) -> Once {
        let digest = |bytes: &[u8]| sha2::Sha256::digest(bytes).to_vec();
        Once { key: digest(key.as_bytes()), request: digest(request) }
    }

    /// Takes the key for this transaction, or finds the answer that it got before. A second sender of the same key
    /// waits here until the first is done.
    ///
    /// # Errors
    /// The key was used for another request.
    pub(crate) async fn take<T: DeserializeOwned>(
        &self,
        tx: &mut Tx,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Option<T>> {
        let own = || p![scope.account, self.key.clone()];
        let mut old = own();
        old.extend(p![now - SignedDuration::from_hours(HOURS)]);
        let sql = "DELETE FROM idempotency WHERE account_id = $1 AND key_hash = $2 AND created_at < $3";
        tx.run(sql, old).await?;
        let mut new = own();
        new.extend(p![self.request.clone(), now]);
        let sql = "INSERT INTO idempotency (account_id, key_hash, request_hash, created_at)
            VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, key_hash) DO NOTHING";
        if tx.run(sql, new).await? == 1 {
            return Ok(None);
        }
        let sql = "SELECT request_hash, answer FROM idempotency WHERE account_id = $1 AND key_hash = $2";
        let found: Option<(Vec<u8>, Option<Json>)> = tx.opt(sql, own()).await?;
        match found {
            Some((request, _)) if request != self.request => {
                Err(Error::invalid("Idempotency-Key", "key_reused"))
            }
            Some((_, Some(answer))) => Ok(Some(serde_json::from_value(answer)?)),
            _ => Err(Error::Busy),
        }
    }

    /// Keeps the answer.
    ///
    /// # Errors
    /// The database is gone.
    pub(crate) async fn keep<T: Serialize>(&self, tx: &mut Tx, scope: &Scope, answer: &T) -> Result<()> {
        let sql = "UPDATE idempotency SET answer = $1 WHERE account_id = $2 AND key_hash = $3";
        tx.run(sql, p![serde_json::to_value(answer)?, scope.account, self.key.clone()]).await?;
        Ok(())
    }
}

/// Forgets the answers whose day is over.
///
/// # Errors
/// The database is gone.
pub async fn forget(db: &Db, now: Timestamp) -> Result<u64> {
    let sql = "DELETE FROM idempotency WHERE created_at < $1";
    Ok(db.run(sql, p![now - SignedDuration::from_hours(HOURS)]).await?)
}
