//! Opening the installation that a command works on.

use anyhow::{Context, Result};
use app::{App, db::Db, scope::Scope, seal::Keys};
use clap::Args;
use rules::account::Role;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Which database.
#[derive(Debug, Clone, Args)]
pub struct AddressArgs {
    /// The database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(
        long,
        env = "XINQIAO_DATABASE",
        value_name = "URL",
        default_value = "sqlite:xinqiao.sqlite",
        hide_env_values = true
    )]
    pub database: String,
}

/// Which database, and the keys of its sealed columns.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    #[command(flatten)]
    pub address: AddressArgs,
    /// The file with the keys of sealed columns; it is made where it is missing and the database is new.
    #[arg(long, env = "XINQIAO_KEYS", value_name = "FILE", default_value = "xinqiao.keys")]
    pub keys: PathBuf,
}

/// Which replicas answer lists.
#[derive(Debug, Clone, Args)]
pub struct ReplicaArgs {
    /// A streaming replica of the PostgreSQL database that answers lists, dashboards and exports; may be given several times.
    #[arg(
        long = "replica",
        env = "XINQIAO_REPLICAS",
        value_name = "URL",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub replicas: Vec<String>,
    /// A replica that is further behind is left out, in milliseconds.
    #[arg(
        long,
        env = "XINQIAO_REPLICA_LAG",
        value_name = "MS",
        default_value_t = 2_000,
        value_parser = clap::value_parser!(u64).range(100..=60_000)
    )]
    pub replica_lag: u64,
}

impl ReplicaArgs {
    /// The database with its replicas.
    ///
    /// # Errors
    /// An address cannot be understood, or the database is SQLite. A replica that is away is left out.
    pub async fn with(&self, db: &Db) -> Result<Db> {
        let named = self.named();
        if named.is_empty() {
            return Ok(db.clone());
        }
        db.with_replicas(&named, self.bound()).await.context("--replica")
    }

    /// Their addresses; an empty variable names none.
    pub fn named(&self) -> Vec<String> {
        self.replicas.iter().filter(|address| !address.is_empty()).cloned().collect()
    }

    /// How far a replica may be behind.
    pub fn bound(&self) -> Duration {
        Duration::from_millis(self.replica_lag)
    }
}

/// Opens database and keys, and brings the schema up to date.
///
/// # Errors
/// The database cannot be reached, is newer than this program, or its keys are missing.
pub async fn open(arguments: &DatabaseArgs) -> Result<App> {
    let address = &arguments.address.database;
    let db = reached(address).await?;
    // A new key beside old data would leave its sealed columns closed for ever.
    if !arguments.keys.exists() && app::doctor::holds_sealed_data(&db).await? {
        anyhow::bail!(
            "{} is missing, but the database holds data sealed with it: bring the file back",
            arguments.keys.display()
        );
    }
    let keys = Keys::open(&arguments.keys)
        .with_context(|| format!("cannot open the keys in {}", arguments.keys.display()))?;
    App::new(db, keys).await.with_context(|| shown(address))
}

/// Opens a database, which SQLite makes where it is missing; its schema stays as it is.
///
/// # Errors
/// It cannot be reached; the message names it.
pub async fn reached(address: &str) -> Result<Db> {
    Db::open(address).await.with_context(|| shown(address))
}

/// The same of a database that is there: none is made.
///
/// # Errors
/// There is none, or it cannot be reached.
pub async fn existing(address: &str) -> Result<Db> {
    if let Some(path) = address.strip_prefix("sqlite:").filter(|path| !Path::new(path).exists()) {
        anyhow::bail!("there is no file {path}");
    }
    reached(address).await
}

fn shown(address: &str) -> String {
    format!("the database {}", app::db::hide_password(address))
}

/// The command line acts as an administrator of the whole nation: whoever may read the database file and its keys
/// needs no further permission.
pub fn operator() -> Scope {
    Scope { role: Role::Administrator, ..Scope::system() }
}

/// The same where accounts are kept: the log names the power that was used.
pub fn security_operator() -> Scope {
    Scope { role: Role::SecurityAdministrator, ..Scope::system() }
}
