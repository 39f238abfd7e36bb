//! Which division a written name means: 佳虹社区, 金桥镇佳虹居委会, 上海市浦东新区金桥镇佳虹社区居民委员会.
//!
//! Other than the search, which offers whatever resembles a query, nothing is guessed here: every part of what is
//! written must be the division's name or that of an area above it. Only the endings that people write in many ways
//! (社区, 居委会, 社区居民委员会) may differ, and only where no name fits as written.

use std::ops::RangeInclusive;

use rules::division::{DivisionCode, Level};
use rules::writing::half_width;

use crate::search::ENDINGS;
use crate::{Division, Divisions};

/// A stem shorter than this names no area above: 东城 is one, 东 is none.
const SHORTEST_STEM: usize = 2;
/// Stands between a municipality and its districts in official lists, and nobody lives there.
const NO_AREA: &str = "市辖区";

impl Divisions {
    /// All divisions within an interval of codes, or in the nation, that a name or a path of names means, in the
    /// order of their codes. `level` asks for those of one level, as far as there are some.
    #[must_use]
    pub fn named(
        &self,
        written: &str,
        within: Option<RangeInclusive<i64>>,
        level: Option<Level>,
    ) -> Vec<Division> {
        let written: String = written.chars().map(half_width).filter(|c| c.is_alphanumeric()).collect();
        if written.is_empty() {
            return Vec::new();
        }
        for bare in [false, true] {
            let found = self.meant(&written, within.clone(), bare);
            if found.is_empty() {
                continue;
            }
            let of_level = |division: &&Division| level.is_none_or(|l| division.code.level() == l);
            let asked: Vec<Division> = found.iter().filter(of_level).cloned().collect();
            return if asked.is_empty() { found } else { asked };
        }
        Vec::new()
    }

    /// Divisions of which everything written is explained; with `bare`, without regard to endings.
    fn meant(&self, written: &str, within: Option<RangeInclusive<i64>>, bare: bool) -> Vec<Division> {
        let scope = within.map_or(0..self.codes.len(), |codes| self.slice(*codes.start(), *codes.end()));
        let end = if bare { stem(written) } else { written };
        // A character that stands in no name at all explains nothing.
        let Some(numbers) = end.chars().map(|c| self.names.number(c)).collect::<Option<Vec<u16>>>() else {
            return Vec::new();
        };
        let explained = |index: &usize| {
            let name = self.names.numbers(*index);
            let possible = match (bare, name.first()) {
                (false, _) => !name.is_empty() && numbers.ends_with(name),
                (true, first) => first.is_some_and(|first| numbers.contains(first)),
            };
            possible && self.explains(*index, written, bare)
        };
        let shown = scope.filter(|index| explained(index) && !self.is_placeholder_at(*index));
        shown.filter(|index| !self.is_over(*index)).filter_map(|index| self.division_at(index)).collect()
    }

    fn explains(&self, index: usize, written: &str, bare: bool) -> bool {
        let own = self.names.text(index);
        let rest =
            if bare { stem(written).strip_suffix(stem(&own)) } else { written.strip_suffix(own.as_str()) };
        let (Some(mut rest), Some(code)) = (rest, self.code(index)) else { return false };
        for above in code.ancestors() {
            rest = rest.strip_suffix(NO_AREA).unwrap_or(rest);
            let Some(name) = self.shown_name(above) else { continue };
            let short = stem(&name);
            let by_stem =
                || (short.chars().count() >= SHORTEST_STEM).then(|| rest.strip_suffix(short)).flatten();
            rest = rest.strip_suffix(name.as_str()).or_else(by_stem).unwrap_or(rest);
        }
        rest.is_empty()
    }

    /// The path of a division, for people who are to choose between several.
    #[must_use]
    pub fn path_or_code(&self, code: DivisionCode) -> String {
        self.path(code).unwrap_or_else(|| code.to_string())
    }
}

/// A name without its ending; a name that is nothing but an ending stays.
fn stem(name: &str) -> &str {
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    stem.filter(|stem| !stem.is_empty()).unwrap_or(name)
}
