//! Fills an empty database with the rows of a backup or of another database: all of them, or it stays closed.

use super::{
    Counted, Progress, Summary, Tallies, Told, compare, count, known,
    read::{Part, Reader, check},
};
use crate::{
    audit,
    closed::{self, Why},
    cluster,
    db::{Db, Rows},
    error::{Error, Result},
    migrate::{
        self,
        shape::{self, Table},
    },
    p,
    seal::{Keys, Openers},
};
use jiff::Timestamp;
use std::path::Path;

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Restored {
    /// Rows that stand in the database now.
    pub rows: u64,
    /// Steps of the schema that ran behind those of the backup.
    pub steps: Vec<&'static str>,
    /// Entries of the log that were verified.
    pub log_entries: u64,
    /// What the backup says of itself.
    pub summary: Summary,
}

/// The empty database that is filled.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// It.
    pub db: &'a Db,
    /// Whether its large tables are put into parts by home (PostgreSQL).
    pub partitioned: bool,
}

impl<'a> From<&'a Db> for Target<'a> {
    fn from(db: &'a Db) -> Target<'a> {
        Target { db, partitioned: false }
    }
}

/// Restores a backup into an empty database, or into one in which a restore did not come to its end. The rows that then
/// stand there are read once more and compared with the backup, and the log is verified, before anybody may work with
/// the database.
///
/// # Errors
/// The backup was altered or is of a later program; the database is not empty; what stands there is not what the backup
/// holds; the log in it was altered, unless `even_if_altered`. The database then stays closed.
pub async fn restore<'a>(
    file: &Path,
    openers: Openers<'_>,
    to: impl Into<Target<'a>>,
    (even_if_altered, told): (bool, Told<'_>),
) -> Result<Restored> {
    let to = to.into();
    let db = to.db;
    // Read to its end before anything is changed: a damaged file leaves the database as it was.
    let announced = check(file, openers)?;
    known(&announced.steps)?;
    let mut reader = Reader::open(file, openers)?;
    let tables = begin(to, announced.step(), &format!("the restore of {}", file.display())).await?;
    let mut filler = Filler::new(db, told);
    loop {
        match reader.next()? {
            Part::KeyFile(_) => {}
            Part::Table(table) => {
                if tables.get(filler.tallies.begun()) != Some(&table) {
                    return Err(Error::broken(format!(
                        "the table {} of the backup is not that of its step",
                        table.name
                    )));
                }
                filler.table(table);
            }
            Part::Rows(rows) => filler.rows(&rows).await?,
            Part::End(found) if *found == announced => break,
            Part::End(_) => return Err(Error::broken("the backup changed while it was read")),
        }
    }
    compare(&announced.tables, &filler.end())?;
    let (steps, log_entries) =
        finish(db, &announced.tables, (&tables, openers.keys), (even_if_altered, told)).await?;
    closed::reopen(db).await?;
    Ok(Restored { rows: announced.rows(), steps, log_entries, summary: announced })
}

/// Closes an empty database and builds its tables up to a step. What a restore that did not come to its end left behind
/// goes first.
pub(super) async fn begin(to: Target<'_>, step: i64, what: &str) -> Result<Vec<Table>> {
    let db = to.db;
    if closed::is_half_restored(db).await? {
        empty(db).await?;
    } else {
        let there = names(db).await?;
        if let Some(first) = there.first() {
            return Err(Error::broken(format!(
                "the database is not empty: it has {} tables, such as {first}; take a new one",
                there.len()
            )));
        }
        closed::close(db, Why::HalfRestored, what, Timestamp::now()).await?;
    }
    migrate::run_until(db, step, &|_| ()).await?;
    if to.partitioned {
        cluster::partition::prepare(db).await?;
    }
    Ok(shape::tables(step))
}

/// All tables, the latest first.
async fn names(db: &Db) -> Result<Vec<String>> {
    let sql = match db.is_postgres() {
        true => {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA ORDER BY 1"
        }
        false => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid DESC"
        }
    };
    Ok(db.all::<(String,)>(sql, p![]).await?.into_iter().map(|(name,)| name).collect())
}

/// Takes away what is half restored; the note that it is half restored stays.
async fn empty(db: &Db) -> Result<()> {
    let mut names = names(db).await?;
    names.retain(|name| name != "closed");
    if db.is_postgres() {
        if !names.is_empty() {
            db.batch(&format!("DROP TABLE {} CASCADE", names.join(", "))).await?;
        }
        return Ok(());
    }
    for name in names {
        db.batch(&format!("DROP TABLE {name}")).await?;
    }
    Ok(())
}

/// Takes rows in, table by table.
pub(super) struct Filler<'a> {
    db: &'a Db,
    tallies: Tallies,
    told: Told<'a>,
}

impl<'a> Filler<'a> {
    pub(super) fn new(db: &'a Db, told: Told<'a>) -> Filler<'a> {
        Filler { db, tallies: Tallies::default(), told }
    }

    pub(super) fn table(&mut self, table: Table) {
        self.tallies.begin(table);
    }

    /// The rows of one page, in one transaction.
    pub(super) async fn rows(&mut self, rows: &Rows) -> Result<()> {
        let tally = self.tallies.add(rows)?;
        let columns: Vec<&str> = tally.table.columns.iter().map(|column| column.name.as_str()).collect();
        let mut tx = self.db.begin().await?;
        tx.insert_many(&tally.table.name, &columns, rows).await?;
        tx.commit().await?;
        (self.told)(Progress { table: &tally.table.name, rows: tally.rows });
        Ok(())
    }

    /// What came.
    pub(super) fn end(self) -> Vec<Counted> {
        self.tallies.end()
    }
}

/// Reads what stands there now, compares, brings the schema to the newest step and verifies the log. Returns the steps that ran and the entries of the log.
pub(super) async fn finish(
    db: &Db,
    announced: &[Counted],
    (tables, keys): (&[Table], Option<&Keys>),
    (even_if_altered, told): (bool, Told<'_>),
) -> Result<(Vec<&'static str>, u64)> {
    let mut snapshot = db.snapshot().await?;
    let found = count(&mut snapshot, tables, told).await?;
    drop(snapshot);
    compare(announced, &found)?;
    let steps = migrate::run_until(db, i64::MAX, &|_| ()).await?.steps;
    let log = audit::verify(db, keys, None).await?;
    if !log.findings.is_empty() && !even_if_altered {
        return Err(Error::broken(format!(
            "the log does not verify ({} findings): it was altered before it was saved. Keep this as evidence; \
             --even-if-altered takes it all the same",
            log.findings.len()
        )));
    }
    Ok((steps, log.entries))
}
