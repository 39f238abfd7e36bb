//! What is typed into the pages of a session, kept as it was typed, and read.

use super::plan_entry::Reading;
use crate::form::Posted;
use app::{
    care::{self, Attending, Present, SessionContent, Typed},
    id::Id,
};
use jiff::civil::{Date, Time};
use rules::care::{CareTable, Presence, is_stay};
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
    /// The day on which a stay ends.
    pub until: String,
    pub leader: String,
    pub leader_reason: String,
    pub repeat: String,
    pub title: String,
    pub persons: Vec<String>,
    /// Values of fields of the session.
    pub fields: Values,
    /// Values of fields of each person, by case.
    pub values: BTreeMap<String, Values>,
}

/// Values of fields by key.
type Values = BTreeMap<String, String>;

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
            until: get("until"),
            fields: values(posted, "fields."),
            values: posted
                .all("person")
                .take(MOST)
                .map(|case| (case.to_owned(), values(posted, &format!("values.{case}."))))
                .collect(),
            persons: posted.all("person").take(MOST).map(str::to_owned).collect(),
        }
    }

    /// Whether somebody is ticked.
    pub(crate) fn has(&self, case: &str) -> bool {
        self.persons.iter().any(|person| person == case)
    }

    /// The value that was typed for a person.
    pub(crate) fn value(&self, case: &str, key: &str) -> String {
        self.values.get(case).and_then(|values| values.get(key)).cloned().unwrap_or_default()
    }

    /// The session that was typed, or all that cannot be read. What was typed for another service or form before this one was chosen is
    /// left out.
    pub(crate) fn read(&self, held: bool, table: &CareTable) -> Typed<care::Entry> {
        let asked = |values: Option<&Values>| -> Values {
            let known = |key: &str| table.fields_of(&self.service, &self.way).any(|field| field.key == key);
            let typed = values.into_iter().flatten().filter(|(key, _)| known(key));
            typed.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        let mut reading = Reading::default();
        let key = reading.choice("key", self.key.parse::<Id>().ok(), Id(uuid::Uuid::nil()));
        let presence = if held { Presence::Came } else { Presence::Expected };
        let persons = self.persons.iter().map(|person| Attending {
            case: reading.choice("persons", person.parse().ok(), Id(uuid::Uuid::nil())),
            presence,
            note: String::new(),
            fields: asked(self.values.get(person)),
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
            // A browser that shows the control for every form may send it with another, of which it says nothing.
            until: day(&mut reading, "until", if is_stay(&self.way) { self.until.as_str() } else { "" }),
            leader,
            leader_reason: self.leader_reason.clone(),
            repeat: if self.repeat.is_empty() { 0 } else { reading.number("repeat", &self.repeat) },
            persons,
            content: SessionContent {
                title: self.title.clone(),
                fields: asked(Some(&self.fields)),
                ..SessionContent::default()
            },
        };
        reading.finish(entry)
    }
}

fn time(reading: &mut Reading, field: &str, text: &str) -> Time {
    let code = if text.is_empty() { "required" } else { "time" };
    reading.choice_or(field, care::time(text), code, Time::midnight())
}

fn day(reading: &mut Reading, field: &str, text: &str) -> Option<Date> {
    (!text.is_empty()).then(|| reading.day(field, text))
}

/// What was typed under names that begin so, by the rest of the name.
fn values(posted: &Posted, prefix: &str) -> Values {
    let named = posted.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value.trim())));
    let typed = named.filter(|(_, value)| !value.is_empty()).take(MOST);
    typed.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
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
            fields: values(posted, &format!("values.{case}.")),
        });
    }
    let times = match (get("start"), get("end")) {
        ("", "") => None,
        (start, end) => Some((time(&mut reading, "start", start), time(&mut reading, "end", end))),
    };
    let present = Present {
        seen: get("seen").parse().unwrap_or(0),
        times,
        until: day(&mut reading, "until", get("until")),
        persons,
        content: SessionContent {
            title: get("title").to_owned(),
            done: get("done").to_owned(),
            summary: get("summary").to_owned(),
            fields: values(posted, "fields."),
            ..SessionContent::default()
        },
    };
    reading.finish(present)
}

/// The reason that was chosen.
pub(crate) fn reason(posted: &Posted) -> &str {
    posted.get("reason").unwrap_or_default()
}
