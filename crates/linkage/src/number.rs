//! Counts as floating-point numbers, without casts that could cut silently.

/// A count as a number; exact up to 2^53.
pub(crate) fn count(n: u64) -> f64 {
    let half = |bits: u64| f64::from(u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(u32::MAX));
    half(n >> 32) * 4_294_967_296.0 + half(n)
}

/// A length as a number.
pub(crate) fn size(n: usize) -> f64 {
    u32::try_from(n).map_or_else(|_| count(u64::try_from(n).unwrap_or(u64::MAX)), f64::from)
}

/// An index kept in 32 bits as a position.
pub(crate) fn position(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// A position as an index kept in 32 bits. Callers hold at most `u32::MAX` of anything.
pub(crate) fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
