//! PostgreSQL is away for a minute under load: stopped at once, so that connections are refused, and frozen, so that they are
//! taken and never answered.

use super::load::{DURABLE, Harm, under};
use crate::test::{machine, postgres::Cluster};
use anyhow::Result;
use std::{process::ExitCode, thread::sleep, time::Duration};

/// How long it is away.
const AWAY: Duration = Duration::from_secs(60);

/// Stops PostgreSQL and starts it again, then freezes it and lets it go on.
///
/// # Errors
/// When the machine cannot be set up, an answer took too long, or something that was acknowledged is missing or there twice.
pub fn run() -> Result<ExitCode> {
    machine::ensure(&machine::DATABASE)?;
    let cluster = Cluster::start_with(|_| DURABLE.to_owned())?;
    let harm = Harm {
        what: "PostgreSQL was away",
        seconds: 170,
        pause: Duration::from_secs(8),
        least: 2,
        answer: 15,
    };
    let mut stopped = false;
    under(&harm, &cluster.url(), || {
        if stopped {
            cluster.freeze()?;
            sleep(AWAY);
            cluster.thaw()?;
            return Ok(false);
        }
        stopped = true;
        cluster.stop_at_once()?;
        sleep(AWAY);
        cluster.start_again()?;
        Ok(true)
    })
}
