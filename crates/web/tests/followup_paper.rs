//! The papers of the register: a hospital's card opens the record, the township writes the supplement, a slip of another hospital is
//! added, days in hospital follow, and the official forms come as files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common::{self, County, papers};
use crate::followup::settle;
use axum::http::StatusCode;
use rules::followup::paper::PaperKind;
use serde_json::json;

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The official form of a paper: its number and title, whom it is about, and what was written.
async fn is_form(county: &County, who: &str, (id, kind): (&str, &str), name: &str) {
    let text = county.paper(who, &format!("/followup/papers/{id}/pdf")).await;
    let number = format!("表{} · 第", PaperKind::of_code(kind).unwrap().number());
    for part in papers::printed(kind).into_iter().chain([number.as_str(), name]) {
        assert!(text.contains(part), "{kind}: {part} is not in\n{text}");
    }
}

/// All papers of a record, by kind.
async fn are_forms(county: &County, who: &str, record: &str, name: &str) -> Vec<String> {
    let list = county.get(who, &format!("/api/v1/smd-records/{record}/papers")).await;
    let mut kinds = Vec::new();
    for line in list.json["items"].as_array().unwrap() {
        let (id, kind) = (line["id"].as_str().unwrap(), line["kind"].as_str().unwrap());
        is_form(county, who, (id, kind), name).await;
        kinds.push(kind.to_owned());
    }
    kinds.sort();
    kinds.dedup();
    kinds
}

both!(the_papers_of_a_record_from_the_card_to_the_days_in_hospital, |county| {
    settle(county).await;
    county.organisation("ward", "hospital", common::COUNTY).await;
    county.account("ward doctor", "doctor", "ward").await;
    let mut hospital = county.browser("doctor").await;
    let form = hospital.get("/followup/records/new?paper=report_card&lang=zh-CN").await;
    for part in ["发病报告卡", "勿需用药", "初次发病日期", "report_card.drugs.1.name"] {
        assert!(form.text.contains(part), "{part}");
    }
    // What is wrong is told beside its field, and what was typed is kept.
    let mut wrong = papers::card();
    wrong.insert("first_treatment_on".into(), json!("2019-05-01"));
    wrong.insert("danger".into(), json!(["none", "minor"]));
    let head = [("paper".to_owned(), "report_card".to_owned())];
    let sent = [head.to_vec(), papers::typed(PaperKind::ReportCard, &wrong, &[])].concat();
    let faulty = hospital.post("/followup/records/new", &borrowed(&sent)).await;
    assert_eq!(faulty.status, 422);
    for part in [
        "日期早于初次发病日期",
        "选了“无”就不能再选其他项",
        "f-report_card-first_treatment_on-problem",
        "Z2026001",
        "郑父",
    ] {
        assert!(faulty.text.contains(part), "{part}");
    }
    let sent = [head.to_vec(), papers::typed(PaperKind::ReportCard, &papers::card(), &[])].concat();
    let more = [sent.clone(), vec![("more".to_owned(), "report_card.drugs".to_owned())]].concat();
    let looked = hospital.post("/followup/records/new", &borrowed(&more)).await;
    assert!(looked.status == 200 && looked.text.contains("report_card.drugs.2.name"));
    let opened = hospital.post("/followup/records/new", &borrowed(&sent)).await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    let record = opened.location.split('?').next().unwrap().to_owned();
    let page = hospital.get(&record).await;
    for part in ["已报告", "发病报告卡", "档案中缺少", "精神分裂症"] {
        assert!(page.text.contains(part), "{part}");
    }
    let card = page.text.split("/followup/papers/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let shown = hospital.get(&format!("/followup/papers/{card}")).await;
    let number = common::forms::identity_number(8);
    assert!(shown.text.contains("奥氮平") && !shown.text.contains(&number), "the number is masked");
    is_form(county, "doctor", (&card, "report_card"), "郑随访").await;
    // Whoever prints the form prints the whole number: a page masks it.
    assert!(county.paper("doctor", &format!("/followup/papers/{card}/pdf")).await.contains(&number));
    assert_eq!(
        county.browser("other doctor").await.get(&format!("/followup/papers/{card}")).await.status,
        404
    );

    // The township takes it up and writes the supplement; each time it is a version more.
    let mut town = county.browser("town doctor").await;
    assert_eq!(town.post(&format!("{record}/do/receive"), &[("on", "2026-03-02")]).await.status, 303);
    // The consent that is signed is written once: the record follows, and the emergency that waits for one.
    let emergency =
        json!({ "trigger": "relapse", "began_at": "2026-03-02T08:00", "risk": 1, "words": "复发" });
    let emergencies = format!("/api/v1/smd-records/{}/emergencies", record.rsplit('/').next().unwrap());
    let emergency = county.post("town doctor", &emergencies, &[], &emergency).await.id();
    for (kind, fields) in papers::others() {
        let path = format!("{record}/papers/{}", kind.code());
        assert_eq!(town.get(&path).await.status, 200, "{path}");
        let saved = town.post(&path, &borrowed(&papers::typed(kind, &fields, &[]))).await;
        assert_eq!(saved.status, 303, "{path} {}", saved.text);
    }
    let noted = county.get("town doctor", &format!("/api/v1/smd-emergencies/{emergency}")).await;
    assert!(noted.json["emergency"]["consented"].is_string(), "{}", noted.json);
    let page = town.get(&record).await;
    for part in
        ["管理", "社区管理知情同意书", "个人基本信息表", "信息交换表", "应急处置知情同意书", "肇事肇祸调查表"]
    {
        assert!(page.text.contains(part), "{part}");
    }
    let path = format!("{record}/papers/supplement");
    let blank = town.get(&path).await;
    assert!(blank.status == 200 && blank.text.contains("2019-06-20"), "the card is written already");
    let (kind, fields) = papers::supplement();
    let mut wrong = fields.clone();
    wrong.insert("consent".into(), json!("disagree"));
    let faulty = town.post(&path, &borrowed(&papers::typed(kind, &wrong, &[]))).await;
    assert!(faulty.status == 422 && faulty.text.contains("与档案中登记的同意情况不同"));
    for _ in 0..2 {
        let saved = town.post(&path, &borrowed(&papers::typed(kind, &fields, &[]))).await;
        assert_eq!(saved.status, 303, "{}", saved.text);
    }
    let page = town.get(&record).await;
    assert!(
        page.text.contains("第 2 份") && page.text.contains("已有新版") && !page.text.contains("档案中缺少")
    );
    assert!(page.text.contains("贫困"), "the record follows");

    // A hospital that did not report sends the slip of a discharge: it is added to the record, and the visit counts from it.
    let id = record.rsplit('/').next().unwrap();
    let body = json!({ "source": "discharge_slip", "paper": papers::slip() });
    let path = format!("/api/v1/smd-records/{id}");
    assert_eq!(county.get("ward doctor", &path).await.status, StatusCode::NOT_FOUND);
    let sent = county.post("ward doctor", "/api/v1/smd-records", &[], &body).await;
    assert_eq!((sent.status, sent.id().as_str()), (StatusCode::CREATED, id), "{}", sent.json);
    // It tells, and is told nothing.
    assert_eq!(county.get("ward doctor", &path).await.status, StatusCode::NOT_FOUND);
    let card = json!({ "source": "report_card", "paper": papers::card() });
    let again = county.post("ward doctor", "/api/v1/smd-records", &[], &card).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.json);
    let days = county.get("town doctor", &format!("/api/v1/smd-records/{id}/hospital-days")).await;
    assert_eq!(
        (&days.json["days"], &days.json["years"]),
        (&json!(20), &json!([{ "year": 2026, "days": 20 }])),
        "{}",
        days.json
    );
    assert!(town.get(&record).await.text.contains("近十二个月住院 20 天"));
    // The slip is corrected: the days follow, and the wrong one is corrected once.
    let list = county.get("town doctor", &format!("/api/v1/smd-records/{id}/papers")).await;
    let slip =
        list.json["items"].as_array().unwrap().iter().find(|line| line["kind"] == "discharge_slip").unwrap();
    let mut right = papers::slip();
    right.insert("admitted_on".into(), json!("2026-02-11"));
    let body = json!({ "kind": "discharge_slip", "replaces": slip["id"], "fields": right });
    let papers_of = format!("/api/v1/smd-records/{id}/papers");
    assert_eq!(county.post("town doctor", &papers_of, &[], &body).await.status, StatusCode::CREATED);
    assert_eq!(county.post("town doctor", &papers_of, &[], &body).await.status, StatusCode::CONFLICT);
    let days = county.get("town doctor", &format!("/api/v1/smd-records/{id}/hospital-days")).await;
    assert_eq!(days.json["days"], 10);
    let faulty = json!({ "kind": "discharge_slip", "fields": { "discharged_on": "2026-01-01", "admitted_on": "2026-02-01" } });
    let faulty = county.post("town doctor", &papers_of, &[], &faulty).await;
    assert!(faulty.status == StatusCode::UNPROCESSABLE_ENTITY && faulty.fields().contains(&"discharged_on"));

    // A discharge by a step owes its slip within ten working days.
    for step in ["admit", "discharge"] {
        assert_eq!(town.post(&format!("{record}/do/{step}"), &[("on", "2026-03-02")]).await.status, 303);
    }
    let owed = county.get("town doctor", &format!("/api/v1/smd-records/{id}")).await;
    let what: Vec<&str> =
        owed.json["owed"].as_array().unwrap().iter().map(|owed| owed["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["first_visit", "slip"], "{}", owed.json["owed"]);

    // Official forms as files.
    let visit = json!({ "id": "11111111-2222-4333-8444-555555555555", "record": id, "fields": { "on": "2026-03-02", "mode": 1,
        "risk": 0, "symptom_level": 0, "insight": 1 } });
    let visit = county.post("town doctor", "/api/v1/followup-visits", &[], &visit).await;
    let visit = visit.json["id"].as_str().unwrap();
    let invited = json!({ "answer": "invited" });
    let examination = county
        .post("town doctor", &format!("/api/v1/smd-records/{id}/examinations"), &[], &invited)
        .await
        .id();
    for (path, parts) in [
        (
            format!("/followup/visits/{visit}/pdf"),
            ["严重精神障碍患者随访服务记录表", "表8", "门诊", "自知力完全"],
        ),
        (
            format!("/followup/emergencies/{emergency}/pdf"),
            ["严重精神障碍患者应急处置记录单", "表12", "病情急性复发", "2026-03-02 08:00"],
        ),
        (
            format!("{record}/examinations/{examination}/pdf"),
            ["严重精神障碍患者健康体检表", "健康体检表", "已邀请", "2026-03-02"],
        ),
    ] {
        let text = county.paper("town doctor", &path).await;
        for part in parts.into_iter().chain(["郑随访"]) {
            assert!(text.contains(part), "{path}: {part} is not in\n{text}");
        }
        assert!(!text.contains(&number), "{path}: nobody needs the number here");
    }
    let kinds = are_forms(county, "town doctor", id, "郑随访").await;
    let others = papers::others();
    let mut all: Vec<&str> = others.iter().map(|(kind, _)| kind.code()).collect();
    all.extend(["report_card", "discharge_slip", "supplement"]);
    all.sort_unstable();
    assert_eq!(kinds, all);
    assert_eq!(
        county.browser("other doctor").await.get(&format!("/followup/visits/{visit}/pdf")).await.status,
        404
    );
    // The row is what events and papers add up to.
    let checked = app::followup::check::check(&county.app.at(county.at)).await.unwrap();
    assert!(checked.drifted.is_empty() && checked.computed == 1, "{checked:?}");
});

both!(a_clue_is_written_down_and_reviewed_on_its_forms, |county| {
    settle(county).await;
    let opening = json!({ "source": "clue", "name": "王线索", "sex": "male", "born_on": "1990-01-02",
        "division": common::VILLAGE.to_string(), "address": "测试路2号" });
    let id = county.post("town doctor", "/api/v1/smd-records", &[], &opening).await.id();
    let state =
        async || county.get("town doctor", &format!("/api/v1/smd-records/{id}")).await.json["state"].clone();
    let papers_of = format!("/api/v1/smd-records/{id}/papers");
    let [(survey, signs), (review, result)] = papers::clue();
    let mut town = county.browser("town doctor").await;
    let path = |kind: PaperKind| format!("/followup/records/{id}/papers/{}", kind.code());
    let mut none = signs.clone();
    none.insert("signs".into(), json!(["none", "5"]));
    let faulty = town.post(&path(survey), &borrowed(&papers::typed(survey, &none, &[]))).await;
    assert!(faulty.status == 422 && faulty.text.contains("选了“无”就不能再选其他项"), "{}", faulty.text);
    assert_eq!(town.post(&path(survey), &borrowed(&papers::typed(survey, &signs, &[]))).await.status, 303);
    assert_eq!(state().await, "clue");

    // The review is for the county; the record follows it, and may end with it.
    let own = json!({ "kind": review.code(), "fields": result });
    assert_eq!(county.post("town doctor", &papers_of, &[], &own).await.status, StatusCode::CONFLICT);
    assert_eq!(county.post("health officer", &papers_of, &[], &own).await.status, StatusCode::CREATED);
    assert_eq!(state().await, "reviewed");
    let mut not = result.clone();
    not.extend([
        ("result".to_owned(), json!("not")),
        ("result_note".to_owned(), json!("一过性反应，已恢复")),
    ]);
    let own = json!({ "kind": review.code(), "fields": not });
    assert_eq!(county.post("health officer", &papers_of, &[], &own).await.status, StatusCode::CREATED);
    assert_eq!(state().await, "excluded");
    let page = county.browser("health officer").await.get(&format!("/followup/records/{id}")).await;
    assert!(page.text.contains("一过性反应，已恢复"), "why stands with the step");
    let kinds = are_forms(county, "health officer", &id, "王线索").await;
    assert_eq!(kinds, ["clue_review", "clue_survey"]);
});
