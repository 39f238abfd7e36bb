//! What holds of every scale, whatever is answered.

use proptest::prelude::*;

use super::*;
use crate::identity_number::Sex;

/// Values that may be entered for an item.
fn values(item: &Item) -> Vec<i32> {
    match item.allowed() {
        Allowed::Range(low, high, others) => (low..=high).chain(others).collect(),
        Allowed::Listed(values) => values,
    }
}

/// A scale that is scored from answers, with answers of which some may be missing. The rater's own choice is left open.
fn filled(missing: bool) -> impl Strategy<Value = (&'static str, Vec<Option<i32>>)> {
    let ids: Vec<&str> = SCALES.iter().map(|(id, _)| *id).filter(|id| !id.starts_with("local-")).collect();
    prop::sample::select(ids).prop_flat_map(move |id| {
        let scale = scale(id);
        let required = *scale.answers().start();
        let each: Vec<_> = scale
            .definition()
            .items
            .iter()
            .take(required)
            .map(|item| {
                let value = prop::sample::select(values(item));
                if missing {
                    prop_oneof![1 => Just(None), 6 => value.prop_map(Some)].boxed()
                } else {
                    value.prop_map(Some).boxed()
                }
            })
            .collect();
        (Just(id), each)
    })
}

fn sexes() -> impl Strategy<Value = Option<Sex>> {
    prop::sample::select(vec![None, Some(Sex::Male), Some(Sex::Female)])
}

fn points(item: &Item, value: i32) -> Option<i32> {
    if let Some(place) = item.values.iter().position(|own| *own == value).filter(|_| !item.points.is_empty())
    {
        return item.points.get(place).copied();
    }
    let (low, high) = match item.allowed() {
        Allowed::Range(low, high, others) => {
            if others.contains(&value) {
                return None;
            }
            (low, high)
        }
        Allowed::Listed(values) => (values[0], values[values.len() - 1]),
    };
    Some(if item.reversed { low + high - value } else { value })
}

proptest! {
    #[test]
    fn the_total_is_within_its_range_and_has_one_band((id, given) in filled(true), sex in sexes()) {
        let scale = scale(id);
        let outcome = scale.score(&given, Circumstances { sex, risk_grade: None }).unwrap();
        if let Some(total) = outcome.total {
            let (low, high) = scale.span().unwrap();
            prop_assert!(low <= total && total <= high, "{total}");
            let bands = &scale.definition().scores.iter().find(|score| score.code == "total").unwrap().bands;
            for sex in [Sex::Male, Sex::Female] {
                let fits = bands.iter().filter(|band| {
                    band.sex.is_none_or(|only| only == sex) && band.from <= total && total <= band.to
                });
                prop_assert_eq!(fits.count(), usize::from(!bands.is_empty()));
            }
            prop_assert_eq!(outcome.band.is_some(), !bands.is_empty() && (sex.is_some() || id != "audit-c" || total != Figure::whole(3)));
        }
        let (answered, asked) = (outcome.answered, outcome.asked);
        prop_assert!(answered <= asked);
        if id != "psp" {
            let least = usize::from(scale.definition().missing.least_percent);
            let enough = answered > 0 && answered * 100 >= asked * least;
            prop_assert_eq!(outcome.total.is_some(), enough, "{} of {}", answered, asked);
            prop_assert_eq!(outcome.prorated, enough && answered < asked);
        }
    }

    #[test]
    fn a_complete_form_is_the_sum_of_its_points((id, given) in filled(false)) {
        let scale = scale(id);
        let outcome = scale.score(&given, Circumstances::default()).unwrap();
        let items = &scale.definition().items;
        let sum: i64 = items.iter().zip(&given).filter_map(|(item, value)| points(item, (*value)?)).map(i64::from).sum();
        let expected = match id {
            "psp" | "c-ssrs" => return Ok(()),
            "who-5" => Figure::whole(sum * 4),
            "whodas-12" => Figure::ratio(i128::from(sum) * 100, 48, 2).unwrap(),
            _ => Figure::whole(sum),
        };
        prop_assert!(!outcome.prorated);
        if outcome.asked > 0 {
            prop_assert_eq!(outcome.total, Some(expected));
        }
    }

    #[test]
    fn more_points_are_never_a_lower_total((id, given) in filled(false), chosen in any::<prop::sample::Index>()) {
        let scale = scale(id);
        let position = chosen.index(given.len());
        let item = &scale.definition().items[position];
        let (Some(Some(value)), about) = (given.get(position), Circumstances::default()) else { return Ok(()) };
        let rises = |other: i32| match (points(item, *value), points(item, other)) {
            (Some(before), Some(after)) => after > before,
            _ => false,
        };
        let before = scale.score(&given, about).unwrap();
        for other in values(item).into_iter().filter(|other| rises(*other)) {
            let mut changed = given.clone();
            changed[position] = Some(other);
            let after = scale.score(&changed, about).unwrap();
            if id == "psp" {
                let (one, two) = (scale.permitted(&given, about).unwrap().unwrap(), scale.permitted(&changed, about).unwrap().unwrap());
                prop_assert!(two.0 <= one.0 && two.1 <= one.1, "a graver domain permits nothing higher");
            } else {
                prop_assert!(after.total >= before.total, "{other}");
            }
            prop_assert!(after.level() >= before.level() || item.reversed || id == "who-5");
        }
    }

    #[test]
    fn the_order_of_the_items_in_the_file_changes_nothing((id, given) in filled(true), seed in any::<u64>()) {
        let scale = scale(id);
        let mut definition = scale.definition().clone();
        let mut order: Vec<usize> = (0..given.len()).collect();
        order.sort_by_key(|position| seed.wrapping_mul(2 * u64::try_from(*position).unwrap() + 1).rotate_left(17));
        let rest = definition.items.split_off(given.len());
        definition.items = order.iter().map(|position| scale.definition().items[*position].clone()).chain(rest).collect();
        let turned: Vec<Option<i32>> = order.iter().map(|position| given[*position]).collect();
        let other = Scale::new(definition).unwrap();
        let (one, two) = (
            scale.score(&given, Circumstances::default()).unwrap(),
            other.score(&turned, Circumstances::default()).unwrap(),
        );
        prop_assert_eq!(&one, &two);
    }

    /// Items of different ranges, too: what is raised stays within what can be reached.
    #[test]
    fn a_raised_sum_is_within_what_the_items_can_reach(
        highest in prop::collection::vec(1..50_i32, 2..12),
        share in prop::collection::vec(prop::option::weighted(0.9, 0..=100_i32), 12),
    ) {
        let mut value = super::faults::sound();
        let items: Vec<_> = highest.iter().enumerate()
            .map(|(position, max)| serde_json::json!({"code": format!("i{position}"), "min": 0, "max": max})).collect();
        value["items"] = items.into();
        value["scores"][0]["bands"] = serde_json::json!([]);
        value["findings"] = serde_json::json!([]);
        value["crisis"] = serde_json::json!([]);
        let (scale, _) = Scale::parse("trial.json", &value.to_string()).unwrap();
        let given: Vec<Option<i32>> = highest.iter().zip(&share).map(|(max, part)| part.map(|part| max * part / 100)).collect();
        let outcome = scale.score(&given, Circumstances::default()).unwrap();
        let sum: i64 = given.iter().flatten().map(|value| i64::from(*value)).sum();
        let (low, high) = scale.span().unwrap();
        if let Some(total) = outcome.total {
            prop_assert!(low <= total && total <= high && total >= Figure::whole(sum));
        }
    }

    #[test]
    fn a_change_back_is_the_change_the_other_way(before in 0..=27_i64, after in 0..=27_i64) {
        let scale = scale("phq-9");
        let (there, back) = (
            scale.change(Figure::whole(before), Figure::whole(after)).unwrap(),
            scale.change(Figure::whole(after), Figure::whole(before)).unwrap(),
        );
        let mirrored = match there.verdict {
            Verdict::Improved => Verdict::Worsened,
            Verdict::Worsened => Verdict::Improved,
            other => other,
        };
        prop_assert_eq!((back.verdict, back.difference.units()), (mirrored, -there.difference.units()));
    }
}
