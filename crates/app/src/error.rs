//! What an action can answer instead of doing its work.

use crate::db;

/// One thing wrong with one field of what was sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The field's key.
    pub field: String,
    /// What is wrong, as a code; the text is in the catalogue under `problem.CODE`.
    pub code: String,
    /// Values for the text.
    pub values: Vec<String>,
}

impl Problem {
    /// A problem without values.
    #[must_use]
    pub fn new(field: &str, code: &str) -> Problem {
        Problem { field: field.to_owned(), code: code.to_owned(), values: Vec::new() }
    }
}

/// Why an action did not happen. Outside one's scope is [`Error::NotFound`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no.
    #[error("refused: {0}")]
    Refused(rules::Refusal),
    /// Fields are missing or wrong; all of them at once.
    #[error("{} fields are wrong", .0.len())]
    Invalid(Vec<Problem>),
    /// There is no such thing in the caller's scope.
    #[error("not found")]
    NotFound,
    /// Somebody changed it meanwhile.
    #[error("changed meanwhile: expected version {expected}, found {found}")]
    Changed {
        /// The version the caller had seen.
        expected: i64,
        /// The version that stands now.
        found: i64,
    },
    /// The caller's role may not do this at all.
    #[error("forbidden")]
    Forbidden,
    /// Too much at once, or another job of the kind is running; try again.
    #[error("busy")]
    Busy,
    /// The program or its database failed.
    #[error("broken: {0}")]
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

/// Result of an action.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A failure of the program, with its reason.
    #[must_use]
    pub fn broken(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::Broken(reason.into())
    }

    /// One wrong field.
    #[must_use]
    pub fn invalid(field: &str, code: &str) -> Error {
        Error::Invalid(vec![Problem::new(field, code)])
    }

    /// The action may be tried again from its start.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        match self {
            Error::Broken(source) => source.downcast_ref::<db::Error>().is_some_and(db::Error::is_conflict),
            _ => false,
        }
    }

    /// The database is away or full: nothing was stored.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Error::Broken(source) => source.downcast_ref::<db::Error>().is_some_and(db::Error::is_outage),
            _ => false,
        }
    }

    /// The database went away while it was storing: nobody can say whether it did.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        match self {
            Error::Broken(source) => source.downcast_ref::<db::Error>().is_some_and(db::Error::is_uncertain),
            _ => false,
        }
    }

    /// A unique key refused a row.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        match self {
            Error::Broken(source) => source.downcast_ref::<db::Error>().is_some_and(db::Error::is_duplicate),
            _ => false,
        }
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        Error::Broken(Box::new(error))
    }
}

impl From<rules::Refusal> for Error {
    fn from(refusal: rules::Refusal) -> Self {
        Error::Refused(refusal)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::Broken(Box::new(error))
    }
}
