//! A configuration made ready for work: columns numbered, cells brought into one form, two records
//! compared into a pattern of levels.

use crate::config::{Config, Rule};
use crate::date::Date;
use crate::level::{Kind, Level};
use crate::name::Name;
use crate::text;
use crate::value::Value;
use std::borrow::Cow;

/// The levels of one pair, four bits per comparison: 0 is missing, 1 the best level, the last
/// number "different".
pub(crate) type Pattern = u128;

const BITS_PER_LEVEL: usize = 4;

/// Level number of one comparison in a pattern.
pub(crate) fn level_at(pattern: Pattern, comparison: usize) -> usize {
    usize::try_from((pattern >> (comparison * BITS_PER_LEVEL)) & 15).unwrap_or(0)
}

/// A column of the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    kind: Kind,
    /// Steps of a hierarchical code, longest first.
    steps: Vec<usize>,
}

/// A comparison with its columns numbered.
#[derive(Debug, Clone)]
pub(crate) struct Compared {
    pub(crate) column: usize,
    pub(crate) kind: Kind,
    pub(crate) levels: Vec<Level>,
    pub(crate) frequency: bool,
    pub(crate) exact: bool,
    /// The comparison with which this one may have changed places.
    partner: Option<usize>,
    /// The comparison whose "swapped" already says everything about this one.
    silenced_by: Option<usize>,
}

impl Compared {
    /// Number of levels besides "missing".
    pub(crate) fn level_count(&self) -> usize {
        self.levels.len() + 1
    }

    /// Name of a level number as in [`Pattern`].
    pub(crate) fn label(&self, level: usize) -> String {
        match level.checked_sub(1) {
            None => "missing".to_owned(),
            Some(at) => self.levels.get(at).map_or_else(|| "different".to_owned(), Level::to_string),
        }
    }
}

/// A blocking rule with its columns numbered.
#[derive(Debug, Clone)]
pub(crate) struct Blocked {
    pub(crate) label: String,
    pub(crate) columns: Vec<usize>,
    rule: Rule,
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) columns: Vec<Column>,
    pub(crate) comparisons: Vec<Compared>,
    pub(crate) rules: Vec<Blocked>,
    missing: Vec<String>,
}

impl Layout {
    pub(crate) fn new(config: &Config) -> Self {
        let names = config.columns();
        let number = |name: &str| names.iter().position(|other| other == name).unwrap_or(usize::MAX);
        let compared = |name: &String| config.compare.iter().position(|other| other.column == *name);
        let comparisons = config.compare.iter().map(|comparison| Compared {
            column: number(&comparison.column),
            kind: comparison.kind,
            levels: comparison.levels.clone(),
            frequency: comparison.frequency,
            exact: config.exact.contains(&comparison.column),
            partner: comparison.swaps_with.as_ref().and_then(compared),
            silenced_by: config
                .compare
                .iter()
                .position(|other| other.swaps_with.as_deref() == Some(comparison.column.as_str())),
        });
        let rules = config.block.iter().map(|rule| Blocked {
            label: label(rule),
            columns: rule.on.iter().map(|part| number(&part.column)).collect(),
            rule: rule.clone(),
        });
        Self {
            comparisons: comparisons.collect(),
            rules: rules.collect(),
            columns: names.iter().map(|name| column(config, name)).collect(),
            missing: config.missing.iter().map(|text| text::plain(text)).collect(),
        }
    }

    /// Brings one cell into the form of its column; empty where it says nothing.
    pub(crate) fn form(&self, column: usize, cell: &str) -> String {
        let Some(column) = self.columns.get(column) else { return String::new() };
        if cell.is_empty() || (!self.missing.is_empty() && self.missing.contains(&text::plain(cell))) {
            return String::new();
        }
        match column.kind {
            Kind::Text | Kind::Category => text::plain(cell),
            Kind::Identifier => text::identifier(cell),
            Kind::Code => text::code(cell, &column.steps),
            Kind::Phone => text::phone(cell),
            Kind::Date => Date::read(&text::plain(cell)).map(Date::digits).unwrap_or_default(),
            Kind::ChineseName => Name::read(cell).map(|name| name.text()).unwrap_or_default(),
        }
    }

    /// Makes a cell in its form ready for one comparison.
    pub(crate) fn value(&self, comparison: usize, form: &str) -> Value {
        self.comparisons
            .get(comparison)
            .map_or(Value::MISSING, |compared| Value::new(compared.kind, &compared.levels, form))
    }

    /// The value of a rule's key, parts separated by a unit separator; `None` where a part is
    /// missing. `forms` are the cells of all columns in their form.
    pub(crate) fn key(&self, rule: usize, forms: &[String]) -> Option<String> {
        let blocked = self.rules.get(rule)?;
        let mut parts = Vec::with_capacity(blocked.columns.len());
        for (part, column) in blocked.rule.on.iter().zip(&blocked.columns) {
            let form = forms.get(*column)?;
            let value = if part.takes.is_empty() { Cow::Borrowed(form) } else { Cow::Owned(part.of(form)) };
            if value.is_empty() {
                return None;
            }
            parts.push(value);
        }
        if blocked.rule.any_order {
            parts.sort_unstable();
        }
        Some(parts.iter().map(|part| part.as_str()).collect::<Vec<_>>().join("\u{1f}"))
    }

    /// Compares two records, given by a function from comparison number to value.
    pub(crate) fn pattern<'a>(
        &self,
        a: impl Fn(usize) -> &'a Value,
        b: impl Fn(usize) -> &'a Value,
    ) -> Pattern {
        let mut pattern: Pattern = 0;
        let mut swapped = 0_u32;
        for (at, compared) in self.comparisons.iter().enumerate() {
            let (left, right) = (a(at), b(at));
            if left.is_missing() || right.is_missing() {
                continue;
            }
            let crossed = compared.partner.is_some_and(|partner| {
                let (left_partner, right_partner) = (a(partner), b(partner));
                // One of the two must be equal; the other may have a slip.
                let equal = left.hash() == right_partner.hash() || left_partner.hash() == right.hash();
                equal && left.is_like(right_partner) && left_partner.is_like(right)
            });
            let level = left.level(right, &compared.levels, crossed);
            let is_swap = crossed && compared.levels.get(level) == Some(&Level::Swapped);
            swapped |= u32::from(is_swap) << at;
            let level = Pattern::from(u8::try_from(level + 1).unwrap_or(0));
            pattern |= level << (at * BITS_PER_LEVEL);
        }
        if swapped == 0 { pattern } else { self.silence(pattern, swapped) }
    }

    /// Where two columns have changed places, one comparison speaks for both.
    fn silence(&self, pattern: Pattern, swapped: u32) -> Pattern {
        let mut pattern = pattern;
        for (at, compared) in self.comparisons.iter().enumerate() {
            if compared.silenced_by.is_some_and(|by| swapped & (1 << by) != 0) {
                pattern &= !(15 << (at * BITS_PER_LEVEL));
            }
        }
        pattern
    }
}

fn column(config: &Config, name: &str) -> Column {
    let comparison = config.compare.iter().find(|comparison| comparison.column == name);
    let mut steps: Vec<usize> = comparison
        .iter()
        .flat_map(|comparison| &comparison.levels)
        .filter_map(|level| if let Level::Prefix(length) = level { Some(*length) } else { None })
        .collect();
    steps.sort_unstable_by(|a, b| b.cmp(a));
    Column { name: name.to_owned(), kind: comparison.map_or(Kind::Text, |c| c.kind), steps }
}

/// How a rule is named in keys and reports. Stored keys depend on it.
fn label(rule: &Rule) -> String {
    let parts: Vec<String> = rule.on.iter().map(ToString::to_string).collect();
    let order = if rule.any_order { " (any order)" } else { "" };
    format!("{}{order}", parts.join(" + "))
}
