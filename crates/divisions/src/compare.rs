//! What a later edition changes: added, removed, renamed, moved to another code.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::ToSpan;
use jiff::civil::Date;
use rules::division::{DivisionCode, Level};
use serde::Serialize;

use crate::{Change, Divisions};

/// A code with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The code.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
}

/// The same code under another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Renamed {
    /// The code.
    pub code: DivisionCode,
    /// The name so far.
    pub old: String,
    /// The name of the later edition.
    pub new: String,
}

/// The same name under another code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The code so far.
    pub old: DivisionCode,
    /// The code of the later edition.
    pub new: DivisionCode,
    /// The name, which did not change.
    pub name: String,
}

/// The difference between two editions. A code stands in at most one of the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Codes that only the later edition has.
    pub added: Vec<Named>,
    /// Codes that only the earlier edition has, without a trace of where they went.
    pub removed: Vec<Named>,
    /// Codes with another name.
    pub renamed: Vec<Renamed>,
    /// Divisions that went to another code.
    pub moved: Vec<Moved>,
    /// Codes that both have under the same name.
    pub unchanged: usize,
}

impl Report {
    /// True when the editions agree.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.renamed.is_empty() && self.moved.is_empty()
    }

    /// The changes that bring the earlier edition to the later one, in force from a day on.
    pub fn changes(&self, from: Date) -> Vec<Change> {
        let last = from.saturating_sub(1.day());
        let begins = |code: DivisionCode, name: &str| Change {
            code,
            name: name.to_owned(),
            kind: None,
            valid_from: Some(from),
            valid_to: None,
            successor: None,
        };
        let ends = |code: DivisionCode, name: &str, successor: Option<DivisionCode>| Change {
            code,
            name: name.to_owned(),
            kind: None,
            valid_from: None,
            valid_to: Some(last),
            successor,
        };
        let mut changes = Vec::new();
        changes.extend(self.added.iter().map(|added| begins(added.code, &added.name)));
        changes.extend(self.removed.iter().map(|removed| ends(removed.code, &removed.name, None)));
        for renamed in &self.renamed {
            changes.push(ends(renamed.code, &renamed.old, None));
            changes.push(begins(renamed.code, &renamed.new));
        }
        for moved in &self.moved {
            changes.push(ends(moved.old, &moved.name, Some(moved.new)));
            changes.push(begins(moved.new, &moved.name));
        }
        changes.sort_by_key(|change| (change.code, change.valid_from));
        changes
    }
}

/// Compares the divisions as they stand with a later edition. Only the provinces and levels that the later
/// edition has at all are compared, so that a list of one province or of counties alone removes nothing else.
///
/// A code that ended and a new code of the same level and name are taken for one division that moved, when the
/// new one lies in the area to which the old one's parent moved, or when it is the only one of that name in the
/// same county, else prefecture, else province.
pub fn compare(earlier: &Divisions, later: &BTreeMap<DivisionCode, String>) -> Report {
    let provinces: BTreeSet<u32> = later.keys().map(|code| code.province_number()).collect();
    let levels: BTreeSet<Level> = later.keys().map(|code| code.level()).collect();
    let mut report = Report::default();
    let mut ended: Vec<Named> = Vec::new();
    let mut known: BTreeSet<DivisionCode> = BTreeSet::new();
    for (code, name) in earlier.iter() {
        if !provinces.contains(&code.province_number()) || !levels.contains(&code.level()) {
            continue;
        }
        known.insert(code);
        match later.get(&code) {
            None => ended.push(Named { code, name }),
            Some(new) if *new != name => report.renamed.push(Renamed { code, old: name, new: new.clone() }),
            Some(_) => report.unchanged += 1,
        }
    }
    let begun = later.iter().filter(|(code, _)| !known.contains(code));
    let mut begun: BTreeMap<DivisionCode, &str> = begun.map(|(code, name)| (*code, name.as_str())).collect();
    follow(ended, &mut begun, &mut report);
    report.added = begun.into_iter().map(|(code, name)| Named { code, name: name.to_owned() }).collect();
    report
}

/// Sorts what ended into moved and removed, from the highest level down, so that a village can follow its town.
fn follow(mut ended: Vec<Named>, begun: &mut BTreeMap<DivisionCode, &str>, report: &mut Report) {
    let mut by_name: HashMap<(Level, &str), Vec<DivisionCode>> = HashMap::new();
    for (code, name) in begun.iter() {
        by_name.entry((code.level(), name)).or_default().push(*code);
    }
    ended.sort_by_key(|named| (named.code.level(), named.code));
    let mut moves: HashMap<DivisionCode, DivisionCode> = HashMap::new();
    for Named { code, name } in ended {
        let candidates = by_name.get(&(code.level(), name.as_str())).map(Vec::as_slice).unwrap_or_default();
        let free = candidates.iter().copied().filter(|candidate| begun.contains_key(candidate));
        match destination(code, &free.collect::<Vec<_>>(), &moves) {
            Some(new) => {
                begun.remove(&new);
                moves.insert(code, new);
                report.moved.push(Moved { old: code, new, name });
            }
            None => report.removed.push(Named { code, name }),
        }
    }
    report.moved.sort_by_key(|moved| moved.old);
    report.removed.sort_by_key(|removed| removed.code);
}

fn destination(
    code: DivisionCode,
    candidates: &[DivisionCode],
    moves: &HashMap<DivisionCode, DivisionCode>,
) -> Option<DivisionCode> {
    let mut areas: Vec<DivisionCode> =
        code.ancestors().filter_map(|above| moves.get(&above).copied()).collect();
    let around = [Level::County, Level::Prefecture, Level::Province];
    areas.extend(around.into_iter().filter(|level| *level < code.level()).map(|level| code.at(level)));
    areas.iter().find_map(|area| {
        let mut inside = candidates.iter().filter(|candidate| area.contains(**candidate));
        let first = inside.next()?;
        inside.next().is_none().then_some(*first)
    })
}
