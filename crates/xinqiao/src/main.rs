//! The Xinqiao program.

mod calendar;
mod check;
mod division;
mod link;
mod synth;
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
    /// Find the records of two lists that are of the same person or thing.
    Link(link::LinkArguments),
    /// Find the records of one list that are of the same person or thing.
    Dedupe(link::DedupeArguments),
    /// Write the lists of a synthetic county, with the truth behind them.
    Synth(synth::SynthArgs),
}

fn main() -> anyhow::Result<ExitCode> {
    match Program::parse().command {
        Command::Check(arguments) => check::run(arguments),
        Command::Division(arguments) => division::run(arguments),
        Command::Calendar(arguments) => calendar::run(arguments),
        Command::Link(arguments) => arguments.run().map(|()| ExitCode::SUCCESS),
        Command::Dedupe(arguments) => arguments.run().map(|()| ExitCode::SUCCESS),
        Command::Synth(arguments) => synth::run(&arguments),
    }
}
