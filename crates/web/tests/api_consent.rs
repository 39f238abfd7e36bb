//! Consent is given and taken back by purpose; a suspension and a late step are told once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

mod common;

use app::p;
use common::County;
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
