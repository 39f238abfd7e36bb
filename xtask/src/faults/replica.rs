//! The primary of PostgreSQL is killed with all its processes under load; its synchronous replica is promoted, as an
//! operator's script would do it, and what was the primary comes back as the replica. Again and again.

use super::load::{DURABLE, Harm, under};
use crate::test::{machine, postgres::Cluster};
use anyhow::Result;
use std::{mem, process::ExitCode, thread::sleep, time::Duration};

/// What `docs/operate.md` tells to set.
const REPLICATED: &str = "wal_level = replica\nhot_standby = on\nmax_wal_senders = 8\n";
/// Until an operator's script has noticed.
const NOTICED: Duration = Duration::from_secs(1);

/// Whether commits wait for the replica.
fn wait_for_replica(primary: &Cluster, wait: bool) -> Result<()> {
    let names = if wait { "*" } else { "" };
    primary.ask(&format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"))?;
    primary.ask("SELECT pg_reload_conf()")?;
    if wait {
        primary.wait_for("SELECT COUNT(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")?;
    }
    Ok(())
}

/// Kills primaries under load.
///
/// # Errors
/// When the machine cannot be set up, or something that was acknowledged is missing or there twice.
pub fn run() -> Result<ExitCode> {
    machine::ensure(&machine::DATABASE)?;
    let mut primary = Cluster::start_with(|_| format!("{DURABLE}{REPLICATED}"))?;
    let mut replica = primary.replica(None)?;
    wait_for_replica(&primary, true)?;
    let (one, other) = (primary.port(), replica.port());
    let url = format!(
        "postgres://postgres@127.0.0.1:{one},127.0.0.1:{other}/postgres?target_session_attrs=read-write"
    );
    let harm = Harm {
        what: "the replica took over",
        seconds: 120,
        pause: Duration::from_secs(8),
        least: 4,
        answer: 15,
    };
    under(&harm, &url, || {
        primary.kill_all()?;
        sleep(NOTICED);
        // Otherwise nothing could be stored before there is a replica again.
        wait_for_replica(&replica, false)?;
        replica.ask("SELECT pg_promote(true, 60)")?;
        mem::swap(&mut primary, &mut replica);
        let port = replica.port();
        replica = primary.replica(Some(port))?;
        wait_for_replica(&primary, true)?;
        Ok(true)
    })
}
