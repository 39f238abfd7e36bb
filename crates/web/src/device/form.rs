//! The record of a visit as a form for a phone, grouped as on the printed one (随访服务记录表). Each input is named after the place
//! of its value in the record of the rules, so that nothing is translated on the way.

use crate::language::Language;
use std::borrow::Cow;

/// What is chosen or typed.
pub(super) enum Input {
    /// One answer.
    Radio(Vec<Choice>),
    /// Several answers.
    Checks(Vec<Choice>),
    /// One of a long list.
    Select(Vec<Choice>),
    /// A day.
    Date,
    /// Words.
    Text,
    /// Several lines of words.
    Words,
    /// A time of day.
    Time,
    /// A count from 0.
    Count,
    /// Yes or nothing.
    Switch,
    /// Lines of drugs.
    Drugs,
    /// Persons of the caseload, each with whether they came.
    Persons,
}

/// An answer.
pub(super) struct Choice {
    /// Its number on the form, or its code.
    pub code: Cow<'static, str>,
    /// In words.
    pub label: String,
}

/// A field.
pub(super) struct Field {
    /// Where its value stands in the record.
    pub path: &'static str,
    /// How its value is written there: `number`, `text`, `flag`, `list`.
    pub kind: &'static str,
    /// In words.
    pub label: String,
    /// Name by which the rules call it.
    pub name: &'static str,
    /// What it asks for.
    pub input: Input,
    /// The field without which it is not shown, and the answers with which it is.
    pub when: Option<(&'static str, &'static str)>,
    /// The record is not whole without it.
    pub required: bool,
}

/// A part of the form.
pub(super) struct Group {
    /// In words.
    pub title: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Hidden where the person was not met.
    pub met: bool,
}

struct Maker(Language);

impl Maker {
    fn choices(&self, kind: &str, codes: &[&'static str]) -> Vec<Choice> {
        let choice =
            |code: &&'static str| Choice { code: Cow::Borrowed(*code), label: self.0.code(kind, code) };
        codes.iter().map(choice).collect()
    }

    fn field(&self, name: &'static str, path: &'static str, kind: &'static str, input: Input) -> Field {
        let label = self.0.code("device_field", name);
        Field { path, kind, label, name, input, when: None, required: false }
    }

    fn radio(&self, name: &'static str, path: &'static str, (kind, codes): (&str, &[&'static str])) -> Field {
        self.field(name, path, "number", Input::Radio(self.choices(kind, codes)))
    }

    fn checks(
        &self,
        name: &'static str,
        path: &'static str,
        (kind, codes): (&str, &[&'static str]),
    ) -> Field {
        self.field(name, path, "list", Input::Checks(self.choices(kind, codes)))
    }

    fn group(&self, title: &str, met: bool, fields: Vec<Field>) -> Group {
        Group { title: self.0.code("device_group", title), fields, met }
    }
}

impl Field {
    fn required(self) -> Field {
        Field { required: true, ..self }
    }

    fn when(self, path: &'static str, answers: &'static str) -> Field {
        Field { when: Some((path, answers)), ..self }
    }
}

const ONE_TO_THREE: &[&str] = &["1", "2", "3"];
const WITH_NONE: &[&str] = &["1", "2", "3", "9"];
const CAUSES: &[&str] = &[
    "infection",
    "tumour",
    "heart",
    "cerebrovascular",
    "respiratory",
    "digestive",
    "other_illness",
    "unknown_illness",
    "suicide",
    "homicide",
    "accident",
    "complication",
    "other",
];
const SYMPTOMS: &[&str] = &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];

/// The form, group by group.
pub(super) fn groups(language: Language) -> Vec<Group> {
    let make = Maker(language);
    vec![visit(&make), state(&make), function(&make), danger(&make), treatment(&make), next(&make)]
}

fn visit(make: &Maker) -> Group {
    let causes = Input::Select(make.choices("device_cause", CAUSES));
    make.group(
        "visit",
        false,
        vec![
            make.field("on", "on", "text", Input::Date).required(),
            make.radio("mode", "mode", ("device_mode", &["1", "2", "3", "4"])).required(),
            make.field("interviewed", "interviewed", "text", Input::Text),
            make.radio("lost", "lost", ("device_lost", &["1", "2", "3", "4", "5"])),
            make.field("death_on", "death.on", "text", Input::Date),
            make.field("death_cause", "death.cause", "text", causes),
            make.field("death_source", "death.source", "text", Input::Text),
        ],
    )
}

fn state(make: &Maker) -> Group {
    let physical = make.choices("device_physical", &["stable", "unstable", "severe"]);
    make.group(
        "state",
        true,
        vec![
            make.radio("risk", "found.risk", ("device_risk", &["0", "1", "2", "3", "4", "5"])).required(),
            make.checks("symptoms", "found.symptoms", ("device_symptoms", SYMPTOMS)),
            make.radio("symptom_level", "found.symptom_level", ("device_level", &["0", "1", "2"])).required(),
            make.radio("insight", "found.insight", ("device_insight", ONE_TO_THREE)).required(),
            make.radio("sleep", "found.sleep", ("device_quality", ONE_TO_THREE)),
            make.radio("diet", "found.diet", ("device_quality", ONE_TO_THREE)),
            make.field("physical", "found.physical", "text", Input::Radio(physical)),
            make.field("other_abnormality", "found.other_abnormality", "flag", Input::Switch),
        ],
    )
}

fn function(make: &Maker) -> Group {
    let item = |name, path| make.radio(name, path, ("device_function", WITH_NONE));
    make.group(
        "function",
        true,
        vec![
            item("self_care", "found.function.0"),
            item("housework", "found.function.1"),
            item("work", "found.function.2"),
            item("learning", "found.function.3"),
            item("social", "found.function.4"),
        ],
    )
}

fn danger(make: &Maker) -> Group {
    let count = |name, path| make.field(name, path, "number", Input::Count);
    make.group(
        "danger",
        true,
        vec![
            make.field("danger_none", "found.danger.none", "flag", Input::Switch),
            count("minor", "found.danger.minor"),
            count("trouble", "found.danger.trouble"),
            count("harm", "found.danger.harm"),
            count("other", "found.danger.other"),
            count("self_harm", "found.danger.self_harm"),
            count("suicide_attempt", "found.danger.suicide_attempt"),
            make.radio("lock_up", "found.lock_up", ("device_lock_up", ONE_TO_THREE)),
        ],
    )
}

fn treatment(make: &Maker) -> Group {
    let flag = |name, path| make.field(name, path, "flag", Input::Switch);
    make.group(
        "treatment",
        true,
        vec![
            make.radio("hospitalisation", "found.hospitalisation", ("device_hospital", &["0", "1", "2"])),
            make.field("last_discharge", "found.last_discharge", "text", Input::Date)
                .when("found.hospitalisation", "2"),
            make.radio("adherence", "found.adherence", ("device_adherence", &["1", "2", "3", "4"])),
            make.field("drugs", "found.drugs", "drugs", Input::Drugs).when("found.adherence", "1 2"),
            make.radio("adverse_reaction", "found.adverse_reaction", ("device_adverse", &["1", "2", "9"])),
            flag("adverse_severe", "found.adverse_severe").when("found.adverse_reaction", "2"),
            make.radio("effect", "found.effect", ("device_effect", &["1", "2", "3", "4", "9"])),
            flag("laboratory", "found.laboratory"),
            flag("referral_made", "found.referral.made"),
            make.field("referral_reason", "found.referral.reason", "text", Input::Text)
                .when("found.referral.made", "true"),
            make.field("referral_to", "found.referral.to", "text", Input::Text)
                .when("found.referral.made", "true"),
            flag("emergency_record", "found.emergency_record"),
            make.checks(
                "rehabilitation",
                "found.rehabilitation",
                ("device_rehabilitation", &["1", "2", "3", "4", "5"]),
            ),
        ],
    )
}

fn next(make: &Maker) -> Group {
    let mut class = make.radio("class", "class", ("device_class", ONE_TO_THREE));
    class.required = true;
    make.group(
        "next",
        false,
        vec![
            class,
            make.field("override_reason", "override_reason", "text", Input::Text),
            make.field("next_on", "next_on", "text", Input::Date),
            make.field("doctor", "doctor", "text", Input::Text).required(),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};
    use std::collections::BTreeSet;

    /// A value that the field may write.
    fn example(field: &Field) -> Value {
        match &field.input {
            Input::Radio(choices) | Input::Select(choices) => match field.kind {
                "number" => json!(choices[0].code.parse::<u8>().unwrap()),
                _ => json!(choices[0].code),
            },
            Input::Checks(choices) => {
                json!(choices.iter().map(|choice| choice.code.parse::<u8>().unwrap()).collect::<Vec<_>>())
            }
            Input::Date => json!("2026-03-02"),
            Input::Text | Input::Words => json!("x"),
            Input::Time => json!("09:00"),
            Input::Count => json!(1),
            Input::Switch => json!(true),
            Input::Persons => json!([]),
            Input::Drugs => json!([{ "name": "x", "times_a_day": 2, "dose_micrograms": 2500 }]),
        }
    }

    fn put(record: &mut Value, path: &str, value: Value) {
        match path.split_once('.') {
            None => match path.parse::<usize>() {
                Ok(place) => record.as_array_mut().unwrap()[place] = value,
                Err(_) => record.as_object_mut().unwrap().extend([(path.to_owned(), value)]),
            },
            Some((first, rest)) => {
                let empty =
                    if first == "function" { json!([null, null, null, null, null]) } else { json!({}) };
                let object: &mut Map<String, Value> = record.as_object_mut().unwrap();
                put(object.entry(first).or_insert(empty), rest, value);
            }
        }
    }

    /// What the form writes is what the rules read, field for field.
    #[test]
    fn every_field_has_its_place_in_the_record() {
        for language in [Language::Chinese, Language::English] {
            let mut record = json!({ "on": "", "interviewed": "", "override_reason": "", "doctor": "", "found": {
                "symptoms": [], "danger": { "none": false, "minor": 0, "trouble": 0, "harm": 0, "other": 0, "self_harm": 0,
                "suicide_attempt": 0 }, "other_abnormality": false, "adverse_severe": false, "emergency_record": false,
                "drugs": [], "guidance": [], "rehabilitation": [] } });
            let mut paths = BTreeSet::new();
            for field in groups(language).iter().flat_map(|group| &group.fields) {
                assert!(paths.insert(field.path), "{} stands twice", field.path);
                put(&mut record, field.path, example(field));
                assert!(!field.label.starts_with("device_field"), "{}", field.name);
            }
            let visit: rules::followup::visit::Visit = serde_json::from_value(record.clone()).unwrap();
            assert_eq!(serde_json::to_value(&visit).unwrap()["found"], {
                let mut found = record["found"].clone();
                found["last_discharge"] = json!("2026-03-02");
                found
            });
            for filled in visit.found.filled() {
                let known = paths.iter().any(|path| path.split('.').any(|part| part == filled));
                let item = ["self_care", "housework", "work", "learning", "social"].contains(&filled);
                assert!(known || item, "{filled} is not on the form");
            }
        }
    }
}
