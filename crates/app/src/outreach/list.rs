//! Lists of who is to be reached: due first, by state, page by page.

use super::{is_desk, within};
use crate::{
    App,
    audit::{self, Entry},
    db::Sql,
    error::Result,
    followup::list::NEVER,
    id::Id,
    p,
    paging::cut,
    referral,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    name,
    outreach::LeadState,
};
use serde::Serialize;

/// Rows of a page.
pub const PAGE: i64 = 50;

/// What is asked for; nothing set is all in scope.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those to be tried today or before.
    pub due: bool,
    /// State.
    pub state: Option<LeadState>,
    /// Where the page starts: day and identifier of the last row seen.
    pub after: Option<(Date, Id)>,
}

/// A lead as a line.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The lead.
    pub id: Id,
    /// Name of the person, masked where the reader sees no names.
    pub name: String,
    /// `male` or `female`.
    pub sex: Option<String>,
    /// Residence.
    pub division: i64,
    /// The house that is to reach the person.
    pub house: String,
    /// When it was given.
    pub given_on: Date,
    /// State.
    pub state: LeadState,
    /// Attempts so far.
    pub attempts: i64,
    /// The last attempt.
    pub last_on: Option<Date>,
    /// What came of it.
    pub outcome: Option<String>,
    /// The last reason that was given.
    pub reason: Option<String>,
    /// When to try again.
    pub next_on: Option<Date>,
}

impl crate::db::FromRow for Line {
    fn from_row(row: &crate::db::Row<'_>) -> crate::db::Result<Self> {
        let state: String = row.get(6)?;
        Ok(Line {
            id: row.get(0)?,
            name: row.get(1)?,
            sex: row.get(2)?,
            division: row.get(3)?,
            house: row.get(4)?,
            given_on: row.get(5)?,
            state: LeadState::of_code(&state).ok_or(crate::db::Error::Column(6))?,
            attempts: row.get(7)?,
            last_on: row.get(8)?,
            outcome: row.get(9)?,
            reason: row.get(10)?,
            next_on: row.get(11)?,
        })
    }
}

/// What a line is read from; the person is shown as it stands now, under whichever record it was given.
pub(super) const LINE: &str =
    "SELECT l.id, p.name, p.sex, p.division, o.name, l.given_on, l.state, l.attempts, l.last_on, l.outcome, l.reason, l.next_on
    FROM lead l JOIN person m ON m.home = l.home AND m.id = l.person_id
    JOIN person p ON p.home = m.head_home /* spread: one person's records may have different homes */ AND p.id = m.head_id
    JOIN organisation o ON o.id = l.organisation_id WHERE";

/// A line as the reader may see it.
pub(super) fn shown(scope: &Scope, line: Line) -> Line {
    if scope.role.sees_identity() { line } else { Line { name: name::mask(&line.name), ..line } }
}

/// A page of leads.
#[derive(Debug, Clone)]
pub struct Page {
    /// The earliest day first.
    pub lines: Vec<Line>,
    /// Where the next page starts.
    pub next: Option<(Date, Id)>,
}

/// First who is to be tried, the earliest day first, then who is not tried any more: each in the order of an index, so that a page costs
/// as much as its rows, however many leads there are.
async fn read(app: &App, scope: &Scope, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    let tried = filter.after.is_none_or(|(on, _)| on < NEVER);
    let mut lines = if tried { part(app, scope, filter, (true, limit)).await? } else { Vec::new() };
    let left = limit - i64::try_from(lines.len()).unwrap_or(limit);
    if left > 0 && !filter.due {
        let after = filter.after.filter(|_| !tried);
        lines.extend(part(app, scope, &Filter { after, ..filter.clone() }, (false, left)).await?);
    }
    Ok(lines.into_iter().map(|line| shown(scope, line)).collect())
}

/// Leads with a day on which to try, or those without.
async fn part(app: &App, scope: &Scope, filter: &Filter, (tried, limit): (bool, i64)) -> Result<Vec<Line>> {
    let mut sql = within(scope, Sql::new(&format!("{LINE} 1 = 1")))
        .when(" AND l.state = {}", filter.state.map(LeadState::code));
    // The desk of one county reads its leads in the order in which they are due.
    if is_desk(scope.role) && scope.area.is_county() {
        sql = sql.push(" AND l.county = {}", p![scope.area.from]);
    }
    sql = sql.push(if tried { " AND l.next_on IS NOT NULL" } else { " AND l.next_on IS NULL" }, []);
    if filter.due {
        sql = sql.push(" AND l.next_on <= {}", p![china_date(app.now())]);
    }
    sql = match filter.after {
        Some((on, id)) if tried => sql.push(" AND (l.next_on, l.id) > ({}, {})", p![on, id]),
        Some((_, id)) => sql.push(" AND l.id > {}", p![id]),
        None => sql,
    };
    let sql = sql.push(" ORDER BY l.next_on, l.id LIMIT {}", p![limit]);
    Ok(app.db.listing().query(sql).await?)
}

/// One page of the leads in scope; the read is in the log before it is shown.
///
/// # Errors
/// The caller has nothing to do with reaching people.
pub async fn page(app: &App, scope: &Scope, filter: &Filter) -> Result<Page> {
    scope.permit(Deed::Read, Subject::Lead)?;
    let mut lines = read(app, scope, filter, PAGE + 1).await?;
    let next = cut(&mut lines, PAGE, |last| (last.next_on.unwrap_or(NEVER), last.id));
    let entry = Entry::listed(referral::purpose(scope), "lead", lines.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(Page { lines, next })
}

/// Lines of the worker's board.
const BOARD: i64 = 8;

/// Who is to be tried first, for the worker's board; empty for who has nothing to do with it. The read is in the log.
///
/// # Errors
/// The database is gone.
pub async fn due(app: &App, scope: &Scope) -> Result<Vec<Line>> {
    if !scope.role.may(Deed::Change, Subject::Lead) {
        return Ok(Vec::new());
    }
    let lines = read(app, scope, &Filter { due: true, ..Filter::default() }, BOARD).await?;
    let entry = Entry::listed(referral::purpose(scope), "lead", lines.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(lines)
}

/// How many are to be tried today or before, for the line on the work list; nothing where there is none or the reader tries nobody. It
/// names nobody and is not logged.
///
/// # Errors
/// The database is gone.
pub async fn waiting(app: &App, scope: &Scope) -> Result<Option<i64>> {
    if !scope.role.may(Deed::Change, Subject::Lead) {
        return Ok(None);
    }
    let sql = within(scope, Sql::new("SELECT COUNT(*) FROM lead l WHERE 1 = 1"));
    let sql = sql.push(" AND l.next_on <= {}", p![china_date(app.now())]);
    let found: Vec<(i64,)> = app.db.listing().query(sql).await?;
    Ok(found.first().map(|(count,)| *count).filter(|count| *count > 0))
}
