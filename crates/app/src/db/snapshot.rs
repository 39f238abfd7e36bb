//! All rows of all tables as they stood at one instant, page by page in the order of their keys, while others go on
//! writing: a read transaction on SQLite, one of REPEATABLE READ on PostgreSQL.

use super::{Db, Engine, Error, FromRow, Result, Row, Value, document, lite, postgres};
use crate::migrate::shape::{Column, Kind, Table};
use jiff::{Timestamp, civil::Date};
use rusqlite::{Connection, OpenFlags};
use std::time::Duration;
use uuid::Uuid;

/// Bytes after which a page of rows ends.
const PAGE_BYTES: usize = 4 * 1024 * 1024;
/// Rows after which a page ends.
const PAGE_ROWS: usize = 4_000;
/// Rows of the first page on PostgreSQL, whose size is not known before.
const FIRST_ROWS: usize = 64;

/// Rows of one page, each with the values of all columns.
pub type Rows = Vec<Vec<Value>>;

/// The database at one instant.
pub struct Snapshot(On);

enum On {
    Lite(Box<Connection>),
    Postgres(postgres::PgTx),
}

impl Snapshot {
    /// As the database stands now; whoever writes is not held up.
    pub(super) async fn of(db: &Db) -> Result<Snapshot> {
        match &db.engine {
            Engine::Lite(_) => {
                let path = db.address.strip_prefix("sqlite:").unwrap_or_default();
                Snapshot::begun(connect(path)?, "BEGIN")
            }
            Engine::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
                Ok(Snapshot(On::Postgres(postgres::PgTx::begin_as(pool, begin).await?)))
            }
        }
    }

    fn begun(connection: Connection, begin: &str) -> Result<Snapshot> {
        connection.execute_batch(begin)?;
        // SQLite takes the instant of the first read.
        connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(Snapshot(On::Lite(Box::new(connection))))
    }

    /// The database of an address, which nobody else may have open, and nobody can change until this is over.
    ///
    /// # Errors
    /// [`Error::InUse`] where another program has it open; there is no such database.
    pub async fn alone(address: &str) -> Result<Snapshot> {
        if let Some(path) = address.strip_prefix("sqlite:") {
            let connection = connect(path)?;
            connection.busy_timeout(Duration::from_millis(500))?;
            // Only who has the file alone can take it out of the mode with a journal for many.
            let mode = connection.query_row("PRAGMA journal_mode=DELETE", [], |row| row.get::<_, String>(0));
            match mode {
                Ok(mode) if mode == "delete" => {}
                Err(rusqlite::Error::SqliteFailure(error, _))
                    if !matches!(
                        error.code,
                        rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked
                    ) =>
                {
                    return Err(Error::Sqlite(rusqlite::Error::SqliteFailure(error, None)));
                }
                _ => return Err(Error::InUse("another program has the file open".to_owned())),
            }
            return Snapshot::begun(connection, "BEGIN EXCLUSIVE");
        }
        let pool = postgres::pool(address).await?;
        // Not at one instant: what is held as a whole stands still by itself.
        let mut tx = postgres::PgTx::begin(&pool).await?;
        let others = "SELECT COALESCE(NULLIF(application_name, ''), 'a program') || COALESCE(' at ' || host(client_addr), '')
            FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() AND pid <> pg_backend_pid()
            AND backend_type = 'client backend' ORDER BY 1";
        let others: Vec<(String,)> = postgres::all(tx.client().await?, others, &[]).await?;
        if !others.is_empty() {
            let each: Vec<String> = others.into_iter().map(|(name,)| name).collect();
            return Err(Error::InUse(format!("connected: {}", each.join(", "))));
        }
        Ok(Snapshot(On::Postgres(tx)))
    }

    /// A transaction on PostgreSQL that changes the tables themselves, of a database that others may have open.
    ///
    /// # Errors
    /// The database is on SQLite, or gone.
    pub(crate) async fn changing(db: &Db) -> Result<Snapshot> {
        match &db.engine {
            Engine::Lite(_) => Err(Error::Address("SQLite keeps everything in one file".to_owned())),
            Engine::Postgres(pool) => Ok(Snapshot(On::Postgres(postgres::PgTx::begin(pool).await?))),
        }
    }

    /// Runs statements without parameters; on PostgreSQL they hold when it [ends](Snapshot::end_with).
    ///
    /// # Errors
    /// As [`Db::all`].
    pub(crate) async fn run(&mut self, sql: &str) -> Result<()> {
        match &mut self.0 {
            On::Lite(connection) => Ok(connection.execute_batch(sql)?),
            On::Postgres(tx) => postgres::batch(tx.client().await?, sql).await,
        }
    }

    /// True for PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, On::Postgres(_))
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn all<T: FromRow>(&mut self, sql: &str, args: Vec<Value>) -> Result<Vec<T>> {
        // Not shared: a connection of SQLite goes from thread to thread, with one at a time.
        match &mut self.0 {
            On::Lite(connection) => lite::all(connection, sql, &args),
            On::Postgres(tx) => postgres::all(tx.client().await?, sql, &args).await,
        }
    }

    /// Nobody writes to these tables until this is over. SQLite's file is held as a whole by [`Snapshot::alone`].
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn hold(&mut self, tables: &[Table]) -> Result<()> {
        let On::Postgres(tx) = &mut self.0 else { return Ok(()) };
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        let sql = format!("LOCK TABLE {} IN SHARE MODE", names.join(", "));
        postgres::batch(tx.client().await?, &sql).await
    }

    /// Runs statements without parameters and ends the snapshot with a commit; only one taken [alone](Snapshot::alone)
    /// can.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn end_with(self, sql: &str) -> Result<()> {
        match self.0 {
            On::Lite(connection) => Ok(connection.execute_batch(&format!("{sql}; COMMIT"))?),
            On::Postgres(mut tx) => {
                postgres::batch(tx.client().await?, sql).await?;
                tx.commit().await
            }
        }
    }

    /// Begins to read a table, rows in the order of its key: the same order on both databases.
    #[must_use]
    pub fn read<'a>(&'a mut self, table: &'a Table) -> Pages<'a> {
        Pages { snapshot: self, table, place: Place::Before }
    }
}

/// The rows of one table that are still to come.
pub struct Pages<'a> {
    snapshot: &'a mut Snapshot,
    table: &'a Table,
    place: Place,
}

/// How far reading has come.
enum Place {
    Before,
    /// On SQLite: behind the row of this key.
    Behind(Vec<Value>),
    /// On PostgreSQL: a cursor stands open, and the next page has so many rows.
    Open(usize),
    Over,
}

impl Pages<'_> {
    /// The next rows; none when all were read.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn next(&mut self) -> Result<Option<Rows>> {
        let place = std::mem::replace(&mut self.place, Place::Over);
        let (rows, place) = match (&mut self.snapshot.0, place) {
            (_, Place::Over) => return Ok(None),
            (On::Lite(connection), place) => lite_page(connection, self.table, &place)?,
            (On::Postgres(tx), place) => postgres_page(tx.client().await?, self.table, &place).await?,
        };
        self.place = place;
        Ok((!rows.is_empty()).then_some(rows))
    }
}

fn connect(path: &str) -> Result<Connection> {
    // Never a new file: there must be something to read.
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(connection)
}

/// The statement that reads behind a key; texts are ordered by their bytes, whatever the language of the server.
fn select(table: &Table, postgres: bool, behind: bool) -> String {
    let columns = table.columns.iter().map(|Column { name, kind }| match kind {
        // As the server's own text, whose numbers have all their digits.
        Kind::Json if postgres => format!("{name}::text"),
        _ => name.clone(),
    });
    let ordered = |name: &String| match table.kind(name) {
        Some(Kind::Text) if postgres => format!("{name} COLLATE \"C\""),
        _ => name.clone(),
    };
    let key = table.key.iter().map(ordered).collect::<Vec<_>>().join(", ");
    let marks = (1..=table.key.len()).map(|i| format!("?{i}")).collect::<Vec<_>>().join(", ");
    let after = if behind { format!(" WHERE ({key}) > ({marks})") } else { String::new() };
    let columns = columns.collect::<Vec<_>>().join(", ");
    format!("SELECT {columns} FROM {}{after} ORDER BY {key}", table.name)
}

fn lite_page(connection: &Connection, table: &Table, place: &Place) -> Result<(Rows, Place)> {
    let key = if let Place::Behind(key) = place { key.as_slice() } else { &[] };
    let mut statement = connection.prepare_cached(&select(table, false, !key.is_empty()))?;
    let mut found = statement.query(rusqlite::params_from_iter(key))?;
    let (mut rows, mut bytes) = (Rows::new(), 0);
    while bytes < PAGE_BYTES && rows.len() < PAGE_ROWS {
        let Some(row) = found.next()? else { return Ok((rows, Place::Over)) };
        let row = values(table, &Row::Lite(row))?;
        bytes += row.iter().map(size).sum::<usize>();
        rows.push(row);
    }
    let last = rows.last().map(|row| key_of(table, row)).unwrap_or_default();
    Ok((rows, Place::Behind(last)))
}

async fn postgres_page(
    client: &deadpool_postgres::Object,
    table: &Table,
    place: &Place,
) -> Result<(Rows, Place)> {
    let count = match place {
        Place::Open(count) => *count,
        _ => {
            let select = select(table, true, false);
            postgres::batch(client, &format!("DECLARE reading NO SCROLL CURSOR FOR {select}")).await?;
            FIRST_ROWS
        }
    };
    let found =
        postgres::answered(client, client.query(&format!("FETCH FORWARD {count} FROM reading"), &[])).await?;
    let rows = found.iter().map(|row| values(table, &Row::Postgres(row))).collect::<Result<Rows>>()?;
    if rows.len() < count {
        postgres::batch(client, "CLOSE reading").await?;
        return Ok((rows, Place::Over));
    }
    // The next page is as large in bytes as a page shall be, as far as this one tells.
    let bytes: usize = rows.iter().flatten().map(size).sum();
    let next = rows.len().saturating_mul(PAGE_BYTES) / bytes.max(1);
    Ok((rows, Place::Open(next.clamp(1, (count * 8).min(PAGE_ROWS)))))
}

fn key_of(table: &Table, row: &[Value]) -> Vec<Value> {
    let place = |name: &String| table.columns.iter().position(|column| column.name == *name);
    table.key.iter().filter_map(|name| row.get(place(name)?).cloned()).collect()
}

/// About how much a value takes.
fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Written(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 16,
    }
}

/// The values of a row, each of its column's kind; documents as text in one form.
fn values(table: &Table, row: &Row<'_>) -> Result<Vec<Value>> {
    let each = table.columns.iter().enumerate();
    each.map(|(i, column)| read_as(column.kind, row, i)).collect()
}

/// A value of a row, of the kind that its column is said to hold; a document as text in one form.
///
/// # Errors
/// The column holds something else.
pub(crate) fn read_as(kind: Kind, row: &Row<'_>, i: usize) -> Result<Value> {
    Ok(match kind {
        Kind::Id => row.get::<Option<Uuid>>(i)?.into(),
        Kind::Int => row.get::<Option<i64>>(i)?.into(),
        Kind::Text => row.get::<Option<String>>(i)?.into(),
        Kind::Json => {
            let text = row.get::<Option<String>>(i)?;
            let plain = |text: String| document::plain(&text).map(Value::Written).ok_or(Error::Column(i));
            text.map(plain).transpose()?.unwrap_or(Value::Null)
        }
        Kind::Bool => row.get::<Option<bool>>(i)?.into(),
        Kind::Time => row.get::<Option<Timestamp>>(i)?.into(),
        Kind::Date => row.get::<Option<Date>>(i)?.into(),
        Kind::Bytes => row.get::<Option<Vec<u8>>>(i)?.into(),
        Kind::Real => row.get::<Option<f64>>(i)?.into(),
    })
}
