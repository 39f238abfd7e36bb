//! While developing, every statement's plan is looked at before it first runs: one that reads the whole of a table
//! that grows fails, and with it the test that runs it. Plans depend on the statement and the schema alone, so what
//! holds for ten rows in a test holds for ten million.
//!
//! A statement that must read everything says so in itself: `/* whole: why */`.

use super::{Error, Result};
use crate::cluster::kind::{Kind, TABLES};
use rusqlite::Connection;
use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

/// Local tables that grow with every request.
const GROWING: [&str; 2] = ["session", "idempotency"];

static LARGE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let grows = |kind: &Kind| matches!(kind, Kind::Large | Kind::Reference(Some(_)));
    let named = TABLES.iter().filter(|(_, kind)| grows(kind)).map(|(name, _)| *name);
    named.chain(GROWING).collect()
});

static LOOKED_AT: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Looks at a statement once.
///
/// # Errors
/// It reads the whole of a large table, or is no statement.
pub(super) fn look(connection: &Connection, sql: &str) -> Result<()> {
    // Who may see nobody asks for nothing: `1 = 0` is answered without reading.
    let excused = ["/* whole:", " 1 = 0"].iter().any(|word| sql.contains(word));
    let fresh = LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned());
    if !fresh || excused || LARGE.iter().all(|table| !sql.contains(table)) {
        return Ok(());
    }
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let mut steps = statement.raw_query();
    while let Some(row) = steps.next()? {
        let step: String = row.get(3)?;
        if scanned(&step).is_some_and(|name| LARGE.contains(table(sql, name))) {
            // A page tells its reader nothing of the fault; its developer reads it here.
            eprintln!("a whole table is read: {step}: {sql}");
            return Err(Error::Plan(format!("{step}: {sql}")));
        }
    }
    Ok(())
}

/// What a step of a plan reads from end to end, such as `p` in `SCAN p USING COVERING INDEX person_by_head`.
fn scanned(step: &str) -> Option<&str> {
    step.strip_prefix("SCAN ")?.split_whitespace().next()
}

/// The table that a name in a statement stands for: `person` for `p` in `FROM person p`.
fn table<'a>(sql: &'a str, name: &'a str) -> &'a str {
    let words: Vec<&str> = sql.split([' ', '\n', '(', ')', ',']).filter(|word| !word.is_empty()).collect();
    let pairs = words.windows(2).filter_map(|pair| <[&str; 2]>::try_from(pair).ok());
    let mut tables = pairs.filter(|[table, alias]| *alias == name && LARGE.contains(table));
    tables.next().map_or(name, |[table, _]| table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let sql = "CREATE TABLE person (home, id, name, PRIMARY KEY (home, id)) WITHOUT ROWID;
            CREATE INDEX person_by_name ON person (name); CREATE TABLE organisation (id, name)";
        connection.execute_batch(sql).unwrap();
        connection
    }

    #[test]
    fn the_schema_says_which_tables_are_large() {
        for table in ["person", "referral", "referral_event", "message", "task", "claim"] {
            assert!(LARGE.contains(table), "{table}");
        }
        assert!(!LARGE.contains("organisation"));
    }

    #[test]
    fn reading_a_whole_large_table_is_noticed() {
        for (sql, passes) in [
            ("SELECT name FROM person WHERE home = 1 AND id = 2", true),
            ("SELECT name FROM person p WHERE p.id IN (1, 2)", false),
            ("SELECT COUNT(*) FROM person", false),
            ("SELECT COUNT(*) /* whole: asked once at start */ FROM person", true),
            ("SELECT name FROM person ORDER BY name", false),
            ("SELECT name FROM person WHERE name > 'a' ORDER BY name", true),
            ("SELECT name FROM organisation", true),
            ("SELECT p.name FROM organisation o JOIN person p ON p.name = o.name", true),
            ("UPDATE person SET name = '' WHERE id = 3", false),
        ] {
            let found = look(&database(), sql);
            assert_eq!(found.is_ok(), passes, "{sql}: {found:?}");
            assert!(found.is_ok() || matches!(found, Err(Error::Plan(_))), "{found:?}");
        }
    }
}
