//! How far a goal was reached: (now - base) / (target - base), clipped to 0 and 1, undefined where the target is the base.

use crate::scale::Figure;
use serde::{Deserialize, Serialize};

/// A share of the way to a goal, in whole percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attainment(pub u8);

impl Attainment {
    /// The goal is reached.
    pub const WHOLE: Attainment = Attainment(100);
}

/// How far a goal was reached. Whoever is worse off than at the beginning has reached none of it, whoever is beyond the target all
/// of it. Nothing where target and base are one: there was no way to go. A part of a percent is left off, so that a goal counts as
/// reached only where it is.
#[must_use]
pub fn attainment(base: Figure, target: Figure, now: Figure) -> Option<Attainment> {
    let places = base.places().max(target.places()).max(now.places());
    let (base, target, now) = (base.at(places)?, target.at(places)?, now.at(places)?);
    let (way, gone) = (target.checked_sub(base)?, now.checked_sub(base)?);
    if way == 0 {
        return None;
    }
    let (way, gone) = if way < 0 { (way.checked_neg()?, gone.checked_neg()?) } else { (way, gone) };
    let percent = gone.clamp(0, way).checked_mul(100)?.checked_div(way)?;
    u8::try_from(percent).ok().map(Attainment)
}

/// The mean of all goals for which it can be said; nothing where there is none.
#[must_use]
pub fn overall(goals: impl IntoIterator<Item = Option<Attainment>>) -> Option<Attainment> {
    let (sum, count) = goals
        .into_iter()
        .flatten()
        .fold((0_u32, 0_u32), |(sum, count), one| (sum.saturating_add(u32::from(one.0)), count + 1));
    u8::try_from(sum.checked_div(count)?).ok().map(Attainment)
}
