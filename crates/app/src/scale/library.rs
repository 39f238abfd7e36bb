//! The library of rating scales: those of the programme, those that administrators imported while it runs, and which of them are
//! offered where. Each version stays, since results name theirs.

use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Value},
    error::{Error, Problem, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    Refusal,
    account::{Deed, Subject},
    clock::china_date,
    division::Level,
    scale::{Definition, Scale, Written},
};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Bytes of a file at most.
pub const MOST_BYTES: usize = 512 * 1024;
/// Letters of an id or a version at most.
const LONGEST_NAME: usize = 40;
/// Items of a scale at most.
const MOST_ITEMS: usize = 200;

/// A scale of the library.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The scale, in the version in use.
    pub scale: Scale,
    /// It came with a file; otherwise it is part of the programme.
    pub imported: Option<Imported>,
    /// It is offered where the reader asks for.
    pub offered: bool,
}

/// Where an imported version came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Version.
    pub version: String,
    /// `own` or `questionnaire`.
    pub written: String,
    /// Name of the file.
    pub file_name: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

struct Row {
    scale: String,
    version: String,
    written: String,
    file_name: String,
    definition: Json,
    by: String,
    at: Timestamp,
}
crate::row!(Row { scale, version, written, file_name, definition, by, at });

impl Row {
    fn scale(&self) -> Result<Scale> {
        let definition: Definition = serde_json::from_value(self.definition.clone())?;
        Scale::new(definition).map_err(Error::broken)
    }

    fn imported(&self) -> Imported {
        Imported {
            version: self.version.clone(),
            written: self.written.clone(),
            file_name: self.file_name.clone(),
            by: self.by.clone(),
            at: self.at,
        }
    }
}

const COLUMNS: &str = "scale, version, written, file_name, definition, imported_by_name, at";

/// Every imported version, by scale, the latest last.
async fn imported(app: &App) -> Result<Vec<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM scale_definition ORDER BY scale, at, version");
    Ok(app.db.all(&sql, p![]).await?)
}

/// Definitions that results name.
pub struct Definitions<'a> {
    app: &'a App,
    found: BTreeMap<(String, String), Scale>,
}

impl<'a> Definitions<'a> {
    /// Those named by scale and version; what the programme does not hold is looked for among what was imported.
    ///
    /// # Errors
    /// The database is gone.
    pub async fn of<'b>(
        app: &'a App,
        named: impl Iterator<Item = (&'b str, &'b str)>,
    ) -> Result<Definitions<'a>> {
        let mut found = BTreeMap::new();
        let own = |scale: &str, version: &str| {
            app.tables.scale(scale).is_some_and(|own| own.definition().version == version)
        };
        let wanted: std::collections::BTreeSet<(&str, &str)> =
            named.filter(|(scale, version)| !own(scale, version)).collect();
        for (scale, version) in wanted {
            let sql = format!("SELECT {COLUMNS} FROM scale_definition WHERE scale = $1 AND version = $2");
            if let Some(row) = app.db.opt::<Row>(&sql, p![scale, version]).await? {
                found.insert((scale.to_owned(), version.to_owned()), row.scale()?);
            }
        }
        Ok(Definitions { app, found })
    }

    /// The definition of a version.
    #[must_use]
    pub fn get(&self, scale: &str, version: &str) -> Option<&Scale> {
        let own = self.app.tables.scale(scale).filter(|own| own.definition().version == version);
        own.or_else(|| self.found.get(&(scale.to_owned(), version.to_owned())))
    }
}

/// A scale in a version, whether it is still offered or not: old results stay readable.
///
/// # Errors
/// The database is gone.
pub async fn version(app: &App, scale: &str, version: &str) -> Result<Option<Scale>> {
    let definitions = Definitions::of(app, std::iter::once((scale, version))).await?;
    Ok(definitions.get(scale, version).cloned())
}

/// Where a decision on offering stands: the area itself, its county, prefecture, province, the nation.
fn areas(division: i64) -> Vec<i64> {
    let widths = [Level::County, Level::Prefecture, Level::Province].map(Level::width);
    let mut areas = vec![division];
    areas.extend(widths.map(|width| division - division % width));
    areas.push(0);
    areas.dedup();
    areas
}

/// What was decided for a place: the smallest area that holds it counts.
async fn decided(app: &App, division: i64) -> Result<BTreeMap<String, bool>> {
    let areas = areas(division);
    let marks = vec!["{}"; areas.len()].join(", ");
    let clause = format!(" WHERE division IN ({marks}) ORDER BY scale");
    let args = areas.iter().copied().map(Value::from);
    let sql = Sql::new("SELECT division, scale, offered FROM scale_offer").push(&clause, args);
    let rows: Vec<(i64, String, bool)> = app.db.query(sql).await?;
    let mut found = BTreeMap::new();
    for area in areas.iter().rev() {
        let of_area = rows.iter().filter(|(division, ..)| division == area);
        found.extend(of_area.map(|(_, scale, offered)| (scale.clone(), *offered)));
    }
    Ok(found)
}

/// All scales in the version in use, with whether they are offered at a place. The programme's are offered unless somebody decided
/// otherwise; an imported one once somebody decided so. Of several versions of a scale the one that holds from the latest day on that
/// has come is in use.
async fn listed(app: &App, division: i64) -> Result<Vec<Listed>> {
    let today = china_date(app.now());
    let decided = decided(app, division).await?;
    let own = app.tables.scales().map(|scale| (scale.definition().id.clone(), (scale.clone(), None)));
    let mut all: BTreeMap<String, (Scale, Option<Imported>)> = own.collect();
    for row in imported(app).await? {
        let scale = row.scale()?;
        let from = scale.definition().valid_from;
        let newer = all.get(&row.scale).is_none_or(|(known, _)| known.definition().valid_from <= from);
        if newer && from <= today {
            all.insert(row.scale.clone(), (scale, Some(row.imported())));
        }
    }
    let one = |(id, (scale, imported)): (String, (Scale, Option<Imported>))| {
        let usual = app.tables.scale(&id).is_some();
        Listed { scale, imported, offered: decided.get(&id).copied().unwrap_or(usual) }
    };
    Ok(all.into_iter().map(one).collect())
}

/// The scales that are offered at a place.
pub(super) async fn offered(app: &App, division: i64) -> Result<Vec<Scale>> {
    let all = listed(app, division).await?;
    Ok(all.into_iter().filter(|one| one.offered).map(|one| one.scale).collect())
}

/// One of them.
pub(super) async fn offered_one(app: &App, division: i64, scale: &str) -> Result<Option<Scale>> {
    let all = offered(app, division).await?;
    Ok(all.into_iter().find(|one| one.definition().id == scale))
}

/// The library as it stands for the reader's area.
///
/// # Errors
/// The caller may not read it.
pub async fn list(app: &App, scope: &Scope) -> Result<Vec<Listed>> {
    scope.permit(Deed::Read, Subject::ScaleLibrary)?;
    listed(app, scope.area.from).await
}

/// A scale with all its imported versions, the latest first.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The scale as it is in use.
    pub listed: Listed,
    /// Imported versions.
    pub versions: Vec<Imported>,
}

/// One scale of the library.
///
/// # Errors
/// There is none of this id; the caller may not read it.
pub async fn show(app: &App, scope: &Scope, scale: &str) -> Result<Whole> {
    scope.permit(Deed::Read, Subject::ScaleLibrary)?;
    let all = listed(app, scope.area.from).await?;
    let listed = all.into_iter().find(|one| one.scale.definition().id == scale).ok_or(Error::NotFound)?;
    let rows = imported(app).await?;
    let versions = rows.iter().rev().filter(|row| row.scale == scale).map(Row::imported).collect();
    Ok(Whole { listed, versions })
}

/// A file that was taken into the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Id of the scale.
    pub scale: String,
    /// Its version.
    pub version: String,
    /// The same version with the same contents was there before.
    pub known: bool,
}

/// Takes the file of a scale into the library: one of our own, or a FHIR R4 Questionnaire. It is offered once somebody decides so, and a
/// new version of an offered scale from the day on that it names.
///
/// # Errors
/// The caller may not; the file is too large or faulty, with the place and the remedy; the version exists with other contents.
pub async fn import(app: &App, scope: &Scope, file_name: &str, bytes: &[u8]) -> Result<Taken> {
    scope.permit(Deed::Change, Subject::ScaleLibrary)?;
    let told = |code: &str, values: Vec<String>| {
        Error::Invalid(vec![Problem { field: "file".to_owned(), code: code.to_owned(), values }])
    };
    if bytes.len() > MOST_BYTES {
        return Err(told("file_too_large", vec![(MOST_BYTES / 1024).to_string()]));
    }
    if file_name.contains('\0') {
        return Err(told("nul_character", Vec::new()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| told("scale_file", vec!["UTF-8".to_owned()]))?;
    let name = Some(file_name.trim()).filter(|name| !name.is_empty()).unwrap_or("scale.json");
    let (scale, written) =
        Scale::parse(name, text).map_err(|fault| told("scale_file", vec![fault.to_string()]))?;
    let definition = scale.definition();
    for (what, value) in [("id", &definition.id), ("version", &definition.version)] {
        if !named(value) {
            return Err(told("scale_name", vec![what.to_owned(), LONGEST_NAME.to_string()]));
        }
    }
    if definition.items.len() > MOST_ITEMS {
        return Err(told("scale_items", vec![MOST_ITEMS.to_string()]));
    }
    let own = app.tables.scale(&definition.id).filter(|own| own.definition().version == definition.version);
    let exists = || Refusal::new("S2", "scale_version_exists");
    if own.is_some() {
        return Err(exists().into());
    }
    let body = serde_json::to_value(definition)?;
    if has_nul(&body) {
        return Err(told("nul_character", Vec::new()));
    }
    let written = if written == Written::Own { "own" } else { "questionnaire" };
    let (id, version) = (definition.id.clone(), definition.version.clone());
    let known: Result<bool> = atomic!(app.db, tx => {
        let sql = "INSERT INTO scale_definition (scale, version, written, file_name, definition, imported_by, imported_by_name, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (scale, version) DO NOTHING";
        let short: String = name.chars().take(200).collect();
        let args = p![&id, &version, written, short, body.clone(), scope.account, &scope.name, app.now()];
        if tx.run(sql, args).await? == 0 {
            let sql = "SELECT definition FROM scale_definition WHERE scale = $1 AND version = $2";
            let before: Option<(Json,)> = tx.opt(sql, p![&id, &version]).await?;
            return if before.is_some_and(|(before,)| before == body) { Ok(true) } else { Err(exists().into()) };
        }
        audit::record_in(tx, scope, entry("import", json!({ "scale": &id, "version": &version })), app.now());
        Ok(false)
    });
    Ok(Taken { scale: id, version, known: known? })
}

/// Whether a text of the file holds U+0000, which a file can write as an escape and PostgreSQL does not store.
fn has_nul(json: &Json) -> bool {
    match json {
        Json::String(text) => text.contains('\0'),
        Json::Array(values) => values.iter().any(has_nul),
        Json::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

/// Whether something can stand in an address and in a list.
fn named(value: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    (1..=LONGEST_NAME).contains(&value.len()) && value.chars().all(fits)
}

fn entry(action: &'static str, detail: Json) -> Entry {
    Entry { purpose: Purpose::Administration, action, subject_kind: "scale", subject: None::<Id>, detail }
}

/// Decides whether a scale is offered in the caller's area.
///
/// # Errors
/// The caller may not; there is no such scale.
pub async fn offer(app: &App, scope: &Scope, scale: &str, offered: bool) -> Result<()> {
    scope.permit(Deed::Change, Subject::ScaleLibrary)?;
    let all = listed(app, scope.area.from).await?;
    if !all.iter().any(|one| one.scale.definition().id == scale) {
        return Err(Error::NotFound);
    }
    atomic!(app.db, tx => {
        let sql = "INSERT INTO scale_offer (division, scale, offered, decided_by, decided_by_name, at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (division, scale) DO UPDATE SET offered = $3, decided_by = $4, decided_by_name = $5, at = $6";
        tx.run(sql, p![scope.area.from, scale, offered, scope.account, &scope.name, app.now()]).await?;
        audit::record_in(tx, scope, entry("change", json!({ "scale": scale, "offered": offered })), app.now());
        Ok(())
    })
}
