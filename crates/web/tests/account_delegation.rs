//! Work handed to a colleague for a time. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    Error,
    account::{delegation, explain},
    id::Id,
    p,
};
use axum::http::StatusCode;
use common::County;
use jiff::civil::Date;
use serde_json::json;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

async fn handed_over(county: &mut County) -> (String, Id) {
    county.account("second keeper", "case_manager", "sunrise").await;
    let case = county.at_state(1, "agreed").await;
    let keeper = county.scope("sunrise keeper").await;
    let app = county.app.at(county.at);
    let to = county.ids["second keeper"];
    let id = delegation::delegate(&app, &keeper, to, day("2026-03-04"), day("2026-03-06")).await.unwrap();
    (case, id)
}

async fn opens(county: &County, who: &str, case: &str) -> bool {
    county.get(who, &format!("/api/v1/cases/{case}")).await.status == StatusCode::OK
}

both!(a_colleague_sees_and_does_the_work_in_these_days_alone, |county| {
    let (case, _) = handed_over(county).await;
    for (date, expected) in
        [("2026-03-03", false), ("2026-03-04", true), ("2026-03-06", true), ("2026-03-07", false)]
    {
        county.on(date);
        assert_eq!(opens(county, "second keeper", &case).await, expected, "{date}");
        assert!(opens(county, "sunrise keeper", &case).await, "{date}");
        assert!(!opens(county, "harbour keeper", &case).await, "{date}");
        let scope = county.scope("security").await;
        let told = explain::explain(&county.app.at(county.at), &scope, "second keeper", &case).await.unwrap();
        assert_eq!(told.sees, expected, "{date}: {told:?}");
    }
    county.on("2026-03-05");
    let version = county.version(&case).await;
    let data = json!({ "on": county.today(), "way": "phone", "reached": true });
    county.act("second keeper", &case, "record_contact_attempt", data, json!({})).await;
    let id: Id = case.parse().unwrap();
    let sql = "SELECT event FROM referral_event WHERE home = $1 AND referral_id = $2 AND sequence = $3";
    let found: Option<(serde_json::Value,)> =
        county.app.db.opt(sql, p![id.home_number(), id, version + 1]).await.unwrap();
    let event = found.unwrap().0;
    assert_eq!(event["actor"], county.id("second keeper"));
    assert_eq!(event["stands_in_for"], county.id("sunrise keeper"), "B for A");
    let sql = "SELECT detail FROM audit WHERE account_id = $1 AND at >= $2 AND action = 'command'";
    let logged: Option<(serde_json::Value,)> =
        county.app.db.opt(sql, p![county.ids["second keeper"], county.at]).await.unwrap();
    assert_eq!(logged.unwrap().0["for"], county.id("sunrise keeper"));
});

both!(it_ends_earlier_and_with_the_account_and_only_for_colleagues, |county| {
    let (case, id) = handed_over(county).await;
    county.on("2026-03-05");
    let app = county.app.at(county.at);
    assert!(opens(county, "second keeper", &case).await);
    let second = county.scope("second keeper").await;
    assert!(
        matches!(delegation::end(&app, &second, id).await, Err(Error::NotFound)),
        "it is not theirs to end"
    );
    let keeper = county.scope("sunrise keeper").await;
    delegation::end(&app, &keeper, id).await.unwrap();
    assert!(!opens(county, "second keeper", &case).await);
    for (to, from, until) in [
        ("harbour keeper", "2026-03-05", "2026-03-06"),
        ("sunrise manager", "2026-03-05", "2026-03-06"),
        ("sunrise keeper", "2026-03-05", "2026-03-06"),
        ("second keeper", "2026-03-04", "2026-03-06"),
        ("second keeper", "2026-03-05", "2026-12-31"),
    ] {
        let answer = delegation::delegate(&app, &keeper, county.ids[to], day(from), day(until)).await;
        assert!(matches!(answer, Err(Error::Invalid(_))), "{to} {from} {until}: {answer:?}");
    }
    let to = county.ids["second keeper"];
    delegation::delegate(&app, &keeper, to, day("2026-03-05"), day("2026-03-06")).await.unwrap();
    assert!(opens(county, "second keeper", &case).await);
    // Whoever now works elsewhere no longer stands in.
    let sql = "UPDATE account SET organisation_id = $1 WHERE id = $2";
    county.app.db.run(sql, p![county.ids["harbour"], to]).await.unwrap();
    assert!(!opens(county, "second keeper", &case).await);
});
