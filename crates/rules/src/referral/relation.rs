//! Whose case it is: what ties an actor to a case, by role.

use uuid::Uuid;

use super::case::{Case, Source};
use super::command_name::CommandName;
use super::context::Context;
use super::refusal_code::RefusalCode;
use super::transition::{Transition, transition};
use crate::Refusal;
use crate::account::{Actor, Role};

/// State, role and tie, in this order.
///
/// # Errors
/// The first of the three that does not fit.
pub(super) fn admit(
    name: CommandName,
    case: &Case,
    actor: &Actor,
    context: &Context<'_>,
) -> Result<&'static Transition, Refusal> {
    let row = transition(name).ok_or_else(|| RefusalCode::WrongState.by("I3"))?;
    if !row.from.contains(&case.state) {
        return Err(RefusalCode::WrongState.by(row.rule).with("state", state_code(case)));
    }
    if !row.roles.contains(&actor.role) {
        return Err(RefusalCode::WrongRole.by(row.rule).with("role", actor.role.code()));
    }
    tie(row, case, actor, context).map(|()| row)
}

fn state_code(case: &Case) -> String {
    serde_json::to_value(case.state)
        .ok()
        .and_then(|code| code.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// The actor is tied to the case in the way that the role needs.
fn tie(row: &Transition, case: &Case, actor: &Actor, context: &Context<'_>) -> Result<(), Refusal> {
    let no = |code: RefusalCode| Err(code.by(row.rule));
    let tied = match actor.role {
        Role::System => true,
        Role::Client => {
            context.client_accounts.contains(&actor.account)
                || filers(&case.sources).any(|source| source.account == actor.account)
        }
        // A committee knows what it filed itself; what a resident applied for alone stays unknown to the neighbours.
        Role::AssistingSubject | Role::DpfOfficer | Role::Committee => filed(case, actor),
        Role::Doctor => doctor(row.name, case, actor, context),
        Role::ReferralWorker if is_for_destination(row.name) => {
            let there = case.transfer.as_ref().map(|transfer| transfer.office);
            if there.is_none() {
                return no(RefusalCode::NotProposed);
            }
            if there != Some(actor.organisation) {
                return no(RefusalCode::NotDestination);
            }
            true
        }
        Role::ReferralWorker | Role::CivilAffairsOfficer => {
            if !context.in_area {
                return no(RefusalCode::OutOfArea);
            }
            true
        }
        Role::InstitutionManager => match row.name {
            CommandName::Accept | CommandName::Decline => case.offered_to() == Some(actor.organisation),
            _ => case.institution == Some(actor.organisation),
        },
        Role::CaseManager => {
            let own = case.case_manager == Some(actor.account);
            let stands_in = actor.stands_in_for.is_some() && case.case_manager == actor.stands_in_for;
            case.institution == Some(actor.organisation) && (own || stands_in)
        }
        Role::Assessor => {
            if case.institution == Some(actor.organisation) && case.case_manager == Some(actor.account) {
                return no(RefusalCode::SamePerson);
            }
            case.institution == Some(actor.organisation)
        }
        Role::HealthOfficer
        | Role::Supervisor
        | Role::Auditor
        | Role::Administrator
        | Role::SecurityAdministrator => false,
    };
    if tied { Ok(()) } else { no(RefusalCode::NotYourCase) }
}

fn is_for_destination(name: CommandName) -> bool {
    matches!(name, CommandName::ConfirmTransfer | CommandName::RefuseTransfer)
}

/// The hospital named in a return acts on it; a doctor who filed acts on the filing; the primary-care doctor who is
/// responsible for the person may tell of a relapse or a death (Mental Health Law art. 55).
fn doctor(name: CommandName, case: &Case, actor: &Actor, context: &Context<'_>) -> bool {
    let hospital = case.hospital.as_ref().map(|stay| stay.request.hospital);
    match name {
        CommandName::ConfirmHospital => hospital.is_none() || hospital == Some(actor.organisation),
        CommandName::Discharge => hospital == Some(actor.organisation),
        CommandName::ReEnter | CommandName::Death => {
            context.responsible || filed(case, actor) || hospital == Some(actor.organisation)
        }
        CommandName::StoreForm => filed(case, actor) || hospital == Some(actor.organisation),
        _ => filed(case, actor),
    }
}

/// Those of a case's sources who hold it: whoever opened it, and every body that filed beside. A client whose double
/// was joined to it is a source, but not a filer: anybody may write somebody else's name and number on a form, and
/// only the person's own accounts are tied to a case that another opened (I1).
pub fn filers(sources: &[Source]) -> impl Iterator<Item = &Source> {
    let (opened_by, joined) = sources.split_at(sources.len().min(1));
    opened_by.iter().chain(joined.iter().filter(|source| source.role != Role::Client))
}

/// The actor, or somebody of the same organisation, filed the case.
pub(super) fn filed(case: &Case, actor: &Actor) -> bool {
    case.sources.iter().any(|source| {
        source.account == actor.account
            || (source.organisation != Uuid::nil() && source.organisation == actor.organisation)
    })
}
