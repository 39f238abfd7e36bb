//! The work list: cases of one part of it, how many each part has, open tasks, messages not read yet, people to be told.
//! It is looked at as a whole, so one entry in the log says what was shown.

use super::{
    Counts, OnTime, counts, inbox,
    inbox::{MessageRow, TaskRow},
    list::{CaseRow, Filter, Turn, purpose, queue},
    on_time,
    telling::{self, Outside},
};
use crate::{
    App,
    audit::{self, Entry},
    error::Result,
    id::Id,
    rights::{self, Part, Request},
    scope::Scope,
    share::{self, Share},
};
use jiff::Timestamp;
use rules::{
    account::{Deed, Role, Subject},
    clock::china_date,
};
use serde_json::json;

/// Requests about personal data on a work list at most; the rest has a list of its own.
const FEW_RIGHTS: i64 = 5;

/// The last row of a page: its place in the order and its identifier.
type After = Option<(Timestamp, Id)>;

/// What of it is looked at.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Which part of the work list.
    pub turn: Turn,
    /// What narrows it; its own page is not looked at.
    pub filter: Filter,
    /// Cases after this one.
    pub after: After,
    /// Tasks after this one.
    pub task: After,
    /// Messages after this one.
    pub message: After,
    /// People to be told after this one.
    pub tell: After,
}

impl Look {
    /// The first page of a part.
    #[must_use]
    pub fn at(turn: Turn) -> Look {
        Look { turn, ..Look::default() }
    }
}

/// What it shows.
#[derive(Debug)]
pub struct WorkList {
    /// Cases of the part that is looked at, oldest deadline first; none for roles that do not work on cases.
    pub rows: Vec<CaseRow>,
    /// How many cases each part has.
    pub counts: Counts,
    /// This month's rates, for the county's desk.
    pub on_time: Option<OnTime>,
    /// Open tasks, those due first first.
    pub tasks: Vec<TaskRow>,
    /// Messages not read yet, latest first.
    pub messages: Vec<MessageRow>,
    /// People without an account who are to be told, the oldest message first.
    pub to_tell: Vec<Outside>,
    /// Requests about personal data that wait for an answer, those due first first; only the first few.
    pub rights: Vec<Request>,
    /// Shares whose impact assessment is to be reviewed, those due first first; only the first few.
    pub shares: Vec<Share>,
}

/// Reads a work list; that it was read is in the log before it is shown, and its messages have then been received.
///
/// # Errors
/// The database is gone.
pub async fn work_list(app: &App, scope: &Scope, look: &Look) -> Result<WorkList> {
    let lists = scope.role.may(Deed::Read, Subject::Case);
    let cases = async {
        if !lists {
            return Ok((Vec::new(), Counts::default()));
        }
        Ok((queue(app, scope, look.turn, &look.filter, look.after).await?, counts(app, scope).await?))
    };
    let rates = async {
        if !matches!(scope.role, Role::ReferralWorker | Role::CivilAffairsOfficer) {
            return Ok(None);
        }
        on_time(app, scope, china_date(app.now())).await.map(Some)
    };
    let to_tell = async {
        if !scope.role.may(Deed::Read, Subject::Telling) {
            return Ok(Vec::new());
        }
        telling::waiting(app, scope, look.tell).await
    };
    let asked = async {
        if !scope.role.may(Deed::Read, Subject::Right) {
            return Ok(Vec::new());
        }
        rights::requests(app, scope, Part::Open, None, FEW_RIGHTS).await
    };
    // Side by side: PostgreSQL answers each over a connection of its own.
    let ((rows, counts), on_time, tasks, messages, to_tell, rights, shares) = futures::try_join!(
        cases,
        rates,
        inbox::tasks(app, scope, look.task),
        inbox::messages(app, scope, look.message),
        to_tell,
        asked,
        share::to_review(app, scope),
    )?;
    let mut entry = Entry::listed(purpose(scope), "work_list", rows.len());
    entry.detail = json!({
        "referral": rows.len(), "task": tasks.len(), "message": messages.len(), "tell": to_tell.len(),
        "right": rights.len(), "share": shares.len(),
    });
    audit::record(&app.db, scope, entry, app.now()).await?;
    inbox::received(app, &messages).await?;
    Ok(WorkList { rows, counts, on_time, tasks, messages, to_tell, rights, shares })
}
