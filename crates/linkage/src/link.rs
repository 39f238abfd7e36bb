//! A whole run: read, block, learn, score, write.

use crate::assign::{Pair, one_to_one};
use crate::candidates::{Candidates, Met, RuleReport};
use crate::config::Config;
use crate::corpus::{Corpus, Side};
use crate::error::Error;
use crate::layout::{Layout, Pattern};
use crate::learn::{Pass, log_odds};
use crate::model::{Model, Table, Weights, probability_of};
use crate::number::{index, position};
use crate::read::Source;
use crate::sample::PIECE;
use rayon::prelude::*;
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Pieces scored before their pairs are written: bounds the memory for pairs.
const PIECES: usize = 16;

/// What to link and where to write it.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    /// The first list; its first column is the id.
    pub left: &'a Path,
    /// The second list; none to find duplicates within the first.
    pub right: Option<&'a Path>,
    /// The configuration.
    pub config: Config,
    /// Columns to leave out of comparisons, exact rules and keys.
    pub without: Vec<String>,
    /// A model learnt before; none to learn from these lists.
    pub model: Option<Model>,
}

/// What a run did.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Records of the first list.
    pub left_records: usize,
    /// Records of the second list; none in deduplication.
    pub right_records: Option<usize>,
    /// Pairs compared, each once.
    pub pairs_compared: u64,
    /// Pairs written.
    pub pairs_written: u64,
    /// Columns of the configuration that a file does not have; they were left out.
    pub columns_left_out: Vec<String>,
    /// The blocking rules.
    pub rules: Vec<RuleReport>,
    /// The passes of learning.
    pub passes: Vec<Pass>,
    /// Of all pairs, the share expected to match.
    pub match_share: f64,
    /// The learnt weights; frequencies of values left out.
    pub weights: Vec<Weights>,
    /// Seconds for reading, learning, and scoring with writing.
    pub seconds: Seconds,
}

/// Where the time went, in seconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Seconds {
    /// Reading and preparing the files.
    pub read: f64,
    /// Blocking and learning.
    pub learn: f64,
    /// Scoring and writing.
    pub score: f64,
    /// All together.
    pub total: f64,
}

/// Where pairs go.
pub struct Output<'a> {
    /// Gets `left_id,right_id,probability`.
    pub pairs: &'a mut dyn Write,
    /// Path named in errors about `pairs`.
    pub pairs_path: PathBuf,
    /// Gets `left_id,right_id,probability,column,level,bits`, one row per pair and comparison,
    /// and the path named in errors.
    pub explanation: Option<(&'a mut dyn Write, PathBuf)>,
}

/// A scored pair with what explains it.
#[derive(Clone, Copy)]
struct Found {
    pair: Pair,
    pattern: Pattern,
}

/// Runs a job and writes its pairs in the order of the first list.
///
/// # Errors
/// [`Error`] with file, row and column where reading fails, or where the files lack every
/// configured column.
pub fn run(job: &Job<'_>, output: &mut Output<'_>) -> Result<(Summary, Model), Error> {
    let start = Instant::now();
    let left = Source::open(job.left)?;
    let right = job.right.map(Source::open).transpose()?;
    let (config, columns_left_out) = fitting(job, &left, right.as_ref())?;
    let mut corpus = Corpus::new(Layout::new(&config), right.is_some());
    left.read(&config, &mut corpus, Side::Left)?;
    if let Some(right) = right {
        right.read(&config, &mut corpus, Side::Right)?;
    }
    let read = start.elapsed().as_secs_f64();
    let candidates = Candidates::new(&corpus, config.largest_block);
    let model = match &job.model {
        Some(model) if *model.config() == config => model.clone(),
        Some(_) => return Err(Error::Model("it was learnt with another configuration".to_owned())),
        None => Model::of_corpus(&config, &corpus, &candidates)?,
    };
    let learn = start.elapsed().as_secs_f64() - read;
    let run = Run { corpus: &corpus, candidates: &candidates, model: &model, table: model.table(&corpus) };
    let (pairs_compared, pairs_written) = run.write(output)?;
    let total = start.elapsed().as_secs_f64();
    let weights =
        model.weights().iter().cloned().map(|weights| Weights { frequencies: Vec::new(), ..weights });
    let summary = Summary {
        left_records: corpus.left.len(),
        right_records: corpus.right.as_ref().map(|right| right.len()),
        pairs_compared,
        pairs_written,
        columns_left_out,
        rules: candidates.reports.clone(),
        passes: model.passes().to_vec(),
        match_share: model.match_share(),
        weights: weights.collect(),
        seconds: Seconds { read, learn, score: total - read - learn, total },
    };
    Ok((summary, model))
}

/// The configuration without the unwanted columns and without those that a file does not have.
fn fitting(job: &Job<'_>, left: &Source, right: Option<&Source>) -> Result<(Config, Vec<String>), Error> {
    let mut config = job.config.clone();
    for column in &job.without {
        let known = config.columns();
        let in_file = left.has(column) || right.is_some_and(|right| right.has(column));
        if !known.contains(column) && !in_file {
            return Err(Error::UnknownColumn { column: column.clone(), known: known.join(", ") });
        }
        config = config.without(column);
    }
    let mut missing = Vec::new();
    for column in config.columns() {
        let everywhere = left.position(&config, &column).is_some()
            && right.is_none_or(|right| right.position(&config, &column).is_some());
        if !everywhere {
            config = config.without(&column);
            missing.push(column);
        }
    }
    let remedy = "name the columns in the header as in the configuration, or add aliases to it";
    if config.compare.is_empty() {
        return Err(Error::Nothing { purpose: "compare", remedy });
    }
    if config.block.is_empty() {
        return Err(Error::Nothing { purpose: "block on", remedy });
    }
    Ok((config, missing))
}

struct Run<'a> {
    corpus: &'a Corpus,
    candidates: &'a Candidates,
    model: &'a Model,
    table: Table,
}

impl Run<'_> {
    /// Scores all candidates and writes those above the threshold. Returns the numbers of pairs
    /// compared and written.
    fn write(&self, output: &mut Output<'_>) -> Result<(u64, u64), Error> {
        let config = self.model.config();
        let least = log_odds(config.threshold);
        let keep = config.one_to_one && !self.corpus.is_deduplication();
        let mut writer = PairWriter::new(output)?;
        let (mut compared, mut written) = (0, 0);
        let mut kept: Vec<Pair> = Vec::new();
        for from in (0..self.corpus.left.len()).step_by(PIECE * PIECES) {
            let to = (from + PIECE * PIECES).min(self.corpus.left.len());
            let pieces: Vec<usize> = (from..to).step_by(PIECE).collect();
            let found: Vec<(u64, Vec<Found>)> = pieces
                .into_par_iter()
                .map_init(|| self.candidates.met(), |met, from| self.piece(met, from, to, least))
                .collect();
            for (pairs, found) in found {
                compared += pairs;
                if keep {
                    kept.extend(found.iter().map(|found| found.pair));
                } else {
                    found.iter().try_for_each(|found| writer.write(self, found))?;
                    written += u64::try_from(found.len()).unwrap_or(0);
                }
            }
        }
        for pair in one_to_one(self.corpus, kept) {
            let pattern = self.corpus.pattern(position(pair.left), position(pair.right));
            writer.write(self, &Found { pair, pattern })?;
            written += 1;
        }
        writer.finish()?;
        Ok((compared, written))
    }

    fn piece(&self, met: &mut Met, from: usize, to: usize, least: f64) -> (u64, Vec<Found>) {
        let (mut compared, mut found) = (0, Vec::new());
        for left in from..(from + PIECE).min(to) {
            self.candidates.of(self.corpus, left, met);
            compared += u64::try_from(met.found.len()).unwrap_or(0);
            let numbers = self.corpus.numbers(&self.corpus.left, left);
            for (right, _) in &met.found {
                let pattern = self.corpus.pattern(left, position(*right));
                let bits = self.table.bits(pattern, numbers);
                if bits >= least {
                    found.push(Found { pair: Pair { left: index(left), right: *right, bits }, pattern });
                }
            }
        }
        (compared, found)
    }
}

struct PairWriter<'a> {
    pairs: csv::Writer<&'a mut dyn Write>,
    pairs_path: &'a Path,
    explanation: Option<(csv::Writer<&'a mut dyn Write>, &'a Path)>,
}

impl<'a> PairWriter<'a> {
    fn new(output: &'a mut Output<'_>) -> Result<Self, Error> {
        let path = output.pairs_path.as_path();
        let sink: &mut dyn Write = &mut *output.pairs;
        let mut pairs = csv::Writer::from_writer(sink);
        pairs
            .write_record(["left_id", "right_id", "probability"])
            .map_err(|source| Error::csv(path, source))?;
        let mut explanation = None;
        if let Some((writer, path)) = &mut output.explanation {
            let sink: &mut dyn Write = &mut **writer;
            let mut writer = csv::Writer::from_writer(sink);
            writer
                .write_record(["left_id", "right_id", "probability", "column", "level", "bits"])
                .map_err(|source| Error::csv(path, source))?;
            explanation = Some((writer, path.as_path()));
        }
        Ok(Self { pairs, pairs_path: path, explanation })
    }

    fn write(&mut self, run: &Run<'_>, found: &Found) -> Result<(), Error> {
        let (left, right) = (position(found.pair.left), position(found.pair.right));
        let (left_id, right_id) = (run.corpus.left.id(left), run.corpus.other().id(right));
        let probability = format!("{:.6}", probability_of(found.pair.bits));
        self.pairs
            .write_record([left_id, right_id, &probability])
            .map_err(|source| Error::csv(self.pairs_path, source))?;
        let Some((writer, path)) = &mut self.explanation else { return Ok(()) };
        let numbers = run.corpus.numbers(&run.corpus.left, left);
        let hash = |comparison: usize| {
            let dictionary = run.corpus.dictionaries.get(comparison);
            let number = numbers.get(comparison).copied().unwrap_or(0);
            dictionary.map_or(0, |dictionary| dictionary.value(number).hash())
        };
        let scored = run.model.explain(found.pattern, hash);
        let before = ("", "before any evidence".to_owned(), scored.prior_bits);
        let reasons = scored.evidence.iter().map(|e| (e.column.as_str(), e.level.clone(), e.bits));
        for (column, level, bits) in [before].into_iter().chain(reasons) {
            writer
                .write_record([left_id, right_id, &probability, column, &level, &format!("{bits:.3}")])
                .map_err(|source| Error::csv(path, source))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Error> {
        self.pairs.flush().map_err(|source| Error::file(self.pairs_path, source))?;
        if let Some((writer, path)) = &mut self.explanation {
            writer.flush().map_err(|source| Error::file(path, source))?;
        }
        Ok(())
    }
}
