//! Daily reminders on pages and for programs. All persons are invented.

use crate::common;

use app::job;
use axum::http::StatusCode;
use common::County;
use serde_json::json;

async fn told(county: &County) {
    let app = county.app.at(county.at);
    app::referral::tick(&app).await.unwrap();
    while job::turn(&app).await.unwrap().is_some() {}
}

both!(a_worker_is_reminded_in_figures_and_turns_it_off, |county| {
    county.at_state(1, "in_service").await;
    county.on("2026-03-30");
    told(county).await;
    let mut keeper = county.browser("sunrise keeper").await;
    let list = keeper.get("/work-list").await;
    list.has("2026-03-30 到期的工作").has("量表评定：").has("href=\"/reminders\"");
    let page = keeper.get("/reminders?lang=en").await;
    page.has("What is due on 2026-03-30").has("Rating scales: ").has("Turn them off");
    let answer = county.get("sunrise keeper", "/api/v1/reminders").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
    let found = &answer.json["reminders"][0];
    assert_eq!((&found["on"], &found["read_at"]), (&json!("2026-03-30"), &json!(null)));
    assert!(found["text_zh"].as_str().unwrap().starts_with("心桥工作提醒：逾期 "), "{found}");
    assert!(found["parts"].as_array().unwrap().iter().any(|part| part["kind"] == "scales"), "{found}");
    assert!(answer.json.get("next").is_none());
    let wrong = county.get("sunrise keeper", "/api/v1/reminders?before=tomorrow").await;
    assert_eq!((wrong.status, wrong.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["before"]));

    assert_eq!(keeper.post("/reminders/read", &[("on", "2026-03-30")]).await.location, "/work-list");
    keeper.get("/work-list?lang=zh-CN").await.lacks("2026-03-30 到期的工作");
    assert_eq!(keeper.post("/reminders/read", &[("on", "2026-01-05")]).await.status, StatusCode::NOT_FOUND);
    let wrong = keeper.post("/reminders/read", &[("on", "x")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);

    let chosen = keeper.post("/reminders/choice", &[("wanted", "no")]).await;
    assert_eq!(chosen.location, "/reminders?done=chosen");
    keeper.get(&chosen.location).await.has("提醒已关闭").has("已保存");
    county.on("2026-03-31");
    told(county).await;
    keeper.get("/work-list").await.lacks("2026-03-31 到期的工作");
    keeper.get("/account").await.has("设置每日提醒");
    // A client is told by who serves them.
    let mut client = county.browser("client").await;
    client.get("/reminders").await.has("还没有提醒").lacks("/reminders/choice");
    client.get("/work-list").await.lacks("href=\"/reminders\"");
});
