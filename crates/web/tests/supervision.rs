//! Supervision: booked, held or missed, overdue by the month, and what was talked about read by the two alone. All persons are
//! invented.
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

const PATH: &str = "/api/v1/supervision";

fn booking(county: &County, with: &str, on: &str, start: &str) -> Value {
    json!({ "supervisor": county.id(with), "on": on, "start": start, "minutes": 60, "way": "video", "topic": "危机" })
}

async fn due(county: &County, who: &str) -> (String, String) {
    let line = &county.get(who, PATH).await.json["due"][0];
    (line["state"].as_str().unwrap().to_owned(), line["on"].as_str().unwrap().to_owned())
}

both!(a_session_a_month_is_held_and_read_by_the_two_alone, |county| {
    county.account("second keeper", "case_manager", "sunrise").await;
    county.organisation("far hospital", "hospital", common::ELSEWHERE).await;
    county.account("far doctor", "doctor", "far hospital").await;
    // Whoever began today has until the end of the month; two months later it is overdue.
    assert_eq!(due(county, "sunrise keeper").await, ("by".into(), "2026-03-31".into()));
    county.on("2026-05-04");
    assert_eq!(due(county, "sunrise keeper").await, ("overdue".into(), "2026-04-30".into()));

    for (body, field) in [
        (booking(county, "far doctor", "2026-05-04", "14:00"), "supervisor"),
        (booking(county, "harbour manager", "2026-05-04", "14:00"), "supervisor"),
        (booking(county, "sunrise keeper", "2026-05-04", "14:00"), "supervisor"),
        (booking(county, "doctor", "2027-05-04", "14:00"), "on"),
        (booking(county, "doctor", "2026-05-04", "25:00"), "start"),
    ] {
        let refused = county.post("sunrise keeper", PATH, &[], &body).await;
        assert_eq!(refused.fields(), [field], "{body}");
    }
    let body = booking(county, "doctor", "2026-05-04", "08:00");
    let made = county.post("sunrise keeper", PATH, &[], &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let path = format!("{PATH}/{}", made.id());
    let twice = county.post("sunrise keeper", PATH, &[], &body).await;
    assert_eq!(twice.code(), "supervision_overlap");
    let nobody = county.post("sunrise manager", PATH, &[], &body).await;
    assert_eq!(nobody.fields(), ["worker"], "a manager says for whom");
    let doctor = county.post("doctor", PATH, &[], &body).await;
    assert_eq!(doctor.status, StatusCode::FORBIDDEN);

    // Who supervised says that it was held; the topic and the minutes are the two's alone.
    let step = |step: &str, version: i64| json!({ "step": step, "version": version, "minutes": "约定" });
    let to = format!("{path}/step");
    let other = county.post("sunrise keeper", &to, &[], &step("hold", 1)).await;
    assert_eq!(other.code(), "supervision_by_supervisor");
    let stale = county.post("doctor", &to, &[], &step("hold", 7)).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let empty =
        county.post("doctor", &to, &[], &json!({ "step": "hold", "version": 1, "minutes": " " })).await;
    assert_eq!(empty.fields(), ["minutes"]);
    let held = county.post("doctor", &to, &[], &step("hold", 1)).await;
    assert_eq!((held.status, &held.json["state"]), (StatusCode::OK, &json!("held")), "{}", held.json);
    assert_eq!(due(county, "sunrise keeper").await, ("held".into(), "2026-05-04".into()));
    let again = county.post("doctor", &to, &[], &step("hold", 2)).await;
    assert_eq!(again.code(), "supervision_over");
    for (who, sees) in [("doctor", true), ("sunrise keeper", true), ("sunrise manager", false)] {
        let seen = county.get(who, &path).await;
        assert_eq!((seen.status, seen.json.get("minutes").is_some()), (StatusCode::OK, sees), "{who}");
    }
    for who in ["second keeper", "harbour manager", "far doctor", "sunrise assessor"] {
        assert_eq!(county.get(who, &path).await.status, StatusCode::NOT_FOUND, "{who}");
    }
    let sql = "SELECT content FROM supervision /* whole: a test looks */";
    let stored: Vec<(Vec<u8>,)> = county.app.db.all(sql, p![]).await.unwrap();
    assert!(stored.iter().all(|(content,)| !String::from_utf8_lossy(content).contains("约定")));

    // The manager sees who is overdue first, books for them, and calls it off.
    assert_eq!(county.get("sunrise manager", PATH).await.json["due"].as_array().unwrap().len(), 2);
    let mut manager = county.browser("sunrise manager").await;
    manager.get("/supervision").await.has("已逾期").has("second keeper").has("预约督导");
    let (worker, doctor) = (county.id("second keeper"), county.id("doctor"));
    let mut fields =
        vec![("worker", worker.as_str()), ("supervisor", &doctor), ("on", "2026-05-20"), ("start", "x")];
    fields.extend([("minutes", "45"), ("way", "room"), ("topic", "")]);
    let wrong = manager.post("/supervision", &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    fields[3] = ("start", "14:30");
    let sent = manager.post("/supervision", &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    manager.get(&sent.location).await.has("14:30–15:15").has("只有督导双方").has("取消预约");
    let to = format!("{}/step", sent.location);
    let off = manager.post(&to, &[("step", "cancel"), ("version", "1"), ("reason", "改期")]).await;
    assert_eq!(off.status, StatusCode::SEE_OTHER, "{}", off.text);
    let mut keeper = county.browser("second keeper").await;
    keeper.get(&sent.location).await.has("已取消").has("改期");
    keeper.get("/supervision").await.lacks("sunrise keeper");
});
