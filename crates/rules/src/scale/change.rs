//! Whether two results differ by more than chance.
//!
//! Reliable change: `RCI = (after - before) / (SD √(2 (1 - r)))`, beyond 1.96 on either side (Jacobson and Truax 1991).
//! Squares are compared, so that no root is rounded.

use serde::Serialize;

use super::{
    Scale,
    definition::{Direction, PercentAbove, Reliable},
    figure::{Figure, MOST_PLACES},
};

/// What a change amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// For the better.
    Improved,
    /// For the worse.
    Worsened,
    /// It counts, and the scale does not say which way is better.
    Changed,
    /// Too small to count.
    Unchanged,
}

/// The change from one total to a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The later total less the earlier.
    pub difference: Figure,
    /// What it amounts to.
    pub verdict: Verdict,
    /// The index of reliable change, where the scale's deviation and reliability are known.
    pub index: Option<Figure>,
}

impl Scale {
    /// The change from one total to a later one of the same scale; nothing where the scale has no threshold, or percent of nothing would
    /// decide.
    #[must_use]
    pub fn change(&self, before: Figure, after: Figure) -> Option<Change> {
        let rule = self.definition.change.as_ref()?;
        let places = before.places().max(after.places());
        let units = after.at(places)?.checked_sub(before.at(places)?)?;
        let difference = Figure::of(i64::try_from(units).ok()?, places)?;
        let (counts, index) = match (&rule.reliable, rule.percent, rule.points) {
            (Some(known), ..) => reliable(known, difference)?,
            (None, Some(above), _) => (percent(above, before, difference)?, None),
            (None, None, Some(points)) => (size(difference)? >= size(points)?, None),
            (None, None, None) => return None,
        };
        let verdict = match (counts && units != 0, self.definition.direction, units > 0) {
            (false, ..) => Verdict::Unchanged,
            (true, None, _) => Verdict::Changed,
            (true, Some(Direction::HighWorse), false) | (true, Some(Direction::HighBetter), true) => {
                Verdict::Improved
            }
            (true, Some(_), _) => Verdict::Worsened,
        };
        Some(Change { difference, verdict, index })
    }
}

/// Millionths of a figure's size.
fn size(figure: Figure) -> Option<i128> {
    figure.at(MOST_PLACES)?.checked_abs()
}

/// Percent of what lay above the floor.
fn percent(above: PercentAbove, before: Figure, difference: Figure) -> Option<bool> {
    let whole =
        before.at(MOST_PLACES)?.checked_sub(Figure::whole(i64::from(above.floor)).at(MOST_PLACES)?)?;
    let (part, whole) = (size(difference)?.checked_mul(100)?, whole.checked_mul(i128::from(above.percent))?);
    (whole > 0).then_some(part >= whole)
}

/// Whether a difference is beyond 1.96 standard errors of a difference, and how many it is.
fn reliable(known: &Reliable, difference: Figure) -> Option<(bool, Option<Figure>)> {
    let sd = size(known.sd)?;
    let unreliable = Figure::whole(1).at(MOST_PLACES)?.checked_sub(size(known.reliability)?)?;
    let part = size(difference)?;
    let part = part.checked_mul(part)?;
    // 2 SD² (1 - r), with eighteen places; the square of the difference has twelve.
    let error = sd.checked_mul(sd)?.checked_mul(unreliable)?.checked_mul(2)?;
    // 1.96² = 3.8416.
    let counts = part.checked_mul(10_i128.pow(10))? > error.checked_mul(38_416)?;
    let thousandths = part.checked_mul(10_i128.pow(12))?.checked_div(error)?;
    let thousandths = i128::try_from(u128::try_from(thousandths).ok()?.isqrt()).ok()?;
    let sign = if difference.units() < 0 { -1 } else { 1 };
    Some((counts, Figure::ratio(sign * thousandths, 1_000, 2)))
}
