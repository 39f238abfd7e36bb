//! How a person may be reached: who says it, who reads it, and that nothing goes another way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{id::Id, p};
use axum::http::StatusCode;
use common::County;
use serde_json::{Value, json};

fn rules(ways: &[&str]) -> Value {
    json!({ "ways": ways, "from": "18:00", "until": "20:00", "weekdays_only": true, "callers": "李老师",
        "opening": "您好，我是社区李老师", "never": "不要告诉邻居" })
}

async fn save(county: &County, who: &str, case: &str, body: &Value) -> StatusCode {
    county.post(who, &format!("/api/v1/cases/{case}/contact"), &[], body).await.status
}

async fn read(county: &County, who: &str, case: &str) -> Value {
    let answer = county.get(who, &format!("/api/v1/cases/{case}/contact")).await;
    assert_eq!(answer.status, StatusCode::OK, "{who}: {}", answer.json);
    answer.json
}

both!(what_the_person_says_of_being_reached_is_sealed_and_read_by_who_reaches, |county| {
    let case = county.at_state(1, "in_service").await;
    assert_eq!(read(county, "sunrise keeper", &case).await["contact"], Value::Null);
    for (who, status) in [
        ("sunrise keeper", StatusCode::NO_CONTENT),
        ("worker", StatusCode::NO_CONTENT),
        ("officer", StatusCode::FORBIDDEN),
        ("sunrise manager", StatusCode::FORBIDDEN),
        ("doctor", StatusCode::FORBIDDEN),
        ("harbour keeper", StatusCode::NOT_FOUND),
        ("other worker", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(save(county, who, &case, &rules(&["home"])).await, status, "{who}");
    }
    let seen = read(county, "officer", &case).await;
    assert_eq!(seen["contact"], rules(&["home"]));
    assert_eq!(seen["is_time"], false, "nine in the morning");
    let sql = "SELECT content FROM contact_rule /* whole: a test looks */";
    for (content,) in county.app.db.all::<(Vec<u8>,)>(sql, p![]).await.unwrap() {
        assert!(!String::from_utf8_lossy(&content).contains("社区"), "sealed");
    }
    for (body, field) in [
        (rules(&[]), "ways"),
        (rules(&["pigeon"]), "ways"),
        (json!({ "ways": ["phone"], "from": "20:00", "until": "18:00" }), "until"),
    ] {
        let answer = county.post("worker", &format!("/api/v1/cases/{case}/contact"), &[], &body).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (StatusCode::UNPROCESSABLE_ENTITY, vec![field]),
            "{body}"
        );
    }
    // The latest word holds, whichever case of the person it was said with.
    county.at += jiff::SignedDuration::from_mins(1);
    save(county, "worker", &case, &rules(&["phone", "letter"])).await;
    assert_eq!(read(county, "worker", &case).await["contact"]["ways"], json!(["phone", "letter"]));
});

both!(nobody_is_told_or_looked_for_in_a_way_that_is_not_safe, |county| {
    let case = county.at_state(2, "registered").await;
    assert_eq!(save(county, "worker", &case, &rules(&["letter", "home"])).await, StatusCode::NO_CONTENT);
    let attempt = |way: &str| json!({ "on": "2026-03-02", "way": way, "reached": false });
    assert_eq!(
        county.refused("worker", &case, "record_contact_attempt", attempt("phone"), json!({})).await,
        "contact_way"
    );
    county.act("worker", &case, "record_contact_attempt", attempt("home"), json!({})).await;
    let id: Id = case.parse().unwrap();
    let message = id.beside(county.at);
    let sql =
        "INSERT INTO message (home, id, referral_id, kind, to_party, county, division, state, created_at)
        SELECT home, $1, id, 'registration_notice', 'client', county, division, 'queued', $2 FROM referral
        WHERE home = $3 AND id = $4";
    county.app.db.run(sql, p![message, county.at, id.home_number(), id]).await.unwrap();
    let told = async |county: &County, way: &str| {
        let body = json!({ "way": way, "on": "2026-03-02" });
        county.post("worker", &format!("/api/v1/messages/{message}/told"), &[], &body).await
    };
    let refused = told(county, "phone").await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "contact_way"));
    assert_eq!(told(county, "letter").await.status, StatusCode::OK);
});
