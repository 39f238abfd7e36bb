//! Passkeys through the pages: on the own account, at the sign-in, and where a role must use one. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{App, account::passkey::RelyingParty};
use axum::http::StatusCode;
use common::{
    authenticator::{Authenticator, ORIGIN},
    visitor::Visitor,
    world::{PASSWORD, Seen, World},
};
use jiff::SignedDuration;
use rules::account::{Role, SignInPolicy};

fn site(world: &World, policy: SignInPolicy) -> App {
    let party = RelyingParty::new(ORIGIN, SignedDuration::from_mins(5)).unwrap();
    world.app.at("2026-03-02T01:00:00Z".parse().unwrap()).asking(policy).reached_at(party)
}

/// What a page gives the browser for a passkey.
fn options(page: &Seen) -> String {
    let escaped = page.text.split("data-options=\"").nth(1).unwrap().split('"').next().unwrap();
    escaped.replace("&#34;", "\"").replace("&#38;", "&").replace("&#60;", "<").replace("&#62;", ">")
}

on_both!(a_passkey_from_its_setting_up_on_the_own_page_to_its_end, World, |world| {
    let app = site(world, SignInPolicy::default());
    let mut visitor = Visitor::at(&app);
    visitor.sign_in("doctor", "/").await;
    visitor.get("/account").await.has("通行密钥").has("action=\"/account/passkeys/begin\"");
    assert_eq!(visitor.get("/account/passkeys/new").await.location, "/account", "nothing is being set up");
    let wrong = visitor.post("/account/passkeys/begin", &[("present", "Wrong-2026")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let begun = visitor.post("/account/passkeys/begin", &[("present", PASSWORD)]).await;
    assert_eq!(begun.location, "/account/passkeys/new");
    let page = visitor.get("/account/passkeys/new").await;
    page.has("data-passkey=\"create\"").has(&format!("data-origin=\"{ORIGIN}\"")).has("/assets/passkey.js");
    page.has("<noscript>").lacks("style=");
    let mut device = Authenticator::new("doctor");
    let answer = device.make(&options(&page));
    let path = "/account/passkeys/new";
    let unnamed = visitor.post(path, &[("passkey", &answer), ("name", " ")]).await;
    assert_eq!(unnamed.status, StatusCode::UNPROCESSABLE_ENTITY);
    unnamed.has("请填写一至六十个字符的名称").has("data-options");
    let codes = visitor.post(path, &[("passkey", &answer), ("name", "蓝色<密钥>")]).await;
    codes.has("恢复码仅显示这一次").has("href=\"/account?done=passkey\"");
    visitor
        .get("/account?done=passkey")
        .await
        .has("通行密钥已设置")
        .has("蓝色&#60;密钥&#62;")
        .has("尚未使用");
    let spent = visitor.post(path, &[("passkey", &answer), ("name", "twice")]).await;
    assert_eq!(spent.status, StatusCode::UNPROCESSABLE_ENTITY);
    spent.has("请重新开始设置");

    visitor.post("/sign-out", &[]).await;
    visitor.sign_in("doctor", "/").await;
    assert_eq!(visitor.get("/cases").await.location, "/sign-in/code?next=/cases");
    let asked = visitor.get("/sign-in/code?next=/cases").await;
    asked.has("data-passkey=\"get\"").has("备用恢复码").lacks("验证器应用上的六位数字");
    let mut lured = device.clone();
    lured.origin = "https://lure.example".to_owned();
    let refused = visitor
        .post("/sign-in/code", &[("passkey", &lured.show(&options(&asked))), ("next", "/cases")])
        .await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    refused.has("未能验证此通行密钥").has("data-passkey=\"get\"");
    let answer = device.show(&options(&refused));
    let entered = visitor.post("/sign-in/code", &[("passkey", &answer), ("next", "/cases")]).await;
    assert_eq!((entered.status, entered.location.as_str()), (StatusCode::SEE_OTHER, "/cases"));
    let own = visitor.get("/account").await;
    own.has("通行密钥未被接受").has("来自其他网站地址").lacks("尚未使用");

    let mut copy = Visitor::at(&app);
    copy.sign_in("doctor", "/").await;
    let page = copy.get("/sign-in/code").await;
    device.count = Some(0);
    let told = copy.post("/sign-in/code", &[("passkey", &device.show(&options(&page)))]).await;
    assert_eq!(told.status, StatusCode::UNAUTHORIZED);
    told.has("可能已被复制");
    let late = copy.post("/sign-in/code?lang=en", &[("passkey", "{}")]).await;
    late.has("This passkey did not fit");
    let mut keeper = Visitor::at(&app);
    keeper.sign_in("security_administrator", "/").await;
    keeper.search("/administration", "doctor").await.has("通行密钥 1 个");

    let path = own.text.split("action=\"").find_map(|rest| {
        rest.split('"')
            .next()
            .filter(|path| path.starts_with("/account/passkeys/") && path.ends_with("/remove"))
    });
    let path = path.unwrap().to_owned();
    let wrong = visitor.post(&path, &[("present", "Wrong-2026")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let gone = visitor.post(&path, &[("present", PASSWORD)]).await;
    assert_eq!(gone.location, "/account?done=no_passkey");
    visitor
        .get("/account?done=no_passkey")
        .await
        .has("通行密钥已移除")
        .has("未启用")
        .has("移除自己的通行密钥");
    assert_eq!(visitor.post(&path, &[("present", PASSWORD)]).await.status, StatusCode::NOT_FOUND);
    assert!(copy.get("/sign-in/code").await.location.starts_with("/sign-in?"), "other sessions ended");
});

on_both!(who_must_have_a_factor_chooses_and_who_must_use_a_passkey_does_not, World, |world| {
    let app = site(world, SignInPolicy { second_factor: true, ..SignInPolicy::default() });
    let mut visitor = Visitor::at(&app);
    visitor.sign_in("referral_worker", "/").await;
    let page = visitor.get("/sign-in/enrol?next=/people").await;
    page.has("data-passkey=\"create\"").has("<svg class=\"qr\"").has("或使用验证器应用");
    let answer = Authenticator::new("worker").make(&options(&page));
    let entry = [("passkey", answer.as_str()), ("name", "办公室电脑"), ("next", "/people")];
    let codes = visitor.post("/sign-in/enrol", &entry).await;
    codes.has("恢复码仅显示这一次").has("href=\"/people\"");
    assert_eq!(visitor.get("/people").await.status, StatusCode::OK);

    let passkey_for = vec![Role::CivilAffairsOfficer];
    let app = site(world, SignInPolicy { passkey_for, ..SignInPolicy::default() });
    let mut visitor = Visitor::at(&app);
    visitor.sign_in("civil_affairs_officer", "/").await;
    let page = visitor.get("/sign-in/enrol").await;
    page.has("您的角色登录时须使用通行密钥").has("data-passkey=\"create\"").lacks("<svg class=\"qr\"");
    let by_code = visitor.post("/sign-in/enrol", &[("code", "000000")]).await;
    assert_eq!(by_code.status, StatusCode::NOT_FOUND);
    let mut strayed = Authenticator::new("officer");
    strayed.origin = "https://elsewhere.example".to_owned();
    let answer = strayed.make(&options(&page));
    let refused = visitor.post("/sign-in/enrol", &[("passkey", &answer), ("name", "key one")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.has("未能设置此通行密钥").has("value=\"key one\"");
    let answer = Authenticator::new("officer").make(&options(&refused));
    visitor.post("/sign-in/enrol", &[("passkey", &answer), ("name", "key")]).await.has("恢复码仅显示这一次");
    visitor.get("/account").await.has("仅有验证器不够").lacks("action=\"/account/factor/begin\"");
});

on_both!(without_an_address_the_pages_offer_no_passkey, World, |world| {
    let named = site(world, SignInPolicy::default());
    let mut visitor = Visitor::at(&named);
    visitor.sign_in("doctor", "/").await;
    visitor.post("/account/passkeys/begin", &[("present", PASSWORD)]).await;
    let page = visitor.get("/account/passkeys/new").await;
    let answer = Authenticator::new("doctor").make(&options(&page));
    visitor.post("/account/passkeys/new", &[("passkey", &answer), ("name", "key")]).await;

    let app = world.app.at(named.now());
    let mut other = Visitor::at(&app);
    other.sign_in("assessor", "/").await;
    other.get("/account").await.lacks("通行密钥").has("action=\"/account/factor/begin\"");
    let refused = other.post("/account/passkeys/begin", &[("present", PASSWORD)]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.has("本站目前不提供通行密钥");
    let mut holder = Visitor::at(&app);
    holder.sign_in("doctor", "/").await;
    holder.get("/sign-in/code").await.has("本站目前不提供通行密钥").lacks("data-passkey").has("备用恢复码");
});
