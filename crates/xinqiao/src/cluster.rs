//! `xinqiao cluster`: what spreads a database over several servers.

use crate::open::existing;
use anyhow::Result;
use app::cluster::{
    citus::{self, Purpose},
    schema::Schema,
};
use clap::{Args, Subcommand};
use std::{io::Write, process::ExitCode};

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

/// Runs `xinqiao cluster`.
///
/// # Errors
/// The database cannot be reached.
pub async fn run(arguments: &ClusterArgs) -> Result<ExitCode> {
    match &arguments.command {
        ClusterCommand::Plan(asked) => plan(asked).await,
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
