//! The follow-up as a township doctor meets it on pages, and as a device sends visits through the interface.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use axum::http::StatusCode;
use common::{County, VILLAGE, forms, visitor::Visitor};
use serde_json::{Value, json};

const RECORD: &str = "11111111-2222-4333-8444-555555555555";

pub async fn settle(county: &mut County) {
    county.organisation("health centre", "primary_care", VILLAGE - 1).await;
    county.organisation("other centre", "primary_care", 310_115_001_000).await;
    county.account("town doctor", "doctor", "health centre").await;
    county.account("other doctor", "doctor", "other centre").await;
}

fn card(number: u32) -> Value {
    json!({ "source": "report_card", "on": "2026-03-02", "name": "郑随访", "number": forms::identity_number(number),
        "division": VILLAGE.to_string(), "profile": { "disorder": "01", "diagnosed_on": "2026-02-27" } })
}

pub async fn managed(county: &County, number: u32) -> (String, i64) {
    let opened = county.post("doctor", "/api/v1/smd-records", &[], &card(number)).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.json);
    let record = opened.id();
    let mut version = 0;
    for step in ["receive", "agree"] {
        let path = format!("/api/v1/smd-records/{record}/events");
        let taken = county.post("town doctor", &path, &[], &json!({ "step": step })).await;
        assert_eq!(taken.status, StatusCode::OK, "{}", taken.json);
        version = taken.json["version"].as_i64().unwrap();
    }
    (record, version)
}

fn visit(record: &str, id: &str, base: Option<i64>, fields: &Value) -> Value {
    json!({ "id": id, "record": record, "base_version": base, "fields": fields })
}

fn stable() -> Value {
    json!({ "on": "2026-03-02", "mode": 2, "risk": 0, "symptom_level": 0, "insight": 1, "adherence": 1, "adverse_reaction": 1,
        "effect": 2, "drugs": [{ "name": "奥氮平", "times_a_day": 1, "dose_mg": 10.0 }] })
}

both!(a_device_sends_a_visit_as_often_as_it_takes, |county| {
    settle(county).await;
    let (record, version) = managed(county, 8).await;
    let send = async |body: Value| county.post("town doctor", "/api/v1/followup-visits", &[], &body).await;
    let first = send(visit(&record, RECORD, Some(version), &stable())).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.json);
    let told = |answer: &Value| {
        json!([
            answer["class"],
            answer["rule"],
            answer["next_due"],
            answer["term"],
            answer["state"],
            answer["repeated"]
        ])
    };
    assert_eq!(told(&first.json), json!([3, "S1", "2026-06-02", "stable", "managed", false]));
    // The device did not hear the answer and sends it again, with the version that it had seen.
    let again = send(visit(&record, RECORD, Some(version), &stable())).await;
    assert_eq!(told(&again.json), json!([3, "S1", "2026-06-02", "stable", "managed", true]));
    assert_eq!(again.json["id"], first.json["id"]);
    let path = format!("/api/v1/smd-records/{record}/visits");
    let visits = county.get("town doctor", &path).await;
    assert_eq!(visits.json["items"].as_array().unwrap().len(), 1);
    assert_eq!(visits.json["items"][0]["fields"]["drugs"][0]["dose_mg"], 10.0);
    // Another visit upon the old version: a conflict that names what stands now.
    let other = "11111111-2222-4333-8444-666666666666";
    let stale = send(visit(&record, other, Some(version), &stable())).await;
    assert_eq!((stale.status, stale.kind()), (StatusCode::CONFLICT, "changed"));
    assert_eq!(stale.json["version"], version + 1);
    let taken = send(visit(&record, other, Some(version + 1), &stable())).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.json);
    // Everything that is wrong is told by field.
    let mut wrong = stable();
    wrong["risk"] = json!(4);
    wrong["drugs"] = json!([]);
    wrong["next_on"] = json!("2026-12-01");
    let faulty = send(visit(&record, "11111111-2222-4333-8444-777777777777", None, &wrong)).await;
    assert_eq!((faulty.status, faulty.kind()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
    let fields = faulty.fields();
    assert!(["adherence", "risk", "next_on"].iter().all(|field| fields.contains(field)), "{}", faulty.json);
    wrong["weight"] = json!(70);
    let unknown = send(visit(&record, other, None, &wrong)).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unknown.json);
    let far = county
        .post("other doctor", "/api/v1/followup-visits", &[], &visit(&record, other, None, &stable()))
        .await;
    assert_eq!(far.status, StatusCode::NOT_FOUND);
    let voided = format!("/api/v1/followup-visits/{}/void", first.json["id"].as_str().unwrap());
    let voided = county.post("town doctor", &voided, &[], &json!({ "reason": "录错" })).await;
    assert_eq!(voided.json["void_reason"], "录错");
});

both!(a_township_doctor_makes_a_visit_on_pages, |county| {
    settle(county).await;
    let mut doctor = county.browser("town doctor").await;
    let empty = doctor.get("/followup?lang=zh-CN").await;
    assert!(empty.status == 200 && empty.text.contains("7 天内没有到期"), "{}", empty.text);
    // What is missing is told beside its field, and what was typed is kept.
    let number = forms::identity_number(8);
    let village = VILLAGE.to_string();
    let typed = [
        ("source", "report_card"),
        ("on", "2026-03-02"),
        ("name", "郑随访"),
        ("number", number.as_str()),
        ("division", village.as_str()),
    ];
    let faulty = doctor.post("/followup/records/new", &typed).await;
    assert_eq!(faulty.status, 422);
    assert!(faulty.text.contains("f-disorder") && faulty.text.contains("郑随访"), "{}", faulty.text);
    let typed = [typed.as_slice(), &[("disorder", "01"), ("diagnosed_on", "2026-02-27")]].concat();
    let opened = doctor.post("/followup/records/new", &typed).await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    let record = opened.location.split('?').next().unwrap().to_owned();
    let page = doctor.get(&record).await;
    for part in ["郑随访", "已报告", "接收建档", "2026-03-04", "精神分裂症"] {
        assert!(page.text.contains(part), "{part}");
    }
    for step in ["receive", "agree"] {
        let path = format!("{record}/do/{step}");
        let form = doctor.get(&path).await;
        assert_eq!(form.status, 200);
        let taken = doctor.post(&path, &[("on", "2026-03-02")]).await;
        assert_eq!(taken.status, 303, "{}", taken.text);
    }
    let due = doctor.get("/followup").await;
    assert!(due.text.contains("没有到期") || due.text.contains("郑随访"));
    let form = doctor.get(&format!("{record}/visit")).await;
    let hidden = |name: &str| {
        let start = format!("name=\"{name}\" value=\"");
        form.text.split(&start).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let (version, visit) = (hidden("version"), hidden("visit"));
    // What is half written stands there again after a closed window, for its writer alone.
    let page = format!("{record}/visit");
    assert!(form.text.contains(&format!("data-keep=\"{page}\"")), "{}", form.text);
    let keep = format!("/unsent?place={}", page.replace('/', "%2F"));
    let half = [("visit", visit.as_str()), ("referral_reason", "写到一半")];
    assert_eq!(doctor.post(&keep, &half).await.status, StatusCode::NO_CONTENT);
    let again = doctor.get(&page).await;
    assert!(again.text.contains("写到一半") && again.text.contains("尚未提交的内容"), "{}", again.text);
    let filled = vec![
        ("version", version.as_str()),
        ("visit", visit.as_str()),
        ("on", "2026-03-02"),
        ("mode", "2"),
        ("risk", "3"),
        ("symptom_level", "0"),
        ("insight", "1"),
        ("adherence", "4"),
    ];
    let seen =
        doctor.post(&format!("{record}/visit"), &[filled.as_slice(), &[("do", "look")]].concat()).await;
    assert_eq!(seen.status, 422, "risk 3 needs a referral");
    assert!(seen.text.contains("不稳定") && seen.text.contains("U1"), "{}", seen.text);
    let filled = [
        filled.as_slice(),
        &[("referred", "true"), ("referral_reason", "复发"), ("referral_to", "市精神卫生中心")],
    ]
    .concat();
    let seen =
        doctor.post(&format!("{record}/visit"), &[filled.as_slice(), &[("do", "look")]].concat()).await;
    assert_eq!(seen.status, 200);
    for part in ["2026-03-16", "危险性 3 级及以上", "立即转诊", "保存随访", "市精神卫生中心"]
    {
        assert!(seen.text.contains(part), "{part}");
    }
    let save = [filled.as_slice(), &[("do", "save")]].concat();
    for _ in 0..2 {
        // Pressed twice it is one visit.
        let saved = doctor.post(&format!("{record}/visit"), &save).await;
        assert_eq!(
            (saved.status, saved.location.as_str()),
            (StatusCode::SEE_OTHER, format!("{record}?done=visit").as_str()),
            "{}",
            saved.text
        );
    }
    // What arrives late of a visit that was recorded does not come back.
    assert_eq!(doctor.post(&keep, &half).await.status, StatusCode::NO_CONTENT);
    assert!(!doctor.get(&page).await.text.contains("写到一半"));
    let page = doctor.get(&record).await;
    assert_eq!(page.text.matches("/followup/visits/").count(), 1);
    let visit = page.text.split("/followup/visits/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/followup/visits/{visit}");
    let shown = doctor.get(&path).await;
    assert!(shown.text.contains("复发") && shown.text.contains("家庭访视"), "{}", shown.text);
    let missing = doctor.post(&format!("{path}/void"), &[("reason", " ")]).await;
    assert!(missing.status == 422 && missing.text.contains("void-problem"));
    let voided = doctor.post(&format!("{path}/void"), &[("reason", "填错了患者")]).await;
    assert_eq!(voided.status, 303);
    assert!(doctor.get(&path).await.text.contains("填错了患者"));
    // Two pages were open: the second is told and keeps what was typed.
    let stale = doctor
        .post(
            &format!("{record}/do/lose"),
            &[("version", "1"), ("on", "2026-03-02"), ("lost", "3"), ("note", "去向不明")],
        )
        .await;
    assert!(
        stale.status == 422 && stale.text.contains("其他人刚刚修改") && stale.text.contains("去向不明"),
        "{}",
        stale.text
    );
    // The other township does not have it, and the county sees it.
    assert_eq!(county.browser("other doctor").await.get(&record).await.status, 404);
    let mut officer = county.browser("health officer").await;
    assert_eq!(officer.get(&record).await.status, 200);
    let list = officer.get("/followup/records?state=managed").await;
    assert!(list.text.contains("郑随访"));
    let file = officer.get("/followup/records/export?format=csv").await;
    assert!(
        file.status == 200 && file.text.contains("郑随访") && file.text.contains("文件编号"),
        "{}",
        file.text
    );
});

both!(a_doctors_telephone_shows_what_is_due_until_its_address_is_ended, |county| {
    settle(county).await;
    let (record, _) = managed(county, 8).await;
    let begin = [
        ("trigger", "harm_to_others"),
        ("began_at", "2026-03-02T08:00"),
        ("risk", "4"),
        ("words", "持棍伤人"),
    ];
    let mut doctor = county.browser("town doctor").await;
    let begun = doctor.post(&format!("/followup/records/{record}/emergency"), &begin).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    let address = async |visitor: &mut Visitor| {
        let made = visitor.post("/followup/feeds", &[]).await;
        assert_eq!(made.status, 200, "{}", made.text);
        format!("/feeds/{}", made.text.split("/feeds/").nth(1).unwrap().split('<').next().unwrap())
    };
    let path = address(&mut doctor).await;
    let mut stranger = Visitor::new(&doctor.site);
    let file = stranger.get(&path).await;
    file.has("SUMMARY:外出 Z.S.F.").has("DTSTART;VALUE=DATE:2026").has("SUMMARY:急办 Z.S.F.");
    file.lacks("郑随访").lacks("随访").lacks("应急").lacks("持棍").lacks("health centre");
    // What another institution is in charge of does not stand there, and the county's officer has no calendar of a whole county.
    let mut other = county.browser("other doctor").await;
    let theirs = address(&mut other).await;
    stranger.get(&theirs).await.has("BEGIN:VCALENDAR").lacks("Z.S.F.");
    let mut officer = county.browser("health officer").await;
    assert_eq!(officer.post("/followup/feeds", &[]).await.status, 403);
    officer.get("/followup").await.lacks("/followup/feeds");
    // Ended, it is gone; nobody ends another's.
    let list = doctor.get("/followup").await;
    let end = list.text.split("action=\"/followup/feeds/").nth(1).unwrap().split('"').next().unwrap();
    let end = format!("/followup/feeds/{end}");
    assert_eq!(other.post(&end, &[]).await.status, 404);
    assert_eq!(stranger.get(&path).await.status, 200);
    assert_eq!(doctor.post(&end, &[]).await.status, 303);
    assert_eq!(stranger.get(&path).await.status, 404);
});

both!(an_emergency_is_recorded_with_its_clocks_on_pages, |county| {
    settle(county).await;
    let (record, _) = managed(county, 8).await;
    let mut doctor = county.browser("town doctor").await;
    let path = format!("/followup/records/{record}/emergency");
    assert_eq!(doctor.get(&path).await.status, 200);
    let begin = [
        ("trigger", "harm_to_others"),
        ("began_at", "2026-03-02T08:00"),
        ("risk", "4"),
        ("words", "持棍伤人"),
    ];
    let faulty = doctor.post(&path, &begin[..3]).await;
    assert!(faulty.status == 422 && faulty.text.contains("f-words"));
    let begun = doctor.post(&path, &begin).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    let emergency = begun.location.clone();
    let page = doctor.get(&format!("{emergency}?lang=zh-CN")).await;
    for part in ["告知公安机关", "2026-03-03 08:00", "持棍伤人", "登记处置情况"] {
        assert!(page.text.contains(part), "{part}");
    }
    let events = format!("{emergency}/events");
    let none = doctor.post(&events, &[("step", "handled"), ("version", "1"), ("outcome", "")]).await;
    assert!(none.status == 422 && none.text.contains("处置结果"), "{}", none.text);
    let handled = doctor
        .post(
            &events,
            &[("step", "handled"), ("version", "1"), ("outcome", "on_site"), ("at", "2026-03-02T08:30")],
        )
        .await;
    assert_eq!(handled.status, 303, "{}", handled.text);
    let page = doctor.get(&emergency).await;
    assert!(page.text.contains("2026-03-02 12:30"), "a check every four hours");
    let due = doctor.get("/followup").await;
    assert!(due.text.contains("正在处置的应急事件") && due.text.contains("郑随访"));
    let lost = doctor
        .post(&format!("/followup/records/{record}/do/lose"), &[("on", "2026-03-02"), ("lost", "3")])
        .await;
    assert_eq!(lost.status, 303, "{}", lost.text);
    let page = doctor.get(&format!("/followup/records/{record}")).await;
    assert!(page.text.contains("综合管理小组") && page.text.contains("失访"));
    let event =
        page.text.split("name=\"event\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let told = [("event", event.as_str()), ("recipient", "management_group"), ("note", "书面")];
    assert_eq!(doctor.post(&format!("/followup/records/{record}/told"), &told).await.status, 303);
});
