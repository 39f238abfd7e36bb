//! The fold: a case is what its events make of it, and nothing else.

use std::collections::BTreeMap;

use thiserror::Error;

use super::case::{
    Case, Delivery, Hold, HospitalStay, Links, OfferOutcome, Offered, PersonWord, Place, Rejection,
};
use super::command::Answer;
use super::consent::{Consent, Purpose};
use super::event::{Event, PlaceChange, Recorded, Seed};
use super::state::State;
use crate::clock::{self, china_date};

/// Why events do not make a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReplayError {
    /// There is no event.
    #[error("no events")]
    Empty,
    /// The first event does not open a case.
    #[error("the first event does not open a case")]
    NotOpened,
    /// A number is missing, or stands twice with different events.
    #[error("event {expected} expected, {found} found")]
    Gap {
        /// Number expected.
        expected: u64,
        /// Number found.
        found: u64,
    },
    /// The event starts from another state than the case has.
    #[error("event {sequence} starts from another state")]
    OtherState {
        /// Number of the event.
        sequence: u64,
    },
}

/// Make the case of all its events, in any order and with duplicates: messages may arrive so.
///
/// # Errors
/// When a number is missing or stands twice with different events.
pub fn replay(events: &[Recorded]) -> Result<Case, ReplayError> {
    let mut ordered: BTreeMap<u64, &Recorded> = BTreeMap::new();
    for recorded in events {
        let other = ordered.insert(recorded.sequence, recorded);
        if other.is_some_and(|other| other != recorded) {
            return Err(ReplayError::Gap { expected: recorded.sequence + 1, found: recorded.sequence });
        }
    }
    let mut ordered = ordered.into_values();
    let mut case = begin(ordered.next().ok_or(ReplayError::Empty)?)?;
    for recorded in ordered {
        apply(&mut case, recorded)?;
    }
    Ok(case)
}

/// Make a case of its first event.
///
/// # Errors
/// When the event is not the first, or opens nothing.
pub fn begin(recorded: &Recorded) -> Result<Case, ReplayError> {
    if recorded.sequence != 1 {
        return Err(ReplayError::Gap { expected: 1, found: recorded.sequence });
    }
    let Event::Opened(seed) = &recorded.event else { return Err(ReplayError::NotOpened) };
    let mut case = from_seed(seed, recorded);
    bookkeeping(&mut case, recorded);
    Ok(case)
}

/// Bring a case up to date with its next event.
///
/// # Errors
/// When the event is not the next, or starts from another state.
pub fn apply(case: &mut Case, recorded: &Recorded) -> Result<(), ReplayError> {
    let expected = case.version + 1;
    if recorded.sequence != expected {
        return Err(ReplayError::Gap { expected, found: recorded.sequence });
    }
    if recorded.from != Some(case.state) {
        return Err(ReplayError::OtherState { sequence: recorded.sequence });
    }
    facts(case, recorded);
    bookkeeping(case, recorded);
    Ok(())
}

fn from_seed(seed: &Seed, recorded: &Recorded) -> Case {
    Case {
        id: seed.id,
        episode: seed.episode,
        state: seed.state,
        version: 0,
        sources: seed.sources.clone(),
        filing: seed.filing.clone(),
        receipt: None,
        registration: None,
        begun: china_date(recorded.at),
        missing: Vec::new(),
        supplements: (0, 0),
        rejection: None,
        shortlist: Vec::new(),
        agreed_order: Vec::new(),
        offers: seed.offers.clone(),
        queue: None,
        unlisted: Vec::new(),
        institution: None,
        case_manager: None,
        accepted_on: None,
        place: None,
        suitable: None,
        risk_grade: None,
        not_suitable: None,
        agreement: None,
        service_since: None,
        last_evaluation: None,
        suspension: None,
        hospital: None,
        hospital_returns: 0,
        closure: None,
        transfer: None,
        died: None,
        clocks: BTreeMap::new(),
        consents: seed.consents.clone(),
        finding: seed.finding.clone(),
        forms: BTreeMap::new(),
        contacts: Vec::new(),
        visits_planned: Vec::new(),
        visits_done: Vec::new(),
        feedback: Vec::new(),
        links: Links { parent: seed.parent, previous: seed.previous, ..Links::default() },
        accepted_in_part: false,
        reason: None,
        word: PersonWord::NotAsked,
        delivery: Delivery::None,
        changed: recorded.at,
    }
}

/// What every event brings: number, time, state, clocks, place, forms, the reason of an end.
fn bookkeeping(case: &mut Case, recorded: &Recorded) {
    case.version = recorded.sequence;
    case.changed = recorded.at;
    for change in &recorded.clocks {
        clock::apply(&mut case.clocks, change, recorded.at);
    }
    match recorded.place {
        Some(PlaceChange::Hold { institution, hold }) => case.place = Some(Place { institution, hold }),
        Some(PlaceChange::Release { .. }) => case.place = None,
        None => {}
    }
    for form in &recorded.forms {
        case.forms.insert(form.code, form.clone());
    }
    if recorded.to != case.state || recorded.reason.is_some() {
        case.reason.clone_from(&recorded.reason);
    }
    case.state = recorded.to;
    if case.state.is_end() {
        case.transfer = None;
        recall_pending(case, recorded);
    }
}

fn recall_pending(case: &mut Case, recorded: &Recorded) {
    for offer in &mut case.offers {
        if offer.outcome == OfferOutcome::Pending {
            offer.outcome = OfferOutcome::Recalled;
            offer.answered = Some(china_date(recorded.at));
        }
    }
}

/// What the event itself says.
fn facts(case: &mut Case, recorded: &Recorded) {
    let on = china_date(recorded.at);
    match &recorded.event {
        Event::DraftSaved(filing) => case.filing = filing.as_ref().clone(),
        Event::Submitted { receipt } => case.receipt.clone_from(receipt),
        Event::SupplementAsked { items } => {
            case.missing.clone_from(items);
            case.supplements.0 = case.supplements.0.saturating_add(1);
            case.rejection = None;
        }
        Event::Resubmitted { working_days } => {
            case.missing.clear();
            case.supplements.1 = case.supplements.1.saturating_add(*working_days);
        }
        Event::RejectionProposed => {
            case.rejection = Some(Rejection {
                reason: recorded.reason.clone().unwrap_or_default(),
                proposed_by: recorded.actor,
                decided_by: None,
                notified: None,
                objected: false,
                answered: false,
            });
        }
        Event::Rejected => {
            if let Some(rejection) = &mut case.rejection {
                rejection.decided_by = Some(recorded.actor);
                rejection.notified = Some(on);
            }
        }
        Event::Objected { .. } => set_objection(case, true, false),
        Event::ObjectionUpheld => case.rejection = None,
        Event::ObjectionDismissed => set_objection(case, false, true),
        Event::Registered { number, eligibility } => {
            case.registration.clone_from(number);
            case.filing.package = eligibility.package.clone();
            case.rejection = None;
        }
        Event::SourceAdded(source) => case.sources.push(source.clone()),
        Event::ConsentGiven(consents) => give_consent(case, consents),
        Event::ConsentWithdrawn { purposes, on, closure } => {
            let taken = |given: &&mut Consent| given.withdrawn.is_none() && purposes.contains(&given.purpose);
            for given in case.consents.iter_mut().filter(taken) {
                given.withdrawn = Some(*on);
            }
            if purposes.contains(&Purpose::FileTransfer) {
                case.transfer = None;
            }
            if closure.is_some() {
                case.closure.clone_from(closure);
                case.hospital = None;
            }
        }
        Event::WordRecorded { word } => case.word = *word,
        Event::CapacityRecorded(finding) => case.finding = Some(finding.clone()),
        Event::AskedAgain { purposes, on } => {
            for given in case.consents.iter_mut().filter(|given| purposes.contains(&given.purpose)) {
                given.asked = Some(*on);
            }
        }
        _ => service_facts(case, recorded),
    }
}

fn set_objection(case: &mut Case, objected: bool, answered: bool) {
    if let Some(rejection) = &mut case.rejection {
        rejection.objected = objected;
        rejection.answered = answered;
    }
}

/// A new consent for a purpose takes the place of the one before.
fn give_consent(case: &mut Case, consents: &[Consent]) {
    for consent in consents {
        case.consents.retain(|given| given.purpose != consent.purpose || given.withdrawn.is_some());
        case.consents.push(consent.clone());
    }
}

fn answer_offer(
    case: &mut Case,
    recorded: &Recorded,
    outcome: OfferOutcome,
    cool: Option<jiff::civil::Date>,
) {
    if let Some(offer) = case.offers.last_mut() {
        offer.outcome = outcome;
        offer.answered = Some(china_date(recorded.at));
        offer.cool_until = cool;
    }
}

fn service_facts(case: &mut Case, recorded: &Recorded) {
    let on = china_date(recorded.at);
    match &recorded.event {
        Event::Referred { institution, shortlist, agreed_order, .. } => {
            case.shortlist.clone_from(shortlist);
            case.agreed_order.clone_from(agreed_order);
            let outcome = OfferOutcome::Pending;
            let institution = *institution;
            case.offers.push(Offered { institution, on, answered: None, outcome, cool_until: None });
        }
        Event::Queued { priority } => {
            case.queue = Some((recorded.reason.clone().unwrap_or_default(), *priority));
        }
        Event::PlaceBecameFree { .. } => case.queue = None,
        Event::Declined { cool_until } => {
            let reason = recorded.reason.clone().unwrap_or_default();
            answer_offer(case, recorded, OfferOutcome::Declined { reason }, *cool_until);
        }
        Event::RecalledSilent { cool_until } => {
            answer_offer(case, recorded, OfferOutcome::Silent, *cool_until);
        }
        Event::InstitutionUnlisted { notice, .. } => {
            case.unlisted.push(*notice);
            if recorded.from == Some(State::Referred) {
                answer_offer(case, recorded, OfferOutcome::Recalled, None);
            }
        }
        Event::Accepted { case_manager, answers, children } => {
            case.institution = case.offered_to();
            case.case_manager = Some(*case_manager);
            case.accepted_on = Some(on);
            accept_items(case, answers);
            case.links.children.extend(children.iter().map(|child| (*child, true)));
            answer_offer(case, recorded, OfferOutcome::Accepted, None);
        }
        Event::CaseManagerChanged { case_manager } => case.case_manager = Some(*case_manager),
        Event::Assessed { suitable, risk_grade, .. } => {
            case.suitable = Some(*suitable);
            case.risk_grade = Some(*risk_grade);
            case.not_suitable = None;
        }
        Event::FoundNotSuitable => {
            case.not_suitable = Some((recorded.actor, recorded.reason.clone().unwrap_or_default()));
        }
        Event::Agreed(agreement) | Event::AgreementRenewed(agreement) => {
            case.agreement = Some(agreement.clone());
        }
        Event::FirstSession { on, .. } => case.service_since = case.service_since.or(Some(*on)),
        Event::StageEvaluated { decision } => case.last_evaluation = Some((on, *decision)),
        Event::Suspended(suspension) => case.suspension = Some(suspension.clone()),
        Event::Resumed => case.suspension = None,
        _ => ending_facts(case, recorded),
    }
}

/// Items accepted stay with the case, with the day promised; the others go to its children.
fn accept_items(case: &mut Case, answers: &[super::command::ItemAnswer]) {
    let before = case.filing.package.items.len();
    case.filing.package.items.retain_mut(|item| {
        let answer = answers.iter().find(|answer| answer.service == item.service);
        match answer.map(|answer| &answer.answer) {
            Some(Answer::Yes { from }) => {
                item.from = Some(*from);
                true
            }
            Some(Answer::WaitList { .. } | Answer::No { .. }) => false,
            None => true,
        }
    });
    case.accepted_in_part = case.filing.package.items.len() < before;
}

fn ending_facts(case: &mut Case, recorded: &Recorded) {
    match &recorded.event {
        Event::HospitalRequested(request) => {
            let request = request.as_ref().clone();
            case.risk_grade = Some(request.risk_grade);
            case.hospital = Some(HospitalStay { request, since: None, end_proposed: None });
        }
        Event::HospitalConfirmed { on } => {
            case.hospital_returns = case.hospital_returns.saturating_add(1);
            case.suspension = None;
            case.transfer = None;
            case.not_suitable = None;
            if let Some(stay) = &mut case.hospital {
                stay.since = Some(*on);
            }
        }
        Event::Discharged { .. } => {
            case.hospital = None;
            case.suitable = None;
            case.accepted_on = Some(china_date(recorded.at));
        }
        Event::HospitalEndProposed { long_stay } => {
            if let Some(stay) = &mut case.hospital {
                stay.end_proposed = Some((recorded.actor, *long_stay));
            }
        }
        Event::HospitalEnded { closure, visits, feedback } => {
            case.hospital = None;
            case.closure = Some(closure.clone());
            close(case, recorded, visits, feedback);
        }
        Event::ClosureProposed(closure) => {
            case.closure = Some(closure.clone());
            case.hospital = None;
            case.transfer = None;
        }
        Event::Closed { visits, feedback, next } => {
            case.links.next = next.or(case.links.next);
            close(case, recorded, visits, feedback);
        }
        Event::ClosureRefused => case.closure = None,
        Event::TransferProposed(transfer) => case.transfer = Some(transfer.clone()),
        Event::Transferred { next } | Event::ReEntered { next } => case.links.next = Some(*next),
        Event::TransferRefused => case.transfer = None,
        Event::ContactAttempted(attempt) if attempt.reached => case.contacts.clear(),
        Event::ContactAttempted(attempt) => case.contacts.push(attempt.clone()),
        Event::Visited { on, .. } => {
            case.visits_done.push(*on);
            case.contacts.clear();
        }
        Event::Died { on, .. } => case.died = Some(*on),
        Event::FeedbackAcknowledged { account, on } => {
            for letter in case.feedback.iter_mut().filter(|letter| letter.account == *account) {
                letter.acknowledged = Some(*on);
            }
        }
        Event::ChildEnded { child } => {
            case.links.children.insert(*child, false);
        }
        _ => {}
    }
}

fn close(
    case: &mut Case,
    recorded: &Recorded,
    visits: &[jiff::civil::Date],
    feedback: &[super::case::Feedback],
) {
    if let Some(closure) = &mut case.closure {
        closure.closed = Some(china_date(recorded.at));
    }
    case.visits_planned = visits.to_vec();
    case.feedback = feedback.to_vec();
    case.suspension = None;
    case.contacts.clear();
}

impl Case {
    /// Whether the place is held in the way that the state asks for.
    #[must_use]
    pub fn place_fits_state(&self) -> bool {
        let hold = self.place.as_ref().map(|place| place.hold);
        match self.state {
            State::Referred => matches!(hold, Some(Hold::Reserved { until: Some(_) })),
            State::Accepted | State::Assessed | State::Agreed | State::Hospital => {
                matches!(hold, Some(Hold::Reserved { until: None }))
            }
            State::InService | State::Suspended => hold == Some(Hold::Occupied),
            State::Closing => hold.is_some(),
            _ => hold.is_none(),
        }
    }
}
