//! SQLite: one writer with group commit, several readers.
//!
//! Transactions share an outer one: the first begins it, each further one is a savepoint inside it. The outer one is
//! committed, with one flush to disk, when nobody else waits for the writer, when it holds [`BATCH`] of them, or after
//! [`PATIENCE`]; only then do the transactions in it report success.

use super::{Error, FromRow, Result, Row, Value};
use rusqlite::{CachedStatement, Connection, config::DbConfig};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, oneshot};

/// Transactions in one outer transaction at most.
const BATCH: usize = 64;
/// How long a finished transaction waits for others before it is committed.
const PATIENCE: Duration = Duration::from_millis(2);

/// Pages (4 KiB) in the journal after which they are moved to their places: few, since reads look there first.
const JOURNAL_PAGES: u32 = 1_000;
/// The same while a list is taken in.
const BULK_PAGES: u32 = 32_000;

/// The embedded database.
pub struct Lite {
    writer: Arc<AsyncMutex<Writer>>,
    waiting: Arc<AtomicUsize>,
    readers: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

struct Writer {
    connection: Connection,
    /// An outer transaction is open.
    open: bool,
    /// Who waits to hear that the outer transaction is on disk.
    pending: Vec<oneshot::Sender<std::result::Result<(), String>>>,
}

impl Lite {
    /// How many wait for the writer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Opens or creates the file with `readers` reading connections.
    ///
    /// # Errors
    /// The file cannot be opened or is not a database.
    pub fn open(path: &str, readers: usize) -> Result<Lite> {
        let connect = |cache_kib: i64| -> Result<Connection> {
            let c = Connection::open(path)?;
            c.busy_timeout(Duration::from_secs(10))?;
            c.execute_batch(&format!(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;
                 PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{cache_kib}; PRAGMA wal_autocheckpoint={JOURNAL_PAGES}"
            ))?;
            // A plan depends on the statement alone: otherwise a new instant in a parameter plans it anew.
            c.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            c.set_prepared_statement_cache_capacity(256);
            Ok(c)
        };
        let writer = Writer { connection: connect(98_304)?, open: false, pending: Vec::new() };
        let readers = (0..readers.max(1)).map(|_| connect(16_384).map(Mutex::new)).collect::<Result<_>>()?;
        Ok(Lite {
            writer: Arc::new(AsyncMutex::new(writer)),
            waiting: Arc::new(AtomicUsize::new(0)),
            readers,
            next: AtomicUsize::new(0),
        })
    }

    /// SQLite answers a point read in microseconds, so it runs on the calling thread.
    pub(super) fn read<T>(&self, f: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let turn = |k: usize| self.readers.get((start + k) % self.readers.len());
        for k in 0..self.readers.len() {
            if let Some(Ok(c)) = turn(k).map(Mutex::try_lock) {
                return f(&c);
            }
        }
        let reader = turn(0).ok_or(Error::Over)?;
        f(&reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(super) async fn batch(self: &Arc<Self>, sql: &str) -> Result<()> {
        let mut writer = self.writer.clone().lock_owned().await;
        writer.flush();
        Ok(writer.connection.execute_batch(sql)?)
    }

    pub(super) async fn bulk(&self, begins: bool) -> Result<()> {
        let writer = self.writer.clone().lock_owned().await;
        let pages = if begins { BULK_PAGES } else { JOURNAL_PAGES };
        Ok(writer.connection.pragma_update(None, "wal_autocheckpoint", pages)?)
    }

    pub(super) async fn fill(&self, begins: bool) -> Result<()> {
        let mut writer = self.writer.clone().lock_owned().await;
        writer.flush();
        let settings = if begins {
            format!(
                "PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA temp_store=FILE;
                 PRAGMA wal_autocheckpoint={BULK_PAGES}"
            )
        } else {
            format!(
                "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;
                 PRAGMA wal_autocheckpoint={JOURNAL_PAGES}; PRAGMA wal_checkpoint(TRUNCATE)"
            )
        };
        Ok(writer.connection.execute_batch(&settings)?)
    }

    pub(super) async fn hasten(&self, begins: bool) -> Result<()> {
        let mut writer = self.writer.clone().lock_owned().await;
        writer.flush();
        let settings = if begins {
            "PRAGMA synchronous=OFF"
        } else {
            "PRAGMA synchronous=FULL; PRAGMA wal_checkpoint(TRUNCATE)"
        };
        Ok(writer.connection.execute_batch(settings)?)
    }

    pub(super) async fn begin(this: &Arc<Self>) -> Result<LiteTx> {
        let waiting = Waiting::new(&this.waiting);
        let mut writer = this.writer.clone().lock_owned().await;
        drop(waiting);
        // Nobody's work would be lost with the first: it needs no savepoint, for which SQLite copies each page.
        let first = !writer.open;
        let begin = if first { "BEGIN IMMEDIATE" } else { "SAVEPOINT action" };
        writer.connection.prepare_cached(begin)?.execute([])?;
        writer.open = true;
        Ok(LiteTx { writer: Some(writer), first, home: Arc::clone(this) })
    }
}

/// Counts those who wait for the writer; counts down also when the waiting future is dropped.
struct Waiting(Arc<AtomicUsize>);
impl Waiting {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Waiting(Arc::clone(count))
    }
}
impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Writer {
    /// Commits the outer transaction and tells everybody who waits for it.
    fn flush(&mut self) {
        if !self.open {
            return;
        }
        let outcome = self
            .connection
            .prepare_cached("COMMIT")
            .and_then(|mut s| s.execute([]))
            .map(|_| ())
            .map_err(|e| e.to_string());
        if outcome.is_err() && !self.connection.is_autocommit() {
            // The failed commit left the transaction open: give it up, so that the next one starts clean.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        self.open = false;
        for waiter in self.pending.drain(..) {
            let _ = waiter.send(outcome.clone());
        }
    }

    /// After an error SQLite may have rolled back everything (full disk): then the others must hear of it.
    fn notice_lost_outer(&mut self) {
        if self.open && self.connection.is_autocommit() {
            self.open = false;
            for waiter in self.pending.drain(..) {
                let _ = waiter.send(Err("the database rolled the transaction back".to_owned()));
            }
        }
    }
}

/// A transaction on SQLite.
pub struct LiteTx {
    writer: Option<OwnedMutexGuard<Writer>>,
    /// It began the outer transaction; otherwise it is a savepoint in it.
    first: bool,
    home: Arc<Lite>,
}

impl LiteTx {
    fn connection(&self) -> Result<&Connection> {
        Ok(&self.writer.as_ref().ok_or(Error::Over)?.connection)
    }

    pub(super) fn run(&mut self, sql: &str, args: &[Value]) -> Result<u64> {
        let changed =
            prepare(self.connection()?, &numbered(sql))?.execute(rusqlite::params_from_iter(args))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    pub(super) fn all<T: FromRow>(&mut self, sql: &str, args: &[Value]) -> Result<Vec<T>> {
        all(self.connection()?, sql, args)
    }

    pub(super) fn insert_many(&mut self, table: &str, columns: &[&str], rows: &[Vec<Value>]) -> Result<()> {
        let text = numbered(&super::insert(table, columns, 1));
        let mut statement = prepare(self.connection()?, &text)?;
        for row in rows {
            statement.execute(rusqlite::params_from_iter(row))?;
        }
        Ok(())
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        let mut writer = self.writer.take().ok_or(Error::Over)?;
        if !self.first {
            let released = writer.connection.prepare_cached("RELEASE action").and_then(|mut s| s.execute([]));
            if let Err(error) = released {
                writer.notice_lost_outer();
                return Err(error.into());
            }
        }
        let (tell, mut hear) = oneshot::channel();
        writer.pending.push(tell);
        writer.notice_lost_outer();
        if self.home.waiting.load(Ordering::SeqCst) == 0 || writer.pending.len() >= BATCH {
            writer.flush();
        }
        drop(writer);
        let outcome = match tokio::time::timeout(PATIENCE, &mut hear).await {
            Ok(outcome) => outcome,
            Err(_) => {
                self.home.writer.clone().lock_owned().await.flush();
                hear.await
            }
        };
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(reason)) => Err(Error::Commit(reason)),
            Err(_) => Err(Error::Over),
        }
    }
}

impl Drop for LiteTx {
    fn drop(&mut self) {
        let Some(mut writer) = self.writer.take() else { return };
        writer.notice_lost_outer();
        if !writer.open {
            return;
        }
        let undo = if self.first { "ROLLBACK" } else { "ROLLBACK TO action; RELEASE action" };
        if writer.connection.execute_batch(undo).is_err() {
            let _ = writer.connection.execute_batch("ROLLBACK");
        }
        writer.notice_lost_outer();
        if self.home.waiting.load(Ordering::SeqCst) == 0 {
            writer.flush();
        }
    }
}

fn prepare<'c>(c: &'c Connection, sql: &str) -> Result<CachedStatement<'c>> {
    #[cfg(debug_assertions)]
    {
        super::plan::look(c, sql)?;
        super::spread::look(sql)?;
    }
    Ok(c.prepare_cached(sql)?)
}

/// SQLite numbers its parameters as `?1`; `$1` would be a name, bound in order of appearance.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

pub(super) fn all<T: FromRow>(c: &Connection, sql: &str, args: &[Value]) -> Result<Vec<T>> {
    let mut statement = prepare(c, &numbered(sql))?;
    let mut rows = statement.query(rusqlite::params_from_iter(args))?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(T::from_row(&Row::Lite(row))?);
    }
    Ok(out)
}
