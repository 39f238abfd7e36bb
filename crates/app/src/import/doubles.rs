//! Which rows of one file repeat an earlier one: by the numbers they bring, without keeping the rows.

use std::collections::{HashMap, hash_map::Entry};

/// Parts of the memory. A table that is full is copied into one of twice its size: in parts, both are never there
/// for a whole list of a million rows.
const PARTS: usize = 256;

/// What a row is to the rows before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// None has its numbers.
    First,
    /// That row says the same.
    Same,
    /// That row has one of its numbers and says something else.
    Other { row: u32 },
}

/// The rows of a file so far.
pub(super) struct Doubles(Vec<HashMap<u64, Earlier>>);

struct Earlier {
    row: u32,
    /// Half of what identifies its words: two rows of one number that differ are taken for the same once in four
    /// thousand million.
    words: u32,
}

impl Doubles {
    pub(super) fn new() -> Self {
        Doubles((0..PARTS).map(|_| HashMap::new()).collect())
    }

    /// Looks a row up by its numbers and remembers it. Numbers and words are keyed digests, of which eight bytes are
    /// enough to tell the rows of one file apart.
    pub(super) fn see(&mut self, row: u64, numbers: &[&[u8]], words: &[u8]) -> Seen {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        let words = u32::try_from(short(words) >> 32).unwrap_or(0);
        for number in numbers {
            let key = short(number);
            let part = usize::try_from(key).unwrap_or(0) % PARTS;
            let Some(part) = self.0.get_mut(part) else { continue };
            match part.entry(key) {
                Entry::Vacant(place) => {
                    place.insert(Earlier { row, words });
                }
                // Its own other number, of the same words.
                Entry::Occupied(earlier) if earlier.get().row == row => {}
                Entry::Occupied(earlier) if earlier.get().words == words => return Seen::Same,
                Entry::Occupied(earlier) => return Seen::Other { row: earlier.get().row },
            }
        }
        Seen::First
    }
}

/// The first eight bytes of a keyed digest.
fn short(digest: &[u8]) -> u64 {
    digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(of: u64) -> [u8; 8] {
        // Spread as a digest is.
        of.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()
    }

    #[test]
    fn a_row_is_known_by_any_of_its_numbers() {
        let mut seen = Doubles::new();
        let cases: [(&[u64], u64, Seen); 7] = [
            (&[1, 101], 1, Seen::First),
            (&[2, 102], 2, Seen::First),
            (&[1, 101], 1, Seen::Same),
            (&[1, 101], 9, Seen::Other { row: 1 }),
            (&[3, 102], 3, Seen::Other { row: 2 }),
            // The number that came with a double of another is known from then on.
            (&[3, 103], 4, Seen::Other { row: 5 }),
            // The identity number is its only number, twice.
            (&[5, 5], 5, Seen::First),
        ];
        for (row, (numbers, words, expected)) in (1..).zip(cases) {
            let numbers: Vec<[u8; 8]> = numbers.iter().map(|n| digest(*n)).collect();
            let numbers: Vec<&[u8]> = numbers.iter().map(<[u8; 8]>::as_slice).collect();
            assert_eq!(seen.see(row, &numbers, &digest(1_000 + words)), expected, "row {row}");
        }
    }

    #[test]
    fn each_of_many_rows_is_found_again() {
        let mut seen = Doubles::new();
        for round in 0..2_u64 {
            for row in 1..20_000_u64 {
                let found = seen.see(round * 20_000 + row, &[&digest(row)], &digest(row));
                assert_eq!(found, if round == 0 { Seen::First } else { Seen::Same }, "row {row}");
            }
        }
    }
}
