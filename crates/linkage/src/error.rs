//! What can go wrong, always with the place and the remedy.

use std::path::{Path, PathBuf};

/// An error of the engine. The text names the file, the row and the column where they are known,
/// and says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is not valid TOML or holds a key that does not exist.
    #[error("the configuration cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// The configuration is valid TOML but does not make sense.
    #[error("the configuration is wrong at {place}: {problem}; {remedy}")]
    Config {
        /// Where in the configuration.
        place: String,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A file cannot be opened, read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not a well-formed CSV file.
    #[error("{path}: {source}; check the quotes and the number of cells in that row")]
    Csv {
        /// The file.
        path: PathBuf,
        /// What the reader said; holds line and record number.
        source: csv::Error,
    },
    /// A cell holds bytes of no known encoding.
    #[error("{path}, row {row}, column '{column}': not {encoding} text; save the file as UTF-8")]
    Encoding {
        /// The file.
        path: PathBuf,
        /// Row number as a spreadsheet shows it: the header is row 1.
        row: u64,
        /// Header of the column.
        column: String,
        /// The encoding that the file seemed to have.
        encoding: &'static str,
    },
    /// A row has no identifier.
    #[error("{path}, row {row}, column '{column}': the id (first column) is empty; give each row an id")]
    NoId {
        /// The file.
        path: PathBuf,
        /// Row number as a spreadsheet shows it: the header is row 1.
        row: u64,
        /// Header of the first column.
        column: String,
    },
    /// A file has no header or no columns.
    #[error(
        "{path}: the file has no header row; the first row must name the columns, the first being the id"
    )]
    NoHeader {
        /// The file.
        path: PathBuf,
    },
    /// A named column exists nowhere.
    #[error(
        "column '{column}' is neither in the configuration nor in a file; the configuration has: {known}"
    )]
    UnknownColumn {
        /// The name as given.
        column: String,
        /// The configured columns, comma separated.
        known: String,
    },
    /// Nothing is left to compare or to block on.
    #[error("nothing to {purpose}: the files share no such column; {remedy}")]
    Nothing {
        /// "compare" or "block on".
        purpose: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// More records than the engine numbers.
    #[error("{path}: more than {limit} rows; split the file")]
    TooMany {
        /// The file.
        path: PathBuf,
        /// The largest number of rows.
        limit: u32,
    },
    /// A stored model does not belong to this version of the engine or is damaged.
    #[error("the stored model does not fit its configuration ({0}); learn it again")]
    Model(String),
}

impl Error {
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    pub(crate) fn csv(path: &Path, source: csv::Error) -> Self {
        Self::Csv { path: path.to_owned(), source }
    }

    pub(crate) fn config(place: impl Into<String>, problem: impl Into<String>, remedy: &'static str) -> Self {
        Self::Config { place: place.into(), problem: problem.into(), remedy }
    }
}
