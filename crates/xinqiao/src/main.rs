//! The Xinqiao program.

mod calendar;
mod check;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "xinqiao", version, about)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check identity numbers, certificates, credit codes and division codes.
    Check(check::CheckArgs),
    /// Count working days and terms.
    Calendar(calendar::CalendarArgs),
}

fn main() -> anyhow::Result<ExitCode> {
    match Program::parse().command {
        Command::Check(arguments) => check::run(arguments),
        Command::Calendar(arguments) => calendar::run(arguments),
    }
}
