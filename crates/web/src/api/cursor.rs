//! Where the next page of a list starts, as a text that callers pass back unread.

use super::problem::{ApiFailure, ProblemDocument};
use app::id::Id;
use jiff::Timestamp;

/// The cursor after a row.
pub(crate) fn write((at, id): (Timestamp, Id)) -> String {
    format!("{:016x}{}", at.as_microsecond(), id.0.simple())
}

/// Reads a cursor.
pub(crate) fn read(text: &str) -> Result<(Timestamp, Id), ApiFailure> {
    let parts = || {
        let (at, id) = text.split_at_checked(16)?;
        // As it is written: sixteen digits and no sign.
        let digits = Some(at).filter(|at| at.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        let at = u64::from_str_radix(digits, 16).ok()?.cast_signed();
        let at = Timestamp::from_microsecond(at).ok()?;
        Some((at, id.parse().ok()?))
    };
    parts().ok_or_else(|| ProblemDocument::invalid("after", "cursor_invalid").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_rubbish_is_not() {
        let at: Timestamp = "2026-11-21T08:00:00.123456Z".parse().unwrap();
        let id = Id::in_division(310_115_000_000, at);
        for at in [at, "1936-10-01T00:00:00Z".parse().unwrap()] {
            assert_eq!(read(&write((at, id))).ok(), Some((at, id)));
        }
        assert!(read(&format!("-1065bd9a3b1c2d4{}", id.0.simple())).is_err(), "a sign");
        for rubbish in ["", "x", "0000000000000000", "ffffffffffffffffffff", "日本日本日本日本"] {
            assert!(read(rubbish).is_err(), "{rubbish}");
        }
    }
}
