//! Fields of a session on pages: as controls, in words, and named where something is wrong with one.

use super::plan_entry::Choices;
use crate::language::Language;
use app::App;
use rules::care::{Field, FieldKind, FieldOf};
use std::collections::BTreeMap;

/// A service in a form, of which the fields are asked.
pub(crate) type Asked<'a> = (&'a str, &'a str);

/// A field as a control.
pub(crate) struct FieldControl {
    pub id: String,
    pub name: String,
    pub label: String,
    /// `text`, `number`, `choice`, `date` or `time`.
    pub kind: &'static str,
    pub value: String,
    pub required: bool,
    pub min: u32,
    pub max: u32,
    pub options: Choices,
}

/// Controls of one person.
pub(crate) struct OfPerson {
    pub name: String,
    pub fields: Vec<FieldControl>,
    /// Something is to be written there.
    pub open: bool,
}

/// The controls of a session, or of a person at it, whose ids and names begin so, with the values that `value` gives for their keys.
pub(crate) fn controls(
    app: &App,
    language: Language,
    (service, way): Asked<'_>,
    (of, id, name): (FieldOf, &str, &str),
    value: impl Fn(&str) -> String,
) -> Vec<FieldControl> {
    let control = |field: &Field| FieldControl {
        id: format!("{id}-{}", field.key),
        name: format!("{name}.{}", field.key),
        label: language.of(&field.zh, &field.en),
        kind: match field.kind {
            FieldKind::Text | FieldKind::CreditCode => "text",
            FieldKind::Number => "number",
            FieldKind::Choice => "choice",
            FieldKind::Day => "date",
            FieldKind::Time => "time",
        },
        value: value(&field.key),
        required: field.required,
        min: field.min,
        max: field.max,
        options: field.options.iter().map(|one| (one.code.clone(), language.of(&one.zh, &one.en))).collect(),
    };
    app.tables.care.fields_of(service, way).filter(|field| field.of == of).map(control).collect()
}

/// The controls of the person in a place of the form.
pub(crate) fn of_person(
    app: &App,
    language: Language,
    asked: Asked<'_>,
    (place, case, name): (usize, &str, &str),
    value: impl Fn(&str) -> String,
) -> OfPerson {
    let (id, prefix) = (format!("persons-{place}-fields"), format!("values.{case}"));
    let fields = controls(app, language, asked, (FieldOf::Person, &id, &prefix), value);
    let open = fields.iter().any(|field| field.required || !field.value.is_empty());
    OfPerson { name: name.to_owned(), fields, open }
}

/// Values in words, each with its label; older records have values of persons among those of the session.
pub(crate) fn said(
    app: &App,
    language: Language,
    (service, way): Asked<'_>,
    values: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let told = |field: &Field| {
        let value = values.get(&field.key)?;
        let chosen = field.options.iter().find(|option| option.code == *value);
        let shown = chosen.map_or_else(|| value.clone(), |option| language.of(&option.zh, &option.en));
        Some((language.of(&field.zh, &field.en), shown))
    };
    app.tables.care.fields_of(service, way).filter_map(told).collect()
}

/// The same as one line.
pub(crate) fn line(
    app: &App,
    language: Language,
    asked: Asked<'_>,
    values: &BTreeMap<String, String>,
) -> String {
    let told = said(app, language, asked, values);
    let told: Vec<String> = told.iter().map(|(label, value)| language.pair(label, value)).collect();
    told.join(" · ")
}

/// The name of the field that a problem is about: `fields.topic`, `persons.3.fields.weight`; nothing where it is no such field.
pub(crate) fn label(
    app: &App,
    language: Language,
    (service, way): Asked<'_>,
    names: &[String],
    field: &str,
) -> Option<String> {
    let named = |key: &str| {
        let found = app.tables.care.fields_of(service, way).find(|field| field.key == key);
        found.map(|field| language.of(&field.zh, &field.en))
    };
    if let Some(key) = field.strip_prefix("fields.") {
        return named(key);
    }
    let (place, rest) = field.strip_prefix("persons.")?.split_once('.')?;
    let what = named(rest.strip_prefix("fields.")?)?;
    let name = names.get(place.parse::<usize>().ok()?)?;
    Some(format!("{name} · {what}"))
}

/// How long a session takes, as a line has it: two times of a day, or of a stay both days and the nights.
pub(crate) fn stretch(
    language: Language,
    (start, end): (&str, &str),
    last: jiff::civil::Date,
    nights: u32,
) -> String {
    if nights == 0 {
        return format!("{start}–{end}");
    }
    let count = language.with("care.nights_count", &[("count", &nights.to_string())]);
    format!("{start} – {last} {end} · {count}")
}
