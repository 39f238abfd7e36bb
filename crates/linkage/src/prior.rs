//! Shares known before any list is seen, from `data/linkage/prior.toml`.

use crate::error::Error;
use crate::layout::{Compared, Layout};
use crate::level::{Kind, Level};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The shares of the levels among pairs of one person (`m`) and of two persons (`u`), by
/// comparison, best level first, "different" last. Each list sums to one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shares {
    pub(crate) m: Vec<Vec<f64>>,
    pub(crate) u: Vec<Vec<f64>>,
}

/// The shipped file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prior {
    pub(crate) matches_worth: f64,
    pub(crate) others_worth: f64,
    pub(crate) expected_overlap: f64,
    pub(crate) exact_rule_bits: f64,
    matches: BTreeMap<String, f64>,
    others: BTreeMap<String, f64>,
    others_exact: BTreeMap<Kind, f64>,
}

impl Prior {
    pub(crate) fn shipped() -> Result<Self, Error> {
        Ok(toml::from_str(include_str!("../../../data/linkage/prior.toml"))?)
    }

    pub(crate) fn shares(&self, layout: &Layout) -> Shares {
        let m = layout.comparisons.iter().map(|compared| self.matches(compared)).collect();
        let u = layout.comparisons.iter().map(|compared| self.others(compared)).collect();
        Shares { m, u }
    }

    fn matches(&self, compared: &Compared) -> Vec<f64> {
        let share = |level: Option<&Level>| self.matches.get(family(level)).copied().unwrap_or(0.01);
        normal(compared.levels.iter().map(Some).chain([None]).map(share).collect())
    }

    fn others(&self, compared: &Compared) -> Vec<f64> {
        let share = |level: Option<&Level>| match level {
            Some(Level::Exact) => self.others_exact.get(&compared.kind).copied().unwrap_or(0.01),
            level => self.others.get(family(level)).copied().unwrap_or(0.01),
        };
        normal(compared.levels.iter().map(Some).chain([None]).map(share).collect())
    }
}

/// The name of a level without its number, as in the file.
fn family(level: Option<&Level>) -> &'static str {
    match level {
        None => "different",
        Some(Level::Exact) => "exact",
        Some(Level::Swapped) => "swapped",
        Some(Level::JaroWinkler(_)) => "jaro_winkler",
        Some(Level::Levenshtein(_)) => "levenshtein",
        Some(Level::Damerau(_)) => "damerau",
        Some(Level::Dice(_)) => "dice",
        Some(Level::Prefix(_)) => "prefix",
        Some(Level::Suffix(_)) => "suffix",
        Some(Level::OneDigit) => "one_digit",
        Some(Level::DayAndMonthSwapped) => "day_and_month_swapped",
        Some(Level::TwoParts) => "two_parts",
        Some(Level::SameYear) => "same_year",
        Some(Level::SamePinyin) => "same_pinyin",
        Some(Level::SameCharacters) => "same_characters",
        Some(Level::PinyinOneEdit) => "pinyin_one_edit",
        Some(Level::OneCharacter) => "one_character",
    }
}

/// Scales shares to a sum of one.
pub(crate) fn normal(mut shares: Vec<f64>) -> Vec<f64> {
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        shares.iter_mut().for_each(|share| *share /= sum);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_shipped_shares_know_every_kind_and_level() {
        let prior = Prior::shipped().unwrap();
        for kind in [
            Kind::Text,
            Kind::Category,
            Kind::Identifier,
            Kind::Code,
            Kind::Phone,
            Kind::Date,
            Kind::ChineseName,
        ] {
            assert!(prior.others_exact.contains_key(&kind), "{kind:?}");
            for level in kind.usual_levels() {
                assert!(prior.matches.contains_key(family(Some(&level))), "{level}");
                let exact = level == Level::Exact;
                assert!(exact || prior.others.contains_key(family(Some(&level))), "{level}");
            }
        }
        for text in [
            include_str!("../../../data/linkage/people.toml"),
            include_str!("../../../data/linkage/febrl4.toml"),
        ] {
            let shares = prior.shares(&Layout::new(&Config::from_toml(text).unwrap()));
            for list in shares.m.iter().chain(&shares.u) {
                assert!((list.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }
}
