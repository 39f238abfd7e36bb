//! `xinqiao migrate`: brings the schema to the newest step, or says what that would do.

use crate::open::{AddressArgs, existing};
use anyhow::Result;
use app::migrate::{self, plan};
use clap::Args;
use serde_json::json;
use std::{
    io::Write,
    process::ExitCode,
    time::{Duration, Instant},
};

/// Arguments of `xinqiao migrate`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    address: AddressArgs,
    /// Only say what would be done, to how many rows, and about how long it takes.
    #[arg(long)]
    plan: bool,
    /// Print one JSON object for each step.
    #[arg(long)]
    json: bool,
}

/// Runs `xinqiao migrate`.
///
/// # Errors
/// The database cannot be reached or is newer than this program.
pub async fn run(arguments: &MigrateArgs) -> Result<ExitCode> {
    let db = existing(&arguments.address.database).await?;
    let plan = plan::plan(&db).await?;
    let mut out = std::io::stdout().lock();
    if plan.is_empty() && !arguments.json {
        writeln!(out, "all {} steps have run", migrate::steps().len())?;
    }
    if arguments.plan {
        show(&mut out, &plan, arguments.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let begun = Instant::now();
    let ran = migrate::run_telling(&db, &|step| {
        let about =
            plan.iter().find(|planned| planned.step == step.name).map_or(0.0, plan::PlannedStep::seconds);
        eprintln!("{} (about {})", step.name, duration(about));
    })
    .await?;
    let seconds = begun.elapsed().as_secs_f64();
    if arguments.json {
        writeln!(out, "{}", json!({ "ran": ran.steps, "waiting": ran.waiting, "seconds": seconds }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if !ran.steps.is_empty() {
        writeln!(out, "{} steps ran in {seconds:.1} s", ran.steps.len())?;
    }
    if !ran.waiting.is_empty() {
        writeln!(out, "until older servers are gone wait: {}", ran.waiting.join(", "))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(out: &mut impl Write, plan: &[plan::PlannedStep], json: bool) -> Result<()> {
    for step in plan {
        if json {
            let (seconds, bytes) = (step.seconds(), step.bytes());
            let mut object = serde_json::to_value(step)?;
            if let Some(object) = object.as_object_mut() {
                object.extend([("seconds".to_owned(), json!(seconds)), ("bytes".to_owned(), json!(bytes))]);
            }
            writeln!(out, "{object}")?;
            continue;
        }
        let room = crate::backup::mebibytes(step.bytes());
        let (phase, time) = (step.phase.code(), duration(step.seconds()));
        writeln!(out, "{} ({phase}): about {time}, {room:.1} MiB more", step.step)?;
        for deed in &step.deeds {
            let name = serde_json::to_value(deed.deed)?;
            let name = name.as_str().unwrap_or_default().replace('_', " ");
            writeln!(out, "  {name:<14}{:<24}{:>12} rows", deed.table, deed.rows)?;
        }
    }
    Ok(())
}

/// A time as people say it.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds).unwrap_or_default().as_secs();
    match whole {
        0 => "a moment".to_owned(),
        1..=119 => format!("{whole} s"),
        120..=7_199 => format!("{} min", whole / 60),
        _ => format!("{} h", whole / 3_600),
    }
}
