//! Whoever writes a scale is told what is wrong, where, and what to do.

use serde_json::{Value, json};

use super::*;

/// A small sound scale: two items, a total with two bands, a finding and a crisis rule.
pub(super) fn sound() -> Value {
    json!({
        "id": "trial", "version": "1", "title": {"zh": "试用", "en": "trial"}, "valid_from": "2026-01-01",
        "licence": {"class": "unclear", "text": {"zh": "不明", "en": "unclear"}},
        "source": {"zh": "示例", "en": "example"},
        "items": [{"code": "a", "min": 0, "max": 3}, {"code": "b", "min": 0, "max": 3}],
        "scores": [{"code": "total", "zh": "总分", "en": "total", "rule": {"sum": {}}, "bands": [
            {"code": "low", "zh": "低", "en": "low", "from": 0, "to": 2},
            {"code": "high", "zh": "高", "en": "high", "from": 3, "to": 6}]}],
        "findings": [{"code": "found", "zh": "有", "en": "found", "when": {"item": "a", "at_least": 2}}],
        "crisis": [{"trigger": "at_once", "level": 2, "when": {"score": "total", "at_least": 6}}]
    })
}

fn fault(value: &Value) -> String {
    Scale::parse("trial.json", &value.to_string()).unwrap_err().to_string()
}

#[test]
fn a_sound_scale_is_read() {
    let (scale, written) = Scale::parse("trial.json", &sound().to_string()).unwrap();
    assert_eq!(written, Written::Own);
    assert_eq!(scale.span(), Some((Figure::whole(0), Figure::whole(6))));
    let outcome = scale.score(&[Some(3), Some(3)], Circumstances::default()).unwrap();
    assert_eq!(
        shown(&outcome),
        ("6".to_owned(), "high".to_owned(), vec!["crisis".to_owned(), "found".to_owned()])
    );
}

/// Pointer into the sound scale, what stands there instead, what the error says.
type Row = (&'static str, Value, &'static [&'static str]);

fn refused(rows: Vec<Row>) {
    for (pointer, instead, says) in rows {
        let mut scale = sound();
        let (above, key) = pointer.rsplit_once('/').unwrap();
        match scale.pointer_mut(above).unwrap_or_else(|| panic!("{pointer}")) {
            Value::Object(fields) => drop(fields.insert(key.to_owned(), instead)),
            rows => rows[key.parse::<usize>().unwrap()] = instead,
        }
        let told = fault(&scale);
        assert!(told.starts_with("trial.json: "), "{told}");
        for part in says {
            assert!(told.contains(part), "{pointer}: {told} does not say {part}");
        }
    }
}

#[test]
fn faults_of_head_and_items_are_told_with_place_and_remedy() {
    let item = |rest: Value| {
        let mut item = json!({"code": "a"});
        item.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        item
    };
    refused(vec![
        ("/id", json!("Trial 1"), &["id: ", "small letters"]),
        ("/version", json!(""), &["version: "]),
        ("/title/zh", json!(" "), &["title: ", "Chinese and English"]),
        ("/valid_from", json!("soon"), &["line 1"]),
        ("/items/1/code", json!("a"), &["items: a stands twice", "own code"]),
        ("/items/1/code", json!("a b"), &["is no code"]),
        ("/items/0", item(json!({"min": 3, "max": 3})), &["items.a: nothing lies between 3 and 3"]),
        ("/items/0", item(json!({"min": 3, "max": 0})), &["min must be less than max"]),
        ("/items/0", item(json!({"min": 0})), &["which values it has"]),
        ("/items/0", item(json!({"min": 0, "max": 3, "values": [0, 1]})), &["write min and max, or values"]),
        ("/items/0", item(json!({"values": [0, 2, 2]})), &["do not rise"]),
        ("/items/0", item(json!({"min": 0, "max": 100_000})), &["beyond 10000"]),
        (
            "/items/0",
            item(json!({"min": 0, "max": 3, "not_applicable": [2]})),
            &["2 is a value", "another code"],
        ),
        ("/items/0", item(json!({"values": [0, 1], "points": [1]})), &["points and values do not fit"]),
        (
            "/items/0",
            item(json!({"values": [0, 1], "points": [0, 1], "reversed": true})),
            &["without reversed"],
        ),
        (
            "/items/0",
            item(json!({"min": 0, "max": 3, "options": [{"value": 4, "zh": "多", "en": "much"}]})),
            &["a label for 4, which is none of its values"],
        ),
        ("/items/0", item(json!({"min": 0, "max": 3, "colour": "red"})), &["unknown field `colour`"]),
        (
            "/items/0",
            item(json!({"min": 0, "max": 3, "zh": "题目"})),
            &["items.a: an item text without a licence", "licence.granted"],
        ),
        (
            "/items/0",
            item(json!({"min": 0, "max": 3, "skip_when": {"score": "total", "at_least": 1}})),
            &["items.a.skip_when: the score total is not known yet"],
        ),
        (
            "/items/0",
            item(json!({"min": 0, "max": 3, "skip_when": {"item": "z", "at_least": 1}})),
            &["no item z"],
        ),
        ("/items", json!([]), &["a rule without items"]),
        ("/scores", json!([]), &["there is no total", "score_entry"]),
    ]);
    let mut text = sound();
    text["text_entry"] = json!(true);
    assert!(fault(&text).contains("what is entered as text has no items"), "{}", fault(&text));
    let mut percent = sound();
    percent["missing"] = json!({"least_percent": 0, "prorate": true});
    assert!(fault(&percent).contains("choose 1 to 100"), "{}", fault(&percent));
}

#[test]
fn item_texts_stand_where_a_licence_is_named() {
    let mut scale = sound();
    scale["items"][0]["zh"] = json!("题目");
    scale["licence"]["granted"] = json!("书面许可 2026-1");
    assert!(Scale::parse("trial.json", &scale.to_string()).is_ok());
    scale["licence"] = json!({"class": "free", "text": {"zh": "自由", "en": "free"}});
    assert!(Scale::parse("trial.json", &scale.to_string()).is_ok());
}

fn score(code: &str, rule: Value) -> Value {
    json!({"code": code, "zh": "分", "en": "score", "rule": rule})
}

#[test]
fn faults_of_rules_and_conditions_are_told_with_place_and_remedy() {
    let total = |rule: Value, more: Vec<Value>| {
        let mut scores = vec![score("total", rule)];
        scores.extend(more);
        Value::Array(scores)
    };
    let multiply = |of: &str| json!({"multiply": {"score": of, "by": 2}});
    refused(vec![
        (
            "/scores",
            total(json!({"sum": {"items": ["a", "z"]}}), vec![]),
            &["scores.total.rule: there is no item z"],
        ),
        ("/scores", total(json!({"sum": {"items": ["a", "a"]}}), vec![]), &["a stands twice"]),
        ("/scores", total(json!({"summe": {}}), vec![]), &["unknown variant `summe`"]),
        ("/scores", total(multiply("raw"), vec![]), &["there is no score raw"]),
        ("/scores", total(multiply("total"), vec![]), &["in a circle: total → total", "made of items"]),
        (
            "/scores",
            total(multiply("one"), vec![score("one", multiply("two")), score("two", multiply("total"))]),
            &["in a circle: total → one → two → total"],
        ),
        (
            "/scores",
            total(
                json!({"grade": {"otherwise": 0, "grades": [{"when": {"score": "total", "at_least": 1}, "value": 1}]}}),
                vec![],
            ),
            &["in a circle: total → total"],
        ),
        ("/scores", total(json!({"mean": {"places": 9}}), vec![]), &["more than 6 places"]),
        (
            "/scores",
            total(
                json!({"map": {"score": "raw", "table": {"0": i64::MIN, "1": 0, "2": 0, "3": 0, "4": 0, "5": 0, "6": i64::MAX}}}),
                vec![score("raw", json!({"sum": {}}))],
            ),
            &["too large"],
        ),
        (
            "/scores",
            total(
                json!({"map": {"score": "raw", "table": {"0": 1, "1": 2}}}),
                vec![score("raw", json!({"sum": {}}))],
            ),
            &["the table has no value for 2", "from 0 to 6"],
        ),
        (
            "/scores",
            total(
                json!({"percent_of_maximum": {"score": "mean", "places": 2}}),
                vec![score("mean", json!({"mean": {"places": 1}}))],
            ),
            &["it needs a score without places"],
        ),
        (
            "/scores",
            total(json!({"chosen": {"item": "b", "ranges": [{"from": 3, "to": 1}]}}), vec![]),
            &["nothing lies between 3 and 1"],
        ),
        (
            "/scores",
            total(
                json!({"chosen": {"item": "b", "ranges": [{"when": {"item": "a", "at_least": 1}, "from": 1, "to": 2}]}}),
                vec![],
            ),
            &["some answers permit no range", "without a condition"],
        ),
        ("/findings/0/when", json!({}), &["findings.found.when: a condition on nothing", "exactly one of"]),
        (
            "/findings/0/when",
            json!({"item": "a", "score": "total", "at_least": 1}),
            &["several things at once"],
        ),
        ("/findings/0/when", json!({"item": "a"}), &["write at_least or at_most"]),
        ("/findings/0/when", json!({"item": "z", "at_least": 1}), &["there is no item z"]),
        ("/findings/0/when", json!({"item": "a", "at_least": 4}), &["never holds: it has 0 to 3"]),
        ("/findings/0/when", json!({"item": "a", "at_least": 2, "at_most": 1}), &["never holds"]),
        ("/findings/0/when", json!({"score": "total", "at_least": 7}), &["never holds: it has 0 to 6"]),
        (
            "/findings/0/when",
            json!({"count": [{"item": "a", "at_least": 1}], "at_least": 2}),
            &["never holds"],
        ),
        ("/findings/0/when", json!({"all": [{"item": "a", "at_least": 1}], "at_least": 1}), &["bounds"]),
        ("/crisis/0/level", json!(5), &["crisis.at_once: level 5 is none", "1 to 4"]),
    ]);
}

#[test]
fn bands_have_neither_gap_nor_overlap() {
    let band = |code: &str, from: i64, to: i64| json!({"code": code, "zh": "段", "en": "band", "from": from, "to": to});
    refused(vec![
        (
            "/scores/0/bands",
            json!([band("a", 0, 2), band("b", 4, 6)]),
            &["scores.total.bands: no band holds 3", "let b begin there"],
        ),
        (
            "/scores/0/bands",
            json!([band("a", 0, 3), band("b", 3, 6)]),
            &["b begins at 3, which another band has already", "begin at 4"],
        ),
        ("/scores/0/bands", json!([band("a", 1, 6)]), &["no band holds 0"]),
        ("/scores/0/bands", json!([band("a", 0, 5)]), &["no band holds 6", "end at 6"]),
        ("/scores/0/bands", json!([band("a", 0, 6), band("b", 7, 9)]), &["the score from 0 to 6"]),
        ("/scores/0/bands", json!([band("a", 0, 2), band("a", 3, 6)]), &["a stands twice"]),
        ("/scores/0/bands", json!([band("a", 2, 0), band("b", 3, 6)]), &["a is from 2 to 0"]),
        ("/scores/0/bands/0/to", json!("2.5"), &["more places than the score"]),
        ("/scores/0/bands/0/to", json!(2.5), &["a decimal in quotes"]),
        ("/scores/0/bands/0/zh", json!(""), &["code or name is empty"]),
        ("/scores/0/bands/0/sex", json!("male"), &["no band holds 0"]),
    ]);
}

#[test]
fn faults_of_entry_and_change_are_told() {
    let with = |key: &str, value: Value| {
        let mut scale = sound();
        scale[key] = value;
        fault(&scale)
    };
    let rows = [
        ("score_entry", json!({"min": 5, "max": 5}), "nothing lies between 5 and 5"),
        ("score_entry", json!({"min": 0, "max": 7}), "wider than the total of the answers, 0 to 6"),
        ("change", json!({}), "no difference follows from it"),
        ("change", json!({"points": 0}), "above 0"),
        ("change", json!({"reliable": {"sd": "4.5", "reliability": 1}}), "between 0 and 1"),
        ("change", json!({"reliable": {"sd": "4,5", "reliability": "0.8"}}), "is no decimal"),
    ];
    for (key, value, says) in rows {
        let told = with(key, value);
        assert!(told.contains(says), "{told}");
    }
}

#[test]
fn what_is_no_json_is_told_with_its_line() {
    for (text, says) in
        [("", "EOF"), ("{\n\"id\": }", "line 2"), ("[]", "no object"), ("{}", "missing field")]
    {
        let told = Scale::parse("trial.json", text).unwrap_err().to_string();
        assert!(told.starts_with("trial.json: ") && told.contains(says), "{told}");
    }
}

#[test]
fn points_tables_and_prorating_can_be_chosen() {
    let mut scale = sound();
    scale["items"] = json!([{"code": "a", "values": [0, 1, 2, 3], "points": [0, 0, 1, 1]}, {"code": "b", "values": [1, 2], "points": [5, 0]}]);
    scale["scores"] = json!([
        score("raw", json!({"sum": {}})),
        score(
            "total",
            json!({"map": {"score": "raw", "table": {"0": 30, "1": 35, "2": 38, "3": 41, "4": 45, "5": 50, "6": 60}}})
        ),
    ]);
    scale["findings"] = json!([]);
    scale["crisis"] = json!([]);
    scale["missing"] = json!({"least_percent": 50, "prorate": false});
    let (scale, _) = Scale::parse("trial.json", &scale.to_string()).unwrap();
    let total = |a, b| {
        let outcome = scale.score(&[a, b], Circumstances::default()).unwrap();
        outcome.total.map(|total| total.to_string())
    };
    assert_eq!(total(Some(3), Some(1)).as_deref(), Some("60"));
    assert_eq!(total(Some(1), Some(2)).as_deref(), Some("30"));
    assert_eq!(total(Some(1), None), None, "half is enough, but nothing is raised");
}
