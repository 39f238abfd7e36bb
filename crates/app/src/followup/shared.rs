//! What the county's referral desk learns of somebody in follow-up: the risk grade and its day, nothing else. The desk keeps
//! who may be dangerous on the medical route (Measures 2023, art. on sharing; Mental Health Law art. 4).

use crate::{
    App,
    audit::{self, Entry, Purpose},
    error::Result,
    id::Id,
    p, person,
    scope::Scope,
};
use jiff::civil::Date;
use rules::account::{Content, Deed as Doing, Sight, Subject};
use serde::Serialize;
use serde_json::json;

/// The shared risk grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SharedRisk {
    /// Grade, 0 to 5.
    pub risk: i64,
    /// Day of the visit.
    pub on: Date,
}
crate::row!(SharedRisk { risk, on });

/// The risk grade of the last visit of a person in scope, for who may know of health; the read is in the log before it is shown.
///
/// # Errors
/// There is no such person in the caller's scope.
pub async fn shared_risk(app: &App, scope: &Scope, id: Id) -> Result<Option<SharedRisk>> {
    scope.permit(Doing::Read, Subject::Person)?;
    let knows =
        scope.role.sight(Content::Health) == Sight::Scope || scope.role.may(Doing::Read, Subject::FollowUp);
    if !knows {
        return Ok(None);
    }
    let person = person::stored(app, scope, id).await?;
    let sql = "SELECT s.risk, s.last_visit_on FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN smd_record s ON s.home = c.home AND s.person_id = c.id
        WHERE m.home = $1 AND m.id = $2 AND s.risk IS NOT NULL AND s.last_visit_on IS NOT NULL";
    let found: Vec<SharedRisk> = app.db.all(sql, p![person.id.home_number(), person.id]).await?;
    let last = found.into_iter().max_by_key(|risk| risk.on);
    if last.is_some() {
        let mut entry = Entry::read(Purpose::Referral, "person", person.id);
        entry.detail = json!({ "fields": ["risk_grade"] });
        audit::record(&app.db, scope, entry, app.now()).await?;
    }
    Ok(last)
}
