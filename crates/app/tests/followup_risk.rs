//! What happened since the last visit gives the grade of risk; a lower one has its reason in words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;
use crate::followup::{code, day, desk, managed, morning, sent, stable};
use app::{
    followup::{self, Receipt, VisitFields, check},
    p,
};
use rules::followup::{Class, Incident, RiskGrade, case_management::Level};
use serde_json::Value;

fn harmed_themselves(on: &str) -> Incident {
    Incident {
        on: day(on),
        threats: false,
        smashing: None,
        against_person: false,
        self_harm: true,
        weapon: false,
        arson_or_explosion: false,
    }
}

both!(a_grade_follows_from_what_happened_and_a_lower_one_from_words, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-03-09"));
    let told = VisitFields {
        risk: None,
        danger_none: false,
        self_harm: 1,
        incidents: vec![harmed_themselves("2026-03-05")],
        emergency_record: true,
        ..stable("2026-03-09")
    };
    // The grade is left out: it follows, and class and next day from it.
    let seen = followup::outlook(&now, &desk.town, record, &told).await.unwrap();
    assert_eq!((seen.assessed, seen.class), (Some(RiskGrade::Violence), Some(Class::Unstable)));
    assert_eq!((seen.latest, seen.problems), (Some(day("2026-03-23")), vec![]));
    let lower = VisitFields { risk: Some(0), ..told };
    let seen = followup::outlook(&now, &desk.town, record, &lower).await.unwrap();
    assert_eq!(seen.counts_ask, Some(RiskGrade::Violence));
    let refused = followup::record(&now, &desk.town, &sent(record, None, lower.clone())).await.unwrap_err();
    assert_eq!(code(refused), "risk:risk_below_incidents");
    let uncounted = VisitFields { self_harm: 0, risk: Some(4), ..lower.clone() };
    let refused = followup::record(&now, &desk.town, &sent(record, None, uncounted)).await.unwrap_err();
    assert_eq!(code(refused), "self_harm:self_harm_not_counted");
    let quiet = Incident { self_harm: false, ..harmed_themselves("2026-03-05") };
    let nothing = VisitFields { incidents: vec![quiet], ..lower.clone() };
    let refused = followup::record(&now, &desk.town, &sent(record, None, nothing)).await.unwrap_err();
    assert_eq!(code(refused), "incidents:incident_line");

    let explained = VisitFields { risk_reason: "邻居误传，已核实".into(), ..lower };
    let visit = sent(record, None, explained);
    let receipt = followup::record(&now, &desk.town, &visit).await.unwrap();
    assert_eq!(receipt.class, Some(Class::Stable));
    let again = followup::record(&now, &desk.town, &visit).await.unwrap();
    assert_eq!(again, Receipt { repeated: true, ..receipt.clone() });
    let shown = followup::look(&now, &desk.town, receipt.id).await.unwrap();
    assert_eq!(VisitFields::of(&shown.visit).incidents, visit.fields.incidents);
    assert_eq!(shown.visit.found.risk_reason, "邻居误传，已核实");
    let view = followup::show(&now, &desk.town, record).await.unwrap();
    assert_eq!(view.level, Some(Level::Three));
    assert_eq!(check::check(&now).await.unwrap().drifted, []);

    // What was told before the last visit gives no grade again; what stands under *sent* is what older programs know.
    let later = app.at(morning("2026-03-20"));
    let old = VisitFields { incidents: vec![harmed_themselves("2026-03-05")], ..stable("2026-03-20") };
    let seen = followup::outlook(&later, &desk.town, record, &old).await.unwrap();
    assert_eq!((seen.assessed, seen.problems), (Some(RiskGrade::None), vec![]));
    let sql = "SELECT content FROM followup_visit WHERE home = $1 AND id = $2";
    let key = p![receipt.id.home_number(), receipt.id];
    let (content,): (Vec<u8>,) = app.db.opt(sql, key).await.unwrap().unwrap();
    let content: Value = serde_json::from_str(&app.keys.unseal(&content).unwrap()).unwrap();
    assert_eq!(content["incidents"].as_array().unwrap().len(), 1);
    assert!(content["sent"]["incidents"].is_null() && content["sent"]["risk_reason"].is_null());
});

both!(a_visit_that_tells_no_incident_is_taken_as_before, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-03-09"));
    let counted = VisitFields { danger_none: false, suicide_attempt: 1, ..stable("2026-03-09") };
    let seen = followup::outlook(&now, &desk.town, record, &counted).await.unwrap();
    assert_eq!((seen.assessed, seen.counts_ask), (None, Some(RiskGrade::Violence)), "told, not refused");
    let receipt = followup::record(&now, &desk.town, &sent(record, None, counted)).await.unwrap();
    assert_eq!(receipt.class, Some(Class::Stable));
    let missing = VisitFields { risk: None, ..stable("2026-03-09") };
    let refused = followup::record(&now, &desk.town, &sent(record, None, missing)).await.unwrap_err();
    assert_eq!(code(refused), "risk:findings_missing", "nothing is proposed where nothing is told");
});
