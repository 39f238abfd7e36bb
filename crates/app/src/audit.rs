//! Who did or read what. Rows are only ever added.

use crate::{
    db::{Db, Tx},
    error::Result,
    id::Id,
    p,
    scope::Scope,
};
use jiff::Timestamp;
use serde_json::Value as Json;

/// Why somebody looks (Personal Information Protection Law art. 6: a clear purpose).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Caring for the client.
    Care,
    /// Checking, registering and referring.
    Referral,
    /// Assessing.
    Assessment,
    /// Supervising others' work.
    Supervision,
    /// Counting.
    Statistics,
}

impl Purpose {
    fn code(self) -> &'static str {
        match self {
            Purpose::Care => "care",
            Purpose::Referral => "referral",
            Purpose::Assessment => "assessment",
            Purpose::Supervision => "supervision",
            Purpose::Statistics => "statistics",
        }
    }
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Why.
    pub purpose: Purpose,
    /// What was done: `read`, `search`, `reveal`, `import`, …
    pub action: &'static str,
    /// What it was done to: `person`, `referral`, …
    pub subject_kind: &'static str,
    /// To which one.
    pub subject: Option<Id>,
    /// Which fields, how many rows; never content.
    pub detail: Json,
}

impl Entry {
    /// A read of one record.
    #[must_use]
    pub fn read(purpose: Purpose, subject_kind: &'static str, subject: Id) -> Entry {
        Entry {
            purpose,
            action: "read",
            subject_kind,
            subject: Some(subject),
            detail: Json::Object(serde_json::Map::new()),
        }
    }
}

const ADD: &str =
    "INSERT INTO audit (id, at, account_id, role, organisation_id, purpose, action, subject_kind,
    subject_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

fn values(scope: &Scope, entry: Entry, at: Timestamp) -> Vec<crate::db::Value> {
    let id = entry.subject.unwrap_or(scope.account).beside(at);
    p![
        id,
        at,
        scope.account,
        scope.role.code(),
        scope.organisation,
        entry.purpose.code(),
        entry.action,
        entry.subject_kind,
        entry.subject,
        entry.detail
    ]
}

/// Records a read; when this returns, the entry is on disk.
///
/// # Errors
/// The database is gone; then the caller must not show what was read.
pub async fn record(db: &Db, scope: &Scope, entry: Entry, at: Timestamp) -> Result<()> {
    db.run(ADD, values(scope, entry, at)).await?;
    Ok(())
}

/// Records a change inside its own transaction.
///
/// # Errors
/// The database is gone.
pub async fn record_in(tx: &mut Tx, scope: &Scope, entry: Entry, at: Timestamp) -> Result<()> {
    tx.run(ADD, values(scope, entry, at)).await?;
    Ok(())
}
