//! Lists over the interface: template, check, columns, taking in, report, taking back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use common::{Answer, County, VILLAGE};
use serde_json::json;
use tower::ServiceExt;

/// A valid credit code that belongs to nobody.
fn credit_code(number: u32) -> String {
    let first = format!("52990115M{number:08}");
    format!("{first}{}", rules::credit_code::check_character(&first).unwrap())
}

async fn send(county: &County, who: &str, kind: &str, list: String) -> Answer {
    let path = format!("/api/v1/imports?kind={kind}&sender=office&file_name=list.csv");
    let request = Request::post(path).header("authorization", format!("Bearer {}", county.token(who)));
    county.send(request.body(Body::from(list)).unwrap()).await
}

/// A file as it comes.
async fn file(county: &County, who: &str, path: &str) -> (StatusCode, String, Vec<u8>) {
    let request = Request::get(path).header("authorization", format!("Bearer {}", county.token(who)));
    let site = web::site(county.app.at(county.at));
    let answer = site.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let kind = answer.headers().get("content-type").unwrap().to_str().unwrap().to_owned();
    let status = answer.status();
    (status, kind, axum::body::to_bytes(answer.into_body(), 1 << 22).await.unwrap().to_vec())
}

both!(a_list_of_institutions_is_sent_taken_in_and_taken_back, |county| {
    let code = credit_code(1);
    let list = format!(
        "单位,统一社会信用代码,机构性质,机构层级,所在地,名额\n\
         清河社区康复站,{code},社会服务机构,乡镇（街道）站,{VILLAGE},30\n\
         无效站,{code}9,社会服务机构,乡镇（街道）站,{VILLAGE},\n"
    );
    let sent = send(county, "officer", "institution", list).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json);
    let path = format!("/api/v1/imports/{}", sent.id());
    assert_eq!(sent.json["summary"]["invalid"], 2, "the name's column is not known: {}", sent.json);

    let columns = json!({ "version": sent.json["version"], "columns": { "单位": "name" } });
    let mapped = county.post("officer", &format!("{path}/mapping"), &[], &columns).await;
    assert_eq!(mapped.status, StatusCode::OK, "{}", mapped.json);
    assert_eq!((&mapped.json["summary"]["new"], &mapped.json["summary"]["invalid"]), (&json!(1), &json!(1)));

    let order = json!({ "version": mapped.json["version"], "valid": true });
    let done = county.post("officer", &format!("{path}/apply"), &[], &order).await;
    assert_eq!((done.status, &done.json["new"]), (StatusCode::OK, &json!(1)), "{}", done.json);
    let (status, kind, report) = file(county, "officer", &format!("{path}/report?as=csv&lang=en")).await;
    let report = String::from_utf8(report).unwrap();
    assert_eq!((status, kind.starts_with("text/csv")), (StatusCode::OK, true));
    assert!(report.lines().nth(1).unwrap().contains("New"), "{report}");
    assert!(report.lines().nth(2).unwrap().contains("Faulty, left out"), "{report}");

    let stale = county.post("officer", &format!("{path}/undo"), &[], &order).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let now = county.get("officer", &path).await;
    let seen = json!({ "version": now.json["version"] });
    let undone = county.post("officer", &format!("{path}/undo"), &[], &seen).await;
    assert_eq!((undone.status, &undone.json["state"]), (StatusCode::OK, &json!("undone")));
    assert_eq!(undone.json["summary"]["kept"], 0);
    let listed = county.get("officer", "/api/v1/institutions?state=taken_back").await;
    assert!(listed.json.to_string().contains(&code), "{}", listed.json);
});

both!(who_may_fetch_templates_and_take_lists_back, |county| {
    for (who, kind, expected) in [
        ("officer", "institution", StatusCode::OK),
        ("officer", "talent", StatusCode::OK),
        ("worker", "smd", StatusCode::OK),
        ("worker", "institution", StatusCode::NOT_FOUND),
        ("health officer", "dpf", StatusCode::NOT_FOUND),
        ("auditor", "smd", StatusCode::FORBIDDEN),
    ] {
        let (status, _, bytes) = file(county, who, &format!("/api/v1/imports/templates/{kind}")).await;
        assert_eq!(status, expected, "{who} {kind}");
        assert_eq!(bytes.starts_with(b"PK"), status == StatusCode::OK, "{who} {kind}");
    }
    let number = common::forms::identity_number(7);
    let sent =
        send(county, "worker", "smd", format!("姓名,公民身份号码,区划代码\n张测试,{number},{VILLAGE}\n"))
            .await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json);
    let path = format!("/api/v1/imports/{}", sent.id());
    let order = json!({ "version": sent.json["version"] });
    let early = county.post("worker", &format!("{path}/undo"), &[], &order).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "nothing is taken in yet");
    county.post("worker", &format!("{path}/apply"), &[], &order).await;
    let seen = json!({ "version": county.get("worker", &path).await.json["version"] });
    for (who, status) in [
        ("federation officer", StatusCode::NOT_FOUND),
        ("other worker", StatusCode::NOT_FOUND),
        ("auditor", StatusCode::FORBIDDEN),
    ] {
        let refused = county.post(who, &format!("{path}/undo"), &[], &seen).await;
        assert_eq!(refused.status, status, "{who}");
    }
    let undone = county.post("worker", &format!("{path}/undo"), &[], &seen).await;
    assert_eq!((undone.status, &undone.json["state"]), (StatusCode::OK, &json!("undone")));
});
