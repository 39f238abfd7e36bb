//! The columns of a list of visits, in any order.

use super::row::{Fault, Problem};
use csv::ByteRecord;

/// What is written behind the columns that came.
pub(super) const ADDED: [&str; 3] = ["class", "rule", "next_due"];

/// A column that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    VisitDate,
    Risk,
    Symptoms,
    Insight,
    SelfCare,
    Housework,
    Work,
    Learning,
    Social,
    AdverseReaction,
    Physical,
    PreviousClass,
}

impl Column {
    pub(super) const ALL: [Column; 12] = [
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
    pub(super) fn name(self) -> &'static str {
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
}

/// Where each column stands.
#[derive(Debug)]
pub(super) struct Columns {
    places: [usize; 12],
    /// How many cells a row has.
    pub(super) width: usize,
}

impl Columns {
    /// Finds the columns in a heading.
    ///
    /// # Errors
    /// Every column that is missing, stands twice, or has the name of one that is written.
    pub(super) fn find(heading: &ByteRecord) -> Result<Columns, Vec<Fault>> {
        let named = |name: &str| {
            let name = name.as_bytes();
            let fits = move |cell: &[u8]| cell.trim_ascii().eq_ignore_ascii_case(name);
            heading.iter().enumerate().filter(move |(_, cell)| fits(cell)).map(|(place, _)| place)
        };
        let fault = |column: &'static str, problem| Fault { row: 1, column, value: String::new(), problem };
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
        if faults.is_empty() { Ok(Columns { places, width: heading.len() }) } else { Err(faults) }
    }

    /// The cells of a row, in the order of [`Column::ALL`], without spaces around them.
    pub(super) fn cells<'a>(&self, record: &'a ByteRecord) -> [&'a [u8]; 12] {
        self.places.map(|place| record.get(place).unwrap_or_default().trim_ascii())
    }
}
