//! Consent: one purpose each, dated, revocable, signed by the person or by a guardian.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::state::State;
use crate::capacity::Capacity;
use crate::consent::ConsentTexts;

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

/// What the person says where a guardian signs: both voices are written down (Civil Code art. 35).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnWord {
    /// Agrees.
    Agrees,
    /// Does not agree.
    Refuses,
    /// Cannot say so at present.
    CannotSay,
}

/// Who signs for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// Capacity of the person served.
    pub capacity: Capacity,
    /// The guardian's ground; absent when the person signs.
    pub guardian: Option<GuardianBasis>,
    /// The person's own word beside a guardian's signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_word: Option<OwnWord>,
}

impl Signer {
    /// The person's word: a signature of one's own is a yes.
    #[must_use]
    pub fn word(&self) -> Option<OwnWord> {
        if self.guardian.is_none() { Some(OwnWord::Agrees) } else { self.own_word }
    }
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
    /// Version of the text that was agreed to; what was agreed to before texts had versions is the first.
    #[serde(default = "first")]
    pub version: u16,
    /// From this day on the person is to be asked again: before it runs out, and when the person comes of age.
    #[serde(default)]
    pub ask_on: Option<Date>,
    /// Day on which somebody was told to ask again.
    #[serde(default)]
    pub asked: Option<Date>,
}

fn first() -> u16 {
    1
}

impl Consent {
    /// Given, not taken back and not run out on a day.
    #[must_use]
    pub fn is_valid(&self, on: Date) -> bool {
        self.withdrawn.is_none() && self.on <= on && self.until.is_none_or(|last| on <= last)
    }

    /// Whether the text has changed since it was agreed to.
    #[must_use]
    pub fn is_outdated(&self, texts: &ConsentTexts, on: Date) -> bool {
        texts.in_force(self.purpose, on).is_some_and(|text| text.version > self.version)
    }

    /// Whether the person is to be asked again up to a day, and nobody was told to yet.
    #[must_use]
    pub fn is_to_be_asked(&self, texts: &ConsentTexts, by: Date, today: Date) -> bool {
        let due = self.ask_on.is_some_and(|day| day <= by) || self.is_outdated(texts, today);
        self.withdrawn.is_none() && self.asked.is_none() && due
    }
}
