//! Rows that are only ever added and form chains: one for each home, numbered 1, 2, 3, … without gaps, each with a
//! digest over the one before and over itself. Whoever alters, removes or reorders one breaks what follows.
//!
//! The end of each chain is a row of its own. It is locked while a transaction ends, chains in the order of their
//! homes, so that several instances never interleave and never wait for each other in a circle.

use super::{Error, Result, Row, Tx, Value};
use crate::digest::{Algorithm, START};
use serde_json::Value as Json;
use std::sync::Arc;
use tokio_postgres::types::{Json as PostgresJson, Type};

/// Where the rows of chains are.
#[derive(Debug)]
pub struct Chain {
    /// Their table.
    pub table: &'static str,
    /// Its columns: `home` and `number` first, `hash` last.
    pub columns: &'static [&'static str],
    /// The table of the chains' ends: `home`, `number`, `hash`.
    pub heads: &'static str,
    /// Begins what is digested, so that a row of one chain is never taken for one of another.
    pub label: &'static str,
}

/// A row that gets its number and its digest when its transaction ends. Cheap to clone.
#[derive(Clone)]
pub struct Link(Arc<Content>);

struct Content {
    chain: &'static Chain,
    home: i64,
    values: Vec<Value>,
    body: Vec<u8>,
}

impl Link {
    /// A row for the chain of a home: the values of all columns between number and digest.
    #[must_use]
    pub fn new(chain: &'static Chain, home: i64, values: Vec<Value>) -> Link {
        let body = canonical(chain.label, &values);
        Link(Arc::new(Content { chain, home, values, body }))
    }

    fn place(&self) -> (&'static str, i64) {
        (self.0.chain.table, self.0.home)
    }
}

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Number of the last row; 0 where there is none.
    pub(crate) number: i64,
    /// Its digest.
    pub(crate) hash: Vec<u8>,
}

impl Head {
    /// Before the first row.
    pub(crate) fn start() -> Head {
        Head { number: 0, hash: START.to_vec() }
    }

    /// Adds a row behind the end; returns the values of all its columns.
    pub(crate) fn follow(&mut self, link: &Link, algorithm: Algorithm) -> Vec<Value> {
        let Content { home, values, body, .. } = &*link.0;
        let number = self.number.saturating_add(1);
        *self = Head { number, hash: next(algorithm, &self.hash, *home, number, body).to_vec() };
        let mut row = Vec::with_capacity(values.len() + 3);
        row.extend([Value::Int(*home), Value::Int(number)]);
        row.extend(values.iter().cloned());
        row.push(Value::Bytes(self.hash.clone()));
        row
    }
}

/// The digest of a row: over the digest before, its home, its number and its canonical bytes.
pub(crate) fn next(
    algorithm: Algorithm,
    previous: &[u8],
    home: i64,
    number: i64,
    body: &[u8],
) -> crate::digest::Hash {
    algorithm.hash(&[previous, &home.to_be_bytes(), &number.to_be_bytes(), body])
}

/// Numbers, chains and inserts the rows that a transaction collected.
pub(super) async fn settle(tx: &mut Tx) -> Result<()> {
    let mut links = std::mem::take(&mut tx.links);
    // Stable: within a chain, rows follow each other as they came.
    links.sort_by_key(Link::place);
    for part in links.chunk_by(|a, b| a.0.chain.table == b.0.chain.table) {
        let Some(chain) = part.first().map(|link| link.0.chain) else { continue };
        let mut rows = Vec::with_capacity(part.len());
        let mut heads = Vec::new();
        for own in part.chunk_by(|a, b| a.0.home == b.0.home) {
            let Some(home) = own.first().map(|link| link.0.home) else { continue };
            let mut head = lock(tx, chain, home).await?;
            rows.extend(own.iter().map(|link| head.follow(link, tx.algorithm)));
            heads.push((home, head));
        }
        tx.insert_many(chain.table, chain.columns, &rows).await?;
        for (home, head) in heads {
            save(tx, chain, home, head).await?;
        }
    }
    Ok(())
}

/// The end of a chain, which nobody else moves until the transaction is over.
///
/// # Errors
/// The database is gone.
pub(crate) async fn lock(tx: &mut Tx, chain: &Chain, home: i64) -> Result<Head> {
    let held = if tx.is_postgres() { " FOR UPDATE" } else { "" };
    let sql = format!("SELECT number, hash FROM {} WHERE home = $1{held}", chain.heads);
    let mut found = tx.opt::<(i64, Vec<u8>)>(&sql, vec![Value::Int(home)]).await?;
    if found.is_none() {
        let first = format!(
            "INSERT INTO {} (home, number, hash) VALUES ($1, 0, $2) ON CONFLICT (home) DO NOTHING",
            chain.heads
        );
        tx.run(&first, vec![Value::Int(home), Value::Bytes(START.to_vec())]).await?;
        found = tx.opt(&sql, vec![Value::Int(home)]).await?;
    }
    let (number, hash) = found.ok_or(Error::Over)?;
    Ok(Head { number, hash })
}

/// Moves the end of a chain that [`lock`] holds.
///
/// # Errors
/// The database is gone.
pub(crate) async fn save(tx: &mut Tx, chain: &Chain, home: i64, head: Head) -> Result<()> {
    let sql = format!("UPDATE {} SET number = $1, hash = $2 WHERE home = $3", chain.heads);
    tx.run(&sql, vec![Value::Int(head.number), Value::Bytes(head.hash), Value::Int(home)]).await?;
    Ok(())
}

/// Stores the end of a chain that was built as a whole.
///
/// # Errors
/// The chain has an end already, or the database is gone.
pub(crate) async fn save_new(tx: &mut Tx, chain: &Chain, home: i64, head: Head) -> Result<()> {
    let row = vec![Value::Int(home), Value::Int(head.number), Value::Bytes(head.hash)];
    tx.insert_many(chain.heads, &["home", "number", "hash"], &[row]).await
}

/// The bytes of values that are digested: each field with its length before it, in their order; whole numbers as
/// eight bytes, the highest first; instants in microseconds; documents as [`stable`] text. Different values give
/// different bytes.
#[must_use]
pub fn canonical(label: &str, values: &[Value]) -> Vec<u8> {
    let mut out = begun(label);
    for value in values {
        match value {
            Value::Null => field(&mut out, None),
            Value::Int(x) => field(&mut out, Some(&x.to_be_bytes())),
            Value::Real(x) => field(&mut out, Some(&x.to_bits().to_be_bytes())),
            Value::Bool(x) => field(&mut out, Some(&i64::from(*x).to_be_bytes())),
            Value::Text(x) => field(&mut out, Some(x.as_bytes())),
            Value::Bytes(x) => field(&mut out, Some(x)),
            Value::Id(x) => field(&mut out, Some(x.as_bytes())),
            Value::Date(x) => field(&mut out, Some(x.to_string().as_bytes())),
            Value::Time(x) => field(&mut out, Some(&x.as_microsecond().to_be_bytes())),
            Value::Json(x) => field(&mut out, Some(x.to_string().as_bytes())),
        }
    }
    out
}

/// The same bytes from a stored row, columns `from` to before `to`, whatever they hold: a wrong value gives other
/// bytes and never fails.
///
/// # Errors
/// The row has no such column.
pub(crate) fn stored(label: &str, row: &Row<'_>, from: usize, to: usize) -> Result<Vec<u8>> {
    let mut out = begun(label);
    for i in from..to {
        match row {
            Row::Lite(r) => {
                use rusqlite::types::ValueRef;
                match r.get_ref(i)? {
                    ValueRef::Null => field(&mut out, None),
                    ValueRef::Integer(x) => field(&mut out, Some(&x.to_be_bytes())),
                    ValueRef::Real(x) => field(&mut out, Some(&x.to_bits().to_be_bytes())),
                    ValueRef::Text(x) | ValueRef::Blob(x) => field(&mut out, Some(x)),
                }
            }
            Row::Postgres(r) => postgres_field(&mut out, r, i)?,
        }
    }
    Ok(out)
}

fn postgres_field(out: &mut Vec<u8>, row: &tokio_postgres::Row, i: usize) -> Result<()> {
    let kind = row.columns().get(i).ok_or(Error::Column(i))?.type_();
    match *kind {
        Type::INT8 => {
            field(out, row.try_get::<_, Option<i64>>(i)?.map(i64::to_be_bytes).as_ref().map(|b| &b[..]))
        }
        Type::TEXT => field(out, row.try_get::<_, Option<&str>>(i)?.map(str::as_bytes)),
        Type::BYTEA => field(out, row.try_get::<_, Option<&[u8]>>(i)?),
        Type::UUID => {
            field(out, row.try_get::<_, Option<uuid::Uuid>>(i)?.as_ref().map(|id| &id.as_bytes()[..]))
        }
        Type::TIMESTAMPTZ => {
            // An instant beyond what the programme can have written is given as bytes that none has.
            let Ok(at) = row.try_get::<_, Option<jiff::Timestamp>>(i) else { return Ok(field(out, Some(&[]))) };
            field(out, at.map(|at| at.as_microsecond().to_be_bytes()).as_ref().map(|b| &b[..]));
        }
        Type::JSONB => {
            let found = row.try_get::<_, Option<PostgresJson<Json>>>(i)?;
            field(out, found.map(|json| stable(json.0).to_string()).as_deref().map(str::as_bytes));
        }
        _ => return Err(Error::Column(i)),
    }
    Ok(())
}

fn begun(label: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(320);
    field(&mut out, Some(label.as_bytes()));
    out
}

/// Nothing has a length that no content has.
fn field(out: &mut Vec<u8>, content: Option<&[u8]>) {
    let length = content.map_or(u64::MAX, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX - 1));
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(content.unwrap_or_default());
}

/// A document in the form in which its text is the same after both databases kept it: keys sorted, whole numbers
/// without a point, broken numbers as text, since PostgreSQL keeps neither their notation nor their last digit.
#[must_use]
pub fn stable(json: Json) -> Json {
    match json {
        Json::Object(map) => {
            let mut pairs: Vec<(String, Json)> = map.into_iter().collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(pairs.into_iter().map(|(key, value)| (key, stable(value))).collect())
        }
        Json::Array(values) => Json::Array(values.into_iter().map(stable).collect()),
        Json::Number(number) if number.is_f64() => whole(&number).unwrap_or_else(|| number.to_string().into()),
        other => other,
    }
}

/// A number with a point that is whole and small enough to be one without.
fn whole(number: &serde_json::Number) -> Option<Json> {
    let text = format!("{:.0}", number.as_f64().filter(|x| x.fract() == 0.0)?);
    text.parse::<i64>().map(Json::from).or_else(|_| text.parse::<u64>().map(Json::from)).ok()
}
