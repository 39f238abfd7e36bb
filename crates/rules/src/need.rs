//! Counted demand: the union of the health and the federation register, cut down step by step.
//!
//! Demand is counted over persons who live at home, were assessed as having a need, were assessed as suitable, and
//! consented. All four steps are reported (client group: local action plans of the Jingkang integration action; the
//! published cut-downs are a local default).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A person as one register shows the person, under the keyed hash of the identity number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterEntry {
    /// Keyed hash of the identity number.
    pub key: Vec<u8>,
    /// Register.
    pub register: Register,
    /// Lives at home.
    pub at_home: Option<bool>,
    /// Assessed as having a need.
    pub need: Option<bool>,
    /// Assessed as suitable.
    pub suitable: Option<bool>,
    /// Consented.
    pub consent: Option<bool>,
}

/// Where an entry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Register {
    /// Severe mental disorders, health.
    Health,
    /// Psychiatric disability certificates, disabled persons' federation.
    Dpf,
}

/// Demand with its four cut-downs; each figure counts persons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// In the health register.
    pub health: u64,
    /// In the federation's register.
    pub dpf: u64,
    /// In both.
    pub both: u64,
    /// In one at least: health + federation − both.
    pub union: u64,
    /// Of these: live at home.
    pub at_home: u64,
    /// Of these: have a need.
    pub need: u64,
    /// Of these: are suitable.
    pub suitable: u64,
    /// Of these: consented.
    pub consented: u64,
}

#[derive(Default)]
struct Person {
    health: bool,
    dpf: bool,
    facts: [Option<bool>; 4],
}

/// Count demand. A person in both registers is one person; what one register does not know, the other may; where they
/// contradict, the person is not counted at that step. What nobody knows counts as *no*.
#[must_use]
pub fn demand(entries: &[RegisterEntry]) -> Demand {
    let mut people: BTreeMap<&[u8], Person> = BTreeMap::new();
    for entry in entries {
        let person = people.entry(&entry.key).or_default();
        match entry.register {
            Register::Health => person.health = true,
            Register::Dpf => person.dpf = true,
        }
        let said = [entry.at_home, entry.need, entry.suitable, entry.consent];
        for (known, said) in person.facts.iter_mut().zip(said) {
            *known = match (*known, said) {
                (Some(one), Some(other)) => Some(one && other),
                (known, said) => known.or(said),
            };
        }
    }
    let mut demand = Demand::default();
    for person in people.values() {
        demand.union += 1;
        demand.health += u64::from(person.health);
        demand.dpf += u64::from(person.dpf);
        demand.both += u64::from(person.health && person.dpf);
        let cuts = [&mut demand.at_home, &mut demand.need, &mut demand.suitable, &mut demand.consented];
        for (cut, fact) in cuts.into_iter().zip(person.facts) {
            if fact != Some(true) {
                break;
            }
            *cut += 1;
        }
    }
    demand
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(key: u8, register: Register, facts: [Option<bool>; 4]) -> RegisterEntry {
        let [at_home, need, suitable, consent] = facts;
        RegisterEntry { key: vec![key], register, at_home, need, suitable, consent }
    }

    #[test]
    fn one_person_in_two_registers_counts_once_and_cut_downs_follow_in_order() {
        let (yes, no) = (Some(true), Some(false));
        let entries = [
            entry(1, Register::Health, [yes, yes, yes, yes]),
            entry(1, Register::Dpf, [yes, None, None, None]),
            entry(2, Register::Health, [no, yes, yes, yes]),
            entry(3, Register::Dpf, [yes, yes, no, yes]),
            entry(4, Register::Dpf, [yes, None, yes, yes]),
            entry(5, Register::Health, [yes, yes, yes, None]),
            entry(6, Register::Health, [yes, yes, yes, yes]),
            entry(6, Register::Dpf, [no, yes, yes, yes]),
        ];
        let expected =
            Demand { health: 4, dpf: 4, both: 2, union: 6, at_home: 4, need: 3, suitable: 2, consented: 1 };
        assert_eq!(demand(&entries), expected);
    }

    fn fact() -> impl Strategy<Value = Option<bool>> {
        prop_oneof![Just(None), Just(Some(true)), Just(Some(false))]
    }

    proptest! {
        #[test]
        fn union_is_health_plus_dpf_minus_both_and_cut_downs_never_grow(
            rows in prop::collection::vec((0u8..12, any::<bool>(), [fact(), fact(), fact(), fact()]), 0..40)
        ) {
            let entries: Vec<RegisterEntry> = rows
                .into_iter()
                .map(|(key, health, facts)| entry(key, if health { Register::Health } else { Register::Dpf }, facts))
                .collect();
            let count = demand(&entries);
            prop_assert_eq!(count.union, count.health + count.dpf - count.both);
            prop_assert!(count.union >= count.at_home && count.at_home >= count.need);
            prop_assert!(count.need >= count.suitable && count.suitable >= count.consented);
            let mut reversed = entries;
            reversed.reverse();
            prop_assert_eq!(demand(&reversed), count);
        }
    }
}
