//! Entries from before there were chains get their place in one.

use super::{CHAIN, whole_microseconds};
use crate::{
    db::{
        self, FromRow, Link, Row, Sql, Tx, Value,
        chain::{Head, save, stable},
    },
    digest::Algorithm,
    error::Result,
    id::Id,
    p,
};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Entries chained at once.
const PAGE: usize = 5_000;

/// An entry without a place in a chain.
struct Unchained {
    id: Id,
    at: Timestamp,
    values: Vec<Value>,
}

impl FromRow for Unchained {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let (id, at) = (row.get::<Id>(0)?, whole_microseconds(row.get(1)?));
        let values = p![
            id,
            at,
            row.get::<Id>(2)?,
            row.get::<String>(3)?,
            row.get::<Id>(4)?,
            row.get::<String>(5)?,
            row.get::<String>(6)?,
            row.get::<String>(7)?,
            row.get::<Option<Id>>(8)?,
            stable(row.get::<Json>(9)?)
        ];
        Ok(Unchained { id, at, values })
    }
}

/// Chains all entries of `audit_unchained`, the earliest first, and drops that table.
///
/// # Errors
/// The database is gone; then the transaction leaves everything as it was.
pub(crate) async fn carry_over(tx: &mut Tx) -> Result<()> {
    let mut heads: BTreeMap<i64, Head> = BTreeMap::new();
    let mut after = None;
    loop {
        let entries = page(tx, after).await?;
        let Some(last) = entries.last() else { break };
        after = Some((last.at, last.id));
        let rows: Vec<Vec<Value>> = entries.into_iter().map(|entry| chained(&mut heads, entry)).collect();
        tx.insert_many(CHAIN.table, CHAIN.columns, &rows).await?;
    }
    let ends: Vec<(i64, Head)> = heads.into_iter().collect();
    save(tx, &CHAIN, &ends).await?;
    tx.run("DROP TABLE audit_unchained", p![]).await?;
    Ok(())
}

fn chained(heads: &mut BTreeMap<i64, Head>, entry: Unchained) -> Vec<Value> {
    let home = entry.id.home_number();
    let link = Link::new(&CHAIN, home, entry.values);
    heads.entry(home).or_insert_with(Head::start).follow(&link, Algorithm::default())
}

async fn page(tx: &mut Tx, after: Option<(Timestamp, Id)>) -> Result<Vec<Unchained>> {
    let sql = Sql::new(
        "SELECT id, at, account_id, role, organisation_id, purpose, action, subject_kind, subject_id, detail
         FROM audit_unchained WHERE 1 = 1",
    );
    let sql = match after {
        Some((at, id)) => sql.push(" AND (at, id) > ({}, {})", p![at, id]),
        None => sql,
    };
    let sql = sql.push(&format!(" ORDER BY at, id LIMIT {PAGE}"), []);
    Ok(tx.all(&sql.text, sql.args).await?)
}
