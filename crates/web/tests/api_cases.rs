//! Cases through the interface: the main journey, the side ways, and the cases that show the difference.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use axum::http::StatusCode;
use common::forms;
use serde_json::{Value, json};

fn none() -> Value {
    json!({})
}

both!(the_main_journey, |county| {
    let filed = county.apply("client", 1).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.json);
    assert_eq!(filed.json["state"], "submitted");
    assert!(filed.json["receipt"].as_str().unwrap().starts_with("S310115-2026-"));
    let case = filed.id();
    assert_eq!(filed.headers["location"], format!("/api/v1/cases/{case}"));

    let seen = county.case("worker", &case).await;
    assert_eq!((seen["name"].as_str(), seen["clock"].as_str()), (Some("测试甲"), Some("K1")));
    assert_eq!(seen["next_role"], "referral_worker");
    county.on("2026-03-03");
    county.register(&case).await;
    assert_eq!(county.case("worker", &case).await["clock"], "K2");

    let list = county.get("worker", &format!("/api/v1/cases/{case}/shortlist")).await;
    assert_eq!(list.json["candidates"].as_array().unwrap().len(), 2, "{}", list.json);
    county.refer(&case, "sunrise").await;
    assert_eq!(county.places("sunrise").await, (0, 1));
    let asked = county.case("sunrise manager", &case).await;
    assert_eq!(asked["name"], "", "who was only asked sees no name");
    county.accept(&case).await;
    assert_eq!(county.case("sunrise keeper", &case).await["name"], "测试甲");
    county.on("2026-03-09");
    county.assess(&case, "suitable").await;
    county.agree(&case).await;
    county.on("2026-03-16");
    county.serve(&case).await;
    assert_eq!(county.places("sunrise").await, (1, 0));
    county.on("2026-06-12");
    assert_eq!(county.case("sunrise keeper", &case).await["step"], "evaluate");
    county.evaluate(&case, "close").await;
    county.propose_closure(&case, "C1").await;
    county.close(&case).await;
    assert_eq!(county.places("sunrise").await, (0, 0), "the place is given back");

    let planned = county.case("sunrise keeper", &case).await["case"]["visits_planned"].clone();
    let days: Vec<String> =
        planned.as_array().unwrap().iter().map(|day| day.as_str().unwrap().to_owned()).collect();
    assert_eq!(days.len(), 4, "after 1, 3, 6 and 12 months");
    for day in &days {
        assert_eq!(
            county.refused("sunrise keeper", &case, "end", json!({"reason": "Z1"}), none()).await,
            "visits_outstanding"
        );
        county.on(day);
        let visit = json!({ "on": day, "action": "none" });
        let form = json!({ "F11": forms::f11(county) });
        assert_eq!(county.act("sunrise keeper", &case, "return_visit", visit, form).await, "closed");
    }
    let over = json!({ "reason": "Z1" });
    assert_eq!(county.act("sunrise keeper", &case, "end", over, none()).await, "ended");

    let told = county.get("worker", &format!("/api/v1/cases/{case}/events?since=0")).await;
    let events = told.json["events"].as_array().unwrap();
    assert_eq!(told.json["since"], county.case("worker", &case).await["version"]);
    let numbers: Vec<i64> = events.iter().map(|event| event["sequence"].as_i64().unwrap()).collect();
    assert!(numbers.iter().copied().eq(1..=i64::try_from(events.len()).unwrap()), "without a gap");
    assert!(events.iter().all(|event| event["deadline_met"] != false), "every clock was met");
});

both!(papers_are_asked_for_and_come, |county| {
    let case = county.apply("doctor", 2).await.id();
    let ask = json!({ "items": ["F1"] });
    assert_eq!(county.act("worker", &case, "ask_supplement", ask, none()).await, "supplement");
    assert_eq!(county.case("doctor", &case).await["clock"], "K10");
    let nothing = json!({ "answered": [] });
    assert_eq!(county.refused("doctor", &case, "resubmit", nothing, none()).await, "items_unanswered");
    let answer = json!({ "answered": ["F1"] });
    let form = json!({ "F1": forms::f1(county, "doctor", 2) });
    assert_eq!(county.act("doctor", &case, "resubmit", answer, form).await, "submitted");
    assert_eq!(county.case("doctor", &case).await["clock"], "K1");
});

both!(a_declined_case_goes_to_the_next_of_the_agreed_order, |county| {
    let case = county.at_state(3, "registered").await;
    let data = json!({ "institution": county.id("sunrise"), "person_asked": true,
        "agreed_order": [county.id("sunrise"), county.id("harbour")] });
    county.act("worker", &case, "refer", data, json!({ "F3": forms::f3(county) })).await;
    let decline = county.attempt("sunrise manager", &case, "decline", json!({"reason": "D3"}), none()).await;
    assert_eq!(decline.status, StatusCode::OK, "{}", decline.json);
    assert_eq!(
        decline.json["state"], "referred",
        "the answer tells where the case stands after the next offer"
    );
    let now = county.case("worker", &case).await;
    assert_eq!(decline.json["version"], now["version"]);
    assert_eq!(now["institution"], "harbour");
    assert_eq!((county.places("sunrise").await, county.places("harbour").await), ((0, 0), (0, 1)));
    let gone = county.get("sunrise manager", &format!("/api/v1/cases/{case}")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "who declined sees the case no more");
});

both!(a_full_answer_while_places_are_free_is_challenged, |county| {
    let case = county.at_state(4, "referred").await;
    county.act("sunrise manager", &case, "decline", json!({"reason": "D1"}), none()).await;
    assert!(county.tasks(&case).await.contains(&"challenge_capacity".to_owned()));
});

both!(a_task_to_decide_ends_with_the_decision, |county| {
    let case = county.at_state(14, "closing").await;
    assert_eq!(county.tasks(&case).await, ["decide_closure"]);
    let refusal = json!({ "reason": "B1" });
    let state = county.act("sunrise manager", &case, "refuse_closure", refusal, none()).await;
    assert_eq!(state, "in_service");
    assert!(county.tasks(&case).await.is_empty(), "who refused is not asked again");
    county.propose_closure(&case, "C1").await;
    assert_eq!(county.tasks(&case).await, ["decide_closure"]);
    county.close(&case).await;
    assert!(county.tasks(&case).await.is_empty());
});

both!(a_waiting_case_gets_the_place_that_becomes_free, |county| {
    let blocked = "UPDATE institution SET blocked = contracted";
    county.app.db.run(blocked, vec![]).await.unwrap();
    let case = county.at_state(5, "registered").await;
    let data = json!({ "institution": county.id("sunrise"), "person_asked": true, "agreed_order": [] });
    let slip = json!({ "F3": forms::f3(county) });
    assert_eq!(county.refused("worker", &case, "refer", data, slip).await, "no_free_place");
    let queue = json!({ "reason": "Q1", "priority": 1 });
    assert_eq!(county.act("worker", &case, "queue", queue, none()).await, "waiting");
    let refused = || async {
        let sql = "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE action = 'refused'";
        county.app.db.all::<(i64,)>(sql, vec![]).await.unwrap()
    };
    let before = refused().await;
    let unfit = "UPDATE institution SET blocked = 0, lowest_age = 120, highest_age = 121";
    county.app.db.run(unfit, vec![]).await.unwrap();
    let asked = county.app.db.statements();
    let ticked = app::referral::tick(&county.app.at(county.at)).await.unwrap();
    assert_eq!(
        (ticked.placed, refused().await),
        (0, before),
        "that nothing fits is nobody's refused attempt"
    );
    let tried = county.app.db.statements() - asked;
    app::referral::tick(&county.app.at(county.at)).await.unwrap();
    let again = county.app.db.statements() - asked - tried;
    assert!(
        again + 5 < tried,
        "while nothing changes nothing is tried again: {tried}, then {again} statements"
    );
    county.app.db.run("UPDATE institution SET lowest_age = 0", vec![]).await.unwrap();
    let ticked = app::referral::tick(&county.app.at(county.at)).await.unwrap();
    assert_eq!(ticked.placed, 1);
    assert_eq!(county.case("worker", &case).await["state"], "registered");
});

both!(to_hospital_and_back, |county| {
    let case = county.at_state(6, "in_service").await;
    let request = json!({ "triggers": ["unstable"], "risk_grade": 1, "danger_to_others": false,
        "hospital": county.id("hospital") });
    let slip = json!({ "F9": forms::f9(county, None) });
    assert_eq!(county.act("sunrise keeper", &case, "return_to_hospital", request, slip).await, "in_service");
    assert!(county.tasks(&case).await.contains(&"emergency".to_owned()));
    let today = json!({ "on": county.today() });
    assert_eq!(county.act("doctor", &case, "confirm_hospital", today, none()).await, "hospital");
    assert_eq!(county.places("sunrise").await, (0, 1), "the place is kept");
    county.on("2026-03-30");
    let today = json!({ "on": county.today() });
    let back = json!({ "F9": forms::f9(county, Some("suitable")) });
    assert_eq!(county.act("doctor", &case, "discharge", today, back).await, "accepted");
    county.assess(&case, "suitable").await;
    county.agree(&case).await;
    county.serve(&case).await;
    assert_eq!(county.places("sunrise").await, (1, 0));
});

both!(a_transfer_opens_the_case_at_its_destination, |county| {
    let case = county.at_state(7, "accepted").await;
    let there = json!({ "county": common::ELSEWHERE, "office": county.id("other office") });
    county.act("worker", &case, "propose_transfer", there, none()).await;
    let unseen = county.get("second officer", &format!("/api/v1/cases/{case}")).await;
    assert_eq!(unseen.status, StatusCode::OK, "the county still sees it");
    let done = county.act("other worker", &case, "confirm_transfer", none(), none()).await;
    assert_eq!(done, "transferred");
    assert_eq!(county.places("sunrise").await, (0, 0));
    let next = county.case("worker", &case).await["case"]["links"]["next"].as_str().unwrap().to_owned();
    let fresh = county.case("other worker", &next).await;
    assert_eq!((fresh["state"].as_str(), fresh["clock"].as_str()), (Some("registered"), Some("K2")));
    assert_eq!(fresh["name"], "测试甲", "nothing is asked twice");
    let here = county.get("worker", &format!("/api/v1/cases/{next}")).await;
    assert_eq!(here.status, StatusCode::NOT_FOUND, "what lies outside the county is not found");
});

both!(the_person_may_withdraw_without_a_reason, |county| {
    let case = county.apply("client", 8).await.id();
    county.register(&case).await;
    county.refer(&case, "sunrise").await;
    assert_eq!(county.act("client", &case, "withdraw", none(), none()).await, "withdrawn");
    assert_eq!(county.places("sunrise").await, (0, 0));
});

both!(a_death_ends_the_case_at_once, |county| {
    let case = county.at_state(9, "in_service").await;
    let death = json!({ "on": county.today(), "source": "family", "cause": "I21" });
    assert_eq!(county.act("sunrise keeper", &case, "death", death, none()).await, "ended");
    assert_eq!(county.places("sunrise").await, (0, 0));
});

both!(of_two_clerks_at_the_same_second_one_wins_and_the_other_is_told, |county| {
    let case = county.apply("doctor", 10).await.id();
    let version = county.case("worker", &case).await["version"].as_i64().unwrap();
    let path = format!("/api/v1/cases/{case}/events");
    let ask = json!({ "name": "ask_supplement", "data": {"items": ["F1"]}, "expected_version": version });
    let refuse =
        json!({ "name": "propose_rejection", "data": {"reason": "R1"}, "expected_version": version });
    let (one, other) = tokio::join!(
        county.post("worker", &path, &[], &ask),
        county.post("second worker", &path, &[], &refuse),
    );
    let (won, lost) = if one.status == StatusCode::OK { (one, other) } else { (other, one) };
    assert_eq!(won.status, StatusCode::OK, "{}", won.json);
    assert_eq!((lost.status, lost.kind()), (StatusCode::CONFLICT, "changed"), "{}", lost.json);
    assert_eq!(lost.json["version"], version + 1);
    let events = lost.json["events"].as_array().unwrap();
    assert_eq!(events.len(), 1, "what happened meanwhile");
    assert_eq!(events[0]["sequence"], version + 1);
    assert_eq!(county.case("worker", &case).await["version"], version + 1);
});

both!(of_many_who_name_no_version_each_is_answered_from_what_stands, |county| {
    let case = county.at_state(13, "registered").await;
    let path = format!("/api/v1/cases/{case}/events");
    let data = json!({ "on": county.today(), "way": "phone", "reached": false });
    let attempt = json!({ "name": "record_contact_attempt", "data": data });
    let all = futures::future::join_all((0..12).map(|_| county.post("worker", &path, &[], &attempt))).await;
    for answer in &all {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
    }
    let mut versions: Vec<i64> = all.iter().map(|answer| answer.json["version"].as_i64().unwrap()).collect();
    versions.sort_unstable();
    versions.dedup();
    assert_eq!(versions.len(), 12, "each stands once");
});

both!(consent_taken_back_in_the_middle_of_service_shrinks_what_the_provider_sees, |county| {
    let case = county.at_state(11, "in_service").await;
    let path = format!("/api/v1/cases/{case}/forms");
    let before = county.get("sunrise keeper", &path).await.json["forms"].as_array().unwrap().len();
    assert!(before > 3);
    let all = json!({ "purposes": [] });
    assert_eq!(county.act("worker", &case, "withdraw_consent", all, none()).await, "closing");
    assert_eq!(county.get("sunrise keeper", &path).await.json["forms"], json!([]));
    let seen = county.case("sunrise keeper", &case).await;
    assert_eq!(seen["restricted"], true);
    assert_ne!(seen["name"], "测试甲");
    let stays = json!({ "reason": "B1" });
    assert_eq!(
        county.refused("sunrise manager", &case, "refuse_closure", stays, none()).await,
        "consent_withdrawn"
    );
    let events = county.get("worker", &format!("/api/v1/cases/{case}/events")).await;
    assert!(events.json["events"].as_array().unwrap().len() > 8, "the record of the service remains");
});

both!(two_filings_of_one_day_become_one_episode_with_two_sources, |county| {
    let first = county.apply("doctor", 12).await.id();
    let second = county.apply("committee clerk", 12).await.id();
    assert_ne!(first, second);
    let found = json!({ "identity_verified": true, "ground": "health_register", "lives_at_home": true,
        "has_need": true, "suitable": true, "package": {"items": [{"service": "S2"}]} });
    assert_eq!(county.refused("worker", &first, "register", found, none()).await, "other_open_case");
    county.act("worker", &second, "propose_rejection", json!({"reason": "R3"}), none()).await;
    let notice = json!({ "notice_sent": true });
    assert_eq!(county.act("officer", &second, "confirm_rejection", notice, none()).await, "rejected");
    county.register(&first).await;
    let sources = county.case("worker", &first).await["case"]["sources"].clone();
    assert_eq!(sources.as_array().unwrap().len(), 2);
    assert_eq!(sources[1]["role"], "committee");
});

both!(a_thousand_messages_in_any_order_and_doubled_end_in_the_same_state, |county| {
    let case = county.at_state(13, "in_service").await;
    let version = county.case("sunrise keeper", &case).await["version"].as_i64().unwrap();
    let path = format!("/api/v1/cases/{case}/events");
    let messages: Vec<(String, Value)> = (0..20)
        .map(|n| {
            let data = json!({ "on": "2026-03-02", "way": "phone", "reached": n % 5 == 4 });
            let body =
                json!({ "name": "record_contact_attempt", "data": data, "expected_version": version + n });
            (format!("message-{n}"), body)
        })
        .collect();
    // A fixed shuffle: each message is delivered fifty times, in an order that has nothing to do with its own.
    let mut first_answers: Vec<Option<Value>> = vec![None; messages.len()];
    let mut place = 7_usize;
    for _ in 0..1_000 {
        place = (place * 421 + 1_663) % 7_875;
        let (key, body) = &messages[place % messages.len()];
        let answer = county.post("sunrise keeper", &path, &[("idempotency-key", key)], body).await;
        match answer.status {
            StatusCode::OK => {
                let first = first_answers[place % messages.len()].get_or_insert(answer.json.clone());
                assert_eq!(*first, answer.json, "a message that comes again gets the first answer");
            }
            StatusCode::CONFLICT => assert_eq!(answer.kind(), "changed"),
            other => panic!("{other}: {}", answer.json),
        }
    }
    assert!(first_answers.iter().all(Option::is_some), "every message was delivered");
    let now = county.case("sunrise keeper", &case).await;
    assert_eq!(now["version"], version + 20, "each was carried out once");
    assert_eq!(now["case"]["contacts"], json!([]), "the last one reached the person");
});

both!(a_repeated_filing_opens_no_second_case, |county| {
    let forms = json!({ "F1": forms::f1(county, "doctor", 14), "F12": forms::f12(county) });
    let body = json!({ "forms": forms, "submit": true });
    let key = [("idempotency-key", "filing-14")];
    let one = county.post("doctor", "/api/v1/cases", &key, &body).await;
    let again = county.post("doctor", "/api/v1/cases", &key, &body).await;
    assert_eq!((again.status, &again.json), (StatusCode::CREATED, &one.json));
    let other = json!({ "forms": body["forms"], "submit": false });
    let wrong = county.post("doctor", "/api/v1/cases", &key, &other).await;
    assert_eq!((wrong.status, wrong.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["Idempotency-Key"]));
    assert_eq!(county.get("doctor", "/api/v1/cases").await.json["cases"].as_array().unwrap().len(), 1);
});
