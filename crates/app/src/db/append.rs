//! Rows that are only ever added to chains, by many callers at once: those that arrive while a transaction is being
//! written to disk share the next one. Each caller hears of success when its row is on disk.

use super::{Db, Error, Link, Result};
use std::{
    mem,
    sync::{Mutex, PoisonError},
    time::Instant,
};
use tokio::sync::oneshot;

/// Rows in one transaction at most.
const BATCH: usize = 512;

struct Row {
    link: Link,
    tell: oneshot::Sender<Result<()>>,
}

/// What waits to be written.
#[derive(Default)]
pub(super) struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    rows: Vec<Row>,
    /// A task is writing and will look here again before it ends.
    writing: bool,
}

impl Queue {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that waits.
    fn all(&self) -> Vec<Row> {
        mem::take(&mut self.lock().rows)
    }

    /// The rows for the next transaction; none ends the writing.
    fn next(&self) -> Vec<Row> {
        let mut waiting = self.lock();
        if waiting.rows.is_empty() {
            waiting.writing = false;
            return Vec::new();
        }
        let later = waiting.rows.len().min(BATCH);
        let later = waiting.rows.split_off(later);
        mem::replace(&mut waiting.rows, later)
    }
}

impl Db {
    /// Adds one row to its chain; returns when it is on disk. Rows of concurrent callers share a transaction.
    ///
    /// # Errors
    /// As [`Db::run`]; one caller's wrong row does not fail the others'.
    pub async fn append(&self, link: Link) -> Result<()> {
        let (tell, hear) = oneshot::channel();
        let begins = {
            let mut waiting = self.appends.lock();
            waiting.rows.push(Row { link, tell });
            !mem::replace(&mut waiting.writing, true)
        };
        if begins {
            // A task of its own: a caller that goes away must not take the others' rows with it.
            tokio::spawn(write_all(self.clone()));
        }
        hear.await.map_err(|_| Error::Over)?
    }
}

/// Writes what waits until nothing does.
async fn write_all(db: Db) {
    loop {
        let rows = db.appends.next();
        if rows.is_empty() {
            return;
        }
        match write(&db, &rows).await {
            Ok(()) => rows.into_iter().for_each(|row| drop(row.tell.send(Ok(())))),
            // What waits meanwhile waits for the same database, and one after another would wait for ever.
            Err(error) if error.is_outage() || error.is_uncertain() => {
                let waiting = if error.is_outage() { db.appends.all() } else { Vec::new() };
                for row in rows.into_iter().chain(waiting) {
                    drop(row.tell.send(Err(for_each(&error))));
                }
            }
            Err(error) => match <[Row; 1]>::try_from(rows) {
                Ok([row]) => drop(row.tell.send(Err(error))),
                // One of them was wrong: each hears of its own.
                Err(rows) => {
                    for row in rows {
                        let outcome = write(&db, std::slice::from_ref(&row)).await;
                        drop(row.tell.send(outcome));
                    }
                }
            },
        }
    }
}

/// The same for each of several callers.
fn for_each(error: &Error) -> Error {
    if error.is_uncertain() { Error::Uncertain(error.to_string()) } else { Error::Commit(error.to_string()) }
}

/// Again where another transaction was in the way, or the database was away for a moment.
async fn write(db: &Db, rows: &[Row]) -> Result<()> {
    let (begun, mut tries) = (Instant::now(), 0);
    loop {
        let Err(error) = write_once(db, rows).await else { return Ok(()) };
        let why = (error.is_conflict(), error.is_outage());
        let Some(pause) = super::again(why, tries, begun) else { return Err(error) };
        tries += 1;
        tokio::time::sleep(pause).await;
    }
}

async fn write_once(db: &Db, rows: &[Row]) -> Result<()> {
    let mut tx = db.begin().await?;
    for row in rows {
        tx.link(row.link.clone());
    }
    tx.commit().await
}
