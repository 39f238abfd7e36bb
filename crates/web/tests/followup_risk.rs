//! A visit tells what happened since the last one: the grade that follows on the page and for programs, and the level of case
//! management that the record shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;
use crate::followup::{managed, settle};
use axum::http::StatusCode;
use serde_json::json;

both!(what_happened_gives_the_grade_on_the_page_and_for_programs, |county| {
    settle(county).await;
    let (record, _) = managed(county, 8).await;
    let mut doctor = county.browser("town doctor").await;
    let path = format!("/followup/records/{record}/visit");
    let form = doctor.get(&format!("{path}?lang=zh-CN")).await;
    for part in ["逐次事件", "incidents.1.on", "持管制性危险武器对人施暴", "能接受劝说而停止"]
    {
        assert!(form.text.contains(part), "{part}");
    }
    let filled = [
        ("on", "2026-03-01"),
        ("mode", "2"),
        ("symptom_level", "0"),
        ("insight", "1"),
        ("adherence", "4"),
        ("emergency_record", "true"),
        ("self_harm", "1"),
        ("incidents.1.on", "2026-02-28"),
        ("incidents.1.acts", "threats"),
        ("incidents.1.acts", "self_harm"),
    ];
    let send = |more: &[(&'static str, &'static str)]| [filled.as_slice(), more].concat();
    let seen = doctor.post(&path, &send(&[("do", "look")])).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    for part in ["按所填事件", "4 级：持续打砸", "U1", "保存随访"] {
        assert!(seen.text.contains(part), "{part}");
    }
    let more = doctor.post(&path, &send(&[("more", "incidents")])).await;
    assert!(more.status == 200 && more.text.contains("incidents.2.acts"), "{}", more.text);
    let lower = doctor.post(&path, &send(&[("risk", "0"), ("do", "save")])).await;
    assert!(lower.status == 422 && lower.text.contains("危险性低于所填事件"), "{}", lower.text);
    let words = [("risk", "0"), ("risk_reason", "邻居误传，已核实"), ("do", "save")];
    let saved = doctor.post(&path, &send(&words)).await;
    assert_eq!(saved.status, 303, "{}", saved.text);

    let visits = county.get("town doctor", &format!("/api/v1/smd-records/{record}/visits")).await;
    let fields = &visits.json["items"][0]["fields"];
    assert_eq!(fields["incidents"][0]["self_harm"], true, "{fields}");
    assert_eq!(fields["risk_reason"], "邻居误传，已核实");
    let visit = visits.json["items"][0]["id"].as_str().unwrap();
    let shown = doctor.get(&format!("/followup/visits/{visit}")).await;
    assert!(shown.text.contains("2026-02-28") && shown.text.contains("自伤、自杀"), "{}", shown.text);
    let page = doctor.get(&format!("/followup/records/{record}")).await;
    for part in ["个案管理", "三级：病情稳定", "三级个案管理每3个月", "三级计划每12个月评估"]
    {
        assert!(page.text.contains(part), "{part}");
    }

    // A program leaves the grade out, too.
    let told = json!({ "on": "2026-03-02", "mode": 2, "symptom_level": 0, "insight": 1, "emergency_record": true,
        "incidents": [{ "on": "2026-03-02", "smashing": { "at_home": true, "stopped": false, "continuous": false } }] });
    let send = async |id: &str, fields: &serde_json::Value| {
        let body = json!({ "id": id, "record": record, "fields": fields });
        county.post("town doctor", "/api/v1/followup-visits", &[], &body).await
    };
    let taken = send("11111111-2222-4333-8444-888888888881", &told).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.json);
    assert_eq!((&taken.json["class"], &taken.json["rule"]), (&json!(1), &json!("U1")));
    let mut wrong = told.clone();
    wrong["incidents"][0]["on"] = json!("gestern");
    let faulty = send("11111111-2222-4333-8444-888888888882", &wrong).await;
    assert_eq!(faulty.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", faulty.json);
    assert!(faulty.fields().contains(&"incidents"), "{}", faulty.json);
    let seen = county.get("town doctor", &format!("/api/v1/smd-records/{record}")).await;
    assert_eq!((&seen.json["risk"], &seen.json["case_level"]), (&json!(3), &json!(1)), "{}", seen.json);
});

both!(a_card_that_came_on_paper_stands_among_what_is_due, |county| {
    settle(county).await;
    let mut doctor = county.browser("town doctor").await;
    let form = doctor.get("/followup/records/new?lang=zh-CN").await;
    assert!(form.text.contains("收到纸质报告卡日期"), "{}", form.text);
    let hospital = county.browser("doctor").await.get("/followup/records/new?lang=zh-CN").await;
    assert!(!hospital.text.contains("收到纸质报告卡日期"), "a hospital reports by itself");
    let number = common::forms::identity_number(8);
    let village = common::VILLAGE.to_string();
    let typed = [
        ("source", "report_card"),
        ("on", "2026-02-27"),
        ("received_on", "2026-03-02"),
        ("name", "郑随访"),
        ("number", number.as_str()),
        ("division", village.as_str()),
        ("disorder", "01"),
        ("diagnosed_on", "2026-02-27"),
    ];
    let opened = doctor.post("/followup/records/new", &typed).await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    let record = opened.location.split('?').next().unwrap().to_owned();
    let page = doctor.get(&record).await;
    for part in ["录入纸质报告卡", "2026-03-09", "县级机构收到后5个工作日内录入"] {
        assert!(page.text.contains(part), "{part}");
    }
    assert_eq!(doctor.post(&format!("{record}/do/receive"), &[("on", "2026-03-02")]).await.status, 303);
    let due = doctor.get("/followup").await;
    let form = format!("{record}/papers/report_card");
    assert!(due.text.contains("录入纸质报告卡") && due.text.contains(&form), "{}", due.text);
});
