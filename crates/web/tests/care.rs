//! Care from plan to session: what is entered, what is refused, who sees it, what the figures say, on both databases. All persons are
//! invented.
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
use common::{County, visitor::Visitor};
use serde_json::{Value, json};

/// A house with room for a group.
pub async fn roomy(county: &County) {
    county.app.db.run("UPDATE institution SET contracted = 40 WHERE name = 'sunrise'", p![]).await.unwrap();
}

/// Cases in service since the morning of the county.
pub async fn served(county: &County, first: u32, count: u32) -> Vec<String> {
    let mut cases = Vec::new();
    for number in first..first + count {
        cases.push(county.at_state(number, "in_service").await);
    }
    cases
}

pub fn entry(key: u128, held: bool, on: &str, (start, end): (&str, &str), cases: &[String]) -> Value {
    let persons: Vec<Value> = cases.iter().map(|case| json!({ "case": case })).collect();
    json!({ "key": uuid::Uuid::from_u128(key), "held": held, "service": "S4", "way": "W3", "place": "institution", "on": on,
        "start": start, "end": end, "persons": persons, "content": { "title": "一起做饭" } })
}

pub async fn enter(county: &County, who: &str, entry: &Value) -> common::Answer {
    county.post(who, "/api/v1/care/sessions", &[], entry).await
}

pub fn plan(county: &County, seen: i64) -> Value {
    json!({ "seen": seen, "from": county.today(), "until": "2026-08-31", "review": "2026-06-01", "problems": "少与人交往",
        "long_term_goal": "自己安排一天", "change": "与本人商定",
        "goals": [{ "key": "g1", "text": "每周做饭三次", "what": "每周做饭次数", "baseline": 0, "target": 3, "due": "2026-05-31" },
                  { "key": "g2", "text": "情绪平稳", "scale": "phq-9", "baseline": 12, "target": 4, "due": "2026-08-31" }],
        "lines": [{ "service": "S4", "way": "W3", "times": 2, "per": "month", "minutes": 60, "goal": "g1" }],
        "crisis": { "signs": "睡不好", "helps": "散步", "call": [{ "name": "姐姐", "phone": "13900001234" }] } })
}

both!(a_group_is_one_entry_and_the_same_entry_sent_twice_is_one, |county| {
    roomy(county).await;
    let cases = served(county, 1, 3).await;
    county.on("2026-03-10");
    let group = entry(7, true, "2026-03-09", ("09:00", "10:30"), &cases);
    let first = enter(county, "sunrise keeper", &group).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.json);
    county.on("2026-03-12");
    let again = enter(county, "sunrise keeper", &group).await;
    assert_eq!((again.status, &again.json), (StatusCode::CREATED, &first.json));
    let other = entry(7, true, "2026-03-09", ("14:00", "15:00"), &cases);
    let refused = enter(county, "sunrise keeper", &other).await;
    assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["key"]));
    let (count,): (i64,) = county
        .app
        .db
        .opt("SELECT COUNT(*) /* whole: a test counts */ FROM care_session", p![])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(count, 1);
    for case in &cases {
        let figures = county.get("sunrise keeper", &format!("/api/v1/cases/{case}/care")).await.json;
        assert_eq!((&figures["came"], &figures["minutes"]), (&json!(1), &json!(90)), "{figures}");
        let list = county.get("sunrise keeper", &format!("/api/v1/cases/{case}/sessions")).await.json;
        assert_eq!(list["sessions"][0]["presence"], "came");
    }
    let shown = county
        .get("sunrise keeper", &format!("/api/v1/care/sessions/{}", first.json["ids"][0].as_str().unwrap()))
        .await;
    assert_eq!(shown.json["persons"].as_array().unwrap().len(), 3);
    assert_eq!(shown.json["title"], "一起做饭");
});

both!(what_does_not_hold_is_refused_and_says_why, |county| {
    roomy(county).await;
    let cases = served(county, 1, 2).await;
    county.on("2026-03-20");
    county.account("second keeper", "case_manager", "sunrise").await;
    let first = entry(1, true, "2026-03-18", ("09:00", "10:00"), &cases[..1]);
    assert_eq!(enter(county, "sunrise keeper", &first).await.status, StatusCode::CREATED);
    for (key, on, times, who, code, field) in [
        (2, "2026-03-18", ("09:30", "10:30"), &cases[1..], "leader_elsewhere", ""),
        (3, "2026-03-18", ("09:00", "09:05"), &cases[..1], "", "end"),
        (4, "2026-03-18", ("08:00", "17:00"), &cases[..1], "", "end"),
        (5, "2026-03-18", ("11:00", "10:00"), &cases[..1], "", "end"),
        (6, "2026-03-21", ("09:00", "10:00"), &cases[..1], "", "on"),
        (7, "2025-11-01", ("09:00", "10:00"), &cases[..1], "", "on"),
        (8, "2026-03-01", ("09:00", "10:00"), &cases[..1], "session_not_in_service", ""),
        (9, "2026-03-18", ("14:00", "15:00"), &[][..], "", "persons"),
    ] {
        let told = enter(county, "sunrise keeper", &entry(key, true, on, times, who)).await;
        if code.is_empty() {
            assert!(told.fields().contains(&field), "{key}: {}", told.json);
        } else {
            assert_eq!((told.status, told.code()), (StatusCode::CONFLICT, code), "{key}: {}", told.json);
        }
    }
    // Led by another, the person is still elsewhere; one minute later nobody is.
    let mut other = entry(10, true, "2026-03-18", ("09:59", "10:30"), &cases[..1]);
    other["leader"] = json!(county.id("second keeper"));
    assert_eq!(enter(county, "sunrise keeper", &other).await.code(), "client_elsewhere");
    other["start"] = json!("10:00");
    assert_eq!(enter(county, "sunrise keeper", &other).await.status, StatusCode::CREATED);
    let wrong = json!({ "key": uuid::Uuid::from_u128(11), "held": true, "service": "S99", "way": "W0", "place": "moon",
        "on": "2026-03-18", "start": "25:00", "end": "10:00", "persons": [{ "case": cases[0] }] });
    assert_eq!(enter(county, "sunrise keeper", &wrong).await.fields(), ["start"]);
    let mut wrong = wrong;
    wrong["start"] = json!("08:00");
    assert_eq!(enter(county, "sunrise keeper", &wrong).await.fields(), ["service", "way", "place"]);
});

both!(nobody_enters_or_reads_sessions_of_other_peoples_clients, |county| {
    roomy(county).await;
    let cases = served(county, 1, 1).await;
    county.on("2026-03-10");
    county.account("second keeper", "case_manager", "sunrise").await;
    let made =
        enter(county, "sunrise keeper", &entry(1, true, "2026-03-09", ("09:00", "10:00"), &cases)).await;
    let session = made.json["ids"][0].as_str().unwrap().to_owned();
    for who in ["second keeper", "harbour keeper", "harbour manager"] {
        let foreign = enter(county, who, &entry(2, true, "2026-03-09", ("14:00", "15:00"), &cases)).await;
        assert_eq!(
            (foreign.status, foreign.fields()),
            (StatusCode::UNPROCESSABLE_ENTITY, vec!["persons"]),
            "{who}"
        );
        for path in [format!("/api/v1/care/sessions/{session}"), format!("/api/v1/cases/{}/plan", cases[0])] {
            assert_eq!(county.get(who, &path).await.status, StatusCode::NOT_FOUND, "{who} {path}");
        }
    }
    for who in ["worker", "officer", "doctor", "committee clerk", "supervisor", "auditor"] {
        for path in [format!("/api/v1/cases/{}/care", cases[0]), format!("/api/v1/care/sessions/{session}")] {
            assert_eq!(county.get(who, &path).await.status, StatusCode::FORBIDDEN, "{who} {path}");
        }
    }
    let assessor = county.get("sunrise assessor", &format!("/api/v1/care/sessions/{session}")).await;
    assert_eq!(assessor.json["persons"][0]["name"], "测试甲");
    // What was written lies sealed.
    let sql = "SELECT content FROM care_session /* whole: a test looks */";
    let (sealed,): (Vec<u8>,) = county.app.db.opt(sql, p![]).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("做饭"));
    // Once the case is over, the house keeps its own records and no name with them.
    county.evaluate(&cases[0], "close").await;
    county.propose_closure(&cases[0], "C1").await;
    county.close(&cases[0]).await;
    let manager = county.get("sunrise manager", &format!("/api/v1/care/sessions/{session}")).await;
    assert_eq!(manager.json["persons"][0]["name"], "", "{}", manager.json);
});

both!(who_stays_away_is_told_and_a_void_record_counts_for_nothing, |county| {
    roomy(county).await;
    let cases = served(county, 1, 2).await;
    county.on("2026-03-03");
    let mut weekly = entry(1, false, "2026-03-04", ("09:00", "10:00"), &cases);
    weekly["repeat"] = json!(2);
    let made = enter(county, "sunrise keeper", &weekly).await;
    let ids: Vec<String> =
        made.json["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 3, "{}", made.json);
    let record = |version: i64, second: &str| json!({ "version": version, "persons": [{ "case": cases[0], "presence": "came" }, { "case": cases[1], "presence": second }] });
    let early = county
        .post(
            "sunrise keeper",
            &format!("/api/v1/care/sessions/{}/record", ids[0]),
            &[],
            &record(1, "missed"),
        )
        .await;
    assert_eq!(early.fields(), ["on"], "{}", early.json);
    let told = async |county: &County| county.get("sunrise keeper", "/api/v1/care/warnings").await.json;
    for (day, id) in [("2026-03-05", &ids[0]), ("2026-03-12", &ids[1])] {
        county.on(day);
        let path = format!("/api/v1/care/sessions/{id}/record");
        let left_out = json!({ "version": 1, "persons": [{ "case": cases[0] }] });
        assert_eq!(
            county.post("sunrise keeper", &path, &[], &left_out).await.code(),
            "session_not_all_yours"
        );
        let recorded = county.post("sunrise keeper", &path, &[], &record(1, "missed")).await;
        assert_eq!(
            (recorded.status, &recorded.json["state"]),
            (StatusCode::OK, &json!("held")),
            "{}",
            recorded.json
        );
        // The same answer again is one, another version is not.
        assert_eq!(
            county.post("sunrise keeper", &path, &[], &record(1, "missed")).await.status,
            StatusCode::OK
        );
        assert_eq!(
            county.post("sunrise keeper", &path, &[], &record(5, "missed")).await.code(),
            "session_state"
        );
    }
    let warnings = told(county).await;
    let stays_away: Vec<(&Value, &Value)> = warnings["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["case"], &one["missed_in_a_row"]))
        .collect();
    assert!(stays_away.contains(&(&json!(cases[1]), &json!(2))), "{warnings}");
    let figures = county.get("sunrise assessor", &format!("/api/v1/cases/{}/care", cases[1])).await.json;
    assert!(figures["proposals"].as_array().unwrap().contains(&json!("stays_away")), "{figures}");
    // The second was entered wrongly: void, it counts for nothing and stays.
    let path = format!("/api/v1/care/sessions/{}/end", ids[1]);
    assert_eq!(
        county.post("sunrise keeper", &path, &[], &json!({ "name": "void", "reason": "x" })).await.fields(),
        ["reason"]
    );
    for _ in 0..2 {
        let void =
            county.post("sunrise keeper", &path, &[], &json!({ "name": "void", "reason": "not_held" })).await;
        assert_eq!((void.status, &void.json["state"]), (StatusCode::OK, &json!("void")));
    }
    let figures = county.get("sunrise keeper", &format!("/api/v1/cases/{}/care", cases[1])).await.json;
    assert_eq!((&figures["missed"], &figures["missed_in_a_row"]), (&json!(1), &json!(1)));
    let path = format!("/api/v1/care/sessions/{}/end", ids[2]);
    let cancelled =
        county.post("sunrise keeper", &path, &[], &json!({ "name": "cancel", "reason": "weather" })).await;
    assert_eq!(cancelled.json["state"], "cancelled");
});

both!(a_plan_has_versions_signatures_and_figures, |county| {
    let case = county.at_state(1, "in_service").await;
    let path = format!("/api/v1/cases/{case}/plan");
    let first = county.get("sunrise keeper", &path).await.json;
    assert_eq!(
        (&first["versions"][0]["from_form"], &first["versions"][0]["signed_by"]),
        (&json!(true), &json!("client"))
    );
    county.on("2026-03-05");
    let written = county.post("sunrise keeper", &path, &[], &plan(county, 1)).await;
    assert_eq!(written.status, StatusCode::CREATED, "{}", written.json);
    assert_eq!(written.json["versions"].as_array().unwrap().len(), 2);
    assert_eq!(county.post("sunrise keeper", &path, &[], &plan(county, 1)).await.kind(), "changed");
    let mut wrong = plan(county, 2);
    wrong["lines"][0]["goal"] = json!("g9");
    wrong["goals"][0]["target"] = json!(0);
    wrong["change"] = json!("");
    let told = county.post("sunrise keeper", &path, &[], &wrong).await;
    assert_eq!(told.fields(), ["goals.0.target", "lines.0.goal", "change"], "{}", told.json);
    let sign = |by: &str, number: i64| json!({ "number": number, "by": by, "name": "测试甲", "on": "2026-03-05", "way": "paper" });
    let to_sign = format!("{path}/sign");
    assert_eq!(
        county.post("sunrise keeper", &to_sign, &[], &sign("guardian", 2)).await.code(),
        "plan_guardian_not_allowed"
    );
    assert_eq!(county.post("sunrise keeper", &to_sign, &[], &sign("client", 2)).await.status, StatusCode::OK);
    assert_eq!(
        county.post("sunrise keeper", &to_sign, &[], &sign("client", 2)).await.code(),
        "plan_signed_already"
    );
    assert_eq!(
        county.post("sunrise assessor", &path, &[], &plan(county, 2)).await.status,
        StatusCode::FORBIDDEN
    );
    // Two of three is 66 percent; the scale has no result yet.
    let goals = format!("{path}/goals");
    let value = json!({ "goal": "g1", "on": "2026-03-05", "value": 2 });
    let figures = county.post("sunrise keeper", &goals, &[], &value).await.json;
    assert_eq!((&figures["attained"], &figures["plan"]), (&json!(66), &json!(2)), "{figures}");
    let nothing = json!({ "goal": "g7", "on": "2026-04-05", "value": 2 });
    assert_eq!(county.post("sunrise keeper", &goals, &[], &nothing).await.fields(), ["goal", "on"]);
    // A scale's result counts by itself.
    let new = app::scale::NewResult {
        scale: "phq-9".into(),
        given: app::scale::Given::Answers([1, 1, 1, 1, 1, 1, 1, 1, 0].map(Some).to_vec()),
        rater: rules::scale::Rater::Own,
        mode: rules::scale::Mode::Paper,
        language: "zh-CN".into(),
        seconds: None,
        made: None,
        guardian_agreed: false,
    };
    let keeper = county.scope("sunrise keeper").await;
    let id: Id = case.parse().unwrap();
    app::scale::record(&county.app.at(county.at), &keeper, id, &new).await.unwrap();
    let figures = county.get("sunrise keeper", &format!("/api/v1/cases/{case}/care")).await.json;
    assert_eq!(
        (&figures["goals"][1]["percent"], &figures["attained"]),
        (&json!(50), &json!(58)),
        "{figures}"
    );
    // The stage evaluation begins with what was measured.
    let page = Pages::of(county, "sunrise assessor").await;
    let (status, body) = page.get(&format!("/cases/{case}/do/stage_evaluation?lang=zh-CN")).await;
    assert_eq!(status, 200);
    assert!(body.contains("计划与服务实际情况") && body.contains("value=\"58\""), "{body}");
});

/// Two persons served by one house since 2 March. The first has the plan of these tests, signed on the 5th, stands at two of three meals
/// a week, came to two groups of the three and was excused from one.
async fn under_a_plan(county: &mut County) -> String {
    roomy(county).await;
    let cases = served(county, 1, 2).await;
    county.on("2026-03-05");
    let case = cases[0].clone();
    let path = format!("/api/v1/cases/{case}/plan");
    let written = county.post("sunrise keeper", &path, &[], &plan(county, 1)).await;
    assert_eq!(written.status, StatusCode::CREATED, "{}", written.json);
    let sign = json!({ "number": 2, "by": "client", "name": "测试甲", "on": "2026-03-05", "way": "paper" });
    let signed = county.post("sunrise keeper", &format!("{path}/sign"), &[], &sign).await;
    assert_eq!(signed.status, StatusCode::OK, "{}", signed.json);
    let value = json!({ "goal": "g1", "on": "2026-03-05", "value": 2 });
    let measured = county.post("sunrise keeper", &format!("{path}/goals"), &[], &value).await;
    assert_eq!(measured.json["attained"], 66, "{}", measured.json);
    county.on("2026-04-10");
    for (key, day, end, presence) in [
        (1, "2026-03-10", "10:30", "came"),
        (2, "2026-03-17", "10:00", "excused"),
        (3, "2026-04-08", "10:00", "came"),
    ] {
        let mut group = entry(key, true, day, ("09:00", end), &cases);
        group["persons"][0]["presence"] = json!(presence);
        let entered = enter(county, "sunrise keeper", &group).await;
        assert_eq!(entered.status, StatusCode::CREATED, "{}", entered.json);
    }
    case
}

both!(goals_and_sessions_are_sections_of_the_outcome_page, |county| {
    let case = under_a_plan(county).await;
    let path = format!("/cases/{case}/outcome?lang=zh-CN");
    let page = county.browser("sunrise keeper").await.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let section = |id: &str| {
        let start = format!("<section class=\"card\" id=\"{id}\">");
        page.text.split(&start).nth(1).unwrap().split("</section>").next().unwrap().to_owned()
    };
    let goals = section("goals");
    for part in [
        "短期目标",
        "目标达成 66 %",
        "每周做饭三次",
        "从 0 到 3，期限 2026-05-31",
        "现在 2（2026-03-05）",
        "情绪平稳",
    ] {
        assert!(goals.contains(part), "{part}: {goals}");
    }
    let sessions = section("sessions");
    assert!(sessions.contains("共参加 2 次，2.5 小时；请假 1 次，未到 0 次。"), "{sessions}");
    // Month, came, excused, missed, hours.
    for month in [["2026-03", "1", "1", "0", "1.5"], ["2026-04", "1", "0", "0", "1.0"]] {
        let cells = month[1..].iter().map(|cell| format!("<td class=\"num\">{cell}</td>"));
        let row = format!("<td>{}</td>{}", month[0], cells.collect::<String>());
        assert!(sessions.contains(&row), "{row}: {sessions}");
    }
    // The doctor who sent the person reads the scores, and has no part in plan and sessions.
    let page = county.browser("doctor").await.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    page.lacks("id=\"goals\"").lacks("id=\"sessions\"").lacks("每周做饭三次");
});

both!(what_was_planned_and_held_stands_beside_closure_and_return_visit, |county| {
    let case = under_a_plan(county).await;
    county.on("2026-06-01");
    county.evaluate(&case, "close").await;
    // In March, April and May two groups were owed each: of six two were held, in May none.
    let beside = async |county: &County, who: &str, command: &str| {
        let page = county.browser(who).await.get(&format!("/cases/{case}/do/{command}?lang=zh-CN")).await;
        assert_eq!(page.status, StatusCode::OK, "{who} {command}: {}", page.text);
        page.has("计划与服务实际情况")
            .has("<dt>目标达成</dt><dd>66 %</dd>")
            .has("<dt>参加次数</dt><dd>2</dd>");
        page.has("已结束各期合计 2 / 6 次").has("2026-05-01 至 2026-05-31：0 / 2 次");
        page
    };
    // The form of the closure begins with the same figures.
    let form = beside(county, "sunrise keeper", "propose_closure").await;
    form.has("value=\"66\"").has("value=\"2\"");
    county.propose_closure(&case, "C1").await;
    beside(county, "sunrise manager", "approve_closure").await;
    beside(county, "sunrise manager", "refuse_closure").await;
    county.close(&case).await;
    county.on("2026-06-02");
    beside(county, "sunrise keeper", "return_visit").await;
});

both!(the_first_session_begins_the_service, |county| {
    let case = county.at_state(1, "agreed").await;
    county.on("2026-03-06");
    let cases = [case.clone()];
    let refused =
        enter(county, "sunrise manager", &entry(1, true, "2026-03-05", ("09:00", "10:00"), &cases)).await;
    assert_eq!(refused.code(), "first_by_case_manager", "{}", refused.json);
    let made =
        enter(county, "sunrise keeper", &entry(2, true, "2026-03-05", ("09:00", "10:00"), &cases)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let seen = county.case("sunrise keeper", &case).await;
    assert_eq!(seen["state"], "in_service", "{seen}");
    let (count,): (i64,) = county
        .app
        .db
        .opt("SELECT COUNT(*) /* whole: a test counts */ FROM attendance", p![])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(count, 1, "the paper of a session is no second one");
});

/// Pages as a browser asks for them.
struct Pages(Visitor);

impl Pages {
    async fn of(county: &County, who: &'static str) -> Pages {
        Pages(county.browser(who).await)
    }

    async fn ask(&self, method: &str, path: &str, body: Option<String>) -> (u16, String, String) {
        let body = body.unwrap_or_default().replace('+', " ");
        let pairs: Vec<(&str, &str)> = body.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let seen = self.0.clone().send(method, path, &pairs).await;
        (seen.status.as_u16(), seen.text, seen.location)
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let (status, body, _) = self.ask("GET", path, None).await;
        (status, body)
    }
}

/// The value of a hidden field.
fn hidden(body: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    body.split(&start).nth(1).unwrap().split('"').next().unwrap().to_owned()
}

both!(a_group_of_twelve_is_recorded_with_a_tap_for_each_name_and_two_more, |county| {
    roomy(county).await;
    let cases = served(county, 1, 12).await;
    county.on("2026-03-10");
    let pages = Pages::of(county, "sunrise keeper").await;
    let (status, form) = pages.get("/care/sessions/new?lang=zh-CN").await;
    assert_eq!(status, 200);
    assert_eq!(form.matches("type=\"checkbox\" name=\"person\"").count(), 12);
    let persons: String = cases.iter().map(|case| format!("&person={case}")).collect();
    let body = format!(
        "key={}&service=S4&way=W3&place=institution&on=2026-03-11&start=09:00&end=10:00&as=planned{persons}",
        hidden(&form, "key")
    );
    let (status, told, to) = pages.ask("POST", "/care/sessions", Some(body.clone())).await;
    assert_eq!(status, 303, "{told}");
    // Sent twice, as after a lost connection, it is one.
    assert_eq!(pages.ask("POST", "/care/sessions", Some(body)).await.2, to);
    let path = to.split('?').next().unwrap().to_owned();
    county.on("2026-03-11");
    county.at += jiff::SignedDuration::from_hours(3);
    let pages = Pages::of(county, "sunrise keeper").await;
    // The board leads there with one tap; each name is one tap, saving the last.
    let (_, board) = pages.get("/care").await;
    assert!(board.contains(&format!("href=\"{path}\"")), "{board}");
    let (_, form) = pages.get(&path).await;
    assert_eq!(form.matches("value=\"came\"").count(), 12);
    assert_eq!(form.matches("value=\"missed\" checked").count(), 12, "who is not tapped did not come");
    let (_, all) = pages.get(&format!("{path}?all=1")).await;
    assert_eq!(all.matches("value=\"came\" checked").count(), 12);
    let came = cases
        .iter()
        .enumerate()
        .map(|(at, case)| format!("&presence.{case}={}", if at < 11 { "came" } else { "missed" }));
    let body = format!("seen={}{}", hidden(&form, "seen"), came.collect::<String>());
    let (status, told, _) = pages.ask("POST", &format!("{path}/record"), Some(body)).await;
    assert_eq!(status, 303, "{told}");
    let (_, board) = pages.get("/care").await;
    assert!(board.contains("11 / 12 人到场"), "{board}");
});

both!(a_telephone_reads_the_calendar_until_its_address_is_ended, |county| {
    roomy(county).await;
    let cases = served(county, 1, 1).await;
    let planned =
        enter(county, "sunrise keeper", &entry(1, false, "2026-03-05", ("09:00", "10:00"), &cases)).await;
    assert_eq!(planned.status, StatusCode::CREATED, "{}", planned.json);
    let pages = Pages::of(county, "sunrise keeper").await;
    let (_, made, _) = pages.ask("POST", "/care/feeds", Some(String::new())).await;
    let path = format!("/feeds/{}", made.split("/feeds/").nth(1).unwrap().split('<').next().unwrap());
    let stranger = Pages(Visitor::new(&pages.0.site));
    let (status, file) = stranger.get(&path).await;
    assert_eq!(status, 200, "{file}");
    assert!(file.contains("DTSTART:20260305T010000Z"), "{file}");
    for told in ["测试甲", "S4", "做饭", "生活技能", "sunrise"] {
        assert!(!file.contains(told), "{told}: {file}");
    }
    let (feed,): (Id,) = county.app.db.opt("SELECT id FROM calendar_feed", p![]).await.unwrap().unwrap();
    let (stored,): (Vec<u8>,) =
        county.app.db.opt("SELECT token_hash FROM calendar_feed", p![]).await.unwrap().unwrap();
    assert!(!path.contains(&String::from_utf8_lossy(&stored).into_owned()));
    let (status, _, _) = pages.ask("POST", &format!("/care/feeds/{feed}/end"), Some(String::new())).await;
    assert_eq!(status, 303);
    assert_eq!(stranger.get(&path).await.0, 404);
    assert_eq!(stranger.get("/feeds/nothing").await.0, 404);
});

both!(a_telephone_reads_the_calendar_of_the_house_until_its_address_is_ended, |county| {
    roomy(county).await;
    let cases = served(county, 1, 1).await;
    let planned =
        enter(county, "sunrise keeper", &entry(1, false, "2026-03-05", ("09:00", "10:00"), &cases)).await;
    assert_eq!(planned.status, StatusCode::CREATED, "{}", planned.json);
    async fn address(pages: &Pages) -> String {
        let (status, made, _) = pages.ask("POST", "/care/house-feeds", None).await;
        assert_eq!(status, 200, "{made}");
        format!("/feeds/{}", made.split("/feeds/").nth(1).unwrap().split('<').next().unwrap())
    }
    // Who assesses leads no sessions and has no days of the own; what the page of the house shows, the telephone shows.
    let pages = Pages::of(county, "sunrise assessor").await;
    let (_, page) = pages.get("/care/calendar?on=2026-03-05&whose=house").await;
    assert!(page.contains("/care/sessions/"), "{page}");
    assert!(
        page.contains("action=\"/care/house-feeds\"") && !page.contains("action=\"/care/feeds\""),
        "{page}"
    );
    assert_eq!(pages.ask("POST", "/care/feeds", None).await.0, 403);
    let path = address(&pages).await;
    let stranger = Pages(Visitor::new(&pages.0.site));
    let (status, file) = stranger.get(&path).await;
    assert_eq!(status, 200, "{file}");
    for part in ["DTSTART:20260305T010000Z", "SUMMARY:活动", "机构日程"] {
        assert!(file.contains(part), "{part}: {file}");
    }
    for told in ["测试甲", "S4", "做饭", "生活技能", "sunrise"] {
        assert!(!file.contains(told), "{told}: {file}");
    }
    // The manager has both, each for itself; another house has its own, and whoever sees no house has none.
    let manager = Pages::of(county, "sunrise manager").await;
    assert!(stranger.get(&address(&manager).await).await.1.contains("DTSTART:20260305T010000Z"));
    let (_, made, _) = manager.ask("POST", "/care/feeds", None).await;
    let own = format!("/feeds/{}", made.split("/feeds/").nth(1).unwrap().split('<').next().unwrap());
    let (status, file) = stranger.get(&own).await;
    assert!(status == 200 && !file.contains("DTSTART"), "the manager leads nothing: {file}");
    let other = Pages::of(county, "harbour manager").await;
    let (status, file) = stranger.get(&address(&other).await).await;
    assert!(status == 200 && !file.contains("DTSTART"), "{file}");
    for who in ["worker", "doctor", "officer"] {
        assert_eq!(Pages::of(county, who).await.ask("POST", "/care/house-feeds", None).await.0, 403, "{who}");
    }
    // Each address says what it is; nobody ends another's; ended, it is gone.
    let (_, page) = pages.get("/care/calendar").await;
    let end = page.split("action=\"/care/feeds/").nth(1).unwrap().split('"').next().unwrap();
    let end = format!("/care/feeds/{end}");
    assert!(page.contains("<span class=\"badge quiet\">全机构</span>"), "{page}");
    assert_eq!(other.ask("POST", &end, None).await.0, 404);
    assert_eq!(stranger.get(&path).await.0, 200);
    assert_eq!(pages.ask("POST", &end, None).await.0, 303);
    assert_eq!(stranger.get(&path).await.0, 404);
});

both!(pages_of_plan_and_card_keep_what_was_typed_and_name_no_illness, |county| {
    let case = county.at_state(1, "in_service").await;
    county.on("2026-03-05");
    let pages = Pages::of(county, "sunrise keeper").await;
    for path in
        ["/care?lang=en", "/care/calendar", "/care/calendar?view=day&whose=house", "/care/sessions/new?all=1"]
    {
        assert_eq!(pages.get(path).await.0, 200, "{path}");
    }
    for path in ["", "/plan", "/plan/new", "/crisis-card"] {
        assert_eq!(pages.get(&format!("/cases/{case}{path}")).await.0, 200, "{path}");
    }
    let form = |signs: &str| {
        format!(
            "seen=1&from=2026-03-05&until=2026-08-31&review=2026-06-01&problems=a&long_term_goal=b&change=c&goals.0.text=cook&goals.0.what=meals\
             &goals.0.baseline=0&goals.0.target=3&goals.0.due=2026-05-31&lines.0.service=S4&lines.0.way=W3&lines.0.times=2&lines.0.per=month\
             &lines.0.minutes=60&lines.0.goal=1&crisis.signs={signs}&crisis.helps=walk&crisis.call.0.name=sister&crisis.call.0.phone=13900001234"
        )
    };
    let path = format!("/cases/{case}/plan");
    let (status, body, _) = pages.ask("POST", &path, Some(form("signs+of+schizophrenia"))).await;
    assert_eq!(status, 422);
    assert!(body.contains("value=\"cook\"") && body.contains("href=\"#crisis-signs\""), "{body}");
    let (status, body, _) = pages.ask("POST", &path, Some(form("poor+sleep"))).await;
    assert_eq!(status, 303, "{body}");
    let sign = "number=2&by=client&name=x&on=2026-03-05&way=mark";
    let (status, body, _) = pages.ask("POST", &format!("{path}/sign"), Some(sign.to_owned())).await;
    assert_eq!(status, 422, "a mark needs a witness: {body}");
    let (status, _, _) = pages.ask("POST", &format!("{path}/sign"), Some(format!("{sign}&witness=y"))).await;
    assert_eq!(status, 303);
    let (_, card) = pages.get(&format!("/cases/{case}/crisis-card?lang=zh-CN")).await;
    assert!(card.contains("tel:13900001234") && card.contains("tel:12356") && card.contains("poor sleep"));
    let printed = card.split("crisis-card\">").nth(1).unwrap();
    for told in ["测试甲", "sunrise", "精神"] {
        assert!(!printed.contains(told), "{told}");
    }
});
