//! Grades of risk from what happened.

use super::*;
use proptest::prelude::*;

fn quiet(on: &str) -> Incident {
    Incident {
        on: day(on),
        threats: false,
        smashing: None,
        against_person: false,
        self_harm: false,
        weapon: false,
        arson_or_explosion: false,
    }
}

fn incident(with: impl Fn(&mut Incident)) -> Incident {
    let mut incident = quiet("2025-03-01");
    with(&mut incident);
    incident
}

fn smashing(at_home: bool, stopped: bool, continuous: bool) -> Incident {
    incident(|one| one.smashing = Some(Smashing { at_home, stopped, continuous }))
}

#[test]
fn each_kind_of_incident_has_its_grade() {
    let rows = [
        (incident(|_| {}), 0),
        (incident(|one| one.threats = true), 1),
        (smashing(true, true, false), 2),
        (smashing(true, false, false), 3),
        (smashing(false, false, false), 3),
        // Outside the home and stopped: a gap of the norm.
        (smashing(false, true, false), 3),
        // Went on for long, and stopped when persuaded.
        (smashing(true, true, true), 2),
        (smashing(true, false, true), 4),
        (smashing(false, false, true), 4),
        (incident(|one| one.against_person = true), 4),
        (incident(|one| one.self_harm = true), 4),
        (incident(|one| one.weapon = true), 5),
        (incident(|one| one.arson_or_explosion = true), 5),
    ];
    for (incident, expected) in rows {
        assert_eq!(grade(&incident).code(), expected, "{incident:?}");
        let threats = Incident { threats: true, ..incident.clone() };
        assert_eq!(grade(&threats).code(), expected.max(1), "threats add nothing to {incident:?}");
    }
}

#[test]
fn the_grade_of_a_visit_is_the_highest_since_the_last() {
    let all = [
        Incident { arson_or_explosion: true, ..quiet("2025-01-10") },
        Incident { threats: true, ..quiet("2025-02-03") },
        Incident { self_harm: true, ..quiet("2025-02-20") },
        Incident { weapon: true, ..quiet("2025-03-04") },
    ];
    let rows = [
        (None, "2025-03-03", 5),
        (Some("2025-01-11"), "2025-03-03", 4),
        (Some("2025-02-20"), "2025-03-03", 4),
        (Some("2025-02-21"), "2025-03-03", 0),
        (Some("2025-01-11"), "2025-02-10", 1),
        (Some("2025-02-21"), "2025-03-04", 5),
    ];
    for (last, on, expected) in rows {
        assert_eq!(assess(&all, last.map(day), day(on)).code(), expected, "{last:?} {on}");
    }
}

#[test]
fn a_grade_is_raised_freely_and_lowered_with_a_reason() {
    let rows =
        [(2, 2, "", true), (2, 5, "", true), (4, 2, "", false), (4, 2, " \t", false), (4, 2, "误报", true)];
    for (assessed, set, reason, fits) in rows {
        let (assessed, set) = (RiskGrade::of_code(assessed).unwrap(), RiskGrade::of_code(set).unwrap());
        let settled = settle(assessed, set, reason);
        assert_eq!(settled.is_ok(), fits, "{assessed:?} {set:?} {reason}");
        match settled {
            Ok(grade) => assert_eq!(grade, set),
            Err(refusal) => {
                assert_eq!((refusal.rule.as_str(), refusal.code.as_str()), ("SMD-RISK", "reason_missing"))
            }
        }
    }
}

#[test]
fn grade_three_and_above_is_dangerous() {
    for grade in RiskGrade::ALL {
        assert_eq!(grade.is_dangerous(), grade.code() >= 3, "{grade:?}");
    }
}

proptest! {
    #[test]
    fn more_of_it_never_lowers_the_grade(facts in prop::array::uniform8(any::<bool>()), more in 0_usize..5) {
        let [threats, smashes, at_home, stopped, continuous, against_person, self_harm, weapon] = facts;
        let smashing = smashes.then_some(Smashing { at_home, stopped, continuous });
        let one = Incident { threats, smashing, against_person, self_harm, weapon, ..quiet("2025-03-01") };
        let mut other = one.clone();
        match more {
            0 => other.threats = true,
            1 => other.against_person = true,
            2 => other.self_harm = true,
            3 => other.weapon = true,
            _ => other.arson_or_explosion = true,
        }
        prop_assert!(grade(&other) >= grade(&one));
        let on = day("2025-03-01");
        prop_assert_eq!(assess(&[one.clone(), other.clone()], None, on), grade(&other));
        prop_assert_eq!(assess(&[other.clone(), one], None, on), grade(&other));
    }
}
