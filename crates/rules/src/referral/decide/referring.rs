//! Step 3: referral to an institution, waiting list, the institution's answer.

use std::collections::BTreeSet;

use jiff::civil::Date;
use uuid::Uuid;

use super::signing::reason;
use super::{Desk, seed_from};
use crate::Refusal;
use crate::account::Role;
use crate::clock::Clock;
use crate::reason::{Category, Reason};
use crate::referral::case::{Channel, Hold, Item, Package};
use crate::referral::change::{Change, Effect, Message, Party, Task};
use crate::referral::command::{Answer, ItemAnswer};
use crate::referral::event::{Event, Seed};
use crate::referral::refusal_code::RefusalCode;
use crate::referral::shortlist::{obstacle, shortlist};
use crate::referral::state::State;

/// T8: referral to a suitable institution within 5 working days of registration (Measures, 2023). The institution is
/// listed, serves area, disorder group and age, offers a service asked for, is not cooling down and has a free
/// place, which is held until K3 ends. The shortlist is shown and the person chooses; the system offers only the
/// next institution of an order that the person agreed to.
pub(super) fn refer(
    desk: &Desk<'_>,
    institution: Uuid,
    person_asked: bool,
    agreed_order: &[Uuid],
) -> Result<Change, Refusal> {
    let facts =
        desk.context.institution(institution).ok_or_else(|| RefusalCode::InstitutionUnknown.by("T8"))?;
    if let Some((why, until)) = obstacle(desk.case, desk.context, facts, desk.today) {
        let refusal = why.by("T8").with("institution", institution);
        return Err(match until {
            Some(day) => refusal.with("until", day),
            None => refusal,
        });
    }
    let by_system = desk.actor.role == Role::System;
    if by_system && next_in_order(desk, None) != Some(institution) {
        return Err(RefusalCode::NotNextInOrder.by("T8"));
    }
    if !by_system && !person_asked {
        return Err(RefusalCode::PersonNotAsked.by("T8"));
    }
    let list = shortlist(desk.case, desk.context, desk.today);
    let shown = list.candidates.iter().map(|candidate| candidate.institution).collect();
    let order = if by_system { desk.case.agreed_order.clone() } else { agreed_order.to_vec() };
    let until = desk.context.calendar.after_working_days(desk.today, desk.rules.rule(Clock::K3).limit).date;
    let event = Event::Referred { institution, shortlist: shown, agreed_order: order, until };
    let step = desk.step("T8", event, State::Referred).stop(Clock::K2).start(Clock::K3);
    let step = step.hold(institution, Hold::Reserved { until: Some(until) });
    Ok(step.message_due(Message::ReferralSlip, Party::Institution(institution), until).done())
}

/// The next institution of the agreed order that was not asked yet and fits.
fn next_in_order(desk: &Desk<'_>, skip: Option<Uuid>) -> Option<Uuid> {
    let fits = |id: &&Uuid| {
        let asked = desk.case.offers.iter().any(|offer| offer.institution == **id);
        let facts = desk.context.institution(**id);
        !asked
            && Some(**id) != skip
            && facts.is_some_and(|facts| obstacle(desk.case, desk.context, facts, desk.today).is_none())
    };
    desk.case.agreed_order.iter().find(fits).copied()
}

/// T9: no institution fits. The demand counts as unmet, and a K2 that has run out is told to civil affairs.
pub(super) fn queue(desk: &Desk<'_>, code: &str, priority: u8) -> Result<Change, Refusal> {
    reason(desk, "T9", Category::Queue, code)?;
    if !(1..=3).contains(&priority) {
        return Err(RefusalCode::ValueInvalid.by("T9").with("priority", priority));
    }
    let step = desk.step("T9", Event::Queued { priority }, State::Waiting).reason(code).stop(Clock::K2);
    Ok(step.effect(Effect::UnmetDemand).message(Message::QueueNotice, Party::Client).done())
}

/// T10: a place became free; K2 starts again.
pub(super) fn place_free(desk: &Desk<'_>, institution: Uuid) -> Result<Change, Refusal> {
    let facts =
        desk.context.institution(institution).ok_or_else(|| RefusalCode::InstitutionUnknown.by("T10"))?;
    if let Some((why, _)) = obstacle(desk.case, desk.context, facts, desk.today) {
        return Err(why.by("T10").with("institution", institution));
    }
    let event = Event::PlaceBecameFree { institution };
    Ok(desk.step("T10", event, State::Registered).start(Clock::K2).done())
}

/// T11: the institution declines with a reason, whose effect follows: cool-down, count of places, complaint check,
/// re-assessment. The next offer is due within 3 working days; after the second decline civil affairs decides
/// (local defaults).
pub(super) fn decline(desk: &Desk<'_>, code: &str) -> Result<Change, Refusal> {
    let reason = reason(desk, "T11", Category::Decline, code)?;
    let Some(institution) = desk.case.offered_to() else { return Err(RefusalCode::NotProposed.by("T11")) };
    let event = Event::Declined { cool_until: cool_until(desk.today, reason.cool_down_days) };
    let again = desk.rules.limits.refer_again_working_days;
    let step = desk.step("T11", event, State::Registered).reason(code).stop(Clock::K3).release();
    let mut step = step.start_in(Clock::K2, again).message(Message::AnswerNotice, Party::Senders);
    let due = step.due_of(Clock::K2).map(|term| term.at);
    for effect in effects_of(desk, reason, institution) {
        step = step.effect(effect);
    }
    let limit = usize::from(desk.rules.limits.declines_before_civil_affairs);
    if desk.case.declines().saturating_add(1) >= limit {
        step = step.task(Task::SecondDecline, Party::County(Role::CivilAffairsOfficer), due);
    } else if !reason.reassess
        && let Some(next) = next_in_order(desk, Some(institution))
    {
        step = step.effect(Effect::OfferNext { institution: next });
    }
    Ok(step.done())
}

fn cool_until(today: Date, days: u16) -> Option<Date> {
    (days > 0).then(|| today.saturating_add(jiff::Span::new().days(i64::from(days))))
}

/// What a reason brings about beyond the state.
fn effects_of(desk: &Desk<'_>, reason: &Reason, institution: Uuid) -> Vec<Effect> {
    let county = Party::County(Role::CivilAffairsOfficer);
    let mut effects = Vec::new();
    let task = |kind, to| Effect::Task { kind, to, due: None };
    if reason.recount_capacity && counted_free(desk, institution) > 0 {
        effects.push(task(Task::ChallengeCapacity, county));
    }
    if reason.complaint_check {
        effects.push(task(Task::ComplaintCheck, county));
    }
    if reason.reassess {
        effects.push(task(Task::Reassess, Party::County(Role::ReferralWorker)));
    }
    effects
}

/// Free places by the count, the one held for this case included.
fn counted_free(desk: &Desk<'_>, institution: Uuid) -> i64 {
    let held = desk.case.place.as_ref().is_some_and(|place| place.institution == institution);
    desk.context.institution(institution).map_or(0, |facts| facts.places.free() + i64::from(held))
}

/// T12: no answer within K3. The offer is taken back, the institution is marked late and cools down; never is a
/// case closed because an institution is silent (local default).
pub(super) fn recall_silent(desk: &Desk<'_>) -> Result<Change, Refusal> {
    let Some(institution) = desk.case.offered_to() else { return Err(RefusalCode::NotProposed.by("T12")) };
    let event = Event::RecalledSilent {
        cool_until: cool_until(desk.today, desk.rules.limits.silence_cool_down_days),
    };
    let again = desk.rules.limits.refer_again_working_days;
    let step = desk.step("T12", event, State::Registered).stop(Clock::K3).release();
    let mut step = step.start_in(Clock::K2, again).effect(Effect::LateAnswer { institution });
    step = step.message(Message::RecallNotice, Party::Institution(institution));
    if let Some(next) = next_in_order(desk, Some(institution)) {
        step = step.effect(Effect::OfferNext { institution: next });
    }
    Ok(step.done())
}

/// T12: the institution was suspended, removed or has left the library. An open offer is taken back and goes to the next
/// of the order that the person agreed to, without blame for a late answer; whoever the institution has accepted stays
/// there until the referral desk has found another (nobody is stranded; local default). Each end of a listing is taken
/// in once.
pub(super) fn institution_unlisted(
    desk: &Desk<'_>,
    institution: Uuid,
    notice: Uuid,
) -> Result<Change, Refusal> {
    if desk.case.unlisted.contains(&notice) {
        return Err(RefusalCode::AlreadyAnswered.by("T12"));
    }
    if desk.context.institution(institution).is_some_and(|facts| facts.listed) {
        return Err(RefusalCode::StillListed.by("T12").with("institution", institution));
    }
    if desk.case.offered_to().or(desk.case.institution) != Some(institution) {
        return Err(RefusalCode::NotYourCase.by("T12"));
    }
    let event = Event::InstitutionUnlisted { institution, notice };
    if desk.case.state != State::Referred {
        let step = desk.stay("T12", event);
        return Ok(step.task(Task::ReferOn, Party::County(Role::ReferralWorker), None).done());
    }
    let again = desk.rules.limits.refer_again_working_days;
    let step = desk.step("T12", event, State::Registered).drop(Clock::K3).release();
    let step = step.start_in(Clock::K2, again);
    let step = step.message(Message::RecallNotice, Party::Institution(institution));
    Ok(match next_in_order(desk, Some(institution)) {
        Some(next) => step.effect(Effect::OfferNext { institution: next }),
        None => step,
    }
    .done())
}

/// T13: the institution accepts and names the case manager. Items it declines or puts on its own waiting list go to
/// a child case each way, with the same consent and history (local default). K4 starts.
pub(super) fn accept(desk: &Desk<'_>, case_manager: Uuid, answers: &[ItemAnswer]) -> Result<Change, Refusal> {
    if !desk.context.case_managers.contains(&case_manager) {
        return Err(RefusalCode::NotACaseManager.by("T13"));
    }
    let Some(institution) = desk.case.offered_to() else { return Err(RefusalCode::NotProposed.by("T13")) };
    let answers = complete_answers(desk, answers)?;
    let (declined, waiting) = split(desk, &answers)?;
    let mut children = Vec::new();
    let mut seeds = Vec::new();
    let [first, second] = desk.context.fresh;
    if !declined.is_empty() {
        children.push(first);
        seeds.push(child(desk, first, State::Registered, declined, None));
    }
    if !waiting.is_empty() {
        children.push(second);
        seeds.push(child(desk, second, State::Waiting, waiting, Some(institution)));
    }
    let event = Event::Accepted { case_manager, answers, children };
    let step = desk.step("T13", event, State::Accepted).stop(Clock::K3).start(Clock::K4);
    let step = step.hold(institution, Hold::Reserved { until: None });
    let mut step = step.message(Message::AnswerNotice, Party::Senders);
    for seed in seeds {
        step = step.effect(Effect::Open { seed: Box::new(seed) });
    }
    Ok(step.done())
}

/// One answer for each item; no answers at all accept everything from today.
fn complete_answers(desk: &Desk<'_>, answers: &[ItemAnswer]) -> Result<Vec<ItemAnswer>, Refusal> {
    let items = &desk.case.filing.package.items;
    if answers.is_empty() {
        let yes = |item: &Item| ItemAnswer {
            service: item.service.clone(),
            answer: Answer::Yes { from: desk.today },
        };
        return Ok(items.iter().map(yes).collect());
    }
    let wanted: BTreeSet<&str> = items.iter().map(|item| item.service.as_str()).collect();
    let given: BTreeSet<&str> = answers.iter().map(|answer| answer.service.as_str()).collect();
    if wanted != given || answers.len() != given.len() {
        return Err(RefusalCode::AnswersIncomplete.by("T13"));
    }
    if !answers.iter().any(|answer| matches!(answer.answer, Answer::Yes { .. })) {
        return Err(RefusalCode::NothingAccepted.by("T13"));
    }
    Ok(answers.to_vec())
}

/// Items declined, and items on the institution's waiting list.
fn split(desk: &Desk<'_>, answers: &[ItemAnswer]) -> Result<(Package, Package), Refusal> {
    let mut declined = Package::default();
    let mut waiting = Package::default();
    for answer in answers {
        let item = Item { service: answer.service.clone(), from: None };
        match &answer.answer {
            Answer::Yes { from } if *from < desk.today => {
                return Err(RefusalCode::DateInvalid.by("T13").with("from", from));
            }
            Answer::Yes { .. } => {}
            Answer::WaitList { .. } => waiting.items.push(item),
            Answer::No { reason: code } => {
                reason(desk, "T13", Category::Decline, code)?;
                declined.items.push(item);
            }
        }
    }
    Ok((declined, waiting))
}

fn child(desk: &Desk<'_>, id: Uuid, state: State, package: Package, waiting_at: Option<Uuid>) -> Seed {
    let mut seed = seed_from(desk.case, id, state, Channel::Split, desk.actor, desk.now);
    seed.parent = Some(desk.case.id);
    seed.previous = None;
    seed.sources = desk.case.sources.clone();
    seed.filing.package = package;
    seed.waiting_at = waiting_at;
    seed.offers.retain(|offer| offer.cool_until.is_some());
    seed
}

impl Package {
    fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// T13: another case manager of the same institution takes over, so that leave or illness strands nobody.
pub(super) fn change_case_manager(desk: &Desk<'_>, case_manager: Uuid) -> Result<Change, Refusal> {
    if !desk.context.case_managers.contains(&case_manager) {
        return Err(RefusalCode::NotACaseManager.by("T13"));
    }
    Ok(desk.stay("T13", Event::CaseManagerChanged { case_manager }).done())
}
