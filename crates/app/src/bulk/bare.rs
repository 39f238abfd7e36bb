//! A schema without what many rows do not need one by one: indexes and references are taken away while a database is
//! filled and put back as they were.

use crate::{db::Db, error::Result, p};

/// What was taken away: a name for who watches, and the statement that puts it back.
pub(super) struct Bare(Vec<(String, String)>);

impl Bare {
    /// Takes indexes and references away.
    ///
    /// # Errors
    /// The database is gone.
    pub(super) async fn make(db: &Db) -> Result<Bare> {
        let (away, back) = if db.is_postgres() { on_postgres(db).await? } else { on_sqlite(db).await? };
        let mut tx = db.begin().await?;
        for statement in &away {
            tx.run(statement, p![]).await?;
        }
        tx.commit().await?;
        Ok(Bare(back))
    }

    /// Puts everything back; `told` hears of each before its turn.
    ///
    /// # Errors
    /// A row points to one that is not there, or the database is gone.
    pub(super) async fn clothe(self, db: &Db, told: &dyn Fn(&str)) -> Result<()> {
        for (name, statement) in &self.0 {
            told(name);
            db.run(statement, p![]).await?;
        }
        told("");
        if db.is_postgres() {
            db.batch("ANALYZE").await?;
        }
        Ok(())
    }
}

type Statements = (Vec<String>, Vec<(String, String)>);

async fn on_sqlite(db: &Db) -> Result<Statements> {
    let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY tbl_name, name";
    let indexes: Vec<(String, String)> = db.all(sql, p![]).await?;
    Ok((indexes.iter().map(|(name, _)| format!("DROP INDEX {name}")).collect(), indexes))
}

/// Of a table in parts the references and indexes of the whole; those of its parts go and come with them.
async fn on_postgres(db: &Db) -> Result<Statements> {
    let references =
        "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = 'f' AND conparentid = 0 AND connamespace = CURRENT_SCHEMA::regnamespace ORDER BY 1, 2";
    let indexes = "SELECT x.relname::text, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') FROM pg_index i
        JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
        WHERE x.relnamespace = CURRENT_SCHEMA::regnamespace AND NOT x.relispartition
        AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
        ORDER BY t.relname, x.relname";
    let (mut away, mut back) = (Vec::new(), Vec::new());
    let indexes: Vec<(String, String)> = db.all(indexes, p![]).await?;
    away.extend(indexes.iter().map(|(name, _)| format!("DROP INDEX {name}")));
    back.extend(indexes);
    for (table, name, definition) in db.all::<(String, String, String)>(references, p![]).await? {
        away.push(format!("ALTER TABLE {table} DROP CONSTRAINT {name}"));
        back.push((name.clone(), format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")));
    }
    // References first: an index that one needs is not taken away before it.
    away.reverse();
    Ok((away, back))
}
