//! The load of `crates/xinqiao/tests/faults`, and what befalls the database meanwhile.

use crate::{
    repository,
    test::{POSTGRES, machine},
};
use anyhow::{Result, ensure};
use std::{
    process::{Command, ExitCode},
    time::Duration,
};

/// A kill takes nothing from the disk, so that waiting for it is left out as in the tests; but what was acknowledged has
/// left the server's own memory.
pub const DURABLE: &str = "synchronous_commit = on\nfull_page_writes = on\n";

/// A test of the faults, by its name.
///
/// # Errors
/// The repository cannot be found.
pub fn trial(name: &str) -> Result<Command> {
    let mut command = Command::new(machine::cargo());
    command.current_dir(repository::root()?).env_remove(POSTGRES);
    command.args(["test", "--workspace", "--test", "faults", "--", "--nocapture", "--test-threads=1", name]);
    Ok(command)
}

/// Runs a trial to its end.
///
/// # Errors
/// It cannot be started.
pub fn passes(command: &mut Command) -> Result<bool> {
    Ok(command.status()?.success())
}

/// As an exit code.
pub fn code(passed: bool) -> ExitCode {
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What befalls the database, and how often.
pub struct Harm<'a> {
    /// Said at the end.
    pub what: &'a str,
    /// Seconds of load.
    pub seconds: u32,
    /// Between two times.
    pub pause: Duration,
    /// Times that the load has to bear at least.
    pub least: u32,
    /// Seconds within which everybody has an answer.
    pub answer: u32,
}

/// Applications are filed and registered on the server of this address, while harm is done to it again and again. `false` of
/// `does` ends the harm.
///
/// # Errors
/// The harm cannot be done, or the load was over too soon.
pub fn under(harm: &Harm<'_>, url: &str, mut does: impl FnMut() -> Result<bool>) -> Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    let flag = folder.path().join("load");
    let at_it = flag.with_extension("harm");
    let mut load = trial("every_acknowledged_event_is_there_once_whatever_befalls_the_database")?;
    load.env(POSTGRES, url).env("XINQIAO_TEST_OUTAGE_FLAG", &flag);
    load.env("XINQIAO_TEST_LONGEST", harm.answer.to_string());
    let mut load = load.env("XINQIAO_TEST_OUTAGES", harm.seconds.to_string()).spawn()?;
    let (mut times, mut goes_on) = (0, true);
    while load.try_wait()?.is_none() {
        std::thread::sleep(harm.pause);
        std::fs::write(&at_it, "")?;
        if goes_on && flag.exists() {
            goes_on = does()?;
            times += 1;
        }
        std::fs::remove_file(&at_it)?;
    }
    let passed = load.wait()?.success();
    println!("xtask: {}: {times} times", harm.what);
    ensure!(!passed || times >= harm.least, "the load was over before that happened {} times", harm.least);
    Ok(code(passed))
}
