//! What a caller may do now, and why not: pages and interfaces are drawn from this list.

use jiff::Timestamp;
use serde::Serialize;

use super::case::Case;
use super::command_name::CommandName;
use super::context::Context;
use super::decide::{Desk, ready};
use super::refusal_code::RefusalCode;
use super::relation;
use super::transition::{TRANSITIONS, Transition};
use crate::Refusal;
use crate::account::{Actor, Role};
use crate::form::FormCode;
use crate::reason::Category;

/// One command that the role may in principle give in this state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// Name of the command.
    pub command: CommandName,
    /// Nothing known beforehand stands in the way.
    pub allowed: bool,
    /// What stands in the way.
    pub refusal: Option<Refusal>,
    /// The step that moves the case on in the ordinary course.
    pub primary: bool,
    /// Number of the transition.
    pub transition: &'static str,
    /// Forms to be handed in, unless a complete one is stored.
    pub forms: &'static [FormCode],
    /// Fields of the command.
    pub fields: &'static [&'static str],
    /// Category of its reason code.
    pub reason: Option<Category>,
}

/// What this actor may do with this case now. Commands that the role can never give in this state are left out; those
/// that something stands in the way of are listed with the refusal.
#[must_use]
pub fn actions(case: &Case, actor: &Actor, context: &Context<'_>, now: Timestamp) -> Vec<Offer> {
    let possible = |row: &&Transition| row.from.contains(&case.state) && row.roles.contains(&actor.role);
    let rows = TRANSITIONS.iter().filter(possible);
    rows.filter(|row| makes_sense(row.name, case, actor))
        .map(|row| offer(row, case, actor, context, now))
        .collect()
}

fn offer(row: &Transition, case: &Case, actor: &Actor, context: &Context<'_>, now: Timestamp) -> Offer {
    let desk = Desk::new(case, actor, context, now);
    let refusal =
        relation::admit(row.name, case, actor, context).err().or_else(|| ready(row.name, &desk).err());
    Offer {
        command: row.name,
        allowed: refusal.is_none(),
        refusal,
        primary: row.primary,
        transition: row.rule,
        forms: row.forms,
        fields: row.fields,
        reason: row.reason,
    }
}

/// A second half is offered only once the first was done: who has nothing to confirm is not asked to.
fn makes_sense(name: CommandName, case: &Case, actor: &Actor) -> bool {
    match name {
        CommandName::ConfirmRejection => case.rejection.is_some(),
        CommandName::UpholdObjection | CommandName::DismissObjection => {
            case.rejection.as_ref().is_some_and(|rejection| rejection.objected)
        }
        CommandName::ConfirmTransfer | CommandName::RefuseTransfer => {
            case.transfer.as_ref().is_some_and(|transfer| transfer.office == actor.organisation)
        }
        CommandName::ConfirmHospital => case.hospital.is_some(),
        CommandName::DischargeNotSuitable if actor.role == Role::CivilAffairsOfficer => {
            case.hospital.as_ref().is_some_and(|stay| stay.end_proposed.is_some())
        }
        CommandName::AcknowledgeFeedback => case.feedback.iter().any(|letter| letter.acknowledged.is_none()),
        CommandName::NotSuitable => case.suitable != Some(true),
        _ => true,
    }
}

impl Offer {
    /// The offer is not possible for a reason other than somebody else's case.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| *refusal != RefusalCode::NotYourCase)
    }
}
