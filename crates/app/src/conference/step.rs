//! Confirming the minutes, putting a conference off, calling it off.

use super::{Conference, Content, KIND, load, plan::when};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::Tx,
    entry::Reader,
    error::{Error, Result},
    id::Id,
    institution::library::{expect_one, same_version},
    p,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Subject},
    conference::{ConferenceState, ConferenceStep, follows},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A step as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepEntry {
    /// `confirm`, `postpone`, `cancel`.
    pub step: String,
    /// The version that was seen.
    pub version: i64,
    /// The new day, where it is put off.
    pub on: String,
    /// The new hour.
    pub start: String,
    /// How long.
    pub minutes: String,
    /// Why it is put off or called off.
    pub reason: String,
}

struct Written {
    step: ConferenceStep,
    reason: String,
    times: Option<(Date, (Timestamp, Timestamp))>,
}

fn read(app: &App, entry: &StepEntry) -> Result<Written> {
    let mut reader = Reader::new(&app.divisions, true);
    let known = |code: &str| {
        let own = [ConferenceStep::Confirm, ConferenceStep::Postpone, ConferenceStep::Cancel];
        own.into_iter().find(|step| step.code() == code)
    };
    let step = reader.choice("step", &entry.step, known);
    let reason = reader.line("reason", &entry.reason, 200);
    reader.needed("reason", step == Some(ConferenceStep::Confirm) || !reason.is_empty());
    let put_off = step == Some(ConferenceStep::Postpone);
    let times =
        if put_off { when(app, &mut reader, (&entry.on, &entry.start, &entry.minutes)) } else { None };
    let step = reader.finish(step)?.ok_or_else(|| Error::invalid("step", "required"))?;
    Ok(Written { step, reason, times })
}

/// Confirms the latest minutes, puts a conference off, or calls it off.
///
/// # Errors
/// The caller takes part in none; changed meanwhile; refused by the rules; fields are wrong.
pub async fn step(app: &App, scope: &Scope, id: Id, entry: &StepEntry) -> Result<()> {
    scope.permit(Deed::Change, Subject::Conference)?;
    atomic!(app.db, tx => {
        let found = load(tx, scope, id).await?;
        same_version(entry.version, found.version)?;
        let Written { step, reason, times } = read(app, entry)?;
        let state = follows(&found.rule(), step, found.seat(scope), app.now(), &app.tables.conferences)?;
        if step == ConferenceStep::Confirm {
            confirm(app, tx, scope, &found).await?;
        } else {
            change(app, tx, &found, (state, &reason), times).await?;
        }
        let detail = json!({ "step": step.code(), "state": state.code() });
        let note = Entry { action: "change", detail, ..Entry::read(Purpose::Care, KIND, id) };
        audit::record_in(tx, scope, note, app.now());
        Ok(())
    })
}

async fn confirm(app: &App, tx: &mut Tx, scope: &Scope, found: &Conference) -> Result<()> {
    let (id, now) = (found.id, app.now());
    let sql = "UPDATE conference_minutes SET confirmed_by_name = $1, confirmed_at = $2
        WHERE home = $3 AND conference_id = $4 AND number = $5 AND confirmed_at IS NULL";
    tx.run(sql, p![&scope.name, now, id.home_number(), id, found.minutes]).await?;
    let sql = "UPDATE conference SET confirmed = minutes, changed_at = $1, version = version + 1
        WHERE home = $2 AND id = $3 AND version = $4";
    expect_one(tx.run(sql, p![now, id.home_number(), id, found.version]).await?, found.version)
}

async fn change(
    app: &App,
    tx: &mut Tx,
    found: &Conference,
    (state, reason): (ConferenceState, &str),
    times: Option<(Date, (Timestamp, Timestamp))>,
) -> Result<()> {
    let id = found.id;
    let content = Content { reason: reason.to_owned(), ..found.content(app)? };
    let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
    let (on, (starts, ends)) = times.unwrap_or((found.on, (found.starts, found.ends)));
    let sql = "UPDATE conference SET state = $1, content = $2, on_day = $3, starts_at = $4, ends_at = $5, changed_at = $6,
        version = version + 1 WHERE home = $7 AND id = $8 AND version = $9";
    let args = p![state.code(), sealed, on, starts, ends, app.now(), id.home_number(), id, found.version];
    expect_one(tx.run(sql, args).await?, found.version)?;
    let sql = "UPDATE conference_person SET starts_at = $1 WHERE home = $2 AND conference_id = $3";
    tx.run(sql, p![starts, id.home_number(), id]).await?;
    Ok(())
}
