//! By when the next visit is made.

use super::visit::Effect;
use super::*;
use crate::followup::next_visit::{Course, choose, course, latest};
use proptest::prelude::*;

use Class::{BasicallyStable, Stable, Unstable};

#[test]
fn class_course_and_latest_day() {
    let improved = Some(Effect::Improved);
    let rows = [
        ("2025-03-03", Unstable, None, None, Course::Unstable, "2025-03-17"),
        ("2025-03-03", Unstable, Some(Stable), improved, Course::Unstable, "2025-03-17"),
        ("2025-03-03", BasicallyStable, None, None, Course::FirstTime, "2025-03-17"),
        ("2025-03-03", BasicallyStable, Some(Unstable), improved, Course::FirstTime, "2025-03-17"),
        ("2025-03-03", BasicallyStable, Some(Stable), None, Course::FirstTime, "2025-03-17"),
        ("2025-03-17", BasicallyStable, Some(BasicallyStable), None, Course::StillNotStable, "2025-04-17"),
        (
            "2025-03-17",
            BasicallyStable,
            Some(BasicallyStable),
            Some(Effect::Unchanged),
            Course::StillNotStable,
            "2025-04-17",
        ),
        (
            "2025-03-17",
            BasicallyStable,
            Some(BasicallyStable),
            improved,
            Course::TendingToStable,
            "2025-06-17",
        ),
        ("2025-03-17", Stable, Some(BasicallyStable), None, Course::Stable, "2025-06-17"),
        // A month that is too short ends on its last day.
        ("2025-11-30", Stable, Some(Stable), None, Course::Stable, "2026-02-28"),
        ("2027-11-30", Stable, None, None, Course::Stable, "2028-02-29"),
        ("2025-01-31", BasicallyStable, Some(BasicallyStable), None, Course::StillNotStable, "2025-02-28"),
        // Holidays do not put a visit off.
        ("2025-09-17", Unstable, None, None, Course::Unstable, "2025-10-01"),
        ("9999-12-31", Stable, None, None, Course::Stable, "9999-12-31"),
    ];
    for (on, class, previous, effect, expected, last) in rows {
        let found = course(class, previous, effect, &rules());
        assert_eq!(found, expected, "{on} {class:?} {previous:?} {effect:?}");
        assert_eq!(latest(day(on), found, &rules()), day(last), "{on} {class:?} {previous:?} {effect:?}");
    }
}

#[test]
fn whether_improved_tends_to_stable_is_data() {
    let mut rules = rules();
    rules.limits.improved_is_tending = false;
    let found = course(BasicallyStable, Some(BasicallyStable), Some(Effect::Improved), &rules);
    assert_eq!(found, Course::StillNotStable);
}

#[test]
fn the_doctor_may_choose_an_earlier_day() {
    let rows = [
        ("2025-03-17", None),
        ("2025-03-16", None),
        ("2025-03-04", None),
        ("2025-03-03", Some("date_invalid")),
        ("2025-02-28", Some("date_invalid")),
        ("2025-03-18", Some("too_late")),
    ];
    for (chosen, refused) in rows {
        let choice = choose(day("2025-03-03"), day("2025-03-17"), day(chosen));
        assert_eq!(choice.as_ref().err().map(|refusal| refusal.code.as_str()), refused, "{chosen}");
        assert!(choice.is_err() || choice == Ok(day(chosen)));
    }
}

#[test]
fn levels_of_case_management() {
    use crate::followup::case_management::{Level, level, rhythm};
    let rows = [
        (0, Unstable, Level::One, Interval::Days(14), Interval::Months(3)),
        (3, Stable, Level::One, Interval::Days(14), Interval::Months(3)),
        (2, BasicallyStable, Level::Two, Interval::Months(1), Interval::Months(6)),
        (0, Stable, Level::Three, Interval::Months(3), Interval::Months(12)),
    ];
    for (risk, class, expected, visits, reviews) in rows {
        let found = level(RiskGrade::of_code(risk).unwrap(), class);
        assert_eq!((found, rhythm(found, &rules())), (expected, (visits, reviews)), "{risk} {class:?}");
        for entry in found.entries() {
            assert!(rules().entries.iter().any(|one| one.code == entry), "{entry} has a source");
            assert!(entry.ends_with(&found.number().to_string()), "{entry}");
        }
    }
}

#[test]
fn who_has_a_level_of_case_management() {
    use crate::followup::case_management::{Level, of_record};
    use crate::followup::register::{Record, State};
    let record = |state, agreed| Record { state, agreed, ..Record::reported(uuid::Uuid::from_u128(1)) };
    let rows = [
        (State::Managed, Some(true), Some(Stable), Some(Level::Three)),
        (State::Hospital, Some(true), Some(Unstable), Some(Level::One)),
        (State::Managed, Some(true), None, None),
        (State::Received, None, Some(Stable), None),
        (State::RegisteredOnly, Some(false), Some(Stable), None),
        (State::Lost, Some(true), Some(Stable), None),
        (State::Deceased, Some(true), Some(Stable), None),
    ];
    for (state, agreed, class, expected) in rows {
        assert_eq!(of_record(&record(state, agreed), None, class), expected, "{state:?}");
    }
    let dangerous = Some(RiskGrade::Smashing);
    let managed = record(State::Managed, Some(true));
    assert_eq!(of_record(&managed, dangerous, Some(Stable)), Some(Level::One));
}

proptest! {
    #[test]
    fn the_next_visit_is_never_later_than_the_rule(
        days in 0_i64..40_000,
        class in prop::sample::select(Class::ALL),
        previous in prop::option::of(prop::sample::select(Class::ALL)),
        effect in prop::option::of(prop::sample::select(Effect::ALL)),
        wished in -400_i64..400,
    ) {
        let on = date(1990, 1, 1).saturating_add(jiff::Span::new().days(days));
        let last = latest(on, course(class, previous, effect, &rules()), &rules());
        prop_assert!(last > on);
        // Nobody waits for more than three months; four visits a year are always possible.
        prop_assert!(last <= Interval::Months(3).after(on));
        if class == Unstable {
            prop_assert!(last <= Interval::Days(14).after(on));
        }
        let wish = on.saturating_add(jiff::Span::new().days(wished));
        if let Ok(chosen) = choose(on, last, wish) {
            prop_assert!(on < chosen && chosen <= last);
        }
    }
}
