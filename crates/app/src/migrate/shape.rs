//! What the steps add up to, read from their text: which tables there are, with which columns of which kind. SQLite
//! keeps identifiers, bytes, instants and yes-or-no in few types; the braces of the steps still tell them apart.

use super::{known, statements};

/// What a column holds, on either database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An identifier.
    Id,
    /// A whole number.
    Int,
    /// A text.
    Text,
    /// True or false.
    Bool,
    /// An instant.
    Time,
    /// A day.
    Date,
    /// A document.
    Json,
    /// Bytes.
    Bytes,
    /// A floating point number.
    Real,
}

impl Kind {
    fn of(brace: &str) -> Option<Kind> {
        Some(match brace {
            "{id}" => Kind::Id,
            "{int}" => Kind::Int,
            "{text}" => Kind::Text,
            "{bool}" => Kind::Bool,
            "{time}" => Kind::Time,
            "{date}" => Kind::Date,
            "{json}" => Kind::Json,
            "{bytes}" => Kind::Bytes,
            "{real}" => Kind::Real,
            _ => return None,
        })
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the order in which both databases have them.
    pub columns: Vec<Column>,
    /// The columns of its primary key, in their order.
    pub key: Vec<String>,
}

impl Table {
    /// The kind of a column.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<Kind> {
        self.columns.iter().find(|column| column.name == name).map(|column| column.kind)
    }

    /// Whether its rows have a home: then it is the first column of the key.
    #[must_use]
    pub fn has_homes(&self) -> bool {
        self.key.first().is_some_and(|first| first == "home") && self.kind("home") == Some(Kind::Int)
    }
}

/// The tables after the step of this number, in the order in which they were made: whoever fills them in this order
/// finds what a row refers to.
#[must_use]
pub fn tables(until: i64) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for step in known().iter().filter(|step| step.number <= until) {
        for statement in statements(step.text) {
            follow(&mut tables, &statement);
        }
    }
    tables
}

/// What one statement does to the tables. One that is made of rows (`CREATE TABLE … AS`) is gone when its step is over.
fn follow(tables: &mut Vec<Table>, statement: &str) {
    let words: Vec<&str> = statement.split_whitespace().collect();
    match *words.as_slice() {
        ["CREATE", "TABLE", _, "AS", ..] => {}
        ["CREATE", "TABLE", name, ..] => tables.extend(made(name, statement)),
        ["DROP", "TABLE", name, ..] => tables.retain(|table| table.name != name),
        ["ALTER", "TABLE", name, "ADD", "COLUMN", column, brace, ..] => {
            let table = tables.iter_mut().find(|table| table.name == name);
            if let (Some(table), Some(kind)) = (table, Kind::of(brace)) {
                table.columns.push(Column { name: column.to_owned(), kind });
            }
        }
        ["ALTER", "TABLE", name, "DROP", "COLUMN", column, ..] => {
            if let Some(table) = tables.iter_mut().find(|table| table.name == name) {
                table.columns.retain(|known| known.name != column);
            }
        }
        _ => {}
    }
}

fn made(name: &str, statement: &str) -> Option<Table> {
    let (_, body) = statement.split_once('(')?;
    let (body, _) = body.rsplit_once(')')?;
    let mut table = Table { name: name.to_owned(), columns: Vec::new(), key: Vec::new() };
    for part in parts(body) {
        let words: Vec<&str> = part.split_whitespace().collect();
        match *words.as_slice() {
            ["PRIMARY", "KEY", ..] => {
                let inside = part.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
                let names = inside.map_or("", |(names, _)| names).split(',');
                table.key = names.map(|name| name.trim().to_owned()).collect();
            }
            [column, brace, ..] => {
                let Some(kind) = Kind::of(brace) else { continue };
                table.columns.push(Column { name: column.to_owned(), kind });
                if part.contains("PRIMARY KEY") {
                    table.key = vec![column.to_owned()];
                }
            }
            _ => {}
        }
    }
    Some(table)
}

/// What stands between the commas that are in no brackets.
fn parts(body: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0_i32);
    for character in body.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(character);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::STEPS;

    fn newest() -> Vec<Table> {
        tables(STEPS.last().unwrap().number)
    }

    #[test]
    fn every_table_has_a_key_of_its_own_columns() {
        let tables = newest();
        assert!(tables.len() > 50, "{}", tables.len());
        for table in &tables {
            assert!(!table.key.is_empty(), "{}", table.name);
            assert!(table.key.iter().all(|name| table.kind(name).is_some()), "{}", table.name);
        }
    }

    #[test]
    fn columns_that_were_added_come_last_and_tables_made_anew_stand_once() {
        let tables = newest();
        let message = tables.iter().find(|table| table.name == "message").unwrap();
        assert_eq!(message.columns.last().unwrap(), &Column { name: "told_at".into(), kind: Kind::Time });
        assert_eq!(message.key, ["home", "id"]);
        assert!(message.has_homes());
        let audit: Vec<&Table> = tables.iter().filter(|table| table.name.starts_with("audit")).collect();
        assert_eq!(audit.iter().filter(|table| table.name == "audit").count(), 1);
        assert!(audit.iter().all(|table| table.name != "audit_unchained"));
        assert_eq!(audit[0].key, ["home", "number"]);
    }

    #[test]
    fn an_earlier_step_has_the_tables_of_its_time() {
        let tables = tables(1);
        let session = tables.iter().find(|table| table.name == "session").unwrap();
        assert_eq!(session.kind("awaits"), None);
        assert!(tables.iter().all(|table| table.name != "person"));
    }
}
