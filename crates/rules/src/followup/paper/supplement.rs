//! The personal-information supplement: days in their order, dangerous behaviour none or counted, the consent that the record has.

use super::{
    Around, Fault,
    read::{Written, fault},
};

/// Kinds of dangerous behaviour that are counted.
const COUNTS: [&str; 6] = ["minor", "trouble", "harm", "other_harm", "self_harm", "suicide_attempt"];

/// What does not fit between the fields of a supplement.
pub(super) fn faults(written: &Written<'_>, around: &Around<'_>) -> Vec<Fault> {
    let mut found = written.in_future(
        &["onset_on", "first_treatment_on", "diagnosed_on", "consent_on", "reported_on"],
        around.today,
    );
    found.extend(written.not_whole(&["admissions"]));
    found.extend(written.not_whole(&COUNTS));
    let onset = written.about("onset_on", "onset_accuracy");
    let treated = written.day("first_treatment_on");
    let diagnosed = written.day("diagnosed_on");
    if let Some(onset) = onset {
        if written.born(around).is_some_and(|born| onset.latest() < born) {
            found.push(fault("onset_on", "before_birth"));
        }
        if treated.is_some_and(|day| day < onset.earliest()) {
            found.push(fault("first_treatment_on", "before_onset"));
        }
        if diagnosed.is_some_and(|day| day < onset.earliest()) {
            found.push(fault("diagnosed_on", "before_onset"));
        }
    }
    let counted = COUNTS.iter().any(|key| written.count(key).is_some_and(|count| count > 0.0));
    match written.yes("danger_none") {
        Some(true) if counted => found.push(fault("danger_none", "danger_none_and_counted")),
        Some(false) if !counted => found.push(fault("danger_none", "danger_not_counted")),
        _ => {}
    }
    if written.consent().zip(around.agreed).is_some_and(|(written, recorded)| written != recorded) {
        found.push(fault("consent", "consent_differs"));
    }
    found
}
