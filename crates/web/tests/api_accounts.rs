//! Accounts of clients and guardians, opened by the counter's own program.
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
use serde_json::json;

/// Somebody who is registered.
async fn person(county: &County) -> String {
    let case: Id = county.at_state(1, "registered").await.parse().unwrap();
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    county.app.db.opt::<(Id,)>(sql, p![case.home_number(), case]).await.unwrap().unwrap().0.to_string()
}

both!(the_counter_opens_accounts_and_a_code_is_told_once, |county| {
    let path = format!("/api/v1/persons/{}/accounts", person(county).await);
    let holder = json!({ "holder": "self", "papers_seen": true });
    let opened = county.post("worker", &path, &[], &holder).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.json);
    let code = opened.json["code"].as_str().unwrap().to_owned();
    let again = county.post("worker", &path, &[], &holder).await;
    assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "account_exists"));
    let guardian = json!({ "holder": "guardian", "name": "测试监护人", "papers_seen": true,
        "basis": "capacity", "paper": "（2025）测0101民特1号" });
    assert_eq!(county.post("officer", &path, &[], &guardian).await.status, StatusCode::CREATED);

    let list = county.get("worker", &path).await;
    assert_eq!(list.json["accounts"].as_array().unwrap().len(), 2, "{}", list.json);
    assert!(!list.json.to_string().contains(&code), "the code is told once");
    let account = opened.json["account"].as_str().unwrap();
    let renewed = county.post("worker", &format!("{path}/{account}/code"), &[], &json!({})).await;
    assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.json);
    assert_ne!(renewed.json["code"].as_str(), Some(code.as_str()));
    let end = format!("{path}/{account}/end");
    assert_eq!(county.post("worker", &end, &[], &json!({})).await.status, StatusCode::NO_CONTENT);
    let ended = county.post("worker", &end, &[], &json!({})).await;
    assert_eq!(ended.status, StatusCode::NOT_FOUND, "it is over");
});

both!(nobody_else_opens_accounts_and_wrong_fields_are_told_together, |county| {
    let path = format!("/api/v1/persons/{}/accounts", person(county).await);
    let holder = json!({ "holder": "self", "papers_seen": true });
    for (who, status) in [
        ("doctor", StatusCode::FORBIDDEN),
        ("sunrise keeper", StatusCode::FORBIDDEN),
        ("health officer", StatusCode::FORBIDDEN),
        ("administrator", StatusCode::FORBIDDEN),
        ("security", StatusCode::FORBIDDEN),
        ("other worker", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(county.post(who, &path, &[], &holder).await.status, status, "{who}");
        assert_eq!(county.get(who, &path).await.status, status, "{who}");
    }
    for (entry, fields) in [
        (json!({ "holder": "self" }), vec!["papers_seen"]),
        (json!({ "holder": "guardian" }), vec!["name", "papers_seen", "basis"]),
        (json!({ "holder": "aunt", "papers_seen": true }), vec!["holder"]),
        (json!({ "holder": "self", "papers_seen": true, "password": "x" }), vec!["password"]),
    ] {
        let refused = county.post("worker", &path, &[], &entry).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, fields));
    }
    assert_eq!(county.get("worker", &path).await.json["accounts"], json!([]));
});
