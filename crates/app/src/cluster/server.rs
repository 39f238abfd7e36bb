//! The settings that a server of PostgreSQL must have, as `docs/operate.md` asks.

use crate::{db::Db, error::Result, p};
use std::collections::BTreeMap;

/// The least connections of a server: one instance holds up to seventeen, and others look on.
const CONNECTIONS: i64 = 40;
/// The least locks of a transaction on tables in parts.
const LOCKS: i64 = 256;

const ASKED: &str = "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes',
    'synchronous_commit', 'max_connections', 'max_locks_per_transaction', 'wal_level', 'server_encoding',
    'max_slot_wal_keep_size', 'hot_standby_feedback')";
/// A role without rights sees that there is one that receives, and not how it is.
const RECEIVING: &str =
    "SELECT COUNT(*) FROM pg_stat_wal_receiver WHERE COALESCE(status, 'streaming') = 'streaming'";

/// For what a server is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server {
    /// It is a replica.
    pub replica: bool,
    /// Replicas follow it.
    pub followed: bool,
    /// Its large tables are in parts.
    pub parts: bool,
}

/// What is not as it must be, one sentence each; nothing on SQLite.
///
/// # Errors
/// The database is gone.
pub async fn look(db: &Db, server: Server) -> Result<Vec<String>> {
    if !db.is_postgres() {
        return Ok(Vec::new());
    }
    let found: Vec<(String, String)> = db.all(ASKED, p![]).await?;
    let slots = any(db, "SELECT COUNT(*) FROM pg_replication_slots").await?;
    let mut faults = faults(&found.into_iter().collect(), server, slots);
    faults.extend(silence(server, any(db, RECEIVING).await?));
    Ok(faults)
}

async fn any(db: &Db, sql: &str) -> Result<bool> {
    let found: Option<(i64,)> = db.opt(sql, p![]).await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// While nothing is written, a replica that is cut off is not behind: it is found out by whether it receives.
fn silence(server: Server, receiving: bool) -> Option<String> {
    let fault =
        "it receives nothing from the primary: its log says why; look at primary_conninfo and the slot";
    (server.replica && !receiving).then(|| fault.to_owned())
}

fn faults(settings: &BTreeMap<String, String>, server: Server, slots: bool) -> Vec<String> {
    let said = |name: &str| settings.get(name).map_or("", String::as_str);
    let at_least = |name: &str, least: i64| said(name).parse::<i64>().is_ok_and(|number| number >= least);
    let asked = [
        (said("fsync") == "on", "fsync = on, or a power failure loses everything"),
        (said("full_page_writes") == "on", "full_page_writes = on, or a power failure breaks pages"),
        (
            // `remote_write` and `local` do not wait until a replica has it on disk.
            matches!(said("synchronous_commit"), "on" | "remote_apply"),
            "synchronous_commit = on (or remote_apply), or what was answered may be lost",
        ),
        (said("server_encoding") == "UTF8", "encoding UTF8 (CREATE DATABASE … ENCODING 'UTF8')"),
        (at_least("max_connections", CONNECTIONS), "max_connections = 40 or more"),
        (
            !server.parts || at_least("max_locks_per_transaction", LOCKS),
            "max_locks_per_transaction = 256 or more, as tables are in parts",
        ),
        (
            !server.followed || matches!(said("wal_level"), "replica" | "logical"),
            "wal_level = replica, as replicas follow",
        ),
        (
            !slots || said("max_slot_wal_keep_size") != "-1",
            "max_slot_wal_keep_size = 20GB or so: a replica that stays away would fill the disk",
        ),
        (
            !server.replica || said("hot_standby_feedback") == "on",
            "hot_standby_feedback = on, or long lists are broken off",
        ),
    ];
    asked.into_iter().filter(|(well, _)| !well).map(|(_, fault)| fault.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_that_is_missed_is_told() {
        let alone = Server { replica: false, followed: false, parts: false };
        let usual = || -> BTreeMap<String, String> {
            [
                ("fsync", "on"),
                ("full_page_writes", "on"),
                ("synchronous_commit", "on"),
                ("server_encoding", "UTF8"),
                ("max_connections", "100"),
                ("max_locks_per_transaction", "64"),
                ("wal_level", "replica"),
                ("max_slot_wal_keep_size", "-1"),
                ("hot_standby_feedback", "off"),
            ]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
        };
        assert_eq!(faults(&usual(), alone, false), Vec::<String>::new());
        for (name, value, server, slots, fault) in [
            ("fsync", "off", alone, false, "fsync"),
            ("full_page_writes", "off", alone, false, "full_page_writes"),
            ("synchronous_commit", "off", alone, false, "synchronous_commit"),
            ("synchronous_commit", "local", alone, false, "synchronous_commit"),
            ("synchronous_commit", "remote_write", alone, false, "synchronous_commit"),
            ("synchronous_commit", "remote_apply", alone, false, ""),
            ("server_encoding", "SQL_ASCII", alone, false, "UTF8"),
            ("max_connections", "39", alone, false, "max_connections"),
            ("max_locks_per_transaction", "64", Server { parts: true, ..alone }, false, "max_locks"),
            ("max_locks_per_transaction", "256", Server { parts: true, ..alone }, false, ""),
            ("wal_level", "minimal", Server { followed: true, ..alone }, false, "wal_level"),
            ("wal_level", "minimal", alone, false, ""),
            ("max_slot_wal_keep_size", "-1", alone, true, "max_slot"),
            ("max_slot_wal_keep_size", "20480", alone, true, ""),
            ("hot_standby_feedback", "off", Server { replica: true, ..alone }, false, "hot_standby"),
            ("hot_standby_feedback", "on", Server { replica: true, ..alone }, false, ""),
        ] {
            let mut settings = usual();
            settings.insert(name.to_owned(), value.to_owned());
            let found = faults(&settings, server, slots);
            match fault {
                "" => assert!(found.is_empty(), "{name} {value}: {found:?}"),
                part => assert!(found.len() == 1 && found[0].contains(part), "{name} {value}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_replica_that_receives_nothing_is_told() {
        let primary = Server { replica: false, followed: true, parts: false };
        let replica = Server { replica: true, followed: false, parts: false };
        for (server, receiving, told) in
            [(primary, false, false), (primary, true, false), (replica, true, false), (replica, false, true)]
        {
            assert_eq!(silence(server, receiving).is_some(), told, "{server:?} {receiving}");
        }
    }
}
