//! Keys stand under the county in which their person is shown, so that a search in one county reads no other's. They
//! follow whoever moves, is merged into somebody elsewhere, or is parted from them.

use super::sql::{TOGETHER, ids, insert_missing, keyed, marks};
use crate::{
    App,
    db::{Tx, Value},
    division::county_of,
    error::{Error, Result},
    id::Id,
    p,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The columns of [`row`].
pub(crate) const COLUMNS: [&str; 4] = ["key", "home", "person_id", "county"];

/// A key as it is stored; the division is where the person is shown.
pub(crate) fn row(key: &[u8], person: Id, division: i64) -> Vec<Value> {
    p![key, person.home_number(), person, county_of(division)]
}

/// Adds keys that are not there yet. To be called once the persons were folded: nobody else moves them then before the
/// transaction ends.
pub(crate) async fn add(tx: &mut Tx, keys: &[(String, Id)]) -> Result<()> {
    let persons: BTreeSet<Id> = keys.iter().map(|(_, person)| *person).collect();
    let persons: Vec<Id> = persons.into_iter().collect();
    let shown: HashMap<Id, i64> = shown_in(tx, &persons).await?.into_iter().collect();
    let mut rows = Vec::with_capacity(keys.len());
    for (key, person) in keys {
        let division = shown.get(person).ok_or(Error::NotFound)?;
        rows.push(row(key.as_bytes(), *person, *division));
    }
    insert_missing(tx, "person_key", &COLUMNS, &rows).await
}

/// Where persons are shown, in no order: the residence of the head of each one's cluster.
async fn shown_in(tx: &mut Tx, persons: &[Id]) -> Result<Vec<(Id, i64)>> {
    let mut found = Vec::with_capacity(persons.len());
    for chunk in persons.chunks(TOGETHER) {
        let (these, args) = keyed("m.home", "m.id", 1, chunk);
        let sql = format!(
            "SELECT m.id, p.division FROM person m
             JOIN person p ON p.home = m.head_home /* spread: one person's records may have different homes */
             AND p.id = m.head_id WHERE {these}"
        );
        let some: Vec<(Id, i64)> = tx.all(&sql, args).await?;
        found.extend(some);
    }
    Ok(found)
}

/// Persons who are shown elsewhere than before.
#[derive(Debug, Default)]
pub(crate) struct Moves(BTreeMap<(i64, i64), Vec<Id>>);

impl Moves {
    /// A person was shown in one division and is shown in another now.
    pub(crate) fn add(&mut self, person: Id, from: i64, to: i64) {
        let (from, to) = (county_of(from), county_of(to));
        if from != to {
            self.0.entry((from, to)).or_default().push(person);
        }
    }

    /// Takes their keys along. The keys of one county are few thousands for most, so that they are read through rather
    /// than kept in one more index by person.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<()> {
        for ((from, to), persons) in self.0 {
            for chunk in persons.chunks(TOGETHER) {
                let sql = format!(
                    "UPDATE person_key SET county = $1 WHERE county = $2 AND person_id IN ({})",
                    marks(3, chunk.len())
                );
                let args = [p![to, from], ids(chunk)].concat();
                tx.run(&sql, args).await?;
            }
        }
        Ok(())
    }
}

/// Moves keys that were stored under these divisions to where their persons are shown by now: between reading a list and
/// storing its keys somebody may have moved or been merged.
///
/// # Errors
/// The database is gone.
pub(crate) async fn follow(app: &App, stored: &HashMap<Id, i64>) -> Result<()> {
    let mut persons: Vec<Id> = stored.keys().copied().collect();
    // Neighbours lie on the same pages.
    persons.sort_unstable();
    for chunk in persons.chunks(TOGETHER) {
        crate::atomic!(app.db, tx => {
            let mut moves = Moves::default();
            for (person, division) in shown_in(tx, chunk).await? {
                moves.add(person, stored.get(&person).copied().unwrap_or(division), division);
            }
            moves.write(tx).await
        })?;
    }
    Ok(())
}

/// Keys that stand under another county than their person is shown in: none, unless something went wrong.
///
/// # Errors
/// The database is gone.
pub async fn astray(app: &App) -> Result<u64> {
    let sql = "SELECT COUNT(*) /* whole: every key is looked at */ /* spread: keys and records of one person may have different homes */ FROM person_key k
        JOIN person m ON m.home = k.home AND m.id = k.person_id
        JOIN person p ON p.home = m.head_home AND p.id = m.head_id
        WHERE k.county <> p.division - p.division % 1000000";
    let found: Option<(i64,)> = app.db.opt(sql, p![]).await?;
    Ok(found.map_or(0, |(count,)| u64::try_from(count).unwrap_or(u64::MAX)))
}
