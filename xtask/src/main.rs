//! Chores of the repository: `cargo xtask test`, `cargo xtask where WORD`, `cargo xtask vendor`.
//!
//! One module per command. Nothing has to be installed to run them but Rust.

mod divisions;
mod repository;
mod test;
mod vendor;
mod whereabouts;

use clap::Parser;
use std::process::ExitCode;

/// Chores of the repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Pack the published list of divisions into the file that the program embeds.
    Divisions(divisions::Options),
    /// Set up what the tests need and run them: format, lint, tests on both databases, browser tests.
    Test(test::Options),
    /// Print where a subject (`referral`) or a deed (`decline`) stands: rule, SQL, page, texts, tests.
    Where(whereabouts::Options),
    /// Refresh the vendored browser libraries from npm, or check them against their fingerprints.
    Vendor(vendor::Options),
}

fn main() -> ExitCode {
    let outcome = match Command::parse() {
        Command::Divisions(options) => divisions::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Where(options) => whereabouts::run(&options),
        Command::Vendor(options) => vendor::run(&options),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
