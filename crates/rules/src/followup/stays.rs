//! Stays in hospital as the register knows them: from discharge slips, and from the steps of a record.

use super::register::Step;
use crate::outcome::Stay;
use jiff::civil::Date;

/// What tells of a stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A step of the record and its day.
    Step(Step, Date),
    /// A discharge slip: admission and discharge.
    Slip(Date, Date),
}

/// The stays that steps and slips tell of, in the order of time. A stay that a step began ends with the discharge, or with what
/// ends the record; where a slip says when that stay began and ended, the slip is believed. Stays of several sources may
/// overlap: whoever counts days counts each once.
#[must_use]
pub fn stays(told: &[Told]) -> Vec<Stay> {
    let slips: Vec<(Date, Date)> = told
        .iter()
        .filter_map(|one| match one {
            Told::Slip(from, until) if from <= until => Some((*from, *until)),
            _ => None,
        })
        .collect();
    let (mut found, mut open): (Vec<Stay>, Option<Date>) = (Vec::new(), None);
    for one in told {
        let Told::Step(step, on) = one else { continue };
        match step {
            Step::Admit => open = open.or(Some(*on)),
            Step::Discharge | Step::Die { .. } | Step::Exclude => {
                let ended = open.take().map(|from| Stay { from, until: Some((*on).max(from)) });
                found.extend(ended);
            }
            _ => {}
        }
    }
    found.extend(open.map(|from| Stay { from, until: None }));
    // A slip within which a recorded stay began tells of that stay.
    let by_slip = |stay: &Stay| slips.iter().any(|(from, until)| *from <= stay.from && stay.from <= *until);
    found.retain(|stay| stay.until.is_none() || !by_slip(stay));
    found.extend(slips.iter().map(|(from, until)| Stay { from: *from, until: Some(*until) }));
    found.sort_by_key(|stay| (stay.from, stay.until));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::followup::visit::{Death, DeathCause};
    use crate::outcome::{days_by_year, hospital_days};
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn step(code: &str, on: &str) -> Told {
        let on = day(on);
        let death = Death { on, cause: DeathCause::Other, source: "家属".to_owned() };
        let step = match code {
            "admit" => Step::Admit,
            "discharge" => Step::Discharge,
            "die" => Step::Die { death },
            _ => Step::Agree,
        };
        Told::Step(step, on)
    }

    fn slip(from: &str, until: &str) -> Told {
        Told::Slip(day(from), day(until))
    }

    /// What is told, the stays, the days in 2024 and 2025, and in the twelve months up to 30 June 2025.
    type Row = (Vec<Told>, &'static [(&'static str, &'static str)], u32, u32, u32);

    #[test]
    fn what_is_told_of_stays() {
        let rows: Vec<Row> = vec![
            (vec![], &[], 0, 0, 0),
            (
                vec![
                    step("admit", "2025-03-01"),
                    step("agree", "2025-03-05"),
                    step("discharge", "2025-03-11"),
                ],
                &[("2025-03-01", "2025-03-11")],
                0,
                10,
                10,
            ),
            // Over the turn of the year.
            (vec![slip("2024-12-22", "2025-01-11")], &[("2024-12-22", "2025-01-11")], 10, 10, 20),
            // The same stay told twice: the slip is believed.
            (
                vec![
                    step("admit", "2025-03-03"),
                    step("discharge", "2025-03-15"),
                    slip("2025-03-01", "2025-03-11"),
                ],
                &[("2025-03-01", "2025-03-11")],
                0,
                10,
                10,
            ),
            // Two slips that overlap are two stays whose days count once.
            (
                vec![slip("2025-03-01", "2025-03-11"), slip("2025-03-06", "2025-03-21")],
                &[("2025-03-01", "2025-03-11"), ("2025-03-06", "2025-03-21")],
                0,
                20,
                20,
            ),
            (vec![step("admit", "2025-06-21")], &[("2025-06-21", "")], 0, 10, 10),
            (
                vec![step("admit", "2025-06-01"), step("die", "2025-06-06")],
                &[("2025-06-01", "2025-06-06")],
                0,
                5,
                5,
            ),
            (vec![step("discharge", "2025-06-01")], &[], 0, 0, 0),
        ];
        let today = day("2025-06-30");
        for (told, expected, before, now, months) in rows {
            let found = stays(&told);
            let expected: Vec<Stay> = expected
                .iter()
                .map(|(from, until)| Stay { from: day(from), until: until.parse().ok() })
                .collect();
            assert_eq!(found, expected, "{told:?}");
            let years = days_by_year(&found, today);
            let of = |year: i16| years.iter().find(|(of, _)| *of == year).map_or(0, |(_, days)| *days);
            assert_eq!((of(2024), of(2025)), (before, now), "{told:?}");
            assert_eq!(hospital_days(&found, day("2024-07-01"), today), months, "{told:?}");
        }
    }

    proptest! {
        #[test]
        fn years_add_up_to_the_whole(slips in proptest::collection::vec((0_i64..2000, 0_i64..90), 0..6)) {
            let start = day("2019-01-01");
            let told: Vec<Told> = slips.iter().map(|(from, days)| {
                let from = start.saturating_add(jiff::Span::new().days(*from));
                Told::Slip(from, from.saturating_add(jiff::Span::new().days(*days)))
            }).collect();
            let (stays, today) = (stays(&told), day("2025-06-30"));
            let sum: u32 = days_by_year(&stays, today).iter().map(|(_, days)| days).sum();
            prop_assert_eq!(sum, hospital_days(&stays, start, today));
        }
    }
}
