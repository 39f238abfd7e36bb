//! What a visit says about the record itself: a death closes it, an admission lets the interval rest, a discharge and being met
//! again bring it back. The form of the visit is the only paper that is filled in; the steps follow from it.

use super::register::{Record, State, Step};
use super::visit::Visit;

/// The steps that follow from a visit, in their order; each is possible after the one before.
#[must_use]
pub fn steps(record: &Record, visit: &Visit) -> Vec<Step> {
    if let Some(death) = &visit.death {
        return vec![Step::Die { death: death.clone() }];
    }
    if visit.lost.is_some() {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut state = record.state;
    let here = if record.agreed == Some(true) { State::Managed } else { State::RegisteredOnly };
    if state == State::Lost {
        steps.push(Step::Find);
        state = here;
    }
    let inside = visit.is_in_hospital();
    match state {
        State::Managed | State::RegisteredOnly if inside => steps.push(Step::Admit),
        State::Hospital if !inside && visit.found.hospitalisation.is_some() => {
            steps.push(Step::Discharge);
        }
        _ => {}
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::followup::visit::{Death, DeathCause, Found, Hospitalisation, LostReason, Mode};
    use jiff::civil::date;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn visit(stay: Option<Hospitalisation>, lost: bool, died: bool) -> Visit {
        let on = date(2025, 3, 3);
        Visit {
            on,
            interviewed: String::new(),
            mode: Some(Mode::Home),
            face_to_face: None,
            lost: lost.then_some(LostReason::Other),
            death: died.then(|| Death { on, cause: DeathCause::Other, source: "家属".to_owned() }),
            found: Found { hospitalisation: stay, ..Found::default() },
            class: None,
            override_reason: String::new(),
            next_on: None,
            doctor: String::new(),
        }
    }

    fn record(state: State, agreed: Option<bool>) -> Record {
        Record { state, agreed, in_charge: Uuid::from_u128(1), moving: None, death: None }
    }

    /// State, hospital stay, not met, died, and the steps that follow.
    type Row = (State, Option<Hospitalisation>, bool, bool, &'static [&'static str]);

    #[test]
    fn what_follows_from_a_visit() {
        use Hospitalisation::{Earlier, InHospital, Never};
        let rows: [Row; 9] = [
            (State::Managed, Some(Never), false, false, &[]),
            (State::Managed, Some(InHospital), false, false, &["admit"]),
            (State::Hospital, Some(InHospital), false, false, &[]),
            (State::Hospital, Some(Earlier), false, false, &["discharge"]),
            (State::Hospital, None, false, false, &[]),
            (State::Lost, Some(Never), false, false, &["find"]),
            (State::Lost, Some(InHospital), false, false, &["find", "admit"]),
            (State::Lost, None, true, false, &[]),
            (State::Managed, None, false, true, &["die"]),
        ];
        for (state, stay, lost, died, expected) in rows {
            let found = steps(&record(state, Some(true)), &visit(stay, lost, died));
            assert_eq!(found.iter().map(Step::code).collect::<Vec<_>>(), expected, "{state:?}");
        }
    }

    proptest! {
        #[test]
        fn the_register_takes_every_step_that_follows(
            state in proptest::sample::select(State::ALL.to_vec()),
            agreed in proptest::option::of(any::<bool>()),
            stay in proptest::option::of(proptest::sample::select(Hospitalisation::ALL.to_vec())),
            lost in any::<bool>(),
            died in any::<bool>(),
        ) {
            let mut at = record(state, agreed);
            prop_assume!(super::super::desk::is_visited(&at));
            for step in steps(&at, &visit(stay, lost, died)) {
                at = at.take(&step).unwrap();
            }
        }
    }
}
