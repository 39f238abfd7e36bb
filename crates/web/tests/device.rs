//! Phones for visits without a network through the pages: the page that a phone keeps, what it asks by script, the list of phones
//! and taking one out of use. All persons are invented.
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
    http::{Request, StatusCode, header},
};
use common::{
    visitor::Visitor,
    world::{Seen, World, seen},
};
use serde_json::{Value, json};
use tower::ServiceExt;

/// What a script of the page sends.
pub async fn ask(visitor: &Visitor, path: &str, body: &Value) -> (Seen, Value) {
    let cookies: Vec<String> =
        visitor.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::post(path)
        .header(header::COOKIE, cookies.join("; "))
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let seen = seen(visitor.site.clone().oneshot(request).await.unwrap()).await;
    let json = serde_json::from_str(&seen.text).unwrap_or(Value::Null);
    (seen, json)
}

on_both!(the_page_that_a_phone_keeps_is_about_nobody, World, |world| {
    let mut stranger = Visitor::at(&world.app);
    let mut doctor = Visitor::at(&world.app);
    doctor.sign_in("doctor", "/").await;
    for (language, title) in [("zh-CN", "离线记录"), ("en", "Work without a network")] {
        let path = format!("/device?lang={language}");
        let (open, own) = (stranger.get(&path).await, doctor.get(&path).await);
        assert_eq!(
            (open.status, &open.text),
            (StatusCode::OK, &own.text),
            "who is signed in changes nothing"
        );
        open.has(title)
            .has("rel=\"manifest\"")
            .has("/assets/device/app.js")
            .has("<noscript>")
            .lacks("style=");
    }
    let answer = stranger.answer("GET", "/device", &[]).await;
    let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("'wasm-unsafe-eval'") && !policy.contains("unsafe-inline"), "{policy}");
    for path in ["/sign-in", "/devices", "/device/other", "/assets/device/app.js"] {
        let answer = stranger.answer("GET", path, &[]).await;
        let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(!policy.contains("wasm"), "{path}");
    }
    let worker = stranger.get("/service-worker.js").await;
    worker.has("const VERSION = \"").has("/assets/device/rules.wasm").has("/sign-out");
    let manifest: Value =
        serde_json::from_str(&stranger.get("/manifest.webmanifest?lang=en").await.text).unwrap();
    assert_eq!((&manifest["start_url"], &manifest["display"]), (&json!("/device"), &json!("standalone")));
    for icon in manifest["icons"].as_array().unwrap() {
        let answer = stranger.answer("GET", icon["src"].as_str().unwrap(), &[]).await;
        assert_eq!(
            (answer.status(), &answer.headers()[header::CONTENT_TYPE]),
            (StatusCode::OK, &"image/png".parse().unwrap())
        );
    }
    let module = stranger.answer("GET", "/assets/device/rules.wasm", &[]).await;
    assert_eq!(module.headers()[header::CONTENT_TYPE], "application/wasm");
});

on_both!(a_phone_is_registered_opened_and_revoked_by_its_holder, World, |world| {
    let mut doctor = Visitor::at(&world.app);
    let (seen, _) = ask(&doctor, "/devices", &json!({ "name": "手机" })).await;
    assert_eq!((seen.status, seen.location.as_str()), (StatusCode::SEE_OTHER, "/sign-in?next=/devices"));
    doctor.sign_in("doctor", "/").await;
    doctor.get("/account").await.has("还没有登记手机").has("href=\"/device\"");
    let (seen, told) = ask(&doctor, "/devices", &json!({ "name": "" })).await;
    assert_eq!(
        (seen.status, &told["text"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("请填写一至 60 个字符的名称"))
    );
    let (seen, told) = ask(&doctor, "/devices", &json!({ "name": "随访<手机>" })).await;
    assert_eq!(seen.status, StatusCode::CREATED, "{}", seen.text);
    let (id, key) = (told["id"].as_str().unwrap().to_owned(), told["key"].clone());
    assert_eq!(key.as_str().unwrap().len(), 64);
    doctor.get("/account").await.has("随访&#60;手机&#62;").lacks("还没有登记手机");

    let contact = json!({ "now": world.app.now() + jiff::SignedDuration::from_hours(3), "waiting": 2 });
    let (seen, told) = ask(&doctor, &format!("/devices/{id}/open"), &contact).await;
    assert_eq!((seen.status, &told["key"], &told["clock"]["is_wrong"]), (StatusCode::OK, &key, &json!(true)));
    assert_eq!((&told["work"], told.get("care")), (&json!("visits"), None));
    for wrong in [
        json!({}),
        json!({ "now": "yesterday", "waiting": 0 }),
        json!({ "now": "2026-03-02T01:00:00Z", "waiting": -1 }),
    ] {
        let (seen, told) = ask(&doctor, &format!("/devices/{id}/open"), &wrong).await;
        assert!(seen.status.is_client_error() && told["type"].is_string(), "{wrong} {}", seen.text);
    }
    let mut worker = Visitor::at(&world.app);
    worker.sign_in("referral_worker", "/").await;
    let (seen, _) = ask(&worker, &format!("/devices/{id}/open"), &contact).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    worker.get("/account").await.lacks("离线记录");

    let stranger = Visitor::at(&world.app);
    let path = format!("/devices/{id}/contact");
    assert_eq!(ask(&stranger, &path, &json!({ "wiped": false })).await.1, json!({ "standing": "in_use" }));
    assert_eq!(
        doctor.post(&format!("/account/devices/{id}/revoke"), &[]).await.location,
        "/account?done=device"
    );
    doctor.get("/account?done=device").await.has("手机已停用").has("已停用，尚未确认清除");
    let (seen, told) = ask(&doctor, &format!("/devices/{id}/open"), &contact).await;
    assert_eq!((seen.status, &told["code"]), (StatusCode::CONFLICT, &json!("device_revoked")));
    assert_eq!(ask(&stranger, &path, &json!({ "wiped": true })).await.1, json!({ "standing": "revoked" }));
    doctor.get("/account?lang=en").await.has("Revoked and emptied");
    let nobody = format!("/devices/{}/contact", "01930000-0000-7080-8000-000000000000");
    assert_eq!(ask(&stranger, &nobody, &json!({ "wiped": true })).await.0.status, StatusCode::NOT_FOUND);
});

on_both!(a_lost_phone_is_revoked_by_who_keeps_accounts, World, |world| {
    let mut doctor = Visitor::at(&world.app);
    doctor.sign_in("doctor", "/").await;
    let (_, told) = ask(&doctor, "/devices", &json!({ "name": "丢失的手机" })).await;
    let id = told["id"].as_str().unwrap().to_owned();
    let account = told["account"].as_str().unwrap().to_owned();
    let mut security = Visitor::at(&world.app);
    security.sign_in("security_administrator", "/").await;
    security.get("/administration").await.has(&format!("/administration/accounts/{account}/devices"));
    let page = format!("/administration/accounts/{account}/devices");
    security.get(&page).await.has("丢失的手机").has(&format!("/administration/devices/{id}/revoke"));
    let revoked = security.post(&format!("/administration/devices/{id}/revoke"), &[]).await;
    assert_eq!((revoked.status, revoked.location.as_str()), (StatusCode::SEE_OTHER, page.as_str()));
    security
        .get(&page)
        .await
        .has("已停用，尚未确认清除")
        .lacks(&format!("/administration/devices/{id}/revoke"));
    assert_eq!(doctor.get(&page).await.status, StatusCode::FORBIDDEN);
});
