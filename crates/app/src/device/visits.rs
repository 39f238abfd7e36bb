//! Visits that waited on a phone. Each is answered by itself, so that one that cannot be taken holds up no other; sent again, a
//! visit is one visit and gets the same answer.

use super::{
    Answered,
    contact::in_use,
    exchange::{begin, end, is_state},
};
use crate::{
    App,
    audit::{self, Entry},
    device::{Contact, LastVisit},
    error::{Error, Result},
    followup::{self, Receipt, VisitFields},
    id::Id,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    Refusal,
    account::{Deed, Subject},
    followup::visit::Visit,
    offline::{ClockFault, Difference, look_at},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// A visit that was recorded without a network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Made by the phone.
    pub id: Uuid,
    /// The record of the person.
    pub record: Id,
    /// The version of the record that the phone had.
    pub version: i64,
    /// When it was written, by the phone's clock.
    pub written_at: Timestamp,
    /// The holder was asked about the day and said that it is right.
    pub confirmed: bool,
    /// The record of the visit.
    pub visit: Visit,
}

/// What became of it.
#[derive(Debug)]
pub enum Outcome {
    /// It is recorded.
    Taken(Receipt),
    /// The holder must look at its day first.
    Asked(ClockFault),
    /// Somebody changed the record meanwhile.
    Conflict {
        /// The version that stands now.
        version: i64,
        /// The last visit that stands now.
        last: Option<Box<LastVisit>>,
    },
    /// It was not taken.
    Not(Error),
}

/// Takes visits that waited on a phone.
///
/// # Errors
/// The account has no such phone, it was revoked, or the role records no visits; there are more at once than may be.
pub async fn send(
    app: &App,
    scope: &Scope,
    device: Id,
    (contact, waiting): (Contact, &[Waiting]),
) -> Result<Answered<Outcome>> {
    in_use(app, scope, device).await?;
    scope.permit(Deed::Change, Subject::FollowUp)?;
    let (clock, now) = begin(app, contact, ("visits", waiting.len()))?;
    let mut answers = Vec::new();
    for visit in waiting {
        answers.push((visit.id, take(app, scope, visit, (clock, now)).await?));
    }
    let taken = answers.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Taken(_))).count();
    let answered = Answered { now, clock, answers };
    end(app, scope, device, (contact, &answered), taken).await?;
    Ok(answered)
}

async fn take(
    app: &App,
    scope: &Scope,
    waiting: &Waiting,
    clock: (Difference, Timestamp),
) -> Result<Outcome> {
    let rules = &app.tables.offline;
    if let Some(fault) = look_at(waiting.visit.on, waiting.written_at, waiting.confirmed, clock, rules) {
        return Ok(Outcome::Asked(fault));
    }
    let sent = followup::Sent {
        record: waiting.record,
        id: waiting.id,
        base: Some(waiting.version),
        replaces: None,
        fields: VisitFields::of(&waiting.visit),
    };
    match followup::record(app, scope, &sent).await {
        Ok(receipt) => Ok(Outcome::Taken(receipt)),
        Err(Error::Changed { found, .. }) => {
            let last = followup::visits(app, scope, waiting.record, None).await?;
            let last = last.into_iter().find(|seen| seen.voided.is_none()).map(|seen| {
                Box::new(LastVisit {
                    id: seen.id,
                    on: seen.visit.on,
                    by: seen.by,
                    class: seen.class.map(|class| i64::from(class.code())),
                    visit: seen.visit,
                })
            });
            Ok(Outcome::Conflict { version: found, last })
        }
        // The database is away: nothing more goes now, and what was taken is answered again when it is sent again.
        Err(error) if error.is_outage() || error.is_uncertain() => Err(error),
        Err(error) => Ok(Outcome::Not(error)),
    }
}

/// A record that its holder takes back instead of sending it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// Made by the phone.
    pub id: Uuid,
    /// The record of the person.
    pub record: Id,
    /// Where it stood: `waits`, `faulty`, `asked`, `conflict`, `gone`, `refused`.
    pub state: String,
}

/// Puts into the log that a visit will not be sent, before the phone forgets it.
///
/// # Errors
/// The account has no such phone or it was revoked; the visit is here already, so that it is voided on the site instead.
pub async fn withdraw(app: &App, scope: &Scope, device: Id, withdrawn: &Withdrawn) -> Result<()> {
    in_use(app, scope, device).await?;
    is_state(&withdrawn.state)?;
    match followup::look(app, scope, followup::adopted(withdrawn.record, withdrawn.id)).await {
        Ok(_) => return Err(Error::Refused(Refusal::new("device", "visit_taken"))),
        Err(Error::NotFound) => {}
        Err(error) => return Err(error),
    }
    let detail = json!({ "device": device, "record": withdrawn.record, "visit": withdrawn.id, "state": withdrawn.state });
    let entry = Entry::of_account("withdraw_visit", scope.account, detail);
    audit::record(&app.db, scope, entry, app.now()).await
}
