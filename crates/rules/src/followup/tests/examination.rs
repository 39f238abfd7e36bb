//! The yearly examination.

use super::*;
use crate::followup::examination::{Answer, ExaminationTable, Item, due, missing, owed, permit, written};
use crate::followup::register::{Record, State};

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

#[test]
fn only_who_is_managed_and_at_home_is_examined() {
    for state in State::ALL {
        let record = Record { state, ..Record::reported(uuid::Uuid::from_u128(1)) };
        let found = owed(&record, Some(day("2025-06-30")), Some(day("2024-03-03")), &rules());
        assert_eq!(found, (state == State::Managed).then(|| day("2026-06-30")), "{state:?}");
        assert_eq!(owed(&record, None, None, &rules()), None);
    }
}

#[test]
fn values_are_read_within_what_can_be() {
    let table = ExaminationTable::embedded().unwrap();
    let rows = [
        ("systolic", "126", Some(1260)),
        ("systolic", "39.9", None),
        ("systolic", "300", Some(3000)),
        ("systolic", "300.1", None),
        ("glucose", " 5.6 ", Some(56)),
        ("glucose", "5.65", None),
        ("glucose", "-1", None),
        ("glucose", "", None),
        ("weight", "1e2", None),
    ];
    for (code, text, expected) in rows {
        assert_eq!(table.measure(code).unwrap().read(text), expected, "{code} {text}");
    }
    assert_eq!(
        (written(1260), written(56), written(0)),
        ("126".to_owned(), "5.6".to_owned(), "0".to_owned())
    );
    let text = include_str!("../../../../../data/examination.toml");
    for fault in [
        text.replacen("lowest_tenths = 400", "lowest_tenths = 3001", 1),
        text.replacen("code = \"diastolic\"", "code = \"systolic\"", 1),
        text.replacen("item = \"weight\"", "item = \"height\"", 1),
    ] {
        assert!(ExaminationTable::parse(&fault).is_err());
    }
}

#[test]
fn codes_find_their_way_back() {
    for answer in Answer::ALL {
        assert_eq!(Answer::of_code(answer.code()), Some(answer));
        assert_eq!(serde_json::to_value(answer).unwrap(), answer.code());
    }
    for item in Item::ALL {
        assert_eq!(serde_json::to_value(item).unwrap(), item.code());
    }
}
