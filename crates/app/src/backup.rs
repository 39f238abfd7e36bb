//! Everything that an installation holds, as one sealed file that either database gives and either takes back, and the
//! same rows moved straight from one database to the other (`docs/decisions/0022-backups.md`).

mod fill;
mod read;
mod retain;
mod row;
mod standing;
mod transfer;
mod trial;
mod write;

pub use fill::{Restored, Target, restore};
pub use read::{check, key_file, summary};
pub use retain::{Keep, kept, name, taken};
pub use standing::{Good, Standing, begun, claim, failed, renew, standing, standing_in, succeeded};
pub use transfer::transfer;
pub use trial::{Trial, trial};
pub use write::{Order, Written, write};

use crate::{
    audit::{self, Purpose},
    db::{Db, Rows, Snapshot, Value},
    error::{Error, Result},
    migrate::{self, shape::Table},
    p,
    scope::Scope,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Digest;

/// Version of the format.
const FORMAT: u32 = 1;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of the format.
    pub format: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// Which database it came from: `sqlite` or `postgres`.
    pub engine: String,
    /// The instant at which everything stood like this.
    pub at: Timestamp,
    /// The steps of the schema that had run.
    pub steps: Vec<Step>,
    /// The tables, in the order in which they stand in the file.
    pub tables: Vec<Counted>,
    /// Rows of large tables by home.
    pub homes: Vec<(i64, u64)>,
    /// The ends of the log's chains: `home:number:hash`, parted by a space; -1 is the chain of checkpoints.
    pub chains: String,
    /// Whether the key file is in it.
    pub with_keys: bool,
}

impl Summary {
    /// All rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// The number of the newest step.
    fn step(&self) -> i64 {
        self.steps.last().map_or(0, |step| step.number)
    }
}

/// A step of the schema as a database notes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// SHA-256 of its text.
    pub hash: String,
}
crate::row!(Step { number, name, hash });

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Bytes of all rows.
    pub bytes: u64,
    /// SHA-256 of all rows in the order of the key, as hexadecimal digits.
    pub digest: String,
}

/// How far a long work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The table it is at.
    pub table: &'a str,
    /// Rows of it so far.
    pub rows: u64,
}

/// Hears of the progress.
pub type Told<'a> = &'a (dyn Fn(Progress<'_>) + Send + Sync);

/// Notes in the log that everything was copied (`backup`) or came from a copy (`restore_backup`). A database whose schema
/// is not of this program is left as it is.
///
/// # Errors
/// The database is gone.
pub async fn note(db: &Db, scope: &Scope, action: &'static str, rows: u64) -> Result<()> {
    if migrate::done(db).await? != migrate::steps() {
        return Ok(());
    }
    db.digest_with(audit::algorithm(db).await?);
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let entry = audit::Entry { action, ..audit::Entry::listed(Purpose::Administration, "database", rows) };
    audit::record(db, scope, entry, Timestamp::now()).await
}

/// Counts and digests the rows of one table as they pass.
struct Tally {
    table: Table,
    rows: u64,
    bytes: u64,
    digest: sha2::Sha256,
}

impl Tally {
    fn new(table: Table) -> Tally {
        Tally { table, rows: 0, bytes: 0, digest: sha2::Sha256::new() }
    }

    /// Adds a row; leaves its bytes, with their length before them, in `bytes`.
    fn add(&mut self, row: &[Value], bytes: &mut Vec<u8>) -> Result<()> {
        bytes.clear();
        bytes.extend_from_slice(&[0; 4]);
        row::write(bytes, &self.table.columns, row)?;
        let length = u32::try_from(bytes.len().saturating_sub(4)).map_err(Error::broken)?;
        if let Some(before) = bytes.first_chunk_mut::<4>() {
            *before = length.to_be_bytes();
        }
        self.rows += 1;
        self.bytes += u64::from(length);
        self.digest.update(&*bytes);
        Ok(())
    }

    fn add_all(&mut self, rows: &Rows) -> Result<()> {
        let mut bytes = Vec::new();
        rows.iter().try_for_each(|row| self.add(row, &mut bytes))
    }

    fn end(self) -> Counted {
        let digest = crate::hex::write(&self.digest.finalize());
        Counted { name: self.table.name, rows: self.rows, bytes: self.bytes, digest }
    }
}

/// Counts and digests tables one after another.
#[derive(Default)]
struct Tallies {
    done: Vec<Counted>,
    now: Option<Tally>,
}

impl Tallies {
    /// How many tables were begun.
    fn begun(&self) -> usize {
        self.done.len() + usize::from(self.now.is_some())
    }

    /// The next rows are of this table.
    fn begin(&mut self, table: Table) {
        self.done.extend(self.now.replace(Tally::new(table)).map(Tally::end));
    }

    /// Adds rows of the table that was begun last; it, as it stands now.
    fn add(&mut self, rows: &Rows) -> Result<&Tally> {
        let tally = self.now.as_mut().ok_or_else(|| Error::broken("rows came before their table"))?;
        tally.add_all(rows)?;
        Ok(tally)
    }

    fn end(mut self) -> Vec<Counted> {
        self.done.extend(self.now.take().map(Tally::end));
        self.done
    }
}

/// The steps that a database has.
pub(crate) async fn steps(snapshot: &mut Snapshot) -> Result<Vec<Step>> {
    let known = migrate::counting(snapshot.is_postgres());
    let found: Vec<(i64,)> = snapshot.all(known, p!["migration"]).await?;
    if found.first().is_none_or(|(count,)| *count == 0) {
        return Err(Error::broken("there is no installation in this database"));
    }
    Ok(snapshot.all("SELECT number, name, hash FROM migration ORDER BY number", p![]).await?)
}

/// The steps of a file or another database must be the first of this program's.
pub(crate) fn known(steps: &[Step]) -> Result<()> {
    let own = migrate::known();
    for (i, step) in steps.iter().enumerate() {
        match own.get(i) {
            Some(own) if own.number == step.number && own.hash() == step.hash => {}
            Some(own) if own.number == step.number => {
                return Err(Error::broken(format!(
                    "step {} of the schema is another one in this program",
                    step.name
                )));
            }
            _ => {
                return Err(Error::broken(format!(
                    "it has step {} of the schema; this program is older than it",
                    step.name
                )));
            }
        }
    }
    Ok(())
}

/// What each table holds, from the first row to the last.
pub(crate) async fn count(snapshot: &mut Snapshot, tables: &[Table], told: Told<'_>) -> Result<Vec<Counted>> {
    let mut counted = Vec::with_capacity(tables.len());
    for table in tables {
        let mut tally = Tally::new(table.clone());
        let mut pages = snapshot.read(table);
        while let Some(rows) = pages.next().await? {
            tally.add_all(&rows)?;
            told(Progress { table: &table.name, rows: tally.rows });
        }
        counted.push(tally.end());
    }
    Ok(counted)
}

/// Refuses what differs from what should be there, by name.
pub(crate) fn compare(expected: &[Counted], found: &[Counted]) -> Result<()> {
    if expected.len() != found.len() {
        let (expected, found) = (expected.len(), found.len());
        return Err(Error::broken(format!("{found} tables came where {expected} were announced")));
    }
    for (expected, found) in expected.iter().zip(found) {
        let Counted { name, rows, .. } = expected;
        if found.name != *name || found.rows != *rows {
            return Err(Error::broken(format!(
                "{} has {} rows, where {rows} of {name} were announced",
                found.name, found.rows
            )));
        }
        if found.digest != expected.digest {
            return Err(Error::broken(format!("the rows of {name} are not those that were announced")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables that hold one row each, with these digests.
    fn counted(tables: &[(&str, &str)]) -> Vec<Counted> {
        let of = |&(name, digest): &(&str, &str)| {
            let (name, digest) = (name.to_owned(), digest.to_owned());
            Counted { name, rows: 1, bytes: 10, digest }
        };
        tables.iter().map(of).collect()
    }

    #[test]
    fn what_is_not_what_was_announced_is_told_by_its_table() {
        let announced = counted(&[("person", "0a"), ("claim", "0b")]);
        assert!(compare(&announced, &announced).is_ok());
        let mut fewer = announced.clone();
        fewer[1].rows = 0;
        for (found, expected) in [
            (counted(&[("person", "0a"), ("claim", "0c")]), "the rows of claim are not those"),
            (counted(&[("person", "0a"), ("task", "0b")]), "task has 1 rows, where 1 of claim"),
            (fewer, "claim has 0 rows, where 1 of claim"),
            (counted(&[("person", "0a")]), "1 tables came where 2 were announced"),
        ] {
            let told = compare(&announced, &found).unwrap_err().to_string();
            assert!(told.contains(expected), "{told}");
        }
    }
}
