//! `xinqiao doctor`: looks at an installation and changes nothing.

mod deep;
mod servers;

use crate::open::{DatabaseArgs, ReplicaArgs};
use anyhow::{Context, Result};
use app::{
    App, audit,
    backup::{self, Good},
    db::Db,
    doctor, migrate, need, scale,
    seal::Keys,
};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use std::{io::Write, path::Path, process::ExitCode};

/// Arguments of `xinqiao doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    replicas: ReplicaArgs,
    /// Replay every case, recount everything, look at every reference and verify the log; without it, a sample of cases.
    #[arg(long)]
    deep: bool,
    /// Print one JSON object for each check.
    #[arg(long)]
    json: bool,
}

/// Cases replayed without --deep.
const SAMPLE: u64 = 200;
/// Clocks further apart than this give wrong deadlines, in seconds.
const CLOCK_DRIFT: i64 = 5;
/// A database in use needs room for its log and a backup; fewer bytes than this are too few.
const LEAST_ROOM: u64 = 1024 * 1024 * 1024;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// As it should be.
    Well,
    /// Could not be looked at, or need not be.
    Skipped,
    /// Somebody has to do something.
    Ill,
}

/// What one check found.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) check: &'static str,
    pub(crate) verdict: Verdict,
    detail: String,
}

impl Finding {
    pub(crate) fn new(check: &'static str, well: bool, detail: impl Into<String>) -> Finding {
        Finding { check, verdict: if well { Verdict::Well } else { Verdict::Ill }, detail: detail.into() }
    }

    /// As people read it.
    pub(crate) fn line(&self) -> String {
        let mark = match self.verdict {
            Verdict::Well => "ok  ",
            Verdict::Skipped => "-   ",
            Verdict::Ill => "ILL ",
        };
        format!("{mark}{:<12}{}", self.check, self.detail)
    }

    pub(crate) fn skipped(check: &'static str, detail: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Skipped, detail: detail.into() }
    }
}

/// Runs `xinqiao doctor`: exit code 1 where anything is ill.
///
/// # Errors
/// Standard output is closed.
pub async fn run(arguments: &DoctorArgs) -> Result<ExitCode> {
    let findings = look(arguments).await;
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        if arguments.json {
            writeln!(out, "{}", serde_json::to_string(finding)?)?;
        } else {
            writeln!(out, "{}", finding.line())?;
        }
    }
    let ill = findings.iter().any(|finding| finding.verdict == Verdict::Ill);
    Ok(if ill { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn look(arguments: &DoctorArgs) -> Vec<Finding> {
    let mut findings = Vec::new();
    let path = arguments.database.address.database.strip_prefix("sqlite:");
    if let Some(path) = path.filter(|path| !Path::new(path).exists()) {
        return vec![Finding::new("database", false, format!("there is no file {path}"))];
    }
    let db = match Db::open(&arguments.database.address.database).await {
        Ok(db) => db,
        Err(error) => return vec![Finding::new("database", false, error.to_string())],
    };
    let shown = app::db::hide_password(&arguments.database.address.database);
    findings.push(Finding::new("database", true, shown));
    let newest = schema(&db).await;
    let usable = newest.verdict == Verdict::Well;
    findings.push(newest);
    findings.push(room(path));
    if !usable {
        return findings;
    }
    match installation(&db, &arguments.database.keys).await {
        Ok(app) => {
            findings.extend(servers::look(&app.db, &arguments.replicas).await);
            findings.push(backups(&app.db).await);
            findings.extend(inside(&app, arguments.deep).await);
        }
        Err(error) => findings.push(Finding::new("keys", false, format!("{error:#}"))),
    }
    findings
}

async fn installation(db: &Db, keys: &Path) -> Result<App> {
    // Looking must not make a key file where there is none.
    let read = Keys::read(keys).with_context(|| format!("cannot read {}", keys.display()))?;
    let keys = read.with_context(|| format!("there is no file {}", keys.display()))?;
    Ok(App::new(db.clone(), keys).await?)
}

async fn schema(db: &Db) -> Finding {
    match migrate::done(db).await {
        Ok(done) => {
            let steps = migrate::steps();
            let missing: Vec<&str> = steps.iter().filter(|s| !done.contains(*s)).copied().collect();
            let newest = steps.last().copied().unwrap_or_default();
            if missing.is_empty() {
                Finding::new("schema", true, newest)
            } else {
                Finding::new(
                    "schema",
                    false,
                    format!("missing: {}; `xinqiao serve` adds them", missing.join(", ")),
                )
            }
        }
        Err(error) => Finding::new("schema", false, error.to_string()),
    }
}

fn room(path: Option<&str>) -> Finding {
    let Some(path) = path else { return Finding::skipped("room", "the database is on another machine") };
    match free_beside(Path::new(path)) {
        Ok(free) => Finding::new("room", free >= LEAST_ROOM, format!("{} MiB free", free / (1024 * 1024))),
        Err(error) => Finding::skipped("room", error.to_string()),
    }
}

/// Bytes that are free where a file is.
pub(crate) fn free_beside(path: &Path) -> rustix::io::Result<u64> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// When the last good backup was taken, where servers take them by themselves.
pub(crate) async fn backups(db: &Db) -> Finding {
    match backup::standing_in(db).await {
        Ok(Some(standing)) if standing.every > 0 => {
            let last = match &standing.last {
                Some(Good { at, file, .. }) => format!("the last good one is of {at:.0}: {file}"),
                None => "there is no good one yet".to_owned(),
            };
            let failed = standing.failed.as_ref().map(|(at, why)| format!("; one failed at {at:.0}: {why}"));
            let detail = format!("{last}{}", failed.unwrap_or_default());
            Finding::new("backup", !standing.is_late(Timestamp::now()), detail)
        }
        Ok(_) => Finding::skipped("backup", "no server takes any by itself (--backup-to)"),
        Err(error) => Finding::new("backup", false, error.to_string()),
    }
}

/// Looks at what is in the database.
pub(crate) async fn inside(app: &App, deep: bool) -> Vec<Finding> {
    let mut findings = vec![keys(app).await, clock(app).await, counts(app).await, places(app).await];
    findings.push(search_keys(app, deep).await);
    findings.extend(deep::cases(app, (!deep).then_some(SAMPLE)).await);
    findings.push(deep::sums(app, deep).await);
    findings.push(deep::references(app, deep).await);
    findings.push(scales(app, deep).await);
    findings.push(followup(app, deep).await);
    findings.push(log(app, deep).await);
    findings
}

async fn keys(app: &App) -> Finding {
    match doctor::keys_open(app).await {
        Ok(Some(true)) => Finding::new("keys", true, "open what is stored"),
        Ok(Some(false)) => {
            Finding::new("keys", false, "do not open what is stored: this is another key file")
        }
        Ok(None) => Finding::new("keys", true, "nothing sealed is stored yet"),
        Err(error) => Finding::new("keys", false, error.to_string()),
    }
}

async fn clock(app: &App) -> Finding {
    match doctor::clock_ahead(app).await {
        Ok(None) => Finding::skipped("clock", "SQLite uses this machine's clock"),
        Ok(Some(ahead)) => {
            let well = ahead.abs() <= CLOCK_DRIFT;
            Finding::new("clock", well, format!("the server's clock is {ahead} s ahead"))
        }
        Err(error) => Finding::new("clock", false, error.to_string()),
    }
}

async fn counts(app: &App) -> Finding {
    match need::recount(app).await {
        Ok(drift) if drift.is_empty() => Finding::new("counts", true, "equal a recount"),
        Ok(drift) => {
            let first = drift.first().map(|d| {
                format!("{} in {}: stored {}, counted {}", d.indicator, d.division, d.stored, d.counted)
            });
            Finding::new(
                "counts",
                false,
                format!("{} differ, such as {}", drift.len(), first.unwrap_or_default()),
            )
        }
        Err(error) => Finding::new("counts", false, error.to_string()),
    }
}

/// Every key is looked at, which takes a while: only where asked for.
async fn search_keys(app: &App, deep: bool) -> Finding {
    if !deep {
        return Finding::skipped("search", "--deep looks at the keys by which persons are found");
    }
    match app::person::astray(app).await {
        Ok(0) => Finding::new("search", true, "persons are found where they live"),
        Ok(count) => {
            let said = format!("{count} keys stand under another county than their person lives in");
            Finding::new("search", false, said)
        }
        Err(error) => Finding::new("search", false, error.to_string()),
    }
}

async fn places(app: &App) -> Finding {
    match doctor::places(app).await {
        Ok(drift) if drift.is_empty() => Finding::new("places", true, "equal what cases hold"),
        Ok(drift) => {
            let each: Vec<String> = drift.iter().map(|d| d.institution.to_string()).collect();
            Finding::new("places", false, format!("differ at {}", each.join(", ")))
        }
        Err(error) => Finding::new("places", false, error.to_string()),
    }
}

async fn log(app: &App, deep: bool) -> Finding {
    if !deep {
        return Finding::skipped("log", "verified with --deep, and by `xinqiao audit verify`");
    }
    match audit::verify(&app.db, Some(&app.keys), None).await {
        Ok(report) if report.findings.is_empty() => {
            let chains = format!("{} entries and {} checkpoints", report.entries, report.checkpoints);
            Finding::new("log", true, format!("{chains} are as written"))
        }
        Ok(report) => {
            let many = report.findings.len();
            Finding::new("log", false, format!("{many} findings; `xinqiao audit verify` names them"))
        }
        Err(error) => Finding::new("log", false, error.to_string()),
    }
}

/// Every record of the follow-up is computed again, which takes a while: only where asked for.
async fn followup(app: &App, deep: bool) -> Finding {
    if !deep {
        return Finding::skipped("followup", "--deep computes the records of the follow-up again");
    }
    match app::followup::check::check(app).await {
        Ok(found) if found.drifted.is_empty() => {
            Finding::new("followup", true, format!("{} records are what happened to them", found.computed))
        }
        Ok(found) => {
            let each: Vec<String> = found.drifted.iter().map(ToString::to_string).collect();
            let detail = format!("records differ from their events and visits: {}", each.join(", "));
            Finding::new("followup", false, detail)
        }
        Err(error) => Finding::new("followup", false, error.to_string()),
    }
}

/// Whether results of scales are what their answers amount to.
async fn scales(app: &App, deep: bool) -> Finding {
    match scale::drifts(app, (!deep).then_some(SAMPLE)).await {
        Ok(found) if found.drifted.is_empty() => {
            let others = match found.of_other_versions {
                0 => String::new(),
                others => format!(", {others} of definitions that this program does not have"),
            };
            Finding::new("scales", true, format!("{} results{others}", found.computed))
        }
        Ok(found) => {
            let each: Vec<String> =
                found.drifted.iter().map(|drift| format!("{} of {}", drift.result, drift.scale)).collect();
            let detail = format!("results differ from what their answers amount to: {}", each.join(", "));
            Finding::new("scales", false, detail)
        }
        Err(error) => Finding::new("scales", false, error.to_string()),
    }
}
