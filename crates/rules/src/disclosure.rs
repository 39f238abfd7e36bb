//! Small figures in tables that leave the area in which the persons may be seen: whoever knows a village knows who the two
//! are. Figures below a threshold are left out, and beside them as many others as it takes that nobody can work them out
//! from totals and sums (primary and complementary suppression).
//!
//! Figures below five are left out: a local default, as is usual for health figures (`data/export.toml`). A zero is told:
//! it is nobody's.

use std::collections::{BTreeMap, BTreeSet};

/// A sum that readers of the table know to be zero: cells with their sign, such as parts and, negative, their total.
pub type Equation = Vec<(usize, i64)>;

/// Which cells are left out.
///
/// `cells` are the figures, none negative; `equations` name them by position; cells from 1 to below `threshold` are small.
/// A position that no cell has is passed over. For every small cell the equations leave several values possible, among them
/// one of `threshold` or more, as far as there are other figures at all to be left out.
#[must_use]
pub fn left_out(cells: &[u64], equations: &[Equation], threshold: u64) -> Vec<bool> {
    let small: Vec<bool> = cells.iter().map(|value| (1..threshold).contains(value)).collect();
    let mut table = Suppressed { cells, equations, threshold, out: small.clone(), small };
    while table.protect_sums() || table.protect_combinations() {}
    table.out
}

/// How many figures are tried before the smallest is taken.
const TRIED: usize = 64;

struct Suppressed<'a> {
    cells: &'a [u64],
    equations: &'a [Equation],
    threshold: u64,
    small: Vec<bool>,
    out: Vec<bool>,
}

impl Suppressed<'_> {
    fn is_out(&self, cell: usize) -> bool {
        self.out.get(cell).copied().unwrap_or(false)
    }

    fn is_small(&self, cell: usize) -> bool {
        self.small.get(cell).copied().unwrap_or(false)
    }

    fn value(&self, cell: usize) -> u64 {
        self.cells.get(cell).copied().unwrap_or(0)
    }

    /// Leaves out one more cell where a single sum tells too much; whether it did.
    fn protect_sums(&mut self) -> bool {
        let telling = self
            .equations
            .iter()
            .find_map(|equation| if self.tells(equation) { self.next(equation) } else { None });
        self.leave_out(telling)
    }

    /// Whether a sum alone shows that a small cell in it is below the threshold.
    fn tells(&self, equation: &Equation) -> bool {
        let out: Vec<(usize, i64)> =
            equation.iter().copied().filter(|(cell, sign)| *sign != 0 && self.is_out(*cell)).collect();
        if !out.iter().any(|(cell, _)| self.is_small(*cell)) {
            return false;
        }
        let same_sign =
            out.iter().all(|(_, sign)| sign.signum() == out.first().map_or(0, |first| first.1.signum()));
        // With both signs only a difference is known: each may be as large as one likes.
        if !same_sign {
            return false;
        }
        // Nobody left out is a zero, so the others are one each at least.
        let sum: u64 = out.iter().map(|(cell, _)| self.value(*cell)).sum();
        let others = u64::try_from(out.len()).unwrap_or(u64::MAX).saturating_sub(1);
        sum.saturating_sub(others) < self.threshold
    }

    /// The smallest figure of a sum that still stands.
    fn next(&self, equation: &Equation) -> Option<usize> {
        let standing = equation
            .iter()
            .map(|(cell, _)| *cell)
            .filter(|cell| !self.is_out(*cell) && self.value(*cell) > 0);
        standing.min_by_key(|cell| (self.value(*cell), *cell))
    }

    fn leave_out(&mut self, cell: Option<usize>) -> bool {
        let Some(place) = cell.and_then(|cell| self.out.get_mut(cell)) else { return false };
        *place = true;
        true
    }

    /// The same where several sums together give a small cell away: of the figures beside what is given away, the smallest
    /// whose absence keeps the secret goes too, or where no single one does, the smallest.
    fn protect_combinations(&mut self) -> bool {
        let known = self.determined();
        let Some(cell) = known.iter().copied().find(|cell| self.is_small(*cell)) else { return false };
        let known: BTreeSet<usize> = known.into_iter().collect();
        let touched =
            self.equations.iter().filter(|equation| equation.iter().any(|(c, _)| known.contains(c)));
        let mut beside = self.standing(touched);
        if beside.is_empty() {
            beside = self.standing(self.equations.iter());
        }
        let keeps = beside.iter().take(TRIED).copied().find(|other| self.keeps(*other, cell));
        self.leave_out(keeps.or_else(|| beside.first().copied()))
    }

    /// The figures of some sums that still stand, the smallest first; nobody is no figure to hide behind.
    fn standing<'e>(&self, equations: impl Iterator<Item = &'e Equation>) -> Vec<usize> {
        let cells: BTreeSet<usize> = equations.flatten().map(|(cell, _)| *cell).collect();
        let stands = |cell: &usize| !self.is_out(*cell) && self.value(*cell) > 0;
        let mut standing: Vec<usize> = cells.into_iter().filter(stands).collect();
        standing.sort_by_key(|cell| (self.value(*cell), *cell));
        standing
    }

    /// Whether a small cell could not be worked out any more if another one were left out, too.
    fn keeps(&self, other: usize, cell: usize) -> bool {
        let mut tried = Suppressed { out: self.out.clone(), small: self.small.clone(), ..*self };
        tried.leave_out(Some(other)) && !tried.determined().contains(&cell)
    }

    /// The cells left out that follow from the others: those whose value the equations, brought to reduced echelon form,
    /// name alone.
    fn determined(&self) -> Vec<usize> {
        let mut solved: BTreeMap<usize, BTreeMap<usize, u64>> = BTreeMap::new();
        for equation in self.equations {
            let unknown = equation.iter().filter(|(cell, sign)| *sign != 0 && self.is_out(*cell));
            let mut row: BTreeMap<usize, u64> = BTreeMap::new();
            for (cell, sign) in unknown {
                add(&mut row, *cell, field::of(*sign));
            }
            for (pivot, known) in &solved {
                if let Some(times) = row.get(pivot).copied() {
                    subtract(&mut row, known, times);
                }
            }
            let Some((pivot, first)) = row.first_key_value().map(|(cell, value)| (*cell, *value)) else {
                continue;
            };
            let inverse = field::inverse(first);
            row.values_mut().for_each(|value| *value = field::times(*value, inverse));
            for known in solved.values_mut() {
                if let Some(times) = known.get(&pivot).copied() {
                    subtract(known, &row, times);
                }
            }
            solved.insert(pivot, row);
        }
        solved
            .into_iter()
            .filter(|(_, row)| row.len() == 1)
            .map(|(pivot, _)| pivot)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}

fn add(row: &mut BTreeMap<usize, u64>, cell: usize, value: u64) {
    let sum = field::plus(row.get(&cell).copied().unwrap_or(0), value);
    if sum == 0 {
        row.remove(&cell);
    } else {
        row.insert(cell, sum);
    }
}

fn subtract(row: &mut BTreeMap<usize, u64>, other: &BTreeMap<usize, u64>, times: u64) {
    for (cell, value) in other {
        add(row, *cell, field::minus(field::times(*value, times)));
    }
}

/// Exact arithmetic without fractions: numbers modulo a prime so large that no table of counts reaches it.
mod field {
    /// 2^61 − 1.
    const PRIME: u64 = (1 << 61) - 1;

    pub(super) fn of(number: i64) -> u64 {
        let size = number.unsigned_abs() % PRIME;
        if number < 0 { minus(size) } else { size }
    }

    pub(super) fn plus(a: u64, b: u64) -> u64 {
        (a + b) % PRIME
    }

    pub(super) fn minus(a: u64) -> u64 {
        (PRIME - a) % PRIME
    }

    pub(super) fn times(a: u64, b: u64) -> u64 {
        u64::try_from(u128::from(a) * u128::from(b) % u128::from(PRIME)).unwrap_or(0)
    }

    /// By Fermat's little theorem.
    pub(super) fn inverse(a: u64) -> u64 {
        let (mut base, mut left, mut out) = (a, PRIME - 2, 1);
        while left > 0 {
            if left & 1 == 1 {
                out = times(out, base);
            }
            base = times(base, base);
            left >>= 1;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows of parts, the total of each column below, and for each row its sum behind.
    fn square(parts: &[Vec<u64>]) -> (Vec<u64>, Vec<Equation>) {
        let width = parts.first().map_or(0, Vec::len);
        let mut rows: Vec<Vec<u64>> = parts.to_vec();
        rows.push((0..width).map(|column| parts.iter().map(|row| row[column]).sum()).collect());
        let cells: Vec<u64> =
            rows.iter().flat_map(|row| row.iter().copied().chain([row.iter().sum()])).collect();
        let at = |row: usize, column: usize| row * (width + 1) + column;
        let across = (0..rows.len())
            .map(|row| (0..width).map(|column| (at(row, column), 1)).chain([(at(row, width), -1)]).collect());
        let down = (0..=width).map(|column| {
            (0..parts.len()).map(|row| (at(row, column), 1)).chain([(at(parts.len(), column), -1)]).collect()
        });
        let equations = across.chain(down).collect();
        (cells, equations)
    }

    fn column(parts: &[u64]) -> (Vec<u64>, Vec<Equation>) {
        let mut cells = parts.to_vec();
        cells.push(parts.iter().sum());
        let equation = (0..parts.len()).map(|cell| (cell, 1)).chain([(parts.len(), -1)]).collect();
        (cells, vec![equation])
    }

    #[test]
    fn one_column_with_its_total() {
        let shown = |parts: &[u64]| -> Vec<String> {
            let (cells, equations) = column(parts);
            let out = left_out(&cells, &equations, 5);
            cells
                .iter()
                .zip(out)
                .map(|(cell, out)| if out { "-".to_owned() } else { cell.to_string() })
                .collect()
        };
        for (parts, expected) in [
            // Nothing small: nothing is left out. Nobody is nobody.
            (&[10, 20, 0][..], &["10", "20", "0", "30"][..]),
            // The total would give the one away: the next smallest goes with it.
            (&[3, 20, 7], &["-", "20", "-", "30"]),
            // Two small ones whose sum still says that each is below five.
            (&[1, 1, 9, 30], &["-", "-", "-", "30", "41"]),
            // Two small ones whose sum leaves room.
            (&[4, 4, 30], &["-", "-", "30", "38"]),
            // One division only: its total says the same and goes too.
            (&[3], &["-", "-"]),
            (&[3, 0], &["-", "0", "-"]),
            (&[5, 5], &["5", "5", "10"]),
        ] {
            assert_eq!(shown(parts), expected, "{parts:?}");
        }
    }

    #[test]
    fn sums_across_and_down_together_give_nothing_away() {
        // By columns and rows alone each sum has two left out; together they would give all four away but for more.
        let (cells, equations) = square(&[vec![2, 30, 40], vec![30, 3, 50], vec![60, 70, 80]]);
        let out = left_out(&cells, &equations, 5);
        assert!(out[0] && out[5]);
        assert!(other_answer(&cells, &equations, &out, 0) && other_answer(&cells, &equations, &out, 5));
    }

    /// Whether the equations allow another value for a cell: a change that touches cells left out only, this one too.
    /// Found by trying, independently of how the cells were chosen.
    fn other_answer(cells: &[u64], equations: &[Equation], out: &[bool], cell: usize) -> bool {
        let free: Vec<usize> = (0..cells.len()).filter(|c| out[*c]).collect();
        // A change of ±1 along a closed walk, or several: found as a vector with a kernel over the rationals.
        let mut rows: Vec<Vec<f64>> = equations
            .iter()
            .map(|e| {
                free.iter()
                    .map(|c| {
                        e.iter().filter(|(o, _)| o == c).map(|(_, s)| if *s < 0 { -1.0 } else { 1.0 }).sum()
                    })
                    .collect()
            })
            .collect();
        let mut unit = vec![0.0; free.len()];
        unit[free.iter().position(|c| *c == cell).unwrap()] = 1.0;
        let rank = |rows: &[Vec<f64>]| rank(rows.to_vec());
        let before = rank(&rows);
        rows.push(unit);
        // The cell is fixed exactly where "this cell" is a combination of the equations.
        rank(&rows) > before
    }

    fn rank(mut rows: Vec<Vec<f64>>) -> usize {
        let (mut rank, width) = (0, rows.first().map_or(0, Vec::len));
        for column in 0..width {
            let Some(best) = (rank..rows.len()).find(|row| rows[*row][column].abs() > 1e-9) else { continue };
            rows.swap(rank, best);
            for row in rank + 1..rows.len() {
                let times = rows[row][column] / rows[rank][column];
                let first = rows[rank].clone();
                rows[row].iter_mut().zip(&first).for_each(|(value, other)| *value -= times * other);
            }
            rank += 1;
        }
        rank
    }

    proptest! {
        #[test]
        fn no_small_figure_can_be_worked_out(
            parts in (1_usize..6, 1_usize..5).prop_flat_map(|(rows, columns)| {
                let figure = prop_oneof![3 => 0_u64..8, 1 => 8_u64..200];
                prop::collection::vec(prop::collection::vec(figure, columns), rows)
            })
        ) {
            let (cells, equations) = square(&parts);
            let out = left_out(&cells, &equations, 5);
            for (cell, value) in cells.iter().enumerate() {
                prop_assert!(*value > 0 || !out[cell], "a zero is told");
                if (1..5).contains(value) {
                    prop_assert!(out[cell]);
                    prop_assert!(other_answer(&cells, &equations, &out, cell), "{parts:?} {out:?} {cell}");
                }
            }
        }

        #[test]
        fn nothing_is_left_out_where_nothing_is_small(parts in prop::collection::vec(5_u64..100, 1..20)) {
            let (cells, equations) = column(&parts);
            prop_assert!(left_out(&cells, &equations, 5).iter().all(|out| !out));
        }
    }
}
