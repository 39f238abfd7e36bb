//! How many persons live in which county.

use crate::synth::names::table;
use anyhow::{Context, Result, ensure};
use app::division::Divisions;
use rules::division::Level;
use std::collections::BTreeMap;

const PROVINCES: &str = include_str!("../../../../../data/synth/provinces.csv");

/// Persons for each further county of a province: where there are few persons, they live in few counties.
const PEOPLE_OF_A_COUNTY: u64 = 200;

/// Credit codes of their institutions are enough for so many.
const MOST: u64 = 7_000_000;

#[derive(serde::Deserialize)]
struct Province {
    code: i64,
    people: u64,
}

/// A county's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// 12 digits.
    pub county: i64,
    /// The persons before it, counted through the country.
    pub first: u64,
    /// Its persons.
    pub people: u64,
}

/// Shares of all counties in the order of their codes: provinces by their population, counties by their villages.
///
/// # Errors
/// There are too few persons, or too many.
pub fn shares(divisions: &Divisions, people: u64) -> Result<Vec<Share>> {
    let provinces: Vec<Province> = table(PROVINCES)?;
    ensure!(people >= 310, "a country has 310 persons at least");
    ensure!(people <= MOST, "at most {MOST} persons");
    let mut villages: BTreeMap<i64, u64> = BTreeMap::new();
    for (code, _) in divisions.iter().filter(|(code, _)| code.level() == Level::Village) {
        *villages.entry(code.at(Level::County).number()).or_default() += 1;
    }
    villages.retain(|county, _| {
        let code = rules::division::DivisionCode::new(*county);
        // Towns of Dongguan and the like stand directly below their prefecture.
        code.is_ok_and(|code| code.level() == Level::County && divisions.get(code).is_some())
    });
    let of_province = split(people, &provinces.iter().map(|p| p.people).collect::<Vec<_>>());
    let mut shares = Vec::new();
    let mut first = 0;
    for (province, people) in provinces.iter().zip(of_province) {
        let from = province.code * 10_000_000_000;
        let mut counties: Vec<(i64, u64)> =
            villages.range(from..from + 10_000_000_000).map(|(county, count)| (*county, *count)).collect();
        counties.sort_by_key(|(county, count)| (std::cmp::Reverse(*count), *county));
        let most = usize::try_from((people / PEOPLE_OF_A_COUNTY).max(1))?;
        counties.truncate(most);
        counties.sort_unstable();
        let weights: Vec<u64> = counties.iter().map(|(_, count)| *count).collect();
        for ((county, _), people) in counties.into_iter().zip(split(people, &weights)) {
            shares.push(Share { county, first, people });
            first += people;
        }
    }
    shares.retain(|share| share.people > 0);
    shares.last().context("there are no counties")?;
    Ok(shares)
}

/// A number in parts by weight; the parts add up to it.
fn split(whole: u64, weights: &[u64]) -> Vec<u64> {
    let sum = u128::from(weights.iter().sum::<u64>().max(1));
    let mut before = 0_u128;
    let mut given = 0;
    let mut parts = Vec::with_capacity(weights.len());
    for weight in weights {
        before += u128::from(*weight);
        let until = u64::try_from(u128::from(whole) * before / sum).unwrap_or(whole);
        parts.push(until - given);
        given = until;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_reach_every_province() {
        let divisions = Divisions::embedded().unwrap();
        for people in [3_000, 200_000, 6_600_000] {
            let shares = shares(&divisions, people).unwrap();
            assert_eq!(shares.iter().map(|share| share.people).sum::<u64>(), people);
            let provinces: std::collections::BTreeSet<i64> =
                shares.iter().map(|share| share.county / 10_000_000_000).collect();
            assert_eq!(provinces.len(), 31);
            assert!(shares.windows(2).all(|pair| {
                pair[0].county < pair[1].county && pair[0].first + pair[0].people == pair[1].first
            }));
        }
        assert!(shares(&divisions, 6_600_000).unwrap().len() > 2_500);
        assert!(shares(&divisions, 100).is_err());
    }
}
