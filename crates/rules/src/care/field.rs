//! What is recorded of a session beside time, place and attendance: by its service, and as the least record of its form. Some of it is
//! said of the session, some of each person; which, stands in the data (`data/care.toml`).

use super::{session::time_of_day, table::Named};
use crate::credit_code;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Letters of a line of text at most.
pub const LINE: usize = 200;

/// What kind of value a field of a session takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A line of text.
    Text,
    /// A whole number.
    Number,
    /// One of its options.
    Choice,
    /// A day: `2026-03-09`.
    Day,
    /// A time of day: `09:00`.
    Time,
    /// A unified social credit code (GB 32100).
    CreditCode,
}

/// Of whom a field is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldOf {
    /// Of the session, once for everybody.
    #[default]
    Session,
    /// Of each person who came: the weight of twelve persons is twelve values.
    Person,
}

/// What is recorded of a service, or of a form of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The service that it belongs to; empty where it belongs to a form of service.
    #[serde(default)]
    pub service: String,
    /// The form of service that it belongs to; empty where it belongs to a service.
    #[serde(default)]
    pub way: String,
    /// Key, once within its service or form. Where both have it, the form's is the one that is asked.
    pub key: String,
    /// Of whom it is said.
    #[serde(default)]
    pub of: FieldOf,
    /// Kind of value.
    pub kind: FieldKind,
    /// Nothing is recorded without it: it is of the least record of the form.
    #[serde(default)]
    pub required: bool,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Lowest number.
    #[serde(default)]
    pub min: u32,
    /// Highest number.
    #[serde(default)]
    pub max: u32,
    /// Options of a choice.
    #[serde(default)]
    pub options: Vec<Named>,
    /// Where it was taken from.
    pub source: String,
}

/// What is recorded of a session with this service in this form, among these fields: the least record of the form first. Where both have a
/// key, it is asked once, as the form asks it.
pub fn asked_of<'a>(fields: &'a [Field], service: &'a str, way: &'a str) -> impl Iterator<Item = &'a Field> {
    let of_way = move |field: &Field| field.service.is_empty() && field.way == way;
    let asked = move |key: &str| fields.iter().any(|field| of_way(field) && field.key == key);
    let of_service = fields.iter().filter(move |field| field.way.is_empty() && field.service == service);
    let of_service = of_service.filter(move |field| !asked(&field.key));
    fields.iter().filter(move |field| of_way(field)).chain(of_service)
}

impl Field {
    /// What is wrong with a value: a code with the values of its text; nothing where it holds.
    #[must_use]
    pub fn wrong(&self, value: &str) -> Option<(&'static str, Vec<String>)> {
        let told = |code: &'static str| Some((code, Vec::new()));
        match self.kind {
            FieldKind::Text if value.chars().count() > LINE => Some(("too_long", vec![LINE.to_string()])),
            FieldKind::Number if !self.counts(value) => {
                Some(("number_range", vec![format!("{}–{}", self.min, self.max)]))
            }
            FieldKind::Choice if !self.options.iter().any(|option| option.code == value) => {
                told("unknown_choice")
            }
            FieldKind::Day if value.parse::<Date>().is_err() => told("date"),
            FieldKind::Time if time_of_day(value).is_none() => told("time"),
            FieldKind::CreditCode => credit_code::check(value).err().map(|fault| (fault.text(), Vec::new())),
            _ => None,
        }
    }

    fn counts(&self, value: &str) -> bool {
        value.parse::<u32>().is_ok_and(|number| (self.min..=self.max).contains(&number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> Field {
        let option = |code: &str| Named { code: code.to_owned(), zh: String::new(), en: String::new() };
        Field {
            service: "S3".to_owned(),
            way: String::new(),
            key: "weight".to_owned(),
            of: FieldOf::Person,
            kind,
            required: false,
            zh: String::new(),
            en: String::new(),
            min: 20,
            max: 300,
            options: vec![option("good"), option("poor")],
            source: String::new(),
        }
    }

    #[test]
    fn values_of_each_kind_are_checked() {
        let long = "长".repeat(LINE + 1);
        for (kind, value, expected) in [
            (FieldKind::Text, "快走", None),
            (FieldKind::Text, &long[..LINE * 3], None),
            (FieldKind::Text, long.as_str(), Some("too_long")),
            (FieldKind::Number, "20", None),
            (FieldKind::Number, "300", None),
            (FieldKind::Number, "19", Some("number_range")),
            (FieldKind::Number, "301", Some("number_range")),
            (FieldKind::Number, "60.5", Some("number_range")),
            (FieldKind::Number, "-60", Some("number_range")),
            (FieldKind::Number, "", Some("number_range")),
            (FieldKind::Choice, "good", None),
            (FieldKind::Choice, "Good", Some("unknown_choice")),
            (FieldKind::Choice, "", Some("unknown_choice")),
            (FieldKind::Day, "2026-03-09", None),
            (FieldKind::Day, "2026-02-29", Some("date")),
            (FieldKind::Day, "soon", Some("date")),
            (FieldKind::Time, "9:05", None),
            (FieldKind::Time, "24:00", Some("time")),
            (FieldKind::Time, "noon", Some("time")),
            (FieldKind::CreditCode, "91350100M000100Y43", None),
            (FieldKind::CreditCode, "91350100M000100Y44", Some("credit_code.check_character")),
            (FieldKind::CreditCode, "91350100", Some("credit_code.length")),
            (FieldKind::CreditCode, "", Some("credit_code.empty")),
        ] {
            let found = field(kind).wrong(value).map(|(code, _)| code);
            assert_eq!(found, expected, "{kind:?} {value}");
        }
        assert_eq!(
            field(FieldKind::Number).wrong("x").map(|(_, values)| values),
            Some(vec!["20–300".into()])
        );
    }
}
