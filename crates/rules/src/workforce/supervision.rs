//! Supervision 督导: a session a month for each case worker, with somebody of a hospital or of the institution (local default). Who
//! supervised says that it was held; that somebody did not come, either side says.

use crate::Refusal;
use jiff::{Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

const RULE: &str = "supervision";

/// Bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupervisionTerms {
    /// Minutes of the shortest session.
    pub shortest_minutes: u32,
    /// Minutes of the longest.
    pub longest_minutes: u32,
    /// Days ahead that one may be booked.
    pub ahead_days: u16,
    /// Days back that one may be entered.
    pub back_days: u16,
}

/// How two people meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisionWay {
    /// In one room.
    Room,
    /// With picture and sound.
    Video,
    /// By telephone.
    Phone,
}

impl SupervisionWay {
    /// All of them.
    pub const ALL: [SupervisionWay; 3] = [SupervisionWay::Room, SupervisionWay::Video, SupervisionWay::Phone];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SupervisionWay::Room => "room",
            SupervisionWay::Video => "video",
            SupervisionWay::Phone => "phone",
        }
    }

    /// The way of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<SupervisionWay> {
        SupervisionWay::ALL.into_iter().find(|way| way.code() == code)
    }
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisionState {
    /// Agreed on for a time.
    Booked,
    /// It was held.
    Held,
    /// Somebody did not come.
    Missed,
    /// Called off before it began.
    Cancelled,
}

impl SupervisionState {
    /// All of them.
    pub const ALL: [SupervisionState; 4] = [
        SupervisionState::Booked,
        SupervisionState::Held,
        SupervisionState::Missed,
        SupervisionState::Cancelled,
    ];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SupervisionState::Booked => "booked",
            SupervisionState::Held => "held",
            SupervisionState::Missed => "missed",
            SupervisionState::Cancelled => "cancelled",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<SupervisionState> {
        SupervisionState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Who somebody is in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The case worker.
    Worker,
    /// Who supervises.
    Supervisor,
    /// Who answers for the house, and is neither.
    Manager,
}

/// What becomes of a booked session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisionStep {
    /// It was held.
    Hold,
    /// Somebody did not come.
    Miss,
    /// It is called off.
    Cancel,
}

impl SupervisionStep {
    /// All of them.
    pub const ALL: [SupervisionStep; 3] =
        [SupervisionStep::Hold, SupervisionStep::Miss, SupervisionStep::Cancel];

    /// The code as sent and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SupervisionStep::Hold => "hold",
            SupervisionStep::Miss => "miss",
            SupervisionStep::Cancel => "cancel",
        }
    }

    /// The step of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<SupervisionStep> {
        SupervisionStep::ALL.into_iter().find(|step| step.code() == code)
    }
}

/// The state after a step.
///
/// # Errors
/// The session is over or called off; it has not begun (`hold`, `miss`), or has begun (`cancel`); another side says that it was held.
pub fn supervision_after(
    state: SupervisionState,
    step: SupervisionStep,
    side: Side,
    (starts, now): (Timestamp, Timestamp),
) -> Result<SupervisionState, Refusal> {
    if state != SupervisionState::Booked {
        return Err(Refusal::new(RULE, "supervision_over"));
    }
    match step {
        SupervisionStep::Cancel if now >= starts => Err(Refusal::new(RULE, "supervision_begun")),
        SupervisionStep::Cancel => Ok(SupervisionState::Cancelled),
        _ if now < starts => Err(Refusal::new(RULE, "supervision_early")),
        SupervisionStep::Miss => Ok(SupervisionState::Missed),
        SupervisionStep::Hold if side != Side::Supervisor => {
            Err(Refusal::new(RULE, "supervision_by_supervisor"))
        }
        SupervisionStep::Hold => Ok(SupervisionState::Held),
    }
}

/// Whether a case worker's session of the month was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "on")]
pub enum SupervisionDue {
    /// The whole of last month passed without one, and this month has none so far.
    Overdue(Date),
    /// Due by this day, the last one of the month.
    By(Date),
    /// Held in this month, last on this day.
    Held(Date),
}

/// Where somebody stands who had the last session on a day and works since another.
#[must_use]
pub fn supervision_due(last_held: Option<Date>, since: Option<Date>, today: Date) -> SupervisionDue {
    let month = today.first_of_month();
    let before = month.saturating_sub(1.day()).first_of_month();
    match last_held {
        Some(on) if on >= month => SupervisionDue::Held(on),
        Some(on) if on >= before => SupervisionDue::By(today.last_of_month()),
        // Whoever began after the first day of last month has not missed a whole month.
        _ if since.is_some_and(|since| since > before) => SupervisionDue::By(today.last_of_month()),
        _ => SupervisionDue::Overdue(before.last_of_month()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn who_says_what_and_when() {
        use Side::{Manager, Supervisor, Worker};
        use SupervisionState::{Booked, Cancelled, Held, Missed};
        use SupervisionStep::{Cancel, Hold, Miss};
        let at = |minute: i64| Timestamp::from_second(1_800_000_000 + minute * 60).unwrap();
        let (before, later) = ((at(10), at(0)), (at(10), at(10)));
        for (state, step, side, times, expected) in [
            (Booked, Hold, Supervisor, later, Ok(Held)),
            (Booked, Hold, Worker, later, Err("supervision_by_supervisor")),
            (Booked, Hold, Manager, later, Err("supervision_by_supervisor")),
            (Booked, Hold, Supervisor, before, Err("supervision_early")),
            (Booked, Miss, Worker, later, Ok(Missed)),
            (Booked, Miss, Manager, before, Err("supervision_early")),
            (Booked, Cancel, Worker, before, Ok(Cancelled)),
            (Booked, Cancel, Supervisor, later, Err("supervision_begun")),
            (Held, Miss, Supervisor, later, Err("supervision_over")),
            (Cancelled, Hold, Supervisor, later, Err("supervision_over")),
        ] {
            let found = supervision_after(state, step, side, times).map_err(|refusal| refusal.code);
            assert_eq!(found, expected.map_err(str::to_owned), "{state:?} {step:?} {side:?}");
        }
    }

    #[test]
    fn a_session_a_month() {
        use SupervisionDue::{By, Held, Overdue};
        let today = date(2026, 3, 10);
        let by = By(date(2026, 3, 31));
        for (last, since, expected) in [
            (Some(date(2026, 3, 1)), None, Held(date(2026, 3, 1))),
            (Some(date(2026, 2, 1)), None, by),
            (Some(date(2026, 1, 31)), None, Overdue(date(2026, 2, 28))),
            (None, None, Overdue(date(2026, 2, 28))),
            (None, Some(date(2020, 1, 1)), Overdue(date(2026, 2, 28))),
            (None, Some(date(2026, 2, 1)), Overdue(date(2026, 2, 28))),
            (None, Some(date(2026, 2, 2)), by),
            (None, Some(date(2026, 3, 9)), by),
        ] {
            assert_eq!(supervision_due(last, since, today), expected, "{last:?} {since:?}");
        }
        assert!(Overdue(today) < by && by < Held(today), "who is overdue comes first");
    }

    #[test]
    fn codes_are_read_back() {
        assert!(SupervisionWay::ALL.into_iter().all(|way| SupervisionWay::of_code(way.code()) == Some(way)));
        let states = SupervisionState::ALL;
        assert!(states.into_iter().all(|state| SupervisionState::of_code(state.code()) == Some(state)));
        let steps = SupervisionStep::ALL;
        assert!(steps.into_iter().all(|step| SupervisionStep::of_code(step.code()) == Some(step)));
    }
}
