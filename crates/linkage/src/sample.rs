//! Counting patterns: of pairs drawn at random, and of candidate pairs with the rules that brought
//! them. Records are chosen by a hash of their id, so the order of rows does not matter.

use crate::candidates::{Candidates, Met};
use crate::corpus::{Corpus, Records};
use crate::layout::Pattern;
use crate::number::{count, index, position};
use crate::text::{mix, stable_hash};
use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Pairs drawn at random: so many for each record, within these bounds.
const RANDOM_PAIRS_PER_RECORD: u64 = 5;
const RANDOM_PAIRS: std::ops::RangeInclusive<u64> = 100_000..=300_000;
/// Candidate pairs to learn from; more are thinned out by record.
const CANDIDATE_PAIRS: u64 = 1_000_000;
/// Records of the left list handled as one piece of parallel work.
pub(crate) const PIECE: usize = 512;

/// How often a pattern occurs, and by which rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Counted {
    pub(crate) pattern: Pattern,
    pub(crate) rules: u32,
    pub(crate) count: f64,
}

/// Counted patterns of a sample and the share of the whole that the sample is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    pub(crate) counted: Vec<Counted>,
    pub(crate) share: f64,
}

type Counts = HashMap<(Pattern, u32), u64, BuildHasherDefault<PatternHash>>;

/// Mixes the few words of a pattern; the standard hasher takes a third of the learning time.
#[derive(Default)]
struct PatternHash(u64);

impl Hasher for PatternHash {
    fn finish(&self) -> u64 {
        mix(self.0)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = mix(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u128(&mut self, pattern: u128) {
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
        self.0 = mix(self.0 ^ half(pattern)) ^ half(pattern >> 64).rotate_left(17);
    }

    fn write_u32(&mut self, rules: u32) {
        self.0 = self.0.rotate_left(7) ^ u64::from(rules);
    }
}

/// Patterns of pairs drawn at random, or of all pairs where there are few.
pub(crate) fn random_pairs(corpus: &Corpus) -> Sample {
    let all = corpus.all_pairs();
    let (left, right) = (by_hash(&corpus.left), by_hash(corpus.other()));
    let (rows, columns) = (count_of(&left), count_of(&right));
    if rows == 0 || columns == 0 {
        return Sample { counted: Vec::new(), share: 1.0 };
    }
    let wanted = RANDOM_PAIRS_PER_RECORD.saturating_mul(rows.saturating_add(columns));
    let wanted = wanted.clamp(*RANDOM_PAIRS.start(), *RANDOM_PAIRS.end());
    let whole = rows.saturating_mul(columns) <= wanted;
    let drawn = if whole { rows * columns } else { wanted };
    let record = |order: &[u32], at: u64| {
        order.get(usize::try_from(at).unwrap_or(usize::MAX)).map_or(usize::MAX, |at| position(*at))
    };
    let pair = |draw: u64| {
        if whole {
            (record(&left, draw / columns), record(&right, draw % columns))
        } else {
            (record(&left, mix(2 * draw + 1) % rows), record(&right, mix(2 * draw + 2) % columns))
        }
    };
    let deduplication = corpus.is_deduplication();
    let counts = (0..drawn)
        .into_par_iter()
        .map(pair)
        .filter(|(left, right)| !deduplication || if whole { left < right } else { left != right })
        .fold(Counts::default, |mut counts, (left, right)| {
            *counts.entry((corpus.pattern(left, right), 0)).or_default() += 1;
            counts
        })
        .reduce(Counts::default, merged);
    let drawn: u64 = counts.values().sum();
    Sample { counted: in_order(counts), share: count(drawn) / count(all.max(1)) }
}

/// Patterns of the candidate pairs of a part of the left records.
pub(crate) fn candidate_pairs(corpus: &Corpus, candidates: &Candidates) -> Sample {
    let share = (count(CANDIDATE_PAIRS) / count(candidates.pairs().max(1))).min(1.0);
    let chosen: Vec<u32> = (0..corpus.left.len())
        .filter(|record| share >= 1.0 || unit(mix(stable_hash(corpus.left.id(*record)))) < share)
        .map(index)
        .collect();
    let counts = chosen
        .par_chunks(PIECE)
        .map_init(
            || candidates.met(),
            |met, piece| {
                piece
                    .iter()
                    .fold(Counts::default(), |counts, left| counted(corpus, candidates, met, *left, counts))
            },
        )
        .reduce(Counts::default, merged);
    let left = count(u64::try_from(corpus.left.len().max(1)).unwrap_or(1));
    let share = count(u64::try_from(chosen.len()).unwrap_or(0)) / left;
    Sample { counted: in_order(counts), share }
}

fn counted(corpus: &Corpus, candidates: &Candidates, met: &mut Met, left: u32, mut counts: Counts) -> Counts {
    candidates.of(corpus, position(left), met);
    for (right, rules) in &met.found {
        *counts.entry((corpus.pattern(position(left), position(*right)), *rules)).or_default() += 1;
    }
    counts
}

/// A number in 0..1 from a hash.
fn unit(hash: u64) -> f64 {
    count(hash >> 11) / 9_007_199_254_740_992.0
}

fn count_of(records: &[u32]) -> u64 {
    u64::try_from(records.len()).unwrap_or(u64::MAX)
}

fn by_hash(records: &Records) -> Vec<u32> {
    let mut order: Vec<(u64, u32)> =
        (0..records.len()).map(|record| (stable_hash(records.id(record)), index(record))).collect();
    order.par_sort_unstable();
    order.into_iter().map(|(_, record)| record).collect()
}

fn merged(a: Counts, b: Counts) -> Counts {
    let (mut large, small) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    for (key, count) in small {
        *large.entry(key).or_default() += count;
    }
    large
}

/// Sums of floating-point numbers depend on the order; a fixed one makes results repeatable.
fn in_order(counts: Counts) -> Vec<Counted> {
    let mut counts: Vec<((Pattern, u32), u64)> = counts.into_iter().collect();
    counts.par_sort_unstable();
    counts.into_iter().map(|((pattern, rules), n)| Counted { pattern, rules, count: count(n) }).collect()
}
