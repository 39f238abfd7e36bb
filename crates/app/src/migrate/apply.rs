//! Running the steps: each once, whoever else starts at the same moment, and none that a running server would not bear.

use super::{
    ANNOUNCED, CHAINED, Phase, Step, bearable, for_database, has_table, known, noted, plan, statements,
};
use crate::{
    audit, closed, cluster,
    db::{Db, Tx},
    error::{Error, Result},
    p,
    server::{self, Server},
};
use jiff::Timestamp;
use std::time::Duration;

/// How often a step is begun while others hold what it has to lock, with a pause between.
const TRIES: u32 = 300;
const PAUSE: Duration = Duration::from_secs(1);
/// How long a statement of a step waits for a lock on PostgreSQL: whoever comes behind it waits, too.
const LOCK: &str = "SET LOCAL lock_timeout = '2s'";
/// The number of the lock under which steps run on PostgreSQL; SQLite has one writer.
pub(crate) const UNDER: i64 = 0x7869_6e71_6961_6f00;

/// What became of the steps that had not run.
#[derive(Debug, Default)]
pub struct Ran {
    /// Names of those that ran.
    pub steps: Vec<&'static str>,
    /// Names of those that wait until older servers are gone.
    pub waiting: Vec<&'static str>,
}

/// Brings the database to the newest step. Returns the names of the steps that ran.
///
/// # Errors
/// As [`run_telling`].
pub async fn run(db: &Db) -> Result<Vec<&'static str>> {
    Ok(run_telling(db, &|_| ()).await?.steps)
}

/// The same, and says before each step which one begins. Steps that only take away wait while servers run that would miss
/// it; they are tried again by [`run`].
///
/// # Errors
/// The database is newer than this program can work with, or a step that has run was altered since; it is closed; a step
/// that this program needs has to wait for older servers.
pub async fn run_telling(db: &Db, told: &(dyn Fn(&Step) + Send + Sync)) -> Result<Ran> {
    closed::refuse(db).await?;
    run_until(db, i64::MAX, told).await
}

/// The same up to the step of a number, also in a database that is closed: whoever fills it asks.
pub(crate) async fn run_until(db: &Db, until: i64, told: &(dyn Fn(&Step) + Send + Sync)) -> Result<Ran> {
    table(db).await?;
    let mut ran = Ran::default();
    let mut missing = missing(db).await?;
    missing.retain(|step| step.number <= until);
    for (i, step) in missing.iter().enumerate() {
        match apply(db, step, told).await? {
            Outcome::Ran => ran.steps.push(step.name),
            Outcome::There => {}
            Outcome::Waits(server) => {
                let rest = missing.get(i..).unwrap_or_default();
                if rest.iter().any(|step| !matches!(step.phase, Phase::Contract { .. })) {
                    return Err(waits(step, &server));
                }
                ran.waiting = rest.iter().map(|step| step.name).collect();
                break;
            }
        }
    }
    if db.is_postgres() {
        // A table that came with a step is partitioned where the others are, also where a program ended in between.
        cluster::partition::follow(db).await?;
    }
    Ok(ran)
}

/// Names of the steps that have still to run, in order.
///
/// # Errors
/// As [`run`].
pub async fn outstanding(db: &Db) -> Result<Vec<&'static str>> {
    Ok(missing(db).await?.iter().map(|step| step.name).collect())
}

async fn missing(db: &Db) -> Result<Vec<&'static Step>> {
    let noted = noted(db).await?;
    bearable(&noted)?;
    Ok(known().iter().filter(|step| noted.iter().all(|noted| noted.number != step.number)).collect())
}

/// The table of steps, before there are any.
async fn table(db: &Db) -> Result<()> {
    if has_table(db, "migration").await? {
        return Ok(());
    }
    let table =
        "CREATE TABLE IF NOT EXISTS migration (number {int} NOT NULL PRIMARY KEY, name {text} NOT NULL,
        hash {text} NOT NULL, applied_at {time} NOT NULL) {strict}";
    match db.batch(&for_database(table, db.is_postgres())).await {
        // Two that begin at the same moment: PostgreSQL refuses the second.
        Err(error) if !has_table(db, "migration").await? => Err(error.into()),
        _ => Ok(()),
    }
}

fn waits(step: &Step, server: &Server) -> Error {
    Error::broken(format!(
        "{} ({}) cannot run while an older server works with the database: {} (version {}); stop it, or wait two minutes where it \
         was killed",
        step.name,
        step.phase.code(),
        server.place,
        server.version
    ))
}

enum Outcome {
    /// It ran.
    Ran,
    /// Another program ran it meanwhile.
    There,
    /// This server would not bear it.
    Waits(Server),
}

async fn apply(db: &Db, step: &Step, told: &(dyn Fn(&Step) + Send + Sync)) -> Result<Outcome> {
    let text = for_database(step.text, db.is_postgres());
    let statements = statements(&text);
    let mut unread = if db.is_postgres() { Vec::new() } else { plan::read_whole(&statements) };
    let mut tries = 0;
    loop {
        match apply_once(db, (step, &statements), told, unread.is_empty()).await {
            Ok(Some(outcome)) => return Ok(outcome),
            Ok(None) => {
                for table in std::mem::take(&mut unread) {
                    read_before(db, table).await?;
                }
            }
            Err(error) if error.is_conflict() && tries < TRIES => {
                tries += 1;
                tracing::info!(step = step.name, "waits for what others hold");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Reads a table that SQLite will read to its end, while others still write: for a column more it looks at every row of a strict
/// table, for an index too, and nobody writes meanwhile. From a disk that took 72 s for the cases of a nation, from memory 4 s.
async fn read_before(db: &Db, table: &str) -> Result<()> {
    if !has_table(db, table).await? {
        return Ok(());
    }
    let sql = format!("SELECT quick_check FROM pragma_quick_check('{table}', 'main')");
    let read: crate::db::Result<Vec<(String,)>> = db.all(&sql, p![]).await;
    let fault = match read {
        Ok(found) => found.into_iter().map(|(said,)| said).find(|said| said != "ok"),
        Err(error) => Some(error.to_string()),
    };
    match fault {
        Some(fault) => {
            Err(Error::broken(format!("{table} cannot be read whole: {fault}; nothing was changed")))
        }
        None => Ok(()),
    }
}

/// Nothing where the step would run now, and what it reads whole was not read yet.
async fn apply_once(
    db: &Db,
    (step, statements): (&Step, &[String]),
    told: &(dyn Fn(&Step) + Send + Sync),
    read: bool,
) -> Result<Option<Outcome>> {
    let mut tx = db.begin().await?;
    alone(db, &mut tx).await?;
    let there = "SELECT number FROM migration WHERE number = $1 OR number = $2";
    let there: Vec<(i64,)> = tx.all(there, p![step.number, ANNOUNCED]).await?;
    if there.contains(&(step.number,)) {
        return Ok(Some(Outcome::There));
    }
    let announced = there.contains(&(ANNOUNCED,));
    if announced && let Some(older) = server::older(&mut tx, step.phase.needs()).await? {
        return Ok(Some(Outcome::Waits(older)));
    }
    if !read {
        return Ok(None);
    }
    told(step);
    for statement in statements {
        tx.run(statement, p![]).await?;
    }
    if step.number == CHAINED {
        audit::carry_over(&mut tx).await?;
    }
    record(&mut tx, step, announced || step.number == ANNOUNCED).await?;
    tx.commit().await?;
    Ok(Some(Outcome::Ran))
}

/// Steps run one after the other, and no server begins meanwhile.
pub(crate) async fn alone(db: &Db, tx: &mut Tx) -> Result<()> {
    if db.is_postgres() {
        tx.run("SELECT pg_advisory_xact_lock($1)", p![UNDER]).await?;
        tx.run(LOCK, p![]).await?;
    }
    Ok(())
}

async fn record(tx: &mut Tx, step: &Step, announced: bool) -> Result<()> {
    let sql = "INSERT INTO migration (number, name, hash, applied_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, p![step.number, step.name, step.hash(), Timestamp::now()]).await?;
    if announced {
        let sql = "UPDATE migration SET needs = $1 WHERE number = $2";
        tx.run(sql, p![step.phase.needs(), step.number]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs::OpenOptions,
        io::{Seek, SeekFrom, Write},
    };

    #[tokio::test]
    async fn a_damaged_table_is_found_before_a_step_changes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trial.sqlite");
        let address = format!("sqlite:{}", path.display());
        let db = Db::open(&address).await.unwrap();
        let fill = "CREATE TABLE trial (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
            WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200)
            INSERT INTO trial SELECT x, printf('%1000d', x) FROM n";
        db.batch(fill).await.unwrap();
        read_before(&db, "trial").await.unwrap();
        read_before(&db, "later").await.unwrap();
        drop(db);
        let mut file = OpenOptions::new().write(true).open(&path).unwrap();
        let length = file.metadata().unwrap().len();
        file.seek(SeekFrom::Start(length / 2 / 4096 * 4096)).unwrap();
        file.write_all(&[0xff; 4096]).unwrap();
        drop(file);
        let db = Db::open(&address).await.unwrap();
        let refused = read_before(&db, "trial").await.unwrap_err().to_string();
        assert!(refused.contains("trial cannot be read whole"), "{refused}");
    }
}
