//! What each column knows, headings, and what is wrong with a row.

use super::*;
use jiff::civil::date;
use proptest::prelude::*;

const HEADING: [&str; 12] = [
    "visit_date",
    "risk",
    "symptoms",
    "insight",
    "self_care",
    "housework",
    "work",
    "learning",
    "social",
    "adr",
    "physical",
    "previous_class",
];
const WELL: [&str; 12] = ["2025-03-03", "0", "0", "1", "1", "1", "1", "1", "1", "none", "stable", ""];

fn heading(names: &[&str]) -> Result<Heading, Vec<Fault>> {
    Heading::read(names.iter().map(|name| name.as_bytes()))
}

fn row(cells: &[&[u8]]) -> Result<Row, Vec<Fault>> {
    heading(&HEADING).unwrap().row(cells.len(), |place| cells.get(place).copied())
}

fn with(column: Column, value: &str) -> Result<Row, Vec<Fault>> {
    let place = Column::ALL.iter().position(|other| *other == column).unwrap();
    let mut cells = WELL.map(str::as_bytes);
    cells[place] = value.as_bytes();
    row(&cells)
}

#[test]
fn what_each_column_knows() {
    let numbers = |known: &[u8]| -> Vec<(String, bool)> {
        let mut rows: Vec<_> = (0..=10).map(|n: u8| (n.to_string(), known.contains(&n))).collect();
        rows.extend(["-1", "01", "1.0", "一", "１", "x"].map(|wrong| (wrong.to_owned(), false)));
        rows
    };
    let optional =
        |known: &[u8]| [numbers(known), vec![(String::new(), true), (" 1 ".to_owned(), true)]].concat();
    let needed = |known: &[u8]| [numbers(known), vec![(String::new(), false)]].concat();
    let words = |known: &[&str]| -> Vec<(String, bool)> {
        let all = ["none", "mild", "severe", "stable", "unstable", "", "None", "1"];
        all.map(|word| (word.to_owned(), known.contains(&word))).to_vec()
    };
    let days = [
        ("2025-03-03", true),
        ("2024-02-29", true),
        ("9999-12-31", true),
        ("2025-02-29", false),
        ("2025-3-3", false),
        ("2025/03/03", false),
        ("20250303", false),
        ("2025-13-01", false),
        ("0000-01-01", false),
        ("2025-03-03T08:00", false),
        ("", false),
    ];
    let rows = [
        (Column::VisitDate, days.map(|(day, known)| (day.to_owned(), known)).to_vec()),
        (Column::Risk, optional(&[0, 1, 2, 3, 4, 5])),
        (Column::Symptoms, optional(&[0, 1, 2])),
        (Column::Insight, optional(&[1, 2, 3])),
        (Column::SelfCare, needed(&[1, 2, 3, 9])),
        (Column::Housework, needed(&[1, 2, 3, 9])),
        (Column::Work, needed(&[1, 2, 3, 9])),
        (Column::Learning, needed(&[1, 2, 3, 9])),
        (Column::Social, needed(&[1, 2, 3, 9])),
        (Column::AdverseReaction, words(&["none", "mild", "severe"])),
        (Column::Physical, words(&["stable", "unstable", "severe"])),
        (Column::PreviousClass, optional(&[1, 2, 3])),
    ];
    for (column, values) in rows {
        for (value, known) in values {
            let fault =
                Fault { column: Some(column.name()), value: value.clone(), problem: Problem::Value(column) };
            let expected = if known { None } else { Some(vec![fault]) };
            assert_eq!(with(column, &value).err(), expected, "{column:?} {value:?}");
        }
    }
}

#[test]
fn a_visit_is_what_its_cells_say() {
    let cells = ["2025-03-17", "4", "1", "", "3", "2", "9", "1", "2", "mild", "unstable", "2"];
    let row = row(&cells.map(str::as_bytes)).unwrap();
    assert_eq!((row.on, row.previous), (date(2025, 3, 17), Some(Class::BasicallyStable)));
    let found = row.findings;
    assert_eq!((found.risk, found.insight), (Some(RiskGrade::Violence), None));
    assert_eq!(found.symptoms, Some(Symptoms::Some));
    assert_eq!(found.function, [3, 2, 9, 1, 2].map(|code| Function::of_code(code).unwrap()));
    assert_eq!((found.adverse_reaction, found.physical), (AdverseReaction::Mild, Physical::Unstable));
}

#[test]
fn columns_stand_in_any_order_beside_others() {
    let mut names = HEADING.to_vec();
    names.reverse();
    names.insert(3, "备注");
    names.push(" note ");
    let found = heading(&names).unwrap();
    let mut cells = WELL.to_vec();
    cells.reverse();
    cells.insert(3, "任意");
    cells.push("");
    let read = found.row(cells.len(), |place| cells.get(place).map(|cell| cell.as_bytes()));
    assert_eq!(read, row(&WELL.map(str::as_bytes)));
    assert!(heading(&HEADING.map(|name| if name == "risk" { " RISK " } else { name })).is_ok());
}

#[test]
fn faults_of_a_heading() {
    let without = |name: &str| HEADING.iter().copied().filter(|other| *other != name).collect::<Vec<_>>();
    let and = |name| [HEADING.to_vec(), vec![name]].concat();
    let rows = [
        (without("adr"), vec![("adr", Problem::ColumnMissing)]),
        (and("risk"), vec![("risk", Problem::ColumnTwice)]),
        (and("class"), vec![("class", Problem::ColumnTaken)]),
        (and("Next_Due"), vec![("next_due", Problem::ColumnTaken)]),
        (vec![], HEADING.map(|name| (name, Problem::ColumnMissing)).to_vec()),
    ];
    for (names, expected) in rows {
        let faults = heading(&names).unwrap_err();
        let found: Vec<_> = faults.iter().map(|fault| (fault.column.unwrap(), fault.problem)).collect();
        assert_eq!(found, expected, "{names:?}");
    }
}

#[test]
fn faults_of_a_row() {
    let well = WELL.map(str::as_bytes);
    let wrong = |value: &str, problem| Err(vec![Fault { column: None, value: value.to_owned(), problem }]);
    assert_eq!(row(&well[..11]), wrong("11", Problem::Cells { wanted: 12 }));
    assert_eq!(row(&[]), wrong("0", Problem::Cells { wanted: 12 }));
    let mut encoded = well;
    encoded[4] = &[0xca, 0xca];
    assert_eq!(row(&encoded), wrong("\u{fffd}\u{fffd}", Problem::NotUtf8));
    let mut many = well;
    (many[0], many[1], many[9]) = (b"x", b"9", b"bad");
    let columns: Vec<_> = row(&many).unwrap_err().into_iter().map(|fault| fault.column.unwrap()).collect();
    assert_eq!(columns, ["visit_date", "risk", "adr"], "all of them are told");
}

#[test]
fn long_and_odd_values_are_kept_short() {
    assert_eq!(kept("长".repeat(50).as_bytes()), format!("{}…", "长".repeat(40)));
    assert_eq!(kept(b"a\nb"), "a b");
}

proptest! {
    #[test]
    fn any_cells_are_a_visit_or_its_faults(cells in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 0..14)) {
        let cells: Vec<&[u8]> = cells.iter().map(Vec::as_slice).collect();
        if let Err(faults) = row(&cells) {
            prop_assert!(!faults.is_empty());
            prop_assert!(faults.iter().all(|fault| fault.value.chars().count() <= KEPT + 1));
        }
        let _ = Heading::read(cells.iter().copied());
    }
}
