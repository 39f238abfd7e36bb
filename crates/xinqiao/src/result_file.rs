//! A file of results, which is whole or not there: it is written beside the wanted one and takes its name at the end.

use anyhow::{Context, Result};
use std::path::Path;
use tempfile::NamedTempFile;

/// Beside this file, to be written. Nobody but its owner may read it, and it is gone unless it is [`finished`].
///
/// # Errors
/// The folder is missing or not to be written to.
pub fn beside(out: &Path) -> Result<NamedTempFile> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
        .with_context(|| format!("writing {}", out.display()))
}

/// Gives it the wanted name; what had it before is replaced.
///
/// # Errors
/// It cannot be renamed.
pub fn finished(file: NamedTempFile, out: &Path) -> Result<()> {
    file.persist(out).map(|_| ()).with_context(|| format!("writing {}", out.display()))
}
