//! Commands by name and data, as programs send them, and their description for the interface document.

use super::{
    problem::{ApiFailure, ProblemDocument},
    request::shape,
};
use app::referral::Written;
use rules::{
    account::Role,
    form::FormCode,
    referral::{Command, CommandName, transition},
};
use serde_json::{Map, Value, json};

/// One description with an example for each command.
pub(crate) const DESCRIPTIONS: &str = include_str!("commands.json");

/// The names that a program may send: those that somebody else than the clock may give.
pub(crate) fn names() -> impl Iterator<Item = CommandName> {
    let only_clock = |name: &CommandName| transition(*name).is_some_and(|row| row.roles == [Role::System]);
    CommandName::ALL.iter().copied().filter(move |name| !only_clock(name))
}

/// The command of a name with its data. `first_session` takes the session record handed in with it.
pub(crate) fn read(name: &str, data: Value, forms: &[Written]) -> Result<Command, ApiFailure> {
    if !CommandName::ALL.iter().any(|known| known.code() == name) {
        let allowed = names().map(|name| name.code().to_owned()).collect();
        let problem = ProblemDocument::invalid("name", "unknown_choice");
        return Err(ProblemDocument { allowed, ..problem }.into());
    }
    let mut data = match data {
        Value::Null => Map::new(),
        Value::Object(fields) => fields,
        _ => return Err(ProblemDocument::invalid("data", "wrong_kind").into()),
    };
    if name == CommandName::FirstSession.code()
        && let Some(record) = forms.iter().find(|form| form.code == FormCode::F7)
    {
        data.entry("session").or_insert_with(|| json!(record.document));
    }
    let bare = serde_json::from_value::<Command>(json!({ "name": name }));
    let known: Map<String, Value> = match &bare {
        Ok(_) => Map::new(),
        Err(_) => {
            let command = parse(name, &data)?;
            let told = serde_json::to_value(&command).unwrap_or_default();
            told.get("data").and_then(Value::as_object).cloned().unwrap_or_default()
        }
    };
    if let Some(key) = data.keys().find(|key| !known.contains_key(*key)) {
        return Err(ProblemDocument::invalid(&format!("data.{key}"), "unknown_field").into());
    }
    match bare {
        Ok(command) => Ok(command),
        Err(_) => parse(name, &data),
    }
}

fn parse(name: &str, data: &Map<String, Value>) -> Result<Command, ApiFailure> {
    serde_json::from_value(json!({ "name": name, "data": data }))
        .map_err(|fault| shape("data.", &fault).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described() -> Map<String, Value> {
        serde_json::from_str(DESCRIPTIONS).unwrap()
    }

    #[test]
    fn every_command_is_described_and_every_description_is_a_command() {
        let described: Vec<String> = described().keys().cloned().collect();
        let mut names: Vec<String> = names().map(|name| name.code().to_owned()).collect();
        names.sort();
        assert_eq!(described, names);
    }

    #[test]
    fn the_example_of_a_command_is_read_and_has_every_field_described() {
        for (name, description) in described() {
            let example = description.get("example").cloned().unwrap_or_default();
            let read = read(&name, example.clone(), &[]);
            let Ok(command) = read else { panic!("{name}: {example}") };
            assert_eq!(command.name().code(), name);
            let properties = description.get("properties").and_then(Value::as_object);
            let told: Vec<&String> = properties.map(|fields| fields.keys().collect()).unwrap_or_default();
            let shown: Vec<&String> =
                example.as_object().map(|fields| fields.keys().collect()).unwrap_or_default();
            assert_eq!(told, shown, "{name}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_command_is_named() {
        for (name, data, field, code) in [
            ("decline", json!({}), "data.reason", "required"),
            ("decline", json!({"reason": 5}), "data.", "wrong_kind"),
            ("decline", json!({"reason": "D1", "why": ""}), "data.why", "unknown_field"),
            ("decline", json!([]), "data", "wrong_kind"),
            ("withdraw", json!({"reason": "D1"}), "data.reason", "unknown_field"),
            ("fly", json!({}), "name", "unknown_choice"),
        ] {
            let Err(ApiFailure::Told(problem)) = read(name, data, &[]) else { panic!("{name}") };
            let found = problem.fields.first().unwrap();
            assert_eq!((found.field.as_str(), found.code.as_str()), (field, code), "{name}");
        }
    }

    #[test]
    fn a_command_without_data_takes_none_or_an_empty_object() {
        for data in [Value::Null, json!({})] {
            assert!(matches!(read("withdraw", data, &[]), Ok(Command::Withdraw)));
        }
    }
}
