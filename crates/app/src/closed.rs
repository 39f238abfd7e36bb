//! A database that nobody may work with: it is half restored, or what it holds lives elsewhere now. A table of its own
//! says so, which is no part of the schema: it stands before the first step has run.

use crate::{
    db::Db,
    error::{Error, Result},
    migrate, p,
};
use jiff::Timestamp;

/// Why nobody may work with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// A restore, or a move into it, did not come to its end.
    HalfRestored,
    /// Everything was moved to another database.
    Moved,
}

impl Why {
    fn code(self) -> &'static str {
        match self {
            Why::HalfRestored => "half_restored",
            Why::Moved => "moved",
        }
    }
}

/// The table that says so.
const TABLE: &str =
    "CREATE TABLE closed (why {text} NOT NULL, detail {text} NOT NULL, at {time} NOT NULL) {strict}";

/// The statements that close a database, for one whose snapshot is held.
pub(crate) fn closing(why: Why, detail: &str, at: Timestamp, postgres: bool) -> String {
    let table = migrate::for_database(TABLE, postgres);
    let at = match postgres {
        true => format!("'{at}'"),
        false => at.as_microsecond().to_string(),
    };
    let (why, detail) = (why.code(), detail.replace('\'', "''"));
    format!("{table}; INSERT INTO closed (why, detail, at) VALUES ('{why}', '{detail}', {at})")
}

/// Closes a database.
pub(crate) async fn close(db: &Db, why: Why, detail: &str, at: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.run(&migrate::for_database(TABLE, db.is_postgres()), p![]).await?;
    tx.run("INSERT INTO closed (why, detail, at) VALUES ($1, $2, $3)", p![why.code(), detail, at]).await?;
    Ok(tx.commit().await?)
}

/// From now on it is a database like any other.
pub(crate) async fn reopen(db: &Db) -> Result<()> {
    db.run("DROP TABLE closed", p![]).await?;
    Ok(())
}

/// Whether a restore into it did not come to its end.
pub(crate) async fn is_half_restored(db: &Db) -> Result<bool> {
    Ok(found(db).await?.is_some_and(|(why, ..)| why == Why::HalfRestored.code()))
}

async fn found(db: &Db) -> Result<Option<(String, String, Timestamp)>> {
    if !migrate::has_table(db, "closed").await? {
        return Ok(None);
    }
    Ok(db.opt("SELECT why, detail, at FROM closed", p![]).await?)
}

/// Refuses a database that is closed, and says why and what to do.
///
/// # Errors
/// It is closed, or gone.
pub(crate) async fn refuse(db: &Db) -> Result<()> {
    match found(db).await? {
        None => Ok(()),
        Some((why, to, at)) if why == Why::Moved.code() => Err(Error::broken(format!(
            "this database was moved to {to} at {at:.0}; use that one (`DROP TABLE closed` takes this one up again, without what \
             was written there since)"
        ))),
        Some((_, from, at)) => Err(Error::broken(format!(
            "this database is half restored: {from}, begun at {at:.0}, did not come to its end; do it again into this \
             database, or take another one"
        ))),
    }
}
