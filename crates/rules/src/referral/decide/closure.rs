//! Step 7, first half: closure.

use jiff::civil::Date;
use uuid::Uuid;

use super::signing::{form, need, reason};
use super::step::Step;
use super::{Desk, seed_from};
use crate::Refusal;
use crate::account::{Actor, Role};
use crate::calendar;
use crate::clock::Clock;
use crate::form::{FormCode, Signatory};
use crate::reason::Category;
use crate::referral::case::{Case, Channel, Closure, Feedback};
use crate::referral::change::{Change, Effect, Message, Party, Task};
use crate::referral::event::Event;
use crate::referral::refusal_code::RefusalCode;
use crate::referral::state::State;

/// Closing needs no evaluation when the person moved, is lost or has died, or took consent back.
fn needs_evaluation(case: &Case, code: &str) -> bool {
    let by_consent = case.closure.as_ref().is_some_and(|closure| closure.by_consent);
    !by_consent && !matches!(code, "C5" | "C6" | "C7")
}

/// I5: goals reached (C1) and back in society (C2) need a stage evaluation of the last 30 days; other reasons need a
/// final evaluation once service has begun.
pub(super) fn evaluated_for(desk: &Desk<'_>, code: &str, rule: &str) -> Result<(), Refusal> {
    if !needs_evaluation(desk.case, code) {
        return Ok(());
    }
    let limit = i32::from(desk.rules.limits.closing_evaluation_days);
    let recent = desk
        .case
        .last_evaluation
        .is_some_and(|(on, _)| on.until(desk.today).map_or(i32::MAX, |span| span.get_days()) <= limit);
    let missing = RefusalCode::EvaluationMissing.by(rule).with("reason", code);
    if matches!(code, "C1" | "C2") {
        return if recent { Ok(()) } else { Err(missing) };
    }
    let closing = |code| {
        let form = form(desk, code);
        form.is_some_and(|form| form.complete && form.kind.as_deref() == Some("closing"))
    };
    let served = desk.case.service_since.is_some();
    if !served || recent || closing(FormCode::F4) || closing(FormCode::F8) { Ok(()) } else { Err(missing) }
}

/// T24: the case manager proposes to close, with a reason and a draft of form F10. Lost (C6) needs three tries on
/// different days over a month (local default); a death is recorded as such and not proposed.
pub(super) fn propose(desk: &Desk<'_>, code: &str) -> Result<Change, Refusal> {
    reason(desk, "T24", Category::Closure, code)?;
    if code == "C7" {
        return Err(RefusalCode::ReasonUnknown.by("T31").with("reason", code));
    }
    evaluated_for(desk, code, "T24")?;
    if code == "C6" {
        lost(desk, "T24", desk.rules.limits.lost_contact_months)?;
    }
    let closure = Closure {
        reason: code.to_owned(),
        from: desk.case.state,
        proposed_by: desk.actor.account,
        by_consent: false,
        closed: None,
    };
    Ok(closing(desk, "T24", Event::ClosureProposed(closure), code).done())
}

/// The step to the state in which closure is decided: K8 runs, K6 and K7 rest, a pending return to hospital falls.
pub(super) fn closing<'a>(desk: &Desk<'a>, rule: &'static str, event: Event, code: &str) -> Step<'a> {
    let step = desk.step(rule, event, State::Closing).reason(code).freeze(Clock::K6).freeze(Clock::K7);
    let step = step.freeze(Clock::K14).drop(Clock::K11).start(Clock::K8);
    let due = step.due_of(Clock::K8).map(|term| term.at);
    match desk.case.institution {
        Some(institution) => step.task(Task::DecideClosure, Party::Institution(institution), due),
        None => step.task(Task::DecideClosure, Party::County(Role::CivilAffairsOfficer), due),
    }
}

/// Tries to reach the person: on as many different days as the limit says, and over as many months.
pub(super) fn lost(desk: &Desk<'_>, rule: &str, months: u16) -> Result<(), Refusal> {
    let mut days: Vec<Date> = desk.case.contacts.iter().map(|attempt| attempt.on).collect();
    days.sort_unstable();
    days.dedup();
    let wanted = usize::from(desk.rules.limits.contact_attempts);
    let spans = match (days.first(), days.last()) {
        (Some(first), Some(last)) => {
            first.saturating_add(jiff::Span::new().months(i32::from(months))) <= *last
        }
        _ => false,
    };
    if days.len() >= wanted && (months == 0 || spans) {
        return Ok(());
    }
    Err(RefusalCode::ContactsMissing.by(rule).with("days", days.len()).with("wanted", wanted))
}

/// T25: the institution approves and signs, or civil affairs after a spot check on the case manager's signature alone;
/// never the one who proposed. The client or guardian was told, a follow-up plan exists, form F10 is signed (I5), and every part of a split package has ended.
/// Every sender gets a feedback letter to acknowledge; K9 runs to the first return visit. A case that ends with the
/// contract (C9) goes on as a new one: nobody is stranded.
pub(super) fn approve(desk: &Desk<'_>, client_told: bool, follow_up_plan: bool) -> Result<Change, Refusal> {
    let Some(closure) = &desk.case.closure else { return Err(RefusalCode::NotProposed.by("T25")) };
    let signatories: &[Signatory] = match desk.actor.role {
        Role::CivilAffairsOfficer => &[Signatory::CaseManager],
        _ => &[Signatory::CaseManager, Signatory::Institution],
    };
    need("I5", form(desk, FormCode::F10), FormCode::F10, signatories)?;
    if !client_told && closure.reason != "C6" {
        return Err(RefusalCode::ClientNotTold.by("T25"));
    }
    if !follow_up_plan && !closure.by_consent {
        return Err(RefusalCode::FollowUpPlanMissing.by("T25"));
    }
    let visits = if closure.by_consent { Vec::new() } else { visits(desk) };
    let feedback = feedback(desk);
    let [fresh, _] = desk.context.fresh;
    let next = (closure.reason == "C9").then_some(fresh);
    let event = Event::Closed { visits: visits.clone(), feedback: feedback.clone(), next };
    let step = desk.step("T25", event, State::Closed).reason(&closure.reason).stop(Clock::K8);
    let mut step = step.drop_all().release();
    if let Some(id) = next {
        let seed = seed_from(desk.case, id, State::Registered, Channel::ReEntry, desk.actor, desk.now);
        step = step.effect(Effect::Open { seed: Box::new(seed) });
    }
    Ok(after_closing(desk, step, &visits, &feedback).done())
}

/// K9, notices and feedback letters of a closed case.
pub(super) fn after_closing<'a>(
    desk: &Desk<'a>,
    mut step: Step<'a>,
    visits: &[Date],
    feedback: &[Feedback],
) -> Step<'a> {
    if let Some(first) = visits.first() {
        step = step.start_until(Clock::K9, *first);
    }
    step = step.message(Message::ClosureNotice, Party::Client);
    for letter in feedback {
        step = step.message_due(Message::FeedbackLetter, Party::Account(letter.account), letter.due);
    }
    match desk.case.links.parent {
        Some(parent) => step.effect(Effect::TellParent { parent }),
        None => step,
    }
}

/// Days of the return visits: 1, 3, 6 and 12 months after closing (local default), moved to working days.
pub(super) fn visits(desk: &Desk<'_>) -> Vec<Date> {
    let months = &desk.rules.limits.visit_months;
    let day = |months: &u16| desk.context.calendar.due(desk.today, calendar::Term::Months(*months)).date;
    months.iter().map(day).collect()
}

/// One letter to each sender, to be acknowledged within 5 working days (local default).
pub(super) fn feedback(desk: &Desk<'_>) -> Vec<Feedback> {
    let days = desk.rules.limits.feedback_working_days;
    let due = desk.context.calendar.after_working_days(desk.today, days).date;
    let letter =
        |account: Uuid, organisation: Uuid| Feedback { account, organisation, due, acknowledged: None };
    let senders = desk.case.sources.iter().filter(|source| source.role != Role::Client);
    senders.map(|source| letter(source.account, source.organisation)).collect()
}

/// T25b: the closure is refused with a reason; the case returns to the state it came from and its clocks go on. A
/// closure that follows from a consent taken back cannot be refused (I7).
pub(super) fn refuse(desk: &Desk<'_>, code: &str) -> Result<Change, Refusal> {
    reason(desk, "T25b", Category::Refused, code)?;
    let Some(closure) = &desk.case.closure else { return Err(RefusalCode::NotProposed.by("T25b")) };
    let step = desk.step("T25b", Event::ClosureRefused, closure.from).reason(code).stop(Clock::K8);
    let step = step.thaw(Clock::K6).thaw(Clock::K14);
    Ok(if closure.from == State::Suspended { step } else { step.thaw(Clock::K7) }.done())
}

/// T25: a part of the package that was split off has ended.
pub(super) fn child_ended(desk: &Desk<'_>, child: Uuid) -> Result<Change, Refusal> {
    if !desk.case.links.children.contains_key(&child) {
        return Err(RefusalCode::NoOtherCase.by("T25"));
    }
    Ok(desk.stay("T25", Event::ChildEnded { child }).done())
}

/// The letter is for this actor, or for the actor's organisation, and not acknowledged yet.
pub(super) fn is_for(letter: &Feedback, actor: &Actor) -> bool {
    let same_house = letter.organisation != Uuid::nil() && letter.organisation == actor.organisation;
    letter.acknowledged.is_none() && (letter.account == actor.account || same_house)
}

/// T25: the sender has read the feedback.
pub(super) fn acknowledge_feedback(desk: &Desk<'_>) -> Result<Change, Refusal> {
    let letter = desk.case.feedback.iter().find(|letter| is_for(letter, desk.actor));
    let letter = letter.ok_or_else(|| RefusalCode::NoFeedback.by("T25"))?;
    let event = Event::FeedbackAcknowledged { account: letter.account, on: desk.today };
    Ok(desk.stay("T25", event).done())
}
