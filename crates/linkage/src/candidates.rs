//! Which records meet: those that share the key of at least one blocking rule, each pair once.

use crate::corpus::{ByHash, Corpus, Records};
use crate::number::{index, position};
use rayon::prelude::*;
use serde::Serialize;

/// What one rule contributed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleReport {
    /// The rule as configured.
    pub rule: String,
    /// Pairs that share a key of this rule (also counted for other rules that they share).
    pub pairs: u64,
    /// Blocks left out because they are larger than `largest_block`.
    pub blocks_left_out: u64,
    /// Pairs in those blocks.
    pub pairs_left_out: u64,
}

/// The records of the other list by key, for one rule.
struct Blocks {
    /// Key to a range in `records`.
    ranges: ByHash<(u32, u32)>,
    records: Vec<u32>,
}

/// All rules.
pub(crate) struct Candidates {
    blocks: Vec<Blocks>,
    pub(crate) reports: Vec<RuleReport>,
    deduplication: bool,
    records: usize,
}

/// A record of the other list and the rules (one bit each) that brought it.
pub(crate) type Candidate = (u32, u32);

/// Working space of one thread: which records were met for the current record.
pub(crate) struct Met {
    rules: Vec<u32>,
    pub(crate) found: Vec<Candidate>,
}

impl Candidates {
    pub(crate) fn new(corpus: &Corpus, largest_block: u64) -> Self {
        let rules: Vec<usize> = (0..corpus.layout.rules.len()).collect();
        let built: Vec<(Blocks, RuleReport)> =
            rules.into_par_iter().map(|rule| build(corpus, rule, largest_block)).collect();
        let (blocks, reports) = built.into_iter().unzip();
        let records = corpus.other().len();
        Self { blocks, reports, deduplication: corpus.is_deduplication(), records }
    }

    pub(crate) fn met(&self) -> Met {
        Met { rules: vec![0; self.records], found: Vec::new() }
    }

    /// Upper bound of the number of candidate pairs: a pair counts once per rule that it shares.
    pub(crate) fn pairs(&self) -> u64 {
        self.reports.iter().map(|report| report.pairs).sum()
    }

    /// Fills `met.found` with the candidates of a record of the left list, in the order of the
    /// other list.
    pub(crate) fn of(&self, corpus: &Corpus, left: usize, met: &mut Met) {
        met.found.clear();
        let keys = corpus.keys(&corpus.left, left);
        for (rule, (blocks, key)) in (0_u32..).zip(self.blocks.iter().zip(keys)) {
            let Some((from, to)) = blocks.ranges.get(key) else { continue };
            let block = blocks.records.get(position(*from)..position(*to)).unwrap_or(&[]);
            // In deduplication each pair is met from its earlier record.
            let skip =
                if self.deduplication { block.partition_point(|other| position(*other) <= left) } else { 0 };
            for other in block.iter().skip(skip) {
                let Some(rules) = met.rules.get_mut(position(*other)) else { continue };
                if *rules == 0 {
                    met.found.push((*other, 0));
                }
                *rules |= 1 << rule;
            }
        }
        for (other, rules) in &mut met.found {
            if let Some(of_other) = met.rules.get_mut(position(*other)) {
                *rules = std::mem::take(of_other);
            }
        }
        met.found.sort_unstable();
    }
}

fn build(corpus: &Corpus, rule: usize, largest_block: u64) -> (Blocks, RuleReport) {
    let key = |records: &Records, record: usize| {
        corpus.keys(records, record).get(rule).copied().filter(|key| *key != 0)
    };
    let sorted = |records: &Records| {
        let mut keyed: Vec<(u64, u32)> = (0..records.len())
            .filter_map(|record| key(records, record).map(|key| (key, index(record))))
            .collect();
        keyed.par_sort_unstable();
        keyed
    };
    let right = sorted(corpus.other());
    let left = corpus.right.as_ref().map(|_| sorted(&corpus.left));
    let label = corpus.layout.rules.get(rule).map(|rule| rule.label.clone()).unwrap_or_default();
    let mut report = RuleReport { rule: label, pairs: 0, blocks_left_out: 0, pairs_left_out: 0 };
    let mut ranges = ByHash::default();
    let mut records: Vec<u32> = Vec::with_capacity(right.len());
    let mut left_rest = left.as_deref().unwrap_or(&[]);
    for block in right.chunk_by(|a, b| a.0 == b.0) {
        let Some((key, _)) = block.first() else { continue };
        let size = u64::try_from(block.len()).unwrap_or(u64::MAX);
        let pairs = if left.is_some() {
            let from = left_rest.partition_point(|(other, _)| other < key);
            left_rest = left_rest.get(from..).unwrap_or(&[]);
            let met = left_rest.iter().take_while(|(other, _)| other == key).count();
            size.saturating_mul(u64::try_from(met).unwrap_or(u64::MAX))
        } else {
            size * (size - 1) / 2
        };
        if pairs > largest_block {
            report.blocks_left_out += 1;
            report.pairs_left_out += pairs;
        } else if pairs > 0 {
            report.pairs += pairs;
            let from = index(records.len());
            records.extend(block.iter().map(|(_, record)| *record));
            ranges.insert(*key, (from, index(records.len())));
        }
    }
    (Blocks { ranges, records }, report)
}
