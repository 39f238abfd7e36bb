//! What is the same whatever a phone sends: how many at once, how the clocks stand, what the log is told.

use super::{Contact, contact::seen};
use crate::{
    App,
    audit::{self, Entry},
    error::{Error, Problem, Result},
    id::Id,
    scope::Scope,
};
use jiff::Timestamp;
use rules::offline::{Difference, difference};
use serde_json::json;
use uuid::Uuid;

/// The answers, in the order of what was sent, and how the clocks stand.
#[derive(Debug)]
pub struct Answered<O> {
    /// What the server's clock shows.
    pub now: Timestamp,
    /// How the phone's clock stands.
    pub clock: Difference,
    /// Identifier of each record, and what became of it.
    pub answers: Vec<(Uuid, O)>,
}

/// Where a record that waits may stand.
const STATES: [&str; 6] = ["waits", "faulty", "asked", "conflict", "gone", "refused"];

/// Goes on where a state is one in which a record may wait.
pub(super) fn is_state(state: &str) -> Result<()> {
    if STATES.contains(&state) { Ok(()) } else { Err(Error::invalid("state", "unknown_choice")) }
}

/// How the clocks stand when something arrives; more than may be sent at once is not looked at.
pub(super) fn begin(
    app: &App,
    contact: Contact,
    (field, count): (&str, usize),
) -> Result<(Difference, Timestamp)> {
    let (now, limits) = (app.now(), &app.tables.offline);
    if count > usize::from(limits.batch) {
        let values = vec![limits.batch.to_string()];
        return Err(Error::Invalid(vec![Problem { values, ..Problem::new(field, "too_many") }]));
    }
    Ok((difference(contact.now, now, limits), now))
}

/// Keeps that the phone was in contact and what waits there still, and says in the log how many of how many were taken.
pub(super) async fn end<O>(
    app: &App,
    scope: &Scope,
    device: Id,
    (contact, answered): (Contact, &Answered<O>),
    taken: usize,
) -> Result<()> {
    let Answered { now, clock, answers } = answered;
    let left = i64::from(contact.waiting) - i64::try_from(taken).unwrap_or(0);
    seen(app, scope, device, (*now, left.max(0), *clock)).await?;
    let detail = json!({ "device": device, "rows": answers.len(), "taken": taken });
    audit::record(&app.db, scope, Entry::of_account("send_from_device", scope.account, detail), *now).await
}
