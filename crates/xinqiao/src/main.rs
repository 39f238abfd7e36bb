//! The Xinqiao program.

mod audit;
mod backup;
mod calendar;
mod check;
mod cluster;
mod config;
mod demo;
mod division;
mod doctor;
mod followup;
mod identity_provider;
mod import;
mod keys;
mod limits;
mod link;
mod migrate;
mod open;
mod private_file;
mod restore;
mod result_file;
mod scale;
mod score;
mod serve;
mod sign_in;
mod synth;
mod terminal;
mod text_file;
mod tls;
mod token;
mod traces;
mod upgrade;
mod user;

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};
use web::traces::Spans;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Xinqiao 心桥: community rehabilitation for mental disorders, from the departments' lists to the return visit.
#[derive(Debug, Parser)]
#[command(name = "xinqiao", version, about)]
struct Program {
    /// File with options of the commands (TOML); what the command line or the environment says goes before it.
    #[arg(long, global = true, env = "XINQIAO_OPTIONS", value_name = "FILE")]
    options: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and API.
    Serve(Box<serve::ServeArgs>),
    /// Make a synthetic county and serve it on this machine.
    Demo(demo::DemoArgs),
    /// Write the lists of a synthetic county, with the truth behind them.
    Synth(synth::SynthArgs),
    /// Add, list and end accounts.
    User(user::UserArgs),
    /// Make and revoke the tokens of programs.
    Token(token::TokenArgs),
    /// Look at the keys of sealed columns, and renew them.
    Keys(keys::KeysArgs),
    /// Look at the options that a file and the environment give.
    Config(config::ConfigArgs),
    /// Look at an installation and change nothing.
    Doctor(doctor::DoctorArgs),
    /// Take a backup of everything, or try one.
    Backup(backup::BackupArgs),
    /// Fill an empty database with a backup.
    Restore(restore::RestoreArgs),
    /// Move everything from one database to another, such as from SQLite to PostgreSQL.
    Move(restore::MoveArgs),
    /// Bring the schema to the newest step, or say what that would do.
    Migrate(migrate::MigrateArgs),
    /// Look whether this program can be put in place of the one that serves.
    Upgrade(upgrade::UpgradeArgs),
    /// Spread a database over several servers.
    Cluster(cluster::ClusterArgs),
    /// Verify the log, and hand out checkpoints to be kept elsewhere.
    Audit(audit::AuditArgs),
    /// Check identity numbers, certificates, credit codes and division codes.
    Check(check::CheckArgs),
    /// Find divisions, and import a later edition.
    Division(division::DivisionArgs),
    /// Count working days and terms.
    Calendar(calendar::CalendarArgs),
    /// Say what answers to a rating scale amount to: total, band, and what must not wait.
    Score(score::ScoreArgs),
    /// List the rating scales, and check the definition of a further one.
    Scale(scale::ScaleArgs),
    /// Follow-up of severe mental disorders: classes and next visits of a list of visits.
    Followup(followup::FollowupArgs),
    /// Take a department's list into the register or a library.
    Import(import::ImportArguments),
    /// Find the records of two lists that are of the same person or thing.
    Link(link::LinkArguments),
    /// Find the records of one list that are of the same person or thing.
    Dedupe(link::DedupeArguments),
}

/// Threads that serve; hashing passwords and reading lists have further ones.
const WORKERS: usize = 8;

fn main() -> anyhow::Result<ExitCode> {
    let line = config::completed(&Program::command(), std::env::args_os().collect())?;
    let Program { options, command } = Program::parse_from(line);
    let serving = matches!(command, Command::Serve(_));
    let opened = match &command {
        Command::Serve(arguments) => arguments.traces.open()?,
        _ => None,
    };
    let (traced, spans) = opened.unzip();
    log(serving, spans);
    match command {
        Command::Serve(arguments) => wait(serve::run(&arguments, traced)),
        Command::Demo(arguments) => wait(demo::run(&arguments)),
        Command::User(arguments) => wait(user::run(&arguments)),
        Command::Token(arguments) => wait(token::run(&arguments)),
        Command::Keys(arguments) => wait(keys::run(&arguments)),
        Command::Config(arguments) => config::run(&arguments, &Program::command(), options.as_deref()),
        Command::Doctor(arguments) => wait(doctor::run(&arguments)),
        Command::Backup(arguments) => wait(backup::run(&arguments)),
        Command::Restore(arguments) => wait(restore::run(&arguments)),
        Command::Move(arguments) => wait(restore::transfer(&arguments)),
        Command::Migrate(arguments) => wait(migrate::run(&arguments)),
        Command::Upgrade(arguments) => wait(upgrade::run(&arguments, &Program::command(), options)),
        Command::Cluster(arguments) => wait(cluster::run(&arguments)),
        Command::Audit(arguments) => wait(audit::run(&arguments)),
        Command::Synth(arguments) => wait(synth::run(&arguments)),
        Command::Check(arguments) => check::run(arguments),
        Command::Division(arguments) => wait(division::run(arguments)),
        Command::Calendar(arguments) => calendar::run(arguments),
        Command::Score(arguments) => score::run(&arguments),
        Command::Scale(arguments) => scale::run(&arguments),
        Command::Followup(arguments) => followup::run(&arguments),
        Command::Import(arguments) => wait(import::run(&arguments)),
        Command::Link(arguments) => arguments.run().map(|()| ExitCode::SUCCESS),
        Command::Dedupe(arguments) => arguments.run().map(|()| ExitCode::SUCCESS),
    }
}

fn wait(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?.block_on(work)
}

/// Logs go to standard error: JSON lines where a program reads them. They name cases and persons by identifiers alone.
/// `XINQIAO_LOG` sets what is logged, such as `info` or `app=debug`.
fn log(serving: bool, spans: Option<Spans>) {
    let usual = if serving { "info" } else { "warn" };
    let filter = EnvFilter::try_from_env("XINQIAO_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if std::io::stderr().is_terminal() { lines.compact().boxed() } else { lines.json().boxed() };
    let spans = spans.map(|spans| spans.with_filter(filter_fn(Spans::wants)));
    let lines = lines.with_filter(filter.and(filter_fn(may_be_told)));
    tracing_subscriber::registry().with(spans).with(lines).init();
}

/// The crates of this program. They tell nothing of a person at any level, as a test holds.
const OWN: [&str; 5] = ["app", "linkage", "rules", "web", "xinqiao"];

/// Libraries tell values when they are asked for everything, such as the driver of PostgreSQL the parameters of each
/// statement: of them no more is let through than `info`, whatever `XINQIAO_LOG` says.
fn may_be_told(line: &Metadata<'_>) -> bool {
    let source = line.target().split("::").next().unwrap_or_default();
    OWN.contains(&source) || *line.level() <= Level::INFO
}
