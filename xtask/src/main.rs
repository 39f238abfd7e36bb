//! Chores of the repository: `cargo xtask test`, `cargo xtask where WORD`, `cargo xtask vendor`.
//!
//! One module per command. Nothing has to be installed to run them but Rust.

mod dependencies;
mod device;
mod divisions;
mod faults;
mod fuzz;
mod package;
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
    /// Check licences, banned crates and sources of all dependencies, as `deny.toml` says.
    Dependencies,
    /// Build the rules of the follow-up as the module that phones run without a network.
    Device(device::Options),
    /// Pack the published list of divisions into the file that the program embeds.
    Divisions(divisions::Options),
    /// Try what operators are told to do when something went wrong; longer than a test.
    Faults(faults::Options),
    /// Send anything to the readers of what comes from outside, with cargo-fuzz.
    Fuzz(fuzz::Options),
    /// Build the Debian package, and try it in a folder that stands for a machine.
    Package(package::Options),
    /// Set up what the tests need and run them: format, lint, dependencies, tests on both databases, browser tests.
    Test(test::Options),
    /// Print where a subject (`referral`) or a deed (`decline`) stands: rule, SQL, page, texts, tests.
    Where(whereabouts::Options),
    /// Refresh the vendored browser libraries from npm, or check them against their fingerprints.
    Vendor(vendor::Options),
}

/// Where cargo puts what it builds.
fn target(root: &std::path::Path) -> std::path::PathBuf {
    root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

fn main() -> ExitCode {
    let outcome = match Command::parse() {
        Command::Dependencies => dependencies::run(),
        Command::Device(options) => device::run(&options),
        Command::Divisions(options) => divisions::run(&options),
        Command::Faults(options) => faults::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Package(options) => package::run(&options),
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
