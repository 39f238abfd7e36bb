//! A session: planned, held, cancelled or void. What is wrong with an entry is told field by field; a record that was made is never
//! deleted, it becomes void with a reason and counts for nothing.

use super::{Days, Fault, Limits};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
};
use serde::{Deserialize, Serialize};

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// To come.
    Planned,
    /// It took place and who came is recorded.
    Held,
    /// It did not take place.
    Cancelled,
    /// The record was wrong.
    Void,
}

impl SessionState {
    /// All states.
    pub const ALL: [SessionState; 4] =
        [SessionState::Planned, SessionState::Held, SessionState::Cancelled, SessionState::Void];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SessionState::Planned => "planned",
            SessionState::Held => "held",
            SessionState::Cancelled => "cancelled",
            SessionState::Void => "void",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<SessionState> {
        SessionState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What is done to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Who came is recorded.
    Record,
    /// It will not take place.
    Cancel,
    /// Its record was wrong.
    Void,
}

/// The state that follows; nothing where this cannot be done in this state.
#[must_use]
pub fn next(state: SessionState, deed: Deed) -> Option<SessionState> {
    match (state, deed) {
        (SessionState::Planned, Deed::Record) => Some(SessionState::Held),
        (SessionState::Planned, Deed::Cancel) => Some(SessionState::Cancelled),
        (SessionState::Held, Deed::Void) => Some(SessionState::Void),
        _ => None,
    }
}

/// Where a session takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The institution.
    Institution,
    /// The person's home.
    Home,
    /// Elsewhere.
    Other,
}

impl Place {
    /// All places.
    pub const ALL: [Place; 3] = [Place::Institution, Place::Home, Place::Other];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Place::Institution => "institution",
            Place::Home => "home",
            Place::Other => "other",
        }
    }

    /// The place of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Place> {
        Place::ALL.into_iter().find(|place| place.code() == code)
    }
}

/// When a session takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Times {
    /// The day in China.
    pub on: Date,
    /// Its beginning.
    pub starts: Timestamp,
    /// Its end.
    pub ends: Timestamp,
    /// How long it takes.
    pub minutes: u32,
    /// It was entered so long afterwards that the entry is marked.
    pub late: bool,
}

/// The instants of a session on a day, and all that is wrong with them. What was held lies in the past and not too far back; what is
/// planned has not begun.
///
/// # Errors
/// The end is not after the beginning; it is too short or too long; the day does not fit.
pub fn times(
    (on, start, end): (Date, Time, Time),
    state: SessionState,
    now: Timestamp,
    limits: &Limits,
) -> Result<Times, Vec<Fault>> {
    let midnight = crate::clock::start_of(on);
    let after = |time: Time| {
        midnight + SignedDuration::from_mins(i64::from(time.hour()) * 60 + i64::from(time.minute()))
    };
    let (starts, ends) = (after(start), after(end));
    let minutes = ends.duration_since(starts).as_secs() / 60;
    let mut faults = Vec::new();
    if minutes <= 0 {
        faults.push(Fault::new("end", "end_before_start"));
    } else if minutes < i64::from(limits.shortest_minutes) || minutes > i64::from(limits.longest_minutes) {
        let (shortest, longest) = (limits.shortest_minutes, limits.longest_minutes);
        faults.push(Fault::new("end", "number_range").with(format!("{shortest}–{longest}")));
    }
    let today = crate::clock::china_date(now);
    let days = |count: u16| jiff::Span::new().days(i64::from(count));
    let late = on.saturating_add(days(limits.late_after_days)) < today;
    if state == SessionState::Planned {
        if starts <= now {
            faults.push(Fault::new("on", "session_past"));
        }
        if on > today.saturating_add(days(limits.planned_days_ahead)) {
            faults.push(Fault::new("on", "date_too_late").with(limits.planned_days_ahead));
        }
    } else {
        if ends > now {
            faults.push(Fault::new("on", "date_future"));
        }
        if on.saturating_add(days(limits.closed_after_days)) < today {
            faults.push(Fault::new("on", "session_too_old").with(limits.closed_after_days));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let minutes = u32::try_from(minutes).unwrap_or(0);
    Ok(Times { on, starts, ends, minutes, late: late && state != SessionState::Planned })
}

/// I2: nothing is recorded outside the service. A session belongs to the part in service in which its day lies.
#[must_use]
pub fn served_on(served: &[Days], on: Date) -> bool {
    served.iter().any(|part| part.holds(on))
}

/// Days in service, from what happened in its order: the day, and whether the case was in service afterwards. `first` is the day of the
/// first session, which may have been told later. A part that goes on ends in the far future; a day on which one part ended and the
/// next began belongs to the first.
#[must_use]
pub fn served(first: Option<Date>, moves: impl IntoIterator<Item = (Date, bool)>) -> Vec<Days> {
    let mut parts: Vec<Days> = Vec::new();
    let mut since: Option<Date> = None;
    for (day, serves) in moves {
        match (since, serves) {
            (None, true) => {
                let after = parts.last().map(|part| part.last.saturating_add(jiff::Span::new().days(1)));
                let first = first.filter(|_| parts.is_empty()).unwrap_or(day);
                since = Some(after.map_or(first, |after| first.max(after)));
            }
            (Some(from), false) => {
                if from <= day {
                    parts.push(Days { from, last: day });
                }
                since = None;
            }
            _ => {}
        }
    }
    parts.extend(since.map(|from| Days { from, last: Date::MAX }));
    parts
}
