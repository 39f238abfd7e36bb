//! `xinqiao score`: what answers to a scale amount to, one form or a file full.

mod columns;
mod list;
mod text;

use crate::terminal::speaks_chinese;
use anyhow::{Context, Result, bail};
use clap::{ArgGroup, Args, ValueEnum};
use rules::{
    identity_number::Sex,
    scale::{
        AnswerFault, Circumstances, CrisisProtocol, Outcome, Problem, Respondent, SCALES, Scale, embedded,
    },
};
use serde::Serialize;
use serde_json::value::RawValue;
use std::{io::Write, path::Path, path::PathBuf, process::ExitCode};

/// What cannot be scored ends with this code; a file that cannot be read or written with 1.
const NOT_SCORED: u8 = 2;

/// Which scale, and the answers to it.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("given").required(true).args(["answers", "csv"])))]
pub(crate) struct ScoreArgs {
    /// The scale, such as phq-9; `xinqiao scale list` prints all.
    #[arg(required_unless_present = "definition")]
    scale: Option<String>,
    /// The answers in the order of the paper form, with commas between them; nothing between two commas is a missing answer.
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    answers: Option<String>,
    /// Score each row of a CSV file (UTF-8 or GB 18030) with a heading; total, band and flags are added as columns.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    csv: Option<PathBuf>,
    /// Write the file with the results here instead of printing it.
    #[arg(long, value_name = "FILE", requires = "csv")]
    out: Option<PathBuf>,
    /// The headings of the items in their order, where the file calls them otherwise.
    #[arg(long, value_name = "NAMES", requires = "csv", value_delimiter = ',')]
    columns: Vec<String>,
    /// Score by a scale of one's own: a definition or a FHIR R4 Questionnaire.
    #[arg(long, value_name = "FILE")]
    definition: Option<PathBuf>,
    /// The person's sex, where the scale asks for it; in a file the column sex goes before it.
    #[arg(long, value_enum)]
    sex: Option<SexChoice>,
    /// The person's risk grade, 0 to 5, where it is known.
    #[arg(long, value_name = "GRADE", value_parser = clap::value_parser!(u8).range(0..=5))]
    risk_grade: Option<u8>,
    /// Print total, band and flags as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SexChoice {
    /// 男
    Male,
    /// 女
    Female,
}

impl ScoreArgs {
    fn about(&self) -> Circumstances {
        let sex = self.sex.map(|sex| match sex {
            SexChoice::Male => Sex::Male,
            SexChoice::Female => Sex::Female,
        });
        Circumstances { sex, risk_grade: self.risk_grade }
    }
}

/// Runs `xinqiao score`. The exit code is 2 where something cannot be scored; the message says what and why.
///
/// # Errors
/// A file cannot be read or written.
pub(crate) fn run(arguments: &ScoreArgs) -> Result<ExitCode> {
    let chinese = speaks_chinese();
    let scored = match chosen(arguments, chinese)? {
        Ok(scale) => match &arguments.csv {
            Some(file) => list::score(&scale, file, arguments)?,
            None => one(&scale, arguments.answers.as_deref().unwrap_or_default(), arguments, chinese)?,
        },
        Err(unknown) => Err(unknown),
    };
    Ok(match scored {
        Ok(()) => ExitCode::SUCCESS,
        Err(told) => {
            eprintln!("{told}");
            ExitCode::from(NOT_SCORED)
        }
    })
}

/// What was done, or why something cannot be scored.
type Scored<T> = std::result::Result<T, String>;

/// The scale that is asked for.
fn chosen(arguments: &ScoreArgs, chinese: bool) -> Result<Scored<Scale>> {
    let wanted = arguments.scale.as_deref();
    if let Some(file) = &arguments.definition {
        return Ok(match read(file)? {
            Ok(scale) => {
                let id = &scale.definition().id;
                match wanted.filter(|wanted| wanted != id) {
                    Some(wanted) => Err(text::another_scale(file, id, wanted, chinese)),
                    None => Ok(scale),
                }
            }
            Err(fault) => Err(fault),
        });
    }
    let Some(wanted) = wanted else { bail!("name a scale") };
    Ok(embedded(wanted)?.ok_or_else(|| text::unknown_scale(wanted, nearest(wanted), chinese)))
}

/// The scale of a file, or what is wrong with it.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read(file: &Path) -> Result<Scored<Scale>> {
    let text = crate::text_file::read(file)?;
    Ok(Scale::parse(&file.display().to_string(), &text)
        .map(|(scale, _)| scale)
        .map_err(|fault| fault.to_string()))
}

/// The scale whose name is most like what was typed.
fn nearest(typed: &str) -> &'static str {
    let typed = typed.to_lowercase();
    let likeness = |id: &str| strsim::jaro_winkler(&typed, id);
    let ids = SCALES.iter().map(|(id, _)| *id);
    ids.max_by(|one, other| likeness(one).total_cmp(&likeness(other))).unwrap_or("phq-9")
}

/// Scores one form and prints what it amounts to.
fn one(scale: &Scale, typed: &str, arguments: &ScoreArgs, chinese: bool) -> Result<Scored<()>> {
    let about = arguments.about();
    let cells: Vec<&str> = typed.split([',', '\u{ff0c}']).map(str::trim).collect();
    let outcome = match outcome(scale, &cells, about) {
        Ok(outcome) => outcome,
        Err(fault) => return Ok(Err(text::fault(scale, &fault, chinese))),
    };
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&Shown::of(&outcome)?)?)?;
        return Ok(Ok(()));
    }
    let protocol = CrisisProtocol::embedded()?;
    let actions = protocol.actions(&outcome.crisis, Respondent::default());
    let permitted = permitted(scale, &cells, about);
    write!(out, "{}", text::outcome(scale, &outcome, &actions, permitted, chinese))?;
    Ok(Ok(()))
}

/// What is wrong with what was typed.
enum Fault {
    /// A cell is no number: its position and text.
    NoNumber(usize, String),
    /// An answer is none.
    Answer(AnswerFault),
}

/// What typed cells amount to. One alone is the total, where a total can be entered.
fn outcome<'a>(
    scale: &'a Scale,
    cells: &[&str],
    about: Circumstances,
) -> std::result::Result<Outcome<'a>, Fault> {
    let definition = scale.definition();
    let entered = definition.text_entry || definition.score_entry.is_some();
    if let ([total], true) = (cells, entered && !scale.answers().contains(&1)) {
        let Some(total) = number(0, total)? else { return Err(Fault::NoNumber(0, String::new())) };
        return scale.enter(total, about).map_err(Fault::Answer);
    }
    let fits = scale.answers();
    if !fits.contains(&cells.len()) {
        let (least, most) = (*fits.start(), *fits.end());
        let problem = Problem::WrongNumber { found: cells.len(), least, most };
        return Err(Fault::Answer(AnswerFault { position: 0, item: "answers".to_owned(), problem }));
    }
    let mut answers = Vec::with_capacity(cells.len());
    for (position, cell) in cells.iter().enumerate() {
        answers.push(answer(scale, position, number(position, cell)?).map_err(Fault::Answer)?);
    }
    scale.score(&answers, about).map_err(Fault::Answer)
}

fn number(position: usize, cell: &str) -> std::result::Result<Option<i64>, Fault> {
    if cell.is_empty() {
        return Ok(None);
    }
    cell.parse().map(Some).map_err(|_| Fault::NoNumber(position, cell.to_owned()))
}

/// A number as an answer; one that is too large for any item is none of its values.
fn answer(
    scale: &Scale,
    position: usize,
    number: Option<i64>,
) -> std::result::Result<Option<i32>, AnswerFault> {
    let Some(number) = number else { return Ok(None) };
    i32::try_from(number).map(Some).map_err(|_| {
        let item = scale.definition().items.get(position).cloned().unwrap_or_default();
        AnswerFault {
            position,
            problem: Problem::NoValue { value: number, allowed: item.allowed() },
            item: item.code,
        }
    })
}

/// The range within which the rater still has to choose.
fn permitted(scale: &Scale, cells: &[&str], about: Circumstances) -> Option<(i32, i32)> {
    let answers: Vec<Option<i32>> = cells.iter().map(|cell| cell.parse().ok()).collect();
    scale.permitted(&answers, about).ok().flatten().filter(|_| answers.iter().all(Option::is_some))
}

/// What is printed as JSON; decimals as they were counted.
#[derive(Serialize)]
struct Shown<'a> {
    total: Option<Box<RawValue>>,
    band: Option<&'a str>,
    flags: Vec<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(outcome: &'a Outcome<'_>) -> Result<Shown<'a>> {
        let number = |total: rules::scale::Figure| RawValue::from_string(total.to_string());
        let total = outcome.total.map(number).transpose().context("a total is a number")?;
        Ok(Shown { total, band: outcome.band.map(|band| band.code.as_str()), flags: outcome.flags() })
    }
}
