//! The columns and the key of a table, as the steps of the schema add up to.

use crate::{
    error::{Error, Result},
    migrate::shape::{self, Table},
};
use std::sync::LazyLock;

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| shape::tables(i64::MAX));

/// The table of a name.
///
/// # Errors
/// No step makes it.
pub(super) fn table(name: &str) -> Result<&'static Table> {
    let found = TABLES.iter().find(|table| table.name == name);
    found.ok_or_else(|| Error::broken(format!("no step makes the table {name}")))
}

/// Names of all columns of a table, in their order.
pub(super) fn names(table: &'static Table) -> Vec<&'static str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_came_later_are_known_too() {
        let message = table("message").unwrap();
        assert_eq!(message.key, ["home", "id"]);
        assert_eq!((names(message).len(), names(message).last()), (20, Some(&"told_at")));
        assert!(table("nothing").is_err());
    }
}
