//! Between the register and community rehabilitation: whether a person in follow-up may be proposed, and what a case manager is told.
//!
//! A patient of the register of severe mental disorders (Measures on Sharing and Referral, 2023: whom the service is for) who lives at
//! home; whom a current risk grade of 3 to 5, the class *unstable*, a severe bodily illness or a severe adverse reaction calls to the
//! medical route is not proposed (E5, local default). Need and consent are asked on the application. The rules propose; the doctor
//! decides, and the assessment of the case decides on whether it suits.

use super::class::{AdverseReaction, Class, Findings, Physical};
use super::register::{Record, State};
use super::risk::RiskGrade;
use super::table::FollowupRules;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What stands in the way of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// Not diagnosed and reported yet (E1).
    NotReported,
    /// The record is closed (E1).
    Closed,
    /// In hospital (E2).
    InHospital,
    /// Lost to follow-up (E2).
    Lost,
    /// Moving away: the institution that takes over proposes (E2).
    Moving,
    /// No visit with risk and class says how the person is (E3).
    NotAssessed,
    /// The last one is too long ago to be current (E5).
    AssessedLongAgo,
    /// Risk 3 or higher (E5).
    Risk,
    /// Unstable (E5).
    Unstable,
    /// Severe bodily illness (E5).
    PhysicalIllness,
    /// Severe adverse reaction to a drug (E5).
    AdverseReaction,
}

impl Obstacle {
    /// All of them.
    pub const ALL: [Obstacle; 11] = [
        Obstacle::NotReported,
        Obstacle::Closed,
        Obstacle::InHospital,
        Obstacle::Lost,
        Obstacle::Moving,
        Obstacle::NotAssessed,
        Obstacle::AssessedLongAgo,
        Obstacle::Risk,
        Obstacle::Unstable,
        Obstacle::PhysicalIllness,
        Obstacle::AdverseReaction,
    ];

    /// The code as shown and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Obstacle::NotReported => "not_reported",
            Obstacle::Closed => "closed",
            Obstacle::InHospital => "in_hospital",
            Obstacle::Lost => "lost",
            Obstacle::Moving => "moving",
            Obstacle::NotAssessed => "not_assessed",
            Obstacle::AssessedLongAgo => "assessed_long_ago",
            Obstacle::Risk => "risk",
            Obstacle::Unstable => "unstable",
            Obstacle::PhysicalIllness => "physical_illness",
            Obstacle::AdverseReaction => "adverse_reaction",
        }
    }
}

/// The last visit with a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessed {
    /// Its day.
    pub on: Date,
    /// The class as decided.
    pub class: Class,
    /// What was found.
    pub findings: Findings,
}

/// Everything that stands in the way of proposing a person for community rehabilitation today; nothing where they may be.
#[must_use]
pub fn obstacles(
    record: &Record,
    last: Option<&Assessed>,
    today: Date,
    rules: &FollowupRules,
) -> Vec<Obstacle> {
    let stands = match record.state {
        _ if record.is_closed() => Some(Obstacle::Closed),
        State::Clue | State::Reviewed => Some(Obstacle::NotReported),
        State::Hospital => Some(Obstacle::InHospital),
        State::Lost => Some(Obstacle::Lost),
        State::Moved => Some(Obstacle::Moving),
        _ => None,
    };
    // Whoever is not at home, or is none of the register, is not asked about further.
    if let Some(obstacle) = stands {
        return vec![obstacle];
    }
    let Some(last) = last else { return vec![Obstacle::NotAssessed] };
    if rules.terms.rehabilitation_current.after(last.on) < today {
        return vec![Obstacle::AssessedLongAgo];
    }
    let found = &last.findings;
    let rows = [
        (found.risk.is_some_and(RiskGrade::is_dangerous), Obstacle::Risk),
        (last.class == Class::Unstable, Obstacle::Unstable),
        (found.physical == Physical::Severe, Obstacle::PhysicalIllness),
        (found.adverse_reaction == AdverseReaction::Severe, Obstacle::AdverseReaction),
    ];
    rows.into_iter().filter(|(so, _)| *so).map(|(_, obstacle)| obstacle).collect()
}

/// Whether the case manager of an open case is told to look at the shared risk grade: the visit found somebody unstable, or risk 3 or
/// higher (E5 and T21 of the referral: triggers of a return to hospital).
#[must_use]
pub fn is_told(class: Option<Class>, risk: Option<RiskGrade>) -> bool {
    class == Some(Class::Unstable) || risk.is_some_and(RiskGrade::is_dangerous)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::followup::register::{Destination, Move};
    use crate::followup::{FollowupTable, Function, Insight, Symptoms};
    use jiff::civil::date;
    use uuid::Uuid;

    const TODAY: Date = date(2026, 6, 2);

    fn record(state: State) -> Record {
        Record { state, agreed: Some(true), in_charge: Uuid::from_u128(1), moving: None, death: None }
    }

    fn seen(on: Date, class: Class, risk: u8) -> Assessed {
        let findings = Findings {
            risk: RiskGrade::of_code(risk),
            symptoms: Some(Symptoms::Gone),
            insight: Some(Insight::Full),
            function: [Function::Good; 5],
            adverse_reaction: AdverseReaction::None,
            physical: Physical::Stable,
            other_abnormality: false,
        };
        Assessed { on, class, findings }
    }

    fn found(record: &Record, last: Option<Assessed>) -> Vec<Obstacle> {
        let table = FollowupTable::embedded().unwrap();
        obstacles(record, last.as_ref(), TODAY, table.in_force(TODAY))
    }

    #[test]
    fn who_may_be_proposed() {
        let stable = seen(date(2026, 5, 4), Class::Stable, 0);
        for state in [State::Reported, State::Received, State::Managed, State::RegisteredOnly] {
            assert_eq!(found(&record(state), Some(stable)), [], "{state:?}");
        }
        assert_eq!(found(&record(State::Managed), Some(seen(TODAY, Class::BasicallyStable, 2))), []);
        for (state, obstacle) in [
            (State::Clue, Obstacle::NotReported),
            (State::Reviewed, Obstacle::NotReported),
            (State::Hospital, Obstacle::InHospital),
            (State::Lost, Obstacle::Lost),
            (State::Moved, Obstacle::Moving),
            (State::Excluded, Obstacle::Closed),
            (State::Deceased, Obstacle::Closed),
        ] {
            assert_eq!(found(&record(state), Some(stable)), [obstacle], "{state:?}");
        }
        let leaving = Move { to: Destination::Abroad, sent: TODAY };
        let abroad = Record { moving: Some(leaving), ..record(State::Moved) };
        assert_eq!(found(&abroad, Some(stable)), [Obstacle::Closed]);
    }

    #[test]
    fn who_is_called_to_the_medical_route() {
        let managed = record(State::Managed);
        assert_eq!(found(&managed, None), [Obstacle::NotAssessed]);
        // Three months are the longest interval between two visits.
        assert_eq!(found(&managed, Some(seen(date(2026, 3, 2), Class::Stable, 0))), []);
        let old = seen(date(2026, 3, 1), Class::Stable, 0);
        assert_eq!(found(&managed, Some(old)), [Obstacle::AssessedLongAgo]);
        let both = [Obstacle::Risk, Obstacle::Unstable];
        assert_eq!(found(&managed, Some(seen(TODAY, Class::Unstable, 3))), both);
        assert_eq!(found(&managed, Some(seen(TODAY, Class::Unstable, 0))), [Obstacle::Unstable]);
        // A class that a doctor set better with a reason hides none of the grounds.
        let mut ill = seen(TODAY, Class::BasicallyStable, 0);
        ill.findings.physical = Physical::Severe;
        ill.findings.adverse_reaction = AdverseReaction::Severe;
        assert_eq!(found(&managed, Some(ill)), [Obstacle::PhysicalIllness, Obstacle::AdverseReaction]);
    }

    #[test]
    fn whom_the_case_manager_is_told_of() {
        for (class, risk, told) in [
            (Some(Class::Unstable), Some(0), true),
            (Some(Class::BasicallyStable), Some(3), true),
            (Some(Class::BasicallyStable), Some(2), false),
            (Some(Class::Stable), Some(0), false),
            (None, None, false),
        ] {
            assert_eq!(is_told(class, risk.and_then(RiskGrade::of_code)), told, "{class:?} {risk:?}");
        }
    }

    #[test]
    fn codes_are_as_stored() {
        for obstacle in Obstacle::ALL {
            assert_eq!(serde_json::to_value(obstacle).unwrap(), obstacle.code());
        }
    }
}
