//! Rating scales through the interface and on pages: what is due, filling in, what must not wait, taking back, the library, the outcome,
//! and papers. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{id::Id, p};
use axum::http::StatusCode;
use common::{County, world::Seen};
use serde_json::{Value, json};

/// Opens a page in a session of an account, or sends a form.
async fn browse(county: &County, who: &str, path: &str, form: Option<&[(&str, &str)]>) -> Seen {
    let mut browser = county.browser(who).await;
    match form {
        None => browser.get(path).await,
        Some(pairs) => browser.post(path, pairs).await,
    }
}

async fn record(county: &County, who: &str, case: &str, body: Value) -> Value {
    let answer = county.post(who, &format!("/api/v1/cases/{case}/results"), &[], &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{who} {body}: {}", answer.json);
    answer.json
}

fn sdss(sum: usize) -> Value {
    let answers: Vec<i32> = (0..10).map(|item| i32::from(item < sum)).collect();
    json!({ "scale": "sdss", "answers": answers, "rater": "trained", "mode": "interview" })
}

async fn due(county: &County, who: &str, case: &str, scale: &str) -> Value {
    let found = county.get(who, &format!("/api/v1/cases/{case}/scales")).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.json);
    let rounds = found.json["rounds"].as_array().unwrap();
    rounds.iter().find(|round| round["scale"] == scale).cloned().unwrap_or(Value::Null)
}

both!(a_case_is_due_for_a_baseline_then_for_each_stage_and_before_the_closing, |county| {
    let case = county.at_state(1, "referred").await;
    let nothing = county.get("worker", &format!("/api/v1/cases/{case}/scales")).await;
    assert_eq!(nothing.json["rounds"], json!([]), "nobody has it in charge yet");
    county.accept(&case).await;
    let round = due(county, "sunrise assessor", &case, "sdss").await;
    assert_eq!(
        (&round["occasion"], &round["due_on"], &round["now"], &round["may_record"]),
        (&json!("baseline"), &json!("2026-03-16"), &json!(true), &json!(true))
    );
    assert_eq!(due(county, "worker", &case, "sdss").await["may_record"], false, "the desk reads");
    let first = record(county, "sunrise assessor", &case, sdss(6)).await;
    assert_eq!((&first["occasion"], &first["total"]), (&json!("baseline"), &json!(6)));
    let round = due(county, "sunrise assessor", &case, "sdss").await;
    assert_eq!(
        (&round["occasion"], &round["due_on"], &round["now"]),
        (&json!("stage"), &json!("2026-06-02"), &json!(false))
    );
    county.assess(&case, "suitable").await;
    county.agree(&case).await;
    county.serve(&case).await;
    county.on("2026-05-25");
    assert_eq!(due(county, "sunrise keeper", &case, "sdss").await["now"], true);
    let second = record(county, "sunrise keeper", &case, sdss(3)).await;
    assert_eq!(second["occasion"], "stage");
    county.on("2026-05-26");
    let extra = record(
        county,
        "sunrise keeper",
        &case,
        json!({ "scale": "phq-9", "answers": vec![0; 9], "rater": "own", "mode": "screen" }),
    )
    .await;
    assert_eq!(extra["occasion"], Value::Null);
    county.evaluate(&case, "close").await;
    county.propose_closure(&case, "C1").await;
    assert_eq!(due(county, "sunrise keeper", &case, "sdss").await, Value::Null, "the last one is fresh");
    county.on("2026-07-06");
    assert_eq!(due(county, "sunrise keeper", &case, "sdss").await["occasion"], "closing");
    assert_eq!(record(county, "sunrise keeper", &case, sdss(1)).await["occasion"], "closing");
    // The list goes by pages, the latest first.
    let list = county.get("doctor", &format!("/api/v1/cases/{case}/results")).await.json;
    let totals: Vec<&Value> = list["results"].as_array().unwrap().iter().map(|one| &one["total"]).collect();
    assert_eq!(totals, [&json!(1), &json!(0), &json!(3), &json!(6)]);
    let outcome = county.get("sunrise keeper", &format!("/api/v1/cases/{case}/outcome")).await.json;
    let course = outcome["series"].as_array().unwrap().iter().find(|one| one["scale"] == "sdss").unwrap();
    assert_eq!((&course["difference"], &course["verdict"]), (&json!("-5"), &json!("improved")));
    assert_eq!(course["points"].as_array().map(Vec::len), Some(3));
});

both!(a_scale_is_filled_in_on_a_page_and_what_must_not_wait_stands_first, |county| {
    let case = county.at_state(1, "in_service").await;
    let path = format!("/cases/{case}/scales");
    let page = browse(county, "sunrise keeper", &path, None).await;
    page.has("现在该做").has("社会功能缺陷筛选量表").has(&format!("{path}/sdss")).has("还没有结果");
    // The wording stands where the licence admits it, and nowhere else.
    let blank = browse(county, "sunrise keeper", &format!("{path}/phq-9"), None).await;
    blank.has("做事时提不起劲或没有兴趣").has("3 · 几乎每天").lacks("请对照有许可的纸质量表");
    browse(county, "sunrise keeper", &format!("{path}/sdss"), None)
        .await
        .has("请对照有许可的纸质量表")
        .has("第 10 题");
    // BPRS is a doctor's; there is no such scale; the desk reads and does not rate.
    for (who, scale, status) in [
        ("sunrise keeper", "bprs", StatusCode::FORBIDDEN),
        ("doctor", "bprs", StatusCode::OK),
        ("sunrise keeper", "nothing", StatusCode::NOT_FOUND),
        ("worker", "phq-9", StatusCode::FORBIDDEN),
        ("harbour keeper", "phq-9", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(
            browse(county, who, &format!("{path}/{scale}"), None).await.status,
            status,
            "{who} {scale}"
        );
    }
    let made = Id::in_division(common::COUNTY, county.at).to_string();
    let mut form: Vec<(String, String)> = vec![
        ("made".to_owned(), made),
        ("begun".to_owned(), (county.at.as_second() - 95).to_string()),
        ("rater".to_owned(), "own".to_owned()),
        ("mode".to_owned(), "interview".to_owned()),
    ];
    fn pairs(form: &[(String, String)]) -> Vec<(&str, &str)> {
        form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
    let sent = browse(county, "sunrise keeper", &format!("{path}/phq-9"), Some(&pairs(&form))).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing was answered");
    for (item, answer) in [(1, "2"), (2, "2"), (3, "9"), (4, "1"), (5, "1"), (6, "1"), (7, "1"), (9, "1")] {
        form.push((format!("item.phq9-{item}"), answer.to_owned()));
    }
    // One item is left out, and it is asked whether that is meant; what was typed is kept.
    let sent = browse(county, "sunrise keeper", &format!("{path}/phq-9"), Some(&pairs(&form))).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    sent.has("第 8 题：未回答").has("未答的题目确实不回答").has("name=\"item.phq9-1\" value=\"2\" checked");
    form.push(("leave_out".to_owned(), "yes".to_owned()));
    let sent = browse(county, "sunrise keeper", &format!("{path}/phq-9"), Some(&pairs(&form))).await;
    sent.has("第 3 题：不在允许的取值内：0–3");
    form.push(("item.phq9-3".to_owned(), "1".to_owned()));
    let sent = browse(county, "sunrise keeper", &format!("{path}/phq-9"), Some(&pairs(&form))).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    // The same page sent again is the same result.
    let again = browse(county, "sunrise keeper", &format!("{path}/phq-9"), Some(&pairs(&form))).await;
    assert_eq!(again.location, sent.location);
    let result = browse(county, "sunrise keeper", &sent.location, None).await;
    result
        .has("需要立即处理")
        .has("tel:12356")
        .has("现在进行自杀风险筛查")
        .has("个案管理员24小时内联系本人")
        .has("筛查结果不是诊断")
        .has("总分按已答题目折算")
        .has("未答");
    assert_eq!(county.tasks(&case).await, ["scale_task_case_manager"]);
    let list = browse(county, "sunrise keeper", "/work-list", None).await;
    list.has("24小时内联系本人（评估提示）");
    // A later result is compared with it.
    county.on("2026-04-01");
    let better =
        json!({ "scale": "phq-9", "answers": [1, 0, 0, 0, 1, 1, 0, 0, 0], "rater": "own", "mode": "screen" });
    let second = record(county, "sunrise keeper", &case, better).await;
    let second = format!("/cases/{case}/results/{}", second["id"].as_str().unwrap());
    browse(county, "doctor", &second, None).await.has("-8 · 明显好转").has("上次 2026-03-02：11 分");
    // Taken back, it is neither compared nor drawn; what was typed wrong is told.
    let void = format!("{}/void", sent.location.split('?').next().unwrap());
    let refused =
        browse(county, "sunrise keeper", &void, Some(&[("reason", "wrong_entry"), ("words", " ")])).await;
    refused.has("说明：此项必填");
    let done =
        browse(county, "sunrise keeper", &void, Some(&[("reason", "wrong_entry"), ("words", "看错了行")]))
            .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    browse(county, "sunrise keeper", &done.location, None)
        .await
        .has("该结果已撤销")
        .has("看错了行")
        .lacks("tel:12356");
    browse(county, "doctor", &second, None).await.lacks("明显好转");
    browse(county, "sunrise keeper", &path, None).await.has("已撤销");
    let english = browse(county, "sunrise keeper", &format!("{path}?lang=en"), None).await;
    english.has("Rating scales").has("Due now").has("Taken back");
});

both!(a_scale_whose_wording_may_not_be_shown_takes_its_total_alone, |county| {
    let case = county.at_state(1, "in_service").await;
    let page = format!("/cases/{case}/scales/sdss");
    let first = record(county, "sunrise assessor", &case, sdss(8)).await;
    assert_eq!((&first["entered"], &first["rater_training"]), (&json!("answers"), &json!("none")));
    county.on("2026-03-09");
    let blank = browse(county, "sunrise assessor", &page, None).await;
    blank
        .has("只有总分时，在最下方录入总分")
        .has("第 10 题")
        .has("name=\"total\" min=\"0\" max=\"20\"")
        .has("没有评定者近 24 个月内量表评定培训的记录");
    for (form, says) in [
        (&[("total", "21")][..], "不在允许的取值内：0–20"),
        (&[("total", "4.5")][..], "请填写整数"),
        (&[("total", "4"), ("item.sdss-1", "1")][..], "逐题回答和总分只填一种"),
    ] {
        let refused = browse(county, "sunrise assessor", &page, Some(form)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
        refused.has(says);
    }
    let sent = browse(county, "sunrise assessor", &page, Some(&[("total", "4"), ("mode", "paper")])).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    // It is told which was done, and compared with the one of answers.
    browse(county, "sunrise assessor", &sent.location, None)
        .await
        .has("录入总分")
        .has("有社会功能缺陷")
        .has("-4 · 明显好转")
        .lacks("需要逐题判断的紧急情况无法判断");
    let list = county.get("sunrise keeper", &format!("/api/v1/cases/{case}/results")).await.json;
    let latest = &list["results"][0];
    assert_eq!((&latest["entered"], &latest["total"]), (&json!("total"), &json!(4)));
    assert!(latest.get("answers").is_none(), "{latest}");
    // What must not wait by single items is not judged, and that is said before and after.
    let page = format!("/cases/{case}/scales/bprs");
    browse(county, "doctor", &page, None).await.has("只录入总分时，无法判断以下需要立即处理的情况");
    let rated = json!({ "scale": "bprs", "total": 60, "rater": "doctor", "mode": "interview" });
    let rated = record(county, "doctor", &case, rated).await;
    assert_eq!((&rated["flags"], &rated["band"]), (&json!(["unjudged"]), &json!("above")));
    assert_eq!((&rated["level"], &rated["rater_training"]), (&Value::Null, &json!("elsewhere")));
    let path = format!("/cases/{case}/results/{}", rated["id"].as_str().unwrap());
    browse(county, "doctor", &path, None)
        .await
        .has("需要逐题判断的紧急情况无法判断")
        .has("医院医生的培训记录由医院保存");
    assert_eq!(browse(county, "doctor", &format!("{path}/pdf"), None).await.status, StatusCode::OK);
    let living = json!({ "scale": "adl", "total": 18, "rater": "interviewer", "mode": "interview" });
    let living = record(county, "sunrise keeper", &case, living).await;
    assert_eq!((&living["flags"], &living["band"]), (&json!(["band_by_total"]), &json!("some_decline")));
});

both!(what_is_found_of_the_mental_status_is_written_as_text, |county| {
    let case = county.at_state(1, "in_service").await;
    let list = format!("/cases/{case}/scales");
    let page = format!("{list}/local-mental-status");
    browse(county, "doctor", &list, None).await.has(&page).has("以文字记录");
    assert_eq!(browse(county, "sunrise keeper", &page, None).await.status, StatusCode::FORBIDDEN);
    browse(county, "doctor", &page, None).await.has("<textarea").has("评定所见").lacks("name=\"total\"");
    let empty = browse(county, "doctor", &page, Some(&[("text", " ")])).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    empty.has("评定所见：此项必填");
    let words = [("text", "意识清楚，\r\n接触合作。"), ("mode", "interview")];
    let sent = browse(county, "doctor", &page, Some(&words)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    browse(county, "doctor", &sent.location, None)
        .await
        .has("意识清楚，\n接触合作。")
        .has("以文字记录")
        .lacks("回答不足");
    let path = sent.location.split('?').next().unwrap().to_owned();
    assert_eq!(browse(county, "doctor", &format!("{path}/pdf"), None).await.status, StatusCode::OK);
    let told =
        json!({ "scale": "local-mental-status", "text": "情绪平稳", "rater": "doctor", "mode": "interview" });
    let told = record(county, "doctor", &case, told).await;
    assert_eq!((&told["entered"], &told["text"]), (&json!("text"), &json!("情绪平稳")));
    assert_eq!((&told["total"], &told["flags"]), (&Value::Null, &json!([])));
    let both = json!({ "scale": "local-mental-status", "text": "x", "total": 1, "rater": "doctor", "mode": "interview" });
    let refused = county.post("doctor", &format!("/api/v1/cases/{case}/results"), &[], &both).await;
    assert_eq!(refused.fields(), ["total"], "{}", refused.json);
    // An administrator offers it or does not, as any other.
    let library = "/scales/local-mental-status";
    browse(county, "administrator", library, None).await.has("以文字记录").has("不再提供");
    browse(county, "administrator", &format!("{library}/offer"), Some(&[("offered", "no")])).await;
    assert_eq!(browse(county, "doctor", &page, None).await.status, StatusCode::NOT_FOUND);
    let back =
        browse(county, "administrator", &format!("{library}/offer"), Some(&[("offered", "yes")])).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
});

both!(the_person_fills_in_what_is_asked_of_oneself_and_is_shown_help, |county| {
    let case = county.apply("client", 5).await.id();
    county.register(&case).await;
    let path = format!("/cases/{case}/scales");
    browse(county, "client", &path, None).await.has("患者健康问卷抑郁量表").lacks("社会功能缺陷筛选量表");
    let mut form: Vec<(String, String)> =
        (1..=9).map(|item| (format!("item.phq9-{item}"), "3".to_owned())).collect();
    form.push(("rater".to_owned(), "doctor".to_owned()));
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let sent = browse(county, "client", &format!("{path}/phq-9"), Some(&form)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let result = browse(county, "client", &sent.location, None).await;
    // Help, and neither the protocol of the staff nor what a doctor is to judge.
    result.has("您的回答让我们有些担心").has("tel:12356").lacks("当日由医生面见").lacks("重性抑郁综合征");
    // Nobody has the case in charge: the desk is told.
    let id: Id = case.parse().unwrap();
    let sql = "SELECT kind, to_role FROM task WHERE home = $1 AND referral_id = $2 ORDER BY kind";
    let tasks: Vec<(String, Option<String>)> =
        county.app.db.all(sql, p![id.home_number(), id]).await.unwrap();
    let of = |kind: &str| tasks.iter().find(|(one, _)| one == kind).and_then(|(_, role)| role.clone());
    assert_eq!(of("scale_call_back").as_deref(), Some("referral_worker"), "{tasks:?}");
    assert_eq!(of("scale_doctor_same_day").as_deref(), Some("doctor"), "{tasks:?}");
});

both!(programs_are_told_what_is_wrong_and_an_identifier_makes_a_result_once, |county| {
    let case = county.at_state(1, "in_service").await;
    let path = format!("/api/v1/cases/{case}/results");
    let good = || json!({ "scale": "gad-7", "answers": vec![2; 7], "rater": "own", "mode": "telephone" });
    let with = |key: &str, value: Value| {
        let mut body = good();
        body[key] = value;
        body
    };
    for (who, body, status, field) in [
        ("sunrise keeper", with("answers", json!([9, 0, 0, 0, 0, 0, 0])), 422, "gad7-1"),
        ("sunrise keeper", with("answers", json!([1])), 422, "answers"),
        ("sunrise keeper", with("total", json!(3)), 422, "total"),
        ("sunrise keeper", with("rater", json!("nobody")), 422, "rater"),
        ("sunrise keeper", with("mode", json!("post")), 422, "mode"),
        ("sunrise keeper", with("id", json!("x")), 422, "id"),
        ("sunrise keeper", with("scale", json!("x")), 422, "scale"),
        ("sunrise keeper", with("more", json!(1)), 422, "more"),
        ("worker", good(), 403, ""),
        ("harbour keeper", good(), 404, ""),
    ] {
        let answer = county.post(who, &path, &[], &body).await;
        assert_eq!(answer.status.as_u16(), status, "{who} {body}: {}", answer.json);
        assert!(field.is_empty() || answer.fields() == [field], "{field}: {}", answer.json);
    }
    let made = with("id", json!("7b1c8e3a-5b0e-4a55-9c38-0a4f3c7f1c11"));
    let first = record(county, "sunrise keeper", &case, made.clone()).await;
    county.on("2026-05-04");
    let again = record(county, "sunrise keeper", &case, made).await;
    assert_eq!((&first["id"], &first["at"]), (&again["id"], &again["at"]));
    let list = county.get("sunrise keeper", &path).await.json;
    assert_eq!(list["results"].as_array().map(Vec::len), Some(1));
    let one = format!("{path}/{}", first["id"].as_str().unwrap());
    let taken = county
        .post(
            "sunrise keeper",
            &format!("{one}/void"),
            &[],
            &json!({ "reason": "not_valid", "words": "答非所问" }),
        )
        .await;
    assert_eq!(
        (taken.status, &taken.json["voided"]["reason"]),
        (StatusCode::OK, &json!("not_valid")),
        "{}",
        taken.json
    );
    let twice = county
        .post("sunrise keeper", &format!("{one}/void"), &[], &json!({ "reason": "not_valid", "words": "x" }))
        .await;
    assert_eq!((twice.status, twice.code()), (StatusCode::CONFLICT, "result_taken_back"));
});

both!(a_scale_that_is_half_filled_in_is_taken_up_again_for_a_few_days, |county| {
    let case = county.at_state(1, "in_service").await;
    let (list, page) = (format!("/cases/{case}/scales"), format!("/cases/{case}/scales/phq-9"));
    let mut keeper = county.browser("sunrise keeper").await;
    let blank = keeper.get(&page).await;
    blank.has(&format!("data-keep=\"{page}\"")).has("data-lost");
    let keep = format!("/unsent?place={}", page.replace('/', "%2F"));
    let made = Id::in_division(common::COUNTY, county.at).to_string();
    let half = [("made", made.as_str()), ("rater", "own"), ("item.phq9-1", "2"), ("item.phq9-2", "1")];
    assert_eq!(keeper.post(&keep, &half).await.status, StatusCode::NO_CONTENT);
    keeper.get(&list).await.has("继续填写");
    keeper.get(&page).await.has("name=\"item.phq9-1\" value=\"2\" checked").has("尚未提交的内容");
    // It is its writer's alone, and sealed.
    browse(county, "sunrise manager", &list, None).await.lacks("继续填写");
    let stored: Vec<(Vec<u8>,)> = county.app.db.all("SELECT content FROM unsent_form", p![]).await.unwrap();
    assert!(stored.iter().all(|(content,)| !String::from_utf8_lossy(content).contains("phq9")));
    // After a few days it is no one filling-in any more.
    county.on("2026-03-07");
    let mut later = county.browser("sunrise keeper").await;
    later.get(&list).await.lacks("继续填写");
    later.get(&page).await.lacks("checked").lacks("尚未提交的内容");
    // Recorded, nothing of it comes back; nor what arrives late of a form that was recorded.
    assert_eq!(later.post(&keep, &half).await.status, StatusCode::NO_CONTENT);
    let answers: Vec<(String, String)> =
        (1..=9).map(|item| (format!("item.phq9-{item}"), "1".to_owned())).collect();
    let mut form = vec![("made", made.as_str()), ("rater", "own"), ("mode", "screen")];
    form.extend(answers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_eq!(later.post(&page, &form).await.status, StatusCode::SEE_OTHER);
    later.get(&page).await.lacks("尚未提交的内容");
    assert_eq!(later.post(&keep, &half).await.status, StatusCode::NO_CONTENT);
    later.get(&page).await.lacks("尚未提交的内容");
    // The background clock forgets those that are too old.
    assert_eq!(later.post(&keep, &[("item.phq9-1", "2")]).await.status, StatusCode::NO_CONTENT);
    county.on("2026-03-20");
    app::referral::tick(&county.app.at(county.at)).await.unwrap();
    let left: Vec<(Vec<u8>,)> = county.app.db.all("SELECT content FROM unsent_form", p![]).await.unwrap();
    assert!(left.is_empty());
});

both!(an_administrator_takes_a_questionnaire_into_the_library_and_offers_it, |county| {
    let case = county.at_state(1, "in_service").await;
    let option = |code: &str, points: i32| {
        json!({ "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": points }],
            "valueCoding": { "code": code, "display": code } })
    };
    let item = |link: &str| json!({ "linkId": link, "type": "choice", "text": link, "answerOption": [option("no", 0), option("yes", 1)] });
    let questionnaire = json!({
        "resourceType": "Questionnaire", "status": "active", "name": "sleep-two", "title": "Sleep", "version": "1", "date": "2026-01-01",
        "copyright": "public domain", "item": [item("one"), item("two")]
    });
    let sent = county.post("administrator", "/api/v1/scales", &[], &questionnaire).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json);
    let id = sent.id();
    let refused = county
        .post("administrator", "/api/v1/scales", &[], &json!({ "resourceType": "Questionnaire" }))
        .await;
    assert_eq!(
        (refused.status, refused.fields()),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["file"]),
        "{}",
        refused.json
    );
    let one = browse(county, "administrator", &format!("/scales/{id}"), None).await;
    one.has("未提供").has("在本地区提供");
    let offered =
        browse(county, "administrator", &format!("/scales/{id}/offer"), Some(&[("offered", "yes")])).await;
    assert_eq!(offered.status, StatusCode::SEE_OTHER);
    browse(county, "administrator", "/scales", None).await.has("导入量表").has(&id);
    let listed = county.get("sunrise keeper", "/api/v1/scales").await.json;
    let found = listed["scales"].as_array().unwrap().iter().find(|one| one["id"] == id.as_str()).unwrap();
    assert_eq!((&found["offered"], &found["imported"]), (&json!(true), &json!(true)));
    let page = browse(county, "sunrise keeper", "/scales", None).await;
    page.lacks("导入量表");
    assert!(
        !county.get("sunrise keeper", &format!("/api/v1/cases/{case}/scales")).await.json["may_record"]
            .as_array()
            .unwrap()
            .is_empty()
    );
});

both!(papers_are_files_that_are_the_same_each_time, |county| {
    let case = county.at_state(1, "in_service").await;
    for (day, sum) in [("2026-03-02", 8), ("2026-06-01", 4)] {
        county.on(day);
        record(county, "sunrise assessor", &case, sdss(sum)).await;
    }
    let results = county.get("doctor", &format!("/api/v1/cases/{case}/results")).await.json;
    let result = results["results"][0]["id"].as_str().unwrap().to_owned();
    let id: Id = case.parse().unwrap();
    let sql = "SELECT id FROM form_entry WHERE home = $1 AND referral_id = $2 AND code = 'F3'";
    let (slip,): (Id,) = county.app.db.opt(sql, p![id.home_number(), id]).await.unwrap().unwrap();
    for (who, path) in [
        ("worker", format!("/cases/{case}/forms/{slip}/pdf")),
        ("worker", format!("/cases/{case}/file/pdf")),
        ("sunrise manager", format!("/cases/{case}/file/pdf")),
        ("sunrise keeper", format!("/cases/{case}/file/pdf")),
        ("sunrise keeper", format!("/cases/{case}/results/{result}/pdf")),
        ("sunrise keeper", format!("/cases/{case}/outcome/pdf")),
    ] {
        let (first, second) =
            (browse(county, who, &path, None).await, browse(county, who, &path, None).await);
        assert_eq!(first.status, StatusCode::OK, "{who} {path}: {}", first.text);
        assert!(first.bytes.starts_with(b"%PDF-"), "{path}");
        assert!(first.bytes == second.bytes, "{who} {path}: two runs differ");
    }
    let refused = browse(county, "sunrise assessor", &format!("/cases/{case}/file/pdf"), None).await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "the whole file is taken by who answers for it or works with the person"
    );
    let sql =
        "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE action = 'export' AND subject_id = $1";
    assert_eq!(county.app.db.opt::<(i64,)>(sql, p![id]).await.unwrap().unwrap().0, 6);
    let outcome = browse(county, "sunrise keeper", &format!("/cases/{case}/outcome"), None).await;
    outcome
        .has("<svg class=\"chart\"")
        .has("从 8 分到 4 分，明显好转")
        .has("近十二个月没有住院")
        .lacks("style=");
});
