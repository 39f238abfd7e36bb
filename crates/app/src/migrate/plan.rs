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
    /// Adds a column. Rows are not touched, but SQLite looks at each of a strict table.
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

/// As long as the rows were with which was measured, in bytes.
const MEASURED: f64 = 200.0;

/// Measured with a million rows of 200 bytes, columns with a nation (`docs/performance.md`, *Steps of the schema*); of the two
/// databases the slower one is written here, but where one of them has nothing to do.
fn rate(deed: Deed, postgres: bool) -> Option<Rate> {
    Some(match deed {
        Deed::AddColumn if !postgres => Rate { rows: 150_000.0, bytes: 0 },
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
    let mut rows = Rows { db, known: BTreeMap::new(), lengths: BTreeMap::new() };
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
        let (read, length) = match deed {
            Deed::CreateTable | Deed::DropIndex => (0, 0),
            _ => (rows.of(from.unwrap_or(table)).await?, rows.length(from.unwrap_or(table)).await?),
        };
        if matches!(deed, Deed::Fill | Deed::CreateTable | Deed::DropTable) {
            // What stands there when the statements behind it run.
            rows.known.insert(table.to_owned(), if deed == Deed::Fill { read } else { 0 });
        }
        deeds.push(planned(rate(deed, rows.db.is_postgres()), deed, table, (read, length)));
    }
    if step.number == CHAINED {
        let entries = rows.of("audit_unchained").await?;
        deeds.push(planned(rate(Deed::Chain, false), Deed::Chain, "audit", (entries, 0)));
    }
    Ok(deeds)
}

/// What a statement takes with so many rows of so many bytes: longer ones than were measured take longer.
fn planned(rate: Option<Rate>, deed: Deed, table: &str, (rows, length): (u64, u32)) -> Planned {
    let count = f64::from(u32::try_from(rows).unwrap_or(u32::MAX));
    let longer = (f64::from(length) / MEASURED).max(1.0);
    let (seconds, bytes) = match rate {
        Some(rate) => (LEAST + count * longer / rate.rows, rows.saturating_mul(rate.bytes)),
        None => (LEAST, 0),
    };
    Planned { deed, table: table.to_owned(), rows, seconds, bytes }
}

/// Rows of tables, each counted once; those of tables that the steps before make, as far as they tell.
struct Rows<'a> {
    db: &'a Db,
    known: BTreeMap<String, u64>,
    lengths: BTreeMap<String, u32>,
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

    /// How many bytes a row has, by the first thousand; nothing of a table that is not there yet.
    async fn length(&mut self, table: &str) -> Result<u32> {
        if let Some(length) = self.lengths.get(table) {
            return Ok(*length);
        }
        let mut length = 0;
        if has_table(self.db, table).await? {
            let row = match self.db.is_postgres() {
                true => "pg_column_size(sample.*)".to_owned(),
                false => self.lengths_of_columns(table).await?,
            };
            let sql = format!(
                "SELECT CAST(AVG({row}) AS BIGINT) /* whole: a thousand rows */ FROM (SELECT * FROM {table} LIMIT 1000) sample"
            );
            let found: Option<(Option<i64>,)> = self.db.opt(&sql, p![]).await?;
            length = found.and_then(|(bytes,)| u32::try_from(bytes?).ok()).unwrap_or(0);
        }
        self.lengths.insert(table.to_owned(), length);
        Ok(length)
    }

    /// The expression by which SQLite counts the bytes of a row.
    async fn lengths_of_columns(&self, table: &str) -> Result<String> {
        let columns: Vec<(String,)> =
            self.db.all("SELECT name FROM pragma_table_info($1)", p![table]).await?;
        let each = columns.iter().map(|(name,)| format!("COALESCE(octet_length({name}), 0)"));
        Ok(each.collect::<Vec<_>>().join(" + "))
    }
}

/// The tables whose rows SQLite reads to their end in a step, where they stand before it.
pub(super) fn read_whole(statements: &[String]) -> Vec<&str> {
    let found = statements.iter().filter_map(|statement| touched(statement));
    let whole = |deed| matches!(deed, Deed::AddColumn | Deed::DropColumn | Deed::CreateIndex);
    let mut tables: Vec<&str> =
        found.filter(|touched| whole(touched.deed)).map(|touched| touched.table).collect();
    tables.sort_unstable();
    tables.dedup();
    tables
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
    fn longer_rows_than_were_measured_take_longer() {
        let seconds = |deed, postgres, rows, length| {
            let planned = planned(rate(deed, postgres), deed, "referral", (rows, length));
            ((planned.seconds - LEAST) * 1000.0).round()
        };
        for (deed, postgres, rows, length, milliseconds) in [
            (Deed::CreateIndex, true, 700_000, 100, 1_000.0),
            (Deed::CreateIndex, true, 700_000, 400, 2_000.0),
            // 353,376 cases of 5.7 kB, the nation's: 71.8 s were seen.
            (Deed::AddColumn, false, 353_376, 5_735, 67_554.0),
            (Deed::AddColumn, true, 353_376, 5_735, 0.0),
        ] {
            assert_eq!(seconds(deed, postgres, rows, length), milliseconds, "{deed:?} {rows} {length}");
        }
    }

    #[test]
    fn tables_that_are_read_whole_are_named_once() {
        let text = "CREATE TABLE a (x);ALTER TABLE b ADD COLUMN x TEXT;CREATE INDEX b_by_x ON b (x);DROP TABLE c;\
            ALTER TABLE d DROP COLUMN y;UPDATE e SET x = 1";
        assert_eq!(read_whole(&statements(text)), ["b", "d"]);
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
