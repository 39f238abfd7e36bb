//! Sessions as they are stored: the session beside its house, each person's place beside the person.

use super::{Content, Entry, Of, Present, Seat, Values, concerned, name_of, note};
use crate::{
    App,
    care::follow::FormSession,
    db::{FromRow, Row, Sql, Tx},
    error::{Error, Result},
    id::Id,
    p,
    referral::{self, Order, Written},
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::Role,
    care::{Presence, Said, SessionState, Times, nights},
    clock::{china_date, china_time},
    form::FormCode,
    referral::{Command, State},
};
use serde_json::{Map, Value as Json, json};

/// A session to be stored.
pub(super) struct Header {
    pub id: Id,
    pub state: SessionState,
    pub version: i64,
    pub service: String,
    pub way: String,
    pub place: String,
    pub times: Times,
    pub leader: (Id, String),
    pub content: Content,
}

/// Somebody at it.
pub(super) struct Person {
    pub of: Of,
    pub presence: Presence,
    /// Note and values of fields, sealed together.
    pub note: Option<Vec<u8>>,
}

/// A session as it is stored.
pub(super) struct Stored {
    pub state: SessionState,
    pub version: i64,
    pub service: String,
    pub way: String,
    pub place: String,
    pub on: Date,
    pub starts: Timestamp,
    pub ends: Timestamp,
    pub leader: Id,
    pub leader_name: String,
    pub persons: i64,
    pub late: bool,
    pub recorded_by: Option<String>,
    pub recorded_at: Option<Timestamp>,
    pub reason: Option<String>,
    pub content: Content,
}

impl Stored {
    /// When it took place, as it is told by who records it: as planned where nothing is said of it.
    pub(super) fn said(&self, present: &Present) -> Said {
        let planned = (china_time(self.starts).time(), china_time(self.ends).time());
        let (start, end) = present.times.unwrap_or(planned);
        // A stay that was planned before nights were counted ends on its day.
        let planned_until = (self.nights() > 0).then(|| china_date(self.ends));
        Said { on: self.on, start, end, until: present.until.or(planned_until) }
    }

    /// Nights of a stay; 0 of all else.
    pub(super) fn nights(&self) -> u32 {
        nights(&self.way, self.on, china_date(self.ends))
    }
}

struct Sealed {
    open: Stored,
    content: Vec<u8>,
}

impl FromRow for Sealed {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let state: String = row.get(0)?;
        let open = Stored {
            state: SessionState::of_code(&state).ok_or(crate::db::Error::Column(0))?,
            version: row.get(1)?,
            service: row.get(2)?,
            way: row.get(3)?,
            place: row.get(4)?,
            on: row.get(5)?,
            starts: row.get(6)?,
            ends: row.get(7)?,
            leader: row.get(8)?,
            leader_name: row.get(9)?,
            persons: row.get(10)?,
            late: row.get(11)?,
            recorded_by: row.get(12)?,
            recorded_at: row.get(13)?,
            reason: row.get(14)?,
            content: Content::default(),
        };
        Ok(Sealed { open, content: row.get(15)? })
    }
}

/// A session that concerns the reader.
pub(super) async fn read(app: &App, scope: &Scope, id: Id) -> Result<Stored> {
    let sql = "SELECT s.state, s.version, s.service, s.way, s.place, s.on_day, s.starts_at, s.ends_at, s.leader_id, s.leader_name,
        s.persons, s.late, s.recorded_by_name, s.recorded_at, s.reason, s.content FROM care_session s WHERE";
    let sql = Sql::new(sql).push(" s.home = {} AND s.id = {}", p![id.home_number(), id]);
    let Sealed { open, content } =
        app.db.query(concerned(scope, sql)).await?.into_iter().next().ok_or(Error::NotFound)?;
    Ok(Stored { content: serde_json::from_str(&app.keys.unseal(&content)?)?, ..open })
}

/// A seat as it is stored.
struct Place {
    case: Id,
    presence: String,
    note: Option<Vec<u8>>,
    name: String,
    state: String,
    restricted: Option<Timestamp>,
}
crate::row!(Place { case, presence, note, name, state, restricted });

/// The persons of a session in the reader's scope, by name.
pub(super) async fn seats(app: &App, scope: &Scope, id: Id) -> Result<Vec<Seat>> {
    let sql = Sql::new(
        "SELECT a.referral_id, a.presence, a.note, r.client_name, r.state, r.restricted_at FROM attendance a
        JOIN referral r ON r.home = a.home AND r.id = a.referral_id WHERE",
    );
    let sql = scope.referrals(sql.push(" a.session_id = {}", p![id]));
    let found: Vec<Place> =
        app.db.query(sql.push(" ORDER BY r.client_initials, r.client_name, r.id LIMIT 100", [])).await?;
    found
        .into_iter()
        .map(|place| {
            let name = name_of(scope, &place.state, place.restricted.is_some(), &place.name);
            let (note, fields) = match (&place.note, name.is_empty()) {
                (Some(sealed), false) => note::open(app, sealed)?,
                _ => (String::new(), Values::new()),
            };
            let presence = Presence::of_code(&place.presence).unwrap_or(Presence::Expected);
            Ok(Seat { case: place.case, name, presence, note, fields })
        })
        .collect()
}

/// The session that the caller stored under this key; it must be the same.
pub(super) async fn found(tx: &mut Tx, scope: &Scope, entry: &Entry) -> Result<Option<Id>> {
    let sql = "SELECT id, service, way, on_day, persons, starts_at FROM care_session WHERE home = $1 AND made_by = $2 AND entry_key = $3";
    let args = p![scope.organisation.home_number(), scope.account, entry.key];
    let found: Option<(Id, String, String, Date, i64, Timestamp)> = tx.opt(sql, args).await?;
    let Some((id, service, way, on, persons, starts)) = found else { return Ok(None) };
    let same = service == entry.service
        && way == entry.way
        && on == entry.on
        && usize::try_from(persons).ok() == Some(entry.persons.len())
        && china_time(starts).time() == entry.start;
    if same { Ok(Some(id)) } else { Err(Error::invalid("key", "key_reused")) }
}

fn came(persons: &[Person]) -> Result<i64> {
    let came = persons.iter().filter(|person| person.presence == Presence::Came).count();
    i64::try_from(came).map_err(Error::broken)
}

/// Who recorded it and when; nobody while it is planned.
fn recorder(app: &App, scope: &Scope, state: SessionState) -> Option<(Id, String, Timestamp)> {
    (state == SessionState::Held).then(|| (scope.account, scope.name.clone(), app.now()))
}

/// Stores a new session with its persons.
pub(super) async fn insert(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    key: Id,
    header: &Header,
    persons: &[Person],
) -> Result<()> {
    let (now, times) = (app.now(), &header.times);
    let (by, by_name, at) = match recorder(app, scope, header.state) {
        Some((by, name, at)) => (Some(by), Some(name), Some(at)),
        None => (None, None, None),
    };
    let sql = "INSERT INTO care_session (home, id, organisation_id, entry_key, state, version, service, way, place, on_day, starts_at,
        ends_at, leader_id, leader_name, persons, came, late, recorded_by, recorded_by_name, recorded_at, made_by, made_at, changed_at,
        content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $22, $23)";
    let args = p![
        header.id.home_number(),
        header.id,
        scope.organisation,
        key,
        header.state.code(),
        header.version,
        &header.service,
        &header.way,
        &header.place,
        times.on,
        times.starts,
        times.ends,
        header.leader.0,
        &header.leader.1,
        i64::try_from(persons.len()).map_err(Error::broken)?,
        came(persons)?,
        times.late,
        by,
        by_name,
        at,
        scope.account,
        now,
        app.keys.seal(&serde_json::to_string(&header.content)?)?
    ];
    tx.run(sql, args).await?;
    for person in persons {
        sit(tx, scope, header, person).await?;
    }
    Ok(())
}

async fn sit(tx: &mut Tx, scope: &Scope, header: &Header, person: &Person) -> Result<()> {
    let (case, times) = (person.of.id, &header.times);
    let sql = "INSERT INTO attendance (home, referral_id, session_id, organisation_id, state, presence, service, way, on_day, starts_at,
        ends_at, late, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let args = p![
        case.home_number(),
        case,
        header.id,
        scope.organisation,
        header.state.code(),
        person.presence.code(),
        &header.service,
        &header.way,
        times.on,
        times.starts,
        times.ends,
        times.late,
        person.note.clone()
    ];
    tx.run(sql, args).await?;
    Ok(())
}

/// Stores who came to a planned session; who came besides is added.
pub(super) async fn record(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    header: &Header,
    persons: &[Person],
) -> Result<()> {
    let (now, times) = (app.now(), &header.times);
    let sql = "UPDATE care_session SET state = $1, version = $2, starts_at = $3, ends_at = $4, persons = $5, came = $6, late = $7,
        recorded_by = $8, recorded_by_name = $9, recorded_at = $10, changed_at = $10, content = $11
        WHERE home = $12 AND id = $13 AND version = $14";
    let args = p![
        header.state.code(),
        header.version,
        times.starts,
        times.ends,
        i64::try_from(persons.len()).map_err(Error::broken)?,
        came(persons)?,
        times.late,
        scope.account,
        &scope.name,
        now,
        app.keys.seal(&serde_json::to_string(&header.content)?)?,
        header.id.home_number(),
        header.id,
        header.version - 1
    ];
    if tx.run(sql, args).await? == 0 {
        return Err(Error::Changed { expected: header.version - 1, found: header.version });
    }
    for person in persons {
        let sql = "UPDATE attendance SET state = $1, presence = $2, starts_at = $3, ends_at = $4, late = $5, note = $6
            WHERE home = $7 AND referral_id = $8 AND session_id = $9";
        let case = person.of.id;
        let args = p![
            header.state.code(),
            person.presence.code(),
            times.starts,
            times.ends,
            times.late,
            person.note.clone(),
            case.home_number(),
            case,
            header.id
        ];
        if tx.run(sql, args).await? == 0 {
            sit(tx, scope, header, person).await?;
        }
    }
    Ok(())
}

/// Stores that a session is cancelled or void.
pub(super) async fn end(
    app: &App,
    tx: &mut Tx,
    (id, version): (Id, i64),
    state: SessionState,
    reason: &str,
    seats: &[Seat],
) -> Result<()> {
    let sql = "UPDATE care_session SET state = $1, reason = $2, version = version + 1, changed_at = $3
        WHERE home = $4 AND id = $5 AND version = $6";
    let args = p![state.code(), reason, app.now(), id.home_number(), id, version];
    if tx.run(sql, args).await? == 0 {
        return Err(Error::Changed { expected: version, found: version + 1 });
    }
    for seat in seats {
        let sql = "UPDATE attendance SET state = $1 WHERE home = $2 AND referral_id = $3 AND session_id = $4";
        tx.run(sql, p![state.code(), seat.case.home_number(), seat.case, id]).await?;
    }
    Ok(())
}

/// T17: whoever came for the first time after the agreement is in service from that day on. The record goes to the case as form F7.
pub(super) async fn begin_services(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    header: &Header,
    persons: &[Person],
) -> Result<()> {
    if header.state != SessionState::Held {
        return Ok(());
    }
    for person in persons {
        if person.of.state != State::Agreed || person.presence != Presence::Came {
            continue;
        }
        if scope.role != Role::CaseManager {
            return Err(Refusal::new("T17", "first_by_case_manager").into());
        }
        let record = Written::new(app, FormCode::F7, paper(app, scope, header), person.of.id);
        let command = Command::FirstSession { session: record.document.0, on: header.times.on };
        let order = Order { command, forms: vec![record], expected: None };
        referral::perform_in(app, tx, scope, Some(person.of.id), &order).await?;
    }
    Ok(())
}

/// The session as form F7.
fn paper(app: &App, scope: &Scope, header: &Header) -> Map<String, Json> {
    let service =
        app.tables.services.get(&header.service).map(|service| service.zh.clone()).unwrap_or_default();
    let said = |text: &str, otherwise: &str| {
        if text.trim().is_empty() { otherwise.to_owned() } else { text.trim().to_owned() }
    };
    let clock = |at: Timestamp| china_time(at).strftime("%H:%M").to_string();
    let (times, content) = (&header.times, &header.content);
    // The paper has room for the minutes of one day: of a stay it says the day on which it ended, and the most that it can.
    let minutes = times.minutes.min(app.tables.care.limits.longest_minutes);
    let end = clock(times.ends);
    let end = if times.nights > 0 { format!("{} {end}", times.last) } else { end };
    let mut data = json!({
        "title": said(&content.title, &service), "service": header.service, "way": header.way, "place": header.place,
        "on": times.on.to_string(), "start": clock(times.starts), "end": end, "minutes": minutes,
        "content": said(&content.done, &service), "recorder": scope.name,
    });
    if let (Some(data), false) = (data.as_object_mut(), content.summary.trim().is_empty()) {
        data.insert("summary".to_owned(), content.summary.trim().into());
    }
    data.as_object().cloned().unwrap_or_default()
}

/// Takes the session of a form F7 in, unless one of that time is there, of which it is the paper.
pub(in super::super) async fn take_form(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    case: Id,
    form: &FormSession,
) -> Result<()> {
    let limits = &app.tables.care.limits;
    let said = Said { on: form.on, start: form.start, end: form.end, until: None };
    let Ok(times) = rules::care::times(&said, SessionState::Held, app.now(), limits) else {
        // It stays what it is, a paper of the case.
        return Ok(());
    };
    if !scope.role.is_institution_staff() {
        return Ok(());
    }
    let sql = "SELECT session_id FROM attendance WHERE home = $1 AND referral_id = $2 AND starts_at = $3 AND state = 'held' LIMIT 1";
    let there: Option<(Id,)> = tx.opt(sql, p![case.home_number(), case, times.starts]).await?;
    if there.is_some() {
        return Ok(());
    }
    let of = Of::held(tx, scope, case).await?;
    let note = note::seal(app, &form.performance, &Values::new())?;
    let header = Header {
        id: scope.organisation.beside(app.now()),
        state: SessionState::Held,
        version: 1,
        service: form.service.clone(),
        way: form.way.clone(),
        place: form.place.clone(),
        times,
        leader: (scope.account, scope.name.clone()),
        content: Content {
            title: form.title.clone(),
            done: form.done.clone(),
            summary: form.summary.clone(),
            ..Content::default()
        },
    };
    let person = Person { of, presence: Presence::Came, note };
    insert(app, tx, scope, form.document, &header, &[person]).await
}
