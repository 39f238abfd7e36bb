//! What people decide and write on the pages of a referral: by purpose, with grounds and wishes, and kept while they
//! write. All persons are invented.
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
use common::world::{Seen, World, application, identity_number};

/// The institution declines the case that it was offered.
async fn declined(world: &World, case: &str) {
    let sent = world.post("institution_manager", &format!("{case}/do/decline"), &[("reason", "D5")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
}

async fn choose(world: &World, role: &str, case: &str) -> Seen {
    let institution = world.institution.to_string();
    let choice = [
        ("institution", institution.as_str()),
        ("person_asked", "yes"),
        ("F3.reason", "两家机构未接收"),
        ("F3.sender", "测试转介"),
        ("F3.sender.tick", "yes"),
    ];
    world.post(role, &format!("{case}/refer"), &choice).await
}

on_both!(civil_affairs_refer_after_two_declines_without_seeing_the_application, World, |world| {
    let case = world.referred().await;
    declined(world, &case).await;
    assert_eq!(choose(world, "referral_worker", &case).await.status, StatusCode::SEE_OTHER);
    declined(world, &case).await;
    choose(world, "referral_worker", &case).await.has("由民政部门决定去向");
    let officer = "civil_affairs_officer";
    world.get(officer, "/work-list").await.has(&format!("{case}/do/refer"));
    let page = world.get(officer, &format!("{case}/refer")).await;
    page.has("金桥康复站").has("赵*").lacks("赵试").lacks("精神分裂症");
    let sent = choose(world, officer, &case).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    world.get("institution_manager", &format!("{case}/slip")).await.has("精神分裂症").has("两家机构未接收");
    let own = world.get(officer, &case).await;
    own.lacks("精神分裂症").lacks("赵试");
    let logged: Vec<(serde_json::Value,)> = world
        .app
        .db
        .all(
            "SELECT detail FROM audit /* whole: a test looks */ WHERE action = 'read' AND subject_kind = 'forms' AND role = $1",
            p![officer],
        )
        .await
        .unwrap();
    assert_eq!(logged.len(), 1, "what the slip took from the application is in the log");
    assert_eq!(logged[0].0, serde_json::json!({ "decision": "refer", "fields": ["disorder_group"] }));
});

on_both!(an_objection_has_its_grounds_and_another_officer_reads_them, World, |world| {
    let case = world.submitted().await;
    let (first, second) = ("civil_affairs_officer", "second civil_affairs_officer");
    let propose = format!("{case}/do/propose_rejection");
    world.post("referral_worker", &propose, &[("reason", "R6")]).await;
    let confirm = format!("{case}/do/confirm_rejection");
    world.get(first, &confirm).await.has("仅供本次决定查看").has("测试路1号");
    assert_eq!(world.post(first, &confirm, &[("notice_sent", "true")]).await.status, StatusCode::SEE_OTHER);
    let object = format!("{case}/do/object");
    let bare = world.post("committee", &object, &[("F13.on", "2026-01-06")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    bare.has("href=\"#f-F13-grounds\"");
    let grounds = [
        ("F13.on", "2026-01-06"),
        ("F13.grounds", "现有服药训练需求"),
        ("F13.objector", "赵试"),
        ("F13.objector.tick", "yes"),
    ];
    let sent = world.post("committee", &object, &grounds).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let uphold = format!("{case}/do/uphold_objection");
    world.get(first, &uphold).await.lacks("现有服药训练需求");
    world.get(second, &uphold).await.has("现有服药训练需求");
    assert_eq!(world.post(second, &uphold, &[]).await.status, StatusCode::SEE_OTHER);
    world.get("committee", &case).await.has("异议申请书");
});

on_both!(the_applicant_names_institutions_and_the_wish_comes_first, World, |world| {
    let institution = world.institution.to_string();
    world.get("committee", "/cases/new").await.has("第 1 志愿").has("金桥康复站");
    let number = identity_number();
    let mut wished = application(&number, &world.village);
    wished.push(("wish.1", institution.as_str()));
    let mut unknown = wished.clone();
    unknown.push(("wish.1", "0190b2f4-0000-7000-8000-000000000000"));
    let refused = world.post("committee", "/cases/new", &unknown).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let draft = [&wished[..], &[("do", "save")]].concat();
    let sent = world.post("committee", "/cases/new", &draft).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let case = sent.location.split('?').next().unwrap().to_owned();
    let chosen = format!("value=\"{institution}\" selected");
    world.get("committee", &format!("{case}/do/save")).await.has(&chosen);
    let sent = world.post("committee", &format!("{case}/do/save"), &wished).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    world.get("referral_worker", &case).await.has("希望前往的机构");
});

on_both!(what_was_not_sent_stands_there_again, World, |world| {
    let place = "/unsent?place=%2Fcases%2Fnew";
    let written = [("F1.name", "孙试"), ("F1.division", world.village.as_str()), ("F1.needs", "S4")];
    assert_eq!(world.post("committee", place, &written).await.status, StatusCode::NO_CONTENT);
    world.get("committee", "/cases/new").await.has("value=\"孙试\"").has("尚未提交的内容").has("data-keep");
    world.get("assisting_subject", "/cases/new").await.lacks("孙试");
    let content: Vec<(Vec<u8>,)> = world.app.db.all("SELECT content FROM unsent_form", vec![]).await.unwrap();
    assert!(!String::from_utf8_lossy(&content[0].0).contains("孙试"), "it is sealed");

    let kept = world.post("committee", place, &[("F1.name", "李试")]).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT);
    world.get("committee", "/cases/new").await.has("value=\"李试\"").lacks("孙试");
    let discard = world.post("committee", "/unsent/discard", &[("place", "/cases/new")]).await;
    assert_eq!(discard.location, "/cases/new");
    world.get("committee", "/cases/new").await.lacks("李试").lacks("尚未提交的内容");

    world.post("committee", place, &written).await;
    world.submitted().await;
    world.get("committee", "/cases/new").await.lacks("孙试");
    let elsewhere = world.post("committee", "/unsent?place=%2Fpeople", &written).await;
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY);
});

on_both!(text_kept_from_before_a_colleagues_save_does_not_pass_for_a_change_of_it, World, |world| {
    let number = identity_number();
    let mut draft = application(&number, &world.village);
    draft.push(("do", "save"));
    let sent = world.post("committee", "/cases/new", &draft).await;
    let case = sent.location.split('?').next().unwrap().to_owned();
    let page = format!("{case}/do/save");
    let place = format!("/unsent?place={}", page.replace('/', "%2F"));
    let mut kept = application(&number, &world.village);
    kept.push(("version", "1"));
    let mut saved = draft.clone();
    saved.push(("version", "1"));
    let saved = world.post("committee", &page, &saved).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert_eq!(world.post("committee", &place, &kept).await.status, StatusCode::NO_CONTENT);
    world.get("committee", &page).await.has("name=\"version\" value=\"1\"");
    kept.push(("do", "save"));
    assert_eq!(world.post("committee", &page, &kept).await.status, StatusCode::CONFLICT);
});

on_both!(an_assessment_that_was_begun_is_gone_on_with, World, |world| {
    let case = world.referred().await;
    let manager = world.manager_account.to_string();
    let mut answer = vec![("case_manager", manager.as_str())];
    for (name, value) in [("S1", "yes"), ("S4", "yes")] {
        answer.push((if name == "S1" { "answers.S1.answer" } else { "answers.S4.answer" }, value));
    }
    answer.extend([("answers.S1.from", "2027-12-01"), ("answers.S4.from", "2027-12-01")]);
    let sent = world.post("institution_manager", &format!("{case}/do/accept"), &answer).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let page = format!("{case}/do/assess");
    world.get("assessor", &page).await.has(&format!("data-keep=\"{page}\"")).lacks("尚未提交的内容");
    let place = format!("/unsent?place={}", page.replace('/', "%2F"));
    let begun = [("F4.needs", "想回去上班"), ("F4.psychosocial", "61"), ("version", "1")];
    assert_eq!(world.post("assessor", &place, &begun).await.status, StatusCode::NO_CONTENT);
    let again = world.get("assessor", &page).await;
    again.has("想回去上班").has("value=\"61\"").has("尚未提交的内容").lacks("name=\"version\" value=\"1\"");
    world.get("case_manager", &page).await.lacks("想回去上班");
});

on_both!(the_federation_finds_its_applications_in_the_navigation, World, |world| {
    let number = identity_number();
    let mut own = application(&number, &world.village);
    own.retain(|(name, _)| *name != "F1.applicant_relation");
    own.push(("F1.applicant_relation", "other"));
    let sent = world.post("dpf_officer", "/cases/new", &own).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    world.get("dpf_officer", "/work-list").await.has("href=\"/cases\"");
    world.get("dpf_officer", "/cases").await.has("赵*").lacks("赵试");
    world.get("health_officer", "/work-list").await.lacks("href=\"/cases\"");
});
