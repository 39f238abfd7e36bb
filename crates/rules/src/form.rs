//! Forms F1–F13 as data: titles, sections, fields, and the check of what was written into them.
//!
//! The Measures (2023) attach templates for the confidentiality pledge, service promise, basic-situation file,
//! service agreement, rehabilitation assessment and return-visit record; the field lists that could not be read in
//! the official text are marked as local defaults in the data files.

use jiff::civil::Date;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::embedded::DataError;

mod check;
#[cfg(test)]
mod tests;

pub use check::{FieldProblem, Problem, check, summary};

/// Name of a form. The codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FormCode {
    /// Application and registration 登记申请表.
    F1,
    /// Registration decision 登记决定.
    F2,
    /// Referral slip 转介单.
    F3,
    /// Comprehensive assessment 综合评估.
    F4,
    /// Individual plan 康复计划.
    F5,
    /// Service agreement 服务协议.
    F6,
    /// Session record 训练记录.
    F7,
    /// Stage evaluation 阶段性评估.
    F8,
    /// Two-way slip 双向转诊单.
    F9,
    /// Closure 结案表.
    F10,
    /// Return visit 回访记录.
    F11,
    /// Informed consent 知情同意.
    F12,
    /// Objection 异议申请.
    F13,
}

impl FormCode {
    /// All forms.
    pub const ALL: [FormCode; 13] = [
        FormCode::F1,
        FormCode::F2,
        FormCode::F3,
        FormCode::F4,
        FormCode::F5,
        FormCode::F6,
        FormCode::F7,
        FormCode::F8,
        FormCode::F9,
        FormCode::F10,
        FormCode::F11,
        FormCode::F12,
        FormCode::F13,
    ];

    /// File name and text of the embedded definition.
    fn file(self) -> (&'static str, &'static str) {
        match self {
            FormCode::F1 => ("data/forms/F1.toml", include_str!("../../../data/forms/F1.toml")),
            FormCode::F2 => ("data/forms/F2.toml", include_str!("../../../data/forms/F2.toml")),
            FormCode::F3 => ("data/forms/F3.toml", include_str!("../../../data/forms/F3.toml")),
            FormCode::F4 => ("data/forms/F4.toml", include_str!("../../../data/forms/F4.toml")),
            FormCode::F5 => ("data/forms/F5.toml", include_str!("../../../data/forms/F5.toml")),
            FormCode::F6 => ("data/forms/F6.toml", include_str!("../../../data/forms/F6.toml")),
            FormCode::F7 => ("data/forms/F7.toml", include_str!("../../../data/forms/F7.toml")),
            FormCode::F8 => ("data/forms/F8.toml", include_str!("../../../data/forms/F8.toml")),
            FormCode::F9 => ("data/forms/F9.toml", include_str!("../../../data/forms/F9.toml")),
            FormCode::F10 => ("data/forms/F10.toml", include_str!("../../../data/forms/F10.toml")),
            FormCode::F11 => ("data/forms/F11.toml", include_str!("../../../data/forms/F11.toml")),
            FormCode::F12 => ("data/forms/F12.toml", include_str!("../../../data/forms/F12.toml")),
            FormCode::F13 => ("data/forms/F13.toml", include_str!("../../../data/forms/F13.toml")),
        }
    }
}

/// Who signs a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signatory {
    /// The person, or the guardian for the person.
    Client,
    /// The case manager.
    CaseManager,
    /// The institution.
    Institution,
    /// The assessor.
    Assessor,
    /// The doctor.
    Doctor,
    /// The officer in charge.
    Officer,
    /// The sender of a slip.
    Sender,
}

/// What a case remembers of a stored form. Built by the server with [`summary`]; never taken from a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormSummary {
    /// Which form.
    pub code: FormCode,
    /// Version of the definition.
    pub version: u32,
    /// The stored document.
    pub document: Uuid,
    /// Day written on the form.
    pub on: Date,
    /// All required fields are there and right.
    pub complete: bool,
    /// Who signed.
    pub signed: Vec<Signatory>,
    /// Conclusion of the form, as an option code ("suitable", "continue", "discharged", …).
    pub outcome: Option<String>,
    /// Kind within the form ("baseline", "stage", "closing").
    pub kind: Option<String>,
    /// Keys of the scales that carry a score.
    pub scales: Vec<String>,
    /// A reason in words is written down where the form has room for one; the words stay in the form.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reasoned: bool,
}

/// A form as data, under the codes of its family: those of a referral, or others such as the papers of the register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form<C = FormCode> {
    /// Which form.
    pub code: C,
    /// Version of this definition.
    pub version: u32,
    /// Title in Chinese.
    pub title_zh: String,
    /// Title in English.
    pub title_en: String,
    /// Where the fields come from, in Chinese.
    pub source_zh: String,
    /// Where the fields come from, in English.
    pub source_en: String,
    /// First day in use.
    pub effective_from: Date,
    /// Sections in the order of the page.
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
}

/// A section of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Key.
    pub key: String,
    /// Heading in Chinese.
    pub zh: String,
    /// Heading in English.
    pub en: String,
    /// Fields.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
}

/// What kind of value a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One line, 200 characters at most.
    Text,
    /// Several lines, 4,000 characters at most.
    LongText,
    /// A day, `2026-02-14`.
    Date,
    /// A number.
    Number,
    /// One option.
    Choice,
    /// Several options.
    MultiChoice,
    /// True or false.
    YesNo,
    /// An 18-digit resident identity number.
    IdentityNumber,
    /// A telephone number.
    Phone,
    /// A 12-digit statistical division code.
    Division,
    /// A person known to the platform.
    Person,
    /// An organisation known to the platform.
    Organisation,
    /// The total score of a scale.
    Scale,
    /// Rows of further fields.
    Table,
    /// The name of who signed.
    Signature,
}

/// What a field means to the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// The day of the form.
    Day,
    /// The conclusion.
    Outcome,
    /// The kind within the form.
    Kind,
    /// Why something differs, in words.
    Reason,
}

/// Where a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// In an official text or a published standard.
    Official,
    /// In a public system for the same work.
    Practice,
    /// Local default.
    Default,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Key in the stored data.
    pub key: String,
    /// Label in Chinese.
    pub zh: String,
    /// Label in English.
    pub en: String,
    /// Kind of value.
    pub kind: Kind,
    /// Must be filled in.
    #[serde(default)]
    pub required: bool,
    /// Must be filled in when another field has one of these values.
    pub required_if: Option<Condition>,
    /// Lowest number, or fewest rows.
    pub min: Option<f64>,
    /// Highest number.
    pub max: Option<f64>,
    /// Options of a choice.
    #[serde(default)]
    pub options: Vec<Choice>,
    /// Columns of a table.
    #[serde(default)]
    pub columns: Vec<Field>,
    /// Who signs here.
    pub signatory: Option<Signatory>,
    /// What the field means to the case.
    pub meaning: Option<Meaning>,
    /// Help in Chinese.
    pub help_zh: Option<String>,
    /// Help in English.
    pub help_en: Option<String>,
    /// Where the field comes from.
    pub mark: Mark,
}

/// A field that decides whether another is required. Yes-no fields count as "true" and "false".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Key of the deciding field.
    pub field: String,
    /// Its values.
    pub is: Vec<String>,
}

/// An option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Code as stored.
    pub code: String,
    /// Label in Chinese.
    pub zh: String,
    /// Label in English.
    pub en: String,
}

impl Form<FormCode> {
    /// The definition that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps all of them sound.
    pub fn embedded(code: FormCode) -> Result<Self, DataError> {
        let (name, text) = code.file();
        let form = Self::parse(name, text)?;
        if form.code == code { Ok(form) } else { Err(DataError::new(name, "holds another form")) }
    }
}

impl<C: DeserializeOwned> Form<C> {
    /// A definition from a text.
    ///
    /// # Errors
    /// When it is badly written, a key stands twice, a choice has no options, or a condition names no field.
    pub fn parse(name: &str, text: &str) -> Result<Self, DataError> {
        let form: Form<C> = toml::from_str(text).map_err(|fault| DataError::new(name, fault))?;
        check::definition(&form).map_err(|fault| DataError::new(name, fault))?;
        Ok(form)
    }
}

impl<C> Form<C> {
    /// All fields in the order of the page.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.sections.iter().flat_map(|section| &section.fields)
    }
}
