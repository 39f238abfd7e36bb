//! `xinqiao import`: takes a department's list in from the command line.

use crate::{
    open::{DatabaseArgs, open},
    terminal::{problem, speaks_chinese},
    user::explained,
};
use anyhow::{Context, bail};
use app::{
    App,
    id::Id,
    import::{self, Keep, Layout, NewImport, Receiving, Summary},
    scope::{Area, Scope},
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

/// What to take in, and how.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Kind of list: smd (health), dpf (disabled persons' federation), institution, talent.
    #[arg(long, required_unless_present = "undo")]
    kind: Option<String>,
    /// Who sends it, such as 示例县卫生健康局. Columns are remembered per sender.
    #[arg(long, required_unless_present_any = ["undo", "template"])]
    sender: Option<String>,
    /// The area that the list is of: rows of residents elsewhere are faulty. 12 digits; 0 is the country.
    #[arg(long, default_value_t = 0)]
    division: i64,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Take the good rows in although others are faulty.
    #[arg(long)]
    keep_valid: bool,
    /// Take rows in whose identity number alone fails its check, without the number.
    #[arg(long)]
    keep_unverified: bool,
    /// Write the file again with what became of each row to this file: .csv or .xlsx.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the empty list of the kind to this file (.xlsx) and take nothing in.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "undo"])]
    template: Option<PathBuf>,
    /// Take a whole import back.
    #[arg(long, value_name = "ID", conflicts_with_all = ["file", "kind"])]
    undo: Option<Id>,
    /// Write the outcome as JSON.
    #[arg(long)]
    json: bool,
    /// CSV (UTF-8 or GB 18030) or XLSX.
    #[arg(required_unless_present_any = ["undo", "template"])]
    file: Option<PathBuf>,
}

/// Runs the command; exit code 1 where faulty rows or missing columns stop it.
///
/// # Errors
/// The database or a file cannot be opened, or nothing of the list can be used; all reasons are named.
pub(crate) async fn run(arguments: &ImportArguments) -> anyhow::Result<ExitCode> {
    if let Some(path) = &arguments.template {
        return template(arguments, path);
    }
    let (app, scope) = (open(&arguments.database).await?, scope(arguments.division));
    if let Some(id) = arguments.undo {
        return undo(arguments, &app, &scope, id).await;
    }
    let (Some(kind), Some(sender), Some(file)) = (&arguments.kind, &arguments.sender, &arguments.file) else {
        bail!("--kind, --sender and a file are needed");
    };
    let file_name = file.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let id = send(&app, &scope, &NewImport { kind, sender, file_name }, file).await?;
    let outcome = take_in(arguments, &app, &scope, id).await?;
    if let Some(path) = &arguments.report {
        report(&app, &scope, id, path).await?;
    }
    Ok(outcome)
}

/// Bytes read from a file at once.
const PIECE: usize = 1 << 20;

/// Stores the file, piece by piece.
async fn send(app: &App, scope: &Scope, new: &NewImport<'_>, path: &Path) -> anyhow::Result<Id> {
    let mut file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut receiving = Receiving::begin(app, scope, new).await.map_err(explained)?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece).with_context(|| path.display().to_string())?;
        match piece.get(..read) {
            Some([]) | None => return receiving.end(scope).await.map_err(explained),
            Some(bytes) => receiving = receiving.add(bytes).await.map_err(explained)?,
        }
    }
}

async fn take_in(arguments: &ImportArguments, app: &App, scope: &Scope, id: Id) -> anyhow::Result<ExitCode> {
    let checked = import::check(app, scope, id).await.map_err(explained)?;
    let stored = import::get(app, scope, id).await?;
    let keep = Keep { valid: arguments.keep_valid, unverified: arguments.keep_unverified };
    let bad = checked.invalid + if keep.unverified { 0 } else { checked.unverified };
    let stopped = stored.state != "checked" || (bad > 0 && !keep.valid);
    if arguments.dry_run || stopped {
        tell(arguments, id, &stored.state, stored.failure.as_deref(), &checked)?;
        return Ok(if stopped { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    let watching = tokio::spawn(watch(app.clone(), scope.clone(), id, stored.rows_total));
    let done = import::apply(app, scope, id, stored.version, keep).await;
    watching.abort();
    tell(arguments, id, "done", None, &done.map_err(explained)?)?;
    Ok(ExitCode::SUCCESS)
}

async fn undo(arguments: &ImportArguments, app: &App, scope: &Scope, id: Id) -> anyhow::Result<ExitCode> {
    let stored = import::get(app, scope, id).await.map_err(explained)?;
    import::undo(app, scope, id, stored.version).await.map_err(explained)?;
    let undone = import::get(app, scope, id).await?;
    tell(arguments, id, &undone.state, None, &undone.summary()?)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the empty list of a kind, in the language of the terminal.
fn template(arguments: &ImportArguments, path: &Path) -> anyhow::Result<ExitCode> {
    let code = arguments.kind.as_deref().unwrap_or_default();
    let Some(kind) = rules::import::kind(code) else {
        let known: Vec<&str> = rules::import::kinds().iter().map(|k| k.kind.as_str()).collect();
        bail!("there is no kind {code:?}; there are {}", known.join(", "));
    };
    let chinese = speaks_chinese();
    let remark = if chinese {
        "虚构示例，填写前请删除此行"
    } else {
        "Synthetic example: remove this row"
    };
    let bytes = import::template(kind, chinese, remark).map_err(explained)?;
    std::fs::write(path, bytes).with_context(|| path.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the file as it was sent with what became of each row, as codes that a program can read.
async fn report(app: &App, scope: &Scope, id: Id, path: &Path) -> anyhow::Result<()> {
    let text = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let layout = if text { Layout::Csv } else { Layout::Xlsx };
    let words = |code: &str, values: &[String]| match code.split_once('.') {
        Some(("column", field)) => field.to_owned(),
        Some((_, code)) if values.is_empty() => code.to_owned(),
        Some((_, code)) => format!("{code} ({})", values.join(", ")),
        None => code.to_owned(),
    };
    let bytes = import::report(app, scope, id, layout, words).await.map_err(explained)?;
    std::fs::write(path, bytes).with_context(|| path.display().to_string())
}

fn scope(division: i64) -> Scope {
    let area = if division == 0 { Area::NATION } else { Area::of(division) };
    Scope { division, area, ..Scope::system() }
}

/// Shows how many rows are in.
async fn watch(app: App, scope: Scope, id: Id, rows: i64) {
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or(0));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} {per_sec} {eta}") {
        bar.set_style(style);
    }
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        if let Ok(now) = import::get(&app, &scope, id).await {
            bar.set_position(u64::try_from(now.rows_done).unwrap_or(0));
            if now.state == "linking" {
                bar.set_message("comparing");
            }
        }
    }
}

fn tell(
    arguments: &ImportArguments,
    id: Id,
    state: &str,
    failure: Option<&str>,
    summary: &Summary,
) -> anyhow::Result<()> {
    if arguments.json {
        let all = serde_json::json!({"id": id, "state": state, "failure": failure, "summary": summary});
        println!("{}", serde_json::to_string(&all)?);
        return Ok(());
    }
    println!("import {id}: {state}{}", failure.map(|f| format!(" ({f})")).unwrap_or_default());
    println!(
        "rows {}  new {}  linked {}  changed {}  unchanged {}  doubles {}  faulty {}  unverified {}  pairs {}{}",
        summary.rows,
        summary.new,
        summary.linked,
        summary.changed,
        summary.unchanged,
        summary.doubles,
        summary.invalid,
        summary.unverified,
        summary.pairs,
        // Before a list is taken in, its pairs are an estimate.
        if state == "checked" { " (estimate)" } else { "" }
    );
    if summary.kept > 0 {
        println!("kept {}: changed by somebody since", summary.kept);
    }
    if let Some(heading) = &summary.heading
        && !heading.missing.is_empty()
    {
        println!("missing columns: {}", heading.missing.join(", "));
    }
    for (what, count) in &summary.findings {
        println!("  {count:>8}  {what}");
    }
    for faulty in &summary.faulty {
        for trouble in &faulty.troubles {
            let why = problem(&trouble.code, &trouble.values);
            println!("  row {}: {}: {why}", faulty.row, trouble.field);
        }
    }
    Ok(())
}
