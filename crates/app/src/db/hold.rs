//! Work that one program does and no other takes up meanwhile: whoever does it holds a name, and who is killed holds it no
//! longer. On PostgreSQL an advisory lock of a connection of its own, on SQLite a lock on a file beside the database:
//! both end with the program, whatever ends it.

use super::{Db, Engine, Error, Result, postgres};
use crate::id::Id;
use deadpool_postgres::ClientWrapper;
use sha2::{Digest, Sha256};
use std::{
    fs::{File, TryLockError},
    path::PathBuf,
};

/// A name that is held until this is dropped.
#[derive(Debug)]
#[must_use = "the name is held no longer than this"]
pub struct Hold {
    /// Where the locked file is.
    path: Option<PathBuf>,
    by: By,
}

#[derive(Debug)]
#[expect(dead_code, reason = "it holds by being there")]
enum By {
    File(File),
    Connection(ClientWrapper),
}

impl Db {
    /// Holds the name of a piece of work, such as `import` and its identifier; nothing while another program holds it, or
    /// another place in this one.
    ///
    /// # Errors
    /// The database is gone, or the file beside it cannot be made.
    pub async fn hold(&self, work: &str, id: Id) -> Result<Option<Hold>> {
        match &self.engine {
            Engine::Lite(_) => {
                let database = self.address.strip_prefix("sqlite:").unwrap_or_default();
                let path = PathBuf::from(format!("{database}-{work}-{id}"));
                let file = File::options().create(true).append(true).open(&path).map_err(Error::Beside)?;
                match file.try_lock() {
                    Ok(()) => Ok(Some(Hold { path: Some(path), by: By::File(file) })),
                    Err(TryLockError::WouldBlock) => Ok(None),
                    Err(TryLockError::Error(error)) => Err(Error::Beside(error)),
                }
            }
            Engine::Postgres(pool) => {
                let client = postgres::apart(pool).await?;
                let number = number(work, id);
                let asked = async { client.query_one("SELECT pg_try_advisory_lock($1)", &[&number]).await };
                let held =
                    tokio::time::timeout(postgres::PATIENCE, asked).await.map_err(|_| Error::Silent)??;
                Ok(held.try_get::<_, bool>(0)?.then_some(Hold { path: None, by: By::Connection(client) }))
            }
        }
    }
}

impl Hold {
    /// Nobody will need the name again: the work is over, and the database says so. On PostgreSQL the name is free when this
    /// is done; of a connection that merely ends the server learns a moment later.
    pub async fn over(self) {
        if let By::Connection(client) = &self.by {
            let freed = client.query_one("SELECT pg_advisory_unlock_all()", &[]);
            // Where it fails, the end of the connection frees the name.
            let _ = tokio::time::timeout(postgres::PATIENCE, freed).await;
        }
        if let Some(path) = &self.path {
            // One that stays is empty and does no harm.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// PostgreSQL knows such locks by a number.
fn number(work: &str, id: Id) -> i64 {
    let digest =
        Sha256::new().chain_update("xinqiao ").chain_update(work).chain_update(id.0.as_bytes()).finalize();
    digest.first_chunk().map_or(0, |first| i64::from_be_bytes(*first))
}
