//! Lists that departments send: which columns a kind of list has, how a file's headings are matched to them, and
//! what is wrong with a row. The columns themselves are data (`data/import`), with their source and validity.

mod cell;
mod fields;
mod heading;
mod row;

pub use cell::date;
pub use fields::{Fields, read_fields};
pub use heading::{Heading, Mapping, match_headings};
pub use row::{Checker, Gazetteer, Row, Severity, Trouble, Unplaced};

use crate::{
    embedded::DataError,
    service::{DisorderTable, ServiceTable},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::LazyLock};

/// One kind of list, as its data file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The code: `smd`, `dpf`, `institution`, `talent`.
    pub kind: String,
    /// The register that its rows make a person a member of.
    #[serde(default)]
    pub register: Option<Register>,
    /// The library that its rows are written into. A list is of a register or of a library.
    #[serde(default)]
    pub library: Option<Library>,
    /// Since when these columns apply.
    pub effective: String,
    /// The Chinese title, also the name of the template's sheet.
    pub zh: String,
    /// The English title.
    pub en: String,
    /// The columns in the order of the template.
    #[serde(rename = "column")]
    pub columns: Vec<Column>,
}

/// A department's register of persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Register {
    /// Health: patients with severe mental disorders.
    Health,
    /// Disabled Persons' Federation: certified persons.
    Dpf,
}

/// A library that civil affairs keeps (Measures for Sharing and Referral, 2023).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Library {
    /// 服务机构库
    Institution,
    /// 服务人才库
    Talent,
}

/// A code list of the programme from which a column is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeList {
    /// Services S1 to S16.
    Services,
    /// Groups of disorders.
    DisorderGroups,
}

/// One column of a kind of list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The program's name for it.
    pub field: String,
    /// How its cells are checked.
    pub check: Check,
    /// When a cell may not be empty.
    pub required: Required,
    /// Stored sealed, never shown in lists.
    #[serde(default)]
    pub private: bool,
    /// The Chinese heading of the template.
    pub zh: String,
    /// The English heading of the template.
    pub en: String,
    /// Other headings under which senders write it.
    pub headers: Vec<String>,
    /// The cell of the template's example row.
    pub example: String,
    /// For a choice: the code and how senders write it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, Vec<String>>,
    /// For choices: the code list from which they come, with its names in both languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<CodeList>,
}

/// How a cell is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Any text of at most 200 characters.
    Text,
    /// A personal name.
    Name,
    /// GB 11643.
    IdentityNumber,
    /// 20 characters: identity number, category, grade.
    DisabilityCertificate,
    /// A telephone number.
    Phone,
    /// A day.
    Date,
    /// A day that is not after today.
    PastDate,
    /// A division code of any level.
    Division,
    /// A division code of a village or community.
    Village,
    /// 是 or 否.
    YesNo,
    /// One of the column's choices.
    Choice,
    /// Any number of the column's choices, between commas, semicolons or blanks.
    Choices,
    /// A unified social credit code (GB 32100).
    CreditCode,
    /// A whole number.
    Number,
    /// Divisions of any level, between commas, semicolons or blanks.
    Divisions,
}

/// When a cell may not be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Required {
    /// In every row.
    Always,
    /// In rows without a valid identity number.
    WithoutNumber,
    /// Never.
    Never,
}

const FILES: [&str; 4] = [
    include_str!("../../../data/import/smd.toml"),
    include_str!("../../../data/import/dpf.toml"),
    include_str!("../../../data/import/institution.toml"),
    include_str!("../../../data/import/talent.toml"),
];

static KINDS: LazyLock<Vec<Kind>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| read(text).ok()).collect());

fn read(text: &str) -> Result<Kind, DataError> {
    let mut kind: Kind = toml::from_str(text).map_err(|fault| DataError::new("data/import", fault))?;
    for column in &mut kind.columns {
        if let Some(list) = column.list {
            column.choices.extend(names_of(list)?);
        }
    }
    Ok(kind)
}

/// Codes of a list with their names in both languages.
fn names_of(list: CodeList) -> Result<Vec<(String, Vec<String>)>, DataError> {
    Ok(match list {
        CodeList::Services => {
            let services = ServiceTable::embedded()?.services.into_iter();
            services.map(|s| (s.code, vec![s.zh, s.en])).collect()
        }
        CodeList::DisorderGroups => {
            let groups = DisorderTable::embedded()?.groups.into_iter();
            groups.map(|g| (g.code, vec![g.zh, g.en])).collect()
        }
    })
}

/// All kinds of list. A test proves that every data file can be read.
#[must_use]
pub fn kinds() -> &'static [Kind] {
    &KINDS
}

/// The kind of a code.
#[must_use]
pub fn kind(code: &str) -> Option<&'static Kind> {
    kinds().iter().find(|k| k.kind == code)
}

impl Kind {
    /// The column of a field.
    #[must_use]
    pub fn column(&self, field: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.field == field)
    }
}

/// Whether a spreadsheet would take the cell for a formula when it is opened (OWASP, CSV injection).
/// A sign before a number is none.
#[must_use]
pub fn looks_like_formula(cell: &str) -> bool {
    let mut characters = cell.chars();
    match characters.next() {
        Some('=' | '@' | '\t' | '\r') => true,
        Some('+' | '-') => {
            let rest = characters.as_str();
            !rest.is_empty() && !rest.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ' ' | '-'))
        }
        _ => false,
    }
}

/// The cell as it may be written to a file that a spreadsheet opens: what looks like a formula gets a quote mark
/// in front, which spreadsheets take for "text follows".
#[must_use]
pub fn without_formula(cell: &str) -> String {
    if looks_like_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests;
