//! One-to-one: from scored pairs a set in which each record occurs at most once.

use crate::corpus::{Corpus, Records};
use crate::number::position;

/// A scored pair: record numbers and the weight in bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair {
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) bits: f64,
}

/// Keeps the heaviest pairs such that no record is in two. Equal weights are decided by the ids,
/// so that the order of the rows in the files does not matter. The result is in the order of the
/// left list.
pub(crate) fn one_to_one(corpus: &Corpus, mut pairs: Vec<Pair>) -> Vec<Pair> {
    let id = |records: &Records, record: u32| records.id(position(record)).to_owned();
    pairs.sort_unstable_by(|a, b| {
        b.bits.total_cmp(&a.bits).then_with(|| {
            let ids = |pair: &Pair| (id(&corpus.left, pair.left), id(corpus.other(), pair.right));
            ids(a).cmp(&ids(b))
        })
    });
    let mut left_taken = vec![false; corpus.left.len()];
    let mut right_taken = vec![false; corpus.other().len()];
    pairs.retain(|pair| {
        let left = left_taken.get_mut(position(pair.left));
        let right = right_taken.get_mut(position(pair.right));
        match (left, right) {
            (Some(left), Some(right)) if !*left && !*right => {
                (*left, *right) = (true, true);
                true
            }
            _ => false,
        }
    });
    pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
    pairs
}
