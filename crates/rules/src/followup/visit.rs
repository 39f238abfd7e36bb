//! The record of a visit (随访服务记录表, form 8 of the work norm): its fields as types, with the numbers of the printed form.

mod answer;
mod check;
mod danger;
#[cfg(test)]
mod tests;

pub use answer::{
    Adherence, AdverseReport, DeathCause, Effect, Hospitalisation, LockUp, LostReason, Mode, Quality,
    Rehabilitation, Symptom,
};
pub use check::{Before, Fault, FaultCode, check};
pub use danger::Danger;

use super::class::{AdverseReaction, Class, Findings, Function, Insight, Physical, Symptoms};
use super::risk::{Incident, RiskGrade};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A visit, or a try of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Day of the visit.
    pub on: Date,
    /// Who was spoken to.
    pub interviewed: String,
    /// How.
    pub mode: Option<Mode>,
    /// What a record from elsewhere claims; where nothing is claimed, it follows from the mode.
    pub face_to_face: Option<bool>,
    /// Why the person was not met.
    pub lost: Option<LostReason>,
    /// Death.
    pub death: Option<Death>,
    /// What was found.
    pub found: Found,
    /// Class as decided.
    pub class: Option<Class>,
    /// Why it is not the class of the table.
    pub override_reason: String,
    /// Day of the next visit.
    pub next_on: Option<Date>,
    /// Doctor.
    pub doctor: String,
}

/// A death.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Death {
    /// Day.
    pub on: Date,
    /// Cause.
    pub cause: DeathCause,
    /// Who told it.
    pub source: String,
}

/// What a visit found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Risk.
    pub risk: Option<RiskGrade>,
    /// Why it is lower than what happened amounts to; records of before incidents were kept have neither.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub risk_reason: String,
    /// Symptoms seen.
    pub symptoms: BTreeSet<Symptom>,
    /// How much of them is left.
    pub symptom_level: Option<Symptoms>,
    /// Insight.
    pub insight: Option<Insight>,
    /// Sleep.
    pub sleep: Option<Quality>,
    /// Diet.
    pub diet: Option<Quality>,
    /// Self-care, housework, productive work, learning, social contact.
    pub function: [Option<Function>; 5],
    /// Dangerous behaviour since the last visit.
    pub danger: Danger,
    /// What happened since the last visit, one by one; it may be left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<Incident>,
    /// Locked up.
    pub lock_up: Option<LockUp>,
    /// Hospital.
    pub hospitalisation: Option<Hospitalisation>,
    /// Last discharge.
    pub last_discharge: Option<Date>,
    /// Whether there are laboratory results.
    pub laboratory: Option<bool>,
    /// Bodily illness.
    pub physical: Option<Physical>,
    /// Anything else out of order.
    pub other_abnormality: bool,
    /// Whether drugs are taken.
    pub adherence: Option<Adherence>,
    /// Adverse drug reactions.
    pub adverse_reaction: Option<AdverseReport>,
    /// They are acute or severe.
    pub adverse_severe: bool,
    /// Effect of the treatment.
    pub effect: Option<Effect>,
    /// Whether the person was referred; with a referral, why and where.
    pub referral: Option<Referral>,
    /// There is a record of an emergency.
    pub emergency_record: bool,
    /// Drugs taken.
    pub drugs: Vec<Drug>,
    /// Drugs advised.
    pub guidance: Vec<Drug>,
    /// Rehabilitation advised.
    pub rehabilitation: BTreeSet<Rehabilitation>,
}

/// Whether the person was referred.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// Referred.
    pub made: bool,
    /// Why.
    pub reason: String,
    /// Institution and department.
    pub to: String,
}

/// A line of drugs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drug {
    /// Name.
    pub name: String,
    /// Times a day; none for a long-acting injection.
    pub times_a_day: Option<u8>,
    /// Each time, in thousandths of a milligram.
    pub dose_micrograms: u32,
}

impl Visit {
    /// Whether the person was met: in the clinic, at home or in the hospital. Telephone and video do not count.
    #[must_use]
    pub fn is_face_to_face(&self) -> bool {
        let met = self.mode.is_some_and(|mode| mode != Mode::Phone);
        met && self.face_to_face != Some(false) && self.lost.is_none() && self.death.is_none()
    }

    /// In hospital now: the interval rests.
    #[must_use]
    pub fn is_in_hospital(&self) -> bool {
        self.found.hospitalisation == Some(Hospitalisation::InHospital)
    }
}

impl Found {
    /// What the decision table reads. An item of function that was not asked counts as not applicable.
    #[must_use]
    pub fn findings(&self) -> Findings {
        let adverse_reaction = match self.adverse_reaction {
            Some(AdverseReport::Yes) if self.adverse_severe => AdverseReaction::Severe,
            Some(AdverseReport::Yes) => AdverseReaction::Mild,
            Some(AdverseReport::No | AdverseReport::NotApplicable) | None => AdverseReaction::None,
        };
        Findings {
            risk: self.risk,
            symptoms: self.symptom_level,
            insight: self.insight,
            function: self.function.map(|item| item.unwrap_or(Function::NotApplicable)),
            adverse_reaction,
            physical: self.physical.unwrap_or(Physical::Stable),
            other_abnormality: self.other_abnormality,
        }
    }

    /// The names of the fields that are filled in, in the order of the form.
    #[must_use]
    pub fn filled(&self) -> Vec<&'static str> {
        let [self_care, housework, work, learning, social] = self.function.map(|item| item.is_some());
        let danger = self.danger.none || self.danger.any();
        let fields = [
            ("risk", self.risk.is_some()),
            ("risk_reason", !self.risk_reason.trim().is_empty()),
            ("symptoms", !self.symptoms.is_empty()),
            ("symptom_level", self.symptom_level.is_some()),
            ("insight", self.insight.is_some()),
            ("sleep", self.sleep.is_some()),
            ("diet", self.diet.is_some()),
            ("self_care", self_care),
            ("housework", housework),
            ("work", work),
            ("learning", learning),
            ("social", social),
            ("danger", danger),
            ("incidents", !self.incidents.is_empty()),
            ("lock_up", self.lock_up.is_some()),
            ("hospitalisation", self.hospitalisation.is_some()),
            ("last_discharge", self.last_discharge.is_some()),
            ("laboratory", self.laboratory.is_some()),
            ("physical", self.physical.is_some()),
            ("other_abnormality", self.other_abnormality),
            ("adherence", self.adherence.is_some()),
            ("adverse_reaction", self.adverse_reaction.is_some() || self.adverse_severe),
            ("effect", self.effect.is_some()),
            ("referral", self.referral.is_some()),
            ("emergency_record", self.emergency_record),
            ("drugs", !self.drugs.is_empty()),
            ("guidance", !self.guidance.is_empty()),
            ("rehabilitation", !self.rehabilitation.is_empty()),
        ];
        fields.into_iter().filter(|(_, filled)| *filled).map(|(name, _)| name).collect()
    }
}
