//! How much may leave the platform as a file, and when a second person must agree (`data/export.toml`).

use crate::embedded::DataError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/export.toml";
const TEXT: &str = include_str!("../../../data/export.toml");

/// The bounds of files that leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportRule {
    /// First day in use.
    pub effective_from: Date,
    /// Figures of persons from one to below this are left out of tables that leave.
    pub small_figure: u64,
    /// Rows of one file at most.
    pub most_rows: u64,
    /// Rows about persons in one file without asking.
    pub rows: u64,
    /// Rows about persons in one day without asking.
    pub rows_a_day: u64,
    /// Characters of the reason at least.
    pub reason_characters: usize,
    /// Hours for which an agreed file can be fetched.
    pub fetch_hours: u16,
    /// Hundredths by which the rows may have grown since they were agreed to.
    pub grown_percent: u64,
}

/// What is said to somebody who wants a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may leave.
    Free,
    /// A second person must agree.
    Ask,
    /// It is too large for anybody: the filter must be narrowed.
    TooMany,
}

impl ExportRule {
    /// The bounds that are part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// What is said about a file of so many rows about persons, after so many that left for the same account today.
    #[must_use]
    pub fn verdict(&self, rows: u64, today: u64) -> Verdict {
        if rows > self.most_rows {
            Verdict::TooMany
        } else if rows > self.rows || today.saturating_add(rows) > self.rows_a_day {
            Verdict::Ask
        } else {
            Verdict::Free
        }
    }

    /// Whether what was agreed to is still about as large.
    #[must_use]
    pub fn still_agreed(&self, agreed: u64, now: u64) -> bool {
        now <= agreed.saturating_add(agreed.saturating_mul(self.grown_percent) / 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_much_is_asked() {
        let rule =
            ExportRule { rows: 300, rows_a_day: 1_000, most_rows: 10_000, ..ExportRule::embedded().unwrap() };
        for (rows, today, expected) in [
            (0, 0, Verdict::Free),
            (300, 0, Verdict::Free),
            (301, 0, Verdict::Ask),
            (300, 700, Verdict::Free),
            (300, 701, Verdict::Ask),
            (1, 1_000, Verdict::Ask),
            (10_000, 0, Verdict::Ask),
            (10_001, 0, Verdict::TooMany),
            (u64::MAX, u64::MAX, Verdict::TooMany),
        ] {
            assert_eq!(rule.verdict(rows, today), expected, "{rows} after {today}");
        }
    }

    #[test]
    fn a_file_grows_a_little_between_asking_and_fetching() {
        let rule = ExportRule { grown_percent: 10, ..ExportRule::embedded().unwrap() };
        for (agreed, now, expected) in [(500, 500, true), (500, 550, true), (500, 551, false), (0, 1, false)]
        {
            assert_eq!(rule.still_agreed(agreed, now), expected, "{now} of {agreed}");
        }
    }

    #[test]
    fn the_file_is_sound() {
        let rule = ExportRule::embedded().unwrap();
        assert!(rule.rows <= rule.rows_a_day && rule.rows_a_day <= rule.most_rows);
        assert!(rule.small_figure > 1 && rule.reason_characters > 0 && rule.fetch_hours > 0);
    }
}
