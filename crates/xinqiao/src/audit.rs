//! `xinqiao audit`: verifies the log, and hands checkpoints out to be kept elsewhere.

use crate::open::{DatabaseArgs, existing, open};
use anyhow::{Context, Result, bail};
use app::{
    App,
    audit::{self, Checkpoint, Fault, Finding, Pruned, Report, Signer, Start},
    db::Db,
    digest::Algorithm,
    migrate,
    seal::Keys,
};
use clap::{Args, Subcommand};
use jiff::civil::Date;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Arguments of `xinqiao audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Debug, Subcommand)]
enum Deed {
    /// Recompute every chain of the log, and compare it with its end and with the signed checkpoints.
    Verify(VerifyArgs),
    /// Write the latest checkpoint into a file, to be kept where nobody of this installation can alter it.
    Checkpoint(CheckpointArgs),
    /// Delete entries that are older than the time for which they are kept; what is left still verifies.
    Prune(PruneArgs),
    /// Show or choose the algorithm that chains further entries.
    Algorithm(AlgorithmArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// A checkpoint that was kept elsewhere: the log must still hold what it names.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct CheckpointArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Where to write it.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct PruneArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Delete what was written before this day in China; without it, all that need not be kept any longer.
    #[arg(long, value_name = "DAY")]
    before: Option<Date>,
    /// Only say what would be deleted.
    #[arg(long)]
    dry_run: bool,
    /// Print what was deleted as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct AlgorithmArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// sha-256 or sm3 (GB/T 32905); without it, the one in force is shown. Servers follow at their next start.
    #[arg(value_name = "ALGORITHM")]
    algorithm: Option<String>,
}

/// Runs `xinqiao audit`: exit code 1 where the log was altered.
///
/// # Errors
/// The database or a file cannot be opened.
pub async fn run(arguments: &AuditArgs) -> Result<ExitCode> {
    match &arguments.deed {
        Deed::Verify(arguments) => verify(arguments).await,
        Deed::Checkpoint(arguments) => checkpoint(arguments).await,
        Deed::Prune(arguments) => prune(arguments).await,
        Deed::Algorithm(arguments) => algorithm(arguments).await,
    }
}

async fn verify(arguments: &VerifyArgs) -> Result<ExitCode> {
    let kept = arguments.checkpoint.as_deref().map(read).transpose()?;
    let db = up_to_date(&arguments.database.address.database).await?;
    // Looking must not make a key file where there is none: an auditor may have a copy of the database alone.
    let keys = match arguments.database.keys.exists() {
        true => Some(Keys::open(&arguments.database.keys).context("cannot read the key file")?),
        false => None,
    };
    let report = audit::verify(&db, keys.as_ref(), kept.as_ref()).await?;
    let mut out = std::io::stdout().lock();
    match arguments.json {
        true => writeln!(out, "{}", serde_json::to_string(&report)?)?,
        false => write!(out, "{}", told(&report))?,
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Opens a database that is there and up to date; verifying changes nothing.
async fn up_to_date(address: &str) -> Result<Db> {
    let db = existing(address).await?;
    if migrate::done(&db).await? != migrate::steps() {
        bail!("the schema is not that of this program: `xinqiao serve` brings it up to date");
    }
    Ok(db)
}

fn read(path: &Path) -> Result<Checkpoint> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Checkpoint::read(&bytes).with_context(|| format!("{} is no checkpoint", path.display()))
}

async fn checkpoint(arguments: &CheckpointArgs) -> Result<ExitCode> {
    let app = open(&arguments.database).await?;
    let made = audit::checkpoint(&app).await?;
    let latest = match made {
        Some(made) => made,
        None => audit::latest(&app).await?.context("the log is empty: there is nothing to keep yet")?,
    };
    let text = serde_json::to_string_pretty(&latest)? + "\n";
    let path = &arguments.out;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "checkpoint {} of {} is in {}", latest.number, latest.at, path.display())?;
    Ok(ExitCode::SUCCESS)
}

async fn prune(arguments: &PruneArgs) -> Result<ExitCode> {
    let app = open(&arguments.database).await?;
    let before = match arguments.before {
        Some(day) => day.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))?.timestamp(),
        None => audit::expired(&app),
    };
    let pruned = match audit::prune(&app, before, arguments.dry_run).await {
        Ok(pruned) => pruned,
        Err(app::Error::Refused(refusal)) if refusal.code == "log_still_kept" => {
            let day = refusal.values.get("day").map_or("", String::as_str);
            bail!("the log is kept for {} days: nothing of {day} or later is deleted", kept_days(&app))
        }
        Err(app::Error::Refused(_)) => {
            bail!(
                "the log is not as it was written, and is kept as evidence: `xinqiao audit verify` says where"
            )
        }
        Err(other) => return Err(other.into()),
    };
    let mut out = std::io::stdout().lock();
    match (arguments.json, pruned.checkpoint) {
        (true, _) => writeln!(out, "{}", serde_json::to_string(&pruned)?)?,
        (false, None) => writeln!(out, "there is nothing to delete before {before}")?,
        (false, Some(number)) => {
            let done = if arguments.dry_run { "would be deleted" } else { "were deleted" };
            let Pruned { entries, homes, .. } = pruned;
            writeln!(out, "{entries} entries in {homes} chains {done}, up to checkpoint {number}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn kept_days(app: &App) -> u16 {
    app.tables.keeping.retention_days
}

async fn algorithm(arguments: &AlgorithmArgs) -> Result<ExitCode> {
    let app = open(&arguments.database).await?;
    if let Some(code) = &arguments.algorithm {
        let known = Algorithm::ALL.map(Algorithm::code).join(", ");
        let chosen = Algorithm::parse(code).with_context(|| format!("{code} is none of {known}"))?;
        audit::choose_algorithm(&app.db, chosen, app.now()).await?;
    }
    writeln!(std::io::stdout().lock(), "{}", audit::algorithm(&app.db).await?.code())?;
    Ok(ExitCode::SUCCESS)
}

fn told(report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&format!("ILL {}\n    {}\n", what(finding), remedy(finding.fault)));
    }
    let Report { homes, entries, checkpoints, .. } = report;
    text.push_str(&format!(
        "{entries} entries in {homes} chains and {checkpoints} checkpoints are as written"
    ));
    if let Some(Start { at, before, checkpoint, entries }) = &report.start {
        text.push_str(&format!(
            "; the log starts behind checkpoint {checkpoint}: {entries} entries before {before} were deleted until {at}"
        ));
    }
    text.push_str(match report.signer {
        Signer::KeyFile => "; signed with this installation's key\n",
        Signer::Kept => "; signed with the key of the checkpoint given\n",
        Signer::Unknown => {
            "; whose key signed them is not known: give the key file or a checkpoint kept elsewhere\n"
        }
    });
    text
}

fn what(finding: &Finding) -> String {
    let deletion = matches!(finding.fault, Fault::CutAltered | Fault::CutSigner);
    let place = match finding.home {
        None if deletion => format!("deletion {}", finding.number),
        Some(home) => format!("home {home}, entry {}", finding.number),
        None => format!("checkpoint {}", finding.number),
    };
    let until = finding.until.filter(|until| *until > finding.number);
    let until = until.map_or(String::new(), |until| format!(" to {until}"));
    let id = finding.id.map_or(String::new(), |id| format!(", id {id}"));
    let at = finding.at.map_or(String::new(), |at| format!(", of {at}"));
    format!("{place}{until}{id}{at}: {}", fault(finding.fault))
}

fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Altered => "the entry was altered, put in, or follows another one",
        Fault::Removed => "missing; the entry named, if any, is the next one",
        Fault::Reordered => "another entry stands in its place",
        Fault::HeadAltered => "the end of the chain is not its last entry",
        Fault::HeadRemoved => "the chain has no end",
        Fault::CheckpointAltered => "not what was signed",
        Fault::CheckpointRemoved => "missing",
        Fault::CheckpointSigner => "signed with another key",
        Fault::Rewritten => "a checkpoint names this entry, and it is missing or another one now",
        Fault::CutAltered => "what it says was deleted is not what was signed",
        Fault::CutSigner => "what it says was deleted is signed with another key",
    }
}

fn remedy(fault: Fault) -> &'static str {
    match fault {
        Fault::Altered | Fault::Removed | Fault::Reordered => {
            "keep this database as evidence; compare the entries from here on with the backup before"
        }
        Fault::HeadAltered | Fault::HeadRemoved => {
            "keep this database as evidence; compare the table audit_head and the last entries with the backup before"
        }
        Fault::CheckpointAltered | Fault::CheckpointRemoved => {
            "compare the table audit_checkpoint with the checkpoints kept elsewhere and with the backup before"
        }
        Fault::CutAltered => "compare the table audit_cut with the backup before",
        Fault::CheckpointSigner | Fault::CutSigner => {
            "find out whose key signed it; was the key file exchanged?"
        }
        Fault::Rewritten => {
            "keep this database as evidence; the chain up to here was rewritten or cut off: take the backup before"
        }
    }
}
