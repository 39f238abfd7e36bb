//! Messages to people without an account: who is to tell them, that it is noted once, and taken back.
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

async fn waiting(county: &County, who: &str) -> Vec<Value> {
    let list = county.get(who, "/api/v1/messages").await;
    assert_eq!(list.status, StatusCode::OK, "{who}: {}", list.json);
    list.json["messages"].as_array().unwrap().clone()
}

async fn in_log(county: &County, action: &str) -> i64 {
    let sql = "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE subject_kind = 'message' AND action = $1";
    county.app.db.opt::<(i64,)>(sql, p![action]).await.unwrap().unwrap().0
}

both!(nobody_is_to_telephone_a_client_who_has_died, |county| {
    let case = county.at_state(1, "closed").await;
    assert_eq!(waiting(county, "sunrise keeper").await.len(), 1);
    county.on("2026-04-30");
    let death = json!({ "on": county.today(), "source": "family", "cause": "I21" });
    assert_eq!(county.act("sunrise keeper", &case, "death", death, json!({})).await, "ended");
    let left = waiting(county, "sunrise keeper").await;
    assert!(left.iter().all(|message| message["party"] != "client"), "{left:?}");
});

both!(who_has_no_account_is_told_by_the_case_manager, |county| {
    let case = county.at_state(1, "closed").await;
    let found = waiting(county, "sunrise keeper").await;
    assert_eq!(found.len(), 1, "{found:?}");
    let said = ["kind", "party", "delivery", "name"].map(|key| found[0][key].as_str().unwrap());
    assert_eq!(said, ["closure_notice", "client", "queued", "测试甲"]);
    assert!(waiting(county, "worker").await.is_empty(), "the case manager tells");
    let of_case = format!("/api/v1/cases/{case}/messages");
    let seen = county.get("officer", &of_case).await;
    assert_eq!(seen.json["messages"][0]["name"], "测*", "{}", seen.json);

    let path = format!("/api/v1/messages/{}", found[0]["id"].as_str().unwrap());
    let (told, not_told) = (format!("{path}/told"), format!("{path}/not-told"));
    let today = county.today();
    let by_phone = json!({ "way": "phone", "on": today });
    for (who, status) in [
        ("doctor", StatusCode::FORBIDDEN),
        ("client", StatusCode::FORBIDDEN),
        ("sunrise manager", StatusCode::FORBIDDEN),
        ("harbour keeper", StatusCode::NOT_FOUND),
        ("other worker", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(county.post(who, &told, &[], &by_phone).await.status, status, "{who}");
        assert_eq!(county.post(who, &not_told, &[], &json!({})).await.status, status, "{who}");
        assert_eq!(county.get(who, &of_case).await.status, status, "{who}");
    }
    for (entry, field) in [
        (json!({ "way": "dream", "on": today }), "way"),
        (json!({ "way": "phone", "on": "2099-01-01" }), "on"),
        (json!({ "way": "phone", "on": "2020-01-01" }), "on"),
    ] {
        let refused = county.post("sunrise keeper", &told, &[], &entry).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field]));
    }
    assert_eq!(in_log(county, "tell").await, 0);

    let noted = county.post("sunrise keeper", &told, &[], &by_phone).await;
    assert_eq!(noted.status, StatusCode::OK, "{}", noted.json);
    let by_letter = json!({ "way": "letter", "on": today });
    let again = county.post("officer", &told, &[], &by_letter).await;
    for answer in [&noted, &again] {
        let said = ["told_on", "told_way", "told_by", "delivery"].map(|key| answer.json[key].as_str());
        assert_eq!(said, [Some(today.as_str()), Some("phone"), Some("sunrise keeper"), Some("received")]);
    }
    assert_eq!(in_log(county, "tell").await, 1, "a second time changes nothing");
    assert!(waiting(county, "sunrise keeper").await.is_empty());

    for _ in 0..2 {
        let back = county.post("sunrise keeper", &not_told, &[], &json!({})).await;
        assert_eq!((&back.json["told_on"], &back.json["delivery"]), (&Value::Null, &json!("queued")));
    }
    assert_eq!(in_log(county, "untell").await, 1);
    assert_eq!(waiting(county, "sunrise keeper").await.len(), 1);
    let sent = county.post("officer", &told, &[], &by_letter).await;
    assert_eq!(sent.json["delivery"], "sent", "a letter is on its way");
});

both!(before_there_is_a_case_manager_the_countys_desk_tells, |county| {
    let case = county.at_state(1, "registered").await;
    county.app.db.run("UPDATE institution SET blocked = contracted", vec![]).await.unwrap();
    county.act("worker", &case, "queue", json!({ "reason": "Q1", "priority": 1 }), json!({})).await;
    for (who, messages) in [("worker", 1), ("officer", 1), ("other worker", 0), ("sunrise keeper", 0)] {
        assert_eq!(waiting(county, who).await.len(), messages, "{who}");
    }
    assert_eq!(county.get("doctor", "/api/v1/messages").await.status, StatusCode::FORBIDDEN);
});

both!(who_has_an_account_in_use_reads_the_message_there, |county| {
    let case = county.at_state(1, "closing").await;
    let id: Id = case.parse().unwrap();
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    let person = county.app.db.opt::<(Id,)>(sql, p![id.home_number(), id]).await.unwrap().unwrap().0;
    let accounts = format!("/api/v1/persons/{person}/accounts");
    let holder = json!({ "holder": "self", "papers_seen": true });
    let opened = county.post("worker", &accounts, &[], &holder).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.json);
    county.close(&case).await;
    assert_eq!(waiting(county, "sunrise keeper").await.len(), 1, "nobody has used the code yet");

    let other = county.at_state(2, "closing").await;
    let id: Id = other.parse().unwrap();
    let person = county.app.db.opt::<(Id,)>(sql, p![id.home_number(), id]).await.unwrap().unwrap().0;
    county.account("own", "client", "families").await;
    let bind = "UPDATE account SET person_id = $1 WHERE id = $2";
    county.app.db.run(bind, p![person, county.ids["own"]]).await.unwrap();
    county.close(&other).await;
    let found = waiting(county, "sunrise keeper").await;
    assert!(found.iter().all(|message| message["referral"] == json!(case)), "{found:?}");
});
