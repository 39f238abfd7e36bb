//! Servers that work on one database: each says that it is there and which steps of the schema it knows, so that a newer one
//! beside it does not take away what it uses.

use crate::{
    db::{Db, Tx},
    error::Result,
    id::{Home, Id},
    migrate, p,
};
use jiff::{SignedDuration, Timestamp};

/// Without a sign of life for so long, a server is gone.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(2);
/// Rows of servers that went without a word are kept for so long.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// A server as it announced itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Server {
    /// Its own identifier, for as long as it runs.
    pub id: Id,
    /// The version of its program.
    pub version: String,
    /// The last step of the schema that it knows.
    pub newest: i64,
    /// Machine and process.
    pub place: String,
    /// Since when it runs.
    pub started_at: Timestamp,
}
crate::row!(Server { id, version, newest, place, started_at });

const COLUMNS: &str = "SELECT id, version, newest, place, started_at FROM server";

/// A server of this program that begins now in some place.
#[must_use]
pub fn begins(version: &str, place: String) -> Server {
    let now = Timestamp::now();
    let id = Id::new(Home::of_division(0, 0), now);
    Server { id, version: version.to_owned(), newest: migrate::newest(), place, started_at: now }
}

/// Says that a server is there. Steps wait meanwhile, so that none runs unseen between its look and its word.
///
/// # Errors
/// The database has a step that this program cannot work with, or is gone.
pub async fn announce(db: &Db, server: &Server) -> Result<()> {
    crate::atomic!(db, tx => {
        migrate::alone(db, tx).await?;
        migrate::bearable(&migrate::noted_in(tx).await?)?;
        let now = Timestamp::now();
        tx.run("DELETE FROM server WHERE seen_at < $1 OR id = $2", p![now - FORGOTTEN_AFTER, server.id]).await?;
        let sql = "INSERT INTO server (id, version, newest, place, started_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6)";
        let (version, place) = (server.version.as_str(), server.place.as_str());
        tx.run(sql, p![server.id, version, server.newest, place, server.started_at, now]).await?;
        Ok(())
    })
}

/// A sign of life.
///
/// # Errors
/// While nothing was heard of it (its machine stood still), a step ran that this program cannot work with; the database is
/// gone.
pub async fn seen(db: &Db, server: &Server) -> Result<()> {
    let sql = "UPDATE server SET seen_at = $1 WHERE id = $2";
    if db.run(sql, p![Timestamp::now(), server.id]).await? == 0 {
        return announce(db, server).await;
    }
    migrate::bearable(&migrate::noted(db).await?)
}

/// Says that a server has ended.
///
/// # Errors
/// The database is gone.
pub async fn leave(db: &Db, server: &Server) -> Result<()> {
    db.run("DELETE FROM server WHERE id = $1", p![server.id]).await?;
    Ok(())
}

/// The servers that are there; nothing where the schema does not know of any yet.
///
/// # Errors
/// The database is gone.
pub async fn all(db: &Db) -> Result<Option<Vec<Server>>> {
    if !migrate::has_table(db, "server").await? {
        return Ok(None);
    }
    let sql = format!("{COLUMNS} WHERE seen_at > $1 ORDER BY started_at, id");
    Ok(Some(db.all(&sql, p![Timestamp::now() - GONE_AFTER]).await?))
}

/// One that is there and does not know a step.
pub(crate) async fn older(tx: &mut Tx, step: i64) -> Result<Option<Server>> {
    let sql = format!("{COLUMNS} WHERE seen_at > $1 AND newest < $2 ORDER BY started_at, id LIMIT 1");
    Ok(tx.opt(&sql, p![Timestamp::now() - GONE_AFTER, step]).await?)
}
