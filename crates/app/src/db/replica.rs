//! Streaming replicas of PostgreSQL that take lists, dashboards and exports off the primary. How far each has come is
//! asked ten times a second while it is used. One that is away, of another cluster, or further behind than the bound is
//! left out at once and taken back by itself; every read can also be done by the primary.

use super::{Db, Error, FromRow, Result, Sql, Value, hide_password, postgres, reader};
use deadpool_postgres::Pool;
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Time between two looks while replicas are used, and while nobody asks for them.
const USED: Duration = Duration::from_millis(100);
const IDLE: Duration = Duration::from_secs(1);
/// Whoever does not answer within this time is away.
const PATIENCE: Duration = Duration::from_secs(1);
/// A list that takes longer is asked of the primary.
const LONGEST: Duration = Duration::from_secs(30);
/// Places of the primary that are kept: more than two minutes of them.
const SAMPLES: usize = 1_500;
/// What somebody wrote is remembered so much longer than the bound, after which every replica in use has it.
const LONGER: Duration = Duration::from_secs(5);

/// How far the log of the primary has come, and whose log it is.
const PRIMARY: &str = "SELECT CAST(pg_current_wal_flush_lsn() - '0/0' AS bigint),
    (SELECT system_identifier FROM pg_control_system())";
/// How far a replica has come.
const REPLICA: &str = "SELECT CAST(pg_last_wal_replay_lsn() - '0/0' AS bigint),
    (SELECT system_identifier FROM pg_control_system()), pg_is_in_recovery()";

/// The replicas of a database.
pub(super) struct Replicas {
    each: Vec<Replica>,
    bound: Duration,
    log: Mutex<Log>,
    /// Until where accounts wrote, and when.
    wrote: Mutex<HashMap<Uuid, (u64, Instant)>>,
    asked: AtomicBool,
    next: AtomicUsize,
}

struct Replica {
    shown: String,
    pool: Pool,
    /// For looking at it: one that is busy is not away.
    aside: Pool,
    /// How far it has come, or why nobody knows.
    state: Mutex<std::result::Result<u64, String>>,
    reads: AtomicU64,
}

/// Places of the primary's log, each with the last instant at which it is known to have stood there, the latest last.
#[derive(Default)]
struct Log(VecDeque<(u64, Instant)>);

impl Log {
    /// The log stands here now.
    fn note(&mut self, place: u64, now: Instant) {
        match self.0.back_mut() {
            // Nothing was written: it stands there still.
            Some(last) if last.0 == place => last.1 = now,
            // Another primary took over and begins behind it: what was known counts for nothing.
            Some(last) if last.0 > place => {
                self.0.clear();
                self.0.push_back((place, now));
            }
            _ => self.0.push_back((place, now)),
        }
        if self.0.len() > SAMPLES {
            self.0.pop_front();
        }
    }

    /// How far behind whoever has come to `place` is at most: everything until that long ago is there.
    fn lag(&self, place: u64, now: Instant) -> Option<Duration> {
        let reached = self.0.iter().rev().find(|(at_place, _)| *at_place <= place);
        reached.map(|(_, at)| now.saturating_duration_since(*at))
    }

    fn newest(&self) -> Option<u64> {
        self.0.back().map(|(place, _)| *place)
    }
}

/// How a replica is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaState {
    /// Its address without password.
    pub address: String,
    /// How far behind it is at most; nothing where that is unknown.
    pub lag: Option<Duration>,
    /// Bytes of the log that it has not replayed.
    pub bytes: Option<u64>,
    /// Whether it is read from now.
    pub used: bool,
    /// Why it cannot be.
    pub trouble: Option<String>,
    /// Reads that it answered.
    pub reads: u64,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Replicas {
    /// How far behind a replica that has come to `place` is at most.
    fn lag(&self, place: u64) -> Option<Duration> {
        locked(&self.log).lag(place, Instant::now())
    }

    /// A replica that has what was written until `floor` and is not further behind than the bound; each in its turn.
    fn choose(&self, floor: u64) -> Option<&Replica> {
        self.asked.store(true, Ordering::Relaxed);
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let turns = (0..self.each.len()).filter_map(|k| self.each.get((start + k) % self.each.len()));
        turns.into_iter().find(|replica| match *locked(&replica.state) {
            Ok(place) => place >= floor && self.lag(place).is_some_and(|lag| lag <= self.bound),
            Err(_) => false,
        })
    }

    /// Until where an account wrote lately.
    fn floor_of(&self, account: Uuid) -> u64 {
        locked(&self.wrote).get(&account).map_or(0, |(place, _)| *place)
    }

    /// Notes that a request wrote until this place.
    pub(super) fn wrote(&self, reader: &reader::Reader, place: u64) {
        let Some(account) = reader.wrote(place) else { return };
        let mut wrote = locked(&self.wrote);
        let known = wrote.entry(account).or_insert((place, Instant::now()));
        *known = (known.0.max(place), Instant::now());
    }

    /// How long what somebody wrote is remembered.
    fn memory(&self) -> Duration {
        self.bound + LONGER
    }

    async fn look(&self, primary: &Pool) {
        let found = tokio::time::timeout(PATIENCE, postgres::once::<(i64, i64)>(primary, PRIMARY, &[])).await;
        let Ok(Ok(rows)) = found else { return };
        let Some(&(place, system)) = rows.first() else { return };
        locked(&self.log).note(u64::try_from(place).unwrap_or(0), Instant::now());
        futures::future::join_all(self.each.iter().map(|replica| replica.look(system))).await;
        let memory = self.memory();
        locked(&self.wrote).retain(|_, (_, at)| at.elapsed() < memory);
    }

    fn states(&self) -> Vec<ReplicaState> {
        let newest = locked(&self.log).newest();
        self.each.iter().map(|replica| self.state(replica, newest)).collect()
    }

    fn state(&self, replica: &Replica, newest: Option<u64>) -> ReplicaState {
        let state = locked(&replica.state).clone();
        let (place, trouble) = match state {
            Ok(place) => (Some(place), None),
            Err(why) => (None, Some(why)),
        };
        let lag = place.and_then(|place| self.lag(place));
        ReplicaState {
            address: replica.shown.clone(),
            used: lag.is_some_and(|lag| lag <= self.bound),
            lag,
            bytes: place.zip(newest).map(|(place, newest)| newest.saturating_sub(place)),
            trouble,
            reads: replica.reads.load(Ordering::Relaxed),
        }
    }
}

impl Replica {
    async fn look(&self, primary: i64) {
        let asked = postgres::once::<(Option<i64>, i64, bool)>(&self.aside, REPLICA, &[]);
        let found = tokio::time::timeout(PATIENCE, asked).await;
        let state = match found {
            Ok(Ok(rows)) => match rows.first() {
                Some((_, system, _)) if *system != primary => {
                    Err("it is a copy of another database".to_owned())
                }
                Some((_, _, false)) => Err("it is no replica (any more): it takes changes itself".to_owned()),
                Some((Some(place), ..)) => Ok(u64::try_from(*place).unwrap_or(0)),
                _ => Err("it has not replayed anything yet".to_owned()),
            },
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("it does not answer".to_owned()),
        };
        let before = std::mem::replace(&mut *locked(&self.state), state.clone());
        match (before, state) {
            (Ok(_), Err(why)) => tracing::warn!(replica = self.shown, why, "replica left out"),
            (Err(_), Ok(_)) => tracing::info!(replica = self.shown, "replica taken in"),
            _ => {}
        }
    }

    /// Rows of a query, if it answers.
    async fn rows<T: FromRow>(&self, sql: &str, args: &[Value]) -> Option<Vec<T>> {
        let _span = crate::trace::statement(sql);
        match tokio::time::timeout(LONGEST, postgres::once(&self.pool, sql, args)).await {
            Ok(Ok(rows)) => {
                self.reads.fetch_add(1, Ordering::Relaxed);
                Some(rows)
            }
            Ok(Err(error)) => {
                if error.is_outage() {
                    *locked(&self.state) = Err(error.to_string());
                }
                tracing::debug!(replica = self.shown, error = %error, "asked of the primary instead");
                None
            }
            Err(_) => None,
        }
    }
}

/// Looks again and again, as long as the database is open.
async fn watch(replicas: Weak<Replicas>, primary: Pool) {
    while let Some(known) = replicas.upgrade() {
        let used = known.asked.swap(false, Ordering::Relaxed);
        known.look(&primary).await;
        drop(known);
        tokio::time::sleep(if used { USED } else { IDLE }).await;
    }
}

impl Db {
    /// The same database, whose lists are read from these replicas where they are at most so far behind.
    ///
    /// # Errors
    /// An address cannot be understood, or the database is not on PostgreSQL. A replica that is away is none.
    pub async fn with_replicas(&self, addresses: &[String], bound: Duration) -> Result<Db> {
        if !self.is_postgres() {
            return Err(Error::Address("SQLite has no replicas".to_owned()));
        }
        // A connection of its own: how far the primary has come must be known when all others are in use.
        let primary = postgres::unopened(&self.address, 1, PATIENCE)?;
        let replica = |address: &String| {
            let state = Mutex::new(Err("nobody has looked yet".to_owned()));
            let pool = postgres::unopened(address, postgres::CONNECTIONS, PATIENCE)?;
            let aside = postgres::unopened(address, 1, PATIENCE)?;
            Ok(Replica { shown: hide_password(address), pool, aside, state, reads: AtomicU64::new(0) })
        };
        let replicas = Arc::new(Replicas {
            each: addresses.iter().map(replica).collect::<Result<_>>()?,
            bound,
            log: Mutex::default(),
            wrote: Mutex::default(),
            asked: AtomicBool::new(false),
            next: AtomicUsize::new(0),
        });
        replicas.look(&primary).await;
        tokio::spawn(watch(Arc::downgrade(&replicas), primary));
        Ok(Db { replicas: Some(replicas), ..self.clone() })
    }

    /// How each replica is.
    #[must_use]
    pub fn replicas(&self) -> Vec<ReplicaState> {
        self.replicas.as_ref().map(|replicas| replicas.states()).unwrap_or_default()
    }

    /// How long it must be remembered until where somebody wrote; nothing where there are no replicas.
    #[must_use]
    pub fn memory(&self) -> Option<Duration> {
        self.replicas.as_ref().map(|replicas| replicas.memory())
    }

    /// The request that is being answered is of this account: what it wrote lately, it sees.
    pub fn reads_as(&self, account: Uuid) {
        if let (Some(replicas), Some(reader)) = (&self.replicas, reader::current()) {
            reader.is(account);
            reader.raise(replicas.floor_of(account));
        }
    }

    /// For lists, dashboards and exports: they may be a moment old, but never older than what their reader wrote. What
    /// is about to be changed is read from the database itself.
    #[must_use]
    pub fn listing(&self) -> Listing<'_> {
        Listing(self)
    }
}

/// Reads that a replica may answer.
pub struct Listing<'a>(&'a Db);

impl Listing<'_> {
    /// All rows of a query.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn all<T: FromRow>(&self, sql: &str, args: Vec<Value>) -> Result<Vec<T>> {
        if let (Some(replicas), Some(reader)) = (&self.0.replicas, reader::current())
            && let Some(replica) = replicas.choose(reader.floor())
            && let Some(rows) = replica.rows(sql, &args).await
        {
            self.0.statements.fetch_add(1, Ordering::Relaxed);
            return Ok(rows);
        }
        self.0.all(sql, args).await
    }

    /// All rows of a statement that was put together clause by clause.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn query<T: FromRow>(&self, sql: Sql) -> Result<Vec<T>> {
        self.all(&sql.text, sql.args).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn how_far_behind_a_place_is() {
        let begun = Instant::now();
        let at = |millis: u64| begun + Duration::from_millis(millis);
        let mut log = Log::default();
        assert_eq!(log.lag(7, at(0)), None, "nobody has looked");
        log.note(100, at(0));
        log.note(100, at(100));
        log.note(150, at(200));
        log.note(400, at(300));
        for (place, lag) in
            [(99, None), (100, Some(300)), (149, Some(300)), (150, Some(200)), (400, Some(100))]
        {
            assert_eq!(log.lag(place, at(400)), lag.map(Duration::from_millis), "{place}");
        }
        // Another primary begins earlier.
        log.note(120, at(500));
        assert_eq!(log.lag(119, at(500)), None);
        assert_eq!(log.lag(400, at(600)), Some(Duration::from_millis(100)));
    }

    proptest! {
        /// Everything that stood in the log so long ago is there: a reader never misses what is older than the lag.
        #[test]
        fn nothing_older_than_the_lag_is_missing(
            steps in proptest::collection::vec((0..3_u64, 1..400_u64), 1..60),
            place in 0..80_u64,
            later in 0..1_000_u64,
        ) {
            let begun = Instant::now();
            let (mut log, mut stood, mut now, mut at_place) = (Log::default(), Vec::new(), 0, 1);
            for (written, millis) in steps {
                now += millis;
                at_place += written;
                log.note(at_place, begun + Duration::from_millis(now));
                stood.push((at_place, now));
            }
            now += later;
            let lag = log.lag(place, begun + Duration::from_millis(now));
            let known = stood.iter().rev().find(|(at, _)| *at <= place).map(|(_, at)| now - at);
            prop_assert_eq!(lag, known.map(Duration::from_millis));
            for (at, when) in stood {
                let old = lag.is_some_and(|lag| Duration::from_millis(now - when) >= lag);
                prop_assert!(!old || at <= place);
            }
        }
    }
}
