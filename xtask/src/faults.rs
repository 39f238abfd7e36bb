//! `cargo xtask faults NAME`: longer trials of what operators are told to do when something went wrong.

mod away;
mod clock;
mod disk;
mod killed;
mod load;
mod pitr;
mod replica;
mod upgrade;

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
    /// PostgreSQL is stopped for a minute under load, then frozen for one.
    Away,
    /// The primary of PostgreSQL is killed again and again under load, and its synchronous replica takes over.
    Replica,
    /// The disk of the database fills up under load and is given room again, on both databases.
    DiskFull,
    /// Each write to disk takes a third of a second under load, on both databases.
    SlowDisk,
    /// Four servers do what is due, and one after another is killed, on both databases.
    Jobs,
    /// The clock of the server jumps hours and days forward and back under load, on both databases.
    Clock,
    /// Point-in-time recovery of PostgreSQL, with the settings of docs/operate.md.
    Pitr,
    /// A newer program takes the place of an older one under load, on the database of a whole nation.
    Upgrade(upgrade::Nation),
}

/// Runs a trial.
///
/// # Errors
/// When the machine cannot be set up, or what was tried did not hold.
pub fn run(options: &Options) -> Result<ExitCode> {
    match &options.trial {
        Trial::Server => killed::server(),
        Trial::Database => killed::database(),
        Trial::Away => away::run(),
        Trial::Replica => replica::run(),
        Trial::DiskFull => disk::full(),
        Trial::SlowDisk => disk::slow(),
        Trial::Jobs => killed::jobs(),
        Trial::Clock => clock::run(),
        Trial::Pitr => pitr::run(),
        Trial::Upgrade(nation) => nation.upgrade(),
    }
}
