//! Consent is given and taken back by purpose; a suspension and a late step are told once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::p;
use axum::http::StatusCode;
use common::{County, forms};
use serde_json::{Value, json};

fn none() -> Value {
    json!({})
}

/// The last finding of consent in the count of need.
async fn consented(county: &County) -> bool {
    let sql = "SELECT value FROM need_fact /* whole: a test looks */ WHERE fact = 'consented' ORDER BY recorded_at DESC, id DESC LIMIT 1";
    county.app.db.opt::<(bool,)>(sql, p![]).await.unwrap().unwrap().0
}

both!(consent_taken_back_for_one_purpose_leaves_the_service_as_it_is, |county| {
    let case = county.at_state(1, "in_service").await;
    let path = format!("/api/v1/cases/{case}/forms");
    let before = county.get("sunrise keeper", &path).await.json["forms"].as_array().unwrap().len();
    county.at += jiff::SignedDuration::from_mins(1);
    for purpose in ["contact", "departments", "file_transfer"] {
        let one = json!({ "purposes": [purpose] });
        assert_eq!(county.act("worker", &case, "withdraw_consent", one, none()).await, "in_service");
    }
    let seen = county.case("sunrise keeper", &case).await;
    assert_eq!((&seen["restricted"], &seen["name"]), (&json!(false), &json!("测试甲")));
    let after = county.get("sunrise keeper", &path).await.json["forms"].as_array().unwrap().len();
    assert_eq!(after, before, "the institution still sees what it needs");
    assert!(consented(county).await, "the person still wants the service");
    let there = json!({ "county": common::ELSEWHERE, "office": county.id("other office") });
    assert_eq!(county.refused("worker", &case, "propose_transfer", there, none()).await, "consent_missing");

    county.at += jiff::SignedDuration::from_mins(1);
    let service = json!({ "purposes": ["registration"] });
    assert_eq!(county.act("worker", &case, "withdraw_consent", service, none()).await, "closing");
    assert_eq!(county.case("sunrise keeper", &case).await["restricted"], true);
    assert!(!consented(county).await);
});

/// A person whose guardian signs; the application as the doctor files it.
async fn filed_by_guardian(county: &County, number: u32) -> String {
    let (mut form, mut consent) = (forms::f1(county, "doctor", number), forms::f12(county));
    for (key, value) in
        [("capacity", "limited"), ("guardian_name", "测试家属"), ("guardian_phone", "13800000000")]
    {
        form[key] = json!(value);
    }
    form["guardian_relation"] = json!("parent_or_child");
    for (key, value) in
        [("capacity", "limited"), ("guardian_basis", "parent_or_child"), ("own_word", "agrees")]
    {
        consent[key] = json!(value);
    }
    let body = json!({ "forms": { "F1": form, "F12": consent }, "submit": true });
    let answer = county.post("doctor", "/api/v1/cases", &[], &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
    answer.id()
}

fn finding(county: &County, capacity: &str, basis: &str) -> Value {
    json!({ "capacity": capacity, "basis": basis, "assessor": "测试区人民法院", "on": county.today() })
}

both!(a_guardians_signature_counts_once_the_finding_behind_it_is_recorded, |county| {
    let case = filed_by_guardian(county, 11).await;
    let found = json!({ "identity_verified": true, "ground": "health_register", "lives_at_home": true,
        "has_need": true, "suitable": true, "package": {"items": [{"service": "S2"}]} });
    let register = || county.refused("worker", &case, "register", found.clone(), none());
    assert_eq!(register().await, "capacity_not_recorded");
    let diagnosis = finding(county, "limited", "diagnosis");
    assert_eq!(
        county.refused("worker", &case, "record_capacity", diagnosis, none()).await,
        "finding_invalid"
    );
    county.act("worker", &case, "record_capacity", finding(county, "limited", "court"), none()).await;
    county.register(&case).await;
    let seen = county.get("worker", &format!("/api/v1/cases/{case}/consent")).await.json;
    assert_eq!(seen["group"], "adult_limited");
    let first = &seen["purposes"][0];
    assert_eq!(
        (&first["standing"], &first["by_guardian"], &first["own_word"]),
        (&json!("valid"), &json!(true), &json!("agrees"))
    );
    // Capacity regained: the person is asked again.
    county.act("worker", &case, "record_capacity", finding(county, "full", "court"), none()).await;
    assert_eq!(county.tasks(&case).await, ["ask_again"]);
    let given = json!({ "purposes": ["registration"], "signer": {"capacity": "full", "guardian": null} });
    county.act("doctor", &case, "record_consent", given, json!({ "F12": forms::f12(county) })).await;
    assert!(county.tasks(&case).await.is_empty());
});

both!(consents_are_shown_with_version_recipients_and_what_goes_on_by_law, |county| {
    let case = county.at_state(12, "in_service").await;
    let path = format!("/api/v1/cases/{case}/consent");
    for (who, status) in [
        ("worker", StatusCode::OK),
        ("officer", StatusCode::OK),
        ("sunrise keeper", StatusCode::OK),
        ("sunrise manager", StatusCode::FORBIDDEN),
        ("doctor", StatusCode::FORBIDDEN),
        ("helper", StatusCode::FORBIDDEN),
        ("harbour keeper", StatusCode::NOT_FOUND),
        ("other worker", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(county.get(who, &path).await.status, status, "{who}");
    }
    let seen = county.get("worker", &path).await.json;
    let of = |seen: &Value, purpose: &str| {
        let lines = seen["purposes"].as_array().unwrap().clone();
        lines.into_iter().find(|line| line["purpose"] == purpose).unwrap()
    };
    let institution = of(&seen, "institution");
    assert_eq!((&institution["version"], &institution["standing"]), (&json!(1), &json!("valid")));
    assert_eq!(institution["digest"].as_str().unwrap().len(), 64);
    assert_eq!((&institution["on"], &institution["until"]), (&json!("2026-03-02"), &json!("2028-03-02")));
    assert_eq!(of(&seen, "research")["standing"], "not_given");
    let slip = &seen["shared"][0];
    assert_eq!((&slip["act"], &slip["organisation"]), (&json!("referral_slip"), &json!("sunrise")));
    assert_eq!(
        (&slip["basis"], &slip["purpose"], &slip["version"]),
        (&json!("consent"), &json!("institution"), &json!(1))
    );
    // An emergency is recorded as one, and not shown to who does not see health.
    let slip = json!({ "F9": forms::f9(county, None) });
    let request = json!({ "triggers": ["suicidal"], "risk_grade": 3, "danger_to_others": true,
        "hospital": county.id("hospital") });
    county.act("sunrise keeper", &case, "return_to_hospital", request, slip).await;
    let shared = county.get("worker", &path).await.json["shared"].clone();
    let emergency: Vec<&Value> =
        shared.as_array().unwrap().iter().filter(|one| one["basis"] == "emergency").collect();
    let parties: std::collections::BTreeSet<&str> =
        emergency.iter().map(|one| one["party"].as_str().unwrap()).collect();
    assert!(parties.is_superset(&["hospital", "primary_doctor", "guardian", "police"].into()), "{shared}");
    assert_eq!(county.get("officer", &path).await.json["shared"].as_array().unwrap().len(), 1);
    county.at += jiff::SignedDuration::from_mins(1);
    county.act("worker", &case, "withdraw_consent", json!({ "purposes": ["contact"] }), none()).await;
    let seen = county.get("worker", &path).await.json;
    assert_eq!(of(&seen, "contact")["standing"], "taken_back");
    assert!(seen["duties"].as_array().unwrap().iter().any(|duty| duty["code"] == "medical_record"));
});

both!(a_consent_that_runs_out_is_asked_for_again_once, |county| {
    let case = county.at_state(13, "in_service").await;
    let tick = async |county: &County| app::referral::tick(&county.app.at(county.at)).await.unwrap();
    county.on("2028-02-01");
    assert_eq!(tick(county).await.asked, 1);
    assert_eq!(tick(county).await.asked, 0);
    assert_eq!(county.tasks(&case).await.iter().filter(|task| *task == "ask_again").count(), 1);
    county.on("2028-03-03");
    let data = json!({ "decision": "continue" });
    let late = county
        .refused(
            "sunrise assessor",
            &case,
            "stage_evaluation",
            data,
            json!({ "F8": forms::f8(county, "continue") }),
        )
        .await;
    assert_eq!(late, "consent_missing", "nobody is served on a consent that ran out");
});

both!(a_suspension_that_is_over_is_told_once_and_closes_nothing, |county| {
    let case = county.at_state(2, "in_service").await;
    let pause = json!({ "reason": "P1", "until": "2026-03-20" });
    assert_eq!(county.act("sunrise keeper", &case, "suspend", pause, none()).await, "suspended");
    let seen = county.case("sunrise keeper", &case).await;
    assert_eq!((seen["clock"].as_str(), &seen["frozen"]), (Some("K14"), &json!(false)));
    county.on("2026-03-23");
    for _ in 0..2 {
        app::referral::tick(&county.app.at(county.at)).await.unwrap();
    }
    let tasks = county.tasks(&case).await;
    for kind in ["contact", "overdue_k14"] {
        assert_eq!(tasks.iter().filter(|task| *task == kind).count(), 1, "{kind}: {tasks:?}");
    }
    assert_eq!(county.act("sunrise keeper", &case, "resume", none(), none()).await, "in_service");
});

both!(a_late_step_is_told_once_however_it_is_noticed, |county| {
    let case = county.apply("doctor", 3).await.id();
    county.on("2026-03-12");
    app::referral::tick(&county.app.at(county.at)).await.unwrap();
    county.register(&case).await;
    assert_eq!(county.tasks(&case).await, ["overdue_k1"]);
});

both!(a_referral_that_came_late_does_not_hide_the_silence_that_follows, |county| {
    let case = county.at_state(4, "registered").await;
    county.on("2026-03-12");
    county.refer(&case, "sunrise").await;
    assert_eq!(county.tasks(&case).await, ["overdue_k2"]);
    county.on("2026-03-23");
    let ticked = app::referral::tick(&county.app.at(county.at)).await.unwrap();
    assert_eq!(ticked.commands, 1);
    assert_eq!(county.case("worker", &case).await["state"], "registered", "the offer was taken back");
});
