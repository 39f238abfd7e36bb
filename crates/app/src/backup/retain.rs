//! Which backups are kept: the latest of each of so many days, weeks and months (grandfather, father, son).

use jiff::{Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

/// How many days, weeks and months have their backup. Only those count in which one was taken, so that nothing goes
/// because nothing was taken for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Days, in China.
    pub days: usize,
    /// Weeks, from Monday to Sunday.
    pub weeks: usize,
    /// Months.
    pub months: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Keep { days: 7, weeks: 4, months: 12 }
    }
}

impl FromStr for Keep {
    type Err = String;

    /// Reads `7d,4w,12m`: each at most once, at least one of them.
    fn from_str(text: &str) -> Result<Keep, String> {
        let wrong = || format!("{text} is not such as 7d,4w,12m");
        let mut keep = Keep { days: 0, weeks: 0, months: 0 };
        for part in text.split(',').map(str::trim) {
            let unit = part.chars().last().ok_or_else(wrong)?;
            let count = part.strip_suffix(unit).and_then(|count| count.parse().ok()).filter(|n| *n > 0);
            let place = match unit {
                'd' => &mut keep.days,
                'w' => &mut keep.weeks,
                'm' => &mut keep.months,
                _ => return Err(wrong()),
            };
            if *place != 0 {
                return Err(wrong());
            }
            *place = count.ok_or_else(wrong)?;
        }
        Ok(keep)
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d,{}w,{}m", self.days, self.weeks, self.months)
    }
}

/// The first day of the period in which a day is.
type Period = fn(Date) -> Date;

/// Which of the backups taken at these instants stay. The latest always does.
#[must_use]
pub fn kept(taken: &[Timestamp], keep: Keep) -> BTreeSet<Timestamp> {
    let mut stays: BTreeSet<Timestamp> = taken.iter().max().copied().into_iter().collect();
    let periods: [(usize, Period); 3] = [
        (keep.days, |day| day),
        (keep.weeks, |day| day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days())),
        (keep.months, Date::first_of_month),
    ];
    for (count, period) in periods {
        let mut latest: BTreeMap<Date, Timestamp> = BTreeMap::new();
        for at in taken {
            let one = latest.entry(period(rules::clock::china_date(*at))).or_insert(*at);
            *one = (*one).max(*at);
        }
        stays.extend(latest.into_values().rev().take(count));
    }
    stays
}

/// Begin and end of a backup's name.
const FIRST: &str = "xinqiao-";
const LAST: &str = ".backup";
/// The instant in between, in UTC.
const INSTANT: &str = "%Y%m%dT%H%M%SZ";

/// The name of the backup taken at an instant.
#[must_use]
pub fn name(at: Timestamp) -> String {
    format!("{FIRST}{}{LAST}", at.strftime(INSTANT))
}

/// When the backup of a name was taken; none where the name is no backup's.
#[must_use]
pub fn taken(name: &str) -> Option<Timestamp> {
    let instant = name.strip_prefix(FIRST)?.strip_suffix(LAST)?;
    let at = jiff::civil::DateTime::strptime(INSTANT, instant).ok()?;
    let at = at.to_zoned(TimeZone::UTC).map(|zoned: Zoned| zoned.timestamp()).ok()?;
    (self::name(at) == name).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("{text}:00+08:00").parse().unwrap()
    }

    #[test]
    fn what_is_kept() {
        // January the 1st of 2026 is a Thursday.
        for (why, keep, taken, expected) in [
            ("nothing", "7d", vec![], vec![]),
            (
                "the latest of a day",
                "2d",
                vec!["2026-01-01T02:00", "2026-01-01T14:00"],
                vec!["2026-01-01T14:00"],
            ),
            (
                "the day is China's",
                "2d",
                vec!["2026-01-01T00:10", "2025-12-31T23:50"],
                vec!["2025-12-31T23:50", "2026-01-01T00:10"],
            ),
            (
                "days without a backup do not count",
                "2d",
                vec!["2026-01-01T02:00", "2026-02-01T02:00", "2026-03-01T02:00"],
                vec!["2026-02-01T02:00", "2026-03-01T02:00"],
            ),
            (
                "a week begins on Monday",
                "1d,2w",
                vec!["2026-01-03T02:00", "2026-01-04T02:00", "2026-01-05T02:00", "2026-01-06T02:00"],
                vec!["2026-01-04T02:00", "2026-01-06T02:00"],
            ),
            (
                "the latest of a month",
                "1m",
                vec!["2026-01-01T02:00", "2026-01-31T02:00"],
                vec!["2026-01-31T02:00"],
            ),
            (
                "months behind weeks behind days",
                "2d,2w,3m",
                vec![
                    "2025-10-31T02:00",
                    "2025-11-30T02:00",
                    "2025-12-20T02:00",
                    "2025-12-28T02:00",
                    "2025-12-31T02:00",
                    "2026-01-01T02:00",
                ],
                vec!["2025-11-30T02:00", "2025-12-28T02:00", "2025-12-31T02:00", "2026-01-01T02:00"],
            ),
        ] {
            let taken: Vec<Timestamp> = taken.into_iter().map(at).collect();
            let expected: BTreeSet<Timestamp> = expected.into_iter().map(at).collect();
            assert_eq!(kept(&taken, keep.parse().unwrap()), expected, "{why}");
        }
    }

    #[test]
    fn a_year_of_daily_backups_leaves_those_of_days_weeks_and_months() {
        let start = at("2025-01-01T02:00");
        let taken: Vec<Timestamp> = (0..365_i64).map(|day| start + (day * 24).hours()).collect();
        let kept = kept(&taken, Keep::default());
        // Seven days reach into two weeks, of which one is also a month's last.
        assert!((18..=23).contains(&kept.len()), "{}", kept.len());
        assert!(kept.contains(taken.last().unwrap()));
        // What is kept stays kept when it is asked again.
        let again: Vec<Timestamp> = kept.iter().copied().collect();
        assert_eq!(super::kept(&again, Keep::default()), kept);
    }

    #[test]
    fn what_is_asked_for_is_read() {
        assert_eq!("7d,4w,12m".parse(), Ok(Keep::default()));
        assert_eq!(" 3w ".parse(), Ok(Keep { days: 0, weeks: 3, months: 0 }));
        assert_eq!(Keep::default().to_string(), "7d,4w,12m");
        for text in ["", "7", "d", "0d", "7d,7d", "-1d", "7y", "7d,,4w"] {
            assert!(text.parse::<Keep>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_tell_when() {
        let at: Timestamp = "2026-03-01T02:03:04Z".parse().unwrap();
        assert_eq!(name(at), "xinqiao-20260301T020304Z.backup");
        assert_eq!(taken(&name(at)), Some(at));
        for other in ["xinqiao-20260301T020304Z.backup.partial", "xinqiao-2026.backup", "other"] {
            assert_eq!(taken(other), None, "{other}");
        }
    }
}
