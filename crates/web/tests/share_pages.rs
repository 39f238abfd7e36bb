//! The pages of shares: what stands in the way is said, and where to go on. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use axum::http::StatusCode;
use common::world::World;

on_both!(the_pages_say_what_stands_in_the_way, World, |world| {
    let officer = "civil_affairs_officer";
    let blank = world.get(officer, "/shares/new").await;
    let (before, _) = blank.text.split_once("\">浦东卫健委</option>").expect("the health commission");
    let recipient = before.rsplit('"').next().unwrap().to_owned();
    let fields = [
        ("recipient", recipient.as_str()),
        ("basis", "consent_departments"),
        ("kinds", "need_registered"),
        ("kinds", "institution"),
    ];
    let made = world.post(officer, "/shares/new", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let path = made.location.split('?').next().unwrap().to_owned();
    world
        .get(officer, &path)
        .await
        .has("没有个人信息保护影响评估")
        .has("尚未登记影响评估")
        .lacks("提请开通</button>");
    let version = world.version(officer, &path).await;
    let events = format!("{path}/events");
    let blocked = world.post(officer, &events, &[("version", version.as_str()), ("name", "propose")]).await;
    assert_eq!(blocked.status, StatusCode::CONFLICT);
    blocked.has("没有个人信息保护影响评估（《个人信息保护法》第五十五条）");
    let today = rules::clock::china_date(world.app.now()).to_string();
    let sheet = [
        ("number", "PIA-1"),
        ("concluded_on", today.as_str()),
        ("concluded_by", "信息安全组"),
        ("conclusion", "acceptable"),
        ("measures", "短"),
        ("review_due_on", today.as_str()),
    ];
    let assessments = format!("{path}/assessments");
    let short = world.post(officer, &assessments, &sheet).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    short.has("保护措施：至少 10 个字").has("PIA-1");
    let mut sheet = sheet.to_vec();
    sheet[4] = ("measures", "专线传输,双方留存记录,定期核对");
    assert_eq!(world.post(officer, &assessments, &sheet).await.status, StatusCode::SEE_OTHER);
    world.get(officer, &path).await.has("没有共享协议编号和日期");
    let version = world.version(officer, &path).await;
    let mut fields = fields.to_vec();
    fields.extend([("version", version.as_str()), ("agreement", "浦卫1号"), ("agreed_on", today.as_str())]);
    assert_eq!(world.post(officer, &format!("{path}/edit"), &fields).await.status, StatusCode::SEE_OTHER);
    let version = world.version(officer, &path).await;
    let proposed = world.post(officer, &events, &[("version", version.as_str()), ("name", "propose")]).await;
    assert_eq!(proposed.status, StatusCode::SEE_OTHER, "{}", proposed.text);
    world.get(officer, &path).await.has("等待第二人确认").lacks("确认开通</button>");
    let second = "second civil_affairs_officer";
    let version = world.version(second, &path).await;
    let opened = world.post(second, &format!("{path}/confirm"), &[("version", version.as_str())]).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    world.get(officer, "/shares").await.has("已开通").has("浦东卫健委").has("当事人同意");
    world.get("referral_worker", "/shares").await.has("您的角色不能进行此操作");
    // An open share is seen on its officer's work list once its review is near.
    world.get(officer, "/work-list").await.has("影响评估待复评");
});
