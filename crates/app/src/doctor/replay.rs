//! Cases against their events: the document that is their fold, the columns that lists and the clock read, and the tally of
//! steps in time. All of it as it stood at one instant: what goes on meanwhile is no difference.

use crate::{
    App,
    db::{self, FromRow, Row, Snapshot, Sql, Value, read_as},
    error::Result,
    id::Id,
    migrate::shape::Kind,
    p,
    referral::derived::{self, OF_CASE, OF_EVENT},
};
use jiff::Timestamp;
use rules::{
    clock::china_date,
    referral::{Case, Recorded, apply, begin},
};
use serde_json::Value as Json;
use sha2::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// What a replay found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Replay {
    /// Cases replayed.
    pub cases: u64,
    /// Events replayed.
    pub events: u64,
    /// Cases whose events do not give the row's document, or whose chain of digests is broken.
    pub wrong: Vec<Id>,
    /// Columns beside the documents that say something else.
    pub columns: Vec<ColumnDrift>,
    /// Tallies of steps in time that the events do not add up to; none where only a sample of cases was read.
    pub rates: Option<Vec<RateDrift>>,
}

/// A column that does not say what follows from the events of its case.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ColumnDrift {
    /// The case.
    pub case: Id,
    /// `referral` or `referral_event`.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
}

/// A tally of steps in time and late that is not what the events add up to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RateDrift {
    /// The county.
    pub county: i64,
    /// Year times 100 plus month.
    pub month: i64,
    /// The clock.
    pub clock: String,
    /// In time and late as stored.
    pub stored: (i64, i64),
    /// The same, counted from the events.
    pub counted: (i64, i64),
}

/// Steps met and missed.
type InTime = (i64, i64);
/// County, month and clock.
type Step = (i64, i64, String);

/// Replays the events of cases, at most `most` of them, and compares with the rows.
///
/// # Errors
/// The database is gone.
pub async fn replay(app: &App, most: u64) -> Result<Replay> {
    let mut snapshot = app.db.snapshot().await?;
    let mut replay = Replay::default();
    let mut steps: BTreeMap<Step, (i64, i64)> = BTreeMap::new();
    let mut after = None;
    let sql = events_sql();
    loop {
        let page = page(&mut snapshot, after).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.home, last.id));
        for stored in page {
            if replay.cases == most {
                return Ok(replay);
            }
            let events: Vec<StoredEvent> = snapshot.all(&sql, p![stored.home, stored.id]).await?;
            replay.cases += 1;
            replay.events += u64::try_from(events.len()).unwrap_or(u64::MAX);
            let Some(folded) = folded(&events, &mut steps) else {
                replay.wrong.push(stored.id);
                continue;
            };
            if !serde_json::to_value(&folded.case).is_ok_and(|json| json == stored.body) {
                replay.wrong.push(stored.id);
            }
            let follows = derived::of_case(app, &folded.case, None);
            let mut differing = differing(app, &stored, &follows);
            if !told_rightly(&mut snapshot, &stored, &follows).await? {
                differing.push("told_overdue_at");
            }
            replay.columns.extend(drifts(stored.id, "referral", differing));
            replay.columns.extend(drifts(stored.id, "referral_event", folded.differing));
        }
    }
    replay.rates = Some(rates(&mut snapshot, steps).await?);
    Ok(replay)
}

fn drifts(
    case: Id,
    table: &'static str,
    columns: impl IntoIterator<Item = &'static str>,
) -> impl Iterator<Item = ColumnDrift> {
    columns.into_iter().map(move |column| ColumnDrift { case, table, column })
}

/// What stands for each step and what was counted, where they differ.
async fn rates(snapshot: &mut Snapshot, counted: BTreeMap<Step, InTime>) -> Result<Vec<RateDrift>> {
    let mut both: BTreeMap<Step, (InTime, InTime)> =
        counted.into_iter().map(|(step, counted)| (step, ((0, 0), counted))).collect();
    let sql = "SELECT county, month, clock, met, missed FROM clock_tally";
    for (county, month, clock, met, missed) in snapshot.all::<(i64, i64, String, i64, i64)>(sql, p![]).await?
    {
        both.entry((county, month, clock)).or_default().0 = (met, missed);
    }
    let differing = both.into_iter().filter(|(_, (stored, counted))| stored != counted);
    let drift = differing.map(|((county, month, clock), (stored, counted))| RateDrift {
        county,
        month,
        clock,
        stored,
        counted,
    });
    Ok(drift.collect())
}

/// Cases read at once.
const PAGE: i64 = 200;

/// The columns of a case that are compared: the person follows whoever is merged or parted, and the document is compared
/// by itself.
fn compared() -> impl Iterator<Item = (usize, &'static str, Kind)> {
    let all = OF_CASE.into_iter().enumerate();
    all.filter(|(_, (name, _))| !["person_id", "body"].contains(name))
        .map(|(i, (name, kind))| (i, name, kind))
}

struct StoredCase {
    home: i64,
    id: Id,
    body: Json,
    told: Option<Timestamp>,
    /// In the order of [`compared`].
    columns: Vec<Value>,
}

impl FromRow for StoredCase {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let columns = compared().zip(4..).map(|((_, _, kind), at)| read_as(kind, row, at));
        Ok(StoredCase {
            home: row.get(0)?,
            id: row.get(1)?,
            body: row.get(2)?,
            told: row.get(3)?,
            columns: columns.collect::<db::Result<_>>()?,
        })
    }
}

async fn page(snapshot: &mut Snapshot, after: Option<(i64, Id)>) -> Result<Vec<StoredCase>> {
    let names: Vec<&str> = compared().map(|(_, name, _)| name).collect();
    let sql = Sql::new(&format!(
        "SELECT home, id, body, told_overdue_at, {} FROM referral /* whole: every case is replayed */ WHERE 1 = 1",
        names.join(", ")
    ));
    let sql = match after {
        Some((home, id)) => sql.push(" AND (home, id) > ({}, {})", p![home, id]),
        None => sql,
    };
    let sql = sql.push(" ORDER BY home, id LIMIT {}", p![PAGE]);
    Ok(snapshot.all(&sql.text, sql.args).await?)
}

struct StoredEvent {
    event: Json,
    digest: Vec<u8>,
    /// In the order of [`OF_EVENT`].
    columns: Vec<Value>,
}

impl FromRow for StoredEvent {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let columns = OF_EVENT.into_iter().zip(2..).map(|((_, kind), at)| read_as(kind, row, at));
        let columns = columns.collect::<db::Result<_>>()?;
        Ok(StoredEvent { event: row.get(0)?, digest: row.get(1)?, columns })
    }
}

fn events_sql() -> String {
    let names = OF_EVENT.map(|(name, _)| name).join(", ");
    format!(
        "SELECT event, digest, {names} FROM referral_event WHERE home = $1 AND referral_id = $2 ORDER BY sequence"
    )
}

/// What the events of a case give.
struct Folded {
    case: Case,
    /// Columns of events that say something else than the event.
    differing: BTreeSet<&'static str>,
}

/// Folds the events, one after the other; nothing where one does not follow, or a digest does not cover the one before it.
/// The clocks that they stopped are added to the steps.
fn folded(events: &[StoredEvent], steps: &mut BTreeMap<Step, (i64, i64)>) -> Option<Folded> {
    let mut case: Option<Case> = None;
    let mut differing = BTreeSet::new();
    let mut last: Vec<u8> = Vec::new();
    for stored in events {
        let mut digest = sha2::Sha256::new();
        digest.update(&last);
        digest.update(stored.event.to_string().as_bytes());
        last = digest.finalize().to_vec();
        let recorded: Recorded = serde_json::from_value(stored.event.clone()).ok()?;
        match &mut case {
            Some(case) => apply(case, &recorded).ok()?,
            None => case = Some(begin(&recorded).ok()?),
        }
        if last != stored.digest {
            return None;
        }
        let computed = derived::of_event(&recorded);
        let each = OF_EVENT.into_iter().zip(stored.columns.iter().zip(&computed));
        differing.extend(each.filter(|(_, (one, other))| !same(one, other)).map(|((name, _), _)| name));
        let county = case.as_ref().map_or(0, |case| case.filing.county);
        for stop in derived::stops(&recorded) {
            let counted = steps.entry((county, stop.month, stop.clock)).or_default();
            counted.0 += i64::from(stop.met);
            counted.1 += i64::from(!stop.met);
        }
    }
    case.map(|case| Folded { case, differing })
}

/// Whether a stored value is the computed one. Columns keep microseconds, documents what the clock gave.
fn same(stored: &Value, computed: &Value) -> bool {
    match (stored, computed) {
        (Value::Time(one), Value::Time(other)) => one.as_microsecond().abs_diff(other.as_microsecond()) <= 1,
        _ => stored == computed,
    }
}

/// The columns of a case that say something else than what follows from it.
fn differing(app: &App, stored: &StoredCase, follows: &[Value]) -> Vec<&'static str> {
    let mut differing = Vec::new();
    for ((place, name, _), found) in compared().zip(&stored.columns) {
        let Some(follows) = follows.get(place) else { continue };
        // Who could not be asked when the day had come is not looked at again.
        let over = match (name, found, follows) {
            ("ask_on", Value::Null, Value::Date(day)) => *day <= china_date(app.now()),
            _ => false,
        };
        if !over && !same(found, follows) {
            differing.push(name);
        }
    }
    differing
}

/// Whether the row says rightly that a late step was told. No event says so, but its time was up then, and civil affairs has
/// the task that tells it.
async fn told_rightly(snapshot: &mut Snapshot, stored: &StoredCase, follows: &[Value]) -> Result<bool> {
    let Some(told) = stored.told else { return Ok(true) };
    let of = |column: &str| {
        let place = OF_CASE.into_iter().position(|(name, _)| name == column);
        place.and_then(|place| follows.get(place))
    };
    let (Some(Value::Text(clock)), Some(Value::Time(due))) = (of("clock"), of("due_at")) else {
        return Ok(false);
    };
    if told.as_microsecond() < due.as_microsecond() {
        return Ok(false);
    }
    let kind = format!("overdue_{}", clock.to_lowercase());
    let sql = "SELECT id FROM task WHERE home = $1 AND referral_id = $2 AND kind = $3 LIMIT 1";
    let found: Vec<(Id,)> = snapshot.all(sql, p![stored.home, stored.id, kind]).await?;
    Ok(!found.is_empty())
}
