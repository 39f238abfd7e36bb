//! Training owed and done in a calendar year. Staff in direct service train 20 hours a year (civil-affairs notice 2022 No. 104);
//! whoever is employed for a part of the year owes that part, by days, rounded up to a minute (local default).

use crate::care::Days;
use jiff::civil::{Date, date};
use serde::Serialize;

/// The days of a calendar year.
#[must_use]
pub fn year_of(year: i16) -> Days {
    let day = |month, day| Date::new(year, month, day).unwrap_or(date(1, 1, 1));
    Days { from: day(1, 1), last: day(12, 31) }
}

/// The part of a stretch of employment that lies in a year; a stretch without an end goes on to the year's.
#[must_use]
pub fn stretch_within_year(year: i16, from: Date, until: Option<Date>) -> Option<Days> {
    let whole = year_of(year);
    whole.within(Days { from, last: until.unwrap_or(whole.last) })
}

/// Minutes that are owed in a year by somebody employed in these stretches of it, which do not overlap.
#[must_use]
pub fn required(hours_a_year: u32, year: i16, employed: &[Days]) -> u32 {
    let (whole, all) = (year_of(year), u64::from(hours_a_year).saturating_mul(60));
    let parts = employed.iter().filter_map(|stretch| whole.within(*stretch));
    let days: u64 = parts.map(|part| u64::from(part.count())).sum();
    let days_of_year = u64::from(whole.count());
    let owed = all.saturating_mul(days.min(days_of_year)).div_ceil(days_of_year.max(1));
    u32::try_from(owed).unwrap_or(u32::MAX)
}

/// Minutes that count in a year. A total that was reported without its trainings, as lists of departments have it, may hold
/// the same hours as the trainings that were entered one by one; so that no hour counts twice, the larger one counts.
#[must_use]
pub fn counted(reported: u32, entered: u32) -> u32 {
    reported.max(entered)
}

/// Where somebody stands in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Standing {
    /// Minutes that count.
    pub done: u32,
    /// Minutes that are owed.
    pub required: u32,
}

impl Standing {
    /// Minutes that are missing.
    #[must_use]
    pub fn missing(self) -> u32 {
        self.required.saturating_sub(self.done)
    }

    /// Nothing is missing.
    #[must_use]
    pub fn met(self) -> bool {
        self.missing() == 0
    }
}

/// Hours as people write them, with at most two decimals, in whole minutes: `6`, `1.5`, `0.25`.
#[must_use]
pub fn minutes_of_hours(text: &str) -> Option<u32> {
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(whole, 3) || !digits(part, 2) {
        return None;
    }
    let hundredths: u32 = format!("{part:0<2}").parse().ok()?;
    let in_hundredths = hundredths * 60;
    if !in_hundredths.is_multiple_of(100) {
        return None;
    }
    Some(whole.parse::<u32>().ok()? * 60 + in_hundredths / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use proptest::prelude::*;

    fn stretch(from: Date, last: Date) -> Days {
        Days { from, last }
    }

    #[test]
    fn what_is_owed_by_the_part_of_the_year() {
        let year = year_of(2026);
        let rows = [
            // The whole year, and more than it.
            (2026, vec![year], 1200),
            (2026, vec![stretch(date(2020, 5, 1), date(2030, 1, 1))], 1200),
            // From 1 July: 184 of 365 days are 604.9 minutes.
            (2026, vec![stretch(date(2026, 7, 1), date(2026, 12, 31))], 605),
            // One day of a year, and of a leap year.
            (2026, vec![stretch(date(2026, 12, 31), date(2026, 12, 31))], 4),
            (2028, vec![stretch(date(2028, 2, 29), date(2028, 2, 29))], 4),
            (2028, vec![year_of(2028)], 1200),
            // Two stretches with a month between: 31 + 306 days.
            (
                2026,
                vec![
                    stretch(date(2026, 1, 1), date(2026, 1, 31)),
                    stretch(date(2026, 3, 1), date(2026, 12, 31)),
                ],
                1108,
            ),
            // In other years, or not at all.
            (2026, vec![stretch(date(2025, 1, 1), date(2025, 12, 31))], 0),
            (2026, vec![], 0),
        ];
        for (year, employed, owed) in rows {
            assert_eq!(required(20, year, &employed), owed, "{year} {employed:?}");
        }
    }

    #[test]
    fn a_stretch_without_an_end_goes_on() {
        let found = stretch_within_year(2026, date(2026, 11, 1), None).unwrap();
        assert_eq!(found.count(), 61);
        assert_eq!(stretch_within_year(2026, date(2027, 1, 1), None), None);
        assert_eq!(stretch_within_year(2026, date(2024, 1, 1), Some(date(2025, 12, 31))), None);
    }

    #[test]
    fn no_hour_counts_twice() {
        for (reported, entered, counts) in [(0, 0, 0), (1200, 0, 1200), (600, 900, 900), (900, 600, 900)] {
            assert_eq!(counted(reported, entered), counts);
        }
        assert!(Standing { done: 1200, required: 1200 }.met());
        assert_eq!(Standing { done: 1000, required: 1200 }.missing(), 200);
        assert!(Standing::default().met(), "nothing is owed by nobody");
    }

    #[test]
    fn hours_as_people_write_them() {
        for (text, minutes) in [
            ("6", Some(360)),
            (" 1.5 ", Some(90)),
            ("0.25", Some(15)),
            ("2.0", Some(120)),
            ("12.75", Some(765)),
            ("0.33", None),
            ("1.555", None),
            ("", None),
            (".5", None),
            ("1.", None),
            ("-1", None),
            ("1e3", None),
            ("9999", None),
            ("六", None),
        ] {
            assert_eq!(minutes_of_hours(text), minutes, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn more_days_never_owe_less_and_never_more_than_the_year(start in 0_i32..365, length in 0_i32..800) {
            let from = date(2026, 1, 1).saturating_add(start.days());
            let of = |days: i32| required(20, 2026, &[stretch(from, from.saturating_add(days.days()))]);
            prop_assert!(of(length) <= of(length + 1));
            prop_assert!(of(length + 1) <= 1200);
            prop_assert!(of(length) > 0);
        }
    }
}
