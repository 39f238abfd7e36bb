//! The records of one run. Every distinct cell is prepared once and kept once; a record is a row
//! of numbers of distinct cells and the hashes of its blocking keys.

use crate::layout::{Layout, Pattern};
use crate::number::{index, position};
use crate::text::{mix, stable_hash};
use crate::value::Value;
use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map whose keys are already well mixed hashes.
pub(crate) type ByHash<T> = HashMap<u64, T, BuildHasherDefault<AlreadyHashed>>;

/// Passes 64-bit keys through.
#[derive(Default)]
pub(crate) struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = mix(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// Which of the two lists. Deduplication has only a left one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// The distinct values of one comparison; number 0 is the missing value.
#[derive(Default)]
pub(crate) struct Dictionary {
    numbers: ByHash<u32>,
    pub(crate) values: Vec<Value>,
    /// How many records of the left and of the right list have each value.
    pub(crate) counts: [Vec<u32>; 2],
}

impl Dictionary {
    pub(crate) fn value(&self, number: u32) -> &Value {
        self.values.get(position(number)).unwrap_or(const { &Value::MISSING })
    }
}

/// The records of one list.
#[derive(Default)]
pub(crate) struct Records {
    pub(crate) ids: Vec<Box<str>>,
    /// Record by record, one number per comparison.
    values: Vec<u32>,
    /// Record by record, one hash per rule; 0 where the record has no such key.
    keys: Vec<u64>,
}

impl Records {
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn id(&self, record: usize) -> &str {
        self.ids.get(record).map_or("", |id| id)
    }
}

/// See the module.
pub(crate) struct Corpus {
    pub(crate) layout: Layout,
    pub(crate) dictionaries: Vec<Dictionary>,
    pub(crate) left: Records,
    pub(crate) right: Option<Records>,
}

/// One row as it comes from a file: its id and the cells of the layout's columns.
pub(crate) struct Row {
    pub(crate) id: Box<str>,
    pub(crate) cells: Vec<String>,
}

/// A row after all work that can be done alone, in parallel.
struct Digest {
    id: Box<str>,
    forms: Vec<String>,
    hashes: Vec<u64>,
    keys: Vec<u64>,
}

impl Corpus {
    pub(crate) fn new(layout: Layout, two_lists: bool) -> Self {
        let dictionaries = layout.comparisons.iter().map(|_| {
            let mut dictionary = Dictionary::default();
            dictionary.values.push(Value::MISSING);
            dictionary.counts.iter_mut().for_each(|counts| counts.push(0));
            dictionary
        });
        let dictionaries = dictionaries.collect();
        Self { layout, dictionaries, left: Records::default(), right: two_lists.then(Records::default) }
    }

    /// The list on the right; the left one itself in deduplication.
    pub(crate) fn other(&self) -> &Records {
        self.right.as_ref().unwrap_or(&self.left)
    }

    pub(crate) fn is_deduplication(&self) -> bool {
        self.right.is_none()
    }

    /// Number of pairs that could be compared.
    pub(crate) fn all_pairs(&self) -> u64 {
        let size = |records: &Records| u64::try_from(records.len()).unwrap_or(u64::MAX);
        let left = size(&self.left);
        match &self.right {
            Some(right) => left.saturating_mul(size(right)),
            None => left.saturating_mul(left.saturating_sub(1)) / 2,
        }
    }

    /// Adds a batch of rows to one list.
    pub(crate) fn add(&mut self, side: Side, rows: Vec<Row>) {
        let layout = &self.layout;
        let digests: Vec<Digest> = rows.into_par_iter().map(|row| digest(layout, row)).collect();
        let mut fresh: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.dictionaries.len()];
        let records = match (side, &mut self.right) {
            (Side::Right, Some(right)) => right,
            _ => &mut self.left,
        };
        for (at, digest) in digests.iter().enumerate() {
            let comparisons = layout.comparisons.iter().zip(&digest.hashes).zip(&mut self.dictionaries);
            for (((compared, hash), dictionary), fresh) in comparisons.zip(&mut fresh) {
                let next = index(dictionary.counts[0].len());
                let number = if *hash == 0 { 0 } else { *dictionary.numbers.entry(*hash).or_insert(next) };
                if number == next {
                    dictionary.counts.iter_mut().for_each(|counts| counts.push(0));
                    fresh.push((at, compared.column));
                }
                let [left, right] = &mut dictionary.counts;
                let counts = if side == Side::Left { left } else { right };
                if let Some(count) = counts.get_mut(position(number)) {
                    *count += 1;
                }
                records.values.push(number);
            }
            records.keys.extend_from_slice(&digest.keys);
        }
        for (comparison, (dictionary, fresh)) in self.dictionaries.iter_mut().zip(fresh).enumerate() {
            dictionary.values.par_extend(fresh.into_par_iter().map(|(digest, column)| {
                let form = digests.get(digest).and_then(|digest| digest.forms.get(column));
                layout.value(comparison, form.map_or("", |form| form))
            }));
        }
        records.ids.extend(digests.into_iter().map(|digest| digest.id));
    }

    /// Numbers of a record's values, one per comparison.
    pub(crate) fn numbers<'a>(&self, records: &'a Records, record: usize) -> &'a [u32] {
        let width = self.layout.comparisons.len();
        records.values.get(record * width..(record + 1) * width).unwrap_or(&[])
    }

    /// Hashes of a record's blocking keys, one per rule.
    pub(crate) fn keys<'a>(&self, records: &'a Records, record: usize) -> &'a [u64] {
        let width = self.layout.rules.len();
        records.keys.get(record * width..(record + 1) * width).unwrap_or(&[])
    }

    /// Compares a record of the left list with one of the other list.
    pub(crate) fn pattern(&self, left: usize, right: usize) -> Pattern {
        let (a, b) = (self.numbers(&self.left, left), self.numbers(self.other(), right));
        self.layout.pattern(|comparison| self.value(comparison, a), |comparison| self.value(comparison, b))
    }

    fn value(&self, comparison: usize, numbers: &[u32]) -> &Value {
        match (self.dictionaries.get(comparison), numbers.get(comparison)) {
            (Some(dictionary), Some(number)) => dictionary.value(*number),
            _ => const { &Value::MISSING },
        }
    }
}

fn digest(layout: &Layout, row: Row) -> Digest {
    let forms: Vec<String> =
        row.cells.iter().enumerate().map(|(column, cell)| layout.form(column, cell)).collect();
    let hash_of = |column: usize| match forms.get(column) {
        Some(form) if !form.is_empty() => stable_hash(form),
        _ => 0,
    };
    let hashes = layout.comparisons.iter().map(|compared| hash_of(compared.column)).collect();
    let keys = (0..layout.rules.len())
        .map(|rule| layout.key(rule, &forms).map_or(0, |key| stable_hash(&key).max(1)))
        .collect();
    Digest { id: row.id, forms, hashes, keys }
}
