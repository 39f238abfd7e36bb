//! Case conferences 个案会商: planned, held, put off or called off. The chair confirms the minutes; what is corrected later is another
//! version, and none is overwritten. Bounds are data (`data/conference.toml`).

use crate::{Refusal, clock::Mark, embedded::DataError};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

const RULE: &str = "conference";
const FILE: &str = "data/conference.toml";
const TEXT: &str = include_str!("../../../data/conference.toml");

/// Bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConferenceTerms {
    /// First day in use.
    pub effective_from: Date,
    /// Official or a local default.
    pub mark: Mark,
    /// Minutes of the shortest.
    pub shortest_minutes: u32,
    /// Minutes of the longest.
    pub longest_minutes: u32,
    /// Days ahead that one may be planned.
    pub ahead_days: u16,
    /// Days back that one may be entered.
    pub back_days: u16,
    /// Persons of one at most.
    pub most_persons: usize,
    /// Clients of one at most.
    pub most_cases: usize,
    /// Tasks of one at most.
    pub most_tasks: u32,
    /// Versions of the minutes at most.
    pub most_versions: u32,
    /// Days in advance in which the work list tells of it.
    pub tell_days: u16,
}

impl ConferenceTerms {
    /// The file that is part of the programme.
    ///
    /// # Errors
    /// It is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }
}

/// How people meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConferenceWay {
    /// In one room.
    Room,
    /// With picture and sound.
    Online,
    /// Some in the room, others from afar.
    Both,
}

impl ConferenceWay {
    /// All of them.
    pub const ALL: [ConferenceWay; 3] = [ConferenceWay::Room, ConferenceWay::Online, ConferenceWay::Both];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ConferenceWay::Room => "room",
            ConferenceWay::Online => "online",
            ConferenceWay::Both => "both",
        }
    }

    /// The way of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<ConferenceWay> {
        ConferenceWay::ALL.into_iter().find(|way| way.code() == code)
    }
}

/// Where a conference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConferenceState {
    /// To be held.
    Planned,
    /// Held; there are minutes.
    Held,
    /// Called off.
    Cancelled,
}

impl ConferenceState {
    /// All of them.
    pub const ALL: [ConferenceState; 3] =
        [ConferenceState::Planned, ConferenceState::Held, ConferenceState::Cancelled];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ConferenceState::Planned => "planned",
            ConferenceState::Held => "held",
            ConferenceState::Cancelled => "cancelled",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<ConferenceState> {
        ConferenceState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Who somebody is in a conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// Leads it, and confirms the minutes.
    Chair,
    /// Planned it, and may write the minutes.
    Planner,
    /// Takes part.
    Participant,
}

/// What is done with a conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConferenceStep {
    /// The minutes are written, or corrected as another version.
    Write,
    /// The chair confirms the latest version.
    Confirm,
    /// A task is agreed on.
    Agree,
    /// It is put off to another time.
    Postpone,
    /// It is called off.
    Cancel,
}

impl ConferenceStep {
    /// All of them.
    pub const ALL: [ConferenceStep; 5] = [
        ConferenceStep::Write,
        ConferenceStep::Confirm,
        ConferenceStep::Agree,
        ConferenceStep::Postpone,
        ConferenceStep::Cancel,
    ];

    /// The code as sent and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ConferenceStep::Write => "write",
            ConferenceStep::Confirm => "confirm",
            ConferenceStep::Agree => "agree",
            ConferenceStep::Postpone => "postpone",
            ConferenceStep::Cancel => "cancel",
        }
    }

    /// The step of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<ConferenceStep> {
        ConferenceStep::ALL.into_iter().find(|step| step.code() == code)
    }
}

/// What the rules know of a conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conference {
    /// Its state.
    pub state: ConferenceState,
    /// Its beginning.
    pub starts: Timestamp,
    /// Number of the latest minutes; 0 before there are any.
    pub minutes: u32,
    /// Number of the minutes that the chair confirmed last; 0 before.
    pub confirmed: u32,
}

/// The state that follows a step.
///
/// # Errors
/// The step is not this seat's, not of this state, or comes before the beginning.
pub fn follows(
    conference: &Conference,
    step: ConferenceStep,
    seat: Seat,
    now: Timestamp,
    terms: &ConferenceTerms,
) -> Result<ConferenceState, Refusal> {
    use ConferenceState::{Cancelled, Held, Planned};
    use ConferenceStep::{Agree, Cancel, Confirm, Postpone, Write};
    let refused = |code: &str| Err(Refusal::new(RULE, code));
    match (step, seat) {
        (_, Seat::Participant) => refused("conference_not_yours"),
        (Confirm, Seat::Planner) => refused("conference_by_chair"),
        (Write, _) if conference.state == Cancelled => refused("conference_other_state"),
        (Write, _) if now < conference.starts => refused("conference_not_begun"),
        (Write, _) if conference.minutes >= terms.most_versions => {
            Err(Refusal::new(RULE, "conference_versions").with("most", terms.most_versions))
        }
        (Write, _) => Ok(Held),
        (Confirm, Seat::Chair) if conference.state == Held && conference.confirmed < conference.minutes => {
            Ok(Held)
        }
        (Agree, _) if conference.state == Held => Ok(Held),
        (Postpone, _) if conference.state == Planned => Ok(Planned),
        (Cancel, _) if conference.state == Planned => Ok(Cancelled),
        _ => refused("conference_other_state"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::start_of;
    use jiff::civil::date;

    #[test]
    fn each_step_is_of_some_seats_and_states() {
        use ConferenceState::{Cancelled, Held, Planned};
        use ConferenceStep::{Agree, Cancel, Confirm, Postpone, Write};
        use Seat::{Chair, Participant, Planner};
        let terms = ConferenceTerms::embedded().unwrap();
        let (before, after) = (start_of(date(2026, 3, 1)), start_of(date(2026, 3, 3)));
        let of = |state, minutes, confirmed| Conference {
            state,
            starts: start_of(date(2026, 3, 2)),
            minutes,
            confirmed,
        };
        for (conference, step, seat, now, then) in [
            (of(Planned, 0, 0), Write, Planner, before, Err("conference_not_begun")),
            (of(Planned, 0, 0), Write, Planner, after, Ok(Held)),
            (of(Planned, 0, 0), Write, Participant, after, Err("conference_not_yours")),
            (of(Planned, 0, 0), Confirm, Chair, after, Err("conference_other_state")),
            (of(Held, 1, 0), Confirm, Planner, after, Err("conference_by_chair")),
            (of(Held, 1, 0), Confirm, Chair, after, Ok(Held)),
            (of(Held, 1, 1), Confirm, Chair, after, Err("conference_other_state")),
            (of(Held, 1, 1), Write, Planner, after, Ok(Held)),
            (of(Held, 20, 1), Write, Planner, after, Err("conference_versions")),
            (of(Held, 2, 1), Confirm, Chair, after, Ok(Held)),
            (of(Held, 1, 0), Agree, Planner, after, Ok(Held)),
            (of(Planned, 0, 0), Agree, Chair, after, Err("conference_other_state")),
            (of(Planned, 0, 0), Postpone, Chair, before, Ok(Planned)),
            (of(Held, 1, 0), Postpone, Chair, after, Err("conference_other_state")),
            (of(Planned, 0, 0), Cancel, Planner, after, Ok(Cancelled)),
            (of(Cancelled, 0, 0), Write, Chair, after, Err("conference_other_state")),
            (of(Cancelled, 0, 0), Cancel, Chair, after, Err("conference_other_state")),
        ] {
            let found = follows(&conference, step, seat, now, &terms).map_err(|no| no.code);
            assert_eq!(found, then.map_err(str::to_owned), "{conference:?} {step:?} {seat:?}");
        }
    }

    proptest::proptest! {
        /// Whatever is tried, no version of the minutes is confirmed twice, and what was confirmed stays confirmed.
        #[test]
        fn minutes_are_only_added(tries in proptest::collection::vec((0..5_usize, 0..3_usize), 0..60)) {
            let terms = ConferenceTerms::embedded().unwrap();
            let now = start_of(date(2026, 3, 3));
            let mut one = Conference { state: ConferenceState::Planned, starts: start_of(date(2026, 3, 2)), minutes: 0, confirmed: 0 };
            for (step, seat) in tries {
                let step = ConferenceStep::ALL[step];
                let seat = [Seat::Chair, Seat::Planner, Seat::Participant][seat];
                let Ok(state) = follows(&one, step, seat, now, &terms) else { continue };
                let was = one;
                one.state = state;
                match step {
                    ConferenceStep::Write => one.minutes += 1,
                    ConferenceStep::Confirm => one.confirmed = one.minutes,
                    _ => {}
                }
                proptest::prop_assert!(one.confirmed >= was.confirmed && one.confirmed <= one.minutes);
                proptest::prop_assert!(was.state == ConferenceState::Planned || one.state == was.state);
                proptest::prop_assert!(one.minutes <= terms.most_versions);
            }
        }
    }
}
