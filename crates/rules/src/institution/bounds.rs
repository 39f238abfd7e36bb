//! Bounds within which a library record can be right: `data/library.toml`.

use jiff::civil::Date;
use serde::Deserialize;

use crate::embedded::DataError;
use crate::talent::Profession;

const FILE: &str = "data/library.toml";
const TEXT: &str = include_str!("../../../../data/library.toml");

/// Beyond these something was mistyped (local defaults).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// First day in use.
    pub effective_from: Date,
    /// Contracted places of one institution.
    pub highest_contracted: u32,
    /// Years of age.
    pub highest_age: u32,
    /// Square metres.
    pub highest_floor_area: u32,
    /// Minutes of training of one person in one calendar year.
    pub highest_training_minutes: u32,
    /// Divisions in the list of areas served.
    pub most_areas: usize,
    /// Characters of a name, an address, a contact.
    pub longest_line: usize,
    /// Characters of a reason or a statement.
    pub longest_text: usize,
    /// Professions that work without a certificate.
    pub without_certificate: Vec<Profession>,
}

impl Bounds {
    /// The bounds that are part of the programme.
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
        let bounds = Bounds::embedded().unwrap();
        assert!(bounds.highest_age >= 100 && bounds.highest_contracted > 0);
        assert!(bounds.longest_line < bounds.longest_text);
    }
}
