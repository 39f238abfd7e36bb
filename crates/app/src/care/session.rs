//! Sessions: planned or entered, recorded with who came, cancelled, void. One entry serves a whole group; the same entry sent twice is
//! one, by the key that its sender made.

pub(super) mod again;
mod check;
mod field;
mod note;
mod store;

pub use field::Values;
pub(super) use note::open as open_note;
pub use rules::care::time_of_day as time;
pub(super) use store::take_form;
use store::{Header, Person};

use super::{Of, entry as log_entry, problems};
use crate::{
    App, atomic,
    audit::{self, record_in},
    db::{Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p, referral,
    scope::Scope,
    talent::{self, Talent},
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time},
};
use rules::{
    Refusal,
    account::{Deed, Role, Subject},
    care::{Deed as Done, Presence, Said, SessionState, next},
    referral::disclosure::Extent,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Somebody at a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attending {
    /// The case.
    pub case: Id,
    /// Whether the person came.
    pub presence: Presence,
    /// How it went for this person.
    pub note: String,
    /// Fields that are of a person, by key.
    pub fields: Values,
}

/// What is written of a session beside time and attendance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Title.
    #[serde(default)]
    pub title: String,
    /// What was done.
    #[serde(default)]
    pub done: String,
    /// How it went, and what follows.
    #[serde(default)]
    pub summary: String,
    /// Fields of service and form that are of the session, by key; in older records those of persons as well.
    #[serde(default)]
    pub fields: Values,
    /// Why somebody leads it whom the library of talent does not name for it; kept from the entry.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub leader_reason: String,
}

/// A session to be planned or entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Made by the sender: what comes again under it is the same entry.
    pub key: Id,
    /// It took place; otherwise it is planned.
    pub held: bool,
    /// Service S1–S16.
    pub service: String,
    /// Form of service W1–W11.
    pub way: String,
    /// `institution`, `home` or `other`.
    pub place: String,
    /// The day.
    pub on: Date,
    /// Its beginning.
    pub start: Time,
    /// Its end.
    pub end: Time,
    /// The day on which a stay ends; nothing for every other form.
    pub until: Option<Date>,
    /// Who leads it; nothing for who enters it.
    pub leader: Option<Id>,
    /// Why this person leads, where the library of talent says that they may not; asked only then.
    pub leader_reason: String,
    /// Weeks in which it is repeated after the first; only of what is planned.
    pub repeat: u32,
    /// Who is expected, or came.
    pub persons: Vec<Attending>,
    /// What is written of it.
    pub content: Content,
}

/// Who came to a planned session, and what is written of it.
#[derive(Debug, Clone)]
pub struct Present {
    /// The version that was seen.
    pub seen: i64,
    /// Its beginning and end, where they were others than planned.
    pub times: Option<(Time, Time)>,
    /// The day on which a stay ended, where it was another than planned.
    pub until: Option<Date>,
    /// Who came.
    pub persons: Vec<Attending>,
    /// What is written of it.
    pub content: Content,
}

/// Something typed: read, or all that is wrong with its fields. Whose it is, is looked at first.
pub type Typed<T> = std::result::Result<T, Vec<Problem>>;

/// A session as its reader sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Identifier.
    pub id: Id,
    /// State.
    pub state: SessionState,
    /// Version.
    pub version: i64,
    /// Service.
    pub service: String,
    /// Form of service.
    pub way: String,
    /// Where.
    pub place: String,
    /// The day.
    pub on: Date,
    /// Its beginning.
    pub starts: Timestamp,
    /// Its end.
    pub ends: Timestamp,
    /// Nights of a stay; 0 of all else.
    pub nights: u32,
    /// Who leads it.
    pub leader: Id,
    /// That account's name.
    pub leader_name: String,
    /// Recorded long after it was held.
    pub late: bool,
    /// Who recorded it, and when.
    pub recorded: Option<(String, Timestamp)>,
    /// Why it was cancelled or is void.
    pub reason: Option<String>,
    /// What is written of it.
    pub content: Content,
    /// Persons in the reader's scope.
    pub persons: Vec<Seat>,
    /// Persons whom the reader does not see.
    pub others: i64,
    /// What the reader may do now.
    pub may: Vec<Done>,
}

/// Somebody's place at a session.
#[derive(Debug, Clone, Serialize)]
pub struct Seat {
    /// The case.
    pub case: Id,
    /// Name as the reader may see it.
    pub name: String,
    /// Whether the person came.
    pub presence: Presence,
    /// How it went.
    pub note: String,
    /// Fields that are of a person, by key.
    pub fields: Values,
}

/// Who writes sessions: staff of the institution, about others than themselves.
fn may_write(scope: &Scope) -> Result<()> {
    scope.permit(Deed::Change, Subject::Agenda)?;
    if matches!(scope.role, Role::CaseManager | Role::InstitutionManager) {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

/// Plans a session, or enters one that took place. Whoever is entered for the first time after the agreement is in service from then on
/// (T17). Returns the sessions, one for each week in which it is repeated.
///
/// # Errors
/// The caller may not; fields are wrong; somebody is not in the caller's scope, not in service on that day, or elsewhere at that time;
/// the key was used for another entry.
pub async fn enter(app: &App, scope: &Scope, entry: &Typed<Entry>) -> Result<Vec<Id>> {
    may_write(scope)?;
    let entry = entry.as_ref().map_err(|problems| Error::Invalid(problems.clone()))?;
    let entry = &entry.with_own_fields(app);
    let wrong = check::entry(app, entry);
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    atomic!(app.db, tx => {
        let leader = check::leader(tx, scope, entry.leader).await?;
        let known = talent::of_account(app, tx, leader.0).await?;
        let mut made = Vec::new();
        for week in 0..=entry.repeat {
            let one = entry.in_week(week);
            match store::found(tx, scope, &one).await? {
                Some(id) => made.push(id),
                None => made.push(enter_one(app, tx, scope, &one, (&leader, known.as_ref())).await?),
            }
        }
        Ok(made)
    })
}

impl Entry {
    /// The same so many weeks later, under a key of its own.
    fn in_week(&self, week: u32) -> Entry {
        let on = self.on.saturating_add((i64::from(week) * 7).days());
        let key = Id(uuid::Uuid::from_u128(self.key.0.as_u128() ^ u128::from(week)));
        let until = self.until.map(|until| until.saturating_add((i64::from(week) * 7).days()));
        Entry { on, key, until, repeat: 0, ..self.clone() }
    }

    /// The same with what is said of its only person beside that person.
    fn with_own_fields(&self, app: &App) -> Entry {
        let mut entry = self.clone();
        let kind = (self.service.as_str(), self.way.as_str());
        field::to_the_only_person(&app.tables.care, kind, &mut entry.persons, &mut entry.content.fields);
        entry
    }

    /// When it is said to take place.
    fn said(&self) -> Said {
        Said { on: self.on, start: self.start, end: self.end, until: self.until }
    }

    fn state(&self) -> SessionState {
        if self.held { SessionState::Held } else { SessionState::Planned }
    }
}

async fn enter_one(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    entry: &Entry,
    (leader, known): (&(Id, String), Option<&Talent>),
) -> Result<Id> {
    let now = app.now();
    let times = rules::care::times(&entry.said(), entry.state(), now, &app.tables.care.limits);
    let times = times.map_err(|faults| Error::Invalid(problems(faults)))?;
    let id = scope.organisation.beside(now);
    let persons = check::persons(app, tx, scope, &entry.persons, (id, &times, entry.state())).await?;
    check::leader_is_free(tx, leader, (id, &times)).await?;
    check::leader_may_lead(app, (&leader.1, known), entry)?;
    let header = Header {
        id,
        state: entry.state(),
        version: 1,
        service: entry.service.clone(),
        way: entry.way.clone(),
        place: entry.place.clone(),
        times,
        leader: leader.clone(),
        content: Content { leader_reason: entry.leader_reason.trim().to_owned(), ..entry.content.clone() },
    };
    store::insert(app, tx, scope, entry.key, &header, &persons).await?;
    store::begin_services(app, tx, scope, &header, &persons).await?;
    let detail = json!({ "session": id, "state": header.state, "persons": persons.len() });
    for person in &persons {
        record_in(tx, scope, log_entry(scope, "change", person.of.id, detail.clone()), now);
    }
    Ok(id)
}

/// Adds "and this session concerns the reader" to a statement over `care_session` under the alias `s`: of the own house, a case manager's
/// own.
pub(super) fn concerned(scope: &Scope, sql: Sql) -> Sql {
    let house = |sql: Sql| sql.push(" AND s.organisation_id = {}", p![scope.organisation]);
    match scope.role {
        Role::InstitutionManager | Role::Assessor => house(sql),
        Role::CaseManager => {
            let accounts: Vec<Id> =
                std::iter::once(scope.account).chain(scope.stands_in_for.iter().copied()).collect();
            let marks = vec!["{}"; accounts.len()].join(", ");
            let clause = format!(" AND (s.leader_id IN ({marks}) OR s.made_by IN ({marks}))");
            let twice = accounts.iter().chain(&accounts).map(|account| (*account).into());
            house(sql).push(&clause, twice.collect::<Vec<_>>())
        }
        _ => sql.push(" AND 1 = 0", []),
    }
}

/// One session; the read is in the log before it is shown.
///
/// # Errors
/// There is none that concerns the reader.
pub async fn session(app: &App, scope: &Scope, id: Id) -> Result<Shown> {
    scope.permit(Deed::Read, Subject::Agenda)?;
    let stored = store::read(app, scope, id).await?;
    let seats = store::seats(app, scope, id).await?;
    let detail = json!({ "session": id, "rows": seats.len() });
    let log =
        audit::Entry { detail, ..audit::Entry::listed(referral::purpose(scope), "referral", seats.len()) };
    audit::record(&app.db, scope, log, app.now()).await?;
    let others = stored.persons - i64::try_from(seats.len()).unwrap_or(i64::MAX);
    let writes = may_write(scope).is_ok() && others == 0;
    let deeds = [Done::Record, Done::Cancel, Done::Void];
    let nights = stored.nights();
    let may = deeds.into_iter().filter(|deed| writes && next(stored.state, *deed).is_some()).collect();
    Ok(Shown {
        id,
        state: stored.state,
        version: stored.version,
        service: stored.service,
        way: stored.way,
        place: stored.place,
        on: stored.on,
        starts: stored.starts,
        ends: stored.ends,
        nights,
        leader: stored.leader,
        leader_name: stored.leader_name,
        late: stored.late,
        recorded: stored.recorded_by.zip(stored.recorded_at),
        reason: stored.reason,
        content: stored.content,
        persons: seats,
        others,
        may,
    })
}

/// Records who came to a planned session. A second time with the same answer changes nothing.
///
/// # Errors
/// There is no such session; the caller does not see everybody who is expected; it is not planned any more; it has not ended yet; fields
/// are wrong; somebody was not in service or was elsewhere.
pub async fn record(app: &App, scope: &Scope, id: Id, present: &Typed<Present>) -> Result<()> {
    may_write(scope)?;
    let stored = store::read(app, scope, id).await?;
    let present = present.as_ref().map_err(|problems| Error::Invalid(problems.clone()))?;
    if stored.state == SessionState::Held && stored.version == present.seen + 1 {
        return Ok(());
    }
    let state = step(stored.state, Done::Record)?;
    seen(present.seen, stored.version)?;
    let mut present = present.clone();
    let kind = (stored.service.as_str(), stored.way.as_str());
    field::to_the_only_person(&app.tables.care, kind, &mut present.persons, &mut present.content.fields);
    let wrong = check::present(app, kind, &present);
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let times = rules::care::times(&stored.said(&present), state, app.now(), &app.tables.care.limits);
    let times = times.map_err(|faults| Error::Invalid(problems(faults)))?;
    let leader = (stored.leader, stored.leader_name.clone());
    let recorded: Result<()> = atomic!(app.db, tx => {
        everybody_seen(tx, id, &present.persons).await?;
        let persons = check::persons(app, tx, scope, &present.persons, (id, &times, state)).await?;
        check::leader_is_free(tx, &leader, (id, &times)).await?;
        let header = Header {
            id,
            state,
            version: stored.version + 1,
            service: stored.service.clone(),
            way: stored.way.clone(),
            place: stored.place.clone(),
            times,
            leader: leader.clone(),
            content: Content {
                leader_reason: stored.content.leader_reason.clone(),
                ..present.content.clone()
            },
        };
        store::record(app, tx, scope, &header, &persons).await?;
        store::begin_services(app, tx, scope, &header, &persons).await?;
        for person in &persons {
            let detail = json!({ "session": id, "state": state });
            record_in(tx, scope, log_entry(scope, "change", person.of.id, detail), app.now());
        }
        Ok(())
    });
    recorded
}

/// Whoever records must see everybody who is expected, and leave nobody out; others may have come besides.
async fn everybody_seen(tx: &mut Tx, id: Id, persons: &[Attending]) -> Result<()> {
    let sql = "SELECT referral_id FROM attendance WHERE session_id = $1 LIMIT 100";
    let expected: Vec<(Id,)> = tx.all(sql, p![id]).await?;
    let left_out = expected.iter().any(|(case,)| persons.iter().all(|person| person.case != *case));
    if left_out { Err(Refusal::new("I2", "session_not_all_yours").into()) } else { Ok(()) }
}

fn step(state: SessionState, deed: Done) -> Result<SessionState> {
    next(state, deed).ok_or_else(|| Refusal::new("I2", "session_state").into())
}

fn seen(expected: i64, found: i64) -> Result<()> {
    if expected == found { Ok(()) } else { Err(Error::Changed { expected, found }) }
}

/// A planned session will not take place. Sent twice it is one.
///
/// # Errors
/// There is no such session; the caller may not; it is not planned any more; there is no such reason.
pub async fn cancel(app: &App, scope: &Scope, id: Id, reason: &str) -> Result<()> {
    let known = app.tables.care.cancel_reasons.iter().any(|one| one.code == reason);
    end(app, scope, id, (Done::Cancel, reason, known)).await
}

/// A record is wrong: it stays, and counts for nothing. Sent twice it is one.
///
/// # Errors
/// There is no such session; the caller may not; nothing was recorded; there is no such reason.
pub async fn void(app: &App, scope: &Scope, id: Id, reason: &str) -> Result<()> {
    let known = app.tables.care.void_reasons.iter().any(|one| one.code == reason);
    end(app, scope, id, (Done::Void, reason, known)).await
}

/// Cancels or voids by the name of the deed, as an address names it.
///
/// # Errors
/// As [`cancel`] and [`void`]; there is no such deed.
pub async fn act(app: &App, scope: &Scope, id: Id, deed: &str, reason: &str) -> Result<()> {
    match deed {
        "cancel" => cancel(app, scope, id, reason).await,
        "void" => void(app, scope, id, reason).await,
        _ => Err(Error::NotFound),
    }
}

async fn end(app: &App, scope: &Scope, id: Id, (deed, reason, known): (Done, &str, bool)) -> Result<()> {
    may_write(scope)?;
    let stored = store::read(app, scope, id).await?;
    if !known {
        return Err(Error::invalid("reason", "unknown_choice"));
    }
    if stored.reason.as_deref() == Some(reason) {
        return Ok(());
    }
    let state = step(stored.state, deed)?;
    let seats = store::seats(app, scope, id).await?;
    if i64::try_from(seats.len()).ok() != Some(stored.persons) {
        return Err(Refusal::new("I2", "session_not_all_yours").into());
    }
    let ended: Result<()> = atomic!(app.db, tx => {
        store::end(app, tx, (id, stored.version), state, reason, &seats).await?;
        for seat in &seats {
            let detail = json!({ "session": id, "state": state, "reason": reason });
            record_in(tx, scope, log_entry(scope, "change", seat.case, detail), app.now());
        }
        Ok(())
    });
    ended
}

/// The name of a case's person as the reader may see it; empty where the reader sees no sessions of it.
pub(super) fn name_of(scope: &Scope, state: &str, restricted: bool, name: &str) -> String {
    let sees = super::extent(scope, referral::state_of(state), restricted) != Extent::Nothing;
    if sees { referral::shown_name(scope, (state, restricted), name) } else { String::new() }
}
