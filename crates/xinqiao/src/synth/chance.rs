//! Chance that is the same for the same seed: every person and every row has a stream of its own, so that lists
//! can be written in any order without holding them in memory.

use anyhow::{Result, bail};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream of chance is for; streams never overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// The person as such.
    Person,
    /// The person's row on the health list.
    HealthRow,
    /// The person's row on the DPF's list.
    DpfRow,
    /// The headings of files.
    Headings,
    /// Institutions and talents.
    Supply,
    /// The demonstration's accounts.
    Accounts,
    /// The demonstration's cases.
    Cases,
    /// What is a nation's own: identifiers, and who has a case.
    Nation,
}

/// The source of all streams of one seed.
#[derive(Debug, Clone)]
pub struct Seed(ChaCha8Rng);

impl Seed {
    /// The streams of a seed.
    pub fn new(seed: u64) -> Seed {
        Seed(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The stream of one topic and number.
    pub fn stream(&self, topic: Topic, number: u64) -> ChaCha8Rng {
        let topic = match topic {
            Topic::Person => 0,
            Topic::HealthRow => 1,
            Topic::DpfRow => 2,
            Topic::Headings => 3,
            Topic::Supply => 4,
            Topic::Accounts => 5,
            Topic::Cases => 6,
            Topic::Nation => 7,
        };
        let mut stream = self.0.clone();
        stream.set_stream(number.wrapping_mul(8).wrapping_add(topic));
        stream
    }
}

/// Things that come up as often as their weight says.
#[derive(Debug, Clone)]
pub struct Weighted<T> {
    /// Each with the sum of all weights up to its own.
    steps: Vec<(u32, T)>,
    total: u32,
    first: T,
}

impl<T: Clone> Weighted<T> {
    /// From things with weights; weight 0 never comes up.
    ///
    /// # Errors
    /// No weight is above 0, or they add up to more than 32 bits hold.
    pub fn new(weights: impl IntoIterator<Item = (T, u32)>) -> Result<Weighted<T>> {
        let mut steps = Vec::new();
        let mut total = 0_u32;
        for (thing, weight) in weights.into_iter().filter(|(_, weight)| *weight > 0) {
            let Some(sum) = total.checked_add(weight) else { bail!("the weights are too large") };
            total = sum;
            steps.push((total, thing));
        }
        let Some((_, first)) = steps.first().cloned() else { bail!("no thing has a weight") };
        Ok(Weighted { steps, total, first })
    }

    /// One of the things.
    pub fn draw(&self, chance: &mut impl Rng) -> &T {
        let point = chance.random_range(0..self.total);
        let place = self.steps.partition_point(|(sum, _)| *sum <= point);
        self.steps.get(place).map_or(&self.first, |(_, thing)| thing)
    }
}

/// One of some things, each as likely; none of none.
pub fn one_of<'a, T>(chance: &mut impl Rng, things: &'a [T]) -> Option<&'a T> {
    if things.is_empty() { None } else { things.get(chance.random_range(0..things.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_the_same_again_and_no_other_one() {
        let draw = |seed, topic, number| Seed::new(seed).stream(topic, number).random::<u64>();
        assert_eq!(draw(1, Topic::Person, 7), draw(1, Topic::Person, 7));
        let others = [draw(2, Topic::Person, 7), draw(1, Topic::Person, 8), draw(1, Topic::DpfRow, 7)];
        assert!(!others.contains(&draw(1, Topic::Person, 7)));
    }

    #[test]
    fn weights_are_kept() {
        let things = Weighted::new([('a', 3), ('b', 0), ('c', 1)]).unwrap();
        let mut chance = Seed::new(1).stream(Topic::Person, 0);
        let drawn: Vec<char> = (0..4000).map(|_| *things.draw(&mut chance)).collect();
        let count = |wanted| drawn.iter().filter(|c| **c == wanted).count();
        assert_eq!(count('b'), 0);
        assert!((2850..3150).contains(&count('a')), "{}", count('a'));
        assert!(Weighted::<u8>::new([(1, 0)]).is_err());
    }
}
