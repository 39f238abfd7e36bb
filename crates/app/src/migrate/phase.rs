//! What a step means for programs that do not know it: so an older and a newer one work on one database while an upgrade
//! goes on ([decision 0024](../../../../docs/decisions/0024-old-and-new-side-by-side.md)).

use serde::Serialize;

/// What a step means for programs that do not know it. It is declared in the list of steps, by whoever writes the step: no
/// text of SQL tells whether an older program would keep a table up to date that it has never heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum Phase {
    /// Adds what programs that do not know it bear: a table, a column that may be empty, an index.
    Expand,
    /// Fills what was added; programs keep it filled that know the step `since`.
    Backfill {
        /// The step that a program must know to go on.
        since: i64,
    },
    /// Takes away or narrows what programs use that do not know the step `since`. The program that brings it does without.
    Contract {
        /// The step that a program must know to go on.
        since: i64,
    },
}

impl Phase {
    /// The step that a program must know to work with the database afterwards.
    #[must_use]
    pub fn needs(self) -> i64 {
        match self {
            Phase::Expand => 0,
            Phase::Backfill { since } | Phase::Contract { since } => since,
        }
    }

    /// Its name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Phase::Expand => "expand",
            Phase::Backfill { .. } => "backfill",
            Phase::Contract { .. } => "contract",
        }
    }

    /// The same as [`phase!`], from the words of a text; nothing where they are no phase.
    #[cfg(debug_assertions)]
    pub(crate) fn read(words: &[&str], number: i64) -> Option<Phase> {
        let since = match words {
            [_, "since", since] => since.parse().ok()?,
            [_] => number,
            _ => return None,
        };
        match words.first() {
            Some(&"expand") => Some(Phase::Expand),
            Some(&"backfill") => Some(Phase::Backfill { since }),
            Some(&"contract") => Some(Phase::Contract { since }),
            _ => None,
        }
    }
}

/// The phase of a step as its list has it: `expand`, `contract`, `contract 31`. Without a number it needs itself: no
/// program that does not know it goes on.
macro_rules! phase {
    (expand $own:literal) => {
        $crate::migrate::Phase::Expand
    };
    (backfill $own:literal) => {
        $crate::migrate::Phase::Backfill { since: $own }
    };
    (backfill $own:literal $since:literal) => {
        $crate::migrate::Phase::Backfill { since: $since }
    };
    (contract $own:literal) => {
        $crate::migrate::Phase::Contract { since: $own }
    };
    (contract $own:literal $since:literal) => {
        $crate::migrate::Phase::Contract { since: $since }
    };
}
pub(crate) use phase;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::{STEPS, Step, statements};

    /// The mildest phase that a statement can be part of: 0 expand, 1 backfill, 2 contract.
    fn least(statement: &str, made: &[&str]) -> u8 {
        let words: Vec<&str> = statement
            .split(|c: char| c.is_whitespace() || c == '(')
            .filter(|word| !word.is_empty())
            .collect();
        match *words.as_slice() {
            ["CREATE", "TABLE", _, "AS", ..] | ["INSERT", ..] | ["UPDATE", ..] => 1,
            ["CREATE", "TABLE", ..] | ["CREATE", "INDEX", ..] => 0,
            // Of a table that the step makes, or over a column that it adds, which who does not know it leaves empty.
            ["CREATE", "UNIQUE", "INDEX", _, "ON", table, ref columns @ ..]
                if made.contains(&table)
                    || columns
                        .iter()
                        .any(|column| made.contains(&column.trim_end_matches([',', ')', ';']))) =>
            {
                0
            }
            // A column that may not be empty is left out by who does not know it.
            ["ALTER", "TABLE", _, "ADD", ..] => {
                if statement.contains("NOT NULL") && !statement.contains("DEFAULT") { 2 } else { 0 }
            }
            _ => 2,
        }
    }

    fn declared(step: &Step) -> u8 {
        match step.phase {
            Phase::Expand => 0,
            Phase::Backfill { .. } => 1,
            Phase::Contract { .. } => 2,
        }
    }

    #[test]
    fn no_step_is_declared_milder_than_its_statements() {
        for step in STEPS {
            let all = statements(step.text);
            let made: Vec<&str> = all
                .iter()
                .filter_map(|statement| match statement.split([' ', '(']).collect::<Vec<_>>()[..] {
                    ["CREATE", "TABLE", name, ..] | ["ALTER", "TABLE", _, "ADD", "COLUMN", name, ..] => {
                        Some(name)
                    }
                    _ => None,
                })
                .collect();
            for statement in &all {
                assert!(least(statement, &made) <= declared(step), "{}: {statement}", step.name);
            }
        }
    }

    #[test]
    fn what_statements_are_at_least() {
        for (statement, expected) in [
            ("CREATE TABLE a (x {int})", 0),
            ("CREATE INDEX a_by_x ON a (x)", 0),
            ("CREATE UNIQUE INDEX a_once ON a (x)", 0),
            ("CREATE UNIQUE INDEX b_once ON b (x)", 2),
            ("CREATE UNIQUE INDEX b_once ON b (x, added)", 0),
            ("ALTER TABLE b ADD COLUMN x {int}", 0),
            ("ALTER TABLE b ADD COLUMN x {int} NOT NULL DEFAULT 0", 0),
            ("ALTER TABLE b ADD COLUMN x {int} NOT NULL", 2),
            ("CREATE TABLE a AS SELECT x FROM b", 1),
            ("INSERT INTO a (x) SELECT x FROM b", 1),
            ("UPDATE b SET x = 1", 1),
            ("DELETE FROM b", 2),
            ("DROP INDEX b_by_x", 2),
            ("ALTER TABLE b DROP COLUMN x", 2),
            ("ALTER TABLE b RENAME TO c", 2),
        ] {
            assert_eq!(least(statement, &["a", "added"]), expected, "{statement}");
        }
    }

    #[test]
    fn a_step_needs_no_later_one() {
        for step in STEPS {
            assert!(step.phase.needs() <= step.number, "{}", step.name);
        }
    }

    #[test]
    fn a_phase_is_read_from_words() {
        for (words, expected) in [
            (&["expand"][..], Some(Phase::Expand)),
            (&["backfill"], Some(Phase::Backfill { since: 40 })),
            (&["contract", "since", "36"], Some(Phase::Contract { since: 36 })),
            (&["contract", "before", "36"], None),
            (&["shrink"], None),
            (&[], None),
        ] {
            assert_eq!(Phase::read(words, 40), expected, "{words:?}");
        }
    }
}
