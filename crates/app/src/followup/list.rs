//! Lists: what is due, and all records by state, class, risk and township. Both page by key; the list is taken out as a file.

use super::{
    held::{class_of, may, risk_of},
    in_own_charge, within,
};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::Sql,
    error::Result,
    export::{Wanted, release},
    id::Id,
    p,
    paging::cut,
    person::sql::keyed,
    scope::{Area, Scope},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use rules::{
    account::{Deed as Doing, Subject},
    clock::china_date,
    followup::{Class, RiskGrade, owed::What, register::State},
    reminder::Count,
};
use serde_json::json;

/// Rows of a page.
pub const PAGE: i64 = 50;
/// Rows of a file at most; the rule of files that leave bounds it further.
const EXPORT: i64 = 100_000;
/// What is due within so many days stands on the list of what is due.
const AHEAD: i64 = 7;

/// What is asked for; nothing set is everything in scope.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// State.
    pub state: Option<State>,
    /// Class.
    pub class: Option<Class>,
    /// Risk, at least.
    pub risk: Option<RiskGrade>,
    /// Only what is overdue.
    pub overdue: bool,
    /// Township or village, 12 digits.
    pub division: Option<i64>,
    /// A move to the own institution that waits for an answer.
    pub arriving: bool,
    /// Only whose yearly examination is overdue.
    pub examination: bool,
    /// Where the page starts: deadline and identifier of the last row seen.
    pub after: Option<(Date, Id)>,
}

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Identifier.
    pub id: Id,
    /// Name.
    pub name: String,
    /// `male` or `female`.
    pub sex: Option<String>,
    /// Birth date.
    pub born_on: Option<Date>,
    /// Where the person is managed.
    pub division: i64,
    /// State.
    pub state: State,
    /// Class.
    pub class: Option<Class>,
    /// Risk.
    pub risk: Option<RiskGrade>,
    /// Last visit.
    pub last_visit_on: Option<Date>,
    /// What is owed first.
    pub due: Option<(Date, What)>,
    /// The move waits for the reader's institution.
    pub arriving: bool,
    /// To be sent with the next step.
    pub version: i64,
}

struct Row {
    id: Id,
    name: String,
    sex: Option<String>,
    born_on: Option<Date>,
    division: i64,
    state: String,
    class: Option<i64>,
    risk: Option<i64>,
    last_visit_on: Option<Date>,
    due_on: Option<Date>,
    due_what: Option<String>,
    receiver: Option<Id>,
    version: i64,
}
crate::row!(Row {
    id,
    name,
    sex,
    born_on,
    division,
    state,
    class,
    risk,
    last_visit_on,
    due_on,
    due_what,
    receiver,
    version
});

impl Row {
    fn line(self, scope: &Scope) -> Line {
        let what = self.due_what.as_deref().and_then(What::of_code);
        Line {
            id: self.id,
            name: self.name,
            sex: self.sex,
            born_on: self.born_on,
            division: self.division,
            state: State::of_code(&self.state).unwrap_or(State::Clue),
            class: self.class.and_then(class_of),
            risk: self.risk.and_then(risk_of),
            last_visit_on: self.last_visit_on,
            due: self.due_on.zip(what),
            arriving: self.receiver == Some(scope.organisation),
            version: self.version,
        }
    }
}

/// Stands for "no deadline" in the order of pages.
pub(crate) const NEVER: Date = jiff::civil::date(9999, 12, 31);

/// Records with the person, for a statement to which conditions are added.
pub(super) const FROM: &str =
    "FROM smd_record s JOIN person n ON n.home = s.home AND n.id = s.person_id WHERE 1 = 1";

/// Emergencies that are not over with record and person, likewise.
pub(super) const FROM_EMERGENCIES: &str = "FROM smd_record s
    JOIN smd_emergency e ON e.home = s.home AND e.record_id = s.id
    JOIN person n ON n.home = s.home AND n.id = s.person_id WHERE e.due_at IS NOT NULL";

fn filtered(app: &App, scope: &Scope, filter: &Filter, select: &str) -> Sql {
    conditions(app, scope, within(scope, Sql::new(&format!("{select} {FROM}"))), filter)
}

/// Adds what a filter asks for to a statement over `smd_record` under the alias `s`.
pub(super) fn conditions(app: &App, scope: &Scope, sql: Sql, filter: &Filter) -> Sql {
    let today = china_date(app.now());
    let mut sql = sql;
    if let Some(division) = filter.division {
        let Area { from, to } = Area::of(division);
        sql = sql.push(" AND s.division >= {} AND s.division <= {}", p![from, to]);
    }
    if filter.overdue {
        sql = sql.push(" AND s.due_on < {}", p![today]);
    }
    if filter.arriving {
        sql = sql.push(" AND s.receiver = {}", p![scope.organisation]);
    }
    if filter.examination {
        sql = sql.push(" AND s.examination_due_on < {}", p![today]);
    }
    sql.when(" AND s.state = {}", filter.state.map(State::code))
        .when(" AND s.class = {}", filter.class.map(|class| i64::from(class.code())))
        .when(" AND s.risk >= {}", filter.risk.map(|risk| i64::from(risk.code())))
}

const COLUMNS: &str =
    "SELECT s.id, n.name, n.sex, n.born_on, s.division, s.state, s.class, s.risk, s.last_visit_on, s.due_on,
    s.due_what, s.receiver, s.version";

async fn lines(app: &App, scope: &Scope, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    let mut sql = filtered(app, scope, filter, COLUMNS);
    if let Some((on, id)) = filter.after {
        let after = " AND (COALESCE(s.due_on, {}) > {} OR (COALESCE(s.due_on, {}) = {} AND s.id > {}))";
        sql = sql.push(after, p![NEVER, on, NEVER, on, id]);
    }
    let sql = sql.push(" ORDER BY COALESCE(s.due_on, {}), s.id LIMIT {}", p![NEVER, limit]);
    let rows: Vec<Row> = app.db.listing().query(sql).await?;
    Ok(rows.into_iter().map(|row| row.line(scope)).collect())
}

/// Records in scope as lines, in the order in which they are named.
pub(super) async fn named(app: &App, scope: &Scope, ids: &[Id]) -> Result<Vec<Line>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = within(scope, Sql::new(&format!("{COLUMNS} {FROM}")));
    let (these, args) = keyed("s.home", "s.id", sql.args.len() + 1, ids);
    let text = format!("{} AND {these}", sql.text);
    let args = sql.args.into_iter().chain(args).collect();
    let mut rows: Vec<Row> = app.db.all(&text, args).await?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    Ok(rows.into_iter().map(|row| row.line(scope)).collect())
}

/// The key of a line for the next page.
#[must_use]
pub fn key(line: &Line) -> (Date, Id) {
    (line.due.map_or(NEVER, |(on, _)| on), line.id)
}

/// A page of the list.
#[derive(Debug, Clone)]
pub struct Page {
    /// Lines, the earliest deadline first.
    pub lines: Vec<Line>,
    /// Where the next page starts; none on the last.
    pub next: Option<(Date, Id)>,
    /// How many there are with this filter.
    pub total: i64,
}

/// One page of the records in scope; the read is in the log.
///
/// # Errors
/// The role has nothing to do with the register.
pub async fn page(app: &App, scope: &Scope, filter: &Filter) -> Result<Page> {
    may(scope, Doing::Read)?;
    let mut lines = lines(app, scope, filter, PAGE + 1).await?;
    let next = cut(&mut lines, PAGE, key);
    let count = filtered(app, scope, filter, "SELECT COUNT(*)");
    let total = app.db.listing().query::<(i64,)>(count).await?.first().map_or(0, |(n,)| *n);
    let entry = Entry::listed(Purpose::Care, "smd_record", lines.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(Page { lines, next, total })
}

/// All lines that the filter finds, for a file, with the code to be printed on it.
///
/// # Errors
/// The role may not take it out, or it is more than leaves without a second person.
pub async fn export(app: &App, scope: &Scope, filter: &Filter) -> Result<(Vec<Line>, String)> {
    scope.permit(Doing::Export, Subject::FollowUp)?;
    let lines = lines(app, scope, &Filter { after: None, ..filter.clone() }, EXPORT).await?;
    let said = json!({
        "state": filter.state.map(State::code),
        "class": filter.class.map(Class::code),
        "risk": filter.risk.map(RiskGrade::code),
        "overdue": filter.overdue,
        "examination": filter.examination,
        "division": filter.division,
    });
    let wanted = Wanted { subject: Subject::FollowUp, rows: lines.len(), filter: said };
    let code = release(app, scope, &wanted).await?;
    Ok((lines, code))
}

/// An emergency that is not over.
#[derive(Debug, Clone)]
pub struct OpenEmergency {
    /// Identifier.
    pub id: Id,
    /// The record.
    pub record: Id,
    /// Name of the person.
    pub name: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When something is owed.
    pub due_at: Timestamp,
}
crate::row!(OpenEmergency { id, record, name, began_at, due_at });

/// What is due: overdue, today, and within a week.
#[derive(Debug, Clone)]
pub struct Due {
    /// Lines, the earliest deadline first.
    pub lines: Vec<Line>,
    /// Where the next page starts.
    pub next: Option<(Date, Id)>,
    /// How many are overdue.
    pub overdue: i64,
    /// How many are due today.
    pub today: i64,
    /// How many are due within a week.
    pub ahead: i64,
    /// Emergencies that are not over, the most urgent first.
    pub emergencies: Vec<OpenEmergency>,
}

struct Counted {
    overdue: i64,
    today: i64,
    ahead: i64,
}
crate::row!(Counted { overdue, today, ahead });

/// What is due for the reader; the read is in the log.
///
/// # Errors
/// The role has nothing to do with the register.
pub async fn due(app: &App, scope: &Scope, after: Option<(Date, Id)>) -> Result<Due> {
    may(scope, Doing::Read)?;
    let emergencies = emergencies(app, scope).await?;
    upcoming(app, scope, (COLUMNS, "due_on"), after, emergencies).await
}

/// Whose yearly examination is due within a week, the earliest first; the read is in the log.
///
/// # Errors
/// The role has nothing to do with the register.
pub async fn examinations(app: &App, scope: &Scope, after: Option<(Date, Id)>) -> Result<Due> {
    may(scope, Doing::Read)?;
    let columns = COLUMNS.replace("s.due_on", "s.examination_due_on").replace("s.due_what", "'examination'");
    upcoming(app, scope, (&columns, "examination_due_on"), after, Vec::new()).await
}

/// What is due within a week by the day of a column, the earliest first, beside emergencies that were read before.
async fn upcoming(
    app: &App,
    scope: &Scope,
    (columns, day): (&str, &str),
    after: Option<(Date, Id)>,
    emergencies: Vec<OpenEmergency>,
) -> Result<Due> {
    let today = china_date(app.now());
    let until = china_date(app.now() + SignedDuration::from_hours(24 * AHEAD));
    let mut sql = within(scope, Sql::new(&format!("{columns} {FROM}")));
    sql = sql.push(&format!(" AND s.{day} <= {{}}"), p![until]);
    if let Some((on, id)) = after {
        let behind = format!(" AND (s.{day} > {{}} OR (s.{day} = {{}} AND s.id > {{}}))");
        sql = sql.push(&behind, p![on, on, id]);
    }
    let sql = sql.push(&format!(" ORDER BY s.{day}, s.id LIMIT {{}}"), p![PAGE + 1]);
    let rows: Vec<Row> = app.db.listing().query(sql).await?;
    let mut lines: Vec<Line> = rows.into_iter().map(|row| row.line(scope)).collect();
    let next = cut(&mut lines, PAGE, key);
    let Counted { overdue, today, ahead } = counts(app, |sql| within(scope, sql), day, today, until).await?;
    let entry = Entry::listed(Purpose::Care, "smd_record", lines.len() + emergencies.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(Due { lines, next, overdue, today, ahead, emergencies })
}

/// Counts by the day of a column.
async fn counts(
    app: &App,
    whose: impl FnOnce(Sql) -> Sql,
    day: &str,
    today: Date,
    until: Date,
) -> Result<Counted> {
    let sum = |condition: &str| {
        format!("CAST(COALESCE(SUM(CASE WHEN s.{day} {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)")
    };
    let select =
        format!("SELECT {}, {}, {} FROM smd_record s WHERE 1 = 1", sum("< {}"), sum("= {}"), sum("> {}"));
    let sql = whose(Sql::new("").push(&select, p![today, today, today]));
    let sql = sql.push(&format!(" AND s.{day} <= {{}}"), p![until]);
    let found: Vec<Counted> = app.db.listing().query(sql).await?;
    Ok(found.into_iter().next().unwrap_or(Counted { overdue: 0, today: 0, ahead: 0 }))
}

/// How many visits are overdue or due today, for the line on the work list. It names nobody and is not logged.
///
/// # Errors
/// The database is gone.
pub async fn waiting(app: &App, scope: &Scope) -> Result<Option<(i64, i64)>> {
    if !scope.role.may(Doing::Read, Subject::FollowUp) {
        return Ok(None);
    }
    let today = china_date(app.now());
    let Counted { overdue, today, .. } =
        counts(app, |sql| within(scope, sql), "due_on", today, today).await?;
    Ok((overdue + today > 0).then_some((overdue, today)))
}

/// How many visits and steps of the follow-up were due before a day, and from it up to another. It names nobody and is not logged.
pub(crate) async fn due_between(app: &App, scope: &Scope, (on, until): (Date, Date)) -> Result<Count> {
    let own = |sql| in_own_charge(scope, within(scope, sql));
    let Counted { overdue, today, ahead } = counts(app, own, "due_on", on, until).await?;
    Ok(Count { overdue, due: today + ahead })
}

async fn emergencies(app: &App, scope: &Scope) -> Result<Vec<OpenEmergency>> {
    let sql = format!("SELECT e.id, e.record_id, n.name, e.began_at, e.due_at {FROM_EMERGENCIES}");
    let sql = within(scope, Sql::new(&sql)).push(" ORDER BY e.due_at, e.id LIMIT {}", p![PAGE]);
    Ok(app.db.listing().query(sql).await?)
}
