//! How somebody is employed: post, contract hours, from when until when. Other hours or another post end one stretch and begin
//! the next, so that the figures of any day can be told.

use super::visible;
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx},
    entry::Reader,
    error::{Error, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::{ToSpan, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    care::Days,
    workforce::minutes_of_hours,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A stretch of employment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// The record in the talent library.
    pub talent: Id,
    /// The institution.
    pub institution: Id,
    /// Code of the post.
    pub post: String,
    /// Minutes a week by contract.
    pub week_minutes: i64,
    /// The first day.
    pub from_on: Date,
    /// The last day; nothing while it goes on.
    pub until_on: Option<Date>,
    /// The worker's own account.
    pub account: Option<Id>,
}
row!(Stretch { talent, institution, post, week_minutes, from_on, until_on, account });

impl Stretch {
    /// Its days until a day that is looked at, where it has no end.
    pub(super) fn days(&self, until: Date) -> Days {
        Days { from: self.from_on, last: self.until_on.unwrap_or(until) }
    }
}

/// A stretch as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmploymentEntry {
    /// Code of the post.
    pub post: String,
    /// Hours a week by contract.
    pub week_hours: String,
    /// The first day.
    pub from_on: String,
    /// The last day; empty while it goes on.
    pub until_on: String,
    /// Identifier of the worker's own account; empty where there is none.
    pub account: String,
}

/// Somebody's employment with the institution, the latest stretch first.
#[derive(Debug, Clone, Serialize)]
pub struct Employed {
    /// The record in the talent library.
    pub talent: Id,
    /// Name.
    pub name: String,
    /// The institution; nothing where the record names none.
    pub institution: Option<Id>,
    /// The stretches.
    pub stretches: Vec<Stretch>,
}

type Found = (Id, String, Option<Id>);

fn about(scope: &Scope, talent: Id) -> Result<Sql> {
    let select = "SELECT t.id, t.name, t.institution_id FROM talent t WHERE 1 = 1";
    Ok(visible(scope, Sql::new(select))?.push(" AND t.id = {}", p![talent]))
}

const STRETCHES: &str =
    "SELECT talent_id, institution_id, post, week_minutes, from_on, until_on, account_id FROM employment
    WHERE talent_id = $1 ORDER BY from_on DESC LIMIT 100";

/// Somebody's employment, for whoever answers for it.
///
/// # Errors
/// There is nobody of this number in the caller's scope.
pub async fn of(app: &App, scope: &Scope, talent: Id) -> Result<Employed> {
    scope.permit(Deed::Read, Subject::Workforce)?;
    let sql = about(scope, talent)?;
    let found: Option<Found> = app.db.opt(&sql.text, sql.args).await?;
    let (talent, name, institution) = found.ok_or(Error::NotFound)?;
    let stretches: Vec<Stretch> = app.db.query(own_stretches(scope, talent)).await?;
    let entry = Entry::read(Purpose::Supervision, "employment", talent);
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(Employed { talent, name, institution, stretches })
}

/// The stretches in houses that the caller answers for: what another one agreed upon with the same person is that one's.
fn own_stretches(scope: &Scope, talent: Id) -> Sql {
    let select =
        "SELECT e.talent_id, e.institution_id, e.post, e.week_minutes, e.from_on, e.until_on, e.account_id
        FROM employment e JOIN institution i ON i.id = e.institution_id WHERE e.talent_id = {}";
    let sql = Sql::new("").push(select, p![talent]);
    let sql = match scope.role {
        Role::CivilAffairsOfficer | Role::Supervisor => {
            sql.push(" AND i.county >= {} AND i.county <= {}", p![scope.area.from, scope.area.to])
        }
        Role::System => sql,
        _ => sql.push(" AND e.institution_id = {}", p![scope.organisation]),
    };
    sql.push(" ORDER BY e.from_on DESC LIMIT 100", [])
}

/// Accounts of the institution that can be a worker's own: identifier, name, role.
///
/// # Errors
/// The database is gone.
pub async fn accounts(app: &App, institution: Id) -> Result<Vec<(Id, String, String)>> {
    let sql = "SELECT id, name, role FROM account WHERE organisation_id = $1 AND ended_at IS NULL
        AND role IN ('case_manager', 'assessor', 'institution_manager') ORDER BY name, id LIMIT 500";
    Ok(app.db.all(sql, p![institution]).await?)
}

/// Enters a stretch. One of the same house that begins on the same day is replaced, which is how a mistake is mended; one that goes
/// on ends on the day before.
///
/// # Errors
/// Not in scope; fields are wrong; it begins before the latest stretch, or the latest one ends later.
pub async fn employ(app: &App, scope: &Scope, talent: Id, entry: &EmploymentEntry) -> Result<()> {
    scope.permit(Deed::Change, Subject::Workforce)?;
    atomic!(app.db, tx => {
        let sql = about(scope, talent)?;
        let found: Option<Found> = tx.opt(&sql.text, sql.args).await?;
        let (talent, _, institution) = found.ok_or(Error::NotFound)?;
        let institution = institution.ok_or_else(|| Error::invalid("institution", "required"))?;
        let written = read(app, tx, (talent, institution), entry).await?;
        if let Some(latest) = tx.opt::<Stretch>(STRETCHES, p![talent]).await? {
            follows(tx, &latest, &written).await?;
        }
        let id = talent.beside(app.now());
        let sql = "INSERT INTO employment (id, talent_id, institution_id, post, week_minutes, from_on, until_on, account_id,
            recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let args = p![
            id, talent, institution, written.post.clone(), written.week_minutes, written.from_on, written.until_on,
            written.account, scope.account, app.now()
        ];
        tx.run(sql, args).await?;
        let detail = json!({ "post": written.post, "from": written.from_on.to_string() });
        let note = Entry { action: "change", detail, ..Entry::read(Purpose::Supervision, "employment", talent) };
        audit::record_in(tx, scope, note, app.now());
        Ok(())
    })
}

/// Makes room for a stretch behind the latest one.
async fn follows(tx: &mut Tx, latest: &Stretch, written: &Stretch) -> Result<()> {
    // What another house entered is not replaced.
    if latest.from_on == written.from_on && latest.institution == written.institution {
        let sql = "DELETE FROM employment WHERE talent_id = $1 AND from_on = $2";
        tx.run(sql, p![latest.talent, latest.from_on]).await?;
        return Ok(());
    }
    let overlaps = latest.until_on.is_some_and(|until| until >= written.from_on);
    if written.from_on <= latest.from_on || overlaps {
        let mut problem = crate::error::Problem::new("from_on", "employment_overlap");
        problem.values.push(latest.until_on.unwrap_or(latest.from_on).to_string());
        return Err(Error::Invalid(vec![problem]));
    }
    if latest.until_on.is_none() {
        let sql = "UPDATE employment SET until_on = $1 WHERE talent_id = $2 AND from_on = $3";
        let last = written.from_on.saturating_sub(1.day());
        tx.run(sql, p![last, latest.talent, latest.from_on]).await?;
    }
    Ok(())
}

async fn read(
    app: &App,
    tx: &mut Tx,
    (talent, institution): (Id, Id),
    entry: &EmploymentEntry,
) -> Result<Stretch> {
    let table = &app.tables.workforce;
    let mut reader = Reader::new(&app.divisions, true);
    let post = reader.choice("post", &entry.post, |code| table.post(code).map(|post| post.code.clone()));
    let (least, most) = (table.employment.least_week_minutes, table.employment.most_week_minutes);
    let week = minutes_of_hours(&entry.week_hours).filter(|minutes| (least..=most).contains(minutes));
    if entry.week_hours.trim().is_empty() {
        reader.wanted("week_hours", false);
    } else if week.is_none() {
        reader.wrong("week_hours", "number_range", format!("{}–{}", least / 60, most / 60));
    }
    let from_on = reader.day("from_on", &entry.from_on);
    reader.wanted("from_on", !entry.from_on.trim().is_empty());
    let until_on = reader.day("until_on", &entry.until_on);
    if let (Some(from), Some(until)) = (from_on, until_on)
        && until < from
    {
        reader.wrong("until_on", "employment_end", "");
    }
    let account = match entry.account.trim() {
        "" => None,
        text => {
            let found = own_account(tx, (talent, institution), text.parse().ok()).await?;
            if let Err(code) = found {
                reader.wrong("account", code, "");
            }
            found.ok()
        }
    };
    let stretch = match (post, week, from_on) {
        (Some(post), Some(week), Some(from_on)) => Some(Stretch {
            talent,
            institution,
            post,
            week_minutes: i64::from(week),
            from_on,
            until_on,
            account,
        }),
        _ => None,
    };
    reader.finish(stretch)?.ok_or_else(|| Error::invalid("from_on", "required"))
}

/// The account, where it is one of the house and nobody else's.
async fn own_account(
    tx: &mut Tx,
    (talent, institution): (Id, Id),
    account: Option<Id>,
) -> Result<std::result::Result<Id, &'static str>> {
    let Some(account) = account else { return Ok(Err("unknown_choice")) };
    let sql = "SELECT id FROM account WHERE id = $1 AND organisation_id = $2 AND ended_at IS NULL";
    if tx.opt::<(Id,)>(sql, p![account, institution]).await?.is_none() {
        return Ok(Err("unknown_choice"));
    }
    let sql = "SELECT talent_id FROM employment WHERE account_id = $1 AND talent_id <> $2 LIMIT 1";
    let taken = tx.opt::<(Id,)>(sql, p![account, talent]).await?.is_some();
    Ok(if taken { Err("account_taken") } else { Ok(account) })
}
