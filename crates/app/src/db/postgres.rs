//! PostgreSQL through a pool of connections with cached statements.
//!
//! What waits for the server is a boxed future: the compiler would otherwise prove of the client's many nested futures that they may
//! change threads, anew for every handler that awaits them, which took most of the time of building `web`.

mod answer;

pub(super) use answer::answered;

use super::{Error, FromRow, Result, Row, Value, chain::portions, postgres_tls};
use answer::SILENCE;
use deadpool_postgres::{
    ClientWrapper, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use futures::{FutureExt, TryStreamExt, future::BoxFuture};
use std::time::Duration;
use tokio_postgres::{NoTls, SimpleQueryMessage, binary_copy::BinaryCopyInWriter, types::ToSql};

/// Connections at most; small machines serve best with few.
pub(super) const CONNECTIONS: usize = 16;

/// How long to wait for a connection, at the server or for one that others hold.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Rows up to which a COPY is not worth it: it takes three exchanges with the server, which plans it anew each time.
const FEW: usize = 64;

pub(super) async fn pool(address: &str) -> Result<Pool> {
    let pool = unopened(address, CONNECTIONS, PATIENCE)?;
    // A wrong address is told at the start, not at the first page.
    drop(connection(&pool).await?);
    Ok(pool)
}

/// A pool that connects with the first that asks.
pub(super) fn unopened(address: &str, connections: usize, patience: Duration) -> Result<Pool> {
    let (address, tls) = postgres_tls::asked(address)?;
    let mut config: tokio_postgres::Config = address.parse()?;
    answer::watch_over(&mut config);
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match tls {
        Some(tls) => Manager::from_config(config, tls, recycling),
        None => Manager::from_config(config, NoTls, recycling),
    };
    Pool::builder(manager)
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(patience))
        .create_timeout(Some(patience))
        .build()
        .map_err(|e| Error::Address(e.to_string()))
}

/// A connection of the pool. The pool's own limits hold for waiting and for connecting apart; whoever asks waits for both.
pub(super) fn connection(pool: &Pool) -> BoxFuture<'_, Result<Object>> {
    let got = async {
        match tokio::time::timeout(PATIENCE, pool.get()).await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(PoolError::Timeout(TimeoutType::Wait).into()),
        }
    };
    got.boxed()
}

/// An error as it may be logged: the server repeats values in the detail of an error, and in the message of those about
/// data (class 22).
pub(super) fn told(error: &tokio_postgres::Error) -> String {
    let Some(db) = error.as_db_error() else { return error.to_string() };
    let code = db.code().code();
    let message = if code.starts_with("22") { "a value does not fit its column" } else { db.message() };
    let place = [("table", db.table()), ("column", db.column()), ("constraint", db.constraint())];
    let place = place.into_iter().filter_map(|(what, name)| Some(format!(", {what} {}", name?)));
    format!("{message} ({code}{})", place.collect::<String>())
}

/// An error of the pool, as [`told`].
pub(super) fn told_of_pool(error: &PoolError) -> String {
    match error {
        PoolError::Backend(error) => told(error),
        other => other.to_string(),
    }
}

/// Whether the server is away, going down or coming up, only reads, or has no room: what was asked is not done.
pub(super) fn is_outage(error: &tokio_postgres::Error) -> bool {
    let Some(code) = error.code() else {
        let io = std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>());
        return error.is_closed() || io;
    };
    let class = code.code().get(..2).unwrap_or_default();
    // 08 connection, 53 no room or no connection left, 57P going down or coming up, 25006 a replica that only reads.
    matches!(class, "08" | "53") || code.code().starts_with("57P0") || code.code() == "25006"
}

/// The same of the pool: no connection could be had.
pub(super) fn is_outage_of_pool(error: &PoolError) -> bool {
    match error {
        PoolError::Backend(error) => is_outage(error),
        PoolError::Timeout(_) | PoolError::Closed => true,
        _ => false,
    }
}

/// Whether the connection was cut while it was idle or asked.
fn is_cut(error: &Error) -> bool {
    match error {
        Error::Postgres(error) => {
            is_outage(error) && error.code().is_none_or(|code| code.code().starts_with("57P0"))
        }
        _ => false,
    }
}

/// A read outside any transaction; again on another connection where one had been cut meanwhile, as all that lie in the
/// pool may have been.
pub(super) async fn read<T: FromRow>(pool: &Pool, sql: &str, args: &[Value]) -> Result<Vec<T>> {
    for _ in 0..CONNECTIONS {
        let client = connection(pool).await?;
        match all(&client, sql, args).await {
            Err(error) if is_cut(&error) => drop(Object::take(client)),
            Err(Error::Silent) => {
                drop(Object::take(client));
                return Err(Error::Silent);
            }
            outcome => return outcome,
        }
    }
    all(&connection(pool).await?, sql, args).await
}

/// A read on one connection, whatever comes of it; one that was cut does not go back to the pool.
pub(super) async fn once<T: FromRow>(pool: &Pool, sql: &str, args: &[Value]) -> Result<Vec<T>> {
    let client = pool.get().boxed().await?;
    let outcome = all(&client, sql, args).await;
    if outcome.as_ref().is_err_and(|error| is_cut(error) || matches!(error, Error::Silent)) {
        drop(Object::take(client));
    }
    outcome
}

/// A connection that never goes back to the pool.
pub(super) async fn apart(pool: &Pool) -> Result<ClientWrapper> {
    Ok(Object::take(connection(pool).await?))
}

pub(super) fn run<'a>(c: &'a Object, sql: &'a str, args: &'a [Value]) -> BoxFuture<'a, Result<u64>> {
    execute(c, sql, args.iter().collect())
}

fn execute<'a>(c: &'a Object, sql: &'a str, args: Vec<&'a Value>) -> BoxFuture<'a, Result<u64>> {
    let changed = async move {
        #[cfg(debug_assertions)]
        super::spread::look(sql)?;
        let work = async {
            let statement = c.prepare_cached(sql).await?;
            c.execute_raw(&statement, args).await
        };
        answered(c, work).await
    };
    changed.boxed()
}

pub(super) async fn all<T: FromRow>(c: &Object, sql: &str, args: &[Value]) -> Result<Vec<T>> {
    decoded(&rows(c, sql, args, false).await?)
}

fn decoded<T: FromRow>(rows: &[tokio_postgres::Row]) -> Result<Vec<T>> {
    rows.iter().map(|row| T::from_row(&Row::Postgres(row))).collect()
}

/// Rows of a query. Where a transaction begins with it, the server is told so in the same exchange.
fn rows<'a>(
    c: &'a Object,
    sql: &'a str,
    args: &'a [Value],
    begins: bool,
) -> BoxFuture<'a, Result<Vec<tokio_postgres::Row>>> {
    let found = async move {
        #[cfg(debug_assertions)]
        super::spread::look(sql)?;
        let params: Vec<&(dyn ToSql + Sync)> = args.iter().map(|a| -> &(dyn ToSql + Sync) { a }).collect();
        let query = async {
            let statement = c.prepare_cached(sql).await?;
            c.query(&statement, &params).await
        };
        if !begins {
            return answered(c, query).await;
        }
        // What is asked first is sent first.
        let both = async {
            let (begun, found) = futures::join!(c.batch_execute(BEGIN), query);
            begun.and(found)
        };
        answered(c, both).await
    };
    found.boxed()
}

/// Several statements without parameters.
pub(super) fn batch<'a>(c: &'a Object, sql: &'a str) -> BoxFuture<'a, Result<()>> {
    answered(c, c.batch_execute(sql)).boxed()
}

pub(super) async fn insert_many(
    c: &Object,
    table: &str,
    columns: &[&str],
    rows: &[Vec<Value>],
) -> Result<()> {
    if rows.len() <= FEW {
        for part in portions(rows) {
            let text = super::insert(table, columns, part.len());
            execute(c, &text, part.iter().flatten().collect()).await?;
        }
        return Ok(());
    }
    answered(c, copy(c, table, &columns.join(", "), "", rows)).boxed().await
}

/// Into a table that the transaction emptied: the rows are as if they had always been there, and no vacuum has to say so. A table in
/// parts takes no such rows.
pub(super) async fn load(c: &Object, table: &str, columns: &[&str], rows: &[Vec<Value>]) -> Result<()> {
    let work = async {
        let kind = "SELECT relkind = 'p' FROM pg_class WHERE oid = CAST(CAST($1 AS text) AS regclass)";
        let in_parts: bool = c.query_one(&c.prepare_cached(kind).await?, &[&table]).await?.try_get(0)?;
        let further = if in_parts { "" } else { ", FREEZE" };
        copy(c, table, &columns.join(", "), further, rows).await
    };
    answered(c, work).boxed().await
}

async fn copy(
    c: &Object,
    table: &str,
    names: &str,
    further: &str,
    rows: &[Vec<Value>],
) -> std::result::Result<(), tokio_postgres::Error> {
    // The server knows the columns' types; asking it keeps them out of the Rust code.
    let shape = c.prepare_cached(&format!("SELECT {names} FROM {table} LIMIT 0")).await?;
    let types: Vec<_> = shape.columns().iter().map(|col| col.type_().clone()).collect();
    let sink = c.copy_in(&format!("COPY {table} ({names}) FROM STDIN (FORMAT binary{further})")).await?;
    let writer = BinaryCopyInWriter::new(sink, &types);
    let mut writer = std::pin::pin!(writer);
    for row in rows {
        writer.as_mut().write_raw(row).await?;
    }
    writer.finish().await?;
    Ok(())
}

/// The statement with which a transaction begins.
const BEGIN: &str = "BEGIN";

/// A transaction on PostgreSQL.
pub struct PgTx {
    client: Option<Box<Object>>,
    /// Whether the server has still to be told that it begins.
    untold: bool,
}

impl PgTx {
    /// The server is told with the first statement.
    pub(super) async fn begin(pool: &Pool) -> Result<PgTx> {
        Ok(PgTx { client: Some(Box::new(connection(pool).await?)), untold: true })
    }

    /// Begun by this statement.
    pub(super) async fn begin_as(pool: &Pool, begin: &str) -> Result<PgTx> {
        let mut tx = PgTx::begin(pool).await?;
        batch(tx.told()?, begin).await?;
        Ok(tx)
    }

    /// The connection, on which the transaction has begun.
    pub(super) async fn client(&mut self) -> Result<&Object> {
        if self.untold {
            batch(self.told()?, BEGIN).await?;
        }
        self.bare()
    }

    /// All rows of a query. The first one of a transaction begins it in the same exchange where it only reads: what writes
    /// would be stored at once if the server refused the beginning.
    pub(super) async fn all<T: FromRow>(&mut self, sql: &str, args: &[Value]) -> Result<Vec<T>> {
        if self.untold && sql.trim_start().starts_with("SELECT ") {
            return decoded(&rows(self.told()?, sql, args, true).await?);
        }
        all(self.client().await?, sql, args).await
    }

    fn bare(&self) -> Result<&Object> {
        self.client.as_deref().ok_or(Error::Over)
    }

    /// The connection, on which the transaction is begun next: whoever goes away meanwhile leaves it to be rolled back, not to
    /// the next one who takes the connection.
    fn told(&mut self) -> Result<&Object> {
        self.untold = false;
        self.bare()
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        let client = self.client.take().ok_or(Error::Over)?;
        if self.untold {
            return Ok(());
        }
        match batch(&client, "COMMIT").await {
            Ok(()) => Ok(()),
            Err(error) => Err(not_stored(*client, error)),
        }
    }

    /// The same; returns a place in the server's log behind what was stored.
    pub(super) async fn commit_at(mut self) -> Result<u64> {
        let client = self.client.take().ok_or(Error::Over)?;
        if self.untold {
            return Ok(0);
        }
        match answered(&client, stored_at(&client)).boxed().await {
            Ok(place) => Ok(place),
            Err(error) => Err(not_stored(*client, error)),
        }
    }
}

/// Stores, and asks for the place, in one exchange. What is inserted lies ahead of what is on disk, so it is right without
/// synchronous commit, too. Once the server said that it is stored, whatever happens then changes nothing of it: only the
/// place is unknown.
async fn stored_at(client: &Object) -> std::result::Result<u64, tokio_postgres::Error> {
    let asked = "COMMIT; SELECT pg_current_wal_insert_lsn() - '0/0'";
    let mut answers = std::pin::pin!(client.simple_query_raw(asked).await?);
    let (mut stored, mut found) = (false, u64::MAX);
    loop {
        match answers.try_next().await {
            Ok(Some(SimpleQueryMessage::CommandComplete(_))) => stored = true,
            Ok(Some(answer)) => found = place(&answer).unwrap_or(found),
            Ok(None) => return Ok(found),
            Err(_) if stored => return Ok(u64::MAX),
            Err(error) => return Err(error),
        }
    }
}

/// The connection is given up. What the server itself refused is not stored; what it never answered may be.
fn not_stored(client: Object, error: Error) -> Error {
    drop(Object::take(client));
    match error {
        Error::Postgres(error) if error.code().is_none() => Error::Uncertain(told(&error)),
        Error::Silent => Error::Uncertain(error.to_string()),
        refused => refused,
    }
}

/// The number in an answer.
fn place(answer: &SimpleQueryMessage) -> Option<u64> {
    match answer {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    }
}

impl Drop for PgTx {
    fn drop(&mut self) {
        if let Some(client) = self.client.take().filter(|_| !self.untold) {
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => {
                    runtime.spawn(async move {
                        let undone = tokio::time::timeout(SILENCE, client.batch_execute("ROLLBACK")).await;
                        if !matches!(undone, Ok(Ok(()))) {
                            drop(Object::take(*client));
                        }
                    });
                }
                // Without a runtime the connection is closed, which rolls back as well.
                Err(_) => drop(Object::take(*client)),
            }
        }
    }
}
