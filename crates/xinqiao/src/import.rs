//! `xinqiao import`: takes a department's list in from the command line.

use anyhow::{Context, bail};
use app::{
    App,
    db::Db,
    id::Id,
    import::{self, Keep, NewImport, Summary},
    scope::{Area, Scope},
    seal::Keys,
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// What to take in, and how.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The database: sqlite:PATH or postgres://…
    #[arg(long, env = "XINQIAO_DATABASE")]
    database: String,
    /// The key file of this installation.
    #[arg(long, env = "XINQIAO_KEYS")]
    keys: PathBuf,
    /// Kind of list: smd (health), dpf (disabled persons' federation).
    #[arg(long)]
    kind: String,
    /// Who sends it, such as 示例县卫生健康局. Columns are remembered per sender.
    #[arg(long)]
    sender: String,
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
    /// Write the outcome as JSON.
    #[arg(long)]
    json: bool,
    /// CSV (UTF-8 or GB 18030) or XLSX.
    file: PathBuf,
}

/// Runs the command; exit code 1 where faulty rows or missing columns stop it.
pub(crate) fn run(arguments: &ImportArguments) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(take_in(arguments))
}

async fn take_in(arguments: &ImportArguments) -> anyhow::Result<ExitCode> {
    let app = App::new(Db::open(&arguments.database).await?, Keys::open(&arguments.keys)?).await?;
    let scope = scope(arguments.division);
    let bytes = std::fs::read(&arguments.file).with_context(|| arguments.file.display().to_string())?;
    let file_name = arguments.file.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let new = NewImport { kind: &arguments.kind, sender: &arguments.sender, file_name };
    let id = explained(import::stage(&app, &scope, &new, &bytes).await)?;
    drop(bytes);
    let checked = explained(import::check(&app, &scope, id).await)?;
    let stored = import::get(&app, &scope, id).await?;
    let keep = Keep { valid: arguments.keep_valid, unverified: arguments.keep_unverified };
    let bad = checked.invalid + if keep.unverified { 0 } else { checked.unverified };
    let stopped = stored.state != "checked" || (bad > 0 && !keep.valid);
    if arguments.dry_run || stopped {
        tell(arguments, id, &stored.state, stored.failure.as_deref(), &checked)?;
        return Ok(if stopped { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    let watching = tokio::spawn(watch(app.clone(), scope.clone(), id, stored.rows_total));
    let done = import::apply(&app, &scope, id, stored.version, keep).await;
    watching.abort();
    tell(arguments, id, "done", None, &explained(done)?)?;
    Ok(ExitCode::SUCCESS)
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

/// Fields that are wrong are named, not only counted.
fn explained<T>(outcome: app::Result<T>) -> anyhow::Result<T> {
    match outcome {
        Ok(value) => Ok(value),
        Err(app::Error::Invalid(problems)) => {
            let all: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.field, p.code)).collect();
            bail!("{}", all.join("; "))
        }
        Err(error) => Err(error.into()),
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
        "rows {}  new {}  linked {}  changed {}  unchanged {}  doubles {}  faulty {}  unverified {}  pairs {}",
        summary.rows,
        summary.new,
        summary.linked,
        summary.changed,
        summary.unchanged,
        summary.doubles,
        summary.invalid,
        summary.unverified,
        summary.pairs
    );
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
            println!("  row {}: {} {} {}", faulty.row, trouble.field, trouble.code, trouble.values.join(" "));
        }
    }
    Ok(())
}
