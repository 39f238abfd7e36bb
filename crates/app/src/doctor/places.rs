//! Places that institutions count, against the cases that hold them.

use crate::{
    App,
    db::{Parsed, Snapshot, Sql},
    error::Result,
    id::Id,
    p,
};
use rules::referral::{Case, Hold};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An institution whose count of places is not what its cases hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PlaceDrift {
    /// The institution.
    pub institution: Id,
    /// Places in service and reserved as stored.
    pub stored: (i64, i64),
    /// The same, counted from the cases.
    pub counted: (i64, i64),
}

/// Counts the places that cases hold, and compares, at one instant: whoever takes a place meanwhile is no difference.
///
/// # Errors
/// The database is gone, or a case cannot be read.
pub async fn places(app: &App) -> Result<Vec<PlaceDrift>> {
    let mut snapshot = app.db.snapshot().await?;
    let mut counted: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = page(&mut snapshot, after).await?;
        let Some((home, id, _)) = page.last() else { break };
        after = Some((*home, *id));
        for (_, _, Parsed(case)) in page {
            let Some(place) = case.place else { continue };
            let count = counted.entry(place.institution).or_default();
            match place.hold {
                Hold::Occupied => count.0 += 1,
                Hold::Reserved { .. } => count.1 += 1,
            }
        }
    }
    let sql = "SELECT id, in_service, reserved FROM institution ORDER BY id";
    let stored = snapshot.all::<(Id, i64, i64)>(sql, p![]).await?;
    let drift = stored.into_iter().map(|(institution, in_service, reserved)| PlaceDrift {
        institution,
        stored: (in_service, reserved),
        counted: counted.get(&institution.0).copied().unwrap_or_default(),
    });
    Ok(drift.filter(|d| d.stored != d.counted).collect())
}

/// Cases read at once.
const PAGE: i64 = 200;

type StoredCase = (i64, Id, Parsed<Case>);

async fn page(snapshot: &mut Snapshot, after: Option<(i64, Id)>) -> Result<Vec<StoredCase>> {
    let sql =
        Sql::new("SELECT home, id, body FROM referral /* whole: every case is looked at */ WHERE 1 = 1");
    let sql = match after {
        Some((home, id)) => sql.push(" AND (home, id) > ({}, {})", p![home, id]),
        None => sql,
    };
    let sql = sql.push(" ORDER BY home, id LIMIT {}", p![PAGE]);
    Ok(snapshot.all(&sql.text, sql.args).await?)
}
