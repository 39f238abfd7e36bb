//! `crates/xinqiao/tests/killed.rs` for longer: the server is killed fifty times under load, or the database under it.

use crate::{
    repository,
    test::{POSTGRES, machine, postgres::Cluster},
};
use anyhow::{Result, ensure};
use std::{
    process::{Command, ExitCode},
    time::Duration,
};

/// Kills of the server on each database.
const KILLS: &str = "50";
/// Seconds of load while the database is killed.
const SECONDS: &str = "90";
/// Between two kills of the database.
const PAUSE: Duration = Duration::from_secs(6);
/// Kills of the database that the load has to bear at least.
const LEAST: u32 = 5;

/// A kill takes nothing from the disk, so that waiting for it is left out as in the tests; but what was acknowledged has
/// left the server's own memory.
const DURABLE: &str = "synchronous_commit = on\nfull_page_writes = on\n";

fn trial(name: &str, cluster: &Cluster) -> Result<Command> {
    let mut command = Command::new(machine::cargo());
    command.current_dir(repository::root()?).env(POSTGRES, cluster.url());
    command.args(["test", "--workspace", "--test", "killed", "--", "--nocapture", "--test-threads=1", name]);
    Ok(command)
}

/// Kills the server fifty times under load, on both databases.
///
/// # Errors
/// When the machine cannot be set up, or something that was acknowledged is missing or there twice.
pub fn server() -> Result<ExitCode> {
    machine::ensure(&machine::DATABASE)?;
    let cluster = Cluster::start_with(|_| DURABLE.to_owned())?;
    let name = "every_acknowledged_event_is_there_once_after_the_server_was_killed";
    let passed = trial(name, &cluster)?.env("XINQIAO_TEST_KILLS", KILLS).status()?.success();
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Kills PostgreSQL every few seconds under load and starts it again.
///
/// # Errors
/// As [`server`].
pub fn database() -> Result<ExitCode> {
    machine::ensure(&machine::DATABASE)?;
    let cluster = Cluster::start_with(|_| DURABLE.to_owned())?;
    let folder = tempfile::tempdir()?;
    let flag = folder.path().join("goes-on");
    let name = "every_acknowledged_event_is_there_once_while_the_database_is_killed";
    let mut load = trial(name, &cluster)?;
    load.env("XINQIAO_TEST_OUTAGES", SECONDS).env("XINQIAO_TEST_OUTAGE_FLAG", &flag);
    let mut load = load.spawn()?;
    let mut kills = 0;
    while load.try_wait()?.is_none() {
        std::thread::sleep(PAUSE);
        if flag.exists() {
            cluster.kill()?;
            kills += 1;
        }
    }
    let passed = load.wait()?.success();
    println!("xtask: PostgreSQL was killed {kills} times");
    ensure!(!passed || kills >= LEAST, "the load was over before PostgreSQL was killed {LEAST} times");
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
