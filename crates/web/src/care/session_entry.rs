//! What is typed into the pages of a session, kept as it was typed, and read.

use super::plan_entry::Reading;
use crate::form::Posted;
use app::{
    care::{self, Attending, Present, SessionContent, Typed},
    id::Id,
};
use jiff::civil::Time;
use rules::care::Presence;
use std::collections::BTreeMap;

/// Persons of one request that are read at most.
const MOST: usize = 100;

/// A session to be entered, as typed.
#[derive(Default)]
pub(crate) struct SessionEntry {
    pub key: String,
    pub service: String,
    pub way: String,
    pub place: String,
    pub on: String,
    pub start: String,
    pub end: String,
    pub leader: String,
    pub leader_reason: String,
    pub repeat: String,
    pub title: String,
    pub persons: Vec<String>,
}

impl SessionEntry {
    pub(crate) fn posted(posted: &Posted) -> SessionEntry {
        let get = |name: &str| posted.get(name).unwrap_or_default().to_owned();
        SessionEntry {
            key: get("key"),
            service: get("service"),
            way: get("way"),
            place: get("place"),
            on: get("on"),
            start: get("start"),
            end: get("end"),
            leader: get("leader"),
            leader_reason: get("leader_reason"),
            repeat: get("repeat"),
            title: get("title"),
            persons: posted.all("person").take(MOST).map(str::to_owned).collect(),
        }
    }

    /// Whether somebody is ticked.
    pub(crate) fn has(&self, case: &str) -> bool {
        self.persons.iter().any(|person| person == case)
    }

    /// The session that was typed, or all that cannot be read.
    pub(crate) fn read(&self, held: bool) -> Typed<care::Entry> {
        let mut reading = Reading::default();
        let key = reading.choice("key", self.key.parse::<Id>().ok(), Id(uuid::Uuid::nil()));
        let presence = if held { Presence::Came } else { Presence::Expected };
        let persons = self.persons.iter().map(|person| Attending {
            case: reading.choice("persons", person.parse().ok(), Id(uuid::Uuid::nil())),
            presence,
            note: String::new(),
        });
        let persons = persons.collect();
        let leader = match self.leader.as_str() {
            "" => None,
            leader => Some(reading.choice("leader", leader.parse().ok(), Id(uuid::Uuid::nil()))),
        };
        let entry = care::Entry {
            key,
            held,
            service: self.service.clone(),
            way: self.way.clone(),
            place: self.place.clone(),
            on: reading.day("on", &self.on),
            start: time(&mut reading, "start", &self.start),
            end: time(&mut reading, "end", &self.end),
            leader,
            leader_reason: self.leader_reason.clone(),
            repeat: if self.repeat.is_empty() { 0 } else { reading.number("repeat", &self.repeat) },
            persons,
            content: SessionContent { title: self.title.clone(), ..SessionContent::default() },
        };
        reading.finish(entry)
    }
}

fn time(reading: &mut Reading, field: &str, text: &str) -> Time {
    let code = if text.is_empty() { "required" } else { "time" };
    reading.choice_or(field, care::time(text), code, Time::midnight())
}

/// Who came, as typed: by case, and what was written of it.
pub(crate) fn present(posted: &Posted) -> Typed<Present> {
    let get = |name: &str| posted.get(name).unwrap_or_default();
    let mut reading = Reading::default();
    let mut persons = Vec::new();
    for (name, value) in posted.0.iter().filter(|(name, _)| name.starts_with("presence.")).take(MOST) {
        let case = name.trim_start_matches("presence.");
        persons.push(Attending {
            case: reading.choice("persons", case.parse().ok(), Id(uuid::Uuid::nil())),
            presence: reading.choice("persons", Presence::of_code(value), Presence::Missed),
            note: get(&format!("note.{case}")).to_owned(),
        });
    }
    let times = match (get("start"), get("end")) {
        ("", "") => None,
        (start, end) => Some((time(&mut reading, "start", start), time(&mut reading, "end", end))),
    };
    let fields: BTreeMap<String, String> = posted
        .0
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("fields.")?.to_owned(), value.trim().to_owned())))
        .filter(|(_, value)| !value.is_empty())
        .take(MOST)
        .collect();
    let present = Present {
        seen: get("seen").parse().unwrap_or(0),
        times,
        persons,
        content: SessionContent {
            title: get("title").to_owned(),
            done: get("done").to_owned(),
            summary: get("summary").to_owned(),
            fields,
            ..SessionContent::default()
        },
    };
    reading.finish(present)
}

/// The reason that was chosen.
pub(crate) fn reason(posted: &Posted) -> &str {
    posted.get("reason").unwrap_or_default()
}
