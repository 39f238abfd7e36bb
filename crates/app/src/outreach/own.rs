//! What was done to reach a person, for the copy of the person's own data (Personal Information Protection Law art. 45).

use super::{MOST, show};
use crate::{App, error::Result, id::Id, p};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

/// Leads of one person that a copy holds: the county gives one anew only when the one before is over.
const LEADS: i64 = 100;

struct Lead {
    id: Id,
    given_on: Date,
    given_by: String,
    house: String,
    state: String,
}
crate::row!(Lead { id, given_on, given_by, house, state });

/// The leads of a person with their attempts, under whichever of the person's records. The caller has made sure whose they are, and logs
/// the read.
pub(crate) async fn of_person(app: &App, person: Id) -> Result<Vec<Json>> {
    let sql =
        "SELECT l.id, l.given_on, l.given_by_name, o.name, l.state FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN lead l ON l.person_id = c.id JOIN organisation o ON o.id = l.organisation_id
        WHERE m.home = $1 AND m.id = $2 ORDER BY l.given_on, l.id LIMIT $3";
    let leads: Vec<Lead> = app.db.all(sql, p![person.home_number(), person, LEADS]).await?;
    let mut told = Vec::new();
    for lead in leads {
        let attempts = show::whole(app, lead.id, MOST).await?;
        let attempts: Vec<Json> = attempts
            .into_iter()
            .map(|one| {
                json!({ "on": one.attempt.on, "way": one.attempt.way, "reached": one.attempt.reached,
                    "outcome": one.attempt.outcome, "reason": one.attempt.reason, "next_on": one.attempt.next,
                    "note": one.note, "by": one.by, "house": one.house, "voided": one.voided.is_some() })
            })
            .collect();
        told.push(json!({ "given_on": lead.given_on, "given_by": lead.given_by, "house": lead.house,
            "state": lead.state, "attempts": attempts }));
    }
    Ok(told)
}
