//! Data files that are part of the programme: how a fault in one of them is told.

use thiserror::Error;

/// A data file that cannot be used. The embedded files are tested; a site's own files may be faulty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}: {fault}")]
pub struct DataError {
    /// Name of the file.
    pub file: String,
    /// What is wrong with it.
    pub fault: String,
}

impl DataError {
    /// A fault in a file.
    pub fn new(file: &str, fault: impl std::fmt::Display) -> Self {
        Self { file: file.to_owned(), fault: fault.to_string() }
    }
}
