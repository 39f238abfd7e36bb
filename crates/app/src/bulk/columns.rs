//! The columns of a table with their kinds and its key, as the steps of the schema say.

use crate::{
    error::{Error, Result},
    migrate::STEPS,
};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Int,
    Text,
    Bool,
    Time,
    Date,
    Json,
    Bytes,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub name: &'static str,
    pub kind: Kind,
}

/// A table: its columns in their order, and the names of those of its primary key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Table {
    pub columns: Vec<Column>,
    pub key: Vec<&'static str>,
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word.trim_end_matches(',') {
        "{id}" => Kind::Id,
        "{int}" => Kind::Int,
        "{text}" => Kind::Text,
        "{bool}" => Kind::Bool,
        "{time}" => Kind::Time,
        "{date}" => Kind::Date,
        "{json}" => Kind::Json,
        "{bytes}" => Kind::Bytes,
        _ => return None,
    })
}

impl Table {
    /// The table of a name.
    ///
    /// # Errors
    /// No step makes it.
    pub(super) fn named(name: &str) -> Result<Table> {
        let mut table = Table::default();
        for step in STEPS {
            let (begins, adds) =
                (format!("CREATE TABLE {name} ("), format!("ALTER TABLE {name} ADD COLUMN "));
            let mut inside = false;
            for line in step.text.lines() {
                let line = line.split("--").next().unwrap_or_default().trim();
                if let Some(added) = line.strip_prefix(&adds) {
                    table.column(added);
                }
                if inside {
                    inside = !line.starts_with(')');
                    table.line(line);
                }
                inside = inside || line == begins.trim_end();
            }
        }
        if table.columns.is_empty() || table.key.is_empty() {
            return Err(Error::broken(format!("no step makes the table {name}")));
        }
        Ok(table)
    }

    fn line(&mut self, line: &'static str) {
        match line.strip_prefix("PRIMARY KEY (").and_then(|rest| rest.split(')').next()) {
            Some(key) => self.key = key.split(',').map(str::trim).collect(),
            None => self.column(line),
        }
    }

    fn column(&mut self, text: &'static str) {
        let mut words = text.split_whitespace();
        let (Some(name), Some(kind)) = (words.next(), words.next().and_then(kind)) else { return };
        self.columns.push(Column { name, kind });
        if text.contains("PRIMARY KEY") {
            self.key = vec![name];
        }
    }

    /// Names of all columns.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_from_the_steps() {
        let message = Table::named("message").unwrap();
        assert_eq!(message.key, ["home", "id"]);
        assert_eq!(message.columns.len(), 20);
        assert_eq!(message.columns.last().map(|column| column.name), Some("told_at"));
        let organisation = Table::named("organisation").unwrap();
        assert_eq!((organisation.key, organisation.columns[0].kind), (vec!["id"], Kind::Id));
        assert!(Table::named("nothing").is_err());
    }
}
