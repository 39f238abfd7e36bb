//! Whether commits wait for a replica that is there, as `docs/operate.md` tells where one is to take over.

use super::outcome::Outcome;
use crate::{db::Db, error::Result, p};

const NAMES: &str = "SELECT setting FROM pg_settings WHERE name = 'synchronous_standby_names'";
/// Copies that are being taken are no replicas. A role without rights sees that somebody is connected, and nothing more.
const CONNECTED: &str = "SELECT COALESCE(application_name, ''), state, sync_state FROM pg_stat_replication
    WHERE COALESCE(state, '') <> 'backup' ORDER BY pid";

/// Somebody who reads the primary's log, as `pg_stat_replication` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Standby {
    name: String,
    /// Nothing where this role may not see it; `sync` beside it likewise.
    state: Option<String>,
    sync: Option<String>,
}
crate::row!(Standby { name, state, sync });

/// Looks at a primary of which so many replicas are named by `--replica`.
///
/// # Errors
/// The database is gone.
pub async fn look(db: &Db, named: usize) -> Result<Outcome> {
    if !db.is_postgres() {
        return Ok(Outcome::Note("SQLite has none".to_owned()));
    }
    let names: Option<(String,)> = db.opt(NAMES, p![]).await?;
    let connected: Vec<Standby> = db.all(CONNECTED, p![]).await?;
    Ok(judge(&names.map(|(names,)| names).unwrap_or_default(), named, &connected))
}

fn judge(names: &str, named: usize, connected: &[Standby]) -> Outcome {
    let waits = waits_for(names);
    let streaming = connected.iter().filter(|standby| standby.state.as_deref() == Some("streaming")).count();
    let waited_for =
        connected.iter().filter(|standby| matches!(standby.sync.as_deref(), Some("sync" | "quorum"))).count();
    let back = "bring it back, or store without it: ALTER SYSTEM SET synchronous_standby_names = ''; \
        SELECT pg_reload_conf()";
    if connected.is_empty() && waits > 0 {
        return Outcome::Fault(format!(
            "nothing can be stored: commits wait for a replica (synchronous_standby_names = '{names}') and none is \
             connected; {back}"
        ));
    }
    if connected.is_empty() && named > 0 {
        return Outcome::Fault(
            "a replica is named and none is connected to the primary: start it; its log and its primary_conninfo say why"
                .to_owned(),
        );
    }
    if connected.is_empty() {
        return Outcome::Note("no replica follows, and none is named".to_owned());
    }
    if connected.iter().any(|standby| standby.state.is_none()) {
        return Outcome::Note(format!(
            "{} connected, in a state that this role may not see: GRANT pg_read_all_stats to it",
            connected.len()
        ));
    }
    if waited_for < waits {
        return Outcome::Fault(format!(
            "commits wait for {waits} of {}, and {waited_for} can be waited for ({}); {back}",
            in_words(connected.len()),
            each(connected)
        ));
    }
    if streaming == 0 {
        return Outcome::Fault(format!(
            "no replica is streaming ({}): wait until it has caught up; its log says why it does not",
            each(connected)
        ));
    }
    if waits == 0 {
        return Outcome::Note(format!(
            "{} streaming, and commits wait for none: where one is to take over, ALTER SYSTEM SET \
             synchronous_standby_names = '*', or the last changes may be lost with the primary",
            in_words(streaming)
        ));
    }
    Outcome::Well(format!("{} streaming, commits wait for {waits}", in_words(streaming)))
}

fn in_words(count: usize) -> String {
    if count == 1 { "one replica".to_owned() } else { format!("{count} replicas") }
}

/// Each by its name with its states.
fn each(connected: &[Standby]) -> String {
    let words = connected.iter().map(|Standby { name, state, sync }| {
        let [state, sync] = [state, sync].map(|told| told.as_deref().unwrap_or("hidden"));
        format!("{name}: {state}, {sync}")
    });
    words.collect::<Vec<_>>().join("; ")
}

/// For how many replicas a commit waits: `*`, `a, b`, `2 (a, b)`, `FIRST 2 (a, b)`, `ANY 2 (a, b)`.
fn waits_for(names: &str) -> usize {
    let names = names.trim();
    if names.is_empty() {
        return 0;
    }
    let Some((before, _)) = names.split_once('(') else { return 1 };
    before.split_whitespace().next_back().and_then(|number| number.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_how_many_a_commit_waits() {
        for (names, number) in [
            ("", 0),
            ("  ", 0),
            ("*", 1),
            ("one, other", 1),
            ("first_one", 1),
            ("2 (one, other)", 2),
            ("FIRST 2 (one, other, third)", 2),
            ("first 3(a,b,c)", 3),
            ("ANY 1 (pgautofailover_standby_2)", 1),
            ("any 2 (*)", 2),
        ] {
            assert_eq!(waits_for(names), number, "{names}");
        }
    }

    #[test]
    fn each_arrangement_is_judged() {
        let standby = |name: &str, state: &str, sync: &str| Standby {
            name: name.to_owned(),
            state: (!state.is_empty()).then(|| state.to_owned()),
            sync: (!sync.is_empty()).then(|| sync.to_owned()),
        };
        let one = |state: &str, sync: &str| vec![standby("one", state, sync)];
        let two = |first: &str, second: &str| {
            vec![standby("one", "streaming", first), standby("two", "streaming", second)]
        };
        for (names, named, connected, kind, part) in [
            ("", 0, vec![], "note", "no replica follows"),
            ("", 1, vec![], "fault", "none is connected to the primary"),
            ("*", 1, vec![], "fault", "nothing can be stored"),
            ("*", 0, vec![], "fault", "nothing can be stored"),
            ("", 1, one("streaming", "async"), "note", "commits wait for none"),
            ("", 0, one("streaming", "async"), "note", "commits wait for none"),
            ("", 1, one("catchup", "async"), "fault", "no replica is streaming (one: catchup, async)"),
            ("", 1, one("", ""), "note", "pg_read_all_stats"),
            ("*", 1, one("", ""), "note", "pg_read_all_stats"),
            ("*", 1, one("streaming", "sync"), "well", "one replica streaming, commits wait for 1"),
            ("*", 1, one("catchup", "async"), "fault", "0 can be waited for"),
            ("other", 1, one("streaming", "async"), "fault", "commits wait for 1 of one replica"),
            ("ANY 1 (*)", 2, two("quorum", "quorum"), "well", "2 replicas streaming"),
            ("2 (*)", 2, two("sync", "potential"), "fault", "commits wait for 2 of 2 replicas, and 1 can"),
            ("FIRST 1 (*)", 2, two("sync", "potential"), "well", "commits wait for 1"),
        ] {
            let (found, told) = match judge(names, named, &connected) {
                Outcome::Well(told) => ("well", told),
                Outcome::Note(told) => ("note", told),
                Outcome::Fault(told) => ("fault", told),
            };
            assert!(found == kind && told.contains(part), "{names} {named} {connected:?}: {found} {told}");
        }
    }
}
