//! The list of talents: by name or initials, profession, institution and state.

use super::visible;
use crate::{
    App,
    audit::{self, Purpose},
    db::Sql,
    error::Result,
    export::{Wanted, release},
    id::Id,
    institution::list::escaped,
    p,
    paging::cut,
    row,
    scope::Scope,
};
use rules::account::Subject;
use serde::Serialize;
use serde_json::{Value as Json, json};

/// Rows on a page of the list.
pub const PAGE: i64 = 50;
/// Rows of an export at most.
const EXPORT: i64 = 100_000;

/// What is asked for; nothing set is everything in scope.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of the name, or the beginning of its initials.
    pub words: String,
    /// A library state.
    pub state: Option<String>,
    /// A profession.
    pub profession: Option<String>,
    /// An institution.
    pub institution: Option<Id>,
    /// The last talent of the page before.
    pub after: Option<Id>,
}

/// One line of the list.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Identifier.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Profession.
    pub profession: String,
    /// Name of the institution.
    pub institution: Option<String>,
    /// The certificate was checked at the source.
    pub verified: bool,
    /// Minutes of training by calendar year, reported as a sum.
    pub training_minutes: Json,
    /// Minutes of the trainings that were entered, by calendar year.
    pub course_minutes: Option<Json>,
    /// Services this person leads.
    pub services: Json,
    /// Library state.
    pub state: String,
}
row!(Line { id, name, profession, institution, verified, training_minutes, course_minutes, services, state });

impl Line {
    /// Minutes of training that count in a year.
    #[must_use]
    pub fn training_in(&self, year: i16) -> u32 {
        let entered = self.course_minutes.as_ref().map_or(0, |years| minutes_of(years, year));
        rules::workforce::counted(minutes_of(&self.training_minutes, year), entered)
    }
}

/// Minutes of a year in a document of minutes by year.
pub(crate) fn minutes_of(by_year: &Json, year: i16) -> u32 {
    let found = by_year.get(year.to_string()).and_then(Json::as_u64).unwrap_or(0);
    u32::try_from(found).unwrap_or(u32::MAX)
}

/// A page of the list.
#[derive(Debug, Clone)]
pub struct Page {
    /// Lines by name.
    pub lines: Vec<Line>,
    /// After which talent the next page starts; none on the last page.
    pub next: Option<Id>,
    /// How many there are with this filter.
    pub total: i64,
}

const SELECT: &str =
    "SELECT t.id, t.name, t.profession, i.name, t.verified, t.training_minutes, t.course_minutes, t.services, t.state
    FROM talent t LEFT JOIN institution i ON i.id = t.institution_id WHERE 1 = 1";

fn filtered(scope: &Scope, filter: &Filter, select: &str) -> Result<Sql> {
    let mut sql = visible(scope, Sql::new(select))?;
    let words = filter.words.trim();
    if !words.is_empty() {
        let name = format!("%{}%", escaped(words));
        let initials = format!("{}%", escaped(&words.to_lowercase()));
        sql =
            sql.push(" AND (t.name LIKE {} ESCAPE '!' OR t.initials LIKE {} ESCAPE '!')", p![name, initials]);
    }
    Ok(sql
        .when(" AND t.state = {}", filter.state.clone())
        .when(" AND t.profession = {}", filter.profession.clone())
        .when(" AND t.institution_id = {}", filter.institution))
}

async fn lines(app: &App, scope: &Scope, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    let mut sql = filtered(scope, filter, SELECT)?;
    if let Some(after) = filter.after {
        let later = " AND (t.name, t.id) > (SELECT b.name, b.id FROM talent b WHERE b.id = {})";
        sql = sql.push(later, p![after]);
    }
    Ok(app.db.listing().query(sql.push(" ORDER BY t.name, t.id LIMIT {}", p![limit])).await?)
}

/// One page of the list, with the number of all that the filter finds. Names of staff are read, so it is logged.
///
/// # Errors
/// The role has nothing to do with the library.
pub async fn page(app: &App, scope: &Scope, filter: &Filter) -> Result<Page> {
    let mut lines = lines(app, scope, filter, PAGE + 1).await?;
    let next = cut(&mut lines, PAGE, |line| line.id);
    let count = filtered(scope, filter, "SELECT COUNT(*) FROM talent t WHERE 1 = 1")?;
    let total = app.db.listing().query::<(i64,)>(count).await?.first().map_or(0, |(n,)| *n);
    log(app, scope, "search", lines.len()).await?;
    Ok(Page { lines, next, total })
}

/// All lines that the filter finds, for a file, with the code to be printed on it.
///
/// # Errors
/// The role has nothing to do with the library.
pub async fn export(app: &App, scope: &Scope, filter: &Filter) -> Result<(Vec<Line>, String)> {
    let lines = lines(app, scope, filter, EXPORT).await?;
    let wanted = Wanted { subject: Subject::Talent, rows: lines.len(), filter: json!({}) };
    let code = release(app, scope, &wanted).await?;
    Ok((lines, code))
}

/// The staff of one institution, by name, for its page: names and professions, as the library publishes them.
///
/// # Errors
/// The database is gone.
pub async fn staff(app: &App, institution: Id) -> Result<Vec<Line>> {
    let sql = Sql::new(SELECT).push(" AND t.institution_id = {} ORDER BY t.name, t.id", p![institution]);
    Ok(app.db.query(sql).await?)
}

async fn log(app: &App, scope: &Scope, action: &'static str, rows: usize) -> Result<()> {
    let entry = audit::Entry {
        purpose: Purpose::Supervision,
        action,
        subject_kind: "talent",
        subject: None,
        detail: json!({ "rows": rows }),
    };
    audit::record(&app.db, scope, entry, app.now()).await
}
