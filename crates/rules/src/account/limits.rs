//! Bounds around accounts and around what is open without signing in (`data/account.toml`).

use super::Role;
use crate::embedded::DataError;
use jiff::{SignedDuration, Timestamp, civil::Date};
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
    /// Days for which it is used at most, where passwords age.
    pub max_days: u16,
    /// Days before their end from which its holder is told.
    pub notice_days: u16,
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

    /// Whether a password that its holder set then is to be changed now; one that somebody else set always is.
    #[must_use]
    pub fn is_due(&self, set_at: Option<Timestamp>, now: Timestamp) -> bool {
        set_at.is_none_or(|at| now >= at + self.lifetime())
    }

    /// The days that are left, counted up, once its holder is to be told of them.
    #[must_use]
    pub fn days_left(&self, set_at: Option<Timestamp>, now: Timestamp) -> Option<i64> {
        const DAY: i64 = 24 * 3600;
        let left = (set_at? + self.lifetime()).duration_since(now).as_secs();
        let days = left.div_euclid(DAY) + i64::from(left.rem_euclid(DAY) > 0);
        (1..=i64::from(self.notice_days)).contains(&days).then_some(days)
    }

    fn lifetime(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.max_days))
    }
}

/// The second factor: codes of an authenticator app (RFC 6238), passkeys (W3C Web Authentication), and codes for when they
/// are lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondFactor {
    /// Roles that cannot do without one, where the operator asks for it.
    pub required: Vec<Role>,
    /// Roles whose second factor must be a passkey, where the operator asks for a second factor.
    pub passkey_required: Vec<Role>,
    /// Passkeys of one account at most.
    pub passkeys: u16,
    /// Minutes after which a question that was put to a passkey ends.
    pub challenge_minutes: u16,
    /// Seconds of a step of time.
    pub step_seconds: u16,
    /// Digits of a code.
    pub digits: u8,
    /// Steps before and after the present one that still count.
    pub drift_steps: u16,
    /// Codes that let in once without the app.
    pub recovery_codes: u16,
    /// Minutes after which a sign-in that waits for a step ends.
    pub half_open_minutes: u16,
}

/// Tokens of programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRule {
    /// Days for which one is valid at most.
    pub longest_days: u16,
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
    /// The second factor.
    pub second_factor: SecondFactor,
    /// Tokens of programs.
    pub token: TokenRule,
    /// Sign-ins from one address.
    pub sign_in_address: Rate,
    /// Sign-ins with one username.
    pub sign_in_account: Rate,
    /// Other requests from one address that nobody signs in for.
    pub open: Rate,
    /// What those signed in ask for.
    pub signed_in: super::Bounds,
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
        assert!(limits.token.longest_days > 0);
        assert!(limits.password.notice_days < limits.password.max_days);
        let factor = &limits.second_factor;
        assert!((6..=8).contains(&factor.digits) && factor.step_seconds > 0 && factor.recovery_codes > 0);
        assert!(i64::from(factor.half_open_minutes) < i64::from(limits.idle_minutes));
        assert!(factor.passkeys > 1, "a second one is what stands in for a lost one");
        assert!(factor.challenge_minutes > 0 && factor.challenge_minutes <= factor.half_open_minutes);
        assert!(factor.passkey_required.iter().all(|role| !matches!(role, Role::System | Role::Client)));
        assert!(!factor.required.contains(&Role::System) && !factor.required.contains(&Role::Client));
        for role in Role::ALL.into_iter().filter(|role| role.power().is_some()) {
            assert!(factor.required.contains(&role), "{role:?} holds one of the three powers");
        }
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

    #[test]
    fn a_password_ends_after_ninety_days_and_is_told_ten_days_before() {
        let rule = Limits::embedded().unwrap().password;
        let set: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let hour = |hours: i64| set + SignedDuration::from_hours(hours);
        for (hours, due, left) in [
            (0, false, None),
            (80 * 24 - 1, false, None),
            (80 * 24, false, Some(10)),
            (80 * 24 + 1, false, Some(10)),
            (81 * 24, false, Some(9)),
            (90 * 24 - 1, false, Some(1)),
            (90 * 24, true, None),
            (900 * 24, true, None),
        ] {
            assert_eq!(rule.is_due(Some(set), hour(hours)), due, "{hours}");
            assert_eq!(rule.days_left(Some(set), hour(hours)), left, "{hours}");
        }
        assert!(rule.is_due(None, set) && rule.days_left(None, set).is_none(), "set by somebody else");
    }
}
