//! Probabilistic record linkage on generic columns: blocking, comparators, Fellegi-Sunter with EM.
//!
//! The engine finds the records of two lists, or within one, that are of the same person or
//! thing. It knows columns, kinds of columns and levels of agreement, named in a small TOML file
//! ([`Config`]); it learns from the lists themselves how much each agreement weighs ([`Model`]),
//! and says for each pair how likely it is and why ([`Scored`]).
//!
//! Whole files: [`run`]. Record by record, as an application needs it: [`Model::record`],
//! [`Model::keys`] and [`Model::score`].

mod assign;
mod candidates;
mod config;
mod corpus;
mod date;
pub mod distance;
mod error;
mod key;
mod layout;
mod learn;
mod level;
mod link;
mod model;
pub mod name;
mod number;
mod prior;
mod read;
mod sample;
pub mod text;
mod value;

pub use candidates::RuleReport;
pub use config::{Comparison, Config, MOST_COMPARISONS, MOST_LEVELS, MOST_RULES, Rule};
pub use date::Date;
pub use error::Error;
pub use key::{Part, Take};
pub use learn::Pass;
pub use level::{Kind, Level};
pub use link::{Job, Output, Seconds, Summary, run};
pub use model::{BlockKey, Evidence, LevelWeight, Model, Record, Scored, Weights};

/// Settings for department lists of persons in China, shipped with the engine.
pub const PEOPLE: &str = include_str!("../../../data/linkage/people.toml");
