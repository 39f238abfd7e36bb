//! The calendar of a worker, a doctor or a whole house for telephones. Its address holds a secret of which only a digest is kept; what
//! stands in the file is neutral: initials and a form of meeting, no service, no illness, no place, no name, also not the worker's.

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
/// As the feed of a house is stored.
const HOUSE: &str = "house";
/// How long an hour by which something is due stands in the calendar.
const DUE_MINUTES: i64 = 15;

/// Who has a calendar.
#[derive(Clone, Copy)]
enum Whose {
    /// Who serves or manages: the own sessions.
    Server,
    /// A doctor: what is due in the own charge.
    Doctor,
    /// Who sees the calendar of the house: the sessions that stand there.
    House,
}

impl Whose {
    /// Days back and ahead that the feed shows; what is overdue in the follow-up stands there longer.
    fn days(self) -> (i64, i64) {
        match self {
            Whose::Server => (14, 92),
            Whose::Doctor => (30, 90),
            // A house has many sessions, and nobody plans a house further ahead than two months.
            Whose::House => (7, 56),
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

/// The calendar of the house, for whoever may open it as a page.
fn of_house(scope: &Scope) -> Result<Whose> {
    scope.permit(Deed::Read, Subject::Agenda)?;
    Ok(Whose::House)
}

/// Whether the caller may have the own calendar on a telephone.
#[must_use]
pub fn offered(scope: &Scope) -> bool {
    whose(scope).is_ok()
}

/// Whether the caller may have the calendar of the house on a telephone.
#[must_use]
pub fn house_offered(scope: &Scope) -> bool {
    of_house(scope).is_ok()
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
    /// It shows the house and not the account's own days.
    pub house: bool,
}
row!(Feed { id, made_at, read_at, house });

/// The feeds of the own account that are in force.
///
/// # Errors
/// The database is gone.
pub async fn feeds(app: &App, scope: &Scope) -> Result<Vec<Feed>> {
    if !offered(scope) && !house_offered(scope) {
        return Ok(Vec::new());
    }
    let sql = "SELECT id, made_at, read_at, whose IS NOT NULL FROM calendar_feed WHERE account_id = $1 AND ended_at IS NULL ORDER BY made_at, id LIMIT 50";
    Ok(app.db.all(sql, p![scope.account]).await?)
}

/// Makes a feed of the own days; returns its secret, which is shown once.
///
/// # Errors
/// The caller has no calendar, or too many feeds.
pub async fn make(app: &App, scope: &Scope) -> Result<String> {
    whose(scope)?;
    made(app, scope, None).await
}

/// Makes a feed of the house; returns its secret, which is shown once.
///
/// # Errors
/// The caller does not see the calendar of a house, or has too many feeds.
pub async fn make_of_house(app: &App, scope: &Scope) -> Result<String> {
    of_house(scope)?;
    made(app, scope, Some(HOUSE)).await
}

async fn made(app: &App, scope: &Scope, whose: Option<&str>) -> Result<String> {
    let secret = account::fresh_secret()?;
    let (id, now) = (scope.account.beside(app.now()), app.now());
    let made: Result<()> = atomic!(app.db, tx => {
        let sql = "SELECT COUNT(*) FROM calendar_feed WHERE account_id = $1 AND ended_at IS NULL";
        if tx.opt::<(i64,)>(sql, p![scope.account]).await?.is_some_and(|(count,)| count >= MOST) {
            return Err(rules::Refusal::new("care", "feeds_too_many").with("most", MOST).into());
        }
        let sql = "INSERT INTO calendar_feed (id, account_id, token_hash, made_at, whose) VALUES ($1, $2, $3, $4, $5)";
        tx.run(sql, p![id, scope.account, account::digest(&secret), now, whose]).await?;
        let detail = whose.map_or_else(|| json!({}), |whose| json!({ "whose": whose }));
        audit::record_in(tx, scope, Entry { detail, ..entry("make_feed", scope.account) }, now);
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
    if !offered(scope) && !house_offered(scope) {
        return Err(Error::NotFound);
    }
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

/// What a feed shows.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// It is the house's.
    pub house: bool,
    /// What stands there.
    pub happenings: Vec<Happening>,
}

/// The calendar behind a secret, each entry in the words that `words` gives it: for who serves the own sessions, for a doctor what is
/// due in the own charge, of a house the sessions that its account sees there, and the account's case conferences. The read is in the
/// log; where the account ended, or lost its part, there is nothing.
///
/// # Errors
/// No feed in force has this secret.
pub async fn read(
    app: &App,
    secret: &str,
    words: impl Fn(Shown<'_>) -> String + Send + Sync,
) -> Result<Calendar> {
    let sql = "SELECT id, account_id, whose IS NOT NULL FROM calendar_feed WHERE token_hash = $1 AND ended_at IS NULL";
    let found: Option<(Id, Id, bool)> = app.db.opt(sql, p![account::digest(secret)]).await?;
    let (feed, account, house) = found.ok_or(Error::NotFound)?;
    let account = account::active_by_id(app, account).await?;
    let scope = account::scope_of(app, &account).await?;
    let whose = if house { of_house(&scope) } else { whose(&scope) };
    let whose = whose.map_err(|_| Error::NotFound)?;
    let today = china_date(app.now());
    let (back, ahead) = whose.days();
    let days = Days { from: today.saturating_sub(back.days()), last: today.saturating_add(ahead.days()) };
    let mut happenings = match whose {
        Whose::Server => sessions(app, &scope, &[days], Sought::Own, &words).await?,
        Whose::House => sessions(app, &scope, &weeks(days), Sought::House, &words).await?,
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
    Ok(Calendar { house, happenings })
}

/// Days in stretches of a week: a list of sessions has its bounds, which a large house passes within a quarter.
fn weeks(days: Days) -> Vec<Days> {
    let mut weeks = Vec::new();
    let mut from = days.from;
    while from <= days.last {
        weeks.push(Days { from, last: days.last.min(from.saturating_add(6.days())) });
        let Ok(next) = from.checked_add(7.days()) else { break };
        from = next;
    }
    weeks
}

/// The sessions of some stretches of days that the reader leads, or sees of the house.
async fn sessions(
    app: &App,
    scope: &Scope,
    stretches: &[Days],
    sought: Sought,
    words: &(impl Fn(Shown<'_>) -> String + Send + Sync),
) -> Result<Vec<Happening>> {
    let mut happenings = Vec::new();
    for days in stretches {
        let rows = list::between(app, scope, *days, sought).await?;
        let mut initials = list::initials(app, scope, *days).await?;
        happenings.extend(rows.into_iter().map(|row| {
            let letters = initials.remove(&row.id).unwrap_or_default();
            Happening {
                id: row.id.to_string(),
                when: When::Hours(row.starts, row.ends),
                changed: row.changed,
                summary: words(Shown::Session(&row.way, &letters, row.persons)),
                cancelled: matches!(row.state, SessionState::Cancelled | SessionState::Void),
            }
        }));
    }
    let log = Entry::listed(Purpose::Care, "care_session", happenings.len());
    audit::record(&app.db, scope, log, app.now()).await?;
    Ok(happenings)
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn weeks_hold_each_day_once() {
        for (from, last, count) in [
            (date(2026, 2, 23), date(2026, 4, 27), 10),
            (date(2026, 3, 2), date(2026, 3, 8), 1),
            (date(2026, 3, 2), date(2026, 3, 9), 2),
            (date(2026, 3, 2), date(2026, 3, 2), 1),
        ] {
            let weeks = weeks(Days { from, last });
            assert_eq!(weeks.len(), count, "{from} {last}");
            assert_eq!((weeks[0].from, weeks[count - 1].last), (from, last));
            for pair in weeks.windows(2) {
                assert_eq!(pair[0].last.saturating_add(1.day()), pair[1].from);
            }
        }
    }
}
