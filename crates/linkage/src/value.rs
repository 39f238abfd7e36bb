//! A cell ready for comparison.

use crate::date::Date;
use crate::distance::{dice, edits, jaro_winkler, jaro_winkler_ascii};
use crate::level::{Kind, Level};
use crate::name::Name;
use crate::text::stable_hash;

/// A cell brought into the form of its column, with what its comparison needs computed once.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    /// Hash of the form; equal values have equal hashes. 0 for a missing cell.
    hash: u64,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    Missing,
    Ascii { letters: Box<[u8]>, pairs: Box<[u64]> },
    Wide { letters: Box<[char]>, pairs: Box<[u64]> },
    Date(Date),
    Name(Box<Name>),
}

impl Value {
    pub(crate) const MISSING: Self = Self { hash: 0, form: Form::Missing };

    pub(crate) fn new(kind: Kind, levels: &[Level], form: &str) -> Self {
        if form.is_empty() {
            return Self::MISSING;
        }
        let hash = stable_hash(form);
        let form = match kind {
            Kind::Date => Date::read(form).map_or(Form::Missing, Form::Date),
            Kind::ChineseName => Name::read(form).map_or(Form::Missing, |name| Form::Name(Box::new(name))),
            _ => {
                let needs_pairs = levels.iter().any(|level| matches!(level, Level::Dice(_)));
                let pairs = if needs_pairs { pairs(form) } else { Box::default() };
                if form.is_ascii() {
                    Form::Ascii { letters: form.as_bytes().into(), pairs }
                } else {
                    Form::Wide { letters: form.chars().collect(), pairs }
                }
            }
        };
        Self { hash, form }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.form, Form::Missing)
    }

    /// Index of the first level that holds, or the number of levels for "different". `crossed`
    /// says whether the two records have this column and its partner in each other's place.
    pub(crate) fn level(&self, other: &Self, levels: &[Level], crossed: bool) -> usize {
        if self.hash == other.hash {
            return 0;
        }
        let rest = levels.iter().enumerate().skip(1);
        let mut rest = rest.filter(|(_, level)| **level != Level::Swapped || crossed);
        let found = match (&self.form, &other.form) {
            (Form::Ascii { letters: a, pairs: x }, Form::Ascii { letters: b, pairs: y }) => {
                let mut texts =
                    Texts { a, b, pairs: (x, y), jaro_winkler: jaro_winkler_ascii, similarity: None };
                rest.find(|(_, level)| texts.agree(**level))
            }
            (Form::Wide { letters: a, pairs: x }, Form::Wide { letters: b, pairs: y }) => {
                let mut texts = Texts { a, b, pairs: (x, y), jaro_winkler, similarity: None };
                rest.find(|(_, level)| texts.agree(**level))
            }
            (Form::Ascii { letters: a, pairs: x }, Form::Wide { letters: b, pairs: y })
            | (Form::Wide { letters: b, pairs: y }, Form::Ascii { letters: a, pairs: x }) => {
                let a: Vec<char> = a.iter().map(|byte| char::from(*byte)).collect();
                let mut texts = Texts { a: &a, b, pairs: (x, y), jaro_winkler, similarity: None };
                rest.find(|(_, level)| texts.agree(**level))
            }
            (Form::Date(a), Form::Date(b)) => rest.find(|(_, level)| a.agrees(*b, **level)),
            (Form::Name(a), Form::Name(b)) => rest.find(|(_, level)| a.agrees(b, **level)),
            _ => None,
        };
        found.map_or(levels.len(), |(at, _)| at)
    }
}

/// Sorted pairs of neighbouring characters, each as one number.
fn pairs(text: &str) -> Box<[u64]> {
    let letters: Vec<u64> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| u64::from(u32::from(c))).collect();
    let mut pairs: Vec<u64> =
        letters.iter().zip(letters.iter().skip(1)).map(|(first, second)| (first << 32) | second).collect();
    if pairs.is_empty() {
        pairs = letters;
    }
    pairs.sort_unstable();
    pairs.into_boxed_slice()
}

/// Two texts under comparison; the similarity is computed at most once for all levels.
struct Texts<'a, T> {
    a: &'a [T],
    b: &'a [T],
    pairs: (&'a [u64], &'a [u64]),
    jaro_winkler: fn(&[T], &[T]) -> f64,
    similarity: Option<f64>,
}

impl<T: Ord> Texts<'_, T> {
    fn agree(&mut self, level: Level) -> bool {
        match level {
            Level::Swapped => true,
            Level::JaroWinkler(at_least) => {
                // Jaro's matching depends on the direction; one order makes it symmetric.
                let in_order = (self.a.len(), self.a) <= (self.b.len(), self.b);
                let (a, b) = if in_order { (self.a, self.b) } else { (self.b, self.a) };
                *self.similarity.get_or_insert_with(|| (self.jaro_winkler)(a, b)) >= at_least
            }
            Level::Levenshtein(at_most) => edits(self.a, self.b, at_most, false).is_some(),
            Level::Damerau(at_most) => edits(self.a, self.b, at_most, true).is_some(),
            Level::Dice(at_least) => dice(self.pairs.0, self.pairs.1) >= at_least,
            Level::Prefix(length) => {
                self.a.len() >= length
                    && self.b.len() >= length
                    && self.a.iter().zip(self.b).take(length).all(|(a, b)| a == b)
            }
            Level::Suffix(length) => {
                self.a.len() >= length
                    && self.b.len() >= length
                    && self.a.iter().rev().zip(self.b.iter().rev()).take(length).all(|(a, b)| a == b)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level(kind: Kind, levels: &[Level], a: &str, b: &str) -> usize {
        Value::new(kind, levels, a).level(&Value::new(kind, levels, b), levels, false)
    }

    #[test]
    fn levels_of_two_texts() {
        use Level::{Damerau, Dice, Exact, JaroWinkler, Levenshtein, Prefix, Suffix};
        for (levels, a, b, expected) in [
            (vec![Exact, JaroWinkler(0.92)], "smith", "smith", 0),
            (vec![Exact, JaroWinkler(0.92)], "williams", "wiliams", 1),
            (vec![Exact, JaroWinkler(0.92)], "smith", "jones", 2),
            (vec![Exact, Levenshtein(1)], "11010519491231002x", "11010519491213002x", 2),
            (vec![Exact, Damerau(1)], "11010519491231002x", "11010519491213002x", 1),
            (vec![Exact, Prefix(6), Prefix(4)], "330106", "330106001", 1),
            (vec![Exact, Prefix(6), Prefix(4)], "330106", "330102", 2),
            (vec![Exact, Prefix(6), Prefix(4)], "3301", "330102", 2),
            (vec![Exact, Prefix(6), Prefix(4)], "33", "330102", 3),
            (vec![Exact, Suffix(8)], "57187654321", "87654321", 1),
            (vec![Exact, Dice(0.8)], "和平路12号院3单元", "和平路12号院5单元", 2),
            (vec![Exact, Dice(0.7)], "和平路12号院3单元", "和平路12号院5单元", 1),
            (vec![Exact, Damerau(1)], "abc", "abé", 1),
        ] {
            assert_eq!(level(Kind::Text, &levels, a, b), expected, "{levels:?} {a} {b}");
            assert_eq!(level(Kind::Text, &levels, b, a), expected, "{levels:?} {b} {a}");
        }
    }

    proptest! {
        #[test]
        fn agreement_is_symmetric(a in "\\PC{0,12}", b in "\\PC{0,12}") {
            use Level::{Damerau, Dice, Exact, JaroWinkler, Prefix, Suffix};
            let levels = [Exact, JaroWinkler(0.92), Damerau(1), JaroWinkler(0.7), Dice(0.5), Prefix(2), Suffix(2)];
            prop_assume!(!a.is_empty() && !b.is_empty());
            prop_assert_eq!(level(Kind::Text, &levels, &a, &b), level(Kind::Text, &levels, &b, &a));
            for kind in [Kind::Date, Kind::ChineseName] {
                let levels = kind.usual_levels();
                prop_assert_eq!(level(kind, &levels, &a, &b), level(kind, &levels, &b, &a));
            }
        }
    }
}
