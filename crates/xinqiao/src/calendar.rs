//! `xinqiao calendar`: the last day of a term, by the State Council's holidays and the Civil Code.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use rules::calendar::{Calendar, Term};
use serde_json::json;

/// Arguments of `xinqiao calendar`.
#[derive(Debug, Args)]
pub struct CalendarArgs {
    #[command(subcommand)]
    command: CalendarCommand,
}

#[derive(Debug, Subcommand)]
enum CalendarCommand {
    /// Print the last day of a term; the day of the start is not counted.
    Due(DueArgs),
}

#[derive(Debug, Args)]
struct DueArgs {
    /// The day on which the term starts, such as 2025-01-24.
    #[arg(long)]
    start: Date,
    #[command(flatten)]
    term: TermArgs,
    /// A further table of holidays (date,kind,name,source) whose days win over the built-in ones.
    #[arg(long, value_name = "FILE")]
    holidays: Option<PathBuf>,
    /// Print a JSON object that also says whether the day is provisional.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct TermArgs {
    /// A term in working days.
    #[arg(long, value_name = "N")]
    working_days: Option<u16>,
    /// A term in months of the calendar.
    #[arg(long, value_name = "N")]
    months: Option<u16>,
    /// A term in days of the calendar.
    #[arg(long, value_name = "N")]
    days: Option<u16>,
}

/// Runs `xinqiao calendar`.
///
/// # Errors
/// When the further table cannot be read or output cannot be written.
pub fn run(arguments: CalendarArgs) -> anyhow::Result<ExitCode> {
    let CalendarCommand::Due(arguments) = arguments.command;
    let mut calendar = Calendar::embedded();
    if let Some(path) = &arguments.holidays {
        let table = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        calendar = calendar.with_extra(&table).with_context(|| format!("reading {}", path.display()))?;
    }
    let term = match &arguments.term {
        TermArgs { working_days: Some(count), .. } => Term::WorkingDays(*count),
        TermArgs { months: Some(count), .. } => Term::Months(*count),
        TermArgs { days, .. } => Term::Days(days.unwrap_or_default()),
    };
    let due = calendar.due(arguments.start, term);
    if arguments.json {
        let answer = json!({
            "start": arguments.start, "term": term, "due": due.date, "provisional": due.provisional,
        });
        println!("{answer}");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}", due.date);
    if due.provisional {
        eprintln!(
            "暂定：有年份尚无国务院放假安排，只按周末计算。\
             Provisional: a year without the State Council's table was counted with weekends only."
        );
    }
    Ok(ExitCode::SUCCESS)
}
