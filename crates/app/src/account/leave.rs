//! Somebody leaves: access ends at once, and the open work goes to a named colleague or to the manager. Nothing stays without
//! an owner.

use super::{Account, admin, delegation};
use crate::{
    App,
    error::{Error, Result},
    id::Id,
    referral,
    scope::{Area, Scope},
};
use rules::account::Deed;
use serde_json::json;

pub use crate::referral::Held;

/// Colleagues offered at most.
const MOST: i64 = 200;

/// An account that is to end.
#[derive(Debug, Clone)]
pub struct Leaving {
    /// The account.
    pub account: Account,
    /// What it holds; figures only.
    pub held: Held,
    /// Who may take that over: the same organisation and role. Identifier and name.
    pub colleagues: Vec<(Id, String)>,
}

/// What an account of the administrator's area would leave behind.
///
/// # Errors
/// The caller keeps no accounts; there is none such in its area.
pub async fn leaving(app: &App, scope: &Scope, account: Id) -> Result<Leaving> {
    let found = admin::of_area(app, scope, Deed::Read, account).await?;
    let colleagues = delegation::beside(app, (account, found.organisation_id, &found.role), MOST).await?;
    let mut tx = app.db.begin().await?;
    let held = referral::held(&mut tx, whose(&found)).await?;
    Ok(Leaving { account: found, held, colleagues })
}

pub(super) fn whose(account: &Account) -> referral::Whose {
    let Area { from, to } = Area::of(account.division);
    referral::Whose { account: account.id, organisation: account.organisation_id, from, to }
}

/// Ends an account at once and hands its open work over, in one transaction.
///
/// # Errors
/// The caller keeps no accounts, the account is the own one or not in its area; the colleague is of another
/// organisation or role, or has left.
pub async fn end(app: &App, scope: &Scope, account: Id, to: Option<Id>) -> Result<Held> {
    let found = admin::another(app, scope, account).await?;
    if let Some(to) = to {
        let next = super::get(app, to).await.map_err(|_| Error::invalid("to", "unknown_choice"))?;
        let same = (next.organisation_id, &next.role) == (found.organisation_id, &found.role);
        if !same || to == account || next.ended_at.is_some() {
            return Err(Error::invalid("to", "unknown_choice"));
        }
    }
    crate::atomic!(app.db, tx => {
        let held = referral::hand_over(app, tx, whose(&found), to).await?;
        admin::shut(app, tx, account).await?;
        let Held { cases, tasks, messages, pairs } = held;
        let detail = json!({ "cases": cases, "tasks": tasks, "messages": messages, "pairs": pairs, "to": to });
        admin::record(app, tx, scope, ("end", account, detail));
        Ok(held)
    })
}
