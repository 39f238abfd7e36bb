//! T10: waiting cases of counties with free places are tried with the institutions that have them, by priority and by
//! how long they wait.

use super::{Order, Outcome, perform_in};
use crate::{
    App, atomic,
    db::{Parsed, Sql},
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp};
use rules::referral::Command;
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Cases after which a turn leaves further counties to the next one. A county that was begun is finished: its list has
/// an order, and those at the head may fit nowhere.
const TRIED: usize = 500;
/// Cases read at once.
const PAGE: i64 = 200;
/// The setting that remembers the county with which the last turn ended.
const SETTING: &str = "waiting_after";

/// After this time a county is tried again although nothing changed: some rules look at the day.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// What this server tried last in each county, and when: the same cases do not fit the same places a moment later.
#[derive(Debug, Default)]
pub(crate) struct Tried(Mutex<HashMap<i64, (u64, Timestamp)>>);

impl Tried {
    fn lately(&self, county: i64, stands: u64, now: Timestamp) -> bool {
        let tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried
            .get(&county)
            .is_some_and(|(before, at)| *before == stands && now.duration_since(*at).abs() < AGAIN)
    }

    fn note(&self, county: i64, stands: u64, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(county, (stands, now));
    }
}

/// Counties behind this one with free places and waiting cases, and in one number what stands there.
async fn counties(app: &App, from: i64) -> Result<Vec<(i64, u64)>> {
    let sql = "SELECT r.county, r.id, r.version FROM referral r WHERE r.state = 'waiting' AND r.county > $1
        ORDER BY r.county, r.priority, r.created_at, r.id";
    let mut waiting: BTreeMap<i64, DefaultHasher> = BTreeMap::new();
    for (county, id, version) in app.db.all::<(i64, Id, i64)>(sql, p![from]).await? {
        (id, version).hash(waiting.entry(county).or_default());
    }
    let sql = "SELECT i.county, i.id, i.contracted - i.in_service - i.reserved - i.blocked, i.version, i.lowest_age,
        i.highest_age FROM institution i WHERE i.county > $1 AND i.state = 'listed'
        AND i.contracted - i.in_service - i.reserved - i.blocked > 0 ORDER BY i.county, i.id";
    let mut stands: BTreeMap<i64, DefaultHasher> = BTreeMap::new();
    for (county, id, free, version, youngest, oldest) in
        app.db.all::<(i64, Id, i64, i64, i64, i64)>(sql, p![from]).await?
    {
        let Some(cases) = waiting.get(&county) else { continue };
        let stands = stands.entry(county).or_insert_with(|| cases.clone());
        (id, free, version, youngest, oldest).hash(stands);
    }
    Ok(stands.into_iter().map(|(county, stands)| (county, stands.finish())).collect())
}

/// One turn: how many cases got a place.
pub(super) async fn place_all(app: &App) -> Result<usize> {
    let from = begin_after(app).await?;
    let (mut placed, mut tried) = (0, 0);
    for (county, stands) in counties(app, from).await? {
        if tried >= TRIED {
            return Ok(placed);
        }
        if app.tried.lately(county, stands, app.now()) {
            continue;
        }
        let begun = Instant::now();
        let (got, looked_at) = place_county(app, county).await?;
        app.tried.note(county, stands, app.now());
        (placed, tried) = (placed + got, tried + looked_at);
        // Nobody waits for this: it leaves the database to others for as long as it took.
        tokio::time::sleep(begun.elapsed()).await;
        if tried >= TRIED {
            end_with(app, county).await?;
        }
    }
    if from > 0 || tried >= TRIED {
        end_with(app, 0).await?;
    }
    Ok(placed)
}

async fn begin_after(app: &App) -> Result<i64> {
    let found: Option<(Parsed<i64>,)> =
        app.db.opt("SELECT value FROM setting WHERE name = $1", p![SETTING]).await?;
    Ok(found.map_or(0, |(Parsed(county),)| county))
}

async fn end_with(app: &App, county: i64) -> Result<()> {
    let sql = "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
    app.db.run(sql, p![SETTING, serde_json::Value::from(county), app.now()]).await?;
    Ok(())
}

/// How many of a county's waiting cases got a place, and how many were tried.
async fn place_county(app: &App, county: i64) -> Result<(usize, usize)> {
    let (mut placed, mut tried) = (0, 0);
    let mut after: Option<(i64, Timestamp, Id)> = None;
    loop {
        let sql = "SELECT r.id, r.priority, r.created_at FROM referral r WHERE r.state = 'waiting'";
        let mut sql = Sql::new(sql).push(" AND r.county = {}", p![county]);
        if let Some((priority, at, id)) = after {
            sql = sql.push(
                " AND (r.priority > {} OR (r.priority = {}
                    AND (r.created_at > {} OR (r.created_at = {} AND r.id > {}))))",
                p![priority, priority, at, at, id],
            );
        }
        let sql = sql.push(" ORDER BY r.priority, r.created_at, r.id LIMIT {}", p![PAGE]);
        let waiting: Vec<(Id, i64, Timestamp)> = app.db.query(sql).await?;
        let Some((id, priority, at)) = waiting.last() else { return Ok((placed, tried)) };
        after = Some((*priority, *at, *id));
        for (id, ..) in &waiting {
            tried += 1;
            placed += usize::from(place(app, *id, county).await?);
        }
    }
}

/// Whether the case got a place at one of the county's institutions. That it fits none is no attempt by anybody, so it
/// is not logged as one.
async fn place(app: &App, id: Id, county: i64) -> Result<bool> {
    let free = "SELECT id FROM institution WHERE county = $1 AND state = 'listed'
        AND contracted - in_service - reserved - blocked > 0";
    for (institution,) in app.db.all::<(uuid::Uuid,)>(free, p![county]).await? {
        let order = Order::plain(Command::PlaceFree { institution });
        let outcome: Result<Outcome> =
            atomic!(app.db, tx => { perform_in(app, tx, &Scope::system(), Some(id), &order).await });
        match outcome {
            Ok(_) => return Ok(true),
            Err(Error::Refused(_) | Error::Changed { .. } | Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}
