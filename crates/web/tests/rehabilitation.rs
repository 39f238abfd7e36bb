//! The follow-up and a case of community rehabilitation of the same person: what each tells the other, and what nobody learns.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::{
    common,
    followup::{managed, settle},
};

use app::referral::Turn;
use axum::http::StatusCode;
use common::{County, forms};
use serde_json::{Value, json};

fn fields(on: &str, risk: u8, symptoms: u8) -> Value {
    let mut fields = json!({ "on": on, "mode": 2, "risk": risk, "symptom_level": symptoms, "insight": 1, "adherence": 1,
        "adverse_reaction": 1, "effect": 2, "drugs": [{ "name": "奥氮平", "times_a_day": 1, "dose_mg": 10.0 }] });
    if risk >= 3 {
        fields["referred"] = json!(true);
        fields["referral_reason"] = json!("病情波动");
        fields["referral_to"] = json!("测试医院");
    }
    fields
}

async fn visit(county: &County, record: &str, number: u32, found: (u8, u8)) {
    let id = format!("11111111-2222-4333-8444-{number:012}");
    let body = json!({ "id": id, "record": record, "fields": fields(&county.today(), found.0, found.1) });
    let answer = county.post("town doctor", "/api/v1/followup-visits", &[], &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
}

async fn step(county: &County, record: &str, step: &str) {
    let path = format!("/api/v1/smd-records/{record}/events");
    let body = json!({ "step": step, "on": county.today() });
    let taken = county.post("town doctor", &path, &[], &body).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.json);
}

async fn owed(county: &County, record: &str) -> Vec<(String, String)> {
    let seen = county.get("town doctor", &format!("/api/v1/smd-records/{record}")).await;
    let owed = seen.json["owed"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    owed.iter().map(|one| (text(&one["what"]), text(&one["by"]))).collect()
}

/// How many tasks of a kind are open on a case.
async fn count(county: &County, case: &str, kind: &str) -> usize {
    county.tasks(case).await.iter().filter(|task| *task == kind).count()
}

both!(the_doctor_in_charge_sees_whether_the_person_may_be_proposed_and_files, |county| {
    settle(county).await;
    let (record, _) = managed(county, 1).await;
    let path = format!("/api/v1/smd-records/{record}/rehabilitation");
    let page = format!("/followup/records/{record}");
    let apply = format!("/cases/new?record={record}");
    let mut doctor = county.browser("town doctor").await;
    doctor.get(&page).await.has("还没有填写危险性和病情分类的随访").lacks(&apply);
    visit(county, &record, 1, (0, 0)).await;
    let found = county.get("town doctor", &path).await.json;
    assert_eq!((&found["obstacles"], &found["may_apply"]), (&json!([]), &json!(true)), "{found}");
    doctor.get(&page).await.has("可以推荐参加社区康复").has(&apply);
    // The application begins with whom it is about; the number is typed from the card.
    let form = doctor.get(&apply).await;
    form.has("value=\"郑随访\"").has("1988-03-15").has("data-keep").lacks(&forms::identity_number(1));
    for who in ["other doctor", "doctor"] {
        let mut reader = county.browser(who).await;
        assert_eq!(reader.get(&apply).await.status, StatusCode::NOT_FOUND, "{who}");
    }
    let mut clerk = county.browser("committee clerk").await;
    assert_eq!(clerk.get(&apply).await.status, StatusCode::FORBIDDEN, "nothing to do with the register");
    // That an application is open is known before it is registered; how it stands, to who may open it.
    let case = county.apply("doctor", 1).await.id();
    let found = county.get("town doctor", &path).await.json;
    assert_eq!((&found["open_case"]["id"], &found["may_apply"]), (&Value::Null, &json!(false)), "{found}");
    assert!(found["open_case"].is_object(), "{found}");
    doctor.get(&page).await.has("已有在办的申请或个案").lacks(&apply).lacks(&case);
    county.register(&case).await;
    let found = county.get("town doctor", &path).await.json;
    assert_eq!(found["open_case"], json!({ "id": case, "state": "registered" }));
    doctor.get(&page).await.has(&format!("/cases/{case}"));
    // Who is not in charge learns nothing of it, not even who filed it.
    for who in ["doctor", "health officer"] {
        let found = county.get(who, &path).await.json;
        assert_eq!(
            (&found["open_case"], &found["may_apply"]),
            (&Value::Null, &json!(false)),
            "{who}: {found}"
        );
        let mut reader = county.browser(who).await;
        reader.get(&page).await.lacks("已有在办的申请或个案").lacks(&apply);
    }
    assert_eq!(county.get("other doctor", &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(county.get("sunrise keeper", &path).await.status, StatusCode::FORBIDDEN);
});

both!(an_assessment_begins_with_the_shared_grade_and_goes_below_it_only_with_a_reason, |county| {
    settle(county).await;
    let (record, _) = managed(county, 1).await;
    visit(county, &record, 1, (2, 0)).await;
    let case = county.at_state(1, "accepted").await;
    let path = format!("/api/v1/cases/{case}/follow-up");
    for who in ["sunrise assessor", "sunrise keeper"] {
        let shared = county.get(who, &path).await.json;
        let expected =
            json!({ "risk": 2, "risk_on": "2026-03-02", "in_hospital": false, "in_hospital_since": null });
        assert_eq!(shared, expected, "{who}");
    }
    for who in ["sunrise manager", "worker", "doctor", "officer"] {
        let shared = county.get(who, &path).await;
        assert_eq!((shared.status, &shared.json["risk"]), (StatusCode::OK, &Value::Null), "{who}");
    }
    for who in ["harbour assessor", "harbour keeper"] {
        assert_eq!(county.get(who, &path).await.status, StatusCode::NOT_FOUND, "{who}");
    }
    // The page proposes it, and shows nothing else of the record.
    let mut assessor = county.browser("sunrise assessor").await;
    let page = assessor.get(&format!("/cases/{case}/do/assess")).await;
    page.has("随访共享的危险性评估：2级（2026-03-02）");
    for hidden in ["奥氮平", "health centre", record.as_str()] {
        page.lacks(hidden);
    }
    let data = json!({ "risk_grade": 0, "services": ["S2"] });
    let mut form = forms::f4(county, "suitable");
    let bare = json!({ "F4": form });
    let code = county.refused("sunrise assessor", &case, "assess", data.clone(), bare).await;
    assert_eq!(code, "risk_below_shared");
    form["risk_reason"] = json!("与家属核实，近一个月无冲动行为");
    let reasoned = json!({ "F4": form });
    assert_eq!(county.act("sunrise assessor", &case, "assess", data, reasoned).await, "assessed");
});

both!(a_stay_in_hospital_is_told_to_the_record_which_takes_its_own_steps, |county| {
    settle(county).await;
    let (record, _) = managed(county, 1).await;
    visit(county, &record, 1, (0, 0)).await;
    let case = county.at_state(1, "in_service").await;
    let request = json!({ "triggers": ["stopped_drugs"], "risk_grade": 1, "danger_to_others": false,
        "hospital": county.id("hospital") });
    let slip = json!({ "F9": forms::f9(county, None) });
    county.act("sunrise keeper", &case, "return_to_hospital", request, slip).await;
    assert!(
        owed(county, &record).await.iter().all(|(what, _)| what != "admission"),
        "asked for, not yet there"
    );
    let today = json!({ "on": county.today() });
    county.act("doctor", &case, "confirm_hospital", today, json!({})).await;
    let seen = county.get("town doctor", &format!("/api/v1/smd-records/{record}")).await.json;
    assert_eq!(seen["state"], "managed", "told, not taken");
    assert_eq!(owed(county, &record).await[0], ("admission".to_owned(), "2026-03-04".to_owned()));
    let mut doctor = county.browser("town doctor").await;
    let due = doctor.get("/followup").await;
    due.has("核实入院").has(&format!("/followup/records/{record}/do/admit"));
    // The case is the source, without its house, its people and its number.
    let page = doctor.get(&format!("/followup/records/{record}")).await;
    page.has("告知入院").has("社区康复个案");
    for hidden in ["sunrise", "晨光测试站", "病情波动"] {
        page.lacks(hidden);
    }
    let given = county.get("worker", &format!("/api/v1/cases/{case}/consent")).await.json["shared"].clone();
    let told = given.as_array().unwrap().iter().any(|one| {
        one["act"] == "hospital_stay" && one["party"] == "primary_doctor" && one["basis"] == "consent"
    });
    assert!(told, "{given}");
    step(county, &record, "admit").await;
    assert!(owed(county, &record).await.is_empty(), "in hospital the visits rest");
    assert!(!county.tasks(&case).await.contains(&"in_hospital".to_owned()), "the case says it itself");
    // Discharged: the record's doctor takes the step, and the slip is owed as after any discharge.
    county.on("2026-03-30");
    let today = json!({ "on": county.today() });
    let back = json!({ "F9": forms::f9(county, Some("suitable")) });
    county.act("doctor", &case, "discharge", today, back).await;
    assert_eq!(owed(county, &record).await, [("discharge".to_owned(), "2026-04-01".to_owned())]);
    let mut doctor = county.browser("town doctor").await;
    doctor.get(&format!("/followup/records/{record}/do/discharge")).await.has("value=\"2026-03-30\"");
    step(county, &record, "discharge").await;
    let whats: Vec<String> = owed(county, &record).await.into_iter().map(|(what, _)| what).collect();
    assert_eq!(whats, ["first_visit", "slip"]);
});

both!(what_the_record_finds_is_told_to_the_case_manager_as_grade_and_stay_alone, |county| {
    settle(county).await;
    let (record, _) = managed(county, 1).await;
    visit(county, &record, 1, (0, 0)).await;
    let case = county.at_state(1, "in_service").await;
    assert_eq!(count(county, &case, "risk_changed").await, 0);
    county.on("2026-03-09");
    visit(county, &record, 2, (3, 2)).await;
    assert_eq!(count(county, &case, "risk_changed").await, 1);
    county.on("2026-03-16");
    visit(county, &record, 3, (3, 0)).await;
    assert_eq!(count(county, &case, "risk_changed").await, 1, "told once until it is done");
    let kinds = |tasks: &[app::referral::inbox::TaskRow]| -> Vec<String> {
        tasks.iter().map(|task| task.kind.clone()).collect()
    };
    let list = county.work_list("sunrise keeper", Turn::Mine).await;
    assert!(kinds(&list.tasks).contains(&"risk_changed".to_owned()), "{:?}", list.tasks);
    for who in ["harbour keeper", "sunrise assessor", "sunrise manager", "worker"] {
        let list = county.work_list(who, Turn::Mine).await;
        assert!(!kinds(&list.tasks).contains(&"risk_changed".to_owned()), "{who}");
    }
    let path = format!("/cases/{case}");
    let mut keeper = county.browser("sunrise keeper").await;
    let page = keeper.get(&path).await;
    page.has("随访共享的危险性评估：3级（2026-03-16）").lacks("已住院");
    for hidden in ["奥氮平", "不稳定", "病情波动", "health centre", record.as_str()] {
        page.lacks(hidden);
    }
    step(county, &record, "admit").await;
    assert_eq!(count(county, &case, "in_hospital").await, 1);
    let page = keeper.get(&path).await;
    page.has("已住院，入院日期2026-03-16")
        .has("请为个案办理转回医院")
        .has(&format!("{path}/do/return_to_hospital"));
    page.lacks("奥氮平");
    for who in ["worker", "sunrise manager", "doctor"] {
        let mut reader = county.browser(who).await;
        reader.get(&path).await.lacks("已住院").lacks("随访共享的危险性评估");
    }
    // The step that was asked for ends both tasks.
    let request = json!({ "triggers": ["unstable"], "risk_grade": 3, "danger_to_others": false,
        "hospital": county.id("hospital") });
    let slip = json!({ "F9": forms::f9(county, None) });
    county.act("sunrise keeper", &case, "return_to_hospital", request, slip).await;
    assert_eq!(
        (count(county, &case, "in_hospital").await, count(county, &case, "risk_changed").await),
        (0, 0)
    );
});
