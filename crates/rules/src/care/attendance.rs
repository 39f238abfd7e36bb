//! Who came, and who stayed away so often that somebody must call.

use serde::{Deserialize, Serialize};

/// Whether somebody came to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// The session is planned.
    Expected,
    /// Came.
    Came,
    /// Said in time that it would not be possible.
    Excused,
    /// Did not come and said nothing.
    Missed,
}

impl Presence {
    /// All of them.
    pub const ALL: [Presence; 4] = [Presence::Expected, Presence::Came, Presence::Excused, Presence::Missed];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Presence::Expected => "expected",
            Presence::Came => "came",
            Presence::Excused => "excused",
            Presence::Missed => "missed",
        }
    }

    /// The presence of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Presence> {
        Presence::ALL.into_iter().find(|presence| presence.code() == code)
    }
}

/// How many sessions were missed in a row up to now, the latest first. Whoever said so in time did not stay away, and did not come
/// either: such a session counts neither way.
#[must_use]
pub fn missed_in_a_row(latest_first: impl IntoIterator<Item = Presence>) -> usize {
    latest_first
        .into_iter()
        .filter(|presence| matches!(presence, Presence::Came | Presence::Missed))
        .take_while(|presence| *presence == Presence::Missed)
        .count()
}
