//! One visit of a list: from its cells to what the rules read, or everything that is wrong with it.

use super::columns::{Column, Columns};
use csv::ByteRecord;
use jiff::civil::Date;
use rules::followup::{AdverseReaction, Class, Findings, Function, Insight, Physical, RiskGrade, Symptoms};

/// Characters that are shown of a faulty value.
const SHOWN: usize = 40;

/// A visit as a row tells it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) on: Date,
    pub(super) findings: Findings,
    pub(super) previous: Option<Class>,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// The heading lacks the column.
    ColumnMissing,
    /// The heading has the column twice.
    ColumnTwice,
    /// The heading has a column of a name that is written.
    ColumnTaken,
    /// The row has another number of cells than the heading.
    Cells {
        /// As many as the heading has.
        wanted: usize,
    },
    /// The row is not text in UTF-8.
    NotUtf8,
    /// The value is none that the column knows.
    Value(Column),
}

impl Problem {
    /// The code for programs.
    pub(super) fn code(self) -> &'static str {
        match self {
            Problem::ColumnMissing => "column_missing",
            Problem::ColumnTwice => "column_twice",
            Problem::ColumnTaken => "column_taken",
            Problem::Cells { .. } => "cells",
            Problem::NotUtf8 => "not_utf8",
            Problem::Value(_) => "value",
        }
    }
}

/// Something wrong, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Row as a spreadsheet shows it: the heading is row 1.
    pub(super) row: u64,
    /// Heading of the column; empty where the whole row is meant.
    pub(super) column: &'static str,
    /// The value, or its beginning.
    pub(super) value: String,
    /// What is wrong.
    pub(super) problem: Problem,
}

/// Reads a row.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read(record: &ByteRecord, columns: &Columns, row: u64) -> Result<Visit, Vec<Fault>> {
    let whole = |value: String, problem| vec![Fault { row, column: "", value, problem }];
    if record.len() != columns.width {
        return Err(whole(record.len().to_string(), Problem::Cells { wanted: columns.width }));
    }
    if let Some(cell) = record.iter().find(|cell| std::str::from_utf8(cell).is_err()) {
        return Err(whole(shown(cell), Problem::NotUtf8));
    }
    let cells = columns.cells(record);
    visit(cells).ok_or_else(|| faults(cells, row))
}

/// The visit, if every cell has a value that its column knows.
fn visit(cells: [&[u8]; 12]) -> Option<Visit> {
    let [on, risk, symptoms, insight, self_care, housework, work, learning, social, reaction, body, previous] =
        cells;
    Some(Visit {
        on: day(on)?,
        findings: Findings {
            risk: optional(risk, RiskGrade::of_code)?,
            symptoms: optional(symptoms, Symptoms::of_code)?,
            insight: optional(insight, Insight::of_code)?,
            function: [
                function(self_care)?,
                function(housework)?,
                function(work)?,
                function(learning)?,
                function(social)?,
            ],
            adverse_reaction: adverse_reaction(reaction)?,
            physical: physical(body)?,
            other_abnormality: false,
        },
        previous: optional(previous, Class::of_code)?,
    })
}

fn faults(cells: [&[u8]; 12], row: u64) -> Vec<Fault> {
    let wrong = Column::ALL.into_iter().zip(cells).filter(|(column, cell)| !is_known(*column, cell));
    let fault = |(column, cell): (Column, &[u8])| Fault {
        row,
        column: column.name(),
        value: shown(cell),
        problem: Problem::Value(column),
    };
    wrong.map(fault).collect()
}

fn is_known(column: Column, cell: &[u8]) -> bool {
    match column {
        Column::VisitDate => day(cell).is_some(),
        Column::Risk => optional(cell, RiskGrade::of_code).is_some(),
        Column::Symptoms => optional(cell, Symptoms::of_code).is_some(),
        Column::Insight => optional(cell, Insight::of_code).is_some(),
        Column::SelfCare | Column::Housework | Column::Work | Column::Learning | Column::Social => {
            function(cell).is_some()
        }
        Column::AdverseReaction => adverse_reaction(cell).is_some(),
        Column::Physical => physical(cell).is_some(),
        Column::PreviousClass => optional(cell, Class::of_code).is_some(),
    }
}

fn digit(cell: &[u8]) -> Option<u8> {
    match cell {
        [digit @ b'0'..=b'9'] => Some(digit - b'0'),
        _ => None,
    }
}

/// An answer or none; the outer none is a value that is not known.
#[expect(clippy::option_option, reason = "no answer and a wrong answer are two things")]
fn optional<T>(cell: &[u8], of_code: impl Fn(u8) -> Option<T>) -> Option<Option<T>> {
    if cell.is_empty() { Some(None) } else { digit(cell).and_then(of_code).map(Some) }
}

fn function(cell: &[u8]) -> Option<Function> {
    digit(cell).and_then(Function::of_code)
}

fn adverse_reaction(cell: &[u8]) -> Option<AdverseReaction> {
    match cell {
        b"none" => Some(AdverseReaction::None),
        b"mild" => Some(AdverseReaction::Mild),
        b"severe" => Some(AdverseReaction::Severe),
        _ => None,
    }
}

fn physical(cell: &[u8]) -> Option<Physical> {
    match cell {
        b"stable" => Some(Physical::Stable),
        b"unstable" => Some(Physical::Unstable),
        b"severe" => Some(Physical::Severe),
        _ => None,
    }
}

/// A day such as 2025-03-03, and nothing else.
pub(super) fn day(cell: &[u8]) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = cell else { return None };
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0_i16, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i16::from(**digit - b'0'))
        })
    };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    if year == 0 {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn shown(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let mut short: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > SHOWN {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const WELL: [&[u8]; 12] =
        [b"2025-03-03", b"0", b"0", b"1", b"1", b"1", b"1", b"1", b"1", b"none", b"stable", b""];

    fn with(column: Column, value: &[u8]) -> Vec<&'static str> {
        let mut cells = WELL;
        let place = Column::ALL.iter().position(|other| *other == column).unwrap();
        cells[place] = value;
        match visit(cells) {
            Some(_) => Vec::new(),
            None => faults(cells, 2).into_iter().map(|fault| fault.column).collect(),
        }
    }

    #[test]
    fn what_each_column_knows() {
        let numbers = |known: &[u8]| -> Vec<(String, bool)> {
            let mut rows: Vec<_> = (0..=10).map(|n: u8| (n.to_string(), known.contains(&n))).collect();
            rows.extend(["-1", "01", "1.0", "一", "１", "x"].map(|wrong| (wrong.to_owned(), false)));
            rows
        };
        let optional = |known: &[u8]| [numbers(known), vec![(String::new(), true)]].concat();
        let needed = |known: &[u8]| [numbers(known), vec![(String::new(), false)]].concat();
        let words = |known: &[&str]| -> Vec<(String, bool)> {
            let all = ["none", "mild", "severe", "stable", "unstable", "", "None", "1"];
            all.map(|word| (word.to_owned(), known.contains(&word))).to_vec()
        };
        let days = [
            ("2025-03-03", true),
            ("2024-02-29", true),
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
                let expected = if known { vec![] } else { vec![column.name()] };
                assert_eq!(with(column, value.as_bytes()), expected, "{column:?} {value:?}");
            }
        }
    }

    #[test]
    fn a_visit_is_what_its_cells_say() {
        let cells: [&[u8]; 12] =
            [b"2025-03-17", b"4", b"1", b"", b"3", b"2", b"9", b"1", b"2", b"mild", b"unstable", b"2"];
        let visit = visit(cells).unwrap();
        assert_eq!((visit.on, visit.previous), (date(2025, 3, 17), Some(Class::BasicallyStable)));
        let found = visit.findings;
        assert_eq!((found.risk, found.insight), (Some(RiskGrade::Violence), None));
        assert_eq!(found.symptoms, Some(Symptoms::Some));
        let function = [3, 2, 9, 1, 2].map(|code| Function::of_code(code).unwrap());
        assert_eq!(found.function, function);
        assert_eq!((found.adverse_reaction, found.physical), (AdverseReaction::Mild, Physical::Unstable));
    }

    #[test]
    fn long_and_odd_values_are_shown_short() {
        assert_eq!(shown("长".repeat(50).as_bytes()), format!("{}…", "长".repeat(40)));
        assert_eq!(shown(b"a\nb"), "a b");
        assert_eq!(shown(&[0xff]), "\u{fffd}");
    }
}
