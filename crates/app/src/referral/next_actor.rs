//! Whose turn it is on a case: the role, where it sits, and by when. Everybody who follows the case reads the same.

use super::{CaseView, directory, row};
use crate::{App, error::Result, id::Id, scope::Scope};
use jiff::Timestamp;
use rules::{
    account::{Content, Role, Sight},
    referral::{Case, State},
};
use serde::Serialize;
use uuid::Uuid;

/// Who acts next.
#[derive(Debug, Clone, Serialize)]
pub struct NextActor {
    /// Role code.
    pub role: String,
    /// The organisation in which the role is held; none for a person who filed alone.
    pub organisation: Option<Id>,
    /// Its name.
    pub organisation_name: Option<String>,
    /// The name of the case manager, where it is the case manager's turn.
    pub account_name: Option<String>,
    /// Until when; none without a running clock.
    pub due_at: Option<Timestamp>,
    /// When the actor is reminded.
    pub remind_at: Option<Timestamp>,
    /// The clock is frozen.
    pub frozen: bool,
    /// The reader holds this role.
    pub own: bool,
}

/// Who acts next on a case that the caller has in view; nobody where it is over, and nothing for those who only learn
/// whether it is open.
///
/// # Errors
/// The database is gone.
pub async fn next_actor(app: &App, scope: &Scope, view: &CaseView) -> Result<Option<NextActor>> {
    let Some(role) = view.row.next_role.as_deref().and_then(Role::of_code) else { return Ok(None) };
    let own = role == scope.role;
    if !own && scope.role.sight(Content::Metadata) != Sight::Scope {
        return Ok(None);
    }
    let organisation = seat(&view.case, role).filter(|id| !id.is_nil());
    let names = directory::organisation_names(app, &organisation.into_iter().collect::<Vec<_>>()).await?;
    let manager = view.case.case_manager.filter(|_| role == Role::CaseManager);
    let accounts = directory::account_names(app, &manager.into_iter().collect::<Vec<_>>()).await?;
    Ok(Some(NextActor {
        role: role.code().to_owned(),
        organisation: organisation.map(Id),
        organisation_name: organisation.and_then(|id| names.get(&id).cloned()),
        account_name: manager.and_then(|id| accounts.get(&id).cloned()),
        due_at: view.row.due_at,
        remind_at: view.row.remind_at,
        frozen: view.row.frozen,
        own,
    }))
}

/// The organisation in which a role acts on a case.
fn seat(case: &Case, role: Role) -> Option<Uuid> {
    match (case.state, role) {
        (State::Draft | State::Supplement, _) => case.sources.first().map(|source| source.organisation),
        (_, Role::ReferralWorker | Role::CivilAffairsOfficer) => Some(case.filing.office),
        (_, Role::InstitutionManager | Role::CaseManager | Role::Assessor) => row::institution(case),
        (_, Role::Doctor) => row::hospital(case),
        _ => None,
    }
}
