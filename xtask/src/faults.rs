//! `cargo xtask faults NAME`: longer trials of what operators are told to do when something went wrong.

mod killed;
mod pitr;

use anyhow::Result;
use std::process::ExitCode;

/// Which trial.
#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    trial: Trial,
}

#[derive(clap::Subcommand)]
enum Trial {
    /// The server is killed fifty times under load, on both databases.
    Server,
    /// PostgreSQL is killed again and again under load.
    Database,
    /// Point-in-time recovery of PostgreSQL, with the settings of docs/operate.md.
    Pitr,
}

/// Runs a trial.
///
/// # Errors
/// When the machine cannot be set up, or what was tried did not hold.
pub fn run(options: &Options) -> Result<ExitCode> {
    match options.trial {
        Trial::Server => killed::server(),
        Trial::Database => killed::database(),
        Trial::Pitr => pitr::run(),
    }
}
