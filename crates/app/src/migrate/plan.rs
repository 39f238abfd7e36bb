//! What the steps that are still to run would do to this database, and about how long that takes.

use super::{CHAINED, Phase, Step, done, has_table, known, statements};
use crate::{db::Db, error::Result, p};
use serde::Serialize;
use std::collections::BTreeMap;

/// What one statement does to its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Makes a table.
    CreateTable,
    /// Adds a column; rows are not touched.
    AddColumn,
    /// Takes a column away.
    DropColumn,
    /// Makes an index over all rows.
    CreateIndex,
    /// Takes an index away.
    DropIndex,
    /// Takes a table away.
    DropTable,
    /// Puts rows of another table into it.
    Fill,
    /// Looks at all rows and changes those concerned.
    Change,
    /// Deletes rows.
    Delete,
    /// Gives every entry of the log its place in a chain.
    Chain,
}

/// One statement of a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// What it does.
    pub deed: Deed,
    /// To which table; an index that goes is named itself.
    pub table: String,
    /// Rows that it reads.
    pub rows: u64,
    /// About so many seconds.
    pub seconds: f64,
    /// About so many bytes more on disk.
    pub bytes: u64,
}

/// One step that is still to run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedStep {
    /// Its name.
    pub step: &'static str,
    /// What it means for programs that do not know it.
    #[serde(flatten)]
    pub phase: Phase,
    /// Its statements.
    pub deeds: Vec<Planned>,
}

impl PlannedStep {
    /// About so many seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.deeds.iter().map(|deed| deed.seconds).sum()
    }

    /// About so many bytes more on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.deeds.iter().map(|deed| deed.bytes).sum()
    }
}

/// Rows a second and bytes a row.
struct Rate {
    rows: f64,
    bytes: u64,
}

/// Measured with a million rows of 200 bytes (`docs/performance.md`, *Steps of the schema*); of the two databases the slower
/// one is written here.
fn rate(deed: Deed) -> Option<Rate> {
    Some(match deed {
        Deed::CreateIndex => Rate { rows: 700_000.0, bytes: 45 },
        Deed::Fill => Rate { rows: 250_000.0, bytes: 90 },
        Deed::Change => Rate { rows: 50_000.0, bytes: 220 },
        Deed::Delete | Deed::DropColumn => Rate { rows: 130_000.0, bytes: 0 },
        Deed::Chain => Rate { rows: 30_000.0, bytes: 300 },
        Deed::CreateTable | Deed::AddColumn | Deed::DropIndex | Deed::DropTable => return None,
    })
}

/// What any statement takes, however small.
const LEAST: f64 = 0.005;

/// The steps that [`run`](super::run) would run, with what they do. Changes nothing.
///
/// # Errors
/// The database is gone, closed or newer than this program, or a step that has run was altered since.
pub async fn plan(db: &Db) -> Result<Vec<PlannedStep>> {
    let done = done(db).await?;
    let mut rows = Rows { db, known: BTreeMap::new() };
    let mut plan = Vec::new();
    for step in known().iter().filter(|step| !done.contains(&step.name)) {
        plan.push(PlannedStep { step: step.name, phase: step.phase, deeds: deeds(step, &mut rows).await? });
    }
    Ok(plan)
}

async fn deeds(step: &Step, rows: &mut Rows<'_>) -> Result<Vec<Planned>> {
    let mut deeds = Vec::new();
    for statement in statements(step.text) {
        let Some(Touched { deed, table, from }) = touched(&statement) else { continue };
        let read = match deed {
            Deed::CreateTable | Deed::DropIndex => 0,
            _ => rows.of(from.unwrap_or(table)).await?,
        };
        if matches!(deed, Deed::Fill | Deed::CreateTable | Deed::DropTable) {
            // What stands there when the statements behind it run.
            rows.known.insert(table.to_owned(), if deed == Deed::Fill { read } else { 0 });
        }
        deeds.push(planned(deed, table, read));
    }
    if step.number == CHAINED {
        let entries = rows.of("audit_unchained").await?;
        deeds.push(planned(Deed::Chain, "audit", entries));
    }
    Ok(deeds)
}

fn planned(deed: Deed, table: &str, rows: u64) -> Planned {
    let count = f64::from(u32::try_from(rows).unwrap_or(u32::MAX));
    let (seconds, bytes) = match rate(deed) {
        Some(rate) => (LEAST + count / rate.rows, rows.saturating_mul(rate.bytes)),
        None => (LEAST, 0),
    };
    Planned { deed, table: table.to_owned(), rows, seconds, bytes }
}

/// Rows of tables, each counted once; those of tables that the steps before make, as far as they tell.
struct Rows<'a> {
    db: &'a Db,
    known: BTreeMap<String, u64>,
}

impl Rows<'_> {
    async fn of(&mut self, table: &str) -> Result<u64> {
        if let Some(rows) = self.known.get(table) {
            return Ok(*rows);
        }
        let mut rows = 0;
        if has_table(self.db, table).await? {
            let sql = format!("SELECT COUNT(*) /* whole: the plan says how many */ FROM {table}");
            let found: Option<(i64,)> = self.db.opt(&sql, p![]).await?;
            rows = found.map_or(0, |(count,)| u64::try_from(count).unwrap_or(0));
        }
        self.known.insert(table.to_owned(), rows);
        Ok(rows)
    }
}

/// What a statement does, to which table, with the rows of which other one.
#[derive(Debug, PartialEq)]
struct Touched<'a> {
    deed: Deed,
    table: &'a str,
    from: Option<&'a str>,
}

fn touched(statement: &str) -> Option<Touched<'_>> {
    let words: Vec<&str> =
        statement.split(|c: char| c.is_whitespace() || c == '(').filter(|w| !w.is_empty()).collect();
    let behind = |word: &str| {
        let at = words.iter().position(|found| *found == word)?;
        words.get(at + 1).copied()
    };
    let (deed, table, from) = match *words.as_slice() {
        ["CREATE", "TABLE", table, "AS", ..] => (Deed::Fill, table, behind("FROM")),
        ["CREATE", "TABLE", table, ..] => (Deed::CreateTable, table, None),
        ["CREATE", "INDEX", ..] | ["CREATE", "UNIQUE", ..] => (Deed::CreateIndex, behind("ON")?, None),
        ["DROP", "TABLE", table, ..] => (Deed::DropTable, table, None),
        ["DROP", "INDEX", index, ..] => (Deed::DropIndex, index, None),
        ["ALTER", "TABLE", table, "ADD", ..] => (Deed::AddColumn, table, None),
        ["ALTER", "TABLE", table, "DROP", ..] => (Deed::DropColumn, table, None),
        ["INSERT", "INTO", table, ..] => (Deed::Fill, table, behind("FROM")),
        ["UPDATE", table, ..] => (Deed::Change, table, None),
        ["DELETE", "FROM", table, ..] => (Deed::Delete, table, None),
        _ => return None,
    };
    Some(Touched { deed, table, from })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::STEPS;

    #[test]
    fn every_statement_of_every_step_is_understood() {
        for step in STEPS {
            for statement in statements(step.text) {
                let found = touched(&statement).unwrap_or_else(|| panic!("{}: {statement}", step.name));
                let plain = found.table.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                assert!(plain, "{}: {statement}", step.name);
            }
        }
    }

    #[test]
    fn what_statements_do() {
        for (statement, deed, table, from) in [
            ("CREATE TABLE task (\n id {id})", Deed::CreateTable, "task", None),
            ("CREATE TABLE a AS SELECT x FROM b", Deed::Fill, "a", Some("b")),
            ("CREATE INDEX task_by_x ON task (x)", Deed::CreateIndex, "task", None),
            ("CREATE UNIQUE INDEX task_once ON task (x)", Deed::CreateIndex, "task", None),
            ("ALTER TABLE task ADD COLUMN x {id}", Deed::AddColumn, "task", None),
            ("UPDATE task /* whole: so */ SET x = 1", Deed::Change, "task", None),
            ("INSERT INTO a (x)\n SELECT x FROM b", Deed::Fill, "a", Some("b")),
            ("DROP INDEX task_by_x", Deed::DropIndex, "task_by_x", None),
        ] {
            assert_eq!(touched(statement), Some(Touched { deed, table, from }), "{statement}");
        }
    }
}
