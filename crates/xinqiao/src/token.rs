//! `xinqiao token`: bearer tokens of programs.

use crate::{
    open::{DatabaseArgs, open, security_operator},
    user::{by_username, explained},
};
use anyhow::Result;
use app::account::{NewToken, admin};
use clap::{Args, Subcommand};
use rules::account::{Grant, Purpose};
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
    /// What the program needs it for, one or more: care, referral, assessment, supervision, statistics, audit, research,
    /// legal, administration. What serves none of them is closed to it.
    #[arg(long = "purpose", value_name = "PURPOSE", value_delimiter = ',', required = true, value_parser = purpose)]
    purposes: Vec<Purpose>,
    /// It may change data; without this it reads only.
    #[arg(long)]
    change: bool,
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

fn purpose(code: &str) -> Result<Purpose, String> {
    Purpose::of_code(code).ok_or_else(|| {
        let codes: Vec<&str> = Purpose::ALL.iter().map(|purpose| purpose.code()).collect();
        format!("there is no purpose {code:?}; there are: {}", codes.join(", "))
    })
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
            let new = NewToken {
                label: arguments.label.clone(),
                days: arguments.days,
                grant: Grant { purposes: arguments.purposes.clone(), changes: arguments.change },
            };
            let token = admin::new_token(&app, &security_operator(), account.id, &new).await;
            let token = token.map_err(explained)?;
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
            let revoked = admin::revoke_tokens(&app, &operator, account.id, label);
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
