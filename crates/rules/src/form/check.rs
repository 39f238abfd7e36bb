//! The check of a filled-in form: all problems at once, as codes.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Field, Form, FormSummary, Kind, Meaning};
use crate::division::DivisionCode;
use crate::{identity_number, phone};

const TEXT_LENGTH: usize = 200;
const LONG_TEXT_LENGTH: usize = 4_000;

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// Nothing was filled in.
    Required,
    /// The form has no such field.
    UnknownField,
    /// The value is of another kind.
    WrongKind,
    /// The number lies outside the range.
    OutOfRange,
    /// The text is too long.
    TooLong,
    /// There is no such option.
    UnknownOption,
    /// Not a day of the calendar.
    DateInvalid,
    /// The check digit or the birth date of the identity number is wrong.
    IdentityNumberInvalid,
    /// Not a telephone number.
    PhoneInvalid,
    /// Not a division code.
    DivisionInvalid,
    /// Too few rows.
    TooFewRows,
}

/// A problem and where it is; rows of tables as `goals.2.target`, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// Key of the field.
    pub field: String,
    /// What is wrong.
    pub problem: Problem,
}

/// All problems of what was written into a form, in the order of the form.
#[must_use]
pub fn check<C>(form: &Form<C>, data: &Map<String, Value>, today: Date) -> Vec<FieldProblem> {
    let fields: Vec<&Field> = form.fields().collect();
    let sheet = Sheet { whole: data, today };
    sheet.fields(&fields, data, "")
}

/// What a case is to remember of a form that is about to be stored.
#[must_use]
pub fn summary(form: &Form, data: &Map<String, Value>, document: Uuid, today: Date) -> FormSummary {
    let meaning = |meaning: Meaning| {
        let field = form.fields().find(|field| field.meaning == Some(meaning))?;
        data.get(&field.key).and_then(Value::as_str).map(str::to_owned)
    };
    let filled = |field: &&Field| data.get(&field.key).is_some_and(|value| !is_empty(value));
    let on = meaning(Meaning::Day).and_then(|day| day.parse().ok()).unwrap_or(today);
    FormSummary {
        code: form.code,
        version: form.version,
        document,
        on,
        complete: check(form, data, today).is_empty(),
        signed: form.fields().filter(filled).filter_map(|field| field.signatory).collect(),
        outcome: meaning(Meaning::Outcome),
        kind: meaning(Meaning::Kind),
        scales: form
            .fields()
            .filter(|field| field.kind == Kind::Scale)
            .filter(filled)
            .map(|field| field.key.clone())
            .collect(),
        reasoned: meaning(Meaning::Reason).is_some_and(|words| !words.trim().is_empty()),
    }
}

/// A filled-in form while it is being checked.
struct Sheet<'a> {
    whole: &'a Map<String, Value>,
    today: Date,
}

impl Sheet<'_> {
    fn fields(&self, fields: &[&Field], data: &Map<String, Value>, path: &str) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        for field in fields {
            let place = format!("{path}{}", field.key);
            match data.get(&field.key).filter(|value| !is_empty(value)) {
                Some(value) => problems.extend(self.value(field, value, &place)),
                None if is_required(field, data, self.whole) => {
                    problems.push(FieldProblem { field: place, problem: Problem::Required });
                }
                None => {}
            }
        }
        for key in data.keys().filter(|key| !fields.iter().any(|field| field.key == **key)) {
            problems.push(FieldProblem { field: format!("{path}{key}"), problem: Problem::UnknownField });
        }
        problems
    }

    fn value(&self, field: &Field, value: &Value, place: &str) -> Vec<FieldProblem> {
        if field.kind == Kind::Table {
            return self.table(field, value, place);
        }
        let problem = match field.kind {
            Kind::Number | Kind::Scale => number_problem(field, value),
            Kind::YesNo => value.as_bool().map_or(Some(Problem::WrongKind), |_| None),
            Kind::MultiChoice => match value.as_array() {
                Some(values) => values.iter().find_map(|value| option_problem(field, value)),
                None => Some(Problem::WrongKind),
            },
            Kind::Choice => option_problem(field, value),
            _ => match value.as_str() {
                Some(text) => text_problem(field.kind, text.trim(), self.today),
                None => Some(Problem::WrongKind),
            },
        };
        problem.map(|problem| FieldProblem { field: place.to_owned(), problem }).into_iter().collect()
    }

    fn table(&self, field: &Field, value: &Value, place: &str) -> Vec<FieldProblem> {
        let Some(rows) = value.as_array() else {
            return vec![FieldProblem { field: place.to_owned(), problem: Problem::WrongKind }];
        };
        let columns: Vec<&Field> = field.columns.iter().collect();
        let mut problems = Vec::new();
        let count = u32::try_from(rows.len()).map_or(f64::MAX, f64::from);
        if field.min.is_some_and(|fewest| count < fewest) {
            problems.push(FieldProblem { field: place.to_owned(), problem: Problem::TooFewRows });
        }
        if field.max.is_some_and(|most| count > most) {
            problems.push(FieldProblem { field: place.to_owned(), problem: Problem::OutOfRange });
        }
        for (index, row) in rows.iter().enumerate() {
            let at = format!("{place}.{}", index + 1);
            match row.as_object() {
                Some(row) => problems.extend(self.fields(&columns, row, &format!("{at}."))),
                None => problems.push(FieldProblem { field: at, problem: Problem::WrongKind }),
            }
        }
        problems
    }
}

/// Required always, or because of another field of the same row or of the form.
fn is_required(field: &Field, row: &Map<String, Value>, whole: &Map<String, Value>) -> bool {
    field.required
        || field.required_if.as_ref().is_some_and(|condition| {
            let value = row.get(&condition.field).or_else(|| whole.get(&condition.field));
            value.is_some_and(|value| has_value(value, &condition.is))
        })
}

fn has_value(value: &Value, wanted: &[String]) -> bool {
    match value {
        Value::Bool(yes) => wanted.contains(&yes.to_string()),
        Value::String(text) => wanted.contains(text),
        Value::Number(number) => wanted.contains(&number.to_string()),
        Value::Array(values) => values.iter().any(|value| has_value(value, wanted)),
        Value::Null | Value::Object(_) => false,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

fn number_problem(field: &Field, value: &Value) -> Option<Problem> {
    let Some(number) = value.as_f64() else { return Some(Problem::WrongKind) };
    let low = field.min.is_some_and(|least| number < least);
    let high = field.max.is_some_and(|most| number > most);
    (low || high).then_some(Problem::OutOfRange)
}

fn option_problem(field: &Field, value: &Value) -> Option<Problem> {
    match value.as_str() {
        None => Some(Problem::WrongKind),
        Some(code) if field.options.iter().any(|choice| choice.code == code) => None,
        Some(_) => Some(Problem::UnknownOption),
    }
}

fn text_problem(kind: Kind, text: &str, today: Date) -> Option<Problem> {
    let length = text.chars().count();
    match kind {
        Kind::Date => text.parse::<Date>().err().map(|_| Problem::DateInvalid),
        Kind::IdentityNumber => {
            identity_number::check(text, today).err().map(|_| Problem::IdentityNumberInvalid)
        }
        Kind::Phone => phone::check(text).err().map(|_| Problem::PhoneInvalid),
        Kind::Division => DivisionCode::parse(text).err().map(|_| Problem::DivisionInvalid),
        Kind::Person | Kind::Organisation => text.parse::<Uuid>().err().map(|_| Problem::WrongKind),
        Kind::LongText => (length > LONG_TEXT_LENGTH).then_some(Problem::TooLong),
        _ => (length > TEXT_LENGTH).then_some(Problem::TooLong),
    }
}

/// What is wrong with a definition itself, if anything.
pub(super) fn definition<C>(form: &Form<C>) -> Result<(), String> {
    let fields: Vec<&Field> = form.fields().collect();
    definition_fields(&fields, &fields)
}

fn definition_fields(fields: &[&Field], whole: &[&Field]) -> Result<(), String> {
    for (index, field) in fields.iter().enumerate() {
        let key = &field.key;
        if fields.iter().skip(index + 1).any(|other| other.key == *key) {
            return Err(format!("field {key} stands twice"));
        }
        let chooses = matches!(field.kind, Kind::Choice | Kind::MultiChoice);
        if chooses == field.options.is_empty() {
            return Err(format!("field {key}: options and kind do not fit"));
        }
        if (field.kind == Kind::Table) == field.columns.is_empty() {
            return Err(format!("field {key}: columns and kind do not fit"));
        }
        if (field.kind == Kind::Signature) != field.signatory.is_some() {
            return Err(format!("field {key}: signatory and kind do not fit"));
        }
        if field.kind == Kind::Scale && (field.min.is_none() || field.max.is_none()) {
            return Err(format!("field {key}: a scale has a range"));
        }
        if let Some(condition) = &field.required_if {
            let known = fields.iter().chain(whole).any(|other| other.key == condition.field);
            if !known {
                return Err(format!("field {key}: depends on unknown {}", condition.field));
            }
        }
        let columns: Vec<&Field> = field.columns.iter().collect();
        definition_fields(&columns, whole)?;
    }
    Ok(())
}
