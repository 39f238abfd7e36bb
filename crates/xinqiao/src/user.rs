//! `xinqiao user`: accounts from the command line, first of all the first one. Passwords come from standard input
//! or are asked for; they are never arguments, which other users of the machine could read.

use crate::{
    open::{DatabaseArgs, open, operator, security_operator},
    terminal::problem,
};
use anyhow::{Context, Result, bail};
use app::{
    App,
    account::{
        self, Account, NewAccount, admin,
        client::{self, Holder},
        guardianship::Ground,
    },
    db::Tx,
    id::Id,
    scope::Scope,
};
use clap::{Args, Subcommand};
use serde_json::json;
use std::{
    io::{BufRead, IsTerminal, Write},
    process::ExitCode,
};

/// Arguments of `xinqiao user`.
#[derive(Debug, Args)]
pub struct UserArgs {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add an account; the password is read from standard input.
    Add(AddArgs),
    /// List accounts by username.
    List(ListArgs),
    /// End an account at once, with its sessions and tokens.
    End(OneArgs),
    /// Set a new password, read from standard input; sessions end.
    Password(OneArgs),
    /// Open an account that too many failures have locked.
    Unlock(OneArgs),
    /// Take a lost second factor away; sessions end.
    ResetFactor(OneArgs),
    /// Open the account of a client or guardian and print username and code, this once.
    Client(ClientArgs),
}

#[derive(Debug, Args)]
struct ClientArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Identifier of the person in the register.
    person: Id,
    /// The account is this guardian's, not the person's own.
    #[arg(long, value_name = "NAME")]
    guardian: Option<String>,
    /// On what the guardian's access rests.
    #[arg(long, value_name = "BASIS", requires = "guardian", value_parser = ["consent", "capacity", "minor"])]
    basis: Option<String>,
    /// Which paper of it was shown.
    #[arg(long, value_name = "TEXT", requires = "guardian")]
    paper: Option<String>,
    /// The last day on which it holds.
    #[arg(long, value_name = "DAY", requires = "guardian")]
    until: Option<jiff::civil::Date>,
    /// The identity papers were seen, and for a guardian the proof of guardianship.
    #[arg(long, required = true)]
    papers_seen: bool,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct AddArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Name for signing in: 3 to 40 letters, digits, `.`, `-`, `_`.
    username: String,
    /// Name shown.
    #[arg(long)]
    name: String,
    /// Role code, such as administrator, security_administrator, auditor or referral_worker. Administrator, security
    /// administrator and auditor are different persons.
    #[arg(long)]
    role: String,
    /// Name or identifier of the organisation; with --kind it is added where there is none of that name.
    #[arg(long, value_name = "NAME|ID")]
    organisation: String,
    /// Kind of the organisation to add: civil_affairs, health, dpf, hospital, primary_care, committee, institution,
    /// assisting, supervision, platform.
    #[arg(long, requires = "division")]
    kind: Option<String>,
    /// 12-digit division that the account works for; the organisation's own where none is given.
    #[arg(long, value_name = "CODE")]
    division: Option<i64>,
    /// Print the account as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Part of a username, name or organisation.
    #[arg(default_value = "")]
    words: String,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct OneArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Name for signing in.
    username: String,
}

/// Runs `xinqiao user`.
///
/// # Errors
/// The database cannot be opened, or the account cannot be added or changed; all reasons are named.
pub async fn run(arguments: &UserArgs) -> Result<ExitCode> {
    match &arguments.command {
        UserCommand::Add(arguments) => add(arguments).await?,
        UserCommand::List(arguments) => list(arguments).await?,
        UserCommand::End(arguments) => {
            let app = open(&arguments.database).await?;
            let account = by_username(&app, &arguments.username).await?;
            admin::end(&app, &security_operator(), account.id).await.map_err(explained)?;
        }
        UserCommand::Password(arguments) => {
            let app = open(&arguments.database).await?;
            let account = by_username(&app, &arguments.username).await?;
            let new = password()?;
            admin::set_password(&app, &security_operator(), account.id, &new).await.map_err(explained)?;
        }
        UserCommand::Unlock(arguments) => {
            let app = open(&arguments.database).await?;
            let account = by_username(&app, &arguments.username).await?;
            admin::unlock(&app, &security_operator(), account.id).await.map_err(explained)?;
        }
        UserCommand::ResetFactor(arguments) => {
            let app = open(&arguments.database).await?;
            let account = by_username(&app, &arguments.username).await?;
            admin::reset_factor(&app, &security_operator(), account.id).await.map_err(explained)?;
        }
        UserCommand::Client(arguments) => open_for_client(arguments).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn open_for_client(arguments: &ClientArgs) -> Result<()> {
    let app = open(&arguments.database).await?;
    let holder = Holder {
        holder: if arguments.guardian.is_some() { "guardian" } else { "self" }.to_owned(),
        name: arguments.guardian.clone().unwrap_or_default(),
        papers_seen: arguments.papers_seen,
        ground: Ground {
            basis: arguments.basis.clone().unwrap_or_default(),
            paper: arguments.paper.clone().unwrap_or_default(),
            until: arguments.until,
        },
    };
    let opened = client::open(&app, &Scope::system(), arguments.person, &holder).await;
    let handed = opened.map_err(explained)?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&handed)?)?;
    } else {
        writeln!(out, "{}  {}  until {}", handed.username, handed.code, handed.until)?;
    }
    Ok(())
}

async fn add(arguments: &AddArgs) -> Result<()> {
    let app = open(&arguments.database).await?;
    let known = organisation(&app, &arguments.organisation).await?;
    let password = password()?;
    let mut tx = app.db.begin().await?;
    let organisation = match (known, &arguments.kind) {
        (Some(id), _) => id,
        (None, Some(kind)) => new_organisation(&app, &mut tx, arguments, kind).await?,
        (None, None) => {
            bail!("there is no organisation {:?}; --kind and --division add it", arguments.organisation)
        }
    };
    let new = NewAccount {
        username: arguments.username.clone(),
        name: arguments.name.clone(),
        password,
        role: arguments.role.clone(),
        organisation,
        division: arguments.division,
        person: None,
    };
    let id = admin::add_in(&app, &mut tx, &security_operator(), &new).await.map_err(explained)?;
    tx.commit().await?;
    print(&account::get(&app, id).await?, arguments.json)
}

async fn new_organisation(app: &App, tx: &mut Tx, arguments: &AddArgs, kind: &str) -> Result<Id> {
    let division = arguments.division.context("--kind needs --division")?;
    let code = rules::division::DivisionCode::new(division).context("--division")?;
    let named = (kind, arguments.organisation.as_str(), code.number());
    admin::add_organisation_in(app, tx, &operator(), named).await.map_err(explained)
}

async fn organisation(app: &App, wanted: &str) -> Result<Option<Id>> {
    let mut after = String::new();
    loop {
        let page = admin::organisations(app, &operator(), None, &after).await?;
        let found = page.iter().find(|o| o.name == wanted || o.id.to_string() == wanted);
        if let Some(found) = found {
            return Ok(Some(found.id));
        }
        match page.last() {
            Some(last) => after.clone_from(&last.name),
            None => return Ok(None),
        }
    }
}

async fn list(arguments: &ListArgs) -> Result<()> {
    let app = open(&arguments.database).await?;
    let mut after = String::new();
    loop {
        let page = admin::accounts(&app, &security_operator(), &arguments.words, &after).await?;
        for account in &page {
            print(account, arguments.json)?;
        }
        match page.last() {
            Some(last) => after.clone_from(&last.username),
            None => return Ok(()),
        }
    }
}

fn print(account: &Account, as_json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        let answer = json!({
            "id": account.id, "username": account.username, "name": account.name, "role": account.role,
            "organisation": account.organisation, "division": account.division, "ended_at": account.ended_at,
        });
        writeln!(out, "{answer}")?;
    } else {
        let ended = if account.ended_at.is_some() { "  ended" } else { "" };
        let Account { username, role, organisation, division, .. } = account;
        writeln!(out, "{username}  {role}  {organisation}  {division}{ended}")?;
    }
    Ok(())
}

/// The account of a username; those of clients are the counter's and not found here.
///
/// # Errors
/// There is none.
pub async fn by_username(app: &App, username: &str) -> Result<Account> {
    let found = admin::named(app, &security_operator(), username).await?;
    found.with_context(|| {
        format!("there is no account {username:?} of staff; clients' accounts are the counter's")
    })
}

/// One line of standard input; on a terminal it is asked for.
fn password() -> Result<String> {
    if std::io::stdin().is_terminal() {
        let mut asked = std::io::stderr().lock();
        write!(asked, "Password (at least ten characters of three kinds; it is shown while you type): ")?;
        asked.flush()?;
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the password")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        bail!("no password on standard input");
    }
    Ok(password)
}

/// An error of the application as a sentence for the operator.
pub fn explained(error: app::Error) -> anyhow::Error {
    match error {
        app::Error::Invalid(problems) => {
            let each = problems.iter().map(|p| format!("{}: {}", p.field, problem(&p.code, &p.values)));
            anyhow::anyhow!("{}", each.collect::<Vec<_>>().join("; "))
        }
        other => anyhow::Error::new(other),
    }
}
