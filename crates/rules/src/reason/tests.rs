//! The embedded reasons.

use jiff::civil::date;

use super::*;

#[test]
fn the_embedded_table_holds_every_code_in_its_category() {
    let table = ReasonTable::embedded().unwrap();
    let on = date(2025, 3, 3);
    let rows = [
        (Category::Rejection, "R", 6),
        (Category::Decline, "D", 5),
        (Category::Closure, "C", 10),
        (Category::Cancel, "X", 3),
        (Category::Queue, "Q", 3),
        (Category::Pause, "P", 4),
        (Category::NotSuitable, "N", 5),
        (Category::Withdrawal, "V", 3),
        (Category::Lapse, "L", 2),
        (Category::Transfer, "M", 1),
        (Category::Refused, "B", 3),
        (Category::End, "Z", 5),
    ];
    for (category, letter, count) in rows {
        let codes: Vec<&str> = table.choices(category, on).map(|reason| reason.code.as_str()).collect();
        let expected: Vec<String> = (1..=count).map(|number| format!("{letter}{number}")).collect();
        assert_eq!(codes, expected);
    }
    assert!(table.of(Category::Decline, "C1", on).is_none());
    assert!(table.get("D1", date(2023, 12, 18)).is_none(), "not in force before its day");
}

#[test]
fn what_the_person_said_and_what_the_institution_said_are_kept_apart() {
    let table = ReasonTable::embedded().unwrap();
    let on = date(2025, 3, 3);
    for reason in table.choices(Category::Decline, on) {
        assert_eq!(reason.who, Whose::Institution, "{}", reason.code);
    }
    for reason in table.choices(Category::Withdrawal, on) {
        assert_eq!(reason.who, Whose::Person, "{}", reason.code);
    }
    for category in [Category::Decline, Category::Rejection, Category::Closure] {
        for reason in table.choices(category, on) {
            assert!(reason.next_actor.is_some() || reason.code == "C7", "{} strands the case", reason.code);
        }
    }
}

#[test]
fn a_code_may_change_from_a_day_but_not_stand_twice() {
    let row = |zh: &str, from: &str| {
        format!(
            "[[reason]]\ncode = \"D1\"\ncategory = \"decline\"\nwho = \"institution\"\nzh = \"{zh}\"\nen = \"e\"\n\
             effective_from = \"{from}\"\n"
        )
    };
    let table =
        ReasonTable::parse(&format!("{}{}", row("旧", "2024-01-01"), row("新", "2026-01-01"))).unwrap();
    assert_eq!(table.get("D1", date(2025, 12, 31)).unwrap().zh, "旧");
    assert_eq!(table.get("D1", date(2026, 1, 1)).unwrap().zh, "新");
    assert!(ReasonTable::parse(&format!("{}{}", row("旧", "2024-01-01"), row("新", "2024-01-01"))).is_err());
    assert!(ReasonTable::parse("[[reason]]\ncode = 1").is_err());
}
