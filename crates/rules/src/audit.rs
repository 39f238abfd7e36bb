//! How the log is kept (`data/audit.toml`).

use crate::embedded::DataError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/audit.toml";
const TEXT: &str = include_str!("../../../data/audit.toml");

/// How the log is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keeping {
    /// First day in use.
    pub effective_from: Date,
    /// Minutes between two checkpoints while there are new entries.
    pub checkpoint_minutes: u16,
    /// Days for which entries are kept.
    pub retention_days: u16,
    /// Days for which the law wants them kept at least.
    pub least_retention_days: u16,
}

impl Keeping {
    /// What is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_sound() {
        let keeping = Keeping::embedded().unwrap();
        assert!((1..=60).contains(&keeping.checkpoint_minutes), "{keeping:?}");
        assert!(keeping.least_retention_days >= 184, "six months: {keeping:?}");
        assert!(keeping.retention_days >= keeping.least_retention_days, "{keeping:?}");
    }
}
