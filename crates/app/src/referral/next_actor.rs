//! Whose turn it is on a case: the role, where it sits, and by when. Everybody who follows the case reads the same.

use super::{CaseView, directory, learns_only_whether_open, row};
use crate::{App, error::Result, id::Id, scope::Scope};
use jiff::Timestamp;
use rules::{
    account::{Content, Role, Sight},
    clock::Clock,
    referral::{Case, CommandName, State},
};
use serde::Serialize;
use uuid::Uuid;

/// Who acts next.
#[derive(Debug, Clone, Serialize)]
pub struct NextActor {
    /// Role code.
    pub role: String,
    /// The command that is waited for, where it is not the ordinary step of the state.
    pub command: Option<CommandName>,
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
    if !own && learns_only_whether_open(scope) {
        return Ok(None);
    }
    let case = &view.case;
    // An institution that was only asked learns nothing of where else the person may go.
    let only_asked = scope.role.is_institution_staff() && case.state == State::Referred;
    let health = scope.role.sight(Content::Health) == Sight::Scope;
    if let Some(pending) = elsewhere(case, health).filter(|_| !only_asked) {
        let mut actor = described(app, scope, view, pending).await?;
        actor.own = actor.own && actor.organisation == Some(scope.organisation);
        return Ok(Some(actor));
    }
    let clock = (view.row.due_at, view.row.remind_at, view.row.frozen);
    // In which hospital somebody is, is health.
    let seat = seat(case, role).filter(|_| health || role != Role::Doctor);
    let turn = Turn { role, command: awaited(case.state, role), seat, clock };
    described(app, scope, view, turn).await.map(Some)
}

/// A turn before it has names.
struct Turn {
    role: Role,
    command: Option<CommandName>,
    seat: Option<Uuid>,
    /// Until when, when it is reminded of, and whether the clock is frozen.
    clock: (Option<Timestamp>, Option<Timestamp>, bool),
}

async fn described(app: &App, scope: &Scope, view: &CaseView, turn: Turn) -> Result<NextActor> {
    let Turn { role, command, seat, clock: (due_at, remind_at, frozen) } = turn;
    let organisation = seat.filter(|id| !id.is_nil()).map(Id);
    let organisation_name = match organisation {
        Some(id) => organisation_name(app, scope, view, id).await?,
        None => None,
    };
    let account_name = match view.case.case_manager.filter(|_| role == Role::CaseManager) {
        Some(manager) if Id(manager) == scope.account => Some(scope.name.clone()),
        Some(manager) => directory::account_names(app, &[manager]).await?.remove(&manager),
        None => None,
    };
    Ok(NextActor {
        role: role.code().to_owned(),
        command,
        organisation,
        organisation_name,
        account_name,
        due_at,
        remind_at,
        frozen,
        own: role == scope.role,
    })
}

/// The name of an organisation: nearly always the reader's own, or that of the institution, which the row has.
async fn organisation_name(app: &App, scope: &Scope, view: &CaseView, id: Id) -> Result<Option<String>> {
    if id == scope.organisation {
        return Ok(Some(scope.organisation_name.clone()));
    }
    let institution = view.row.institution.as_ref().filter(|_| row::institution(&view.case) == Some(id.0));
    if let Some(name) = institution {
        return Ok(Some(name.clone()));
    }
    Ok(directory::organisation_names(app, &[id.0]).await?.remove(&id.0))
}

/// What another house was asked and has not answered yet: the hospital to take the person over (T21), the other county
/// to take the case (T26). Until then the case itself stays where it is. Only who sees health learns of the hospital.
fn elsewhere(case: &Case, health: bool) -> Option<Turn> {
    let hospital =
        case.hospital.as_ref().filter(|stay| health && stay.since.is_none() && case.state != State::Hospital);
    if let Some(stay) = hospital {
        let run = case.clocks.get(&Clock::K11).filter(|run| run.is_alive());
        let clock = run.map(|run| (Some(run.term.at), Some(run.term.remind_at), run.frozen.is_some()));
        let command = Some(CommandName::ConfirmHospital);
        let (seat, clock) = (Some(stay.request.hospital), clock.unwrap_or_default());
        return Some(Turn { role: Role::Doctor, command, seat, clock });
    }
    let transfer = case.transfer.as_ref().filter(|_| case.state != State::Transferred)?;
    let (command, seat) = (Some(CommandName::ConfirmTransfer), Some(transfer.office));
    Some(Turn { role: Role::ReferralWorker, command, seat, clock: (None, None, false) })
}

/// The command that is waited for, where it is not the ordinary step of the state: the second signature under a
/// rejection or under an assessment that found the person not suitable.
#[must_use]
pub fn awaited(state: State, role: Role) -> Option<CommandName> {
    match (state, role) {
        (State::Submitted, Role::CivilAffairsOfficer) => Some(CommandName::ConfirmRejection),
        (State::Assessed, Role::ReferralWorker | Role::Assessor) => Some(CommandName::NotSuitable),
        _ => None,
    }
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
