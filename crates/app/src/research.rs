//! Research projects: asked for by the county's desk or a supervisor on behalf of researchers, agreed to by a second person,
//! and served with pseudonymised extracts until their last day. With a project its key ends: from then on nobody, not even
//! this installation, can say whose a pseudonym was.

mod extract;
mod pseudonym;

pub use extract::{Extract, extract};
pub use pseudonym::Pseudonyms;

use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{FromRow, Row, Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p, row,
    scope::Scope,
    seal::random_bytes,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    research::{Field, Project as Terms, State},
};
use serde_json::{Value as Json, json};

/// Projects of an area on one page.
const MOST: i64 = 200;
/// Characters of a title, a name or a number at most.
const LONGEST_NAME: usize = 200;
/// Characters of the purpose and of a note at most.
const LONGEST: usize = 2_000;
/// Bytes of a project's key.
const KEY_BYTES: usize = 32;
/// What it is called in the log.
const KIND: &str = "research";

/// A project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Identifier.
    pub id: Id,
    /// The organisation that asks on behalf of the researchers.
    pub organisation: Id,
    /// Its name.
    pub organisation_name: String,
    /// The area whose cases it is about.
    pub division: i64,
    /// Title.
    pub title: String,
    /// The research body.
    pub institution: String,
    /// Number of the ethical approval.
    pub ethics_number: String,
    /// Its day.
    pub ethics_on: Date,
    /// Number of the data-use agreement.
    pub agreement: String,
    /// Its day.
    pub agreed_on: Date,
    /// What for.
    pub purpose: String,
    /// What is asked for.
    pub fields: Vec<Field>,
    /// Its last day.
    pub until_on: Date,
    /// Where it stands.
    pub state: State,
    /// Who asked.
    pub asked_by: Id,
    /// By name.
    pub asker: String,
    /// When.
    pub asked_at: Timestamp,
    /// Who decided, by name.
    pub decider: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What was said with the decision.
    pub note: Option<String>,
    /// When its key was destroyed.
    pub key_destroyed_at: Option<Timestamp>,
    /// Version.
    pub version: i64,
}

impl FromRow for Project {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (fields, state): (Json, String) = (row.get(11)?, row.get(13)?);
        let codes = fields.as_array().into_iter().flatten().filter_map(Json::as_str);
        Ok(Project {
            id: row.get(0)?,
            organisation: row.get(1)?,
            organisation_name: row.get(2)?,
            division: row.get(3)?,
            title: row.get(4)?,
            institution: row.get(5)?,
            ethics_number: row.get(6)?,
            ethics_on: row.get(7)?,
            agreement: row.get(8)?,
            agreed_on: row.get(9)?,
            purpose: row.get(10)?,
            fields: codes.filter_map(Field::of_code).collect(),
            until_on: row.get(12)?,
            state: State::of_code(&state).ok_or(crate::db::Error::Column(13))?,
            asked_by: row.get(14)?,
            asker: row.get(15)?,
            asked_at: row.get(16)?,
            decider: row.get(17)?,
            decided_at: row.get(18)?,
            note: row.get(19)?,
            key_destroyed_at: row.get(20)?,
            version: row.get(21)?,
        })
    }
}

impl Project {
    /// As the rules know it.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms { state: self.state, asked_by: self.asked_by.0, until: self.until_on }
    }
}

/// An extract that left.
#[derive(Debug, Clone)]
pub struct Left {
    /// When.
    pub at: Timestamp,
    /// Who took it.
    pub name: String,
    /// The code printed on it.
    pub code: String,
    /// Rows.
    pub rows: i64,
    /// Persons.
    pub persons: i64,
    /// Persons of whom less is told than was asked for.
    pub generalised: i64,
    /// Persons left out.
    pub left_out: i64,
}
row!(Left { at, name, code, rows, persons, generalised, left_out });

/// A project with its extracts, the latest first.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The project.
    pub project: Project,
    /// What left.
    pub extracts: Vec<Left>,
}

const PROJECT: &str =
    "SELECT t.id, t.organisation_id, o.name, t.division, t.title, t.institution, t.ethics_number, t.ethics_on,
    t.agreement, t.agreed_on, t.purpose, t.fields, t.until_on, t.state, t.asked_by, a.name, t.asked_at, d.name,
    t.decided_at, t.note, t.key_destroyed_at, t.version FROM research_project t
    JOIN organisation o ON o.id = t.organisation_id JOIN account a ON a.id = t.asked_by
    LEFT JOIN account d ON d.id = t.decided_by WHERE 1 = 1";

/// A project as somebody writes it.
#[derive(Debug, Clone, Default)]
pub struct ProjectEntry {
    /// Title.
    pub title: String,
    /// The research body.
    pub institution: String,
    /// Number of the ethical approval.
    pub ethics_number: String,
    /// Its day.
    pub ethics_on: String,
    /// Number of the data-use agreement.
    pub agreement: String,
    /// Its day.
    pub agreed_on: String,
    /// What for.
    pub purpose: String,
    /// Codes of the fields.
    pub fields: Vec<String>,
    /// Its last day.
    pub until_on: String,
}

fn within(scope: &Scope, sql: Sql) -> Sql {
    sql.push(" AND t.division >= {} AND t.division <= {}", p![scope.area.from, scope.area.to])
}

async fn found(tx: &mut Tx, scope: &Scope, id: Id) -> Result<Project> {
    let sql = within(scope, Sql::new(PROJECT)).push(" AND t.id = {}", p![id]);
    tx.opt(&sql.text, sql.args).await?.ok_or(Error::NotFound)
}

/// The projects of the reader's area, those that wait for a decision first.
///
/// # Errors
/// The role has nothing to do with research.
pub async fn list(app: &App, scope: &Scope) -> Result<Vec<Project>> {
    scope.permit(Deed::Read, Subject::Research)?;
    let order = " ORDER BY CASE t.state WHEN 'asked' THEN 0 WHEN 'agreed' THEN 1 ELSE 2 END, t.asked_at DESC, t.id LIMIT {}";
    let projects: Vec<Project> = app.db.query(within(scope, Sql::new(PROJECT)).push(order, p![MOST])).await?;
    audit::record(&app.db, scope, Entry::listed(Purpose::Research, KIND, projects.len()), app.now()).await?;
    Ok(projects)
}

/// One project of the reader's area.
///
/// # Errors
/// There is none.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Whole> {
    scope.permit(Deed::Read, Subject::Research)?;
    let sql = within(scope, Sql::new(PROJECT)).push(" AND t.id = {}", p![id]);
    let found: Vec<Project> = app.db.query(sql).await?;
    let project = found.into_iter().next().ok_or(Error::NotFound)?;
    let sql = "SELECT at, name, code, row_count, persons, generalised, left_out FROM research_extract
        WHERE project_id = $1 ORDER BY at DESC, id DESC LIMIT 100";
    let extracts = app.db.all(sql, p![id]).await?;
    audit::record(&app.db, scope, Entry::read(Purpose::Research, KIND, id), app.now()).await?;
    Ok(Whole { project, extracts })
}

/// What was written, understood.
struct Written {
    ethics_on: Date,
    agreed_on: Date,
    until_on: Date,
    fields: Vec<Field>,
}

/// Names, numbers and the purpose.
fn texts(app: &App, entry: &ProjectEntry, problems: &mut Vec<Problem>) {
    for (field, value) in [
        ("title", &entry.title),
        ("institution", &entry.institution),
        ("ethics_number", &entry.ethics_number),
        ("agreement", &entry.agreement),
    ] {
        if value.trim().is_empty() {
            problems.push(Problem::new(field, "required"));
        } else if value.chars().count() > LONGEST_NAME {
            problems.push(Problem::new(field, "text_too_long"));
        }
    }
    let letters = entry.purpose.trim().chars().count();
    let least = app.tables.research.purpose_characters;
    if letters < least {
        let values = vec![least.to_string()];
        problems.push(Problem { values, ..Problem::new("purpose", "text_too_short") });
    } else if letters > LONGEST {
        problems.push(Problem::new("purpose", "text_too_long"));
    }
}

fn day(problems: &mut Vec<Problem>, field: &str, value: &str) -> Option<Date> {
    let found = value.trim().parse::<Date>().ok();
    if found.is_none() {
        problems.push(Problem::new(field, if value.trim().is_empty() { "required" } else { "date" }));
    }
    found
}

fn understood(app: &App, entry: &ProjectEntry) -> Result<Written> {
    let (rule, today) = (&app.tables.research, china_date(app.now()));
    let mut problems = Vec::new();
    texts(app, entry, &mut problems);
    let ethics_on = day(&mut problems, "ethics_on", &entry.ethics_on);
    let agreed_on = day(&mut problems, "agreed_on", &entry.agreed_on);
    let until_on = day(&mut problems, "until_on", &entry.until_on);
    for (field, found) in [("ethics_on", ethics_on), ("agreed_on", agreed_on)] {
        if found.is_some_and(|day| day > today) {
            problems.push(Problem::new(field, "date_future"));
        }
    }
    if until_on.is_some_and(|day| day < today || day > rule.latest(today)) {
        let values = vec![rule.most_months.to_string()];
        problems.push(Problem { values, ..Problem::new("until_on", "project_too_long") });
    }
    let mut fields: Vec<Field> = entry.fields.iter().filter_map(|code| Field::of_code(code)).collect();
    fields.sort_unstable();
    fields.dedup();
    if fields.is_empty() || entry.fields.iter().any(|code| Field::of_code(code).is_none()) {
        problems.push(Problem::new("fields", "unknown_choice"));
    }
    match (ethics_on, agreed_on, until_on) {
        (Some(ethics_on), Some(agreed_on), Some(until_on)) if problems.is_empty() => {
            Ok(Written { ethics_on, agreed_on, until_on, fields })
        }
        _ => Err(Error::Invalid(problems)),
    }
}

/// Asks for a project.
///
/// # Errors
/// Fields are wrong; the role asks for none.
pub async fn ask(app: &App, scope: &Scope, entry: &ProjectEntry) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Research)?;
    let written = understood(app, entry)?;
    let (now, id) = (app.now(), Id::in_division(scope.division, app.now()));
    let plain = |text: &str| text.trim().replace('\0', "");
    let codes: Vec<&str> = written.fields.iter().map(|field| field.code()).collect();
    atomic!(app.db, tx => {
        let sql = "INSERT INTO research_project (id, organisation_id, division, title, institution, ethics_number,
            ethics_on, agreement, agreed_on, purpose, fields, until_on, state, asked_by, asked_at, version)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'asked', $13, $14, 1)";
        let args = p![
            id, scope.organisation, scope.division, plain(&entry.title), plain(&entry.institution),
            plain(&entry.ethics_number), written.ethics_on, plain(&entry.agreement), written.agreed_on,
            plain(&entry.purpose), json!(codes), written.until_on, scope.account, now
        ];
        tx.run(sql, args).await?;
        note(tx, app, scope, id, "asked");
        Ok(id)
    })
}

/// Agrees to a project, which gives it its key, or declines it with a note.
///
/// # Errors
/// It was decided on already, the caller asked for it, or it is of another area; a note is missing where it is declined.
pub async fn decide(app: &App, scope: &Scope, id: Id, agrees: bool, words: &str) -> Result<()> {
    scope.permit(Deed::Change, Subject::ResearchDecision)?;
    let words = words.trim().replace('\0', "");
    if !agrees && words.is_empty() {
        return Err(Error::invalid("note", "required"));
    }
    if words.chars().count() > LONGEST {
        return Err(Error::invalid("note", "text_too_long"));
    }
    let key = if agrees { Some(app.keys.seal_bytes(&random_bytes(KEY_BYTES)?)?) } else { None };
    atomic!(app.db, tx => {
        let project = found(tx, scope, id).await?;
        app.tables.research.decide(&project.terms(), scope.account.0)?;
        let state = if agrees { State::Agreed } else { State::Declined };
        let sql = "UPDATE research_project SET state = $1, decided_by = $2, decided_at = $3, note = $4, project_key = $5,
            version = version + 1 WHERE id = $6 AND version = $7";
        let args = p![state.code(), scope.account, app.now(), words.as_str(), key.clone(), id, project.version];
        if tx.run(sql, args).await? == 0 {
            return Err(Error::Changed { expected: project.version, found: project.version + 1 });
        }
        note(tx, app, scope, id, state.code());
        Ok(())
    })
}

/// Ends a project before its last day, and destroys its key.
///
/// # Errors
/// Another organisation asked for it, or it is not going on.
pub async fn end(app: &App, scope: &Scope, id: Id) -> Result<()> {
    scope.permit(Deed::Change, Subject::Research)?;
    atomic!(app.db, tx => {
        let project = found(tx, scope, id).await?;
        if project.organisation != scope.organisation {
            return Err(Error::Forbidden);
        }
        if !matches!(project.state, State::Asked | State::Agreed) {
            return Err(rules::Refusal::new("RE2", "research_over").into());
        }
        finish(app, tx, scope, id).await
    })
}

async fn finish(app: &App, tx: &mut Tx, scope: &Scope, id: Id) -> Result<()> {
    let sql = "UPDATE research_project SET state = 'ended', project_key = NULL, key_destroyed_at = $1,
        version = version + 1 WHERE id = $2 AND state IN ('asked', 'agreed')";
    if tx.run(sql, p![app.now(), id]).await? > 0 {
        note(tx, app, scope, id, "ended");
    }
    Ok(())
}

/// Ends every project whose last day is over and destroys its key. Safe to run at any time and by several instances; returns
/// how many there were.
///
/// # Errors
/// The database is gone.
pub async fn end_due(app: &App) -> Result<usize> {
    let sql =
        "SELECT id FROM research_project WHERE state IN ('asked', 'agreed') AND until_on < $1 LIMIT 200";
    let due: Vec<(Id,)> = app.db.all(sql, p![china_date(app.now())]).await?;
    let ended = due.len();
    for (id,) in due {
        let done: Result<()> = atomic!(app.db, tx => { finish(app, tx, &Scope::system(), id).await });
        done?;
    }
    Ok(ended)
}

fn note(tx: &mut Tx, app: &App, scope: &Scope, id: Id, event: &str) {
    let detail = json!({ "research": event });
    let entry = Entry { action: "change", detail, ..Entry::read(Purpose::Research, KIND, id) };
    audit::record_in(tx, scope, entry, app.now());
}
