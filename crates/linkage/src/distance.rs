//! How far two texts are apart: Jaro-Winkler, bounded edit distance, Dice on letter pairs.
//!
//! All work on slices of bytes (ASCII texts) or of characters, so one code serves both.

/// Longest text for which matched letters are kept in one machine word.
const WORD: usize = 64;

fn ratio(part: usize, whole: usize) -> f64 {
    let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    if whole == 0 { 0.0 } else { number(part) / number(whole) }
}

/// Jaro-Winkler similarity in 0..=1 (prefix of up to four letters, weight 0.1) of two ASCII texts.
#[must_use]
pub fn jaro_winkler_ascii(a: &[u8], b: &[u8]) -> f64 {
    if a.len() > WORD || b.len() > WORD || !a.is_ascii() || !b.is_ascii() {
        return jaro_winkler(a, b);
    }
    // The shorter text is looked up in a table of letter positions of the longer one: one word
    // operation replaces the scan of the window.
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut places = [0_u64; 128];
    for (bit, letter) in (0_u32..64).zip(long) {
        if let Some(place) = places.get_mut(usize::from(*letter)) {
            *place |= 1 << bit;
        }
    }
    let reach = (long.len() / 2).saturating_sub(1);
    let (mut taken_short, mut taken_long) = (0_u64, 0_u64);
    for (at, letter) in short.iter().enumerate() {
        let window = low_bits(at + reach + 1) & !low_bits(at.saturating_sub(reach));
        let free = places.get(usize::from(*letter)).copied().unwrap_or(0) & window & !taken_long;
        if free != 0 {
            taken_long |= free & free.wrapping_neg();
            taken_short |= 1_u64.checked_shl(u32::try_from(at).unwrap_or(WORD_BITS)).unwrap_or(0);
        }
    }
    let out_of_order = out_of_order(short, long, taken_short, taken_long);
    let matched = usize::try_from(taken_short.count_ones()).unwrap_or(0);
    winkler(a, b, jaro(matched, out_of_order, a.len(), b.len()))
}

const WORD_BITS: u32 = 64;

fn low_bits(count: usize) -> u64 {
    u32::try_from(count).ok().and_then(|count| 1_u64.checked_shl(count)).map_or(u64::MAX, |bit| bit - 1)
}

fn out_of_order(short: &[u8], long: &[u8], mut taken_short: u64, mut taken_long: u64) -> usize {
    let mut count = 0;
    while taken_short != 0 {
        let at = |word: u64| usize::try_from(word.trailing_zeros()).unwrap_or(0);
        count += usize::from(short.get(at(taken_short)) != long.get(at(taken_long)));
        taken_short &= taken_short - 1;
        taken_long &= taken_long.wrapping_sub(1);
    }
    count
}

/// Jaro-Winkler similarity in 0..=1 of two slices of any length.
#[must_use]
pub fn jaro_winkler<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut taken = vec![false; b.len()];
    let mut matched_a: Vec<&T> = Vec::with_capacity(a.len());
    for (at, letter) in a.iter().enumerate() {
        let from = at.saturating_sub(reach);
        let hit = b
            .iter()
            .zip(taken.iter_mut())
            .take(at + reach + 1)
            .skip(from)
            .find(|(other, taken)| !**taken && *other == letter);
        if let Some((_, taken)) = hit {
            *taken = true;
            matched_a.push(letter);
        }
    }
    let matched_b = b.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(letter, _)| letter);
    let out_of_order = matched_a.iter().zip(matched_b).filter(|(a, b)| **a != *b).count();
    winkler(a, b, jaro(matched_a.len(), out_of_order, a.len(), b.len()))
}

fn jaro(matched: usize, out_of_order: usize, a: usize, b: usize) -> f64 {
    match (a, b, matched) {
        (0, 0, _) => 1.0,
        (_, _, 0) => 0.0,
        _ => {
            let in_order = matched - out_of_order / 2;
            (ratio(matched, a) + ratio(matched, b) + ratio(in_order, matched)) / 3.0
        }
    }
}

fn winkler<T: PartialEq>(a: &[T], b: &[T], jaro: f64) -> f64 {
    let prefix = a.iter().zip(b).take(4).take_while(|(a, b)| a == b).count();
    let prefix = f64::from(u8::try_from(prefix).unwrap_or(4));
    (jaro + 0.1 * prefix * (1.0 - jaro)).min(1.0)
}

/// Edit distance of two slices if it is at most `limit`. With `transpositions`, swapping two
/// neighbours costs one (optimal string alignment), otherwise two (Levenshtein).
#[must_use]
pub fn edits<T: PartialEq>(a: &[T], b: &[T], limit: usize, transpositions: bool) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let (a, b) = without_common_ends(a, b);
    if a.is_empty() || b.is_empty() {
        let rest = a.len().max(b.len());
        return (rest <= limit).then_some(rest);
    }
    if limit == 0 {
        return None;
    }
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=a.len()).collect();
    for (row, letter) in b.iter().enumerate() {
        let current = next_row(a, b, (row, letter), (&before, &above), transpositions);
        if current.iter().min().is_none_or(|least| *least > limit) {
            return None;
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().filter(|distance| *distance <= limit)
}

fn next_row<T: PartialEq>(
    a: &[T],
    b: &[T],
    (row, letter): (usize, &T),
    (before, above): (&[usize], &[usize]),
    transpositions: bool,
) -> Vec<usize> {
    let cell = |cells: &[usize], at: usize| cells.get(at).copied().unwrap_or(usize::MAX / 2);
    let mut current = Vec::with_capacity(a.len() + 1);
    current.push(row + 1);
    for (column, other) in a.iter().enumerate() {
        let replace = cell(above, column) + usize::from(other != letter);
        let insert = cell(&current, column) + 1;
        let remove = cell(above, column + 1) + 1;
        let mut least = replace.min(insert).min(remove);
        let crossed = transpositions
            && row > 0
            && column > 0
            && b.get(row - 1) == Some(other)
            && a.get(column - 1) == Some(letter);
        if crossed {
            least = least.min(cell(before, column - 1) + 1);
        }
        current.push(least);
    }
    current
}

fn without_common_ends<'a, T: PartialEq>(a: &'a [T], b: &'a [T]) -> (&'a [T], &'a [T]) {
    let front = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(front..).unwrap_or(&[]), b.get(front..).unwrap_or(&[]));
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    (a.get(..a.len() - back).unwrap_or(&[]), b.get(..b.len() - back).unwrap_or(&[]))
}

/// Dice coefficient in 0..=1 of two sorted lists: twice the common part over the sum of lengths.
#[must_use]
pub fn dice<T: Ord>(a: &[T], b: &[T]) -> f64 {
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    let mut common = 0;
    while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => drop(left.next()),
            std::cmp::Ordering::Greater => drop(right.next()),
            std::cmp::Ordering::Equal => {
                common += 1;
                left.next();
                right.next();
            }
        }
    }
    ratio(2 * common, a.len() + b.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn letters(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn edit_distance_of_known_pairs() {
        for (a, b, levenshtein, damerau) in [
            ("", "", 0, 0),
            ("", "abc", 3, 3),
            ("kitten", "sitting", 3, 3),
            ("ab", "ba", 2, 1),
            ("11010519491231002x", "11010519491213002x", 2, 1),
            ("张三丰", "张丰", 1, 1),
            ("ca", "abc", 3, 3),
        ] {
            let (a, b) = (letters(a), letters(b));
            assert_eq!(edits(&a, &b, 9, false), Some(levenshtein), "{a:?} {b:?}");
            assert_eq!(edits(&a, &b, 9, true), Some(damerau), "{a:?} {b:?}");
            if damerau > 0 {
                assert_eq!(edits(&a, &b, damerau - 1, true), None, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn dice_counts_common_pairs_with_their_number() {
        for (a, b, expected) in [
            (vec![1, 2, 3], vec![1, 2, 3], 1.0),
            (vec![1, 1], vec![1], 2.0 / 3.0),
            (vec![1], vec![2], 0.0),
            (vec![], vec![], 0.0),
        ] {
            assert!((dice(&a, &b) - expected).abs() < 1e-12);
        }
    }

    proptest! {
        #[test]
        fn jaro_winkler_agrees_with_the_reference(a in "[a-e]{0,12}", b in "[a-e]{0,12}") {
            // The result may differ by direction; it is compared in the one in which ours works.
            // The reference leaves the common prefix out below 0.7, Winkler's formula does not.
            let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
            let jaro = strsim::jaro(short, long);
            let prefix = short.bytes().zip(long.bytes()).take(4).take_while(|(a, b)| a == b).count();
            let expected = jaro + 0.1 * f64::from(u8::try_from(prefix).unwrap()) * (1.0 - jaro);
            prop_assert!((jaro_winkler_ascii(a.as_bytes(), b.as_bytes()) - expected).abs() < 1e-9);
            prop_assert!((jaro_winkler(short.as_bytes(), long.as_bytes()) - expected).abs() < 1e-9);
        }

        #[test]
        fn edits_agree_with_the_reference(a in "[abc一二]{0,9}", b in "[abc一二]{0,9}", limit in 0_usize..6) {
            let levenshtein = strsim::levenshtein(&a, &b);
            let damerau = strsim::osa_distance(&a, &b);
            let (a, b) = (letters(&a), letters(&b));
            prop_assert_eq!(edits(&a, &b, limit, false), (levenshtein <= limit).then_some(levenshtein));
            prop_assert_eq!(edits(&a, &b, limit, true), (damerau <= limit).then_some(damerau));
        }
    }
}
