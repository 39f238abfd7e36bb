//! Which devices there are, and taking one out of use.

use super::record;
use crate::{
    App,
    account::admin,
    db::Tx,
    error::{Error, Result},
    id::Id,
    p, row,
    scope::{Area, Scope},
};
use jiff::Timestamp;
use rules::account::{Deed, Subject};
use serde_json::json;

/// Devices shown at most; revoked ones are among them.
const MOST: i64 = 100;

/// A device as its holder and those who keep accounts see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Identifier.
    pub id: Id,
    /// What its holder calls it.
    pub name: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last in contact.
    pub seen_at: Timestamp,
    /// When it last got a caseload.
    pub handed_at: Option<Timestamp>,
    /// Of how many persons.
    pub handed_rows: i64,
    /// Visits that waited there at the last contact.
    pub waiting: i64,
    /// By how many seconds its clock was ahead at the last contact.
    pub clock_seconds: i64,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When a revoked device told that it holds nothing any more.
    pub wiped_at: Option<Timestamp>,
}
row!(Device {
    id,
    name,
    created_at,
    seen_at,
    handed_at,
    handed_rows,
    waiting,
    clock_seconds,
    revoked_at,
    wiped_at
});

const COLUMNS: &str =
    "id, name, created_at, seen_at, handed_at, handed_rows, waiting, clock_seconds, revoked_at, wiped_at";

async fn list(app: &App, account: Id) -> Result<Vec<Device>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM device WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"
    );
    Ok(app.db.all(&sql, p![account, MOST]).await?)
}

/// The caller's own devices, the latest first.
///
/// # Errors
/// The database is gone.
pub async fn own(app: &App, scope: &Scope) -> Result<Vec<Device>> {
    list(app, scope.account).await
}

/// The devices of an account of staff, for those who keep accounts: of a lost phone they see when it was last there, how many
/// persons it held and whether something waited to be sent.
///
/// # Errors
/// The caller keeps no accounts; there is none such in its area.
pub async fn of_account(app: &App, scope: &Scope, account: Id) -> Result<Vec<Device>> {
    admin::of_area(app, scope, Deed::Read, account).await?;
    list(app, account).await
}

/// Takes one of the own devices out of use. From now on it gets neither key nor caseload, and deletes what it holds at its next
/// contact, also what was not sent. A second time changes nothing.
///
/// # Errors
/// The account has no such device.
pub async fn revoke(app: &App, scope: &Scope, device: Id) -> Result<()> {
    scope.permit(Deed::Change, Subject::Session)?;
    revoke_once(app, scope, (scope.account, device)).await
}

/// The same for a device of an account of staff, by those who keep accounts; returns the account.
///
/// # Errors
/// The caller keeps no accounts; there is no such device of an account in its area.
pub async fn revoke_of(app: &App, scope: &Scope, device: Id) -> Result<Id> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    let Area { from, to } = scope.area;
    // One statement, so that a device of another area costs as much as none.
    let sql = "SELECT d.account_id FROM device d JOIN account a ON a.id = d.account_id
        WHERE d.id = $1 AND a.division >= $2 AND a.division <= $3 AND a.role <> 'client'";
    let found: Option<(Id,)> = app.db.opt(sql, p![device, from, to]).await?;
    let (account,) = found.ok_or(Error::NotFound)?;
    revoke_once(app, scope, (account, device)).await?;
    Ok(account)
}

async fn revoke_once(app: &App, scope: &Scope, (account, device): (Id, Id)) -> Result<()> {
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE device SET revoked_at = $1, revoked_by = $2 WHERE id = $3 AND account_id = $4 AND revoked_at IS NULL";
        if tx.run(sql, p![app.now(), scope.account, device, account]).await? == 1 {
            record(app, tx, scope, ("revoke_device", account, json!({ "device": device })));
            return Ok(());
        }
        let sql = "SELECT id FROM device WHERE id = $1 AND account_id = $2";
        tx.opt::<(Id,)>(sql, p![device, account]).await?.map(|_| ()).ok_or(Error::NotFound)
    })
}

/// Takes all devices of an account out of use, as when it ends.
///
/// # Errors
/// The database is gone.
pub async fn revoke_all(app: &App, tx: &mut Tx, account: Id) -> Result<()> {
    let sql = "UPDATE device SET revoked_at = $1 WHERE account_id = $2 AND revoked_at IS NULL";
    tx.run(sql, p![app.now(), account]).await?;
    Ok(())
}
