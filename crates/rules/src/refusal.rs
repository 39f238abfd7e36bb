//! A *no* of the rules: a code, the rule it comes from, and values for the text. No text of its own.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// Why a command is not carried out. The text is in the catalogue under `refusal.CODE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What stands in the way, in snake case: `no_free_place`, `wrong_role`, `not_signed`.
    pub code: String,
    /// The rule that says so: `T8`, `I1`, `K3`, `E4`.
    pub rule: String,
    /// Values for the text: a name, a date, a limit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Refusal {
    /// A refusal without values.
    #[must_use]
    pub fn new(rule: &str, code: &str) -> Refusal {
        Refusal { code: code.to_owned(), rule: rule.to_owned(), values: BTreeMap::new() }
    }

    /// Adds a value for the text.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl fmt::Display) -> Refusal {
        self.values.insert(key.to_owned(), value.to_string());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.code, self.rule)
    }
}

impl std::error::Error for Refusal {}
