//! What an institution learns of a case, and when: before it accepts as much as it needs to answer, while the case is in its
//! charge what serving needs, for return visits what visiting needs, and afterwards its own notes and nothing else.
//!
//! Principle: only what the purpose of the moment needs (Personal Information Protection Law art. 6 and 19), and what lets a
//! person be recognised is confidential (Mental Health Law art. 4). The stages themselves are a local default. For every
//! other role [`Role::sight`] speaks alone.

use super::case::Case;
use super::command::Trigger;
use super::state::State;
use crate::account::Role;
use serde::{Deserialize, Serialize};

/// How far a case has come for the institution that it is or was with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Asked, not yet answered.
    Offered,
    /// Accepted: assessed, served, suspended, in hospital, being closed.
    InCharge,
    /// Closed, with return visits to be made.
    FollowUp,
    /// Over, or gone elsewhere.
    Over,
}

/// Parts of a case that are disclosed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Services asked for, age band, township, signs that concern safety, the referral slip.
    Need,
    /// Name, numbers, address, sex and birth date.
    Identity,
    /// Assessments and slips with findings.
    Health,
    /// Plan and records of the service.
    Service,
    /// Agreement and costs.
    Agreement,
    /// What happened, who did it, and why.
    Course,
}

impl Part {
    /// All parts.
    pub const ALL: [Part; 6] =
        [Part::Need, Part::Identity, Part::Health, Part::Service, Part::Agreement, Part::Course];
}

/// How much of a part is disclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// None of it.
    Nothing,
    /// What the institution itself wrote or did.
    Own,
    /// All of it, as far as the role's sight goes.
    All,
}

impl Stage {
    /// The stage of a state.
    #[must_use]
    pub fn of(state: State) -> Stage {
        match state {
            State::Referred => Stage::Offered,
            State::Accepted
            | State::Assessed
            | State::Agreed
            | State::InService
            | State::Suspended
            | State::Hospital
            | State::Closing => Stage::InCharge,
            State::Closed => Stage::FollowUp,
            State::Draft
            | State::Submitted
            | State::Supplement
            | State::Lapsed
            | State::Rejected
            | State::Registered
            | State::Waiting
            | State::NotSuitable
            | State::Transferred
            | State::Withdrawn
            | State::Ended => Stage::Over,
        }
    }
}

/// How much of a part a role learns of a case in a state. Return visits are made by the case manager, who needs to know whom
/// to visit and how things stood; the others of the institution have nothing left to do.
#[must_use]
pub fn disclosed(role: Role, state: State, part: Part) -> Extent {
    if !role.is_institution_staff() {
        return Extent::All;
    }
    match (Stage::of(state), part) {
        (Stage::InCharge, _) => Extent::All,
        (Stage::FollowUp, _) if role == Role::CaseManager => Extent::All,
        (Stage::Offered, Part::Need) => Extent::All,
        (Stage::Offered, Part::Course) => Extent::Own,
        (Stage::Offered, _) | (Stage::FollowUp | Stage::Over, Part::Need | Part::Identity) => Extent::Nothing,
        (Stage::FollowUp | Stage::Over, _) => Extent::Own,
    }
}

/// Years of a band of ages: enough for an institution to answer, too little to know somebody by.
const BAND: u8 = 10;

/// The first and last year of the band that an age lies in.
#[must_use]
pub fn age_band(age: u8) -> (u8, u8) {
    let from = age / BAND * BAND;
    (from, from.saturating_add(BAND - 1))
}

/// What concerns the safety of those who will meet the person, without saying of which illness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SafetySign {
    /// No risk was assessed yet.
    NotAssessed,
    /// Risk grade 1 or 2 at the last assessment.
    SomeRisk,
    /// Risk grade 3 or above: first to be seen by a doctor (E5).
    HighRisk,
    /// Danger to others was told at the last return to hospital.
    DangerToOthers,
    /// A suicidal act or plan was told at the last return to hospital.
    SelfHarm,
}

/// Grade from which a person is to be seen by a doctor first (E5, local default).
const HIGH: u8 = 3;

/// The signs that are known of a case; `told` is the grade on the referral slip. No sign stands for grade 0.
#[must_use]
pub fn safety(case: &Case, told: Option<u8>) -> Vec<SafetySign> {
    let mut signs = Vec::new();
    match case.risk_grade.max(told) {
        None => signs.push(SafetySign::NotAssessed),
        Some(grade) if grade >= HIGH => signs.push(SafetySign::HighRisk),
        Some(0) => {}
        Some(_) => signs.push(SafetySign::SomeRisk),
    }
    if let Some(stay) = &case.hospital {
        if stay.request.danger_to_others {
            signs.push(SafetySign::DangerToOthers);
        }
        if stay.request.triggers.contains(&Trigger::Suicidal) {
            signs.push(SafetySign::SelfHarm);
        }
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::Extent::{All, Nothing, Own};
    use super::*;

    #[test]
    fn each_stage_role_and_part_as_in_the_table() {
        use Role::{Assessor, CaseManager, InstitutionManager};
        let others: &[Role] = &[InstitutionManager, Assessor];
        let everybody: &[Role] = &[InstitutionManager, CaseManager, Assessor];
        // Need, identity, health, service, agreement, course.
        for (stage, roles, extents) in [
            (Stage::Offered, everybody, [All, Nothing, Nothing, Nothing, Nothing, Own]),
            (Stage::InCharge, everybody, [All, All, All, All, All, All]),
            (Stage::FollowUp, &[CaseManager][..], [All, All, All, All, All, All]),
            (Stage::FollowUp, others, [Nothing, Nothing, Own, Own, Own, Own]),
            (Stage::Over, everybody, [Nothing, Nothing, Own, Own, Own, Own]),
        ] {
            for state in State::ALL.into_iter().filter(|state| Stage::of(*state) == stage) {
                for role in roles {
                    let found = Part::ALL.map(|part| disclosed(*role, state, part));
                    assert_eq!(found, extents, "{role:?} {state:?}");
                }
            }
        }
    }

    #[test]
    fn no_institution_knows_a_name_unless_it_has_something_to_do_with_the_person() {
        for state in State::ALL {
            for role in Role::ALL {
                let knows = disclosed(role, state, Part::Identity) != Nothing;
                let visits = role == Role::CaseManager && state == State::Closed;
                let may = !role.is_institution_staff() || Stage::of(state) == Stage::InCharge || visits;
                assert_eq!(knows, may, "{role:?} {state:?}");
            }
        }
    }

    #[test]
    fn ages_are_told_by_tens() {
        for (age, band) in [(0, (0, 9)), (9, (0, 9)), (10, (10, 19)), (38, (30, 39)), (255, (250, 255))] {
            assert_eq!(age_band(age), band);
        }
    }
}
