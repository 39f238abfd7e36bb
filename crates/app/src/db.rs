//! One SQL text for both databases. The only place that knows which one is behind it.
//!
//! Statements use `$1`, `$2`, … and the types both engines share (see `migrate`). SQLite lives inside the
//! process: one writer connection with group commit, several readers. PostgreSQL is reached through a pool.

mod append;
pub mod chain;
mod document;
mod hold;
mod lite;
#[cfg(debug_assertions)]
mod plan;
mod postgres;
mod postgres_tls;
mod reader;
mod ready;
mod replica;
mod snapshot;
#[cfg(debug_assertions)]
mod spread;
mod value;

pub use chain::{Chain, Link};
pub use hold::Hold;
pub use reader::{carried, reading};
pub use replica::{Listing, ReplicaState};
pub(crate) use snapshot::read_as;
pub use snapshot::{Pages, Rows, Snapshot};
pub use value::{FromRow, Get, Parsed, Row, Sql, Value};
pub(crate) use value::{Plain, Stored};

use crate::{digest::Algorithm, trace};
use futures::{FutureExt, future::BoxFuture};
use ready::Refusals;
use std::sync::{
    Arc,
    atomic::{AtomicU8, AtomicU64, Ordering},
};
use std::time::{Duration, Instant};

/// What can go wrong below the actions.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refused.
    #[error("sqlite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused.
    #[error("postgres: {}", postgres::told(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection could be had from the pool.
    #[error("pool: {}", postgres::told_of_pool(.0))]
    Pool(#[from] deadpool_postgres::PoolError),
    /// A column does not hold what the reader expects.
    #[error("column {0} holds an unexpected type")]
    Column(usize),
    /// The address of the database cannot be understood.
    #[error("database address: {0}")]
    Address(String),
    /// The shared commit of several transactions failed; none of them is stored.
    #[error("commit failed: {0}")]
    Commit(String),
    /// The connection broke while a transaction was being stored: nobody can say whether it is.
    #[error("the connection broke while storing: {0}")]
    Uncertain(String),
    /// The server of PostgreSQL is reached and says nothing.
    #[error("the server does not answer")]
    Silent,
    /// A statement would read the whole of a table that grows (only asked while developing, see [`plan`]).
    #[error("a whole table is read: {0}")]
    Plan(String),
    /// A statement could not run over large tables in parts on several servers (only asked while developing, see
    /// [`spread`]).
    #[error("large tables in parts: {0}")]
    Spread(String),
    /// The transaction was used after its end.
    #[error("the transaction is over")]
    Over,
    /// A file beside the database of SQLite cannot be made or locked.
    #[error("beside the database: {0}")]
    Beside(std::io::Error),
    /// Somebody else has the database open, where it must be had alone.
    #[error("the database is in use ({0})")]
    InUse(String),
}

impl Error {
    /// The action may be tried again from its start: another transaction was in the way.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        match self {
            Error::Postgres(e) => e.code().is_some_and(|c| matches!(c.code(), "40001" | "40P01" | "55P03")),
            Error::Sqlite(rusqlite::Error::SqliteFailure(e, _)) => {
                matches!(e.code, rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
            }
            _ => false,
        }
    }

    /// The database cannot be reached, is going down or coming up, or has no room: nothing was stored, and the same can be
    /// tried again later.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Error::Postgres(error) => postgres::is_outage(error),
            Error::Pool(error) => postgres::is_outage_of_pool(error),
            Error::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => matches!(
                error.code,
                rusqlite::ErrorCode::DiskFull
                    | rusqlite::ErrorCode::SystemIoFailure
                    | rusqlite::ErrorCode::CannotOpen
                    | rusqlite::ErrorCode::ReadOnly
            ),
            Error::Commit(_) | Error::Silent => true,
            _ => false,
        }
    }

    /// It may be stored or not: whoever sent it has to look before it is sent again.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Error::Uncertain(_))
    }

    /// A unique key refused the row: somebody else stored the same first.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        match self {
            Error::Postgres(e) => e.code().is_some_and(|c| c.code() == "23505"),
            Error::Sqlite(rusqlite::Error::SqliteFailure(e, _)) => {
                matches!(e.extended_code, 1555 | 2067)
            }
            _ => false,
        }
    }
}

/// Result of the database layer.
pub type Result<T> = std::result::Result<T, Error>;

/// A future of which no more is known than that it may change threads.
pub type Boxed<'a, T> = BoxFuture<'a, T>;

/// The database, whichever it is. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    /// As it was opened.
    address: Arc<str>,
    appends: Arc<append::Queue>,
    statements: Arc<AtomicU64>,
    refusals: Refusals,
    /// Number of the algorithm that chains further rows.
    algorithm: Arc<AtomicU8>,
    /// Copies that answer lists.
    replicas: Option<Arc<replica::Replicas>>,
}

#[derive(Clone)]
enum Engine {
    /// SQLite inside the process.
    Lite(Arc<lite::Lite>),
    /// A PostgreSQL server.
    Postgres(deadpool_postgres::Pool),
}

/// An open transaction. Dropping it without [`Tx::commit`] rolls it back.
pub struct Tx {
    on: On,
    /// Rows that are numbered and chained when the transaction ends.
    links: Vec<Link>,
    algorithm: Algorithm,
    statements: Arc<AtomicU64>,
    replicas: Option<Arc<replica::Replicas>>,
    refusals: Refusals,
}

enum On {
    /// On SQLite.
    Lite(lite::LiteTx),
    /// On PostgreSQL.
    Postgres(postgres::PgTx),
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// The address cannot be understood, or the database cannot be reached.
    pub async fn open(address: &str) -> Result<Db> {
        if let Some(path) = address.strip_prefix("sqlite:") {
            return Ok(Db::over(address, Engine::Lite(Arc::new(lite::Lite::open(path, readers())?))));
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Ok(Db::over(address, Engine::Postgres(postgres::pool(address).await?)));
        }
        Err(Error::Address(format!("{} is neither sqlite:PATH nor postgres://…", hide_password(address))))
    }

    fn over(address: &str, engine: Engine) -> Db {
        let algorithm = Arc::new(AtomicU8::new(Algorithm::default().number()));
        Db {
            engine,
            address: address.into(),
            appends: Arc::default(),
            statements: Arc::default(),
            refusals: Refusals::default(),
            algorithm,
            replicas: None,
        }
    }

    /// The same database for another runtime: on PostgreSQL over a connection of its own, so that nobody waits for one
    /// that the caller may hold.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub(crate) async fn apart(&self) -> Result<Db> {
        match self.engine {
            Engine::Lite(_) => Ok(self.clone()),
            Engine::Postgres(_) => Db::open(&self.address).await,
        }
    }

    /// From now on rows are chained by this algorithm; what is chained already stays as it is.
    pub fn digest_with(&self, algorithm: Algorithm) {
        self.algorithm.store(algorithm.number(), Ordering::Relaxed);
    }

    /// The algorithm that chains further rows.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        Algorithm::numbered(self.algorithm.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// True for PostgreSQL; only for `migrate` and reports.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// How many wait: for the writer on SQLite, for a connection on PostgreSQL.
    #[must_use]
    pub fn waiting(&self) -> usize {
        match &self.engine {
            Engine::Lite(l) => l.waiting(),
            Engine::Postgres(pool) => pool.status().waiting,
        }
    }

    /// How many statements and transactions were begun since it was opened, those inside transactions too. What is asked for
    /// in vain must cost as much whether or not it exists, or the time of the answer would tell.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// The statement or a column's type is wrong, or the database is gone.
    pub async fn all<T: FromRow>(&self, sql: &str, args: Vec<Value>) -> Result<Vec<T>> {
        let _span = trace::statement(sql);
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &self.engine {
            Engine::Lite(l) => l.read(|c| lite::all(c, sql, &args)),
            Engine::Postgres(pool) => postgres::read(pool, sql, &args).await,
        }
    }

    /// The first row, if any.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn opt<T: FromRow>(&self, sql: &str, args: Vec<Value>) -> Result<Option<T>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// All rows of a statement that was put together clause by clause.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn query<T: FromRow>(&self, sql: Sql) -> Result<Vec<T>> {
        self.all(&sql.text, sql.args).await
    }

    /// Runs one statement in a transaction of its own; returns the rows changed.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn run(&self, sql: &str, args: Vec<Value>) -> Result<u64> {
        let mut tx = self.begin().await?;
        let changed = tx.run(sql, args).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Runs several statements without parameters; used by `migrate`.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn batch(&self, sql: &str) -> Result<()> {
        match &self.engine {
            Engine::Lite(l) => l.batch(sql).await,
            Engine::Postgres(pool) => postgres::batch(&postgres::connection(pool).await?, sql).await,
        }
    }

    /// While many rows are taken in, SQLite moves them from its journal to their places in larger portions: each
    /// portion writes most places once, however many rows they hold.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn bulk(&self, begins: bool) -> Result<()> {
        match &self.engine {
            Engine::Lite(l) => l.bulk(begins).await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// While what is made can be made again, SQLite does not wait for the disk; at the end everything is on disk.
    /// A power cut in between leaves a database that may be broken: the caller knows by another sign that it is whole.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn hasten(&self, begins: bool) -> Result<()> {
        match &self.engine {
            Engine::Lite(l) => l.hasten(begins).await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Everything as it stands now, for reading; whoever writes goes on.
    ///
    /// # Errors
    /// The database is gone or its pool is exhausted.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        Snapshot::of(self).await
    }

    /// While an empty database is filled, SQLite neither waits for the disk nor looks whether what a row points to is
    /// there, and sorts on disk; at the end everything is on disk. What is cut off in between has to be begun anew.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn fill(&self, begins: bool) -> Result<()> {
        match &self.engine {
            Engine::Lite(l) => l.fill(begins).await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Opens a transaction. On SQLite it holds the only writer until it ends.
    ///
    /// # Errors
    /// The database is gone or its pool is exhausted.
    pub fn begin(&self) -> BoxFuture<'_, Result<Tx>> {
        self.begun().boxed()
    }

    async fn begun(&self) -> Result<Tx> {
        let _span = trace::statement("BEGIN");
        self.statements.fetch_add(1, Ordering::Relaxed);
        let on = match &self.engine {
            Engine::Lite(l) => On::Lite(lite::Lite::begin(l).await?),
            Engine::Postgres(pool) => On::Postgres(postgres::PgTx::begin(pool).await?),
        };
        let (statements, refusals) = (self.statements.clone(), self.refusals.clone());
        let (algorithm, replicas) = (self.algorithm(), self.replicas.clone());
        Ok(Tx { on, links: Vec::new(), algorithm, statements, replicas, refusals })
    }
}

impl Tx {
    /// Runs one statement; returns the rows changed.
    ///
    /// # Errors
    /// As [`Db::all`]; also when the transaction is over.
    pub async fn run(&mut self, sql: &str, args: Vec<Value>) -> Result<u64> {
        let _span = trace::statement(sql);
        self.statements.fetch_add(1, Ordering::Relaxed);
        let outcome = match &mut self.on {
            On::Lite(t) => t.run(sql, &args),
            On::Postgres(t) => postgres::run(t.client().await?, sql, &args).await,
        };
        self.refusals.notice(outcome)
    }

    /// All rows of a query, seen from inside the transaction.
    ///
    /// # Errors
    /// As [`Tx::run`].
    pub async fn all<T: FromRow>(&mut self, sql: &str, args: Vec<Value>) -> Result<Vec<T>> {
        let _span = trace::statement(sql);
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &mut self.on {
            On::Lite(t) => t.all(sql, &args),
            On::Postgres(t) => t.all(sql, &args).await,
        }
    }

    /// The first row, if any.
    ///
    /// # Errors
    /// As [`Tx::run`].
    pub async fn opt<T: FromRow>(&mut self, sql: &str, args: Vec<Value>) -> Result<Option<T>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// Inserts rows of one table: a prepared loop on SQLite and for a few rows, COPY for many on PostgreSQL.
    /// Each row has one value per column of `columns`, in that order.
    ///
    /// # Errors
    /// As [`Tx::run`]; a duplicate key fails the whole transaction.
    pub async fn insert_many(&mut self, table: &str, columns: &[&str], rows: &[Vec<Value>]) -> Result<()> {
        let _span = trace::rows_into(table);
        self.statements.fetch_add(1, Ordering::Relaxed);
        let outcome = match &mut self.on {
            On::Lite(t) => t.insert_many(table, columns, rows),
            On::Postgres(t) => postgres::insert_many(t.client().await?, table, columns, rows).await,
        };
        self.refusals.notice(outcome)
    }

    /// Inserts rows as [`Tx::insert_many`] does, into a table that was empty before this transaction. On PostgreSQL the
    /// first are told by `begins`, and nobody else reads the table until the transaction ends; the rows are as good as
    /// vacuumed, and with `wal_level = minimal` they are not written to the log.
    ///
    /// # Errors
    /// As [`Tx::insert_many`].
    pub async fn load_many(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: &[Vec<Value>],
        begins: bool,
    ) -> Result<()> {
        let On::Postgres(t) = &mut self.on else { return self.insert_many(table, columns, rows).await };
        let _span = trace::rows_into(table);
        self.statements.fetch_add(1, Ordering::Relaxed);
        if begins {
            postgres::batch(t.client().await?, &format!("TRUNCATE {table}")).await?;
        }
        postgres::load(t.client().await?, table, columns, rows).await
    }

    /// Adds a row to its chain when the transaction ends: so the end of the chain, for which others wait, is held for
    /// the shortest time. The row cannot be read before.
    pub fn link(&mut self, link: Link) {
        self.links.push(link);
    }

    /// Ends the transaction; when this returns, it is on disk.
    ///
    /// # Errors
    /// A row could not be chained, or the commit failed; nothing of the transaction is stored.
    pub fn commit(self) -> BoxFuture<'static, Result<()>> {
        self.committed().boxed()
    }

    async fn committed(mut self) -> Result<()> {
        if !self.links.is_empty() {
            chain::settle(&mut self).await?;
        }
        let _span = trace::statement("COMMIT");
        let outcome = match (self.on, self.replicas.zip(reader::current())) {
            (On::Lite(t), _) => t.commit().await,
            (On::Postgres(t), None) => t.commit().await,
            (On::Postgres(t), Some((replicas, reader))) => {
                let stored = t.commit_at().await;
                match &stored {
                    Ok(place) => replicas.wrote(&reader, *place),
                    // If it is stored, its writer must see it: no replica is known to have it.
                    Err(error) if error.is_uncertain() => replicas.wrote(&reader, u64::MAX),
                    Err(_) => {}
                }
                stored.map(|_| ())
            }
        };
        self.refusals.notice(outcome)
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.on, On::Postgres(_))
    }
}

/// Reads run on the threads that ask, so as many connections as there are such threads are never waited for.
fn readers() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 16))
}

/// The statement that inserts so many rows.
fn insert(table: &str, columns: &[&str], rows: usize) -> String {
    let marks = |row: usize| {
        let marks: Vec<String> =
            (1..=columns.len()).map(|at| format!("${}", row * columns.len() + at)).collect();
        format!("({})", marks.join(", "))
    };
    let values: Vec<String> = (0..rows).map(marks).collect();
    format!("INSERT INTO {table} ({}) VALUES {}", columns.join(", "), values.join(", "))
}

/// The address without its password, for messages and logs.
#[must_use]
pub fn hide_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let Some((login, host)) = rest.rsplit_once('@') else { return address.to_owned() };
    let user = login.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:…@{host}")
}

/// Times that a transaction is tried again.
const AGAIN: u32 = 5;
/// Where the database is away it is tried again no longer than this: who waits for a page is told rather.
const PERSISTENCE: Duration = Duration::from_secs(5);

/// How long to wait before a transaction is tried again, after so many tries since it was begun; none where it is not:
/// milliseconds where another transaction was in the way, a second and more in all where the database was away, as it is
/// while a replica takes over.
#[doc(hidden)]
#[must_use]
pub fn again((conflict, outage): (bool, bool), tries: u32, begun: Instant) -> Option<Duration> {
    let outage = outage && begun.elapsed() < PERSISTENCE;
    let step = if outage { 200 } else { 5 };
    (tries < AGAIN && (conflict || outage)).then(|| Duration::from_millis(step * u64::from(tries + 1)))
}

/// Runs the block in one transaction, again from its start when another transaction was in the way or the database was away
/// for a moment. What broke while it was being stored is not tried again: it might be stored twice.
/// `atomic!(db, tx => { …; Ok(value) })` inside an async function whose error is built from `db::Error`.
#[macro_export]
macro_rules! atomic {
    ($db:expr, $tx:ident => $body:block) => {{
        let (mut tries, begun) = (0_u32, std::time::Instant::now());
        let span = $crate::trace::transaction(module_path!());
        loop {
            let failed = match $db.begin().await {
                Err(error) => $crate::Error::from(error),
                Ok(mut own) => {
                    // Boxed, so that not everybody who awaits this has to prove of all that happens inside that it may change threads.
                    let work: $crate::db::Boxed<'_, $crate::Result<_>> = Box::pin(async {
                        let $tx = &mut own;
                        $body
                    });
                    let out: $crate::Result<_> = $crate::trace::Instrument::instrument(work, span.clone()).await;
                    match out {
                        Ok(value) => {
                            match $crate::trace::Instrument::instrument(own.commit(), span.clone()).await {
                                Ok(()) => break Ok(value),
                                Err(error) => $crate::Error::from(error),
                            }
                        }
                        Err(error) => error,
                    }
                }
            };
            let why = (failed.is_conflict(), failed.is_outage());
            let Some(pause) = $crate::db::again(why, tries, begun) else { break Err(failed) };
            tries += 1;
            tokio::time::sleep(pause).await;
        }
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(hide_password("postgres://xq:secret@db/x"), "postgres://xq:…@db/x");
        assert_eq!(hide_password("sqlite:/var/lib/xinqiao.db"), "sqlite:/var/lib/xinqiao.db");
    }

    /// An error of SQLite by its extended code.
    fn of_sqlite(code: i32) -> Error {
        Error::Sqlite(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None))
    }

    #[test]
    fn an_error_of_sqlite_says_whether_the_same_may_be_tried_again() {
        let (nothing, conflict, outage) = ((false, false), (true, false), (false, true));
        for (name, code, expected) in [
            ("SQLITE_BUSY", 5, conflict),
            ("SQLITE_BUSY_SNAPSHOT", 517, conflict),
            ("SQLITE_LOCKED", 6, conflict),
            ("SQLITE_LOCKED_SHAREDCACHE", 262, conflict),
            ("SQLITE_FULL", 13, outage),
            ("SQLITE_IOERR_WRITE", 778, outage),
            ("SQLITE_READONLY", 8, outage),
            ("SQLITE_CANTOPEN", 14, outage),
            ("SQLITE_CORRUPT", 11, nothing),
            ("SQLITE_CONSTRAINT_PRIMARYKEY", 1555, nothing),
            ("SQLITE_CONSTRAINT_UNIQUE", 2067, nothing),
        ] {
            let error = of_sqlite(code);
            assert_eq!((error.is_conflict(), error.is_outage()), expected, "{name}");
            assert_eq!(error.is_duplicate(), name.contains("CONSTRAINT"), "{name}");
            assert!(!error.is_uncertain(), "{name}");
        }
    }

    #[test]
    fn what_may_be_stored_is_no_reason_to_try_again() {
        let uncertain = Error::Uncertain("cut".to_owned());
        assert!(uncertain.is_uncertain() && !uncertain.is_conflict() && !uncertain.is_outage());
        let not_stored = Error::Commit("no room".to_owned());
        assert!(not_stored.is_outage() && !not_stored.is_conflict() && !not_stored.is_uncertain());
    }

    /// The pauses before each further try, in milliseconds.
    fn pauses(why: (bool, bool), begun: Instant) -> Vec<u128> {
        (0..100).map_while(|tries| again(why, tries, begun)).map(|pause| pause.as_millis()).collect()
    }

    #[test]
    fn a_conflict_and_an_outage_are_tried_again_five_times_and_nothing_else_is() {
        let now = Instant::now();
        assert_eq!(pauses((false, false), now), [0_u128; 0]);
        assert_eq!(pauses((true, false), now), [5, 10, 15, 20, 25]);
        assert_eq!(pauses((false, true), now), [200, 400, 600, 800, 1_000]);
        assert_eq!(pauses((true, true), now), pauses((false, true), now));
    }

    #[test]
    fn who_has_waited_long_for_a_database_that_is_away_is_told() {
        let long_ago = Instant::now().checked_sub(PERSISTENCE).unwrap();
        assert_eq!(pauses((false, true), long_ago), [0_u128; 0]);
        // That somebody else was in the way passes soon, however long the work took.
        assert_eq!(pauses((true, false), long_ago), [5, 10, 15, 20, 25]);
        assert_eq!(pauses((true, true), long_ago), [5, 10, 15, 20, 25]);
    }
}
