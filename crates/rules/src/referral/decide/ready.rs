//! Preconditions that do not depend on the data of a command, so that they can be told beforehand.

use super::Desk;
use super::signing::{consent, in_service};
use crate::Refusal;
use crate::account::Role;
use crate::capacity::{Act, Voice, voices};
use crate::clock::{Clock, Stage};
use crate::form::FormCode;
use crate::referral::case::{Channel, OfferOutcome, PersonWord};
use crate::referral::command_name::CommandName;
use crate::referral::consent::Purpose;
use crate::referral::refusal_code::RefusalCode;
use crate::referral::shortlist::shortlist;

/// What stands in the way of a command, whatever its data.
pub(in crate::referral) fn ready(name: CommandName, desk: &Desk<'_>) -> Result<(), Refusal> {
    match name {
        CommandName::Submit => submit(desk),
        CommandName::AskSupplement => ask_supplement(desk),
        CommandName::ProposeRejection => not_proposed(desk),
        CommandName::ConfirmRejection => confirm_rejection(desk),
        CommandName::Object => object(desk),
        CommandName::UpholdObjection => answer_objection(desk).and_then(|()| not_taken_back(desk)),
        CommandName::DismissObjection => answer_objection(desk),
        CommandName::Register => register(desk),
        CommandName::Refer => refer(desk),
        CommandName::Queue => queue(desk),
        CommandName::RecallSilent => overdue(desk, "T12", Clock::K3),
        CommandName::ExpireSupplement => overdue(desk, "T5", Clock::K10),
        CommandName::NotSuitable => not_suitable(desk),
        CommandName::Agree => agree(desk),
        CommandName::StageEvaluation => in_service(desk),
        CommandName::Resume => resume(desk),
        CommandName::ReturnToHospital => match &desk.case.hospital {
            Some(_) => Err(RefusalCode::AlreadyProposed.by("T21")),
            None => Ok(()),
        },
        CommandName::ConfirmHospital => match &desk.case.hospital {
            Some(_) => Ok(()),
            None => Err(RefusalCode::NotProposed.by("T21")),
        },
        CommandName::ApproveClosure => approve_closure(desk),
        CommandName::RefuseClosure => refuse_closure(desk),
        CommandName::ProposeTransfer => propose_transfer(desk),
        CommandName::ReEnter => re_enter(desk),
        CommandName::EndAfterVisits => end_after_visits(desk),
        CommandName::AcknowledgeFeedback => acknowledge_feedback(desk),
        CommandName::RecordContactAttempt => may_contact(desk, "T27b"),
        CommandName::ReturnVisit => may_contact(desk, "T28"),
        CommandName::WithdrawConsent => super::consent::something_to_withdraw(desk),
        CommandName::Withdraw => super::consent::may_end(desk),
        CommandName::SuspensionOver => overdue(desk, "T19", Clock::K14),
        _ => Ok(()),
    }
}

/// Another filer's application may start without consent and identity (channel of other subjects); the person's
/// own and the medical one not.
pub(super) fn is_lead(desk: &Desk<'_>) -> bool {
    let assisted = desk.case.sources.first().is_some_and(|source| source.channel == Channel::Assisted);
    assisted && !desk.case.has_consent(Purpose::Registration, desk.today)
}

fn submit(desk: &Desk<'_>) -> Result<(), Refusal> {
    if is_lead(desk) {
        return Ok(());
    }
    consent(desk, "T2", Purpose::Registration)?;
    if desk.context.person.identity_number_valid {
        Ok(())
    } else {
        Err(RefusalCode::IdentityNumberInvalid.by("T2"))
    }
}

fn ask_supplement(desk: &Desk<'_>) -> Result<(), Refusal> {
    let (times, days) = desk.case.supplements;
    let limits = &desk.rules.limits;
    if times >= limits.supplement_times || days >= limits.supplement_working_days {
        return Err(RefusalCode::SupplementLimit.by("T3").with("times", times).with("working_days", days));
    }
    Ok(())
}

fn not_proposed(desk: &Desk<'_>) -> Result<(), Refusal> {
    match &desk.case.rejection {
        Some(_) => Err(RefusalCode::AlreadyProposed.by("T6")),
        None => Ok(()),
    }
}

fn confirm_rejection(desk: &Desk<'_>) -> Result<(), Refusal> {
    match &desk.case.rejection {
        None => Err(RefusalCode::NotProposed.by("T6")),
        Some(rejection) if rejection.proposed_by == desk.actor.account => {
            Err(RefusalCode::SamePerson.by("T6"))
        }
        Some(_) => Ok(()),
    }
}

/// I7: an application whose consent was taken back is not taken up again.
fn not_taken_back(desk: &Desk<'_>) -> Result<(), Refusal> {
    if taken_back(desk, Purpose::Registration) { Err(RefusalCode::ConsentWithdrawn.by("I7")) } else { Ok(()) }
}

/// I7: who took back the consent to be contacted is left in peace.
fn may_contact(desk: &Desk<'_>, rule: &str) -> Result<(), Refusal> {
    if taken_back(desk, Purpose::Contact) { consent(desk, rule, Purpose::Contact) } else { Ok(()) }
}

/// A consent for the purpose was taken back and not given again.
fn taken_back(desk: &Desk<'_>, purpose: Purpose) -> bool {
    let given = || desk.case.consents.iter().filter(|given| given.purpose == purpose);
    given().any(|given| given.withdrawn.is_some()) && !given().any(|given| given.withdrawn.is_none())
}

fn object(desk: &Desk<'_>) -> Result<(), Refusal> {
    not_taken_back(desk)?;
    let Some(rejection) = &desk.case.rejection else { return Err(RefusalCode::NotProposed.by("T6b")) };
    if rejection.answered {
        return Err(RefusalCode::AlreadyAnswered.by("T6b"));
    }
    if rejection.objected {
        return Err(RefusalCode::AlreadyProposed.by("T6b"));
    }
    let limit = desk.rules.limits.objection_working_days;
    let from = rejection.notified.unwrap_or(desk.today);
    let last = desk.context.calendar.after_working_days(from, limit).date;
    if desk.today > last {
        return Err(RefusalCode::TermOver.by("T6b").with("last", last));
    }
    Ok(())
}

fn answer_objection(desk: &Desk<'_>) -> Result<(), Refusal> {
    match &desk.case.rejection {
        Some(rejection) if rejection.objected && rejection.decided_by == Some(desk.actor.account) => {
            Err(RefusalCode::SamePerson.by("T6b"))
        }
        Some(rejection) if rejection.objected => Ok(()),
        _ => Err(RefusalCode::NoObjection.by("T6b")),
    }
}

/// E4: against the *no* of somebody whose own yes is needed nothing goes on; a person counts as competent until a finding
/// says otherwise.
pub(super) fn refuses(desk: &Desk<'_>) -> bool {
    let own_yes = voices(desk.group(), Act::Give(Purpose::Registration)).person == Voice::Needed;
    desk.case.word == PersonWord::Refuses && own_yes
}

/// E4: what the papers said of the capacity is checked before the case is registered: a guardian's signature counts once the
/// finding behind it is recorded, and a child's alone does not.
fn signed_by_whom_it_may_concern(desk: &Desk<'_>) -> Result<(), Refusal> {
    let group = desk.group();
    for given in desk.case.standing() {
        if !group.fits(given.signer.capacity) {
            let stated = given.signer.capacity.code();
            return Err(RefusalCode::CapacityNotRecorded.by("E4").with("capacity", stated));
        }
    }
    Ok(())
}

fn register(desk: &Desk<'_>) -> Result<(), Refusal> {
    consent(desk, "T7", Purpose::Registration)?;
    if refuses(desk) {
        return Err(RefusalCode::PersonRefuses.by("E4"));
    }
    signed_by_whom_it_may_concern(desk)?;
    if let Some(other) = desk.context.other_open_case {
        return Err(RefusalCode::OtherOpenCase.by("I1").with("case", other));
    }
    if !desk.context.person.identity_number_valid {
        return Err(RefusalCode::IdentityNumberInvalid.by("T7"));
    }
    match super::signing::form(desk, FormCode::F1) {
        Some(form) if form.complete => Ok(()),
        Some(_) => Err(RefusalCode::FormIncomplete.by("T7").with("form", "F1")),
        None => Err(RefusalCode::FormMissing.by("T7").with("form", "F1")),
    }
}

fn refer(desk: &Desk<'_>) -> Result<(), Refusal> {
    consent(desk, "T8", Purpose::Institution)?;
    if refuses(desk) {
        return Err(RefusalCode::PersonRefuses.by("E4"));
    }
    let limit = usize::from(desk.rules.limits.declines_before_civil_affairs);
    if desk.case.declines() >= limit && desk.actor.role != Role::CivilAffairsOfficer {
        return Err(RefusalCode::CivilAffairsDecides.by("T11").with("declines", desk.case.declines()));
    }
    reassessed(desk)?;
    if shortlist(desk.case, desk.context, desk.today).candidates.is_empty() {
        return Err(RefusalCode::NoFreePlace.by("T8"));
    }
    Ok(())
}

/// A reason whose effect is a re-assessment holds the next offer up until an assessment of a later day is stored.
fn reassessed(desk: &Desk<'_>) -> Result<(), Refusal> {
    let Some(last) = desk.case.offers.last() else { return Ok(()) };
    let OfferOutcome::Declined { reason } = &last.outcome else { return Ok(()) };
    let answered = last.answered.unwrap_or(last.on);
    let needed = desk.context.reasons.get(reason, answered).is_some_and(|reason| reason.reassess);
    let done = desk.case.form(FormCode::F4).is_some_and(|form| form.complete && form.on >= answered);
    if needed && !done {
        Err(RefusalCode::ReassessmentNeeded.by("T11").with("reason", reason))
    } else {
        Ok(())
    }
}

fn queue(desk: &Desk<'_>) -> Result<(), Refusal> {
    match shortlist(desk.case, desk.context, desk.today).candidates.first() {
        Some(best) => Err(RefusalCode::InstitutionFits.by("T9").with("institution", best.institution)),
        None => Ok(()),
    }
}

fn overdue(desk: &Desk<'_>, rule: &str, clock: Clock) -> Result<(), Refusal> {
    let stage = desk.case.clocks.get(&clock).map(|run| run.stage(desk.now));
    if stage == Some(Stage::Overdue) { Ok(()) } else { Err(RefusalCode::TermNotOver.by(rule)) }
}

fn not_suitable(desk: &Desk<'_>) -> Result<(), Refusal> {
    if desk.case.suitable == Some(true) {
        return Err(RefusalCode::OutcomeDiffers.by("T15"));
    }
    match (&desk.case.not_suitable, desk.actor.role) {
        (None, Role::ReferralWorker) => Err(RefusalCode::NotProposed.by("T15")),
        (Some(_), Role::Assessor) => Err(RefusalCode::AlreadyProposed.by("T15")),
        (Some((first, _)), _) if *first == desk.actor.account => Err(RefusalCode::SamePerson.by("T15")),
        _ => Ok(()),
    }
}

fn agree(desk: &Desk<'_>) -> Result<(), Refusal> {
    if desk.case.suitable != Some(true) {
        return Err(RefusalCode::OutcomeDiffers.by("T16"));
    }
    if refuses(desk) {
        return Err(RefusalCode::PersonRefuses.by("E4"));
    }
    consent(desk, "T16", Purpose::Registration)?;
    consent(desk, "T16", Purpose::Institution)
}

fn resume(desk: &Desk<'_>) -> Result<(), Refusal> {
    in_service(desk)?;
    let Some(suspension) = &desk.case.suspension else { return Ok(()) };
    let limit = i32::from(desk.rules.limits.reassess_after_suspension_days);
    let days = suspension.since.until(desk.today).map_or(0, |span| span.get_days());
    let newer = |code| {
        let form = super::signing::form(desk, code);
        form.is_some_and(|form| form.complete && form.on > suspension.since)
    };
    if days > limit && !newer(FormCode::F4) && !newer(FormCode::F8) {
        return Err(RefusalCode::ReassessmentNeeded.by("T20").with("days", days));
    }
    Ok(())
}

fn approve_closure(desk: &Desk<'_>) -> Result<(), Refusal> {
    let Some(closure) = &desk.case.closure else { return Err(RefusalCode::NotProposed.by("T25")) };
    if closure.proposed_by == desk.actor.account {
        return Err(RefusalCode::SamePerson.by("T25"));
    }
    if desk.case.links.children.values().any(|open| *open) {
        return Err(RefusalCode::ChildrenOpen.by("T25"));
    }
    super::closure::evaluated_for(desk, &closure.reason, "I5")
}

fn refuse_closure(desk: &Desk<'_>) -> Result<(), Refusal> {
    match &desk.case.closure {
        None => Err(RefusalCode::NotProposed.by("T25b")),
        Some(closure) if closure.by_consent => Err(RefusalCode::ConsentWithdrawn.by("I7")),
        Some(closure) if closure.proposed_by == desk.actor.account => Err(RefusalCode::SamePerson.by("T25b")),
        Some(closure) if closure.from == crate::referral::State::InService => in_service(desk),
        Some(_) => Ok(()),
    }
}

fn propose_transfer(desk: &Desk<'_>) -> Result<(), Refusal> {
    if desk.case.transfer.is_some() {
        return Err(RefusalCode::AlreadyProposed.by("T26"));
    }
    consent(desk, "T26", Purpose::FileTransfer)
}

fn re_enter(desk: &Desk<'_>) -> Result<(), Refusal> {
    let other = desk.context.other_open_case.or(desk.case.links.next);
    match other {
        Some(other) => Err(RefusalCode::OtherOpenCase.by("I1").with("case", other)),
        None => Ok(()),
    }
}

fn end_after_visits(desk: &Desk<'_>) -> Result<(), Refusal> {
    let case = desk.case;
    if case.links.next.is_some() || super::followup::visits_done(case) {
        return Ok(());
    }
    let left = case.visits_planned.len().saturating_sub(case.visits_done.len());
    Err(RefusalCode::VisitsOutstanding.by("T30").with("left", left))
}

fn acknowledge_feedback(desk: &Desk<'_>) -> Result<(), Refusal> {
    let mine = desk.case.feedback.iter().any(|letter| super::closure::is_for(letter, desk.actor));
    if mine { Ok(()) } else { Err(RefusalCode::NoFeedback.by("T25")) }
}
