//! Whether the person of a record may be proposed for community rehabilitation, and whether a case is open already, for whoever is in
//! charge of the record.

use super::{
    View,
    visit::{self, LAST_CLASSED},
};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    error::Result,
    id::Id,
    p,
    referral::{OpenCase, open_case_of},
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    account::{Deed as Doing, Subject},
    clock::china_date,
    followup::rehabilitation::{Assessed, Obstacle, obstacles},
};
use serde_json::json;

/// How a proposal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What stands in its way; nothing where the person may be proposed.
    pub obstacles: Vec<Obstacle>,
    /// The day of the visit that says so.
    pub assessed_on: Option<Date>,
    /// An application or case that is open already; never told to who is not in charge of the record.
    pub open: Option<OpenCase>,
    /// The reader may begin an application.
    pub may_apply: bool,
}

/// How a proposal of the person of a record in scope stands; the read is in the log before it is shown.
///
/// # Errors
/// There is none in the caller's scope.
pub async fn of_record(app: &App, scope: &Scope, record: Id) -> Result<Proposal> {
    let view = super::show(app, scope, record).await?;
    beside(app, scope, &view).await
}

/// How a proposal of the person of a record stands, for its page, whose read is in the log. Who is in charge of the record and files
/// applications learns besides whether a case is open, which is a read of its own in the log.
///
/// # Errors
/// The database is gone.
pub async fn beside(app: &App, scope: &Scope, view: &View) -> Result<Proposal> {
    let last = last(app, view.id).await?;
    let today = china_date(app.now());
    let rules = app.tables.followup.in_force(today);
    let obstacles = obstacles(&view.record, last.as_ref(), today, rules);
    let files = view.is_in_charge && scope.role.may(Doing::Change, Subject::Application);
    let mut open = None;
    if files {
        let mut entry = Entry::read(Purpose::Referral, "person", view.person);
        entry.detail = json!({ "fields": ["open_case"] });
        audit::record(&app.db, scope, entry, app.now()).await?;
        open = open_case_of(app, scope, view.person).await?;
    }
    let may_apply = files && obstacles.is_empty() && open.is_none();
    Ok(Proposal { obstacles, assessed_on: last.map(|last| last.on), open, may_apply })
}

/// The last visit with a class that counts.
async fn last(app: &App, record: Id) -> Result<Option<Assessed>> {
    let found: Option<(Date, i64, Vec<u8>)> =
        app.db.opt(LAST_CLASSED, p![record.home_number(), record]).await?;
    let Some((on, class, content)) = found else { return Ok(None) };
    let findings = visit::findings(app, &content)?;
    Ok(super::held::class_of(class).map(|class| Assessed { on, class, findings }))
}
