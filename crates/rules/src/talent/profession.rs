//! The codes of professions as they are stored, sent and named in the catalogue.

use super::Profession;
use crate::institution::code::codes;

impl Profession {
    /// All professions, in the order of the enumeration.
    pub const ALL: [Profession; 14] = [
        Profession::Psychiatrist,
        Profession::Nurse,
        Profession::Pharmacist,
        Profession::RehabilitationTherapist,
        Profession::Psychotherapist,
        Profession::Counsellor,
        Profession::SocialWorker,
        Profession::VocationalCounsellor,
        Profession::SpecialEducation,
        Profession::PeerSupporter,
        Profession::CaseManager,
        Profession::ReferralWorker,
        Profession::Volunteer,
        Profession::Other,
    ];
}

codes! { Profession:
    Psychiatrist = "psychiatrist",
    Nurse = "nurse",
    Pharmacist = "pharmacist",
    RehabilitationTherapist = "rehabilitation_therapist",
    Psychotherapist = "psychotherapist",
    Counsellor = "counsellor",
    SocialWorker = "social_worker",
    VocationalCounsellor = "vocational_counsellor",
    SpecialEducation = "special_education",
    PeerSupporter = "peer_supporter",
    CaseManager = "case_manager",
    ReferralWorker = "referral_worker",
    Volunteer = "volunteer",
    Other = "other",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_that_are_stored() {
        for profession in Profession::ALL {
            assert_eq!(serde_json::to_value(profession).unwrap(), profession.code());
            assert_eq!(Profession::of_code(profession.code()), Some(profession));
        }
        assert_eq!(Profession::of_code("baker"), None);
    }
}
