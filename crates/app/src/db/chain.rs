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
        let own: Vec<&[Link]> = part.chunk_by(|a, b| a.0.home == b.0.home).collect();
        let homes: Vec<i64> = own.iter().filter_map(|links| Some(links.first()?.0.home)).collect();
        let mut ends = lock(tx, chain, &homes).await?;
        let mut rows = Vec::with_capacity(part.len());
        for (links, (_, head)) in own.iter().zip(&mut ends) {
            rows.extend(links.iter().map(|link| head.follow(link, tx.algorithm)));
        }
        tx.insert_many(chain.table, chain.columns, &rows).await?;
        save(tx, chain, &ends).await?;
    }
    Ok(())
}

/// The ends of chains, homes ascending, which nobody else moves until the transaction is over.
///
/// # Errors
/// The database is gone.
pub(crate) async fn lock(tx: &mut Tx, chain: &Chain, homes: &[i64]) -> Result<Vec<(i64, Head)>> {
    let mut ends = Vec::with_capacity(homes.len());
    for part in portions(homes) {
        let mut found = held(tx, chain, part).await?;
        if found.len() < part.len() {
            begin(tx, chain, part).await?;
            found = held(tx, chain, part).await?;
        }
        if found.len() < part.len() {
            return Err(Error::Over);
        }
        ends.extend(found.into_iter().map(|(home, number, hash)| (home, Head { number, hash })));
    }
    Ok(ends)
}

async fn held(tx: &mut Tx, chain: &Chain, homes: &[i64]) -> Result<Vec<(i64, i64, Vec<u8>)>> {
    let held = if tx.is_postgres() { " FOR UPDATE" } else { "" };
    let marks = (1..=homes.len()).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ");
    let heads = chain.heads;
    let sql = format!("SELECT home, number, hash FROM {heads} WHERE home IN ({marks}) ORDER BY home{held}");
    tx.all(&sql, homes.iter().map(|home| Value::Int(*home)).collect()).await
}

/// Gives an end to each chain that has none; another transaction may do the same.
async fn begin(tx: &mut Tx, chain: &Chain, homes: &[i64]) -> Result<()> {
    let heads = chain.heads;
    let sql =
        format!("INSERT INTO {heads} (home, number, hash) VALUES ($1, 0, $2) ON CONFLICT (home) DO NOTHING");
    for home in homes {
        tx.run(&sql, vec![Value::Int(*home), Value::Bytes(START.to_vec())]).await?;
    }
    Ok(())
}

/// Stores the ends of chains that [`lock`] holds, or that nobody else knows yet.
///
/// # Errors
/// The database is gone.
pub(crate) async fn save(tx: &mut Tx, chain: &Chain, ends: &[(i64, Head)]) -> Result<()> {
    for part in portions(ends) {
        let rows = (0..part.len()).map(|i| format!("(${}, ${}, ${})", 3 * i + 1, 3 * i + 2, 3 * i + 3));
        let sql = format!(
            "INSERT INTO {} (home, number, hash) VALUES {}
             ON CONFLICT (home) DO UPDATE SET number = excluded.number, hash = excluded.hash",
            chain.heads,
            rows.collect::<Vec<_>>().join(", ")
        );
        let values = part.iter().flat_map(|(home, head)| {
            [Value::Int(*home), Value::Int(head.number), Value::Bytes(head.hash.clone())]
        });
        tx.run(&sql, values.collect()).await?;
    }
    Ok(())
}

/// Chains, or rows, in one statement at most.
const TOGETHER: usize = 32;

/// Portions of 1, 2, 4, … chains or rows: one exchange with the server for many of them, with few statements, which stay
/// prepared.
pub(super) fn portions<T>(mut all: &[T]) -> Vec<&[T]> {
    let mut portions = Vec::new();
    while let Some(power) = all.len().min(TOGETHER).checked_ilog2() {
        let (portion, rest) = all.split_at(1 << power);
        portions.push(portion);
        all = rest;
    }
    portions
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
            Value::Written(x) => field(&mut out, Some(x.as_bytes())),
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
            match row.try_get::<_, Option<jiff::Timestamp>>(i) {
                Ok(at) => field(out, at.map(|at| at.as_microsecond().to_be_bytes()).as_ref().map(|b| &b[..])),
                Err(_) => field(out, Some(&[])),
            }
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
        Json::Number(number) if number.is_f64() => {
            whole(&number).unwrap_or_else(|| number.to_string().into())
        }
        other => other,
    }
}

/// A number with a point that is whole and small enough to be one without.
fn whole(number: &serde_json::Number) -> Option<Json> {
    let text = format!("{:.0}", number.as_f64().filter(|x| x.fract() == 0.0)?);
    text.parse::<i64>().map(Json::from).or_else(|_| text.parse::<u64>().map(Json::from)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_hold_everything_in_its_order() {
        for (count, sizes) in
            [(0, vec![]), (1, vec![1]), (3, vec![2, 1]), (16, vec![16]), (77, vec![32, 32, 8, 4, 1])]
        {
            let all: Vec<usize> = (0..count).collect();
            let portions = portions(&all);
            assert_eq!(portions.iter().map(|portion| portion.len()).collect::<Vec<_>>(), sizes);
            assert_eq!(portions.concat(), all);
        }
    }

    /// The form of 2026: whoever changes it can no longer verify what was written before.
    #[test]
    fn a_row_is_digested_as_ever() {
        let at: jiff::Timestamp = "2026-03-02T04:00:00.5Z".parse().unwrap();
        let detail = serde_json::json!({"rows": 3, "b": [true, null, 2.0], "a": 0.5});
        let values = crate::p![uuid::Uuid::from_u128(1), at, "读", None::<String>, stable(detail)];
        let body = canonical("x", &values);
        let field = |bytes: &[u8]| [&u64::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
        let expected = [
            field(b"x"),
            field(&1_u128.to_be_bytes()),
            field(&1_772_424_000_500_000_i64.to_be_bytes()),
            field("读".as_bytes()),
            u64::MAX.to_be_bytes().to_vec(),
            field(br#"{"a":"0.5","b":[true,null,2],"rows":3}"#),
        ];
        assert_eq!(body, expected.concat());
        let whole = [&START[..], &7_i64.to_be_bytes(), &1_i64.to_be_bytes(), &body].concat();
        assert_eq!(next(Algorithm::Sm3, &START, 7, 1, &body), Algorithm::Sm3.hash(&[&whole]));
    }
}
