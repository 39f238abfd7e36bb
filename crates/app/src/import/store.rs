//! The file of an import: kept sealed in pieces, read again as a stream.

use crate::{
    App,
    db::Value,
    error::{Error, Result},
    id::Id,
    p,
};
use std::io::{Cursor, Read};

/// Bytes of one piece.
pub(super) const PIECE: usize = 1 << 20;

/// Stores one piece of a file.
pub(super) async fn add(app: &App, import: Id, number: i64, piece: &[u8]) -> Result<()> {
    let sealed = app.keys.seal_bytes(piece)?;
    let sql = "INSERT INTO import_part (import_id, number, content) VALUES ($1, $2, $3)";
    app.db.run(sql, p![import, number, Value::Bytes(sealed)]).await?;
    Ok(())
}

/// A stored file as a stream of bytes, for a thread that may wait.
pub(super) struct Parts {
    app: App,
    runtime: tokio::runtime::Handle,
    import: Id,
    next: i64,
    piece: Cursor<Vec<u8>>,
}

impl Parts {
    /// From its first byte. To be called inside the runtime; to be read outside of it.
    pub(super) fn new(app: &App, import: Id) -> Result<Parts> {
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::broken)?;
        Ok(Parts { app: app.clone(), runtime, import, next: 0, piece: Cursor::new(Vec::new()) })
    }

    fn fetch(&mut self) -> Result<bool> {
        let sql = "SELECT content FROM import_part WHERE import_id = $1 AND number = $2";
        let args = p![self.import, self.next];
        let found: Option<(Vec<u8>,)> = self.runtime.block_on(self.app.db.opt(sql, args))?;
        let Some((sealed,)) = found else { return Ok(false) };
        self.piece = Cursor::new(self.app.keys.unseal_bytes(&sealed)?);
        self.next += 1;
        Ok(true)
    }
}

impl Read for Parts {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.piece.read(out)?;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            if !self.fetch().map_err(|e| std::io::Error::other(e.to_string()))? {
                return Ok(0);
            }
        }
    }
}
