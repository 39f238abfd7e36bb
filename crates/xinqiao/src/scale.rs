//! `xinqiao scale`: which scales there are, and whether the definition of a further one holds together.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use rules::scale::{Definition, LicenceClass, SCALES, Scale, Written, embedded};
use serde_json::{Value, json};
use std::{io::Write, path::PathBuf, process::ExitCode};

/// Arguments of `xinqiao scale`.
#[derive(Debug, Args)]
pub(crate) struct ScaleArgs {
    #[command(subcommand)]
    command: ScaleCommand,
}

#[derive(Debug, Subcommand)]
enum ScaleCommand {
    /// Print the scales that are part of the program.
    List {
        /// Print one JSON object for each.
        #[arg(long)]
        json: bool,
    },
    /// Check a definition, or a FHIR R4 Questionnaire; exit code 1 where something is wrong.
    Check {
        /// The file, JSON.
        file: PathBuf,
        /// Print what it is as JSON.
        #[arg(long)]
        json: bool,
        /// Print the whole definition as this program reads it.
        #[arg(long, conflicts_with = "json")]
        print: bool,
    },
}

/// Runs `xinqiao scale`.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn run(arguments: &ScaleArgs) -> Result<ExitCode> {
    let chinese = crate::terminal::speaks_chinese();
    let mut out = std::io::stdout().lock();
    match &arguments.command {
        ScaleCommand::List { json } => {
            for (id, _) in SCALES {
                let scale = embedded(id)?.with_context(|| format!("the scale {id}"))?;
                let line = if *json { about(&scale).to_string() } else { shown(&scale, chinese) };
                writeln!(out, "{line}")?;
            }
        }
        ScaleCommand::Check { file, json, print } => {
            let text = crate::text_file::read(file)?;
            let (scale, written) = match Scale::parse(&file.display().to_string(), &text) {
                Ok(read) => read,
                Err(fault) => {
                    eprintln!("{fault}");
                    return Ok(ExitCode::FAILURE);
                }
            };
            let line = match (json, print) {
                (true, _) => about(&scale).to_string(),
                (_, true) => serde_json::to_string_pretty(scale.definition())?,
                _ => format!("{}: {}", kind(written, chinese), shown(&scale, chinese)),
            };
            writeln!(out, "{line}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn kind(written: Written, chinese: bool) -> &'static str {
    match (written, chinese) {
        (Written::Own, true) => "量表定义",
        (Written::Own, false) => "definition of a scale",
        (Written::Questionnaire, true) => "FHIR R4 问卷",
        (Written::Questionnaire, false) => "FHIR R4 Questionnaire",
    }
}

/// One line for a scale.
fn shown(scale: &Scale, chinese: bool) -> String {
    let definition = scale.definition();
    let title = if chinese { &definition.title.zh } else { &definition.title.en };
    let items = definition.items.iter().filter(|item| !item.optional).count();
    let items = if chinese { format!("{items}项") } else { format!("{items} items") };
    let range = range(scale).unwrap_or_else(|| "-".to_owned());
    let licence = licence(definition.licence.class, chinese);
    format!("{:<24} {:<6} {items:<9} {range:<12} {licence:<12} {title}", definition.id, definition.version)
}

/// The range of the total.
fn range(scale: &Scale) -> Option<String> {
    scale.range().map(|(low, high)| format!("{low}–{high}"))
}

fn licence(class: LicenceClass, chinese: bool) -> &'static str {
    match (class, chinese) {
        (LicenceClass::Free, true) => "自由使用",
        (LicenceClass::Free, false) => "free",
        (LicenceClass::Conditions, true) => "附条件",
        (LicenceClass::Conditions, false) => "conditions",
        (LicenceClass::Licensed, true) => "须授权",
        (LicenceClass::Licensed, false) => "licensed",
        (LicenceClass::Unclear, true) => "不明",
        (LicenceClass::Unclear, false) => "unclear",
        (LicenceClass::Local, true) => "本地",
        (LicenceClass::Local, false) => "local",
    }
}

fn about(scale: &Scale) -> Value {
    let definition: &Definition = scale.definition();
    json!({
        "id": definition.id, "version": definition.version, "title": definition.title,
        "items": definition.items.iter().map(|item| &item.code).collect::<Vec<_>>(),
        "licence": definition.licence.class, "valid_from": definition.valid_from,
        "range": range(scale), "texts": definition.items.iter().any(|item| item.zh.is_some()),
    })
}
