//! Pages of a list: one line more than a page holds is read, and tells that there is a next one.

/// Cuts off the line that tells of a next page, beyond so many; where that starts, by the key of a line.
pub(crate) fn cut<T, K>(lines: &mut Vec<T>, page: i64, key: impl FnOnce(&T) -> K) -> Option<K> {
    let more = i64::try_from(lines.len()).unwrap_or(i64::MAX) > page;
    if more {
        lines.pop();
    }
    lines.last().filter(|_| more).map(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_starts_behind_the_last_line() {
        for (lines, left, next) in [(0, 0, None), (1, 1, None), (2, 2, None), (3, 2, Some(2))] {
            let mut all: Vec<i64> = (1..=lines).collect();
            assert_eq!((cut(&mut all, 2, |last| *last), all.len()), (next, left));
        }
    }
}
