//! Step 7, second half: contact, return visits, re-entry, end, death.

use jiff::civil::Date;

use super::signing::{not_future, reason, signer};
use super::{Desk, closure, consent, seed_from, transfer};
use crate::Refusal;
use crate::account::Role;
use crate::capacity::Act;
use crate::clock::Clock;
use crate::contact::ContactWay;
use crate::reason::Category;
use crate::referral::case::{Case, Channel, ContactAttempt, Package};
use crate::referral::change::{Change, Effect, Message, Party, Task};
use crate::referral::command::VisitAction;
use crate::referral::consent::{Purpose, Signer};
use crate::referral::event::Event;
use crate::referral::refusal_code::RefusalCode;
use crate::referral::state::State;

/// T27b, T30: each try to reach the person is written down; a success starts the count anew.
pub(super) fn contact_attempt(
    desk: &Desk<'_>,
    on: Date,
    way: &str,
    reached: bool,
) -> Result<Change, Refusal> {
    not_future(desk, "T27b", on)?;
    if !matches!(way, "phone" | "home" | "video" | "institution") {
        return Err(RefusalCode::ValueInvalid.by("T27b").with("way", way));
    }
    // Nobody is looked for in a way that the person called unsafe.
    if let (Some(rules), Some(way)) = (&desk.context.contact, ContactWay::of_code(way)) {
        rules.allow(&[way])?;
    }
    let attempt = ContactAttempt { on, way: way.to_owned(), reached };
    Ok(desk.stay("T27b", Event::ContactAttempted(attempt)).done())
}

/// Whether as many visits were done as planned.
pub(super) fn visits_done(case: &Case) -> bool {
    case.visits_done.len() >= case.visits_planned.len()
}

/// T28: a return visit (form F11; the Measures attach a template of the return-visit record). K9 runs to the next one.
pub(super) fn return_visit(desk: &Desk<'_>, on: Date, action: VisitAction) -> Result<Change, Refusal> {
    not_future(desk, "T28", on)?;
    let closed = desk.case.closure.as_ref().and_then(|closure| closure.closed);
    if closed.is_some_and(|closed| on < closed) {
        return Err(RefusalCode::DateInvalid.by("T28").with("on", on));
    }
    let mut step = desk.step("T28", Event::Visited { on, action }, State::Closed).stop(Clock::K9);
    let done = desk.case.visits_done.len().saturating_add(1);
    if let Some(next) = desk.case.visits_planned.get(done) {
        step = step.start_until(Clock::K9, *next);
    }
    Ok(match action {
        VisitAction::Hospital => step.task(Task::Emergency, Party::PrimaryDoctor, Some(desk.now)),
        VisitAction::ReEntry => step.task(Task::HearPerson, Party::County(Role::ReferralWorker), None),
        VisitAction::None | VisitAction::Advice => step,
    }
    .done())
}

/// T29: a closed person comes back with a new consent; within 6 months the episode goes on, later a new one begins
/// (local default). Return visits to the closed case stop.
pub(super) fn re_enter(desk: &Desk<'_>, needs: &[String], signed: &Signer) -> Result<Change, Refusal> {
    signer(desk, "E4", &[Act::Give(Purpose::Registration)], signed)?;
    let [next, _] = desk.context.fresh;
    let mut seed = seed_from(desk.case, next, State::Submitted, Channel::ReEntry, desk.actor, desk.now);
    let closed = desk.case.closure.as_ref().and_then(|closure| closure.closed).unwrap_or(desk.today);
    let months = i32::from(desk.rules.limits.same_episode_months);
    if desk.today > closed.saturating_add(jiff::Span::new().months(months)) {
        seed.episode = next;
    }
    if !needs.is_empty() {
        let codes: Vec<&str> = needs.iter().map(String::as_str).collect();
        seed.filing.package = Package::of(&codes);
    }
    seed.offers = Vec::new();
    seed.consents = vec![consent::given(desk, Purpose::Registration, signed, None)];
    let step = desk.step("T29", Event::ReEntered { next }, State::Closed).drop(Clock::K9);
    Ok(step.effect(Effect::Open { seed: Box::new(seed) }).done())
}

/// T30: the follow-up is over: all visits done (Z1), refused (Z2), lost after three tries (Z3), back in another case
/// (Z5). A death (Z4) is recorded as such.
pub(super) fn end(desk: &Desk<'_>, code: &str) -> Result<Change, Refusal> {
    reason(desk, "T30", Category::End, code)?;
    match code {
        "Z1" if !visits_done(desk.case) => return Err(RefusalCode::VisitsOutstanding.by("T30")),
        "Z3" => closure::lost(desk, "T30", 0)?,
        "Z4" => return Err(RefusalCode::ReasonUnknown.by("T31").with("reason", code)),
        "Z5" if desk.case.links.next.is_none() => return Err(RefusalCode::NoOtherCase.by("T30")),
        _ => {}
    }
    Ok(desk.step("T30", Event::Ended, State::Ended).reason(code).drop_all().done())
}

/// T30: the programme ends a case whose visits are done, or that goes on as another.
pub(super) fn end_after_visits(desk: &Desk<'_>) -> Result<Change, Refusal> {
    let code = if desk.case.links.next.is_some() { "Z5" } else { "Z1" };
    Ok(desk.step("T30", Event::Ended, State::Ended).reason(code).drop_all().done())
}

/// T31: death. The case is closed with C7 and ended at once: no return visit; whether the family is called on is
/// theirs to decide. Other open parts of the episode end too.
pub(super) fn death(desk: &Desk<'_>, on: Date, source: &str, cause: &str) -> Result<Change, Refusal> {
    not_future(desk, "T31", on)?;
    if source.trim().is_empty() || cause.trim().is_empty() {
        return Err(RefusalCode::ItemsMissing.by("T31"));
    }
    let event = Event::Died { on, source: source.to_owned(), cause: cause.to_owned() };
    let closed = transfer::finish(desk, desk.step("T31", event, State::Closed).reason("C7"));
    let mut change = repeat(desk, closed.message(Message::EndNotice, Party::Senders)).done();
    let mut ended = desk.step("T31", Event::Ended, State::Ended).reason("Z4").done();
    for recorded in &mut ended.events {
        recorded.from = Some(State::Closed);
        recorded.sequence = recorded.sequence.saturating_add(1);
        recorded.forms.clear();
    }
    change.events.append(&mut ended.events);
    Ok(change)
}

/// The same command on other parts of the episode: children always; the parent when a person, not the programme,
/// gave the command.
pub(super) fn repeat<'a>(desk: &Desk<'a>, mut step: super::step::Step<'a>) -> super::step::Step<'a> {
    let children = desk.case.links.children.iter().filter(|(_, open)| **open).map(|(child, _)| *child);
    let parent = desk.case.links.parent.filter(|_| desk.actor.role != Role::System);
    for case in children.chain(parent) {
        step = step.effect(Effect::RepeatOn { case });
    }
    step
}
