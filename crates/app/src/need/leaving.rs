//! The figures as they may leave the area: small ones, and those by which small ones could be worked out, are left out.

use super::{Count, Counts};
use rules::disclosure::{Equation, left_out};

/// Figures of a row, in the order of [`Count`]'s fields.
pub const FIGURES: usize = 8;

/// The figures of one area; none where it is left out.
pub type Figures = [Option<i64>; FIGURES];

/// All figures of an area, in their order.
fn figures(count: &Count) -> [i64; FIGURES] {
    [
        count.persons,
        count.health,
        count.dpf,
        count.both,
        count.at_home,
        count.assessed,
        count.suitable,
        count.consented,
    ]
}

/// Positions of the figures between which readers know a difference: whoever is not at home, has no need, is not suitable,
/// did not consent is a group as well.
const STEPS: [(usize, usize); 4] = [(0, 4), (4, 5), (5, 6), (6, 7)];

impl Counts {
    /// The rows of the parts and, last, the total; figures below `threshold` cannot be worked out from them.
    #[must_use]
    pub fn leaving(&self, threshold: u64) -> Vec<Figures> {
        let rows: Vec<[i64; FIGURES]> = self.parts.iter().chain([&self.total]).map(figures).collect();
        let mut cells: Vec<u64> = rows.iter().flatten().map(|figure| size(*figure)).collect();
        let mut equations = Vec::new();
        let total = self.parts.len() * FIGURES;
        for column in 0..FIGURES {
            let parts = (0..self.parts.len()).map(|row| (row * FIGURES + column, 1));
            equations.push(parts.chain([(total + column, -1)]).collect::<Equation>());
        }
        for (row, figures) in rows.iter().enumerate() {
            let at = |column: usize| row * FIGURES + column;
            // In either register = health + federation − both.
            equations.push(vec![(at(0), 1), (at(3), 1), (at(1), -1), (at(2), -1)]);
            for (above, below) in STEPS {
                let difference = size(figures.get(above).unwrap_or(&0) - figures.get(below).unwrap_or(&0));
                if (1..threshold).contains(&difference) {
                    equations.push(vec![(at(above), 1), (at(below), -1), (cells.len(), -1)]);
                    cells.push(difference);
                }
            }
        }
        let out = left_out(&cells, &equations, threshold);
        let shown = |row: usize, column: usize, figure: i64| {
            let hidden = out.get(row * FIGURES + column).copied().unwrap_or(true);
            if hidden { None } else { Some(figure) }
        };
        let row = |(row, figures): (usize, [i64; FIGURES])| {
            let mut of = figures.into_iter().enumerate();
            std::array::from_fn(|_| of.next().and_then(|(column, figure)| shown(row, column, figure)))
        };
        rows.into_iter().enumerate().map(row).collect()
    }
}

fn size(figure: i64) -> u64 {
    u64::try_from(figure).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(
        division: i64,
        [persons, health, dpf, both]: [i64; 4],
        [at_home, assessed, suitable, consented]: [i64; 4],
    ) -> Count {
        Count { division, persons, health, dpf, both, at_home, assessed, suitable, consented }
    }

    fn told(parts: &[Count]) -> Vec<String> {
        let mut total = Count::default();
        parts.iter().for_each(|part| total.join(part));
        let cell = |figure: &Option<i64>| figure.map_or("*".to_owned(), |figure| figure.to_string());
        let counts = Counts { total, parts: parts.to_vec() };
        counts.leaving(5).iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn large_figures_leave_as_they_are() {
        let parts =
            [count(1, [60, 40, 40, 20], [50, 40, 30, 20]), count(2, [90, 50, 60, 20], [80, 60, 40, 30])];
        assert_eq!(
            told(&parts),
            ["60 40 40 20 50 40 30 20", "90 50 60 20 80 60 40 30", "150 90 100 40 130 100 70 50"]
        );
    }

    #[test]
    fn a_small_group_and_what_would_tell_it_are_left_out() {
        // Two persons in both registers: neither the other figures of the place nor the column's total may tell.
        let parts =
            [count(1, [58, 40, 20, 2], [50, 40, 30, 20]), count(2, [90, 50, 60, 20], [80, 60, 40, 30])];
        let rows = ["58 40 * * 50 40 30 20", "90 50 * * 80 60 40 30", "148 90 80 22 130 100 70 50"];
        assert_eq!(told(&parts), rows);
    }

    #[test]
    fn a_small_difference_between_two_steps_is_left_out_too() {
        // Three of fifty are not at home.
        let rows =
            told(&[count(1, [50, 50, 0, 0], [47, 40, 30, 20]), count(2, [90, 90, 0, 0], [80, 60, 40, 30])]);
        let first: Vec<&str> = rows[0].split(' ').collect();
        assert!(first[0] == "*" || first[4] == "*", "{rows:?}");
    }
}
