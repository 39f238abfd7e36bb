//! Names and choices for the pages of a referral: organisations, accounts, institutions with their places.
//! Nothing here tells of a client.

use crate::{
    App,
    db::Sql,
    error::Result,
    id::Id,
    p, row,
    scope::{Area, Scope},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Choices of a list at most.
const MOST: i64 = 200;

/// Adds "(…, …)" with one placeholder for each identifier.
fn among(sql: Sql, ids: &[Uuid]) -> Sql {
    let places = vec!["{}"; ids.len()].join(", ");
    sql.push(&format!("({places})"), ids.iter().map(|id| Id(*id).into()))
}

/// The names of organisations, institutions included.
///
/// # Errors
/// The database is gone.
pub async fn organisation_names(app: &App, ids: &[Uuid]) -> Result<BTreeMap<Uuid, String>> {
    names(app, "organisation", ids).await
}

/// The names of accounts of staff.
///
/// # Errors
/// The database is gone.
pub async fn account_names(app: &App, ids: &[Uuid]) -> Result<BTreeMap<Uuid, String>> {
    names(app, "account", ids).await
}

async fn names(app: &App, table: &str, ids: &[Uuid]) -> Result<BTreeMap<Uuid, String>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = among(Sql::new(&format!("SELECT id, name FROM {table} WHERE id IN ")), ids);
    let found: Vec<(Uuid, String)> = app.db.query(sql).await?;
    Ok(found.into_iter().collect())
}

/// The case managers of the caller's own institution, by name.
///
/// # Errors
/// The database is gone.
pub async fn case_managers(app: &App, scope: &Scope) -> Result<Vec<(Id, String)>> {
    let sql = "SELECT id, name FROM account WHERE organisation_id = $1 AND role = 'case_manager'
        AND ended_at IS NULL ORDER BY name LIMIT $2";
    Ok(app.db.all(sql, p![scope.organisation, MOST]).await?)
}

/// The hospitals of the prefecture around a county, by name.
///
/// # Errors
/// The database is gone.
pub async fn hospitals(app: &App, county: i64) -> Result<Vec<(Id, String)>> {
    let Area { from, to } = Area::of(county / 100_000_000 * 100_000_000);
    let sql =
        "SELECT id, name FROM organisation WHERE kind = 'hospital' AND division >= $1 AND division <= $2
        AND ended_at IS NULL ORDER BY name LIMIT $3";
    Ok(app.db.all(sql, p![from, to, MOST]).await?)
}

/// The referral office of a county: its civil-affairs bureau.
///
/// # Errors
/// The database is gone.
pub async fn office_of(app: &App, county: i64) -> Result<Option<Id>> {
    let Area { from, to } = Area::of(county);
    let sql = "SELECT id FROM organisation WHERE kind = 'civil_affairs' AND division >= $1 AND division <= $2
        AND ended_at IS NULL ORDER BY CASE WHEN EXISTS (SELECT 1 FROM account a WHERE a.organisation_id = organisation.id
            AND a.role = 'referral_worker' AND a.ended_at IS NULL) THEN 0 ELSE 1 END, division, id LIMIT 1";
    Ok(app.db.opt::<(Id,)>(sql, p![from, to]).await?.map(|(id,)| id))
}

/// An institution as the choice shows it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Place {
    /// Identifier.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Where it stands (12 digits).
    pub division: i64,
    /// Places by contract.
    pub contracted: i64,
    /// Free places.
    pub free: i64,
    /// Service codes, a list.
    pub services: serde_json::Value,
}
row!(Place { id, name, division, contracted, free, services });

/// Institutions with their free places.
///
/// # Errors
/// The database is gone.
pub async fn places(app: &App, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Place>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT id, name, division, contracted, contracted - in_service - reserved - blocked, services
        FROM institution WHERE id IN ";
    let found: Vec<Place> = app.db.query(among(Sql::new(sql), ids)).await?;
    Ok(found.into_iter().map(|place| (place.id.0, place)).collect())
}

/// The listed institutions registered in a county by name, for the wishes of an applicant.
///
/// # Errors
/// The database is gone.
pub async fn listed(app: &App, county: i64) -> Result<Vec<(Id, String)>> {
    let Area { from, to } = Area::of(county);
    let sql = "SELECT id, name FROM institution WHERE county >= $1 AND county <= $2 AND state = 'listed'
        ORDER BY name LIMIT $3";
    Ok(app.db.all(sql, p![from, to, MOST]).await?)
}

/// Institutions of the caller's area by name, for filters.
///
/// # Errors
/// The database is gone.
pub async fn institutions(app: &App, scope: &Scope) -> Result<Vec<(Id, String)>> {
    let sql = "SELECT id, name FROM institution WHERE county >= $1 AND county <= $2 ORDER BY name LIMIT $3";
    Ok(app.db.all(sql, p![scope.area.from, scope.area.to, MOST]).await?)
}
