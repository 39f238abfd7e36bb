//! `xinqiao division`: search the divisions, and import a later edition with a report of what moved.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use app::division::{Change, Divisions, Report, compare, read_list, save_changes};
use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use rules::division::DivisionCode;
use serde_json::json;

use crate::open::{DatabaseArgs, open, operator};

/// A file that lacks more than this part of the divisions known is no edition: what it leaves out would end.
const SHORTEST_PART: usize = 20;

/// Arguments of `xinqiao division`.
#[derive(Debug, Args)]
pub struct DivisionArgs {
    #[command(subcommand)]
    command: DivisionCommand,
}

#[derive(Debug, Subcommand)]
enum DivisionCommand {
    /// Find divisions by name, path, pinyin, initials or code.
    Search(SearchArgs),
    /// Compare a later edition (CSV with the columns code and name) with the divisions as known.
    Import(ImportArgs),
}

#[derive(Debug, Args)]
struct SearchArgs {
    /// What to look for: `金桥 佳虹`, `jqz`, `pudong`, `310115`.
    #[arg(required = true)]
    words: Vec<String>,
    /// Only within this division (its code).
    #[arg(long, value_name = "CODE")]
    within: Option<String>,
    /// At most this many answers.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Print one JSON object per answer.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// The later edition: CSV, UTF-8 or GB18030.
    file: PathBuf,
    /// The first day on which it holds.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Print every difference, not only their numbers.
    #[arg(long)]
    report: bool,
    /// Write the changes to this file.
    #[arg(long, value_name = "FILE", requires = "from")]
    out: Option<PathBuf>,
    /// The form of that file.
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// Store the changes in the database; they hold from the next start of the program.
    #[arg(long, requires = "from")]
    save: bool,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Json,
}

/// Runs `xinqiao division`. A search without an answer ends with exit code 1.
///
/// # Errors
/// When a file cannot be read or written, or holds a code that is none.
pub async fn run(arguments: DivisionArgs) -> anyhow::Result<ExitCode> {
    match arguments.command {
        DivisionCommand::Search(arguments) => search(&Divisions::embedded()?, &arguments),
        DivisionCommand::Import(arguments) if arguments.save => {
            let app = open(&arguments.database).await?;
            let report = import(&app.divisions, &arguments)?;
            let changes = report.changes(arguments.from.context("--save needs --from")?);
            save_changes(&app, &operator(), &changes).await?;
            Ok(ExitCode::SUCCESS)
        }
        DivisionCommand::Import(arguments) => {
            import(&Divisions::embedded()?, &arguments)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn search(divisions: &Divisions, arguments: &SearchArgs) -> anyhow::Result<ExitCode> {
    let within = arguments.within.as_deref().map(DivisionCode::parse).transpose()?;
    let query = arguments.words.join(" ");
    let found = divisions.search(&query, within.map(DivisionCode::interval), arguments.limit);
    let mut output = std::io::stdout().lock();
    for division in &found {
        let path = divisions.path(division.code).unwrap_or_default();
        if arguments.json {
            let code = division.code.to_string();
            writeln!(output, "{}", json!({ "code": code, "name": division.name, "path": path }))?;
        } else {
            writeln!(output, "{}  {path}", division.code)?;
        }
    }
    Ok(if found.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Compares a later edition with the divisions as known, tells the differences and writes them where asked.
fn import(divisions: &Divisions, arguments: &ImportArgs) -> anyhow::Result<Report> {
    let later = read(&arguments.file)?;
    let (known, found) = (divisions.iter().count(), later.len());
    if (arguments.save || arguments.out.is_some()) && found < known - known / SHORTEST_PART {
        bail!("an edition is whole: this file has {found} divisions, {known} are known; nothing is written");
    }
    let report = compare(divisions, &later);
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{}", summary(&report));
        if arguments.report {
            print!("{}", details(divisions, &report));
        }
    }
    if let (Some(path), Some(from)) = (&arguments.out, arguments.from) {
        let changes = report.changes(from);
        let bytes = match arguments.format {
            Format::Csv => as_csv(&changes)?,
            Format::Json => serde_json::to_vec_pretty(&changes)?,
        };
        std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(report)
}

/// Codes and names of a CSV file.
fn read(path: &Path) -> anyhow::Result<BTreeMap<DivisionCode, String>> {
    read_list(&crate::text_file::read(path)?).with_context(|| path.display().to_string())
}

fn summary(report: &Report) -> String {
    format!(
        "新增 added {}  撤销 removed {}  更名 renamed {}  变更代码 moved {}  未变 unchanged {}\n",
        report.added.len(),
        report.removed.len(),
        report.renamed.len(),
        report.moved.len(),
        report.unchanged
    )
}

fn details(divisions: &Divisions, report: &Report) -> String {
    let above = |code: DivisionCode| {
        divisions.parent(code).and_then(|parent| divisions.path(parent)).unwrap_or_default()
    };
    let mut lines = String::new();
    for added in &report.added {
        lines.push_str(&format!("+ {}  {} {}\n", added.code, above(added.code), added.name));
    }
    for removed in &report.removed {
        lines.push_str(&format!("- {}  {} {}\n", removed.code, above(removed.code), removed.name));
    }
    for renamed in &report.renamed {
        lines.push_str(&format!(
            "= {}  {} {} → {}\n",
            renamed.code,
            above(renamed.code),
            renamed.old,
            renamed.new
        ));
    }
    for moved in &report.moved {
        lines.push_str(&format!("> {} → {}  {} {}\n", moved.old, moved.new, above(moved.old), moved.name));
    }
    lines
}

fn as_csv(changes: &[Change]) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["code", "name", "kind", "valid_from", "valid_to", "successor"])?;
    for change in changes {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        let successor = change.successor.map(|code| code.to_string()).unwrap_or_default();
        let kind = change.kind.map(|kind| kind.class()).unwrap_or_default();
        let code = change.code.to_string();
        let record = [&code, &change.name, kind, &day(change.valid_from), &day(change.valid_to), &successor];
        writer.write_record(record)?;
    }
    Ok(writer.into_inner()?)
}
