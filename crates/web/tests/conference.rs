//! Case conferences: planned, put off, held, confirmed, corrected; what was agreed on stands until it is done. All persons are invented.
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
use common::County;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/conferences";

fn planned(county: &County, case: &str) -> Value {
    json!({ "title": "复发风险", "on": "2026-03-04", "start": "14:30", "minutes": 60, "way": "both", "place": "会议室",
        "chair": county.id("doctor"), "persons": [county.id("sunrise manager")], "outside": "李网格员，村委会", "agreed": true,
        "clients": [{ "kind": "case", "id": case, "question": "要不要提前复诊？" }] })
}

both!(a_conference_is_planned_held_confirmed_and_corrected, |county| {
    let case = county.at_state(1, "in_service").await;
    county.account("second keeper", "case_manager", "sunrise").await;
    county.organisation("far hospital", "hospital", common::ELSEWHERE).await;
    county.account("far doctor", "doctor", "far hospital").await;
    let name = "测试甲".to_owned();
    let body = planned(county, &case);
    let wrong = |key: &str, value: Value| {
        let mut body = body.clone();
        body[key] = value;
        body
    };
    for (body, field) in [
        (wrong("agreed", json!(false)), "agreed"),
        (wrong("on", json!("2027-03-04")), "on"),
        (wrong("start", json!("25:00")), "start"),
        (wrong("persons", json!([county.id("far doctor")])), "persons"),
        (wrong("clients", json!([])), "cases"),
    ] {
        let refused = county.post("sunrise keeper", PATH, &[], &body).await;
        assert_eq!(refused.fields(), [field], "{}", refused.json);
    }
    let foreign = county.post("harbour keeper", PATH, &[], &body).await;
    assert_eq!(foreign.fields(), ["cases"], "another house's case");
    let clerk = county.post("committee clerk", PATH, &[], &body).await;
    assert_eq!(clerk.status, StatusCode::FORBIDDEN);
    let made = county.post("sunrise keeper", PATH, &[("Idempotency-Key", "c1")], &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let again = county.post("sunrise keeper", PATH, &[("Idempotency-Key", "c1")], &body).await;
    assert_eq!(again.id(), made.id());
    let path = format!("{PATH}/{}", made.id());
    let (step, minutes, tasks) = (format!("{path}/step"), format!("{path}/minutes"), format!("{path}/tasks"));

    // Who can be asked stands under the institution, on the page the own one unfolded.
    let form = county.browser("sunrise keeper").await.get("/conferences/new?lang=zh-CN").await;
    form.has("<optgroup label=\"sunrise\">").has("<optgroup label=\"hospital\">");
    form.has("<details class=\"card mb-2 together\" open><summary class=\"card-header\">sunrise ")
        .has("<details class=\"card mb-2 together\"><summary class=\"card-header\">hospital ");

    // Who takes part sees it, and the name where the case is theirs; nobody else sees that there is one.
    assert_eq!(county.get("sunrise manager", &path).await.json["clients"][0]["name"], json!(name));
    for who in ["second keeper", "harbour manager", "far doctor", "worker"] {
        assert_eq!(county.get(who, &path).await.status, StatusCode::NOT_FOUND, "{who}");
    }
    let off = json!({ "step": "postpone", "version": 1, "on": "2026-03-05", "start": "09:00", "minutes": 45, "reason": "医生门诊" });
    let moved = county.post("sunrise keeper", &step, &[], &off).await;
    assert_eq!(
        (moved.status, &moved.json["starts"]),
        (StatusCode::OK, &json!("2026-03-05T01:00:00Z")),
        "{}",
        moved.json
    );
    let part = |situation: &str| json!([{ "number": 1, "situation": situation, "opinions": "先复诊", "decisions": "一周内复诊" }]);
    let write = |version: i64, situation: &str, reason: &str| json!({ "version": version, "came": [1, 2], "parts": part(situation), "reason": reason });
    let early = county.post("sunrise keeper", &minutes, &[], &write(2, "睡眠差", "")).await;
    assert_eq!(early.code(), "conference_not_begun");

    // In the calendar and its file it is a conference, and nobody's name.
    let mut keeper = county.browser("sunrise keeper").await;
    keeper.get("/care/calendar?on=2026-03-05&view=day").await.has("复发风险").has("09:00–09:45");
    keeper.get("/work-list").await.has("今后 7 天有 1 次会商");
    let secret = app::care::feed::make(&county.app.at(county.at), &county.scope("sunrise keeper").await)
        .await
        .unwrap();
    let file = keeper.get(&format!("/feeds/{secret}")).await;
    file.has("会商").lacks("复发风险").lacks(&name);

    county.on("2026-03-06");
    let missing = county.post("sunrise keeper", &minutes, &[], &write(2, " ", "")).await;
    assert_eq!(missing.fields(), ["situation.1"]);
    let other = county.post("sunrise manager", &minutes, &[], &write(2, "睡眠差", "")).await;
    assert_eq!(other.code(), "conference_not_yours");
    let written = county.post("sunrise keeper", &minutes, &[], &write(2, "睡眠差", "")).await;
    assert_eq!((written.status, &written.json["minutes"]), (StatusCode::OK, &json!(1)), "{}", written.json);
    let confirm = |version: i64| json!({ "step": "confirm", "version": version });
    let planner = county.post("sunrise keeper", &step, &[], &confirm(3)).await;
    assert_eq!(planner.code(), "conference_by_chair");
    assert_eq!(county.post("doctor", &step, &[], &confirm(3)).await.json["confirmed"], json!(1));
    // A correction is another version with its reason; the first stays as it was confirmed.
    let silent = county.post("sunrise keeper", &minutes, &[], &write(4, "睡眠好转", "")).await;
    assert_eq!(silent.fields(), ["reason"]);
    let corrected = county.post("sunrise keeper", &minutes, &[], &write(4, "睡眠好转", "记错了")).await;
    let versions = corrected.json["minutes_versions"].as_array().unwrap();
    assert_eq!((versions.len(), &versions[1]["parts"][0]["situation"]), (2, &json!("睡眠差")));
    assert!(versions[1]["confirmed_at"].is_string() && versions[0]["confirmed_at"].is_null());
    let sql = "SELECT content FROM conference_minutes /* whole: a test looks */";
    let stored: Vec<(Vec<u8>,)> = county.app.db.all(sql, p![]).await.unwrap();
    assert!(stored.iter().all(|(content,)| !String::from_utf8_lossy(content).contains("睡眠")));

    // What was agreed on stands in the owner's list and beside the case until it is done.
    let persons = corrected.json["persons"].as_array().unwrap().clone();
    let place = |name: &str| persons.iter().find(|one| one["name"] == name).unwrap()["number"].clone();
    let task = |owner: Value| json!({ "what": "陪同复诊", "owner": owner, "due": "2026-03-12", "client": 1 });
    let agreed = county.post("sunrise keeper", &tasks, &[], &task(place("sunrise manager"))).await;
    assert_eq!(agreed.status, StatusCode::CREATED, "{}", agreed.json);
    let mut manager = county.browser("sunrise manager").await;
    manager.get("/work-list").await.has("陪同复诊").has("来自个案会商");
    manager.get(&format!("/cases/{case}")).await.has("陪同复诊");
    let mut page = county.browser("sunrise keeper").await;
    let shown = page.get(&format!("/conferences/{}", made.id())).await;
    shown.has("睡眠好转").has("以前的版本").has("李网格员").has(&name);
    let id = agreed.json["tasks"][0]["id"].as_str().unwrap().to_owned();
    let done = manager.post(&format!("/agreed/{id}/done"), &[("version", "1"), ("note", "已陪同")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    manager.get(&format!("/cases/{case}")).await.lacks("陪同复诊");
    page.get(&format!("/conferences/{}", made.id())).await.has("已陪同");
    // What somebody without an account undertook, who planned it follows.
    let outside = county.post("sunrise keeper", &tasks, &[], &task(place("李网格员"))).await;
    let tasks = outside.json["tasks"].as_array().unwrap();
    let theirs = tasks.iter().find(|task| task["owner_name"] == "李网格员").unwrap();
    let id = theirs["id"].as_str().unwrap().to_owned();
    let foreign = manager.post(&format!("/agreed/{id}/done"), &[("version", "1")]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let followed = page.post(&format!("/agreed/{id}/done"), &[("version", "1")]).await;
    assert_eq!(followed.status, StatusCode::SEE_OTHER);
    let paper = page.get(&format!("/conferences/{}/pdf", made.id())).await;
    assert_eq!(paper.status, StatusCode::OK);
    assert!(paper.text.starts_with("%PDF"));
});
