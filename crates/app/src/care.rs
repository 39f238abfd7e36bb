//! Care itself: plans with their goals, sessions and who came, how things stand, who is about to drop out, calendars.
//!
//! What is written here is health content about somebody: it is sealed. Institutions see it of their own cases, a case manager of the
//! cases assigned to the own account, each as long as the case is in their charge (`rules::referral::disclosure`).

mod attachment;
mod course;
pub mod feed;
mod figures;
mod filed;
mod follow;
mod list;
mod many;
mod plan;
mod session;
mod warning;

pub use attachment::{
    Attachment, LISTED as FILES_LISTED, NewAttachment, add, attachments, content, void_attachment,
};
pub(crate) use course::courses;
pub use course::{Course, Past, Planned};
pub use figures::{Figures, GoalFigure, LineFigure, figures, plans_and_figures};
pub use filed::{Filed, OnFile, Written, on_file};
pub(crate) use follow::follow;
pub use list::{Agenda, Client, PAGE, SessionRow, Sought, agenda, clients, leaders, of_case};
pub use plan::{NewPlan, NewValue, PlanVersion, Plans, Signed, Value, measure, plans, sign, write};
pub(crate) use session::again::{Stands, stands, under_key};
pub use session::{
    Attending, Content as SessionContent, Entry, Present, Seat, Shown, Typed, act, cancel, enter, record,
    session, time, void,
};
pub(crate) use warning::review_due;
pub use warning::{Warning, warnings};

use crate::{
    App,
    audit::{self, Entry as LogEntry},
    db::{Parsed, Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p, referral,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    account::{Content, Role, Sight},
    care::{Days, Fault, served},
    clock::china_date,
    referral::{
        Case, State,
        disclosure::{Extent, Part, disclosed},
    },
};
use serde_json::{Value as Json, json};

/// A case as far as care needs it.
pub(crate) struct Of {
    id: Id,
    state: State,
    restricted: bool,
    case: Case,
}

impl crate::db::FromRow for Of {
    fn from_row(row: &crate::db::Row<'_>) -> crate::db::Result<Self> {
        let (state, restricted): (String, Option<Timestamp>) = (row.get(1)?, row.get(2)?);
        let Parsed(case) = row.get(3)?;
        Ok(Of { id: row.get(0)?, state: referral::state_of(&state), restricted: restricted.is_some(), case })
    }
}

/// What is read of a case.
const OF: &str = "SELECT r.id, r.state, r.restricted_at, r.body FROM referral r WHERE";

impl Of {
    /// A case in scope.
    async fn read(app: &App, scope: &Scope, id: Id) -> Result<Of> {
        let sql = Sql::new(OF).push(" r.home = {} AND r.id = {}", p![id.home_number(), id]);
        app.db.query(scope.referrals(sql)).await?.into_iter().next().ok_or(Error::NotFound)
    }

    /// The same inside a transaction, held until its end, so that two who enter sessions of one person see each other.
    async fn held(tx: &mut Tx, scope: &Scope, id: Id) -> Result<Of> {
        let sql = Sql::new(OF).push(" r.home = {} AND r.id = {}", p![id.home_number(), id]);
        let mut sql = scope.referrals(sql);
        if tx.is_postgres() {
            sql.text.push_str(" FOR UPDATE");
        }
        tx.opt(&sql.text, sql.args).await?.ok_or(Error::NotFound)
    }

    /// How much of plan and sessions the reader sees.
    fn extent(&self, scope: &Scope) -> Extent {
        extent(scope, self.state, self.restricted)
    }

    /// Goes on where the case is in the charge of who writes.
    fn in_charge(&self, scope: &Scope) -> Result<()> {
        if self.extent(scope) == Extent::All && self.state != State::Closed {
            Ok(())
        } else {
            Err(Error::Forbidden)
        }
    }
}

/// How much of plan and sessions of a case in a state the reader sees.
fn extent(scope: &Scope, state: State, restricted: bool) -> Extent {
    let knows = scope.role == Role::System || scope.role.sight(Content::Service) == Sight::Scope;
    let closed = restricted && scope.role != Role::Client;
    if !knows || closed { Extent::Nothing } else { disclosed(scope.role, state, Part::Service) }
}

/// Whether the reader sees what a house wrote.
fn sees(extent: Extent, scope: &Scope, house: Id) -> bool {
    match extent {
        Extent::Nothing => false,
        Extent::Own => house == scope.organisation,
        Extent::All => true,
    }
}

/// Which of these cases are not in the charge of who writes, or are closed to daily sight.
pub(crate) async fn not_in_charge(app: &App, scope: &Scope, cases: &[Id]) -> Result<Vec<Id>> {
    let mut gone = Vec::new();
    for case in cases {
        match Of::read(app, scope, *case).await {
            Ok(of) if of.in_charge(scope).is_ok() => {}
            Ok(_) | Err(Error::NotFound) => gone.push(*case),
            Err(error) => return Err(error),
        }
    }
    Ok(gone)
}

/// How a case moved, the earliest first.
const MOVED: &str = "SELECT to_state, at FROM referral_event WHERE home = $1 AND referral_id = $2
    ORDER BY sequence LIMIT 2000";

fn parts(case: &Case, moved: Vec<(String, Timestamp)>) -> Vec<Days> {
    let moves =
        moved.into_iter().map(|(to, at)| (china_date(at), referral::state_of(&to) == State::InService));
    served(case.service_since, moves)
}

async fn served_of(app: &App, of: &Of) -> Result<Vec<Days>> {
    let moved = app.db.all(MOVED, p![of.id.home_number(), of.id]).await?;
    Ok(parts(&of.case, moved))
}

async fn served_in(tx: &mut Tx, of: &Of) -> Result<Vec<Days>> {
    let moved = tx.all(MOVED, p![of.id.home_number(), of.id]).await?;
    Ok(parts(&of.case, moved))
}

/// What the rules find wrong with an entry, as problems of fields.
pub(crate) fn problems(faults: Vec<Fault>) -> Vec<Problem> {
    let problem =
        |fault: Fault| Problem { field: fault.field, code: fault.code.to_owned(), values: fault.values };
    faults.into_iter().map(problem).collect()
}

/// An entry of the log on care of a case.
fn entry(scope: &Scope, action: &'static str, case: Id, detail: Json) -> LogEntry {
    LogEntry {
        purpose: referral::purpose(scope),
        action,
        subject_kind: "referral",
        subject: Some(case),
        detail,
    }
}

/// Notes that care of a case was read; whoever reads waits for it.
async fn log_read(app: &App, scope: &Scope, case: Id, fields: &[&str]) -> Result<()> {
    let entry = entry(scope, "read", case, json!({ "fields": fields }));
    audit::record(&app.db, scope, entry, app.now()).await
}
