//! The configuration: which columns are compared, how, and which records meet at all.

use crate::error::Error;
use crate::key::Part;
use crate::level::{Kind, Level};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most comparisons in one configuration: their levels are packed into one 128-bit number.
pub const MOST_COMPARISONS: usize = 32;
/// Most levels of one comparison besides "missing" and "different".
pub const MOST_LEVELS: usize = 13;
/// Most blocking rules: which of them brought a pair together is kept in a 32-bit number.
pub const MOST_RULES: usize = 32;

/// A linkage configuration, usually read from a small TOML file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Pairs below this probability are not written. 0..=1.
    #[serde(default = "half")]
    pub threshold: f64,
    /// Each record is in at most one pair: for two lists that hold nobody twice.
    #[serde(default)]
    pub one_to_one: bool,
    /// Columns whose agreement alone is very strong evidence (and whose disagreement is judged
    /// like that of any other column).
    #[serde(default)]
    pub exact: Vec<String>,
    /// A block that would make more pairs than this is left to the other rules.
    #[serde(default = "largest_block")]
    pub largest_block: u64,
    /// Cells that mean "nothing is known", besides the empty cell.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Other headers under which a column may appear in a file.
    #[serde(default)]
    pub aliases: BTreeMap<String, Vec<String>>,
    /// The comparisons.
    pub compare: Vec<Comparison>,
    /// The blocking rules: two records are compared if they share the key of at least one rule.
    pub block: Vec<Rule>,
}

/// How one column is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The column.
    pub column: String,
    /// What it holds.
    pub kind: Kind,
    /// Levels from best to worst; empty: the usual ones of the kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// Agreement on a rare value weighs more than on a frequent one.
    #[serde(default)]
    pub frequency: bool,
    /// The column with which this one may have changed places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swaps_with: Option<String>,
}

/// A blocking rule: the parts that two records must share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Parts such as `surname | soundex`; all must be present.
    pub on: Vec<Part>,
    /// The parts may stand in any order (given name and surname in each other's column).
    #[serde(default)]
    pub any_order: bool,
}

fn half() -> f64 {
    0.5
}

fn largest_block() -> u64 {
    250_000
}

impl Config {
    /// Reads and checks a configuration.
    ///
    /// # Errors
    /// [`Error::Syntax`] or [`Error::Config`] with the place and the remedy.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let mut config: Self = toml::from_str(text)?;
        config.complete();
        config.check()?;
        Ok(config)
    }

    /// The same configuration without a column: not compared, not an exact rule, in no key.
    #[must_use]
    pub fn without(mut self, column: &str) -> Self {
        self.exact.retain(|name| name != column);
        self.compare.retain(|comparison| comparison.column != column);
        for comparison in &mut self.compare {
            if comparison.swaps_with.as_deref() == Some(column) {
                comparison.swaps_with = None;
                comparison.levels.retain(|level| *level != Level::Swapped);
            }
        }
        self.block.retain(|rule| rule.on.iter().all(|part| part.column != column));
        self.aliases.remove(column);
        self
    }

    /// All columns that the configuration uses, each once, in the order of their first use.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let compared = self.compare.iter().map(|comparison| &comparison.column);
        let blocked = self.block.iter().flat_map(|rule| rule.on.iter().map(|part| &part.column));
        let mut columns: Vec<String> = Vec::new();
        for column in compared.chain(blocked) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        columns
    }

    /// Fills in what follows from the rest: usual levels, the comparison and the blocking rule of
    /// an exact column.
    fn complete(&mut self) {
        for column in &self.exact {
            if !self.compare.iter().any(|comparison| comparison.column == *column) {
                self.compare.push(Comparison {
                    column: column.clone(),
                    kind: Kind::Identifier,
                    levels: Vec::new(),
                    frequency: false,
                    swaps_with: None,
                });
            }
            let alone = Rule { on: vec![Part::whole(column)], any_order: false };
            if !self.block.contains(&alone) {
                self.block.insert(0, alone);
            }
        }
        for comparison in &mut self.compare {
            if comparison.levels.is_empty() {
                comparison.levels = comparison.kind.usual_levels();
                if comparison.swaps_with.is_some() {
                    comparison.levels.insert(1, Level::Swapped);
                }
            }
            if comparison.levels.first() != Some(&Level::Exact) {
                comparison.levels.retain(|level| *level != Level::Exact);
                comparison.levels.insert(0, Level::Exact);
            }
        }
    }

    /// What is wrong with it, where something is.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !(0.0..=1.0).contains(&self.threshold) {
            return Err(Error::config("threshold", "not between 0 and 1", "write for example 0.5"));
        }
        if self.compare.is_empty() || self.compare.len() > MOST_COMPARISONS {
            return Err(Error::config("compare", "there must be 1 to 32 comparisons", "add or remove some"));
        }
        if self.block.is_empty() || self.block.len() > MOST_RULES {
            return Err(Error::config("block", "there must be 1 to 32 rules", "add or remove some"));
        }
        if self.block.iter().any(|rule| rule.on.is_empty()) {
            return Err(Error::config("block", "a rule has no parts", "name at least one column in 'on'"));
        }
        self.compare.iter().try_for_each(|comparison| self.check_comparison(comparison))
    }

    fn check_comparison(&self, comparison: &Comparison) -> Result<(), Error> {
        let place = format!("compare, column '{}'", comparison.column);
        if self.compare.iter().filter(|other| other.column == comparison.column).count() > 1 {
            return Err(Error::config(place, "the column is compared twice", "keep one of the two"));
        }
        if comparison.levels.len() > MOST_LEVELS {
            return Err(Error::config(place, "more than 13 levels", "leave some out"));
        }
        for level in &comparison.levels {
            if !comparison.kind.allows(*level) {
                let problem = format!("level '{level}' does not exist for this kind");
                return Err(Error::config(place, problem, "see the table of kinds and levels"));
            }
            if let Level::JaroWinkler(least) | Level::Dice(least) = level
                && !(0.0..=1.0).contains(least)
            {
                return Err(Error::config(place, "a similarity is not between 0 and 1", "write e.g. 0.9"));
            }
        }
        let partner = comparison.swaps_with.as_ref();
        let known = partner.is_none_or(|partner| self.compare.iter().any(|other| other.column == *partner));
        if !known || partner == Some(&comparison.column) {
            return Err(Error::config(
                place,
                "swaps_with names no other compared column",
                "correct the name",
            ));
        }
        let needs_partner = comparison.levels.contains(&Level::Swapped);
        if needs_partner != partner.is_some() {
            return Err(Error::config(
                place,
                "'swapped' and swaps_with belong together",
                "give both or none",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        exact = ["number"]
        [[compare]]
        column = "given"
        kind = "text"
        swaps_with = "surname"
        [[compare]]
        column = "surname"
        kind = "text"
        levels = [{ jaro_winkler = 0.9 }]
        [[block]]
        on = ["surname | soundex", "given | prefix 1"]
        [[block]]
        on = ["number | prefix 4"]
    "#;

    #[test]
    fn what_follows_from_the_rest_is_filled_in() {
        let config = Config::from_toml(SMALL).unwrap();
        assert_eq!(config.columns(), ["given", "surname", "number"]);
        assert_eq!(config.compare[0].levels[1], Level::Swapped);
        assert_eq!(config.compare[1].levels, [Level::Exact, Level::JaroWinkler(0.9)]);
        assert_eq!(config.block[0].on, [Part::whole("number")]);
    }

    #[test]
    fn without_a_column_nothing_of_it_is_left() {
        let config = Config::from_toml(SMALL).unwrap().without("number");
        assert_eq!((config.exact.len(), config.compare.len(), config.block.len()), (0, 2, 1));
        let config = Config::from_toml(SMALL).unwrap().without("surname");
        assert!(!config.compare[0].levels.contains(&Level::Swapped));
        assert_eq!(config.check().map_err(|error| error.to_string()), Ok(()));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (mistake, place) in [
            ("threshold = 2.0", "threshold"),
            ("[[compare]]\ncolumn='given'\nkind='text'", "'given'"),
            ("[[compare]]\ncolumn='b'\nkind='date'\nlevels=[{jaro_winkler=0.9}]", "'b'"),
            ("[[compare]]\ncolumn='b'\nkind='text'\nswaps_with='c'", "'b'"),
            ("[[compare]]\ncolumn='b'\nkind='text'\nlevels=[{dice=3.0}]", "'b'"),
            ("[[block]]\non=[]", "block"),
            ("[[block]]\non=['a | rot13']", "rot13"),
            ("colour = 'red'", "colour"),
        ] {
            let text = if mistake.starts_with('[') {
                format!("{SMALL}\n{mistake}")
            } else {
                format!("{mistake}\n{SMALL}")
            };
            let error = Config::from_toml(&text).unwrap_err().to_string();
            assert!(error.contains(place), "{error}");
        }
    }
}
