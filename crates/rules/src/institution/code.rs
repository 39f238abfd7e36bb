//! The codes of kinds, levels, states and professions as they are stored, sent and named in the catalogue.

use super::library::LibraryState;
use super::{InstitutionKind, NetworkLevel};
use crate::talent::Profession;

/// Each variant with its code, in the order of the enumeration.
macro_rules! codes { ($type:ident: $($variant:ident = $code:literal),* $(,)?) => {
    impl $type {
        /// Every value, in the order of the enumeration.
        pub const ALL: [$type; [$($code),*].len()] = [$($type::$variant),*];

        /// The code used in the database, the API and the catalogue.
        #[must_use]
        pub fn code(self) -> &'static str {
            match self { $($type::$variant => $code),* }
        }

        /// The value of a code.
        #[must_use]
        pub fn of_code(code: &str) -> Option<$type> {
            $type::ALL.into_iter().find(|value| value.code() == code)
        }
    }
} }

codes! { InstitutionKind:
    PsychiatricHospital = "psychiatric_hospital",
    GeneralHospital = "general_hospital",
    PrimaryCare = "primary_care",
    Welfare = "welfare",
    DpfCentre = "dpf_centre",
    SocialService = "social_service",
    SocialGroup = "social_group",
    Enterprise = "enterprise",
    CommunityPost = "community_post",
}

codes! { NetworkLevel:
    PrefectureHub = "prefecture_hub",
    CountyCentre = "county_centre",
    TownStation = "town_station",
    VillagePoint = "village_point",
}

codes! { LibraryState:
    Draft = "draft",
    CountyReview = "county_review",
    Returned = "returned",
    CityConfirm = "city_confirm",
    Listed = "listed",
    UnderNotice = "under_notice",
    Suspended = "suspended",
    Removed = "removed",
    VoluntaryExit = "voluntary_exit",
    TakenBack = "taken_back",
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
        macro_rules! stored {
            ($type:ident) => {
                for value in $type::ALL {
                    assert_eq!(serde_json::to_value(value).unwrap(), value.code());
                    assert_eq!($type::of_code(value.code()), Some(value));
                }
            };
        }
        stored!(InstitutionKind);
        stored!(NetworkLevel);
        stored!(LibraryState);
        stored!(Profession);
        assert_eq!(InstitutionKind::of_code("hotel"), None);
    }
}
