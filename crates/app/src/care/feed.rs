//! A worker's or doctor's calendar for telephones. Its address holds a secret of which only a digest is kept; what stands in the file is
//! neutral: initials and a form of meeting, no service, no illness, no place, no name.

use super::{list, list::Sought};
use crate::{
    App, account, atomic,
    audit::{self, Entry, Purpose},
    error::{Error, Result},
    followup::agenda,
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp, ToSpan};
use rules::{
    account::{Deed, Role, Subject},
    care::{Days, Happening, SessionState, When},
    clock::china_date,
    conference::ConferenceState,
    followup::owed::What,
};
use serde::Serialize;
use serde_json::json;

/// Feeds of one account at most.
const MOST: i64 = 5;
/// How long an hour by which something is due stands in the calendar.
const DUE_MINUTES: i64 = 15;

/// Who has a calendar.
#[derive(Clone, Copy)]
enum Whose {
    /// Who serves or manages: the own sessions.
    Server,
    /// A doctor: what is due in the own charge.
    Doctor,
}

impl Whose {
    /// Days back and ahead that the feed shows; what is overdue in the follow-up stands there longer.
    fn days(self) -> (i64, i64) {
        match self {
            Whose::Server => (14, 92),
            Whose::Doctor => (30, 90),
        }
    }
}

/// Whose calendar the caller has. The county's health side has none: what is due in a whole county is nobody's day.
fn whose(scope: &Scope) -> Result<Whose> {
    if scope.role == Role::Doctor {
        scope.permit(Deed::Change, Subject::FollowUp)?;
        return Ok(Whose::Doctor);
    }
    scope.permit(Deed::Change, Subject::Agenda)?;
    Ok(Whose::Server)
}

/// Whether the caller may have the own calendar on a telephone.
#[must_use]
pub fn offered(scope: &Scope) -> bool {
    whose(scope).is_ok()
}

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
/// The database is gone.
pub async fn feeds(app: &App, scope: &Scope) -> Result<Vec<Feed>> {
    if !offered(scope) {
        return Ok(Vec::new());
    }
    let sql = "SELECT id, made_at, read_at FROM calendar_feed WHERE account_id = $1 AND ended_at IS NULL ORDER BY made_at, id LIMIT 50";
    Ok(app.db.all(sql, p![scope.account]).await?)
}

/// Makes a feed; returns its secret, which is shown once.
///
/// # Errors
/// The caller has no calendar, or too many feeds.
pub async fn make(app: &App, scope: &Scope) -> Result<String> {
    whose(scope)?;
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
    whose(scope).map_err(|_| Error::NotFound)?;
    atomic!(app.db, tx => {
        let sql = "UPDATE calendar_feed SET ended_at = COALESCE(ended_at, $1) WHERE id = $2 AND account_id = $3";
        if tx.run(sql, p![app.now(), id, scope.account]).await? == 0 {
            return Err(Error::NotFound);
        }
        audit::record_in(tx, scope, entry("end_feed", scope.account), app.now());
        Ok(())
    })
}

/// Something of a calendar before it is put into words.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// A session: its form, the initials of the reader's clients, and how many persons there are.
    Session(&'a str, &'a [String], i64),
    /// Something that is due of the follow-up of somebody with these initials.
    Due(What, &'a str),
    /// Something that is due of an emergency of somebody with these initials.
    Emergency(&'a str),
    /// A case conference, of which stands there that it is one, and nobody's name or initials.
    Conference,
}

/// The calendar of the account behind a secret, each entry in the words that `words` gives it: for who serves the own sessions, for a
/// doctor what is due in the own charge, for both the case conferences. The read is in the log; where the account ended, or lost its
/// part, there is nothing.
///
/// # Errors
/// No feed in force has this secret.
pub async fn read(
    app: &App,
    secret: &str,
    words: impl Fn(Shown<'_>) -> String + Send + Sync,
) -> Result<Vec<Happening>> {
    let sql = "SELECT id, account_id FROM calendar_feed WHERE token_hash = $1 AND ended_at IS NULL";
    let found: Option<(Id, Id)> = app.db.opt(sql, p![account::digest(secret)]).await?;
    let (feed, account) = found.ok_or(Error::NotFound)?;
    let account = account::active_by_id(app, account).await?;
    let scope = account::scope_of(app, &account).await?;
    let whose = whose(&scope).map_err(|_| Error::NotFound)?;
    let today = china_date(app.now());
    let (back, ahead) = whose.days();
    let days = Days { from: today.saturating_sub(back.days()), last: today.saturating_add(ahead.days()) };
    let mut happenings = match whose {
        Whose::Server => sessions(app, &scope, days, &words).await?,
        Whose::Doctor => due(app, &scope, days, &words).await?,
    };
    app.db.run("UPDATE calendar_feed SET read_at = $1 WHERE id = $2", p![app.now(), feed]).await?;
    let conferences = crate::conference::of_days(app, &scope, days).await?;
    happenings.extend(conferences.into_iter().map(|one| Happening {
        id: one.id.to_string(),
        when: When::Hours(one.starts, one.ends),
        changed: one.changed,
        summary: words(Shown::Conference),
        cancelled: one.state == ConferenceState::Cancelled,
    }));
    Ok(happenings)
}

/// The sessions that the reader leads.
async fn sessions(
    app: &App,
    scope: &Scope,
    days: Days,
    words: &(impl Fn(Shown<'_>) -> String + Send + Sync),
) -> Result<Vec<Happening>> {
    let rows = list::between(app, scope, days, Sought::Own).await?;
    let mut initials = list::initials(app, scope, days).await?;
    let log = Entry::listed(Purpose::Care, "care_session", rows.len());
    audit::record(&app.db, scope, log, app.now()).await?;
    let happening = |row: list::SessionRow| Happening {
        id: row.id.to_string(),
        when: When::Hours(row.starts, row.ends),
        changed: row.changed,
        summary: words(Shown::Session(&row.way, &initials.remove(&row.id).unwrap_or_default(), row.persons)),
        cancelled: matches!(row.state, SessionState::Cancelled | SessionState::Void),
    };
    Ok(rows.into_iter().map(happening).collect())
}

/// Visits, steps, yearly examinations and what emergencies ask for.
async fn due(
    app: &App,
    scope: &Scope,
    days: Days,
    words: &(impl Fn(Shown<'_>) -> String + Send + Sync),
) -> Result<Vec<Happening>> {
    let by_day = agenda::due_days(app, scope, days).await?;
    let by_hour = agenda::due_hours(app, scope, days).await?;
    let log = Entry::listed(Purpose::Care, "smd_record", by_day.len() + by_hour.len());
    audit::record(&app.db, scope, log, app.now()).await?;
    let day = |one: agenda::DueDay| Happening {
        // The examination has a day of its own beside what the record owes first.
        id: match one.what {
            What::Examination => format!("{}-yearly", one.record),
            _ => one.record.to_string(),
        },
        when: When::Day(one.on),
        changed: one.changed,
        summary: words(Shown::Due(one.what, &one.initials)),
        cancelled: false,
    };
    let hour = |one: agenda::DueHour| Happening {
        id: one.emergency.to_string(),
        when: When::Hours(one.at, one.at + SignedDuration::from_mins(DUE_MINUTES)),
        changed: one.changed,
        summary: words(Shown::Emergency(&one.initials)),
        cancelled: false,
    };
    Ok(by_day.into_iter().map(day).chain(by_hour.into_iter().map(hour)).collect())
}
