//! Who is short of training, whose certificate runs out: the staff of a house or of a county.

use super::{LEFT, employment::Stretch, figures::Part, reads_own_record_alone, visible};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::Sql,
    error::{Error, Result},
    export::{Wanted, release},
    id::Id,
    p, row,
    scope::Scope,
    talent::list::minutes_of,
};
use jiff::{ToSpan, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    care::Days,
    clock::china_date,
    talent::Profession,
    workforce::{self, Standing, Validity, year_of},
};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Persons on a page.
pub const PAGE: usize = 50;
/// Persons that are read at once: an area has as many as it has.
const BATCH: i64 = 5_000;

/// Somebody of the staff in a year.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    /// The record in the talent library.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Profession.
    pub profession: Profession,
    /// The institution.
    pub institution: Id,
    /// Its name.
    pub institution_name: String,
    /// The county.
    pub county: i64,
    /// The stretch of employment on the day of the figures.
    pub employment: Option<Stretch>,
    /// Some stretch of employment is recorded.
    pub recorded: bool,
    /// In direct service, and employed on the day of the figures: the hours are owed.
    pub counted: bool,
    /// Minutes of the year as a sum without trainings.
    pub reported: u32,
    /// Minutes of the year, training by training.
    pub entered: u32,
    /// What counts and what is owed.
    pub standing: Standing,
    /// Name of the certificate.
    pub certificate: Option<String>,
    /// Its last day.
    pub certificate_until: Option<Date>,
    /// Where it stands today.
    pub validity: Validity,
}

/// Whose staff.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    House(Id),
    County(i64),
    /// All whom the caller sees.
    Everybody,
}

struct Row {
    id: Id,
    name: String,
    profession: String,
    institution: Id,
    institution_name: String,
    county: i64,
    reported: Json,
    entered: Option<Json>,
    certificate: Option<String>,
    certificate_until: Option<Date>,
}
row!(Row {
    id,
    name,
    profession,
    institution,
    institution_name,
    county,
    reported,
    entered,
    certificate,
    certificate_until,
});

/// The day on which the figures of a year hold: today, or the last day of a year that is over.
pub(super) fn day_of(year: i16, today: Date) -> Date {
    year_of(year).last.min(today)
}

/// Staff that the caller sees at a place, by name.
pub(super) async fn members(app: &App, scope: &Scope, place: Place, year: i16) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    each(app, scope, place, year, |member| members.push(member)).await?;
    members.sort_by(|a: &Member, b: &Member| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(members)
}

/// The same one by one, county by county: however many there are, so many are held at once.
pub(super) async fn each(
    app: &App,
    scope: &Scope,
    place: Place,
    year: i16,
    mut take: impl FnMut(Member),
) -> Result<()> {
    let today = china_date(app.now());
    let mut after: Option<(i64, Id)> = None;
    loop {
        let rows = rows(app, scope, place, after).await?;
        let Some(last) = rows.last().map(|row| (row.county, row.id)) else { return Ok(()) };
        let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == BATCH);
        let of = stretches(app, scope, place, (after, last)).await?;
        for row in rows {
            take(judged(app, row, &of, (year, today))?);
        }
        if !full {
            return Ok(());
        }
        after = Some(last);
    }
}

fn behind(sql: Sql, after: Option<(i64, Id)>) -> Sql {
    match after {
        Some((county, id)) => sql.push(" AND (t.county, t.id) > ({}, {})", p![county, id]),
        None => sql,
    }
}

async fn rows(app: &App, scope: &Scope, place: Place, after: Option<(i64, Id)>) -> Result<Vec<Row>> {
    let select = format!(
        "SELECT t.id, t.name, t.profession, i.id, i.name, t.county, t.training_minutes, t.course_minutes,
        t.certificate, t.certificate_until FROM talent t JOIN institution i ON i.id = t.institution_id
        WHERE t.state NOT IN {LEFT}"
    );
    let sql = behind(placed(visible(scope, Sql::new(&select))?, place), after);
    Ok(app.db.query(sql.push(" ORDER BY t.county, t.id LIMIT {}", p![BATCH])).await?)
}

/// The stretches of those who come after somebody, up to the last.
async fn stretches(
    app: &App,
    scope: &Scope,
    place: Place,
    (after, last): (Option<(i64, Id)>, (i64, Id)),
) -> Result<BTreeMap<Id, Vec<Stretch>>> {
    let select =
        "SELECT e.talent_id, e.institution_id, e.post, e.week_minutes, e.from_on, e.until_on, e.account_id
        FROM employment e JOIN talent t ON t.id = e.talent_id WHERE 1 = 1";
    let sql = behind(placed(visible(scope, Sql::new(select))?, place), after)
        .push(" AND (t.county, t.id) <= ({}, {}) ORDER BY e.from_on", p![last.0, last.1]);
    let mut of: BTreeMap<Id, Vec<Stretch>> = BTreeMap::new();
    for stretch in app.db.query::<Stretch>(sql).await? {
        of.entry(stretch.talent).or_default().push(stretch);
    }
    Ok(of)
}

fn placed(sql: Sql, place: Place) -> Sql {
    match place {
        Place::House(id) => sql.push(" AND t.institution_id = {}", p![id]),
        Place::County(county) => sql.push(" AND t.county = {}", p![county]),
        Place::Everybody => sql,
    }
}

fn judged(
    app: &App,
    row: Row,
    of: &BTreeMap<Id, Vec<Stretch>>,
    (year, today): (i16, Date),
) -> Result<Member> {
    let table = &app.tables.workforce;
    let profession = Profession::of_code(&row.profession)
        .ok_or_else(|| Error::broken("a talent has an unknown profession"))?;
    // Employment in another house is that house's.
    let stretches: Vec<&Stretch> =
        of.get(&row.id).into_iter().flatten().filter(|one| one.institution == row.institution).collect();
    let day = day_of(year, today);
    let employment = stretches.iter().rfind(|one| one.days(day).holds(day)).map(|one| (*one).clone());
    let recorded = !stretches.is_empty();
    let parts: Vec<Days> = if recorded {
        let part = |one: &&Stretch| workforce::stretch_within_year(year, one.from_on, one.until_on);
        stretches.iter().filter_map(part).collect()
    } else {
        vec![year_of(year)]
    };
    let direct = table.in_direct_service(employment.as_ref().map(|one| one.post.as_str()), profession);
    let counted = direct && (!recorded || employment.is_some());
    let reported = minutes_of(&row.reported, year);
    let entered = row.entered.as_ref().map_or(0, |years| minutes_of(years, year));
    let required = workforce::required(app.tables.services.training_hours, year, &parts);
    Ok(Member {
        id: row.id,
        name: row.name,
        profession,
        institution: row.institution,
        institution_name: row.institution_name,
        county: row.county,
        employment,
        recorded,
        counted,
        reported,
        entered,
        standing: Standing {
            done: workforce::counted(reported, entered),
            required: if counted { required } else { 0 },
        },
        certificate: row.certificate,
        certificate_until: row.certificate_until,
        validity: workforce::validity(row.certificate_until, today, &table.certificate.remind_days),
    })
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct StaffFilter {
    /// The house; a manager's own where it is left out.
    pub institution: Option<Id>,
    /// The calendar year; this one where it is left out.
    pub year: Option<i16>,
    /// Only those who miss hours.
    pub short: bool,
    /// Only those whose certificate runs out or ran out.
    pub certificate: bool,
    /// The last person of the page before.
    pub after: Option<Id>,
}

/// A page of staff.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// The house.
    pub institution: Id,
    /// Its name.
    pub institution_name: String,
    /// The year.
    pub year: i16,
    /// The day on which the figures hold.
    pub on: Date,
    /// Version of their definition.
    pub definition: String,
    /// Figures of the whole house, whatever is filtered.
    pub whole: Part,
    /// The persons, by name.
    pub members: Vec<Member>,
    /// After whom the next page starts.
    pub next: Option<Id>,
    /// How many there are with this filter.
    pub total: usize,
}

/// This year, or one of the years that can be looked at.
pub(super) fn year(app: &App, asked: Option<i16>) -> i16 {
    let today = china_date(app.now()).year();
    asked.filter(|year| (2000..=today).contains(year)).unwrap_or(today)
}

/// The house that is asked about, where the caller answers for it.
pub(super) async fn house(app: &App, scope: &Scope, asked: Option<Id>) -> Result<(Id, String)> {
    let found = match scope.role {
        // The own house, also before its record in the library was begun.
        Role::InstitutionManager => {
            let sql = "SELECT id, name FROM organisation WHERE id = $1";
            app.db.opt(sql, p![scope.organisation]).await?
        }
        Role::CivilAffairsOfficer | Role::Supervisor => {
            let id = asked.ok_or_else(|| Error::invalid("institution", "required"))?;
            let sql = "SELECT id, name FROM institution WHERE id = $1 AND county >= $2 AND county <= $3";
            app.db.opt(sql, p![id, scope.area.from, scope.area.to]).await?
        }
        _ => return Err(Error::Forbidden),
    };
    found.ok_or(Error::NotFound)
}

async fn filtered(app: &App, scope: &Scope, filter: &StaffFilter) -> Result<Listed> {
    let (institution, institution_name) = house(app, scope, filter.institution).await?;
    let year = year(app, filter.year);
    let mut members = members(app, scope, Place::House(institution), year).await?;
    let mut whole = Part::default();
    members.iter().for_each(|member| whole.add(member));
    members.retain(|one| {
        (!filter.short || one.counted && !one.standing.met()) && (!filter.certificate || one.validity.asks())
    });
    let total = members.len();
    let on = day_of(year, china_date(app.now()));
    let definition = app.tables.workforce.definition.clone();
    Ok(Listed { institution, institution_name, year, on, definition, whole, members, next: None, total })
}

/// A page of the staff of one house. Names of staff are read, so it is logged.
///
/// # Errors
/// The role does not answer for staff, or the house lies outside the caller's scope.
pub async fn staff(app: &App, scope: &Scope, filter: &StaffFilter) -> Result<Listed> {
    scope.permit(Deed::Read, Subject::Workforce)?;
    let mut listed = filtered(app, scope, filter).await?;
    let behind = filter.after.and_then(|after| listed.members.iter().position(|one| one.id == after));
    let mut members = listed.members.split_off(behind.map_or(0, |place| place + 1));
    let more = members.len() > PAGE;
    members.truncate(PAGE);
    listed.next = members.last().filter(|_| more).map(|last| last.id);
    listed.members = members;
    log(app, scope, listed.members.len()).await?;
    Ok(listed)
}

/// All that the filter finds, for a file, with the code to be printed on it.
///
/// # Errors
/// As [`staff`].
pub async fn export(app: &App, scope: &Scope, filter: &StaffFilter) -> Result<(Listed, String)> {
    scope.permit(Deed::Export, Subject::Workforce)?;
    let listed = filtered(app, scope, filter).await?;
    let filter = json!({ "institution": listed.institution, "year": listed.year, "short": filter.short,
        "certificate": filter.certificate });
    let wanted = Wanted { subject: Subject::Workforce, rows: listed.members.len(), filter };
    let code = release(app, scope, &wanted).await?;
    Ok((listed, code))
}

/// The caller's own record, where one is linked to the account.
///
/// # Errors
/// The role has no record of its own.
pub async fn own(app: &App, scope: &Scope, asked: Option<i16>) -> Result<Option<Member>> {
    scope.permit(Deed::Read, Subject::Workforce)?;
    if !reads_own_record_alone(scope) {
        return Err(Error::Forbidden);
    }
    let found = members(app, scope, Place::Everybody, year(app, asked)).await?.into_iter().next();
    log(app, scope, usize::from(found.is_some())).await?;
    Ok(found)
}

async fn log(app: &App, scope: &Scope, rows: usize) -> Result<()> {
    let purpose = if reads_own_record_alone(scope) { Purpose::Care } else { Purpose::Supervision };
    audit::record(&app.db, scope, Entry::listed(purpose, "talent", rows), app.now()).await
}

/// What the work list tells of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notice {
    /// Certificates that ran out.
    pub expired: usize,
    /// Certificates that run out within the days of the reminder.
    pub running_out: usize,
    /// Persons who miss hours; told towards the end of the year alone.
    pub short: usize,
}

impl Notice {
    /// There is nothing to tell.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Notice::default()
    }
}

/// What is to be told to a manager of the staff, and to a worker of the own record; nothing to others.
///
/// # Errors
/// The database is gone.
pub async fn notice(app: &App, scope: &Scope) -> Result<Notice> {
    let place = match scope.role {
        Role::InstitutionManager => Place::House(scope.organisation),
        Role::CaseManager | Role::Assessor => Place::Everybody,
        _ => return Ok(Notice::default()),
    };
    let today = china_date(app.now());
    let (expired, running_out) = certificates(app, scope, today).await?;
    let left = today.until(year_of(today.year()).last).map_or(0, |span| span.get_days());
    let tells_hours = left < i32::from(app.tables.workforce.training.tell_days_before_year_end);
    let mut short = 0;
    if tells_hours {
        let misses = |one: &Member| one.counted && !one.standing.met();
        each(app, scope, place, today.year(), |one| short += usize::from(misses(&one))).await?;
    }
    Ok(Notice { expired, running_out, short })
}

/// How many certificates ran out, and how many will within the days of the reminder: every work list asks, so that it is one statement
/// over an index.
async fn certificates(app: &App, scope: &Scope, today: Date) -> Result<(usize, usize)> {
    let days = app.tables.workforce.certificate.remind_days.iter().max().copied().unwrap_or(0);
    let until = today.saturating_add(i32::from(days).days());
    let select = "SELECT CAST(COALESCE(SUM(CASE WHEN t.certificate_until < {} THEN 1 ELSE 0 END), 0) AS BIGINT), COUNT(*)
        FROM talent t WHERE t.certificate_until <= {}";
    let sql = Sql::new("").push(select, p![today, until]).push(&format!(" AND t.state NOT IN {LEFT}"), []);
    let found: Vec<(i64, i64)> = app.db.listing().query(visible(scope, sql)?).await?;
    let (expired, all) = found.first().copied().unwrap_or_default();
    let count = |count: i64| usize::try_from(count).unwrap_or(0);
    Ok((count(expired), count(all - expired)))
}
