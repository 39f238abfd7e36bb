//! A worker's calendar for telephones. Its address holds a secret of which only a digest is kept; what stands in the file is neutral:
//! initials and a form of meeting, no service, no place, no name.

use super::{list, list::Sought};
use crate::{
    App, account, atomic,
    audit::{self, Entry, Purpose},
    error::{Error, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::{Timestamp, ToSpan};
use rules::{
    account::{Deed, Subject},
    care::{Days, Happening, SessionState},
    clock::china_date,
    conference::ConferenceState,
};
use serde::Serialize;
use serde_json::json;

/// Feeds of one account at most.
const MOST: i64 = 5;
/// Days back and ahead that a feed shows.
const BACK: i64 = 14;
const AHEAD: i64 = 92;
/// A feed of the own account.
#[derive(Debug, Clone, Serialize)]
pub struct Feed {
    /// Identifier.
    pub id: Id,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was last read.
    pub read_at: Option<Timestamp>,
}
row!(Feed { id, made_at, read_at });

/// The feeds of the own account that are in force.
///
/// # Errors
/// The caller has no calendar.
pub async fn feeds(app: &App, scope: &Scope) -> Result<Vec<Feed>> {
    scope.permit(Deed::Read, Subject::Agenda)?;
    let sql = "SELECT id, made_at, read_at FROM calendar_feed WHERE account_id = $1 AND ended_at IS NULL ORDER BY made_at, id LIMIT 50";
    Ok(app.db.all(sql, p![scope.account]).await?)
}

/// Makes a feed; returns its secret, which is shown once.
///
/// # Errors
/// The caller has no calendar, or too many feeds.
pub async fn make(app: &App, scope: &Scope) -> Result<String> {
    scope.permit(Deed::Change, Subject::Agenda)?;
    let secret = account::fresh_secret()?;
    let (id, now) = (scope.account.beside(app.now()), app.now());
    let made: Result<()> = atomic!(app.db, tx => {
        let sql = "SELECT COUNT(*) FROM calendar_feed WHERE account_id = $1 AND ended_at IS NULL";
        if tx.opt::<(i64,)>(sql, p![scope.account]).await?.is_some_and(|(count,)| count >= MOST) {
            return Err(rules::Refusal::new("care", "feeds_too_many").with("most", MOST).into());
        }
        let sql = "INSERT INTO calendar_feed (id, account_id, token_hash, made_at) VALUES ($1, $2, $3, $4)";
        tx.run(sql, p![id, scope.account, account::digest(&secret), now]).await?;
        audit::record_in(tx, scope, entry("make_feed", scope.account), now);
        Ok(())
    });
    made.map(|()| secret)
}

fn entry(action: &'static str, account: Id) -> Entry {
    Entry {
        purpose: Purpose::Care,
        action,
        subject_kind: "account",
        subject: Some(account),
        detail: json!({}),
    }
}

/// Ends a feed of the own account; a second time changes nothing.
///
/// # Errors
/// The account has no such feed.
pub async fn end(app: &App, scope: &Scope, id: Id) -> Result<()> {
    scope.permit(Deed::Change, Subject::Agenda)?;
    atomic!(app.db, tx => {
        let sql = "UPDATE calendar_feed SET ended_at = COALESCE(ended_at, $1) WHERE id = $2 AND account_id = $3";
        if tx.run(sql, p![app.now(), id, scope.account]).await? == 0 {
            return Err(Error::NotFound);
        }
        audit::record_in(tx, scope, entry("end_feed", scope.account), app.now());
        Ok(())
    })
}

/// The sessions of the account behind a secret, with what is shown of each made by `summary` from the form of service and the initials
/// of the clients, and the account's case conferences under one word. The read is in the log; where the account ended, or lost its part in care, there is nothing.
///
/// # Errors
/// No feed in force has this secret.
pub async fn read(
    app: &App,
    secret: &str,
    summary: impl Fn(&str, &[String], i64) -> String + Send,
    conference: &str,
) -> Result<Vec<Happening>> {
    let sql = "SELECT id, account_id FROM calendar_feed WHERE token_hash = $1 AND ended_at IS NULL";
    let found: Option<(Id, Id)> = app.db.opt(sql, p![account::digest(secret)]).await?;
    let (feed, account) = found.ok_or(Error::NotFound)?;
    let account = account::active_by_id(app, account).await?;
    let scope = account::scope_of(app, &account).await?;
    scope.permit(Deed::Change, Subject::Agenda).map_err(|_| Error::NotFound)?;
    let today = china_date(app.now());
    let days = Days { from: today.saturating_sub(BACK.days()), last: today.saturating_add(AHEAD.days()) };
    let rows = list::between(app, &scope, days, Sought::Own).await?;
    let mut initials = list::initials(app, &scope, days).await?;
    let log = Entry::listed(Purpose::Care, "care_session", rows.len());
    audit::record(&app.db, &scope, log, app.now()).await?;
    app.db.run("UPDATE calendar_feed SET read_at = $1 WHERE id = $2", p![app.now(), feed]).await?;
    let happening = |row: list::SessionRow| Happening {
        id: row.id.to_string(),
        starts: row.starts,
        ends: row.ends,
        changed: row.changed,
        summary: summary(&row.way, &initials.remove(&row.id).unwrap_or_default(), row.persons),
        cancelled: matches!(row.state, SessionState::Cancelled | SessionState::Void),
    };
    let mut happenings: Vec<Happening> = rows.into_iter().map(happening).collect();
    // Of a case conference stands there that it is one, and nobody's name or initials.
    let conferences = crate::conference::of_days(app, &scope, days).await?;
    happenings.extend(conferences.into_iter().map(|one| Happening {
        id: one.id.to_string(),
        starts: one.starts,
        ends: one.ends,
        changed: one.changed,
        summary: conference.to_owned(),
        cancelled: one.state == ConferenceState::Cancelled,
    }));
    Ok(happenings)
}
