//! The record of a session as a form for a phone. Each input is named after the place of its value in what the rules call a noted session
//! ([`rules::care::Noted`]); services and forms of service come from the catalogue.

use super::form::{Choice, Field, Group, Input};
use crate::{care, language::Language};
use app::App;
use rules::care::{Place, Presence, is_stay};
use std::borrow::Cow;

/// Codes of what the rules may find wrong with a noted session; their texts are those of the site's own form.
pub(super) const FAULTS: [&str; 18] = [
    "required",
    "number_range",
    "past_midnight",
    "end_before_start",
    "date_future",
    "session_too_old",
    "too_many",
    "person_twice",
    "presence_missing",
    "too_long",
    "unknown_choice",
    "date",
    "time",
    "each_on_site",
    "credit_code.empty",
    "credit_code.length",
    "credit_code.character",
    "credit_code.check_character",
];

/// What somebody may be said to have done; that they are expected is said of what is planned.
pub(super) const PRESENCES: [Presence; 3] = [Presence::Came, Presence::Excused, Presence::Missed];

/// Whether somebody came, to be tapped beside each name.
pub(super) fn presences(language: Language) -> Vec<Choice> {
    let choice = |presence: &Presence| Choice {
        code: Cow::Borrowed(presence.code()),
        label: language.code("care_presence", presence.code()),
    };
    PRESENCES.iter().map(choice).collect()
}

/// The form, group by group.
pub(super) fn groups(app: &App, language: Language) -> Vec<Group> {
    let field = |name: &'static str, kind: &'static str, input: Input, required: bool| Field {
        path: name,
        kind,
        label: language.code("care_field", name),
        name,
        input,
        when: None,
        required,
    };
    let group = |title: &str, fields: Vec<Field>| Group {
        title: language.code("device_group", title),
        fields,
        met: false,
    };
    let listed = |choices: Vec<(String, String)>| -> Vec<Choice> {
        choices.into_iter().map(|(code, label)| Choice { code: Cow::Owned(code), label }).collect()
    };
    let (services, mut ways) = care::plan_entry::choices(app, language);
    // Nights are counted from day to day: a stay is entered on the site.
    ways.retain(|(code, _)| !is_stay(code));
    let place = |one: &Place| Choice {
        code: Cow::Borrowed(one.code()),
        label: language.code("care_place", one.code()),
    };
    vec![
        group(
            "session_when",
            vec![
                field("on", "text", Input::Date, true),
                field("start", "text", Input::Time, true),
                field("minutes", "number", Input::Count, true),
            ],
        ),
        group(
            "session_what",
            vec![
                field("service", "text", Input::Select(listed(services)), true),
                field("way", "text", Input::Select(listed(ways)), true),
                field("place", "text", Input::Radio(Place::ALL.iter().map(place).collect()), true),
            ],
        ),
        group("session_who", vec![field("persons", "persons", Input::Persons, true)]),
        group(
            "session_written",
            vec![
                field("done", "text", Input::Words, false),
                field("summary", "text", Input::Words, false),
                field("leader_reason", "text", Input::Text, false),
            ],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::TestSite;
    use rules::care::Noted;
    use serde_json::{Map, Value, json};

    /// What the form writes is what the rules read, field for field.
    #[tokio::test]
    async fn every_field_has_its_place_in_a_noted_session() {
        TestSite::on_both(async |world| {
            for language in [Language::Chinese, Language::English] {
                let mut record = Map::new();
                for field in groups(&world.app, language).iter().flat_map(|group| &group.fields) {
                    let value = match &field.input {
                        Input::Radio(choices) | Input::Select(choices) => json!(choices[0].code),
                        Input::Date => json!("2026-03-02"),
                        Input::Time => json!("09:00"),
                        Input::Count => json!(60),
                        Input::Persons => json!([]),
                        _ => json!("x"),
                    };
                    assert!(
                        record.insert(field.path.to_owned(), value).is_none(),
                        "{} stands twice",
                        field.path
                    );
                    assert_ne!(field.label, field.name, "no words for it");
                }
                let noted: Noted = serde_json::from_value(Value::Object(record.clone())).unwrap();
                let mut read = serde_json::to_value(&noted).unwrap();
                read["start"] = json!("09:00");
                // The fields of services are drawn by the phone as the rules ask them.
                assert_eq!(read.as_object_mut().unwrap().remove("fields"), Some(json!({})));
                assert_eq!(read, Value::Object(record));
            }
        })
        .await;
    }
}
