//! Service talents: who may lead which service, and the training each year.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::institution::library::{
    Entry, LibraryCommand, LibraryOffer, LibraryRecorded, LibraryState, actions, apply, decide,
};

use crate::service::ServiceTable;

/// Profession of a talent (codes are a local default).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profession {
    /// Psychiatrist.
    Psychiatrist,
    /// Psychiatric nurse.
    Nurse,
    /// Pharmacist.
    Pharmacist,
    /// Rehabilitation therapist.
    RehabilitationTherapist,
    /// Psychotherapist.
    Psychotherapist,
    /// Psychological counsellor.
    Counsellor,
    /// Social worker.
    SocialWorker,
    /// Vocational counsellor.
    VocationalCounsellor,
    /// Special education.
    SpecialEducation,
    /// Peer supporter.
    PeerSupporter,
    /// Case manager.
    CaseManager,
    /// Referral worker.
    ReferralWorker,
    /// Volunteer.
    Volunteer,
    /// Other.
    Other,
}

/// What stands in the way of leading a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadFault {
    /// Does not stand in the library as listed.
    NotListed,
    /// The catalogue does not name the profession for the service.
    Profession,
    /// The certificate was not checked.
    CertificateUnchecked,
    /// The certificate ran out.
    CertificateExpired,
    /// The confidentiality pledge is not signed.
    NoPledge,
}

impl LeadFault {
    /// The code under which the texts are kept.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            LeadFault::NotListed => "lead_not_listed",
            LeadFault::Profession => "lead_profession",
            LeadFault::CertificateUnchecked => "lead_certificate_unchecked",
            LeadFault::CertificateExpired => "lead_certificate_expired",
            LeadFault::NoPledge => "lead_no_pledge",
        }
    }
}

/// Whether a session of a service is entered under somebody who leads it. Who leads what is a local default, so that a no is a warning:
/// whoever enters the session confirms it with the reason in words. Of whom the library knows nothing, nothing is asked.
///
/// # Errors
/// The library knows something against it, and no reason is given.
pub fn led(
    talent: Option<&TalentFacts>,
    (service, services): (&str, &ServiceTable),
    reason: &str,
) -> Result<(), LeadFault> {
    match talent.and_then(|talent| talent.lead_fault(service, services)) {
        Some(fault) if reason.trim().is_empty() => Err(fault),
        _ => Ok(()),
    }
}

/// What the rules need to know of a talent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TalentFacts {
    /// The talent.
    pub id: Uuid,
    /// Profession.
    pub profession: Profession,
    /// Stands in the library as listed.
    pub listed: bool,
    /// The certificate was checked.
    pub certificate_verified: bool,
    /// The certificate ran out.
    pub certificate_expired: bool,
    /// Day of the confidentiality pledge.
    pub pledge: Option<Date>,
    /// Minutes of training in the calendar year.
    pub training_minutes: u32,
}

impl TalentFacts {
    /// May lead a service: listed, certificate checked and not run out, pledge signed, and of a profession that the catalogue names.
    #[must_use]
    pub fn may_lead(&self, service: &str, services: &ServiceTable) -> bool {
        self.lead_fault(service, services).is_none()
    }

    /// What stands in the way of leading a service, the first of what there is; nothing where this talent may.
    #[must_use]
    pub fn lead_fault(&self, service: &str, services: &ServiceTable) -> Option<LeadFault> {
        let named = services.get(service).is_some_and(|service| service.may_be_led_by(self.profession));
        let faults = [
            (!self.listed, LeadFault::NotListed),
            (!named, LeadFault::Profession),
            (!self.certificate_verified, LeadFault::CertificateUnchecked),
            (self.certificate_expired, LeadFault::CertificateExpired),
            (self.pledge.is_none(), LeadFault::NoPledge),
        ];
        faults.into_iter().find_map(|(holds, fault)| holds.then_some(fault))
    }

    /// Minutes of training still missing in the year. Staff in direct service train 20 hours a year (civil-affairs
    /// notice 2022 No. 104); the figure stands in `data/services.toml`.
    #[must_use]
    pub fn training_missing(&self, services: &ServiceTable) -> u32 {
        services.training_hours.saturating_mul(60).saturating_sub(self.training_minutes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talent(profession: Profession) -> TalentFacts {
        TalentFacts {
            id: Uuid::from_u128(1),
            profession,
            listed: true,
            certificate_verified: true,
            certificate_expired: false,
            pledge: Some(jiff::civil::date(2025, 1, 2)),
            training_minutes: 900,
        }
    }

    #[test]
    fn who_leads_what() {
        let services = ServiceTable::embedded().unwrap();
        let rows = [
            ("S1", Profession::Nurse, true),
            ("S1", Profession::SocialWorker, false),
            ("S6", Profession::VocationalCounsellor, true),
            ("S8", Profession::PeerSupporter, true),
            ("S8", Profession::Psychiatrist, false),
            ("S12", Profession::Volunteer, true),
            ("S99", Profession::Nurse, false),
        ];
        for (service, profession, expected) in rows {
            assert_eq!(talent(profession).may_lead(service, &services), expected, "{service} {profession:?}");
        }
    }

    #[test]
    fn nobody_leads_unlisted_unverified_or_unpledged() {
        let services = ServiceTable::embedded().unwrap();
        let good = talent(Profession::Nurse);
        assert!(good.may_lead("S1", &services));
        assert!(!TalentFacts { listed: false, ..good.clone() }.may_lead("S1", &services));
        assert!(!TalentFacts { certificate_verified: false, ..good.clone() }.may_lead("S1", &services));
        assert!(!TalentFacts { certificate_expired: true, ..good.clone() }.may_lead("S1", &services));
        assert!(!TalentFacts { pledge: None, ..good }.may_lead("S1", &services));
    }

    #[test]
    fn who_may_not_lead_does_so_with_a_reason_in_words() {
        let services = ServiceTable::embedded().unwrap();
        let good = talent(Profession::Nurse);
        let unlisted = TalentFacts { listed: false, ..good.clone() };
        let unchecked = TalentFacts { certificate_verified: false, ..good.clone() };
        let expired = TalentFacts { certificate_expired: true, ..good.clone() };
        let unpledged = TalentFacts { pledge: None, ..good.clone() };
        for (talent, service, reason, expected) in [
            (Some(&good), "S1", "", Ok(())),
            (Some(&good), "S6", "", Err(LeadFault::Profession)),
            (Some(&good), "S6", " \n", Err(LeadFault::Profession)),
            (Some(&good), "S6", "职业顾问病假，由护士代", Ok(())),
            (Some(&good), "S99", "", Err(LeadFault::Profession)),
            (Some(&unlisted), "S1", "", Err(LeadFault::NotListed)),
            (Some(&unchecked), "S1", "", Err(LeadFault::CertificateUnchecked)),
            (Some(&expired), "S1", "", Err(LeadFault::CertificateExpired)),
            (Some(&expired), "S1", "新证书在办", Ok(())),
            (Some(&unpledged), "S12", "", Err(LeadFault::NoPledge)),
            (None, "S1", "", Ok(())),
        ] {
            assert_eq!(led(talent, (service, &services), reason), expected, "{talent:?} {service} {reason}");
        }
    }

    #[test]
    fn twenty_hours_of_training_a_year() {
        let services = ServiceTable::embedded().unwrap();
        assert_eq!(talent(Profession::Nurse).training_missing(&services), 300);
    }
}
