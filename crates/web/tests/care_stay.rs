//! Stays in a half-way house (form W8): from a day to another, counted by nights. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::{
    care::{enter, entry, roomy, served},
    common,
};

use app::p;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// A stay from a day to another, from two in the afternoon to ten in the morning.
fn stay(key: u128, held: bool, (on, until): (&str, &str), cases: &[String]) -> Value {
    let mut stay = entry(key, held, on, ("14:00", "10:00"), cases);
    stay["way"] = json!("W8");
    stay["until"] = json!(until);
    stay
}

both!(nights_are_counted_and_no_night_twice, |county| {
    roomy(county).await;
    let cases = served(county, 1, 2).await;
    county.on("2026-03-20");
    let keeper = "sunrise keeper";
    let first = stay(1, true, ("2026-03-03", "2026-03-08"), &cases[..1]);
    let made = enter(county, keeper, &first).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    for (key, days, case, code) in [
        (2, ("2026-03-07", "2026-03-09"), &cases[..1], "client_elsewhere"),
        (3, ("2026-03-02", "2026-03-04"), &cases[..1], "client_elsewhere"),
        (4, ("2026-03-04", "2026-03-05"), &cases[..1], "client_elsewhere"),
        (5, ("2026-02-27", "2026-03-03"), &cases[..1], "session_not_in_service"),
        // The night after the last one, and somebody else in the same nights.
        (6, ("2026-03-08", "2026-03-10"), &cases[..1], ""),
        (7, ("2026-03-03", "2026-03-08"), &cases[1..], ""),
    ] {
        let told = enter(county, keeper, &stay(key, true, days, case)).await;
        let status = if code.is_empty() { StatusCode::CREATED } else { StatusCode::CONFLICT };
        assert_eq!((told.status, told.code()), (status, code), "{key}: {}", told.json);
    }
    // Whoever lives there comes to the group by day, and who answers for the house leads it.
    let group = entry(8, true, "2026-03-05", ("09:00", "10:00"), &cases);
    assert_eq!(enter(county, keeper, &group).await.status, StatusCode::CREATED);
    let overlapping = entry(9, true, "2026-03-05", ("09:30", "10:30"), &cases[..1]);
    assert_eq!(enter(county, keeper, &overlapping).await.code(), "client_elsewhere");
    let figures = county.get(keeper, &format!("/api/v1/cases/{}/care", cases[0])).await.json;
    assert_eq!((&figures["nights"], &figures["minutes"]), (&json!(7), &json!(60)), "{figures}");
    assert_eq!((&figures["came"], &figures["months"][0]["nights"]), (&json!(3), &json!(7)), "{figures}");
    let list = county.get(keeper, &format!("/api/v1/cases/{}/sessions", cases[0])).await.json;
    let nights: Vec<&Value> =
        list["sessions"].as_array().unwrap().iter().map(|session| &session["nights"]).collect();
    assert_eq!(nights, [&json!(2), &json!(0), &json!(5)], "{list}");
    let mut browser = county.browser(keeper).await;
    let path = format!("/care/sessions/{}?lang=zh-CN", made.json["ids"][0].as_str().unwrap());
    browser.get(&path).await.has("2026-03-03 14:00 – 2026-03-08 10:00 · 5 晚");
    browser.get(&format!("/cases/{}", cases[0])).await.has("住宿晚数").has("5 晚");
});

both!(a_stay_has_a_last_day_and_nothing_else_has_one, |county| {
    roomy(county).await;
    let cases = served(county, 1, 1).await;
    county.on("2026-04-10");
    let keeper = "sunrise keeper";
    for (key, days, fields) in [
        (1, ("2026-03-05", "2026-03-05"), ["until"]),
        (2, ("2026-03-05", "2026-03-04"), ["until"]),
        (3, ("2026-03-05", "2026-04-06"), ["until"]),
        (4, ("2026-04-08", "2026-04-11"), ["until"]),
    ] {
        let told = enter(county, keeper, &stay(key, true, days, &cases)).await;
        assert_eq!(told.fields(), fields, "{days:?}: {}", told.json);
    }
    let mut open = stay(5, true, ("2026-03-05", "2026-03-06"), &cases);
    open["until"] = Value::Null;
    assert_eq!(enter(county, keeper, &open).await.fields(), ["until"]);
    let mut group = entry(6, true, "2026-03-05", ("09:00", "10:00"), &cases);
    group["until"] = json!("2026-03-06");
    assert_eq!(enter(county, keeper, &group).await.fields(), ["until"]);
    assert_eq!(
        enter(county, keeper, &stay(7, true, ("2026-03-05", "2026-04-05"), &cases)).await.status,
        StatusCode::CREATED,
        "a month is one entry"
    );
});

both!(a_stay_that_was_planned_waits_for_its_record_until_it_is_over, |county| {
    roomy(county).await;
    let cases = served(county, 1, 1).await;
    county.on("2026-03-03");
    let keeper = "sunrise keeper";
    let made = enter(county, keeper, &stay(1, false, ("2026-03-04", "2026-03-30"), &cases)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let id = made.json["ids"][0].as_str().unwrap().to_owned();
    // It began more than a fortnight before, and is on the board nevertheless.
    county.on("2026-04-01");
    let mut browser = county.browser(keeper).await;
    browser.get("/care?lang=zh-CN").await.has(&format!("/care/sessions/{id}")).has("26 晚");
    let form = browser.get(&format!("/care/sessions/{id}")).await;
    form.has("name=\"until\" value=\"2026-03-30\"");
    let presence = format!("presence.{}", cases[0]);
    let typed = [
        ("seen", "1"),
        (presence.as_str(), "came"),
        ("start", "14:00"),
        ("end", "09:00"),
        ("until", "2026-03-28"),
    ];
    let saved = browser.post(&format!("/care/sessions/{id}/record"), &typed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let shown = county.get(keeper, &format!("/api/v1/care/sessions/{id}")).await.json;
    assert_eq!((&shown["nights"], &shown["state"]), (&json!(24), &json!("held")), "{shown}");
});

both!(the_first_stay_begins_the_service, |county| {
    let case = county.at_state(1, "agreed").await;
    county.on("2026-03-10");
    let made = enter(
        county,
        "sunrise keeper",
        &stay(1, true, ("2026-03-04", "2026-03-09"), std::slice::from_ref(&case)),
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let seen = county.case("sunrise keeper", &case).await;
    assert_eq!(seen["state"], "in_service", "{seen}");
    let sql = "SELECT COUNT(*) /* whole: a test counts */ FROM attendance";
    let (count,): (i64,) = county.app.db.opt(sql, p![]).await.unwrap().unwrap();
    assert_eq!(count, 1, "the paper of a stay is no second one");
});
