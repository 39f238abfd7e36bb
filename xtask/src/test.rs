//! `cargo xtask test`: set up what the tests need, run every check, say what was done and how long it took.

mod interrupt;
mod lint;
pub mod machine;
mod memory;
pub mod postgres;

use crate::repository;
use anyhow::Result;
use clap::ValueEnum;
use interrupt::Interrupt;
use machine::cargo;
use postgres::Cluster;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The variable that tells tests of a PostgreSQL server in which they may create databases.
pub const POSTGRES: &str = "XINQIAO_TEST_POSTGRES";
/// How many tests nextest runs at once.
const THREADS: &str = "NEXTEST_TEST_THREADS";
/// The variable that says where temporary files go.
const TEMPORARY: &str = "TMPDIR";
/// The variable that tells tests of a PostgreSQL server and of its streaming replica, parted by a comma.
pub const REPLICATED: &str = "XINQIAO_TEST_REPLICATED";
/// The variable that tells the browser tests which program to start.
const PROGRAM: &str = "XINQIAO_BIN";

/// What to run.
#[derive(clap::Args)]
pub struct Options {
    /// Run only this part (may be given several times).
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Leave the PostgreSQL cluster running and print its address.
    #[arg(long)]
    keep: bool,
    /// Run only the tests whose name contains this; leaves out format, lint and dependencies.
    filter: Vec<String>,
}

/// The parts of the whole, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// `cargo fmt --check`
    Fmt,
    /// clippy, warnings are errors; on the way to the tests where those are wanted too
    Lint,
    /// licences, banned crates and sources of all dependencies
    Dependencies,
    /// unit, integration and documentation tests of all crates but `e2e`, on SQLite and PostgreSQL
    Unit,
    /// browser tests
    E2e,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        if !self.only.is_empty() {
            return self.only.contains(&part);
        }
        self.filter.is_empty() || matches!(part, Part::Unit | Part::E2e)
    }

    fn wants_tests(&self) -> bool {
        self.wants(Part::Unit) || self.wants(Part::E2e)
    }

    /// Whether clippy looks at the code on the way to the tests.
    fn lints_while_compiling(&self) -> bool {
        self.wants(Part::Lint) && self.wants(Part::Unit)
    }
}

/// One command of the run.
struct Step {
    part: Part,
    name: &'static str,
    command: Command,
}

/// How one step went.
struct Outcome {
    name: &'static str,
    passed: bool,
    took: Duration,
}

/// Runs the chosen parts. All of them run even where one fails, so that one run shows every fault.
///
/// # Errors
/// When the machine cannot be set up or the run is interrupted; a failing step is an exit code.
pub fn run(options: &Options) -> Result<ExitCode> {
    let root = repository::root()?;
    let interrupt = Interrupt::watch()?;
    prepare(options)?;

    let memory = if std::env::var_os(TEMPORARY).is_none() { memory::folder() } else { None };
    let cluster = cluster_for(options, memory.is_some())?;
    interrupt.check()?;
    let url = cluster.as_ref().map(Cluster::url);
    let pair = pair_for(options, cluster.is_some())?;
    let program = program(&root);
    // Nothing is built yet, so there is nothing to be incremental about; it only costs time.
    let first = !program.exists();
    let mut outcomes = Vec::new();
    for mut step in steps(options, &root, machine::has_nextest()) {
        if let Some(url) = &url {
            step.command.env(POSTGRES, url);
        }
        if let Some((primary, replica)) = &pair {
            step.command.env(REPLICATED, format!("{},{}", primary.url(), replica.url()));
        }
        if let (Part::Unit | Part::E2e, Some(memory)) = (step.part, &memory) {
            step.command.env(TEMPORARY, memory.path());
        }
        if first {
            step.command.env("CARGO_INCREMENTAL", "0");
        }
        if options.lints_while_compiling() && step.part != Part::Dependencies {
            lint::while_compiling(&mut step.command);
        }
        if step.part == Part::E2e && options.wants(Part::Unit) {
            // The step before has built it; building it alone would choose other features and start over.
            step.command.env(PROGRAM, &program);
        }
        outcomes.push(execute(step, &interrupt)?);
    }
    let passed = summary(&outcomes);
    if let (true, Some(cluster)) = (options.keep, cluster) {
        println!("xtask: PostgreSQL stays: export {POSTGRES}={}", cluster.url());
        println!("xtask: stop it with: {}", cluster.keep());
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Installs what the chosen parts need and the machine lacks.
fn prepare(options: &Options) -> Result<()> {
    if options.wants(Part::Fmt) || options.wants(Part::Lint) {
        machine::ensure_rust_components()?;
    }
    let mut needs = Vec::new();
    if options.wants(Part::Lint) || options.wants_tests() {
        needs.extend(machine::COMPILER);
    }
    if options.wants_tests() && std::env::var_os(POSTGRES).is_none() {
        needs.extend(machine::DATABASE);
    }
    if options.wants(Part::E2e) {
        needs.extend(machine::BROWSER);
    }
    machine::ensure(&needs)
}

/// The database cluster of this run, in memory where there is room: none where no test needs one or where the caller names one
/// already.
fn cluster_for(options: &Options, in_memory: bool) -> Result<Option<Cluster>> {
    if !options.wants_tests() {
        return Ok(None);
    }
    if let Some(given) = std::env::var_os(POSTGRES) {
        println!("xtask: using {POSTGRES}={}", given.to_string_lossy());
        return Ok(None);
    }
    let begun = Instant::now();
    // Each test has a database of some hundreds of files, which a file system on disk looks for a place for.
    let cluster =
        if in_memory { Cluster::start_in(Path::new(memory::SHARED), "")? } else { Cluster::start()? };
    println!("xtask: PostgreSQL at {} ({:.1} s)", cluster.url(), begun.elapsed().as_secs_f64());
    Ok(Some(cluster))
}

/// A server with a streaming replica, apart from the other: what all other tests write would only hold it up.
fn pair_for(options: &Options, own: bool) -> Result<Option<(Cluster, Cluster)>> {
    if !own || !options.wants(Part::Unit) || std::env::var_os(REPLICATED).is_some() {
        return Ok(None);
    }
    // A replica has what was answered only where the log was written before.
    let primary = Cluster::start_with(|_| "synchronous_commit = on\n".to_owned())?;
    let replica = primary.replica(None)?;
    Ok(Some((primary, replica)))
}

/// The commands to run, in order.
fn steps(options: &Options, root: &Path, nextest: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |part: Part, name: &'static str, arguments: &[&str], filter: &[String]| {
        if !options.wants(part) {
            return;
        }
        let mut command = Command::new(cargo());
        command.current_dir(root).args(arguments).args(filter);
        if part == Part::Unit && std::env::var_os(THREADS).is_none() {
            // One more than there are cores: trials of faults mostly wait.
            let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
            command.env(THREADS, (cores + 1).to_string());
        }
        steps.push(Step { part, name, command });
    };
    let filter = &options.filter;
    add(Part::Fmt, "format", &["fmt", "--all", "--check"], &[]);
    if options.lints_while_compiling() {
        add(Part::Lint, "lint and build", &lint::BUILD, &[]);
    } else {
        add(Part::Lint, "lint", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[]);
    }
    add(Part::Dependencies, "dependencies", &["xtask", "dependencies"], &[]);
    if nextest {
        let run = ["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests=pass"];
        add(Part::Unit, "tests", &[&run[..], &["-E", "not package(e2e)"]].concat(), filter);
        // Documentation tests have no name one would filter by, and nextest does not run them.
        if filter.is_empty() {
            add(Part::Unit, "documentation tests", &["test", "--workspace", "--doc", "--no-fail-fast"], &[]);
        }
        add(Part::E2e, "browser tests", &[&run[..], &["-E", "package(e2e)"]].concat(), filter);
    } else {
        add(
            Part::Unit,
            "tests",
            &["test", "--workspace", "--exclude", "e2e", "--no-fail-fast", "--"],
            filter,
        );
        add(Part::E2e, "browser tests", &["test", "--package", "e2e", "--no-fail-fast", "--"], filter);
    }
    steps
}

/// Where cargo puts the program that the tests build.
fn program(root: &Path) -> PathBuf {
    crate::target(root).join("debug/xinqiao")
}

fn execute(mut step: Step, interrupt: &Interrupt) -> Result<Outcome> {
    println!("\nxtask: {} — {}", step.name, shown(&step.command));
    let begun = Instant::now();
    // A runner that may read the terminal would be stopped, since it runs in a process group of its own.
    step.command.stdin(Stdio::null());
    let passed = interrupt.run(&mut step.command)?.success();
    let took = begun.elapsed();
    if !passed && step.part == Part::Fmt {
        println!("xtask: `cargo fmt --all` puts this right");
    }
    Ok(Outcome { name: step.name, passed, took })
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let mut words = vec![String::from("cargo")];
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        words.push(if argument.contains(' ') { format!("'{argument}'") } else { argument.into_owned() });
    }
    words.join(" ")
}

/// Prints one line per step; true when all passed. Kept short: the runner's own last lines stay in sight.
fn summary(outcomes: &[Outcome]) -> bool {
    println!();
    for Outcome { name, passed, took } in outcomes {
        let verdict = if *passed { "passed" } else { "FAILED" };
        println!("xtask: {verdict} {name} ({:.1} s)", took.as_secs_f64());
    }
    outcomes.iter().all(|outcome| outcome.passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(only: &[Part], filter: &[&str]) -> Options {
        Options {
            only: only.to_vec(),
            keep: false,
            filter: filter.iter().map(|word| String::from(*word)).collect(),
        }
    }

    fn commands(options: &Options, nextest: bool) -> Vec<String> {
        steps(options, Path::new("/"), nextest).iter().map(|step| shown(&step.command)).collect()
    }

    #[test]
    fn everything_runs_by_default() {
        assert_eq!(
            commands(&options(&[], &[]), false),
            [
                "cargo fmt --all --check",
                "cargo build --workspace --all-targets",
                "cargo xtask dependencies",
                "cargo test --workspace --exclude e2e --no-fail-fast --",
                "cargo test --package e2e --no-fail-fast --",
            ]
        );
    }

    #[test]
    fn clippy_has_a_pass_of_its_own_where_no_test_is_built() {
        assert_eq!(
            commands(&options(&[Part::Lint], &[]), false),
            ["cargo clippy --workspace --all-targets -- -D warnings"]
        );
    }

    #[test]
    fn nextest_leaves_the_documentation_tests_to_cargo() {
        assert_eq!(
            commands(&options(&[Part::Unit], &[]), true),
            [
                "cargo nextest run --workspace --no-fail-fast --no-tests=pass -E 'not package(e2e)'",
                "cargo test --workspace --doc --no-fail-fast",
            ]
        );
    }

    #[test]
    fn a_filter_leaves_out_what_is_no_test() {
        assert_eq!(
            commands(&options(&[], &["decline"]), false),
            [
                "cargo test --workspace --exclude e2e --no-fail-fast -- decline",
                "cargo test --package e2e --no-fail-fast -- decline",
            ]
        );
    }

    #[test]
    fn one_failing_step_fails_the_run() {
        let step = |passed| Outcome { name: "tests", passed, took: Duration::ZERO };
        assert!(summary(&[step(true), step(true)]));
        assert!(!summary(&[step(true), step(false), step(true)]));
    }
}
