//! `xinqiao config check`: what each option of the server is, and where that comes from.

use super::{Written, inserted, is_secret, key, shown_without_password};
use anyhow::{Context, Result};
use clap::{Arg, ArgMatches, Args, Command, Subcommand, parser::ValueSource};
use serde::Serialize;
use std::{ffi::OsString, io::Write, path::Path, process::ExitCode};

/// Arguments of `xinqiao config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say what each option of a command is and where that comes from; exit code 1 where something is wrong.
    Check(CheckArgs),
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// The command whose options are told.
    #[arg(long = "for", value_name = "COMMAND", default_value = "serve")]
    command: String,
    /// Print one JSON object for each option.
    #[arg(long)]
    json: bool,
}

/// One option as it will be.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Effective {
    /// The option's key.
    pub option: String,
    /// Its value, secrets hidden; nothing where it has none.
    pub value: Option<String>,
    /// `environment`, `file` or `default`.
    pub from: &'static str,
}

/// Runs `xinqiao config check` for a program whose options are to be read from `file`, where one is named.
///
/// # Errors
/// The file or an option is wrong; the message names it.
pub(crate) fn run(arguments: &ConfigArgs, program: &Command, file: Option<&Path>) -> Result<ExitCode> {
    let ConfigCommand::Check(asked) = &arguments.command;
    let options = effective(program, &asked.command, file)?;
    let mut out = std::io::stdout().lock();
    for option in options {
        if asked.json {
            writeln!(out, "{}", serde_json::to_string(&option)?)?;
        } else {
            let value = option.value.unwrap_or_else(|| "-".to_owned());
            writeln!(out, "{:<24} {:<12} {value}", option.option, option.from)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The options of a command as they will be without a word on its command line.
///
/// # Errors
/// The file or an option is wrong, or there is no such command.
pub(crate) fn effective(program: &Command, name: &str, file: Option<&Path>) -> Result<Vec<Effective>> {
    let line = || ["xinqiao", name].into_iter().map(OsString::from).collect::<Vec<_>>();
    let mut program = program.clone();
    program.build();
    let found = program.find_subcommand(name).with_context(|| format!("xinqiao has no command {name}"))?;
    let command = found.clone();
    let loose = program.clone().ignore_errors(true).try_get_matches_from(line())?;
    let added = match file {
        Some(path) => Written::read(path, &program)?.missing(&program, &loose),
        None => Vec::new(),
    };
    let matches = program.try_get_matches_from(inserted(line(), added))?;
    let own = matches.subcommand_matches(name).context("no options")?;
    Ok(command.get_arguments().filter_map(|option| told(option, own)).collect())
}

fn told(option: &Arg, matches: &ArgMatches) -> Option<Effective> {
    let id = option.get_id().as_str();
    let key = key(option)?;
    let values = matches.get_raw(id).map(|values| {
        let texts: Vec<String> = values.map(|value| shown(&key, &value.to_string_lossy())).collect();
        texts.join(", ")
    });
    let from = match matches.value_source(id) {
        Some(ValueSource::EnvVariable) => "environment",
        // Nothing but the file was put on the line.
        Some(ValueSource::CommandLine) => "file",
        _ => "default",
    };
    Some(Effective { option: key, value: values, from })
}

fn shown(key: &str, value: &str) -> String {
    if is_secret(key) {
        return "…".to_owned();
    }
    shown_without_password(value).unwrap_or_else(|| value.to_owned())
}
