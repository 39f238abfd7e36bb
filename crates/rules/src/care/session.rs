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

/// The form of service that is counted by nights and not by sessions (catalogue W8, half-way house: person-nights).
const STAY: &str = "W8";

/// Whether a form of service is a stay from one day to another.
#[must_use]
pub fn is_stay(way: &str) -> bool {
    way == STAY
}

/// Person-nights of a session in this form from a day to another: none of what is no stay.
#[must_use]
pub fn nights(way: &str, from: Date, until: Date) -> u32 {
    if is_stay(way) { nights_between(from, until) } else { 0 }
}

fn nights_between(from: Date, until: Date) -> u32 {
    u32::try_from(from.until(until).map_or(0, |span| span.get_days())).unwrap_or(0)
}

/// A time of day as people write it: `9:00`, `09:00`, `0900`, `９：００`.
#[must_use]
pub fn time_of_day(text: &str) -> Option<Time> {
    let plain: String = text.trim().chars().map(|c| if c == '：' { ':' } else { c }).collect();
    let (hour, minute) = match plain.split_once(':') {
        Some((hour, rest)) => (hour, rest.split(':').next().unwrap_or(rest)),
        None if plain.len() == 4 && plain.is_ascii() => plain.split_at(2),
        None => return None,
    };
    let digits =
        |part: &str| part.parse::<i8>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
    Time::new(digits(hour)?, digits(minute)?, 0, 0).ok()
}

/// When a session is said to take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The day; of a stay the first.
    pub on: Date,
    /// Its beginning on that day.
    pub start: Time,
    /// Its end, on the same day or on the last of a stay.
    pub end: Time,
    /// The day on which a stay ends; nothing for all else.
    pub until: Option<Date>,
}

/// When a session takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Times {
    /// The day in China; of a stay the first.
    pub on: Date,
    /// The day on which it ends; the same where it is no stay.
    pub last: Date,
    /// Its beginning.
    pub starts: Timestamp,
    /// Its end.
    pub ends: Timestamp,
    /// How long it takes.
    pub minutes: u32,
    /// Nights of a stay; 0 of all else.
    pub nights: u32,
    /// It was entered so long afterwards that the entry is marked.
    pub late: bool,
}

/// The instants of a session on a day, or of a stay from day to day, and all that is wrong with them. What was held lies in the past and
/// not too far back, counted from its last day; what is planned has not begun.
///
/// # Errors
/// The end is not after the beginning; it is too short or too long; the day does not fit.
pub fn times(said: &Said, state: SessionState, now: Timestamp, limits: &Limits) -> Result<Times, Vec<Fault>> {
    let mut faults = Vec::new();
    let count = said.until.map(|until| nights_between(said.on, until));
    // What is too long is told as that, and its last day asked no further.
    let fits = count.is_none_or(|nights| (1..=limits.nights_at_most).contains(&nights));
    let last = said.until.filter(|_| fits).unwrap_or(said.on);
    let at = |day: Date, time: Time| {
        let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
        crate::clock::start_of(day) + SignedDuration::from_mins(minutes)
    };
    let (starts, ends) = (at(said.on, said.start), at(last, said.end));
    let minutes = ends.duration_since(starts).as_secs() / 60;
    if count.is_none() {
        faults.extend(of_length(minutes, limits));
    } else if !fits {
        faults.push(Fault::new("until", "stay_nights").with(format!("1–{}", limits.nights_at_most)));
    }
    let today = crate::clock::china_date(now);
    let days = |count: u16| jiff::Span::new().days(i64::from(count));
    if state == SessionState::Planned {
        if starts <= now {
            faults.push(Fault::new("on", "session_past"));
        }
        if said.on > today.saturating_add(days(limits.planned_days_ahead)) {
            faults.push(Fault::new("on", "date_too_late").with(limits.planned_days_ahead));
        }
    } else {
        let field = if said.until.is_some() { "until" } else { "on" };
        if ends > now {
            faults.push(Fault::new(field, "date_future"));
        }
        if last.saturating_add(days(limits.closed_after_days)) < today {
            faults.push(Fault::new(field, "session_too_old").with(limits.closed_after_days));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let late = state != SessionState::Planned && last.saturating_add(days(limits.late_after_days)) < today;
    let minutes = u32::try_from(minutes).unwrap_or(0);
    Ok(Times { on: said.on, last, starts, ends, minutes, nights: count.unwrap_or(0), late })
}

/// What is wrong with the length of a session that is over on its day.
fn of_length(minutes: i64, limits: &Limits) -> Option<Fault> {
    let (shortest, longest) = (limits.shortest_minutes, limits.longest_minutes);
    if minutes <= 0 {
        Some(Fault::new("end", "end_before_start"))
    } else if (i64::from(shortest)..=i64::from(longest)).contains(&minutes) {
        None
    } else {
        Some(Fault::new("end", "number_range").with(format!("{shortest}–{longest}")))
    }
}

/// I2: nothing is recorded outside the service. A session belongs to the part in service in which its day lies.
#[must_use]
pub fn served_on(served: &[Days], on: Date) -> bool {
    served.iter().any(|part| part.holds(on))
}

/// The same of a session, or of a stay with each of its nights.
#[must_use]
pub fn served_through(served: &[Days], times: &Times) -> bool {
    let day = |night: u32| times.on.saturating_add(jiff::Span::new().days(i64::from(night)));
    (0..times.nights.max(1)).all(|night| served_on(served, day(night)))
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
