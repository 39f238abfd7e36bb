//! What senders write above their columns: the same seed writes the same headings.

use super::{chance::one_of, names::table};
use anyhow::{Context, Result};
use rand::Rng;
use std::collections::BTreeMap;

const HEADINGS: &str = include_str!("../../../../data/synth/headings.csv");

/// Headings known for each field.
#[derive(Debug)]
pub struct Headings(BTreeMap<String, Vec<String>>);

#[derive(serde::Deserialize)]
struct Line {
    field: String,
    headings: String,
}

impl Headings {
    /// Reads the embedded table.
    ///
    /// # Errors
    /// It cannot be read; a test reads it.
    pub fn embedded() -> Result<Headings> {
        let lines = table::<Line>(HEADINGS)?.into_iter();
        Ok(Headings(lines.map(|l| (l.field, l.headings.split('|').map(str::to_owned).collect())).collect()))
    }

    /// One heading for each field.
    ///
    /// # Errors
    /// The table does not know a field.
    pub fn draw(&self, chance: &mut impl Rng, fields: &[&str]) -> Result<Vec<String>> {
        let one = |field: &&str| {
            let known = self.0.get(*field).with_context(|| format!("no heading for {field}"))?;
            one_of(chance, known).cloned().with_context(|| format!("no heading for {field}"))
        };
        fields.iter().map(one).collect()
    }
}
