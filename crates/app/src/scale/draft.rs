//! Scales that are half filled in: kept sealed with the other unsent pages of their writer ([`referral::unsent`]), for a few days only,
//! since answers given a week apart are not one filling-in. How long says `data/scale_schedule.toml`.

use crate::{
    App,
    error::Result,
    id::Id,
    p,
    referral::unsent::{self, Unsent},
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// The page on which a scale of a case is filled in, which is where its draft is kept.
#[must_use]
pub fn place(referral: Id, scale: &str) -> String {
    format!("{}{scale}", folder(referral))
}

fn folder(referral: Id) -> String {
    format!("/cases/{referral}/scales/")
}

/// Before this instant a draft is too old.
fn oldest(app: &App) -> Timestamp {
    app.now() - SignedDuration::from_hours(24 * i64::from(app.tables.scale_schedule.draft_days))
}

/// What the caller wrote of a scale of a case and did not record. One that is too old, or that was recorded after all while the line
/// broke, is forgotten. Who may see the case, [`super::blank`] has asked before.
///
/// # Errors
/// The database is gone, or what was kept cannot be unsealed.
pub async fn draft(app: &App, scope: &Scope, referral: Id, scale: &str) -> Result<Option<Unsent>> {
    let place = place(referral, scale);
    let Some(kept) = unsent::kept(app, scope, &place).await? else { return Ok(None) };
    let made = kept.pairs.iter().find(|(name, _)| name == "made").and_then(|(_, made)| made.parse().ok());
    let recorded = match made {
        Some(made) => is_recorded(app, referral, made).await?,
        None => false,
    };
    if recorded || kept.saved_at < oldest(app) {
        unsent::discard(app, scope, &place).await?;
        return Ok(None);
    }
    Ok(Some(kept))
}

async fn is_recorded(app: &App, referral: Id, made: Id) -> Result<bool> {
    let sql = "SELECT id FROM scale_result WHERE home = $1 AND referral_id = $2 AND made_id = $3";
    let found: Option<(Id,)> = app.db.opt(sql, p![referral.home_number(), referral, made]).await?;
    Ok(found.is_some())
}

/// The scales of a case that the caller has begun to fill in.
///
/// # Errors
/// The database is gone.
pub async fn begun(app: &App, scope: &Scope, referral: Id) -> Result<BTreeSet<String>> {
    let folder = folder(referral);
    let sql = "SELECT place FROM unsent_form WHERE account_id = $1 AND place LIKE $2 AND saved_at >= $3";
    let found: Vec<(String,)> = app.db.all(sql, p![scope.account, format!("{folder}%"), oldest(app)]).await?;
    let scale = |(place,): (String,)| place.strip_prefix(folder.as_str()).map(str::to_owned);
    Ok(found.into_iter().filter_map(scale).collect())
}

/// Forgets drafts that are too old; called by the background clock.
///
/// # Errors
/// The database is gone.
pub(crate) async fn forget(app: &App) -> Result<u64> {
    let sql = "DELETE FROM unsent_form WHERE saved_at < $1 AND place LIKE '/cases/%/scales/%'";
    Ok(app.db.run(sql, p![oldest(app)]).await?)
}
