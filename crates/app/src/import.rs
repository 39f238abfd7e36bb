//! Lists of departments: sent in, checked, taken in, taken back.
//!
//! A file is first stored as it came (sealed). Checking reads it without changing anything and says what would
//! change. Taking in reads it again, a batch of rows to a transaction. A run that was cut off is taken back at the
//! next start or by another program, so that an import is whole or absent. Nothing of a list is lost by taking it
//! back: records end, and what they had replaced speaks again.

pub(crate) mod chunk;
mod doubles;
mod estimate;
mod library;
mod places;
pub(crate) mod prepare;
pub(crate) mod read;
mod receive;
mod report;
mod run;
mod store;
mod template;
mod undo;
mod unpacked;

pub use read::MOST_ROWS;
pub use receive::{MOST_BYTES, Receiving, forget_unfinished};
pub use report::{Layout, report};
pub use run::{Keep, apply, check, recover};
pub use template::template;
pub use undo::undo;

use crate::{
    App, audit,
    db::{Sql, Value},
    error::{Error, Problem, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::Role,
    import::{Heading, Kind, Mapping, Trouble},
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What whoever takes an import in or back holds, so that nobody else does.
const HELD: &str = "import";
/// Rows on a page of the list of imports.
pub const PAGE: i64 = 50;
/// Faulty rows that are shown on the page; all of them are in the report.
const SHOWN: usize = 50;

/// One import.
#[derive(Debug, Clone, Serialize)]
pub struct Import {
    /// Identifier.
    pub id: Id,
    /// Kind of list: `smd`, `dpf`, `institution`, `talent`.
    pub kind: String,
    /// Who sent it.
    pub sender: String,
    /// The file's name.
    pub file_name: String,
    /// Its bytes.
    pub size: i64,
    /// `receiving`, `staged`, `checked`, `running`, `linking`, `done`, `failed`, `undoing`, `undone`.
    pub state: String,
    /// Chosen columns: heading as written → field.
    pub mapping: Json,
    /// Good rows are taken in although others are bad.
    pub keep_valid: bool,
    /// Rows whose identity number fails its check are taken in without it.
    pub keep_unverified: bool,
    /// Rows of the file, headings included; 0 until it was read once.
    pub rows_total: i64,
    /// Rows done so far.
    pub rows_done: i64,
    /// What was found: see [`Summary`].
    pub summary: Json,
    /// Why it failed, as a code.
    pub failure: Option<String>,
    /// Who sent it in.
    pub account_id: Id,
    /// Area of the account that sent it in.
    pub division: i64,
    /// The day against which dates are checked.
    pub today: Date,
    /// When it was sent in.
    pub created_at: Timestamp,
    /// When taking in began.
    pub started_at: Option<Timestamp>,
    /// When it was done or taken back.
    pub finished_at: Option<Timestamp>,
    /// Changes so far.
    pub version: i64,
}
row!(Import {
    id,
    kind,
    sender,
    file_name,
    size,
    state,
    mapping,
    keep_valid,
    keep_unverified,
    rows_total,
    rows_done,
    summary,
    failure,
    account_id,
    division,
    today,
    created_at,
    started_at,
    finished_at,
    version
});

const IMPORT: &str =
    "SELECT id, kind, sender, file_name, size, state, mapping, keep_valid, keep_unverified, rows_total,
    rows_done, summary, failure, account_id, division, today, created_at, started_at, finished_at, version
    FROM import WHERE";

/// What a check or a run found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// The headings as understood.
    pub heading: Option<Heading>,
    /// Rows with data.
    pub rows: u64,
    /// Persons who are not in the register.
    pub new: u64,
    /// Rows that join a person by an equal number.
    pub linked: u64,
    /// Rows that replace what the sender said before.
    pub changed: u64,
    /// Rows that say what the sender said before.
    pub unchanged: u64,
    /// Rows that stand twice in the file.
    pub doubles: u64,
    /// Rows with errors.
    pub invalid: u64,
    /// Rows whose identity number fails its check, otherwise good.
    pub unverified: u64,
    /// Rows with warnings.
    pub warned: u64,
    /// Pairs of probable doubles that were put before the clerks; before the list is taken in, an estimate.
    pub pairs: u64,
    /// Rows that were not taken back, since somebody has changed their records meanwhile.
    pub kept: u64,
    /// Findings by field and code (`number:identity_number.check`), how many rows each.
    pub findings: BTreeMap<String, u64>,
    /// The first faulty rows.
    pub faulty: Vec<Faulty>,
}

/// A row with errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faulty {
    /// Row of the file, counted from 1 as a spreadsheet does.
    pub row: u64,
    /// Everything that is wrong with it.
    pub troubles: Vec<Trouble>,
}

impl Import {
    /// What was found so far.
    ///
    /// # Errors
    /// The stored summary is of a newer program.
    pub fn summary(&self) -> Result<Summary> {
        Ok(serde_json::from_value(self.summary.clone())?)
    }

    fn kind(&self) -> Result<&'static Kind> {
        rules::import::kind(&self.kind).ok_or_else(|| Error::broken("an import of an unknown kind"))
    }
}

/// What is sent in.
#[derive(Debug, Clone)]
pub struct NewImport<'a> {
    /// Kind of list.
    pub kind: &'a str,
    /// Who sends it.
    pub sender: &'a str,
    /// The file's name.
    pub file_name: &'a str,
}

/// Departments send their own lists; civil affairs and the referral workers receive them from all. The libraries are
/// filled by civil affairs alone.
pub(crate) fn may_import(scope: &Scope, kind: &str) -> Result<()> {
    let of_library = rules::import::kind(kind).is_some_and(|k| k.library.is_some());
    let allowed = match scope.role {
        Role::System | Role::CivilAffairsOfficer => true,
        _ if of_library => false,
        Role::ReferralWorker => true,
        Role::HealthOfficer => kind == "smd",
        Role::DpfOfficer => kind == "dpf",
        _ => false,
    };
    if allowed { Ok(()) } else { Err(Error::Forbidden) }
}

/// The kinds of list that the caller may send in.
#[must_use]
pub fn kinds(scope: &Scope) -> Vec<&'static Kind> {
    rules::import::kinds().iter().filter(|k| may_import(scope, &k.kind).is_ok()).collect()
}

/// Stores a file that is at hand whole. Nothing of it is taken in yet.
///
/// # Errors
/// As [`Receiving`].
pub async fn stage(app: &App, scope: &Scope, new: &NewImport<'_>, bytes: &[u8]) -> Result<Id> {
    Receiving::begin(app, scope, new).await?.add(bytes).await?.end(scope).await
}

fn entry(action: &'static str, id: Id, detail: Json) -> audit::Entry {
    audit::Entry {
        purpose: audit::Purpose::Referral,
        action,
        subject_kind: "import",
        subject: Some(id),
        detail,
    }
}

/// One import of the caller's area and kind.
///
/// # Errors
/// There is none such.
pub async fn get(app: &App, scope: &Scope, id: Id) -> Result<Import> {
    let sql = Sql::new(IMPORT)
        .push(" id = {} AND division >= {} AND division <= {}", p![id, scope.area.from, scope.area.to]);
    let found: Import = app.db.query(sql).await?.into_iter().next().ok_or(Error::NotFound)?;
    may_import(scope, &found.kind).map_err(|_| Error::NotFound)?;
    Ok(found)
}

/// Imports of the caller's area, newest first, before the one with the identifier `before`; at most [`PAGE`].
///
/// # Errors
/// The caller's role imports nothing.
pub async fn list(app: &App, scope: &Scope, before: Option<Id>) -> Result<Vec<Import>> {
    let kinds = kinds(scope);
    if kinds.is_empty() {
        return Err(Error::Forbidden);
    }
    let named: Vec<Value> = kinds.iter().map(|kind| kind.kind.as_str().into()).collect();
    let places = vec!["{}"; named.len()].join(", ");
    let sql = Sql::new(IMPORT)
        .push(" division >= {} AND division <= {}", p![scope.area.from, scope.area.to])
        .push(&format!(" AND kind IN ({places})"), named)
        .when(" AND id < {}", before)
        .push(" ORDER BY id DESC LIMIT {}", p![PAGE]);
    Ok(app.db.query(sql).await?)
}

/// Says which column means what, for this file and for the sender's next ones.
///
/// # Errors
/// A field is unknown; the import has begun, or changed meanwhile.
pub async fn map(app: &App, scope: &Scope, id: Id, version: i64, mapping: &Mapping) -> Result<()> {
    let import = get(app, scope, id).await?;
    let kind = import.kind()?;
    let unknown = mapping.iter().filter(|(_, f)| !f.is_empty() && kind.column(f).is_none());
    let problems: Vec<Problem> =
        unknown.map(|(heading, _)| Problem::new(heading, "unknown_choice")).collect();
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let json = serde_json::to_value(mapping)?;
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE import SET mapping = $2, state = 'staged', version = version + 1
            WHERE id = $1 AND version = $3 AND state IN ('staged', 'checked', 'failed')";
        if tx.run(sql, p![id, json.clone(), version]).await? == 0 {
            return Err(stale(&import, version));
        }
        let sql = "INSERT INTO import_mapping (kind, sender, mapping, changed_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (kind, sender) DO UPDATE SET mapping = excluded.mapping, changed_at = excluded.changed_at";
        tx.run(sql, p![&import.kind, &import.sender, json.clone(), app.now()]).await?;
        Ok(())
    })
}

fn stale(import: &Import, expected: i64) -> Error {
    if import.version == expected {
        rules::Refusal::new("import", "wrong_state").with("state", &import.state).into()
    } else {
        Error::Changed { expected, found: import.version }
    }
}
