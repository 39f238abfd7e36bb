//! `crates/xinqiao/tests/faults` for longer: the server is killed under load, or the database under it.

use super::load::{DURABLE, Harm, code, passes, trial, under};
use crate::test::{POSTGRES, machine, postgres::Cluster};
use anyhow::Result;
use std::{process::ExitCode, time::Duration};

/// Kills of the server on each database.
const KILLS: &str = "50";
/// Kills of servers that do what is due, on each database.
const KILLS_AT_WORK: &str = "12";

/// Kills the server fifty times under load, on both databases.
///
/// # Errors
/// When the machine cannot be set up, or something that was acknowledged is missing or there twice.
pub fn server() -> Result<ExitCode> {
    on_both("every_acknowledged_event_is_there_once_after_the_server_was_killed", KILLS)
}

/// Lets four servers do what is due in a whole country and kills one after another, on both databases.
///
/// # Errors
/// As [`server`]; something was not done, or twice.
pub fn jobs() -> Result<ExitCode> {
    on_both("what_is_due_is_done_once_by_servers_that_are_killed", KILLS_AT_WORK)
}

fn on_both(name: &str, kills: &str) -> Result<ExitCode> {
    machine::ensure(&machine::DATABASE)?;
    let cluster = Cluster::start_with(|_| DURABLE.to_owned())?;
    let mut trial = trial(name)?;
    Ok(code(passes(trial.env(POSTGRES, cluster.url()).env("XINQIAO_TEST_KILLS", kills))?))
}

/// Kills PostgreSQL every few seconds under load and starts it again.
///
/// # Errors
/// As [`server`].
pub fn database() -> Result<ExitCode> {
    machine::ensure(&machine::DATABASE)?;
    let cluster = Cluster::start_with(|_| DURABLE.to_owned())?;
    let harm = Harm {
        what: "PostgreSQL was killed",
        seconds: 90,
        pause: Duration::from_secs(6),
        least: 5,
        answer: 15,
    };
    under(&harm, &cluster.url(), || {
        cluster.kill()?;
        Ok(true)
    })
}
