//! Sessions that waited on a case manager's phone. Each is answered by itself; sent again, a session is one session, and what differs
//! from what stands is told instead of passed over.

use super::{
    Answered, Contact,
    contact::in_use,
    exchange::{begin, end, is_state},
};
use crate::{
    App,
    audit::{self, Entry},
    care::{self, Attending, Present, SessionContent, Stands},
    error::{Error, Problem, Result},
    id::Id,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    Refusal,
    account::{Deed, Subject},
    care::{Noted, Presence, SessionState, Times},
    offline::{ClockFault, Difference, look_at},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The planned session that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OfPlan {
    /// Identifier.
    pub id: Id,
    /// The version that the phone had.
    pub version: i64,
}

/// A session that was recorded without a network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingSession {
    /// Made by the phone: the same identifier is the same entry.
    pub id: Uuid,
    /// The planned session; nothing for one that nobody planned.
    pub planned: Option<OfPlan>,
    /// When it was written, by the phone's clock.
    pub written_at: Timestamp,
    /// The holder was asked about the day and said that it is right.
    pub confirmed: bool,
    /// What was noted.
    pub session: Noted,
}

/// What became of it.
#[derive(Debug)]
pub enum SessionOutcome {
    /// It is recorded.
    Taken {
        /// The session.
        id: Id,
        /// It was recorded before: the receipt was lost.
        repeated: bool,
    },
    /// The holder must look at its day first.
    Asked(ClockFault),
    /// Somebody recorded the planned session meanwhile, and wrote something else.
    Conflict {
        /// Who.
        by: String,
        /// When.
        at: Option<Timestamp>,
    },
    /// These persons are not in the holder's charge any more.
    Gone(Vec<Id>),
    /// It was not taken.
    Not(Error),
}

/// Takes sessions that waited on a phone.
///
/// # Errors
/// The account has no such phone, it was revoked, or the role records no sessions; there are more at once than may be.
pub async fn send_sessions(
    app: &App,
    scope: &Scope,
    device: Id,
    (contact, waiting): (Contact, &[WaitingSession]),
) -> Result<Answered<SessionOutcome>> {
    in_use(app, scope, device).await?;
    scope.permit(Deed::Change, Subject::Agenda)?;
    let (clock, now) = begin(app, contact, ("sessions", waiting.len()))?;
    let mut answers = Vec::new();
    for session in waiting {
        answers.push((session.id, take(app, scope, session, (clock, now)).await?));
    }
    let taken = answers.iter().filter(|(_, outcome)| matches!(outcome, SessionOutcome::Taken { .. })).count();
    let answered = Answered { now, clock, answers };
    end(app, scope, device, (contact, &answered), taken).await?;
    Ok(answered)
}

async fn take(
    app: &App,
    scope: &Scope,
    waiting: &WaitingSession,
    clock: (Difference, Timestamp),
) -> Result<SessionOutcome> {
    let rules = &app.tables.offline;
    let asked =
        waiting.session.on.and_then(|on| look_at(on, waiting.written_at, waiting.confirmed, clock, rules));
    if let Some(fault) = asked {
        return Ok(SessionOutcome::Asked(fault));
    }
    let recorded = match waiting.planned {
        Some(planned) => record(app, scope, waiting, planned).await,
        None => enter(app, scope, waiting).await,
    };
    match recorded {
        // The database is away: nothing more goes now, and what was taken is answered again when it is sent again.
        Err(error) if error.is_outage() || error.is_uncertain() => Err(error),
        Err(Error::Invalid(problems)) if problems.iter().any(is_about_whom) => {
            let cases: Vec<Id> = waiting.session.persons.iter().map(|person| Id(person.case)).collect();
            let gone = care::not_in_charge(app, scope, &cases).await?;
            Ok(if gone.is_empty() {
                SessionOutcome::Not(Error::Invalid(problems))
            } else {
                SessionOutcome::Gone(gone)
            })
        }
        Err(error) => Ok(SessionOutcome::Not(error)),
        Ok(outcome) => Ok(outcome),
    }
}

fn is_about_whom(problem: &Problem) -> bool {
    problem.field == "persons" && problem.code == "unknown_choice"
}

/// Its instants, where nothing is wrong with it by the rules that the phone ran.
fn times(app: &App, session: &Noted) -> Result<Times> {
    let (now, limits) = (app.now(), &app.tables.care.limits);
    // Who was elsewhere the database knows better than the phone.
    let faults = session.faults(&[], now, (limits, &app.tables.care.fields));
    if !faults.is_empty() {
        return Err(Error::Invalid(care::problems(faults)));
    }
    session.times(now, limits).map_err(|faults| Error::Invalid(care::problems(faults)))
}

fn attending(session: &Noted) -> Vec<Attending> {
    let one = |person: &rules::care::Seated| Attending {
        case: Id(person.case),
        presence: person.presence,
        note: String::new(),
        fields: BTreeMap::new(),
    };
    session.persons.iter().map(one).collect()
}

/// A session that nobody planned.
async fn enter(app: &App, scope: &Scope, waiting: &WaitingSession) -> Result<SessionOutcome> {
    let (session, key) = (&waiting.session, Id(waiting.id));
    if let Some(stands) = care::under_key(app, scope, key).await? {
        // Looked at before the rules, by which it may have become too old since it was taken.
        let (_, start, end) = span(app, session)?;
        let same = is_same(&stands, session)
            && at(session, start) == Some(stands.span.0)
            && at(session, end) == Some(stands.span.1)
            && stands.service == session.service
            && stands.way == session.way
            && stands.place == session.place
            && stands.fields.len() == session.fields.len()
            && stands.content.leader_reason == session.leader_reason.trim();
        return if same {
            Ok(SessionOutcome::Taken { id: stands.id, repeated: true })
        } else {
            Err(Error::invalid("key", "key_reused"))
        };
    }
    times(app, session)?;
    let (on, start, end) = span(app, session)?;
    let entry = care::Entry {
        key,
        held: true,
        service: session.service.clone(),
        way: session.way.clone(),
        place: session.place.clone(),
        on,
        start,
        end,
        until: None,
        leader: None,
        leader_reason: session.leader_reason.clone(),
        repeat: 0,
        persons: attending(session),
        content: SessionContent {
            done: session.done.trim().to_owned(),
            summary: session.summary.trim().to_owned(),
            fields: session.fields.clone(),
            ..SessionContent::default()
        },
    };
    let made = care::enter(app, scope, &Ok(entry)).await?;
    let id = made.first().copied().ok_or_else(|| Error::broken("an entry without a session"))?;
    Ok(SessionOutcome::Taken { id, repeated: false })
}

fn span(app: &App, session: &Noted) -> Result<(jiff::civil::Date, jiff::civil::Time, jiff::civil::Time)> {
    session.span(&app.tables.care.limits).map_err(|faults| Error::Invalid(care::problems(faults)))
}

/// The instant of a time on the session's day, as it is stored: sessions begin and end with a minute.
fn at(session: &Noted, time: jiff::civil::Time) -> Option<Timestamp> {
    let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
    session.on.map(|on| rules::clock::start_of(on) + jiff::SignedDuration::from_mins(minutes))
}

/// Who came to a planned session.
async fn record(
    app: &App,
    scope: &Scope,
    waiting: &WaitingSession,
    planned: OfPlan,
) -> Result<SessionOutcome> {
    let session = &waiting.session;
    let stands = care::stands(app, scope, planned.id).await.map_err(unknown)?;
    if stands.state == SessionState::Held {
        return told(app, session, &stands, true);
    }
    stands.is_to_come()?;
    as_planned(session, &stands)?;
    times(app, session)?;
    let (_, start, end) = span(app, session)?;
    let present = Present {
        seen: planned.version,
        times: Some((start, end)),
        until: None,
        persons: attending(session),
        content: SessionContent {
            done: session.done.trim().to_owned(),
            summary: session.summary.trim().to_owned(),
            fields: stands.content.fields.into_iter().chain(session.fields.clone()).collect(),
            ..stands.content
        },
    };
    match care::record(app, scope, planned.id, &Ok(present)).await {
        // Somebody else may have recorded it in the same moment: what stands now says whose record it is.
        Ok(()) | Err(Error::Changed { .. }) => {
            let stands = care::stands(app, scope, planned.id).await.map_err(unknown)?;
            if stands.state == SessionState::Held {
                return told(app, session, &stands, false);
            }
            stands.is_to_come()?;
            Err(Error::Refused(Refusal::new("I2", "session_state")))
        }
        Err(error) => Err(error),
    }
}

/// The session is not the holder's any more.
fn unknown(error: Error) -> Error {
    match error {
        Error::NotFound => Error::Refused(Refusal::new("device", "session_not_yours")),
        error => error,
    }
}

/// What stands is what was sent, or somebody else's record.
fn told(app: &App, session: &Noted, stands: &Stands, repeated: bool) -> Result<SessionOutcome> {
    let (_, start, end) = span(app, session)?;
    let in_time = at(session, start) == Some(stands.span.0) && at(session, end) == Some(stands.span.1);
    if in_time && is_same(stands, session) {
        return Ok(SessionOutcome::Taken { id: stands.id, repeated });
    }
    let (by, at) = stands.recorded.clone().unzip();
    Ok(SessionOutcome::Conflict { by: by.unwrap_or_default(), at })
}

/// Whether who came and what was written are the same.
fn is_same(stands: &Stands, session: &Noted) -> bool {
    let persons: BTreeMap<Id, Presence> =
        session.persons.iter().map(|person| (Id(person.case), person.presence)).collect();
    let said = |(key, value): (&String, &String)| stands.fields.get(key) == Some(value);
    stands.persons == persons
        && session.fields.iter().all(said)
        && stands.content.done == session.done.trim()
        && stands.content.summary == session.summary.trim()
}

/// What was planned stays as it was planned: a phone that wrote something else is told.
fn as_planned(session: &Noted, stands: &Stands) -> Result<()> {
    let on = rules::clock::china_date(stands.span.0);
    let differs = [
        ("on", session.on != Some(on)),
        ("service", session.service != stands.service),
        ("way", session.way != stands.way),
        ("place", session.place != stands.place),
    ];
    let problems: Vec<Problem> = differs
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(field, _)| Problem::new(field, "not_as_planned"))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// A session that its holder takes back instead of sending it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawnSession {
    /// Made by the phone.
    pub id: Uuid,
    /// The planned session that it was of.
    #[serde(default)]
    pub planned: Option<Id>,
    /// Where it stood: `waits`, `faulty`, `asked`, `conflict`, `gone`, `refused`.
    pub state: String,
}

/// Puts into the log that a session will not be sent, before the phone forgets it.
///
/// # Errors
/// The account has no such phone or it was revoked; the session is here already, so that it is declared void on the site instead.
pub async fn withdraw_session(
    app: &App,
    scope: &Scope,
    device: Id,
    withdrawn: &WithdrawnSession,
) -> Result<()> {
    in_use(app, scope, device).await?;
    is_state(&withdrawn.state)?;
    if care::under_key(app, scope, Id(withdrawn.id)).await?.is_some()
        || is_mine(app, scope, withdrawn).await?
    {
        return Err(Error::Refused(Refusal::new("device", "session_taken")));
    }
    let detail = json!({ "device": device, "session": withdrawn.id, "state": withdrawn.state });
    let entry = Entry::of_account("withdraw_session", scope.account, detail);
    audit::record(&app.db, scope, entry, app.now()).await
}

/// Whether the planned session stands as the holder recorded it, so that only the receipt was lost.
async fn is_mine(app: &App, scope: &Scope, withdrawn: &WithdrawnSession) -> Result<bool> {
    // Of a conflict the holder knows already what stands.
    let Some(id) = withdrawn.planned.filter(|_| withdrawn.state != "conflict") else { return Ok(false) };
    match care::stands(app, scope, id).await {
        Ok(stands) => {
            let mine = stands.recorded.is_some_and(|(by, _)| by == scope.name);
            Ok(mine && stands.state == SessionState::Held)
        }
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}
