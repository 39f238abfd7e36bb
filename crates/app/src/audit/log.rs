//! Reading the log: auditors by person, actor and time; clients what was done with their own data.

use super::{Entry, Purpose, record};
use crate::{
    App,
    db::{Sql, Value},
    error::Result,
    export::{Wanted, release},
    id::Id,
    p,
    person::{
        EVERY_ID,
        sql::{ids, marks},
    },
    row,
    scope::{Area, Scope},
};
use jiff::{Timestamp, civil::Date};
use rules::account::{Deed, Role, Subject};
use serde::Serialize;
use serde_json::Value as Json;

/// Lines of a page.
pub const PAGE: i64 = 100;
/// Lines of an export at most.
const EXPORT: i64 = 100_000;
/// Accounts that the words for an actor may mean.
const ACTORS: i64 = 100;

/// What is asked for; nothing set is everything in scope.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Username, or part of a name or of an organisation's.
    pub actor: String,
    /// Identifier of a person, a case or another record, or a case's number.
    pub subject: String,
    /// What was done, as a code.
    pub action: String,
    /// From this day on, in China.
    pub from: Option<Date>,
    /// Until this day, in China.
    pub until: Option<Date>,
    /// The last line of the page before.
    pub after: Option<(Timestamp, Id)>,
}

/// One line of the log. Contents are in none.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Identifier.
    pub id: Id,
    /// When.
    pub at: Timestamp,
    /// Who, as signed in; nothing for the programme itself and for those who were not let in.
    pub username: Option<String>,
    /// The name of the account; those of clients are contents.
    pub name: Option<String>,
    /// In which role.
    pub role: String,
    /// For which organisation.
    pub organisation: Option<String>,
    /// Why.
    pub purpose: String,
    /// What was done.
    pub action: String,
    /// To what kind of record.
    pub subject_kind: String,
    /// To which one.
    pub subject_id: Option<Id>,
    /// Which fields, how many rows.
    pub detail: Json,
}
row!(Line { id, at, username, name, role, organisation, purpose, action, subject_kind, subject_id, detail });

const LINE: &str = "SELECT u.id, u.at, a.username,
    CASE WHEN u.role <> 'client' THEN a.name END, u.role, o.name, u.purpose, u.action, u.subject_kind,
    u.subject_id, u.detail FROM audit u /* whole: latest first, ended by the limit */ LEFT JOIN account a ON a.id = u.account_id
    LEFT JOIN organisation o ON o.id = u.organisation_id WHERE 1 = 1";

/// A page of the log, the latest first. Reading it is itself in the log.
///
/// # Errors
/// The caller's role does not read the log.
pub async fn page(app: &App, scope: &Scope, filter: &Filter) -> Result<Vec<Line>> {
    let lines = lines(app, scope, filter, PAGE).await?;
    let entry = Entry::listed(Purpose::Audit, "audit", lines.len());
    record(&app.db, scope, entry, app.now()).await?;
    Ok(lines)
}

/// The lines of a filter for a file, at most 100,000, with the code to be printed on it.
///
/// # Errors
/// As [`page`].
pub async fn export(app: &App, scope: &Scope, filter: &Filter) -> Result<(Vec<Line>, String)> {
    let all = Filter { after: None, ..filter.clone() };
    let lines = lines(app, scope, &all, EXPORT).await?;
    let wanted =
        Wanted { subject: Subject::Log, rows: lines.len(), filter: Json::Object(serde_json::Map::new()) };
    let code = release(app, scope, &wanted).await?;
    Ok((lines, code))
}

async fn lines(app: &App, scope: &Scope, filter: &Filter, most: i64) -> Result<Vec<Line>> {
    scope.permit(Deed::Read, Subject::Log)?;
    let Some(sql) = whose(app, scope, Sql::new(LINE), filter).await? else { return Ok(Vec::new()) };
    let mut sql = sql;
    if !filter.actor.trim().is_empty() && scope.role != Role::Client {
        let accounts = accounts(app, filter.actor.trim()).await?;
        sql = one_of(sql, "u.account_id", &accounts);
    }
    // China has one time zone; a day begins there at 16:00 of the day before.
    let midnight = |day: Date| day.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    let start = filter.from.and_then(|day| midnight(day).ok()).map(|z| z.timestamp());
    let end = filter.until.and_then(|day| midnight(day.tomorrow().ok()?).ok()).map(|z| z.timestamp());
    let action = Some(filter.action.trim()).filter(|action| !action.is_empty());
    sql = sql.when(" AND u.at >= {}", start).when(" AND u.at < {}", end).when(" AND u.action = {}", action);
    if let Some((at, id)) = filter.after {
        sql = sql.push(" AND (u.at < {} OR (u.at = {} AND u.id < {}))", p![at, at, id]);
    }
    Ok(app.db.query(sql.push(" ORDER BY u.at DESC, u.id DESC LIMIT {}", p![most])).await?)
}

/// Adds whose lines the caller may read; nothing where what is asked for lies outside.
async fn whose(app: &App, scope: &Scope, sql: Sql, filter: &Filter) -> Result<Option<Sql>> {
    let subject = filter.subject.trim();
    if scope.role == Role::Client {
        let Some(person) = scope.person else { return Ok(None) };
        return Ok(Some(one_of(sql, "u.subject_id", &own(app, person).await?)));
    }
    let within = |sql: Sql| {
        if scope.area == Area::NATION {
            return sql;
        }
        // Whoever was not let in has no account: then the area is that of the account tried.
        let (from, to) = (scope.area.from, scope.area.to);
        sql.push(
            " AND ((a.division >= {} AND a.division <= {}) OR (u.subject_kind = 'account' AND u.subject_id IN
              (SELECT t.id FROM account t WHERE t.division >= {} AND t.division <= {})))",
            p![from, to, from, to],
        )
    };
    if subject.is_empty() {
        return Ok(Some(within(sql)));
    }
    let (subjects, resident) = subjects(app, scope, subject).await?;
    let sql = one_of(sql, "u.subject_id", &subjects);
    // Who from elsewhere looked at a resident of the area is the area's business, too.
    Ok(Some(if resident { sql } else { within(sql) }))
}

fn one_of(sql: Sql, column: &str, wanted: &[Id]) -> Sql {
    if wanted.is_empty() {
        return sql.push(" AND 1 = 0", []);
    }
    let places = vec!["{}"; wanted.len()].join(", ");
    sql.push(&format!(" AND {column} IN ({places})"), wanted.iter().map(|id| Value::from(*id)))
}

/// The records that are a client's own: the person by every identifier, and the cases.
async fn own(app: &App, person: Id) -> Result<Vec<Id>> {
    let mut all = cluster(app, person).await?;
    let sql = format!("SELECT id FROM referral WHERE person_id IN ({})", marks(1, all.len()));
    let cases: Vec<(Id,)> = app.db.all(&sql, ids(&all)).await?;
    all.extend(cases.into_iter().map(|(id,)| id));
    Ok(all)
}

/// A person by every identifier it ever had.
async fn cluster(app: &App, person: Id) -> Result<Vec<Id>> {
    let found: Vec<(Id,)> = app.db.all(EVERY_ID, p![person.home_number(), person]).await?;
    let mut all: Vec<Id> = found.into_iter().map(|(id,)| id).collect();
    if !all.contains(&person) {
        all.push(person);
    }
    Ok(all)
}

/// What the words for a subject mean, and whether that is a person or case of the caller's area.
async fn subjects(app: &App, scope: &Scope, words: &str) -> Result<(Vec<Id>, bool)> {
    let number = words.to_uppercase();
    let Ok(id) = words.parse::<Id>() else {
        let sql = "SELECT id, division FROM referral WHERE receipt = $1 OR registration = $2";
        let found: Option<(Id, i64)> = app.db.opt(sql, p![&number, &number]).await?;
        return Ok(found.map_or((Vec::new(), false), |(id, at)| (vec![id], scope.area.holds(at))));
    };
    let mut within = false;
    for table in ["person", "referral"] {
        let sql = format!("SELECT division FROM {table} WHERE home = $1 AND id = $2");
        let found: Option<(i64,)> = app.db.opt(&sql, p![id.home_number(), id]).await?;
        within |= found.is_some_and(|(division,)| scope.area.holds(division));
    }
    Ok((cluster(app, id).await?, within))
}

/// Accounts that the words for an actor may mean.
async fn accounts(app: &App, words: &str) -> Result<Vec<Id>> {
    let plain: String = words.chars().filter(|c| !matches!(c, '%' | '_' | '\\')).collect();
    let like = format!("%{plain}%");
    let sql = "SELECT a.id FROM account a JOIN organisation o ON o.id = a.organisation_id
        WHERE a.username = $1 OR (a.name LIKE $2 AND a.role <> 'client') OR o.name LIKE $3 LIMIT $4";
    let found: Vec<(Id,)> = app.db.all(sql, p![words.to_lowercase(), &like, &like, ACTORS]).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// What a line's detail says in codes and figures, by key. Whatever could be content is left out, whoever wrote it
/// there.
#[must_use]
pub fn told(detail: &Json) -> Vec<(String, String)> {
    let fields = detail.as_object().into_iter().flatten();
    fields.filter_map(|(key, value)| Some((key.clone(), plain(value)?))).collect()
}

/// The same on one line, as programs read it.
#[must_use]
pub fn said(detail: &Json) -> String {
    let pairs = told(detail).into_iter().map(|(key, value)| format!("{key}={value}"));
    pairs.collect::<Vec<_>>().join("; ")
}

fn plain(value: &Json) -> Option<String> {
    match value {
        Json::Bool(yes) => Some(yes.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::String(text) => {
            let code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
            (!text.is_empty() && text.len() <= 40 && text.chars().all(code)).then(|| text.clone())
        }
        Json::Array(many) => many.iter().map(plain).collect::<Option<Vec<_>>>().map(|all| all.join(",")),
        Json::Null | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_and_codes_are_told_and_nothing_that_could_be_content() {
        for (detail, expected) in [
            (json!({"rows": 20}), "rows=20"),
            (json!({"command": "refer", "version": 3}), "command=refer; version=3"),
            (json!({"fields": ["name", "phone"]}), "fields=name,phone"),
            (json!({"name": "张测试"}), ""),
            (json!({"note": "any words that somebody typed"}), ""),
            (json!({"number": "99010119900101123X"}), ""),
            (json!({"inner": {"name": "x"}}), ""),
            (json!([]), ""),
        ] {
            assert_eq!(said(&detail), expected, "{detail}");
        }
    }
}
