//! `xinqiao restore` and `xinqiao move`: fill an empty database with a backup, or with another database.

use crate::backup::{Bar, Held, say};
use crate::open::{operator, reached};
use anyhow::{Context, Result, bail};
use app::{
    backup::{self, Restored, Target},
    db::hide_password,
    seal::Keys,
};
use clap::Args;
use serde_json::json;
use std::{path::PathBuf, process::ExitCode, time::Instant};

/// Arguments of `xinqiao restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The empty database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, env = "XINQIAO_DATABASE", value_name = "URL", hide_env_values = true)]
    database: String,
    /// The key file of the installation. Where the backup holds it and there is no such file, it is made.
    #[arg(long, env = "XINQIAO_KEYS", value_name = "FILE", default_value = "xinqiao.keys")]
    keys: PathBuf,
    /// Open the backup with this key instead of the key file.
    #[arg(long, value_name = "FILE")]
    backup_key: Option<PathBuf>,
    /// Put the large tables into parts by the homes of their rows (PostgreSQL).
    #[arg(long)]
    partitioned: bool,
    /// Restore it although the log in it was altered before it was saved.
    #[arg(long)]
    even_if_altered: bool,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// Arguments of `xinqiao move`.
#[derive(Debug, Args)]
pub struct MoveArgs {
    /// The database that holds everything now; nobody may work with it meanwhile or afterwards.
    #[arg(long, value_name = "URL")]
    from: String,
    /// The empty database to which it moves.
    #[arg(long, value_name = "URL")]
    to: String,
    /// Put the large tables of the new database into parts by the homes of their rows (PostgreSQL).
    #[arg(long)]
    partitioned: bool,
    /// The key file of the installation, with which the log is verified.
    #[arg(long, env = "XINQIAO_KEYS", value_name = "FILE", default_value = "xinqiao.keys")]
    keys: PathBuf,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs `xinqiao restore`.
///
/// # Errors
/// The backup was altered or cannot be opened, or the database is not empty.
pub async fn run(arguments: &RestoreArgs) -> Result<ExitCode> {
    let begun = Instant::now();
    let held = Held::of(&arguments.keys, arguments.backup_key.as_deref())?;
    let shown = hide_password(&arguments.database);
    // Nothing is made for a file that cannot be opened.
    backup::summary(&arguments.from, held.openers()).with_context(|| arguments.from.display().to_string())?;
    let db = reached(&arguments.database).await?;
    db.bulk(true).await?;
    let to = Target { db: &db, partitioned: arguments.partitioned };
    let (told, altered) = (Bar::new().told(), arguments.even_if_altered);
    let restored = backup::restore(&arguments.from, held.openers(), to, (altered, &told)).await;
    let restored = restored.with_context(|| format!("{} into {shown}", arguments.from.display()))?;
    let made = bring_keys(arguments, &held)?;
    backup::note(&db, &operator(), "restore_backup", restored.rows).await?;
    let Restored { rows, log_entries, summary, .. } = &restored;
    let mut sentence = format!(
        "{shown} holds what stood at {:.0}: {rows} rows, verified, and {log_entries} entries of the log, {:.1} s",
        summary.at,
        begun.elapsed().as_secs_f64()
    );
    if made {
        sentence.push_str(&format!("; {} was made from the backup", arguments.keys.display()));
    } else if !arguments.keys.exists() {
        sentence.push_str("; bring its key file back, too: without it sealed columns stay closed");
    }
    let object = json!({ "rows": rows, "log_entries": log_entries, "at": summary.at, "keys_made": made });
    say(arguments.json, &object, &sentence)
}

/// Writes the key file that is in the backup, where there is none.
fn bring_keys(arguments: &RestoreArgs, held: &Held) -> Result<bool> {
    if arguments.keys.exists() {
        return Ok(false);
    }
    let Some(content) = backup::key_file(&arguments.from, held.openers())? else { return Ok(false) };
    let path = &arguments.keys;
    crate::private_file::create(path, &content).with_context(|| path.display().to_string())?;
    Ok(true)
}

/// Runs `xinqiao move`.
///
/// # Errors
/// Somebody works with the old database, the new one is not empty, or what arrived is not what was sent.
pub async fn transfer(arguments: &MoveArgs) -> Result<ExitCode> {
    let begun = Instant::now();
    let (from, to) = (hide_password(&arguments.from), hide_password(&arguments.to));
    if arguments.from == arguments.to {
        bail!("{from} is both the old and the new database");
    }
    let keys = Keys::read(&arguments.keys)?;
    let db = reached(&arguments.to).await?;
    db.bulk(true).await?;
    let told = Bar::new().told();
    let target = Target { db: &db, partitioned: arguments.partitioned };
    let moved = backup::transfer(&arguments.from, (target, &arguments.to), keys.as_ref(), &told).await;
    let rows = moved.with_context(|| format!("from {from} to {to}"))?;
    backup::note(&db, &operator(), "restore_backup", rows).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let sentence = format!("{rows} rows stand in {to}, verified, {seconds:.1} s; {from} is closed");
    say(arguments.json, &json!({ "rows": rows, "seconds": seconds }), &sentence)
}
