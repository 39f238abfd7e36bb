//! Step 4: comprehensive assessment, finding of unsuitability, plan and agreement.

use jiff::civil::Date;

use super::Desk;
use super::signing::{form, need, reason, signer};
use crate::Refusal;
use crate::account::Role;
use crate::capacity::Act;
use crate::clock::Clock;
use crate::form::{FormCode, Signatory};
use crate::reason::Category;
use crate::referral::case::Agreement;
use crate::referral::change::{Change, Message, Party, Task};
use crate::referral::consent::Signer;
use crate::referral::event::Event;
use crate::referral::refusal_code::RefusalCode;
use crate::referral::state::State;

/// T14: the assessor signs the comprehensive assessment (form F4, all mandatory scales). E5: a risk grade of 3 or
/// above takes the medical route and never counts as suitable (risk grades: national basic public health services
/// norm, 3rd edition). Below the grade that the follow-up shares it may only be set with a reason in words (local default, as for
/// the doctor at a visit). K5 starts for those found suitable.
pub(super) fn assess(desk: &Desk<'_>, risk_grade: u8, services: &[String]) -> Result<Change, Refusal> {
    let Some(found) = form(desk, FormCode::F4) else { return Err(RefusalCode::FormMissing.by("T14")) };
    if desk.case.accepted_on.is_some_and(|since| found.on < since) {
        return Err(RefusalCode::FormTooOld.by("T14").with("form", "F4"));
    }
    if risk_grade > 5 {
        return Err(RefusalCode::ValueInvalid.by("T14").with("risk_grade", risk_grade));
    }
    if desk.context.shared_risk.is_some_and(|shared| risk_grade < shared) && !found.reasoned {
        return Err(RefusalCode::RiskBelowShared.by("E5"));
    }
    let suitable = found.outcome.as_deref() == Some("suitable");
    if suitable && u16::from(risk_grade) >= desk.rules.limits.risk_grade_hospital {
        return Err(RefusalCode::MedicalRoute.by("E5").with("risk_grade", risk_grade));
    }
    let event = Event::Assessed { suitable, risk_grade, services: services.to_vec() };
    let step = desk.step("T14", event, State::Assessed).stop(Clock::K4).stop(Clock::K12);
    Ok(if suitable { step.start(Clock::K5) } else { step }.done())
}

/// T15: not suitable for community rehabilitation. The assessor finds it, the referral worker signs as the second
/// and offers something else; a later need is a new case (local default).
pub(super) fn not_suitable(desk: &Desk<'_>, code: &str, alternative: &str) -> Result<Change, Refusal> {
    reason(desk, "T15", Category::NotSuitable, code)?;
    if alternative.trim().is_empty() {
        return Err(RefusalCode::ItemsMissing.by("T15").with("field", "alternative"));
    }
    if desk.actor.role == Role::Assessor {
        let step = desk.stay("T15", Event::FoundNotSuitable).reason(code);
        return Ok(step.task(Task::SecondSignature, Party::County(Role::ReferralWorker), None).done());
    }
    need("T15", form(desk, FormCode::F3), FormCode::F3, &[Signatory::Sender])?;
    let event = Event::NotSuitable { alternative: alternative.to_owned() };
    let step = desk.step("T15", event, State::NotSuitable).reason(code).drop_all().release();
    Ok(step
        .message(Message::NotSuitableNotice, Party::Client)
        .message(Message::NotSuitableNotice, Party::Senders)
        .done())
}

/// T16: plan and agreement are signed by the person or guardian, the case manager and the institution (Regulations on
/// Disability Prevention and Rehabilitation, art. 21: assess, plan, hear the person and the family). K6 starts.
pub(super) fn agree(desk: &Desk<'_>, signed: &Signer, until: Date) -> Result<Change, Refusal> {
    let agreement = agreement(desk, "T16", signed, until)?;
    let step = desk.step("T16", Event::Agreed(agreement), State::Agreed).stop(Clock::K5);
    Ok(step.start(Clock::K6).done())
}

/// I4: nobody is served without an agreement; it may be renewed at any time.
pub(super) fn renew_agreement(desk: &Desk<'_>, signed: &Signer, until: Date) -> Result<Change, Refusal> {
    let agreement = agreement(desk, "I4", signed, until)?;
    Ok(desk.stay("I4", Event::AgreementRenewed(agreement)).done())
}

fn agreement(desk: &Desk<'_>, rule: &str, signed: &Signer, until: Date) -> Result<Agreement, Refusal> {
    signer(desk, rule, &[Act::Sign], signed)?;
    if until <= desk.today {
        return Err(RefusalCode::DateInvalid.by(rule).with("until", until));
    }
    Ok(Agreement { signer: signed.clone(), from: desk.today, until })
}

/// I3: a form that moves nothing is stored with its own event.
pub(super) fn store_form(desk: &Desk<'_>) -> Result<Change, Refusal> {
    Ok(desk.stay("I3", Event::FormStored).done())
}
