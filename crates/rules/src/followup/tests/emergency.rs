//! Emergencies: record, checks, police.

use super::*;
use crate::followup::emergency::{Check, Duty, Emergency, Outcome, Trigger};
use jiff::Timestamp;
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    format!("2025-03-{text}:00+08:00").parse().unwrap()
}

fn checks(all: &[(&str, bool)]) -> Vec<Check> {
    all.iter().map(|(time, stable)| Check { at: at(time), stable: *stable }).collect()
}

fn emergency() -> Emergency {
    Emergency {
        trigger: Trigger::Relapse,
        began: at("03T08:00"),
        risk: RiskGrade::Threats,
        handled: Some((at("03T10:00"), Outcome::OnSite)),
        recorded: None,
        consented: None,
        police_told: None,
        checks: Vec::new(),
    }
}

#[test]
fn a_check_every_four_hours_until_two_stable_ones_in_a_row() {
    type Made = &'static [(&'static str, bool)];
    let rows: [(Made, Option<&str>); 7] = [
        (&[], Some("03T14:00")),
        (&[("03T14:00", true)], Some("03T18:00")),
        (&[("03T13:30", true)], Some("03T17:30")),
        (&[("03T14:00", true), ("03T18:00", false)], Some("03T22:00")),
        (&[("03T14:00", true), ("03T18:00", false), ("03T22:00", true)], Some("04T02:00")),
        (&[("03T14:00", true), ("03T18:00", false), ("03T22:00", true), ("04T02:00", true)], None),
        (&[("03T14:00", true), ("03T18:00", true)], None),
    ];
    for (made, expected) in rows {
        let emergency = Emergency { checks: checks(made), ..emergency() };
        assert_eq!(emergency.next_check(&rules()), expected.map(at), "{made:?}");
        assert_eq!(emergency.is_watch_over(&rules()), expected.is_none(), "{made:?}");
    }
    assert_eq!(Emergency { handled: None, ..emergency() }.next_check(&rules()), None);
    let admitted = Emergency { handled: Some((at("03T10:00"), Outcome::Admission)), ..emergency() };
    assert_eq!(admitted.next_check(&rules()), None, "the hospital looks after whoever was admitted");
}

#[test]
fn what_is_owed() {
    let record = Duty::Record { by: at("04T08:00"), copies: 3 };
    let check = Duty::Check { by: at("03T14:00") };
    let rows = [
        (emergency(), vec![record, Duty::Consent, check]),
        (
            Emergency { risk: RiskGrade::Smashing, ..emergency() },
            vec![Duty::TellPolice, record, Duty::Consent, check],
        ),
        (
            Emergency { risk: RiskGrade::Weapon, police_told: Some(at("03T08:10")), ..emergency() },
            vec![record, Duty::Consent, check],
        ),
        (
            Emergency { risk: RiskGrade::SmashingAtHome, recorded: Some(at("03T12:00")), ..emergency() },
            vec![Duty::Consent, check],
        ),
        (
            Emergency {
                recorded: Some(at("03T12:00")),
                consented: Some(at("03T12:00")),
                handled: Some((at("03T10:00"), Outcome::Admission)),
                ..emergency()
            },
            vec![],
        ),
    ];
    for (emergency, expected) in rows {
        assert_eq!(emergency.duties(&rules()), expected, "{emergency:?}");
    }
}

proptest! {
    #[test]
    fn the_watch_ends_exactly_with_two_stable_checks_in_a_row(stable in prop::collection::vec(any::<bool>(), 0..12)) {
        let began = at("03T10:00");
        let check = |(place, stable): (usize, &bool)| Check {
            at: began + jiff::SignedDuration::from_hours(4 * (i64::try_from(place).unwrap() + 1)),
            stable: *stable,
        };
        let emergency =
            Emergency { checks: stable.iter().enumerate().map(check).collect(), ..emergency() };
        let over = stable.windows(2).any(|pair| pair == [true, true]);
        prop_assert_eq!(emergency.is_watch_over(&rules()), over);
        let expected = began + jiff::SignedDuration::from_hours(4 * (i64::try_from(stable.len()).unwrap() + 1));
        prop_assert_eq!(emergency.next_check(&rules()), (!over).then_some(expected));
    }
}
