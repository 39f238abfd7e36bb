//! The codes of kinds, levels and states as they are stored, sent and named in the catalogue.

use super::library::LibraryState;
use super::{InstitutionKind, NetworkLevel};

macro_rules! codes { ($type:ident: $($variant:ident = $code:literal),* $(,)?) => {
    impl $type {
        /// The code used in the database, the API and the catalogue.
        #[must_use]
        pub fn code(self) -> &'static str {
            match self { $($type::$variant => $code),* }
        }

        /// The value of a code.
        #[must_use]
        pub fn of_code(code: &str) -> Option<$type> {
            match code { $($code => Some($type::$variant),)* _ => None }
        }
    }
} }
pub(crate) use codes;

impl InstitutionKind {
    /// All kinds, in the order of the enumeration.
    pub const ALL: [InstitutionKind; 9] = [
        InstitutionKind::PsychiatricHospital,
        InstitutionKind::GeneralHospital,
        InstitutionKind::PrimaryCare,
        InstitutionKind::Welfare,
        InstitutionKind::DpfCentre,
        InstitutionKind::SocialService,
        InstitutionKind::SocialGroup,
        InstitutionKind::Enterprise,
        InstitutionKind::CommunityPost,
    ];
}

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

impl NetworkLevel {
    /// All levels, from the prefecture down.
    pub const ALL: [NetworkLevel; 4] = [
        NetworkLevel::PrefectureHub,
        NetworkLevel::CountyCentre,
        NetworkLevel::TownStation,
        NetworkLevel::VillagePoint,
    ];
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_that_are_stored() {
        for kind in InstitutionKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
            assert_eq!(InstitutionKind::of_code(kind.code()), Some(kind));
        }
        for level in NetworkLevel::ALL {
            assert_eq!(serde_json::to_value(level).unwrap(), level.code());
            assert_eq!(NetworkLevel::of_code(level.code()), Some(level));
        }
        for state in LibraryState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.code());
            assert_eq!(LibraryState::of_code(state.code()), Some(state));
        }
        assert_eq!(InstitutionKind::of_code("hotel"), None);
    }
}
