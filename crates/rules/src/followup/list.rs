//! A list of visits as it comes in a file: columns in any order, and of each row either the visit or everything that is wrong
//! with it.

use super::class::{AdverseReaction, Class, Findings, Function, Insight, Physical, Symptoms};
use super::risk::RiskGrade;
use jiff::civil::Date;

#[cfg(test)]
mod tests;

/// What is written behind the columns that came.
pub const ADDED: [&str; 3] = ["class", "rule", "next_due"];

/// Characters that are kept of a faulty value.
const KEPT: usize = 40;

/// A column that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Day of the visit.
    VisitDate,
    /// Risk.
    Risk,
    /// Symptoms.
    Symptoms,
    /// Insight.
    Insight,
    /// Self-care.
    SelfCare,
    /// Housework.
    Housework,
    /// Productive work.
    Work,
    /// Learning.
    Learning,
    /// Social contact.
    Social,
    /// Adverse drug reactions.
    AdverseReaction,
    /// Bodily illness.
    Physical,
    /// Class of the visit before.
    PreviousClass,
}

impl Column {
    /// All columns.
    pub const ALL: [Column; 12] = [
        Column::VisitDate,
        Column::Risk,
        Column::Symptoms,
        Column::Insight,
        Column::SelfCare,
        Column::Housework,
        Column::Work,
        Column::Learning,
        Column::Social,
        Column::AdverseReaction,
        Column::Physical,
        Column::PreviousClass,
    ];

    /// The heading.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Column::VisitDate => "visit_date",
            Column::Risk => "risk",
            Column::Symptoms => "symptoms",
            Column::Insight => "insight",
            Column::SelfCare => "self_care",
            Column::Housework => "housework",
            Column::Work => "work",
            Column::Learning => "learning",
            Column::Social => "social",
            Column::AdverseReaction => "adr",
            Column::Physical => "physical",
            Column::PreviousClass => "previous_class",
        }
    }

    /// Whether it knows a value.
    fn knows(self, cell: &[u8]) -> bool {
        match self {
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
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
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
    /// A cell is not text in UTF-8.
    NotUtf8,
    /// The value is none that the column knows.
    Value(Column),
}

impl Problem {
    /// The code for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
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
pub struct Fault {
    /// Heading of the column; none where the whole row is meant.
    pub column: Option<&'static str>,
    /// The value, or its beginning; of a row with too many or too few cells their number.
    pub value: String,
    /// What is wrong.
    pub problem: Problem,
}

/// A visit as a row tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Day.
    pub on: Date,
    /// What was found.
    pub findings: Findings,
    /// Class of the visit before.
    pub previous: Option<Class>,
}

/// Where each column stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    places: [usize; 12],
    width: usize,
}

impl Heading {
    /// Finds the columns in the first row. Case and spaces around a name do not matter.
    ///
    /// # Errors
    /// Every column that is missing, stands twice, or has the name of one that is written.
    pub fn read<'a>(cells: impl Iterator<Item = &'a [u8]> + Clone) -> Result<Heading, Vec<Fault>> {
        let named = |name: &'static str| {
            let fits = move |cell: &[u8]| cell.trim_ascii().eq_ignore_ascii_case(name.as_bytes());
            cells.clone().enumerate().filter(move |(_, cell)| fits(cell)).map(|(place, _)| place)
        };
        let fault = |column, problem| Fault { column: Some(column), value: String::new(), problem };
        let mut faults = Vec::new();
        let mut places = [0; 12];
        for (column, place) in Column::ALL.into_iter().zip(&mut places) {
            let mut found = named(column.name());
            match found.next() {
                Some(first) => *place = first,
                None => faults.push(fault(column.name(), Problem::ColumnMissing)),
            }
            if found.next().is_some() {
                faults.push(fault(column.name(), Problem::ColumnTwice));
            }
        }
        for added in ADDED {
            if named(added).next().is_some() {
                faults.push(fault(added, Problem::ColumnTaken));
            }
        }
        if faults.is_empty() { Ok(Heading { places, width: cells.count() }) } else { Err(faults) }
    }

    /// Reads a row whose cells are found by their place. Spaces around a value do not matter.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn row<'a>(&self, width: usize, cell: impl Fn(usize) -> Option<&'a [u8]>) -> Result<Row, Vec<Fault>> {
        let whole = |value, problem| vec![Fault { column: None, value, problem }];
        if width != self.width {
            return Err(whole(width.to_string(), Problem::Cells { wanted: self.width }));
        }
        let cells = || (0..width).filter_map(&cell);
        if let Some(cell) = cells().find(|cell| std::str::from_utf8(cell).is_err()) {
            return Err(whole(kept(cell), Problem::NotUtf8));
        }
        let cells = self.places.map(|place| cell(place).unwrap_or_default().trim_ascii());
        visit(cells).ok_or_else(|| faults(cells))
    }
}

/// The visit, if every column knows its value.
fn visit(cells: [&[u8]; 12]) -> Option<Row> {
    let [on, risk, symptoms, insight, self_care, housework, work, learning, social, reaction, body, previous] =
        cells;
    Some(Row {
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

fn faults(cells: [&[u8]; 12]) -> Vec<Fault> {
    let wrong = Column::ALL.into_iter().zip(cells).filter(|(column, cell)| !column.knows(cell));
    wrong
        .map(|(column, cell)| Fault {
            column: Some(column.name()),
            value: kept(cell),
            problem: Problem::Value(column),
        })
        .collect()
}

fn digit(cell: &[u8]) -> Option<u8> {
    match cell {
        [digit @ b'0'..=b'9'] => Some(digit - b'0'),
        _ => None,
    }
}

/// An answer or none, which an empty cell is; the outer none is a value that is not known.
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

/// A day such as 2025-03-03, and nothing else; a list has a million of them.
fn day(cell: &[u8]) -> Option<Date> {
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

/// The beginning of a value, on one line.
fn kept(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let mut short: String = text.chars().take(KEPT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > KEPT {
        short.push('…');
    }
    short
}
