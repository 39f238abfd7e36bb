//! `cargo xtask fuzz`: anything, to each reader of what comes from outside, with cargo-fuzz (docs/fuzzing.md).

use crate::repository;
use crate::test::machine::{self, Need};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// What to try, and for how long.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds for each reader.
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u64,
    /// Only these readers; all without.
    target: Vec<String>,
}

/// The engine is written in C++.
const ENGINE: [Need; 1] = [Need {
    what: "a C++ compiler (c++)",
    present: || machine::find_on_path("c++").is_some(),
    packages: &["g++", "libc6-dev"],
}];

/// The longest input, the longest time for one, and the most memory in megabytes: a reader that takes more is at fault.
const BOUNDS: [&str; 3] = ["-max_len=4096", "-timeout=20", "-rss_limit_mb=2048"];

/// How one reader went.
struct Tried {
    name: String,
    executions: u64,
    passed: bool,
}

/// Tries the chosen readers one after another; all of them, also where one fails.
///
/// # Errors
/// cargo-fuzz cannot be installed, or there is no such reader; a finding is an exit code.
pub fn run(options: &Options) -> Result<ExitCode> {
    let root = repository::root()?;
    let fuzz = root.join("fuzz");
    let targets = chosen(&fuzz, &options.target)?;
    machine::ensure(&ENGINE)?;
    let path = with_cargo_fuzz(&root)?;
    // The versions that are shipped are those that are tried.
    fs::copy(root.join("Cargo.lock"), fuzz.join("Cargo.lock")).context("cannot copy Cargo.lock")?;
    let tried: Vec<Tried> =
        targets.iter().map(|name| one(&fuzz, name, options.seconds, &path)).collect::<Result<_>>()?;
    println!("\n| reader | executions in {} s | |\n|---|---|---|", options.seconds);
    for Tried { name, executions, passed } in &tried {
        println!("| `{name}` | {executions} | {} |", if *passed { "" } else { "FAILED" });
    }
    if tried.iter().all(|tried| tried.passed) {
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "xtask: what broke a reader is in fuzz/artifacts/READER. Copy it to fuzz/seeds/READER under a name that says what it \
         is: `cargo nextest run -p outside every_seed_is_read` then fails until the reader is mended."
    );
    Ok(ExitCode::FAILURE)
}

/// The readers that were named, or all.
fn chosen(fuzz: &Path, named: &[String]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for file in fs::read_dir(fuzz.join("fuzz_targets")).context("cannot list fuzz/fuzz_targets")? {
        all.extend(file?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    all.sort();
    match named.iter().find(|name| !all.contains(name)) {
        Some(unknown) => bail!("there is no reader {unknown}; there are {}", all.join(", ")),
        None if named.is_empty() => Ok(all),
        None => Ok(named.to_vec()),
    }
}

/// The path on which cargo finds cargo-fuzz, which is installed where it is missing.
fn with_cargo_fuzz(root: &Path) -> Result<std::ffi::OsString> {
    let own = std::env::var_os("PATH").unwrap_or_default();
    if machine::find_on_path("cargo-fuzz").is_some() {
        return Ok(own);
    }
    let tools = crate::target(root).join("tools");
    if !tools.join("bin/cargo-fuzz").is_file() {
        println!("xtask: cargo-fuzz is missing; installing it into {} (a minute)", tools.display());
        let mut install = Command::new(machine::cargo());
        install.args(["install", "--locked", "--quiet", "cargo-fuzz", "--root"]).arg(&tools);
        machine::must(&mut install).context("install it yourself: cargo install --locked cargo-fuzz")?;
    }
    let folders = std::iter::once(tools.join("bin")).chain(std::env::split_paths(&own));
    Ok(std::env::join_paths(folders)?)
}

/// The command for one reader. Our own code has no `unsafe`, so no sanitizer is needed, and a stable compiler does.
fn command(fuzz: &Path, name: &str, seconds: u64) -> Command {
    let mut command = Command::new(machine::cargo());
    command.current_dir(fuzz.parent().unwrap_or(fuzz));
    command.args(["fuzz", "run", "--sanitizer", "none", name]);
    let folder = |kind: &str| PathBuf::from("fuzz").join(kind).join(name);
    command.args([folder("corpus"), folder("seeds")]).arg("--").args(BOUNDS);
    command.args([format!("-max_total_time={seconds}"), "-print_final_stats=1".to_owned()]);
    command
}

fn one(fuzz: &Path, name: &str, seconds: u64, path: &std::ffi::OsString) -> Result<Tried> {
    fs::create_dir_all(fuzz.join("corpus").join(name))?;
    println!("\nxtask: {name}");
    let mut child = command(fuzz, name, seconds).env("PATH", path).stderr(Stdio::piped()).spawn()?;
    let said = child.stderr.take().context("no output")?;
    let mut executions = 0;
    for line in BufReader::new(said).lines() {
        let line = line?;
        executions = counted(&line).unwrap_or(executions);
        // Each step of progress is a line of its own: they would hide everything else.
        if !line.starts_with('#') {
            writeln!(std::io::stderr(), "{line}")?;
        }
    }
    let passed = child.wait()?.success();
    Ok(Tried { name: name.to_owned(), executions, passed })
}

/// The executions that a line of the final figures tells.
fn counted(line: &str) -> Option<u64> {
    line.strip_prefix("stat::number_of_executed_units:")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_known_by_its_target() {
        let fuzz = repository::root().unwrap().join("fuzz");
        assert!(chosen(&fuzz, &[]).unwrap().contains(&"phone".to_owned()));
        assert_eq!(chosen(&fuzz, &["phone".to_owned()]).unwrap(), ["phone"]);
        assert!(chosen(&fuzz, &["fax".to_owned()]).is_err());
    }

    #[test]
    fn the_figures_are_read() {
        assert_eq!(counted("stat::number_of_executed_units: 1048576"), Some(1_048_576));
        assert_eq!(counted("stat::average_exec_per_sec:     2"), None);
    }
}
