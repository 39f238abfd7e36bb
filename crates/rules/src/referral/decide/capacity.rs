//! The person's capacity: a finding is recorded with its source, never inferred; and who speaks for the person.

use jiff::civil::Date;

use super::Desk;
use crate::Refusal;
use crate::account::Role;
use crate::capacity::{Capacity, Finding, Group};
use crate::referral::change::{Change, Party, Task};
use crate::referral::event::Event;
use crate::referral::refusal_code::RefusalCode;
use crate::referral::state::State;

/// E4: what a court, an expert or a doctor found (Civil Code art. 21, 22 and 24). Where it changes how the person decides,
/// consents that were signed otherwise are asked anew: who has regained capacity speaks for oneself.
pub(super) fn record(
    desk: &Desk<'_>,
    capacity: Capacity,
    (source, assessor): (&str, &str),
    on: Date,
    until: Option<Date>,
) -> Result<Change, Refusal> {
    let table = desk.context.capacity;
    let until = until.or_else(|| table.until(source, on));
    let finding =
        Finding { capacity, source: source.to_owned(), assessor: assessor.trim().to_owned(), on, until };
    if !table.is_sound(&finding, desk.context.person.age, desk.today) {
        return Err(RefusalCode::FindingInvalid.by("E4").with("source", source));
    }
    let group = table.group(desk.context.person.age, Some(&finding), desk.today);
    let outlived = desk.case.standing().any(|consent| !group.fits(consent.signer.capacity));
    let step = desk.stay("E4", Event::CapacityRecorded(finding));
    Ok(if outlived { step.task(Task::AskAgain, asker(desk), Some(term(desk))) } else { step }.done())
}

/// Who asks the person: the case manager, or the county's desk before there is one.
pub(super) fn asker(desk: &Desk<'_>) -> Party {
    match desk.case.case_manager {
        Some(manager) if desk.case.state.is_open() => Party::Account(manager),
        _ => Party::County(Role::ReferralWorker),
    }
}

/// By when.
pub(super) fn term(desk: &Desk<'_>) -> jiff::Timestamp {
    let days = desk.context.texts.ask_working_days;
    crate::clock::end_of(desk.context.calendar.after_working_days(desk.today, days).date)
}

/// Whose voice a command carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The person's own, also where staff writes it down, or the programme's.
    Person,
    /// A guardian's, or that of kin with an account of their own.
    Guardian,
}

/// Whose voice the actor brings: a guardian's account speaks as guardian, a client who only filed the case is kin, and
/// staff says for whom it writes.
pub(super) fn speaker(desk: &Desk<'_>) -> Speaker {
    let own = &desk.context.client_accounts;
    match &desk.actor.on_behalf_of {
        Some(principal) if principal.relation != "self" => Speaker::Guardian,
        Some(_) => Speaker::Person,
        None if desk.actor.role == Role::Client && !own.is_empty() && !own.contains(&desk.actor.account) => {
            Speaker::Guardian
        }
        None => Speaker::Person,
    }
}

/// Before anybody checked the application, what the paper says of the capacity stands; who signed as guardian then may take
/// that signature back.
pub(super) fn is_claimed(desk: &Desk<'_>) -> bool {
    let unchecked = matches!(desk.case.state, State::Draft | State::Submitted | State::Supplement);
    unchecked && desk.case.finding.is_none() && desk.group() == Group::Adult
}
