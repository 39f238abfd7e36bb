//! What each role learns of a case, on every way there is to it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    id::Id,
    p,
    referral::{self, Filter, Turn, telling},
};
use axum::http::StatusCode;
use common::{County, forms};
use serde_json::{Value, json};

/// A case that somebody filed, in service at sunrise.
async fn in_service(county: &County, filer: &str, number: u32) -> String {
    let case = county.apply(filer, number).await.id();
    county.register(&case).await;
    county.refer(&case, "sunrise").await;
    county.accept(&case).await;
    county.assess(&case, "suitable").await;
    county.agree(&case).await;
    county.serve(&case).await;
    case
}

both!(who_filed_and_sees_no_more_learns_only_whether_the_case_is_open, |county| {
    for (who, number) in [("helper", 1), ("federation officer", 2)] {
        let case = in_service(county, who, number).await;
        let app = county.app.at(county.at);
        let filer = county.scope(who).await;
        let rows = referral::cases(&app, &filer, &Filter::default()).await.unwrap();
        let others = county.work_list(who, Turn::Others).await.rows;
        let view = referral::view(&app, &filer, case.parse().unwrap()).await.unwrap();
        assert_eq!((rows.len(), others.len()), (1, 1), "{who}");
        for row in [&rows[0], &others[0], &view.row] {
            let said = [&row.sex, &row.institution, &row.next_role, &row.clock];
            assert_eq!((row.state.as_str(), said, row.born, row.due_at), ("open", [&None; 4], None, None));
        }
        // What is asked for tells no more than what is shown.
        let elsewhere = county.ids["harbour"];
        for filter in [
            Filter { state: Some("waiting".to_owned()), ..Filter::default() },
            Filter { institution: Some(elsewhere), ..Filter::default() },
            Filter { overdue: true, ..Filter::default() },
        ] {
            assert_eq!(referral::cases(&app, &filer, &filter).await.unwrap().len(), 1, "{filter:?}");
            assert_eq!(referral::cases_count(&app, &filer, &filter).await.unwrap(), 1, "{filter:?}");
        }
        let sql = "UPDATE referral SET state = 'waiting' WHERE home = $1 AND id = $2";
        let id: Id = case.parse().unwrap();
        county.app.db.run(sql, p![id.home_number(), id]).await.unwrap();
        let counts = referral::counts(&app, &filer).await.unwrap();
        assert_eq!((counts.others, counts.waiting), (1, 0), "waiting is open");
        assert_eq!(county.work_list(who, Turn::Others).await.rows.len(), 1);
        assert!(county.work_list(who, Turn::Waiting).await.rows.is_empty());
        let back = "UPDATE referral SET state = 'closed' WHERE home = $1 AND id = $2";
        county.app.db.run(back, p![id.home_number(), id]).await.unwrap();
        let done = county.work_list(who, Turn::Done).await.rows;
        assert_eq!(done.iter().map(|row| row.state.as_str()).collect::<Vec<_>>(), ["closed"]);
        assert!(county.work_list(who, Turn::Others).await.rows.is_empty());
    }
});

both!(who_filed_is_told_which_papers_are_missing_and_by_when, |county| {
    let case = county.apply("helper", 3).await.id();
    county.act("worker", &case, "ask_supplement", json!({ "items": ["phone"] }), json!({})).await;
    let seen = county.case("helper", &case).await;
    assert_eq!((&seen["state"], &seen["turn"]["own"]), (&json!("supplement"), &json!(true)));
    assert!(seen["turn"]["due_at"].is_string(), "{seen}");
    let mine = county.work_list("helper", Turn::Mine).await.rows;
    assert!(mine.len() == 1 && mine[0].state == "supplement" && mine[0].due_at.is_some(), "{mine:?}");
});

both!(after_consent_was_taken_back_no_list_tells_the_name, |county| {
    let case = in_service(county, "doctor", 4).await;
    county.at += jiff::SignedDuration::from_mins(1);
    let all = json!({ "purposes": ["registration"] });
    assert_eq!(county.act("worker", &case, "withdraw_consent", all, json!({})).await, "closing");
    let (data, paper) = (json!({ "client_told": true, "follow_up_plan": true }), forms::f10(county, "C4"));
    county.act("sunrise manager", &case, "approve_closure", data, json!({ "F10": paper })).await;
    let app = county.app.at(county.at);
    let id: Id = case.parse().unwrap();
    for who in ["sunrise keeper", "sunrise manager", "worker", "doctor"] {
        let reader = county.scope(who).await;
        let mut told = vec![json!(referral::cases(&app, &reader, &Filter::default()).await.unwrap())];
        // The manager's part in a closed case is over, so that not even the surname is told.
        let shown = if who == "sunrise manager" { "\"name\":\"\"" } else { "测*" };
        assert!(told[0].to_string().contains(shown), "{who}: {}", told[0]);
        for turn in [Turn::Mine, Turn::Others] {
            let list = county.work_list(who, turn).await;
            told.extend([json!(list.rows), json!(list.tasks), json!(list.messages)]);
        }
        if reader.role.may(rules::account::Deed::Read, rules::account::Subject::Telling) {
            let of_case = telling::of_case(&app, &reader, id).await.unwrap();
            assert_eq!(of_case.len(), 1, "{who}");
            told.push(json!(of_case));
            told.push(json!(telling::to_tell(&app, &reader, None).await.unwrap()));
        }
        for list in told {
            assert!(!list.to_string().contains("测试甲"), "{who}: {list}");
        }
    }
});

both!(a_hospital_that_was_asked_is_named_only_to_who_sees_health, |county| {
    let case = in_service(county, "committee clerk", 5).await;
    let turn = async |who: &str| {
        let turn = county.case(who, &case).await["turn"].clone();
        ["role", "organisation_name"].map(|key| turn[key].as_str().unwrap_or_default().to_owned())
    };
    let slip = json!({ "F9": forms::f9(county, None) });
    let request = json!({ "triggers": ["unstable"], "risk_grade": 1, "danger_to_others": false,
        "hospital": county.id("hospital") });
    county.act("sunrise keeper", &case, "return_to_hospital", request, slip).await;
    for who in ["committee clerk", "officer"] {
        assert_eq!(turn(who).await, ["assessor", "sunrise"], "{who}");
    }
    for who in ["worker", "sunrise keeper", "doctor"] {
        assert_eq!(turn(who).await, ["doctor", "hospital"], "{who}");
    }
    let today = json!({ "on": county.today() });
    county.act("doctor", &case, "confirm_hospital", today, json!({})).await;
    for who in ["committee clerk", "officer"] {
        assert_eq!(turn(who).await, ["doctor", ""], "{who}: whose turn it is, not in which hospital");
    }
    assert_eq!(turn("sunrise keeper").await, ["doctor", "hospital"]);
});

both!(agreements_are_not_for_hospitals, |county| {
    let case = in_service(county, "doctor", 6).await;
    assert!(county.case("sunrise keeper", &case).await["case"]["agreement"].is_object());
    for who in ["doctor", "worker"] {
        let seen = county.case(who, &case).await;
        assert!(seen["case"].is_object() && seen["case"]["agreement"].is_null(), "{who}");
    }
});

both!(civil_affairs_sees_holders_of_accounts_masked, |county| {
    let case: Id = county.at_state(7, "registered").await.parse().unwrap();
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    let person = county.app.db.opt::<(Id,)>(sql, p![case.home_number(), case]).await.unwrap().unwrap().0;
    let path = format!("/api/v1/persons/{person}/accounts");
    for holder in [
        json!({ "holder": "self", "papers_seen": true }),
        json!({ "holder": "guardian", "name": "王监护", "papers_seen": true, "basis": "consent",
            "paper": "本人同意书 2026-03-02" }),
    ] {
        assert_eq!(county.post("worker", &path, &[], &holder).await.status, StatusCode::CREATED);
    }
    for (who, names) in [("worker", ["测试甲", "王监护"]), ("officer", ["测*", "王*"])] {
        let list = county.get(who, &path).await.json;
        let found: Vec<&str> =
            list["accounts"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
        assert!(names.iter().all(|name| found.contains(name)), "{who}: {found:?}");
    }
});

both!(a_telling_that_was_noted_already_is_a_read_in_the_log, |county| {
    let case = county.at_state(8, "closed").await;
    let list = county.get("sunrise keeper", "/api/v1/messages").await.json;
    let path = format!("/api/v1/messages/{}", list["messages"][0]["id"].as_str().unwrap());
    let by_phone = json!({ "way": "phone", "on": county.today() });
    let id: Id = case.parse().unwrap();
    let sql = "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE action = 'read'
        AND subject_kind = 'referral' AND subject_id = $1 AND account_id = $2";
    let reads =
        async |who: &str| county.app.db.opt::<(i64,)>(sql, p![id, county.ids[who]]).await.unwrap().unwrap().0;
    for (deed, body) in [("told", by_phone), ("not-told", json!({}))] {
        for who in ["sunrise keeper", "officer"] {
            let before = reads(who).await;
            let answer = county.post(who, &format!("{path}/{deed}"), &[], &body).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
            assert_eq!(reads(who).await, before + 1, "{who} {deed}");
        }
    }
});

both!(a_page_of_the_log_that_cannot_be_is_refused, |county| {
    for (query, field) in [("after=rubbish", "after"), ("after=", "after"), ("subject=a%00b", "")] {
        let answer = county.get("auditor", &format!("/api/v1/audit?{query}")).await;
        assert_eq!((answer.status, answer.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field]));
    }
    let first = county.get("auditor", "/api/v1/audit").await;
    assert_eq!((first.status, &first.json["next"]), (StatusCode::OK, &Value::Null));
});
