//! The papers of the register: report card of onset (form 3), discharge slip (form 4), personal-information supplement
//! (form 7). Their fields are data (`data/papers/*.toml`); what must fit between fields stands here.
//!
//! Sources: Measures for Reporting the Onset of Severe Mental Disorders (trial, 2013), work norm of 2018, National Basic
//! Public Health Service Norms (third edition). Terms stand in [`super::report`].

mod card;
mod read;
mod slip;
mod supplement;
#[cfg(test)]
mod tests;

use super::{
    desk::{Ties, is_visited},
    register::{Record, State},
};
use crate::{
    Refusal,
    embedded::DataError,
    form::{Form, check},
    service::DisorderTable,
};
use jiff::civil::Date;
use read::Written;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The rule behind every refusal here.
const RULE: &str = "SMD-PAPER";

/// Which paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// Report card of onset, form 3.
    ReportCard,
    /// Discharge slip, form 4.
    DischargeSlip,
    /// Personal-information supplement, form 7.
    Supplement,
}

impl PaperKind {
    /// All of them, by their numbers.
    pub const ALL: [PaperKind; 3] = [PaperKind::ReportCard, PaperKind::DischargeSlip, PaperKind::Supplement];

    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            PaperKind::ReportCard => "report_card",
            PaperKind::DischargeSlip => "discharge_slip",
            PaperKind::Supplement => "supplement",
        }
    }

    /// The kind of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<PaperKind> {
        PaperKind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The number of the form in the work norm of 2018.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            PaperKind::ReportCard => 3,
            PaperKind::DischargeSlip => 4,
            PaperKind::Supplement => 7,
        }
    }

    /// Whether one version follows another: a person has one card and one supplement, and a slip for each discharge.
    #[must_use]
    pub fn is_one(self) -> bool {
        self != PaperKind::DischargeSlip
    }

    /// Whether a record may be opened by it.
    #[must_use]
    pub fn opens(self) -> bool {
        self != PaperKind::Supplement
    }

    /// Whether somebody who stands so to the record may write it now. Card and slip come from the institution that diagnosed or
    /// discharged; what comes on paper is entered by primary care or the county (2013 Measures). The supplement is part of the
    /// file that primary care keeps.
    ///
    /// # Errors
    /// Somebody else writes it, or not in this state.
    pub fn permit(self, record: &Record, ties: Ties) -> Result<(), Refusal> {
        let own = match self {
            // A reviewed clue is reported by the step, which is for the hospital and the county.
            PaperKind::ReportCard if record.state == State::Reviewed => ties.reporter || ties.county,
            PaperKind::ReportCard | PaperKind::DischargeSlip => ties.reporter || ties.keeps(),
            PaperKind::Supplement => ties.keeps(),
        };
        if !own {
            return Err(Refusal::new(RULE, "smd_not_yours").with("deed", self.code()));
        }
        let fits = match self {
            PaperKind::ReportCard => !matches!(record.state, State::Clue | State::Excluded),
            PaperKind::DischargeSlip => {
                !matches!(record.state, State::Clue | State::Reviewed | State::Excluded)
            }
            PaperKind::Supplement => is_visited(record),
        };
        if fits { Ok(()) } else { Err(Refusal::new(RULE, "wrong_state").with("state", record.state.code())) }
    }
}

/// The definition of a paper.
pub type Sheet = Form<PaperKind>;

/// The definition that is part of the programme.
///
/// # Errors
/// When the file is faulty; a test keeps all of them sound.
pub fn embedded(kind: PaperKind) -> Result<Sheet, DataError> {
    let (name, text) = match kind {
        PaperKind::ReportCard => {
            ("data/papers/report_card.toml", include_str!("../../../../data/papers/report_card.toml"))
        }
        PaperKind::DischargeSlip => {
            ("data/papers/discharge_slip.toml", include_str!("../../../../data/papers/discharge_slip.toml"))
        }
        PaperKind::Supplement => {
            ("data/papers/supplement.toml", include_str!("../../../../data/papers/supplement.toml"))
        }
    };
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
        PaperKind::ReportCard => card::faults(&written, around),
        PaperKind::DischargeSlip => slip::faults(&written, around),
        PaperKind::Supplement => supplement::faults(&written, around),
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
