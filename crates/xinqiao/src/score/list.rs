//! A file of forms: each row gets its total, band and flags; other columns stay. One faulty cell and nothing is written.

use super::{ScoreArgs, Scored, answer, columns, text};
use crate::{result_file, terminal::speaks_chinese};
use anyhow::{Context, Result};
use csv::ByteRecord;
use rules::{
    identity_number::Sex,
    scale::{Circumstances, Outcome, Problem, Scale},
};
use std::{fmt::Write as _, io::Write as _, path::Path};

/// The columns that are added.
const ADDED: [&str; 3] = ["total", "band", "flags"];
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
    let content = crate::text_file::read(file)?;
    let done = match results(scale, &content, arguments)? {
        Ok(done) => done,
        Err(told) => return Ok(Err(format!("{}: {told}", file.display()))),
    };
    match &arguments.out {
        Some(out) => {
            let mut unfinished = result_file::beside(out)?;
            unfinished.write_all(&done).with_context(|| out.display().to_string())?;
            result_file::finished(unfinished, out)?;
        }
        None => std::io::stdout().lock().write_all(&done)?,
    }
    Ok(Ok(()))
}

/// The file with its results.
fn results(scale: &Scale, content: &str, arguments: &ScoreArgs) -> Result<Scored<Vec<u8>>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content.as_bytes());
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
    let mut writer = csv::Writer::from_writer(Vec::with_capacity(content.len() * 2));
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
    if rows.faulty == 0 { Ok(Ok(writer.into_inner()?)) } else { Ok(Err(rows.told())) }
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
