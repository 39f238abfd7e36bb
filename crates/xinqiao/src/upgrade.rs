//! `xinqiao upgrade check`: what an operator reads before the new program is put in place of the old one. The new program says
//! it, of the database as the old one left it, and changes nothing.

mod in_use;

use crate::{
    config,
    doctor::{Finding, Verdict, backups, free_beside},
    migrate::duration,
    open::{DatabaseArgs, existing},
};
use anyhow::Result;
use app::{
    db::Db,
    migrate::{
        self,
        plan::{PlannedStep, plan},
    },
    seal::Keys,
    server::{self, Server},
};
use clap::{Args, Command, Subcommand};
use in_use::InUse;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Arguments of `xinqiao upgrade`.
#[derive(Debug, Args)]
pub struct UpgradeArgs {
    #[command(subcommand)]
    command: UpgradeCommand,
}

#[derive(Debug, Subcommand)]
enum UpgradeCommand {
    /// Say whether this program can be put in place of the one that serves; exit code 1 where it should not.
    Check(CheckArgs),
}

#[derive(Debug, Args)]
struct CheckArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Print one JSON object for each check, and one with the verdict.
    #[arg(long)]
    json: bool,
}

/// A step that takes longer, in seconds, keeps those who write waiting for longer than they do.
const PATIENCE: f64 = 8.0;
/// Where the schema grows, this much must be left, in bytes.
const LEAST_ROOM: u64 = 1024 * 1024 * 1024;

/// Runs `xinqiao upgrade`; the options of the server are read from `file`, where one is named.
///
/// # Errors
/// Standard output is closed.
pub async fn run(arguments: &UpgradeArgs, program: &Command, file: Option<PathBuf>) -> Result<ExitCode> {
    let UpgradeCommand::Check(asked) = &arguments.command;
    let mut findings = look(&asked.database).await;
    findings.push(options(program, file.as_deref()));
    findings.push(environment(program, std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())));
    let against: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Ill)
        .map(|finding| finding.check)
        .collect();
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        match asked.json {
            true => writeln!(out, "{}", serde_json::to_string(finding)?)?,
            false => writeln!(out, "{}", finding.line())?,
        }
    }
    let go = against.is_empty();
    if asked.json {
        writeln!(out, "{}", serde_json::json!({ "go": go, "against": against }))?;
    } else if go {
        writeln!(out, "go: {} can be put in place", env!("CARGO_PKG_VERSION"))?;
    } else {
        writeln!(out, "do not: {}", against.join(", "))?;
    }
    Ok(if go { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Everything about the database, as far as it can be looked at.
async fn look(arguments: &DatabaseArgs) -> Vec<Finding> {
    let address = &arguments.address.database;
    // Before it is opened here: otherwise this program would find itself.
    let in_use = in_use::of(address).await;
    let mut findings = Vec::new();
    let db = match existing(address).await {
        Ok(db) => db,
        Err(error) => {
            findings.push(Finding::new("database", false, format!("{error:#}")));
            return findings;
        }
    };
    findings.push(Finding::new("database", true, app::db::hide_password(address)));
    let steps = match plan(&db).await {
        Ok(steps) => steps,
        Err(error) => {
            findings.push(Finding::new("schema", false, error.to_string()));
            return findings;
        }
    };
    findings.push(schema(&db, &steps).await);
    findings.push(work(&steps));
    findings.push(room(address.strip_prefix("sqlite:"), &steps));
    let servers = server::all(&db).await.ok().flatten();
    findings.push(beside(&steps, servers.as_deref(), &in_use));
    findings.push(backups(&db).await);
    findings.push(keys(&db, &arguments.keys).await);
    findings
}

async fn schema(db: &Db, steps: &[PlannedStep]) -> Finding {
    let done = match migrate::done(db).await {
        Ok(done) => done,
        Err(error) => return Finding::new("schema", false, error.to_string()),
    };
    let (now, then) = (done.last().copied().unwrap_or("nothing"), migrate::steps().last().copied());
    let program = format!("program {}", env!("CARGO_PKG_VERSION"));
    let to = match steps.is_empty() {
        true => "nothing to run".to_owned(),
        false => {
            let each: Vec<String> =
                steps.iter().map(|step| format!("{} ({})", step.step, step.phase.code())).collect();
            format!("to run up to {}: {}", then.unwrap_or_default(), each.join(", "))
        }
    };
    Finding::new("schema", true, format!("{program}; the database is at {now}; {to}"))
}

/// The longest step, in seconds.
fn longest(steps: &[PlannedStep]) -> f64 {
    steps.iter().map(PlannedStep::seconds).fold(0.0, f64::max)
}

fn work(steps: &[PlannedStep]) -> Finding {
    if steps.is_empty() {
        return Finding::skipped("time", "nothing is to be done");
    }
    let whole: f64 = steps.iter().map(PlannedStep::seconds).sum();
    let told = format!("about {}, the longest step {}", duration(whole), duration(longest(steps)));
    Finding::new("time", true, format!("{told}; `xinqiao migrate --plan` tells each statement"))
}

fn room(path: Option<&str>, steps: &[PlannedStep]) -> Finding {
    let needed: u64 = steps.iter().map(PlannedStep::bytes).sum();
    let mebibytes = |bytes: u64| bytes.div_ceil(1024 * 1024);
    let Some(path) = path else {
        let told = format!("about {} MiB are needed; the database is on another machine", mebibytes(needed));
        return Finding::skipped("room", told);
    };
    // What is written stands in SQLite's journal as well until it is moved to its place.
    let needed = needed.saturating_mul(2).saturating_add(LEAST_ROOM);
    match free_beside(Path::new(path)) {
        Ok(free) => {
            let told = format!("{} MiB free, {} MiB asked for", mebibytes(free), mebibytes(needed));
            Finding::new("room", free >= needed, told)
        }
        Err(error) => Finding::skipped("room", error.to_string()),
    }
}

/// Whether those who work with the database can go on meanwhile.
fn beside(steps: &[PlannedStep], servers: Option<&[Server]>, in_use: &InUse) -> Finding {
    let known = servers.unwrap_or_default();
    let each: Vec<String> =
        known.iter().map(|server| format!("{} (version {})", server.place, server.version)).collect();
    let who = match (each.is_empty(), in_use) {
        (false, _) => each.join("; "),
        (true, InUse::By(who)) => who.clone(),
        (true, InUse::Nobody) => return Finding::new("servers", true, "nobody works with the database"),
        (true, InUse::Unknown(why)) => return Finding::skipped("servers", why.clone()),
    };
    if steps.is_empty() {
        return Finding::new("servers", true, format!("may go on: {who}"));
    }
    if known.is_empty() {
        return Finding::new("servers", false, format!("stop first, none said which steps it bears: {who}"));
    }
    let oldest = known.iter().map(|server| server.newest).min().unwrap_or_default();
    let kept = |step: &&PlannedStep| step.phase.needs() > oldest;
    if let Some(step) = steps.iter().find(kept) {
        let waiting = steps.iter().skip_while(|planned| planned.step != step.step);
        if waiting.clone().all(|step| matches!(step.phase, migrate::Phase::Contract { .. })) {
            let names: Vec<&str> = waiting.map(|step| step.step).collect();
            let told = format!("may go on, and {} waits until they are gone: {who}", names.join(", "));
            return Finding::new("servers", longest(steps) <= PATIENCE, told);
        }
        return Finding::new("servers", false, format!("stop first, because of {}: {who}", step.step));
    }
    match longest(steps) {
        long if long > PATIENCE => {
            let told = format!("stop first: who writes would wait about {}: {who}", duration(long));
            Finding::new("servers", false, told)
        }
        _ => Finding::new("servers", true, format!("may go on meanwhile: {who}")),
    }
}

async fn keys(db: &Db, path: &Path) -> Finding {
    let fitting = async {
        let Some(keys) = Keys::read(path)? else { return Ok(None) };
        keys.fit(db).await.map(Some)
    };
    match fitting.await {
        Ok(Some(())) => Finding::new("keys", true, "open the database's data keys"),
        Ok(None) => Finding::new("keys", false, format!("there is no file {}", path.display())),
        Err(error) => {
            let error: app::Error = error;
            Finding::new("keys", false, error.to_string())
        }
    }
}

/// Whether this version knows every option of the file and of the environment.
fn options(program: &Command, file: Option<&Path>) -> Finding {
    match config::effective(program, "serve", file) {
        Ok(_) if file.is_none() => Finding::skipped("options", "no file is named (--options)"),
        Ok(_) => Finding::new("options", true, "every one is known"),
        Err(error) => Finding::new("options", false, format!("{error:#}")),
    }
}

/// Variables that are no options.
const OTHERS: [&str; 2] = ["XINQIAO_LOG", "XINQIAO_OPTIONS"];

fn environment(program: &Command, names: impl Iterator<Item = String>) -> Finding {
    let known = variables(program);
    let unknown: Vec<String> = names
        .filter(|name| name.starts_with("XINQIAO_") && !name.starts_with("XINQIAO_TEST_"))
        .filter(|name| !OTHERS.contains(&name.as_str()) && !known.contains(name))
        .collect();
    match unknown.is_empty() {
        true => Finding::new("environment", true, "every variable is known"),
        false => Finding::new("environment", false, format!("no option has {}", unknown.join(", "))),
    }
}

/// The variables of all options.
fn variables(program: &Command) -> Vec<String> {
    let own = program.get_arguments().filter_map(|option| option.get_env()?.to_str().map(str::to_owned));
    own.chain(program.get_subcommands().flat_map(variables)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use migrate::Phase;

    fn planned(step: &'static str, phase: Phase, rows_seconds: f64) -> PlannedStep {
        let deed = plan_deed(rows_seconds);
        PlannedStep { step, phase, deeds: vec![deed] }
    }

    fn plan_deed(seconds: f64) -> migrate::plan::Planned {
        let deed = migrate::plan::Deed::CreateIndex;
        migrate::plan::Planned { deed, table: "task".to_owned(), rows: 0, seconds, bytes: 0 }
    }

    fn server(newest: i64) -> Server {
        Server { newest, ..server::begins("1.0.0", "machine, process 1".to_owned()) }
    }

    #[test]
    fn who_may_go_on() {
        let (expand, fill) = (Phase::Expand, Phase::Backfill { since: 35 });
        let (contract, early) = (Phase::Contract { since: 35 }, Phase::Contract { since: 30 });
        let by = || InUse::By("psql".to_owned());
        for (steps, servers, in_use, verdict, says) in [
            (vec![(expand, 1.0)], Some(vec![]), InUse::Nobody, Verdict::Well, "nobody"),
            (vec![], Some(vec![34]), by(), Verdict::Well, "may go on: machine"),
            (vec![(expand, 1.0)], Some(vec![34]), by(), Verdict::Well, "may go on meanwhile"),
            (vec![(expand, 60.0)], Some(vec![34]), by(), Verdict::Ill, "would wait about 60 s"),
            (vec![(early, 1.0)], Some(vec![34]), by(), Verdict::Well, "may go on meanwhile"),
            (
                vec![(expand, 1.0), (contract, 1.0)],
                Some(vec![34]),
                by(),
                Verdict::Well,
                "waits until they are gone",
            ),
            (vec![(contract, 1.0), (expand, 1.0)], Some(vec![34]), by(), Verdict::Ill, "because of step0"),
            (vec![(fill, 1.0)], Some(vec![35, 34]), by(), Verdict::Ill, "because of step0"),
            (vec![(fill, 1.0)], Some(vec![35]), by(), Verdict::Well, "may go on meanwhile"),
            (vec![(expand, 1.0)], Some(vec![]), by(), Verdict::Ill, "none said"),
            (vec![(expand, 1.0)], None, by(), Verdict::Ill, "none said"),
            (vec![(expand, 1.0)], None, InUse::Unknown("cannot".to_owned()), Verdict::Skipped, "cannot"),
        ] {
            let names = ["step0", "step1"];
            let steps: Vec<PlannedStep> = steps
                .into_iter()
                .zip(names)
                .map(|((phase, seconds), name)| planned(name, phase, seconds))
                .collect();
            let servers: Option<Vec<Server>> = servers.map(|all| all.into_iter().map(server).collect());
            let found = beside(&steps, servers.as_deref(), &in_use);
            assert!(found.verdict == verdict && found.line().contains(says), "{}: {says}", found.line());
        }
    }

    #[test]
    fn a_variable_that_no_option_has_is_told() {
        let program = Command::new("xinqiao").subcommand(
            Command::new("serve").arg(clap::Arg::new("listen").long("listen").env("XINQIAO_LISTEN")),
        );
        for (names, verdict) in [
            (vec!["XINQIAO_LISTEN", "XINQIAO_LOG", "HOME", "XINQIAO_TEST_STEPS"], Verdict::Well),
            (vec!["XINQIAO_LISTENS"], Verdict::Ill),
        ] {
            let found = environment(&program, names.into_iter().map(str::to_owned));
            assert_eq!(found.verdict, verdict, "{}", found.line());
        }
    }
}
