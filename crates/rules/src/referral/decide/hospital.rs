//! Return to hospital and back: two-way referral.

use jiff::civil::Date;

use super::signing::{consent, handed_in, need, not_future};
use super::{Desk, closure};
use crate::Refusal;
use crate::account::Role;
use crate::clock::Clock;
use crate::form::{FormCode, Signatory};
use crate::referral::case::{Closure, Hold};
use crate::referral::change::{Change, Message, Party, Task};
use crate::referral::command::{HospitalRequest, Trigger};
use crate::referral::consent::Purpose;
use crate::referral::event::Event;
use crate::referral::refusal_code::RefusalCode;
use crate::referral::state::State;

/// T21, first half: the case manager asks for the return (Shandong Mental Health Regulations art. 32: the
/// rehabilitation institution helps to refer back on relapse). K11 runs for 24 hours. A risk grade of 3 or above, an
/// unstable class, a suicidal act or a severe drug reaction opens an emergency for the primary-care doctor and the
/// guardian, and for the police when others are in danger; to inform them needs no consent.
pub(super) fn request(desk: &Desk<'_>, request: &HospitalRequest) -> Result<Change, Refusal> {
    if request.triggers.is_empty() {
        return Err(RefusalCode::TriggerMissing.by("T21"));
    }
    if request.risk_grade > 5 {
        return Err(RefusalCode::ValueInvalid.by("T21").with("risk_grade", request.risk_grade));
    }
    let high = u16::from(request.risk_grade) >= desk.rules.limits.risk_grade_hospital;
    if request.triggers.contains(&Trigger::RiskGrade) && !high {
        return Err(RefusalCode::ValueInvalid.by("T21").with("risk_grade", request.risk_grade));
    }
    let hospital = Party::Hospital(request.hospital);
    let event = Event::HospitalRequested(Box::new(request.clone()));
    let step = desk.stay("T21", event).start(Clock::K11);
    let due = step.due_of(Clock::K11).map(|term| term.at);
    let mut step = step.message(Message::HospitalSlip, hospital).task(Task::ConfirmHospital, hospital, due);
    if high || request.triggers.iter().any(|trigger| trigger.is_emergency()) {
        step = step.task(Task::Emergency, Party::PrimaryDoctor, Some(desk.now));
        step = step.task(Task::Emergency, Party::Guardian, Some(desk.now));
        if high && request.danger_to_others {
            step = step.task(Task::Emergency, Party::Police, Some(desk.now));
        }
    }
    Ok(step.done())
}

/// T21, second half: the hospital has taken the person over. Other clocks end; the place stays held.
pub(super) fn confirm(desk: &Desk<'_>, on: Date) -> Result<Change, Refusal> {
    not_future(desk, "T21", on)?;
    let step = desk.step("T21", Event::HospitalConfirmed { on }, State::Hospital).stop(Clock::K11);
    let mut step = step.drop_all();
    if let Some(institution) = desk.case.institution {
        step = step.hold(institution, Hold::Reserved { until: None });
        step = step.message(Message::HospitalSlip, Party::Institution(institution));
    }
    Ok(step.done())
}

/// T22: discharged and suitable (Shandong Mental Health Regulations art. 26: on discharge the hospital refers the
/// person to the community). The case goes on with its institution, which held the place; K12 runs until the
/// re-assessment.
pub(super) fn discharge(desk: &Desk<'_>, on: Date) -> Result<Change, Refusal> {
    not_future(desk, "T22", on)?;
    let since = desk.case.hospital.as_ref().and_then(|stay| stay.since);
    if since.is_some_and(|since| on < since) {
        return Err(RefusalCode::DateInvalid.by("T22").with("on", on));
    }
    consent(desk, "I7", Purpose::Registration)?;
    let slip = handed_in(desk, FormCode::F9).ok_or_else(|| RefusalCode::FormMissing.by("T22"))?;
    if slip.kind.as_deref() != Some("returned") || slip.outcome.as_deref() != Some("suitable") {
        return Err(RefusalCode::OutcomeDiffers.by("T22").with("form", "F9"));
    }
    let step = desk.step("T22", Event::Discharged { on }, State::Accepted).start(Clock::K12);
    let due = step.due_of(Clock::K12).map_or(desk.today, |term| term.date);
    Ok(match desk.case.institution {
        Some(institution) => step.message_due(Message::DischargeNotice, Party::Institution(institution), due),
        None => step,
    }
    .done())
}

/// T23: discharged as not suitable, or in hospital for more than 90 days (local default). The case manager signs
/// first, civil affairs second; the case is closed with C3, and return visits follow.
pub(super) fn discharge_not_suitable(desk: &Desk<'_>, long_stay: bool) -> Result<Change, Refusal> {
    let Some(stay) = &desk.case.hospital else { return Err(RefusalCode::NotProposed.by("T23")) };
    let days = stay.since.map_or(0, |since| since.until(desk.today).map_or(0, |span| span.get_days()));
    if long_stay && days <= i32::from(desk.rules.limits.hospital_stay_days) {
        return Err(RefusalCode::StayTooShort.by("T23").with("days", days));
    }
    if desk.actor.role == Role::CaseManager {
        if stay.end_proposed.is_some() {
            return Err(RefusalCode::AlreadyProposed.by("T23"));
        }
        let step = desk.stay("T23", Event::HospitalEndProposed { long_stay }).reason("C3");
        return Ok(step.task(Task::SecondSignature, Party::County(Role::CivilAffairsOfficer), None).done());
    }
    let Some((first, _)) = stay.end_proposed else { return Err(RefusalCode::NotProposed.by("T23")) };
    if first == desk.actor.account {
        return Err(RefusalCode::SamePerson.by("T23"));
    }
    if desk.case.links.children.values().any(|open| *open) {
        return Err(RefusalCode::ChildrenOpen.by("T25"));
    }
    let form = super::signing::form(desk, FormCode::F10);
    need("I5", form, FormCode::F10, &[Signatory::CaseManager])?;
    let closed = Closure {
        reason: "C3".to_owned(),
        from: State::Hospital,
        proposed_by: first,
        by_consent: false,
        closed: Some(desk.today),
    };
    let visits = closure::visits(desk);
    let feedback = closure::feedback(desk);
    let event = Event::HospitalEnded { closure: closed, visits: visits.clone(), feedback: feedback.clone() };
    let step = desk.step("T23", event, State::Closed).reason("C3").drop_all().release();
    Ok(closure::after_closing(desk, step, &visits, &feedback).done())
}
