//! Lists of service institutions and of service talent, with which civil affairs fills the two libraries.
//!
//! A row is judged by the rules of the library itself and either begins a draft, or writes the record that its number
//! names. What each row did is kept, so that the list can be taken back as a whole.

use super::{
    Faulty, Import, SHOWN, Summary,
    places::Places,
    prepare::HEAD,
    read::{self, Unreadable},
    run::{finish, note},
    store::Parts,
};
use crate::{
    App,
    db::{Tx, Value},
    error::{Error, Result},
    id::Id,
    institution::{self, ImportRow, Imported, Judged, ProfileEntry, library::Done},
    p, row,
    scope::{Area, Scope},
    talent::{self, TalentEntry, TalentRow},
};
use rules::{
    Refusal,
    account::Role,
    import::{Fields, Heading, Kind, Library, Mapping, Severity, Trouble, match_headings, read_fields},
    writing::normalised_number,
};
use std::collections::HashMap;

/// Rows of one transaction.
const BATCH: usize = 200;
/// Rows of such a list at most: more than the nation has institutions.
const MOST_ROWS: u64 = 50_000;

/// A row with something in it.
enum Line {
    /// As another row before it.
    Double,
    /// What it says.
    Says(Box<Fields>),
}

/// A whole list, read.
struct Sheet {
    heading: Heading,
    lines: Vec<(u64, Line)>,
    rows: u64,
}

/// The column by which a row names its record.
fn key_of(library: Library) -> &'static str {
    match library {
        Library::Institution => "credit_code",
        Library::Talent => "identity_number",
    }
}

/// Lists of the libraries are civil affairs' word, also where the command line sends them in.
fn clerk(scope: &Scope) -> Scope {
    Scope { role: Role::CivilAffairsOfficer, ..scope.clone() }
}

async fn sheet(app: &App, scope: &Scope, import: &Import) -> Result<std::result::Result<Sheet, Unreadable>> {
    let kind = import.kind()?;
    let mapping: Mapping = serde_json::from_value(import.mapping.clone())?;
    let (app, area, parts) = (app.clone(), scope.area, Parts::new(app, import.id)?);
    let work = tokio::task::spawn_blocking(move || {
        let mut all: Vec<Vec<String>> = Vec::new();
        let many = |all: &Vec<Vec<String>>| u64::try_from(all.len()).is_ok_and(|n| n > MOST_ROWS);
        read::rows(parts, |number, cells| {
            // A spreadsheet may leave rows out: the place in the list is the row's number.
            all.resize(usize::try_from(number).unwrap_or(all.len()).saturating_sub(1), Vec::new());
            all.push(cells);
            !many(&all)
        })?;
        if many(&all) {
            return Err(Unreadable("file.too_many_rows"));
        }
        Ok(understood(kind, &mapping, &all, &Places::new(&app.divisions, area)))
    });
    work.await.map_err(Error::broken)
}

fn understood(kind: &Kind, mapping: &Mapping, all: &[Vec<String>], places: &Places<'_>) -> Sheet {
    let heading = match_headings(kind, all.get(..HEAD.min(all.len())).unwrap_or_default(), mapping);
    let mut lines = Vec::new();
    let mut seen: HashMap<String, (u64, Fields)> = HashMap::new();
    let key = kind.library.map(key_of).unwrap_or_default();
    let complete = heading.missing.is_empty();
    for (number, cells) in (1..).zip(all).skip(heading.rows).filter(|_| complete) {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let mut fields = read_fields(kind, &heading, cells, places);
        let name = normalised_number(&fields.value(key));
        let line = match seen.get(&name).filter(|_| !name.is_empty()) {
            Some((_, before)) if *before == fields => Line::Double,
            Some((first, _)) => {
                fields.troubles.push(trouble(key, "repeated", vec![first.to_string()]));
                Line::Says(Box::new(fields))
            }
            None => {
                seen.insert(name, (number, fields.clone()));
                Line::Says(Box::new(fields))
            }
        };
        lines.push((number, line));
    }
    Sheet { heading, lines, rows: u64::try_from(all.len()).unwrap_or(u64::MAX) }
}

fn trouble(field: &str, code: &str, values: Vec<String>) -> Trouble {
    Trouble { field: field.to_owned(), code: code.to_owned(), severity: Severity::Error, values }
}

/// A row that is good, with what taking it in would do.
enum Good {
    Institution(Judged<institution::Institution, institution::Contracted>),
    Talent(Judged<talent::Talent, talent::Numbered>),
}

impl Good {
    /// Number of events that the record has; none where it is still to be begun.
    fn version(&self) -> i64 {
        match self {
            Good::Institution(Judged::Update(found, _)) => found.version,
            Good::Talent(Judged::Update(found, _)) => found.version,
            _ => 0,
        }
    }

    async fn take(self, app: &App, tx: &mut Tx, scope: &Scope) -> Result<Imported> {
        match self {
            Good::Institution(judged) => institution::take(app, tx, scope, judged).await,
            Good::Talent(judged) => talent::take(app, tx, scope, judged).await,
        }
    }
}

/// Judges one row; the inner error is everything that is wrong with it.
async fn judge(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    library: Library,
    fields: &Fields,
) -> Result<std::result::Result<Good, Vec<Trouble>>> {
    let judged = match library {
        Library::Institution => {
            institution::judge(app, tx, scope, &institution_row(fields)).await.map(Good::Institution)
        }
        Library::Talent => talent::judge(app, tx, scope, &talent_row(fields)).await.map(Good::Talent),
    };
    let mut troubles = fields.troubles.clone();
    match judged {
        Ok(good) if troubles.is_empty() => return Ok(Ok(good)),
        Ok(_) => {}
        Err(Error::Invalid(problems)) => {
            for problem in problems {
                if !troubles.iter().any(|t| t.field == problem.field) {
                    troubles.push(trouble(&problem.field, &problem.code, problem.values));
                }
            }
        }
        // The record is under review or has left the library.
        Err(Error::Refused(_)) => troubles.push(trouble(key_of(library), "record_locked", Vec::new())),
        Err(error) => return Err(error),
    }
    Ok(Err(troubles))
}

fn institution_row(fields: &Fields) -> ImportRow {
    let value = |field: &str| fields.value(field);
    ImportRow {
        profile: ProfileEntry {
            name: value("name"),
            credit_code: value("credit_code"),
            kind: value("kind"),
            level: value("level"),
            division: value("division"),
            address: value("address"),
            contact: value("contact"),
            phone: value("phone"),
            floor_area: value("floor_area"),
            hours: value("hours"),
            licence: value("licence"),
            licence_until: value("licence_until"),
            promise_on: value("promise_on"),
            lowest_age: value("lowest_age"),
            highest_age: value("highest_age"),
            disorder_groups: fields.list("disorder_groups"),
            services: fields.list("services"),
            areas: value("areas"),
        },
        contracted: value("contracted"),
    }
}

fn talent_row(fields: &Fields) -> TalentRow {
    let value = |field: &str| fields.value(field);
    TalentRow {
        talent: TalentEntry {
            name: value("name"),
            identity_number: value("identity_number"),
            profession: value("profession"),
            certificate: value("certificate"),
            certificate_number: value("certificate_number"),
            certificate_on: value("certificate_on"),
            certificate_until: value("certificate_until"),
            institution: String::new(),
            division: value("division"),
            services: fields.list("services"),
            pledge_on: value("pledge_on"),
        },
        institution_code: value("institution_code"),
    }
}

impl Summary {
    fn bad_row(&mut self, row: u64, troubles: &[Trouble]) {
        self.invalid += 1;
        for trouble in troubles {
            *self.findings.entry(format!("{}:{}", trouble.field, trouble.code)).or_default() += 1;
        }
        if self.faulty.len() < SHOWN {
            self.faulty.push(Faulty { row, troubles: troubles.to_vec() });
        }
    }
}

fn library(import: &Import) -> Result<Library> {
    import.kind()?.library.ok_or_else(|| Error::broken("a list of persons is none of a library"))
}

/// Says what taking the list in would change. Changes nothing but the import's own summary and findings.
pub(super) async fn check(app: &App, scope: &Scope, import: &Import) -> Result<Summary> {
    let sheet = match sheet(app, scope, import).await? {
        Ok(sheet) => sheet,
        Err(reason) => {
            note(app, import.id, "failed", &Summary::default(), 0, Some(reason.0)).await?;
            return Err(reason.into());
        }
    };
    let (scope, library) = (clerk(scope), library(import)?);
    let mut summary = Summary { heading: Some(sheet.heading.clone()), ..Summary::default() };
    let mut found: Vec<Vec<Value>> = Vec::new();
    for batch in sheet.lines.chunks(BATCH) {
        // Nothing is written: the transaction is given up at the end of its batch.
        let mut tx = app.db.begin().await?;
        for (number, line) in batch {
            summary.rows += 1;
            let Line::Says(fields) = line else {
                summary.doubles += 1;
                continue;
            };
            match judge(app, &mut tx, &scope, library, fields).await? {
                Ok(Good::Institution(Judged::Add(_)) | Good::Talent(Judged::Add(_))) => summary.new += 1,
                Ok(Good::Institution(Judged::Update(..)) | Good::Talent(Judged::Update(..))) => {
                    summary.changed += 1;
                }
                Ok(_) => summary.unchanged += 1,
                Err(troubles) => {
                    summary.bad_row(*number, &troubles);
                    let row = i64::try_from(*number).unwrap_or(i64::MAX);
                    found.push(p![import.id, row, serde_json::to_value(troubles)?]);
                }
            }
        }
    }
    crate::atomic!(app.db, tx => {
        tx.run("DELETE FROM import_trouble WHERE import_id = $1", p![import.id]).await?;
        Ok(tx.insert_many("import_trouble", &["import_id", "row_number", "troubles"], &found).await?)
    })?;
    let missing = !sheet.heading.missing.is_empty();
    let failure = missing.then_some("columns_missing").or((summary.rows == 0).then_some("no_rows"));
    let state = if failure.is_some() { "failed" } else { "checked" };
    note(app, import.id, state, &summary, sheet.rows, failure).await?;
    Ok(summary)
}

/// Takes all rows in, some in a transaction each, and ends the import.
pub(super) async fn rows(app: &App, scope: &Scope, import: &Import) -> Result<Summary> {
    let sheet = sheet(app, scope, import).await?.map_err(Error::from)?;
    let scope = clerk(scope);
    let mut summary = Summary { heading: Some(sheet.heading.clone()), ..Summary::default() };
    let mut letters = vec!['-'; usize::try_from(sheet.rows).unwrap_or(0)];
    for batch in sheet.lines.chunks(BATCH) {
        let mut tries = 5;
        let outcomes = loop {
            match batch_in(app, &scope, import, batch).await {
                // Somebody else began or wrote one of these records in the same moment.
                Err(error) if tries > 0 && (error.is_conflict() || error.is_duplicate()) => tries -= 1,
                other => break other?,
            }
        };
        for (number, letter, troubles) in outcomes {
            summary.rows += 1;
            match letter {
                'n' => summary.new += 1,
                'c' => summary.changed += 1,
                'u' => summary.unchanged += 1,
                'd' => summary.doubles += 1,
                _ => summary.bad_row(number, &troubles),
            }
            let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            if let Some(place) = at.and_then(|at| letters.get_mut(at)) {
                *place = letter;
            }
        }
    }
    let letters: String = letters.into_iter().collect();
    let sql = "INSERT INTO import_outcome (import_id, first_row, outcomes) VALUES ($1, 1, $2)";
    app.db.run(sql, p![import.id, letters]).await?;
    finish(app, import.id, &summary).await?;
    Ok(summary)
}

type Outcome = (u64, char, Vec<Trouble>);

async fn batch_in(app: &App, scope: &Scope, import: &Import, batch: &[(u64, Line)]) -> Result<Vec<Outcome>> {
    let library = library(import)?;
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(batch.len());
    let mut tx = app.db.begin().await?;
    for (number, line) in batch {
        let Line::Says(fields) = line else {
            outcomes.push((*number, 'd', Vec::new()));
            continue;
        };
        match judge(app, &mut tx, scope, library, fields).await? {
            Ok(good) => {
                let before = good.version();
                let imported = good.take(app, &mut tx, scope).await?;
                keep(&mut tx, import, library, *number, (before, imported)).await?;
                let letter = match imported {
                    Imported::Added(_) => 'n',
                    Imported::Updated(_) => 'c',
                    Imported::Unchanged(_) => 'u',
                };
                outcomes.push((*number, letter, Vec::new()));
            }
            Err(troubles) if import.keep_valid => outcomes.push((*number, 'x', troubles)),
            // Good when it was checked: the library has changed since.
            Err(_) => return Err(Refusal::new("import", "bad_rows").with("count", 1).into()),
        }
    }
    let done = batch.last().map_or(0, |(number, _)| i64::try_from(*number).unwrap_or(i64::MAX));
    let sql = "UPDATE import SET rows_done = $2 WHERE id = $1 AND state = 'running'";
    if tx.run(sql, p![import.id, done]).await? == 0 {
        return Err(Error::Busy);
    }
    tx.commit().await?;
    Ok(outcomes)
}

/// Keeps what a row did, for taking it back.
async fn keep(
    tx: &mut Tx,
    import: &Import,
    library: Library,
    number: u64,
    (before, imported): (i64, Imported),
) -> Result<()> {
    if matches!(imported, Imported::Unchanged(_)) {
        return Ok(());
    }
    let table = match library {
        Library::Institution => "institution",
        Library::Talent => "talent",
    };
    let now: Option<(i64,)> =
        tx.opt(&format!("SELECT version FROM {table} WHERE id = $1"), p![imported.id()]).await?;
    let (last,) = now.ok_or(Error::NotFound)?;
    let sql = "INSERT INTO import_change (import_id, row_number, subject_id, added, first_event, last_event,
        taken_back) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (row, added) = (i64::try_from(number).unwrap_or(i64::MAX), matches!(imported, Imported::Added(_)));
    tx.run(sql, p![import.id, row, imported.id(), added, before + 1, last, false]).await?;
    Ok(())
}

struct Stored {
    row_number: i64,
    subject_id: Id,
    added: bool,
    first_event: i64,
    last_event: i64,
}
row!(Stored { row_number, subject_id, added, first_event, last_event });

/// Takes back what the rows of a list did, the last first; may be cut off and called again. What somebody has changed
/// since stays, and is counted in the summary.
pub(super) async fn take_back(app: &App, scope: &Scope, import: &Import) -> Result<()> {
    // A record that has moved to another county since is put back all the same.
    let (scope, library) = (Scope { area: Area::NATION, ..clerk(scope) }, library(import)?);
    let mut before = i64::MAX;
    loop {
        let last = crate::atomic!(app.db, tx => {
            let sql = "SELECT row_number, subject_id, added, first_event, last_event FROM import_change
                WHERE import_id = $1 AND row_number < $2 ORDER BY row_number DESC LIMIT 200";
            let some: Vec<Stored> = tx.all(sql, p![import.id, before]).await?;
            for stored in &some {
                undo(app, tx, &scope, (import, library), stored).await?;
            }
            Ok(some.last().map(|stored| stored.row_number))
        })?;
        match last {
            Some(row) => before = row,
            None => break,
        }
    }
    let sql = "SELECT COUNT(*) FROM import_change WHERE import_id = $1 AND NOT taken_back";
    let kept: Option<(i64,)> = app.db.opt(sql, p![import.id]).await?;
    let kept = kept.and_then(|(count,)| u64::try_from(count).ok()).unwrap_or(0);
    let summary = serde_json::to_value(Summary { kept, ..import.summary()? })?;
    app.db.run("UPDATE import SET summary = $2 WHERE id = $1", p![import.id, summary]).await?;
    Ok(())
}

async fn undo(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (import, library): (&Import, Library),
    stored: &Stored,
) -> Result<()> {
    let done = Done {
        import: import.id,
        subject: stored.subject_id,
        added: stored.added,
        first: stored.first_event,
        last: stored.last_event,
    };
    let whole = match library {
        Library::Institution => institution::take_back(app, tx, scope, &done).await?,
        Library::Talent => talent::take_back(app, tx, scope, &done).await?,
    };
    if whole {
        let sql = "UPDATE import_change SET taken_back = $3 WHERE import_id = $1 AND row_number = $2";
        tx.run(sql, p![import.id, stored.row_number, true]).await?;
    }
    Ok(())
}

/// What was found wrong with the rows of a list of a library, for its report.
pub(super) async fn troubles(app: &App, import: &Import) -> Result<HashMap<u64, Vec<Trouble>>> {
    let sql = "SELECT row_number, troubles FROM import_trouble WHERE import_id = $1";
    let rows: Vec<(i64, serde_json::Value)> = app.db.all(sql, p![import.id]).await?;
    let read = |(row, troubles): (i64, serde_json::Value)| {
        Ok((u64::try_from(row).unwrap_or(0), serde_json::from_value(troubles)?))
    };
    rows.into_iter().map(read).collect()
}
