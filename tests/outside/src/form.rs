//! Forms, scales, commands and events, as JSON and as a page sends them.

use crate::{TODAY, text};
use app::id::Id;
use jiff::Timestamp;
use rules::{
    form::{Form, FormCode, Problem, check, summary},
    referral::{Command, Event},
    scale::{Allowed, Circumstances, Item, Scale},
};
use serde_json::{Map, Value};
use std::sync::LazyLock;

static FORMS: LazyLock<Vec<Form>> =
    LazyLock::new(|| FormCode::ALL.into_iter().filter_map(|code| Form::embedded(code).ok()).collect());

fn chosen(choice: u8) -> Option<&'static Form> {
    FORMS.get(usize::from(choice) % FormCode::ALL.len())
}

/// Everything that holds of a filled-in form.
fn checked(form: &Form, data: &Map<String, Value>) {
    let problems = check(form, data, TODAY);
    let document = Id::in_division(310_115_000_000, Timestamp::UNIX_EPOCH);
    let told = summary(form, data, document.0, TODAY);
    assert_eq!(told.complete, problems.is_empty());
    for problem in problems.iter().filter(|problem| problem.problem == Problem::UnknownField) {
        let field = problem.field.split('.').next().unwrap_or_default();
        assert!(data.contains_key(&problem.field) || data.contains_key(field), "{}", problem.field);
    }
    // What is right stays right when it was stored and read.
    let stored = serde_json::to_string(data).unwrap_or_default();
    let read: Map<String, Value> = serde_json::from_str(&stored).unwrap_or_default();
    assert_eq!(check(form, &read, TODAY), problems);
}

/// The first byte chooses the form, the rest is its data.
pub(crate) fn data(bytes: &[u8]) {
    let Some((choice, json)) = bytes.split_first() else { return };
    let (Some(form), Ok(Value::Object(data))) = (chosen(*choice), serde_json::from_slice(json)) else {
        return;
    };
    checked(form, &data);
}

/// The first byte chooses the form, the rest is what a page sends.
pub(crate) fn posted(bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else { return };
    let Some(form) = chosen(*choice) else { return };
    if let Some(data) = web::outside::posted(body, form.code) {
        for key in data.keys() {
            assert!(form.fields().any(|field| field.key == *key), "{key} is no field");
        }
        checked(form, &data);
    }
}

/// The first line is the name of a command, the rest its data; or all of it is the command as it is stored.
pub(crate) fn command(bytes: &[u8]) {
    if let Ok(command) = serde_json::from_slice::<Command>(bytes) {
        let stored = serde_json::to_value(&command).unwrap_or_default();
        assert_eq!(serde_json::from_value::<Command>(stored).ok(), Some(command));
    }
    let written = text(bytes);
    let (name, json) = written.split_once('\n').unwrap_or((&written, "null"));
    let Ok(data) = serde_json::from_str::<Value>(json) else { return };
    let Some(read) = web::outside::command(name, data) else { return };
    let own = read.get("name").and_then(Value::as_str);
    assert_eq!(own, Some(name), "the command is the one that was named");
    let data = read.get("data").cloned().unwrap_or_default();
    assert_eq!(web::outside::command(name, data).as_ref(), Some(&read), "what is accepted is read as itself");
}

/// An event as it is stored.
pub(crate) fn event(bytes: &[u8]) {
    if let Ok(event) = serde_json::from_slice::<Event>(bytes) {
        let stored = serde_json::to_value(&event).unwrap_or_default();
        assert_eq!(serde_json::from_value::<Event>(stored).ok(), Some(event));
    }
}

/// The body of a request of a program.
pub(crate) fn body(bytes: &[u8]) {
    let (_, command) = web::outside::body(bytes);
    if let Some(command) = command {
        let text = command.to_string();
        assert!(!text.contains("\\u0000"), "no database takes U+0000");
    }
}

/// The lowest or the highest answer to an item.
fn extreme(item: &Item, highest: bool) -> Option<i32> {
    match item.allowed() {
        Allowed::Range(low, high, _) => Some(if highest { high } else { low }),
        Allowed::Listed(values) => if highest { values.last() } else { values.first() }.copied(),
    }
}

/// The definition of a scale, or a FHIR Questionnaire; what is accepted is scored.
pub(crate) fn scale(bytes: &[u8]) {
    let Ok((scale, _)) = Scale::parse("scale.json", &text(bytes)) else { return };
    let own = serde_json::to_string(scale.definition()).unwrap_or_default();
    assert_eq!(Scale::parse("own.json", &own).ok().map(|(read, _)| read).as_ref(), Some(&scale));
    for highest in [false, true] {
        let items = &scale.definition().items;
        let answers: Vec<Option<i32>> = items.iter().map(|item| extreme(item, highest)).collect();
        // Two of the answers may contradict each other.
        let Ok(outcome) = scale.score(&answers, Circumstances::default()) else { continue };
        if let (Some(total), Some((low, high))) = (outcome.total, scale.span()) {
            assert!(low <= total && total <= high, "{total} is beyond {low} to {high}");
        }
    }
}
