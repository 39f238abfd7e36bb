//! Terms of reports by working days, the first visit, and what does not fit on a card.

use super::*;
use crate::calendar::Calendar;
use crate::followup::report::{About, Accuracy, Card, CardFault, Ground, Paper, first_visit_due, ground};
use proptest::prelude::*;

#[test]
fn terms_are_in_working_days() {
    let rows = [
        // Ten working days over the Spring Festival of 2025.
        (Paper::OnsetReport, "2025-01-24", "2025-02-13"),
        (Paper::DischargeSlip, "2025-01-24", "2025-02-13"),
        (Paper::OnsetReport, "2025-03-03", "2025-03-17"),
        (Paper::PaperEntry, "2025-03-03", "2025-03-10"),
        (Paper::Receipt, "2025-03-07", "2025-03-11"),
        (Paper::Correction, "2025-04-28", "2025-05-15"),
        (Paper::MoveAcceptance, "2025-09-26", "2025-10-16"),
    ];
    for (paper, from, expected) in rows {
        let due = paper.due(day(from), &rules(), &Calendar::embedded());
        assert_eq!((due.date, due.provisional), (day(expected), false), "{paper:?} {from}");
    }
    assert_eq!(Paper::ALL.len(), 6);
}

#[test]
fn the_first_visit_is_due_by_the_stricter_of_two_terms() {
    let rows = [
        // Ten working days and two weeks end on the same day.
        ("2025-03-03", "2025-03-17"),
        // Holidays stretch the working days; two weeks are earlier.
        ("2025-01-24", "2025-02-07"),
        ("2025-09-26", "2025-10-10"),
        // A weekend that is worked makes the working days earlier.
        ("2025-01-20", "2025-02-03"),
        ("2025-04-14", "2025-04-27"),
    ];
    for (from, expected) in rows {
        let due = first_visit_due(day(from), &rules(), &Calendar::embedded());
        assert_eq!(due.date, day(expected), "{from}");
    }
}

#[test]
fn who_is_reported() {
    let rows = [
        (true, false, Some(Ground::SevereDisorder)),
        (false, true, Some(Ground::EndangersOthers)),
        (true, true, Some(Ground::EndangersOthers)),
        (false, false, None),
    ];
    for (severe, endangers, expected) in rows {
        assert_eq!(ground(severe, endangers), expected);
    }
}

fn about(on: &str, accuracy: Accuracy) -> About {
    About { on: day(on), accuracy }
}

fn card() -> Card {
    Card {
        ground: Ground::SevereDisorder,
        born: day("1980-05-05"),
        onset: about("2019-06-01", Accuracy::Month),
        first_treatment: Some(about("2020-02-10", Accuracy::Day)),
        diagnosed: day("2025-01-24"),
        consent: Some(true),
        consented: Some(day("2025-01-24")),
        no_drugs_needed: false,
        drug_lines: 1,
        danger_none: true,
        danger_count: 0,
    }
}

#[test]
fn what_does_not_fit_on_a_card() {
    let with = |change: fn(&mut Card)| {
        let mut card = card();
        change(&mut card);
        card.faults(day("2025-02-01"))
    };
    let rows: [(Vec<CardFault>, Vec<CardFault>); 14] = [
        (with(|_| {}), vec![]),
        (with(|card| card.born = day("2019-07-01")), vec![CardFault::OnsetBeforeBirth]),
        // The year of the onset is known, not the day.
        (with(|card| card.onset = about("2020-12-31", Accuracy::Year)), vec![]),
        (with(|card| card.onset = about("2020-12-31", Accuracy::Day)), vec![CardFault::TreatmentBeforeOnset]),
        (with(|card| card.first_treatment = None), vec![]),
        (
            with(|card| card.diagnosed = day("2019-05-31")),
            vec![CardFault::DiagnosisBeforeOnset, CardFault::DiagnosisBeforeTreatment],
        ),
        (with(|card| card.diagnosed = day("2020-02-09")), vec![CardFault::DiagnosisBeforeTreatment]),
        (with(|card| card.diagnosed = day("2025-02-02")), vec![CardFault::DiagnosisInFuture]),
        (with(|card| card.consented = Some(day("2025-02-02"))), vec![CardFault::ConsentInFuture]),
        (with(|card| card.consent = None), vec![CardFault::ConsentMissing]),
        (with(|card| (card.consent, card.ground) = (None, Ground::EndangersOthers)), vec![]),
        (with(|card| card.no_drugs_needed = true), vec![CardFault::DrugsNotNeeded]),
        (with(|card| card.drug_lines = 0), vec![CardFault::DrugsMissing]),
        (with(|card| card.danger_count = 2), vec![CardFault::DangerNoneAndCounted]),
    ];
    for (found, expected) in rows {
        assert_eq!(found, expected);
    }
    let refused = Card { consent: Some(false), ground: Ground::EndangersOthers, ..card() };
    assert_eq!(refused.consent(), Some(false), "a refusal stands");
}

proptest! {
    #[test]
    fn the_first_visit_never_waits_for_more_than_either_term(days in 0_i64..3_600) {
        let from = date(2018, 1, 1).saturating_add(jiff::Span::new().days(days));
        let calendar = Calendar::embedded();
        let due = first_visit_due(from, &rules(), &calendar).date;
        prop_assert!(from < due && due <= rules().terms.first_visit.after(from));
        prop_assert!(due <= calendar.after_working_days(from, rules().terms.first_visit_working_days).date);
    }
}
