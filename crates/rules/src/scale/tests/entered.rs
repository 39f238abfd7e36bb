//! A total that is entered without answers: its range, its band, and what can and cannot be judged from it.

use super::*;

/// Where the licence does not admit the wording, the form lies elsewhere, and its total may be all that there is.
#[test]
fn scales_of_an_unclear_licence_take_answers_or_the_total_alone() {
    let mut both = Vec::new();
    for (id, _) in SCALES {
        let scale = scale(id);
        let definition = scale.definition();
        let closed = matches!(definition.licence.class, LicenceClass::Licensed | LicenceClass::Unclear);
        if !closed {
            continue;
        }
        both.push(*id);
        let entry = definition.score_entry.unwrap_or_else(|| panic!("{id} takes no total"));
        // Another range than that of the form on which every item applies would be another scale.
        let (low, high) = scale.range().unwrap();
        let entered = (Figure::whole(i64::from(entry.min)), Figure::whole(i64::from(entry.max)));
        assert_eq!(entered, (low, high), "{id}");
        let about = Circumstances::default();
        for total in [entry.min, entry.max].map(i64::from) {
            assert_eq!(scale.enter(total, about).unwrap().total, Some(Figure::whole(total)), "{id}");
        }
        for total in [i64::from(entry.min) - 1, i64::from(entry.max) + 1] {
            let problem = scale.enter(total, about).unwrap_err().problem;
            let allowed = Allowed::Range(entry.min, entry.max, vec![]);
            assert_eq!(problem, Problem::NoValue { value: total, allowed }, "{id}");
        }
        assert!(scale.score(&all(&scale, 1), about).is_ok(), "{id} takes answers still");
    }
    assert_eq!(both, ["psp", "sdss", "itaq", "bprs", "adl", "iadl", "isi"]);
}

#[test]
fn a_total_alone_has_its_band_and_says_what_it_cannot_say() {
    type Told<'a> = (&'a str, i64, Option<u8>, &'a str, &'a [&'a str]);
    let rows: [Told<'_>; 16] = [
        ("itaq", 21, None, "-", &[]),
        ("itaq", 22, None, "-", &["full_insight"]),
        ("isi", 7, None, "none", &[]),
        ("isi", 22, None, "severe", &[]),
        ("sdss", 1, None, "no_defect", &[]),
        ("sdss", 2, None, "defect", &[]),
        ("iadl", 8, None, "normal", &[]),
        ("iadl", 9, None, "decline", &[]),
        // Two items of 3 and more are marked at any total: which they are is not known.
        ("adl", 18, None, "some_decline", &["band_by_total"]),
        ("adl", 14, None, "normal", &["band_by_total"]),
        ("adl", 22, None, "marked", &[]),
        ("bprs", 35, None, "below", &["unjudged"]),
        ("bprs", 36, Some(0), "above", &["unjudged"]),
        ("bprs", 36, Some(3), "above", &["unjudged"]),
        ("psp", 30, None, "poor", &[]),
        ("psp", 100, None, "good", &[]),
    ];
    for (id, total, risk_grade, band, flags) in rows {
        let scale = scale(id);
        let outcome = scale.enter(total, Circumstances { sex: None, risk_grade }).unwrap();
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        assert_eq!(shown(&outcome), (total.to_string(), band.to_owned(), flags), "{id} {total}");
        assert_eq!(outcome.level(), None, "{id} {total}");
    }
    // Of a person without risk, suspiciousness is nothing that must not wait, whatever the item says.
    let scale = scale("bprs");
    let unjudged = |risk_grade: Option<u8>| {
        let outcome = scale.enter(60, Circumstances { sex: None, risk_grade }).unwrap();
        outcome.unjudged.iter().map(|rule| rule.trigger.clone()).collect::<Vec<_>>()
    };
    assert_eq!(unjudged(Some(0)), ["bprs_hostility"]);
    assert_eq!(unjudged(Some(3)), ["bprs_hostility", "bprs_suspiciousness"]);
    let named: Vec<&str> = scale.crisis_by_items().iter().map(|rule| rule.trigger.as_str()).collect();
    assert_eq!(named, ["bprs_hostility", "bprs_suspiciousness"]);
}

/// What follows from a total follows from it however it came.
#[test]
fn what_must_not_wait_by_the_total_does_not_wait() {
    let mut definition = scale("k6").definition().clone();
    definition.score_entry = Some(EntryRange { min: 0, max: 24 });
    let scale = Scale::new(definition).unwrap();
    let entered = |total: i64| scale.enter(total, Circumstances::default()).unwrap();
    assert_eq!(shown(&entered(20)), ("20".to_owned(), "serious".to_owned(), vec!["appointment".to_owned()]));
    assert_eq!((entered(20).level(), entered(19).level()), (Some(2), None));
}

#[test]
fn conditions_on_several_items_are_open_until_they_are_decided() {
    let with = |when: serde_json::Value| {
        let mut value = super::faults::sound();
        value["score_entry"] = serde_json::json!({"min": 0, "max": 6});
        value["crisis"][0]["when"] = when;
        let (scale, _) = Scale::parse("trial.json", &value.to_string()).unwrap();
        let outcome = scale.enter(4, Circumstances::default()).unwrap();
        (outcome.crisis.len(), outcome.unjudged.len())
    };
    let item = || serde_json::json!({"item": "a", "at_least": 2});
    let total = |least: i32| serde_json::json!({"score": "total", "at_least": least});
    for (when, expected) in [
        (item(), (0, 1)),
        (total(4), (1, 0)),
        (total(5), (0, 0)),
        (serde_json::json!({"any": [item(), total(4)]}), (1, 0)),
        (serde_json::json!({"any": [item(), total(5)]}), (0, 1)),
        (serde_json::json!({"all": [item(), total(4)]}), (0, 1)),
        (serde_json::json!({"all": [item(), total(5)]}), (0, 0)),
        (serde_json::json!({"count": [item(), total(4)], "at_least": 1}), (1, 0)),
        (serde_json::json!({"count": [item(), total(4)], "at_least": 2}), (0, 1)),
        (serde_json::json!({"count": [item(), total(5)], "at_least": 2}), (0, 0)),
        (serde_json::json!({"count": [item(), item()], "at_most": 1}), (0, 1)),
    ] {
        assert_eq!(with(when.clone()), expected, "{when}");
    }
}

/// Change counts between totals, however they came.
#[test]
fn a_total_is_compared_with_one_of_answers() {
    for (id, before, after, verdict) in [
        ("sdss", "1,1,1,1,1,1,0,0,0,0", 4, Verdict::Improved),
        ("adl", "1,1,1,1,1,1,1,1,1,1,1,1,1,1", 18, Verdict::Worsened),
        ("bprs", "4,4,4,4,4,4,4,4,4,4,1,1,1,1,1,1,1,1", 43, Verdict::Unchanged),
        ("bprs", "4,4,4,4,4,4,4,4,4,4,1,1,1,1,1,1,1,1", 42, Verdict::Improved),
    ] {
        let (scale, about) = (scale(id), Circumstances::default());
        let first = scale.score(&answers(before), about).unwrap().total.unwrap();
        let second = scale.enter(after, about).unwrap().total.unwrap();
        assert_eq!(scale.change(first, second).unwrap().verdict, verdict, "{id} {after}");
    }
}
