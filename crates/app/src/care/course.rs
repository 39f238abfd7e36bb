//! What goes along with somebody on the way: the services agreed in the plan in force, the last sessions, those that are planned, and how
//! often the person stayed away in a row. A few statements, however many persons they are, and without a word in the log: who hands it
//! out says so there.

use super::{many, plan::in_force, session::again::planned};
use crate::{
    App,
    db::{FromRow, Row},
    error::Result,
    id::Id,
    p,
    person::sql::{TOGETHER, keyed},
    scope::Scope,
};
use jiff::{Timestamp, ToSpan};
use rules::{
    care::{Presence, SessionState, is_stay, missed_in_a_row},
    clock::{china_date, end_of, start_of},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Sessions that were held, of each person at most.
const LAST: usize = 5;
/// Days ahead of which what is planned goes along.
const AHEAD: i32 = 7;

/// A session that somebody was at, or stayed away from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Its beginning.
    pub starts: Timestamp,
    /// Its end.
    pub ends: Timestamp,
    /// Service.
    pub service: String,
    /// Form of service.
    pub way: String,
    /// Whether the person came.
    pub presence: Presence,
}

/// A planned session that the caller may record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Identifier.
    pub id: Id,
    /// Its version: who came is recorded on top of it.
    pub version: i64,
    /// Its beginning.
    pub starts: Timestamp,
    /// Its end.
    pub ends: Timestamp,
    /// Service.
    pub service: String,
    /// Form of service.
    pub way: String,
    /// Where.
    pub place: String,
    /// How many are expected.
    pub persons: i64,
}

/// What goes along with one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Services of the plan in force.
    pub services: Vec<String>,
    /// Sessions missed in a row up to now.
    pub missed: usize,
    /// The last sessions that were held, the latest first.
    pub last: Vec<Past>,
    /// What is planned or waits for its record, the earliest first.
    pub planned: Vec<Planned>,
}

/// A place at a session, planned or held.
struct Place {
    case: Id,
    session: Id,
    state: SessionState,
    past: Past,
}

impl FromRow for Place {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (state, presence): (String, String) = (row.get(2)?, row.get(7)?);
        Ok(Place {
            case: row.get(0)?,
            session: row.get(1)?,
            state: SessionState::of_code(&state).ok_or(crate::db::Error::Column(2))?,
            past: Past {
                starts: row.get(3)?,
                ends: row.get(4)?,
                service: row.get(5)?,
                way: row.get(6)?,
                presence: Presence::of_code(&presence).ok_or(crate::db::Error::Column(7))?,
            },
        })
    }
}

/// What goes along with these cases, of which there are [`TOGETHER`] at most; the caller has them in charge.
pub(crate) async fn courses(app: &App, scope: &Scope, cases: &[Id]) -> Result<BTreeMap<Id, Course>> {
    let mut found: BTreeMap<Id, Course> = cases.iter().map(|case| (*case, Course::default())).collect();
    if cases.is_empty() {
        return Ok(found);
    }
    for (case, stored) in many::versions(app, cases).await? {
        let opened: Result<Vec<_>> = stored.into_iter().map(|stored| stored.open(app)).collect();
        let services = in_force(&opened?).map(|version| {
            version.plan.lines.iter().map(|line| line.service.clone()).collect::<BTreeSet<String>>()
        });
        if let (Some(course), Some(services)) = (found.get_mut(&case), services) {
            course.services = services.into_iter().collect();
        }
    }
    // A stay is entered on the site, by its nights.
    let places: Vec<Place> =
        places(app, cases).await?.into_iter().filter(|place| !is_stay(&place.past.way)).collect();
    let to_come = to_come(app, scope, &places).await?;
    let mut presences: BTreeMap<Id, Vec<Presence>> = BTreeMap::new();
    for place in places {
        let Some(course) = found.get_mut(&place.case) else { continue };
        if place.state == SessionState::Held {
            presences.entry(place.case).or_default().push(place.past.presence);
            if course.last.len() < LAST {
                course.last.push(place.past);
            }
        } else if let Some((version, at, persons)) = to_come.get(&place.session) {
            let Past { starts, ends, service, way, .. } = place.past;
            let (id, version, persons, place) = (place.session, *version, *persons, at.clone());
            course.planned.insert(0, Planned { id, version, starts, ends, service, way, place, persons });
        }
    }
    for (case, presences) in presences {
        if let Some(course) = found.get_mut(&case) {
            course.missed = missed_in_a_row(presences);
        }
    }
    Ok(found)
}

/// Places at sessions that may still be entered, and at those of the next days, the latest first.
async fn places(app: &App, cases: &[Id]) -> Result<Vec<Place>> {
    let today = china_date(app.now());
    let back = i32::from(app.tables.care.limits.closed_after_days);
    let (these, mut args) = keyed("a.home", "a.referral_id", 1, cases);
    let from = args.len() + 1;
    args.extend(p![start_of(today.saturating_sub(back.days())), end_of(today.saturating_add(AHEAD.days()))]);
    let sql = format!(
        "SELECT a.referral_id, a.session_id, a.state, a.starts_at, a.ends_at, a.service, a.way, a.presence FROM attendance a
         WHERE {these} AND a.starts_at >= ${from} AND a.starts_at < ${} AND a.state IN ('planned', 'held')
         ORDER BY a.starts_at DESC, a.session_id DESC",
        from + 1
    );
    Ok(app.db.all(&sql, args).await?)
}

/// Of the planned sessions among these places, those that the caller may record: version, place, persons.
async fn to_come(app: &App, scope: &Scope, places: &[Place]) -> Result<BTreeMap<Id, (i64, String, i64)>> {
    let ids: BTreeSet<Id> = places
        .iter()
        .filter(|place| place.state == SessionState::Planned)
        .map(|place| place.session)
        .collect();
    let ids: Vec<Id> = ids.into_iter().collect();
    let mut found = BTreeMap::new();
    for part in ids.chunks(TOGETHER) {
        found.extend(planned(app, scope, keyed("s.home", "s.id", 1, part)).await?);
    }
    Ok(found)
}
