//! Consent and the person's own word.

use jiff::civil::Date;

use super::capacity::{Speaker, asker, is_claimed, speaker, term};
use super::signing::{code, signer};
use super::{Desk, closure, followup, ready, transfer};
use crate::Refusal;
use crate::account::Role;
use crate::capacity::{Act, Group, Voice, voices};
use crate::clock::Clock;
use crate::referral::case::{Closure, PersonWord};
use crate::referral::change::{Change, Effect, Message, Party, Task};
use crate::referral::consent::{Consent, Purpose, Signer};
use crate::referral::event::Event;
use crate::referral::refusal_code::RefusalCode;
use crate::referral::state::State;

/// E4: consent per purpose (Personal Information Protection Law art. 14, 29), by the person, or by the guardian of a
/// person who cannot consent alone (Civil Code art. 21–23, 28).
pub(super) fn record(
    desk: &Desk<'_>,
    purposes: &[Purpose],
    signed: &Signer,
    until: Option<Date>,
) -> Result<Change, Refusal> {
    if purposes.is_empty() {
        return Err(RefusalCode::ItemsMissing.by("E4").with("field", "purposes"));
    }
    let acts: Vec<Act> = purposes.iter().map(|purpose| Act::Give(*purpose)).collect();
    signer(desk, "E4", &acts, signed)?;
    if until.is_some_and(|last| last < desk.today) {
        return Err(RefusalCode::DateInvalid.by("E4"));
    }
    if ready::refuses(desk) && signed.guardian.is_some() {
        return Err(RefusalCode::PersonRefuses.by("E4"));
    }
    let one = |purpose: &Purpose| given(desk, *purpose, signed, until);
    Ok(desk.stay("E4", Event::ConsentGiven(purposes.iter().map(one).collect())).done())
}

/// A consent as it is given today: to the text in force, until the day that was said or the text's term is over. The person
/// is asked again some days before, when a finding that a guardian signs by has run out, and on coming of age.
pub(super) fn given(desk: &Desk<'_>, purpose: Purpose, signed: &Signer, until: Option<Date>) -> Consent {
    let (texts, person) = (desk.context.texts, &desk.context.person);
    let text = texts.in_force(purpose, desk.today);
    let months = text.map(|text| jiff::Span::new().months(i32::from(text.months)));
    let term = months.map(|months| desk.today.saturating_add(months));
    let until = until.into_iter().chain(term).min();
    let remind = jiff::Span::new().days(i32::from(texts.remind_days));
    let before = until.map(|last| last.saturating_sub(remind));
    let birthday = person.born_on.and_then(|born| desk.context.capacity.comes_of_age(born, desk.today));
    let found = desk.case.finding.as_ref().filter(|_| signed.guardian.is_some());
    let found =
        found.and_then(|finding| finding.until).map(|last| last.saturating_add(jiff::Span::new().days(1)));
    Consent {
        purpose,
        signer: signed.clone(),
        on: desk.today,
        until,
        withdrawn: None,
        version: text.map_or(1, |text| text.version),
        ask_on: before.into_iter().chain(birthday).chain(found).min(),
        asked: None,
    }
}

/// E4: the person is asked again before a consent runs out, when its text changed, on coming of age, and when a guardian's
/// finding has run out. It is told once for each consent.
pub(super) fn ask_again(desk: &Desk<'_>) -> Result<Change, Refusal> {
    let due =
        desk.case.standing().filter(|given| given.is_to_be_asked(desk.context.texts, desk.today, desk.today));
    let purposes: Vec<Purpose> = due.map(|given| given.purpose).collect();
    if purposes.is_empty() {
        return Err(RefusalCode::NothingToAsk.by("E4"));
    }
    let step = desk.stay("E4", Event::AskedAgain { purposes, on: desk.today });
    Ok(step.task(Task::AskAgain, asker(desk), Some(term(desk))).done())
}

/// I7: who may take a consent back. A guardian where the law gives the guardian a voice in it, and before the application was
/// checked what a guardian signed.
fn may_take_back(desk: &Desk<'_>, given: &Consent) -> bool {
    match speaker(desk) {
        Speaker::Person => true,
        Speaker::Guardian if is_claimed(desk) => given.signer.guardian.is_some(),
        Speaker::Guardian => voices(desk.group(), Act::TakeBack).guardian == Voice::Enough,
    }
}

/// Whether whoever speaks may end the application: the guardian of a competent person may not.
pub(super) fn may_end(desk: &Desk<'_>) -> Result<(), Refusal> {
    let registration = desk.case.standing().filter(|given| given.purpose == Purpose::Registration).last();
    let own = desk.case.sources.first().is_some_and(|source| source.account == desk.actor.account);
    let may = match registration {
        Some(given) => may_take_back(desk, given),
        None => own || speaker(desk) == Speaker::Person,
    };
    if may { Ok(()) } else { Err(RefusalCode::GuardianNotAllowed.by("E4")) }
}

/// Whether there is any consent that whoever speaks may take back.
pub(super) fn something_to_withdraw(desk: &Desk<'_>) -> Result<(), Refusal> {
    if desk.case.standing().next().is_none() {
        return Err(RefusalCode::NothingToWithdraw.by("I7"));
    }
    let may = desk.case.standing().any(|given| may_take_back(desk, given));
    if may { Ok(()) } else { Err(RefusalCode::GuardianNotAllowed.by("E4")) }
}

/// I7: consent taken back stops what it was given for, in every state (Personal Information Protection Law art. 15).
/// Without registration there is no case, nor without the institution once one was asked: it is withdrawn before the
/// agreement (T27) and goes to closure with C4 after it (T24), and its data move to restricted storage. Every other
/// purpose ends alone: the case goes on, and so do the other consents.
pub(super) fn withdraw(desk: &Desk<'_>, purposes: &[Purpose]) -> Result<Change, Refusal> {
    let named = |given: &&Consent| purposes.is_empty() || purposes.contains(&given.purpose);
    let named: Vec<&Consent> = desk.case.standing().filter(named).collect();
    if let Some(other) = named.iter().find(|given| !may_take_back(desk, given)) {
        return Err(RefusalCode::GuardianNotAllowed.by("E4").with("purpose", code(other.purpose)));
    }
    let valid = |purpose: &Purpose| named.iter().any(|given| given.purpose == *purpose);
    let taken: Vec<Purpose> = Purpose::ALL.into_iter().filter(valid).collect();
    if taken.is_empty() {
        return Err(RefusalCode::NothingToWithdraw.by("I7"));
    }
    Ok(stop(desk, "I7", taken, "V2"))
}

/// Take consents back and stop what depends on them.
fn stop(desk: &Desk<'_>, rule: &'static str, taken: Vec<Purpose>, early: &str) -> Change {
    let essential = taken.iter().any(|purpose| purpose.is_essential(desk.case.state));
    let no_transfer =
        desk.case.transfer.as_ref().filter(|_| essential || taken.contains(&Purpose::FileTransfer));
    let after_agreement = matches!(
        desk.case.state,
        State::Agreed | State::InService | State::Suspended | State::Hospital | State::Closing
    );
    let closure = (essential && after_agreement).then(|| Closure {
        reason: "C4".to_owned(),
        from: desk.case.closure.as_ref().map_or(desk.case.state, |closure| closure.from),
        proposed_by: desk.actor.account,
        by_consent: true,
        closed: None,
    });
    let event = Event::ConsentWithdrawn { purposes: taken, on: desk.today, closure: closure.clone() };
    let step = if closure.is_some() && desk.case.state == State::Closing {
        desk.stay(rule, event).reason("C4")
    } else if closure.is_some() {
        closure::closing(desk, rule, event, "C4").drop(Clock::K12)
    } else if essential && desk.case.state.is_open() {
        transfer::finish(desk, desk.step(rule, event, State::Withdrawn).reason(early))
    } else if essential && desk.case.state == State::Closed {
        desk.step(rule, event, State::Ended).reason("Z2").drop_all()
    } else {
        desk.stay(rule, event)
    };
    let step = followup::repeat(desk, step);
    let step = match no_transfer {
        Some(transfer) => step.message(Message::EndNotice, Party::Office(transfer.office)),
        None => step,
    };
    if essential { step.effect(Effect::RestrictData) } else { step }.done()
}

/// E4: the person's own word, kept apart from the decision. A competent person's own *no* ends the case; a *no* told
/// by somebody else, a hesitation or a dispute makes a worker hear the person. Not even a guardian's wish overrides
/// the person's *no*.
pub(super) fn word(desk: &Desk<'_>, word: PersonWord) -> Result<Change, Refusal> {
    if word == PersonWord::NotAsked {
        return Err(RefusalCode::ValueInvalid.by("E4"));
    }
    let told = desk.actor.on_behalf_of.is_some();
    if desk.actor.role != Role::Client && !told {
        return Err(RefusalCode::NotOnBehalf.by("E4"));
    }
    let said = desk.stay("E4", Event::WordRecorded { word });
    if !matches!(word, PersonWord::Refuses | PersonWord::Hesitates | PersonWord::Disputes) {
        return Ok(said.done());
    }
    let ends = word == PersonWord::Refuses && !told && desk.group() == Group::Adult;
    if !ends {
        let hearing = Task::HearPerson;
        return Ok(said.task(hearing, Party::County(Role::ReferralWorker), None).done());
    }
    let mut change = said.done();
    let valid = |purpose: &Purpose| {
        desk.case.consents.iter().any(|given| given.purpose == *purpose && given.withdrawn.is_none())
    };
    let mut taken: Vec<Purpose> = Purpose::ALL.into_iter().filter(valid).collect();
    if !taken.contains(&Purpose::Registration) {
        taken.push(Purpose::Registration);
    }
    let mut end = stop(desk, "E4", taken, "V3");
    for recorded in &mut end.events {
        recorded.sequence = recorded.sequence.saturating_add(1);
        recorded.forms.clear();
    }
    change.events.append(&mut end.events);
    change.effects.append(&mut end.effects);
    Ok(change)
}
