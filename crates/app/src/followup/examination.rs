//! The yearly physical examination: who was invited, who did not want it, what was found. The day of the next one stands in the
//! record's row, so that lists find who is due.

use super::{
    LONGEST,
    held::{EVENTS, Held, Stored, StoredEvent, events_of, folded, found, load, log, may, save},
    view::name_of,
};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Tx, Value},
    entry::Reader,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::Deed as Doing,
    clock::china_date,
    followup::{
        desk::is_visited,
        examination::{self, Answer, Item, missing, permit},
        register::State,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Examinations of a record that are shown.
const SHOWN: i64 = 50;
/// Records whose day is filled in one turn of the clock.
const PORTION: i64 = 200;

/// What is written on the form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExaminationFields {
    /// Day; today where it is empty.
    pub on: String,
    /// `done`, `invited`, `refused`.
    pub answer: String,
    /// The person agrees.
    pub person_agrees: Option<bool>,
    /// The guardian agrees.
    pub guardian_agrees: Option<bool>,
    /// Of each item that was examined: `normal` or `abnormal`.
    pub results: BTreeMap<String, String>,
    /// Values by the codes of `data/examination.toml`.
    pub values: BTreeMap<String, String>,
    /// Findings, or why not, in words.
    pub note: String,
}

/// What is sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    person_agrees: Option<bool>,
    guardian_agrees: Option<bool>,
    /// Items that were examined, and whether something was out of order.
    items: BTreeMap<Item, bool>,
    /// Values in tenths of their unit.
    values: BTreeMap<String, u32>,
    note: String,
}

/// An examination as it is shown.
#[derive(Debug, Clone)]
pub struct Examination {
    /// Identifier.
    pub id: Id,
    /// Day.
    pub on: Date,
    /// What came of it.
    pub answer: Answer,
    /// Person and guardian agreed.
    pub agreed: [Option<bool>; 2],
    /// Items that were examined; true where something was out of order.
    pub items: BTreeMap<Item, bool>,
    /// Items that are still missing from one that was made.
    pub missing: Vec<Item>,
    /// Values in tenths of their unit.
    pub values: BTreeMap<String, u32>,
    /// In words.
    pub note: String,
    /// Who recorded it, and when.
    pub by: (String, Timestamp),
    /// When it was voided, by whom and why.
    pub voided: Option<(Timestamp, String, String)>,
}

/// The examinations of a record, as its reader sees them.
#[derive(Debug, Clone)]
pub struct Examinations {
    /// The record.
    pub record: Id,
    /// Name of the person.
    pub name: String,
    /// The person has a guardian, who is asked as well.
    pub has_guardian: bool,
    /// The next one is due.
    pub due_on: Option<Date>,
    /// Examinations, invitations and refusals, the latest first.
    pub made: Vec<Examination>,
    /// The reader may record one now.
    pub may_record: bool,
    /// The reader may void one.
    pub may_void: bool,
}

struct Row {
    id: Id,
    on: Date,
    answer: String,
    content: Vec<u8>,
    by: String,
    at: Timestamp,
    voided_at: Option<Timestamp>,
    voided_by: Option<String>,
    void_reason: Option<Vec<u8>>,
}
crate::row!(Row { id, on, answer, content, by, at, voided_at, voided_by, void_reason });

impl Row {
    fn shown(self, app: &App) -> Result<Examination> {
        let content: Content = serde_json::from_str(&app.keys.unseal(&self.content)?)?;
        let reason = self.void_reason.map(|reason| app.keys.unseal(&reason)).transpose()?;
        let answer = Answer::of_code(&self.answer).ok_or_else(|| Error::broken("an answer that is none"))?;
        let done: BTreeSet<Item> = content.items.keys().copied().collect();
        Ok(Examination {
            id: self.id,
            on: self.on,
            answer,
            agreed: [content.person_agrees, content.guardian_agrees],
            missing: if answer == Answer::Done { missing(&done) } else { Vec::new() },
            items: content.items,
            values: content.values,
            note: content.note,
            by: (self.by, self.at),
            voided: self
                .voided_at
                .map(|at| (at, self.voided_by.unwrap_or_default(), reason.unwrap_or_default())),
        })
    }
}

const ROWS: &str =
    "SELECT id, made_on, answer, content, recorded_by_name, at, voided_at, voided_by_name, void_reason
    FROM smd_examination WHERE home = $1 AND record_id = $2 ORDER BY made_on DESC, id DESC LIMIT $3";

/// The last day that answered a year.
pub(super) const LAST: &str = "SELECT made_on FROM smd_examination
    WHERE home = $1 AND record_id = $2 AND answer <> 'invited' AND voided_at IS NULL ORDER BY made_on DESC LIMIT 1";

pub(super) fn last_of(record: Id) -> Vec<Value> {
    p![record.home_number(), record]
}

/// The day of the next examination of a record.
pub(super) fn due(app: &App, held: &Held, last: Option<Date>) -> Option<Date> {
    let rules = app.tables.followup.in_force(china_date(app.now()));
    examination::owed(&held.record, last, held.managed_from, rules)
}

/// The same inside a transaction.
pub(super) async fn due_in(app: &App, tx: &mut Tx, held: &Held, record: Id) -> Result<Option<Date>> {
    let last: Option<(Date,)> = tx.opt(LAST, last_of(record)).await?;
    Ok(due(app, held, last.map(|(on,)| on)))
}

/// What a sealed answer counts for in figures: that an examination was made, and that person and guardian agreed to it. Whoever was only
/// invited agreed where they said so; it is made only where both did.
pub(super) fn counts(app: &App, answer: &str, content: &[u8]) -> Result<(bool, bool)> {
    match Answer::of_code(answer) {
        Some(Answer::Done) => Ok((true, true)),
        Some(Answer::Invited) => {
            let content: Content = serde_json::from_str(&app.keys.unseal(content)?)?;
            Ok((false, content.person_agrees == Some(true) && content.guardian_agrees != Some(false)))
        }
        Some(Answer::Refused) | None => Ok((false, false)),
    }
}

/// The examinations of a record in scope; the read is in the log before it is shown.
///
/// # Errors
/// There is none in scope.
pub async fn of_record(app: &App, scope: &Scope, record: Id) -> Result<Examinations> {
    may(scope, Doing::Read)?;
    let stored = found(app, scope, record).await?;
    let mut entry = Entry::read(Purpose::Care, "smd_record", record);
    entry.detail = json!({ "fields": ["examination"] });
    audit::record(&app.db, scope, entry, app.now()).await?;
    read(app, scope, &stored).await
}

/// The same for the page of the record, whose read is in the log.
///
/// # Errors
/// The record is not in scope.
pub async fn beside(app: &App, scope: &Scope, record: Id) -> Result<Examinations> {
    may(scope, Doing::Read)?;
    let stored = found(app, scope, record).await?;
    read(app, scope, &stored).await
}

async fn read(app: &App, scope: &Scope, stored: &Stored) -> Result<Examinations> {
    let record = stored.id;
    let mut held = stored.held(app)?;
    if held.record.state == State::Managed && held.managed_from.is_none() {
        // A record that was written before the day was kept.
        let events: Vec<StoredEvent> = app.db.all(EVENTS, events_of(record)).await?;
        held = folded(app, &events)?;
    }
    let rows: Vec<Row> = app.db.all(ROWS, p![record.home_number(), record, SHOWN]).await?;
    let made: Vec<Examination> = rows.into_iter().map(|row| row.shown(app)).collect::<Result<_>>()?;
    let answered = made.iter().find(|one| one.voided.is_none() && one.answer.answers());
    let ties = stored.ties(scope);
    Ok(Examinations {
        record,
        name: name_of(app, stored).await?,
        has_guardian: !held.profile.guardian_name.is_empty(),
        due_on: due(app, &held, answered.map(|one| one.on)),
        may_record: ties.keeps() && is_visited(&held.record),
        may_void: ties.keeps(),
        made,
    })
}

/// Records an examination, an invitation or a refusal.
///
/// # Errors
/// The record is not in scope; somebody else keeps it; it is not followed; person or guardian do not agree; fields are wrong.
pub async fn record(app: &App, scope: &Scope, record: Id, fields: &ExaminationFields) -> Result<Id> {
    may(scope, Doing::Change)?;
    let now = app.now();
    let id = record.beside(now);
    atomic!(app.db, tx => {
        let stored = load(tx, scope, record).await?;
        let held = stored.held(app)?;
        stored.ties(scope).must_keep("examination")?;
        if !is_visited(&held.record) {
            return Err(Refusal::new("SMD-EXAM", "wrong_state").with("state", held.record.state.code()).into());
        }
        let (on, answer, content) = read_fields(app, fields)?;
        if answer == Answer::Done {
            permit(content.person_agrees, !held.profile.guardian_name.is_empty(), content.guardian_agrees)?;
        }
        let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
        let sql = "INSERT INTO smd_examination (home, id, record_id, made_on, answer, content, recorded_by_name, organisation_id, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let args = p![
            id.home_number(), id, record, on, answer.code(), sealed, &scope.name, scope.organisation, now
        ];
        tx.run(sql, args).await?;
        let held = again(app, tx, held, record).await?;
        save(app, tx, scope, &stored, &held, &[]).await?;
        log(tx, app, scope, "change", record, &["examination"]);
        Ok(id)
    })
}

/// The record with the day from which it is managed, which older rows do not have: asked before a step, which takes the day of
/// its own for the first one where there is none.
pub(super) async fn again(app: &App, tx: &mut Tx, held: Held, record: Id) -> Result<Held> {
    match held.managed_from {
        Some(_) => Ok(held),
        None => folded(app, &super::held::events(tx, record).await?),
    }
}

fn read_fields(app: &App, fields: &ExaminationFields) -> Result<(Date, Answer, Content)> {
    let today = china_date(app.now());
    let mut reader = Reader::new(&app.divisions, true);
    let on = reader.past_day("on", &fields.on, today).unwrap_or(today);
    let answer = reader.choice("answer", &fields.answer, Answer::of_code);
    let note = reader.text("note", &fields.note, LONGEST);
    let (mut items, mut values) = (BTreeMap::new(), BTreeMap::new());
    let done = answer == Some(Answer::Done);
    for (code, result) in fields.results.iter().filter(|(_, result)| done && !result.trim().is_empty()) {
        let item = Item::ALL.into_iter().find(|item| item.code() == code);
        match (item, result.trim()) {
            (Some(item), "normal") => _ = items.insert(item, false),
            (Some(item), "abnormal") => _ = items.insert(item, true),
            _ => reader.wrong(&format!("result.{code}"), "unknown_choice", ""),
        }
    }
    for (code, value) in fields.values.iter().filter(|(_, value)| done && !value.trim().is_empty()) {
        let field = format!("value.{code}");
        let Some(measure) = app.tables.examination.measure(code) else {
            reader.wrong(&field, "unknown_choice", "");
            continue;
        };
        let range = [measure.lowest_tenths, measure.highest_tenths].map(examination::written).join("–");
        match measure.read(value) {
            Some(tenths) => _ = values.insert(code.clone(), tenths),
            None => reader.wrong(&field, "number_range", range),
        }
        reader.needed(&format!("result.{}", measure.item.code()), items.contains_key(&measure.item));
    }
    if done {
        reader.needed("result.general", !items.is_empty());
    }
    let abnormal = items.values().any(|abnormal| *abnormal);
    reader.needed("note", !note.is_empty() || !(abnormal || answer == Some(Answer::Refused)));
    let (person_agrees, guardian_agrees) = (fields.person_agrees, fields.guardian_agrees);
    let content = Content { person_agrees, guardian_agrees, items, values, note };
    let answer = answer.unwrap_or(Answer::Invited);
    reader.finish((on, answer, content))
}

/// Voids an examination that was wrong; it stays to be seen, and the year is open again.
///
/// # Errors
/// There is none in scope; somebody else keeps the record; it is voided already; there is no reason.
pub async fn void(app: &App, scope: &Scope, record: Id, id: Id, reason: &str) -> Result<()> {
    may(scope, Doing::Change)?;
    atomic!(app.db, tx => {
        let stored = load(tx, scope, record).await?;
        stored.ties(scope).must_keep("examination")?;
        let mut reader = Reader::new(&app.divisions, true);
        let reason = reader.text("reason", reason, LONGEST);
        reader.needed("reason", !reason.is_empty());
        let reason = reader.finish(reason)?;
        let sql = "SELECT voided_at FROM smd_examination WHERE home = $1 AND id = $2 AND record_id = $3";
        match tx.opt::<(Option<Timestamp>,)>(sql, p![id.home_number(), id, record]).await? {
            None => return Err(Error::NotFound),
            Some((Some(_),)) => return Err(Refusal::new("SMD-EXAM", "examination_voided").into()),
            Some((None,)) => {}
        }
        let sealed = app.keys.seal(&reason)?;
        let sql = "UPDATE smd_examination SET voided_at = $1, voided_by_name = $2, void_reason = $3 WHERE home = $4 AND id = $5";
        tx.run(sql, p![app.now(), &scope.name, sealed, id.home_number(), id]).await?;
        let held = again(app, tx, stored.held(app)?, record).await?;
        save(app, tx, scope, &stored, &held, &[]).await?;
        log(tx, app, scope, "change", record, &["examination"]);
        Ok(())
    })
}

/// Fills in the day of the next examination where a record was written before it was kept; called by the background clock until
/// none is left.
///
/// # Errors
/// The database is gone, or a record cannot be read.
pub(super) async fn fill(app: &App) -> Result<usize> {
    let sql = "SELECT id FROM smd_record WHERE state = 'managed' AND examination_due_on IS NULL ORDER BY id LIMIT $1";
    let open: Vec<(Id,)> = app.db.all(sql, p![PORTION]).await?;
    let mut filled = 0;
    for (record,) in open {
        filled += usize::from(fill_one(app, record).await?);
    }
    Ok(filled)
}

async fn fill_one(app: &App, record: Id) -> Result<bool> {
    atomic!(app.db, tx => {
        let stored = load(tx, &Scope::system(), record).await?;
        let held = folded(app, &super::held::events(tx, record).await?)?;
        let Some(due) = due_in(app, tx, &held, record).await? else { return Ok(false) };
        let content = app.keys.seal(&serde_json::to_string(&held)?)?;
        let sql = "UPDATE smd_record SET examination_due_on = $1, content = $2 WHERE home = $3 AND id = $4 AND version = $5";
        Ok(tx.run(sql, p![due, content, record.home_number(), record, stored.version]).await? > 0)
    })
}
