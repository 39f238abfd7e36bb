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

/// What a new password must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordRule {
    /// Characters at least.
    pub characters: u16,
    /// Kinds of them at least: small letters, capital letters, digits, anything else.
    pub kinds: u16,
    /// From how many of the last ones it must differ, the present one included.
    pub earlier: u16,
}

impl PasswordRule {
    /// Whether a password is long and varied enough. Scripts without capitals count as letters of one kind.
    #[must_use]
    pub fn is_met(&self, password: &str) -> bool {
        let kinds = [
            password.chars().any(|c| c.is_alphabetic() && !c.is_uppercase()),
            password.chars().any(char::is_uppercase),
            password.chars().any(|c| c.is_ascii_digit()),
            password.chars().any(|c| !c.is_alphanumeric()),
        ];
        password.chars().count() >= usize::from(self.characters)
            && kinds.iter().filter(|kind| **kind).count() >= usize::from(self.kinds)
    }
}

/// The bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// First day in use.
    pub effective_from: Date,
    /// Days for which the code of an account that was opened at the counter can be used.
    pub code_days: u16,
    /// Hours after which a session ends.
    pub session_hours: u16,
    /// Minutes without use after which it ends.
    pub idle_minutes: u16,
    /// Wrong passwords in a row that lock an account …
    pub failures: u16,
    /// … for so many minutes.
    pub lock_minutes: u16,
    /// Who may hand work to a colleague for a time, and for how long.
    pub delegation: super::Delegation,
    /// What a new password must be.
    pub password: PasswordRule,
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
        assert!(limits.code_days > 0 && limits.failures > 0 && limits.lock_minutes > 0);
        assert!(i64::from(limits.idle_minutes) < 60 * i64::from(limits.session_hours));
        assert!((1..=4).contains(&limits.password.kinds) && limits.password.earlier > 0);
        for rate in [limits.sign_in_address, limits.sign_in_account, limits.open] {
            assert!(rate.burst > 0 && rate.per_minute > 0, "{rate:?}");
        }
    }

    #[test]
    fn a_password_needs_ten_characters_of_three_kinds() {
        let rule = Limits::embedded().unwrap().password;
        for (password, good) in [
            ("Bridge-2026", true),
            ("bridge2026!", true),
            ("Bridge2026", true),
            ("桥梁与河流-2026年", true),
            ("bridge2026", false),
            ("Br-2026", false),
            ("", false),
        ] {
            assert_eq!(rule.is_met(password), good, "{password}");
        }
    }
}
