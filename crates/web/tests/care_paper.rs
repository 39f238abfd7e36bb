//! Plan, session and the whole file of a case on paper: what stands there, for whom, the same bytes each time. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::care::{enter, entry, plan, roomy, served};
use crate::common;

use app::{id::Id, p};
use axum::http::StatusCode;
use common::{County, forms, reader};
use jiff::SignedDuration;
use serde_json::{Value, json};

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

fn lacks(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(!text.contains(part), "{part} is in\n{text}");
    }
}

async fn status(county: &County, who: &str, path: &str) -> StatusCode {
    county.browser(who).await.get(path).await.status
}

/// Enters a session; its address.
async fn entered(county: &County, who: &str, entry: &Value) -> String {
    let made = enter(county, who, entry).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    format!("/care/sessions/{}", made.json["ids"][0].as_str().unwrap())
}

/// How the person of a case is called.
async fn called(county: &County, case: &str, name: &str) {
    let id: Id = case.parse().unwrap();
    let sql = "UPDATE referral SET client_name = $1 WHERE home = $2 AND id = $3";
    county.app.db.run(sql, p![name, id.home_number(), id]).await.unwrap();
}

both!(each_version_of_a_plan_is_printed_with_places_to_sign_until_it_is_signed, |county| {
    let case = county.at_state(1, "in_service").await;
    county.on("2026-03-05");
    let written =
        county.post("sunrise keeper", &format!("/api/v1/cases/{case}/plan"), &[], &plan(county, 1)).await;
    assert_eq!(written.status, StatusCode::CREATED, "{}", written.json);
    let path = format!("/cases/{case}/plan/pdf");
    let second = county.paper("sunrise keeper", &path).await;
    let own = ["个体化康复计划", "F5 · 版本 2", "测试甲", "每周做饭三次", "每周做饭次数", "与本人商定"];
    has(&second, &own);
    has(
        &second,
        &[
            "睡不好",
            "姐姐",
            "待签名",
            "本人（签字、日期）",
            "监护人（签字、日期）",
            "个案管理员（签字、日期）",
        ],
    );
    lacks(&second, &["较早的版本", &forms::identity_number(1)]);
    let first = county.paper("sunrise keeper", &format!("{path}?version=1")).await;
    has(&first, &["版本 1", "较早的版本", "每周外出三次"]);
    lacks(&first, &["本人（签字、日期）", "每周做饭三次"]);
    assert_eq!(county.paper("sunrise assessor", &format!("{path}?version=2")).await, second);
    assert_eq!(status(county, "sunrise keeper", &format!("{path}?version=9")).await, StatusCode::NOT_FOUND);
    assert_eq!(status(county, "harbour keeper", &path).await, StatusCode::NOT_FOUND);
    assert_eq!(status(county, "worker", &path).await, StatusCode::FORBIDDEN);
    let page = county.browser("sunrise keeper").await.get(&format!("/cases/{case}/plan")).await;
    page.has(&format!("{path}?version=2"));
    // Signed on the printed plan: the paper says so, and asks nobody to sign again.
    let signature =
        json!({ "number": 2, "by": "client", "name": "测试甲", "on": "2026-03-05", "way": "paper" });
    let signed =
        county.post("sunrise keeper", &format!("/api/v1/cases/{case}/plan/sign"), &[], &signature).await;
    assert_eq!(signed.status, StatusCode::OK, "{}", signed.json);
    let second = county.paper("sunrise keeper", &path).await;
    has(&second, &["在打印的计划上签名"]);
    lacks(&second, &["待签名", "本人（签字、日期）"]);
});

both!(a_group_is_one_sheet_that_names_the_readers_own_clients, |county| {
    roomy(county).await;
    let cases = served(county, 1, 2).await;
    called(county, &cases[1], "测试乙").await;
    county.on("2026-03-10");
    let mut group = entry(1, true, "2026-03-09", ("09:00", "10:30"), &cases);
    group["content"] = json!({ "title": "一起做饭", "done": "包饺子", "summary": "气氛很好",
        "fields": { "skill": "cooking" } });
    group["persons"][0]["note"] = json!("主动帮忙");
    group["persons"][0]["fields"] = json!({ "level": "2" });
    group["persons"][1]["presence"] = json!("missed");
    let session = entered(county, "sunrise keeper", &group).await;
    let path = format!("{session}/pdf");
    let sheet = county.paper("sunrise keeper", &path).await;
    has(&sheet, &["康复训练记录", "F7", "2026-03-09", "09:00–10:30", "一起做饭", "包饺子", "气氛很好"]);
    // Fields of the service in words.
    has(&sheet, &["做饭", "训练级别", "2级"]);
    has(&sheet, &["测试甲", "到场", "主动帮忙", "测试乙", "未到", "带领人（签字）", "机构（盖章）"]);
    lacks(&sheet, &["不在您名下", "本人或家属（签字）", &forms::identity_number(1)]);
    county.browser("sunrise keeper").await.get(&session).await.has(&path);
    assert_eq!(status(county, "harbour keeper", &path).await, StatusCode::NOT_FOUND);
    assert_eq!(status(county, "worker", &path).await, StatusCode::FORBIDDEN);
    // The second client goes to a colleague.
    county.account("second keeper", "case_manager", "sunrise").await;
    let other: Id = cases[1].parse().unwrap();
    let sql = "UPDATE referral SET case_manager_id = $1 WHERE home = $2 AND id = $3";
    county.app.db.run(sql, p![county.ids["second keeper"], other.home_number(), other]).await.unwrap();
    let sheet = county.paper("sunrise keeper", &path).await;
    has(&sheet, &["测试甲", "另有不在您名下的人员"]);
    lacks(&sheet, &["测试乙"]);
    has(&county.paper("sunrise manager", &path).await, &["测试甲", "测试乙"]);
    // A talk with one person has the person's own place to sign.
    let talk = entry(2, true, "2026-03-10", ("07:00", "07:30"), &cases[..1]);
    let single = entered(county, "sunrise keeper", &talk).await;
    let single = county.paper("sunrise keeper", &format!("{single}/pdf")).await;
    has(&single, &["测试甲", "本人或家属（签字）", "带领人（签字）"]);
});

both!(the_whole_file_has_every_version_session_and_file, |county| {
    roomy(county).await;
    let cases = served(county, 1, 1).await;
    let (case, id): (&str, Id) = (&cases[0], cases[0].parse().unwrap());
    county.on("2026-05-20");
    county.account("second keeper", "case_manager", "sunrise").await;
    let first: jiff::civil::Date = "2026-03-04".parse().unwrap();
    for number in 0..52_i64 {
        let on = first.checked_add(jiff::Span::new().days(number)).unwrap().to_string();
        let mut one = entry(u128::try_from(number).unwrap() + 1, true, &on, ("09:00", "10:00"), &cases);
        one["content"] = json!({ "title": format!("第{number}次做饭"), "fields": { "skill": "cooking" } });
        entered(county, "sunrise keeper", &one).await;
    }
    // A colleague's session stands there as a line; what is written of it is for those who may open it.
    let mut colleagues = entry(100, true, "2026-05-19", ("14:00", "15:00"), &cases);
    colleagues["leader"] = json!(county.id("second keeper"));
    colleagues["content"] = json!({ "title": "同事带领的活动" });
    entered(county, "sunrise manager", &colleagues).await;
    let written =
        county.post("sunrise keeper", &format!("/api/v1/cases/{case}/plan"), &[], &plan(county, 1)).await;
    assert_eq!(written.status, StatusCode::CREATED, "{}", written.json);
    let app = county.app.at(county.at);
    let keeper = county.scope("sunrise keeper").await;
    let paper = app::care::NewAttachment {
        key: id,
        title: "量表原件".into(),
        kind: "paper".into(),
        session: None,
        consent: None,
        content: b"%PDF-1.4 %%EOF".to_vec(),
    };
    app::care::add(&app, &keeper, id, &Ok(paper)).await.unwrap();
    let path = format!("/cases/{case}/file/pdf");
    let file = county.paper("sunrise keeper", &path).await;
    has(&file, &["个案档案", "测试甲", "登记申请表", "个体化康复计划", "历次版本", "与本人商定"]);
    has(&file, &["第0次做饭", "第51次做饭", "做饭", "2026-05-1914:00–15:00"]);
    has(&file, &["附件", "量表原件", "2026-05-20"]);
    lacks(&file, &["同事带领的活动", "只列最近"]);
    has(&county.paper("sunrise manager", &path).await, &["第0次做饭", "同事带领的活动"]);
    // The desk has no part in care.
    let desk = county.paper("worker", &path).await;
    has(&desk, &["个案档案", "测试甲", "登记申请表"]);
    lacks(&desk, &["历次版本", "第0次做饭", "量表原件"]);
    for (who, answer) in [
        ("harbour keeper", StatusCode::NOT_FOUND),
        ("second keeper", StatusCode::NOT_FOUND),
        ("sunrise assessor", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(status(county, who, &path).await, answer, "{who}");
    }
});

both!(where_a_bound_cuts_the_sessions_the_file_says_so, |county| {
    let case = county.at_state(1, "in_service").await;
    let id: Id = case.parse().unwrap();
    let mut tx = county.app.db.begin().await.unwrap();
    let sql = "INSERT INTO attendance (home, referral_id, session_id, organisation_id, state, presence, service, way, on_day,
        starts_at, ends_at, late, note) VALUES ($1, $2, $3, $4, 'held', 'came', 'S4', 'W3', $5, $6, $7, $8, NULL)";
    for number in 1..=2_001_i64 {
        let starts = county.at - SignedDuration::from_hours(number);
        let (ends, on) = (starts + SignedDuration::from_mins(30), rules::clock::china_date(starts));
        let house = county.ids["sunrise"];
        let args = p![id.home_number(), id, house.beside(county.at), house, on, starts, ends, false];
        tx.run(sql, args).await.unwrap();
    }
    tx.commit().await.unwrap();
    let keeper = county.scope("sunrise keeper").await;
    let found = app::care::on_file(&county.app.at(county.at), &keeper, id).await.unwrap();
    assert!(found.cut && found.sessions.len() == 2_000, "{}", found.sessions.len());
    let days: Vec<_> = found.sessions.iter().map(|one| one.session.starts).collect();
    assert!(days.is_sorted_by(|one, next| one >= next), "the latest first");
    let file = county.browser("sunrise keeper").await.get(&format!("/cases/{case}/file/pdf")).await;
    assert_eq!(file.status, StatusCode::OK);
    has(&reader::text(&file.bytes).replace('\n', ""), &["只列最近 2000 次"]);
});
