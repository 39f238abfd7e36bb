//! Whether an installation is well: its schema, its keys, its counts, and whether what happened gives what stands.

mod places;
mod reference;
mod replay;
mod sums;

pub use places::{PlaceDrift, places};
pub use reference::{Orphans, references};
pub use replay::{ColumnDrift, RateDrift, Replay, replay};
pub use sums::{SumDrift, sums};

use crate::{App, db::Db, error::Result, migrate, p};
use jiff::Timestamp;

/// Whether any table holds data that cannot be read without the keys.
///
/// # Errors
/// The database is gone.
pub async fn holds_sealed_data(db: &Db) -> Result<bool> {
    if migrate::done(db).await?.is_empty() {
        return Ok(false);
    }
    let wrapped = "SELECT wrapped FROM data_key LIMIT 1".to_owned();
    for sql in crate::seal::samples().chain([wrapped]) {
        if db.opt::<(Vec<u8>,)>(&sql, p![]).await.is_ok_and(|found| found.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the keys open what is stored; none where nothing sealed is stored yet.
///
/// # Errors
/// The database is gone.
pub async fn keys_open(app: &App) -> Result<Option<bool>> {
    let mut answer = None;
    for sql in crate::seal::samples() {
        if let Some((sealed,)) = app.db.opt::<(Vec<u8>,)>(&sql, p![]).await? {
            answer = Some(answer.unwrap_or(true) && app.keys.unseal_bytes(&sealed).is_ok());
        }
    }
    Ok(answer)
}

/// What is waiting in a running installation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Strain {
    /// Transactions that wait for the database's writer, or for a connection.
    pub database_waiting: u64,
    /// Jobs that are due.
    pub jobs_waiting: u64,
    /// Seconds for which the oldest of them has been due.
    pub job_lag_seconds: u64,
    /// Imports that are being taken in, compared or taken back.
    pub imports_running: u64,
    /// The last good backup that a server took by itself, in seconds since 1970, with its bytes; none where none was.
    pub backup: Option<(u64, u64)>,
}

/// What is waiting now.
///
/// # Errors
/// The database is gone.
pub async fn strain(app: &App) -> Result<Strain> {
    let now = app.now();
    let sql = "SELECT COUNT(*), MIN(run_at) FROM job WHERE done_at IS NULL AND run_at <= $1";
    let due: Option<(i64, Option<Timestamp>)> = app.db.opt(sql, p![now]).await?;
    let (jobs, oldest) = due.unwrap_or_default();
    let lag = oldest.map_or(0, |at| now.duration_since(at).as_secs());
    let sql = "SELECT COUNT(*) FROM import WHERE state IN ('running', 'linking', 'undoing')";
    let imports: Option<(i64,)> = app.db.opt(sql, p![]).await?;
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let last = crate::backup::standing(app).await?.and_then(|standing| standing.last);
    Ok(Strain {
        database_waiting: u64::try_from(app.db.waiting()).unwrap_or(u64::MAX),
        jobs_waiting: count(jobs),
        job_lag_seconds: count(lag),
        imports_running: count(imports.map_or(0, |(n,)| n)),
        backup: last.map(|last| (count(last.at.as_second()), last.bytes)),
    })
}

/// Seconds by which the clock of the database server is ahead of this machine's; SQLite has none of its own.
///
/// # Errors
/// The database is gone.
pub async fn clock_ahead(app: &App) -> Result<Option<i64>> {
    if !app.db.is_postgres() {
        return Ok(None);
    }
    let found: Option<(Timestamp,)> = app.db.opt("SELECT CURRENT_TIMESTAMP", p![]).await?;
    Ok(found.map(|(theirs,)| theirs.as_second() - Timestamp::now().as_second()))
}
