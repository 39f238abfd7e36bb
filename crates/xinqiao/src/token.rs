//! `xinqiao token`: bearer tokens of programs.

use crate::{
    open::{DatabaseArgs, open, security_operator},
    user::{by_username, explained},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use std::{io::Write, process::ExitCode};

/// Arguments of `xinqiao token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token for an account and print it; it cannot be shown again.
    New(NewArgs),
    /// Revoke all tokens of an account, or those of one label.
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
struct NewArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Name for signing in of the account that the program acts as.
    username: String,
    /// What the token is for.
    #[arg(long)]
    label: String,
    /// Valid for so many days.
    #[arg(long, default_value_t = 365)]
    days: i64,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct RevokeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Name for signing in.
    username: String,
    /// Only the tokens of this label.
    #[arg(long)]
    label: Option<String>,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs `xinqiao token`. To revoke where there is nothing to revoke ends with exit code 1.
///
/// # Errors
/// The database cannot be opened, or there is no such account.
pub async fn run(arguments: &TokenArgs) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match &arguments.command {
        TokenCommand::New(arguments) => {
            let app = open(&arguments.database).await?;
            let account = by_username(&app, &arguments.username).await?;
            let (operator, label, days) = (security_operator(), &arguments.label, arguments.days);
            let token = app::account::admin::new_token(&app, &operator, account.id, label, days);
            let token = token.await.map_err(explained)?;
            if arguments.json {
                writeln!(out, "{}", json!({ "username": account.username, "token": token }))?;
            } else {
                writeln!(out, "{token}")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        TokenCommand::Revoke(arguments) => {
            let app = open(&arguments.database).await?;
            let account = by_username(&app, &arguments.username).await?;
            let label = arguments.label.as_deref();
            let operator = security_operator();
            let revoked = app::account::admin::revoke_tokens(&app, &operator, account.id, label);
            let revoked = revoked.await.map_err(explained)?;
            if arguments.json {
                writeln!(out, "{}", json!({ "username": account.username, "revoked": revoked }))?;
            } else {
                writeln!(out, "{revoked}")?;
            }
            Ok(if revoked > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}
