//! A file of forms: each row gets its total, band and flags; other columns stay. One faulty cell and nothing is written. Rows go through one
//! by one, so that a file may be larger than the memory.

use super::{ScoreArgs, Scored, answer, columns, text};
use crate::{result_file, terminal::speaks_chinese};
use anyhow::{Context, Result};
use csv::ByteRecord;
use rules::{
    identity_number::Sex,
    scale::{Circumstances, Outcome, Problem, Scale},
};
use std::{
    fmt::Write as _,
    io::{Read, Seek, Write},
    path::Path,
};

/// The columns that are added.
const ADDED: [&str; 3] = ["total", "band", "flags"];
/// Bytes that are read and written at once.
const PORTION: usize = 1 << 18;
/// Faulty cells that are told; the rest are counted.
const TOLD: usize = 20;

/// Scores a file and writes it with the results, or says which cells are faulty.
///
/// # Errors
/// A file cannot be read or written.
pub(super) fn score(scale: &Scale, file: &Path, arguments: &ScoreArgs) -> Result<Scored<()>> {
    if scale.definition().items.is_empty() {
        let id = &scale.definition().id;
        return Ok(Err(format!("{id} has no items to read from a file; give its total with --answers")));
    }
    let source = crate::text_file::stream(file)?;
    let told = |told: String| format!("{}: {told}", file.display());
    if let Some(out) = &arguments.out {
        let unfinished = result_file::beside(out)?;
        if let Err(faults) = results(scale, source, unfinished.as_file(), arguments)? {
            return Ok(Err(told(faults)));
        }
        result_file::finished(unfinished, out)?;
        return Ok(Ok(()));
    }
    // Printed once all of it is known to be sound.
    let mut kept = tempfile::tempfile().context("a file for the results")?;
    if let Err(faults) = results(scale, source, &kept, arguments)? {
        return Ok(Err(told(faults)));
    }
    kept.rewind()?;
    std::io::copy(&mut kept, &mut std::io::stdout().lock())?;
    Ok(Ok(()))
}

/// Writes the rows with their results.
fn results(
    scale: &Scale,
    source: impl Read,
    target: impl Write,
    arguments: &ScoreArgs,
) -> Result<Scored<()>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).buffer_capacity(PORTION).from_reader(source);
    let heading = reader.byte_headers()?.clone();
    let headings: Vec<String> =
        heading.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
    if let Some(taken) = headings.iter().find(|heading| ADDED.contains(&heading.trim())) {
        return Ok(Err(format!("the column {taken} is there already; rename it or take it out")));
    }
    let columns = match columns::find(scale, &headings, &arguments.columns) {
        Ok(columns) => columns,
        Err(told) => return Ok(Err(told)),
    };
    let mut rows = Rows { scale, headings, columns, about: arguments.about(), faults: Vec::new(), faulty: 0 };
    let mut writer = csv::WriterBuilder::new().buffer_capacity(PORTION).from_writer(target);
    let mut heading = heading;
    ADDED.iter().for_each(|column| heading.push_field(column.as_bytes()));
    writer.write_byte_record(&heading)?;
    let (mut record, mut answers, mut cell) = (ByteRecord::new(), Vec::new(), String::new());
    let mut number = 0_u64;
    while reader.read_byte_record(&mut record)? {
        number += 1;
        let line = record.position().map_or(number + 1, csv::Position::line);
        if let Some(outcome) = rows.outcome(&record, Place { row: number, line }, &mut answers) {
            add(&mut record, &outcome, &mut cell)?;
            if rows.faulty == 0 {
                writer.write_byte_record(&record)?;
            }
        }
    }
    if rows.faulty > 0 {
        return Ok(Err(rows.told()));
    }
    writer.flush()?;
    Ok(Ok(()))
}

/// Adds the results to a row.
fn add(record: &mut ByteRecord, outcome: &Outcome<'_>, cell: &mut String) -> Result<()> {
    cell.clear();
    if let Some(total) = outcome.total {
        write!(cell, "{total}")?;
    }
    record.push_field(cell.as_bytes());
    record.push_field(outcome.band.map_or("", |band| band.code.as_str()).as_bytes());
    cell.clear();
    for flag in outcome.flags() {
        if !cell.is_empty() {
            cell.push(' ');
        }
        cell.push_str(flag);
    }
    record.push_field(cell.as_bytes());
    Ok(())
}

/// Where a row stands: its number below the heading, and its line in the file.
#[derive(Clone, Copy)]
struct Place {
    row: u64,
    line: u64,
}

/// Rows while they are scored.
struct Rows<'a> {
    scale: &'a Scale,
    headings: Vec<String>,
    columns: columns::Columns,
    about: Circumstances,
    faults: Vec<String>,
    faulty: usize,
}

impl<'a> Rows<'a> {
    /// What a row amounts to; a faulty one is noted.
    fn outcome(
        &mut self,
        record: &ByteRecord,
        place: Place,
        answers: &mut Vec<Option<i32>>,
    ) -> Option<Outcome<'a>> {
        if record.len() != self.headings.len() {
            let (cells, columns) = (record.len(), self.headings.len());
            let what = format!("it has {cells} cells, the heading has {columns}; add or take out commas");
            self.note(place, None, &what);
            return None;
        }
        let sex = self.sex(record, place)?;
        answers.clear();
        for item in 0..self.columns.items.len() {
            let column = self.columns.items.get(item).copied().flatten();
            let cell = column.and_then(|column| record.get(column)).unwrap_or_default();
            match self.cell(item, cell) {
                Ok(value) => answers.push(value),
                Err(what) => {
                    self.note(place, column, &what);
                    return None;
                }
            }
        }
        let scored = self.scale.score(answers, Circumstances { sex, ..self.about });
        scored.map_err(|fault| self.answer_fault(place, fault.position, &fault.problem)).ok()
    }

    fn answer_fault(&mut self, place: Place, item: usize, problem: &Problem) {
        let column = self.columns.items.get(item).copied().flatten();
        self.note(place, column, &text::problem_with(problem, speaks_chinese()));
    }

    /// A cell as an answer. One digit is what nearly all of them are.
    fn cell(&self, item: usize, cell: &[u8]) -> std::result::Result<Option<i32>, String> {
        match cell.trim_ascii() {
            [] => Ok(None),
            [digit @ b'0'..=b'9'] => Ok(Some(i32::from(digit - b'0'))),
            longer => {
                let written = String::from_utf8_lossy(longer);
                let number = written.parse().map_err(|_| text::no_number(&written, speaks_chinese()))?;
                answer(self.scale, item, Some(number))
                    .map_err(|fault| text::problem_with(&fault.problem, speaks_chinese()))
            }
        }
    }

    /// The sex of a row: of its column, else the one that was given for all.
    fn sex(&mut self, record: &ByteRecord, place: Place) -> Option<Option<Sex>> {
        let Some(column) = self.columns.sex.filter(|_| self.scale.asks_sex()) else {
            return Some(self.about.sex);
        };
        let written =
            String::from_utf8_lossy(record.get(column).unwrap_or_default().trim_ascii()).to_lowercase();
        match written.as_str() {
            "" => Some(self.about.sex),
            "male" | "m" | "男" | "1" => Some(Some(Sex::Male)),
            "female" | "f" | "女" | "2" => Some(Some(Sex::Female)),
            other => {
                let what = format!("{other:?} is no sex; write male or female, 男 or 女, 1 or 2, or nothing");
                self.note(place, Some(column), &what);
                None
            }
        }
    }

    fn note(&mut self, place: Place, column: Option<usize>, what: &str) {
        self.faulty += 1;
        if self.faults.len() < TOLD {
            let heading = column.and_then(|column| self.headings.get(column));
            let Place { row, line } = place;
            let column = heading.map(|heading| format!(", column {heading}")).unwrap_or_default();
            self.faults.push(format!("row {row} (line {line}){column}: {what}"));
        }
    }

    fn told(&self) -> String {
        let mut told = format!("{} rows are faulty; nothing was written", self.faulty);
        for fault in &self.faults {
            let _ = write!(told, "\n  {fault}");
        }
        if let Some(more) = self.faulty.checked_sub(self.faults.len()).filter(|more| *more > 0) {
            let _ = write!(told, "\n  and {more} more");
        }
        told
    }
}
