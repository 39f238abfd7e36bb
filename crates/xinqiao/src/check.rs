//! `xinqiao check`: identity numbers, disability certificates, credit codes and division codes, one or a file full.

mod text;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use app::division::Divisions;
use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use rules::{credit_code, disability_certificate, division, identity_number};
use serde_json::{Map, Value, json};

/// Arguments of `xinqiao check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Resident identity numbers and residence permits (GB 11643), 18 or 15 characters.
    Id(Values),
    /// Disability certificate numbers, 20 characters.
    DisabilityCertificate(Values),
    /// Unified social credit codes (GB 32100), 18 characters.
    Uscc(Values),
    /// Division codes of 2, 4, 6, 9 or 12 digits.
    Division(Values),
}

#[derive(Debug, Args)]
struct Values {
    /// The values to check.
    #[arg(required_unless_present = "csv")]
    values: Vec<String>,
    /// Check a column of a CSV file (UTF-8 or GB18030) instead.
    #[arg(long, value_name = "FILE", requires = "column", conflicts_with = "values")]
    csv: Option<PathBuf>,
    /// The heading of the column.
    #[arg(long, value_name = "NAME", requires = "csv")]
    column: Option<String>,
    /// Print one JSON object per value.
    #[arg(long)]
    json: bool,
    /// The language of the answer.
    #[arg(long, value_enum, default_value = "zh-CN")]
    lang: Language,
}

/// The languages of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// 简体中文
    #[value(name = "zh-CN", alias = "zh")]
    Chinese,
    /// English
    #[value(name = "en")]
    English,
}

/// What a check found: the fields to show, or the code and text of a reason.
struct Finding {
    details: Map<String, Value>,
    summary: String,
    reason: Option<(String, String)>,
}

/// Checks one value and says what it found in a language.
type Check = Box<dyn Fn(&str, Language) -> Finding>;

/// Runs `xinqiao check`. The exit code is 1 when a value is invalid.
///
/// # Errors
/// When the file cannot be read, has no such column, or output cannot be written.
pub fn run(arguments: CheckArgs) -> anyhow::Result<ExitCode> {
    let today = jiff::Timestamp::now().in_tz("Asia/Shanghai")?.date();
    let (values, check): (Values, Check) = match arguments.what {
        What::Id(values) => (values, Box::new(move |value, language| identity(value, today, language))),
        What::DisabilityCertificate(values) => {
            (values, Box::new(move |value, language| certificate(value, today, language)))
        }
        What::Uscc(values) => (values, Box::new(credit)),
        What::Division(values) => {
            let divisions = Divisions::embedded()?;
            (values, Box::new(move |value, language| division(&divisions, value, language)))
        }
    };
    let lines = match (&values.csv, &values.column) {
        (Some(path), Some(column)) => column_of(path, column)?,
        _ => values.values.iter().map(|value| (None, value.clone())).collect(),
    };
    let mut output = BufWriter::new(std::io::stdout().lock());
    let mut invalid = 0_usize;
    for (line, value) in &lines {
        let finding = check(value, values.lang);
        invalid += usize::from(finding.reason.is_some());
        if values.json {
            writeln!(output, "{}", as_json(*line, value, finding))?;
        } else if values.csv.is_none() || finding.reason.is_some() {
            writeln!(output, "{}", as_text(*line, value, &finding))?;
        }
    }
    if values.csv.is_some() && !values.json {
        writeln!(output, "{}", text::total(lines.len(), invalid, values.lang))?;
    }
    output.flush()?;
    Ok(if invalid == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_json(line: Option<u64>, value: &str, finding: Finding) -> Value {
    let mut object = Map::new();
    object.insert("value".to_owned(), json!(value));
    if let Some(line) = line {
        object.insert("line".to_owned(), json!(line));
    }
    object.insert("valid".to_owned(), json!(finding.reason.is_none()));
    if let Some((code, reason)) = finding.reason {
        object.insert("code".to_owned(), json!(code));
        object.insert("reason".to_owned(), json!(reason));
    }
    object.extend(finding.details);
    Value::Object(object)
}

fn as_text(line: Option<u64>, value: &str, finding: &Finding) -> String {
    let place = line.map(|line| format!("{line}: ")).unwrap_or_default();
    match &finding.reason {
        Some((_, reason)) => format!("{place}✗ {value}  {reason}"),
        None => format!("{place}✓ {value}  {}", finding.summary),
    }
}

/// The values of one column with their line numbers, counted from 1 with the heading.
fn column_of(path: &Path, column: &str) -> anyhow::Result<Vec<(Option<u64>, String)>> {
    let text = crate::text_file::read(path)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headings = reader.headers()?.clone();
    let Some(index) = headings.iter().position(|heading| heading.trim() == column.trim()) else {
        let found: Vec<&str> = headings.iter().collect();
        bail!("{} has no column {column}; it has: {}", path.display(), found.join(", "));
    };
    let mut values = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map(csv::Position::line);
        values.push((line, record.get(index).unwrap_or_default().to_owned()));
    }
    Ok(values)
}

fn refused(code: String, reason: String) -> Finding {
    Finding { details: Map::new(), summary: String::new(), reason: Some((code, reason)) }
}

fn accepted(details: Value, summary: String) -> Finding {
    let details = match details {
        Value::Object(details) => details,
        _ => Map::new(),
    };
    Finding { details, summary, reason: None }
}

fn identity(value: &str, today: Date, language: Language) -> Finding {
    match identity_number::check(value, today) {
        Ok(reading) => {
            let warnings: Vec<String> = reading.warnings.iter().map(ToString::to_string).collect();
            let summary = text::identity(&reading, language);
            let details = json!({
                "number": reading.number, "birth_date": reading.birth_date, "sex": reading.sex,
                "holder": reading.holder, "upgraded": reading.upgraded, "warnings": warnings,
            });
            accepted(details, summary)
        }
        Err(error) => refused(error.code(), text::identity_error(&error, language)),
    }
}

fn certificate(value: &str, today: Date, language: Language) -> Finding {
    match disability_certificate::check(value, today) {
        Ok(found) => {
            let details = json!({
                "identity_number": found.identity.number, "birth_date": found.identity.birth_date,
                "sex": found.identity.sex, "category": found.category, "grade": found.grade,
                "reissue": found.reissue,
            });
            accepted(details, text::certificate(&found, language))
        }
        Err(error) => refused(error.code(), text::certificate_error(&error, language)),
    }
}

fn credit(value: &str, language: Language) -> Finding {
    match credit_code::check(value) {
        Ok(reading) => {
            let warnings: Vec<String> = reading.warnings.iter().map(ToString::to_string).collect();
            let details = json!({
                "number": reading.code, "kind": reading.kind, "division": reading.code.division_prefix(),
                "organisation_code": reading.code.organisation_code(), "warnings": warnings,
            });
            accepted(details, text::credit(&reading, language))
        }
        Err(error) => refused(error.code(), text::credit_error(&error, language)),
    }
}

fn division(divisions: &Divisions, value: &str, language: Language) -> Finding {
    match division::DivisionCode::parse(value) {
        Ok(code) => match divisions.path(code) {
            Some(path) => {
                let details = json!({
                    "number": code.to_string(), "level": code.level(), "short": code.short(), "path": path,
                });
                accepted(details, text::division(code, &path, language))
            }
            None => {
                refused("division.unknown".to_owned(), text::unknown_division(divisions.edition(), language))
            }
        },
        Err(error) => refused(error.code(), text::division_error(&error, language)),
    }
}
