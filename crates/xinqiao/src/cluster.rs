//! `xinqiao cluster`: what spreads a database over several servers.

use crate::{
    backup::{Bar, say},
    open::{AddressArgs, existing},
};
use anyhow::{Context, Result};
use app::cluster::{
    citus::{self, Purpose},
    partition,
    schema::Schema,
};
use clap::{Args, Subcommand};
use std::{io::Write, process::ExitCode, time::Instant};

/// Arguments of `xinqiao cluster`.
#[derive(Debug, Args)]
pub struct ClusterArgs {
    #[command(subcommand)]
    command: ClusterCommand,
}

#[derive(Debug, Subcommand)]
enum ClusterCommand {
    /// Print the statements that spread the tables over the servers of a Citus cluster.
    Plan(PlanArgs),
    /// Put the large tables into parts, one for the homes of each province; no server may run meanwhile.
    Partition(PartitionArgs),
}

#[derive(Debug, Args)]
struct PlanArgs {
    /// The database whose tables are to be spread; without it, those that this program makes.
    #[arg(long, env = "XINQIAO_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PartitionArgs {
    #[command(flatten)]
    address: AddressArgs,
    /// Only say which tables would be put into parts, how many rows they have, and how much room that takes.
    #[arg(long)]
    plan: bool,
    /// Print one JSON object for each table.
    #[arg(long)]
    json: bool,
}

/// Runs `xinqiao cluster`.
///
/// # Errors
/// The database cannot be reached.
pub async fn run(arguments: &ClusterArgs) -> Result<ExitCode> {
    match &arguments.command {
        ClusterCommand::Plan(asked) => plan(asked).await,
        ClusterCommand::Partition(asked) if asked.plan => partition_plan(asked).await,
        ClusterCommand::Partition(asked) => parted(asked).await,
    }
}

async fn plan(asked: &PlanArgs) -> Result<ExitCode> {
    let schema = match &asked.database {
        Some(address) => Schema::of(&existing(address).await?).await?,
        None => Schema::newest().await?,
    };
    let plan = citus::plan(&schema);
    let mut out = std::io::stdout().lock();
    if asked.json {
        writeln!(out, "{}", serde_json::to_string(&plan)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "-- For Citus 13 on PostgreSQL 15 to 17: run on the coordinator while no server of Xinqiao runs."
    )?;
    let mut last = None;
    for statement in &plan.statements {
        if last.replace(statement.purpose) != Some(statement.purpose) {
            writeln!(out, "\n-- {}", heading(statement.purpose))?;
        }
        writeln!(out, "{}", statement.sql)?;
    }
    writeln!(out, "\n-- These stay on the coordinator: {}.", plan.local.join(", "))?;
    Ok(ExitCode::SUCCESS)
}

async fn partition_plan(asked: &PartitionArgs) -> Result<ExitCode> {
    let tables = partition::plan(&existing(&asked.address.database).await?).await?;
    let mut out = std::io::stdout().lock();
    if asked.json {
        for table in &tables {
            writeln!(out, "{}", serde_json::to_string(table)?)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    for table in &tables {
        let (name, rows) = (&table.table, table.rows);
        let room = crate::backup::mebibytes(table.bytes);
        let state = if table.done { "in parts" } else { "whole" };
        writeln!(out, "{name:<20}{state:<10}about {rows:>12} rows {room:>12.1} MiB")?;
    }
    let room = tables.iter().filter(|table| !table.done).map(|table| table.bytes).sum();
    let left = tables.iter().filter(|table| !table.done).count();
    let room = crate::backup::mebibytes(room);
    writeln!(out, "{left} tables to be put into parts; about {room:.1} MiB more are needed meanwhile")?;
    Ok(ExitCode::SUCCESS)
}

async fn parted(asked: &PartitionArgs) -> Result<ExitCode> {
    let begun = Instant::now();
    let told = Bar::new().told();
    let shown = app::db::hide_password(&asked.address.database);
    let done = partition::partition(&asked.address.database, &told).await.with_context(|| shown.clone())?;
    let seconds = begun.elapsed().as_secs_f64();
    if asked.json {
        let mut out = std::io::stdout().lock();
        for table in &done {
            writeln!(out, "{}", serde_json::to_string(table)?)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let rows: u64 = done.iter().map(|table| table.rows).sum();
    let sentence = match done.len() {
        0 => format!("all large tables of {shown} are in parts already"),
        tables => {
            format!("{tables} tables of {shown} with {rows} rows are in parts, verified, {seconds:.1} s")
        }
    };
    say(false, &serde_json::Value::Null, &sentence)
}

fn heading(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Setting => {
            "The servers: put their names in. Every server has citus in shared_preload_libraries."
        }
        Purpose::Release => "References between large tables are away until both ends lie in parts.",
        Purpose::Reference => "Small tables stand on every server.",
        Purpose::Distribute => "Large tables are cut by home; what belongs to a person lies together.",
        Purpose::Restore => "The references come back.",
        Purpose::Look => "Look at what was done.",
        Purpose::Rebalance => "Later, with one more server:",
    }
}
