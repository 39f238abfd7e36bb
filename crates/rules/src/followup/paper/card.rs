//! The report card of onset: birth, onset, first treatment, diagnosis and today follow one another; drugs or none needed; consent.

use super::{
    Around, Fault,
    read::{Written, fault},
};
use crate::followup::report::{About, Accuracy, Card, CardFault, Ground, ground};
use serde_json::{Map, Value};

/// Digits of the number of a card.
const CARD_NUMBER: usize = 14;
/// Report type 1: Mental Health Law art. 30(2)(2).
const ENDANGERS: &str = "1";

/// For report type 1 consent counts as given where nothing is said, on the day of the card.
pub(super) fn consent(data: &mut Map<String, Value>) {
    let said = |data: &Map<String, Value>, key: &str| !Written(data).text(key).is_empty();
    if Written(data).text("report_type") != ENDANGERS {
        return;
    }
    if !said(data, "consent") {
        data.insert("consent".to_owned(), "agree".into());
    }
    if Written(data).text("consent") == "agree" && !said(data, "consent_on") && said(data, "reported_on") {
        let day = data.get("reported_on").cloned().unwrap_or_default();
        data.insert("consent_on".to_owned(), day);
    }
}

/// What does not fit between the fields of a card.
pub(super) fn faults(written: &Written<'_>, around: &Around<'_>) -> Vec<Fault> {
    let mut found = written.identity(around);
    let number = written.text("card_number");
    let is_one = number.chars().count() == CARD_NUMBER && number.chars().all(|digit| digit.is_ascii_digit());
    if !number.is_empty() && !is_one {
        found.push(fault("card_number", "card_number_form"));
    }
    found.extend(written.in_future(
        &["onset_on", "first_treatment_on", "diagnosed_on", "consent_on", "reported_on"],
        around.today,
    ));
    found.extend(written.not_whole(&["admissions"]));
    found.extend(written.exclusive("danger"));
    found.extend(written.icd10(around));
    found.extend(written.drugs("drugs"));
    if written.yes("treated") == Some(false) && written.day("first_treatment_on").is_some() {
        found.push(fault("first_treatment_on", "not_treated"));
    }
    let severe = around.disorders.get(written.text("disorder")).map(|group| group.severe);
    let endangers = written.text("report_type") == ENDANGERS;
    if severe.is_some_and(|severe| ground(severe, endangers).is_none()) {
        found.push(fault("disorder", "not_severe"));
    }
    if written.lies_before(["reported_on", "diagnosed_on"]) {
        found.push(fault("reported_on", "before_diagnosis"));
    }
    let card =
        card(written, around, if endangers { Ground::EndangersOthers } else { Ground::SevereDisorder });
    for mismatch in card.into_iter().flat_map(|card| card.faults(around.today)) {
        found.extend(told(mismatch));
    }
    found
}

/// The part of the card whose days and boxes must fit, as far as they can be read.
fn card(written: &Written<'_>, around: &Around<'_>, ground: Ground) -> Option<Card> {
    let codes = written.codes("danger");
    let counted = codes.iter().filter(|code| **code != "none").count();
    let treatment = written.day("first_treatment_on").filter(|_| written.yes("treated") != Some(false));
    Some(Card {
        ground,
        born: written.born(around)?,
        onset: written.about("onset_on", "onset_accuracy")?,
        first_treatment: treatment.map(|on| About { on, accuracy: Accuracy::Day }),
        diagnosed: written.day("diagnosed_on")?,
        consent: written.consent(),
        consented: written.day("consent_on"),
        no_drugs_needed: written.yes("no_drugs")?,
        drug_lines: u16::try_from(written.rows("drugs").len()).unwrap_or(u16::MAX),
        danger_none: codes.contains(&"none"),
        danger_count: u16::try_from(counted).unwrap_or(u16::MAX),
    })
}

/// Where a mismatch is told; what is told beside its field already is not told twice.
fn told(mismatch: CardFault) -> Option<Fault> {
    let (field, code) = match mismatch {
        CardFault::OnsetBeforeBirth => ("onset_on", "before_birth"),
        CardFault::TreatmentBeforeOnset => ("first_treatment_on", "before_onset"),
        CardFault::DiagnosisBeforeOnset => ("diagnosed_on", "before_onset"),
        CardFault::DiagnosisBeforeTreatment => ("diagnosed_on", "before_treatment"),
        CardFault::DrugsNotNeeded => ("drugs", "drugs_not_needed"),
        CardFault::DrugsMissing => ("drugs", "drugs_missing"),
        CardFault::DiagnosisInFuture
        | CardFault::ConsentInFuture
        | CardFault::ConsentMissing
        | CardFault::DangerNoneAndCounted => return None,
    };
    Some(fault(field, code))
}
