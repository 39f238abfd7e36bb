//! Lost to follow-up.

use super::*;
use crate::followup::lost::{Attempt, Standing, Whereabouts, standing};
use crate::followup::visit::LostReason;
use proptest::prelude::*;

fn missed(due: &str, retried: Option<&str>) -> Attempt {
    Attempt { due: day(due), reached: false, retried: retried.map(day) }
}

fn met(due: &str) -> Attempt {
    Attempt { due: day(due), reached: true, retried: None }
}

/// Three visits missed in a row, each tried again two weeks later.
fn three() -> Vec<Attempt> {
    vec![
        missed("2025-03-03", Some("2025-03-17")),
        missed("2025-03-17", Some("2025-03-31")),
        missed("2025-03-31", Some("2025-04-14")),
    ]
}

#[test]
fn three_misses_with_retries_over_more_than_a_month() {
    let lost = Standing::Lost { since: day("2025-03-03"), reason: LostReason::ThreeMisses };
    let missed_since = |since: &str, misses, retry_by: Option<&str>| Standing::Missed {
        since: day(since),
        misses,
        retry_by: retry_by.map(day),
    };
    let rows = [
        (vec![], Standing::Followed),
        (vec![met("2025-03-03")], Standing::Followed),
        (vec![missed("2025-03-03", None)], missed_since("2025-03-03", 0, Some("2025-03-17"))),
        (three()[..1].to_vec(), missed_since("2025-03-03", 1, None)),
        (three()[..2].to_vec(), missed_since("2025-03-03", 2, None)),
        (three(), lost),
        // It counts from the first miss, not from the beginning of all visits.
        ([vec![missed("2024-12-01", Some("2024-12-10")), met("2024-12-20")], three()].concat(), lost),
        // Whoever was met in between starts anew.
        ([three(), vec![met("2025-04-14")]].concat(), Standing::Followed),
        (vec![three()[0], met("2025-03-17"), three()[2]], missed_since("2025-03-31", 1, None)),
        // A retry that was not made, or too late, makes no miss.
        (
            vec![three()[0], three()[1], missed("2025-03-31", None)],
            missed_since("2025-03-03", 2, Some("2025-04-14")),
        ),
        (
            vec![three()[0], three()[1], missed("2025-03-31", Some("2025-04-15"))],
            missed_since("2025-03-03", 2, None),
        ),
        // Three tries in a hurry are not a month.
        (
            vec![
                missed("2025-03-03", Some("2025-03-04")),
                missed("2025-03-05", Some("2025-03-06")),
                missed("2025-03-07", Some("2025-03-08")),
            ],
            missed_since("2025-03-03", 3, None),
        ),
        // A month to the day is not more than a month.
        (
            vec![three()[0], three()[1], missed("2025-03-31", Some("2025-04-03"))],
            missed_since("2025-03-03", 3, None),
        ),
        (vec![three()[0], three()[1], missed("2025-03-31", Some("2025-04-04"))], lost),
    ];
    for (attempts, expected) in rows {
        let found = standing(&attempts, Whereabouts::Known, day("2025-05-01"), &rules());
        assert_eq!(found, expected, "{attempts:?}");
    }
}

#[test]
fn whoever_nobody_can_find_is_lost_at_once() {
    let rows = [
        (Whereabouts::Missing, LostReason::Missing),
        (Whereabouts::WorksAwayUnknown, LostReason::WorkingAway),
        (Whereabouts::MovedUnknown, LostReason::Moved),
    ];
    for (whereabouts, reason) in rows {
        let found = standing(&[met("2025-02-01")], whereabouts, day("2025-03-03"), &rules());
        assert_eq!(found, Standing::Lost { since: day("2025-03-03"), reason });
        let found = standing(&three()[..1], whereabouts, day("2025-04-03"), &rules());
        assert_eq!(found, Standing::Lost { since: day("2025-03-03"), reason });
    }
}

proptest! {
    #[test]
    fn nobody_is_lost_before_three_misses_and_a_month(
        tries in prop::collection::vec((1_i64..60, any::<bool>(), prop::option::of(0_i64..30)), 0..8)
    ) {
        let mut due = date(2025, 1, 1);
        let mut attempts = Vec::new();
        for (gap, reached, retried) in tries {
            due = due.saturating_add(jiff::Span::new().days(gap));
            let retried = retried.map(|days| due.saturating_add(jiff::Span::new().days(days)));
            attempts.push(Attempt { due, reached, retried });
        }
        if let Standing::Lost { since, reason } = standing(&attempts, Whereabouts::Known, due, &rules()) {
            prop_assert_eq!(reason, LostReason::ThreeMisses);
            let run: Vec<_> = attempts.iter().skip_while(|attempt| attempt.due != since).collect();
            prop_assert!(run.len() >= 3 && run.iter().all(|attempt| !attempt.reached));
            let last = run.iter().filter_map(|attempt| attempt.retried).max().unwrap();
            prop_assert!(last > Interval::Months(1).after(since));
        }
    }
}
