//! What a service came to for one person: days in hospital, and what changed from the first result of a scale to the last.

use jiff::civil::Date;
use serde::Serialize;

use crate::scale::{Change, Figure, Scale};

/// A stay in hospital: its first day, and the day of discharge where it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stay {
    /// The day of admission.
    pub from: Date,
    /// The day of discharge; nothing while it lasts.
    pub until: Option<Date>,
}

/// Days in hospital from one day to another, both counted in. A stay counts the day of admission and not that of discharge, as
/// hospitals count bed days; stays that overlap count once.
#[must_use]
pub fn hospital_days(stays: &[Stay], from: Date, to: Date) -> u32 {
    let mut stays: Vec<(Date, Date)> = stays.iter().filter_map(|stay| within(*stay, from, to)).collect();
    stays.sort_unstable();
    let (mut days, mut reached) = (0_u32, from);
    for (begin, end) in stays {
        let begin = begin.max(reached);
        if end > begin {
            days = days.saturating_add(u32::try_from(begin.duration_until(end).as_hours() / 24).unwrap_or(0));
            reached = end;
        }
    }
    days
}

/// Years of days in hospital that are told at most.
const YEARS: i16 = 10;

/// Days in hospital of each calendar year with any, the latest first, up to today and ten years back.
#[must_use]
pub fn days_by_year(stays: &[Stay], today: Date) -> Vec<(i16, u32)> {
    let year = |year: i16| {
        let from = Date::new(year, 1, 1).ok()?;
        let days = hospital_days(stays, from, from.last_of_year().min(today));
        (days > 0).then_some((year, days))
    };
    let first = today.year().saturating_sub(YEARS - 1);
    (first..=today.year()).rev().filter_map(year).collect()
}

/// The part of a stay between two days; its end is the first day outside.
fn within(stay: Stay, from: Date, to: Date) -> Option<(Date, Date)> {
    let after = to.tomorrow().unwrap_or(to);
    let end = stay.until.unwrap_or(after).min(after);
    let begin = stay.from.max(from);
    (begin < end).then_some((begin, end))
}

/// A result as a point of a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Point {
    /// The day.
    pub on: Date,
    /// The total.
    pub total: Figure,
}

/// What became of a scale: from the first to the last result, and from the one before the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Course {
    /// The first.
    pub first: Point,
    /// The last.
    pub last: Point,
    /// From the first to the last; nothing with one result, or where the scale has no threshold.
    pub whole: Option<Change>,
    /// From the one before the last to the last.
    pub latest: Option<Change>,
}

/// The course of results in the order of time; nothing without any.
#[must_use]
pub fn course(scale: &Scale, points: &[Point]) -> Option<Course> {
    let (first, last) = (points.first()?, points.last()?);
    let before = points.iter().rev().nth(1);
    Some(Course {
        first: *first,
        last: *last,
        whole: before.and_then(|_| scale.change(first.total, last.total)),
        latest: before.and_then(|before| scale.change(before.total, last.total)),
    })
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use proptest::prelude::*;

    use super::*;
    use crate::scale::{Verdict, embedded};

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn stay(from: &str, until: &str) -> Stay {
        Stay { from: day(from), until: Some(day(until)).filter(|_| !until.is_empty()) }
    }

    #[test]
    fn days_in_hospital() {
        let open = Stay { from: day("2026-02-20"), until: None };
        let rows: [(&[Stay], u32); 9] = [
            (&[], 0),
            (&[stay("2026-02-01", "2026-02-11")], 10),
            // Admitted and discharged the same day: no night.
            (&[stay("2026-02-01", "2026-02-01")], 0),
            // Before and after the year that is looked at.
            (&[stay("2024-12-20", "2025-01-04")], 3),
            (&[stay("2024-01-01", "2024-02-01")], 0),
            (&[open], 9),
            (&[stay("2026-02-01", "2026-02-11"), open], 19),
            (&[stay("2026-02-01", "2026-02-11"), stay("2026-02-05", "2026-02-15")], 14),
            (&[stay("2026-02-05", "2026-02-08"), stay("2026-02-01", "2026-02-11")], 10),
        ];
        for (stays, days) in rows {
            assert_eq!(hospital_days(stays, day("2025-01-01"), day("2026-02-28")), days, "{stays:?}");
        }
    }

    #[test]
    fn what_changed_is_told_from_the_first_and_from_the_one_before() {
        let scale = embedded("psp").unwrap().unwrap();
        let point = |on: &str, total: i64| Point { on: day(on), total: Figure::whole(total) };
        assert_eq!(course(&scale, &[]), None);
        let one = course(&scale, &[point("2026-01-05", 40)]).unwrap();
        assert_eq!((one.whole, one.latest), (None, None));
        let three = [point("2026-01-05", 40), point("2026-04-05", 48), point("2026-07-05", 55)];
        let found = course(&scale, &three).unwrap();
        assert_eq!(found.whole.unwrap().verdict, Verdict::Improved);
        assert_eq!(found.latest.unwrap().verdict, Verdict::Unchanged);
        assert_eq!(found.whole.unwrap().difference.to_string(), "15");
    }

    proptest! {
        #[test]
        fn no_day_counts_twice_and_none_outside(
            stays in proptest::collection::vec((0_i32..400, proptest::option::of(0_i32..60)), 0..8), length in 0_i32..400,
        ) {
            let (from, start) = (day("2026-03-01"), day("2026-01-01"));
            let to = from.saturating_add(length.days());
            let made: Vec<Stay> = stays.iter().map(|(begin, days)| {
                let from = start.saturating_add(begin.days());
                Stay { from, until: days.map(|days| from.saturating_add(days.days())) }
            }).collect();
            let found = hospital_days(&made, from, to);
            let nights = (0..=length).filter(|night| {
                let night = from.saturating_add(night.days());
                made.iter().any(|stay| stay.from <= night && stay.until.is_none_or(|until| night < until))
            }).count();
            prop_assert_eq!(usize::try_from(found).unwrap(), nights);
        }
    }
}
