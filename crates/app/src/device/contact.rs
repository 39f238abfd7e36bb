//! A device that gets in touch: whether it may go on, what opens its store, how its clock stands.

use crate::{
    App,
    audit::{self, Entry},
    error::{Error, Result},
    hex,
    id::Id,
    p,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    Refusal,
    account::{Deed, Role, Subject},
    care::{Field, Limits},
    offline::{Difference, OfflineRules, difference},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a device tells with each contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// What its clock shows.
    pub now: Timestamp,
    /// Records that wait to be sent.
    pub waiting: u32,
}

/// What the holder of a device records with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Visits of the follow-up.
    Visits,
    /// Sessions of care.
    Sessions,
}

impl Work {
    /// What a role records without a network.
    #[must_use]
    pub fn of(role: Role) -> Work {
        if role == Role::CaseManager { Work::Sessions } else { Work::Visits }
    }
}

/// The rules of sessions that a phone goes by, of the catalogue in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CareRules {
    /// Bounds.
    pub limits: Limits,
    /// What is recorded of services and forms of service.
    pub fields: Vec<Field>,
}

/// What a device is given for as long as its holder is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opened {
    /// The device.
    pub id: Id,
    /// The account that it belongs to.
    pub account: Id,
    /// The holder's name, which stands in what is recorded.
    pub holder: String,
    /// The key of its store, 32 bytes in hexadecimal digits.
    pub key: String,
    /// What the server's clock shows.
    pub now: Timestamp,
    /// How the device's clock stands.
    pub clock: Difference,
    /// The limits in force.
    pub limits: OfflineRules,
    /// What is recorded with it.
    pub work: Work,
    /// The bounds of sessions, where sessions are recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub care: Option<CareRules>,
}

/// Whether a device may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It may.
    InUse,
    /// It was revoked: what it holds is to be deleted.
    Revoked,
}

/// A device in use of the caller, for an action that only such a device may ask for. One that was revoked is refused with the
/// code by which it deletes what it holds.
pub(super) async fn in_use(app: &App, scope: &Scope, device: Id) -> Result<Vec<u8>> {
    scope.permit(Deed::Read, Subject::Device)?;
    let sql = "SELECT content_key, revoked_at FROM device WHERE id = $1 AND account_id = $2";
    let found: Option<(Vec<u8>, Option<Timestamp>)> = app.db.opt(sql, p![device, scope.account]).await?;
    match found.ok_or(Error::NotFound)? {
        (key, None) => Ok(key),
        (_, Some(_)) => Err(Error::Refused(Refusal::new("device", "device_revoked"))),
    }
}

/// Keeps when a device was in contact, how many visits wait there, and how its clock stands.
pub(super) async fn seen(
    app: &App,
    scope: &Scope,
    device: Id,
    (now, waiting, clock): (Timestamp, i64, Difference),
) -> Result<()> {
    let sql =
        "UPDATE device SET seen_at = $1, waiting = $2, clock_seconds = $3 WHERE id = $4 AND account_id = $5";
    app.db.run(sql, p![now, waiting, clock.seconds, device, scope.account]).await?;
    Ok(())
}

/// Opens a device of the caller: the key of its store, the time and the limits. Each opening is in the log.
///
/// # Errors
/// The account has no such device; it was revoked; the role has nothing to do without a network.
pub async fn open(app: &App, scope: &Scope, device: Id, contact: Contact) -> Result<Opened> {
    let key = in_use(app, scope, device).await?;
    let (now, limits) = (app.now(), app.tables.offline);
    let clock = difference(contact.now, now, &limits);
    seen(app, scope, device, (now, i64::from(contact.waiting), clock)).await?;
    let detail = json!({ "device": device, "waiting": contact.waiting });
    let entry = Entry::of_account("open_device", scope.account, detail);
    audit::record(&app.db, scope, entry, now).await?;
    let key = app.keys.unseal(&key)?;
    // A key that another program sealed badly would lock the device's store for ever; it is looked at here.
    if hex::read(&key).is_none_or(|bytes| bytes.len() != super::KEY_BYTES) {
        return Err(Error::broken("the key of a device is no key"));
    }
    let work = Work::of(scope.role);
    let table = &app.tables.care;
    let care = (work == Work::Sessions)
        .then(|| CareRules { limits: table.limits.clone(), fields: table.fields.clone() });
    let (account, holder) = (scope.account, scope.name.clone());
    Ok(Opened { id: device, account, holder, key, now, clock, limits, work, care })
}

/// Whether a device may go on, for one whose session has ended: it learns nothing but that, and only who holds it knows its
/// identifier (74 random bits).
///
/// # Errors
/// There is no such device: one that a restored copy does not know goes on with what it holds.
pub async fn standing(app: &App, device: Id) -> Result<Standing> {
    let sql = "SELECT d.revoked_at FROM device d WHERE d.id = $1";
    let found: Option<(Option<Timestamp>,)> = app.db.opt(sql, p![device]).await?;
    let (revoked,) = found.ok_or(Error::NotFound)?;
    Ok(if revoked.is_some() { Standing::Revoked } else { Standing::InUse })
}

/// A revoked device tells that it holds nothing any more; of others it changes nothing.
///
/// # Errors
/// There is no such device.
pub async fn wiped(app: &App, device: Id) -> Result<Standing> {
    let sql = "UPDATE device SET wiped_at = $1 WHERE id = $2 AND revoked_at IS NOT NULL AND wiped_at IS NULL";
    app.db.run(sql, p![app.now(), device]).await?;
    standing(app, device).await
}
