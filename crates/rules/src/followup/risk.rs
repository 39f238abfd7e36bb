//! Risk (危险性评估), grades 0 to 5, from what happened (National Basic Public Health Service Norms, third edition).
//!
//! The grade says what was seen since the last visit; it foretells nothing.

use super::coded::coded;
use crate::Refusal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The rule behind every refusal here.
const RULE: &str = "SMD-RISK";

coded! {
    /// Grade of risk.
    RiskGrade {
        /// None of the behaviour of the others.
        None = 0,
        /// Verbal threats and shouting, no smashing.
        Threats = 1,
        /// Smashing at home only, against property, stops when persuaded.
        SmashingAtHome = 2,
        /// Obvious smashing anywhere, against property, does not stop when persuaded.
        Smashing = 3,
        /// Continuous smashing against property or persons, does not stop; self-harm, suicide.
        Violence = 4,
        /// Violence against persons with a dangerous weapon; arson, explosion.
        Weapon = 5,
    }
}

impl RiskGrade {
    /// From grade 3 on the person is unstable, and the police are told of an emergency.
    #[must_use]
    pub fn is_dangerous(self) -> bool {
        self >= RiskGrade::Smashing
    }
}

/// Smashing of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smashing {
    /// Only at home.
    pub at_home: bool,
    /// Stopped when persuaded.
    pub stopped: bool,
    /// Went on and on.
    pub continuous: bool,
}

/// Something that happened, as told by the family, the committee or the police.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Day.
    pub on: Date,
    /// Threatened in words, shouted.
    #[serde(default)]
    pub threats: bool,
    /// Smashed things.
    pub smashing: Option<Smashing>,
    /// Was violent against a person.
    #[serde(default)]
    pub against_person: bool,
    /// Harmed themselves or tried to end their life.
    #[serde(default)]
    pub self_harm: bool,
    /// Used a weapon against a person.
    #[serde(default)]
    pub weapon: bool,
    /// Set fire, or caused an explosion.
    #[serde(default)]
    pub arson_or_explosion: bool,
}

impl Incident {
    /// Whether anything of it is said: a day alone tells nothing.
    #[must_use]
    pub fn is_told(&self) -> bool {
        let acts = [self.threats, self.against_person, self.self_harm, self.weapon, self.arson_or_explosion];
        self.smashing.is_some() || acts.contains(&true)
    }

    /// Whether it lies between the last visit and this one. What happened on the day of the last visit counts again, since it may
    /// have happened after it.
    #[must_use]
    pub fn is_since(&self, last_visit: Option<Date>, on: Date) -> bool {
        self.on <= on && last_visit.is_none_or(|last| self.on >= last)
    }
}

/// The grade of one incident: the first line that fits, from the top. Smashing outside the home that stopped is a gap in the
/// norm between grades 2 and 3 and counts as 3 (local default).
#[must_use]
pub fn grade(incident: &Incident) -> RiskGrade {
    let unstoppable = |smashing: Smashing| smashing.continuous && !smashing.stopped;
    match incident.smashing {
        _ if incident.weapon || incident.arson_or_explosion => RiskGrade::Weapon,
        _ if incident.self_harm || incident.against_person => RiskGrade::Violence,
        Some(smashing) if unstoppable(smashing) => RiskGrade::Violence,
        Some(smashing) if !smashing.stopped || !smashing.at_home => RiskGrade::Smashing,
        Some(_) => RiskGrade::SmashingAtHome,
        None if incident.threats => RiskGrade::Threats,
        None => RiskGrade::None,
    }
}

/// The grade of a visit: the highest since the last visit.
#[must_use]
pub fn assess(incidents: &[Incident], last_visit: Option<Date>, on: Date) -> RiskGrade {
    incidents
        .iter()
        .filter(|incident| incident.is_since(last_visit, on))
        .map(grade)
        .max()
        .unwrap_or(RiskGrade::None)
}

/// The grade that the doctor sets: a higher one freely, a lower one with a reason in words (local default).
///
/// # Errors
/// A lower grade without a reason.
pub fn settle(assessed: RiskGrade, set: RiskGrade, reason: &str) -> Result<RiskGrade, Refusal> {
    if set < assessed && reason.trim().is_empty() {
        let refusal = Refusal::new(RULE, "reason_missing");
        return Err(refusal.with("assessed", assessed.code()).with("set", set.code()));
    }
    Ok(set)
}
