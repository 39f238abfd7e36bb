//! The annual statistics on a page, as the official form, as a file and for programs; another county sees nothing of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common::{self, papers};
use crate::followup::{managed, settle};
use axum::http::StatusCode;
use serde_json::{Value, json};

fn indicator<'a>(json: &'a Value, id: &str) -> &'a Value {
    json["indicators"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()
}

both!(the_year_of_the_follow_up_as_page_form_file_and_for_programs, |county| {
    settle(county).await;
    county.organisation("far bureau", "health", 110_101_000_000).await;
    county.account("far officer", "health_officer", "far bureau").await;
    county.organisation("far hospital", "hospital", 110_101_000_000).await;
    county.account("far doctor", "doctor", "far hospital").await;
    managed(county, 9).await;
    let card = json!({ "source": "report_card", "paper": papers::card() });
    assert_eq!(county.post("doctor", "/api/v1/smd-records", &[], &card).await.status, StatusCode::CREATED);

    let mut officer = county.browser("health officer").await;
    let page = officer.get("/followup/figures?population=10,000&lang=zh-CN").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in
        ["年度统计 2026", "在管 ÷ 在册", "50.00 %", "0.20 ‰", "未达目标", "≥ 80.00 %", "精神分裂症", "合计"]
    {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let english = county.browser("town doctor").await.get("/followup/figures?lang=en").await;
    for part in ["Annual statistics 2026", "Managed ÷ Registered", "below target", "How it is counted"] {
        assert!(english.text.contains(part), "{part}: {}", english.text);
    }
    // The lists lead there; what cannot be read is told, and stays on the form.
    for path in ["/followup", "/followup/records"] {
        assert!(officer.get(path).await.text.contains("href=\"/followup/figures\""), "{path}");
    }
    for (query, told) in
        [("year=2031", "统计年度"), ("division=110101000000", "统计地区"), ("population=many", "常住人口")]
    {
        let wrong = officer.get(&format!("/followup/figures?{query}")).await;
        assert!(wrong.status == 422 && wrong.text.contains(told), "{query}: {}", wrong.text);
    }
    let form = county.paper("health officer", "/followup/figures/pdf?population=10000").await;
    for part in
        ["严重精神障碍管理治疗工作年度统计表", "表14", "50.00 %", "10000", "精神分裂症", "填报人（签字）"]
    {
        assert!(form.contains(part), "{part} is not in\n{form}");
    }
    assert!(!form.contains("郑随访") && !form.contains("郑父"), "figures name nobody");
    let file = officer.get("/followup/figures/export?format=csv&year=2026").await;
    for part in ["在管 ÷ 在册,1,2,50.00 %,≥ 80.00 %,未达目标", "合计,2,1", "文件编号"] {
        assert!(file.text.contains(part), "{part}: {}", file.text);
    }
    let sheet = officer.answer("GET", "/followup/figures/export?format=xlsx", &[]).await;
    assert_eq!(sheet.status(), StatusCode::OK);

    let told = county.get("health officer", "/api/v1/smd-figures?population=10000").await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.json);
    let rate = indicator(&told.json, "I2");
    assert_eq!(
        (&rate["numerator"], &rate["denominator"], &rate["value"], &rate["target"], &rate["met"]),
        (&json!(1), &json!(2), &json!("50.00"), &json!("80.00"), &json!(false))
    );
    assert_eq!(indicator(&told.json, "I1")["value"], "0.20");
    assert_eq!((&told.json["records"], &told.json["version"]), (&json!(2), &json!("v2017")));
    assert_eq!(told.json["untreated"], json!([{ "disorder": "01", "persons": 1, "years": "0.05" }]));
    let part = &told.json["parts"][0];
    assert_eq!((&part["division"], &part["counts"]["registered"]), (&json!(common::VILLAGE - 1), &json!(2)));
    let wrong = county.get("health officer", "/api/v1/smd-figures?year=last").await;
    assert_eq!((wrong.status, wrong.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["year"]));

    // Another township and another county see nothing of it.
    for who in ["other doctor", "far doctor", "far officer"] {
        let theirs = county.get(who, "/api/v1/smd-figures").await;
        assert_eq!((&theirs.json["records"], &theirs.json["parts"]), (&json!(0), &json!([])), "{who}");
        let page = county.browser(who).await.get("/followup/figures?lang=zh-CN").await;
        assert!(page.status == 200 && page.text.contains("没有在册患者"), "{who}: {}", page.text);
    }
    assert_eq!(county.get("worker", "/api/v1/smd-figures").await.status, StatusCode::FORBIDDEN);
});
