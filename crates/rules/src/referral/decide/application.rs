//! Steps 1 and 2: application, supplement, rejection and objection, registration.

use uuid::Uuid;

use super::signing::{form, handed_in, reason};
use super::{Desk, ready};
use crate::Refusal;
use crate::account::Role;
use crate::clock::Clock;
use crate::form::FormCode;
use crate::reason::Category;
use crate::referral::case::{Filing, Source};
use crate::referral::change::{Change, Effect, Message, Party, Task};
use crate::referral::command::{Eligibility, Ground};
use crate::referral::event::Event;
use crate::referral::refusal_code::RefusalCode;
use crate::referral::state::State;

/// T1: change a draft. A draft lives 30 days (local default).
pub(super) fn save(desk: &Desk<'_>, filing: &Filing) -> Result<Change, Refusal> {
    Ok(desk.step("T1", Event::DraftSaved(Box::new(filing.clone())), State::Draft).done())
}

/// T1: a draft that was not sent is dropped with its data (local default).
pub(super) fn expire_draft(desk: &Desk<'_>) -> Result<Change, Refusal> {
    let days = i64::from(desk.rules.limits.draft_days);
    let last = desk.case.begun.saturating_add(jiff::Span::new().days(days));
    if desk.today <= last {
        return Err(RefusalCode::TermNotOver.by("T1").with("last", last));
    }
    let step = desk.step("T1", Event::DraftExpired, State::Lapsed).reason("L2").drop_all();
    Ok(step.effect(Effect::DeleteDraft).done())
}

/// T2: the platform receives the application and K1 starts (Measures, 2023: check within 5 working days of receipt).
/// An application by another subject may come without consent; it is then a lead with name, telephone and division
/// only, and is completed before registration (local default).
pub(super) fn submit(desk: &Desk<'_>) -> Result<Change, Refusal> {
    match form(desk, FormCode::F1) {
        None => return Err(RefusalCode::FormMissing.by("T2").with("form", "F1")),
        Some(form) if !form.complete && !ready::is_lead(desk) => {
            return Err(RefusalCode::FormIncomplete.by("T2").with("form", "F1"));
        }
        Some(_) => {}
    }
    let event = Event::Submitted { receipt: desk.context.number.clone() };
    let step = desk.step("T2", event, State::Submitted).start(Clock::K1);
    Ok(step.message(Message::Receipt, Party::Senders).done())
}

/// T3: one notice names everything that is missing (one-time notice). K1 stops, K10 runs; twice at most and ten
/// working days in total (local default).
pub(super) fn ask_supplement(desk: &Desk<'_>, items: &[String]) -> Result<Change, Refusal> {
    if items.is_empty() || items.iter().any(|item| item.trim().is_empty()) {
        return Err(RefusalCode::ItemsMissing.by("T3"));
    }
    let (_, used) = desk.case.supplements;
    let limits = &desk.rules.limits;
    let left = limits.supplement_working_days.saturating_sub(used).min(desk.rules.rule(Clock::K10).limit);
    let event = Event::SupplementAsked { items: items.to_vec() };
    let step = desk.step("T3", event, State::Supplement).stop(Clock::K1).start_in(Clock::K10, left);
    let due = step.due_of(Clock::K10).map_or(desk.today, |term| term.date);
    Ok(step.message_due(Message::SupplementNotice, Party::Senders, due).done())
}

/// T4: a full answer starts K1 again from zero (local default).
pub(super) fn resubmit(desk: &Desk<'_>, answered: &[String]) -> Result<Change, Refusal> {
    let open: Vec<&str> =
        desk.case.missing.iter().filter(|item| !answered.contains(item)).map(String::as_str).collect();
    if !open.is_empty() {
        return Err(RefusalCode::ItemsUnanswered.by("T4").with("items", open.join(" ")));
    }
    let asked =
        desk.case.clocks.get(&Clock::K10).map_or(desk.today, |run| crate::clock::china_date(run.started));
    let days = desk.context.calendar.working_days_between(asked, desk.today).max(0);
    let working_days = u16::try_from(days).unwrap_or(u16::MAX);
    let event = Event::Resubmitted { working_days };
    Ok(desk.step("T4", event, State::Submitted).stop(Clock::K10).start(Clock::K1).done())
}

/// T5: the applicant did not answer within K10 (local default). A new application is always possible.
pub(super) fn expire_supplement(desk: &Desk<'_>) -> Result<Change, Refusal> {
    let step = desk.step("T5", Event::SupplementExpired, State::Lapsed).reason("L1").stop(Clock::K10);
    Ok(step.drop_all().message(Message::LapseNotice, Party::Senders).done())
}

/// T6, first signature: the referral worker proposes, the clock runs on (two persons: local default).
pub(super) fn propose_rejection(desk: &Desk<'_>, code: &str) -> Result<Change, Refusal> {
    reason(desk, "T6", Category::Rejection, code)?;
    if code == "R3" && desk.context.other_open_case.is_none() {
        return Err(RefusalCode::NoOtherCase.by("T6"));
    }
    let step = desk.stay("T6", Event::RejectionProposed).reason(code);
    let due = desk.case.clocks.get(&Clock::K1).map(|run| run.term.at);
    Ok(step.task(Task::DecideRejection, Party::County(Role::CivilAffairsOfficer), due).done())
}

/// T6, second signature: civil affairs confirms and the notice names the right to object. A duplicate joins the
/// case that is open already: one episode, several sources.
pub(super) fn confirm_rejection(desk: &Desk<'_>, notice_sent: bool) -> Result<Change, Refusal> {
    let Some(rejection) = &desk.case.rejection else { return Err(RefusalCode::NotProposed.by("T6")) };
    if !notice_sent {
        return Err(RefusalCode::NoticeNotSent.by("T6"));
    }
    let step = desk.step("T6", Event::Rejected, State::Rejected).reason(&rejection.reason).stop(Clock::K1);
    let mut step = step.message(Message::RejectionNotice, Party::Senders);
    if rejection.reason == "R3"
        && let Some(other) = desk.context.other_open_case
    {
        for source in &desk.case.sources {
            step = step.effect(Effect::AddSource { case: other, source: source.clone() });
        }
    }
    Ok(step.done())
}

/// T6b: the applicant objects within 15 working days of the notice; K13 runs (local default). The grounds stand in form
/// F13 or in a document; an objection by word of mouth comes without.
pub(super) fn object(desk: &Desk<'_>, document: Option<Uuid>) -> Result<Change, Refusal> {
    let written = handed_in(desk, FormCode::F13);
    if written.is_some_and(|form| !form.complete) {
        return Err(RefusalCode::FormIncomplete.by("T6b").with("form", "F13"));
    }
    let document = document.or(written.map(|form| form.document));
    let step = desk.stay("T6b", Event::Objected { document }).start(Clock::K13);
    let due = step.due_of(Clock::K13).map(|term| term.at);
    Ok(step.task(Task::AnswerObjection, Party::County(Role::CivilAffairsOfficer), due).done())
}

/// T6b: civil affairs, but not the first decider, finds the objection right; the check starts anew.
pub(super) fn uphold_objection(desk: &Desk<'_>) -> Result<Change, Refusal> {
    let step = desk.step("T6b", Event::ObjectionUpheld, State::Submitted).stop(Clock::K13);
    Ok(step.start(Clock::K1).message(Message::ObjectionAnswer, Party::Senders).done())
}

/// T6b: civil affairs, but not the first decider, finds that the rejection stands.
pub(super) fn dismiss_objection(desk: &Desk<'_>, code: &str) -> Result<Change, Refusal> {
    reason(desk, "T6b", Category::Rejection, code)?;
    let step = desk.stay("T6b", Event::ObjectionDismissed).reason(code).stop(Clock::K13);
    Ok(step.message(Message::ObjectionAnswer, Party::Senders).done())
}

/// T7: registration within 5 working days of receipt (Measures, 2023). E1 disorder in scope, E2 need and home in the
/// area, E3 nothing known speaks against it, E4 consent; no other open case of the person (I1). K2 starts.
pub(super) fn register(desk: &Desk<'_>, found: &Eligibility) -> Result<Change, Refusal> {
    if !found.identity_verified {
        return Err(RefusalCode::IdentityNotVerified.by("T7"));
    }
    let in_scope = match found.ground {
        Ground::HealthRegister | Ground::DisabilityCertificate => true,
        Ground::Extended => desk.context.extended_disorders,
        Ground::OutOfScope => false,
    };
    if !in_scope {
        return Err(RefusalCode::OutOfScope.by("E1"));
    }
    if !found.lives_at_home {
        return Err(RefusalCode::NotAtHome.by("E2"));
    }
    if !found.has_need || found.package.items.is_empty() {
        return Err(RefusalCode::NoNeed.by("E2"));
    }
    if !found.suitable {
        return Err(RefusalCode::MedicalRoute.by("E3"));
    }
    let event =
        Event::Registered { number: desk.context.number.clone(), eligibility: Box::new(found.clone()) };
    let step = desk.step("T7", event, State::Registered).stop(Clock::K1).start(Clock::K2);
    Ok(step.message(Message::RegistrationNotice, Party::Senders).done())
}

/// I1: another filing of the same need joins this case instead of opening a second one.
pub(super) fn add_source(desk: &Desk<'_>, source: &Source) -> Result<Change, Refusal> {
    Ok(desk.stay("I1", Event::SourceAdded(source.clone())).done())
}
