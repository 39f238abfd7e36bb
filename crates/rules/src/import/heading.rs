//! Which column of a file is which column of the kind: headings differ from sender to sender, stand under a title,
//! and may fill two rows (联系方式 over 电话 and 住址).

use super::{Kind, Required};
use crate::writing::half_width;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// What a user chose by hand, or what was remembered of the sender: heading as written → field; an empty field
/// leaves the column out.
pub type Mapping = BTreeMap<String, String>;

/// The headings of a file, understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// How many rows stand above the first row of data.
    pub rows: usize,
    /// For each column of the file: its heading as written and the field it holds.
    pub columns: Vec<(String, Option<String>)>,
    /// Fields that must be there and are not.
    pub missing: Vec<String>,
    /// Fields under which more than one column stands; the first is taken.
    pub repeated: Vec<String>,
}

impl Heading {
    /// Position of the column that holds a field.
    #[must_use]
    pub fn position(&self, field: &str) -> Option<usize> {
        self.columns.iter().position(|(_, f)| f.as_deref() == Some(field))
    }
}

/// Letters and digits alone, half-width and in lower case: what two spellings of a heading share.
/// What stands in brackets is an explanation: 出生日期（格式2024-01-01）.
fn bare(heading: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for c in heading.chars().map(half_width) {
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            _ if depth == 0 && c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ => {}
        }
    }
    out
}

/// What headings are known under, each once: a list may have hundreds of columns, and each is asked for several times.
struct Known<'a> {
    kind: &'a Kind,
    chosen: &'a Mapping,
    /// Bare names; the first column that has one keeps it.
    names: HashMap<String, &'a str>,
}

impl<'a> Known<'a> {
    fn new(kind: &'a Kind, chosen: &'a Mapping) -> Known<'a> {
        let mut names = HashMap::new();
        for column in &kind.columns {
            let written = [&column.zh, &column.en, &column.field].into_iter().chain(&column.headers);
            for name in written.map(|name| bare(name)).chain([column.field.clone()]) {
                names.entry(name).or_insert(column.field.as_str());
            }
        }
        Known { kind, chosen, names }
    }

    fn field_of(&self, heading: &str) -> Option<String> {
        if let Some(field) = self.chosen.get(heading.trim()) {
            return self.kind.column(field).map(|column| column.field.clone());
        }
        let wanted = bare(heading);
        if wanted.is_empty() {
            return None;
        }
        self.names.get(&wanted).map(|field| (*field).to_owned())
    }
}

/// How many rows at the head of a file are looked at for headings.
const DEPTH: usize = 10;

/// Finds the row of headings among the first rows of a file and matches it. `chosen` wins over what the kind
/// knows. The row with most known headings is taken; the next row joins it where it names further columns
/// under empty or repeated cells.
#[must_use]
pub fn match_headings(kind: &Kind, first_rows: &[Vec<String>], chosen: &Mapping) -> Heading {
    let names = Known::new(kind, chosen);
    let known = |row: &Vec<String>| row.iter().filter(|c| names.field_of(c).is_some()).count();
    let mut best = (0, 0);
    for (at, row) in first_rows.iter().take(DEPTH).enumerate() {
        let count = known(row);
        if count > best.1 {
            best = (at, count);
        }
    }
    let (mut at, found) = best;
    let empty = Vec::new();
    let mut upper = first_rows.get(at).unwrap_or(&empty);
    let mut lower = None;
    if let Some(next) = first_rows.get(at + 1).filter(|next| is_second_row(&names, upper, next)) {
        lower = Some(next);
    } else if let Some(before) = at.checked_sub(1).and_then(|i| first_rows.get(i))
        && found > 0
        && is_second_row(&names, before, upper)
    {
        lower = Some(upper);
        upper = before;
        at -= 1;
    }
    let columns = columns(&names, upper, lower);
    let has = |field: &str| columns.iter().any(|(_, f)| f.as_deref() == Some(field));
    let numbered = has("number") || has("certificate");
    let missing = kind.columns.iter().filter(|c| !has(&c.field) && c.required != Required::Never);
    let missing: Vec<String> =
        missing.filter(|c| c.required == Required::Always || !numbered).map(|c| c.field.clone()).collect();
    let times = |field: &str| columns.iter().filter(|(_, f)| f.as_deref() == Some(field)).count();
    let repeated = kind.columns.iter().filter(|c| times(&c.field) > 1).map(|c| c.field.clone()).collect();
    Heading { rows: at + 1 + usize::from(lower.is_some()), columns, missing, repeated }
}

/// A second row of headings names columns where the first has an empty cell, or one that the list does not know
/// (居住情况 over 区划代码 and 详细地址), or the same column more loosely.
fn is_second_row(names: &Known<'_>, upper: &[String], next: &[String]) -> bool {
    let mut count = 0;
    for (i, cell) in next.iter().enumerate() {
        let Some(field) = names.field_of(cell) else { continue };
        count += 1;
        let above = upper.get(i).and_then(|a| names.field_of(a));
        if above.is_some_and(|a| a != field) {
            return false;
        }
    }
    count > 0 && upper.iter().any(|c| names.field_of(c).is_some())
}

fn columns(
    names: &Known<'_>,
    upper: &[String],
    lower: Option<&Vec<String>>,
) -> Vec<(String, Option<String>)> {
    let width = upper.len().max(lower.map_or(0, Vec::len));
    let cell = |row: &[String], i: usize| row.get(i).map(|c| c.trim().to_owned()).unwrap_or_default();
    let both = (0..width).map(|i| {
        let below = lower.map(|row| cell(row, i)).unwrap_or_default();
        let above = cell(upper, i);
        let text = if below.is_empty() { above } else { below };
        let field = names.field_of(&text);
        (text, field)
    });
    both.collect()
}
