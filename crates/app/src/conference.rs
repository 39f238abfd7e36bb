//! Case conferences: who talks about whom and when, the minutes in versions, and what was agreed on. Titles, questions and minutes are
//! sealed. Who takes part sees what concerns the conference, and by that alone nothing more of the case: a name in full only where the
//! case is the reader's anyway.

mod minutes;
mod plan;
mod step;

pub use minutes::{AgreeEntry, MinutesEntry, PartEntry, agree, write};
pub use plan::{CaseEntry, Colleague, PlanEntry, candidates, clients, plan, plans, whom};
pub use step::{StepEntry, step};

use crate::{
    App,
    agreed::{self, Agreed},
    audit::{self, Entry, Purpose},
    db::{FromRow, Row, Sql, Tx},
    error::{Error, Result},
    followup,
    id::Id,
    p, referral, row,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    care::Days,
    clock::{china_date, end_of, start_of},
    conference::{self as rule, ConferenceState, ConferenceStep, ConferenceWay, Seat, follows},
};
use serde::{Deserialize, Serialize};

/// Conferences on a page.
pub const PAGE: i64 = 50;
/// What it is called in the log.
const KIND: &str = "conference";
/// Letters of a line and of a part of the minutes at most.
const LINE: usize = 120;
const LONG: usize = 2_000;

/// A conference, without what is talked about.
#[derive(Debug, Clone, Serialize)]
pub struct Conference {
    /// Identifier.
    pub id: Id,
    /// By name: the organisation that planned it.
    pub organisation_name: String,
    /// Who planned it.
    pub planner: Id,
    /// By name.
    pub planner_name: String,
    /// Who leads it.
    pub chair: Id,
    /// By name.
    pub chair_name: String,
    /// The day.
    pub on: Date,
    /// Its beginning.
    pub starts: Timestamp,
    /// Its end.
    pub ends: Timestamp,
    /// How people meet.
    pub way: ConferenceWay,
    /// Where it stands.
    pub state: ConferenceState,
    /// Number of the latest minutes; 0 before there are any.
    pub minutes: i64,
    /// Number of the minutes that the chair confirmed last.
    pub confirmed: i64,
    /// When it was last changed.
    pub changed: Timestamp,
    /// Version.
    pub version: i64,
    #[serde(skip)]
    content: Vec<u8>,
}

impl FromRow for Conference {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (way, state): (String, String) = (row.get(9)?, row.get(10)?);
        Ok(Conference {
            id: row.get(0)?,
            organisation_name: row.get(1)?,
            planner: row.get(2)?,
            planner_name: row.get(3)?,
            chair: row.get(4)?,
            chair_name: row.get(5)?,
            on: row.get(6)?,
            starts: row.get(7)?,
            ends: row.get(8)?,
            way: ConferenceWay::of_code(&way).ok_or(crate::db::Error::Column(9))?,
            state: ConferenceState::of_code(&state).ok_or(crate::db::Error::Column(10))?,
            minutes: row.get(11)?,
            confirmed: row.get(12)?,
            changed: row.get(13)?,
            version: row.get(14)?,
            content: row.get(15)?,
        })
    }
}

/// Those in which an account takes part.
const SELECT: &str =
    "SELECT c.id, c.organisation_name, c.planner_id, c.planner_name, c.chair_id, c.chair_name, c.on_day, c.starts_at, c.ends_at, c.way,
    c.state, c.minutes, c.confirmed, c.changed_at, c.version, c.content
    FROM conference c JOIN conference_person m ON m.home = c.home AND m.conference_id = c.id WHERE";

impl Conference {
    /// Who the caller is in it.
    #[must_use]
    pub fn seat(&self, scope: &Scope) -> Seat {
        match scope.account {
            id if id == self.chair => Seat::Chair,
            id if id == self.planner => Seat::Planner,
            _ => Seat::Participant,
        }
    }

    fn rule(&self) -> rule::Conference {
        let number = |number: i64| u32::try_from(number).unwrap_or(0);
        rule::Conference {
            state: self.state,
            starts: self.starts,
            minutes: number(self.minutes),
            confirmed: number(self.confirmed),
        }
    }

    fn content(&self, app: &App) -> Result<Content> {
        Ok(serde_json::from_str(&app.keys.unseal(&self.content)?)?)
    }
}

/// What is sealed with a conference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What it is about, in a line.
    pub title: String,
    /// Where, or how to join.
    pub place: String,
    /// Why it was put off or called off.
    #[serde(default)]
    pub reason: String,
}

/// Somebody who takes part.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// Its place in the list.
    pub number: i64,
    /// The account; nothing for whoever has none.
    pub account: Option<Id>,
    /// Name.
    pub name: String,
    /// Organisation.
    pub organisation: String,
}
row!(Person { number, account, name, organisation });

/// A client who is talked about.
#[derive(Debug, Clone, Serialize)]
pub struct Client {
    /// Its place in the list.
    pub number: i64,
    /// `case` or `record`.
    pub kind: String,
    /// Which one.
    pub id: Id,
    /// The case or record is in the reader's scope.
    pub opens: bool,
    /// The name; a surname and a star where the case is not the reader's.
    pub name: String,
    /// What is asked.
    pub question: String,
}

struct CaseRow {
    number: i64,
    kind: String,
    id: Id,
    content: Vec<u8>,
}
row!(CaseRow { number, kind, id, content });

/// What is sealed of a client.
#[derive(Serialize, Deserialize)]
struct CaseContent {
    name: String,
    question: String,
}

/// The minutes about one client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The client's place in the list.
    pub number: i64,
    /// How things stand.
    pub situation: String,
    /// Who thinks what.
    pub opinions: String,
    /// What was decided.
    pub decisions: String,
}

/// A version of the minutes.
#[derive(Debug, Clone, Serialize)]
pub struct Minutes {
    /// Its number.
    pub number: i64,
    /// Places in the list of those who came.
    pub came: Vec<i64>,
    /// What concerns all.
    pub general: String,
    /// Client by client.
    pub parts: Vec<Part>,
    /// Why it was corrected; empty for the first.
    pub reason: String,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who confirmed it.
    pub confirmed_by: Option<String>,
    /// When.
    pub confirmed_at: Option<Timestamp>,
}

/// What is sealed of minutes.
#[derive(Default, Serialize, Deserialize)]
struct MinutesContent {
    came: Vec<i64>,
    general: String,
    parts: Vec<Part>,
    #[serde(default)]
    reason: String,
}

struct MinutesRow {
    number: i64,
    content: Vec<u8>,
    by: String,
    at: Timestamp,
    confirmed_by: Option<String>,
    confirmed_at: Option<Timestamp>,
}
row!(MinutesRow { number, content, by, at, confirmed_by, confirmed_at });

/// A conference in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The conference.
    #[serde(flatten)]
    pub conference: Conference,
    /// What it is about, in a line.
    pub title: String,
}

/// A conference as who takes part sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Whole {
    /// The conference.
    pub conference: Conference,
    /// Who the reader is in it.
    #[serde(skip)]
    pub seat: Seat,
    /// What it is about, and where.
    pub content: Content,
    /// Who takes part.
    pub persons: Vec<Person>,
    /// Who is talked about.
    pub clients: Vec<Client>,
    /// Versions of the minutes, the latest first.
    pub minutes: Vec<Minutes>,
    /// What was agreed on.
    pub tasks: Vec<Agreed>,
    /// What the reader may do now.
    pub steps: Vec<ConferenceStep>,
}

/// The caller's conferences, the latest first. `before` is the last one of the page before.
///
/// # Errors
/// The role takes part in none.
pub async fn list(app: &App, scope: &Scope, before: Option<(Timestamp, Id)>) -> Result<Vec<Line>> {
    scope.permit(Deed::Read, Subject::Conference)?;
    let mut sql = Sql::new(SELECT).push(" m.account_id = {}", p![scope.account]);
    if let Some((at, id)) = before {
        sql = sql.push(" AND (m.starts_at, m.conference_id) < ({}, {})", p![at, id]);
    }
    let sql = sql.push(" ORDER BY m.starts_at DESC, m.conference_id DESC LIMIT {}", p![PAGE]);
    let found: Vec<Conference> = app.db.listing().query(sql).await?;
    audit::record(&app.db, scope, Entry::listed(Purpose::Care, KIND, found.len()), app.now()).await?;
    lines(app, found)
}

fn lines(app: &App, found: Vec<Conference>) -> Result<Vec<Line>> {
    let line = |conference: Conference| {
        let title = conference.content(app)?.title;
        Ok(Line { conference, title })
    };
    found.into_iter().map(line).collect()
}

/// The caller's conferences of some days, the earliest first, for calendars, whose pages log the read of days.
///
/// # Errors
/// The database is gone.
pub async fn between(app: &App, scope: &Scope, days: Days) -> Result<Vec<Line>> {
    lines(app, of_days(app, scope, days).await?)
}

/// The same without what they are about, of which nothing is unsealed.
pub(crate) async fn of_days(app: &App, scope: &Scope, days: Days) -> Result<Vec<Conference>> {
    /// Conferences of a stretch of days at most.
    const MOST: i64 = 200;
    if !scope.role.may(Deed::Read, Subject::Conference) {
        return Ok(Vec::new());
    }
    let (from, until) = (start_of(days.from), end_of(days.last));
    let sql = Sql::new(SELECT).push(
        " m.account_id = {} AND m.starts_at >= {} AND m.starts_at < {}",
        p![scope.account, from, until],
    );
    let sql = sql.push(" ORDER BY m.starts_at, m.conference_id LIMIT {}", p![MOST]);
    Ok(app.db.listing().query(sql).await?)
}

fn one(scope: &Scope, id: Id) -> Sql {
    Sql::new(SELECT).push(
        " m.account_id = {} AND c.home = {} AND c.id = {} LIMIT 1",
        p![scope.account, id.home_number(), id],
    )
}

async fn load(tx: &mut Tx, scope: &Scope, id: Id) -> Result<Conference> {
    let sql = one(scope, id);
    tx.opt::<Conference>(&sql.text, sql.args).await?.ok_or(Error::NotFound)
}

const PERSONS: &str = "SELECT number, account_id, name, organisation_name FROM conference_person
    WHERE home = $1 AND conference_id = $2 ORDER BY number LIMIT 200";
const CASES: &str = "SELECT number, about_kind, about_id, content FROM conference_case
    WHERE home = $1 AND conference_id = $2 ORDER BY number LIMIT 200";

/// One conference of the caller's; the read is in the log before it is shown, with whom it is about.
///
/// # Errors
/// The caller takes part in none of this identifier.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Whole> {
    scope.permit(Deed::Read, Subject::Conference)?;
    let conference: Conference =
        app.db.query(one(scope, id)).await?.into_iter().next().ok_or(Error::NotFound)?;
    let keys = || p![id.home_number(), id];
    let persons: Vec<Person> = app.db.all(PERSONS, keys()).await?;
    let cases: Vec<CaseRow> = app.db.all(CASES, keys()).await?;
    let mut entry = Entry::read(Purpose::Care, KIND, id);
    let about: Vec<Id> = cases.iter().map(|case| case.id).collect();
    entry.detail = serde_json::json!({ "about": about });
    audit::record(&app.db, scope, entry, app.now()).await?;
    let mut clients = Vec::new();
    for case in cases {
        clients.push(client(app, scope, case).await?);
    }
    let sql =
        "SELECT number, content, written_by_name, at, confirmed_by_name, confirmed_at FROM conference_minutes
        WHERE home = $1 AND conference_id = $2 ORDER BY number DESC LIMIT 100";
    let rows: Vec<MinutesRow> = app.db.all(sql, keys()).await?;
    let minutes = rows.into_iter().map(|row| opened(app, row)).collect::<Result<_>>()?;
    let (seat, now) = (conference.seat(scope), app.now());
    let may = |step: &ConferenceStep| {
        follows(&conference.rule(), *step, seat, now, &app.tables.conferences).is_ok()
    };
    let steps = ConferenceStep::ALL.into_iter().filter(may).collect();
    let tasks = agreed::of_source(app, id).await?;
    let content = conference.content(app)?;
    Ok(Whole { conference, seat, content, persons, clients, minutes, tasks, steps })
}

async fn client(app: &App, scope: &Scope, case: CaseRow) -> Result<Client> {
    let CaseContent { name, question } = serde_json::from_str(&app.keys.unseal(&case.content)?)?;
    let seen = if case.kind == "record" {
        let sees =
            scope.role.may(Deed::Read, Subject::FollowUp) && followup::sees(app, scope, case.id).await?;
        sees.then(|| name.clone())
    } else {
        // Of a restricted case also who has it in scope sees no name in full.
        referral::name_of(app, scope, case.id).await?
    };
    let opens = seen.is_some();
    let name = seen.unwrap_or_else(|| rules::name::mask(&name));
    Ok(Client { number: case.number, kind: case.kind, id: case.id, opens, name, question })
}

fn opened(app: &App, row: MinutesRow) -> Result<Minutes> {
    let MinutesContent { came, general, parts, reason } =
        serde_json::from_str(&app.keys.unseal(&row.content)?)?;
    Ok(Minutes {
        number: row.number,
        came,
        general,
        parts,
        reason,
        by: row.by,
        at: row.at,
        confirmed_by: row.confirmed_by,
        confirmed_at: row.confirmed_at,
    })
}

/// How many conferences the caller has in the next days, and how many minutes wait for the caller to confirm or to write them.
///
/// # Errors
/// The database is gone.
pub async fn waiting(app: &App, scope: &Scope) -> Result<(i64, i64)> {
    if !scope.role.may(Deed::Read, Subject::Conference) {
        return Ok((0, 0));
    }
    let today = china_date(app.now());
    let until = today.saturating_add(i32::from(app.tables.conferences.tell_days).days());
    let soon = of_days(app, scope, Days { from: today, last: until }).await?;
    let planned = |one: &&Conference| one.state == ConferenceState::Planned && one.ends >= app.now();
    let soon = i64::try_from(soon.iter().filter(planned).count()).unwrap_or(0);
    let sql = "SELECT COUNT(*) FROM conference WHERE chair_id = $1 AND on_day >= $2
        AND ((state = 'held' AND confirmed < minutes) OR (state = 'planned' AND ends_at < $3))";
    let since = today.saturating_sub(365.days());
    let open: Vec<(i64,)> = app.db.listing().all(sql, p![scope.account, since, app.now()]).await?;
    Ok((soon, open.first().map_or(0, |(open,)| *open)))
}

/// The open tasks about a case or record that the caller has in scope; the page that shows them logs the read.
///
/// # Errors
/// The database is gone.
pub async fn tasks_about(app: &App, about: Id) -> Result<Vec<Agreed>> {
    agreed::about(app, about).await
}

/// The hour of a day as people type it, as an instant, with the end after some minutes.
fn stretch(on: Date, start: jiff::civil::Time, minutes: u32) -> (Timestamp, Timestamp) {
    let since = SignedDuration::from_secs(i64::from(start.hour()) * 3600 + i64::from(start.minute()) * 60);
    let starts = start_of(on) + since;
    (starts, starts + SignedDuration::from_secs(i64::from(minutes) * 60))
}

/// Codes of the roles that take part with an account of their own, for a statement.
fn roles() -> String {
    let takes_part = |role: &Role| *role != Role::System && role.may(Deed::Read, Subject::Conference);
    let codes = Role::ALL.into_iter().filter(takes_part).map(|role| format!("'{}'", role.code()));
    codes.collect::<Vec<_>>().join(", ")
}
