//! How things stand with many cases at once, for the board: three statements, however many they are. What was measured of goals is left
//! out, since nothing on the board asks for it; everything else is counted as for one case.

use super::{
    Figures, Of,
    figures::{self, Past},
    parts,
    plan::{PlanVersion, Stored},
    sees,
};
use crate::{
    App,
    db::{FromRow, Row},
    error::Result,
    id::Id,
    person::sql::keyed,
    scope::Scope,
};
use jiff::Timestamp;
use rules::care::SessionState;
use std::collections::BTreeMap;

/// A row with the case that it belongs to, which stands behind its other columns.
struct OfCase<T, const AT: usize> {
    row: T,
    case: Id,
}

impl<T: FromRow, const AT: usize> FromRow for OfCase<T, AT> {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        Ok(OfCase { row: T::from_row(row)?, case: row.get(AT)? })
    }
}

/// The rows of each case, in the order in which they were read.
fn by_case<T, const AT: usize>(rows: Vec<OfCase<T, AT>>) -> BTreeMap<Id, Vec<T>> {
    let mut found: BTreeMap<Id, Vec<T>> = BTreeMap::new();
    for OfCase { row, case } in rows {
        found.entry(case).or_default().push(row);
    }
    found
}

/// A place at a session with the house that held it.
struct Place {
    past: Past,
    house: Id,
}

impl FromRow for Place {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        Ok(Place { past: Past::from_row(row)?, house: row.get(6)? })
    }
}

/// The figures of these cases, in their order, without a word in the log; the caller has them in scope.
pub(super) async fn many(app: &App, scope: &Scope, cases: &[&Of]) -> Result<Vec<Figures>> {
    let ids: Vec<Id> = cases.iter().map(|of| of.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut versions = versions(app, &ids).await?;
    let mut past = past(app, &ids).await?;
    let mut moved = moved(app, &ids).await?;
    let mut found = Vec::new();
    for of in cases {
        let extent = of.extent(scope);
        let sees = |house: Id| sees(extent, scope, house);
        let own = versions.remove(&of.id).unwrap_or_default().into_iter();
        let opened: Result<Vec<PlanVersion>> =
            own.filter(|stored| sees(stored.organisation)).map(|stored| stored.open(app)).collect();
        let places = past.remove(&of.id).unwrap_or_default().into_iter();
        let places: Vec<Past> = places.filter(|place| sees(place.house)).map(|place| place.past).collect();
        let served = parts(&of.case, moved.remove(&of.id).unwrap_or_default());
        found.push(figures::weigh(app, of, (&opened?, &[]), (&places, &[]), &served));
    }
    Ok(found)
}

/// Versions of the plans of these cases, the latest of each first.
pub(super) async fn versions(app: &App, ids: &[Id]) -> Result<BTreeMap<Id, Vec<Stored>>> {
    let (these, args) = keyed("home", "referral_id", 1, ids);
    let sql = format!(
        "SELECT id, number, written_by_name, at, organisation_id, content, signature, referral_id FROM plan
         WHERE {these} ORDER BY number DESC"
    );
    Ok(by_case::<_, 7>(app.db.all(&sql, args).await?))
}

async fn past(app: &App, ids: &[Id]) -> Result<BTreeMap<Id, Vec<Place>>> {
    let (these, args) = keyed("a.home", "a.referral_id", 1, ids);
    let held = SessionState::Held.code();
    let sql = format!(
        "SELECT a.on_day, a.starts_at, a.ends_at, a.service, a.way, a.presence, a.organisation_id, a.referral_id FROM attendance a
         WHERE {these} AND a.state = '{held}' ORDER BY a.starts_at DESC, a.session_id DESC LIMIT {}",
        figures::MOST * 60
    );
    Ok(by_case::<_, 7>(app.db.all(&sql, args).await?))
}

async fn moved(app: &App, ids: &[Id]) -> Result<BTreeMap<Id, Vec<(String, Timestamp)>>> {
    let (these, args) = keyed("home", "referral_id", 1, ids);
    let sql = format!("SELECT to_state, at, referral_id FROM referral_event WHERE {these} ORDER BY sequence");
    Ok(by_case::<_, 2>(app.db.all(&sql, args).await?))
}
