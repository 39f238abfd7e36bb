//! The departments' lists of the demonstration, taken in as officers do.

use super::staff::Member;
use crate::user::explained;
use anyhow::{Context, Result};
use app::{
    App,
    import::{self, Keep, NewImport, Summary},
};
use std::path::Path;

/// Takes a list in: sent, checked, applied; good rows are kept although others are bad, and rows whose number alone
/// fails its check are kept without it.
///
/// # Errors
/// The file cannot be read, or the import fails.
pub async fn take_in(app: &App, sender: &Member, kind: &str, file: &Path) -> Result<Summary> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let new = NewImport { kind, sender: &sender.account.organisation, file_name: &name };
    let id = import::stage(app, &sender.scope, &new, &bytes).await.map_err(explained)?;
    import::check(app, &sender.scope, id).await.map_err(explained)?;
    let version = import::get(app, &sender.scope, id).await?.version;
    let keep = Keep { valid: true, unverified: true };
    import::apply(app, &sender.scope, id, version, keep).await.map_err(explained)
}
