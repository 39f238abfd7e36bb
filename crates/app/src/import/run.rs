//! Checking a stored file, taking it in, and what is done at start about a run that was cut off.

use super::{
    Faulty, HELD, Import, SHOWN, Summary,
    chunk::{self, Applied, Context, Found, Outcome},
    entry,
    estimate::Sample,
    get, library,
    prepare::{self, Batch, Checked, Message, Plan, Prepared},
    stale,
    store::Parts,
    undo,
};
use crate::{
    App, audit,
    db::{Sql, Value},
    error::{Error, Result},
    id::Id,
    link::{candidate, model},
    p,
    person::{county, key},
    row,
    scope::Scope,
};
use rules::{
    Refusal,
    import::{Mapping, Severity, Trouble},
};
use std::collections::HashMap;

/// Keys of new persons that are held until they are stored in their order. With those of a last batch they still fit
/// into 2^19 places, the next size being twice as large.
const KEYS_HELD: usize = 500_000;
/// Keys stored in one transaction.
const KEYS_AT_ONCE: usize = 20_000;
/// Persons compared at once when doubles are sought.
const COMPARED: i64 = 500;

fn plan(import: &Import, scope: &Scope, seal: bool) -> Result<Plan> {
    let mapping: Mapping = serde_json::from_value(import.mapping.clone())?;
    Ok(Plan {
        kind: import.kind()?,
        sender: import.sender.clone(),
        mapping,
        today: import.today,
        area: scope.area,
        seal,
    })
}

/// Reads a stored file and says what taking it in would change. Changes nothing but the import's own summary.
///
/// # Errors
/// The file is no list or lacks columns; the import has begun.
pub async fn check(app: &App, scope: &Scope, id: Id) -> Result<Summary> {
    let import = get(app, scope, id).await?;
    if !matches!(import.state.as_str(), "staged" | "checked" | "failed") {
        return Err(stale(&import, import.version));
    }
    if import.kind()?.library.is_some() {
        return library::check(app, scope, &import).await;
    }
    let context = Context { scope, import: id, kind: &import.kind, sender: &import.sender };
    let mut messages = prepare::start(app, Parts::new(app, id)?, plan(&import, scope, false)?);
    let mut summary = Summary::default();
    let (mut last, mut sample) = (0, Sample::default());
    while let Some(message) = messages.recv().await {
        match message? {
            Message::Heading(heading) => {
                let missing = !heading.missing.is_empty();
                summary.heading = Some(heading);
                if missing {
                    break;
                }
            }
            Message::Unreadable(reason) => {
                note(app, id, "failed", &summary, 0, Some(reason.0)).await?;
                return Err(reason.into());
            }
            Message::Batch(batch) => {
                last = batch.first + u64::try_from(batch.rows.len()).unwrap_or(0) - 1;
                look_up(app, &context, &batch, &mut summary, &mut sample).await?;
            }
        }
    }
    summary.pairs = sample.pairs(app).await?;
    let missing = summary.heading.as_ref().is_none_or(|h| !h.missing.is_empty());
    let failure = missing.then_some("columns_missing").or((summary.rows == 0).then_some("no_rows"));
    note(app, id, if failure.is_some() { "failed" } else { "checked" }, &summary, last, failure).await?;
    Ok(summary)
}

pub(super) async fn note(
    app: &App,
    id: Id,
    state: &str,
    summary: &Summary,
    rows: u64,
    failure: Option<&str>,
) -> Result<()> {
    let sql =
        "UPDATE import SET state = $2, summary = $3, rows_total = $4, failure = $5, version = version + 1
        WHERE id = $1 AND state IN ('staged', 'checked', 'failed')";
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    app.db.run(sql, p![id, state, serde_json::to_value(summary)?, rows, failure]).await?;
    Ok(())
}

async fn look_up(
    app: &App,
    context: &Context<'_>,
    batch: &Batch,
    summary: &mut Summary,
    sample: &mut Sample,
) -> Result<()> {
    let mut good: Vec<&Prepared> = Vec::new();
    for (number, row) in (batch.first..).zip(&batch.rows) {
        summary.add(number, row);
        if let Checked::Good(prepared) | Checked::Unverified(prepared) = row {
            good.push(prepared);
        }
    }
    let mut tx = app.db.begin().await?;
    let found = Found::read(app, &mut tx, context, &good).await?;
    drop(tx);
    for row in good {
        let outcome = found.outcome(app, context, row);
        summary.outcome(outcome);
        if outcome == Outcome::New {
            sample.add(row);
        }
    }
    Ok(())
}

impl Summary {
    fn add(&mut self, number: u64, row: &Checked) {
        match row {
            Checked::Blank => return,
            Checked::Double => self.doubles += 1,
            Checked::Bad(troubles) => {
                self.invalid += 1;
                self.findings(number, troubles);
            }
            Checked::Unverified(prepared) => {
                self.unverified += 1;
                self.findings(number, &prepared.row.troubles);
            }
            Checked::Good(prepared) => {
                if !prepared.row.troubles.is_empty() {
                    self.warned += 1;
                    self.findings(number, &prepared.row.troubles);
                }
            }
        }
        self.rows += 1;
    }

    fn findings(&mut self, number: u64, troubles: &[Trouble]) {
        for trouble in troubles {
            *self.findings.entry(format!("{}:{}", trouble.field, trouble.code)).or_default() += 1;
        }
        let faulty = troubles.iter().any(|t| t.severity > Severity::Warning);
        if faulty && self.faulty.len() < SHOWN {
            self.faulty.push(Faulty { row: number, troubles: troubles.to_vec() });
        }
    }

    fn outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::New => self.new += 1,
            Outcome::Linked => self.linked += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Unchanged => self.unchanged += 1,
        }
    }
}

/// Which faulty rows are passed over rather than that they stop the import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct Keep {
    /// Good rows are taken in although others are bad.
    pub valid: bool,
    /// Rows whose identity number alone fails its check are taken in without it.
    pub unverified: bool,
}

/// Takes a checked file in. Other users see rows as they come; a run that is cut off is taken back by [`recover`].
///
/// # Errors
/// The file was not checked; it has bad rows and they were not allowed to be left out; somebody else began.
pub async fn apply(app: &App, scope: &Scope, id: Id, version: i64, keep: Keep) -> Result<Summary> {
    let import = get(app, scope, id).await?;
    if import.state != "checked" || import.version != version {
        return Err(stale(&import, version));
    }
    let checked = import.summary()?;
    let bad = checked.invalid + if keep.unverified { 0 } else { checked.unverified };
    if bad > 0 && !keep.valid {
        return Err(Refusal::new("import", "bad_rows").with("count", bad).into());
    }
    let hold = app.db.hold(HELD, id).await?.ok_or(Error::Busy)?;
    begin(app, scope, &import, keep).await?;
    let import = Import { keep_valid: keep.valid, keep_unverified: keep.unverified, ..import };
    let taken = match import.kind()?.library {
        Some(_) => library::rows(app, scope, &import).await,
        None => rows_and_links(app, scope, &import).await,
    };
    if taken.is_err() {
        undo::take_back(app, scope, &import, "failed").await?;
    }
    hold.over().await;
    taken
}

/// Takes the rows of a list of persons in and compares the new ones with everybody.
async fn rows_and_links(app: &App, scope: &Scope, import: &Import) -> Result<Summary> {
    app.db.bulk(true).await?;
    let taken = rows(app, scope, import).await;
    app.db.bulk(false).await?;
    let mut summary = taken?;
    set_state(app, import.id, "linking", &summary).await?;
    summary.pairs = link(app, import.id).await?;
    finish(app, import.id, &summary).await?;
    Ok(summary)
}

async fn begin(app: &App, scope: &Scope, import: &Import, keep: Keep) -> Result<()> {
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE import SET state = 'running', keep_valid = $3, keep_unverified = $4, started_at = $5,
            rows_done = 0, failure = NULL, version = version + 1 WHERE id = $1 AND version = $2 AND state = 'checked'";
        let args = p![import.id, import.version, keep.valid, keep.unverified, app.now()];
        if tx.run(sql, args).await? == 0 {
            return Err(Error::Busy);
        }
        tx.run("DELETE FROM import_outcome WHERE import_id = $1", p![import.id]).await?;
        let detail = serde_json::json!({"keep_valid": keep.valid, "keep_unverified": keep.unverified});
        audit::record_in(tx, scope, entry("apply", import.id, detail), app.now());
        Ok(())
    })
}

async fn set_state(app: &App, id: Id, state: &str, summary: &Summary) -> Result<()> {
    let sql = "UPDATE import SET state = $2, summary = $3, version = version + 1 WHERE id = $1";
    app.db.run(sql, p![id, state, serde_json::to_value(summary)?]).await?;
    Ok(())
}

pub(super) async fn finish(app: &App, id: Id, summary: &Summary) -> Result<()> {
    let sql = "UPDATE import SET state = 'done', summary = $2, rows_done = rows_total, finished_at = $3,
        version = version + 1 WHERE id = $1";
    app.db.run(sql, p![id, serde_json::to_value(summary)?, app.now()]).await?;
    Ok(())
}

/// Takes all rows in and stores the keys of new persons.
async fn rows(app: &App, scope: &Scope, import: &Import) -> Result<Summary> {
    let context = Context { scope, import: import.id, kind: &import.kind, sender: &import.sender };
    // Whoever applies sees the area of whoever sent the file in.
    let mut messages = prepare::start(app, Parts::new(app, import.id)?, plan(import, scope, true)?);
    let mut summary = Summary::default();
    let mut keys = Vec::new();
    while let Some(message) = messages.recv().await {
        match message? {
            Message::Heading(heading) => summary.heading = Some(heading),
            Message::Unreadable(reason) => return Err(reason.into()),
            Message::Batch(batch) => {
                let applied = batch_in(app, &context, import, &batch, &mut summary).await?;
                keys.extend(applied);
                if keys.len() >= KEYS_HELD {
                    store_keys(app, &mut keys).await?;
                }
            }
        }
    }
    store_keys(app, &mut keys).await?;
    Ok(summary)
}

type NewKey = (Vec<u8>, Id, i64);

async fn batch_in(
    app: &App,
    context: &Context<'_>,
    import: &Import,
    batch: &Batch,
    summary: &mut Summary,
) -> Result<Vec<NewKey>> {
    let mut taken: Vec<(u64, &Prepared)> = Vec::with_capacity(batch.rows.len());
    for (number, row) in (batch.first..).zip(&batch.rows) {
        summary.add(number, row);
        match row {
            Checked::Good(prepared) => taken.push((number, prepared)),
            Checked::Unverified(prepared) if import.keep_unverified => taken.push((number, prepared)),
            _ => {}
        }
    }
    let mut tries = 5;
    let applied = loop {
        match batch_once(app, context, batch, &taken).await {
            // Somebody else registered one of these persons in the same moment: the next try finds it.
            Err(error) if tries > 0 && (error.is_conflict() || error.is_duplicate()) => tries -= 1,
            other => break other?,
        }
    };
    for outcome in &applied.outcomes {
        summary.outcome(*outcome);
    }
    Ok(applied.keys)
}

async fn batch_once(
    app: &App,
    context: &Context<'_>,
    batch: &Batch,
    taken: &[(u64, &Prepared)],
) -> Result<Applied> {
    let mut tx = app.db.begin().await?;
    let applied = chunk::apply(app, &mut tx, context, taken).await?;
    let letters = letters(batch, taken, &applied.outcomes);
    let first = i64::try_from(batch.first).unwrap_or(i64::MAX);
    let sql = "INSERT INTO import_outcome (import_id, first_row, outcomes) VALUES ($1, $2, $3)";
    tx.run(sql, p![context.import, first, letters]).await?;
    let done = first + i64::try_from(batch.rows.len()).unwrap_or(0) - 1;
    let sql = "UPDATE import SET rows_done = $2 WHERE id = $1 AND state = 'running'";
    if tx.run(sql, p![context.import, done]).await? == 0 {
        return Err(Error::Busy);
    }
    tx.commit().await?;
    Ok(applied)
}

/// One letter per row of the batch.
fn letters(batch: &Batch, taken: &[(u64, &Prepared)], outcomes: &[Outcome]) -> String {
    let by_row: HashMap<u64, Outcome> = taken.iter().map(|(n, _)| *n).zip(outcomes.iter().copied()).collect();
    let letter = |(number, row): (u64, &Checked)| match (row, by_row.get(&number)) {
        (_, Some(Outcome::New)) => 'n',
        (_, Some(Outcome::Linked)) => 'l',
        (_, Some(Outcome::Changed)) => 'c',
        (_, Some(Outcome::Unchanged)) => 'u',
        (Checked::Blank, None) => '-',
        (Checked::Double, None) => 'd',
        (Checked::Unverified(_), None) => 'v',
        (Checked::Bad(_) | Checked::Good(_), None) => 'x',
    };
    (batch.first..).zip(&batch.rows).map(letter).collect()
}

/// Stores keys in their order, so that each page of the index is touched once.
async fn store_keys(app: &App, keys: &mut Vec<NewKey>) -> Result<()> {
    let mut held = std::mem::take(keys);
    held.sort_unstable();
    held.dedup_by(|a, b| (&a.0, a.1) == (&b.0, b.1));
    for some in held.chunks(KEYS_AT_ONCE) {
        let rows: Vec<Vec<Value>> =
            some.iter().map(|(key, id, division)| county::row(key, *id, *division)).collect();
        let mut tx = app.db.begin().await?;
        tx.insert_many("person_key", &county::COLUMNS, &rows).await?;
        tx.commit().await?;
    }
    let lived_in = held.into_iter().map(|(_, person, division)| (person, division)).collect();
    county::follow(app, &lived_in).await
}

struct First {
    row_number: i64,
    person_id: Id,
    name: String,
    born_on: Option<jiff::civil::Date>,
    phone_index: Option<Vec<u8>>,
}
row!(First { row_number, person_id, name, born_on, phone_index });

/// Compares the new persons of an import with everybody; probable doubles go to the clerks.
async fn link(app: &App, id: Id) -> Result<u64> {
    let model = model::current(app).await?;
    let (mut after, mut pairs) = (0, 0);
    loop {
        let some: Vec<First> = app
            .db
            .all(
                "SELECT row_number, person_id, name, born_on, phone_index FROM source_record
                 WHERE import_id = $1 AND row_number > $2 AND ended_at IS NULL AND linked_as = 'first'
                 ORDER BY row_number LIMIT $3",
                p![id, after, COMPARED],
            )
            .await?;
        let Some(last) = some.last() else { return Ok(pairs) };
        after = last.row_number;
        let newcomer = |first: &First| {
            let mut keys = key::of(&app.keys, &first.name, first.born_on, None, None);
            keys.extend(first.phone_index.as_deref().map(key::phone));
            candidate::Newcomer { id: first.person_id, keys }
        };
        let newcomers: Vec<_> = some.iter().map(newcomer).collect();
        pairs += candidate::find(app, &model, &newcomers, Some(id)).await?;
    }
}

/// Takes back what was cut off, and finishes what had only its comparison left; what another program runs stays with it.
/// To be called at start and from time to time. Returns the imports concerned.
///
/// # Errors
/// The database is gone.
pub async fn recover(app: &App) -> Result<Vec<Id>> {
    let mut concerned = Vec::new();
    for import in unfinished(app, None).await? {
        let Some(hold) = app.db.hold(HELD, import.id).await? else { continue };
        // Whoever held it may have come to its end in between.
        for import in unfinished(app, Some(import.id)).await? {
            match import.state.as_str() {
                "linking" => {
                    let mut summary = import.summary()?;
                    summary.pairs = link(app, import.id).await?;
                    finish(app, import.id, &summary).await?;
                }
                "undoing" => undo::take_back(app, &Scope::system(), &import, "undone").await?,
                _ => undo::take_back(app, &Scope::system(), &import, "failed").await?,
            }
            concerned.push(import.id);
        }
        hold.over().await;
    }
    Ok(concerned)
}

/// Imports that somebody is taking in or back, or was: all of them, or one.
async fn unfinished(app: &App, id: Option<Id>) -> Result<Vec<Import>> {
    let sql = Sql::new(super::IMPORT).push(" state IN ('running', 'undoing', 'linking')", []);
    Ok(app.db.query(sql.when(" AND id = {}", id)).await?)
}
