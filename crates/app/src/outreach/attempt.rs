//! An attempt to reach somebody is entered, or voided.

use super::{Held, entry, refold};
use crate::{
    App, atomic,
    audit::record_in,
    care::{self, Typed},
    contact,
    db::Tx,
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
    outreach::{Attempt, faults},
};
use serde_json::json;

/// An attempt to be entered.
#[derive(Debug, Clone)]
pub struct NewAttempt {
    /// Made by whoever sends it: the same key sent again is the same attempt.
    pub key: Id,
    /// What was done and came of it.
    pub attempt: Attempt,
    /// Note.
    pub note: String,
}

/// Enters an attempt; from it follows when to try again. Sent twice it is one.
///
/// # Errors
/// There is no such lead in scope; the person is not to be contacted any more; fields are wrong; the person did not call this way safe.
pub async fn enter(app: &App, scope: &Scope, id: Id, new: &Typed<NewAttempt>) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Lead)?;
    atomic!(app.db, tx => {
        let held = Held::read(tx, scope, id).await?;
        let new = new.as_ref().map_err(|problems| Error::Invalid(problems.clone()))?;
        if let Some(made) = found(tx, id, new).await? {
            return Ok(made);
        }
        if !held.is_tried() {
            return Err(Refusal::new("outreach", "lead_over").into());
        }
        check(app, tx, &held, new).await?;
        let made = store(app, tx, scope, id, new).await?;
        refold(app, tx, id, &held).await?;
        let detail = json!({ "attempt": made, "way": new.attempt.way, "outcome": new.attempt.outcome });
        record_in(tx, scope, entry(scope, "change", id, detail), app.now());
        Ok(made)
    })
}

/// The same attempt, entered before.
async fn found(tx: &mut Tx, lead: Id, new: &NewAttempt) -> Result<Option<Id>> {
    let sql =
        "SELECT id, way, outcome FROM contact_attempt WHERE home = $1 AND lead_id = $2 AND entry_key = $3";
    let found: Option<(Id, String, String)> = tx.opt(sql, p![lead.home_number(), lead, new.key]).await?;
    match found {
        Some((_, way, outcome)) if way != new.attempt.way || outcome != new.attempt.outcome => {
            Err(Error::invalid("key", "key_reused"))
        }
        found => Ok(found.map(|(id, ..)| id)),
    }
}

async fn check(app: &App, tx: &mut Tx, held: &Held, new: &NewAttempt) -> Result<()> {
    let (table, attempt) = (&app.tables.outreach, &new.attempt);
    let mut problems = care::problems(faults(attempt, held.given, china_date(app.now()), table));
    let most = table.limits.note_letters;
    if new.note.chars().count() > most {
        problems.push(Problem { values: vec![most.to_string()], ..Problem::new("note", "too_long") });
    }
    if attempt.reason.as_deref() == Some("other") && new.note.trim().is_empty() {
        problems.push(Problem::new("note", "required"));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let safe = contact::of_person(app, tx, held.person).await?;
    match (safe, table.way(&attempt.way).and_then(|way| way.reach)) {
        (Some(rules), Some(way)) => Ok(rules.allow(&[way])?),
        _ => Ok(()),
    }
}

async fn store(app: &App, tx: &mut Tx, scope: &Scope, lead: Id, new: &NewAttempt) -> Result<Id> {
    let (now, attempt) = (app.now(), &new.attempt);
    let id = lead.beside(now);
    let note = new.note.trim();
    let note = (!note.is_empty()).then(|| app.keys.seal(note)).transpose()?;
    let sql = "INSERT INTO contact_attempt (home, id, lead_id, entry_key, on_day, way, reached, outcome, reason, next_on, note, made_by,
        made_by_name, organisation_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let args = p![
        id.home_number(),
        id,
        lead,
        new.key,
        attempt.on,
        &attempt.way,
        &attempt.reached,
        &attempt.outcome,
        attempt.reason.as_ref(),
        attempt.next,
        note,
        scope.account,
        &scope.name,
        scope.organisation,
        now
    ];
    tx.run(sql, args).await?;
    Ok(id)
}

/// Voids an attempt that the caller entered wrongly: it stays, and counts for nothing. A second time changes nothing.
///
/// # Errors
/// There is no such lead in scope, or no such attempt of the caller's; the referral goes on from an application already.
pub async fn void(app: &App, scope: &Scope, id: Id, attempt: Id) -> Result<()> {
    scope.permit(Deed::Change, Subject::Lead)?;
    atomic!(app.db, tx => {
        let held = Held::read(tx, scope, id).await?;
        let sql = "SELECT voided_at FROM contact_attempt WHERE home = $1 AND id = $2 AND lead_id = $3 AND made_by = $4";
        let args = p![id.home_number(), attempt, id, scope.account];
        let (voided,): (Option<Timestamp>,) = tx.opt(sql, args).await?.ok_or(Error::NotFound)?;
        if voided.is_some() {
            return Ok(());
        }
        if held.consented.is_some() || held.taken_back.is_some() {
            return Err(Refusal::new("outreach", "lead_over").into());
        }
        let sql = "UPDATE contact_attempt SET voided_at = $1, voided_by_name = $2 WHERE home = $3 AND id = $4";
        tx.run(sql, p![app.now(), &scope.name, id.home_number(), attempt]).await?;
        refold(app, tx, id, &held).await?;
        record_in(tx, scope, entry(scope, "change", id, json!({ "attempt": attempt, "voided": true })), app.now());
        Ok(())
    })
}
