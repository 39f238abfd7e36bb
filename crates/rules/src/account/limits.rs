//! Bounds around accounts and around what is open without signing in (`data/account.toml`).

use crate::embedded::DataError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/account.toml";
const TEXT: &str = include_str!("../../../../data/account.toml");

/// How many of something are let through: so many at once, then so many a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// At once, after a pause.
    pub burst: u32,
    /// A minute, steadily.
    pub per_minute: u32,
}

/// The bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// First day in use.
    pub effective_from: Date,
    /// Days for which the code of an account that was opened at the counter can be used.
    pub code_days: u16,
    /// Sign-ins from one address.
    pub sign_in_address: Rate,
    /// Sign-ins with one username.
    pub sign_in_account: Rate,
    /// Other requests from one address that nobody signs in for.
    pub open: Rate,
}

impl Limits {
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
        let limits = Limits::embedded().unwrap();
        assert!(limits.code_days > 0);
        for rate in [limits.sign_in_address, limits.sign_in_account, limits.open] {
            assert!(rate.burst > 0 && rate.per_minute > 0, "{rate:?}");
        }
    }
}
