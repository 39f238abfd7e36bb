//! The states of a record: every step from every state, moves, and who is told.

use super::*;
use crate::followup::register::{Destination, Move, Recipient, Record, State, Step, told};
use crate::followup::visit::{Death, DeathCause, LostReason};
use proptest::prelude::*;
use uuid::Uuid;

const SENDER: Uuid = Uuid::from_u128(1);
const RECEIVER: Uuid = Uuid::from_u128(2);

fn leaving(to: Destination) -> Step {
    Step::MoveOut { leaving: Move { to, sent: date(2025, 3, 3) } }
}

fn death() -> Death {
    Death { on: date(2025, 3, 3), cause: DeathCause::Heart, source: "家属".to_owned() }
}

/// One step of each kind.
fn steps() -> Vec<Step> {
    vec![
        Step::Review,
        Step::Report,
        Step::Receive { by: SENDER },
        Step::Agree,
        Step::Disagree,
        Step::Lose { reason: LostReason::ThreeMisses },
        Step::Find,
        Step::Admit,
        Step::Discharge,
        leaving(Destination::Institution(RECEIVER)),
        Step::AcceptMove { by: RECEIVER },
        Step::DeclineMove { by: RECEIVER },
        Step::Exclude,
        Step::Die { death: death() },
    ]
}

/// A managed person's record in a state.
fn record(state: State) -> Record {
    let moving = (state == State::Moved)
        .then_some(Move { to: Destination::Institution(RECEIVER), sent: date(2025, 3, 3) });
    Record { state, agreed: Some(true), in_charge: SENDER, moving, death: None }
}

/// For each state, where each step of `steps` leads; `-` is refused.
#[test]
fn every_step_from_every_state() {
    let head =
        "review report receive agree disagree lose find admit discharge move accept decline exclude die";
    let rows = [
        ("clue", "reviewed - - - - - - - - - - - excluded deceased"),
        ("reviewed", "- reported - - - - - - - - - - excluded deceased"),
        ("reported", "- - received - - - - - - - - - excluded deceased"),
        ("received", "- - - managed registered_only - - - - - - - excluded deceased"),
        ("managed", "- - - - registered_only lost - hospital - moved - - excluded deceased"),
        ("registered_only", "- - - managed - lost - hospital - moved - - excluded deceased"),
        ("lost", "- - - - - - managed - - - - - excluded deceased"),
        ("moved", "- - - - - - - - - - managed managed excluded deceased"),
        ("hospital", "- - - - - - - - managed - - - excluded deceased"),
        ("excluded", "- - - - - - - - - - - - - deceased"),
        ("deceased", "- - - - - - - - - - - - - -"),
    ];
    assert_eq!(rows.map(|(state, _)| state), State::ALL.map(State::code));
    for (state, cells) in rows {
        let state = State::of_code(state).unwrap();
        let cells: Vec<&str> = cells.split(' ').collect();
        assert_eq!((cells.len(), head.split(' ').count()), (steps().len(), steps().len()), "{state:?}");
        for ((step, cell), name) in steps().iter().zip(cells).zip(head.split(' ')) {
            match record(state).take(step) {
                Ok(next) => assert_eq!(next.state.code(), cell, "{state:?} {name}"),
                Err(refusal) => {
                    assert_eq!(cell, "-", "{state:?} {name}");
                    assert_eq!((refusal.rule.as_str(), refusal.code.as_str()), ("SMD-STATE", "wrong_state"));
                }
            }
        }
    }
}

#[test]
fn whoever_did_not_agree_comes_back_registered_only() {
    for (state, step) in [
        (State::Lost, Step::Find),
        (State::Hospital, Step::Discharge),
        (State::Moved, Step::AcceptMove { by: RECEIVER }),
        (State::Moved, Step::DeclineMove { by: RECEIVER }),
    ] {
        for (agreed, expected) in [
            (Some(true), State::Managed),
            (Some(false), State::RegisteredOnly),
            (None, State::RegisteredOnly),
        ] {
            let back = Record { agreed, ..record(state) }.take(&step).unwrap();
            assert_eq!(back.state, expected, "{state:?} {agreed:?}");
        }
    }
}

#[test]
fn until_a_move_is_accepted_the_sender_is_in_charge() {
    let moved = record(State::Managed).take(&leaving(Destination::Institution(RECEIVER))).unwrap();
    assert_eq!((moved.state, moved.in_charge), (State::Moved, SENDER));
    let foreign = moved.take(&Step::AcceptMove { by: Uuid::from_u128(3) }).unwrap_err();
    assert_eq!(foreign.code, "not_the_receiver");
    assert_eq!(moved.take(&Step::DeclineMove { by: SENDER }).unwrap_err().code, "not_the_receiver");
    let declined = moved.take(&Step::DeclineMove { by: RECEIVER }).unwrap();
    assert_eq!((declined.state, declined.in_charge, declined.moving), (State::Managed, SENDER, None));
    let accepted = moved.take(&Step::AcceptMove { by: RECEIVER }).unwrap();
    assert_eq!((accepted.state, accepted.in_charge, accepted.moving), (State::Managed, RECEIVER, None));
    let nowhere = record(State::Managed).take(&leaving(Destination::Institution(SENDER))).unwrap_err();
    assert_eq!(nowhere.code, "same_institution");
    assert_eq!(moved.take(&Step::ComeBack).unwrap_err().code, "not_abroad");
}

#[test]
fn abroad_excluded_and_dead_close_a_record() {
    let abroad = record(State::Managed).take(&leaving(Destination::Abroad)).unwrap();
    let rows = [
        (record(State::Clue), false, false),
        (record(State::Reviewed), false, false),
        (record(State::Reported), false, true),
        (record(State::RegisteredOnly), false, true),
        (record(State::Managed), false, true),
        (record(State::Lost), false, true),
        (record(State::Moved), false, true),
        (record(State::Hospital), false, true),
        (abroad.clone(), true, false),
        (record(State::Excluded), true, false),
        (record(State::Deceased), true, false),
    ];
    for (record, closed, registered) in rows {
        assert_eq!((record.is_closed(), record.is_registered()), (closed, registered), "{record:?}");
    }
    assert_eq!(abroad.take(&Step::AcceptMove { by: RECEIVER }).unwrap_err().code, "not_the_receiver");
    let back = abroad.take(&Step::ComeBack).unwrap();
    assert_eq!((back.state, back.moving), (State::Managed, None));
    let dead = record(State::Moved).take(&Step::Die { death: death() }).unwrap();
    assert_eq!((dead.state, dead.death, dead.moving), (State::Deceased, Some(death()), None));
    assert_eq!(Record::clue(SENDER).state, State::Clue);
    assert_eq!(Record::reported(SENDER).state, State::Reported);
}

#[test]
fn who_is_told() {
    let lose = Step::Lose { reason: LostReason::Missing };
    let both: &[Recipient] = &[Recipient::ManagementGroup, Recipient::CountyInstitution];
    let rows: [(Step, u8, bool, &[Recipient]); 8] = [
        (lose, 0, false, both),
        (Step::Disagree, 0, false, &[]),
        (Step::Disagree, 3, false, &[Recipient::ManagementGroup]),
        (Step::Disagree, 0, true, &[Recipient::ManagementGroup]),
        (Step::Agree, 5, true, &[]),
        (leaving(Destination::Institution(RECEIVER)), 0, false, &[Recipient::Receiver]),
        (leaving(Destination::Abroad), 0, false, &[]),
        (Step::Find, 0, false, &[]),
    ];
    for (step, risk, incident, expected) in rows {
        assert_eq!(told(&step, RiskGrade::of_code(risk).unwrap(), incident), expected, "{step:?}");
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    let mut all = steps();
    all.push(Step::ComeBack);
    all.push(leaving(Destination::Abroad));
    all.push(leaving(Destination::Institution(SENDER)));
    all.push(Step::AcceptMove { by: SENDER });
    prop::sample::select(all)
}

proptest! {
    #[test]
    fn no_sequence_of_steps_leaves_death_or_loses_who_is_in_charge(
        tries in prop::collection::vec(any_step(), 0..60)
    ) {
        let mut now = Record::clue(SENDER);
        let mut dead = false;
        for step in tries {
            let Ok(next) = now.take(&step) else { continue };
            prop_assert!(!dead, "{:?} after death", step);
            dead = next.state == State::Deceased;
            prop_assert_eq!(dead, next.death.is_some());
            prop_assert_eq!(next.state == State::Moved, next.moving.is_some());
            if next.state == State::Managed {
                prop_assert_eq!(next.agreed, Some(true), "nobody is managed without consent");
            }
            if next.in_charge != now.in_charge {
                let taken_over = matches!(step, Step::AcceptMove { .. } | Step::Receive { .. });
                prop_assert!(taken_over, "{:?} changed who is in charge", step);
            }
            now = next;
        }
    }
}
