//! The forms of a case on paper: title, whom it is about and what was written, the same bytes each time. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{id::Id, p};
use common::{County, forms};
use serde_json::json;

/// The paper of the latest form of a code.
async fn form(county: &County, who: &str, case: &str, code: &str) -> String {
    let id: Id = case.parse().unwrap();
    let sql = "SELECT id FROM form_entry WHERE home = $1 AND referral_id = $2 AND code = $3 ORDER BY at DESC, id DESC LIMIT 1";
    let found: Option<(Id,)> = county.app.db.opt(sql, p![id.home_number(), id, code]).await.unwrap();
    county.paper(who, &format!("/cases/{case}/forms/{}/pdf", found.unwrap().0)).await
}

async fn says(county: &County, case: &str, code: &str, parts: &[&str]) -> String {
    let text = form(county, "sunrise keeper", case, code).await;
    for part in parts.iter().chain([&code]) {
        assert!(text.contains(part), "{code}: {part} is not in\n{text}");
    }
    text
}

both!(every_form_of_a_case_is_a_file_with_what_was_written, |county| {
    let case = county.at_state(1, "closing").await;
    let number = forms::identity_number(1);
    let named = says(county, &case, "F1", &["登记申请表", "测试甲", "测试申请人", "13800000000"]).await;
    assert!(named.contains(&number), "the application is the form that was signed");
    for (code, parts) in [
        ("F12", ["知情同意书", "测试甲", "测试区民政局", "随时口头或书面撤回"]),
        ("F4", ["综合评估表", "社交与就业", "测试评估员", "2026-03-02"]),
        ("F5", ["个体化康复计划", "测试甲", "每周外出三次", "联系精防医生"]),
        ("F6", ["服务协议", "测试甲", "晨光测试站", "测试家属"]),
        ("F7", ["康复训练记录", "社交训练", "小组活动", "测试个案管理员"]),
        ("F8", ["阶段性评估表", "测试评估员", "2027-06-30", "2026-03-02"]),
        ("F10", ["结案表", "坚持服药", "四次回访", "晨光测试站"]),
    ] {
        let text = says(county, &case, code, &parts).await;
        assert!(!text.contains(&number), "{code}: nobody needs the number here");
    }
    // The slip goes to a house that has not accepted yet: it names nobody.
    let slip = says(county, &case, "F3", &["转介单", "晨光测试站", "需要康复服务", "转出单位（盖章）"]).await;
    assert!(!slip.contains("测试甲") && !slip.contains(&number), "{slip}");
    county.close(&case).await;
    let planned = county.case("sunrise keeper", &case).await["case"]["visits_planned"][0].clone();
    let day = planned.as_str().unwrap();
    county.on(day);
    let visit = json!({ "on": day, "action": "none" });
    county.act("sunrise keeper", &case, "return_visit", visit, json!({ "F11": forms::f11(county) })).await;
    says(county, &case, "F11", &["回访记录", "测试个案管理员", day]).await;
});

both!(the_slip_to_the_hospital_is_printed_with_places_to_stamp, |county| {
    let case = county.at_state(2, "in_service").await;
    let request = json!({ "triggers": ["unstable"], "risk_grade": 1, "danger_to_others": false,
        "hospital": county.id("hospital") });
    let slip = json!({ "F9": forms::f9(county, None) });
    county.act("sunrise keeper", &case, "return_to_hospital", request, slip).await;
    let parts = ["双向转诊单", "测试甲", "测试医院", "病情波动", "接收单位（盖章）"];
    let text = says(county, &case, "F9", &parts).await;
    assert!(!text.contains(&forms::identity_number(2)), "{text}");
    assert_eq!(text, form(county, "doctor", &case, "F9").await, "both sides have the same paper");
});
