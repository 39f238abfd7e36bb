//! On which basis something of a case is given to another body. A consent is named as a consent, a duty by law as a duty, and
//! an emergency as an emergency: none stands for another (Personal Information Protection Law art. 13, 23 and 55).

use super::case::Case;
use super::change::{Effect, Message, Party, Task};
use super::command::Trigger;
use super::consent::Purpose;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The referral slip to the institution that is asked; once it accepts, what serving needs.
    ReferralSlip,
    /// The two-way slip to the hospital, or back.
    HospitalSlip,
    /// That somebody is in danger, to those who must act.
    Emergency,
    /// The file, to the county that the person moves to.
    TransferRequest,
    /// That the person was admitted or discharged, and the day: to primary care, or from its register to the institution.
    HospitalStay,
    /// The risk grade of the follow-up, to the institution.
    RiskGrade,
}

/// Why it may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "basis", content = "purpose", rename_all = "snake_case")]
pub enum SharingBasis {
    /// A consent to this purpose (art. 13(1)(1), 23, 29).
    Consent(Purpose),
    /// A duty by law (art. 13(1)(3)): hospital and community treat and refer to each other (Mental Health Law art. 54, 55).
    LegalDuty,
    /// An emergency in which life or health is to be protected (art. 13(1)(4)).
    Emergency,
}

impl SharingBasis {
    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SharingBasis::Consent(_) => "consent",
            SharingBasis::LegalDuty => "legal_duty",
            SharingBasis::Emergency => "emergency",
        }
    }
}

/// What an effect gives to a body outside, to whom, and on which basis; nothing where nothing is given.
#[must_use]
pub fn shared(effect: &Effect, case: &Case, today: Date) -> Option<(Given, Party, SharingBasis)> {
    let (given, to, basis) = match effect {
        Effect::Message { kind: Message::ReferralSlip, to, .. } => {
            (Given::ReferralSlip, to, SharingBasis::Consent(Purpose::Institution))
        }
        Effect::Message { kind: Message::HospitalSlip, to: to @ Party::Institution(_), .. } => {
            (Given::HospitalSlip, to, SharingBasis::Consent(Purpose::Institution))
        }
        Effect::Message { kind: Message::HospitalSlip, to, .. } => {
            (Given::HospitalSlip, to, to_medical(case, today))
        }
        Effect::Message { kind: Message::TransferRequest, to, .. } => {
            (Given::TransferRequest, to, SharingBasis::Consent(Purpose::FileTransfer))
        }
        Effect::Task { kind: Task::Emergency, to, .. } => (Given::Emergency, to, SharingBasis::Emergency),
        _ => return None,
    };
    Some((given, *to, basis))
}

/// On which basis the medical side, the hospital or the primary-care doctor, learns of a return to hospital and back.
#[must_use]
pub fn to_medical(case: &Case, today: Date) -> SharingBasis {
    let urgent = case.hospital.as_ref().is_some_and(|stay| {
        stay.request.danger_to_others || stay.request.triggers.iter().copied().any(Trigger::is_emergency)
    });
    if urgent {
        SharingBasis::Emergency
    } else if case.has_consent(Purpose::Departments, today) {
        SharingBasis::Consent(Purpose::Departments)
    } else {
        SharingBasis::LegalDuty
    }
}
