//! What happens when nobody acts: a deadline that ran out is told to the county, once, as an entry of the log that the county
//! sees on its list of what is overdue. Called by the background clock; safe for several instances at once.

use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    error::Result,
    id::Id,
    p,
    scope::Scope,
};
use rules::clock::china_date;
use serde_json::json;

/// Deadlines looked at in one turn.
const BATCH: i64 = 500;

/// Tells of every deadline that ran out since it was set; returns how many were told.
///
/// # Errors
/// The database is gone.
pub async fn escalate(app: &App) -> Result<usize> {
    let today = china_date(app.now());
    let late =
        "SELECT id FROM smd_record WHERE due_on < $1 AND told_overdue_at IS NULL ORDER BY due_on LIMIT $2";
    let mark =
        "UPDATE smd_record SET told_overdue_at = $1 WHERE home = $2 AND id = $3 AND told_overdue_at IS NULL";
    let records = app.db.all::<(Id,)>(late, p![today, BATCH]).await?;
    let mut told = 0;
    for (id,) in records {
        told += usize::from(mark_one(app, mark, "smd_record", id).await?);
    }
    let late = "SELECT id FROM smd_emergency WHERE due_at <= $1 AND told_overdue_at IS NULL ORDER BY due_at LIMIT $2";
    let mark = "UPDATE smd_emergency SET told_overdue_at = $1 WHERE home = $2 AND id = $3 AND told_overdue_at IS NULL";
    let emergencies = app.db.all::<(Id,)>(late, p![app.now(), BATCH]).await?;
    for (id,) in emergencies {
        told += usize::from(mark_one(app, mark, "smd_emergency", id).await?);
    }
    super::examination::fill(app).await?;
    Ok(told)
}

/// Whoever marks it tells: another instance that looked in the same moment finds it marked.
async fn mark_one(app: &App, mark: &str, kind: &'static str, id: Id) -> Result<bool> {
    let system = Scope::system();
    atomic!(app.db, tx => {
        if tx.run(mark, p![app.now(), id.home_number(), id]).await? == 0 {
            return Ok(false);
        }
        let detail = json!({ "told": "overdue" });
        let entry = Entry { purpose: Purpose::Care, action: "escalate", subject_kind: kind, subject: Some(id), detail };
        audit::record_in(tx, &system, entry, app.now());
        Ok(true)
    })
}
