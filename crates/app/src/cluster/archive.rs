//! Whether the server's log is archived, as `docs/operate.md` tells for going back to any instant.

use super::outcome::Outcome;
use crate::{db::Db, error::Result, p};
use jiff::Timestamp;
use std::collections::BTreeMap;

const ASKED: &str = "SELECT name, setting FROM pg_settings
    WHERE name IN ('archive_mode', 'archive_command', 'archive_library', 'archive_timeout')";
const ARCHIVER: &str =
    "SELECT last_archived_wal, last_archived_time, last_failed_wal, last_failed_time FROM pg_stat_archiver";

/// Commands by which people switch archiving off without a restart: the server believes that all is archived.
const NOTHING: [&str; 4] = ["true", "/bin/true", "/usr/bin/true", ":"];

/// What became of the last pieces of the log, as `pg_stat_archiver` tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Archiver {
    archived: Option<String>,
    archived_at: Option<Timestamp>,
    failed: Option<String>,
    failed_at: Option<Timestamp>,
}
crate::row!(Archiver { archived, archived_at, failed, failed_at });

/// Looks at the primary.
///
/// # Errors
/// The database is gone.
pub async fn look(db: &Db) -> Result<Outcome> {
    if !db.is_postgres() {
        return Ok(Outcome::Note("SQLite has no log that could be archived".to_owned()));
    }
    let settings: Vec<(String, String)> = db.all(ASKED, p![]).await?;
    let archiver: Option<Archiver> = db.opt(ARCHIVER, p![]).await?;
    Ok(judge(&settings.into_iter().collect(), &archiver.unwrap_or_default()))
}

fn judge(settings: &BTreeMap<String, String>, archiver: &Archiver) -> Outcome {
    let said = |name: &str| settings.get(name).map_or("", |setting| setting.trim());
    if !matches!(said("archive_mode"), "on" | "always") {
        return Outcome::Note(
            "the server's log is not archived (archive_mode): what was written after the last backup is lost with the disk"
                .to_owned(),
        );
    }
    let command = said("archive_command");
    if command.is_empty() && said("archive_library").is_empty() {
        return Outcome::Fault(
            "archive_mode is on and archive_command says nothing: the log fills the disk; set the command and reload"
                .to_owned(),
        );
    }
    if NOTHING.contains(&command) {
        return Outcome::Fault(format!(
            "archive_command = '{command}' archives nothing: set one that copies"
        ));
    }
    if let (Some(wal), Some(at)) = (&archiver.failed, archiver.failed_at)
        && archiver.archived_at.is_none_or(|archived| at > archived)
    {
        return Outcome::Fault(format!(
            "{wal} could not be archived at {at:.0}, and nothing after it: the server's log says why; it keeps what is \
             not archived until its disk is full"
        ));
    }
    if said("archive_timeout") == "0" {
        return Outcome::Fault(
            "archive_timeout = 60, or hours of little work are not in the archive when the disk is lost"
                .to_owned(),
        );
    }
    Outcome::Well(match (&archiver.archived, archiver.archived_at) {
        (Some(wal), Some(at)) => format!("{wal} was archived at {at:.0}"),
        _ => "on; nothing had to be archived yet".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COPIES: &str = "test ! -f /archive/%f && cp %p /archive/%f";

    #[test]
    fn each_state_of_the_archive_is_judged() {
        let at = |text: &str| -> Option<Timestamp> { (!text.is_empty()).then(|| text.parse().unwrap()) };
        let (early, late) = ("2026-03-01T01:00:00Z", "2026-03-01T02:00:00Z");
        for (mode, command, library, timeout, archived, failed, kind, part) in [
            ("off", "(disabled)", "", "0", "", "", "note", "archive_mode"),
            ("on", "", "", "60", "", "", "fault", "archive_command says nothing"),
            ("on", " ", "", "60", early, "", "fault", "archive_command says nothing"),
            ("on", "/bin/true", "", "60", early, "", "fault", "archives nothing"),
            ("on", "", "basic_archive", "60", early, "", "well", "was archived at 2026-03-01T01:00:00Z"),
            ("on", COPIES, "", "60", "", "", "well", "nothing had to be archived yet"),
            ("always", COPIES, "", "60", early, "", "well", "0A was archived"),
            ("on", COPIES, "", "60", late, early, "well", "0A was archived"),
            (
                "on",
                COPIES,
                "",
                "60",
                early,
                late,
                "fault",
                "0B could not be archived at 2026-03-01T02:00:00Z",
            ),
            ("on", COPIES, "", "60", "", late, "fault", "0B could not be archived"),
            ("on", COPIES, "", "0", early, "", "fault", "archive_timeout = 60"),
        ] {
            let settings = [
                ("archive_mode", mode),
                ("archive_command", command),
                ("archive_library", library),
                ("archive_timeout", timeout),
            ];
            let settings =
                settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let archiver = Archiver {
                archived: at(archived).map(|_| "0A".to_owned()),
                archived_at: at(archived),
                failed: at(failed).map(|_| "0B".to_owned()),
                failed_at: at(failed),
            };
            let (found, told) = match judge(&settings, &archiver) {
                Outcome::Well(told) => ("well", told),
                Outcome::Note(told) => ("note", told),
                Outcome::Fault(told) => ("fault", told),
            };
            assert!(found == kind && told.contains(part), "{mode} {command} {archiver:?}: {found} {told}");
        }
    }
}
