//! Large tables in parts on one server of PostgreSQL: one part for the homes of each province, all made at once
//! ([why](../../../docs/decisions/0023-partitions-by-province.md)).

use super::kind::{Kind, kind};
use crate::{
    backup::{self, Counted, Told},
    db::{self, Db, Snapshot},
    error::{Error, Result},
    id::homes,
    migrate::{self, shape},
    p,
};
use std::collections::BTreeSet;

/// A table and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Planned {
    /// Its name.
    pub table: String,
    /// About so many rows.
    pub rows: u64,
    /// Bytes on disk with its indexes; as many must be free beside them.
    pub bytes: u64,
    /// Whether it is in parts already.
    pub done: bool,
}
/// A large table as the server knows it: name, rows, bytes, whether it is in parts.
type Found = (String, i64, i64, bool);

const FOUND: &str =
    "SELECT relname::text, CAST(GREATEST(reltuples, 0) AS bigint), pg_total_relation_size(oid),
    relkind = 'p' FROM pg_class WHERE relnamespace = CURRENT_SCHEMA::regnamespace AND relkind IN ('r', 'p')
    AND NOT relispartition ORDER BY relname";

/// The large tables, in parts or not.
///
/// # Errors
/// The database is gone, or on SQLite.
pub async fn plan(db: &Db) -> Result<Vec<Planned>> {
    if !db.is_postgres() {
        return Err(Error::broken("SQLite keeps everything in one file; partitions are for PostgreSQL"));
    }
    Ok(planned(db.all(FOUND, p![]).await?))
}

fn planned(found: Vec<Found>) -> Vec<Planned> {
    let of = found.into_iter().filter(|(table, ..)| kind(table) == Some(Kind::Large));
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    of.map(|(table, rows, bytes, done)| Planned { table, rows: count(rows), bytes: count(bytes), done })
        .collect()
}

/// Puts all large tables of a database into parts, in one transaction: afterwards all are, or none. Nobody else may have
/// the database open. What stands there afterwards is compared with what stood there before, by counts and digests.
/// Returns what the tables hold; nothing where all were in parts already.
///
/// # Errors
/// Another program works with the database; its schema is not of this program; the server may lock too few tables at
/// once; what arrived is not what was there. Nothing is changed then.
pub async fn partition(address: &str, told: Told<'_>) -> Result<Vec<Counted>> {
    if address.starts_with("sqlite:") {
        return Err(Error::broken("SQLite keeps everything in one file; partitions are for PostgreSQL"));
    }
    let mut held = Snapshot::alone(address).await.map_err(|error| match error {
        db::Error::InUse(who) => Error::broken(format!(
            "another program works with the database ({who}): stop every `xinqiao serve` (systemctl stop xinqiao) and \
             whatever else is connected, then try again"
        )),
        error => error.into(),
    })?;
    let steps = backup::steps(&mut held).await?;
    backup::known(&steps)?;
    let newest = migrate::newest();
    if steps.last().is_none_or(|step| step.number != newest) {
        return Err(Error::broken("the schema is not the newest: run `xinqiao migrate` before"));
    }
    let left = left(&mut held).await?;
    if left.is_empty() {
        return Ok(Vec::new());
    }
    enough_locks(&mut held, &left).await?;
    let tables: Vec<shape::Table> =
        shape::tables(newest).into_iter().filter(|table| left.contains(&table.name)).collect();
    held.hold(&tables).await?;
    let before = backup::count(&mut held, &tables, told).await?;
    convert(&mut held, &left).await?;
    let after = backup::count(&mut held, &tables, told).await?;
    backup::compare(&before, &after)?;
    held.end_with("").await?;
    Ok(after)
}

/// Puts the tables of an empty database into parts, before it is filled.
///
/// # Errors
/// The database is gone, or on SQLite.
pub async fn prepare(db: &Db) -> Result<()> {
    let mut held = Snapshot::changing(db).await?;
    // Under the lock of the steps: of servers that start together one does it, and the others see that it is done.
    held.run(&format!("SELECT pg_advisory_xact_lock({})", migrate::UNDER)).await?;
    let left = left(&mut held).await?;
    enough_locks(&mut held, &left).await?;
    convert(&mut held, &left).await?;
    Ok(held.end_with("").await?)
}

/// Puts tables that came with a step of the schema into parts, where the others are.
pub(crate) async fn follow(db: &Db) -> Result<()> {
    let all = plan(db).await?;
    if all.iter().any(|table| table.done) && all.iter().any(|table| !table.done) {
        prepare(db).await?;
    }
    Ok(())
}

/// Large tables that are not in parts.
async fn left(held: &mut Snapshot) -> Result<Vec<String>> {
    let all = planned(held.all(FOUND, p![]).await?);
    Ok(all.into_iter().filter(|table| !table.done).map(|table| table.table).collect())
}

/// The server must be able to lock every part and each of its indexes until the end.
async fn enough_locks(held: &mut Snapshot, tables: &[String]) -> Result<()> {
    let names: Vec<String> = tables.iter().map(|table| format!("'{table}'")).collect();
    let sql = format!(
        "SELECT current_setting('max_locks_per_transaction')::bigint * (current_setting('max_connections')::bigint
        + current_setting('max_prepared_transactions')::bigint), COUNT(*)::bigint FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = CURRENT_SCHEMA::regnamespace
        AND c.relname IN ({})",
        names.join(", ")
    );
    if tables.is_empty() {
        return Ok(());
    }
    let found: Vec<(i64, i64)> = held.all(&sql, p![]).await?;
    let Some((room, indexes)) = found.first() else { return Ok(()) };
    let parts = i64::try_from(homes().count()).unwrap_or(0);
    let tables = i64::try_from(tables.len()).unwrap_or(0);
    let needed = (tables + indexes) * (parts + 2);
    if *room < needed {
        return Err(Error::broken(format!(
            "the server may lock {room} tables at once, and about {needed} are needed: set max_locks_per_transaction to \
             256 (or more) and restart it"
        )));
    }
    Ok(())
}

/// The parts of a table.
fn parts(table: &str) -> Vec<String> {
    let each = homes().map(|(province, first, last)| {
        format!(
            "CREATE TABLE {table}_p{province} PARTITION OF {table} FOR VALUES FROM ({first}) TO ({})",
            last + 1
        )
    });
    each.collect()
}

/// What has to be taken away from a table and put back: statements for both.
#[derive(Default)]
struct Around {
    away: Vec<String>,
    back: Vec<String>,
}

async fn convert(held: &mut Snapshot, tables: &[String]) -> Result<()> {
    // References to a table go before it does, whichever table they are of.
    let mut references = Around::default();
    for table in tables {
        let of_table = constraints(held, table, "f").await?;
        references.away.extend(of_table.away);
        references.back.extend(of_table.back);
    }
    run_all(held, &references.away).await?;
    for table in tables {
        replace(held, table).await?;
    }
    run_all(held, &references.back).await
}

/// Makes one table anew in parts, with its rows, keys, indexes and whom it is granted to.
async fn replace(held: &mut Snapshot, table: &str) -> Result<()> {
    let keys = constraints(held, table, "pu").await?;
    let indexes = indexes(held, table).await?;
    let grants = grants(held, table).await?;
    run_all(held, &keys.away).await?;
    run_all(held, &indexes.away).await?;
    let whole = format!("{table}_whole");
    held.run(&format!("ALTER TABLE {table} RENAME TO {whole}")).await?;
    held.run(&format!(
        "CREATE TABLE {table} (LIKE {whole} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)
         PARTITION BY RANGE (home)"
    ))
    .await?;
    run_all(held, &parts(table)).await?;
    held.run(&format!("INSERT INTO {table} SELECT * FROM {whole}")).await?;
    held.run(&format!("DROP TABLE {whole}")).await?;
    run_all(held, &keys.back).await?;
    run_all(held, &indexes.back).await?;
    run_all(held, &grants).await?;
    held.run(&format!("ANALYZE {table}")).await?;
    Ok(())
}

async fn run_all(held: &mut Snapshot, statements: &[String]) -> Result<()> {
    for statement in statements {
        held.run(statement).await?;
    }
    Ok(())
}

/// Constraints of a table of these types, as `pg_constraint` names them.
async fn constraints(held: &mut Snapshot, table: &str, types: &str) -> Result<Around> {
    let sql = "SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = CAST(CAST($1 AS text) AS regclass) AND strpos($2, contype::text) > 0 AND conparentid = 0 ORDER BY 1";
    let found: Vec<(String, String)> = held.all(sql, p![table, types]).await?;
    let away = found.iter().map(|(name, _)| format!("ALTER TABLE {table} DROP CONSTRAINT {name}"));
    let back = found.iter().map(|(name, text)| format!("ALTER TABLE {table} ADD CONSTRAINT {name} {text}"));
    Ok(Around { away: away.collect(), back: back.collect() })
}

/// Indexes of a table that belong to no constraint.
async fn indexes(held: &mut Snapshot, table: &str) -> Result<Around> {
    let sql = "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid = CAST(CAST($1 AS text) AS regclass)
        AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = indexrelid AND c.contype IN ('p', 'u')) ORDER BY 1";
    let found: Vec<(String, String)> = held.all(sql, p![table]).await?;
    let away = found.iter().map(|(name, _)| format!("DROP INDEX {name}")).collect();
    Ok(Around { away, back: found.into_iter().map(|(_, text)| text).collect() })
}

/// What others than the owner may do with a table.
async fn grants(held: &mut Snapshot, table: &str) -> Result<Vec<String>> {
    let sql = "SELECT g.privilege_type, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) g
        WHERE c.oid = CAST(CAST($1 AS text) AS regclass) AND g.grantee <> c.relowner ORDER BY 1, 2";
    let found: Vec<(String, String)> = held.all(sql, p![table]).await?;
    Ok(found.into_iter().map(|(what, whom)| format!("GRANT {what} ON {table} TO {whom}")).collect())
}

/// What is wrong with the parts of a database, one sentence each; nothing where no table is in parts.
///
/// # Errors
/// The database is gone, or on SQLite.
pub async fn look(db: &Db) -> Result<Option<Vec<String>>> {
    let all = plan(db).await?;
    if all.iter().all(|table| !table.done) {
        return Ok(None);
    }
    let mut faults: Vec<String> =
        all.iter().filter(|table| !table.done).map(|table| format!("{} is whole", table.table)).collect();
    let sql = "SELECT p.relname::text, COALESCE(pg_get_expr(c.relpartbound, c.oid), '')
        FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid
        WHERE p.relnamespace = CURRENT_SCHEMA::regnamespace AND p.relkind = 'p'";
    let found: Vec<(String, String)> = db.all(sql, p![]).await?;
    for table in all.iter().filter(|table| table.done) {
        let own: BTreeSet<&str> = found
            .iter()
            .filter(|(parent, _)| *parent == table.table)
            .map(|(_, bound)| bound.as_str())
            .collect();
        for (province, first, last) in homes() {
            let bound = format!("FOR VALUES FROM ('{first}') TO ('{}')", last + 1);
            if !own.contains(bound.as_str()) {
                faults.push(format!("{} has no part for the homes of province {province}", table.table));
            }
        }
        if own.contains("DEFAULT") {
            faults.push(format!("{} has a default part, which hides homes that nobody knows", table.table));
        }
    }
    let strangers = found.iter().filter(|(parent, _)| kind(parent).is_none());
    faults.extend(strangers.map(|(parent, _)| format!("{parent} is in parts and in no list")));
    Ok(Some(faults))
}
