//! What is true of every case at every time.

use super::case::Case;
use super::event::{Event, Recorded};
use super::state::State;
use crate::clock::Clock;
use crate::form::FormCode;

/// The invariants that one case can show. I1 concerns several cases of a person and is kept by the decision on
/// registration and re-entry together with the caller's knowledge of other open cases.
#[must_use]
pub fn broken(case: &Case, events: &[Recorded]) -> Vec<&'static str> {
    let mut broken = Vec::new();
    let mut check = |holds: bool, name: &'static str| {
        if !holds {
            broken.push(name);
        }
    };
    check(sessions_only_in_service(events), "I2: sessions begin only with the step into service");
    check(append_only(case, events), "I3: every event is numbered, and starts where the last one ended");
    check(case.state != State::InService || case.agreement.is_some(), "I4: agreement in service");
    check(consent_when_served(case), "I4: essential consents in service");
    check(closed_with_form(case), "I5: closed needs form F10");
    check(!case.state.is_end() || case.reason.is_some(), "I6: every end has a reason");
    check(stopped_without_consent(case), "I7: no processing without consent");
    check(case.place_fits_state(), "place held as the state asks for");
    check(!case.state.is_end() || no_clock_runs(case), "no clock runs after the end, save K13");
    broken
}

fn sessions_only_in_service(events: &[Recorded]) -> bool {
    events.iter().all(|recorded| match recorded.event {
        Event::FirstSession { .. } => recorded.to == State::InService,
        Event::StageEvaluated { .. } => recorded.from == Some(State::InService),
        _ => true,
    })
}

fn append_only(case: &Case, events: &[Recorded]) -> bool {
    let mut state = None;
    let mut number = 0;
    for recorded in events {
        number += 1;
        if recorded.sequence != number || recorded.from != state {
            return false;
        }
        state = Some(recorded.to);
    }
    case.version == number && state == Some(case.state)
}

/// The consents stand, if not perhaps run out meanwhile; none was taken back.
fn consent_when_served(case: &Case) -> bool {
    use super::consent::Purpose::{Institution, Registration};
    let given = |purpose| {
        case.consents.iter().any(|consent| consent.purpose == purpose && consent.withdrawn.is_none())
    };
    !matches!(case.state, State::InService | State::Suspended) || (given(Registration) && given(Institution))
}

fn closed_with_form(case: &Case) -> bool {
    let death = case.died.is_some();
    case.state != State::Closed || death || case.form(FormCode::F10).is_some_and(|form| form.complete)
}

fn stopped_without_consent(case: &Case) -> bool {
    let taken = case.consents.iter().any(|consent| {
        consent.purpose == super::consent::Purpose::Registration && consent.withdrawn.is_some()
    });
    let standing = case.consents.iter().any(|consent| {
        consent.purpose == super::consent::Purpose::Registration && consent.withdrawn.is_none()
    });
    !taken || standing || matches!(case.state, State::Closing | State::Closed) || case.state.is_end()
}

fn no_clock_runs(case: &Case) -> bool {
    case.clocks.iter().all(|(clock, run)| *clock == Clock::K13 || !run.is_alive())
}
