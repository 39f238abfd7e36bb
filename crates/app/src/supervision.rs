//! Supervision of case workers: booked with somebody of the institution or of a hospital of the county, held or missed, and who is
//! overdue. What was talked about is sealed, since it may be about a client, and is read by the two who met alone.

mod booking;
mod due;

pub use booking::{BookingEntry, Colleague, book, supervisors, workers};
pub use due::{DueLine, due};

use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    catalogue,
    db::{FromRow, Row, Sql, Tx},
    entry::Reader,
    error::{Error, Result},
    id::Id,
    institution::library::same_version,
    p,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::{Deed, Role, Subject},
    workforce::{Side, SupervisionState, SupervisionStep, SupervisionWay, supervision_after},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Sessions on a page.
pub const PAGE: i64 = 50;
/// What it is called in the log.
const KIND: &str = "supervision";

/// A session, without what was talked about.
#[derive(Debug, Clone, Serialize)]
pub struct Session {
    /// Identifier.
    pub id: Id,
    /// The worker's institution.
    pub organisation: Id,
    /// The case worker.
    pub worker: Id,
    /// By name.
    pub worker_name: String,
    /// Who supervises.
    pub supervisor: Id,
    /// By name.
    pub supervisor_name: String,
    /// The supervisor's organisation.
    pub supervisor_organisation: String,
    /// The day.
    pub on: Date,
    /// Its beginning.
    pub starts: Timestamp,
    /// Its end.
    pub ends: Timestamp,
    /// How they meet.
    pub way: SupervisionWay,
    /// Where it stands.
    pub state: SupervisionState,
    /// Who changed it last.
    pub changed_by: Option<String>,
    /// Version.
    pub version: i64,
    #[serde(skip)]
    content: Vec<u8>,
}

impl FromRow for Session {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (way, state): (String, String) = (row.get(10)?, row.get(11)?);
        Ok(Session {
            id: row.get(0)?,
            organisation: row.get(1)?,
            worker: row.get(2)?,
            worker_name: row.get(3)?,
            supervisor: row.get(4)?,
            supervisor_name: row.get(5)?,
            supervisor_organisation: row.get(6)?,
            on: row.get(7)?,
            starts: row.get(8)?,
            ends: row.get(9)?,
            way: SupervisionWay::of_code(&way).ok_or(crate::db::Error::Column(10))?,
            state: SupervisionState::of_code(&state).ok_or(crate::db::Error::Column(11))?,
            changed_by: row.get(12)?,
            version: row.get(13)?,
            content: row.get(14)?,
        })
    }
}

impl Session {
    /// Who the caller is in it.
    #[must_use]
    pub fn side(&self, scope: &Scope) -> Side {
        match scope.account {
            id if id == self.supervisor => Side::Supervisor,
            id if id == self.worker => Side::Worker,
            _ => Side::Manager,
        }
    }
}

/// What was talked about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// What it is to be about.
    pub topic: String,
    /// What was talked about and agreed on.
    pub minutes: String,
    /// Why it was missed or called off.
    pub reason: String,
}

/// Whether the caller books sessions, and sees who of the house is due: its manager, and case workers for themselves.
#[must_use]
pub fn books(scope: &Scope) -> bool {
    matches!(scope.role, Role::InstitutionManager | Role::CaseManager)
}

/// A session as the caller sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Whole {
    /// The session.
    pub session: Session,
    /// What was talked about; nothing for whoever was not there.
    pub content: Option<Content>,
    /// What the caller may do now.
    pub steps: Vec<SupervisionStep>,
}

const SELECT: &str =
    "SELECT s.id, s.organisation_id, s.worker_id, s.worker_name, s.supervisor_id, s.supervisor_name,
    s.supervisor_organisation, s.on_day, s.starts_at, s.ends_at, s.way, s.state, s.changed_by_name, s.version, s.content
    FROM supervision s WHERE";

/// "The caller is one of the two, or answers for the house." Each part is found by an index of its own.
fn reached(scope: &Scope, sql: Sql) -> Sql {
    match scope.role {
        Role::InstitutionManager => sql.push(
            " (s.worker_id = {} OR s.supervisor_id = {} OR s.organisation_id = {})",
            p![scope.account, scope.account, scope.organisation],
        ),
        _ => sql.push(" (s.worker_id = {} OR s.supervisor_id = {})", p![scope.account, scope.account]),
    }
}

/// The caller's sessions, the latest first; a manager's all of the house. `before` is the last one of the page before.
///
/// # Errors
/// The role has no part in supervision.
pub async fn list(app: &App, scope: &Scope, before: Option<(Timestamp, Id)>) -> Result<Vec<Session>> {
    scope.permit(Deed::Read, Subject::Supervision)?;
    let mut sql = reached(scope, Sql::new(SELECT));
    if let Some((at, id)) = before {
        sql = sql.push(" AND (s.starts_at, s.id) < ({}, {})", p![at, id]);
    }
    let sql = sql.push(" ORDER BY s.starts_at DESC, s.id DESC LIMIT {}", p![PAGE]);
    let found: Vec<Session> = app.db.listing().query(sql).await?;
    let entry = Entry::listed(Purpose::Supervision, KIND, found.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(found)
}

fn one(scope: &Scope, id: Id) -> Sql {
    reached(scope, Sql::new(SELECT)).push(" AND s.home = {} AND s.id = {}", p![id.home_number(), id])
}

/// One session of the caller's, with what was talked about for the two who met. The read is logged.
///
/// # Errors
/// There is none in the caller's scope.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Whole> {
    scope.permit(Deed::Read, Subject::Supervision)?;
    let session: Session = app.db.query(one(scope, id)).await?.into_iter().next().ok_or(Error::NotFound)?;
    audit::record(&app.db, scope, Entry::read(Purpose::Supervision, KIND, id), app.now()).await?;
    let side = session.side(scope);
    let content = if side == Side::Manager { None } else { Some(content(app, &session)?) };
    let times = (session.starts, app.now());
    let may = |step: &SupervisionStep| supervision_after(session.state, *step, side, times).is_ok();
    let steps = SupervisionStep::ALL.into_iter().filter(may).collect();
    Ok(Whole { session, content, steps })
}

fn content(app: &App, session: &Session) -> Result<Content> {
    Ok(serde_json::from_str(&app.keys.unseal(&session.content)?)?)
}

/// What becomes of a session, as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepEntry {
    /// Code of the step.
    pub step: String,
    /// The version that was seen.
    pub version: i64,
    /// What was talked about, where it was held.
    pub minutes: String,
    /// Why, where it was missed or called off.
    pub reason: String,
}

/// Says what became of a session.
///
/// # Errors
/// Not in scope, changed meanwhile, refused by the rules, or a text is missing or too long.
pub async fn step(app: &App, scope: &Scope, id: Id, entry: &StepEntry) -> Result<()> {
    scope.permit(Deed::Change, Subject::Supervision)?;
    atomic!(app.db, tx => {
        let sql = one(scope, id);
        let session: Option<Session> = tx.opt(&sql.text, sql.args).await?;
        let session = session.ok_or(Error::NotFound)?;
        same_version(entry.version, session.version)?;
        let mut reader = Reader::new(&app.divisions, true);
        let step = reader.choice("step", &entry.step, SupervisionStep::of_code);
        let held = step == Some(SupervisionStep::Hold);
        let longest = catalogue::bounds()?.longest_text;
        let minutes = reader.text("minutes", &entry.minutes, longest);
        let reason = reader.text("reason", &entry.reason, longest);
        reader.wanted("minutes", !held || !minutes.is_empty());
        reader.wanted("reason", held || !reason.is_empty());
        let step = reader.finish(step)?.ok_or_else(|| Error::invalid("step", "required"))?;
        let state = supervision_after(session.state, step, session.side(scope), (session.starts, app.now()))?;
        let content = Content { minutes, reason, ..content(app, &session)? };
        store(app, tx, scope, &session, state, &content).await
    })
}

async fn store(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    session: &Session,
    state: SupervisionState,
    content: &Content,
) -> Result<()> {
    let sealed = app.keys.seal(&serde_json::to_string(content)?)?;
    let sql = "UPDATE supervision SET state = $1, content = $2, changed_by_name = $3, changed_at = $4, version = version + 1
        WHERE home = $5 AND id = $6 AND version = $7";
    let (id, now) = (session.id, app.now());
    let args = p![state.code(), sealed, &scope.name, now, id.home_number(), id, session.version];
    if tx.run(sql, args).await? == 0 {
        return Err(Refusal::new(KIND, "supervision_over").into());
    }
    let detail = json!({ "state": state.code() });
    let note = Entry { action: "change", detail, ..Entry::read(Purpose::Supervision, KIND, id) };
    audit::record_in(tx, scope, note, now);
    Ok(())
}
