//! The learnt model: weights that score two records and say why.

use crate::candidates::Candidates;
use crate::config::Config;
use crate::corpus::{ByHash, Corpus, Dictionary, Row, Side};
use crate::error::Error;
use crate::layout::{Layout, Pattern, level_at};
use crate::learn::{self, Evidence as Learning, Learnt, Pass, bits_of, fall, log_odds, probability};
use crate::number::{count, position};
use crate::prior::{Prior, Shares};
use crate::sample::{candidate_pairs, random_pairs};
use crate::text::stable_hash;
use crate::value::Value;
use serde::{Deserialize, Serialize};

/// A value is kept with its frequency if so many records of the learning lists have it; all rarer
/// values count as equally rare. Keeps stored models small and free of values that point at one
/// person.
const KEPT_FROM: u32 = 4;

/// A learnt model. Serialises to JSON with everything that scoring needs; of the records it holds
/// only hashes of frequent values.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Model {
    stored: Stored,
    layout: Layout,
    bits: Vec<[f64; 16]>,
    frequencies: Vec<Option<ByHash<f64>>>,
}

/// What is written down of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stored {
    config: Config,
    match_share: f64,
    weights: Vec<Weights>,
    passes: Vec<Pass>,
}

/// The weights of one comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// The column.
    pub column: String,
    /// Its levels, best first, "different" last.
    pub levels: Vec<LevelWeight>,
    /// Stable hashes of frequent values with the share of records that have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frequencies: Vec<(u64, f64)>,
    /// Share of records that have one given rare value; absent where frequencies do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rare: Option<f64>,
}

impl Weights {
    /// Shares are shares and bits are numbers: a file may hold anything.
    fn are_sound(&self) -> bool {
        let share = |share: f64| share > 0.0 && share <= 1.0;
        let level = |level: &LevelWeight| {
            level.bits.is_finite()
                && (0.0..=1.0).contains(&level.matches)
                && (0.0..=1.0).contains(&level.others)
        };
        self.levels.iter().all(level)
            && self.frequencies.iter().all(|(_, frequency)| share(*frequency))
            && self.rare.is_none_or(share)
    }
}

/// The weight of one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelWeight {
    /// The level as in the configuration, or "different".
    pub level: String,
    /// Share of this level among pairs of one person (m).
    pub matches: f64,
    /// Share of this level among pairs of two persons (u).
    pub others: f64,
    /// Weight in bits: log2 of matches / others. One bit doubles the odds of a match.
    pub bits: f64,
}

/// A record ready for scoring.
#[derive(Debug, Clone)]
pub struct Record {
    values: Vec<Value>,
    forms: Vec<String>,
}

impl Record {
    fn value(&self, comparison: usize) -> &Value {
        self.values.get(comparison).unwrap_or(const { &Value::MISSING })
    }
}

/// A blocking key: records that share one are worth comparing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockKey {
    /// The rule, as configured.
    pub rule: String,
    /// The value of the key in clear; hash it with a secret before it is stored.
    pub value: String,
}

impl BlockKey {
    /// A hash of rule and value that never changes between versions and machines. Not secret:
    /// who knows a name and a birth date can compute it.
    #[must_use]
    pub fn hash(&self) -> u64 {
        stable_hash(&format!("{}\u{1e}{}", self.rule, self.value))
    }
}

/// One reason for a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// The column.
    pub column: String,
    /// The level of agreement, "different" or "missing".
    pub level: String,
    /// Weight in bits; positive speaks for one person, negative for two.
    pub bits: f64,
}

/// The score of a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scored {
    /// Probability that both records are of one person (or thing), 0..=1.
    pub probability: f64,
    /// Odds in bits before any evidence.
    pub prior_bits: f64,
    /// The evidence, one entry per comparison.
    pub evidence: Vec<Evidence>,
}

/// How often each value of a column stands in the lists, by its hash, and the share of the others.
type Frequencies = (Vec<(u64, f64)>, Option<f64>);

impl Model {
    /// The shipped model for a configuration, before any list is seen. `records` is the size of
    /// the register in which a counterpart is sought.
    ///
    /// # Errors
    /// [`Error::Syntax`] if the shipped shares are damaged.
    pub fn prior(config: &Config, records: u64) -> Result<Self, Error> {
        let prior = Prior::shipped()?;
        let layout = Layout::new(config);
        let shares = prior.shares(&layout);
        let match_share = (prior.expected_overlap / count(records.max(1))).clamp(1e-15, 0.5);
        let learnt = Learnt { shares, match_share, passes: Vec::new() };
        let nothing = layout.comparisons.iter().map(|_| (Vec::new(), None)).collect();
        Self::finished(config, layout, learnt, &prior, nothing)
    }

    /// Learns from records, without labels. Each record is an id and its cells in the order of
    /// [`Config::columns`]. With one list, duplicates within it are sought.
    ///
    /// # Errors
    /// [`Error::Syntax`] if the shipped shares are damaged.
    pub fn learn<R>(config: &Config, left: R, right: Option<R>) -> Result<Self, Error>
    where
        R: IntoIterator<Item = (String, Vec<String>)>,
    {
        let mut corpus = Corpus::new(Layout::new(config), right.is_some());
        let row = |(id, cells): (String, Vec<String>)| Row { id: id.into_boxed_str(), cells };
        corpus.add(Side::Left, left.into_iter().map(row).collect());
        if let Some(right) = right {
            corpus.add(Side::Right, right.into_iter().map(row).collect());
        }
        let candidates = Candidates::new(&corpus, config.largest_block);
        Self::of_corpus(config, &corpus, &candidates)
    }

    pub(crate) fn of_corpus(
        config: &Config,
        corpus: &Corpus,
        candidates: &Candidates,
    ) -> Result<Self, Error> {
        let prior = Prior::shipped()?;
        let (random, candidates) =
            rayon::join(|| random_pairs(corpus), || candidate_pairs(corpus, candidates));
        let learnt = Learning { corpus, prior: &prior, random, candidates }.learn();
        let frequencies = corpus
            .layout
            .comparisons
            .iter()
            .zip(&corpus.dictionaries)
            .map(
                |(compared, dictionary)| {
                    if compared.frequency { frequencies(dictionary) } else { (Vec::new(), None) }
                },
            )
            .collect();
        Self::finished(config, corpus.layout.clone(), learnt, &prior, frequencies)
    }

    fn finished(
        config: &Config,
        layout: Layout,
        learnt: Learnt,
        prior: &Prior,
        frequencies: Vec<Frequencies>,
    ) -> Result<Self, Error> {
        let Shares { mut m, mut u } = learnt.shares;
        m.iter_mut().zip(&mut u).for_each(|(m, u)| fall(m, u));
        let mut bits = bits_of(&Shares { m: m.clone(), u: u.clone() });
        for (bits, compared) in bits.iter_mut().zip(&layout.comparisons) {
            if let Some(exact) = bits.get_mut(1).filter(|_| compared.exact) {
                *exact = exact.max(prior.exact_rule_bits - log_odds(learnt.match_share));
            }
        }
        let weights = layout.comparisons.iter().zip(m.iter().zip(&u).zip(&bits)).zip(frequencies).map(
            |((compared, ((m, u), bits)), (frequencies, rare))| Weights {
                column: layout.columns.get(compared.column).map(|c| c.name.clone()).unwrap_or_default(),
                levels: (1..)
                    .zip(m.iter().zip(u).zip(bits.iter().skip(1)))
                    .map(|(at, ((m, u), bits))| LevelWeight {
                        level: compared.label(at),
                        matches: *m,
                        others: *u,
                        bits: *bits,
                    })
                    .collect(),
                frequencies,
                rare,
            },
        );
        let weights = weights.collect();
        Self::try_from(Stored {
            config: config.clone(),
            match_share: learnt.match_share,
            weights,
            passes: learnt.passes,
        })
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.stored.config
    }

    /// The weights, by comparison.
    #[must_use]
    pub fn weights(&self) -> &[Weights] {
        &self.stored.weights
    }

    /// Of all pairs of the learning lists, the share expected to match.
    #[must_use]
    pub fn match_share(&self) -> f64 {
        self.stored.match_share
    }

    /// What the passes of learning found.
    #[must_use]
    pub fn passes(&self) -> &[Pass] {
        &self.stored.passes
    }

    /// Makes a record ready; `cell` gives the text of a column, `None` where nothing is known.
    #[must_use]
    pub fn record<'a>(&self, cell: impl Fn(&str) -> Option<&'a str>) -> Record {
        let columns = self.layout.columns.iter().enumerate();
        let forms: Vec<String> =
            columns.map(|(at, column)| self.layout.form(at, cell(&column.name).unwrap_or(""))).collect();
        let values =
            self.layout.comparisons.iter().enumerate().map(|(at, compared)| {
                self.layout.value(at, forms.get(compared.column).map_or("", |form| form))
            });
        Record { values: values.collect(), forms }
    }

    /// The blocking keys of a record. Store them when the record is written; records that share a
    /// key are the candidates for [`Model::score`].
    #[must_use]
    pub fn keys(&self, record: &Record) -> Vec<BlockKey> {
        let rules = self.layout.rules.iter().enumerate();
        rules
            .filter_map(|(at, rule)| {
                let value = self.layout.key(at, &record.forms)?;
                Some(BlockKey { rule: rule.label.clone(), value })
            })
            .collect()
    }

    /// Scores a pair of records made by [`Model::record`] of this model.
    #[must_use]
    pub fn score(&self, a: &Record, b: &Record) -> Scored {
        let pattern = self.layout.pattern(|at| a.value(at), |at| b.value(at));
        self.explain(pattern, |comparison| a.value(comparison).hash())
    }

    /// The evidence of a pattern; `hash` gives the left value of a comparison.
    pub(crate) fn explain(&self, pattern: Pattern, hash: impl Fn(usize) -> u64) -> Scored {
        let evidence: Vec<Evidence> = self
            .layout
            .comparisons
            .iter()
            .zip(&self.stored.weights)
            .enumerate()
            .map(|(at, (compared, weights))| {
                let level = level_at(pattern, at);
                let bits = self.weight(at, level, hash(at));
                Evidence { column: weights.column.clone(), level: compared.label(level), bits }
            })
            .collect();
        let prior_bits = self.prior_bits();
        let bits = prior_bits + evidence.iter().map(|evidence| evidence.bits).sum::<f64>();
        Scored { probability: probability(bits), prior_bits, evidence }
    }

    pub(crate) fn prior_bits(&self) -> f64 {
        log_odds(self.stored.match_share)
    }

    /// Bits of a level; for exact agreement, of the value with this hash.
    pub(crate) fn weight(&self, comparison: usize, level: usize, hash: u64) -> f64 {
        let Some(bits) = self.bits.get(comparison) else { return 0.0 };
        let plain = bits.get(level).copied().unwrap_or(0.0);
        let frequencies = self.frequencies.get(comparison).and_then(Option::as_ref);
        let (Some(frequencies), 1, Some(weights)) = (frequencies, level, self.stored.weights.get(comparison))
        else {
            return plain;
        };
        let share = frequencies.get(&hash).copied().or(weights.rare);
        let matches = weights.levels.first().map_or(1.0, |level| level.matches);
        // Agreement on the most frequent value is still no less than the next lower level.
        let least = bits.get(2).copied().unwrap_or(0.0);
        share.map_or(plain, |share| (matches / share).log2().max(least))
    }

    /// Weights for a whole corpus: by comparison, level and, for exact agreement, value.
    pub(crate) fn table(&self, corpus: &Corpus) -> Table {
        let by_value = |(comparison, dictionary): (usize, &Dictionary)| {
            self.frequencies.get(comparison).and_then(Option::as_ref)?;
            let weight = |value: &Value| self.weight(comparison, 1, value.hash());
            Some(dictionary.values.iter().map(weight).collect())
        };
        Table {
            prior_bits: self.prior_bits(),
            bits: self.bits.clone(),
            by_value: corpus.dictionaries.iter().enumerate().map(by_value).collect(),
        }
    }
}

/// See [`Model::table`].
pub(crate) struct Table {
    prior_bits: f64,
    bits: Vec<[f64; 16]>,
    by_value: Vec<Option<Vec<f64>>>,
}

impl Table {
    /// Total weight of a pair; `numbers` are the left record's values.
    pub(crate) fn bits(&self, pattern: Pattern, numbers: &[u32]) -> f64 {
        let mut total = self.prior_bits;
        for (at, (bits, by_value)) in self.bits.iter().zip(&self.by_value).enumerate() {
            let level = level_at(pattern, at);
            let plain = || bits.get(level).copied().unwrap_or(0.0);
            total += match (level, by_value, numbers.get(at)) {
                (1, Some(by_value), Some(number)) => {
                    by_value.get(position(*number)).copied().unwrap_or_else(plain)
                }
                _ => plain(),
            };
        }
        total
    }
}

/// Frequent values with their share of the records, and the share of a rare one.
fn frequencies(dictionary: &Dictionary) -> (Vec<(u64, f64)>, Option<f64>) {
    let [left, right] = &dictionary.counts;
    let both = || left.iter().zip(right).map(|(a, b)| a.saturating_add(*b)).zip(&dictionary.values).skip(1);
    let filled: f64 = both().map(|(n, _)| f64::from(n)).sum();
    if filled < 1.0 {
        return (Vec::new(), None);
    }
    let (mut rare, mut rare_values) = (0.0, 0.0);
    let mut kept = Vec::new();
    for (n, value) in both() {
        if n >= KEPT_FROM {
            kept.push((value.hash(), f64::from(n) / filled));
        } else {
            rare += f64::from(n);
            rare_values += 1.0;
        }
    }
    kept.sort_unstable_by_key(|(hash, _)| *hash);
    let least = f64::from(KEPT_FROM) / filled;
    (kept, Some(if rare_values > 0.0 { rare / rare_values / filled } else { least }))
}

impl TryFrom<Stored> for Model {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        stored.config.check()?;
        if !(stored.match_share > 0.0 && stored.match_share < 1.0) {
            return Err(Error::Model("match_share, which is not between 0 and 1".to_owned()));
        }
        let layout = Layout::new(&stored.config);
        if layout.comparisons.len() != stored.weights.len() {
            return Err(Error::Model("number of comparisons".to_owned()));
        }
        let mut all = Vec::with_capacity(stored.weights.len());
        for (compared, weights) in layout.comparisons.iter().zip(&stored.weights) {
            let fits = weights.levels.len() == compared.level_count()
                && (1..).zip(&weights.levels).all(|(at, level)| compared.label(at) == level.level);
            if !fits || !weights.are_sound() {
                return Err(Error::Model(format!("column '{}'", weights.column)));
            }
            let mut bits = [0.0; 16];
            bits.iter_mut().skip(1).zip(&weights.levels).for_each(|(bits, level)| *bits = level.bits);
            all.push(bits);
        }
        let frequencies = stored
            .weights
            .iter()
            .map(|weights| weights.rare.map(|_| weights.frequencies.iter().copied().collect()))
            .collect();
        Ok(Self { layout, bits: all, frequencies, stored })
    }
}

impl From<Model> for Stored {
    fn from(model: Model) -> Self {
        model.stored
    }
}

/// Probability of a weight in bits, for those who work with pairs directly.
pub(crate) fn probability_of(bits: f64) -> f64 {
    learn::probability(bits)
}
