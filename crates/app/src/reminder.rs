//! The daily reminder of what is due: figures without names, once a day for each worker who wants it. The background clock of whichever
//! server comes first queues one job for the day; each account's reminder has account and day as its key, so that it is one even
//! where a portion is done twice.

mod counts;

use crate::{
    App, account, atomic,
    audit::{self, Entry},
    error::{Error, Result},
    id::Id,
    job, p,
    scope::Scope,
};
use jiff::{Timestamp, ToSpan, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    clock::{china_date, china_time},
    reminder::{Counts, Stretch},
};
use serde_json::{Value as Json, json};

/// The job that tells everybody.
pub(crate) const JOB: &str = "remind";
/// The setting that says for which day everybody was told.
const TOLD: &str = "reminders_told";
/// Reminders of a page.
pub const PAGE: i64 = 30;

/// What was due for somebody on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// The day on which it was told.
    pub on: Date,
    /// The last day that it speaks of.
    pub until: Date,
    /// How much of which kind.
    pub counts: Counts,
    /// When it was told.
    pub at: Timestamp,
    /// When its reader had seen enough of it.
    pub read_at: Option<Timestamp>,
}

struct Row {
    on: Date,
    until: Date,
    counts: Json,
    at: Timestamp,
    read_at: Option<Timestamp>,
}
crate::row!(Row { on, until, counts, at, read_at });

const COLUMNS: &str = "on_day, until_day, counts, at, read_at";

impl Row {
    fn read(self) -> Result<Reminder> {
        let Row { on, until, counts, at, read_at } = self;
        Ok(Reminder { on, until, counts: serde_json::from_value(counts)?, at, read_at })
    }
}

/// Whether a role is reminded at all: who works with what has a term. A client is told by who serves them.
#[must_use]
pub fn is_for(role: Role) -> bool {
    role != Role::Client && role.may(Deed::Read, Subject::WorkList)
}

/// The caller's own reminders, the latest first, from before a day.
///
/// # Errors
/// The database is gone.
pub async fn list(app: &App, scope: &Scope, before: Option<Date>) -> Result<Vec<Reminder>> {
    scope.permit(Deed::Read, Subject::Session)?;
    let before = before.unwrap_or(crate::followup::list::NEVER);
    let sql = format!(
        "SELECT {COLUMNS} FROM reminder WHERE account_id = $1 AND on_day < $2 ORDER BY on_day DESC LIMIT $3"
    );
    let rows: Vec<Row> = app.db.all(&sql, p![scope.account, before, PAGE]).await?;
    rows.into_iter().map(Row::read).collect()
}

/// The caller's reminder of today, or of the last working day where it speaks of today; nothing once it was read.
///
/// # Errors
/// The database is gone.
pub async fn present(app: &App, scope: &Scope) -> Result<Option<Reminder>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM reminder WHERE account_id = $1 AND until_day >= $2 AND read_at IS NULL ORDER BY on_day DESC LIMIT 1"
    );
    let found: Option<Row> = app.db.opt(&sql, p![scope.account, china_date(app.now())]).await?;
    found.map(Row::read).transpose()
}

/// Notes that the caller has seen enough of a day's reminder; a second time changes nothing.
///
/// # Errors
/// There is none of this day.
pub async fn read(app: &App, scope: &Scope, on: Date) -> Result<()> {
    scope.permit(Deed::Change, Subject::Session)?;
    let sql = "UPDATE reminder SET read_at = COALESCE(read_at, $1) WHERE account_id = $2 AND on_day = $3";
    let found = app.db.run(sql, p![app.now(), scope.account, on]).await?;
    if found == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Whether the caller is reminded; whoever never said anything is.
///
/// # Errors
/// The database is gone.
pub async fn is_wanted(app: &App, scope: &Scope) -> Result<bool> {
    let sql = "SELECT wanted FROM reminder_choice WHERE account_id = $1";
    let found: Option<(bool,)> = app.db.opt(sql, p![scope.account]).await?;
    Ok(found.is_none_or(|(wanted,)| wanted))
}

/// Turns the caller's reminders on or off from the next day on.
///
/// # Errors
/// The role is not reminded of anything.
pub async fn choose(app: &App, scope: &Scope, wanted: bool) -> Result<()> {
    scope.permit(Deed::Change, Subject::Session)?;
    if !is_for(scope.role) {
        return Err(Error::Forbidden);
    }
    let now = app.now();
    atomic!(app.db, tx => {
        let sql = "INSERT INTO reminder_choice (account_id, wanted, changed_at) VALUES ($1, $2, $3)
            ON CONFLICT (account_id) DO UPDATE SET wanted = excluded.wanted, changed_at = excluded.changed_at";
        tx.run(sql, p![scope.account, wanted, now]).await?;
        let entry = Entry::of_account("choose_reminders", scope.account, json!({ "wanted": wanted }));
        audit::record_in(tx, scope, entry, now);
        Ok(())
    })
}

/// Queues the reminders of today once their hour has come, and forgets old ones. Safe for several instances at once: whoever changes the
/// setting queues.
///
/// # Errors
/// The database is gone.
pub(crate) async fn queue(app: &App) -> Result<bool> {
    let now = app.now();
    let (rule, calendar) = (&app.tables.reminders, &app.tables.calendar);
    let Some(Stretch { on, .. }) = rule.stretch(china_time(now), calendar) else { return Ok(false) };
    let found: Option<(Json,)> = app.db.opt("SELECT value FROM setting WHERE name = $1", p![TOLD]).await?;
    let told = found.and_then(|(told,)| told.as_str().and_then(|told| told.parse::<Date>().ok()));
    if told.is_some_and(|told| told >= on) {
        return Ok(false);
    }
    atomic!(app.db, tx => {
        let told = (TOLD, Json::from(on.to_string()));
        if !job::queue_once(tx, told, (JOB, json!({ "on": on })), now).await? {
            return Ok(false);
        }
        let oldest = on.saturating_sub(i32::from(rule.keep_days).days());
        tx.run("DELETE FROM reminder WHERE on_day < $1", p![oldest]).await?;
        Ok(true)
    })
}

/// A portion of that job: the accounts after one, in the order of their keys. Returns how many were told something, and the last one
/// looked at where there may be more. What was due on a day that is over tells nobody anything any more.
///
/// # Errors
/// The database is gone; who was told stays told.
pub(crate) async fn portion(
    app: &App,
    on: Date,
    from: Option<Id>,
    limit: i64,
) -> Result<(usize, Option<Id>)> {
    let stretch = app.tables.reminders.from(on, &app.tables.calendar);
    if china_date(app.now()) > stretch.until {
        return Ok((0, None));
    }
    let from = from.unwrap_or(Id(uuid::Uuid::nil()));
    let sql = "SELECT a.id FROM account a LEFT JOIN reminder_choice c ON c.account_id = a.id
        WHERE a.id > $1 AND a.ended_at IS NULL AND a.role <> 'client' AND COALESCE(c.wanted, $2) ORDER BY a.id LIMIT $3";
    let found: Vec<(Id,)> = app.db.all(sql, p![from, true, limit]).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == limit;
    let last = found.last().map(|(id,)| *id).filter(|_| full);
    let mut told = 0;
    for (id,) in found {
        told += usize::from(tell(app, id, stretch).await?);
    }
    Ok((told, last))
}

/// Tells one account, once for each day; true where something is due and it was not told before.
async fn tell(app: &App, id: Id, stretch: Stretch) -> Result<bool> {
    let account = match account::active_by_id(app, id).await {
        Ok(account) => account,
        // It ended in the same moment.
        Err(Error::NotFound | Error::Forbidden) => return Ok(false),
        Err(error) => return Err(error),
    };
    let scope = account::scope_of(app, &account).await?;
    if !is_for(scope.role) {
        return Ok(false);
    }
    let counts = counts::of(app, &scope, stretch).await?;
    if counts.is_empty() {
        return Ok(false);
    }
    let sql = "INSERT INTO reminder (account_id, on_day, until_day, counts, at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (account_id, on_day) DO NOTHING";
    let args = p![id, stretch.on, stretch.until, serde_json::to_value(&counts)?, app.now()];
    Ok(app.db.run(sql, args).await? == 1)
}

/// Tells everybody now what is due today, without waiting for the hour: for a demonstration. Returns how many were told.
///
/// # Errors
/// The database is gone.
pub async fn tell_all(app: &App) -> Result<usize> {
    let (mut told, mut after) = (0, None);
    loop {
        let (some, last) = portion(app, china_date(app.now()), after, PAGE).await?;
        told += some;
        if last.is_none() {
            return Ok(told);
        }
        after = last;
    }
}
