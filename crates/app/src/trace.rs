//! Spans of what an action does: its transaction and its statements. They say which part of the program, which kind of
//! statement and which table, never a value. Unless somebody collects them ([decision 0025](../../../docs/decisions/0025-traces.md))
//! one costs the look at a static number.

pub use tracing::Instrument;
use tracing::{Span, field::Empty, trace_span};

/// What spans of traces are known by among those who look at spans; nobody else writes under this name.
pub const TARGET: &str = "trace";

/// The transaction of an action, by the module that it stands in.
#[must_use]
pub fn transaction(place: &'static str) -> Span {
    trace_span!(target: TARGET, "transaction", "code.namespace" = place)
}

/// A statement; it lasts until the span is dropped.
pub(crate) fn statement(sql: &str) -> Span {
    let span =
        trace_span!(target: TARGET, "statement", "db.operation.name" = Empty, "db.collection.name" = Empty);
    if !span.is_disabled() {
        let (operation, table) = named(sql);
        span.record("db.operation.name", operation);
        span.record("db.collection.name", table);
    }
    span
}

/// Rows that are inserted into a table.
pub(crate) fn rows_into(table: &str) -> Span {
    trace_span!(target: TARGET, "statement", "db.operation.name" = "INSERT", "db.collection.name" = plain(table))
}

/// What a statement does, and to which table; empty where that cannot be told.
fn named(sql: &str) -> (&str, &str) {
    let mut words = sql.split(|c: char| c.is_whitespace() || c == '(').filter(|word| !word.is_empty());
    let operation =
        words.next().filter(|word| word.bytes().all(|byte| byte.is_ascii_uppercase())).unwrap_or_default();
    let table = match operation {
        "UPDATE" => words.next(),
        "INSERT" => words.find(|word| *word == "INTO").and_then(|_| words.next()),
        "SELECT" | "DELETE" | "WITH" => words.find(|word| *word == "FROM").and_then(|_| words.next()),
        _ => None,
    };
    (operation, plain(table.unwrap_or_default()))
}

/// A name of a table, and nothing that is none.
fn plain(word: &str) -> &str {
    let word = word.trim_end_matches([',', ';', ')']);
    let is_name = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_name { word } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_told_by_its_kind_and_table() {
        for (sql, expected) in [
            ("SELECT id FROM person WHERE home = $1", ("SELECT", "person")),
            ("SELECT COUNT(*) /* whole: so */ FROM (SELECT 1 FROM task)", ("SELECT", "")),
            ("SELECT 1", ("SELECT", "")),
            ("INSERT INTO task (id, home) VALUES ($1, $2)", ("INSERT", "task")),
            ("INSERT INTO task(id) SELECT id FROM message", ("INSERT", "task")),
            ("UPDATE account SET name = '张三' WHERE id = $1", ("UPDATE", "account")),
            ("DELETE FROM session WHERE seen_at < $1", ("DELETE", "session")),
            ("WITH a AS (SELECT 1) SELECT x FROM person_key", ("WITH", "person_key")),
            ("COMMIT", ("COMMIT", "")),
            ("SELECT name FROM '张三'", ("SELECT", "")),
            ("", ("", "")),
            ("张三", ("", "")),
        ] {
            assert_eq!(named(sql), expected, "{sql}");
        }
    }
}
