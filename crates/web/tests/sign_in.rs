//! Signing in in steps, through the pages: who has one left reaches nothing else. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{App, p};
use axum::http::StatusCode;
use common::{
    visitor::Visitor,
    world::{PASSWORD, Seen, World},
};
use jiff::{SignedDuration, Timestamp};
use rules::account::{Role, SignInPolicy, Step};
use sha2::Digest;
use totp_rs::{Builder, Secret};
use web::{ROUTES, UPLOADS, Who};

/// The code that an app shows which was given the secret of a page.
fn code(page: &Seen, at: Timestamp) -> String {
    let written = page.text.split("id=\"written\">").nth(1).unwrap().split('<').next().unwrap();
    let secret = Secret::try_from_base32(written.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate(u64::try_from(at.as_second()).unwrap()).to_string()
}

fn asking(world: &World, policy: SignInPolicy) -> App {
    let app = world.app.at("2026-03-02T01:00:00Z".parse().unwrap());
    app.asking(policy)
}

fn later(app: &App, seconds: i64) -> App {
    app.at(app.now() + SignedDuration::from_secs(seconds))
}

on_both!(who_has_a_step_left_reaches_nothing_but_it_and_the_way_out, World, |world| {
    let app = world.app.clone();
    let account: (app::id::Id,) =
        app.db.opt("SELECT id FROM account WHERE username = 'referral_worker'", p![]).await.unwrap().unwrap();
    let id = "01930000-0000-7080-8000-000000000000";
    let mut tried = 0;
    for step in Step::ALL {
        let secret = format!("waits-for-{}", step.code());
        let hash = sha2::Sha256::digest(secret.as_bytes()).to_vec();
        let sql = "INSERT INTO session (token_hash, account_id, created_at, seen_at, awaits)
            VALUES ($1, $2, $3, $3, $4)";
        app.db.run(sql, p![hash, account.0, app.now(), step.code()]).await.unwrap();
        let own = format!("/sign-in/{}", step.code());
        let mut visitor = Visitor::at(&app);
        for (method, path, who, _) in ROUTES.iter().chain(UPLOADS) {
            let closed = matches!(who, Who::SignedIn | Who::HalfOpen);
            if !closed || *path == own || *path == "/sign-out" {
                continue;
            }
            let address = path.split('/').map(|part| if part.starts_with('{') { id } else { part });
            let address = address.collect::<Vec<_>>().join("/");
            visitor.cookies.insert("xinqiao_session".to_owned(), secret.clone());
            let answer = visitor.send(&method.to_uppercase(), &address, &[]).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{method} {address}: {}", answer.text);
            assert!(answer.location.starts_with(&own), "{method} {address}: {}", answer.location);
            tried += 1;
        }
        for path in ["/api/v1/cases", "/api/v1/audit"] {
            assert_eq!(visitor.get(path).await.status, StatusCode::UNAUTHORIZED, "a session is no token");
        }
        assert_eq!(visitor.post("/sign-out", &[]).await.location, "/sign-in");
        visitor.cookies.insert("xinqiao_session".to_owned(), secret.clone());
        assert!(visitor.get(&own).await.location.starts_with("/sign-in?"), "it has ended");
    }
    assert!(tried > 200, "{tried}");
});

on_both!(a_second_factor_from_its_setting_up_to_the_recovery_code, World, |world| {
    let app = asking(world, SignInPolicy { second_factor: true, ..SignInPolicy::default() });
    let mut visitor = Visitor::at(&app);
    assert_eq!(visitor.sign_in("referral_worker", "/people").await.location, "/people");
    let led = visitor.get("/people").await;
    assert_eq!(led.location, "/sign-in/enrol?next=/people");
    let page = visitor.get(&led.location).await;
    page.has("<svg class=\"qr\"").has("您的角色须使用第二重验证").lacks("style=");
    let wrong = visitor.post("/sign-in/enrol", &[("code", "abc"), ("next", "/people")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong
        .has("验证码不正确")
        .has(page.text.split("id=\"written\">").nth(1).unwrap().split('<').next().unwrap());
    let first = code(&page, app.now());
    let codes = visitor.post("/sign-in/enrol", &[("code", &first), ("next", "/people")]).await;
    assert_eq!(codes.status, StatusCode::OK, "{}", codes.text);
    codes.has("恢复码仅显示这一次").has("href=\"/people\"").has("data-print");
    let paper: Vec<&str> =
        codes.text.split("<li><code>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    assert_eq!(paper.len(), 10);
    assert_eq!(visitor.get("/people").await.status, StatusCode::OK);
    visitor.get("/account").await.has("已启用").has("启用第二重验证").lacks(paper[0]);

    visitor.post("/sign-out", &[]).await;
    let app = later(&app, 60);
    visitor.later(&app);
    visitor.sign_in("referral_worker", "/cases").await;
    let asked = visitor.get("/cases").await.location;
    assert_eq!(asked, "/sign-in/code?next=/cases");
    visitor.get(&asked).await.has("autocomplete=\"one-time-code\"");
    let replay = visitor.post("/sign-in/code", &[("code", &first), ("next", "/cases")]).await;
    assert_eq!(replay.status, StatusCode::UNAUTHORIZED);
    replay.has("验证码不正确或已用过");
    let fresh = code(&page, app.now());
    let outside = visitor.post("/sign-in/code", &[("code", &fresh), ("next", "//elsewhere.example")]).await;
    assert_eq!((outside.status, outside.location.as_str()), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(visitor.get("/cases").await.status, StatusCode::OK);
    assert_eq!(visitor.get("/sign-in/code").await.location, "/", "there is no step left");

    let mut other = Visitor::at(&app);
    other.sign_in("referral_worker", "/").await;
    let entered = other.post("/sign-in/code", &[("code", paper[3]), ("next", "/account")]).await;
    assert_eq!(entered.location, "/account");
    let own = other.get("/account").await;
    own.has("使用恢复码").has("剩余恢复码： 9").has("您的角色必须启用第二重验证");

    // The counter of failures and the gates are the same as at the password.
    let mut guess = Visitor::at(&app);
    guess.sign_in("referral_worker", "/").await;
    for _ in 0..5 {
        let wrong = guess.post("/sign-in/code", &[("code", "AAAAA-AAAAA")]).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    }
    guess.post("/sign-in/code", &[("code", &code(&page, later(&app, 30).now()))]).await.has("账号已锁定");
    let mut keeper = Visitor::at(&world.app.at(app.now()));
    keeper.sign_in("security_administrator", "/").await;
    let listed = keeper.search("/administration", "referral_worker").await;
    listed.has("锁定至").has("重置第二重验证");
    let path = listed
        .text
        .split("action=\"")
        .find_map(|rest| rest.split('"').next().filter(|p| p.ends_with("/unlock")));
    let path = path.unwrap().to_owned();
    assert_eq!(keeper.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    keeper.search("/administration", "referral_worker").await.lacks("锁定至");
    let reset = path.replace("/unlock", "/factor/reset");
    assert_eq!(keeper.post(&reset, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(other.get("/account").await.location, "/sign-in?next=/account", "all sessions ended");
    other.sign_in("referral_worker", "/account").await;
    assert_eq!(other.get("/account").await.location, "/sign-in/enrol?next=/account");
    let page = other.get("/sign-in/enrol").await;
    other.post("/sign-in/enrol", &[("code", &code(&page, app.now()))]).await.has("恢复码");
    other.get("/account").await.has("重置第二重验证").has("安全管理员 · 平台");
});

on_both!(everybody_may_set_a_second_factor_up_and_take_it_away, World, |world| {
    let app = asking(world, SignInPolicy::default());
    let mut visitor = Visitor::at(&app);
    visitor.sign_in("doctor", "/").await;
    visitor.get("/account").await.has("未启用").lacks("您的角色必须");
    assert_eq!(visitor.get("/account/factor").await.location, "/account", "nothing is being set up");
    let wrong = visitor.post("/account/factor/begin", &[("present", "Wrong-2026")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.has("当前密码不正确");
    let begun = visitor.post("/account/factor/begin", &[("present", PASSWORD)]).await;
    assert_eq!(begun.location, "/account/factor");
    let page = visitor.get("/account/factor").await;
    let done = visitor.post("/account/factor/complete", &[("code", &code(&page, app.now()))]).await;
    done.has("恢复码仅显示这一次");
    let again = visitor.post("/account/factor/codes", &[("present", PASSWORD)]).await;
    assert_eq!(again.status, StatusCode::OK);
    let first =
        |page: &Seen| page.text.split("<li><code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_ne!(first(&again), first(&done));
    let gone = visitor.post("/account/factor/remove", &[("present", PASSWORD)]).await;
    assert_eq!(gone.location, "/account?done=no_factor");
    visitor.get("/account?done=no_factor").await.has("第二重验证已停用").has("未启用");
    let none = visitor.post("/account/factor/remove", &[("present", PASSWORD)]).await;
    assert_eq!(none.status, StatusCode::CONFLICT);
});

on_both!(a_due_password_is_changed_before_anything_else_and_told_days_before, World, |world| {
    let app = asking(world, SignInPolicy { passwords_age: true, ..SignInPolicy::default() });
    let mut visitor = Visitor::at(&app);
    visitor.sign_in("doctor", "/cases").await;
    let asked = visitor.get("/cases").await.location;
    assert_eq!(asked, "/sign-in/password?next=/cases");
    visitor.get(&asked).await.has("请更换密码");
    for (password, again, says) in [
        ("Bridge-2026", "River-2026", "两次输入的新密码不一致"),
        ("short", "short", "密码至少十个字符"),
        (PASSWORD, PASSWORD, "该密码最近用过"),
    ] {
        let entry = [("password", password), ("again", again), ("next", "/cases")];
        let refused = visitor.post("/sign-in/password", &entry).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.has(says);
    }
    let entry = [("password", "Bridge-2026"), ("again", "Bridge-2026"), ("next", "/cases")];
    assert_eq!(visitor.post("/sign-in/password", &entry).await.location, "/cases");
    visitor.get("/cases").await.lacks("天内到期");
    let near = later(&app, 85 * 24 * 3600);
    let mut visitor = Visitor::at(&near);
    visitor.post("/sign-in", &[("username", "doctor"), ("password", "Bridge-2026")]).await;
    visitor.get("/cases").await.has("您的密码将在 5 天内到期");
    visitor.get("/cases?lang=en").await.has("Your password ends within 5 days");
});

#[test]
fn every_role_is_asked_or_not_as_the_data_say() {
    let factor = rules::account::Limits::embedded().unwrap().second_factor;
    let asked: Vec<&str> =
        Role::ALL.into_iter().filter(|role| factor.required.contains(role)).map(Role::code).collect();
    assert_eq!(
        asked,
        [
            "referral_worker",
            "civil_affairs_officer",
            "health_officer",
            "dpf_officer",
            "auditor",
            "administrator",
            "security_administrator"
        ]
    );
}
