//! Sessions, entered and shown.

use crate::care::plan_entry::Reading;
use app::{
    care::{self, Attending, Present, SessionContent, SessionRow, Typed},
    id::Id,
};
use jiff::{Timestamp, civil::Date};
use rules::care::Presence;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A session in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionLine {
    /// Identifier.
    id: String,
    /// `planned`, `held`, `cancelled` or `void`.
    state: String,
    /// Service.
    service: String,
    /// Form of service.
    way: String,
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Nights of a stay (form W8); 0 of all else.
    nights: u32,
    /// Recorded long after it was held.
    late: bool,
    /// Names of the caller's clients; empty in a case's own list.
    names: Vec<String>,
    /// In a case's own list: `expected`, `came`, `excused` or `missed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    presence: Option<String>,
    /// In a case's own list: the person's values of the fields of service and form, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, String>,
}

impl SessionLine {
    pub(crate) fn new(row: SessionRow) -> SessionLine {
        SessionLine {
            id: row.id.to_string(),
            nights: row.nights(),
            state: row.state.code().to_owned(),
            service: row.service,
            way: row.way,
            starts_at: row.starts,
            ends_at: row.ends,
            late: row.late,
            names: row.names,
            presence: row.presence.map(|one| one.code().to_owned()),
            fields: row.fields,
        }
    }
}

/// Sessions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionList {
    /// The sessions.
    pub(crate) sessions: Vec<SessionLine>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// A session to be entered.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionEntry {
    /// A UUID that the sender makes: the same key sent again is the same entry.
    #[schema(value_type = String)]
    key: uuid::Uuid,
    /// It was held; otherwise it is planned.
    held: bool,
    /// Service S1–S16.
    service: String,
    /// Form of service W1–W11.
    way: String,
    /// `institution`, `home` or `other`.
    place: String,
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Its beginning in China: `09:00`.
    start: String,
    /// Its end.
    end: String,
    /// The day on which a stay (form W8) ends; absent for every other form.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
    /// Account of who leads it; absent for the caller.
    #[schema(value_type = Option<String>)]
    leader: Option<uuid::Uuid>,
    /// Why this person leads, where the library of talent says that they may not; asked only then, as `invalid` of this field.
    #[serde(default)]
    leader_reason: String,
    /// Weeks in which a planned session is repeated.
    #[serde(default)]
    repeat: u32,
    /// Cases of the persons.
    persons: Vec<PersonEntry>,
    /// What is written of it.
    #[serde(default)]
    content: ContentEntry,
}

/// Somebody at a session.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonEntry {
    /// The case.
    #[schema(value_type = String)]
    case: uuid::Uuid,
    /// `came`, `excused` or `missed`; absent for `came`, or `expected` where the session is planned.
    presence: Option<String>,
    /// How it went.
    #[serde(default)]
    note: String,
    /// Fields of service and form that are of a person, by key: `data/care.toml`. What is required there is asked of everybody who came.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// What is written of a session.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContentEntry {
    /// Title.
    #[serde(default)]
    title: String,
    /// What was done.
    #[serde(default)]
    done: String,
    /// How it went, and what follows.
    #[serde(default)]
    summary: String,
    /// Fields of service and form that are of the session, by key: `data/care.toml`. Where there is one person, those of a person may stand
    /// here as well.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

impl ContentEntry {
    fn content(&self) -> SessionContent {
        let (title, done, summary) = (self.title.clone(), self.done.clone(), self.summary.clone());
        SessionContent { title, done, summary, fields: self.fields.clone(), ..SessionContent::default() }
    }
}

fn persons(reading: &mut Reading, entries: &[PersonEntry], otherwise: Presence) -> Vec<Attending> {
    let mut persons = Vec::new();
    for entry in entries {
        let presence = match entry.presence.as_deref() {
            None => otherwise,
            Some(code) => reading.choice("persons", Presence::of_code(code), otherwise),
        };
        let (note, fields) = (entry.note.clone(), entry.fields.clone());
        persons.push(Attending { case: Id(entry.case), presence, note, fields });
    }
    persons
}

fn time(reading: &mut Reading, field: &str, text: &str) -> jiff::civil::Time {
    reading.choice_or(field, care::time(text), "time", jiff::civil::Time::midnight())
}

impl SessionEntry {
    pub(crate) fn entry(&self) -> Typed<care::Entry> {
        let mut reading = Reading::default();
        let otherwise = if self.held { Presence::Came } else { Presence::Expected };
        let entry = care::Entry {
            key: Id(self.key),
            held: self.held,
            service: self.service.clone(),
            way: self.way.clone(),
            place: self.place.clone(),
            on: self.on,
            start: time(&mut reading, "start", &self.start),
            end: time(&mut reading, "end", &self.end),
            until: self.until,
            leader: self.leader.map(Id),
            leader_reason: self.leader_reason.clone(),
            repeat: self.repeat,
            persons: persons(&mut reading, &self.persons, otherwise),
            content: self.content.content(),
        };
        reading.finish(entry)
    }
}

/// The sessions that were made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MadeDocument {
    /// Identifiers, one for each week.
    pub(crate) ids: Vec<String>,
}

/// Who came to a planned session.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordEntry {
    /// The version that the sender knows.
    version: i64,
    /// Its beginning, where it was another than planned.
    start: Option<String>,
    /// Its end, where it was another than planned.
    end: Option<String>,
    /// The day on which a stay (form W8) ended, where it was another than planned.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
    /// Everybody who was expected, and who came besides.
    persons: Vec<PersonEntry>,
    /// What is written of it.
    #[serde(default)]
    content: ContentEntry,
}

impl RecordEntry {
    pub(crate) fn present(&self) -> Typed<Present> {
        let mut reading = Reading::default();
        let times = match (self.start.as_deref(), self.end.as_deref()) {
            (None, None) => None,
            (start, end) => Some((
                time(&mut reading, "start", start.unwrap_or_default()),
                time(&mut reading, "end", end.unwrap_or_default()),
            )),
        };
        let present = Present {
            seen: self.version,
            times,
            until: self.until,
            persons: persons(&mut reading, &self.persons, Presence::Came),
            content: self.content.content(),
        };
        reading.finish(present)
    }
}

/// Why a session ends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndEntry {
    /// `cancel` for a planned session, `void` for a record.
    pub(crate) name: String,
    /// A code of `data/care.toml`.
    pub(crate) reason: String,
}

/// Somebody at a session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SeatDocument {
    /// The case.
    case: String,
    /// Name as the caller may see it.
    name: String,
    /// `expected`, `came`, `excused` or `missed`.
    presence: String,
    /// How it went.
    note: String,
    /// Fields of service and form that are of a person, by key.
    fields: BTreeMap<String, String>,
}

/// A session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionDocument {
    /// Identifier.
    id: String,
    /// `planned`, `held`, `cancelled` or `void`.
    state: String,
    /// Version.
    version: i64,
    /// Service.
    service: String,
    /// Form of service.
    way: String,
    /// Where.
    place: String,
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Nights of a stay (form W8); 0 of all else.
    nights: u32,
    /// Name of who leads it.
    leader: String,
    /// Recorded long after it was held.
    late: bool,
    /// Why it was cancelled or is void.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Title.
    title: String,
    /// What was done.
    done: String,
    /// How it went.
    summary: String,
    /// Fields of service and form that are of the session; of older records those of persons as well.
    fields: BTreeMap<String, String>,
    /// Persons whom the caller sees.
    persons: Vec<SeatDocument>,
    /// Persons whom the caller does not see.
    others: i64,
}

impl SessionDocument {
    pub(crate) fn new(shown: care::Shown) -> SessionDocument {
        let seat = |seat: care::Seat| SeatDocument {
            case: seat.case.to_string(),
            name: seat.name,
            presence: seat.presence.code().to_owned(),
            note: seat.note,
            fields: seat.fields,
        };
        SessionDocument {
            id: shown.id.to_string(),
            state: shown.state.code().to_owned(),
            version: shown.version,
            service: shown.service,
            way: shown.way,
            place: shown.place,
            starts_at: shown.starts,
            ends_at: shown.ends,
            nights: shown.nights,
            leader: shown.leader_name,
            late: shown.late,
            reason: shown.reason,
            title: shown.content.title,
            done: shown.content.done,
            summary: shown.content.summary,
            fields: shown.content.fields,
            persons: shown.persons.into_iter().map(seat).collect(),
            others: shown.others,
        }
    }
}
