//! The minutes, client by client, in versions; and what was agreed on.

use super::{CASES, CaseRow, Conference, KIND, LONG, MinutesContent, PERSONS, Part, Person, load};
use crate::{
    App, agreed, atomic,
    audit::{self, Entry, Purpose},
    db::Tx,
    entry::Reader,
    error::{Error, Result},
    id::Id,
    institution::library::{expect_one, same_version},
    p,
    scope::Scope,
};
use jiff::ToSpan;
use rules::{
    Refusal,
    account::{Deed, Subject},
    clock::china_date,
    conference::{ConferenceStep, follows},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What is written about one client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PartEntry {
    /// The client's place in the list.
    pub number: i64,
    /// How things stand.
    pub situation: String,
    /// Who thinks what.
    pub opinions: String,
    /// What was decided.
    pub decisions: String,
}

/// Minutes as somebody typed them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinutesEntry {
    /// The version of the conference that was seen.
    pub version: i64,
    /// Places in the list of those who came.
    pub came: Vec<i64>,
    /// What concerns all.
    pub general: String,
    /// Client by client.
    pub parts: Vec<PartEntry>,
    /// Why they are corrected; nothing for the first.
    pub reason: String,
}

/// Writes the minutes, or corrects them as another version, which the chair confirms anew.
///
/// # Errors
/// The caller takes part in none; changed meanwhile; refused by the rules; of a client nothing was written.
pub async fn write(app: &App, scope: &Scope, id: Id, entry: &MinutesEntry) -> Result<()> {
    scope.permit(Deed::Change, Subject::Conference)?;
    let now = app.now();
    atomic!(app.db, tx => {
        let found = load(tx, scope, id).await?;
        same_version(entry.version, found.version)?;
        let state = follows(&found.rule(), ConferenceStep::Write, found.seat(scope), now, &app.tables.conferences)?;
        let content = read(app, tx, &found, entry).await?;
        let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
        let number = found.minutes + 1;
        let sql = "UPDATE conference SET state = $1, minutes = $2, changed_at = $3, version = version + 1
            WHERE home = $4 AND id = $5 AND version = $6";
        let args = p![state.code(), number, now, id.home_number(), id, found.version];
        expect_one(tx.run(sql, args).await?, found.version)?;
        let sql = "INSERT INTO conference_minutes (home, conference_id, number, content, written_by_name, at)
            VALUES ($1, $2, $3, $4, $5, $6)";
        tx.run(sql, p![id.home_number(), id, number, sealed, &scope.name, now]).await?;
        let detail = json!({ "step": "write", "number": number });
        audit::record_in(tx, scope, Entry { action: "change", detail, ..Entry::read(Purpose::Care, KIND, id) }, now);
        Ok(())
    })
}

async fn read(app: &App, tx: &mut Tx, found: &Conference, entry: &MinutesEntry) -> Result<MinutesContent> {
    let keys = || p![found.id.home_number(), found.id];
    let persons: Vec<Person> = tx.all(PERSONS, keys()).await?;
    let cases: Vec<CaseRow> = tx.all(CASES, keys()).await?;
    let mut reader = Reader::new(&app.divisions, true);
    let came: Vec<i64> =
        persons.iter().map(|one| one.number).filter(|number| entry.came.contains(number)).collect();
    reader.needed("came", !came.is_empty());
    let general = reader.text("general", &entry.general, LONG);
    let corrects = found.minutes > 0;
    let reason = reader.line("reason", &entry.reason, 200);
    reader.needed("reason", !corrects || !reason.is_empty());
    let mut parts = Vec::new();
    for case in &cases {
        let number = case.number;
        let empty = PartEntry::default();
        let sent = entry.parts.iter().find(|part| part.number == number).unwrap_or(&empty);
        let at = |name: &str| format!("{name}.{number}");
        let part = Part {
            number,
            situation: reader.text(&at("situation"), &sent.situation, LONG),
            opinions: reader.text(&at("opinions"), &sent.opinions, LONG),
            decisions: reader.text(&at("decisions"), &sent.decisions, LONG),
        };
        reader.needed(&at("situation"), !part.situation.is_empty());
        reader.needed(&at("decisions"), !part.decisions.is_empty());
        parts.push(part);
    }
    let reason = if corrects { reason } else { String::new() };
    reader.finish(MinutesContent { came, general, parts, reason })
}

/// Something that was agreed on, as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgreeEntry {
    /// What is to be done.
    pub what: String,
    /// Place in the list of who does it.
    pub owner: String,
    /// By when.
    pub due: String,
    /// Place in the list of whom it is about; empty where it concerns all.
    pub client: String,
}

/// Keeps something that was agreed on; it stands in the owner's work list and beside the case until it is done.
///
/// # Errors
/// The caller takes part in none; refused by the rules; fields are wrong; there are too many.
pub async fn agree(app: &App, scope: &Scope, id: Id, entry: &AgreeEntry) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Conference)?;
    let (now, today) = (app.now(), china_date(app.now()));
    atomic!(app.db, tx => {
        let found = load(tx, scope, id).await?;
        follows(&found.rule(), ConferenceStep::Agree, found.seat(scope), now, &app.tables.conferences)?;
        let keys = || p![id.home_number(), id];
        let persons: Vec<Person> = tx.all(PERSONS, keys()).await?;
        let cases: Vec<CaseRow> = tx.all(CASES, keys()).await?;
        let mut reader = Reader::new(&app.divisions, true);
        let what = reader.text("what", &entry.what, 500);
        reader.needed("what", !what.is_empty());
        let owner = reader.choice("owner", &entry.owner, |code| persons.iter().find(|one| one.number.to_string() == code));
        let due = reader.day("due", &entry.due);
        reader.needed("due", !entry.due.trim().is_empty());
        if due.is_some_and(|due| due < today || due > today.saturating_add(730.days())) {
            reader.wrong("due", "day_between", format!("{today}–{}", today.saturating_add(730.days())));
        }
        let client = match entry.client.trim() {
            "" => None,
            code => reader.choice("client", code, |code| cases.iter().find(|one| one.number.to_string() == code)),
        };
        let read = reader.finish(owner.zip(due))?;
        let (owner, due_on) = read.ok_or_else(|| Error::invalid("owner", "required"))?;
        bounded(app, tx, id).await?;
        let task = agreed::New {
            source: ("conference", id),
            about: client.map(|client| (client.kind.as_str(), client.id)),
            owner: (owner.account, &owner.name),
            due_on,
            what: &what,
        };
        let task = agreed::add(app, tx, scope, &task).await?;
        let detail = json!({ "step": "agree", "task": task });
        audit::record_in(tx, scope, Entry { action: "change", detail, ..Entry::read(Purpose::Care, KIND, id) }, now);
        Ok(task)
    })
}

async fn bounded(app: &App, tx: &mut Tx, id: Id) -> Result<()> {
    let most = app.tables.conferences.most_tasks;
    let sql = "SELECT COUNT(*) FROM agreed_task WHERE home = $1 AND source_id = $2";
    let count: Option<(i64,)> = tx.opt(sql, p![id.home_number(), id]).await?;
    if count.is_some_and(|(count,)| count >= i64::from(most)) {
        return Err(Refusal::new(KIND, "conference_tasks").with("most", most).into());
    }
    Ok(())
}
