//! Lists of visits: their heading, and rows in it.

use crate::TODAY;
use rules::followup::list::{Column, Heading, Row};
use rules::followup::{AdverseReaction, FollowupTable, Physical, classify, next_visit};
use std::sync::LazyLock;

static TERMS: LazyLock<Option<FollowupTable>> = LazyLock::new(|| FollowupTable::embedded().ok());

/// The first line is a heading, with cells between bars; where it is none, the usual one stands above all lines.
pub(crate) fn list(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(cells);
    let usual = Heading::read(Column::ALL.iter().map(|column| column.name().as_bytes()));
    assert!(usual.is_ok(), "the usual heading is one");
    let Ok(usual) = usual else { return };
    let found = lines.clone().next().and_then(|first| Heading::read(first.into_iter()).ok());
    if found.is_some() {
        lines.next();
    }
    let heading = found.as_ref().unwrap_or(&usual);
    for cells in lines {
        match heading.row(cells.len(), |place| cells.get(place).copied()) {
            Ok(row) => holds(row, &usual),
            Err(faults) => assert!(!faults.is_empty(), "a refusal says why"),
        }
    }
}

fn cells(line: &[u8]) -> Vec<&[u8]> {
    line.split(|byte| *byte == b'|').collect()
}

/// A visit that was read is read as itself, and its next one lies after it, except at the end of time.
fn holds(row: Row, usual: &Heading) {
    let written = normal(row);
    let again = usual.row(written.len(), |place| written.get(place).map(|cell| cell.as_bytes()));
    assert_eq!(again, Ok(row), "{written:?}");
    let (Ok(found), Some(table)) = (classify(&row.findings), TERMS.as_ref()) else { return };
    assert_eq!(found.class, found.rule.class());
    let rules = table.in_force(row.on);
    let next = next_visit::latest(row.on, next_visit::course(found.class, row.previous, None, rules), rules);
    assert!(next > row.on || row.on > TODAY, "{next} is not after {}", row.on);
}

fn normal(row: Row) -> [String; 12] {
    let optional = |code: Option<u8>| code.map(|code| code.to_string()).unwrap_or_default();
    let found = row.findings;
    let [self_care, housework, work, learning, social] = found.function.map(|item| item.code().to_string());
    let reaction = match found.adverse_reaction {
        AdverseReaction::None => "none",
        AdverseReaction::Mild => "mild",
        AdverseReaction::Severe => "severe",
    };
    let body = match found.physical {
        Physical::Stable => "stable",
        Physical::Unstable => "unstable",
        Physical::Severe => "severe",
    };
    [
        row.on.to_string(),
        optional(found.risk.map(u8::from)),
        optional(found.symptoms.map(u8::from)),
        optional(found.insight.map(u8::from)),
        self_care,
        housework,
        work,
        learning,
        social,
        reaction.to_owned(),
        body.to_owned(),
        optional(row.previous.map(u8::from)),
    ]
}
