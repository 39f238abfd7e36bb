//! A session while it is being written: what does not fit, and whether it is entered late.

use jiff::Timestamp;
use rules::care::{Engagement, Fault, Field, Limits, Noted};
use serde::{Deserialize, Serialize};

/// A session, and what must be known beside it. The limits come from the server, whose table a site may replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionQuestion {
    /// The session.
    pub session: Noted,
    /// Where the phone knows somebody to have been.
    #[serde(default)]
    pub known: Vec<Engagement>,
    /// The bounds in force.
    pub limits: Limits,
    /// The fields of the catalogue in force.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// Now, by the right clock as far as the phone knows it.
    pub now: Timestamp,
}

/// What the form shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionLooked {
    /// What does not fit.
    pub faults: Vec<Fault>,
    /// Its beginning and end, where they can be told.
    pub starts: Option<Timestamp>,
    /// See there.
    pub ends: Option<Timestamp>,
    /// So long ago that its entry will be marked.
    pub late: bool,
    /// The fields that are asked of it.
    pub asked: Vec<Field>,
}

/// Looks at a session.
#[must_use]
pub fn look_at_session(asked: &SessionQuestion) -> SessionLooked {
    let SessionQuestion { session, known, limits, fields, now } = asked;
    let times = session.times(*now, limits).ok();
    SessionLooked {
        faults: session.faults(known, *now, (limits, fields)),
        starts: times.map(|times| times.starts),
        ends: times.map(|times| times.ends),
        late: times.is_some_and(|times| times.late),
        asked: session.asked(fields).into_iter().cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::answer;
    use rules::care::CareTable;
    use serde_json::{Value, json};

    fn asked(change: impl FnOnce(&mut Value)) -> Value {
        let mut question = json!({
            "ask": "session", "now": "2026-03-02T12:00:00.000Z", "limits": CareTable::embedded().unwrap().limits, "known": [],
            "session": { "on": "2026-03-02", "start": "09:00", "minutes": 60, "service": "S4", "way": "W3", "place": "home",
                "persons": [{ "case": "01930000-0000-7080-8000-000000000001", "presence": "came" }],
                "done": "", "summary": "", "leader_reason": "" }
        });
        change(&mut question);
        serde_json::from_str(&answer(&question.to_string())).unwrap()
    }

    #[test]
    fn a_session_that_fits_has_its_instants_and_no_faults() {
        let found = asked(|_| {});
        let expected = json!({ "faults": [], "starts": "2026-03-02T01:00:00Z", "ends": "2026-03-02T02:00:00Z", "late": false, "asked": [] });
        assert_eq!(found, expected);
        assert_eq!(asked(|question| question["session"]["on"] = json!("2026-02-20"))["late"], json!(true));
    }

    #[test]
    fn the_fields_of_a_home_visit_are_asked() {
        let fields = CareTable::embedded().unwrap().fields;
        let found = asked(|question| {
            question["fields"] = json!(fields);
            question["session"]["way"] = json!("W2");
        });
        assert_eq!(found["asked"][0]["key"], json!("address"));
        assert_eq!(found["faults"], json!([{ "field": "fields.address", "code": "required", "values": [] }]));
    }

    #[test]
    fn faults_say_the_field_and_what_is_wrong() {
        let found = asked(|question| question["session"]["start"] = Value::Null);
        assert_eq!(found["faults"], json!([{ "field": "start", "code": "required", "values": [] }]));
        assert_eq!(found["ends"], Value::Null);
        let found = asked(|question| {
            let at =
                json!({ "case": null, "starts": "2026-03-02T00:30:00Z", "ends": "2026-03-02T01:30:00Z" });
            question["known"] = json!([at]);
        });
        let at = json!(["2026-03-02T00:30:00Z"]);
        assert_eq!(found["faults"], json!([{ "field": "start", "code": "leader_elsewhere", "values": at }]));
    }
}
