//! Booking: whom, with whom, when.

use super::{Content, KIND, books};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    catalogue,
    db::{Tx, Value},
    division::{county_of, prefecture_of},
    entry::Reader,
    error::{Error, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, civil::Time};
use rules::{
    Refusal,
    account::{Deed, Role, Subject},
    clock::{china_date, start_of},
    division::Level,
    workforce::{SupervisionState, SupervisionWay},
};
use serde::{Deserialize, Serialize};

/// Persons to choose from at most.
const MOST: i64 = 500;

/// A session to be booked, or one that was held and is entered afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BookingEntry {
    /// Account of the case worker; empty for the caller.
    pub worker: String,
    /// Account of who supervises.
    pub supervisor: String,
    /// The day.
    pub on: String,
    /// The hour, such as `14:30`.
    pub start: String,
    /// How long.
    pub minutes: String,
    /// A code of the way.
    pub way: String,
    /// What it is to be about.
    pub topic: String,
}

/// Somebody with an account.
#[derive(Debug, Clone, Serialize)]
pub struct Colleague {
    /// The account.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Role.
    pub role: String,
    /// Organisation.
    pub organisation: String,
}
row!(Colleague { id, name, role, organisation });

/// Who can supervise for a house: its manager and assessors, and doctors of the hospitals of its county and prefecture.
const SUPERVISORS: &str =
    "SELECT a.id, a.name, a.role, o.name FROM account a JOIN organisation o ON o.id = a.organisation_id
    WHERE a.ended_at IS NULL AND ((a.organisation_id = $1 AND a.role IN ('institution_manager', 'assessor'))
    OR (a.role = 'doctor' AND o.kind = 'hospital' AND o.ended_at IS NULL
        AND (o.division = $2 OR (o.division >= $3 AND o.division <= $4))))";

fn args(scope: &Scope) -> Vec<Value> {
    let county = county_of(scope.division);
    let prefecture = prefecture_of(county);
    p![scope.organisation, prefecture, county, county + Level::County.width() - 1]
}

/// Who can supervise the caller's house, by organisation and name.
///
/// # Errors
/// The role books nothing.
pub async fn supervisors(app: &App, scope: &Scope) -> Result<Vec<Colleague>> {
    scope.permit(Deed::Change, Subject::Supervision)?;
    let mut args = args(scope);
    args.extend(p![MOST]);
    let sql = format!("{SUPERVISORS} ORDER BY o.name, a.name, a.id LIMIT $5");
    Ok(app.db.all(&sql, args).await?)
}

/// Whom the caller can book for: a manager the case managers of the house, anybody else only the own account.
///
/// # Errors
/// The database is gone.
pub async fn workers(app: &App, scope: &Scope) -> Result<Vec<(Id, String)>> {
    if scope.role != Role::InstitutionManager {
        return Ok(vec![(scope.account, scope.name.clone())]);
    }
    let sql = "SELECT id, name FROM account WHERE organisation_id = $1 AND role = 'case_manager' AND ended_at IS NULL
        ORDER BY name, id LIMIT $2";
    Ok(app.db.all(sql, p![scope.organisation, MOST]).await?)
}

struct Written {
    on: Date,
    starts: Timestamp,
    ends: Timestamp,
    way: SupervisionWay,
    topic: String,
    worker: (Id, String),
    supervisor: Colleague,
}

/// Books a session; one of a past day is entered afterwards, to be told that it was held.
///
/// # Errors
/// The role books nothing; fields are wrong; one of the two has another session at this time.
pub async fn book(app: &App, scope: &Scope, entry: &BookingEntry) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Supervision)?;
    if !books(scope) {
        return Err(Error::Forbidden);
    }
    let (now, id) = (app.now(), scope.organisation.beside(app.now()));
    atomic!(app.db, tx => {
        let written = read(app, tx, scope, entry).await?;
        free(tx, &written).await?;
        let content = Content { topic: written.topic.clone(), ..Content::default() };
        let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
        let sql = "INSERT INTO supervision (home, id, organisation_id, worker_id, worker_name, supervisor_id, supervisor_name,
            supervisor_organisation, on_day, starts_at, ends_at, way, state, content, made_by, made_at, changed_at, version)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, 1)";
        let (worker, supervisor) = (&written.worker, &written.supervisor);
        let args = p![
            id.home_number(), id, scope.organisation, worker.0, &worker.1, supervisor.id, &supervisor.name,
            &supervisor.organisation, written.on, written.starts, written.ends, written.way.code(),
            SupervisionState::Booked.code(), sealed, scope.account, now
        ];
        tx.run(sql, args).await?;
        let note = Entry { action: "add", ..Entry::read(Purpose::Supervision, KIND, id) };
        audit::record_in(tx, scope, note, now);
        Ok(id)
    })
}

async fn read(app: &App, tx: &mut Tx, scope: &Scope, entry: &BookingEntry) -> Result<Written> {
    let (terms, today) = (&app.tables.workforce.supervision, china_date(app.now()));
    let mut reader = Reader::new(&app.divisions, true);
    let typed = reader.day("on", &entry.on);
    reader.wanted("on", !entry.on.trim().is_empty());
    let earliest = today.saturating_sub(i32::from(terms.back_days).days());
    let latest = today.saturating_add(i32::from(terms.ahead_days).days());
    // A day outside of them goes no further: an hour of the last day there is cannot be told as an instant.
    let on = typed.filter(|day| (earliest..=latest).contains(day));
    if on != typed {
        reader.wrong("on", "supervision_day", format!("{earliest} – {latest}"));
    }
    let start = entry.start.trim().parse::<Time>().ok();
    if entry.start.trim().is_empty() {
        reader.wanted("start", false);
    } else if start.is_none() {
        reader.wrong("start", "time", "");
    }
    let minutes = reader.number("minutes", &entry.minutes, terms.shortest_minutes, terms.longest_minutes);
    reader.wanted("minutes", !entry.minutes.trim().is_empty());
    let way = reader.choice("way", &entry.way, SupervisionWay::of_code);
    let topic = reader.line("topic", &entry.topic, catalogue::bounds()?.longest_line);
    let worker = worker(tx, scope, &entry.worker).await?;
    if worker.is_none() {
        reader.wrong("worker", "unknown_choice", "");
    }
    let supervisor = supervisor(tx, scope, &entry.supervisor).await?;
    match (&supervisor, &worker) {
        (None, _) if entry.supervisor.trim().is_empty() => reader.wanted("supervisor", false),
        (None, _) => reader.wrong("supervisor", "unknown_choice", ""),
        (Some(other), Some((id, _))) if other.id == *id => reader.wrong("supervisor", "supervision_self", ""),
        _ => {}
    }
    let written = match (on, start, minutes, way, worker, supervisor) {
        (Some(on), Some(start), Some(minutes), Some(way), Some(worker), Some(supervisor)) => {
            let since =
                SignedDuration::from_secs(i64::from(start.hour()) * 3600 + i64::from(start.minute()) * 60);
            let starts = start_of(on) + since;
            let ends = starts + SignedDuration::from_secs(i64::from(minutes) * 60);
            Some(Written { on, starts, ends, way, topic, worker, supervisor })
        }
        _ => None,
    };
    reader.finish(written)?.ok_or_else(|| Error::invalid("on", "required"))
}

async fn worker(tx: &mut Tx, scope: &Scope, typed: &str) -> Result<Option<(Id, String)>> {
    if scope.role != Role::InstitutionManager {
        return Ok(Some((scope.account, scope.name.clone())));
    }
    let Ok(id) = typed.trim().parse::<Id>() else { return Ok(None) };
    let sql = "SELECT id, name FROM account WHERE id = $1 AND organisation_id = $2 AND role = 'case_manager'
        AND ended_at IS NULL";
    Ok(tx.opt(sql, p![id, scope.organisation]).await?)
}

async fn supervisor(tx: &mut Tx, scope: &Scope, typed: &str) -> Result<Option<Colleague>> {
    let Ok(id) = typed.trim().parse::<Id>() else { return Ok(None) };
    let mut args = args(scope);
    args.extend(p![id]);
    Ok(tx.opt(&format!("{SUPERVISORS} AND a.id = $5"), args).await?)
}

/// Neither of the two has another session at this time; the same booking sent twice is refused by it, too.
async fn free(tx: &mut Tx, written: &Written) -> Result<()> {
    let sql = "SELECT s.starts_at FROM supervision s WHERE (s.worker_id = $1 OR s.supervisor_id = $2)
        AND s.state IN ('booked', 'held') AND s.starts_at < $3 AND s.ends_at > $4 LIMIT 1";
    let args = p![written.worker.0, written.supervisor.id, written.ends, written.starts];
    match tx.opt::<(Timestamp,)>(sql, args).await? {
        Some(_) => Err(Refusal::new(KIND, "supervision_overlap").into()),
        None => Ok(()),
    }
}
