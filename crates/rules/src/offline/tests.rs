use super::*;
use crate::clock::china_date;
use jiff::{SignedDuration, Timestamp, civil::date};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn rules() -> OfflineRules {
    OfflineRules::embedded().unwrap()
}

#[test]
fn the_limits_are_sound_and_faulty_ones_are_refused() {
    assert!(rules().pin_digits >= 6);
    let text = include_str!("../../../../data/device.toml");
    for (right, wrong) in [
        ("devices = 3", "devices = 0"),
        ("pin_digits = 6", "pin_digits = 3"),
        ("pin_rounds = 600000", "pin_rounds = 10"),
        ("batch = 20", "batch = 20\nmore = 1"),
        ("batch = 20", ""),
    ] {
        assert!(text.contains(right));
        assert!(OfflineRules::parse(&text.replace(right, wrong)).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_clock_is_wrong_beyond_ten_minutes() {
    let server: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
    for (seconds, wrong) in
        [(0, false), (600, false), (-600, false), (601, true), (-601, true), (86_400, true)]
    {
        let device = server + SignedDuration::from_secs(seconds);
        assert_eq!(difference(device, server, &rules()), Difference { seconds, is_wrong: wrong });
    }
    assert!(difference(Timestamp::MAX, Timestamp::MIN, &rules()).is_wrong);
}

#[test]
fn the_day_of_a_visit_is_looked_at() {
    // 09:00 in China on 2 March.
    let server: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
    let hour = SignedDuration::from_hours(1);
    let ahead = |hours: i64| Difference { seconds: hours * 3600, is_wrong: hours != 0 };
    let at = |hours: i64| server + hour * i32::try_from(hours).unwrap();
    let late = date(2026, 1, 31);
    for (on, written, confirmed, clock, expected) in [
        (date(2026, 3, 2), at(0), false, ahead(0), None),
        (date(2026, 3, 3), at(0), false, ahead(0), Some(ClockFault::Future { day: date(2026, 3, 2) })),
        // Nobody can confirm that they were there tomorrow.
        (date(2026, 3, 3), at(0), true, ahead(0), Some(ClockFault::Future { day: date(2026, 3, 2) })),
        // A day behind: the device wrote 1 March, it was the 2nd.
        (
            date(2026, 3, 1),
            at(-24),
            false,
            ahead(-24),
            Some(ClockFault::ClockWrong { day: date(2026, 3, 2) }),
        ),
        (date(2026, 3, 1), at(-24), true, ahead(-24), None),
        // The holder wrote another day than the device showed.
        (date(2026, 2, 27), at(-24), false, ahead(-24), None),
        // Two hours ahead, on the same day.
        (date(2026, 3, 2), at(2), false, ahead(2), None),
        // Written days ago under a clock that is right.
        (date(2026, 2, 25), at(-5 * 24), false, ahead(0), None),
        (late, at(0), false, ahead(0), None),
        (date(2026, 1, 30), at(0), false, ahead(0), Some(ClockFault::Late { day: late })),
        (date(2026, 1, 30), at(0), true, ahead(0), None),
    ] {
        let found = look_at(on, written, confirmed, (clock, server), &rules());
        assert_eq!(found, expected, "{on} written {written}");
    }
    let extreme = Difference { seconds: i64::MIN, is_wrong: true };
    assert!(look_at(date(2026, 3, 2), Timestamp::MAX, false, (extreme, server), &rules()).is_none());
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn what_only_one_changed_is_taken_and_what_both_changed_is_asked() {
    for (base, mine, theirs, fields, clashes) in [
        (json!({}), json!({}), json!({}), json!({}), vec![]),
        (json!({"a": 1}), json!({"a": 2}), json!({"a": 1}), json!({"a": 2}), vec![]),
        (json!({"a": 1}), json!({"a": 1}), json!({"a": 2}), json!({"a": 2}), vec![]),
        (json!({"a": 1}), json!({"a": 2}), json!({"a": 2}), json!({"a": 2}), vec![]),
        (json!({"a": 1}), json!({"a": 2}), json!({"a": 3}), json!({"a": 3}), vec!["a"]),
        (json!({"a": 1}), json!({}), json!({"a": 1}), json!({}), vec![]),
        (json!({"a": 1}), json!({"a": null}), json!({"a": 3}), json!({"a": 3}), vec!["a"]),
        (json!({}), json!({"a": 1}), json!({"b": 2}), json!({"a": 1, "b": 2}), vec![]),
        (json!({"a": null}), json!({}), json!({}), json!({}), vec![]),
        (json!({"a": [1]}), json!({"a": [1, 2]}), json!({"a": []}), json!({"a": []}), vec!["a"]),
    ] {
        let merged = merge(&object(base), &object(mine), &object(theirs));
        assert_eq!(Value::Object(merged.fields), fields);
        assert_eq!(merged.clashes.iter().map(|clash| clash.field.as_str()).collect::<Vec<_>>(), clashes);
    }
}

fn side() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![Just(Value::Null), (0..3_i64).prop_map(Value::from)];
    prop::collection::btree_map("[a-d]", value, 0..4).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #[test]
    fn no_side_is_dropped_in_silence(base in side(), mine in side(), theirs in side()) {
        let merged = merge(&base, &mine, &theirs);
        let empty = |side: &Map<String, Value>, name: &str| side.get(name).cloned().filter(|value| !value.is_null());
        for name in ["a", "b", "c", "d"] {
            let (was, own, other) = (empty(&base, name), empty(&mine, name), empty(&theirs, name));
            let asked = merged.clashes.iter().find(|clash| clash.field == name);
            let stands = empty(&merged.fields, name);
            match asked {
                Some(clash) => prop_assert_eq!((&clash.base, &clash.mine, &clash.theirs), (&was, &own, &other)),
                None if own != was => prop_assert_eq!(&stands, &own),
                None => prop_assert_eq!(&stands, &other),
            }
            prop_assert_eq!(asked.is_some(), own != was && other != was && own != other);
        }
    }

    #[test]
    fn the_order_of_the_sides_only_turns_the_question_round(base in side(), mine in side(), theirs in side()) {
        let (one, other) = (merge(&base, &mine, &theirs), merge(&base, &theirs, &mine));
        prop_assert_eq!(one.clashes.len(), other.clashes.len());
        for (this, that) in one.clashes.iter().zip(&other.clashes) {
            prop_assert_eq!((&this.mine, &this.theirs), (&that.theirs, &that.mine));
        }
    }

    #[test]
    fn a_day_that_is_taken_is_never_to_come(on in -40_i64..40, wrong in -100_000_i64..100_000, confirmed: bool) {
        let server: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let day = china_date(server).saturating_add(jiff::Span::new().days(on));
        let clock = difference(server + SignedDuration::from_secs(wrong), server, &rules());
        let written = server + SignedDuration::from_secs(wrong);
        if look_at(day, written, confirmed, (clock, server), &rules()).is_none() {
            prop_assert!(day <= china_date(server));
        }
    }
}
