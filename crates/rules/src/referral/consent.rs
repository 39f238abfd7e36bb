//! Consent: one purpose each, dated, revocable, signed by the person or by a guardian.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::state::State;

/// Purposes of consent; each is a separate consent (Personal Information Protection Law art. 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Registration and referral.
    Registration,
    /// Sharing between civil affairs, health and the federation.
    Departments,
    /// Sharing with the institution that serves.
    Institution,
    /// Passing the file to another county.
    FileTransfer,
    /// Being contacted.
    Contact,
    /// Research.
    Research,
    /// Publicity.
    Publicity,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Purpose; 7] = [
        Purpose::Registration,
        Purpose::Departments,
        Purpose::Institution,
        Purpose::FileTransfer,
        Purpose::Contact,
        Purpose::Research,
        Purpose::Publicity,
    ];

    /// Without this consent nobody may go on with a case in this state: registration and referral always, sharing with
    /// the institution unless none was asked yet. Every other consent ends alone (Personal Information Protection Law art. 15).
    #[must_use]
    pub fn is_essential(self, state: State) -> bool {
        match self {
            Purpose::Registration => true,
            Purpose::Institution => !matches!(
                state,
                State::Draft
                    | State::Submitted
                    | State::Supplement
                    | State::Lapsed
                    | State::Rejected
                    | State::Registered
                    | State::Waiting
            ),
            Purpose::Departments
            | Purpose::FileTransfer
            | Purpose::Contact
            | Purpose::Research
            | Purpose::Publicity => false,
        }
    }
}

/// Capacity for civil conduct (Civil Code art. 21–23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// Full.
    Full,
    /// Limited.
    Limited,
    /// None.
    None,
}

/// Ground on which a guardian acts (Civil Code art. 28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardianBasis {
    /// Spouse.
    Spouse,
    /// Parent or child.
    ParentOrChild,
    /// Other close kin.
    OtherKin,
    /// Others, with consent of the committee or civil affairs.
    ApprovedOther,
}

/// Who signs for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// Capacity of the person served.
    pub capacity: Capacity,
    /// The guardian's ground; absent when the person signs.
    pub guardian: Option<GuardianBasis>,
}

/// One consent: one purpose, dated, revocable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Purpose.
    pub purpose: Purpose,
    /// Who signed.
    pub signer: Signer,
    /// First day.
    pub on: Date,
    /// Last day, when limited.
    pub until: Option<Date>,
    /// Day it was taken back.
    pub withdrawn: Option<Date>,
}

impl Consent {
    /// Given, not taken back and not run out on a day.
    #[must_use]
    pub fn is_valid(&self, on: Date) -> bool {
        self.withdrawn.is_none() && self.on <= on && self.until.is_none_or(|last| on <= last)
    }
}
