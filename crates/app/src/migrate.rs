//! The steps that build the schema. One numbering, one text for both databases; types stand in braces:
//! `{id} {int} {text} {bool} {time} {date} {json} {bytes} {real}`, `{strict}` and `{clustered}` end a table.

mod apply;
mod phase;
pub mod plan;
pub mod shape;
#[cfg(debug_assertions)]
mod trial;

pub use apply::{Ran, outstanding, run, run_telling};
pub(crate) use apply::{UNDER, alone, run_until};
pub use phase::Phase;
use phase::phase;

use crate::{
    closed,
    db::{Db, Tx},
    error::{Error, Result},
    p,
};
use sha2::Digest;

/// A step of the schema.
#[derive(Debug)]
pub struct Step {
    /// Position; steps run in this order, each once.
    pub number: i64,
    /// What it is about.
    pub name: &'static str,
    /// Its statements, types in braces.
    pub(crate) text: &'static str,
    /// What it means for programs that do not know it.
    pub phase: Phase,
}

macro_rules! steps { ($($number:literal $name:literal $phase:ident $(since $since:literal)?),* $(,)?) => {
    /// Every step, in order. The word behind the name is its phase ([`Phase`]).
    pub const STEPS: &[Step] = &[$(Step {
        number: $number,
        name: $name,
        text: include_str!(concat!("../../../migrations/", $name, ".sql")),
        phase: phase!($phase $number $($since)?),
    }),*];
} }
steps![
    1 "0001_account" expand,
    2 "0002_division" expand,
    3 "0003_register" expand,
    4 "0004_institution" expand,
    5 "0005_referral" expand,
    6 "0006_idempotency" expand,
    7 "0007_reach" backfill,
    8 "0008_library_import" expand,
    9 "0009_counter" expand,
    10 "0010_told" backfill,
    11 "0011_clock" contract,
    12 "0012_audit_chain" contract,
    13 "0013_data_key" expand,
    14 "0014_earlier_password" expand,
    15 "0015_second_factor" backfill,
    16 "0016_token_purpose" backfill,
    17 "0017_consent" expand,
    18 "0018_rights" expand,
    19 "0019_emergency_access" expand,
    20 "0020_delegation" expand,
    21 "0021_taken_file" expand,
    22 "0022_passkey" expand,
    23 "0023_identity_provider" expand,
    24 "0024_share" expand,
    25 "0025_research" expand,
    27 "0027_latest_case" expand,
    28 "0028_tally_county" backfill,
    29 "0029_person_key_county" contract,
    34 "0034_server" expand,
    35 "0035_scale_result" expand,
    36 "0036_followup" expand,
    37 "0037_smd_emergency" expand,
    39 "0039_plan" expand,
    40 "0040_care_session" expand,
    41 "0041_calendar_feed" expand,
    43 "0043_scale_page" expand,
    44 "0044_scale_library" expand,
    46 "0046_device" expand,
    47 "0047_smd_support" expand,
    48 "0048_smd_examination" expand,
    49 "0049_smd_group" expand,
    50 "0050_outreach" expand,
    51 "0051_attachment" expand,
    53 "0053_workforce" expand,
    54 "0054_supervision" expand,
    58 "0058_reminder" expand,
    61 "0061_tally_town" backfill,
    62 "0062_smd_paper" expand,
    65 "0065_question" expand,
    66 "0066_agreed_task" expand,
    67 "0067_conference" expand,
    68 "0068_lead_by_due" expand,
    69 "0069_staff_by_place" expand,
    75 "0075_house_feed" expand,
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

/// Tables whose rows hold whole documents. To find a row by its key in a table without row numbers, SQLite reads each row
/// that it compares with to its end, however long; these therefore keep their keys apart. A database that was made before
/// this works on as it is; `xinqiao move` or a restored backup gives it the new layout.
const WIDE: [&str; 24] = [
    "agreed_task",
    "attachment_part",
    "care_session",
    "conference",
    "conference_case",
    "conference_minutes",
    "followup_visit",
    "form_entry",
    "import_outcome",
    "import_part",
    "import_trouble",
    "plan",
    "question_message",
    "referral",
    "referral_event",
    "rights_request",
    "share_subject",
    "smd_emergency",
    "smd_event",
    "smd_examination",
    "smd_handed",
    "smd_payment",
    "smd_support",
    "supervision",
];

/// The text of a step for one database.
#[must_use]
pub fn for_database(text: &str, postgres: bool) -> String {
    const TABLE: &str = "CREATE TABLE ";
    let types = if postgres { POSTGRES_TYPES } else { SQLITE_TYPES };
    let wide = |part: &&str| part.split_whitespace().next().is_some_and(|name| WIDE.contains(&name));
    let parts = text.split(TABLE).map(|part| match Some(part).filter(wide) {
        Some(part) => part.replace("{clustered}", "{strict}"),
        None => part.to_owned(),
    });
    let text = parts.collect::<Vec<_>>().join(TABLE);
    types.iter().fold(text, |text, (brace, real)| text.replace(brace, real))
}

impl Step {
    /// SHA-256 of the text, as hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> String {
        crate::hex::write(&sha2::Sha256::digest(self.text.as_bytes()))
    }
}

/// Names of the steps that this database has and this program knows; none where the database is new.
///
/// # Errors
/// The database is gone, closed, newer than this program can work with, or a step that has run was altered since.
pub async fn done(db: &Db) -> Result<Vec<&'static str>> {
    closed::refuse(db).await?;
    let noted = noted(db).await?;
    bearable(&noted)?;
    Ok(known().iter().filter(|s| noted.iter().any(|n| n.number == s.number)).map(|s| s.name).collect())
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
    known().iter().map(|s| s.name).collect()
}

/// The steps that this program knows. A debug build takes further ones from a folder, for tests of an upgrade.
#[must_use]
pub fn known() -> &'static [Step] {
    #[cfg(debug_assertions)]
    {
        trial::steps()
    }
    #[cfg(not(debug_assertions))]
    {
        STEPS
    }
}

/// The number of the last step that this program knows.
#[must_use]
pub fn newest() -> i64 {
    known().last().map_or(0, |step| step.number)
}

/// The step after which the table of steps says what each of them needs, and servers say that they are there.
pub(crate) const ANNOUNCED: i64 = 34;

/// A step that has run.
pub(crate) struct Noted {
    pub number: i64,
    pub hash: String,
    /// The step that a program must know to work with the database after this one; nothing where nobody said.
    pub needs: Option<i64>,
}
crate::row!(Noted { number, hash, needs });

/// The steps that have run, in order; none where the database is new.
pub(crate) async fn noted(db: &Db) -> Result<Vec<Noted>> {
    if !has_table(db, "migration").await? {
        return Ok(Vec::new());
    }
    let said: Option<(i64,)> =
        db.opt("SELECT number FROM migration WHERE number = $1", p![ANNOUNCED]).await?;
    if said.is_some() {
        return Ok(db.all(NOTED, p![]).await?);
    }
    Ok(db.all("SELECT number, hash, CAST(NULL AS BIGINT) FROM migration ORDER BY number", p![]).await?)
}

const NOTED: &str = "SELECT number, hash, needs FROM migration ORDER BY number";

/// The same inside a transaction, where steps say what they need.
pub(crate) async fn noted_in(tx: &mut Tx) -> Result<Vec<Noted>> {
    Ok(tx.all(NOTED, p![]).await?)
}

/// Whether this program can work with a database that has these steps: it knows them, or they let programs that do not know
/// them go on.
///
/// # Errors
/// It cannot, or a step was altered after it had run.
pub(crate) fn bearable(done: &[Noted]) -> Result<()> {
    for noted in done {
        match known().iter().find(|s| s.number == noted.number) {
            Some(step) if step.hash() != noted.hash => {
                return Err(Error::broken(format!("step {} was altered after it had run", step.name)));
            }
            None if noted.needs.is_none_or(|needs| needs > newest()) => {
                let number = noted.number;
                return Err(Error::broken(format!(
                    "the database has step {number}; this program is older than it"
                )));
            }
            _ => {}
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
    fn tables_of_documents_have_row_numbers_on_sqlite() {
        for (text, expected) in [
            ("CREATE TABLE referral (a {id}) {clustered};", "CREATE TABLE referral (a BLOB) STRICT;"),
            (
                "CREATE TABLE referral_filer (a {id}) {clustered};\nCREATE TABLE referral (b {id}) {clustered};",
                "CREATE TABLE referral_filer (a BLOB) STRICT, WITHOUT ROWID;\nCREATE TABLE referral (b BLOB) STRICT;",
            ),
            ("CREATE TABLE task (a {id}) {clustered};", "CREATE TABLE task (a BLOB) STRICT, WITHOUT ROWID;"),
        ] {
            assert_eq!(for_database(text, false), expected);
        }
        for table in WIDE {
            let made = format!("CREATE TABLE {table} (");
            assert!(STEPS.iter().any(|step| step.text.contains(&made)), "{table}");
        }
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
