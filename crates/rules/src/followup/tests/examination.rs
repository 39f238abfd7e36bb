//! The yearly examination.

use super::*;
use crate::followup::examination::{Item, due, missing, permit};

#[test]
fn it_is_due_a_year_after_the_last() {
    let rows = [
        (None, "2025-03-03", "2026-03-03"),
        (Some("2025-06-30"), "2020-03-03", "2026-06-30"),
        (Some("2024-02-29"), "2020-03-03", "2025-02-28"),
    ];
    for (last, managed, expected) in rows {
        assert_eq!(due(last.map(day), day(managed), &rules()), day(expected), "{last:?} {managed}");
    }
}

#[test]
fn person_and_guardian_agree() {
    let rows = [
        (Some(true), false, None, true),
        (Some(true), true, Some(true), true),
        (Some(true), true, None, false),
        (Some(true), true, Some(false), false),
        (Some(false), true, Some(true), false),
        (None, false, None, false),
    ];
    for (person, has_guardian, guardian, fits) in rows {
        let permitted = permit(person, has_guardian, guardian);
        assert_eq!(permitted.is_ok(), fits, "{person:?} {has_guardian} {guardian:?}");
        let code = permitted.err().map(|refusal| refusal.code);
        assert!(fits || code.as_deref() == Some("examination_not_agreed"));
    }
}

#[test]
fn what_is_missing() {
    assert_eq!(missing(&Item::ALL.into()), []);
    assert_eq!(missing(&[Item::Weight, Item::Glucose].into()).len(), 5);
}
