//! A cell ready for comparison.

use crate::date::Date;
use crate::distance::{dice, edits, jaro_winkler, jaro_winkler_ascii};
use crate::level::{Kind, Level};
use crate::name::Name;
use crate::number::{position, size};
use crate::text::{mix, stable_hash};

/// A cell brought into the form of its column, with what its comparison needs computed once.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    /// Hash of the form; equal values have equal hashes. 0 for a missing cell.
    hash: u64,
    form: Form,
}

/// Jaro-Winkler similarity from which a cell may be another column's cell with a slip.
const ALIKE: f64 = 0.85;

#[derive(Debug, Clone)]
enum Form {
    Missing,
    Ascii(Box<Text<u8>>),
    Wide(Box<Text<char>>),
    Date(Date),
    Name(Box<Name>),
}

/// A text with the sets of its letters and of its pairs of letters, as far as 64 bits tell them
/// apart. Most pairs of texts are ruled out by the sets alone.
#[derive(Debug, Clone)]
struct Text<T> {
    letters: Box<[T]>,
    letter_set: u64,
    /// One by the number of letters.
    per_letter: f64,
    /// Sorted pairs of neighbouring characters, each as one number; only where a level needs them.
    pairs: Box<[u64]>,
    pair_set: u64,
}

impl<T> Text<T> {
    fn new(letters: Box<[T]>, text: &str, needs_pairs: bool) -> Self {
        let pairs = if needs_pairs { pairs(text) } else { Box::default() };
        let letter_set = text.chars().map(u32::from).fold(0, |set, letter| {
            // Digits and Latin letters have a bit each.
            let bit = match letter {
                48..=57 => letter - 48,
                97..=122 => letter - 87,
                other => 36 + other % 28,
            };
            set | 1 << bit
        });
        let pair_set = pairs.iter().fold(0, |set, pair| set | 1 << (mix(*pair) & 63));
        let per_letter = 1.0 / size(letters.len().max(1));
        Self { letters, letter_set, per_letter, pairs, pair_set }
    }
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
                if form.is_ascii() {
                    Form::Ascii(Box::new(Text::new(form.as_bytes().into(), form, needs_pairs)))
                } else {
                    Form::Wide(Box::new(Text::new(form.chars().collect(), form, needs_pairs)))
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

    /// Whether this cell and another column's cell of another record may be the same: equal, or
    /// much alike where something else already says that two columns have changed places.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (&self.form, &other.form) {
            _ if self.hash == other.hash => !self.is_missing(),
            (Form::Ascii(a), Form::Ascii(b)) => Texts::new(a, b, jaro_winkler_ascii).jaro_winkler() >= ALIKE,
            (Form::Wide(a), Form::Wide(b)) => Texts::new(a, b, jaro_winkler).jaro_winkler() >= ALIKE,
            _ => false,
        }
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
            (Form::Ascii(a), Form::Ascii(b)) => {
                let mut texts = Texts::new(a, b, jaro_winkler_ascii);
                rest.find(|(_, level)| texts.agree(**level))
            }
            (Form::Wide(a), Form::Wide(b)) => {
                let mut texts = Texts::new(a, b, jaro_winkler);
                rest.find(|(_, level)| texts.agree(**level))
            }
            (Form::Ascii(a), Form::Wide(b)) | (Form::Wide(b), Form::Ascii(a)) => {
                let a = a.widened();
                let mut texts = Texts::new(&a, b, jaro_winkler);
                rest.find(|(_, level)| texts.agree(**level))
            }
            (Form::Date(a), Form::Date(b)) => rest.find(|(_, level)| a.agrees(*b, **level)),
            (Form::Name(a), Form::Name(b)) => rest.find(|(_, level)| a.agrees(b, **level)),
            _ => None,
        };
        found.map_or(levels.len(), |(at, _)| at)
    }
}

impl Text<u8> {
    fn widened(&self) -> Text<char> {
        Text {
            letters: self.letters.iter().map(|byte| char::from(*byte)).collect(),
            letter_set: self.letter_set,
            per_letter: self.per_letter,
            pairs: self.pairs.clone(),
            pair_set: self.pair_set,
        }
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
    a: &'a Text<T>,
    b: &'a Text<T>,
    jaro_winkler: fn(&[T], &[T]) -> f64,
    /// An upper bound of the Jaro-Winkler similarity.
    ceiling: Option<f64>,
    similarity: Option<f64>,
}

impl<'a, T: Ord> Texts<'a, T> {
    fn new(a: &'a Text<T>, b: &'a Text<T>, jaro_winkler: fn(&[T], &[T]) -> f64) -> Self {
        Self { a, b, jaro_winkler, ceiling: None, similarity: None }
    }

    fn agree(&mut self, level: Level) -> bool {
        let (a, b) = (&*self.a.letters, &*self.b.letters);
        match level {
            Level::Swapped => true,
            Level::JaroWinkler(at_least) => {
                let ceiling = *self.ceiling.get_or_insert_with(|| most_jaro_winkler(self.a, self.b));
                ceiling >= at_least && self.jaro_winkler() >= at_least
            }
            Level::Levenshtein(at_most) => {
                self.may_be_edits(at_most) && edits(a, b, at_most, false).is_some()
            }
            Level::Damerau(at_most) => self.may_be_edits(at_most) && edits(a, b, at_most, true).is_some(),
            Level::Dice(at_least) => {
                let (x, y) = (&*self.a.pairs, &*self.b.pairs);
                let most = most_common((self.a.pair_set, self.b.pair_set), x.len(), y.len());
                2.0 * size(most) >= at_least * size(x.len() + y.len()) && dice(x, y) >= at_least
            }
            Level::Prefix(length) => {
                a.len() >= length && b.len() >= length && a.iter().zip(b).take(length).all(|(a, b)| a == b)
            }
            Level::Suffix(length) => {
                let backwards = || a.iter().rev().zip(b.iter().rev());
                a.len() >= length && b.len() >= length && backwards().take(length).all(|(a, b)| a == b)
            }
            _ => false,
        }
    }

    fn jaro_winkler(&mut self) -> f64 {
        // Jaro's matching depends on the direction; one order makes it symmetric.
        let (a, b) = (&*self.a.letters, &*self.b.letters);
        let (a, b) = if (a.len(), a) <= (b.len(), b) { (a, b) } else { (b, a) };
        *self.similarity.get_or_insert_with(|| (self.jaro_winkler)(a, b))
    }

    /// An edit changes at most two letters of the set.
    fn may_be_edits(&self, at_most: usize) -> bool {
        position((self.a.letter_set ^ self.b.letter_set).count_ones()) <= at_most.saturating_mul(2)
    }
}

/// An upper bound of the number of common elements: what one set lacks, the other cannot share.
fn most_common((a, b): (u64, u64), a_length: usize, b_length: usize) -> usize {
    let only = |these: u64, those: u64| position((these & !those).count_ones());
    a_length.saturating_sub(only(a, b)).min(b_length.saturating_sub(only(b, a)))
}

/// An upper bound of the Jaro-Winkler similarity of two texts.
fn most_jaro_winkler<T: PartialEq>(a: &Text<T>, b: &Text<T>) -> f64 {
    let common = size(most_common((a.letter_set, b.letter_set), a.letters.len(), b.letters.len()));
    let jaro = (common * (a.per_letter + b.per_letter) + 1.0) / 3.0;
    let prefix = a.letters.iter().zip(&b.letters).take(4).take_while(|(a, b)| a == b).count();
    // A hair above, since it is computed in another order than the similarity itself.
    jaro + 0.1 * size(prefix) * (1.0 - jaro) + 1e-9
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
