//! What the background clock does: tells the county of questions whose term is over, and closes those whose asker has been silent.

use super::{KIND, Said, step::put};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    error::Result,
    id::Id,
    p,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp};
use rules::{
    clock::china_date,
    question::{QuestionState, closes_itself},
};
use serde_json::json;

/// Questions of one turn at most, so that a turn stays short.
const PORTION: i64 = 200;

/// What a turn did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turned {
    /// Questions of which the county was told.
    pub late: usize,
    /// Questions that closed by themselves.
    pub closed: usize,
}

/// One turn. Safe for several instances at once: whoever changes the row writes what follows.
///
/// # Errors
/// The database is gone when the turn begins; what was done stays done.
pub async fn turn(app: &App) -> Result<Turned> {
    let mut turned = Turned::default();
    let sql = "SELECT id FROM question WHERE due_at < $1 AND escalated_at IS NULL ORDER BY due_at LIMIT $2";
    let late: Vec<(Id,)> = app.db.all(sql, p![app.now(), PORTION]).await?;
    for (id,) in late {
        turned.late += usize::from(went_on(id, tell(app, id).await));
    }
    let days = i64::from(app.tables.questions.close_after_days);
    let before = app.now() - SignedDuration::from_hours(24 * days);
    let sql =
        "SELECT id, state, silent_from FROM question WHERE silent_from < $1 ORDER BY silent_from LIMIT $2";
    let silent: Vec<(Id, String, Timestamp)> = app.db.all(sql, p![before, PORTION]).await?;
    let today = china_date(app.now());
    for (id, state, since) in silent {
        let state = QuestionState::of_code(&state).unwrap_or(QuestionState::Closed);
        if closes_itself(state, china_date(since), today, &app.tables.questions) {
            turned.closed += usize::from(went_on(id, close(app, id, since).await));
        }
    }
    Ok(turned)
}

/// What became of one question. One that fails is written down and tried again at the next turn; it does not keep the others from theirs.
fn went_on(id: Id, outcome: Result<bool>) -> bool {
    outcome.unwrap_or_else(|error| {
        tracing::error!(question = %id, error.cause = %error, "a question was passed over");
        false
    })
}

async fn tell(app: &App, id: Id) -> Result<bool> {
    let now = app.now();
    atomic!(app.db, tx => {
        let sql = "UPDATE question SET escalated_at = $1, version = version + 1 WHERE home = $2 AND id = $3 AND due_at < $1
            AND escalated_at IS NULL";
        if tx.run(sql, p![now, id.home_number(), id]).await? == 0 {
            return Ok(false);
        }
        put(app, tx, &Scope::system(), id, ("late", None), &Said::default()).await?;
        note(app, tx, id, "late");
        Ok(true)
    })
}

async fn close(app: &App, id: Id, since: Timestamp) -> Result<bool> {
    let now = app.now();
    atomic!(app.db, tx => {
        let sql = "UPDATE question SET state = 'closed', silent_from = NULL, closed_on = $1, changed_at = $2, version = version + 1
            WHERE home = $3 AND id = $4 AND silent_from = $5";
        if tx.run(sql, p![china_date(now), now, id.home_number(), id, since]).await? == 0 {
            return Ok(false);
        }
        put(app, tx, &Scope::system(), id, ("silent", None), &Said::default()).await?;
        note(app, tx, id, "closed");
        Ok(true)
    })
}

fn note(app: &App, tx: &mut crate::db::Tx, id: Id, state: &str) {
    let detail = json!({ "state": state });
    let entry = Entry { action: "change", detail, ..Entry::read(Purpose::Care, KIND, id) };
    audit::record_in(tx, &Scope::system(), entry, app.now());
}
