//! One row of a list: every cell checked, all that is wrong with it told at once.

use super::{Check, Column, Heading, Kind, Required, cell, looks_like_formula};
use crate::{
    disability_certificate,
    division::DivisionCode,
    identity_number::{self, IdentityNumberError, Sex},
    name, phone,
    writing::{half_width, normalised_number},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Taken in; worth a look.
    Warning,
    /// The identity number fails its check, and name, sex, birth date and division are there: taken in without
    /// the number only where the user says so.
    Unverified,
    /// The row is not taken in.
    Error,
}

/// One finding about one cell. Texts are in the catalogues under the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The field.
    pub field: String,
    /// What is wrong, such as `identity_number.check`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// Values for the text.
    pub values: Vec<String>,
}

/// What a row says, in normal forms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The name in its normal form.
    pub name: String,
    /// `male` or `female`.
    pub sex: Option<&'static str>,
    /// Birth date.
    pub born_on: Option<Date>,
    /// Identity number of 18 characters that passed its check.
    pub number: Option<String>,
    /// An identity number as written that fails its check.
    pub unverified_number: Option<String>,
    /// Disability certificate in its normal form.
    pub certificate: Option<String>,
    /// Digits of the telephone.
    pub phone: Option<String>,
    /// Division of residence, 12 digits.
    pub division: i64,
    /// Division of household registration, 12 digits.
    pub registered_division: Option<i64>,
    /// The sender's own number of the row.
    pub record_number: Option<String>,
    /// SH-3 (a): lives at home.
    pub lives_at_home: Option<bool>,
    /// SH-3 (b): was assessed as having a need.
    pub need_assessed: Option<bool>,
    /// SH-3 (c): was assessed as suitable.
    pub suitable: Option<bool>,
    /// SH-3 (d): consented.
    pub consented: Option<bool>,
    /// Coded columns of the kind.
    pub fields: BTreeMap<String, String>,
    /// Address, guardian and other columns that are stored sealed.
    pub private: BTreeMap<String, String>,
    /// Everything that is odd or wrong.
    pub troubles: Vec<Trouble>,
}

impl Row {
    /// The worst finding; none where all is well.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.troubles.iter().map(|t| t.severity).max()
    }

    fn trouble(&mut self, field: &str, code: &str, severity: Severity, values: Vec<String>) {
        self.troubles.push(Trouble { field: field.to_owned(), code: code.to_owned(), severity, values });
    }

    fn error(&mut self, field: &str, code: &str, values: Vec<String>) {
        self.trouble(field, code, Severity::Error, values);
    }

    fn warning(&mut self, field: &str, code: &str, values: Vec<String>) {
        self.trouble(field, code, Severity::Warning, values);
    }
}

/// Why a name is not taken for a division.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unplaced {
    /// Nothing has this name.
    Unknown,
    /// Several have it: their paths.
    Ambiguous(Vec<String>),
}

/// Finds divisions by name: 浦东新区金桥镇佳虹社区居委会.
pub trait Gazetteer: std::fmt::Debug {
    /// The one division that a name or a path of names means, within the sender's area or anywhere.
    ///
    /// # Errors
    /// None has the name, or several have.
    fn find(&self, name: &str, within_area: bool) -> Result<DivisionCode, Unplaced>;
}

/// Whether a division is written by name rather than by code.
pub(super) fn is_name(text: &str) -> bool {
    text.chars().any(|c| c.is_alphabetic() && !half_width(c).is_ascii())
}

/// The code and values of what is wrong with a name.
pub(super) fn said(why: Unplaced, name: &str) -> (String, Vec<String>) {
    match why {
        Unplaced::Unknown => ("division.name_unknown".to_owned(), vec![name.to_owned()]),
        Unplaced::Ambiguous(paths) => {
            ("division.name_ambiguous".to_owned(), vec![name.to_owned(), paths.join("; ")])
        }
    }
}

/// Checks the rows of one file.
#[derive(Debug, Clone)]
pub struct Checker<'a> {
    columns: Vec<(&'a Column, Option<usize>)>,
    today: Date,
    from: i64,
    to: i64,
    names: Option<&'a dyn Gazetteer>,
}

impl<'a> Checker<'a> {
    /// For a file with these headings; residents outside `from..=to` (12-digit codes) are not the sender's.
    #[must_use]
    pub fn new(kind: &'a Kind, heading: &Heading, today: Date, from: i64, to: i64) -> Checker<'a> {
        let columns = kind.columns.iter().map(|c| (c, heading.position(&c.field))).collect();
        Checker { columns, today, from, to, names: None }
    }

    /// Takes divisions that are written by name, too.
    #[must_use]
    pub fn with_names(self, names: &'a dyn Gazetteer) -> Checker<'a> {
        Checker { names: Some(names), ..self }
    }

    /// Reads one row.
    #[must_use]
    pub fn read(&self, cells: &[String]) -> Row {
        let mut row = Row::default();
        let mut written_sex = None;
        let mut written_birth = None;
        for (column, at) in &self.columns {
            let text = at.and_then(|i| cells.get(i)).map_or("", |c| c.trim());
            if text.is_empty() {
                continue;
            }
            if looks_like_formula(text) {
                row.warning(&column.field, "formula", Vec::new());
            }
            match column.field.as_str() {
                "sex" => written_sex = self.choice(column, text, &mut row),
                "born_on" => written_birth = self.day(column, text, &mut row),
                _ => self.cell(column, text, &mut row),
            }
        }
        self.compare_numbers(&mut row);
        self.settle(&mut row, written_sex, written_birth);
        self.require(&mut row);
        self.weigh_number(&mut row);
        row
    }

    fn cell(&self, column: &Column, text: &str, row: &mut Row) {
        match column.check {
            Check::Name => read_name(column, text, row),
            Check::Text => keep(column, text, row),
            Check::IdentityNumber => match identity_number::check(text, self.today) {
                Ok(reading) => {
                    for warning in &reading.warnings {
                        row.warning(&column.field, &warning.to_string(), Vec::new());
                    }
                    row.number = Some(reading.number.as_str().to_owned());
                }
                Err(error) => {
                    let severity = match error {
                        IdentityNumberError::Empty => return,
                        IdentityNumberError::Rounded => Severity::Error,
                        _ => Severity::Unverified,
                    };
                    row.trouble(&column.field, &error.code(), severity, Vec::new());
                    row.unverified_number = Some(normalised_number(text));
                }
            },
            Check::DisabilityCertificate => self.certificate(column, text, row),
            Check::Phone => match phone::check(text) {
                Ok(found) if column.field == "phone" => row.phone = Some(found.digits),
                Ok(found) => keep(column, &found.digits, row),
                Err(error) => row.warning(&column.field, &error.code(), Vec::new()),
            },
            Check::Date | Check::PastDate => {
                if let Some(day) = self.day(column, text, row) {
                    keep(column, &day.to_string(), row);
                }
            }
            Check::Division | Check::Village => self.division(column, text, row),
            Check::YesNo => read_yes_no(column, text, row),
            Check::Choice => {
                if let Some(code) = self.choice(column, text, row) {
                    keep(column, &code, row);
                }
            }
            // Columns of the libraries, which are read by `read_fields`.
            Check::Choices | Check::CreditCode | Check::Number | Check::Divisions => keep(column, text, row),
        }
    }

    fn certificate(&self, column: &Column, text: &str, row: &mut Row) {
        match disability_certificate::check(text, self.today) {
            Ok(found) => {
                let digit = normalised_number(text);
                row.certificate = Some(digit);
                row.fields.insert("grade".to_owned(), found.grade.number().to_string());
                let psychiatric = if found.is_psychiatric() { "6" } else { "other" };
                let multiple = found.category == disability_certificate::Category::Multiple;
                row.fields.insert("category".to_owned(), if multiple { "7" } else { psychiatric }.to_owned());
            }
            Err(error) => row.error(&column.field, &error.code(), Vec::new()),
        }
    }

    fn day(&self, column: &Column, text: &str, row: &mut Row) -> Option<Date> {
        if matches!(text, "长期" | "长期有效" | "无") {
            return None;
        }
        match cell::date(text) {
            None => row.error(&column.field, "date.form", Vec::new()),
            Some(day) if column.check == Check::PastDate && day > self.today => {
                row.error(&column.field, "date.future", vec![day.to_string()]);
            }
            Some(day) => return Some(day),
        }
        None
    }

    fn division(&self, column: &Column, text: &str, row: &mut Row) {
        let residence = column.field == "division";
        let named = self.names.filter(|_| is_name(text));
        let read = match named {
            Some(names) => names.find(text, residence).map_err(|why| said(why, text)),
            None => DivisionCode::parse(text).map_err(|error| (error.code(), Vec::new())),
        };
        let village = |code: DivisionCode| code.for_address().map_err(|error| (error.code(), Vec::new()));
        let read = if column.check == Check::Village { read.and_then(village) } else { read };
        match read {
            // Where somebody is registered may be written as anything; the row is good without it.
            Err((code, values)) if !residence && named.is_some() => {
                row.warning(&column.field, &code, values);
            }
            Err((code, values)) => row.error(&column.field, &code, values),
            Ok(code) if residence => {
                row.division = code.number();
                if !(self.from..=self.to).contains(&row.division) {
                    row.error(&column.field, "division.outside", vec![row.division.to_string()]);
                }
            }
            Ok(code) if column.field == "registered_division" => {
                row.registered_division = Some(code.number());
            }
            Ok(code) => keep(column, &code.number().to_string(), row),
        }
    }

    fn choice(&self, column: &Column, text: &str, row: &mut Row) -> Option<String> {
        let plain: String = text.chars().map(half_width).collect();
        let wanted = plain.trim().to_lowercase();
        let says = |spelling: &String| spelling.to_lowercase() == wanted;
        let found =
            column.choices.iter().find(|(code, spellings)| **code == wanted || spellings.iter().any(says));
        // A code of the ICD-10 comes with further digits behind it: F20.0 is F20.
        let group = || {
            column.choices.iter().find(|(_, spellings)| {
                spellings
                    .iter()
                    .any(|s| s.len() == 3 && s.starts_with('F') && wanted.starts_with(&s.to_lowercase()))
            })
        };
        match found.or_else(group) {
            Some((code, _)) => Some(code.clone()),
            None => {
                row.warning(&column.field, "unknown_choice", vec![text.to_owned()]);
                None
            }
        }
    }

    /// The certificate holds the identity number; the two may not differ.
    fn compare_numbers(&self, row: &mut Row) {
        let Some(certificate) = &row.certificate else { return };
        let within: String = certificate.chars().take(18).collect();
        match &row.number {
            Some(number) if *number != within => {
                row.error("certificate", "certificate_contradicts_number", Vec::new());
            }
            Some(_) => {}
            None => {
                // The certificate's own number passed its check, so a mistyped one beside it does no harm.
                if row.unverified_number.take().is_some() {
                    for trouble in &mut row.troubles {
                        if trouble.severity == Severity::Unverified {
                            trouble.severity = Severity::Warning;
                        }
                    }
                }
                row.number = Some(within);
            }
        }
        let listed = row.fields.get("psychiatric").map(String::as_str) == Some("yes");
        match row.fields.get("category").map(String::as_str) {
            Some("6") => {}
            Some("7") if listed => {}
            _ => row.error("certificate", "not_psychiatric", Vec::new()),
        }
    }

    /// Sex and birth date: the number's word stands where it is valid.
    fn settle(&self, row: &mut Row, sex: Option<String>, born_on: Option<Date>) {
        let written = sex.as_deref().and_then(|s| match s {
            "male" => Some("male"),
            "female" => Some("female"),
            _ => None,
        });
        row.sex = written;
        row.born_on = born_on;
        let Some(Ok(reading)) = row.number.as_deref().map(|n| identity_number::check(n, self.today)) else {
            return;
        };
        let stated = match reading.sex {
            Sex::Male => "male",
            Sex::Female => "female",
        };
        if written.is_some_and(|w| w != stated) {
            row.warning("sex", "sex_contradicts_number", Vec::new());
        }
        if born_on.is_some_and(|b| b != reading.birth_date) {
            row.warning("born_on", "birth_contradicts_number", vec![reading.birth_date.to_string()]);
        }
        row.sex = Some(stated);
        row.born_on = Some(reading.birth_date);
    }

    fn require(&self, row: &mut Row) {
        for (column, _) in &self.columns {
            let needed = match column.required {
                Required::Always => true,
                Required::WithoutNumber => row.number.is_none(),
                Required::Never => false,
            };
            let told = row.troubles.iter().any(|t| t.field == column.field);
            if needed && !told && is_empty(&column.field, row) {
                row.error(&column.field, "required", Vec::new());
            }
        }
    }

    /// A number that fails its check is no reason to refuse a row that says enough without it, if the user agrees.
    fn weigh_number(&self, row: &mut Row) {
        let enough = !row.name.is_empty() && row.sex.is_some() && row.born_on.is_some() && row.division != 0;
        if !enough {
            for trouble in &mut row.troubles {
                if trouble.severity == Severity::Unverified {
                    trouble.severity = Severity::Error;
                }
            }
        }
    }
}

fn is_empty(field: &str, row: &Row) -> bool {
    match field {
        "name" => row.name.is_empty(),
        "sex" => row.sex.is_none(),
        "born_on" => row.born_on.is_none(),
        "number" => row.number.is_none(),
        "certificate" => row.certificate.is_none(),
        "phone" => row.phone.is_none(),
        "division" => row.division == 0,
        other => !row.fields.contains_key(other) && !row.private.contains_key(other),
    }
}

fn read_name(column: &Column, text: &str, row: &mut Row) {
    let normal = name::normalised(text);
    let letters = normal.chars().filter(|c| c.is_alphanumeric()).count();
    if letters == 0 || normal.chars().any(|c| c.is_ascii_digit()) || looks_like_formula(text) {
        row.error(&column.field, "name.form", Vec::new());
    } else if normal.chars().count() > 50 {
        row.error(&column.field, "too_long", vec!["50".to_owned()]);
    } else {
        row.name = normal;
    }
}

fn read_yes_no(column: &Column, text: &str, row: &mut Row) {
    let value = match text.to_lowercase().as_str() {
        "是" | "有" | "同意" | "适合" | "已" | "1" | "１" | "y" | "yes" | "true" | "√" => true,
        "否" | "无" | "不同意" | "不适合" | "未" | "0" | "０" | "n" | "no" | "false" | "×" => {
            false
        }
        _ => return row.warning(&column.field, "unknown_choice", vec![text.to_owned()]),
    };
    match column.field.as_str() {
        "lives_at_home" => row.lives_at_home = Some(value),
        "need_assessed" => row.need_assessed = Some(value),
        "suitable" => row.suitable = Some(value),
        "consented" => row.consented = Some(value),
        _ => keep(column, if value { "yes" } else { "no" }, row),
    }
}

fn keep(column: &Column, text: &str, row: &mut Row) {
    if text.chars().count() > 200 {
        return row.error(&column.field, "too_long", vec!["200".to_owned()]);
    }
    if column.field == "record_number" {
        row.record_number = Some(text.to_owned());
    } else if column.private {
        row.private.insert(column.field.clone(), text.to_owned());
    } else {
        row.fields.insert(column.field.clone(), text.to_owned());
    }
}
