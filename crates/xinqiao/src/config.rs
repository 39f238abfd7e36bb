//! Options from a file: `--options FILE`, or the variable `XINQIAO_OPTIONS`. What the command line says goes before the
//! environment, the environment before the file, the file before what an option is without them.
//!
//! The file is TOML. Keys are the names of options with `_` for `-`; those at its head are for every command that has
//! such an option, those in a table are for the command of its name:
//!
//! ```toml
//! database = "postgres://xinqiao@db.example/xinqiao"
//! [serve]
//! behind_tls = true
//! proxy = ["192.0.2.7"]
//! ```

mod check;

pub(crate) use check::{ConfigArgs, effective, run};

use crate::private_file;
use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};
use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// Name of the option, which cannot stand in a file itself.
const OPTION: &str = "options";

/// The command line with what a file says of the options that neither it nor the environment names.
///
/// # Errors
/// The file cannot be read, or has a key that no command knows.
pub(crate) fn completed(program: &Command, line: Vec<OsString>) -> Result<Vec<OsString>> {
    let loose = program.clone().ignore_errors(true).try_get_matches_from(&line);
    let Ok(matches) = loose else { return Ok(line) };
    let Some(path) = matches.get_one::<PathBuf>(OPTION).filter(|path| !path.as_os_str().is_empty()) else {
        return Ok(line);
    };
    // That one tells of unknown keys itself, beside everything else.
    let written = match matches.subcommand_name() {
        Some("upgrade") => Written::as_it_is(path)?,
        _ => Written::read(path, program)?,
    };
    let mut command = program.clone();
    command.build();
    let added = written.missing(&command, &matches);
    Ok(inserted(line, added))
}

/// The options stand before the first `--`, behind which only positional arguments are.
fn inserted(line: Vec<OsString>, added: Vec<OsString>) -> Vec<OsString> {
    let end = line.iter().position(|word| word == OsStr::new("--")).unwrap_or(line.len());
    let (before, after) = line.split_at(end);
    [before, &added, after].concat()
}

/// A file of options.
pub(super) struct Written(Table);

impl Written {
    /// Reads a file and sees to it that some command knows each of its keys.
    ///
    /// # Errors
    /// It cannot be read, is no TOML, or has a key that nobody knows; a secret stands in it and others may read it.
    pub(super) fn read(path: &Path, program: &Command) -> Result<Written> {
        let written = Written::as_it_is(path)?;
        let mut program = program.clone();
        program.build();
        known(&program, &written.0).with_context(|| told(path))?;
        Ok(written)
    }

    /// The same, with keys that nobody knows.
    ///
    /// # Errors
    /// It cannot be read, or is no TOML; a secret stands in it and others may read it.
    fn as_it_is(path: &Path) -> Result<Written> {
        let text = std::fs::read_to_string(path).with_context(|| told(path))?;
        let table: Table = toml::from_str(&text).with_context(|| told(path))?;
        if holds_secret(&table) {
            private_file::read(path).with_context(|| told(path))?;
        }
        Ok(Written(table))
    }

    /// The options of the command that was given which only the file names, as they stand on a command line.
    pub(super) fn missing(&self, program: &Command, matches: &ArgMatches) -> Vec<OsString> {
        let (mut command, mut matches, mut own) = (program, matches, None);
        while let Some((name, below)) = matches.subcommand() {
            let Some(found) = command.find_subcommand(name) else { break };
            // Options of `xinqiao user add` stand in the table of `user`.
            own = own.or_else(|| self.0.get(name).and_then(Value::as_table));
            (command, matches) = (found, below);
        }
        let mut line = Vec::new();
        for option in command.get_arguments() {
            let said = matches.value_source(option.get_id().as_str());
            if matches!(said, Some(ValueSource::CommandLine | ValueSource::EnvVariable)) {
                continue;
            }
            let Some(key) = key(option) else { continue };
            if let Some(value) = own.and_then(|own| own.get(&key)).or_else(|| self.0.get(&key)) {
                line.extend(words(option, value));
            }
        }
        line
    }
}

fn told(path: &Path) -> String {
    format!("--options {}", path.display())
}

/// The key of an option; positional arguments have none, nor what only tells of the program.
pub(super) fn key(option: &Arg) -> Option<String> {
    let long = option.get_long().filter(|long| !matches!(*long, "help" | "version" | OPTION))?;
    Some(long.replace('-', "_"))
}

/// An option with its value as on a command line.
fn words(option: &Arg, value: &Value) -> Vec<OsString> {
    let Some(long) = option.get_long() else { return Vec::new() };
    let flag = matches!(option.get_action(), ArgAction::SetTrue);
    match value {
        Value::Boolean(true) if flag => vec![format!("--{long}").into()],
        Value::Boolean(false) if flag => Vec::new(),
        Value::Array(values) => values.iter().map(|one| format!("--{long}={}", plain(one)).into()).collect(),
        one => vec![format!("--{long}={}", plain(one)).into()],
    }
}

/// A value as text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// All options of a command and of those below it.
fn options(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(key);
    own.chain(command.get_subcommands().flat_map(options)).collect()
}

/// Sees to it that each key is one of a command.
fn known(program: &Command, table: &Table) -> Result<()> {
    let all = options(program);
    for (key, value) in table {
        match (program.find_subcommand(key), value) {
            (Some(command), Value::Table(own)) => {
                let of_command = options(command);
                for key in own.keys() {
                    if !of_command.contains(key) {
                        bail!(
                            "`xinqiao {}` has no option {key}{}",
                            command.get_name(),
                            near(key, &of_command)
                        );
                    }
                }
            }
            (None, Value::Table(_)) => bail!("[{key}] is no command of xinqiao"),
            _ if all.contains(key) => {}
            _ => bail!("no command has an option {key}{}", near(key, &all)),
        }
    }
    Ok(())
}

/// The known key that is most like an unknown one.
fn near(key: &str, known: &[String]) -> String {
    let likeness = |other: &String| strsim::jaro_winkler(key, other);
    let best = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    best.filter(|other| likeness(other) > 0.8)
        .map(|other| format!("; did you mean {other}?"))
        .unwrap_or_default()
}

/// Whether something stands in the file that others must not read.
fn holds_secret(table: &Table) -> bool {
    table.iter().any(|(key, value)| match value {
        Value::Table(own) => holds_secret(own),
        Value::Array(values) => values.iter().any(|value| is_secret(key) || with_password(value)),
        value => is_secret(key) || with_password(value),
    })
}

fn with_password(value: &Value) -> bool {
    value.as_str().is_some_and(|text| shown_without_password(text).is_some())
}

/// Whether an option's value is never shown.
pub(super) fn is_secret(key: &str) -> bool {
    ["token", "password", "secret"].iter().any(|word| key.split('_').any(|part| part == *word))
}

/// An address with its password hidden, where it has one.
pub(super) fn shown_without_password(text: &str) -> Option<String> {
    let login = text.split_once("://")?.1.rsplit_once('@')?.0;
    login.contains(':').then(|| app::db::hide_password(text))
}

#[cfg(test)]
mod tests;
