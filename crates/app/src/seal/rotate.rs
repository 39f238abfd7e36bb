//! Renewing keys: a new data key, the same data keys under a new master key, and forgetting what seals nothing.

use super::{
    cipher::Algorithm,
    columns::{COLUMNS, Sealed},
    random_bytes, reseal,
    ring::{self, Wrapped},
};
use crate::{
    App, atomic, audit,
    db::Tx,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// A retired key is kept at least so long: whatever was being written with it when it was retired has ended, and every
/// program has read the table anew (see `ring::FRESH`).
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// A data key as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataKey {
    /// Number: the first byte of what it seals.
    pub number: i64,
    /// How it seals.
    pub algorithm: String,
    /// Version of the master key that wraps it.
    pub master_version: i64,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// Since when no value was found that it seals.
    pub retired_at: Option<Timestamp>,
    /// Values that it seals now.
    pub values: i64,
}

/// The keys of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Number of the key that seals now.
    pub in_force: i64,
    /// All data keys, by number.
    pub keys: Vec<DataKey>,
    /// Values sealed with a key that is not in the table, such as damaged ones.
    pub unknown: i64,
    /// Versions of the master keys in the key file.
    pub masters: Vec<u32>,
    /// How blind indexes are computed.
    pub index: &'static str,
    /// Values are being sealed anew: the column that is being looked at.
    pub resealing: Option<String>,
}

struct Row {
    number: i64,
    algorithm: String,
    master_version: i64,
    created_at: Timestamp,
    retired_at: Option<Timestamp>,
}
crate::row!(Row { number, algorithm, master_version, created_at, retired_at });

async fn rows(app: &App) -> Result<Vec<Row>> {
    let sql =
        "SELECT number, algorithm, master_version, created_at, retired_at FROM data_key ORDER BY number";
    Ok(app.db.all(sql, p![]).await?)
}

/// Which keys there are and how many values each of them seals. Every sealed value is looked at.
///
/// # Errors
/// The database is gone.
pub async fn status(app: &App) -> Result<Status> {
    let mut counts = counts(app).await?;
    let keys: Vec<DataKey> = rows(app)
        .await?
        .into_iter()
        .map(|row| DataKey {
            number: row.number,
            algorithm: row.algorithm,
            master_version: row.master_version,
            created_at: row.created_at,
            retired_at: row.retired_at,
            values: counts.remove(&row.number).unwrap_or(0),
        })
        .collect();
    Ok(Status {
        in_force: keys.last().map_or(0, |key| key.number),
        keys,
        unknown: counts.values().sum(),
        masters: app.keys.ring.secrets().masters.keys().copied().collect(),
        index: app.keys.index_algorithm().code(),
        resealing: reseal::place(app).await?,
    })
}

/// Values by the number of their key; empty values count as number 0.
async fn counts(app: &App) -> Result<BTreeMap<i64, i64>> {
    let mut counts = BTreeMap::new();
    for Sealed { table, column, .. } in COLUMNS {
        let sql = format!(
            "SELECT SUBSTR({column}, 1, 1), COUNT(*) FROM {table} /* whole: every value is counted */
             WHERE {column} IS NOT NULL GROUP BY 1"
        );
        for (number, count) in app.db.all::<(Vec<u8>, i64)>(&sql, p![]).await? {
            let number = number.first().copied().unwrap_or(0);
            *counts.entry(i64::from(number)).or_default() += count;
        }
    }
    Ok(counts)
}

/// Makes a new data key and asks for all values to be sealed with it, which a job does. Returns its number. Without an
/// algorithm it seals as the key before it.
///
/// # Errors
/// All 255 numbers were used, somebody else made a key at the same moment, or the database is gone.
pub async fn rotate(app: &App, scope: &Scope, algorithm: Option<Algorithm>) -> Result<i64> {
    let rows = ring::rows(&app.db).await?;
    app.keys.ring.take(&rows)?;
    let last = rows.last().ok_or_else(|| Error::broken("there is no data key"))?;
    let number = last.number + 1;
    u8::try_from(number).map_err(|_| Error::broken("all 255 numbers of data keys were used"))?;
    let algorithm = algorithm.or(Algorithm::from_code(&last.algorithm)).unwrap_or(Algorithm::Aes256GcmSiv);
    let secrets = app.keys.ring.secrets();
    let (version, master) = secrets.newest()?;
    let key = random_bytes(algorithm.key_bytes())?;
    let wrapped = master.wrap(&ring::bound(number, algorithm), &key)?;
    let now = app.now();
    let done: Result<()> = atomic!(app.db, tx => {
        let sql = "INSERT INTO data_key (number, algorithm, wrapped, master_version, created_at)
            VALUES ($1, $2, $3, $4, $5)";
        tx.run(sql, p![number, algorithm.code(), wrapped.clone(), version, now]).await?;
        ask(tx, scope, now).await?;
        log(tx, scope, json!({ "new_key": number, "algorithm": algorithm.code() }), now);
        Ok(())
    });
    done?;
    app.keys.refresh(&app.db).await?;
    Ok(number)
}

/// Asks for all values to be sealed with the newest key, from the beginning.
async fn ask(tx: &mut Tx, scope: &Scope, now: Timestamp) -> Result<()> {
    let sql = "UPDATE job SET done_at = $1 WHERE kind = $2 AND done_at IS NULL";
    tx.run(sql, p![now, reseal::JOB]).await?;
    crate::job::queue(tx, Id::in_division(scope.division, now), reseal::JOB, json!({}), now).await
}

fn log(tx: &mut Tx, scope: &Scope, detail: serde_json::Value, now: Timestamp) {
    let (purpose, subject_kind) = (audit::Purpose::Administration, "data_key");
    let entry = audit::Entry { purpose, action: "change", subject_kind, subject: None, detail };
    audit::record_in(tx, scope, entry, now);
}

/// Wraps every data key with the newest master key of the key file. Returns how many were wrapped anew; afterwards older
/// master keys may be taken out of the file.
///
/// # Errors
/// The key file does not hold the master key that wraps a key now, or the database is gone.
pub async fn rewrap(app: &App, scope: &Scope) -> Result<u64> {
    let secrets = app.keys.ring.secrets();
    let (version, master) = secrets.newest()?;
    let mut wrapped: Vec<(Wrapped, Vec<u8>)> = Vec::new();
    for row in ring::rows(&app.db).await? {
        if row.master_version == i64::from(version) {
            continue;
        }
        let (algorithm, key) = ring::unwrap(&secrets, &row)?;
        let anew = master.wrap(&ring::bound(row.number, algorithm), &key)?;
        wrapped.push((row, anew));
    }
    let (now, mut changed) = (app.now(), 0);
    let done: Result<()> = atomic!(app.db, tx => {
        changed = 0;
        for (row, anew) in &wrapped {
            let sql = "UPDATE data_key SET wrapped = $1, master_version = $2
                WHERE number = $3 AND master_version = $4";
            changed += tx.run(sql, p![anew.as_slice(), version, row.number, row.master_version]).await?;
        }
        log(tx, scope, json!({ "master_key": version, "keys": changed }), now);
        Ok(())
    });
    done?;
    app.keys.refresh(&app.db).await?;
    Ok(changed)
}

/// What came of the wish to forget a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// It is gone.
    Gone,
    /// There is no such key.
    Unknown,
    /// It is in force, or values are still being sealed anew.
    InUse,
    /// So many values still use it; they are sealed anew by a job.
    Values(i64),
    /// It is kept until this instant, because something may still be written with it.
    Until(Timestamp),
}

/// Forgets a retired key for ever, when no value uses it.
///
/// # Errors
/// The database is gone.
pub async fn forget(app: &App, scope: &Scope, number: i64) -> Result<Forgotten> {
    let rows = rows(app).await?;
    let Some(row) = rows.iter().find(|row| row.number == number) else { return Ok(Forgotten::Unknown) };
    let newest = rows.last().is_some_and(|last| last.number == number);
    let Some(retired_at) = row.retired_at.filter(|_| !newest) else { return Ok(Forgotten::InUse) };
    let now = app.now();
    if now < retired_at + KEPT {
        return Ok(Forgotten::Until(retired_at + KEPT));
    }
    if reseal::place(app).await?.is_some() {
        return Ok(Forgotten::InUse);
    }
    let values = counts(app).await?.remove(&number).unwrap_or(0);
    atomic!(app.db, tx => {
        if values > 0 {
            ask(tx, scope, now).await?;
            return Ok(Forgotten::Values(values));
        }
        tx.run("DELETE FROM data_key WHERE number = $1", p![number]).await?;
        log(tx, scope, json!({ "forgotten_key": number }), now);
        Ok(Forgotten::Gone)
    })
}
