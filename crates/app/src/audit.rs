//! Who did or read what. Rows are only ever added, each chained to the one before it in its home.

mod carry;
pub(crate) mod checkpoint;
mod cut;
mod log;
mod sign;
mod unusual;
mod verify;

pub(crate) use carry::carry_over;
pub use checkpoint::{Checkpoint, checkpoint, checkpoint_when_due, latest};
pub use cut::{Pruned, expired, prune};
pub use log::{Filter, Line, PAGE, export, page, said, told};
pub use unusual::{Unusual, unusual, unusual_file};
pub use verify::{Fault, Finding, Report, Signer, Start, verify};

use crate::{
    App,
    db::{Chain, Db, Link, Tx, chain::stable},
    digest::Algorithm,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::Timestamp;
use rules::account::{Deed, Subject, Use};
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
    /// Keeping accounts.
    Administration,
    /// Looking at who did what.
    Audit,
    /// Research with pseudonymised data.
    Research,
    /// An emergency or a statutory duty outside the own scope (art. 13 (1)(3) and (4)).
    Emergency,
}

impl Purpose {
    fn code(self) -> &'static str {
        match self {
            Purpose::Care => "care",
            Purpose::Referral => "referral",
            Purpose::Assessment => "assessment",
            Purpose::Supervision => "supervision",
            Purpose::Statistics => "statistics",
            Purpose::Administration => "administration",
            Purpose::Audit => "audit",
            Purpose::Research => "research",
            Purpose::Emergency => "emergency",
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

impl Entry {
    /// What was done to an account.
    pub(crate) fn of_account(action: &'static str, account: Id, detail: Json) -> Entry {
        let (purpose, subject) = (Purpose::Administration, Some(account));
        Entry { purpose, action, subject_kind: "account", subject, detail }
    }

    /// A list that was read: how many rows of which kind.
    #[must_use]
    pub fn listed(purpose: Purpose, subject_kind: &'static str, rows: usize) -> Entry {
        let detail = serde_json::json!({"rows": rows});
        Entry { purpose, action: "list", subject_kind, subject: None, detail }
    }
}

/// The chains of the log.
pub const CHAIN: Chain = Chain {
    table: "audit",
    columns: &[
        "home",
        "number",
        "id",
        "at",
        "account_id",
        "role",
        "organisation_id",
        "purpose",
        "action",
        "subject_kind",
        "subject_id",
        "detail",
        "hash",
    ],
    heads: "audit_head",
    label: "xinqiao audit entry 1",
};

/// Whose act it is: account, role and organisation.
type Actor = (Id, &'static str, Id);

fn of(scope: &Scope) -> Actor {
    (scope.account, scope.role.code(), scope.organisation)
}

fn link((account, role, organisation): Actor, entry: Entry, at: Timestamp) -> Link {
    let id = entry.subject.unwrap_or(account).beside(at);
    let values = p![
        id,
        whole_microseconds(at),
        account,
        role,
        organisation,
        entry.purpose.code(),
        entry.action,
        entry.subject_kind,
        entry.subject,
        stable(entry.detail)
    ];
    Link::new(&CHAIN, id.home_number(), values)
}

/// An instant as both databases keep it.
fn whole_microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// Records a read; when this returns, the entry is on disk.
///
/// # Errors
/// The database is gone; then the caller must not show what was read.
pub async fn record(db: &Db, scope: &Scope, entry: Entry, at: Timestamp) -> Result<()> {
    Ok(db.append(link(of(scope), entry, at)).await?)
}

/// Records a change inside its own transaction, at its end.
pub fn record_in(tx: &mut Tx, scope: &Scope, entry: Entry, at: Timestamp) {
    tx.link(link(of(scope), entry, at));
}

/// Records that somebody tried what the role is not permitted at all.
///
/// # Errors
/// The database is gone.
pub async fn record_turned_away(app: &App, scope: &Scope, (deed, subject): (Deed, Subject)) -> Result<()> {
    let detail = serde_json::json!({ "deed": deed, "what": subject });
    let entry = Entry { action: "refused", detail, ..Entry::listed(Purpose::Administration, "page", 0) };
    record(&app.db, scope, entry, app.now()).await
}

/// Records that somebody asked for more than is let through, of what, and whether the account's bound was met or the token's.
/// Once for each minute: the caller sees to that.
///
/// # Errors
/// The database is gone.
pub async fn record_limited(app: &App, scope: &Scope, (what, by): (Use, &str)) -> Result<()> {
    let detail = serde_json::json!({ "use": what, "bound": by });
    let entry = Entry { action: "limited", detail, ..Entry::listed(Purpose::Administration, "page", 0) };
    record(&app.db, scope, entry, app.now()).await
}

/// Stands for the role of somebody who did not sign in.
const NOBODY: &str = "none";

/// Records what somebody did who is not signed in, such as a password that did not fit.
pub(crate) async fn record_unknown(db: &Db, entry: Entry, at: Timestamp) -> Result<()> {
    let nobody = Id(uuid::Uuid::nil());
    Ok(db.append(link((nobody, NOBODY, nobody), entry, at)).await?)
}

/// Name of the setting that says by which algorithm entries are chained.
const ALGORITHM: &str = "audit_algorithm";

/// By which algorithm further entries are chained.
///
/// # Errors
/// The database is gone, or the setting names no algorithm.
pub async fn algorithm(db: &Db) -> Result<Algorithm> {
    let found: Option<(Json,)> = db.opt("SELECT value FROM setting WHERE name = $1", p![ALGORITHM]).await?;
    let Some((value,)) = found else { return Ok(Algorithm::default()) };
    let known = value.as_str().and_then(Algorithm::parse);
    known.ok_or_else(|| Error::broken(format!("the setting {ALGORITHM} names no algorithm: {value}")))
}

/// Chooses the algorithm for further entries; what is chained already stays as it is. Other processes follow at their
/// next start.
///
/// # Errors
/// The database is gone.
pub async fn choose_algorithm(db: &Db, algorithm: Algorithm, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
    db.run(sql, p![ALGORITHM, Json::from(algorithm.code()), at]).await?;
    db.digest_with(algorithm);
    Ok(())
}
