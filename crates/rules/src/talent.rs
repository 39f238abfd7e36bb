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
        let named = services.get(service).is_some_and(|service| service.may_be_led_by(self.profession));
        let certified = self.certificate_verified && !self.certificate_expired;
        self.listed && certified && self.pledge.is_some() && named
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
    fn twenty_hours_of_training_a_year() {
        let services = ServiceTable::embedded().unwrap();
        assert_eq!(talent(Profession::Nurse).training_missing(&services), 300);
    }
}
