//! Who came, and who stayed away so often that somebody must call.

use super::Fault;
use jiff::{ToSpan, civil::Date};
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

/// All that is wrong with who is entered for a session: nobody, too many, somebody twice; who came to what was held is said of everybody,
/// and of nobody before.
#[must_use]
pub fn seating<K: PartialEq>(held: bool, most: usize, persons: &[(K, Presence)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if persons.is_empty() {
        faults.push(Fault::new("persons", "required"));
    }
    if persons.len() > most {
        faults.push(Fault::new("persons", "too_many").with(most));
    }
    let twice = |(case, _): &(K, Presence)| persons.iter().filter(|(other, _)| other == case).count() > 1;
    if persons.iter().any(twice) {
        faults.push(Fault::new("persons", "person_twice"));
    }
    if persons.iter().any(|(_, presence)| (*presence == Presence::Expected) == held) {
        faults.push(Fault::new("persons", if held { "presence_missing" } else { "presence_early" }));
    }
    faults
}

/// What took place in a month with one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Month {
    /// Its first day.
    pub first: Date,
    /// Sessions that the person came to.
    pub came: u32,
    /// Sessions for which the person was excused.
    pub excused: u32,
    /// Sessions missed without a word.
    pub missed: u32,
    /// Minutes of those that the person came to, stays left out.
    pub minutes: u32,
    /// Nights of stays.
    pub nights: u32,
}

/// Months looked at in one go at most: ten years.
const MOST_MONTHS: usize = 120;

/// Held sessions by month, the earliest first, from the first month with one to the last; months between them without any stand there
/// with nothing, since a gap is worth a word. A stay is one of the month in which it began; its nights are of the months in which they
/// lie. Of more than ten years the latest count.
#[must_use]
pub fn by_month(
    places: impl IntoIterator<Item = (Date, Presence, u32)>,
    nights: impl IntoIterator<Item = Date>,
) -> Vec<Month> {
    let mut found: std::collections::BTreeMap<Date, Month> = std::collections::BTreeMap::new();
    let empty = |first: Date| Month { first, came: 0, excused: 0, missed: 0, minutes: 0, nights: 0 };
    for (on, presence, minutes) in places {
        let first = on.first_of_month();
        let month = found.entry(first).or_insert_with(|| empty(first));
        match presence {
            Presence::Came => {
                month.came += 1;
                month.minutes = month.minutes.saturating_add(minutes);
            }
            Presence::Excused => month.excused += 1,
            Presence::Missed => month.missed += 1,
            Presence::Expected => {}
        }
    }
    for night in nights {
        let first = night.first_of_month();
        found.entry(first).or_insert_with(|| empty(first)).nights += 1;
    }
    let (Some(first), Some(last)) = (found.keys().next().copied(), found.keys().last().copied()) else {
        return Vec::new();
    };
    let mut months = Vec::new();
    let mut day = last;
    while day >= first && months.len() < MOST_MONTHS {
        months.push(found.get(&day).copied().unwrap_or_else(|| empty(day)));
        match day.checked_sub(1.month()) {
            Ok(before) => day = before,
            Err(_) => break,
        }
    }
    months.reverse();
    months
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_stand_in_order_with_those_between() {
        use Presence::{Came, Excused, Expected, Missed};
        assert!(by_month([], []).is_empty());
        let places = [
            (date(2026, 3, 31), Came, 60),
            (date(2025, 12, 31), Missed, 60),
            (date(2026, 3, 1), Came, 30),
            (date(2026, 3, 2), Excused, 60),
            (date(2026, 1, 5), Expected, 60),
        ];
        let found: Vec<(String, u32, u32, u32, u32)> = by_month(places, [])
            .into_iter()
            .map(|one| {
                (one.first.strftime("%Y-%m").to_string(), one.came, one.excused, one.missed, one.minutes)
            })
            .collect();
        let row =
            |month: &str, came, excused, missed, minutes| (month.to_owned(), came, excused, missed, minutes);
        let expected = [
            row("2025-12", 0, 0, 1, 0),
            row("2026-01", 0, 0, 0, 0),
            row("2026-02", 0, 0, 0, 0),
            row("2026-03", 2, 1, 0, 90),
        ];
        assert_eq!(found, expected);
        let long = [(date(1990, 1, 1), Came, 1), (date(2026, 3, 1), Came, 1)];
        assert_eq!(by_month(long, []).len(), MOST_MONTHS);
    }

    #[test]
    fn nights_are_of_the_months_in_which_they_lie() {
        let stay = [(date(2026, 1, 30), Presence::Came, 0)];
        let nights = [date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1)];
        let found: Vec<(u32, u32, u32)> =
            by_month(stay, nights).into_iter().map(|one| (one.came, one.minutes, one.nights)).collect();
        assert_eq!(found, [(1, 0, 2), (0, 0, 1)]);
    }
}
