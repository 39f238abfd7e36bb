//! How many clients there are for one full post of case work, who serves how many, and whether enough people are at the day
//! centre and in front of groups. Counted from contracts and sessions; nobody types a ratio in.

use super::{LEFT, one_county, staff::house};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::Sql,
    error::Result,
    id::Id,
    p, row,
    scope::{Area, Scope},
};
use jiff::{ToSpan, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    clock::{china_date, start_of},
    workforce::{Load, StaffingTerms, day_staff_needed},
};
use serde::Serialize;

/// Institutions or counties shown at most.
const MOST: i64 = 1_000;
/// Workers of one house shown at most.
const WORKERS: i64 = 300;

/// Staffing of one institution, or of one county.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Place {
    /// The institution; nothing for a county or the whole.
    pub institution: Option<Id>,
    /// Its name; empty for a county or the whole.
    pub name: String,
    /// The county; 0 for the whole.
    pub county: i64,
    /// Clients in service, and hours of case work.
    pub load: Load,
}

/// Staffing of the caller's area on a day.
#[derive(Debug, Clone, Serialize)]
pub struct Staffing {
    /// Version of the definition.
    pub definition: String,
    /// The day.
    pub on: Date,
    /// The parts, those who need help first.
    pub parts: Vec<Place>,
    /// All together.
    pub whole: Place,
}

/// A case worker with the own clients.
#[derive(Debug, Clone, Serialize)]
pub struct Worker {
    /// Name.
    pub name: String,
    /// Clients in service, and hours by contract; no hours where none are on record for this account.
    pub load: Load,
}

/// Staffing of one house on a day.
#[derive(Debug, Clone, Serialize)]
pub struct HouseStaffing {
    /// Version of the definition.
    pub definition: String,
    /// The day.
    pub on: Date,
    /// The house with its clients and hours.
    pub place: Place,
    /// Who serves how many, the most first.
    pub workers: Vec<Worker>,
    /// Staff of the day centre.
    pub day_staff: u32,
    /// Most clients present in one session of the day centre in the days that are looked at.
    pub present: u32,
    /// Staff that are needed for them.
    pub day_staff_needed: u32,
    /// Groups in these days.
    pub groups: u32,
    /// Of these, groups with more members than one leader should have.
    pub large_groups: u32,
    /// Medical staff, full or part time.
    pub medical: u32,
}

struct PlaceRow {
    institution: Id,
    name: String,
    county: i64,
    clients: i64,
    week_minutes: i64,
}
row!(PlaceRow { institution, name, county, clients, week_minutes });

fn whole_number(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(0)
}

/// Hours of case work of an institution on a day, which takes the post and twice the day.
const HOURS: &str = "CAST(COALESCE((SELECT SUM(e.week_minutes) FROM employment e JOIN talent t ON t.id = e.talent_id
    WHERE e.institution_id = i.id AND e.post = {} AND e.from_on <= {} AND (e.until_on IS NULL OR e.until_on >= {})
    AND t.state NOT IN";

/// Institutions of the library with these columns, and behind them the minutes of case work.
fn institutions(columns: &str, terms: &StaffingTerms, today: Date) -> Sql {
    let select = Sql::new(&format!("SELECT {columns}, ")).push(HOURS, p![&terms.case_post, today, today]);
    select
        .push(&format!(" {LEFT}), 0) AS bigint) AS hours FROM institution i WHERE i.state NOT IN {LEFT}"), [])
}

fn places(terms: &StaffingTerms, today: Date) -> Sql {
    institutions("i.id, i.name, i.county, i.in_service", terms, today)
}

/// Staffing of the caller's area: by institution for one county, by county for a wider area; those who need help first. Nobody is
/// named; the read is logged.
///
/// # Errors
/// The role does not answer for staff, or the county lies outside the caller's area.
pub async fn staffing(app: &App, scope: &Scope, county: Option<i64>) -> Result<Staffing> {
    scope.permit(Deed::Read, Subject::Workforce)?;
    let (terms, today) = (&app.tables.workforce.staffing, china_date(app.now()));
    let full = app.tables.workforce.employment.full_week_minutes;
    let mut parts = match (scope.role, one_county(scope, county)?) {
        (Role::InstitutionManager, _) => {
            let own = places(terms, today).push(" AND i.id = {}", p![scope.organisation]);
            by_institution(app, own).await?
        }
        (_, Some(county)) => {
            let of_county = places(terms, today).push(" AND i.county = {} LIMIT {}", p![county, MOST]);
            by_institution(app, of_county).await?
        }
        (_, None) => by_county(app, scope.area, terms, today).await?,
    };
    parts.sort_by_key(|part| {
        let load = part.load;
        (
            std::cmp::Reverse(load.level(terms, full)),
            std::cmp::Reverse(load.per_post_in_tenths(full)),
            part.name.clone(),
        )
    });
    let load = parts.iter().fold(Load::default(), |load, part| load.and(part.load));
    let entry = Entry::listed(Purpose::Statistics, "workforce", parts.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    let whole = Place { load, ..Place::default() };
    Ok(Staffing { definition: terms.definition.clone(), on: today, parts, whole })
}

async fn by_institution(app: &App, sql: Sql) -> Result<Vec<Place>> {
    let rows: Vec<PlaceRow> = app.db.listing().query(sql).await?;
    Ok(rows.into_iter().map(place_of).collect())
}

async fn by_county(app: &App, area: Area, terms: &StaffingTerms, today: Date) -> Result<Vec<Place>> {
    let inner = institutions("i.county AS county, i.in_service AS clients", terms, today)
        .push(" AND i.county >= {} AND i.county <= {}", p![area.from, area.to]);
    let text = format!(
        "SELECT x.county, CAST(SUM(x.clients) AS bigint), CAST(SUM(x.hours) AS bigint) FROM ({}) x
        GROUP BY x.county",
        inner.text
    );
    let rows: Vec<(i64, i64, i64)> = app.db.listing().query(Sql { text, args: inner.args }).await?;
    let place = |(county, clients, week): (i64, i64, i64)| Place {
        county,
        load: Load { clients: whole_number(clients), week_minutes: whole_number(week) },
        ..Place::default()
    };
    Ok(rows.into_iter().map(place).collect())
}

fn place_of(row: PlaceRow) -> Place {
    Place {
        institution: Some(row.institution),
        name: row.name,
        county: row.county,
        load: Load { clients: whole_number(row.clients), week_minutes: whole_number(row.week_minutes) },
    }
}

/// Staffing of one house, with who serves how many. Names of staff are read, so it is logged.
///
/// # Errors
/// The role does not answer for staff, or the house lies outside the caller's scope.
pub async fn of_house(app: &App, scope: &Scope, asked: Option<Id>) -> Result<HouseStaffing> {
    scope.permit(Deed::Read, Subject::Workforce)?;
    let (id, name) = house(app, scope, asked).await?;
    let (terms, today) = (&app.tables.workforce.staffing, china_date(app.now()));
    let sql = places(terms, today).push(" AND i.id = {}", p![id]);
    let found: Option<PlaceRow> = app.db.query(sql).await?.into_iter().next();
    let place = found.map_or_else(|| Place { institution: Some(id), name, ..Place::default() }, place_of);
    let workers = workers(app, id, today).await?;
    let (day_staff, medical) =
        (heads(app, id, &terms.day_post, today).await?, heads(app, id, &terms.medical_post, today).await?);
    let from = start_of(today.saturating_sub(i32::from(terms.days_back).days()));
    let sql = "SELECT CAST(COALESCE(MAX(CASE WHEN way = 'W1' THEN came ELSE 0 END), 0) AS bigint),
        CAST(COALESCE(SUM(CASE WHEN way = 'W3' THEN 1 ELSE 0 END), 0) AS bigint),
        CAST(COALESCE(SUM(CASE WHEN way = 'W3' AND came > $1 THEN 1 ELSE 0 END), 0) AS bigint)
        FROM care_session WHERE organisation_id = $2 AND starts_at >= $3 AND starts_at <= $4 AND state = 'held'";
    let args = p![terms.members_per_leader, id, from, app.now()];
    let (present, groups, large) = app.db.opt::<(i64, i64, i64)>(sql, args).await?.unwrap_or_default();
    let present = whole_number(present);
    let entry = Entry::listed(Purpose::Supervision, "workforce", workers.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(HouseStaffing {
        definition: terms.definition.clone(),
        on: today,
        place,
        workers,
        day_staff,
        present,
        day_staff_needed: day_staff_needed(terms, present),
        groups: whole_number(groups),
        large_groups: whole_number(large),
        medical,
    })
}

/// Persons of a house with a post on a day.
async fn heads(app: &App, institution: Id, post: &str, today: Date) -> Result<u32> {
    let sql = format!(
        "SELECT COUNT(*) FROM employment e JOIN talent t ON t.id = e.talent_id WHERE e.institution_id = $1
        AND e.post = $2 AND e.from_on <= $3 AND (e.until_on IS NULL OR e.until_on >= $3) AND t.state NOT IN {LEFT}"
    );
    let found: Option<(i64,)> = app.db.opt(&sql, p![institution, post, today]).await?;
    Ok(whole_number(found.map_or(0, |(count,)| count)))
}

/// Who serves how many: accounts with clients in service, each with the own hours of case work.
async fn workers(app: &App, institution: Id, today: Date) -> Result<Vec<Worker>> {
    let post = &app.tables.workforce.staffing.case_post;
    let sql = "SELECT a.name, x.clients, CAST(COALESCE((SELECT MAX(e.week_minutes) FROM employment e
            WHERE e.account_id = a.id AND e.institution_id = $1 AND e.post = $2 AND e.from_on <= $3
            AND (e.until_on IS NULL OR e.until_on >= $3)), 0) AS bigint)
        FROM account a JOIN (SELECT r.case_manager_id AS manager, COUNT(*) AS clients FROM referral r
            WHERE r.institution_id = $1 AND r.state = 'in_service' GROUP BY r.case_manager_id) x ON x.manager = a.id
        ORDER BY x.clients DESC, a.name, a.id LIMIT $4";
    let rows: Vec<(String, i64, i64)> = app.db.all(sql, p![institution, post, today, WORKERS]).await?;
    let worker = |(name, clients, week): (String, i64, i64)| Worker {
        name,
        load: Load { clients: whole_number(clients), week_minutes: whole_number(week) },
    };
    Ok(rows.into_iter().map(worker).collect())
}

/// The caller's own clients and hours.
///
/// # Errors
/// The role serves nobody.
pub async fn own_load(app: &App, scope: &Scope) -> Result<Load> {
    scope.permit(Deed::Read, Subject::Workforce)?;
    let sql = "SELECT COUNT(*) FROM referral r WHERE r.institution_id = $1 AND r.state = 'in_service' AND r.case_manager_id = $2";
    let found: Option<(i64,)> = app.db.opt(sql, p![scope.organisation, scope.account]).await?;
    let hours = "SELECT e.week_minutes FROM employment e WHERE e.account_id = $1 AND e.institution_id = $2 AND e.post = $3
        AND e.from_on <= $4 AND (e.until_on IS NULL OR e.until_on >= $4) ORDER BY e.from_on DESC LIMIT 1";
    let post = &app.tables.workforce.staffing.case_post;
    let args = p![scope.account, scope.organisation, post, china_date(app.now())];
    let week: Option<(i64,)> = app.db.opt(hours, args).await?;
    Ok(Load {
        clients: whole_number(found.map_or(0, |(count,)| count)),
        week_minutes: whole_number(week.map_or(0, |(minutes,)| minutes)),
    })
}
