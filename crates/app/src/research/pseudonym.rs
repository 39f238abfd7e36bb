//! Pseudonyms and shifts of days under the key of one project: the same person is the same within a project, and cannot be
//! found again in another one.

use crate::error::{Error, Result};
use hmac::{Hmac, KeyInit, Mac};
use rules::research::ResearchRule;
use uuid::Uuid;

/// Bytes of a pseudonym.
const BYTES: usize = 16;

/// A project's key, ready to compute.
pub struct Pseudonyms(Hmac<sha2::Sha256>);

impl Pseudonyms {
    /// Under a key.
    ///
    /// # Errors
    /// The key cannot be used.
    pub fn new(key: &[u8]) -> Result<Pseudonyms> {
        Ok(Pseudonyms(Hmac::new_from_slice(key).map_err(Error::broken)?))
    }

    fn digest(&self, use_of: &str, person: Uuid) -> [u8; 32] {
        let mut keyed = self.0.clone();
        keyed.update(use_of.as_bytes());
        keyed.update(&[0]);
        keyed.update(person.as_bytes());
        keyed.finalize().into_bytes().into()
    }

    /// What a person is called in this project.
    #[must_use]
    pub fn of(&self, person: Uuid) -> String {
        let digest = self.digest("pseudonym", person);
        crate::hex::write(digest.get(..BYTES).unwrap_or_default())
    }

    /// By how many days all of the person's days are shifted. It cannot be computed from the pseudonym.
    #[must_use]
    pub fn shift(&self, rule: &ResearchRule, person: Uuid) -> i32 {
        let digest = self.digest("shift", person);
        let number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        rule.shift(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn rule() -> ResearchRule {
        ResearchRule::embedded().unwrap()
    }

    proptest! {
        /// Within a project a person is one pseudonym and one shift; in another project with another key nothing of it comes
        /// back, for no person of a group.
        #[test]
        fn two_projects_cannot_be_linked(
            first in prop::array::uniform32(any::<u8>()), second in prop::array::uniform32(any::<u8>()),
            persons in prop::collection::btree_set(any::<u128>(), 1..40)
        ) {
            prop_assume!(first != second);
            let (one, again) = (Pseudonyms::new(&first).unwrap(), Pseudonyms::new(&first).unwrap());
            let other = Pseudonyms::new(&second).unwrap();
            let of = |keyed: &Pseudonyms| persons.iter().map(|p| keyed.of(Uuid::from_u128(*p))).collect::<BTreeSet<_>>();
            prop_assert_eq!(of(&one), of(&again));
            prop_assert_eq!(of(&one).len(), persons.len(), "two persons never share one");
            prop_assert!(of(&one).is_disjoint(&of(&other)));
            for person in &persons {
                let person = Uuid::from_u128(*person);
                let shift = one.shift(&rule(), person);
                prop_assert_eq!(shift, again.shift(&rule(), person));
                prop_assert!(shift != 0 && shift.abs() <= i32::from(rule().shift_days));
                prop_assert!(!one.of(person).contains(&person.simple().to_string()));
            }
        }
    }

    #[test]
    fn shifts_of_two_projects_differ_as_if_by_chance() {
        let (one, other) = (Pseudonyms::new(&[1; 32]).unwrap(), Pseudonyms::new(&[2; 32]).unwrap());
        let persons = (0..2_000_u128).map(Uuid::from_u128);
        let same = persons.filter(|p| one.shift(&rule(), *p) == other.shift(&rule(), *p)).count();
        // One in 364 by chance.
        assert!(same < 25, "{same}");
    }
}
