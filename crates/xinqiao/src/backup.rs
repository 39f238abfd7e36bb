//! `xinqiao backup`: takes a backup, tries one, or makes the keys that open them elsewhere.

pub(crate) mod scheduled;

use crate::{
    doctor::{self, Verdict},
    open::{self, DatabaseArgs, operator},
    private_file,
};
use anyhow::{Context, Result, bail};
use app::{
    backup::{self, Order, Progress, Restored, Summary, Written},
    db::Db,
    seal::{Keys, Openers, Recipient, RecipientKey},
};
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use serde_json::json;
use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Arguments of `xinqiao backup`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("deed").required(true).args(["out", "verify", "show", "make_key"])))]
pub struct BackupArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Take a backup now and put it into this folder; servers go on working.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Whoever holds the key of this file opens the backup, too; several may be given.
    #[arg(long, value_name = "FILE", requires = "out")]
    recipient: Vec<PathBuf>,
    /// Put the key file into the backup: then it alone, with the recipient's key, brings everything back.
    #[arg(long, requires = "recipient")]
    with_keys: bool,
    /// Restore this backup for a trial and look at everything in it, as `xinqiao doctor --deep` does.
    #[arg(long, value_name = "FILE")]
    verify: Option<PathBuf>,
    /// Show what this backup says of itself.
    #[arg(long, value_name = "FILE")]
    show: Option<PathBuf>,
    /// Make a key that opens backups, and beside it FILE.pub, for which they are sealed with --recipient.
    #[arg(long, value_name = "FILE")]
    make_key: Option<PathBuf>,
    /// Open the backup with this key instead of the key file.
    #[arg(long, value_name = "FILE")]
    backup_key: Option<PathBuf>,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs `xinqiao backup`. A backup that does not stand the trial ends with exit code 1.
///
/// # Errors
/// The database, the keys or the file cannot be read or written.
pub async fn run(arguments: &BackupArgs) -> Result<ExitCode> {
    if let Some(folder) = &arguments.out {
        return take(arguments, folder).await;
    }
    if let Some(path) = &arguments.make_key {
        return make_key(path, arguments.json);
    }
    let held = Held::of(&arguments.database.keys, arguments.backup_key.as_deref())?;
    match (&arguments.verify, &arguments.show) {
        (Some(file), _) => verify(file, &held, arguments.json).await,
        (None, Some(file)) => show(file, &held, arguments.json),
        (None, None) => bail!("nothing was asked for"),
    }
}

async fn take(arguments: &BackupArgs, folder: &Path) -> Result<ExitCode> {
    let (db, keys) = existing(&arguments.database).await?;
    let recipients = read_recipients(&arguments.recipient)?;
    let key_file = match arguments.with_keys {
        true => Some(std::fs::read(&arguments.database.keys)?),
        false => None,
    };
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let at = Timestamp::now();
    let order = Order { folder, keys: &keys, recipients: &recipients, key_file: key_file.as_deref(), at };
    let written = backup::write(&db, order, &Bar::new().told()).await?;
    backup::note(&db, &operator(), "backup", written.summary.rows()).await?;
    let Written { file, bytes, took, summary } = &written;
    let object = json!({
        "file": file, "bytes": bytes, "seconds": took.as_secs_f64(), "rows": summary.rows(), "at": summary.at
    });
    let (rows, tables) = (summary.rows(), summary.tables.len());
    let sentence = format!(
        "{}: {rows} rows of {tables} tables, {:.1} MiB, {:.1} s",
        file.display(),
        mebibytes(*bytes),
        took.as_secs_f64()
    );
    say(arguments.json, &object, &sentence)
}

/// A database that is there, with its keys; neither is made, and its schema stays as it is.
///
/// # Errors
/// One of them is missing, or they do not belong together.
pub(crate) async fn existing(arguments: &DatabaseArgs) -> Result<(Db, Keys)> {
    let address = &arguments.address.database;
    let path = arguments.keys.display();
    let keys = Keys::read(&arguments.keys).with_context(|| format!("cannot read {path}"))?;
    let keys = keys.with_context(|| format!("there is no key file {path}"))?;
    let db = open::existing(address).await?;
    app::migrate::done(&db).await?;
    let stranger = || format!("{path} is not the key file of {}", app::db::hide_password(address));
    keys.fit(&db).await.with_context(stranger)?;
    Ok((db, keys))
}

/// For whom a backup is sealed besides the installation.
///
/// # Errors
/// A file cannot be read, or is none of a recipient.
pub(crate) fn read_recipients(files: &[PathBuf]) -> Result<Vec<Recipient>> {
    let read = |file: &PathBuf| Recipient::read(file).with_context(|| file.display().to_string());
    files.iter().map(read).collect()
}

/// The keys at hand that may open a backup.
pub(crate) struct Held {
    keys: Option<Keys>,
    recipient: Option<RecipientKey>,
}

impl Held {
    /// Reads what is there; none of them is made.
    ///
    /// # Errors
    /// A file that is there cannot be read.
    pub(crate) fn of(keys: &Path, backup_key: Option<&Path>) -> Result<Held> {
        let recipient = backup_key.map(|path| -> Result<RecipientKey> {
            let text = private_file::read(path).with_context(|| path.display().to_string())?;
            Ok(RecipientKey::parse(&text)?)
        });
        let keys = Keys::read(keys).with_context(|| format!("cannot read {}", keys.display()))?;
        Ok(Held { keys, recipient: recipient.transpose()? })
    }

    pub(crate) fn openers(&self) -> Openers<'_> {
        Openers { keys: self.keys.as_ref(), recipient: self.recipient.as_ref() }
    }
}

/// Shows which table is at work, where somebody looks.
pub(crate) struct Bar(indicatif::ProgressBar);

impl Bar {
    pub(crate) fn new() -> Bar {
        let bar = match std::io::stderr().is_terminal() {
            true => indicatif::ProgressBar::new_spinner(),
            false => indicatif::ProgressBar::hidden(),
        };
        Bar(bar)
    }

    pub(crate) fn told(&self) -> impl Fn(Progress<'_>) + Send + Sync + 'static {
        let bar = self.0.clone();
        move |progress| {
            bar.set_message(format!("{}: {}", progress.table, progress.rows));
            bar.tick();
        }
    }
}

async fn verify(file: &Path, held: &Held, json: bool) -> Result<ExitCode> {
    let trial = backup::trial(file, held.openers(), &Bar::new().told()).await;
    let trial = trial.with_context(|| file.display().to_string())?;
    let Restored { summary, rows, log_entries, .. } = &trial.restored;
    let findings = match &trial.app {
        Some(app) => doctor::inside(app, true).await,
        None => Vec::new(),
    };
    let well = findings.iter().all(|finding| finding.verdict != Verdict::Ill);
    let mut text = format!(
        "{}: of {:.0}, {rows} rows of {} tables and {log_entries} entries of the log are as they were saved",
        file.display(),
        summary.at,
        summary.tables.len()
    );
    for finding in &findings {
        text.push_str(&format!("\n{}", finding.line()));
    }
    if trial.app.is_none() {
        text.push_str("\n-   without the key file nothing more can be looked at");
    }
    let object = json!({ "file": file, "at": summary.at, "rows": rows, "log_entries": log_entries, "findings": findings });
    say(json, &object, &text)?;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(file: &Path, held: &Held, json: bool) -> Result<ExitCode> {
    let summary = backup::summary(file, held.openers()).with_context(|| file.display().to_string())?;
    let Summary { at, program, engine, tables, with_keys, .. } = &summary;
    let mut text = format!(
        "of {at:.0}, written by version {program} from {engine}, step {}{}",
        summary.steps.last().map_or("", |step| &step.name),
        if *with_keys { ", with the key file" } else { "" }
    );
    for table in tables {
        text.push_str(&format!("\n{:<24}{:>12} rows{:>16} bytes", table.name, table.rows, table.bytes));
    }
    say(json, &serde_json::to_value(&summary)?, &text)
}

fn make_key(path: &Path, json: bool) -> Result<ExitCode> {
    let key = RecipientKey::random()?;
    let public = PathBuf::from(format!("{}.pub", path.display()));
    for (path, text) in [(path, key.file()), (public.as_path(), key.recipient().file())] {
        private_file::create(path, text.as_bytes()).with_context(|| path.display().to_string())?;
    }
    let sentence = format!(
        "{} opens backups that are taken with --recipient {}; keep it apart from the server",
        path.display(),
        public.display()
    );
    say(json, &json!({ "key": path, "recipient": public }), &sentence)
}

pub(crate) fn say(json: bool, object: &serde_json::Value, sentence: &str) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{object}")?;
    } else {
        writeln!(out, "{sentence}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Bytes as mebibytes, for people.
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) / 1024.0
}
