//! Finding a division by code, name, fragments of its path, pinyin or initials: one pass over the names in scope.

use std::collections::BinaryHeap;
use std::ops::{Range, RangeInclusive};

use rules::division::Level;
use rules::writing::half_width;

use crate::sounds::Filter;
use crate::{Division, Divisions};

/// Names looked at together: large enough to skip quickly what has not the rarest character of a word.
const BLOCK: usize = 32;

/// The longest query that is looked at, in characters.
const LONGEST: usize = 60;

/// Endings that people write in many ways (佳虹社区 for 佳虹居委会), longest first.
pub(super) const ENDINGS: [&str; 18] = [
    "社区居民委员会",
    "社区居委会",
    "居民委员会",
    "村民委员会",
    "社区村委会",
    "街道办事处",
    "居委会",
    "村委会",
    "自治区",
    "社区",
    "街道",
    "省",
    "市",
    "区",
    "县",
    "镇",
    "乡",
    "村",
];

/// One word of a query.
enum Word {
    /// Characters, as numbers of the list of names.
    Characters(Vec<u16>),
    /// Letters of pinyin, with what they ask of characters.
    Letters(Vec<u8>, Filter),
}

/// How well a name answers a word; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    Beginning,
    Inside,
}

/// The best answers so far. A rank holds, from the highest bits: fit, level, length of the name, place in the list.
struct Best {
    ranks: BinaryHeap<u64>,
    limit: usize,
}

impl Divisions {
    /// The best answers to a query, at most `limit`, within an interval of codes or the whole nation.
    ///
    /// A query is a code or its beginning; or words separated by blanks, of which the last names the division
    /// and those before it name areas around it, in any order and with any levels between; each word is a part
    /// of a name, pinyin, or initials. Words run together are taken apart where that alone gives an answer.
    /// A name that is the whole word comes before one that begins with it, then higher levels before lower.
    pub fn search(&self, query: &str, within: Option<RangeInclusive<i64>>, limit: usize) -> Vec<Division> {
        let scope = within.map_or(0..self.codes.len(), |codes| self.slice(*codes.start(), *codes.end()));
        let query: String = query.chars().take(LONGEST).map(half_width).collect();
        if limit == 0 {
            return Vec::new();
        }
        if let Some(codes) = codes_beginning_with(query.trim()) {
            let found = self.slice(*codes.start(), *codes.end());
            return self.listed(found.start.max(scope.start)..found.end.min(scope.end), limit);
        }
        let scopes = [scope];
        let mut found = Vec::new();
        let words = words(&query);
        // 1201社区居委会 and 第二、二社区居委会 are one name each; pudong佳虹 and 金桥、佳虹 are two words.
        let as_written: Vec<String> = query.split_whitespace().map(str::to_owned).collect();
        if as_written != words {
            found = self.answers(&as_written, &scopes, limit);
        }
        if found.is_empty() {
            found = self.answers(&words, &scopes, limit);
        }
        if found.is_empty() && words.len() > 1 {
            let reversed: Vec<String> = words.iter().rev().cloned().collect();
            found = self.answers(&reversed, &scopes, limit);
        }
        if found.is_empty() {
            found = self.taken_apart(&words.concat(), &scopes, limit, Level::ALL.len());
        }
        found
    }

    /// Divisions whose codes stand in a slice of the list; placeholders left out.
    fn listed(&self, range: Range<usize>, limit: usize) -> Vec<Division> {
        let shown = range.filter(|index| !self.is_placeholder_at(*index) && !self.is_over(*index));
        shown.take(limit).filter_map(|index| self.division_at(index)).collect()
    }

    /// Answers to words of which all but the last name areas.
    fn answers(&self, words: &[String], scopes: &[Range<usize>], limit: usize) -> Vec<Division> {
        let Some((last, areas)) = words.split_last() else { return Vec::new() };
        let mut scopes = scopes.to_vec();
        for area in areas {
            scopes = self.with_or_without_ending(area, |word| self.areas(word, &scopes));
        }
        self.with_or_without_ending(last, |word| self.best(word, &scopes, limit))
    }

    /// Tries a word as written, then without an ending such as 社区 when that gives nothing.
    fn with_or_without_ending<T>(&self, word: &str, find: impl Fn(&Word) -> Vec<T>) -> Vec<T> {
        let as_written = self.word(word).map(|word| find(&word)).unwrap_or_default();
        if !as_written.is_empty() {
            return as_written;
        }
        let stem = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending));
        let stem = stem.filter(|stem| stem.chars().count() >= 2).and_then(|stem| self.word(stem));
        stem.map(|stem| find(&stem)).unwrap_or_default()
    }

    /// Takes a run of characters such as 浦东新区金桥镇佳虹社区 apart: the longest head that names an area
    /// in which the rest finds something.
    fn taken_apart(&self, run: &str, scopes: &[Range<usize>], limit: usize, depth: usize) -> Vec<Division> {
        let places: Vec<usize> = run.char_indices().map(|(place, _)| place).collect();
        if depth == 0 || run.is_ascii() {
            return Vec::new();
        }
        for place in places.iter().skip(2).rev() {
            let (head, rest) = run.split_at(*place);
            let areas = self.with_or_without_ending(head, |word| self.areas(word, scopes));
            if areas.is_empty() {
                continue;
            }
            let mut found = self.with_or_without_ending(rest, |word| self.best(word, &areas, limit));
            if found.is_empty() {
                found = self.taken_apart(rest, &areas, limit, depth - 1);
            }
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The slices of all areas above village level that a word names, none within another.
    fn areas(&self, word: &Word, scopes: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut areas: Vec<Range<usize>> = Vec::new();
        for scope in scopes {
            for upper in self.uppers_in(scope) {
                let Ok(index) = usize::try_from(*upper) else { continue };
                let fit = self.fit(word, index);
                let fits = match word {
                    Word::Characters(_) => fit.is_some(),
                    Word::Letters(..) => fit.is_some_and(|fit| fit < Fit::Inside),
                };
                let inside_last = areas.last().is_some_and(|last| index < last.end);
                if !fits || inside_last || self.is_placeholder_at(index) {
                    continue;
                }
                let Some(code) = self.code(index) else { continue };
                let end = self.slice(code.number(), *code.interval().end()).end;
                areas.push(index..end.min(scope.end));
            }
        }
        areas
    }

    /// The best answers to one word.
    fn best(&self, word: &Word, scopes: &[Range<usize>], limit: usize) -> Vec<Division> {
        let mut best = Best { ranks: BinaryHeap::with_capacity(limit.min(1000) + 1), limit };
        let rarest = match word {
            Word::Characters(numbers) => numbers.iter().max().copied(),
            Word::Letters(..) => None,
        };
        for scope in scopes {
            let mut from = scope.start;
            while from < scope.end {
                let to = (from + BLOCK).min(scope.end);
                // Comparing a whole block without leaving early lets the compiler take many characters at once.
                let skip = rarest.is_some_and(|rare| {
                    !self.names.span(from, to).iter().fold(false, |found, number| found | (*number == rare))
                });
                if !skip {
                    self.offer(word, from..to, &mut best);
                }
                from = to;
            }
        }
        let ranks = best.ranks.into_sorted_vec();
        ranks.into_iter().filter_map(|rank| self.division_at(place_of(rank))).collect()
    }

    fn offer(&self, word: &Word, range: Range<usize>, best: &mut Best) {
        for index in range {
            let Some(fit) = self.fit(word, index) else { continue };
            let rank = self.rank(fit, index);
            if best.wants(rank) && !self.is_placeholder_at(index) && !self.is_over(index) {
                best.add(rank);
            }
        }
    }

    fn fit(&self, word: &Word, index: usize) -> Option<Fit> {
        let name = self.names.numbers(index);
        match word {
            Word::Characters(numbers) => {
                let first = numbers.first()?;
                let mut starts = name.iter().enumerate().filter(|(_, number)| *number == first);
                let fits = |start: usize| name.get(start..).is_some_and(|rest| rest.starts_with(numbers));
                let start = starts.find_map(|(start, _)| fits(start).then_some(start))?;
                Some(fit(start, numbers.len(), name.len()))
            }
            Word::Letters(letters, filter) => self.spelled(name, letters, filter),
        }
    }

    /// A reading that is not the first of its character does not count as the whole name.
    fn spelled(&self, name: &[u16], letters: &[u8], filter: &Filter) -> Option<Fit> {
        for (start, number) in name.iter().enumerate() {
            if !filter.allows(*number, name.get(start + 1)) {
                continue;
            }
            if let Some((count, first_readings)) = self.sounds.spelled(name.get(start..)?, letters) {
                let fit = fit(start, count, name.len());
                return Some(if first_readings { fit } else { fit.max(Fit::Beginning) });
            }
        }
        None
    }

    /// Smaller is better.
    fn rank(&self, fit: Fit, index: usize) -> u64 {
        let fit = match fit {
            Fit::Whole => 0,
            Fit::Beginning => 1,
            Fit::Inside => 2,
        };
        let level = match self.level(index) {
            Some(Level::Province) => 0,
            Some(Level::Prefecture) => 1,
            Some(Level::County) => 2,
            Some(Level::Town) => 3,
            Some(Level::Village) | None => 4,
        };
        let length = u64::try_from(self.names.numbers(index).len().min(255)).unwrap_or(255);
        let place = u64::try_from(index).unwrap_or(u64::from(u32::MAX));
        fit << 48 | level << 40 | length << 32 | place
    }

    fn word(&self, text: &str) -> Option<Word> {
        if text.is_empty() {
            return None;
        }
        if text.is_ascii() {
            let letters = text.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase());
            let letters: Vec<u8> = letters.collect();
            let filter = self.sounds.filter(&letters);
            return (!letters.is_empty()).then_some(Word::Letters(letters, filter));
        }
        let numbers: Option<Vec<u16>> = text.chars().map(|character| self.names.number(character)).collect();
        numbers.map(Word::Characters)
    }

    fn uppers_in(&self, range: &Range<usize>) -> &[u32] {
        let place = |bound: usize| {
            self.uppers.partition_point(|upper| usize::try_from(*upper).is_ok_and(|u| u < bound))
        };
        self.uppers.get(place(range.start)..place(range.end)).unwrap_or_default()
    }
}

impl Best {
    fn wants(&self, rank: u64) -> bool {
        self.ranks.len() < self.limit || self.ranks.peek().is_some_and(|worst| rank < *worst)
    }

    fn add(&mut self, rank: u64) {
        self.ranks.push(rank);
        if self.ranks.len() > self.limit {
            self.ranks.pop();
        }
    }
}

fn fit(start: usize, count: usize, length: usize) -> Fit {
    match (start, count == length) {
        (0, true) => Fit::Whole,
        (0, false) => Fit::Beginning,
        _ => Fit::Inside,
    }
}

fn place_of(rank: u64) -> usize {
    usize::try_from(rank & u64::from(u32::MAX)).unwrap_or(usize::MAX)
}

/// All codes that begin with the digits, when the query is nothing but digits.
fn codes_beginning_with(query: &str) -> Option<RangeInclusive<i64>> {
    let length = u32::try_from(query.len()).ok().filter(|length| (1..=12).contains(length))?;
    if !query.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let width = 10_i64.pow(12 - length);
    let from = query.parse::<i64>().ok()? * width;
    Some(from..=from + width - 1)
}

/// The words of a query: cut at blanks and signs, and where letters meet Chinese characters.
fn words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut last: Option<char> = None;
    for character in query.chars() {
        let cut = !character.is_alphanumeric() && !matches!(character, '\'' | '·');
        let meets =
            last.is_some_and(|last| last.is_alphanumeric() && last.is_ascii() != character.is_ascii());
        if cut || meets {
            words.push(String::new());
        }
        if !cut && let Some(word) = words.last_mut() {
            word.push(character);
        }
        last = Some(character);
    }
    words.retain(|word| !word.is_empty());
    words
}
