//! A session as it is noted on the way, where nobody can be asked: all that can be said of it from itself and from the hours of which
//! one knows. A phone asks this without a network, the server again when the session arrives.

use super::{
    Fault, Limits, Presence, SessionState, Times,
    field::{Field, FieldOf, asked_of},
    seating,
    session::Said,
    times,
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Letters of what was done and of the summary at most, and of a reason.
const LONG: usize = 2_000;
const LINE: usize = 200;

/// Somebody at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seated {
    /// The case.
    pub case: Uuid,
    /// Whether the person came.
    pub presence: Presence,
}

/// A session that took place, as far as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noted {
    /// The day in China.
    pub on: Option<Date>,
    /// Its beginning.
    pub start: Option<Time>,
    /// How long it took.
    pub minutes: Option<u32>,
    /// Service S1–S16.
    pub service: String,
    /// Form of service W1–W11.
    pub way: String,
    /// Where.
    pub place: String,
    /// Who came and who did not.
    pub persons: Vec<Seated>,
    /// Values of the fields that are asked, by key.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// What was done.
    #[serde(default)]
    pub done: String,
    /// How it went, and what follows.
    #[serde(default)]
    pub summary: String,
    /// Why somebody leads it whom the library of talent does not name for it.
    #[serde(default)]
    pub leader_reason: String,
}

/// Hours of which one knows where somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    /// The case; nothing for who leads.
    pub case: Option<Uuid>,
    /// Its beginning.
    pub starts: Timestamp,
    /// Its end.
    pub ends: Timestamp,
}

impl Noted {
    /// Day, beginning and end.
    ///
    /// # Errors
    /// One of them is not written; it is too short or too long; it goes on beyond midnight.
    pub fn span(&self, limits: &Limits) -> Result<(Date, Time, Time), Vec<Fault>> {
        let (Some(on), Some(start), Some(minutes)) = (self.on, self.start, self.minutes) else {
            let fields = [
                ("on", self.on.is_none()),
                ("start", self.start.is_none()),
                ("minutes", self.minutes.is_none()),
            ];
            let missing = fields.into_iter().filter(|(_, missing)| *missing);
            return Err(missing.map(|(field, _)| Fault::new(field, "required")).collect());
        };
        let (shortest, longest) = (limits.shortest_minutes, limits.longest_minutes);
        if !(shortest..=longest).contains(&minutes) {
            let fault = Fault::new("minutes", "number_range").with(format!("{shortest}–{longest}"));
            return Err(vec![fault]);
        }
        match start.checked_add(SignedDuration::from_mins(i64::from(minutes))) {
            Ok(end) => Ok((on, start, end)),
            Err(_) => Err(vec![Fault::new("minutes", "past_midnight")]),
        }
    }

    /// Its instants, as of every session that was held.
    ///
    /// # Errors
    /// As [`Noted::span`]; it is not over yet, or lies too far back.
    pub fn times(&self, now: Timestamp, limits: &Limits) -> Result<Times, Vec<Fault>> {
        let (on, start, end) = self.span(limits)?;
        times(&Said { on, start, end, until: None }, SessionState::Held, now, limits)
    }

    /// Which of these fields are asked on the way: those of the session, and those of the only person at it who came. What is said of each
    /// of several persons is written on the site.
    #[must_use]
    pub fn asked<'a>(&'a self, all: &'a [Field]) -> Vec<&'a Field> {
        let alone = matches!(self.persons.as_slice(), [one] if one.presence == Presence::Came);
        let fields = asked_of(all, &self.service, &self.way);
        fields.filter(|field| alone || field.of == FieldOf::Session).collect()
    }

    /// What is wrong with the values of its fields.
    fn of_fields(&self, all: &[Field]) -> Vec<Fault> {
        let asked = self.asked(all);
        let at = |key: &str| format!("fields.{key}");
        let mut faults = Vec::new();
        for (key, value) in &self.fields {
            match asked.iter().find(|field| field.key == *key) {
                None => faults.push(Fault::new(at(key), "unknown_choice")),
                Some(field) => faults.extend(
                    field.wrong(value).map(|(code, values)| Fault { values, ..Fault::new(at(key), code) }),
                ),
            }
        }
        let missed = asked.iter().filter(|field| field.required && !self.fields.contains_key(&field.key));
        faults.extend(missed.map(|field| Fault::new(at(&field.key), "required")));
        let several = self.persons.len() > 1 && self.persons.iter().any(|one| one.presence == Presence::Came);
        let mut of_way = asked_of(all, &self.service, &self.way);
        if several && of_way.any(|field| field.required && field.of == FieldOf::Person) {
            faults.push(Fault::new("persons", "each_on_site"));
        }
        faults
    }

    /// All that is wrong with it by the fields of the catalogue, and who of those who came is known to have been elsewhere.
    #[must_use]
    pub fn faults(
        &self,
        known: &[Engagement],
        now: Timestamp,
        (limits, fields): (&Limits, &[Field]),
    ) -> Vec<Fault> {
        let mut faults = match self.times(now, limits) {
            Ok(times) => self.elsewhere(&times, known),
            Err(faults) => faults,
        };
        for (field, said) in [("service", &self.service), ("way", &self.way), ("place", &self.place)] {
            if said.is_empty() {
                faults.push(Fault::new(field, "required"));
            }
        }
        let persons = self.persons.iter().map(|person| (person.case, person.presence));
        faults.extend(seating(true, limits.persons_of(&self.way), &persons.collect::<Vec<_>>()));
        faults.extend(self.of_fields(fields));
        for (field, said, most) in [
            ("done", &self.done, LONG),
            ("summary", &self.summary, LONG),
            ("leader_reason", &self.leader_reason, LINE),
        ] {
            if said.chars().count() > most {
                faults.push(Fault::new(field, "too_long").with(most));
            }
        }
        faults
    }

    /// Nobody is in two places at one time. Whoever stayed away was not here.
    fn elsewhere(&self, times: &Times, known: &[Engagement]) -> Vec<Fault> {
        let here = |case: Uuid| {
            let stayed_away = |presence| matches!(presence, Presence::Missed | Presence::Excused);
            self.persons.iter().any(|person| person.case == case && !stayed_away(person.presence))
        };
        let mut faults = Vec::new();
        for one in known.iter().filter(|one| one.starts < times.ends && one.ends > times.starts) {
            match one.case {
                None => faults.push(Fault::new("start", "leader_elsewhere").with(one.starts)),
                Some(case) if here(case) => {
                    faults.push(Fault::new("persons", "client_elsewhere").with(case).with(one.starts));
                }
                Some(_) => {}
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::care::CareTable;
    use jiff::civil::{date, time};

    fn limits() -> Limits {
        CareTable::embedded().unwrap().limits
    }

    /// The evening of 2 March in China.
    fn evening() -> Timestamp {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    fn case(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn noted() -> Noted {
        Noted {
            on: Some(date(2026, 3, 2)),
            start: Some(time(9, 0, 0, 0)),
            minutes: Some(60),
            service: "S4".to_owned(),
            way: "W3".to_owned(),
            place: "institution".to_owned(),
            persons: vec![
                Seated { case: case(1), presence: Presence::Came },
                Seated { case: case(2), presence: Presence::Missed },
            ],
            ..Noted::default()
        }
    }

    fn codes(noted: &Noted, known: &[Engagement]) -> Vec<(String, &'static str)> {
        let table = CareTable::embedded().unwrap();
        let faults = noted.faults(known, evening(), (&table.limits, &table.fields));
        faults.into_iter().map(|fault| (fault.field, fault.code)).collect()
    }

    #[test]
    fn what_is_whole_has_no_faults_and_what_is_not_says_where() {
        assert!(codes(&noted(), &[]).is_empty());
        let missing = [
            ("on", "required"),
            ("start", "required"),
            ("minutes", "required"),
            ("service", "required"),
            ("way", "required"),
            ("place", "required"),
            ("persons", "required"),
        ];
        let missing = missing.map(|(field, code)| (field.to_owned(), code));
        assert_eq!(codes(&Noted::default(), &[]), missing);
    }

    #[test]
    fn its_time_is_bounded_by_the_rules_of_every_session() {
        for (change, field, code) in [
            (Noted { minutes: Some(9), ..noted() }, "minutes", "number_range"),
            (Noted { minutes: Some(1500), ..noted() }, "minutes", "number_range"),
            (Noted { start: Some(time(23, 30, 0, 0)), ..noted() }, "minutes", "past_midnight"),
            (Noted { start: Some(time(19, 30, 0, 0)), ..noted() }, "on", "date_future"),
            (Noted { on: Some(date(2025, 11, 1)), ..noted() }, "on", "session_too_old"),
        ] {
            assert_eq!(codes(&change, &[]), [(field.to_owned(), code)], "{change:?}");
        }
        let long_ago = Noted { on: Some(date(2026, 2, 20)), ..noted() };
        assert!(long_ago.times(evening(), &limits()).unwrap().late);
    }

    #[test]
    fn who_came_was_nowhere_else_at_that_time() {
        let from = |case: Option<Uuid>, starts: &str, ends: &str| Engagement {
            case,
            starts: starts.parse().unwrap(),
            ends: ends.parse().unwrap(),
        };
        // 9:00 to 10:00 in China are 1:00 to 2:00.
        for (known, told) in [
            (from(Some(case(1)), "2026-03-02T01:30:00Z", "2026-03-02T02:30:00Z"), vec!["client_elsewhere"]),
            (from(None, "2026-03-02T00:30:00Z", "2026-03-02T01:30:00Z"), vec!["leader_elsewhere"]),
            // It begins when the other ends.
            (from(Some(case(1)), "2026-03-02T02:00:00Z", "2026-03-02T03:00:00Z"), vec![]),
            (from(None, "2026-03-02T00:00:00Z", "2026-03-02T01:00:00Z"), vec![]),
            // One stayed away, one is not asked about.
            (from(Some(case(2)), "2026-03-02T01:00:00Z", "2026-03-02T02:00:00Z"), vec![]),
            (from(Some(case(3)), "2026-03-02T01:00:00Z", "2026-03-02T02:00:00Z"), vec![]),
        ] {
            let found: Vec<&str> = codes(&noted(), &[known]).into_iter().map(|(_, code)| code).collect();
            assert_eq!(found, told, "{known:?}");
        }
    }

    #[test]
    fn the_least_record_of_a_form_is_asked_of_the_only_person_who_came() {
        let visit = |fields: &[(&str, &str)], persons: &[(u128, Presence)]| Noted {
            way: "W2".to_owned(),
            fields: fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            persons: persons
                .iter()
                .map(|(number, presence)| Seated { case: case(*number), presence: *presence })
                .collect(),
            ..noted()
        };
        let (came, missed) = ([(1, Presence::Came)], [(1, Presence::Missed)]);
        let both = [(1, Presence::Came), (2, Presence::Came)];
        let told = |field: &str, code: &'static str| vec![(field.to_owned(), code)];
        for (noted, expected) in [
            (visit(&[], &came), told("fields.address", "required")),
            (visit(&[("address", "same")], &came), vec![]),
            (visit(&[("address", "moon")], &came), told("fields.address", "unknown_choice")),
            (visit(&[], &missed), vec![]),
            (visit(&[("address", "same")], &missed), told("fields.address", "unknown_choice")),
            (visit(&[], &both), told("persons", "each_on_site")),
        ] {
            assert_eq!(codes(&noted, &[]), expected, "{noted:?}");
        }
    }

    #[test]
    fn persons_stand_once_and_everybody_came_or_did_not() {
        let seat = |number, presence| Seated { case: case(number), presence };
        let most = limits().persons_of("W3");
        let many = (0..=most).map(|number| seat(u128::try_from(number).unwrap(), Presence::Came));
        for (persons, code) in [
            (vec![seat(1, Presence::Came), seat(1, Presence::Missed)], "person_twice"),
            (vec![seat(1, Presence::Expected)], "presence_missing"),
            (many.collect(), "too_many"),
        ] {
            assert_eq!(codes(&Noted { persons, ..noted() }, &[]), [("persons".to_owned(), code)]);
        }
        let long = Noted { done: "长".repeat(2001), leader_reason: "长".repeat(201), ..noted() };
        assert_eq!(codes(&long, &[]).len(), 2);
    }
}
