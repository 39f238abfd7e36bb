//! Rows that are only ever added to chains, by many callers at once: those that arrive while a transaction is being
//! written to disk share the next one. Each caller hears of success when its row is on disk.

use super::{Db, Error, Link, Result};
use std::{
    mem,
    sync::{Mutex, PoisonError},
};
use tokio::sync::oneshot;

/// Rows in one transaction at most.
const BATCH: usize = 512;

/// Times that a transaction is tried again when another one was in the way.
const AGAIN: u32 = 5;

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
        if rows.len() > 1 && write(&db, &rows).await.is_ok() {
            for row in rows {
                drop(row.tell.send(Ok(())));
            }
            continue;
        }
        // One row, or a batch in which one was wrong: each hears of its own.
        for row in rows {
            let outcome = write(&db, std::slice::from_ref(&row)).await;
            drop(row.tell.send(outcome));
        }
    }
}

async fn write(db: &Db, rows: &[Row]) -> Result<()> {
    let mut left = AGAIN;
    loop {
        match write_once(db, rows).await {
            Err(error) if error.is_conflict() && left > 0 => left -= 1,
            outcome => return outcome,
        }
    }
}

async fn write_once(db: &Db, rows: &[Row]) -> Result<()> {
    let mut tx = db.begin().await?;
    for row in rows {
        tx.link(row.link.clone());
    }
    tx.commit().await
}
