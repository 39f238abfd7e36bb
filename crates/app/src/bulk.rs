//! Filling an empty database with the register of a whole country: rows as every action of the program writes them,
//! made on one thread, put into the order of their keys, and stored by another in large portions.
//!
//! What belongs to a home goes in home by home, so that each table grows at its end alone. Indexes and references are
//! taken away before and put back after.

mod bare;
mod columns;
mod cut;
mod model;
mod register;
mod shape;
mod spool;
mod template;

pub use register::{Entry, Episode, Headings, List, Sent};
pub use shape::{Beside, Drawn, Rows, Shape, cases, offices};
pub use spool::Sorted;
pub use template::{Filling, Own, Site, Slot, Tokens};

use crate::{
    App,
    db::{Tx, Value},
    error::{Error, Result},
    id::Id,
    import::chunk,
    p,
};
use bare::Bare;
use spool::Spool;
use std::{collections::BTreeMap, path::Path};
use tokio::sync::mpsc;

/// Bytes of one table that are held until they are sorted.
const HELD: usize = 6 << 20;
/// The same for tables whose keys are spread over the whole country.
const HELD_SPREAD: usize = 12 << 20;
/// Rows given to the database at once.
const AT_ONCE: usize = 5_000;
/// Such portions in one transaction of SQLite.
const PORTIONS: usize = 10;

/// Tables whose rows belong to homes.
const OF_HOMES: [&str; 11] = [
    "person",
    "source_record",
    "link_event",
    "need_fact",
    "referral",
    "referral_event",
    "referral_filer",
    "form_entry",
    "message",
    "task",
    "sharing",
];
/// Tables of the whole country.
const OF_ALL: [&str; 14] = [
    "organisation",
    "account",
    "institution",
    "library_event",
    "institution_answer",
    "clock_tally",
    "running_number",
    "import",
    "import_outcome",
    "tally",
    "tally_county",
    "tally_town",
    "claim",
    "person_key",
];

/// Takes rows of all tables and hands them over in the order of their keys.
pub struct Filler {
    app: App,
    spools: Vec<Spool>,
    figures: register::Figures,
    out: mpsc::Sender<Sorted>,
}

/// The columns of a table in the order in which its rows are made.
fn columns_of(table: &str) -> Result<Vec<&'static str>> {
    Ok(match table {
        "person" => register::person_columns(),
        "source_record" => chunk::RECORD.to_vec(),
        "link_event" => chunk::EVENT.to_vec(),
        "import" => register::IMPORT.to_vec(),
        other => columns::names(columns::table(other)?),
    })
}

/// Values of some columns in the order of others; what is missing is null.
fn arranged(from: &[&str], values: Vec<Value>, to: &[&str]) -> Vec<Value> {
    let mut of: BTreeMap<&str, Value> = from.iter().copied().zip(values).collect();
    to.iter().map(|column| of.remove(column).unwrap_or(Value::Null)).collect()
}

impl Filler {
    /// For a database; what waits to be sorted lies in the folder. The second part is for [`store`].
    ///
    /// # Errors
    /// Tables and program do not fit together.
    pub fn new(app: &App, folder: &Path) -> Result<(Filler, mpsc::Receiver<Sorted>)> {
        let (out, sorted) = mpsc::channel(1);
        let mut spools = Vec::new();
        for table in OF_HOMES {
            spools.push(Spool::new(table, columns_of(table)?, folder, HELD)?);
        }
        for table in OF_ALL {
            spools.push(Spool::new(table, columns_of(table)?, folder, HELD_SPREAD)?);
        }
        let figures = register::Figures::default();
        Ok((Filler { app: app.clone(), spools, figures, out }, sorted))
    }

    fn push(&mut self, table: &str, row: Vec<Value>) -> Result<()> {
        let spool = self.spools.iter_mut().find(|spool| spool.table == table);
        spool.ok_or_else(|| Error::broken(format!("{table} is not filled")))?.push(&row)
    }

    /// Writes the rows of an office or an institution.
    ///
    /// # Errors
    /// Something is missing that a place asks for, or the disk is full.
    pub fn office(&mut self, rows: &Rows, filling: &Filling<'_>, beside: &Beside<'_>) -> Result<()> {
        let keys = self.app.keys.clone();
        rows.stamp(&keys, filling, beside, &mut |table, row| self.push(table, row))
    }

    /// Writes how many numbers a series has given.
    ///
    /// # Errors
    /// The disk is full.
    pub fn series(&mut self, name: &str, last: i64) -> Result<()> {
        self.push("running_number", p![name, last])
    }

    /// Writes steps in time and late of a county's month.
    ///
    /// # Errors
    /// The disk is full.
    pub fn clock(&mut self, county: i64, month: i64, clock: &str, (met, missed): (i64, i64)) -> Result<()> {
        self.push("clock_tally", p![county, month, clock, met, missed])
    }

    /// Writes an institution's answers of a month: in time and in all.
    ///
    /// # Errors
    /// The disk is full.
    pub fn answers(&mut self, institution: Id, month: i64, (in_time, all): (i64, i64)) -> Result<()> {
        self.push("institution_answer", p![institution, month, in_time, all])
    }

    /// Hands over what belongs to the homes of a province that is done.
    ///
    /// # Errors
    /// The disk is full, or storing has failed.
    pub fn province(&mut self) -> Result<()> {
        self.hand_over(&OF_HOMES)
    }

    /// Hands over everything else.
    ///
    /// # Errors
    /// The disk is full, or storing has failed.
    pub fn finish(mut self) -> Result<()> {
        self.province()?;
        self.hand_over(&OF_ALL)
    }

    fn hand_over(&mut self, tables: &[&str]) -> Result<()> {
        for spool in self.spools.iter_mut().filter(|spool| tables.contains(&spool.table)) {
            let sorted = spool.take()?;
            let gone = |_| Error::broken("the rows could not be stored");
            self.out.blocking_send(sorted).map_err(gone)?;
        }
        Ok(())
    }
}

/// Whether nobody has used the database yet.
///
/// # Errors
/// The database is gone.
pub async fn is_empty(app: &App) -> Result<bool> {
    for sql in [
        "SELECT id FROM organisation LIMIT 1",
        "SELECT id FROM account LIMIT 1",
        "SELECT id FROM person /* whole: its first row */ LIMIT 1",
        "SELECT id FROM import LIMIT 1",
        "SELECT id FROM audit /* whole: its first row */ LIMIT 1",
    ] {
        if app.db.opt::<(Id,)>(sql, p![]).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Stores what a [`Filler`] hands over, and puts indexes and references back. `told` hears what is done and how many rows
/// are stored. Returns the rows of each table.
///
/// # Errors
/// The database is in use, gone or full; then it has to be made anew.
pub async fn store(
    app: &App,
    mut sorted: mpsc::Receiver<Sorted>,
    told: &(dyn Fn(&str, u64) + Sync),
) -> Result<BTreeMap<&'static str, u64>> {
    if !is_empty(app).await? {
        return Err(Error::broken("the database is in use"));
    }
    let bare = Bare::make(&app.db).await?;
    app.db.fill(true).await?;
    let mut stored: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut loading = Loading::default();
    let mut all = 0;
    while let Some(mut some) = sorted.recv().await {
        told(some.table, all);
        *stored.entry(some.table).or_default() += some.rows;
        while let Some(rows) = loading.portion(app, &mut some).await? {
            all += rows;
            told(some.table, all);
        }
    }
    loading.end().await?;
    bare.clothe(&app.db, &|name| told(name, all)).await?;
    app.db.fill(false).await?;
    Ok(stored)
}

/// What is not stored yet. On PostgreSQL each table is loaded in one transaction of its own, which emptied it; SQLite has
/// one writer, and stores portion by portion.
#[derive(Default)]
struct Loading(BTreeMap<&'static str, Tx>);

impl Loading {
    /// Hands the next rows over; none where there are no more.
    async fn portion(&mut self, app: &App, sorted: &mut Sorted) -> Result<Option<u64>> {
        let mut open = self.0.remove(sorted.table);
        let mut begins = open.is_none();
        let mut handed = 0;
        for _ in 0..PORTIONS {
            let mut rows = Vec::with_capacity(AT_ONCE);
            while rows.len() < AT_ONCE
                && let Some(row) = sorted.next()?
            {
                rows.push(row);
            }
            if rows.is_empty() {
                break;
            }
            let tx = match &mut open {
                Some(tx) => tx,
                none => none.insert(app.db.begin().await?),
            };
            tx.load_many(sorted.table, &sorted.columns, &rows, begins).await?;
            begins = false;
            handed += u64::try_from(rows.len()).unwrap_or_default();
        }
        // Rows of homes come province by province, all others at once.
        let goes_on = app.db.is_postgres() && (handed > 0 || OF_HOMES.contains(&sorted.table));
        match open {
            Some(tx) if goes_on => drop(self.0.insert(sorted.table, tx)),
            Some(tx) => tx.commit().await?,
            None => {}
        }
        Ok((handed > 0).then_some(handed))
    }

    /// Stores what is handed over.
    async fn end(self) -> Result<()> {
        for tx in self.0.into_values() {
            tx.commit().await?;
        }
        Ok(())
    }
}
