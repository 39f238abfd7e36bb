//! `xinqiao link` and `xinqiao dedupe`: the linkage engine on any two CSV files.

use anyhow::{Context, Result, bail};
use clap::Args;
use linkage::{Config, Job, Model, Output, Summary};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Find the records of two lists that are of the same person or thing.
#[derive(Debug, Args)]
pub struct LinkArguments {
    /// First list, a CSV file; its first column is the id.
    #[arg(long, value_name = "FILE")]
    pub left: PathBuf,
    /// Second list, a CSV file; its first column is the id.
    #[arg(long, value_name = "FILE")]
    pub right: PathBuf,
    /// What both commands share.
    #[command(flatten)]
    pub common: CommonArguments,
}

/// Find the records of one list that are of the same person or thing.
#[derive(Debug, Args)]
pub struct DedupeArguments {
    /// The list, a CSV file; its first column is the id.
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// What both commands share.
    #[command(flatten)]
    pub common: CommonArguments,
}

/// Arguments of both commands.
#[derive(Debug, Args)]
pub struct CommonArguments {
    /// Which columns are compared and how, a TOML file.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Leave a column out of comparisons, exact rules and blocking keys; may be repeated.
    #[arg(long, value_name = "COLUMN")]
    pub without: Vec<String>,
    /// Where to write the pairs: left_id,right_id,probability.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Write pairs from this probability on, 0 to 1; without it, the configuration decides.
    #[arg(long, value_name = "PROBABILITY")]
    pub threshold: Option<f64>,
    /// Also write why: each pair's columns with level of agreement and weight in bits.
    #[arg(long, value_name = "FILE")]
    pub explain: Option<PathBuf>,
    /// Score with a model saved before instead of learning from these lists.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Save the learnt model, JSON.
    #[arg(long, value_name = "FILE")]
    pub save_model: Option<PathBuf>,
    /// Print the summary as JSON: counts, seconds, learnt weights.
    #[arg(long)]
    pub json: bool,
}

impl LinkArguments {
    /// Runs the command.
    ///
    /// # Errors
    /// Where a file cannot be read or written, or does not fit the configuration.
    pub fn run(&self) -> Result<()> {
        run(&self.left, Some(&self.right), &self.common)
    }
}

impl DedupeArguments {
    /// Runs the command.
    ///
    /// # Errors
    /// Where the file cannot be read or written, or does not fit the configuration.
    pub fn run(&self) -> Result<()> {
        run(&self.input, None, &self.common)
    }
}

/// Links two lists, or finds duplicates in one where there is no right list.
///
/// # Errors
/// Where a file cannot be read or written, or does not fit the configuration.
pub fn run(left: &Path, right: Option<&Path>, arguments: &CommonArguments) -> Result<()> {
    let text = std::fs::read_to_string(&arguments.config).with_context(|| path(&arguments.config))?;
    let mut config = Config::from_toml(&text).with_context(|| path(&arguments.config))?;
    if let Some(threshold) = arguments.threshold {
        if !(0.0..=1.0).contains(&threshold) {
            bail!("--threshold {threshold} is not between 0 and 1");
        }
        config.threshold = threshold;
    }
    let model = arguments.model.as_deref().map(read_model).transpose()?;
    let job = Job { left, right, config, without: arguments.without.clone(), model };
    let (summary, model) = write(&job, arguments)?;
    if let Some(file) = &arguments.save_model {
        let mut writer = create(file)?;
        serde_json::to_writer(&mut writer, &model).with_context(|| path(file))?;
        writer.flush().with_context(|| path(file))?;
    }
    report(&summary, arguments)
}

/// Writes to files beside the wanted ones and renames at the end: a failed run leaves no half file.
fn write(job: &Job<'_>, arguments: &CommonArguments) -> Result<(Summary, Model)> {
    let unfinished = |file: &Path| {
        let mut name = file.as_os_str().to_owned();
        name.push(".unfinished");
        PathBuf::from(name)
    };
    let files: Vec<&PathBuf> =
        [Some(&arguments.out), arguments.explain.as_ref()].into_iter().flatten().collect();
    let result = (|| {
        let mut pairs = create(&unfinished(&arguments.out))?;
        let mut reasons = arguments.explain.as_deref().map(|file| create(&unfinished(file))).transpose()?;
        let explanation = match (&mut reasons, &arguments.explain) {
            (Some(writer), Some(file)) => {
                let writer: &mut dyn Write = writer;
                Some((writer, file.clone()))
            }
            _ => None,
        };
        let mut output = Output { pairs: &mut pairs, pairs_path: arguments.out.clone(), explanation };
        Ok(linkage::run(job, &mut output)?)
    })();
    for file in files {
        let from = unfinished(file);
        if result.is_ok() {
            std::fs::rename(&from, file).with_context(|| path(file))?;
        } else if from.exists() {
            std::fs::remove_file(&from).with_context(|| path(&from))?;
        }
    }
    result
}

fn report(summary: &Summary, arguments: &CommonArguments) -> Result<()> {
    for column in &summary.columns_left_out {
        eprintln!("warning: column '{column}' is not in every file; it was left out");
    }
    for rule in summary.rules.iter().filter(|rule| rule.blocks_left_out > 0) {
        eprintln!(
            "warning: rule '{}': {} blocks with {} pairs were too large and left to the other rules",
            rule.rule, rule.blocks_left_out, rule.pairs_left_out
        );
    }
    let mut out = std::io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, summary)?;
        writeln!(out)?;
    } else {
        writeln!(
            out,
            "{} pairs written to {} ({} compared, {:.1} s)",
            summary.pairs_written,
            arguments.out.display(),
            summary.pairs_compared,
            summary.seconds.total
        )?;
    }
    Ok(())
}

fn read_model(file: &Path) -> Result<Model> {
    let text = std::fs::read_to_string(file).with_context(|| path(file))?;
    serde_json::from_str(&text).with_context(|| path(file))
}

fn create(file: &Path) -> Result<BufWriter<File>> {
    Ok(BufWriter::new(File::create(file).with_context(|| path(file))?))
}

fn path(file: &Path) -> String {
    file.display().to_string()
}
