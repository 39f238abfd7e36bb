//! Money in whole fen. There are no fractions and no negative sums.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub u64);

impl Fen {
    /// So many yuan.
    #[must_use]
    pub fn yuan(yuan: u64) -> Fen {
        Fen(yuan.saturating_mul(100))
    }

    /// A sum as people write it: yuan with at most two decimals, with or without signs between thousands.
    #[must_use]
    pub fn parse(text: &str) -> Option<Fen> {
        let plain: String = text.trim().chars().filter(|c| !matches!(c, ',' | '，' | '¥' | '￥')).collect();
        let (yuan, rest) = plain.split_once('.').unwrap_or((&plain, ""));
        let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        if yuan.is_empty() || yuan.len() > 12 || rest.len() > 2 || !digits(yuan) || !digits(rest) {
            return None;
        }
        let fen: u64 = format!("{rest:0<2}").parse().ok()?;
        Some(Fen::yuan(yuan.parse().ok()?).plus(Fen(fen)))
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Fen) -> Fen {
        Fen(self.0.saturating_add(other.0))
    }

    /// The difference, or nothing where the other is more.
    #[must_use]
    pub fn less(self, other: Fen) -> Fen {
        Fen(self.0.saturating_sub(other.0))
    }

    /// So many times the amount.
    #[must_use]
    pub fn times(self, count: u64) -> Fen {
        Fen(self.0.saturating_mul(count))
    }

    /// A fraction of the amount, rounded to the nearest fen, a half upwards; nothing of nothing.
    #[must_use]
    pub fn share(self, part: u64, whole: u64) -> Fen {
        let (amount, part, whole) = (u128::from(self.0), u128::from(part), u128::from(whole));
        let doubled = (amount * part).saturating_mul(2).saturating_add(whole);
        let rounded = doubled.checked_div(whole.saturating_mul(2)).unwrap_or(0);
        Fen(u64::try_from(rounded).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}
