//! Emergency access: somebody outside the scope of a person's record opens this one record for a short time, read only,
//! for a reason; the owner is told, the person reads of it in the own log, and a second person judges it.
//!
//! No scope is ever widened: what an opening shows is read here, by the subject that the opening names, and handed out as
//! data. Nobody gets a scope with which anything could be changed or anybody else be seen.

mod list;
mod look;
mod open;
mod review;

pub use list::{Banner, Line, Open, PAGE, all, banner, due, own};
pub use look::{CaseLook, Look, look};
pub use open::{Answer, Request, end, open};
pub use review::{Review, escalate, judge, to_review};

use crate::{
    App,
    db::{Sql, Tx},
    error::{Error, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{account::Role, emergency_access::Opening};

/// Characters of a reason or note at most.
const LONGEST: usize = 2000;
/// Kind of subject in the log: the opening itself.
const KIND: &str = "emergency_access";

/// An opening as stored, without its reason.
#[derive(Debug, Clone)]
struct Stored {
    id: Id,
    account: Id,
    role: String,
    subject_kind: String,
    subject: Id,
    basis: String,
    at: Timestamp,
    ends_at: Timestamp,
    ended_at: Option<Timestamp>,
    review_due_at: Timestamp,
    verdict: Option<String>,
}
row!(Stored {
    id,
    account,
    role,
    subject_kind,
    subject,
    basis,
    at,
    ends_at,
    ended_at,
    review_due_at,
    verdict
});

/// The columns of [`Stored`], of an opening that found somebody.
const STORED: &str =
    "SELECT e.id, e.account_id, e.role, e.subject_kind, e.subject_id, e.basis, e.at, e.ends_at,
    e.ended_at, e.review_due_at, e.verdict FROM emergency_access e WHERE e.subject_id IS NOT NULL";

impl Stored {
    /// As the rules know it.
    fn opening(&self) -> Result<Opening> {
        let role = Role::of_code(&self.role);
        Ok(Opening {
            account: self.account.0,
            role: role.ok_or_else(|| Error::broken("an opening has an unknown role"))?,
            until: self.ends_at,
            ended_at: self.ended_at,
            review_due_at: self.review_due_at,
            judged: self.verdict.is_some(),
        })
    }
}

/// The caller's own opening, as long as it shows something; any other looks as if it did not exist.
async fn shown(app: &App, tx: &mut Tx, scope: &Scope, id: Id) -> Result<Stored> {
    let sql = Sql::new(STORED).push(
        " AND e.home = {} AND e.id = {} AND e.account_id = {}",
        p![id.home_number(), id, scope.account],
    );
    let found: Stored = tx.opt(&sql.text, sql.args).await?.ok_or(Error::NotFound)?;
    let shows = found.opening()?.shows_to(scope.account.0, scope.role, app.now());
    if shows { Ok(found) } else { Err(Error::NotFound) }
}
