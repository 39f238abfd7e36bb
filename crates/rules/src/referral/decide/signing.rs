//! Forms and signatures that a transition needs, and who may sign for the person.

use jiff::civil::Date;

use super::Desk;
use super::capacity::{self, Speaker};
use crate::Refusal;
use crate::account::Role;
use crate::capacity::{Act, Group, Voice, voices};
use crate::form::{FormCode, FormSummary, Signatory};
use crate::reason::{Category, Reason};
use crate::referral::command_name::CommandName;
use crate::referral::consent::{OwnWord, Purpose, Signer};
use crate::referral::refusal_code::RefusalCode;

/// The form handed in with the command, or else the latest one stored.
pub(super) fn form<'a>(desk: &'a Desk<'_>, code: FormCode) -> Option<&'a FormSummary> {
    handed_in(desk, code).or_else(|| desk.case.form(code))
}

/// The form handed in with the command.
pub(super) fn handed_in<'a>(desk: &'a Desk<'_>, code: FormCode) -> Option<&'a FormSummary> {
    desk.context.forms.iter().rev().find(|form| form.code == code)
}

fn missing(rule: &str, code: FormCode) -> Refusal {
    RefusalCode::FormMissing.by(rule).with("form", format!("{code:?}"))
}

/// The form is there, complete and signed by all who must.
pub(super) fn need<'a>(
    rule: &str,
    found: Option<&'a FormSummary>,
    code: FormCode,
    signatories: &[Signatory],
) -> Result<&'a FormSummary, Refusal> {
    let form = found.ok_or_else(|| missing(rule, code))?;
    if !form.complete {
        return Err(RefusalCode::FormIncomplete.by(rule).with("form", format!("{code:?}")));
    }
    if signatories.iter().any(|signatory| !form.signed.contains(signatory)) {
        return Err(RefusalCode::FormUnsigned.by(rule).with("form", format!("{code:?}")));
    }
    Ok(form)
}

/// Forms that a command needs whatever its data say. Those whose need depends on the case or the data are asked
/// for where the transition is decided.
pub(super) fn forms_of(name: CommandName, desk: &Desk<'_>) -> Result<(), Refusal> {
    use FormCode::{F3, F4, F5, F6, F7, F8, F9, F10, F11, F12};
    use Signatory::{Assessor, CaseManager, Client, Institution, Sender};
    let by_hand = |code| handed_in(desk, code);
    match name {
        CommandName::Refer if desk.actor.role != Role::System => {
            need("T8", form(desk, F3), F3, &[Sender]).map(|_| ())
        }
        CommandName::Assess => need("T14", form(desk, F4), F4, &[Assessor]).map(|_| ()),
        CommandName::Agree => {
            need("T16", form(desk, F5), F5, &[Client, CaseManager])?;
            need("T16", form(desk, F6), F6, &[Client, Institution]).map(|_| ())
        }
        CommandName::RenewAgreement => need("I4", by_hand(F6), F6, &[Client, Institution]).map(|_| ()),
        CommandName::FirstSession => need("T17", form(desk, F7), F7, &[]).map(|_| ()),
        CommandName::StageEvaluation => need("T18", by_hand(F8), F8, &[Assessor]).map(|_| ()),
        CommandName::ReturnToHospital => need("T21", by_hand(F9), F9, &[Sender]).map(|_| ()),
        CommandName::Discharge => need("T22", by_hand(F9), F9, &[]).map(|_| ()),
        CommandName::ProposeClosure => by_hand(F10).map(|_| ()).ok_or_else(|| missing("T24", F10)),
        CommandName::ReturnVisit => need("T28", by_hand(F11), F11, &[]).map(|_| ()),
        CommandName::ReEnter => need("T29", by_hand(F12), F12, &[Client]).map(|_| ()),
        CommandName::RecordConsent => need("E4", by_hand(F12), F12, &[Client]).map(|_| ()),
        CommandName::StoreForm if desk.context.forms.is_empty() => Err(RefusalCode::FormMissing.by("I3")),
        _ => Ok(()),
    }
}

/// E4: whose voices a signature needs (Civil Code art. 18 to 22, 28 and 35; Personal Information Protection Law art. 31). The
/// paper must say of the capacity what is recorded; before the application was checked, what it says stands.
pub(super) fn signer(desk: &Desk<'_>, rule: &str, acts: &[Act], signer: &Signer) -> Result<(), Refusal> {
    let claimed = capacity::is_claimed(desk);
    let group = if claimed { Group::claimed(signer.capacity) } else { desk.group() };
    let guardian = signer.guardian.is_some();
    for act in acts {
        let voices = voices(group, *act);
        if guardian && voices.guardian == Voice::Silent {
            let nobody = voices.person != Voice::Needed;
            let code = if nobody { RefusalCode::NobodyMayConsent } else { RefusalCode::GuardianNotAllowed };
            return Err(code.by(rule));
        }
        if !guardian && voices.guardian == Voice::Needed {
            return Err(RefusalCode::GuardianNeeded.by(rule));
        }
        if !guardian && voices.person == Voice::Heard {
            return Err(RefusalCode::NobodyMayConsent.by(rule));
        }
        match (voices.person, signer.word()) {
            (Voice::Needed, Some(OwnWord::Agrees)) => {}
            (Voice::Needed, _) => return Err(RefusalCode::OwnWordNeeded.by(rule)),
            (Voice::Heard, None) => return Err(RefusalCode::OwnWordMissing.by(rule)),
            _ => {}
        }
    }
    if !group.fits(signer.capacity) {
        return Err(RefusalCode::CapacityNotRecorded.by(rule).with("capacity", signer.capacity.code()));
    }
    // A guardian's account gives its own signature and nobody else's.
    if !guardian && capacity::speaker(desk) == Speaker::Guardian && desk.actor.role == Role::Client {
        return Err(RefusalCode::GuardianNotAllowed.by(rule));
    }
    Ok(())
}

/// A valid consent for a purpose.
pub(super) fn consent(desk: &Desk<'_>, rule: &str, purpose: Purpose) -> Result<(), Refusal> {
    if desk.case.has_consent(purpose, desk.today) {
        return Ok(());
    }
    Err(RefusalCode::ConsentMissing.by(rule).with("purpose", code(purpose)))
}

/// The code of a purpose.
pub(super) fn code(purpose: Purpose) -> String {
    let code = serde_json::to_value(purpose).ok();
    code.as_ref().and_then(|code| code.as_str()).unwrap_or_default().to_owned()
}

/// I4: a valid agreement and the essential consents.
pub(super) fn in_service(desk: &Desk<'_>) -> Result<(), Refusal> {
    consent(desk, "I4", Purpose::Registration)?;
    consent(desk, "I4", Purpose::Institution)?;
    match &desk.case.agreement {
        Some(agreement) if desk.today <= agreement.until => Ok(()),
        _ => Err(RefusalCode::AgreementMissing.by("I4")),
    }
}

/// The reason of a code, if it may be given for this today.
pub(super) fn reason<'a>(
    desk: &Desk<'a>,
    rule: &str,
    category: Category,
    code: &str,
) -> Result<&'a Reason, Refusal> {
    let found = desk.context.reasons.of(category, code, desk.today);
    found.ok_or_else(|| RefusalCode::ReasonUnknown.by(rule).with("reason", code))
}

/// A day that is not in the future.
pub(super) fn not_future(desk: &Desk<'_>, rule: &str, on: Date) -> Result<(), Refusal> {
    if on <= desk.today { Ok(()) } else { Err(RefusalCode::DateInvalid.by(rule).with("on", on)) }
}
