//! Changes of divisions in the database.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use rules::account::{Deed, Subject};
use rules::division::DivisionCode;

use crate::App;
use crate::audit::{self, Entry, Purpose};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::p;
use crate::scope::Scope;
use divisions::{Change, Kind};

/// Stands in the key for "since before the embedded edition".
const BEFORE_ALL: Date = date(1, 1, 1);

/// Stores changes in one transaction, with an entry in the log; a period that is known already is replaced. They are
/// laid over the edition when the program starts again.
///
/// # Errors
/// The caller is no administrator.
pub async fn save_changes(app: &App, scope: &Scope, changes: &[Change]) -> Result<()> {
    scope.permit(Deed::Change, Subject::Division)?;
    let now = app.now();
    crate::atomic!(app.db, tx => {
        for change in changes {
            save(tx, change, now).await?;
        }
        let entry = Entry {
            action: "change",
            ..Entry::listed(Purpose::Administration, "division", changes.len())
        };
        audit::record_in(tx, scope, entry, now);
        Ok(())
    })
}

async fn save(tx: &mut Tx, change: &Change, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO division_change (code, valid_from, name, kind, valid_to, successor, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (code, valid_from) DO UPDATE SET name = excluded.name, kind = excluded.kind,
        valid_to = excluded.valid_to, successor = excluded.successor, recorded_at = excluded.recorded_at";
    let args = p![
        change.code.number(),
        change.valid_from.unwrap_or(BEFORE_ALL),
        &change.name,
        change.kind.map(Kind::class),
        change.valid_to,
        change.successor.map(DivisionCode::number),
        at
    ];
    tx.run(sql, args).await?;
    Ok(())
}

/// All stored changes, to be laid over the edition at the start.
///
/// # Errors
/// The database is gone, or a row holds no division code.
pub async fn stored_changes(db: &Db) -> Result<Vec<Change>> {
    let sql = "SELECT code, valid_from, name, kind, valid_to, successor FROM division_change
        ORDER BY code, valid_from";
    let rows: Vec<Stored> = db.all(sql, p![]).await?;
    rows.into_iter().map(Stored::into_change).collect()
}

struct Stored {
    code: i64,
    valid_from: Date,
    name: String,
    kind: Option<String>,
    valid_to: Option<Date>,
    successor: Option<i64>,
}
crate::row!(Stored { code, valid_from, name, kind, valid_to, successor });

impl Stored {
    fn into_change(self) -> Result<Change> {
        let code = |number: i64| DivisionCode::new(number).map_err(Error::broken);
        Ok(Change {
            code: code(self.code)?,
            name: self.name,
            kind: self.kind.as_deref().and_then(Kind::from_class),
            valid_from: (self.valid_from != BEFORE_ALL).then_some(self.valid_from),
            valid_to: self.valid_to,
            successor: self.successor.map(code).transpose()?,
        })
    }
}
