//! Lists of sessions: a house's or a worker's days, a case's course; and whom a session can be entered for.

use super::{
    Of, extent, log_read,
    session::{Values, concerned, open_note},
};
use crate::{
    App,
    audit::{self, Entry},
    db::{FromRow, Row, Sql},
    error::{Error, Result},
    id::Id,
    p,
    referral::{self, shown_name},
    row,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use rules::{
    account::{Deed, Subject},
    care::{Days, Presence, SessionState},
    clock::{china_date, end_of, start_of},
    referral::disclosure::Extent,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Rows of a page.
pub const PAGE: i64 = 50;
/// Sessions of a calendar's stretch at most.
const MOST: i64 = 500;
/// Clients to choose from at most.
const CLIENTS: i64 = 300;

/// A session in a list.
#[derive(Debug, Clone, Serialize)]
pub struct SessionRow {
    /// Identifier.
    pub id: Id,
    /// State.
    pub state: SessionState,
    /// Service.
    pub service: String,
    /// Form of service.
    pub way: String,
    /// The day.
    pub on: Date,
    /// Its beginning.
    pub starts: Timestamp,
    /// Its end.
    pub ends: Timestamp,
    /// Name of who leads it.
    pub leader: String,
    /// Persons expected or entered.
    pub persons: i64,
    /// Persons who came.
    pub came: i64,
    /// Recorded long after it was held.
    pub late: bool,
    /// When it was last changed.
    pub changed: Timestamp,
    /// Names of the persons in the reader's scope; in a case's own list whether that person came.
    pub names: Vec<String>,
    /// Of a case's own list: whether the person came.
    pub presence: Option<Presence>,
    /// Of a case's own list: the person's values of the fields of the session, where the whole course is seen.
    pub fields: Values,
}

impl SessionRow {
    /// Nights of a stay; 0 of all else.
    #[must_use]
    pub fn nights(&self) -> u32 {
        rules::care::nights(&self.way, self.on, china_date(self.ends))
    }
}

impl FromRow for SessionRow {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let state: String = row.get(1)?;
        Ok(SessionRow {
            id: row.get(0)?,
            state: SessionState::of_code(&state).ok_or(crate::db::Error::Column(1))?,
            service: row.get(2)?,
            way: row.get(3)?,
            on: row.get(4)?,
            starts: row.get(5)?,
            ends: row.get(6)?,
            leader: row.get(7)?,
            persons: row.get(8)?,
            came: row.get(9)?,
            late: row.get(10)?,
            changed: row.get(11)?,
            names: Vec::new(),
            presence: None,
            fields: Values::new(),
        })
    }
}

/// Whose sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sought {
    /// Those that the reader leads.
    #[default]
    Own,
    /// All that the reader may see of the house.
    House,
}

/// Sessions of some days, the earliest first.
#[derive(Debug, Clone, Serialize)]
pub struct Agenda {
    /// The sessions.
    pub sessions: Vec<SessionRow>,
    /// There are more than are shown.
    pub cut: bool,
}

const COLUMNS: &str = "s.id, s.state, s.service, s.way, s.on_day, s.starts_at, s.ends_at, s.leader_name, s.persons, s.came, s.late,
    s.changed_at";

/// The sessions of some days with the names of the reader's clients; the read is in the log before it is shown.
///
/// # Errors
/// The reader has nothing to do with sessions.
pub async fn agenda(app: &App, scope: &Scope, days: Days, sought: Sought) -> Result<Agenda> {
    scope.permit(Deed::Read, Subject::Agenda)?;
    let mut sessions = between(app, scope, days, sought).await?;
    let cut = i64::try_from(sessions.len()).unwrap_or(0) > MOST;
    sessions.truncate(usize::try_from(MOST).unwrap_or(0));
    let mut names = names(app, scope, days).await?;
    for session in &mut sessions {
        session.names = names.remove(&session.id).unwrap_or_default();
    }
    let entry = Entry::listed(referral::purpose(scope), "care_session", sessions.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(Agenda { sessions, cut })
}

/// Adds "and it begins in these days" to a statement over sessions or places at them under an alias. A stay that was planned before these
/// days and ends in them or later still waits for its record: it is among them.
fn in_days(app: &App, sql: Sql, alias: &str, days: Days) -> Sql {
    let (from, until) = (start_of(days.from), end_of(days.last));
    let earliest = from - SignedDuration::from_hours(i64::from(app.tables.care.limits.nights_at_most) * 24);
    let clause = " x.starts_at >= {} AND x.starts_at < {}
        AND (x.starts_at >= {} OR (x.way = 'W8' AND x.state = 'planned' AND x.ends_at >= {}))";
    sql.push(&clause.replace("x.", &format!("{alias}.")), p![earliest, until, from, from])
}

/// The sessions that concern the reader, one more than are shown.
pub(super) async fn between(app: &App, scope: &Scope, days: Days, sought: Sought) -> Result<Vec<SessionRow>> {
    let sql = Sql::new(&format!("SELECT {COLUMNS} FROM care_session s WHERE"));
    let mut sql = concerned(scope, in_days(app, sql, "s", days));
    if sought == Sought::Own {
        sql = sql.push(" AND s.leader_id = {}", p![scope.account]);
    }
    Ok(app.db.listing().query(sql.push(" ORDER BY s.starts_at, s.id LIMIT {}", p![MOST + 1])).await?)
}

/// The reader's clients at the sessions of some days: session, name, initials, state, since when restricted.
async fn places(
    app: &App,
    scope: &Scope,
    days: Days,
) -> Result<Vec<(Id, String, String, String, Option<Timestamp>)>> {
    let sql = Sql::new(
        "SELECT a.session_id, r.client_name, r.client_initials, r.state, r.restricted_at FROM referral r
        JOIN attendance a ON a.home = r.home AND a.referral_id = r.id WHERE",
    );
    let sql = scope
        .referrals(in_days(app, sql, "a", days))
        .push(" ORDER BY r.client_initials, r.id LIMIT 5000", []);
    Ok(app.db.listing().query(sql).await?)
}

/// The names of the reader's clients at the sessions of some days.
async fn names(app: &App, scope: &Scope, days: Days) -> Result<BTreeMap<Id, Vec<String>>> {
    let mut names: BTreeMap<Id, Vec<String>> = BTreeMap::new();
    for (session, name, _, state, restricted) in places(app, scope, days).await? {
        if extent(scope, referral::state_of(&state), restricted.is_some()) == Extent::Nothing {
            continue;
        }
        let shown = shown_name(scope, (&state, restricted.is_some()), &name);
        names.entry(session).or_default().extend(Some(shown).filter(|name| !name.is_empty()));
    }
    Ok(names)
}

/// The initials of the reader's clients at the sessions of some days.
pub(super) async fn initials(app: &App, scope: &Scope, days: Days) -> Result<BTreeMap<Id, Vec<String>>> {
    let mut initials: BTreeMap<Id, Vec<String>> = BTreeMap::new();
    for (session, _, letters, state, restricted) in places(app, scope, days).await? {
        let in_charge = extent(scope, referral::state_of(&state), restricted.is_some()) == Extent::All;
        initials.entry(session).or_default().extend(Some(letters).filter(|_| in_charge));
    }
    Ok(initials)
}

/// A place of a case at a session.
pub(super) struct Place {
    /// The session, with whether the person came.
    pub session: SessionRow,
    /// How it went for the person, sealed.
    pub note: Option<Vec<u8>>,
}

impl Place {
    /// The session with the person's values, and how it went. A house keeps what it wrote of a case that is over without name or note,
    /// and so without values.
    pub(super) fn opened(self, app: &App, knows: bool) -> Result<(SessionRow, String)> {
        let Place { session, note } = self;
        let Some(sealed) = note.filter(|_| knows) else { return Ok((session, String::new())) };
        let (note, fields) = open_note(app, &sealed)?;
        Ok((SessionRow { fields, ..session }, note))
    }
}

impl FromRow for Place {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (state, presence): (String, String) = (row.get(1)?, row.get(8)?);
        let session = SessionRow {
            id: row.get(0)?,
            state: SessionState::of_code(&state).ok_or(crate::db::Error::Column(1))?,
            service: row.get(2)?,
            way: row.get(3)?,
            on: row.get(4)?,
            starts: row.get(5)?,
            ends: row.get(6)?,
            late: row.get(7)?,
            leader: String::new(),
            persons: 0,
            came: 0,
            changed: row.get(5)?,
            names: Vec::new(),
            presence: Presence::of_code(&presence),
            fields: Values::new(),
        };
        Ok(Place { session, note: row.get(9)? })
    }
}

/// The places of a case at the sessions that the reader may see, the latest first, from before an instant where one is given.
pub(super) async fn places_of(
    app: &App,
    scope: &Scope,
    of: &Of,
    before: Option<(Timestamp, Id)>,
    most: i64,
) -> Result<Vec<Place>> {
    let extent = of.extent(scope);
    if extent == Extent::Nothing {
        return Ok(Vec::new());
    }
    let sql = "SELECT a.session_id, a.state, a.service, a.way, a.on_day, a.starts_at, a.ends_at, a.late, a.presence, a.note
        FROM attendance a WHERE";
    let mut sql = Sql::new(sql).push(" a.home = {} AND a.referral_id = {}", p![of.id.home_number(), of.id]);
    if let Some((at, id)) = before {
        sql = sql.push(" AND (a.starts_at < {} OR (a.starts_at = {} AND a.session_id < {}))", p![at, at, id]);
    }
    if extent == Extent::Own {
        sql = sql.push(" AND a.organisation_id = {}", p![scope.organisation]);
    }
    let sql = sql.push(" ORDER BY a.starts_at DESC, a.session_id DESC LIMIT {}", p![most]);
    Ok(app.db.query(sql).await?)
}

/// The sessions of a case in scope, the latest first; the read is in the log before it is shown.
///
/// # Errors
/// There is no such case in scope.
pub async fn of_case(
    app: &App,
    scope: &Scope,
    case: Id,
    before: Option<(Timestamp, Id)>,
) -> Result<Vec<SessionRow>> {
    scope.permit(Deed::Read, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    let found = places_of(app, scope, &of, before, PAGE).await?;
    log_read(app, scope, case, &["session"]).await?;
    let knows = of.extent(scope) == Extent::All;
    found.into_iter().map(|place| place.opened(app, knows).map(|(session, _)| session)).collect()
}

/// Somebody whom sessions can be entered for.
#[derive(Debug, Clone, Serialize)]
pub struct Client {
    /// The case.
    pub case: Id,
    /// Name.
    pub name: String,
    /// State of the case.
    pub state: String,
}
row!(Client { case, name, state });

/// The persons in the caller's charge who are served or about to be, by name; the read is in the log before it is shown.
///
/// # Errors
/// The caller does not enter sessions.
pub async fn clients(app: &App, scope: &Scope) -> Result<Vec<Client>> {
    scope.permit(Deed::Change, Subject::Agenda)?;
    let sql = Sql::new(
        "SELECT r.id, r.client_name, r.state FROM referral r WHERE r.state IN ('agreed', 'in_service') AND r.restricted_at IS NULL",
    );
    let sql =
        scope.referrals(sql).push(" ORDER BY r.client_initials, r.client_name, r.id LIMIT {}", p![CLIENTS]);
    let found: Vec<Client> = app.db.query(sql).await?;
    let entry = Entry::listed(referral::purpose(scope), "referral", found.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(found)
}

/// Who may lead sessions of the caller's house, by name.
///
/// # Errors
/// The caller does not enter sessions.
pub async fn leaders(app: &App, scope: &Scope) -> Result<Vec<(Id, String)>> {
    scope.permit(Deed::Change, Subject::Agenda)?;
    let sql = "SELECT id, name FROM account WHERE organisation_id = $1 AND role IN ('case_manager', 'institution_manager', 'assessor')
        AND ended_at IS NULL ORDER BY name, id LIMIT 200";
    app.db.all(sql, p![scope.organisation]).await.map_err(Error::from)
}
