//! FHIR R4 Questionnaires as they come in.

use serde_json::{Value, json};

use super::*;

fn option(code: &str, points: Value) -> Value {
    json!({"valueCoding": {
        "system": "http://loinc.org", "code": code, "display": code,
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": points}]}})
}

fn questionnaire() -> Value {
    json!({
        "resourceType": "Questionnaire", "name": "GAD_Two", "title": "GAD-2", "version": "1.2.0", "status": "active",
        "url": "http://example.org/Questionnaire/gad2", "date": "2026-03",
        "copyright": "No permission required to reproduce.",
        "code": [{"system": "http://loinc.org", "code": "70273-9"}],
        "item": [
            {"linkId": "intro", "type": "display", "text": "Over the last two weeks"},
            {"linkId": "g", "type": "group", "item": [
                {"linkId": "g/1", "type": "choice", "text": "Nervous", "code": [{"system": "http://loinc.org", "code": "69725-0"}],
                 "answerOption": [option("LA6568-5", json!(0)), option("LA6569-3", json!(1)), option("LA6570-1", json!(2.0)), option("LA6571-9", json!(3))]},
                {"linkId": "g/2", "type": "integer", "text": "Days",
                 "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": 0},
                               {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": 14}]}]},
            {"linkId": "sum", "type": "decimal", "readOnly": true, "text": "Total"}]
    })
}

#[test]
fn groups_are_flattened_and_answers_summed_up() {
    let (scale, written) = Scale::parse("gad2.json", &questionnaire().to_string()).unwrap();
    assert_eq!(written, Written::Questionnaire);
    let definition = scale.definition();
    assert_eq!((definition.id.as_str(), definition.version.as_str()), ("gad-two", "1.2.0"));
    assert_eq!(definition.valid_from, jiff::civil::date(2026, 3, 1));
    let items: Vec<(&str, Option<&str>)> =
        definition.items.iter().map(|item| (item.code.as_str(), item.loinc.as_deref())).collect();
    assert_eq!(items, [("g/1", Some("69725-0")), ("g/2", None)]);
    assert_eq!(scale.span(), Some((Figure::whole(0), Figure::whole(17))));
    let outcome = scale.score(&[Some(2), Some(14)], Circumstances::default()).unwrap();
    assert_eq!(shown(&outcome), ("16".to_owned(), "-".to_owned(), vec![]));
    // Written as one of our own, it is read as the same.
    let own = serde_json::to_string(definition).unwrap();
    assert_eq!(Scale::parse("own.json", &own).unwrap(), (scale, Written::Own));
}

#[test]
fn what_cannot_be_scored_is_refused_with_its_place() {
    let rows = [
        ("/resourceType", json!("Patient"), "resourceType: \"Patient\" is no Questionnaire"),
        ("/name", json!("焦虑"), "give name, id or url in Latin letters"),
        ("/title", json!(" "), "title: it is missing or empty"),
        ("/version", json!(""), "results keep the version"),
        ("/date", json!("soon"), "there is no first day"),
        ("/copyright", json!(""), "items have texts, but no licence is named"),
        ("/item", json!([]), "there is nothing to answer"),
        ("/item", json!({}), "item is no list"),
        ("/item/1/item/0/type", json!("open-choice"), "item.g/1: answers of type open-choice have no points"),
        ("/item/1/item/0/type", json!("text"), "answers of type text"),
        ("/item/1/item/0/linkId", json!("g/2"), "g/2 stands twice"),
        ("/item/1/item/0/linkId", json!(""), "is no code"),
        ("/item/1/item/0/answerOption", json!([]), "there are no options"),
        (
            "/item/1/item/0/answerOption/0",
            json!({"valueCoding": {"code": "x"}}),
            "the option \"x\" has no points",
        ),
        ("/item/1/item/0/answerOption/0", option("x", json!(0.5)), "points are whole numbers"),
        ("/item/1/item/0/answerOption/0", option("x", json!(3)), "two options have 3 points"),
        ("/item/1/item/0/answerOption/0", json!({"valueInteger": 99_999_999_999_i64}), "is too large"),
        ("/item/1/item/1/extension", json!([]), "the range of the number is not known"),
    ];
    for (pointer, instead, says) in rows {
        let mut value = questionnaire();
        *value.pointer_mut(pointer).unwrap() = instead;
        let told = Scale::parse("q.json", &value.to_string()).unwrap_err().to_string();
        assert!(told.starts_with("q.json: ") && told.contains(says), "{pointer}: {told}");
    }
    let added = [
        (
            "enableWhen",
            json!([{"question": "g/2", "operator": "=", "answerInteger": 1}]),
            "depends on another",
        ),
        ("answerValueSet", json!("http://loinc.org/vs/LL358-3"), "its answers stand elsewhere"),
        ("repeats", json!(true), "several answers"),
    ];
    for (key, instead, says) in added {
        let mut value = questionnaire();
        value["item"][1]["item"][0][key] = instead;
        let told = Scale::parse("q.json", &value.to_string()).unwrap_err().to_string();
        assert!(told.contains("item.g/1: ") && told.contains(says), "{told}");
    }
    let mut deep = json!({"linkId": "end", "type": "display"});
    for _ in 0..20 {
        deep = json!({"linkId": "g", "type": "group", "item": [deep]});
    }
    let mut value = questionnaire();
    value["item"] = json!([deep]);
    assert!(Scale::parse("q.json", &value.to_string()).unwrap_err().to_string().contains("too deep"));
}

#[test]
fn without_texts_no_licence_is_needed() {
    let mut value = questionnaire();
    value.as_object_mut().unwrap().remove("copyright");
    for position in 0..2 {
        value["item"][1]["item"][position].as_object_mut().unwrap().remove("text");
    }
    let (scale, _) = Scale::parse("q.json", &value.to_string()).unwrap();
    assert_eq!(scale.definition().licence.class, LicenceClass::Unclear);
}
