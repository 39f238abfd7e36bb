//! Learning without labels: the Fellegi-Sunter model fitted by expectation-maximisation.
//!
//! `u` comes from pairs drawn at random, `m` from candidate pairs: one pass per blocking rule in
//! which the rule's own columns are left out (they agree by construction), then all candidates
//! together. See I. Fellegi and A. Sunter, "A Theory for Record Linkage", JASA 64 (1969), and
//! W. Winkler, "Using the EM Algorithm for Weight Computation in the Fellegi-Sunter Model of
//! Record Linkage", Proceedings of the Section on Survey Research Methods, ASA (1988).

use crate::corpus::Corpus;
use crate::layout::{Layout, level_at};
use crate::number::{count, size};
use crate::prior::{Prior, Shares, normal};
use crate::sample::{Counted, Sample};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Rounds of one pass at most.
const ROUNDS: usize = 30;
/// A pass ends when the expected number of matches changes by less than this share.
const STEADY: f64 = 0.0005;
/// Added to each count of random pairs: a level never seen is rare, not impossible.
const UNSEEN: f64 = 0.5;

/// What a pass over the pairs of one blocking rule found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    /// The rule; "all rules" for the last pass.
    pub rule: String,
    /// Pairs learnt from.
    pub pairs: f64,
    /// Of these, the expected number of matches.
    pub matches: f64,
    /// Rounds until the numbers were steady.
    pub rounds: usize,
}

/// The outcome of learning.
#[derive(Debug, Clone)]
pub(crate) struct Learnt {
    pub(crate) shares: Shares,
    /// Of all pairs, the share that match.
    pub(crate) match_share: f64,
    pub(crate) passes: Vec<Pass>,
}

/// What learning works with.
pub(crate) struct Evidence<'a> {
    pub(crate) corpus: &'a Corpus,
    pub(crate) prior: &'a Prior,
    pub(crate) random: Sample,
    pub(crate) candidates: Sample,
}

/// Result of one pass: counts of levels among matches, by comparison.
struct Trained {
    matches: Vec<Vec<f64>>,
    pass: Pass,
}

impl Evidence<'_> {
    pub(crate) fn learn(&self) -> Learnt {
        let layout = &self.corpus.layout;
        let start = self.prior.shares(layout);
        let none = vec![0.0; layout.comparisons.len()];
        let chance = self.chance(&start, &start, 0.0, &none);
        let begin = Shares { m: start.m.clone(), u: chance };
        let trained: Vec<Trained> = (0..layout.rules.len())
            .into_par_iter()
            .filter_map(|rule| self.rule_pass(rule, &begin, &start))
            .collect();
        let mut sums: Vec<Vec<f64>> = start.m.iter().map(|levels| vec![0.0; levels.len()]).collect();
        for trained in &trained {
            for (sum, counts) in sums.iter_mut().zip(&trained.matches) {
                sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
        let m = self.smoothed(&sums, &start);
        let mut passes: Vec<Pass> = trained.into_iter().map(|trained| trained.pass).collect();
        let mut learnt = self.all_rules_pass(Shares { m, u: begin.u }, &start);
        passes.append(&mut learnt.passes);
        Learnt { passes, ..learnt }
    }

    /// One pass over the pairs of one rule, without the rule's columns. `None` without matches.
    fn rule_pass(&self, rule: usize, begin: &Shares, start: &Shares) -> Option<Trained> {
        let layout = &self.corpus.layout;
        let blocked = layout.rules.get(rule)?;
        let used: Vec<bool> =
            layout.comparisons.iter().map(|compared| !blocked.columns.contains(&compared.column)).collect();
        let pairs: Vec<Counted> =
            merged(self.candidates.counted.iter().filter(|counted| counted.rules & (1 << rule) != 0), &used);
        let total: f64 = pairs.iter().map(|counted| counted.count).sum();
        let mut shares = begin.clone();
        let (mut match_share, mut matches, mut rounds) = (0.1, 0.0, 0);
        let mut levels = Vec::new();
        while rounds < ROUNDS && total > 0.0 {
            rounds += 1;
            let expected = expect(layout, &pairs, &shares, match_share, &used);
            shares.m = self.smoothed(&expected.levels, start);
            match_share = (expected.matches / total).clamp(1e-9, 0.999);
            let steady = (expected.matches - matches).abs() <= STEADY * expected.matches;
            (matches, levels) = (expected.matches, expected.levels);
            if steady {
                break;
            }
        }
        for (levels, used) in levels.iter_mut().zip(&used) {
            if !used {
                levels.fill(0.0);
            }
        }
        let pass = Pass { rule: blocked.label.clone(), pairs: total, matches, rounds };
        (matches >= 1.0).then_some(Trained { matches: levels, pass })
    }

    /// The last pass: all candidate pairs, all columns, the share of matches among all pairs.
    fn all_rules_pass(&self, begin: Shares, start: &Shares) -> Learnt {
        let layout = &self.corpus.layout;
        let used = vec![true; layout.comparisons.len()];
        let pairs = merged(self.candidates.counted.iter(), &used);
        let total: f64 = pairs.iter().map(|counted| counted.count).sum();
        let all = count(self.corpus.all_pairs().max(1));
        let records = size(self.corpus.left.len().min(self.corpus.other().len()).max(1));
        let likely = self.prior.expected_overlap * records / all;
        let (mut shares, mut match_share, mut rounds) = (begin, likely.min(0.5), 0);
        let mut matches = 0.0;
        while rounds < ROUNDS && total > 0.0 {
            rounds += 1;
            let expected = expect(layout, &pairs, &shares, match_share, &used);
            shares.m = self.smoothed(&expected.levels, start);
            let per_comparison: Vec<f64> = vec![match_share; used.len()];
            shares.u = self.chance(&shares, start, match_share, &per_comparison);
            // One expected match more or less keeps tiny lists from certainty.
            let whole = expected.matches / self.candidates.share.max(f64::MIN_POSITIVE);
            match_share = ((whole + likely * all / records) / (all + 1.0)).clamp(1e-15, 0.5);
            let steady = (whole - matches).abs() <= STEADY * whole;
            matches = whole;
            if steady {
                break;
            }
        }
        let pass = Pass { rule: "all rules".to_owned(), pairs: total, matches, rounds };
        Learnt { shares, match_share, passes: vec![pass] }
    }

    /// Shares among matches from counts, with what was known before as additional pairs.
    fn smoothed(&self, counts: &[Vec<f64>], start: &Shares) -> Vec<Vec<f64>> {
        let worth = self.prior.matches_worth;
        let smooth = |(counts, prior): (&Vec<f64>, &Vec<f64>)| {
            normal(counts.iter().zip(prior).map(|(count, prior)| count + worth * prior).collect())
        };
        counts.iter().zip(&start.m).map(smooth).collect()
    }

    /// Shares among pairs of two persons: random pairs, each counted by the chance that it is no
    /// match; exact agreement from the frequencies of the values, which sees rarer things than any
    /// sample.
    fn chance(&self, shares: &Shares, start: &Shares, match_share: f64, matching: &[f64]) -> Vec<Vec<f64>> {
        let layout = &self.corpus.layout;
        let mut counts: Vec<Vec<f64>> = start
            .u
            .iter()
            .map(|levels| levels.iter().map(|u| UNSEEN + self.prior.others_worth * u).collect())
            .collect();
        let bits = bits_of(shares);
        let offset = log_odds(match_share);
        for counted in &self.random.counted {
            let odds = offset + total_bits(&bits, counted, None);
            let no_match = counted.count * (1.0 - probability(odds));
            for (comparison, counts) in counts.iter_mut().enumerate() {
                let level = level_at(counted.pattern, comparison).checked_sub(1);
                if let Some(count) = level.and_then(|level| counts.get_mut(level)) {
                    *count += no_match;
                }
            }
        }
        let mut all: Vec<Vec<f64>> = counts.into_iter().map(normal).collect();
        for (comparison, levels) in all.iter_mut().enumerate() {
            let agreeing = shares.m.get(comparison).and_then(|m| m.first()).copied().unwrap_or(1.0);
            let by_match = matching.get(comparison).copied().unwrap_or(0.0) * agreeing;
            if let Some(exact) = coincidence(self.corpus, comparison, by_match) {
                replace_first(levels, exact);
            }
        }
        debug_assert_eq!(all.len(), layout.comparisons.len());
        all
    }
}

/// The chance that two records of two persons hold the same value, from the frequencies of the
/// values; `by_match` is the part that true matches contribute. `None` where a list is too small
/// to say.
fn coincidence(corpus: &Corpus, comparison: usize, by_match: f64) -> Option<f64> {
    let [left, right] = &corpus.dictionaries.get(comparison)?.counts;
    let deduplication = corpus.is_deduplication();
    let (mut same, mut filled_left, mut filled_right) = (0.0, 0.0, 0.0);
    for (a, b) in left.iter().zip(right).skip(1) {
        let (a, b) =
            if deduplication { (f64::from(*a), f64::from(*a) - 1.0) } else { (f64::from(*a), f64::from(*b)) };
        same += a * b;
        filled_left += a;
        filled_right += b.max(0.0);
    }
    if deduplication {
        filled_right = filled_left - 1.0;
    }
    let pairs = filled_left * filled_right;
    (pairs >= 10_000.0).then(|| {
        let observed = same / pairs;
        // A value that only true matches share says that chance agreement is rare, not that it is
        // impossible: at least a fiftieth of what was seen, or less than half a pair.
        (observed - by_match).max(observed * 0.02).max(0.5 / pairs).min(0.999)
    })
}

/// Sets the first share and scales the others to keep the sum of one.
fn replace_first(shares: &mut [f64], first: f64) {
    let rest = 1.0 - shares.first().copied().unwrap_or(0.0);
    for (at, share) in shares.iter_mut().enumerate() {
        *share = if at == 0 { first } else { *share * (1.0 - first) / rest.max(f64::MIN_POSITIVE) };
    }
}

/// What one round of expectation gives.
struct Expected {
    matches: f64,
    levels: Vec<Vec<f64>>,
}

fn expect(layout: &Layout, pairs: &[Counted], shares: &Shares, match_share: f64, used: &[bool]) -> Expected {
    let bits = bits_of(shares);
    let offset = log_odds(match_share);
    let mut levels: Vec<Vec<f64>> =
        layout.comparisons.iter().map(|compared| vec![0.0; compared.level_count()]).collect();
    let mut matches = 0.0;
    for counted in pairs {
        let match_count = counted.count * probability(offset + total_bits(&bits, counted, Some(used)));
        matches += match_count;
        for (comparison, levels) in levels.iter_mut().enumerate() {
            let level = level_at(counted.pattern, comparison).checked_sub(1);
            if let Some(level) = level.and_then(|level| levels.get_mut(level)) {
                *level += match_count;
            }
        }
    }
    Expected { matches, levels }
}

/// Patterns with the unused comparisons blanked, equal ones put together.
fn merged<'a>(pairs: impl Iterator<Item = &'a Counted>, used: &[bool]) -> Vec<Counted> {
    let mask =
        used.iter().enumerate().filter(|(_, used)| **used).fold(0, |mask, (at, _)| mask | (15 << (4 * at)));
    let mut pairs: Vec<Counted> = pairs
        .map(|counted| Counted { pattern: counted.pattern & mask, rules: 0, count: counted.count })
        .collect();
    pairs.sort_unstable_by_key(|counted| counted.pattern);
    pairs.dedup_by(|next, kept| {
        let same = next.pattern == kept.pattern;
        if same {
            kept.count += next.count;
        }
        same
    });
    pairs
}

/// Weights in bits by comparison and level; a missing cell (level 0) weighs nothing.
pub(crate) fn bits_of(shares: &Shares) -> Vec<[f64; 16]> {
    let of = |(m, u): (&Vec<f64>, &Vec<f64>)| {
        let mut bits = [0.0; 16];
        for (bits, (m, u)) in bits.iter_mut().skip(1).zip(m.iter().zip(u)) {
            *bits = (m.max(f64::MIN_POSITIVE) / u.max(f64::MIN_POSITIVE)).log2();
        }
        bits
    };
    shares.m.iter().zip(&shares.u).map(of).collect()
}

fn total_bits(bits: &[[f64; 16]], counted: &Counted, used: Option<&[bool]>) -> f64 {
    let weight = |(comparison, bits): (usize, &[f64; 16])| {
        let counts = used.is_none_or(|used| used.get(comparison).copied().unwrap_or(true));
        if counts { bits.get(level_at(counted.pattern, comparison)).copied().unwrap_or(0.0) } else { 0.0 }
    };
    bits.iter().enumerate().map(weight).sum()
}

/// Odds in bits of a share.
pub(crate) fn log_odds(share: f64) -> f64 {
    if share <= 0.0 { -1000.0 } else { (share / (1.0 - share).max(f64::MIN_POSITIVE)).log2() }
}

/// Probability from odds in bits.
#[must_use]
pub(crate) fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// Makes the weights fall from the best level to "different": a level that would outweigh a
/// better one is put together with it. The sums of the shares stay one.
pub(crate) fn fall(m: &mut [f64], u: &mut [f64]) {
    // Pool adjacent violators: groups of levels with the sum of their shares.
    let mut groups: Vec<(usize, f64, f64)> = Vec::with_capacity(m.len());
    for (m, u) in m.iter().zip(u.iter()) {
        groups.push((1, *m, *u));
        while let [.., (_, m1, u1), (_, m2, u2)] = groups.as_slice() {
            if m2 * u1 <= m1 * u2 {
                break;
            }
            let last = groups.pop().unwrap_or_default();
            if let Some(group) = groups.last_mut() {
                *group = (group.0 + last.0, group.1 + last.1, group.2 + last.2);
            }
        }
    }
    let mut levels = m.iter_mut().zip(u.iter());
    for (length, group_m, group_u) in groups {
        for (m, u) in levels.by_ref().take(length) {
            if length > 1 {
                *m = group_m * u / group_u.max(f64::MIN_POSITIVE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn weights_fall_and_shares_keep_their_sum(
            (m, u) in (2_usize..10).prop_flat_map(|n| (
                prop::collection::vec(0.001_f64..1.0, n),
                prop::collection::vec(0.001_f64..1.0, n),
            ))
        ) {
            let (mut m, mut u) = (normal(m), normal(u));
            fall(&mut m, &mut u);
            prop_assert!((m.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!((u.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let weights: Vec<f64> = m.iter().zip(&u).map(|(m, u)| m / u).collect();
            prop_assert!(weights.windows(2).all(|w| w[0] >= w[1] - 1e-9), "{:?}", weights);
        }

        #[test]
        fn probabilities_are_probabilities(bits in -2000.0_f64..2000.0) {
            prop_assert!((0.0..=1.0).contains(&probability(bits)));
        }
    }

    #[test]
    fn odds_and_probability_are_inverse() {
        for share in [1e-9, 0.001, 0.5, 0.999] {
            assert!((probability(log_odds(share)) - share).abs() < 1e-12);
        }
    }
}
