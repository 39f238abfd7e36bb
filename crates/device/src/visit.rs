//! The record of a visit while it is being written: everything that the form shows beside the fields.

use jiff::civil::Date;
use rules::followup::{
    Classification, FollowupTable, Incomplete, RiskGrade, classify,
    next_visit::{self, Course},
    visit::{Before, Fault, Visit, check},
};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The terms of the follow-up, read once: the form asks with each key that is pressed.
static TABLE: LazyLock<Result<FollowupTable, String>> =
    LazyLock::new(|| FollowupTable::embedded().map_err(|fault| fault.to_string()));

/// A record, and what must be known beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VisitQuestion {
    /// The record.
    pub visit: Visit,
    /// What was before it.
    #[serde(default)]
    pub before: Before,
    /// Today.
    pub today: Date,
}

/// What the form shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// What does not fit together.
    pub faults: Vec<Fault>,
    /// The grade of risk that the incidents amount to; none where no incident is told.
    pub assessed: Option<RiskGrade>,
    /// The class of the decision table, and its row.
    pub computed: Option<Classification>,
    /// What is missing for a class.
    pub missing: Option<Incomplete>,
    /// Where the person stands, by the class that was decided on, or else the computed one.
    pub course: Option<Course>,
    /// The latest day of the next visit; of a try, the day of the next one.
    pub latest: Option<Date>,
    /// Whether the visit counts as face to face.
    pub face_to_face: bool,
}

/// Looks at a record.
///
/// # Errors
/// The terms of the follow-up cannot be read; a test keeps them sound.
pub fn look(asked: &VisitQuestion) -> Result<Looked, String> {
    let table = TABLE.as_ref().map_err(Clone::clone)?;
    let visit = &asked.visit;
    let rules = table.in_force(visit.on);
    let computed = classify(&visit.found.findings());
    let missed = visit.lost.is_some() || visit.death.is_some();
    let class = visit.class.or_else(|| computed.ok().map(|found| found.class)).filter(|_| !missed);
    let course = class.map(|class| next_visit::course(class, asked.before.class, visit.found.effect, rules));
    let next = course.filter(|_| !visit.is_in_hospital());
    let latest = match next {
        Some(course) => Some(next_visit::latest(visit.on, course, rules)),
        None => visit.lost.map(|_| rules.terms.retry.after(visit.on)),
    };
    Ok(Looked {
        faults: check(visit, asked.before, asked.today, rules),
        assessed: visit.assessed(asked.before).filter(|_| !missed),
        computed: computed.ok().filter(|_| !missed),
        missing: computed.err().filter(|_| !missed),
        course,
        latest,
        face_to_face: visit.is_face_to_face(),
    })
}

#[cfg(test)]
mod tests {
    use crate::answer;
    use serde_json::{Value, json};

    fn asked(change: impl FnOnce(&mut Value)) -> Value {
        let mut visit = json!({
            "on": "2025-03-03", "interviewed": "", "mode": 2, "face_to_face": null, "lost": null, "death": null,
            "found": {
                "risk": 0, "symptoms": [], "symptom_level": 0, "insight": 1, "sleep": null, "diet": null,
                "function": [1, 1, 9, 1, 1],
                "danger": { "none": true, "minor": 0, "trouble": 0, "harm": 0, "other": 0, "self_harm": 0, "suicide_attempt": 0 },
                "lock_up": 1, "hospitalisation": 0, "last_discharge": null, "laboratory": false, "physical": "stable",
                "other_abnormality": false, "adherence": 3, "adverse_reaction": 9, "adverse_severe": false,
                "effect": 9, "referral": null, "emergency_record": false, "drugs": [], "guidance": [], "rehabilitation": []
            },
            "class": null, "override_reason": "", "next_on": null, "doctor": "x"
        });
        change(&mut visit);
        let question =
            json!({ "ask": "visit", "visit": visit, "before": { "class": 2 }, "today": "2025-03-03" });
        serde_json::from_str(&answer(&question.to_string())).unwrap()
    }

    #[test]
    fn the_form_learns_class_row_and_latest_day() {
        let found = asked(|_| {});
        assert_eq!(found["computed"], json!({ "class": 3, "rule": "S1" }));
        assert_eq!((&found["course"], &found["latest"]), (&json!("stable"), &json!("2025-06-03")));
        let codes: Vec<&Value> =
            found["faults"].as_array().unwrap().iter().map(|fault| &fault["code"]).collect();
        assert_eq!(codes, ["class_missing"]);

        let found = asked(|visit| visit["found"]["insight"] = json!(2));
        assert_eq!(found["computed"], json!({ "class": 2, "rule": "B3" }));
        assert_eq!((&found["course"], &found["latest"]), (&json!("still_not_stable"), &json!("2025-04-03")));

        let found = asked(|visit| visit["found"]["insight"] = Value::Null);
        assert_eq!(found["missing"], json!({ "risk": false, "symptoms": false, "insight": true }));
        assert_eq!(found["latest"], Value::Null);
    }

    #[test]
    fn a_visit_that_fits_has_no_faults() {
        let found = asked(|visit| {
            visit["class"] = json!(3);
            visit["next_on"] = json!("2025-06-03");
        });
        assert_eq!(found["faults"], json!([]));
        assert_eq!(found["face_to_face"], json!(true));
    }

    #[test]
    fn what_happened_gives_a_grade_and_a_record_without_it_is_as_before() {
        let found = asked(|_| {});
        assert_eq!(found["assessed"], Value::Null);
        let found = asked(|visit| {
            visit["class"] = json!(3);
            visit["next_on"] = json!("2025-06-03");
            visit["found"]["incidents"] = json!([{ "on": "2025-03-01", "against_person": true }]);
        });
        assert_eq!(found["assessed"], json!(4));
        assert_eq!(found["faults"][0]["code"], "risk_below_incidents");
        let found =
            asked(|visit| visit["found"]["incidents"] = json!([{ "on": "2025-03-01", "threats": true }]));
        assert_eq!(found["assessed"], json!(1));
    }

    #[test]
    fn whoever_was_not_met_is_tried_again_and_a_death_ends_it() {
        let found = asked(|visit| visit["lost"] = json!(1));
        assert_eq!((&found["computed"], &found["latest"]), (&Value::Null, &json!("2025-03-17")));
        let dead = json!({ "on": "2025-03-01", "cause": "heart", "source": "family" });
        let found = asked(|visit| visit["death"] = dead);
        assert_eq!((&found["course"], &found["latest"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn what_is_not_understood_is_answered() {
        for question in
            ["", "{}", "[]", r#"{"ask":"weather"}"#, r#"{"ask":"visit","visit":{"on":"x"}}"#, "\u{0}"]
        {
            let found: Value = serde_json::from_str(&answer(question)).unwrap();
            assert!(found["error"].as_str().is_some_and(|fault| !fault.is_empty()), "{question}");
        }
    }
}
