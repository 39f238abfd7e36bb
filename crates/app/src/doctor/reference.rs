//! Whether the rows exist that other rows name. Foreign keys say so for a part of them alone: a large table has none to a
//! local one, and none without the home.

mod table;

use crate::{
    App,
    db::{Plain, Value},
    error::{Error, Result},
    id::Id,
    migrate::shape,
    p,
    person::sql::{TOGETHER, keyed},
};
use std::collections::{BTreeMap, BTreeSet};
use table::REFERENCES;
use uuid::Uuid;

/// A column that names rows.
struct Reference {
    table: &'static str,
    column: &'static str,
    /// The table whose rows it names, by their `id`.
    to: &'static str,
    /// The home of the row that is named.
    home: Home,
    /// Which rows name one of this table, where the column may name those of several; `c` is the row.
    when: &'static str,
}

/// Where the home of a named row is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    /// Rows of that table have none.
    Nowhere,
    /// It is that of the row itself.
    Own,
    /// The identifier alone carries it.
    Carried,
}

/// Rows that name what is not there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Orphans {
    /// Their table.
    pub table: &'static str,
    /// The column that names nothing.
    pub column: &'static str,
    /// The table in which it should stand.
    pub to: &'static str,
    /// How many rows.
    pub count: u64,
    /// Some of the identifiers that they name.
    pub missing: Vec<Id>,
}

/// Identifiers told of each column.
const EXAMPLES: usize = 3;
/// Rows read at once where each is looked up by its identifier.
const PAGE: usize = 2_000;

/// Looks at every reference between tables. Nobody is named by an identifier of zeros: that is how the clock and the command
/// line are written down.
///
/// # Errors
/// The database is gone.
pub async fn references(app: &App) -> Result<Vec<Orphans>> {
    let mut found = Vec::new();
    for reference in REFERENCES {
        let orphans = if reference.home == Home::Carried {
            looked_up(app, reference).await?
        } else {
            joined(app, reference).await?
        };
        found.extend(orphans);
    }
    Ok(found)
}

impl Reference {
    fn orphans(&self, count: u64, missing: Vec<Id>) -> Option<Orphans> {
        let Reference { table, column, to, .. } = *self;
        (count > 0).then_some(Orphans { table, column, to, count, missing })
    }

    /// The condition on rows that name one of the table at all.
    fn named(&self) -> String {
        let also = if self.when.is_empty() { String::new() } else { format!(" AND {}", self.when) };
        format!("c.{0} IS NOT NULL AND c.{0} <> $1{also}", self.column)
    }

    /// The rows that name nothing, in one statement that both databases read as a stream. It sees one instant: a row and
    /// what it names are stored together.
    fn anti_join(&self, select: &str) -> String {
        let Reference { table, column, to, home, .. } = self;
        let at = if *home == Home::Own { "p.home = c.home AND " } else { "" };
        let named = self.named();
        format!(
            "SELECT {select} /* whole: every reference is looked at */ FROM {table} c
             LEFT JOIN {to} p ON {at}p.id = c.{column} WHERE {named} AND p.id IS NULL"
        )
    }
}

/// Where the home of what is named is at hand.
async fn joined(app: &App, reference: &Reference) -> Result<Option<Orphans>> {
    let nobody = || p![Uuid::nil()];
    let count: Option<(i64,)> = app.db.opt(&reference.anti_join("COUNT(*)"), nobody()).await?;
    let count = count.map_or(0, |(count,)| u64::try_from(count).unwrap_or(0));
    if count == 0 {
        return Ok(None);
    }
    let column = reference.column;
    let some = reference.anti_join(&format!("DISTINCT c.{column}"));
    let some = format!("{some} ORDER BY c.{column} LIMIT {EXAMPLES}");
    let missing: Vec<(Id,)> = app.db.all(&some, nobody()).await?;
    Ok(reference.orphans(count, missing.into_iter().map(|(id,)| id).collect()))
}

/// Where only the identifier carries the home: rows are read in portions, and what they name is looked up by home and
/// identifier. What is named was stored before the row or with it, and is never deleted, so nobody is missed who comes between.
async fn looked_up(app: &App, reference: &Reference) -> Result<Option<Orphans>> {
    let shapes = shape::tables(i64::MAX);
    let shape = shapes.iter().find(|shape| shape.name == reference.table);
    let shape = shape.ok_or_else(|| Error::broken(format!("no step makes the table {}", reference.table)))?;
    let key = shape.key.iter().map(|name| format!("c.{name}")).collect::<Vec<_>>().join(", ");
    let marks = (2..).take(shape.key.len()).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ");
    let (mut count, mut missing) = (0, BTreeSet::new());
    let mut behind: Vec<Value> = Vec::new();
    loop {
        let further = if behind.is_empty() { String::new() } else { format!(" AND ({key}) > ({marks})") };
        let sql = format!(
            "SELECT c.{}, {key} FROM {} c /* whole: every reference is looked at */ WHERE {}{further}
             ORDER BY {key} LIMIT {PAGE}",
            reference.column,
            reference.table,
            reference.named()
        );
        let mut args = p![Uuid::nil()];
        args.append(&mut behind);
        let page: Vec<Plain> = app.db.all(&sql, args).await?;
        let mut named: BTreeMap<Id, u64> = BTreeMap::new();
        for Plain(mut row) in page {
            behind = row.split_off(row.len().min(1));
            *named.entry(identifier(row.first())?).or_default() += 1;
        }
        if named.is_empty() {
            return Ok(reference.orphans(count, missing.into_iter().collect()));
        }
        for id in absent(app, reference.to, &named).await? {
            count += named.get(&id).copied().unwrap_or(0);
            if missing.len() < EXAMPLES {
                missing.insert(id);
            }
        }
    }
}

fn identifier(value: Option<&Value>) -> Result<Id> {
    match value {
        Some(Value::Id(id)) => Ok(Id(*id)),
        Some(Value::Bytes(bytes)) => Ok(Id(Uuid::from_slice(bytes).map_err(Error::broken)?)),
        _ => Err(Error::broken("a reference is no identifier")),
    }
}

/// Which of these a large table does not have.
async fn absent(app: &App, table: &str, named: &BTreeMap<Id, u64>) -> Result<Vec<Id>> {
    let each: Vec<Id> = named.keys().copied().collect();
    let mut absent: BTreeSet<Id> = named.keys().copied().collect();
    for chunk in each.chunks(TOGETHER) {
        let (these, args) = keyed("p.home", "p.id", 1, chunk);
        let sql = format!("SELECT p.id FROM {table} p WHERE {these}");
        for (id,) in app.db.all::<(Id,)>(&sql, args).await? {
            absent.remove(&id);
        }
    }
    Ok(absent.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::{table::EXCEPTIONS, *};
    use crate::{
        cluster::kind::{Kind, kind},
        migrate::shape::{Kind as Holds, Table},
    };

    fn newest() -> Vec<Table> {
        shape::tables(i64::MAX)
    }

    #[test]
    fn every_column_that_may_name_a_row_is_looked_at_or_says_why_not() {
        for table in newest() {
            let may =
                |name: &str, holds: Holds| (holds == Holds::Id && name != "id") || name.ends_with("_id");
            for column in table.columns.iter().filter(|column| may(&column.name, column.kind)) {
                let same = |of: &str, name: &str| of == table.name && name == column.name;
                let listed = REFERENCES.iter().any(|one| same(one.table, one.column));
                let excepted = EXCEPTIONS.iter().any(|&(of, name, _)| same(of, name));
                assert!(
                    listed != excepted,
                    "{}.{}: say in doctor/reference/table.rs what it names, or why it names nothing",
                    table.name,
                    column.name
                );
            }
        }
    }

    #[test]
    fn the_list_fits_the_schema() {
        let tables = newest();
        let holds = |table: &str, column: &str| {
            tables.iter().find(|one| one.name == table).and_then(|one| one.kind(column))
        };
        assert!(REFERENCES.is_sorted_by_key(|one| (one.table, one.column)));
        for one in REFERENCES {
            let at = format!("{}.{} → {}", one.table, one.column, one.to);
            assert_eq!(holds(one.table, one.column), Some(Holds::Id), "{at}");
            assert_eq!(holds(one.to, "id"), Some(Holds::Id), "{at}");
            assert_eq!(kind(one.to) == Some(Kind::Large), one.home != Home::Nowhere, "{at}");
            match one.home {
                Home::Own => assert_eq!(kind(one.table), Some(Kind::Large), "{at}"),
                Home::Nowhere | Home::Carried => {}
            }
        }
        for &(table, column, why) in EXCEPTIONS {
            assert!(holds(table, column).is_some() && !why.is_empty(), "{table}.{column}");
        }
    }

    #[test]
    fn what_is_joined_is_joined_by_home() {
        let of =
            |table, column| REFERENCES.iter().find(|one| (one.table, one.column) == (table, column)).unwrap();
        let sql = of("referral_event", "referral_id").anti_join("COUNT(*)");
        assert!(sql.contains("LEFT JOIN referral p ON p.home = c.home AND p.id = c.referral_id"), "{sql}");
        // A person may have gone into one of another home, and no server joins those by an outer join.
        assert_eq!(of("person", "head_id").home, Home::Carried);
        let sql = of("library_event", "subject_id").anti_join("COUNT(*)");
        assert!(sql.contains("c.subject_kind = 'institution'"), "{sql}");
    }
}
