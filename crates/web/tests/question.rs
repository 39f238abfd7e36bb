//! The question desk from the question to the note: asked without a name, taken, answered in turn, late and given to another hospital.
//! All persons are invented.
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
use common::County;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/questions";

fn asking(county: &County, about: &str, text: &str) -> Value {
    json!({ "hospital": county.id("hospital"), "about_kind": "case", "about": about, "topic": "medication", "urgency": "ordinary",
        "subject": "服药后手抖", "text": text, "agreed": true })
}

both!(a_question_is_asked_without_a_name_answered_in_turn_and_published, |county| {
    let case = county.at_state(1, "in_service").await;
    county.account("second doctor", "doctor", "hospital").await;
    county.organisation("far hospital", "hospital", common::ELSEWHERE).await;
    county.account("far doctor", "doctor", "far hospital").await;
    let name = "测试甲".to_owned();

    // What says whose it is does not leave, and whoever is asked about was asked first.
    for (text, field) in [
        (format!("{name}服药后手抖"), "text"),
        ("身份证 310115 19850307 1234".to_owned(), "text"),
        ("电话138-1234-5678".to_owned(), "text"),
    ] {
        let refused = county.post("sunrise keeper", PATH, &[], &asking(county, &case, &text)).await;
        assert_eq!(refused.fields(), [field], "{text}: {}", refused.json);
    }
    let mut unasked = asking(county, &case, "手抖两周，要减量吗？");
    unasked["agreed"] = json!(false);
    assert_eq!(county.post("sunrise keeper", PATH, &[], &unasked).await.fields(), ["agreed"]);
    let mut far = asking(county, &case, "手抖两周，要减量吗？");
    far["hospital"] = json!(county.id("far hospital"));
    assert_eq!(county.post("sunrise keeper", PATH, &[], &far).await.fields(), ["hospital"]);
    let foreign = county.post("harbour keeper", PATH, &[], &asking(county, &case, "手抖")).await;
    assert_eq!(foreign.fields(), ["about"], "another house's case");
    let body = asking(county, &case, "手抖两周，要减量吗？");
    let once = [("Idempotency-Key", "q1")];
    let made = county.post("sunrise keeper", PATH, &once, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let again = county.post("sunrise keeper", PATH, &once, &body).await;
    assert_eq!(again.id(), made.id(), "asked once");
    let (path, page) = (format!("{PATH}/{}", made.id()), format!("/questions/{}", made.id()));
    let to = format!("{path}/step");
    let step =
        |step: &str, version: i64, text: &str| json!({ "step": step, "version": version, "text": text });

    // The desk sees it without a name; nobody else does.
    let seen = county.get("doctor", &path).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.json);
    assert!(
        !seen.json.to_string().contains(&name) && seen.json["facts"]["age_from"].is_u64(),
        "{}",
        seen.json
    );
    for who in ["far doctor", "sunrise manager", "harbour keeper", "health officer"] {
        assert_eq!(county.get(who, &path).await.status, StatusCode::NOT_FOUND, "{who}");
    }
    let early = county.post("doctor", &to, &[], &step("answer", 1, "先减半量")).await;
    assert_eq!(early.code(), "question_not_yours", "taken first");
    assert_eq!(county.post("doctor", &to, &[], &step("take", 1, "")).await.status, StatusCode::NO_CONTENT);
    let twice = county.post("second doctor", &to, &[], &step("take", 2, "")).await;
    assert_eq!(twice.code(), "question_taken");
    assert_eq!(county.post("doctor", &to, &[], &step("answer", 2, " ")).await.fields(), ["text"]);
    assert_eq!(
        county.post("doctor", &to, &[], &step("ask_back", 2, "剂量多少？")).await.status,
        StatusCode::NO_CONTENT
    );
    let said = county.post("sunrise keeper", &to, &[], &step("add", 3, "每天十毫克")).await;
    assert_eq!(said.status, StatusCode::NO_CONTENT, "{}", said.json);
    let mut answer = step("answer", 4, "建议本周内复诊，查肝功能");
    answer["proposes"] = json!("medical_referral");
    assert_eq!(county.post("doctor", &to, &[], &answer).await.fields(), ["by"], "by when");
    answer["by"] = json!("2026-03-09");
    assert_eq!(county.post("doctor", &to, &[], &answer).await.status, StatusCode::NO_CONTENT);
    let sql = "SELECT content FROM question_message /* whole: a test looks */";
    let stored: Vec<(Vec<u8>,)> = county.app.db.all(sql, p![]).await.unwrap();
    assert!(stored.iter().all(|(content,)| !String::from_utf8_lossy(content).contains("毫克")));

    // The list leaves as a file with a mark, without a name; whoever has no part in it finds nothing there.
    for who in ["doctor", "sunrise keeper"] {
        let mut reader = county.browser(who).await;
        // For the desk an answered question is done, for who asked it is open until it is closed.
        let tab = if who == "doctor" { "done" } else { "open" };
        let link = format!("/questions/export?tab={tab}&amp;format=csv");
        reader.get(&format!("/questions?tab={tab}")).await.has(&link);
        let file = reader.get(&format!("/questions/export?tab={tab}&format=csv")).await;
        file.has("服药后手抖").has("文件编号").has("已答复").lacks(&name);
        assert_eq!(
            reader.get(&format!("/questions/export?tab={tab}&format=xlsx")).await.status,
            StatusCode::OK
        );
    }
    let mut foreign = county.browser("harbour keeper").await;
    foreign.get("/questions/export?format=csv").await.has("文件编号").lacks("手抖");
    assert_eq!(
        county.browser("committee clerk").await.get("/questions/export").await.status,
        StatusCode::FORBIDDEN
    );

    // The proposal decides nothing until the asker takes it up; then it stands in the work list until it is done.
    let mut keeper = county.browser("sunrise keeper").await;
    keeper.get("/work-list").await.has("1 个提问有了答复").lacks("建议本周内复诊");
    keeper.get(&page).await.has(&name).has("建议转诊到医院").has("采纳，列为我的任务");
    let taken =
        keeper.post(&format!("{page}/proposal"), &[("version", "5"), ("number", "5"), ("take", "yes")]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text);
    let list = keeper.get("/work-list").await;
    list.has("建议本周内复诊").has("来自医生答复");
    let task: (app::id::Id,) = county
        .app
        .db
        .opt("SELECT id FROM agreed_task /* whole: a test looks */", p![])
        .await
        .unwrap()
        .unwrap();
    let mut other = county.browser("harbour keeper").await;
    let foreign = other.post(&format!("/agreed/{}/done", task.0), &[("version", "1")]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let done =
        keeper.post(&format!("/agreed/{}/done", task.0), &[("version", "1"), ("note", "已复诊")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    keeper.get("/work-list").await.lacks("建议本周内复诊");
    keeper.get(&page).await.has("已复诊");

    // What holds for many is published without any person's data, and found by all who ask.
    let mut doctor = county.browser("doctor").await;
    doctor.get(&page).await.has("整理为摘编").lacks(&name);
    let note = format!("{page}/note");
    let named = [("version", "6"), ("title", "手抖"), ("body", name.as_str()), ("checked", "yes")];
    let refused = doctor.post(&note, &named).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.has("含有当事人姓名");
    let fine =
        [("version", "6"), ("title", "服药后手抖"), ("body", "先查剂量，再议减量。"), ("checked", "yes")];
    let published = doctor.post(&note, &fine).await;
    assert_eq!(published.status, StatusCode::SEE_OTHER, "{}", published.text);
    for (who, words, finds) in
        [("harbour keeper", "%E5%87%8F%E9%87%8F", true), ("harbour keeper", "%E5%A4%B1%E7%9C%A0", false)]
    {
        let mut reader = county.browser(who).await;
        let found = reader.get(&format!("/questions/notes?q={words}")).await;
        assert_eq!(found.text.contains("服药后手抖"), finds, "{words}");
    }
    let withdrawn = format!("{}/withdraw", published.location);
    let off = doctor.post(&withdrawn, &[("version", "1"), ("reason", "内容过时")]).await;
    assert_eq!(off.status, StatusCode::SEE_OTHER, "{}", off.text);
    keeper.get("/questions/notes").await.lacks("服药后手抖");
    keeper.get(&published.location).await.has("内容过时");
});

both!(a_late_question_goes_to_the_county_and_silence_closes, |county| {
    let case = county.at_state(1, "in_service").await;
    county.organisation("second hospital", "hospital", common::COUNTY).await;
    county.account("neighbour doctor", "doctor", "second hospital").await;
    let made = county.post("sunrise keeper", PATH, &[], &asking(county, &case, "手抖两周")).await;
    let (path, to) = (format!("{PATH}/{}", made.id()), format!("{PATH}/{}/step", made.id()));
    // Three working days are over; the county learns that, and not a word of it.
    county.on("2026-03-09");
    let turned = app::question::turn(&county.app.at(county.at)).await.unwrap();
    assert_eq!((turned.late, turned.closed), (1, 0));
    assert_eq!(app::question::turn(&county.app.at(county.at)).await.unwrap().late, 0, "told once");
    let seen = county.get("health officer", &path).await;
    assert_eq!((seen.status, &seen.json["messages"]), (StatusCode::OK, &json!([])));
    assert!(!seen.json.to_string().contains("手抖"), "{}", seen.json);
    let mut officer = county.browser("health officer").await;
    officer.get("/questions").await.has("待接").lacks("手抖");
    let version = seen.json["version"].as_i64().unwrap();
    let away =
        |hospital: &str| json!({ "step": "redirect", "version": version, "hospital": county.id(hospital) });
    assert_eq!(county.post("health officer", &to, &[], &away("hospital")).await.fields(), ["hospital"]);
    let sent = county.post("health officer", &to, &[], &away("second hospital")).await;
    assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.json);
    assert_eq!(county.get("doctor", &path).await.status, StatusCode::NOT_FOUND, "no longer theirs");
    assert_eq!(county.get("health officer", &path).await.status, StatusCode::NOT_FOUND, "no longer late");
    for (step, version) in [("take", version + 1), ("answer", version + 2)] {
        let body = json!({ "step": step, "version": version, "text": "先观察" });
        let done = county.post("neighbour doctor", &to, &[], &body).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.json);
    }
    // Two weeks of silence close it; the asker opens it again, and it is the same doctor's.
    county.on("2026-03-24");
    assert_eq!(app::question::turn(&county.app.at(county.at)).await.unwrap().closed, 1);
    let closed = county.get("sunrise keeper", &path).await;
    assert_eq!((&closed.json["state"], &closed.json["steps"]), (&json!("closed"), &json!(["reopen"])));
    let body = json!({ "step": "reopen", "version": closed.json["version"], "text": "又手抖了" });
    assert_eq!(county.post("sunrise keeper", &to, &[], &body).await.status, StatusCode::NO_CONTENT);
    assert_eq!(county.get("neighbour doctor", &path).await.json["state"], "taken");
    // Figures: one asked, answered late by its first term and in time by the new one.
    let figures = county.get("health officer", "/api/v1/question-figures?from=2026-03-01").await;
    let row = &figures.json["rows"][0];
    assert_eq!(
        (&row["asked"], &row["answered"], &row["in_time"]),
        (&json!(1), &json!(1), &json!(1)),
        "{}",
        figures.json
    );
    let above = county.get("supervisor", "/api/v1/question-figures?from=2026-03-01").await;
    assert!(above.json["total"]["asked"].is_null(), "small figures stay in the county: {}", above.json);
    assert_eq!(county.get("sunrise keeper", "/api/v1/question-figures").await.status, StatusCode::FORBIDDEN);
});

both!(what_nobody_answered_in_time_counts_as_late_and_one_that_fails_holds_up_no_other, |county| {
    let case = county.at_state(1, "in_service").await;
    county.organisation("second hospital", "hospital", common::COUNTY).await;
    county.account("neighbour doctor", "doctor", "second hospital").await;
    let mut form = county.browser("sunrise keeper").await;
    form.get(&format!("/questions/new?case={case}&lang=zh-CN")).await.has("提问</button>");
    let mut ids: Vec<app::id::Id> = Vec::new();
    for text in ["手抖两周", "手抖三周", "手抖四周"] {
        let made = county.post("sunrise keeper", PATH, &[], &asking(county, &case, text)).await;
        ids.push(made.id().parse().unwrap());
    }
    county.on("2026-03-09");
    // The thread of the first cannot be written on: the place is taken.
    let sql = "UPDATE question_message SET number = 2 WHERE home = $1 AND question_id = $2";
    county.app.db.run(sql, p![ids[0].home_number(), ids[0]]).await.unwrap();
    assert_eq!(app::question::turn(&county.app.at(county.at)).await.unwrap().late, 2);
    let overdue = async |county: &County| {
        let told = county.get("health officer", "/api/v1/question-figures?from=2026-03-01").await.json;
        (told["total"]["asked"].clone(), told["total"]["answered"].clone(), told["total"]["overdue"].clone())
    };
    assert_eq!(overdue(county).await, (json!(3), json!(0), json!(3)));
    let mut officer = county.browser("health officer").await;
    officer.get("/questions/figures").await.has("0.0 %");
    // Who gives up waiting does not make it any earlier.
    let step = async |county: &County, who: &'static str, id: app::id::Id, body: Value| {
        let done = county.post(who, &format!("{PATH}/{id}/step"), &[], &body).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.json);
    };
    step(county, "sunrise keeper", ids[1], json!({ "step": "close", "version": 2 })).await;
    assert_eq!(overdue(county).await, (json!(3), json!(0), json!(3)));
    // An urgency that the data no longer know: the term that was stored goes on, and where none runs one begins.
    let sql = "UPDATE question SET urgency = 'of old' WHERE home = $1 AND id = $2";
    county.app.db.run(sql, p![ids[2].home_number(), ids[2]]).await.unwrap();
    let due = async |county: &County| {
        let sql = "SELECT due_at FROM question WHERE home = $1 AND id = $2";
        let found: Option<(Option<jiff::Timestamp>,)> =
            county.app.db.opt(sql, p![ids[2].home_number(), ids[2]]).await.unwrap();
        found.unwrap().0
    };
    let stored = due(county).await;
    let away = json!({ "step": "redirect", "version": 2, "hospital": county.id("second hospital") });
    step(county, "health officer", ids[2], away).await;
    assert!(stored.is_some() && due(county).await == stored);
    step(county, "neighbour doctor", ids[2], json!({ "step": "take", "version": 3 })).await;
    step(
        county,
        "neighbour doctor",
        ids[2],
        json!({ "step": "ask_back", "version": 4, "text": "剂量多少？" }),
    )
    .await;
    assert_eq!(due(county).await, None);
    step(county, "sunrise keeper", ids[2], json!({ "step": "add", "version": 5, "text": "每天十毫克" }))
        .await;
    assert!(due(county).await > stored);
});
