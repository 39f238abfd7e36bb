//! The steps that build the schema. One numbering, one text for both databases; types stand in braces:
//! `{id} {int} {text} {bool} {time} {date} {json} {bytes} {real}`, `{strict}` and `{clustered}` end a table.

pub mod plan;
pub mod shape;

use crate::{
    audit, closed, cluster,
    db::{Db, Tx},
    error::{Error, Result},
    p,
};
use jiff::Timestamp;
use sha2::Digest;

/// A step of the schema.
pub struct Step {
    /// Position; steps run in this order, each once.
    pub number: i64,
    /// What it is about.
    pub name: &'static str,
    /// Its statements, types in braces.
    pub(crate) text: &'static str,
}

macro_rules! steps { ($($number:literal $name:literal),* $(,)?) => {
    /// Every step, in order.
    pub const STEPS: &[Step] = &[$(Step {
        number: $number,
        name: $name,
        text: include_str!(concat!("../../../migrations/", $name, ".sql")),
    }),*];
} }
steps![
    1 "0001_account",
    2 "0002_division",
    3 "0003_register",
    4 "0004_institution",
    5 "0005_referral",
    6 "0006_idempotency",
    7 "0007_reach",
    8 "0008_library_import",
    9 "0009_counter",
    10 "0010_told",
    11 "0011_clock",
    12 "0012_audit_chain",
    13 "0013_data_key",
    14 "0014_earlier_password",
    15 "0015_second_factor",
    16 "0016_token_purpose",
    17 "0017_consent",
    18 "0018_rights",
    19 "0019_emergency_access",
    20 "0020_delegation",
    21 "0021_taken_file",
    22 "0022_passkey",
    23 "0023_identity_provider",
    24 "0024_share",
    25 "0025_research",
    27 "0027_latest_case",
    28 "0028_tally_county",
];

/// The step after which the entries of the log are chained, which SQL alone cannot.
const CHAINED: i64 = 12;

const SQLITE_TYPES: [(&str, &str); 11] = [
    ("{id}", "BLOB"),
    ("{int}", "INTEGER"),
    ("{text}", "TEXT"),
    ("{bool}", "INTEGER"),
    ("{time}", "INTEGER"),
    ("{date}", "TEXT"),
    ("{json}", "TEXT"),
    ("{bytes}", "BLOB"),
    ("{real}", "REAL"),
    ("{strict}", "STRICT"),
    ("{clustered}", "STRICT, WITHOUT ROWID"),
];
const POSTGRES_TYPES: [(&str, &str); 11] = [
    ("{id}", "uuid"),
    ("{int}", "bigint"),
    ("{text}", "text"),
    ("{bool}", "boolean"),
    ("{time}", "timestamptz"),
    ("{date}", "date"),
    ("{json}", "jsonb"),
    ("{bytes}", "bytea"),
    ("{real}", "double precision"),
    ("{strict}", ""),
    ("{clustered}", ""),
];

/// The text of a step for one database.
#[must_use]
pub fn for_database(text: &str, postgres: bool) -> String {
    let types = if postgres { POSTGRES_TYPES } else { SQLITE_TYPES };
    types.iter().fold(text.to_owned(), |text, (brace, real)| text.replace(brace, real))
}

impl Step {
    /// SHA-256 of the text, as hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> String {
        crate::hex::write(&sha2::Sha256::digest(self.text.as_bytes()))
    }
}

/// Brings the database to the newest step. Returns the names of the steps that ran.
///
/// # Errors
/// The database is newer than this program, or a step that has run was altered since; it is closed.
pub async fn run(db: &Db) -> Result<Vec<&'static str>> {
    run_telling(db, &|_| ()).await
}

/// The same, and says before each step which one begins.
///
/// # Errors
/// As [`run`].
pub async fn run_telling(db: &Db, told: &(dyn Fn(&Step) + Send + Sync)) -> Result<Vec<&'static str>> {
    closed::refuse(db).await?;
    run_until(db, i64::MAX, told).await
}

/// The same up to the step of a number, also in a database that is closed: whoever fills it asks.
pub(crate) async fn run_until(
    db: &Db,
    until: i64,
    told: &(dyn Fn(&Step) + Send + Sync),
) -> Result<Vec<&'static str>> {
    let table =
        "CREATE TABLE IF NOT EXISTS migration (number {int} NOT NULL PRIMARY KEY, name {text} NOT NULL,
        hash {text} NOT NULL, applied_at {time} NOT NULL) {strict}";
    db.batch(&for_database(table, db.is_postgres())).await?;
    let done: Vec<(i64, String)> = db.all(NOTED, p![]).await?;
    check(&done)?;
    let mut ran = Vec::new();
    let wanted = STEPS.iter().filter(|step| step.number <= until);
    for step in wanted.filter(|s| !done.iter().any(|(n, _)| *n == s.number)) {
        told(step);
        let mut tx = db.begin().await?;
        for statement in statements(&for_database(step.text, db.is_postgres())) {
            tx.run(&statement, p![]).await?;
        }
        if step.number == CHAINED {
            audit::carry_over(&mut tx).await?;
        }
        record(&mut tx, step).await?;
        tx.commit().await?;
        ran.push(step.name);
    }
    if db.is_postgres() && !ran.is_empty() {
        // A table that came with a step is partitioned where the others are.
        cluster::partition::follow(db).await?;
    }
    Ok(ran)
}

const NOTED: &str = "SELECT number, hash FROM migration ORDER BY number";

/// Names of the steps that this database has and this program knows; none where the database is new.
///
/// # Errors
/// The database is gone, closed, newer than this program, or a step that has run was altered since.
pub async fn done(db: &Db) -> Result<Vec<&'static str>> {
    closed::refuse(db).await?;
    if !has_table(db, "migration").await? {
        return Ok(Vec::new());
    }
    let done: Vec<(i64, String)> = db.all(NOTED, p![]).await?;
    check(&done)?;
    Ok(STEPS.iter().filter(|s| done.iter().any(|(n, _)| *n == s.number)).map(|s| s.name).collect())
}

/// Whether there is a table of this name.
pub(crate) async fn has_table(db: &Db, name: &str) -> Result<bool> {
    let found: Option<(i64,)> = db.opt(counting(db.is_postgres()), p![name]).await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// The statement that counts the tables of a name.
pub(crate) fn counting(postgres: bool) -> &'static str {
    match postgres {
        true => {
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = $1 AND table_schema = CURRENT_SCHEMA"
        }
        false => "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1",
    }
}

/// Names of all steps of this program, in their order.
#[must_use]
pub fn steps() -> Vec<&'static str> {
    STEPS.iter().map(|s| s.name).collect()
}

async fn record(tx: &mut Tx, step: &Step) -> Result<()> {
    let sql = "INSERT INTO migration (number, name, hash, applied_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, p![step.number, step.name, step.hash(), Timestamp::now()]).await?;
    Ok(())
}

fn check(done: &[(i64, String)]) -> Result<()> {
    for (number, hash) in done {
        let Some(step) = STEPS.iter().find(|s| s.number == *number) else {
            return Err(Error::broken(format!(
                "the database has step {number}; this program is older than it"
            )));
        };
        if step.hash() != *hash {
            return Err(Error::broken(format!("step {} was altered after it had run", step.name)));
        }
    }
    Ok(())
}

/// The statements of a step: without comments, split at semicolons (no step has one inside a text).
pub(crate) fn statements(text: &str) -> Vec<String> {
    let bare: String =
        text.lines().map(|l| l.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    bare.split(';').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_a_step() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .filter_map(|n| n.strip_suffix(".sql").map(str::to_owned))
            .collect();
        files.sort();
        assert_eq!(files, STEPS.iter().map(|s| s.name).collect::<Vec<_>>());
        for step in STEPS {
            assert!(step.name.starts_with(&format!("{:04}_", step.number)), "{}", step.name);
        }
        assert!(STEPS.is_sorted_by_key(|s| s.number));
    }

    #[test]
    fn no_brace_is_left_and_large_tables_have_a_home() {
        for step in STEPS {
            for postgres in [false, true] {
                assert!(!for_database(step.text, postgres).contains('{'), "{}", step.name);
            }
            for forbidden in ["SERIAL", "AUTOINCREMENT", "CREATE TRIGGER", "CREATE SEQUENCE", "NEXTVAL"] {
                assert!(!step.text.to_uppercase().contains(forbidden), "{}: {forbidden}", step.name);
            }
            let mut kind = "";
            for line in step.text.lines() {
                if let Some(word) = line.strip_prefix("-- ") {
                    kind = word.split([':', ' ']).next().unwrap_or_default();
                }
                if line.starts_with("CREATE TABLE") {
                    let known = ["large", "reference", "local"].contains(&kind);
                    assert!(known, "{}: say large, reference or local above {line}", step.name);
                }
            }
        }
    }

    #[test]
    fn the_keys_of_large_tables_start_with_home() {
        for step in STEPS {
            for part in step.text.split("-- large").skip(1) {
                let bare: String = part
                    .lines()
                    .map(|l| l.split("--").next().unwrap_or_default())
                    .collect::<Vec<_>>()
                    .join("\n");
                let table = bare.split("CREATE TABLE").nth(1).and_then(|t| t.split(';').next()).unwrap_or("");
                let keyed = table.contains("PRIMARY KEY (home,");
                assert!(keyed, "{}: a large table whose key does not start with home: {table}", step.name);
            }
        }
    }
}
