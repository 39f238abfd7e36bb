//! The judgement of a second person, within a day; what is late is told to the role above and stays open.

use super::{KIND, LONGEST, STORED, Stored};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p,
    scope::{Area, Scope},
};
use jiff::Timestamp;
use rules::{
    account::{Deed, Subject},
    emergency_access::Verdict,
    name,
};
use serde_json::json;

/// Openings whose lateness is told in one turn of the clock.
const BATCH: i64 = 200;

/// An opening for whoever judges it.
#[derive(Debug, Clone)]
pub struct Review {
    /// The opening.
    pub id: Id,
    /// Who opened: name, role code, organisation.
    pub who: String,
    /// The role code.
    pub role: String,
    /// The organisation.
    pub organisation: String,
    /// `person` or `referral`.
    pub subject_kind: String,
    /// The number of the case, or the person's name masked.
    pub subject: String,
    /// The legal basis, as a code.
    pub basis: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// When it ends or ended at the latest.
    pub ends_at: Timestamp,
    /// When the opener ended it.
    pub ended_at: Option<Timestamp>,
    /// By when it is to be judged.
    pub review_due_at: Timestamp,
    /// How often records were looked at through it.
    pub looks: i64,
}

/// An opening that the caller may judge now; any other looks as if it did not exist. Reading its reason is in the log.
///
/// # Errors
/// There is none such.
pub async fn to_review(app: &App, scope: &Scope, id: Id) -> Result<Review> {
    scope.permit(Deed::Read, Subject::EmergencyReview)?;
    atomic!(app.db, tx => {
        let stored = reviewable(app, tx, scope, id).await?;
        let review = described(app, tx, &stored).await?;
        audit::record_in(tx, scope, Entry::read(Purpose::Supervision, KIND, id), app.now());
        Ok(review)
    })
}

async fn reviewable(app: &App, tx: &mut Tx, scope: &Scope, id: Id) -> Result<Stored> {
    let Area { from, to } = scope.area;
    let sql = Sql::new(STORED).push(
        " AND e.home = {} AND e.id = {} AND e.division >= {} AND e.division <= {}",
        p![id.home_number(), id, from, to],
    );
    let stored: Stored = tx.opt(&sql.text, sql.args).await?.ok_or(Error::NotFound)?;
    let reviewer = (scope.account.0, scope.role);
    match app.tables.emergency.review(&stored.opening()?, reviewer, app.now()) {
        Ok(()) => Ok(stored),
        Err(_) => Err(Error::NotFound),
    }
}

async fn described(app: &App, tx: &mut Tx, stored: &Stored) -> Result<Review> {
    let id = stored.id;
    let sql = "SELECT e.reason, a.name, o.name FROM emergency_access e JOIN account a ON a.id = e.account_id
        JOIN organisation o ON o.id = e.organisation_id WHERE e.home = $1 AND e.id = $2";
    let found: Option<(Vec<u8>, String, String)> = tx.opt(sql, p![id.home_number(), id]).await?;
    let (reason, who, organisation) = found.ok_or(Error::NotFound)?;
    let sql =
        "SELECT COUNT(*) FROM audit WHERE account_id = $1 AND at >= $2 AND at <= $3 AND purpose = 'emergency'
        AND action = 'read'";
    let looks: Option<(i64,)> = tx.opt(sql, p![stored.account, stored.at, stored.ends_at]).await?;
    Ok(Review {
        id,
        who,
        role: stored.role.clone(),
        organisation,
        subject: subject(tx, stored).await?,
        subject_kind: stored.subject_kind.clone(),
        basis: stored.basis.clone(),
        reason: app.keys.unseal(&reason)?,
        at: stored.at,
        ends_at: stored.ends_at,
        ended_at: stored.ended_at,
        review_due_at: stored.review_due_at,
        looks: looks.map_or(0, |(count,)| count),
    })
}

async fn subject(tx: &mut Tx, stored: &Stored) -> Result<String> {
    let (home, id) = (stored.subject.home_number(), stored.subject);
    let sql = if stored.subject_kind == "person" {
        "SELECT name FROM person WHERE home = $1 AND id = $2"
    } else {
        "SELECT COALESCE(registration, receipt, '') FROM referral WHERE home = $1 AND id = $2"
    };
    let text = tx.opt::<(String,)>(sql, p![home, id]).await?.map(|(text,)| text).unwrap_or_default();
    Ok(if stored.subject_kind == "person" { name::mask(&text) } else { text })
}

/// Judges an opening. What is found not justified ends at once.
///
/// # Errors
/// There is none that the caller may judge now; the verdict is unknown; a note is missing.
pub async fn judge(app: &App, scope: &Scope, id: Id, verdict: &str, note: &str) -> Result<Verdict> {
    scope.permit(Deed::Change, Subject::EmergencyReview)?;
    let verdict = Verdict::of_code(verdict);
    atomic!(app.db, tx => {
        let stored = reviewable(app, tx, scope, id).await?;
        let Some(verdict) = verdict else { return Err(Error::invalid("verdict", "unknown_choice")) };
        let note = checked(app, verdict, note)?;
        let now = app.now();
        let ended = stored.ended_at.or(Some(now).filter(|now| verdict == Verdict::NotJustified && *now < stored.ends_at));
        let sql = "UPDATE emergency_access SET verdict = $1, note = $2, reviewed_by = $3, reviewed_at = $4, ended_at = $5
            WHERE home = $6 AND id = $7 AND verdict IS NULL";
        let args = p![verdict.code(), note, scope.account, now, ended, id.home_number(), id];
        if tx.run(sql, args).await? == 0 {
            return Err(Error::NotFound);
        }
        let detail = json!({ "verdict": verdict.code(), "late": now > stored.review_due_at });
        let entry = Entry { action: "judge_emergency", detail, ..Entry::read(Purpose::Supervision, KIND, id) };
        audit::record_in(tx, scope, entry, now);
        Ok(verdict)
    })
}

fn checked(app: &App, verdict: Verdict, note: &str) -> Result<Option<Vec<u8>>> {
    let terms = &app.tables.emergency;
    if !terms.is_note(verdict, note) {
        let values = vec![terms.note_characters.to_string()];
        return Err(Error::Invalid(vec![Problem { values, ..Problem::new("note", "note_too_short") }]));
    }
    if note.chars().count() > LONGEST {
        return Err(Error::invalid("note", "text_too_long"));
    }
    Some(note.trim()).filter(|note| !note.is_empty()).map(|note| app.keys.seal(note)).transpose()
}

/// Notes which judgements are late: from now on they are also on the list of the role above. Safe to run at any time and by
/// several instances; returns how many were noted.
///
/// # Errors
/// The database is gone.
pub async fn escalate(app: &App) -> Result<usize> {
    let sql = "SELECT home, id FROM emergency_access WHERE verdict IS NULL AND subject_id IS NOT NULL
        AND escalated_at IS NULL AND review_due_at < $1 ORDER BY review_due_at LIMIT $2";
    let late: Vec<(i64, Id)> = app.db.all(sql, p![app.now(), BATCH]).await?;
    let mut noted = 0;
    for (home, id) in late {
        let own: Result<u64> = atomic!(app.db, tx => {
            let sql = "UPDATE emergency_access SET escalated_at = $1 WHERE home = $2 AND id = $3 AND escalated_at IS NULL";
            let changed = tx.run(sql, p![app.now(), home, id]).await?;
            if changed > 0 {
                let entry = Entry { action: "escalate", ..Entry::read(Purpose::Supervision, KIND, id) };
                audit::record_in(tx, &Scope::system(), entry, app.now());
            }
            Ok(changed)
        });
        noted += usize::from(own? > 0);
    }
    Ok(noted)
}
