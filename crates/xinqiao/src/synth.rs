//! `xinqiao synth`: the files that departments would send of a synthetic county, and the truth behind them.

mod chance;
mod county;
mod headings;
mod names;
mod national;
mod number;
mod population;
mod row;
mod settings;
mod sink;
mod supply;
mod write;

pub use chance::{Seed, Topic};
pub use county::{County, Village};
pub use population::{Person, Population};
pub use settings::{Errors, Population as Settings};
pub use sink::Encoding;
pub use supply::{Institution, Talent};
#[cfg(test)]
use write::{FILES, Written};
pub use write::{Files, write};

use anyhow::{Context, Result};
use app::division::Divisions;
use clap::Args;
use jiff::civil::Date;
use serde_json::json;
use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    time::Instant,
};

/// Arguments of `xinqiao synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {
    /// How many persons there are on all lists together.
    #[arg(long, value_name = "N", default_value_t = 3000)]
    people: u64,
    /// The same seed writes the same files.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The folder to write to; it is made where it is missing.
    #[arg(long, value_name = "DIR", required_unless_present = "direct", conflicts_with = "direct")]
    out: Option<PathBuf>,
    /// Fill this empty database with a whole country instead: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, value_name = "URL", conflicts_with_all = ["division", "encoding", "no_xlsx"])]
    direct: Option<String>,
    /// With --direct: the file with the keys of sealed columns; it is made where it is missing.
    #[arg(long, value_name = "FILE", default_value = "xinqiao.keys", requires = "direct")]
    keys: PathBuf,
    /// With --direct: the last day of the history that is made up; without it the day before today.
    #[arg(long, value_name = "DATE", requires = "direct")]
    until: Option<Date>,
    /// With --direct: in how many of 100 persons there is a case.
    #[arg(long, value_name = "N", requires = "direct", default_value_t = national::people::CASES_IN_100,
        value_parser = clap::value_parser!(u8).range(1..=60))]
    cases_in_100: u8,
    /// The county (12 digits).
    #[arg(long, value_name = "CODE")]
    division: Option<i64>,
    /// How the CSV files of the departments are encoded.
    #[arg(long, value_enum, default_value = "utf-8")]
    encoding: Encoding,
    /// Leave the spreadsheet out.
    #[arg(long)]
    no_xlsx: bool,
    /// Print a JSON object that tells what was written.
    #[arg(long)]
    json: bool,
}

/// Runs `xinqiao synth`.
///
/// # Errors
/// The division is no county, there are too many people, a file cannot be written, or the database is in use.
pub async fn run(arguments: &SynthArgs) -> Result<ExitCode> {
    match &arguments.direct {
        Some(address) => national::run(arguments, address).await,
        None => county(arguments),
    }
}

/// Writes the lists of one county.
fn county(arguments: &SynthArgs) -> Result<ExitCode> {
    let started = Instant::now();
    let folder = arguments.out.as_deref().context("no folder")?;
    let population = population(arguments.people, arguments.seed, arguments.division, None)?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let bar = progress(population.people);
    let errors = Errors::embedded()?;
    let spreadsheet = !arguments.no_xlsx;
    let files = Files { folder, encoding: arguments.encoding, spreadsheet, errors: &errors };
    let written = write(&population, &files, &|people| bar.set_position(people))?;
    bar.finish_and_clear();
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let answer = json!({
            "people": population.people,
            "county": population.county.code,
            "rows": written.rows,
            "seconds": started.elapsed().as_secs_f64(),
        });
        writeln!(out, "{answer}")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "{} ({})", population.county.path, population.county.code)?;
    for (file, rows) in &written.rows {
        writeln!(out, "{rows:>10}  {}", folder.join(file).display())?;
    }
    for note in &written.notes {
        writeln!(out, "{note}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The persons of a seed in a county; the default county where none is given. Their ages are counted on `as_of`, or
/// on the day that the data file names, which keeps the files of a seed the same for ever.
///
/// # Errors
/// The division is no county, or there are too many people.
pub fn population(people: u64, seed: u64, division: Option<i64>, as_of: Option<Date>) -> Result<Population> {
    let mut settings = Settings::embedded()?;
    settings.as_of = as_of.unwrap_or(settings.as_of);
    let county = County::of(&Divisions::embedded()?, division.unwrap_or(settings.county))?;
    Population::new(settings, Seed::new(seed), county, people)
}

/// A bar on the terminal; nothing where the output goes to a file.
fn progress(people: u64) -> indicatif::ProgressBar {
    if std::io::stderr().is_terminal() {
        indicatif::ProgressBar::new(people)
    } else {
        indicatif::ProgressBar::hidden()
    }
}

#[cfg(test)]
mod tests;
