//! What happened to a case, in order, for programs that follow it.

use super::{
    learns_only_whether_open,
    view::{Moment, in_scope},
};
use crate::{
    App, audit,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use rules::account::{Content, Sight};
use serde_json::Value as Json;

/// Events on one page at most.
const PAGE: i64 = 200;

/// The events after a sequence number, oldest first; `limit` at most, and never more than two hundred.
/// The read is recorded.
///
/// # Errors
/// There is no such case in scope, or the caller learns only whether it is open.
pub async fn since(app: &App, scope: &Scope, id: Id, sequence: i64, limit: i64) -> Result<Vec<Moment>> {
    let state = in_scope(app, scope, id).await?;
    if learns_only_whether_open(scope) {
        return Err(Error::Forbidden);
    }
    let sql = "SELECT sequence, name, event, actor_name, at, from_state, to_state, rule, reason, deadline_met
        FROM referral_event WHERE home = $1 AND referral_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4";
    let args = p![id.home_number(), id, sequence, limit.clamp(1, PAGE)];
    let mut found: Vec<Moment> = app.db.all(sql, args).await?;
    found.retain(|moment| moment.is_told(scope, state));
    if scope.role.sight(Content::Health) != Sight::Scope {
        for moment in &mut found {
            moment.event = Json::Null;
        }
    }
    let mut entry = audit::Entry::read(audit::Purpose::Referral, "referral", id);
    entry.detail = serde_json::json!({"events": found.len()});
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(found)
}
