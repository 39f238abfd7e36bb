//! The Xinqiao program.

mod calendar;
mod check;
mod division;
mod import;
mod link;
mod text_file;

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
    /// Find divisions, and import a later edition.
    Division(division::DivisionArgs),
    /// Count working days and terms.
    Calendar(calendar::CalendarArgs),
    /// Take a department's list into the register.
    Import(import::ImportArguments),
    /// Find the records of two lists that are of the same person or thing.
    Link(link::LinkArguments),
    /// Find the records of one list that are of the same person or thing.
    Dedupe(link::DedupeArguments),
}

fn main() -> anyhow::Result<ExitCode> {
    match Program::parse().command {
        Command::Check(arguments) => check::run(arguments),
        Command::Division(arguments) => division::run(arguments),
        Command::Calendar(arguments) => calendar::run(arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Link(arguments) => arguments.run().map(|()| ExitCode::SUCCESS),
        Command::Dedupe(arguments) => arguments.run().map(|()| ExitCode::SUCCESS),
    }
}
