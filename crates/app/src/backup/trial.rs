//! Restores a backup for a trial, into a database of its own that is gone afterwards: what was not restored once is no
//! backup.

use super::{Restored, Told, fill, read};
use crate::{
    App,
    db::Db,
    error::{Error, Result},
    seal::{Keys, Openers},
};
use std::path::Path;
use tempfile::TempDir;

/// A backup that was restored for a trial.
pub struct Trial {
    /// What the restore did and found.
    pub restored: Restored,
    /// The installation, where its keys are at hand: those given, or those in the backup.
    pub app: Option<App>,
    _folder: TempDir,
}

/// Restores a backup into a file in the machine's folder for temporary files, which others cannot read. Digests, counts
/// and the log are verified as in any restore.
///
/// # Errors
/// The backup cannot be restored.
pub async fn trial(file: &Path, openers: Openers<'_>, told: Told<'_>) -> Result<Trial> {
    let folder = tempfile::Builder::new().prefix("xinqiao-trial-").tempdir().map_err(Error::broken)?;
    let db = Db::open(&format!("sqlite:{}", folder.path().join("trial.sqlite").display())).await?;
    db.bulk(true).await?;
    let restored = fill::restore(file, openers, &db, (false, told)).await?;
    let keys = match openers.keys {
        Some(keys) => Some(keys.apart()?),
        None => kept(file, openers, folder.path())?,
    };
    let app = match keys {
        Some(keys) => Some(App::new(db, keys).await?),
        None => None,
    };
    Ok(Trial { restored, app, _folder: folder })
}

/// The keys in the backup itself.
fn kept(file: &Path, openers: Openers<'_>, folder: &Path) -> Result<Option<Keys>> {
    let Some(content) = read::key_file(file, openers)? else { return Ok(None) };
    let path = folder.join("trial.keys");
    let mut private = tempfile::NamedTempFile::new_in(folder).map_err(Error::broken)?;
    std::io::Write::write_all(&mut private, &content).map_err(Error::broken)?;
    private.persist(&path).map_err(Error::broken)?;
    Keys::read(&path)
}
