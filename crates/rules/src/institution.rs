//! Service institutions: the library they are listed in, and the count of their places.
//!
//! The service-institution library and the service-talent library follow one procedure: registration by place of
//! service, county preliminary review, prefecture confirmation, dynamic management, and a right to state and
//! defend before removal (Measures for Sharing and Referral, 2023).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Refusal;
use crate::referral::RefusalCode;

pub mod bounds;
mod code;
pub mod keeping;
pub mod library;
#[cfg(test)]
mod tests;

/// Kind of an institution (codes are a local default).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstitutionKind {
    /// Psychiatric hospital.
    PsychiatricHospital,
    /// General hospital.
    GeneralHospital,
    /// Primary-care unit.
    PrimaryCare,
    /// Civil-affairs welfare institution.
    Welfare,
    /// Rehabilitation centre of the disabled persons' federation.
    DpfCentre,
    /// Social-service organisation 社会服务机构.
    SocialService,
    /// Social group 社会团体.
    SocialGroup,
    /// Enterprise.
    Enterprise,
    /// Village or community post.
    CommunityPost,
}

/// Role of an institution in the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkLevel {
    /// Comprehensive institution of the prefecture: assessment and referral, training and supervision,
    /// demonstration (civil-affairs notice 2022 No. 104).
    PrefectureHub,
    /// County centre.
    CountyCentre,
    /// Township station.
    TownStation,
    /// Village or community point.
    VillagePoint,
}

/// Count of places. Free places are counted, never typed in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Places contracted.
    pub contracted: u32,
    /// Places used by persons in service.
    pub in_service: u32,
    /// Places held for offers and accepted cases.
    pub reserved: u32,
    /// Places taken out by the institution, with a reason.
    pub blocked: u32,
}

impl Places {
    /// Free places: contracted − in service − reserved − blocked; below zero when places were blocked that are
    /// in use.
    #[must_use]
    pub fn free(&self) -> i64 {
        i64::from(self.contracted)
            - i64::from(self.in_service)
            - i64::from(self.reserved)
            - i64::from(self.blocked)
    }

    /// Hold one place.
    ///
    /// # Errors
    /// When none is free.
    pub fn reserve(self) -> Result<Self, Refusal> {
        if self.free() < 1 {
            return Err(RefusalCode::NoFreePlace.by("T8").with("free", self.free()));
        }
        Ok(Self { reserved: self.reserved.saturating_add(1), ..self })
    }

    /// Give a held place back.
    #[must_use]
    pub fn release_reserved(self) -> Self {
        Self { reserved: self.reserved.saturating_sub(1), ..self }
    }

    /// A held place is used from now on.
    #[must_use]
    pub fn occupy(self) -> Self {
        Self {
            reserved: self.reserved.saturating_sub(1),
            in_service: self.in_service.saturating_add(1),
            ..self
        }
    }

    /// A used place is held from now on (stay in hospital).
    #[must_use]
    pub fn hold_again(self) -> Self {
        Self {
            in_service: self.in_service.saturating_sub(1),
            reserved: self.reserved.saturating_add(1),
            ..self
        }
    }

    /// Give a used place back.
    #[must_use]
    pub fn release_occupied(self) -> Self {
        Self { in_service: self.in_service.saturating_sub(1), ..self }
    }

    /// The institution takes places out; a reason must be given, and the contract is the ceiling. Blocked places
    /// may be put back, so that the count never rises above the contract.
    ///
    /// # Errors
    /// When no reason is given while lowering, or more is blocked than contracted.
    pub fn block(self, blocked: u32, reason: &str) -> Result<Self, Refusal> {
        if blocked > self.contracted {
            return Err(RefusalCode::ValueInvalid.by("places").with("contracted", self.contracted));
        }
        if blocked > self.blocked && reason.trim().is_empty() {
            return Err(RefusalCode::ReasonUnknown.by("places"));
        }
        Ok(Self { blocked, ..self })
    }
}

/// What a referral needs to know of an institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstitutionFacts {
    /// The institution.
    pub id: Uuid,
    /// Stands in the library as listed.
    pub listed: bool,
    /// Where it is (12-digit statistical code).
    pub division: i64,
    /// Areas served (12-digit statistical codes; each stands for everything below it).
    pub areas: Vec<i64>,
    /// Service codes offered.
    pub services: Vec<String>,
    /// Disorder groups admitted; empty admits all.
    pub disorder_groups: Vec<String>,
    /// Lowest and highest age admitted.
    pub ages: (u8, u8),
    /// Places.
    pub places: Places,
    /// Offers answered in time, and offers in all, of the last year.
    pub answered: (u32, u32),
}
