//! Phones that work without a network: registered by their holder, opened at each sign-in, revoked by the holder or a security
//! administrator. What a device holds is encrypted with a key that is kept here, sealed, and given to a signed-in holder alone
//! ([0027](../../../docs/decisions/0027-work-without-a-network.md)).

mod caseload;
mod contact;
mod exchange;
mod list;
mod served;
mod sessions;
mod visits;

pub use caseload::{Caseload, Client, Earlier, Handed, LastVisit, caseload};
pub use contact::{Contact, Opened, Standing, Work, open, standing, wiped};
pub use exchange::Answered;
pub use list::{Device, of_account, own, revoke, revoke_all, revoke_of};
pub use served::{Served, clients};
pub use sessions::{
    OfPlan, SessionOutcome, WaitingSession, WithdrawnSession, send_sessions, withdraw_session,
};
pub use visits::{Outcome, Waiting, Withdrawn, send, withdraw};

use crate::{
    App,
    audit::{self, Entry},
    db::Tx,
    error::{Error, Problem, Result},
    hex,
    id::Id,
    p,
    scope::Scope,
    seal::random_bytes,
};
use rules::{
    Refusal,
    account::{Deed, Subject},
};
use serde_json::json;

/// Bytes of the key (AES-256).
const KEY_BYTES: usize = 32;
/// Characters of the name that a holder gives.
pub const NAME_CHARACTERS: usize = 60;

/// Registers the browser of the caller as a device that may work without a network.
///
/// # Errors
/// The role has nothing to do without a network; the name is empty or too long; the account has as many devices as it may.
pub async fn register(app: &App, scope: &Scope, name: &str) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Device)?;
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS {
        let values = vec![NAME_CHARACTERS.to_string()];
        return Err(Error::Invalid(vec![Problem { values, ..Problem::new("name", "device_name") }]));
    }
    let key = app.keys.seal(&hex::write(&random_bytes(KEY_BYTES)?))?;
    let (now, most) = (app.now(), app.tables.offline.devices);
    let id = scope.account.beside(now);
    crate::atomic!(app.db, tx => {
        // Whoever registers two at once waits here for the other.
        let sql = "UPDATE account SET version = version WHERE id = $1 AND ended_at IS NULL";
        if tx.run(sql, p![scope.account]).await? == 0 {
            return Err(Error::NotFound);
        }
        let sql = "SELECT COUNT(*) FROM device WHERE account_id = $1 AND revoked_at IS NULL";
        let (count,) = tx.opt::<(i64,)>(sql, p![scope.account]).await?.unwrap_or_default();
        if count >= i64::from(most) {
            return Err(Error::Refused(Refusal::new("device", "too_many_devices").with("most", most)));
        }
        let sql = "INSERT INTO device (id, account_id, name, content_key, created_at, seen_at, handed_rows, waiting, clock_seconds)
            VALUES ($1, $2, $3, $4, $5, $5, 0, 0, 0)";
        tx.run(sql, p![id, scope.account, &name, key.clone(), now]).await?;
        record(app, tx, scope, ("register_device", scope.account, json!({ "device": id })));
        Ok(id)
    })
}

/// Puts what was done with a device into the log, under its account: names of devices are left out.
fn record(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (action, account, detail): (&'static str, Id, serde_json::Value),
) {
    audit::record_in(tx, scope, Entry::of_account(action, account, detail), app.now());
}
