//! The keys and references that a database has, as it says of itself: the same of either engine.

use crate::{
    db::Db,
    error::{Error, Result},
    migrate, p,
};
use std::collections::BTreeMap;

/// What a database has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// Its tables, in the order of their names.
    pub tables: Vec<Table>,
    /// Sequences, triggers, rules and views: there should be none.
    pub further: Vec<String>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The columns of each unique key, the primary one among them.
    pub unique: Vec<Vec<String>>,
    /// What it points to.
    pub references: Vec<Reference>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its name on PostgreSQL.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The table it points to.
    pub to: String,
    /// The columns there.
    pub to_columns: Vec<String>,
}

/// Names of tables.
type Names = Vec<(String,)>;
/// Table, unique key and one of its columns, in the order of the key.
type Unique = Vec<(String, String, String)>;
/// Table, foreign key, column, table and column it points to.
type Pointing = Vec<(String, String, String, String, String)>;

/// The statements that ask for tables, further things, unique keys and references.
struct Asked {
    tables: &'static str,
    further: &'static str,
    unique: &'static str,
    references: &'static str,
}

const LITE: Asked = Asked {
    tables: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    further: "SELECT type || ' ' || name FROM sqlite_schema WHERE type IN ('trigger', 'view') OR name = 'sqlite_sequence'",
    // The key of a table whose rows are found by a number has no index.
    unique: "SELECT m.name, i.name, c.name FROM sqlite_schema m, pragma_index_list(m.name) i, pragma_index_info(i.name) c
        WHERE m.type = 'table' AND i.\"unique\" = 1 AND m.name NOT LIKE 'sqlite_%'
        UNION ALL SELECT m.name, 'key', c.name FROM sqlite_schema m, pragma_table_info(m.name) c
        WHERE m.type = 'table' AND c.pk > 0 AND m.name NOT LIKE 'sqlite_%'",
    references: "SELECT m.name, CAST(f.id AS TEXT), f.\"from\", f.\"table\", f.\"to\" FROM sqlite_schema m,
        pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq",
};

const POSTGRES: Asked = Asked {
    tables: "SELECT relname::text FROM pg_class WHERE relnamespace = CURRENT_SCHEMA::regnamespace
        AND relkind IN ('r', 'p') AND NOT relispartition",
    further: "SELECT kind || ' ' || name FROM (
        SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'view' END, relname::text FROM pg_class
            WHERE relnamespace = CURRENT_SCHEMA::regnamespace AND relkind IN ('S', 'v', 'm')
        UNION ALL SELECT 'trigger', tgname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = CURRENT_SCHEMA::regnamespace AND NOT t.tgisinternal
        UNION ALL SELECT 'rule', rulename::text FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
            WHERE c.relnamespace = CURRENT_SCHEMA::regnamespace AND rulename <> '_RETURN') further (kind, name)",
    unique: "SELECT c.relname::text, i.indexrelid::text, a.attname::text FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (column_number, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.column_number
        WHERE c.relnamespace = CURRENT_SCHEMA::regnamespace AND i.indisunique AND NOT c.relispartition
        ORDER BY 1, 2, k.place",
    references: "SELECT c.relname::text, f.conname::text, a.attname::text, t.relname::text, b.attname::text
        FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid
        CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY k (own, other, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.own
        JOIN pg_attribute b ON b.attrelid = t.oid AND b.attnum = k.other
        WHERE f.contype = 'f' AND f.connamespace = CURRENT_SCHEMA::regnamespace AND NOT c.relispartition
            AND f.conparentid = 0 ORDER BY 1, 2, k.place",
};

impl Schema {
    /// The schema that the steps of this program make, in a database that is gone afterwards.
    ///
    /// # Errors
    /// There is no room for it.
    pub async fn newest() -> Result<Schema> {
        let folder = tempfile::tempdir().map_err(Error::broken)?;
        let db = Db::open(&format!("sqlite:{}", folder.path().join("steps.sqlite").display())).await?;
        migrate::run(&db).await?;
        Schema::of(&db).await
    }

    /// The schema of a database.
    ///
    /// # Errors
    /// The database is gone.
    pub async fn of(db: &Db) -> Result<Schema> {
        let asked = if db.is_postgres() { POSTGRES } else { LITE };
        let (tables, further) = (db.all(asked.tables, p![]).await?, db.all(asked.further, p![]).await?);
        let unique = db.all(asked.unique, p![]).await?;
        Ok(together(tables, further, unique, db.all(asked.references, p![]).await?))
    }
}

fn together(tables: Names, further: Names, unique: Unique, references: Pointing) -> Schema {
    let named = |name: String| Table { name, ..Table::default() };
    let mut all: BTreeMap<String, Table> =
        tables.into_iter().map(|(name,)| (name.clone(), named(name))).collect();
    let mut keys: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (table, key, column) in unique {
        keys.entry((table, key)).or_default().push(column);
    }
    for ((table, _), columns) in keys {
        if let Some(table) = all.get_mut(&table) {
            table.unique.push(columns);
        }
    }
    let mut pointing: BTreeMap<(String, String), Reference> = BTreeMap::new();
    for (table, key, column, to, to_column) in references {
        let empty = || Reference { name: String::new(), columns: Vec::new(), to, to_columns: Vec::new() };
        let reference = pointing.entry((table, key)).or_insert_with(empty);
        reference.columns.push(column);
        reference.to_columns.push(to_column);
    }
    for ((table, key), mut reference) in pointing {
        // A number is no name: so PostgreSQL names what has none of its own.
        let own = key.parse::<u32>().is_err();
        reference.name = if own { key } else { format!("{table}_{}_fkey", reference.columns.join("_")) };
        if let Some(table) = all.get_mut(&table) {
            table.references.push(reference);
        }
    }
    let mut further: Vec<String> = further.into_iter().map(|(thing,)| thing).collect();
    further.sort();
    Schema { tables: all.into_values().collect(), further }
}
