//! `xinqiao keys`: looks at the keys of sealed columns and renews them.

use crate::open::{DatabaseArgs, open, operator};
use anyhow::{Context, Result, bail};
use app::{
    App,
    seal::{self, Algorithm, Forgotten, Keys, Progress, Status},
};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use std::{io::Write, process::ExitCode};

/// Arguments of `xinqiao keys`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make the key file before the first start; needed only to choose commercial cryptography.
    Make(MakeArgs),
    /// Show data keys and master keys, and how many values each data key seals.
    Status(PlainArgs),
    /// Make a new data key. Running servers seal with it, and seal everything anew in the background.
    Rotate(RotateArgs),
    /// Seal now, here, whatever an older data key sealed, instead of waiting for a server to do it.
    Reseal(PlainArgs),
    /// Add a new master key to the key file.
    Master(MasterArgs),
    /// Wrap all data keys with the newest master key of the key file.
    Rewrap(PlainArgs),
    /// Forget a retired data key for ever, when nothing uses it.
    Forget(ForgetArgs),
}

#[derive(Debug, Args)]
struct PlainArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct MakeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Commercial cryptography: SM4-GCM seals and HMAC-SM3 indexes.
    #[arg(long)]
    commercial: bool,
}

#[derive(Debug, Args)]
struct RotateArgs {
    #[command(flatten)]
    plain: PlainArgs,
    /// How the new key seals; without it, as the key before it.
    #[arg(long)]
    algorithm: Option<Named>,
}

#[derive(Debug, Args)]
struct MasterArgs {
    #[command(flatten)]
    plain: PlainArgs,
    /// How it wraps; without it, as the master key before it.
    #[arg(long)]
    algorithm: Option<Named>,
}

#[derive(Debug, Args)]
struct ForgetArgs {
    #[command(flatten)]
    plain: PlainArgs,
    /// Its number, as `xinqiao keys status` shows it.
    number: i64,
}

/// An algorithm by the name that it has everywhere.
#[derive(Debug, Clone, Copy)]
struct Named(Algorithm);

impl ValueEnum for Named {
    fn value_variants<'a>() -> &'a [Named] {
        &[Named(Algorithm::Aes256GcmSiv), Named(Algorithm::Aes256Gcm), Named(Algorithm::Sm4Gcm)]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.code()))
    }
}

/// Runs `xinqiao keys`. A key that cannot be forgotten ends with exit code 1.
///
/// # Errors
/// The database or the key file cannot be opened, or is not what the command needs.
pub async fn run(arguments: &KeysArgs) -> Result<ExitCode> {
    match &arguments.command {
        KeysCommand::Make(arguments) => make(arguments),
        KeysCommand::Status(arguments) => status(arguments).await,
        KeysCommand::Rotate(arguments) => rotate(arguments).await,
        KeysCommand::Reseal(arguments) => reseal(arguments).await,
        KeysCommand::Master(arguments) => master(arguments),
        KeysCommand::Rewrap(arguments) => rewrap(arguments).await,
        KeysCommand::Forget(arguments) => forget(arguments).await,
    }
}

/// Says what was done: a sentence, or the object for programs.
fn say(plain: &PlainArgs, object: &serde_json::Value, sentence: &str) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if plain.json {
        writeln!(out, "{object}")?;
    } else {
        writeln!(out, "{sentence}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn make(arguments: &MakeArgs) -> Result<ExitCode> {
    let path = &arguments.database.keys;
    Keys::make(path, arguments.commercial).with_context(|| format!("cannot make {}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The installation of existing keys: looking at keys makes none.
async fn installation(arguments: &DatabaseArgs) -> Result<App> {
    if !arguments.keys.exists() {
        bail!(
            "{} is missing; the first command that works on the database makes it",
            arguments.keys.display()
        );
    }
    open(arguments).await
}

async fn status(arguments: &PlainArgs) -> Result<ExitCode> {
    let app = installation(&arguments.database).await?;
    let status = seal::status(&app).await?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&status)?)?;
    } else {
        write!(out, "{}", shown(&status))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn shown(status: &Status) -> String {
    let mut text = format!("{:>6}  {:<16}{:>6}{:>14}  state\n", "number", "algorithm", "master", "values");
    for key in &status.keys {
        let state = match key.retired_at {
            _ if key.number == status.in_force => "in force".to_owned(),
            Some(at) => format!("retired {at:.0}"),
            None => "opens what it sealed".to_owned(),
        };
        let (number, algorithm, master, values) =
            (key.number, &key.algorithm, key.master_version, key.values);
        text.push_str(&format!("{number:>6}  {algorithm:<16}{master:>6}{values:>14}  {state}\n"));
    }
    let masters: Vec<String> = status.masters.iter().map(ToString::to_string).collect();
    text.push_str(&format!("master keys in the key file: {}\n", masters.join(", ")));
    text.push_str(&format!("blind indexes: {}\n", status.index));
    if let Some(column) = &status.resealing {
        text.push_str(&format!("being sealed anew: {column}\n"));
    }
    if status.unknown > 0 {
        text.push_str(&format!("{} values have a key that does not exist\n", status.unknown));
    }
    text
}

async fn rotate(arguments: &RotateArgs) -> Result<ExitCode> {
    let app = installation(&arguments.plain.database).await?;
    let number = seal::rotate(&app, &operator(), arguments.algorithm.map(|named| named.0)).await?;
    let sentence = format!(
        "data key {number} is in force; a running server seals everything anew with it, or `xinqiao keys reseal` does"
    );
    say(&arguments.plain, &json!({ "number": number }), &sentence)
}

async fn reseal(arguments: &PlainArgs) -> Result<ExitCode> {
    let app = installation(&arguments.database).await?;
    let json = arguments.json;
    let told = move |progress: &Progress| {
        if !json && progress.sealed > 0 {
            eprintln!("{}: {}", progress.column, progress.sealed);
        }
    };
    let sealed = seal::reseal(&app, &told).await?;
    say(arguments, &json!({ "sealed": sealed }), &format!("{sealed} values were sealed anew"))
}

fn master(arguments: &MasterArgs) -> Result<ExitCode> {
    let path = &arguments.plain.database.keys;
    let algorithm = arguments.algorithm.map(|named| named.0);
    let version = Keys::add_master(path, algorithm).with_context(|| path.display().to_string())?;
    let sentence = format!(
        "{} holds master key {version}; bring the file to every machine and copy it, then run `xinqiao keys rewrap`",
        path.display()
    );
    say(&arguments.plain, &json!({ "master": version }), &sentence)
}

async fn rewrap(arguments: &PlainArgs) -> Result<ExitCode> {
    let app = installation(&arguments.database).await?;
    let keys = seal::rewrap(&app, &operator()).await?;
    say(arguments, &json!({ "keys": keys }), &format!("{keys} data keys were wrapped anew"))
}

async fn forget(arguments: &ForgetArgs) -> Result<ExitCode> {
    let app = installation(&arguments.plain.database).await?;
    let number = arguments.number;
    let (outcome, sentence) = match seal::forget(&app, &operator(), number).await? {
        Forgotten::Gone => ("gone", format!("data key {number} is forgotten")),
        Forgotten::Unknown => ("unknown", format!("there is no data key {number}")),
        Forgotten::InUse => (
            "in_use",
            format!("data key {number} is in use: it is not retired, or values are being sealed anew"),
        ),
        Forgotten::Values(values) => {
            ("values", format!("{values} values still use data key {number}; they are being sealed anew"))
        }
        Forgotten::Until(at) => ("kept", format!("data key {number} is kept until {at:.0}")),
    };
    say(&arguments.plain, &json!({ "number": number, "outcome": outcome }), &sentence)?;
    Ok(if outcome == "gone" { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
