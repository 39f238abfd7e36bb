//! Sealing every value with the newest key, while others read and write: a job in small portions.
//!
//! A portion reads rows in the order of their keys, seals what an older key sealed and stores it where nobody has
//! changed it meanwhile. Nothing of it is lost by being cut off, and doing it twice changes nothing. Values may be copied
//! from one column to another between two portions, so passes are repeated until one finds nothing; then the older keys
//! are retired, and still open what they sealed.

use super::columns::{COLUMNS, Sealed};
use crate::{
    App, atomic,
    db::{Error as DbError, Get, Result as DbResult, Row, Sql, Value},
    error::{Error, Result},
    p,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

/// Kind of the job that seals values anew.
pub const JOB: &str = "reseal";

/// One column of a primary key, as it stands in a row and in the arguments of the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Int(i64),
    Id(Uuid),
    Text(String),
}

impl Get for Part {
    fn get(row: &Row<'_>, i: usize) -> DbResult<Part> {
        let number = row.get::<i64>(i).map(Part::Int);
        let id = number.or_else(|_| row.get::<Uuid>(i).map(Part::Id));
        id.or_else(|_| row.get::<String>(i).map(Part::Text)).map_err(|_| DbError::Column(i))
    }
}

impl From<Part> for Value {
    fn from(part: Part) -> Value {
        match part {
            Part::Int(number) => Value::Int(number),
            Part::Id(id) => Value::Id(id),
            Part::Text(text) => Value::Text(text),
        }
    }
}

/// How far the job has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Place {
    /// The key that values are sealed with; where there is a newer one, the job begins anew.
    number: u8,
    /// Columns that this pass has done.
    columns: usize,
    /// Primary key of the last row looked at.
    after: Vec<Part>,
    /// Values of an older key that this pass has met.
    met: u64,
}

impl Place {
    fn column(&self) -> Option<&'static Sealed> {
        COLUMNS.get(self.columns)
    }
}

/// What one portion did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The column, as `table.column`.
    pub column: String,
    /// Values sealed anew.
    pub sealed: usize,
}

/// A row, and its value where an older key sealed it.
type Found = (Part, Part, Option<Vec<u8>>);

/// One portion of the job; the arguments with which it goes on, none where nothing is left.
pub(crate) async fn portion(app: &App, arguments: &Json) -> Result<(usize, Option<Json>)> {
    let place = serde_json::from_value(arguments.clone()).unwrap_or_default();
    let (sealed, place) = turn(app, place).await?;
    Ok((sealed, place.map(serde_json::to_value).transpose()?))
}

/// The column that a job is looking at, as `table.column`; none where there is no job.
pub(super) async fn place(app: &App) -> Result<Option<String>> {
    let sql = "SELECT arguments FROM job WHERE kind = $1 AND done_at IS NULL ORDER BY run_at LIMIT 1";
    let found: Option<(Json,)> = app.db.opt(sql, p![JOB]).await?;
    let place = found.map(|(arguments,)| serde_json::from_value::<Place>(arguments).unwrap_or_default());
    Ok(place.map(|place| place.column().map_or_else(String::new, name)))
}

fn name(column: &Sealed) -> String {
    format!("{}.{}", column.table, column.column)
}

/// Does the whole work now, from the beginning, whether a job is under way or not; `told` hears of each portion.
///
/// # Errors
/// The database is gone.
pub async fn finish(app: &App, told: &(dyn Fn(&Progress) + Sync)) -> Result<usize> {
    let (mut place, mut all) = (Place::default(), 0);
    loop {
        let column = place.column().map_or_else(String::new, name);
        let (sealed, rest) = turn(app, place).await?;
        all += sealed;
        told(&Progress { column, sealed });
        match rest {
            Some(rest) => place = rest,
            None => break,
        }
    }
    let sql = "UPDATE job SET done_at = $1 WHERE kind = $2 AND done_at IS NULL";
    app.db.run(sql, p![app.now(), JOB]).await?;
    Ok(all)
}

async fn turn(app: &App, mut place: Place) -> Result<(usize, Option<Place>)> {
    app.keys.refresh(&app.db).await?;
    let newest = app.keys.newest()?;
    if place.number != newest {
        place = Place { number: newest, ..Place::default() };
    }
    let Some(column) = place.column() else {
        if place.met > 0 {
            return Ok((0, Some(Place { number: newest, ..Place::default() })));
        }
        return Ok((0, if retire(app, newest).await? { None } else { Some(Place::default()) }));
    };
    let found = read(app, column, &place).await?;
    let whole = i64::try_from(found.len()).is_ok_and(|rows| rows < column.portion);
    let after = found.last().map(|(first, second, _)| vec![first.clone(), second.clone()]);
    let changes = anew(app, column, found);
    let sealed = store(app, column, &changes).await?;
    place.met += u64::try_from(changes.len()).unwrap_or(u64::MAX);
    if whole {
        place.columns += 1;
        place.after = Vec::new();
    } else {
        place.after = after.unwrap_or_default();
    }
    Ok((sealed, Some(place)))
}

async fn read(app: &App, column: &Sealed, place: &Place) -> Result<Vec<Found>> {
    let Sealed { table, key, column, portion } = *column;
    let (first, second) = (key.first().copied().unwrap_or_default(), key.last().copied().unwrap_or_default());
    let mut sql = Sql::new(&format!("SELECT {first}, {second}, CASE WHEN SUBSTR({column}, 1, 1) <> "));
    sql = sql.push(&format!("{{}} THEN {column} END FROM {table}"), p![vec![place.number]]);
    sql = match place.after.as_slice() {
        [one, _] if key.len() == 1 => sql.push(&format!(" WHERE {first} > {{}}"), p![one.clone()]),
        [one, two] => {
            sql.push(&format!(" WHERE ({first}, {second}) > ({{}}, {{}})"), p![one.clone(), two.clone()])
        }
        _ => sql.push(" /* whole: the first rows of it */", []),
    };
    Ok(app.db.query(sql.push(&format!(" ORDER BY {} LIMIT {{}}", key.join(", ")), p![portion])).await?)
}

/// A row's key, its value as it was, and the same content sealed with the newest key.
type Change = (Part, Part, Vec<u8>, Vec<u8>);

/// Seals what was found. A value that no key opens stays as it is: it is told, and its key is never forgotten.
fn anew(app: &App, column: &Sealed, found: Vec<Found>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (first, second, value) in found {
        let Some(old) = value else { continue };
        match app.keys.unseal_bytes(&old).and_then(|content| app.keys.seal_bytes(&content)) {
            Ok(new) => changes.push((first, second, old, new)),
            Err(error) => {
                tracing::error!(column = name(column), row = ?(first, second), error = %error, "a sealed value cannot be opened");
            }
        }
    }
    changes
}

/// Stores what nobody has changed meanwhile.
async fn store(app: &App, column: &Sealed, changes: &[Change]) -> Result<usize> {
    if changes.is_empty() {
        return Ok(0);
    }
    let Sealed { table, key, column, .. } = *column;
    let keyed = match key {
        [first, second] => format!("{first} = $3 AND {second} = $4"),
        [only] => format!("{only} = $3"),
        _ => return Err(Error::broken(format!("{table} has a key of another shape"))),
    };
    let sql = format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2 AND {keyed}");
    let stored = atomic!(app.db, tx => {
        let mut stored = 0;
        for (first, second, old, new) in changes {
            let mut values = p![new.as_slice(), old.as_slice(), first.clone()];
            if key.len() == 2 {
                values.push(second.clone().into());
            }
            stored += tx.run(&sql, values).await?;
        }
        Ok(stored)
    })?;
    Ok(usize::try_from(stored).unwrap_or(usize::MAX))
}

/// Retires the keys before the newest; false where there is a newer one by now.
async fn retire(app: &App, newest: u8) -> Result<bool> {
    let now = app.now();
    atomic!(app.db, tx => {
        let last: Option<(i64,)> = tx.opt("SELECT number FROM data_key ORDER BY number DESC LIMIT 1", p![]).await?;
        if last.is_none_or(|(last,)| last != i64::from(newest)) {
            return Ok(false);
        }
        let sql = "UPDATE data_key SET retired_at = $1 WHERE number < $2 AND retired_at IS NULL";
        tx.run(sql, p![now, i64::from(newest)]).await?;
        Ok(true)
    })
}
