//! Whether the database takes changes. That it answers says little: a full disk is read from as ever, and so is a replica.

use super::{Db, Error, Result};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So long after a change was refused the database counts as one that takes none: a small one may find room where others
/// do not.
const LASTS: Duration = Duration::from_secs(5);

/// When a change was last refused for want of room, or because the database only reads or is away.
#[derive(Clone, Default)]
pub(super) struct Refusals(Arc<Mutex<Option<Instant>>>);

impl Refusals {
    fn last(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a change that was refused.
    pub(super) fn notice<T>(&self, outcome: Result<T>) -> Result<T> {
        if outcome.as_ref().is_err_and(Error::is_outage) {
            *self.last() = Some(Instant::now());
        }
        outcome
    }
}

impl Db {
    /// Whether changes can be stored: the database answers and, where one was refused, has refused none for a while and
    /// takes a small one.
    ///
    /// # Errors
    /// The database is away, full, or only reads.
    pub async fn ready(&self) -> Result<()> {
        self.all::<(i64,)>("SELECT CAST(1 AS bigint)", Vec::new()).await?;
        let last = *self.refusals.last();
        let Some(last) = last else { return Ok(()) };
        if last.elapsed() < LASTS {
            return Err(Error::Commit("changes were refused just now".to_owned()));
        }
        let sql = "INSERT INTO setting (name, value, changed_at) VALUES ('room', $1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
        let now = jiff::Timestamp::now();
        self.run(sql, crate::p![serde_json::Value::from(now.to_string()), now]).await?;
        // One that was refused meanwhile counts.
        let mut newest = self.refusals.last();
        if *newest == Some(last) {
            *newest = None;
        }
        Ok(())
    }
}
