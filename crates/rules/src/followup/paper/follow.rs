//! What follows from a paper for its record: the steps that it stands for, in their order, with their reason in words.

use super::{PaperKind, read::Written};
use crate::followup::register::{Record, State, Step};
use serde_json::{Map, Value};

/// The steps of the register that a paper stands for, so that nobody enters the same twice. A card on a clue reviews and reports it,
/// a slip of somebody in hospital discharges, the review of a clue (form 2) reviews or excludes, the signed consent (form 5) agrees
/// or refuses where the record does not say so yet. A corrected slip discharges nobody again.
#[must_use]
pub fn steps(kind: PaperKind, record: &Record, data: &Map<String, Value>, corrects: bool) -> Vec<Step> {
    let written = Written(data);
    match (kind, record.state) {
        (PaperKind::ReportCard, State::Clue) => vec![Step::Review, Step::Report],
        (PaperKind::ReportCard, State::Reviewed) => vec![Step::Report],
        (PaperKind::DischargeSlip, State::Hospital) if !corrects => vec![Step::Discharge],
        (PaperKind::ClueReview, State::Clue | State::Reviewed) => match written.text("result") {
            "suspected" | "diagnosed" if record.state == State::Clue => vec![Step::Review],
            "not" => vec![Step::Exclude],
            _ => Vec::new(),
        },
        (PaperKind::ManagementConsent, _) => match written.consent() {
            Some(true) if record.agreed != Some(true) => vec![Step::Agree],
            Some(false) if record.agreed != Some(false) => vec![Step::Disagree],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Why, in the words of the paper; empty where the step needs none.
#[must_use]
pub fn reason(step: &Step, data: &Map<String, Value>) -> String {
    let key = match step {
        Step::Disagree => "refusal_reason",
        Step::Exclude => "result_note",
        _ => return String::new(),
    };
    Written(data).text(key).to_owned()
}

/// Whether an emergency that waits for its consent has it by this paper (form 11): signed at once or afterwards, and not refused. A paper
/// that corrects another one says nothing of a further emergency.
#[must_use]
pub fn consents_to_emergency(kind: PaperKind, data: &Map<String, Value>, corrects: bool) -> bool {
    let written = Written(data);
    let answer = written.text("emergency_consent");
    kind == PaperKind::EmergencyConsent && !corrects && answer != "disagree"
}
