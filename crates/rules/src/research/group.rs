//! Combinations of traits by which somebody could be told: each stands in a file for a number of persons at least. Where it is
//! rarer, traits are generalised one after the other; who is still alone is left out, and how many that were is told.

use super::ResearchRule;
use crate::division::DivisionCode;
use std::collections::BTreeMap;

/// Traits of a person as far as they are told; nothing where a trait was not asked for or is no longer told.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Traits {
    /// Sex code.
    pub sex: Option<String>,
    /// First and last year of the age band.
    pub age: Option<(u8, u8)>,
    /// County or a larger area (12 digits); 0 is the country.
    pub division: Option<i64>,
    /// Disorder group.
    pub disorder_group: Option<String>,
}

/// What became of all persons, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grouped {
    /// The traits as told; nothing for who is left out.
    pub told: Vec<Option<Traits>>,
    /// Persons of whom less is told than was asked for.
    pub generalised: usize,
    /// Persons left out.
    pub left_out: usize,
}

/// Steps of generalisation; each tells less than the one before.
const STEPS: usize = 6;

/// Makes each combination stand for enough persons. Bands of age are narrow ones of the rule.
#[must_use]
pub fn grouped(rule: &ResearchRule, persons: &[Traits]) -> Grouped {
    let enough = rule.smallest_group.max(1);
    let mut out = Grouped { told: vec![None; persons.len()], ..Grouped::default() };
    let mut left: Vec<usize> = (0..persons.len()).collect();
    for step in 0..STEPS {
        let mut groups: BTreeMap<Traits, Vec<usize>> = BTreeMap::new();
        for place in left {
            let Some(traits) = persons.get(place) else { continue };
            groups.entry(at_step(rule, traits, step)).or_default().push(place);
        }
        left = Vec::new();
        for (traits, members) in groups {
            if members.len() < enough {
                left.extend(members);
                continue;
            }
            for place in members {
                let less = persons.get(place) != Some(&traits);
                out.generalised += usize::from(less);
                if let Some(told) = out.told.get_mut(place) {
                    *told = Some(traits.clone());
                }
            }
        }
    }
    out.left_out = left.len();
    out
}

/// The traits after so many steps: no disorder group, a wider band of age, a prefecture, a province, and at last nothing.
fn at_step(rule: &ResearchRule, traits: &Traits, step: usize) -> Traits {
    let mut traits = traits.clone();
    if step >= 1 {
        traits.disorder_group = None;
    }
    if step >= 2 {
        traits.age = traits.age.map(|(from, _)| rule.band(from, true));
    }
    if step >= 3 {
        traits.division = traits.division.map(|code| above(code, step - 2));
    }
    if step >= STEPS - 1 {
        return Traits::default();
    }
    traits
}

/// The area so many levels above a county.
fn above(code: i64, levels: usize) -> i64 {
    let mut code = DivisionCode::new(code).ok();
    for _ in 0..levels {
        code = code.and_then(DivisionCode::parent);
    }
    code.map_or(0, DivisionCode::number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COUNTY: i64 = 310_115_000_000;
    const SECOND: i64 = 310_101_000_000;

    fn rule() -> ResearchRule {
        ResearchRule::embedded().unwrap()
    }

    fn person(sex: &str, age: u8, division: i64, group: &str) -> Traits {
        Traits {
            sex: Some(sex.to_owned()),
            age: Some(rule().band(age, false)),
            division: Some(division),
            disorder_group: Some(group.to_owned()),
        }
    }

    fn many(count: usize, one: &Traits) -> Vec<Traits> {
        vec![one.clone(); count]
    }

    #[test]
    fn who_is_rare_is_told_with_less_or_not_at_all() {
        let (common, rare) = (person("male", 35, COUNTY, "01"), person("male", 35, COUNTY, "05"));
        // Five are enough.
        let all = grouped(&rule(), &many(5, &common));
        assert_eq!((all.generalised, all.left_out), (0, 0));
        assert!(all.told.iter().all(|told| told.as_ref() == Some(&common)));
        // Four of one group and one of another: together five without the group.
        let all = grouped(&rule(), &[many(4, &common), many(1, &rare)].concat());
        assert_eq!((all.generalised, all.left_out), (5, 0));
        assert!(
            all.told.iter().flatten().all(|told| told.disorder_group.is_none() && told.age == common.age)
        );
        // One rare person beside a group that stands: nobody is told with whom it would be one of five.
        let all = grouped(&rule(), &[many(6, &common), many(1, &rare)].concat());
        assert_eq!((all.generalised, all.left_out), (0, 1));
        assert_eq!(all.told[6], None);
        // Bands of age become wider, counties prefectures.
        let neighbours =
            [many(3, &person("male", 25, COUNTY, "01")), many(3, &person("male", 35, COUNTY, "01"))];
        let all = grouped(&rule(), &neighbours.concat());
        assert_eq!(all.told[0].as_ref().unwrap().age, Some((20, 39)));
        let counties = [many(3, &common), many(3, &person("male", 35, SECOND, "01"))].concat();
        let all = grouped(&rule(), &counties);
        assert_eq!(all.told[0].as_ref().unwrap().division, Some(310_100_000_000));
        // Too few in all.
        assert_eq!(grouped(&rule(), &many(4, &common)).left_out, 4);
        assert_eq!(grouped(&rule(), &[]), Grouped::default());
    }

    #[test]
    fn areas_above_a_county() {
        assert_eq!(
            [1, 2, 3, 4].map(|levels: usize| above(COUNTY, levels)),
            [310_100_000_000, 310_000_000_000, 0, 0]
        );
    }

    fn anybody() -> impl Strategy<Value = Traits> {
        let division = prop_oneof![Just(COUNTY), Just(SECOND), Just(110_101_000_000_i64)];
        ((0..2_u8), 18..80_u8, division, 0..4_u8).prop_map(|(sex, age, division, group)| {
            person(&sex.to_string(), age, division, &group.to_string())
        })
    }

    proptest! {
        #[test]
        fn every_combination_that_is_told_stands_for_enough_persons(persons in prop::collection::vec(anybody(), 0..80)) {
            let all = grouped(&rule(), &persons);
            let mut counts: BTreeMap<&Traits, usize> = BTreeMap::new();
            for told in all.told.iter().flatten() {
                *counts.entry(told).or_default() += 1;
            }
            prop_assert!(counts.values().all(|count| *count >= rule().smallest_group), "{counts:?}");
            prop_assert_eq!(all.told.iter().filter(|told| told.is_none()).count(), all.left_out);
            prop_assert!(all.left_out < rule().smallest_group, "more would have been enough: {}", all.left_out);
            for (told, asked) in all.told.iter().zip(&persons) {
                // Nothing is told that is not so.
                let Some(told) = told else { continue };
                prop_assert!(told.sex.is_none() || told.sex == asked.sex);
                prop_assert!(told.disorder_group.is_none() || told.disorder_group == asked.disorder_group);
                if let (Some((from, to)), Some((own, _))) = (told.age, asked.age) {
                    prop_assert!((from..=to).contains(&own));
                }
            }
        }
    }
}
