//! What the row of a case says beside the case itself: whose turn it is, until when.

use jiff::Timestamp;
use rules::{
    account::Role,
    clock::{Clock, ClockRun},
    referral::{Case, State},
};
use uuid::Uuid;

/// The running clock that ends first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NextClock {
    pub clock: Clock,
    pub due_at: Timestamp,
    pub remind_at: Timestamp,
    pub provisional: bool,
    pub frozen: bool,
}

/// The clock shown: of those running the one that ends first, else a frozen one.
pub(super) fn next_clock(case: &Case) -> Option<NextClock> {
    let first = |frozen: bool| {
        let alive = |run: &&ClockRun| run.is_alive() && run.frozen.is_some() == frozen;
        case.clocks.iter().filter(|(_, run)| alive(run)).min_by_key(|(_, run)| run.term.at)
    };
    let (clock, run) = first(false).or_else(|| first(true))?;
    Some(NextClock {
        clock: *clock,
        due_at: run.term.at,
        remind_at: run.term.remind_at,
        provisional: run.term.provisional,
        frozen: run.frozen.is_some(),
    })
}

/// Whose turn it is: exactly one role, so that nobody can think another has it. After so many declines civil affairs
/// decides where the person goes.
pub(super) fn next_role(case: &Case, declines_before_civil_affairs: u16) -> Option<Role> {
    let filer = || case.sources.first().map(|source| source.role);
    match case.state {
        State::Draft | State::Supplement => filer(),
        State::Submitted if case.rejection.as_ref().is_some_and(|r| r.decided_by.is_none()) => {
            Some(Role::CivilAffairsOfficer)
        }
        State::Registered if case.declines() >= usize::from(declines_before_civil_affairs) => {
            Some(Role::CivilAffairsOfficer)
        }
        State::Submitted | State::Registered | State::Waiting => Some(Role::ReferralWorker),
        State::Rejected if case.rejection.as_ref().is_some_and(|r| r.objected && !r.answered) => {
            Some(Role::CivilAffairsOfficer)
        }
        State::Referred | State::Closing => Some(Role::InstitutionManager),
        State::Accepted => Some(Role::Assessor),
        State::Assessed if case.not_suitable.is_some() => Some(Role::ReferralWorker),
        State::Assessed if case.suitable == Some(false) => Some(Role::Assessor),
        State::InService => Some(Role::Assessor),
        State::Assessed | State::Agreed | State::Suspended | State::Closed => Some(Role::CaseManager),
        State::Hospital => Some(Role::Doctor),
        State::Lapsed
        | State::Rejected
        | State::NotSuitable
        | State::Transferred
        | State::Withdrawn
        | State::Ended => None,
    }
}

/// The institution that the case is offered to or that is in charge.
pub(super) fn institution(case: &Case) -> Option<Uuid> {
    case.offered_to().or(case.institution)
}

/// The hospital that a return was asked of.
pub(super) fn hospital(case: &Case) -> Option<Uuid> {
    case.hospital.as_ref().map(|stay| stay.request.hospital)
}

/// A code as serde writes it.
pub(super) fn code<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// States as a list for a statement: `'ended', 'lapsed'`.
pub(super) fn listed<'s>(states: impl IntoIterator<Item = &'s State>) -> String {
    states.into_iter().map(|state| format!("'{}'", code(state))).collect::<Vec<_>>().join(", ")
}
