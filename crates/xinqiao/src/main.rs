//! The Xinqiao program.

mod link;

use clap::Parser;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "xinqiao", version, about)]
enum Command {
    /// Find the records of two lists that are of the same person or thing.
    Link(link::LinkArguments),
    /// Find the records of one list that are of the same person or thing.
    Dedupe(link::DedupeArguments),
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Link(arguments) => arguments.run(),
        Command::Dedupe(arguments) => arguments.run(),
    }
}
