//! The sessions of a case with what is written of them: a part of the whole file of the case. What is written stands beside a session that
//! the reader may open; of all others the line alone, as in the list of the case.

use super::{
    Of, SessionContent, SessionRow,
    list::{Place, places_of},
    log_read,
    session::concerned,
};
use crate::{
    App,
    db::{Sql, Value},
    error::Result,
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    account::{Deed, Subject},
    referral::disclosure::Extent,
};
use std::collections::BTreeMap;

/// Sessions of one file at most, the latest of them: ten years of four a week.
const MOST: usize = 2_000;
/// Sessions that are read at a time.
const READ: i64 = 200;

/// What is written of a session.
#[derive(Debug, Clone)]
pub struct Written {
    /// Where.
    pub place: String,
    /// Name of who leads it.
    pub leader: String,
    /// Persons expected or entered.
    pub persons: i64,
    /// Persons who came.
    pub came: i64,
    /// Who recorded it, and when.
    pub recorded: Option<(String, Timestamp)>,
    /// Why it was cancelled or is void.
    pub reason: Option<String>,
    /// What was done.
    pub content: SessionContent,
    /// How it went for the person of the case.
    pub note: String,
}

/// A session in the file of a case.
#[derive(Debug, Clone)]
pub struct Filed {
    /// The session, with whether the person came.
    pub session: SessionRow,
    /// What is written of it; nothing where the reader may not open it.
    pub written: Option<Written>,
}

/// The sessions of a case.
#[derive(Debug, Clone)]
pub struct OnFile {
    /// The sessions, the latest first.
    pub sessions: Vec<Filed>,
    /// There are earlier ones.
    pub cut: bool,
}

/// A session as it is stored.
struct Stored {
    id: Id,
    place: String,
    leader: String,
    persons: i64,
    came: i64,
    recorded_by: Option<String>,
    recorded_at: Option<Timestamp>,
    reason: Option<String>,
    content: Vec<u8>,
}
row!(Stored { id, place, leader, persons, came, recorded_by, recorded_at, reason, content });

/// The sessions of a case in scope with what is written of them, the latest first; the read is in the log before they are shown.
///
/// # Errors
/// There is no such case in scope; the reader has no part in care.
pub async fn on_file(app: &App, scope: &Scope, case: Id) -> Result<OnFile> {
    scope.permit(Deed::Read, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    let (mut sessions, mut before) = (Vec::new(), None);
    while sessions.len() <= MOST {
        let places = places_of(app, scope, &of, before, READ).await?;
        let Some(last) = places.last() else { break };
        before = Some((last.session.starts, last.session.id));
        sessions.extend(opened(app, scope, &of, places).await?);
    }
    log_read(app, scope, case, &["session"]).await?;
    let cut = sessions.len() > MOST;
    sessions.truncate(MOST);
    Ok(OnFile { sessions, cut })
}

async fn opened(app: &App, scope: &Scope, of: &Of, places: Vec<Place>) -> Result<Vec<Filed>> {
    let mut stored = stored(app, scope, &places).await?;
    // Once the case is over a house keeps its own records, and none of how somebody did.
    let knows = of.extent(scope) == Extent::All;
    let filed = places.into_iter().map(|place| {
        let (session, note) = place.opened(app, knows)?;
        let Some(stored) = stored.remove(&session.id) else { return Ok(Filed { session, written: None }) };
        let written = Written {
            place: stored.place,
            leader: stored.leader,
            persons: stored.persons,
            came: stored.came,
            recorded: stored.recorded_by.zip(stored.recorded_at),
            reason: stored.reason,
            content: serde_json::from_str(&app.keys.unseal(&stored.content)?)?,
            note,
        };
        Ok(Filed { session, written: Some(written) })
    });
    filed.collect()
}

/// The sessions that the reader may open, by identifier. Sessions lie at the home of their house.
async fn stored(app: &App, scope: &Scope, places: &[Place]) -> Result<BTreeMap<Id, Stored>> {
    let mut homes: BTreeMap<i64, Vec<Id>> = BTreeMap::new();
    for place in places {
        homes.entry(place.session.id.home_number()).or_default().push(place.session.id);
    }
    let mut found = BTreeMap::new();
    for (home, ids) in homes {
        let marks = vec!["{}"; ids.len()].join(", ");
        let sql = Sql::new(
            "SELECT s.id, s.place, s.leader_name, s.persons, s.came, s.recorded_by_name, s.recorded_at, s.reason, s.content
            FROM care_session s WHERE",
        );
        let sql = sql
            .push(" s.home = {}", p![home])
            .push(&format!(" AND s.id IN ({marks})"), ids.into_iter().map(Value::from));
        let rows: Vec<Stored> = app.db.query(concerned(scope, sql).push(" LIMIT {}", p![READ])).await?;
        found.extend(rows.into_iter().map(|stored| (stored.id, stored)));
    }
    Ok(found)
}
