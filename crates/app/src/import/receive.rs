//! A list on its way in: kept sealed in pieces as they come, so that no file is ever whole in memory.

use super::{NewImport, entry, may_import, read, store};
use crate::{
    App, audit,
    error::{Error, Problem, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::SignedDuration;
use rules::import::Kind;
use serde_json::{Value as Json, json};

/// Bytes of a file at most: 512 MB.
pub const MOST_BYTES: usize = 512 * 1024 * 1024;
/// Bytes of a spreadsheet at most, which is read as a whole: 200 MB.
const MOST_SHEET_BYTES: usize = 200 * 1024 * 1024;
/// What has not come in whole after this time never will.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// A file of which some has come. Who drops it before [`Receiving::end`] leaves it to [`forget_unfinished`].
pub struct Receiving {
    app: App,
    id: Id,
    kind: &'static Kind,
    pieces: i64,
    /// What has come since the last whole piece.
    piece: Vec<u8>,
    size: usize,
    form: Option<read::Form>,
}

impl Receiving {
    /// Begins to take a file in.
    ///
    /// # Errors
    /// The caller may not send this kind; the kind is unknown, or the sender not named.
    pub async fn begin(app: &App, scope: &Scope, new: &NewImport<'_>) -> Result<Receiving> {
        may_import(scope, new.kind)?;
        let (kind, sender) = (rules::import::kind(new.kind), new.sender.trim());
        let unknown = kind.is_none().then(|| Problem::new("kind", "unknown_choice"));
        let unnamed = sender.is_empty().then(|| Problem::new("sender", "required"));
        let problems: Vec<Problem> = unknown.into_iter().chain(unnamed).collect();
        let Some(kind) = kind.filter(|_| problems.is_empty()) else { return Err(Error::Invalid(problems)) };
        let sql = "SELECT mapping FROM import_mapping WHERE kind = $1 AND sender = $2";
        let remembered: Option<(Json,)> = app.db.opt(sql, p![new.kind, sender]).await?;
        let mapping = remembered.map_or_else(|| json!({}), |(mapping,)| mapping);
        let now = app.now();
        let id = Id::in_division(scope.division, now);
        let sql = "INSERT INTO import (id, kind, sender, file_name, size, state, mapping, keep_valid, keep_unverified,
             rows_total, rows_done, summary, account_id, organisation_id, division, today, created_at, version)
             VALUES ($1, $2, $3, $4, 0, 'receiving', $5, $6, $6, 0, 0, $7, $8, $9, $10, $11, $12, 1)";
        let today = crate::person::today(now);
        let (account, organisation) = (scope.account, scope.organisation);
        let args = p![
            id,
            new.kind,
            sender,
            new.file_name,
            mapping,
            false,
            json!({}),
            account,
            organisation,
            scope.division,
            today,
            now
        ];
        app.db.run(sql, args).await?;
        let piece = Vec::with_capacity(store::PIECE);
        Ok(Receiving { app: app.clone(), id, kind, pieces: 0, piece, size: 0, form: None })
    }

    /// Takes what has come; whole pieces are on disk when this returns.
    /// What is refused is gone, with what came of it before.
    ///
    /// # Errors
    /// It is too large, or no list.
    pub async fn add(mut self, mut bytes: &[u8]) -> Result<Receiving> {
        self.size = self.size.saturating_add(bytes.len());
        if self.size > MOST_BYTES {
            return Err(self.refuse("file.too_large").await);
        }
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(store::PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == store::PIECE {
                self.store().await?;
            }
        }
        match self.form {
            Some(read::Form::Xlsx) if self.size > MOST_SHEET_BYTES => {
                Err(self.refuse("file.too_large_sheet").await)
            }
            _ => Ok(self),
        }
    }

    /// The file has come whole: it may be checked now.
    ///
    /// # Errors
    /// It is empty, or no list, or took so long that it was forgotten. Nothing of it is kept then.
    pub async fn end(mut self, scope: &Scope) -> Result<Id> {
        if self.pieces == 0 || !self.piece.is_empty() {
            self.store().await?;
        }
        let (id, now) = (self.id, self.app.now());
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        let whole = crate::atomic!(self.app.db, tx => {
            let sql = "UPDATE import SET state = 'staged', size = $2 WHERE id = $1 AND state = 'receiving'";
            let whole = tx.run(sql, p![id, size]).await? > 0;
            if whole {
                let detail = json!({"kind": &self.kind.kind, "size": size});
                audit::record_in(tx, scope, entry("import", id, detail), now);
            }
            Ok(whole)
        })?;
        if whole { Ok(id) } else { Err(self.refuse("file.unreadable").await) }
    }

    /// The sender broke off: nothing of it is kept.
    ///
    /// # Errors
    /// The database is gone.
    pub async fn give_up(self) -> Result<()> {
        forget(&self.app, self.id).await
    }

    async fn store(&mut self) -> Result<()> {
        if self.pieces == 0 {
            match read::form(&self.piece) {
                Ok(form) => self.form = Some(form),
                Err(reason) => return Err(self.refuse(reason.0).await),
            }
        }
        store::add(&self.app, self.id, self.pieces, &self.piece).await?;
        self.pieces += 1;
        self.piece.clear();
        Ok(())
    }

    async fn refuse(&self, code: &str) -> Error {
        match forget(&self.app, self.id).await {
            Ok(()) => Error::invalid("file", code),
            Err(error) => error,
        }
    }
}

/// Forgets what began to come in and never came whole, as when a sender broke off. Returns how many files.
///
/// # Errors
/// The database is gone.
pub async fn forget_unfinished(app: &App) -> Result<usize> {
    let sql = "SELECT id FROM import WHERE state = 'receiving' AND created_at < $1";
    let left: Vec<(Id,)> = app.db.all(sql, p![app.now() - LONGEST]).await?;
    for (id,) in &left {
        forget(app, *id).await?;
    }
    Ok(left.len())
}

async fn forget(app: &App, id: Id) -> Result<()> {
    crate::atomic!(app.db, tx => {
        tx.run("DELETE FROM import WHERE id = $1 AND state = 'receiving'", p![id]).await?;
        tx.run("DELETE FROM import_part WHERE import_id = $1", p![id]).await?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{db::Db, seal::Keys};

    #[tokio::test]
    async fn what_grows_too_large_is_refused_and_gone() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("own.sqlite").display())).await.unwrap();
        let app = App::new(db, Keys::from_secret(&[7; 64]).unwrap()).await.unwrap();
        let scope = Scope::system();
        for (start, before, refused) in [
            (&b"a,b"[..], MOST_BYTES - 3, None),
            (b"a,b", MOST_BYTES - 2, Some("file.too_large")),
            (b"PK\x03\x04", MOST_SHEET_BYTES - 4, None),
            (b"PK\x03\x04", MOST_SHEET_BYTES - 3, Some("file.too_large_sheet")),
            (b"PK\x03\x04", usize::MAX, Some("file.too_large")),
        ] {
            let new = NewImport { kind: "smd", sender: "s", file_name: "f" };
            let mut receiving = Receiving::begin(&app, &scope, &new).await.unwrap();
            receiving.form = Some(read::form(start).unwrap());
            receiving.size = before;
            let code = match receiving.add(start).await {
                Ok(receiving) => {
                    receiving.give_up().await.unwrap();
                    None
                }
                Err(Error::Invalid(problems)) => problems.first().map(|problem| problem.code.clone()),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(code.as_deref(), refused, "{before}");
            let sql = "SELECT id FROM import /* whole: a test's own */";
            assert!(app.db.all::<(Id,)>(sql, p![]).await.unwrap().is_empty());
        }
    }
}
