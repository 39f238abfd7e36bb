//! The answers of form 8 with their numbers. Several numbers are those of the form of 2012 and of the National Basic Public
//! Health Service Norms (third edition).

use crate::followup::coded::coded;
use serde::{Deserialize, Serialize};

coded! {
    /// How the visit was made.
    Mode {
        /// In the clinic.
        Outpatient = 1,
        /// At home.
        Home = 2,
        /// By telephone: not face to face.
        Phone = 3,
        /// In the hospital; only while the person is in one (local answer).
        Hospital = 4,
    }
}

coded! {
    /// Why the person was not met.
    LostReason {
        /// Works away.
        WorkingAway = 1,
        /// Moved.
        Moved = 2,
        /// Gone missing.
        Missing = 3,
        /// Missed three visits in a row.
        ThreeMisses = 4,
        /// Other.
        Other = 5,
    }
}

/// Cause of a death: the number of the form, and for an illness which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeathCause {
    /// 1, infectious or parasitic disease.
    Infection,
    /// 1, tumour.
    Tumour,
    /// 1, heart disease.
    Heart,
    /// 1, cerebrovascular disease.
    Cerebrovascular,
    /// 1, respiratory disease.
    Respiratory,
    /// 1, digestive disease.
    Digestive,
    /// 1, another illness.
    OtherIllness,
    /// 1, an illness not known.
    UnknownIllness,
    /// 2, suicide.
    Suicide,
    /// 3, homicide.
    Homicide,
    /// 4, accident.
    Accident,
    /// 5, complication of the mental illness.
    Complication,
    /// 6, other.
    Other,
}

impl DeathCause {
    /// The number on the form.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            DeathCause::Infection
            | DeathCause::Tumour
            | DeathCause::Heart
            | DeathCause::Cerebrovascular
            | DeathCause::Respiratory
            | DeathCause::Digestive
            | DeathCause::OtherIllness
            | DeathCause::UnknownIllness => 1,
            DeathCause::Suicide => 2,
            DeathCause::Homicide => 3,
            DeathCause::Accident => 4,
            DeathCause::Complication => 5,
            DeathCause::Other => 6,
        }
    }
}

coded! {
    /// A symptom seen.
    Symptom {
        /// Hallucinations.
        Hallucination = 1,
        /// Hard to communicate with.
        HardToCommunicate = 2,
        /// Suspicious.
        Suspicious = 3,
        /// Moody.
        Moody = 4,
        /// Odd behaviour.
        OddBehaviour = 5,
        /// Excited, talks much.
        Excited = 6,
        /// Harms people or things.
        Harmful = 7,
        /// Pessimistic.
        Pessimistic = 8,
        /// Wanders off.
        Wanders = 9,
        /// Talks or laughs to themselves.
        TalksToSelf = 10,
        /// Withdrawn, lazy.
        Withdrawn = 11,
        /// Other.
        Other = 12,
    }
}

coded! {
    /// How sleep or diet is.
    Quality {
        /// Good.
        Good = 1,
        /// Fair.
        Fair = 2,
        /// Poor.
        Poor = 3,
    }
}

coded! {
    /// Whether the person is locked up (关锁).
    LockUp {
        /// No.
        None = 1,
        /// Locked up.
        Locked = 2,
        /// Was locked up, and is free.
        Released = 3,
    }
}

coded! {
    /// Hospital stays.
    Hospitalisation {
        /// Never.
        Never = 0,
        /// In hospital now.
        InHospital = 1,
        /// Earlier.
        Earlier = 2,
    }
}

coded! {
    /// Whether drugs are taken as ordered.
    Adherence {
        /// Regularly.
        Regular = 1,
        /// Now and then.
        Intermittent = 2,
        /// Not taken.
        NotTaken = 3,
        /// The doctor says that none are needed.
        NotNeeded = 4,
    }
}

coded! {
    /// Whether there were adverse drug reactions.
    AdverseReport {
        /// No.
        No = 1,
        /// Yes.
        Yes = 2,
        /// Not applicable.
        NotApplicable = 9,
    }
}

coded! {
    /// Effect of the treatment.
    Effect {
        /// Cured.
        Cured = 1,
        /// Improved.
        Improved = 2,
        /// Unchanged.
        Unchanged = 3,
        /// Worse.
        Worse = 4,
        /// Not applicable.
        NotApplicable = 9,
    }
}

coded! {
    /// Rehabilitation advised.
    Rehabilitation {
        /// Ability to live and work.
        Living = 1,
        /// Vocational training.
        Vocational = 2,
        /// Ability to learn.
        Learning = 3,
        /// Social contact.
        Social = 4,
        /// Other.
        Other = 5,
    }
}
