//! Trainings that staff came to: entered once for everybody who came, void with a reason, never deleted. The minutes of a year
//! stand beside each person and change in the same transaction.

use super::{LEFT, visible};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    catalogue,
    db::{Sql, Tx},
    division::county_of,
    entry::Reader,
    error::{Error, Problem, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::{Deed, Role, Subject},
    clock::china_date,
    workforce::{minutes_of_hours, year_of},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Trainings on a page.
pub const PAGE: i64 = 50;

/// A training as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingEntry {
    /// The day.
    pub on: String,
    /// Hours of each person.
    pub hours: String,
    /// What about.
    pub topic: String,
    /// Who held it.
    pub organiser: String,
    /// A code of `data/workforce.toml`.
    pub kind: String,
    /// Number of the certificate or sign-in list, or where they are kept.
    pub evidence: String,
    /// Records in the talent library of those who came.
    pub persons: Vec<String>,
}

/// A training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Training {
    /// Identifier.
    pub id: Id,
    /// The organisation that entered it.
    pub organisation: Id,
    /// Its name.
    pub organisation_name: String,
    /// The day.
    pub on: Date,
    /// Minutes of each person.
    pub minutes: i64,
    /// What about.
    pub topic: String,
    /// Who held it.
    pub organiser: String,
    /// Kind.
    pub kind: String,
    /// Evidence.
    pub evidence: String,
    /// Persons who came.
    pub persons: i64,
    /// It counts: it is not void.
    pub stands: bool,
    /// Why it is void.
    pub reason: Option<String>,
    /// Who entered it.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Timestamp,
    /// Who made it void.
    pub voided_by: Option<String>,
    /// When.
    pub voided_at: Option<Timestamp>,
}
row!(Training {
    id,
    organisation,
    organisation_name,
    on,
    minutes,
    topic,
    organiser,
    kind,
    evidence,
    persons,
    stands,
    reason,
    recorded_by,
    recorded_at,
    voided_by,
    voided_at,
});

/// A training with those of its persons whom the caller answers for.
#[derive(Debug, Clone, Serialize)]
pub struct Whole {
    /// The training.
    pub training: Training,
    /// Identifier, name, institution.
    pub persons: Vec<(Id, String, String)>,
    /// The caller may make it void.
    pub may_void: bool,
}

const SELECT: &str =
    "SELECT g.id, g.organisation_id, o.name, g.on_day, g.minutes, g.topic, g.organiser, g.kind, g.evidence,
    g.persons, g.state = 'stands', g.reason, g.recorded_by_name, g.recorded_at, g.voided_by_name, g.voided_at
    FROM training g JOIN organisation o ON o.id = g.organisation_id WHERE 1 = 1";

/// Adds "and it is of the caller's house or area, or the caller's staff came" to a statement over `training` under the alias `g`.
fn reached(scope: &Scope, sql: Sql) -> Result<Sql> {
    match scope.role {
        Role::System => Ok(sql),
        Role::CivilAffairsOfficer | Role::Supervisor => {
            Ok(sql.push(" AND g.county >= {} AND g.county <= {}", p![scope.area.from, scope.area.to]))
        }
        Role::InstitutionManager | Role::CaseManager | Role::Assessor => {
            let of_house = " AND (g.organisation_id = {} OR g.id IN (SELECT y.training_id FROM talent x
                JOIN training_attendance y ON y.talent_id = x.id WHERE x.institution_id = {}))";
            Ok(sql.push(of_house, p![scope.organisation, scope.organisation]))
        }
        _ => Err(Error::Forbidden),
    }
}

/// A page of trainings, the latest first; `before` is the last one of the page before.
///
/// # Errors
/// The role does not answer for staff.
pub async fn list(app: &App, scope: &Scope, before: Option<Id>) -> Result<(Vec<Training>, Option<Id>)> {
    scope.permit(Deed::Read, Subject::Workforce)?;
    let mut sql = reached(scope, Sql::new(SELECT))?;
    if let Some(before) = before {
        let earlier = " AND (g.on_day, g.id) < (SELECT b.on_day, b.id FROM training b WHERE b.id = {})";
        sql = sql.push(earlier, p![before]);
    }
    let sql = sql.push(" ORDER BY g.on_day DESC, g.id DESC LIMIT {}", p![PAGE]);
    let found: Vec<Training> = app.db.listing().query(sql).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == PAGE;
    let next = found.last().filter(|_| full).map(|last| last.id);
    let entry = Entry::listed(Purpose::Supervision, "training", found.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok((found, next))
}

/// Trainings of one person in a year, the latest first, void ones among them.
///
/// # Errors
/// The database is gone.
pub async fn of_person(app: &App, scope: &Scope, talent: Id, year: i16) -> Result<Vec<Training>> {
    let days = year_of(year);
    let came = " AND g.id IN (SELECT a.training_id FROM training_attendance a WHERE a.talent_id = {}
        AND a.on_day >= {} AND a.on_day <= {})";
    let sql = reached(scope, Sql::new(SELECT))?.push(came, p![talent, days.from, days.last]);
    Ok(app.db.listing().query(sql.push(" ORDER BY g.on_day DESC, g.id DESC LIMIT 200", [])).await?)
}

/// One training with those of its persons whom the caller answers for.
///
/// # Errors
/// There is none in the caller's scope.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Whole> {
    scope.permit(Deed::Read, Subject::Workforce)?;
    let sql = reached(scope, Sql::new(SELECT))?.push(" AND g.id = {}", p![id]);
    let found: Option<Training> = app.db.opt(&sql.text, sql.args).await?;
    let training = found.ok_or(Error::NotFound)?;
    let select = "SELECT t.id, t.name, i.name FROM training_attendance a JOIN talent t ON t.id = a.talent_id
        JOIN institution i ON i.id = t.institution_id WHERE 1 = 1";
    let sql = visible(scope, Sql::new(select))?.push(" AND a.training_id = {} ORDER BY t.name, t.id", p![id]);
    let persons = app.db.query(sql).await?;
    let may_void = training.stands && may_void(scope, &training);
    audit::record(&app.db, scope, Entry::read(Purpose::Supervision, "training", id), app.now()).await?;
    Ok(Whole { training, persons, may_void })
}

/// Whoever entered it, and the county.
fn may_void(scope: &Scope, training: &Training) -> bool {
    scope.role.may(Deed::Change, Subject::Workforce)
        && (scope.role == Role::CivilAffairsOfficer || training.organisation == scope.organisation)
}

/// Who can have come, for the form: staff of the caller's house or county, by house and name.
///
/// # Errors
/// The role enters no trainings.
pub async fn possible(app: &App, scope: &Scope) -> Result<Vec<(Id, String, String)>> {
    scope.permit(Deed::Change, Subject::Workforce)?;
    let select = format!(
        "SELECT t.id, t.name, i.name FROM talent t JOIN institution i ON i.id = t.institution_id
        WHERE t.state NOT IN {LEFT}"
    );
    let most = i64::try_from(app.tables.workforce.training.most_persons).unwrap_or(i64::MAX);
    let sql =
        visible(scope, Sql::new(&select))?.push(" ORDER BY i.name, i.id, t.name, t.id LIMIT {}", p![most]);
    let found: Vec<(Id, String, String)> = app.db.query(sql).await?;
    let entry = Entry::listed(Purpose::Supervision, "talent", found.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(found)
}

/// What was typed, understood.
struct Written {
    on: Date,
    minutes: u32,
    topic: String,
    organiser: String,
    kind: String,
    evidence: String,
    persons: BTreeSet<Id>,
}

fn read(app: &App, entry: &TrainingEntry) -> Result<Written> {
    let (terms, longest) = (&app.tables.workforce.training, catalogue::bounds()?.longest_line);
    let today = china_date(app.now());
    let mut reader = Reader::new(&app.divisions, true);
    let on = reader.past_day("on", &entry.on, today);
    reader.wanted("on", !entry.on.trim().is_empty());
    if on.is_some_and(|day| day.year() < today.year() - terms.years_back) {
        reader.wrong("on", "training_year", today.year() - terms.years_back);
    }
    let minutes = minutes_of_hours(&entry.hours);
    let bounds = terms.least_minutes..=terms.most_minutes_a_day;
    let minutes = minutes.filter(|minutes| bounds.contains(minutes));
    if entry.hours.trim().is_empty() {
        reader.wanted("hours", false);
    } else if minutes.is_none() {
        reader.wrong("hours", "training_hours", terms.most_minutes_a_day / 60);
    }
    let mut line = |field: &str, text: &str, needed: bool| {
        let text = reader.line(field, text, longest);
        if needed {
            reader.wanted(field, !text.is_empty());
        }
        text
    };
    let topic = line("topic", &entry.topic, true);
    let organiser = line("organiser", &entry.organiser, true);
    let evidence = line("evidence", &entry.evidence, true);
    let table = &app.tables.workforce;
    let kind = reader.choice("kind", &entry.kind, |code| table.kind(code).map(|kind| kind.code.clone()));
    let persons: Vec<Option<Id>> = entry.persons.iter().map(|id| id.trim().parse().ok()).collect();
    if persons.iter().any(Option::is_none) {
        reader.wrong("persons", "unknown_choice", "");
    }
    if persons.len() > terms.most_persons {
        reader.wrong("persons", "too_many", terms.most_persons);
    }
    reader.wanted("persons", !persons.is_empty());
    let written = match (on, minutes, kind) {
        (Some(on), Some(minutes), Some(kind)) => {
            let persons = persons.into_iter().flatten().collect();
            Some(Written { on, minutes, topic, organiser, kind, evidence, persons })
        }
        _ => None,
    };
    reader.finish(written)?.ok_or_else(|| Error::invalid("on", "required"))
}

/// Enters a training for everybody who came.
///
/// # Errors
/// Fields are wrong; somebody is not of the caller's staff, has the same training already, or would have trained longer that day
/// than a day allows.
pub async fn enter(app: &App, scope: &Scope, entry: &TrainingEntry) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Workforce)?;
    let written = read(app, entry)?;
    let (now, id) = (app.now(), Id::in_division(scope.division, app.now()));
    atomic!(app.db, tx => {
        for person in &written.persons {
            fits(app, tx, scope, *person, &written).await?;
        }
        let sql = "INSERT INTO training (id, organisation_id, county, on_day, minutes, topic, organiser, kind, evidence,
            persons, state, recorded_by_name, recorded_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'stands', $11, $12)";
        let args = p![
            id, scope.organisation, county_of(scope.division), written.on, written.minutes, &written.topic,
            &written.organiser, &written.kind, &written.evidence,
            i64::try_from(written.persons.len()).unwrap_or(i64::MAX), &scope.name, now
        ];
        tx.run(sql, args).await?;
        let row = |person: &Id| p![*person, id, written.on, written.minutes, true];
        let came: Vec<_> = written.persons.iter().map(row).collect();
        let columns = ["talent_id", "training_id", "on_day", "minutes", "stands"];
        tx.insert_many("training_attendance", &columns, &came).await?;
        for person in &written.persons {
            sum_up(tx, *person).await?;
        }
        let detail = json!({ "persons": written.persons.len() });
        let note = Entry { action: "add", detail, ..Entry::read(Purpose::Supervision, "training", id) };
        audit::record_in(tx, scope, note, now);
        Ok(id)
    })
}

/// Somebody is of the caller's staff and can have been there.
async fn fits(app: &App, tx: &mut Tx, scope: &Scope, person: Id, written: &Written) -> Result<()> {
    let select = format!("SELECT t.name FROM talent t WHERE t.state NOT IN {LEFT}");
    let sql = visible(scope, Sql::new(&select))?.push(" AND t.id = {}", p![person]);
    let found: Option<(String,)> = tx.opt(&sql.text, sql.args).await?;
    let (name,) = found.ok_or_else(|| Error::invalid("persons", "unknown_choice"))?;
    let sql = "SELECT a.minutes, g.topic FROM training_attendance a JOIN training g ON g.id = a.training_id
        WHERE a.talent_id = $1 AND a.on_day = $2 AND a.stands";
    let day: Vec<(i64, String)> = tx.all(sql, p![person, written.on]).await?;
    let problem = |code: &str| {
        let mut problem = Problem::new("persons", code);
        problem.values.push(name.clone());
        Err(Error::Invalid(vec![problem]))
    };
    if day.iter().any(|(_, topic)| *topic == written.topic) {
        return problem("training_twice");
    }
    let sum: i64 = day.iter().map(|(minutes, _)| minutes).sum();
    if sum + i64::from(written.minutes) > i64::from(app.tables.workforce.training.most_minutes_a_day) {
        return problem("training_day_full");
    }
    Ok(())
}

/// Writes beside a person what the trainings that stand add up to, by calendar year.
async fn sum_up(tx: &mut Tx, person: Id) -> Result<()> {
    let sql = "SELECT on_day, minutes FROM training_attendance WHERE talent_id = $1 AND stands";
    let mut years: BTreeMap<i16, i64> = BTreeMap::new();
    for (day, minutes) in tx.all::<(Date, i64)>(sql, p![person]).await? {
        *years.entry(day.year()).or_default() += minutes;
    }
    let years: Map<String, Json> =
        years.into_iter().map(|(year, minutes)| (year.to_string(), json!(minutes))).collect();
    let sql = "UPDATE talent SET course_minutes = $1 WHERE id = $2";
    tx.run(sql, p![Json::Object(years), person]).await?;
    Ok(())
}

/// Makes a training void: it stays to be seen and counts no more.
///
/// # Errors
/// Not in scope; it is void already, or another organisation entered it; the reason is missing or too long.
pub async fn void(app: &App, scope: &Scope, id: Id, reason: &str) -> Result<()> {
    scope.permit(Deed::Change, Subject::Workforce)?;
    atomic!(app.db, tx => {
        let sql = reached(scope, Sql::new(SELECT))?.push(" AND g.id = {}", p![id]);
        let found: Option<Training> = tx.opt(&sql.text, sql.args).await?;
        let training = found.ok_or(Error::NotFound)?;
        if !training.stands {
            return Err(Refusal::new("training", "training_void").into());
        }
        if !may_void(scope, &training) {
            return Err(Refusal::new("training", "training_of_others").with("name", &training.organisation_name).into());
        }
        let mut reader = Reader::new(&app.divisions, true);
        let reason = reader.line("reason", reason, catalogue::bounds()?.longest_line);
        reader.wanted("reason", !reason.is_empty());
        let reason = reader.finish(reason)?;
        let sql = "UPDATE training SET state = 'void', reason = $1, voided_by_name = $2, voided_at = $3
            WHERE id = $4 AND state = 'stands'";
        tx.run(sql, p![reason, &scope.name, app.now(), id]).await?;
        let sql = "UPDATE training_attendance SET stands = $1 WHERE training_id = $2";
        tx.run(sql, p![false, id]).await?;
        let sql = "SELECT talent_id FROM training_attendance WHERE training_id = $1 ORDER BY talent_id";
        for (person,) in tx.all::<(Id,)>(sql, p![id]).await? {
            sum_up(tx, person).await?;
        }
        let note = Entry { action: "void", ..Entry::read(Purpose::Supervision, "training", id) };
        audit::record_in(tx, scope, note, app.now());
        Ok(())
    })
}
