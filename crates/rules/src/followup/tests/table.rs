//! The data file: whole, sound, and faulty ones are refused.

use super::*;
use crate::clock::Mark;

const TEXT: &str = include_str!("../../../../../data/followup.toml");

#[test]
fn the_embedded_table_is_whole_and_marks_what_is_official() {
    let rules = rules();
    let terms = rules.terms;
    assert_eq!((terms.onset_report, terms.paper_entry, terms.discharge_slip), (10, 5, 10));
    assert_eq!((terms.receipt, terms.correction, terms.move_acceptance), (2, 10, 10));
    assert_eq!((terms.first_visit_working_days, terms.first_visit), (10, Interval::Days(14)));
    assert_eq!((terms.emergency_record_hours, terms.emergency_check_hours), (24, 4));
    assert_eq!((terms.retry, terms.lost_span), (Interval::Days(14), Interval::Months(1)));
    assert_eq!((terms.examination, terms.clue_survey), (Interval::Months(12), Interval::Months(3)));
    assert_eq!((terms.hospital_word, terms.rehabilitation_current), (2, Interval::Months(3)));
    assert_eq!(terms.guardian_review, Interval::Months(3));
    let limits = rules.limits;
    assert_eq!((limits.yearly_visits, limits.misses_before_lost, limits.stable_checks), (4, 3, 2));
    assert_eq!((limits.emergency_copies, limits.improved_is_tending), (3, true));
    let official: Vec<&str> = rules
        .entries
        .iter()
        .filter(|entry| entry.mark == Mark::Official)
        .map(|entry| entry.code.as_str())
        .collect();
    let expected = [
        "discharge_slip",
        "examination",
        "first_time",
        "onset_report",
        "paper_entry",
        "stable",
        "tending_to_stable",
        "unstable",
        "yearly_visits",
    ];
    assert_eq!(official, expected);
    for entry in &rules.entries {
        assert!(!entry.source_zh.is_empty() && !entry.source_en.is_empty(), "{entry:?}");
        assert!(entry.source_zh.chars().any(crate::name::is_han), "{entry:?}");
        assert!(!entry.source_en.chars().any(crate::name::is_han), "{entry:?}");
    }
}

#[test]
fn a_later_term_holds_from_its_day() {
    let later = "\n[[entry]]\ncode = \"still_not_stable\"\nvalue = 14\nunit = \"calendar_days\"\nmark = \"official\"\n\
                 source_zh = \"新\"\nsource_en = \"new\"\neffective_from = \"2027-01-01\"\n";
    let table = FollowupTable::parse(&format!("{TEXT}{later}")).unwrap();
    assert_eq!(table.in_force(date(2026, 12, 31)).terms.still_not_stable, Interval::Months(1));
    assert_eq!(table.in_force(date(2027, 1, 1)).terms.still_not_stable, Interval::Days(14));
    assert_eq!(table.in_force(date(1990, 1, 1)).terms.still_not_stable, Interval::Months(1));
}

#[test]
fn faulty_tables_are_refused() {
    let faults = [
        (TEXT.replace("code = \"retry\"", "code = \"retries\""), "retry is missing"),
        (
            format!("{TEXT}{}", TEXT.split("\n\n").last().unwrap().replace("stable_checks", "checks")),
            "checks is unknown",
        ),
        (TEXT.replacen("value = 10", "value = 0", 1), "onset_report must be"),
        (TEXT.replacen("\"working_days\"", "\"calendar_days\"", 1), "onset_report must be"),
        (TEXT.replacen("\"calendar_days\"", "\"hours\"", 1), "must be some days or months"),
        (TEXT.replacen("value = 1\nmark", "value = 2\nmark", 1), "must be 0 or 1"),
        (TEXT.replacen("value = 4\nmark", "value = 0\nmark", 1), "must be a count"),
        (TEXT.replacen("mark = \"official\"\n", "mark = \"law\"\n", 1), "unknown variant"),
    ];
    for (text, expected) in faults {
        let fault = FollowupTable::parse(&text).err().unwrap_or_else(|| panic!("taken: {expected}"));
        assert_eq!(fault.file, "data/followup.toml");
        assert!(fault.fault.contains(expected), "{fault}");
    }
}
