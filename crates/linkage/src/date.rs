//! Calendar dates as people write them, and how two of them may differ by a slip of the pen.

use crate::level::Level;

/// A date as it was written: possibly impossible (the 31st of April is a slip of the pen and can
/// still be compared), possibly without day or month (0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    year: u32,
    month: u32,
    day: u32,
}

impl Date {
    /// Reads `19490501`, `1949-05-01`, `1949/5/1`, `1949年5月1日`, `01.05.1949`, `1949-05`, `1949`,
    /// with or without a time behind. `None` where no year is found.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let runs: Vec<&str> =
            text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
        let part = |at: usize| runs.get(at).and_then(|run| run.parse::<u32>().ok());
        let digits = |from: usize, to: usize| {
            runs.first().and_then(|run| run.get(from..to)).and_then(|digits| digits.parse::<u32>().ok())
        };
        let date = match runs.first().map(|run| run.len())? {
            8 | 12 | 14 => Self { year: digits(0, 4)?, month: digits(4, 6)?, day: digits(6, 8)? },
            6 => Self { year: digits(0, 4)?, month: digits(4, 6)?, day: 0 },
            4 => Self { year: part(0)?, month: part(1).unwrap_or(0), day: part(2).unwrap_or(0) },
            1 | 2 if runs.get(2).is_some_and(|run| run.len() == 4) => {
                Self { year: part(2)?, month: part(1)?, day: part(0)? }
            }
            _ => return None,
        };
        (date.year > 0 && date.month < 100 && date.day < 100).then_some(date)
    }

    /// Eight digits, unknown parts as zeros.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// Eight digits as one number.
    fn number(self) -> u32 {
        self.year * 10_000 + self.month * 100 + self.day
    }

    /// Whether day and month are known.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.month > 0 && self.day > 0
    }

    /// Whether a level of agreement holds.
    #[must_use]
    pub fn agrees(self, other: Self, level: Level) -> bool {
        let same_year = self.year == other.year;
        if !(self.is_whole() && other.is_whole()) {
            // A part that one side does not know cannot speak against a part that the other knows.
            let open = |a: u32, b: u32| a == b || a == 0 || b == 0;
            return match level {
                Level::Exact => self == other,
                Level::SameYear => same_year && open(self.month, other.month) && open(self.day, other.day),
                _ => false,
            };
        }
        let same = [same_year, self.month == other.month, self.day == other.day];
        match level {
            Level::Exact => self == other,
            Level::OneDigit => one_slip(self, other),
            Level::DayAndMonthSwapped => same_year && self.month == other.day && self.day == other.month,
            Level::TwoParts => same.iter().filter(|same| **same).count() >= 2,
            Level::SameYear => same_year,
            _ => false,
        }
    }
}

/// One digit differs, or two neighbouring digits have changed places.
fn one_slip(a: Date, b: Date) -> bool {
    let (mut a, mut b) = (a.number(), b.number());
    // Position, counted from the right, and the two digits where they differ.
    let (mut first, mut second) = (None, None);
    for at in 0..8 {
        let (x, y) = (a % 10, b % 10);
        (a, b) = (a / 10, b / 10);
        match (x == y, first, second) {
            (true, _, _) => {}
            (false, None, _) => first = Some((at, x, y)),
            (false, Some(_), None) => second = Some((at, x, y)),
            (false, Some(_), Some(_)) => return false,
        }
    }
    match (first, second) {
        (Some((at, x, y)), Some((next, z, w))) => at + 1 == next && x == w && y == z,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        for (text, expected) in [
            ("19490501", Some("19490501")),
            ("1949-05-01", Some("19490501")),
            ("1949/5/1 00:00:00", Some("19490501")),
            ("1949年5月1日", Some("19490501")),
            ("01.05.1949", Some("19490501")),
            ("1949-05", Some("19490500")),
            ("1949", Some("19490000")),
            ("194905", Some("19490500")),
            ("19459131", Some("19459131")),
            ("20200101120000", Some("20200101")),
            ("unknown", None),
            ("0000-00-00", None),
            ("12345", None),
            ("1949-123-01", None),
            ("", None),
        ] {
            assert_eq!(Date::read(text).map(Date::digits).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn levels_of_two_dates() {
        use Level::{DayAndMonthSwapped, Exact, OneDigit, SameYear, TwoParts};
        let levels = [Exact, OneDigit, DayAndMonthSwapped, TwoParts, SameYear];
        for (a, b, expected) in [
            ("19490501", "19490501", Some(Exact)),
            ("19490501", "19490502", Some(OneDigit)),
            ("19490512", "19490521", Some(OneDigit)),
            ("19490511", "19491105", Some(DayAndMonthSwapped)),
            ("19490501", "19490529", Some(TwoParts)),
            ("19490501", "19650501", Some(TwoParts)),
            ("19490501", "19491229", Some(SameYear)),
            ("19490501", "1949", Some(SameYear)),
            ("19490501", "1949-06", None),
            ("1949", "1949", Some(Exact)),
            ("19490501", "19650607", None),
        ] {
            let (x, y) = (Date::read(a).unwrap(), Date::read(b).unwrap());
            let found = |x: Date, y: Date| levels.into_iter().find(|level| x.agrees(y, *level));
            assert_eq!(found(x, y), expected, "{a} {b}");
            assert_eq!(found(y, x), expected, "{b} {a}");
        }
    }
}
