//! Taking a whole import back: its records end, what they had replaced speaks again, persons who exist only through
//! it vanish from the register without being deleted.

use super::{HELD, Import, entry, get, library, stale};
use crate::{
    App, audit,
    db::Tx,
    error::{Error, Result},
    id::Id,
    p,
    person::{
        fold,
        sql::{TOGETHER, keyed},
    },
    row,
    scope::Scope,
};
use std::collections::BTreeSet;

/// Records of one transaction.
const AT_ONCE: i64 = 1_000;

/// Takes a finished import back.
///
/// # Errors
/// The import is not finished; somebody else changed it meanwhile.
pub async fn undo(app: &App, scope: &Scope, id: Id, version: i64) -> Result<()> {
    let import = get(app, scope, id).await?;
    if import.state != "done" || import.version != version {
        return Err(stale(&import, version));
    }
    let hold = app.db.hold(HELD, id).await?.ok_or(Error::Busy)?;
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE import SET state = 'undoing', version = version + 1 WHERE id = $1 AND version = $2";
        if tx.run(sql, p![id, version]).await? == 0 {
            return Err(Error::Busy);
        }
        audit::record_in(tx, scope, entry("undo", id, serde_json::json!({})), app.now());
        Ok(())
    })?;
    take_back(app, scope, &import, "undone").await?;
    hold.over().await;
    Ok(())
}

struct Taken {
    row_number: i64,
    id: Id,
    person_id: Id,
    supersedes: Option<Id>,
    speaks: bool,
}

impl crate::db::FromRow for Taken {
    fn from_row(row: &crate::db::Row<'_>) -> crate::db::Result<Self> {
        let ended: Option<String> = row.get(4)?;
        Ok(Taken {
            row_number: row.get(0)?,
            id: row.get(1)?,
            person_id: row.get(2)?,
            supersedes: row.get(3)?,
            speaks: ended.is_none(),
        })
    }
}

/// Takes back what every row did; may be cut off and called again.
pub(super) async fn take_back(app: &App, scope: &Scope, import: &Import, state: &str) -> Result<()> {
    match import.kind()?.library {
        Some(_) => library::take_back(app, scope, import).await?,
        None => end_records(app, import).await?,
    }
    let failure = (state == "failed").then_some("cut_off");
    let sql =
        "UPDATE import SET state = $2, failure = $3, finished_at = $4, rows_done = 0, version = version + 1
        WHERE id = $1";
    app.db.run(sql, p![import.id, state, failure, app.now()]).await?;
    Ok(())
}

/// Ends every source record of the import.
async fn end_records(app: &App, import: &Import) -> Result<()> {
    let mut after = 0;
    loop {
        let last = crate::atomic!(app.db, tx => {
            let some: Vec<Taken> = tx
                .all(
                    "SELECT row_number, id, person_id, supersedes, ended_because FROM source_record
                     WHERE import_id = $1 AND row_number > $2 ORDER BY row_number LIMIT $3",
                    p![import.id, after, AT_ONCE],
                )
                .await?;
            end(app, tx, &some).await?;
            Ok(some.last().map(|t| t.row_number))
        })?;
        match last {
            Some(row) => after = row,
            None => return Ok(()),
        }
    }
}

async fn end(app: &App, tx: &mut Tx, records: &[Taken]) -> Result<()> {
    let now = app.now();
    let mut persons: BTreeSet<Id> = BTreeSet::new();
    for record in records {
        let sql = "UPDATE source_record SET ended_at = COALESCE(ended_at, $3), ended_because = 'undone'
            WHERE home = $1 AND id = $2";
        tx.run(sql, p![record.id.home_number(), record.id, now]).await?;
        persons.insert(record.person_id);
        if record.speaks {
            persons.extend(restore(tx, record.supersedes).await?);
        }
    }
    let mut heads: BTreeSet<Id> = BTreeSet::new();
    let persons: Vec<Id> = persons.into_iter().collect();
    for chunk in persons.chunks(TOGETHER) {
        let (these, args) = keyed("home", "id", 1, chunk);
        let sql = format!("SELECT head_id FROM person WHERE {these}");
        heads.extend(tx.all::<(Id,)>(&sql, args).await?.into_iter().map(|(id,)| id));
    }
    let heads: Vec<Id> = heads.into_iter().collect();
    fold::refold(tx, &heads, &[], now).await
}

struct Replaced {
    person_id: Id,
    ended_because: Option<String>,
    supersedes: Option<Id>,
}
row!(Replaced { person_id, ended_because, supersedes });

/// Lets the newest record speak again that was replaced and not itself taken back. Returns its person.
async fn restore(tx: &mut Tx, replaced: Option<Id>) -> Result<Option<Id>> {
    let mut next = replaced;
    while let Some(id) = next {
        let sql =
            "SELECT person_id, ended_because, supersedes FROM source_record WHERE home = $1 AND id = $2";
        let Some(found) = tx.opt::<Replaced>(sql, p![id.home_number(), id]).await? else { return Ok(None) };
        match found.ended_because.as_deref() {
            Some("undone") => next = found.supersedes,
            Some(_) => {
                let sql = "UPDATE source_record SET ended_at = NULL, ended_because = NULL WHERE home = $1 AND id = $2";
                tx.run(sql, p![id.home_number(), id]).await?;
                return Ok(Some(found.person_id));
            }
            None => return Ok(None),
        }
    }
    Ok(None)
}
