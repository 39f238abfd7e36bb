//! `xinqiao followup`: classes and next visits of many visits at once, by the rules that the program itself follows.

mod text;

use crate::{result_file, terminal::speaks_chinese};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use csv::ByteRecord;
use jiff::civil::Date;
use rules::followup::list::{ADDED, Fault, Heading, Row};
use rules::followup::{FollowupTable, classify, next_visit};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

/// Faults that are listed; more are counted.
const LISTED: usize = 200;

/// What Excel needs to read a file as UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Arguments of `xinqiao followup`.
#[derive(Debug, Args)]
pub struct FollowupArgs {
    #[command(subcommand)]
    command: FollowupCommand,
}

#[derive(Debug, Subcommand)]
enum FollowupCommand {
    /// Class (病情分类) and latest day of the next visit (下次随访日期) for each visit of a list.
    Classify(ClassifyArgs),
}

#[derive(Debug, Args)]
#[command(after_help = text::HELP)]
struct ClassifyArgs {
    /// The visits, a CSV file in UTF-8 with a heading.
    #[arg(long, value_name = "FILE")]
    csv: PathBuf,
    /// Where to write them with the columns class, rule and next_due; nothing is written while a row is faulty.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

/// Something wrong, with the row as a spreadsheet shows it: the heading is row 1.
#[derive(Debug)]
struct Placed {
    row: u64,
    fault: Fault,
}

/// What was counted.
#[derive(Debug, Default)]
struct Summary {
    rows: u64,
    without_class: u64,
    classes: BTreeMap<u8, u64>,
    rules: BTreeMap<&'static str, u64>,
    faults: Vec<Placed>,
    faults_total: u64,
}

impl Summary {
    fn faulty(&mut self, row: u64, faults: Vec<Fault>) {
        for fault in faults {
            self.faults_total += 1;
            if self.faults.len() < LISTED {
                self.faults.push(Placed { row, fault });
            }
        }
    }
}

/// Runs `xinqiao followup`. The exit code is 1 when a row is faulty.
///
/// # Errors
/// When a file cannot be read or written.
pub fn run(arguments: &FollowupArgs) -> Result<ExitCode> {
    let FollowupCommand::Classify(arguments) = &arguments.command;
    let started = Instant::now();
    let summary = work(arguments)?;
    let chinese = speaks_chinese();
    for fault in &summary.faults {
        eprintln!("{}", text::fault(fault, chinese));
    }
    let unlisted = summary.faults_total.saturating_sub(u64::try_from(summary.faults.len())?);
    if unlisted > 0 {
        eprintln!("{}", text::further(unlisted, chinese));
    }
    let faulty = summary.faults_total > 0;
    if faulty {
        eprintln!("{}", text::nothing_written(summary.faults_total, chinese));
    } else if summary.without_class > 0 {
        eprintln!("{}", text::without_class(summary.without_class, chinese));
    }
    let seconds = started.elapsed().as_secs_f64();
    if arguments.json {
        println!("{}", as_json(&summary, seconds, chinese));
    } else if !faulty {
        println!("{}", text::done(&summary, &arguments.out, seconds, chinese));
    }
    Ok(if faulty { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn as_json(summary: &Summary, seconds: f64, chinese: bool) -> serde_json::Value {
    let fault = |placed: &Placed| {
        let Placed { row, fault } = placed;
        json!({
            "row": row, "column": fault.column, "value": fault.value, "code": fault.problem.code(),
            "remedy": text::remedy(fault.problem, chinese),
        })
    };
    json!({
        "rows": summary.rows,
        "classes": summary.classes,
        "rules": summary.rules,
        "invalid": summary.without_class,
        "faults_total": summary.faults_total,
        "faults": summary.faults.iter().map(fault).collect::<Vec<_>>(),
        "written": summary.faults_total == 0,
        "seconds": seconds,
    })
}

/// Reads, classifies and writes beside the wanted file, which takes its name at the end: a failed run leaves nothing.
fn work(arguments: &ClassifyArgs) -> Result<Summary> {
    let input = File::open(&arguments.csv).with_context(|| shown(&arguments.csv))?;
    let mut input = BufReader::with_capacity(1 << 16, input);
    let marked = input.fill_buf().with_context(|| shown(&arguments.csv))?.starts_with(MARK);
    if marked {
        input.consume(MARK.len());
    }
    let mut unfinished = result_file::beside(&arguments.out)?;
    let mut output = BufWriter::with_capacity(1 << 16, unfinished.as_file_mut());
    if marked {
        output.write_all(MARK).with_context(|| shown(&arguments.out))?;
    }
    let mut writer = csv::Writer::from_writer(output);
    let summary = rows(input, &mut writer, arguments)?;
    writer.flush().with_context(|| shown(&arguments.out))?;
    drop(writer);
    if summary.faults_total == 0 {
        result_file::finished(unfinished, &arguments.out)?;
    }
    Ok(summary)
}

fn rows<R: BufRead, W: Write>(
    input: R,
    writer: &mut csv::Writer<W>,
    arguments: &ClassifyArgs,
) -> Result<Summary> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(input);
    let mut summary = Summary::default();
    let mut record = ByteRecord::new();
    reader.read_byte_record(&mut record).with_context(|| shown(&arguments.csv))?;
    let heading = match Heading::read(record.iter()) {
        Ok(heading) => heading,
        Err(faults) => {
            summary.faulty(1, faults);
            return Ok(summary);
        }
    };
    let table = FollowupTable::embedded()?;
    let mut line = Line::default();
    write(writer, &record, &ADDED.map(str::as_bytes)).with_context(|| shown(&arguments.out))?;
    line.next(&record);
    while reader.read_byte_record(&mut record).with_context(|| shown(&arguments.csv))? {
        summary.rows += 1;
        let row = line.next(&record);
        match heading.row(record.len(), |place| record.get(place)) {
            Err(faults) => summary.faulty(row, faults),
            Ok(visit) => {
                let found = answer(&visit, &table, &mut summary);
                if summary.faults_total == 0 {
                    write(writer, &record, &found.cells()).with_context(|| shown(&arguments.out))?;
                }
            }
        }
    }
    Ok(summary)
}

/// Counts rows as a spreadsheet does: the heading is row 1, and a cell of several lines is one row.
#[derive(Default)]
struct Line {
    inside_cells: u64,
}

impl Line {
    fn next(&mut self, record: &ByteRecord) -> u64 {
        let line = record.position().map_or(0, csv::Position::line);
        let row = line.saturating_sub(self.inside_cells);
        let breaks = record.as_slice().iter().filter(|byte| **byte == b'\n').count();
        self.inside_cells += u64::try_from(breaks).unwrap_or(0);
        row
    }
}

/// What is written behind a row.
struct Answer {
    class: Option<u8>,
    rule: &'static str,
    next: Option<[u8; 10]>,
}

impl Answer {
    fn cells(&self) -> [&[u8]; 3] {
        let class: &[u8] = match self.class {
            Some(1) => b"1",
            Some(2) => b"2",
            Some(3) => b"3",
            _ => b"",
        };
        [class, self.rule.as_bytes(), self.next.as_ref().map_or(&[], |day| day)]
    }
}

fn answer(visit: &Row, table: &FollowupTable, summary: &mut Summary) -> Answer {
    let Ok(found) = classify(&visit.findings) else {
        summary.without_class += 1;
        return Answer { class: None, rule: "invalid", next: None };
    };
    let rules = table.in_force(visit.on);
    let course = next_visit::course(found.class, visit.previous, None, rules);
    let class = found.class.code();
    *summary.classes.entry(class).or_default() += 1;
    *summary.rules.entry(found.rule.code()).or_default() += 1;
    let next = iso(next_visit::latest(visit.on, course, rules));
    Answer { class: Some(class), rule: found.rule.code(), next: Some(next) }
}

/// The day as 2025-03-17; days are read and written a million times.
fn iso(day: Date) -> [u8; 10] {
    let digit =
        |number: i16, place: i16| u8::try_from(number / place % 10).map_or(b'0', |digit| b'0' + digit);
    let (year, month, day) = (day.year(), i16::from(day.month()), i16::from(day.day()));
    [
        digit(year, 1000),
        digit(year, 100),
        digit(year, 10),
        digit(year, 1),
        b'-',
        digit(month, 10),
        digit(month, 1),
        b'-',
        digit(day, 10),
        digit(day, 1),
    ]
}

fn write<W: Write>(writer: &mut csv::Writer<W>, record: &ByteRecord, more: &[&[u8]; 3]) -> csv::Result<()> {
    for cell in record {
        writer.write_field(cell)?;
    }
    for cell in more {
        writer.write_field(cell)?;
    }
    writer.write_record(None::<&[u8]>)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_they_are_read() {
        for text in ["0001-01-01", "1999-12-31", "2024-02-29", "2025-03-17", "9999-12-31"] {
            let day: Date = text.parse().unwrap();
            assert_eq!(iso(day), text.as_bytes());
        }
    }
}
