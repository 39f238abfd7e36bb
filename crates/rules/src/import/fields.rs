//! One row of a list of institutions or of talent: cells brought to the codes and forms in which the library's own
//! entry form sends them. Whether a profile is right is then judged as it is for the form.

use super::{
    Check, Column, Heading, Kind, Required, Severity, Trouble, cell,
    row::{Gazetteer, is_name, said},
};
use crate::writing::{half_width, normalised_number};
use std::collections::BTreeMap;

/// What a row says, by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// Cells with one value; empty ones are left out.
    pub values: BTreeMap<String, String>,
    /// Cells with codes of a list, in the order written.
    pub lists: BTreeMap<String, Vec<String>>,
    /// Everything that is wrong.
    pub troubles: Vec<Trouble>,
}

impl Fields {
    /// The value of a field; empty where nothing was written.
    #[must_use]
    pub fn value(&self, field: &str) -> String {
        self.values.get(field).cloned().unwrap_or_default()
    }

    /// The codes of a field.
    #[must_use]
    pub fn list(&self, field: &str) -> Vec<String> {
        self.lists.get(field).cloned().unwrap_or_default()
    }

    fn wrong(&mut self, field: &str, code: &str, values: Vec<String>) {
        let severity = Severity::Error;
        let trouble = Trouble { field: field.to_owned(), code: code.to_owned(), severity, values };
        self.troubles.push(trouble);
    }
}

/// Reads one row of a list of a library; `names` finds divisions that are written by name.
#[must_use]
pub fn read_fields(kind: &Kind, heading: &Heading, cells: &[String], names: &dyn Gazetteer) -> Fields {
    let mut row = Fields::default();
    for column in &kind.columns {
        let at = heading.position(&column.field);
        let text = at.and_then(|i| cells.get(i)).map_or("", |cell| cell.trim());
        if text.is_empty() {
            nothing(column, &mut row);
        } else if text.contains('\u{fffd}') {
            row.wrong(&column.field, "encoding", Vec::new());
        } else {
            read(column, text, names, &mut row);
        }
    }
    row
}

/// Nothing is said, by an empty cell or by signs that separate nothing.
fn nothing(column: &Column, row: &mut Fields) {
    if column.required == Required::Always {
        row.wrong(&column.field, "required", Vec::new());
    }
}

fn read(column: &Column, text: &str, names: &dyn Gazetteer, row: &mut Fields) {
    let value = match column.check {
        Check::Date | Check::PastDate => match cell::date(text) {
            Some(day) => day.to_string(),
            None => return row.wrong(&column.field, "date.form", Vec::new()),
        },
        Check::CreditCode | Check::IdentityNumber | Check::Number => normalised_number(text),
        Check::Choice => match code_of(column, text) {
            Some(code) => code,
            None => return row.wrong(&column.field, "unknown_choice", vec![text.to_owned()]),
        },
        Check::Choices => {
            match codes_of(column, text) {
                Ok(codes) if codes.is_empty() => nothing(column, row),
                Ok(codes) => {
                    row.lists.insert(column.field.clone(), codes);
                }
                Err(unknown) => row.wrong(&column.field, "unknown_choice", vec![unknown]),
            }
            return;
        }
        Check::Division | Check::Village | Check::Divisions => {
            let many = column.check == Check::Divisions;
            match divisions(text, many, names) {
                Ok(codes) if codes.is_empty() => return nothing(column, row),
                Ok(codes) => codes,
                Err((code, values)) => return row.wrong(&column.field, &code, values),
            }
        }
        Check::Text | Check::Name | Check::Phone | Check::DisabilityCertificate | Check::YesNo => {
            text.to_owned()
        }
    };
    row.values.insert(column.field.clone(), value);
}

/// Codes as they are written, names as the codes of what they name; a blank stands between several.
fn divisions(text: &str, many: bool, names: &dyn Gazetteer) -> Result<String, (String, Vec<String>)> {
    let one = |part: &str| {
        if !is_name(part) {
            return Ok(part.to_owned());
        }
        let found =
            names.find(part, !many).or_else(|why| if many { names.find(part, false) } else { Err(why) });
        found.map(|code| code.number().to_string()).map_err(|why| said(why, part))
    };
    if !many {
        return one(text);
    }
    let codes: Result<Vec<String>, _> = parts(text).flat_map(str::split_whitespace).map(one).collect();
    Ok(codes?.join(" "))
}

/// What stands between the signs that separate entries of one cell. A blank may be part of a name.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let signs = |c: char| matches!(c, ',' | ';' | '，' | '；' | '、' | '|' | '/' | '\n' | '\r');
    text.split(signs).map(str::trim).filter(|part| !part.is_empty())
}

fn plain(text: &str) -> String {
    text.chars().map(half_width).collect::<String>().trim().to_lowercase()
}

/// The code that a cell writes: itself, without leading zeros as spreadsheets cut them, or one of its spellings.
fn code_of(column: &Column, text: &str) -> Option<String> {
    let wanted = plain(text);
    let bare = |code: &str| code.trim_start_matches('0').to_lowercase();
    let says = |(code, spellings): &(&String, &Vec<String>)| {
        bare(code) == bare(&wanted) || spellings.iter().any(|spelling| plain(spelling) == wanted)
    };
    column.choices.iter().find(says).map(|(code, _)| code.clone())
}

/// The codes of a cell with several entries, each once.
fn codes_of(column: &Column, text: &str) -> Result<Vec<String>, String> {
    let mut codes: Vec<String> = Vec::new();
    for part in parts(text) {
        let found = match code_of(column, part) {
            Some(code) => vec![code],
            None => {
                let each = part.split_whitespace().map(|word| code_of(column, word));
                each.collect::<Option<Vec<_>>>().ok_or_else(|| part.to_owned())?
            }
        };
        for code in found {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    Ok(codes)
}
