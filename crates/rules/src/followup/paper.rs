//! The papers of the register: those of the fourteen work forms that are written as a whole, from the clue (form 1) to the survey of
//! an incident (form 13). Their fields are data (`data/papers/*.toml`); what must fit between fields stands here. Visits (form 8) and
//! emergencies (form 12) are kept by their own rules, the two-way slip (form 10) is one of the referral, form 14 is counted.
//!
//! Sources: Measures for Reporting the Onset of Severe Mental Disorders (trial, 2013), work norm of 2018, National Basic
//! Public Health Service Norms (third edition). Terms stand in [`super::report`].

mod basic;
mod card;
mod clue;
mod consent;
mod event;
mod follow;
mod kind;
mod read;
mod slip;
mod supplement;
#[cfg(test)]
mod tests;

pub use follow::{consents_to_emergency, reason, steps};
pub use kind::PaperKind;

use crate::{
    embedded::DataError,
    form::{Form, check},
    service::DisorderTable,
};
use jiff::civil::Date;
use read::Written;
use serde::Serialize;
use serde_json::{Map, Value};

/// The definition of a paper.
pub type Sheet = Form<PaperKind>;

/// The definition that is part of the programme.
///
/// # Errors
/// When the file is faulty; a test keeps all of them sound.
pub fn embedded(kind: PaperKind) -> Result<Sheet, DataError> {
    let (name, text) = kind.file();
    let sheet = Sheet::parse(name, text)?;
    if sheet.code == kind { Ok(sheet) } else { Err(DataError::new(name, "holds another paper")) }
}

/// What is wrong with a field of a paper: its key, rows of tables counted from 1, and a code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// Key of the field.
    pub field: String,
    /// Code.
    pub code: String,
}

/// What a paper is looked at with beside itself.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Today.
    pub today: Date,
    /// Birth of the person, where the register knows it.
    pub born: Option<Date>,
    /// Whether community management was agreed to, as the record has it.
    pub agreed: Option<bool>,
    /// Groups of disorders with their ICD-10 codes.
    pub disorders: &'a DisorderTable,
}

/// The paper with what follows from what was written: for report type 1 consent counts as given where nothing is said.
#[must_use]
pub fn completed(kind: PaperKind, mut data: Map<String, Value>) -> Map<String, Value> {
    if kind == PaperKind::ReportCard {
        card::consent(&mut data);
    }
    data
}

/// Everything that is wrong, in the order of the paper: fields by themselves, then what does not fit between them.
#[must_use]
pub fn faults(sheet: &Sheet, data: &Map<String, Value>, around: &Around<'_>) -> Vec<Fault> {
    let mut found: Vec<Fault> = Vec::new();
    for problem in check(sheet, data, around.today) {
        let code = serde_json::to_value(problem.problem).ok();
        let code = code.as_ref().and_then(Value::as_str).unwrap_or("wrong_kind").to_owned();
        found.push(Fault { field: problem.field, code });
    }
    let written = Written(data);
    let mut between = match sheet.code {
        PaperKind::ClueSurvey => clue::survey(&written, around),
        PaperKind::ClueReview => clue::review(&written, around),
        PaperKind::ReportCard => card::faults(&written, around),
        PaperKind::DischargeSlip => slip::faults(&written, around),
        PaperKind::ManagementConsent => consent::management(&written, around),
        PaperKind::BasicInformation => basic::faults(&written, around),
        PaperKind::Supplement => supplement::faults(&written, around),
        PaperKind::InformationExchange => event::exchange(&written, around),
        PaperKind::EmergencyConsent => consent::emergency(&written, around),
        PaperKind::IncidentSurvey => event::incident(&written, around),
    };
    between.retain(|fault| !found.iter().any(|other| other.field == fault.field));
    found.extend(between);
    let place = |fault: &Fault| {
        let key = fault.field.split('.').next().unwrap_or_default();
        sheet.fields().position(|field| field.key == key).unwrap_or(usize::MAX)
    };
    found.sort_by_key(place);
    found
}
