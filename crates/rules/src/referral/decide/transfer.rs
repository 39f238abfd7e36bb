//! Ends before closure: transfer to another county, withdrawal by the person, cancellation.

use uuid::Uuid;

use super::signing::{consent, reason};
use super::step::Step;
use super::{Desk, closure, seed_from};
use crate::Refusal;
use crate::reason::Category;
use crate::referral::case::{Channel, Transfer};
use crate::referral::change::{Change, Effect, Message, Party, Task};
use crate::referral::consent::Purpose;
use crate::referral::event::Event;
use crate::referral::refusal_code::RefusalCode;
use crate::referral::state::State;

/// T26, first half: the referral worker proposes the transfer; the person consents to the passing of the file. Until
/// the destination confirms, this county stays accountable (local default).
pub(super) fn propose(desk: &Desk<'_>, county: i64, office: Uuid) -> Result<Change, Refusal> {
    if office == desk.case.filing.office || county == desk.case.filing.county {
        return Err(RefusalCode::NotDestination.by("T26"));
    }
    let event = Event::TransferProposed(Transfer { county, office, proposed_by: desk.actor.account });
    let step = desk.stay("T26", event).message(Message::TransferRequest, Party::Office(office));
    Ok(step.task(Task::DecideTransfer, Party::Office(office), None).done())
}

/// T26, second half: the destination confirms. This case ends, a linked one begins there as registered, with K2 of the
/// destination.
pub(super) fn confirm(desk: &Desk<'_>) -> Result<Change, Refusal> {
    let Some(transfer) = &desk.case.transfer else { return Err(RefusalCode::NotProposed.by("T26")) };
    consent(desk, "T26", Purpose::FileTransfer)?;
    let [next, _] = desk.context.fresh;
    let mut seed = seed_from(desk.case, next, State::Registered, Channel::Transfer, desk.actor, desk.now);
    seed.filing.county = transfer.county;
    seed.filing.office = transfer.office;
    seed.filing.division = transfer.county;
    seed.offers = Vec::new();
    let step = desk.step("T26", Event::Transferred { next }, State::Transferred).reason("M1");
    let step = finish(desk, step).effect(Effect::Open { seed: Box::new(seed) });
    Ok(step.message(Message::TransferAnswer, Party::Office(desk.case.filing.office)).done())
}

/// T26: the destination does not take the case; it goes on here.
pub(super) fn refuse(desk: &Desk<'_>, code: &str) -> Result<Change, Refusal> {
    reason(desk, "T26", Category::Refused, code)?;
    let step = desk.stay("T26", Event::TransferRefused).reason(code);
    Ok(step.message(Message::TransferAnswer, Party::Office(desk.case.filing.office)).done())
}

/// T27: the person withdraws before there is an agreement; no reason is needed (Mental Health Law art. 4, 5:
/// voluntary).
pub(super) fn withdraw(desk: &Desk<'_>) -> Result<Change, Refusal> {
    let step = desk.step("T27", Event::Withdrawn, State::Withdrawn).reason("V1");
    Ok(finish(desk, step).message(Message::EndNotice, Party::Senders).done())
}

/// T27b: the referral worker cancels: the person is lost (three tries on different days), a duplicate was found, or
/// the person moved without a transfer (local default).
pub(super) fn cancel(desk: &Desk<'_>, code: &str) -> Result<Change, Refusal> {
    reason(desk, "T27b", Category::Cancel, code)?;
    let step = desk.step("T27b", Event::Cancelled, State::Withdrawn).reason(code);
    let mut step = finish(desk, step).message(Message::EndNotice, Party::Senders);
    match code {
        "X1" => closure::lost(desk, "T27b", 0)?,
        "X2" => {
            let Some(other) = desk.context.other_open_case else {
                return Err(RefusalCode::NoOtherCase.by("T27b"));
            };
            for source in &desk.case.sources {
                step = step.effect(Effect::AddSource { case: other, source: source.clone() });
            }
        }
        _ => {}
    }
    Ok(step.done())
}

/// What every end before closure brings: clocks given up, the place given back, the institution and the parent told.
pub(super) fn finish<'a>(desk: &Desk<'a>, step: Step<'a>) -> Step<'a> {
    let mut step = step.drop_all().release();
    if let Some(institution) = desk.case.offered_to().or(desk.case.institution) {
        step = step.message(Message::EndNotice, Party::Institution(institution));
    }
    match desk.case.links.parent {
        Some(parent) => step.effect(Effect::TellParent { parent }),
        None => step,
    }
}
