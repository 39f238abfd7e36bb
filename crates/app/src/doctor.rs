//! Whether an installation is well: its schema, its keys, its counts, and whether what happened gives what stands.

use crate::{
    App,
    db::{Db, FromRow, Row},
    error::Result,
    id::Id,
    migrate, p,
};
use jiff::Timestamp;
use rules::referral::{Case, Recorded, apply, begin};
use serde_json::Value as Json;
use sha2::Digest;

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

/// An institution whose count of places is not what its cases hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PlaceDrift {
    /// The institution.
    pub institution: Id,
    /// Places in service and reserved as stored.
    pub stored: (i64, i64),
    /// The same, counted from the cases.
    pub counted: (i64, i64),
}

/// Counts the places that cases hold, and compares.
///
/// # Errors
/// The database is gone, or a case cannot be read.
pub async fn places(app: &App) -> Result<Vec<PlaceDrift>> {
    let mut counted: std::collections::BTreeMap<uuid::Uuid, (i64, i64)> = std::collections::BTreeMap::new();
    let mut after = None;
    loop {
        let page = page(app, after).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.home, last.id));
        for stored in page {
            let case: Case = serde_json::from_value(stored.body)?;
            let Some(place) = case.place else { continue };
            let count = counted.entry(place.institution).or_default();
            match place.hold {
                rules::referral::Hold::Occupied => count.0 += 1,
                rules::referral::Hold::Reserved { .. } => count.1 += 1,
            }
        }
    }
    let sql = "SELECT id, in_service, reserved FROM institution ORDER BY id";
    let stored = app.db.all::<(Id, i64, i64)>(sql, p![]).await?;
    let drift = stored.into_iter().map(|(institution, in_service, reserved)| PlaceDrift {
        institution,
        stored: (in_service, reserved),
        counted: counted.get(&institution.0).copied().unwrap_or_default(),
    });
    Ok(drift.filter(|d| d.stored != d.counted).collect())
}

struct StoredCase {
    home: i64,
    id: Id,
    body: Json,
}
crate::row!(StoredCase { home, id, body });

/// Cases read at once.
const PAGE: i64 = 200;

async fn page(app: &App, after: Option<(i64, Id)>) -> Result<Vec<StoredCase>> {
    let sql = crate::db::Sql::new(
        "SELECT home, id, body FROM referral /* whole: every case is replayed */ WHERE 1 = 1",
    );
    let sql = match after {
        Some((home, id)) => sql.push(" AND (home, id) > ({}, {})", p![home, id]),
        None => sql,
    };
    Ok(app.db.query(sql.push(" ORDER BY home, id LIMIT {}", p![PAGE])).await?)
}

/// What a replay found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Replay {
    /// Cases replayed.
    pub cases: u64,
    /// Events replayed.
    pub events: u64,
    /// Cases whose events do not give the row, or whose chain of digests is broken.
    pub wrong: Vec<Id>,
}

/// Replays the events of cases, at most `most` of them, and compares with the rows.
///
/// # Errors
/// The database is gone.
pub async fn replay(app: &App, most: u64) -> Result<Replay> {
    let mut replay = Replay::default();
    let mut after = None;
    while replay.cases < most {
        let page = page(app, after).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.home, last.id));
        for stored in page {
            if replay.cases == most {
                break;
            }
            let sql = "SELECT event, digest FROM referral_event WHERE home = $1 AND referral_id = $2 ORDER BY sequence";
            let events = app.db.all::<StoredEvent>(sql, p![stored.home, stored.id]).await?;
            replay.cases += 1;
            replay.events += u64::try_from(events.len()).unwrap_or(u64::MAX);
            if !agrees(&stored.body, &events) {
                replay.wrong.push(stored.id);
            }
        }
    }
    Ok(replay)
}

struct StoredEvent {
    event: Json,
    digest: Vec<u8>,
}

impl FromRow for StoredEvent {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        Ok(StoredEvent { event: row.get(0)?, digest: row.get(1)? })
    }
}

/// Whether the events, one after the other, give the row, and each digest covers the one before it.
fn agrees(body: &Json, events: &[StoredEvent]) -> bool {
    let mut case: Option<Case> = None;
    let mut last: Vec<u8> = Vec::new();
    for stored in events {
        let mut digest = sha2::Sha256::new();
        digest.update(&last);
        digest.update(stored.event.to_string().as_bytes());
        last = digest.finalize().to_vec();
        let Ok(recorded) = serde_json::from_value::<Recorded>(stored.event.clone()) else { return false };
        let folded = match &mut case {
            Some(case) => apply(case, &recorded).is_ok(),
            None => begin(&recorded).map(|begun| case = Some(begun)).is_ok(),
        };
        if !folded || last != stored.digest {
            return false;
        }
    }
    case.is_some_and(|case| serde_json::to_value(case).is_ok_and(|json| json == *body))
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
