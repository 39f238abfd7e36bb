//! What the interface says no to, and how.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use common::forms;
use futures::StreamExt;
use rules::{
    account::Role,
    referral::{CommandName, State, transition},
};
use serde_json::{Map, Value, json};

fn examples() -> Map<String, Value> {
    serde_json::from_str(include_str!("../src/api/commands.json")).unwrap()
}

fn state(code: &str) -> State {
    serde_json::from_value(json!(code)).unwrap()
}

/// Requests under way at once where many are tried: their entries in the log share commits.
const AT_ONCE: usize = 8;

const STAFF: [(&str, Role); 15] = [
    ("client", Role::Client),
    ("helper", Role::AssistingSubject),
    ("committee clerk", Role::Committee),
    ("worker", Role::ReferralWorker),
    ("officer", Role::CivilAffairsOfficer),
    ("doctor", Role::Doctor),
    ("sunrise manager", Role::InstitutionManager),
    ("sunrise keeper", Role::CaseManager),
    ("sunrise assessor", Role::Assessor),
    ("health officer", Role::HealthOfficer),
    ("federation officer", Role::DpfOfficer),
    ("supervisor", Role::Supervisor),
    ("auditor", Role::Auditor),
    ("administrator", Role::Administrator),
    ("security", Role::SecurityAdministrator),
];

/// One case in each state of the course, and an ended one.
async fn a_case_in_each_state(county: &common::County) -> Vec<(String, &'static str)> {
    let mut cases = Vec::new();
    for (number, code) in ["submitted", "registered", "referred", "accepted"].iter().enumerate() {
        cases.push((county.at_state(u32::try_from(number).unwrap() + 20, code).await, *code));
    }
    county.app.db.run("UPDATE institution SET contracted = 50", vec![]).await.unwrap();
    for (number, code) in ["assessed", "agreed", "in_service", "closing", "closed"].iter().enumerate() {
        cases.push((county.at_state(u32::try_from(number).unwrap() + 30, code).await, *code));
    }
    let draft = json!({ "forms": { "F1": forms::f1(county, "doctor", 40) } });
    cases.push((county.post("doctor", "/api/v1/cases", &[], &draft).await.id(), "draft"));
    let ended = county.at_state(41, "registered").await;
    let death = json!({ "on": county.today(), "source": "family", "cause": "I21" });
    county.act("worker", &ended, "death", death, json!({})).await;
    cases.push((ended, "ended"));
    cases
}

/// Who may not give which command in a state: every pair that the table of transitions does not hold.
fn illegal<'a>(examples: &'a Map<String, Value>, code: &str) -> Vec<(&'static str, &'a str, &'a Value)> {
    let mut pairs = Vec::new();
    for (name, described) in examples {
        let row = CommandName::ALL.iter().find(|known| known.code() == name).copied();
        let row = transition(row.unwrap()).unwrap();
        for (who, role) in STAFF {
            if !(row.from.contains(&state(code)) && row.roles.contains(&role)) {
                pairs.push((who, name.as_str(), &described["example"]));
            }
        }
    }
    pairs
}

both!(every_illegal_state_actor_and_action_is_refused_and_logged, |county| {
    let cases = a_case_in_each_state(county).await;
    let (county, examples) = (&*county, examples());
    let mut tried = 0;
    let before = county.refusals().await;
    for (case, code) in &cases {
        let version = county.version(case).await;
        let pairs = illegal(&examples, code);
        tried += pairs.len();
        let tries = pairs.into_iter().map(async |(who, name, data)| {
            let answer = county.attempt(who, case, name, data.clone(), json!({})).await;
            let kind = (answer.status, answer.kind());
            // Who sees the case learns the rule; to everybody else it does not exist.
            let refused = matches!(kind, (StatusCode::CONFLICT, "refused"))
                && ["wrong_state", "wrong_role"].contains(&answer.code());
            let unseen = kind == (StatusCode::NOT_FOUND, "not_found");
            // Roles without cases do not come that far.
            let turned_away = kind == (StatusCode::FORBIDDEN, "forbidden")
                && ["health officer", "supervisor", "auditor", "administrator", "security"].contains(&who);
            assert!(refused || unseen || turned_away, "{code} {who} {name}: {}", answer.json);
        });
        futures::stream::iter(tries).buffer_unordered(AT_ONCE).collect::<()>().await;
        assert_eq!(county.version(case).await, version, "{code}: nothing changed");
    }
    assert!(tried > 5_000, "{tried}");
    assert_eq!(county.refusals().await - before, i64::try_from(tried).unwrap(), "every one is in the log");
});

both!(a_request_that_cannot_be_read_is_told_why, |county| {
    let case = county.apply("doctor", 50).await.id();
    let path = format!("/api/v1/cases/{case}/events");
    let raw = async |kind: &str, body: &str| {
        let request = Request::post(&path)
            .header("authorization", format!("Bearer {}", county.token("worker")))
            .header("content-type", kind);
        county.send(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    let json = "application/json";
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let huge = format!("{{\"name\": \"{}\"}}", "x".repeat(3 * 1024 * 1024));
    for (kind, body, status, problem, field) in [
        ("text/plain", "{}", 415, "unsupported", None),
        (json, "{", 400, "malformed", None),
        (json, "", 400, "malformed", None),
        (json, deep.as_str(), 400, "malformed", None),
        (json, huge.as_str(), 413, "too_large", None),
        (json, "[]", 422, "invalid", Some("")),
        (json, r#"{"data": {}}"#, 422, "invalid", Some("name")),
        (json, r#"{"name": "fly"}"#, 422, "invalid", Some("name")),
        (json, r#"{"name": "withdraw", "colour": 1}"#, 422, "invalid", Some("colour")),
        (json, r#"{"name": "ask_supplement", "data": {"items": ["\u0000"]}}"#, 422, "invalid", Some("")),
        (json, r#"{"name": "ask_supplement"}"#, 422, "invalid", Some("data.items")),
        (json, r#"{"name": "withdraw", "forms": {"F99": {}}}"#, 422, "invalid", Some("")),
        (json, r#"{"name": "submit", "forms": {"F1": {}}}"#, 422, "invalid", Some("forms.F1.channel")),
    ] {
        let answer = raw(kind, body).await;
        let shown = &body[..body.len().min(60)];
        assert_eq!((answer.status.as_u16(), answer.kind()), (status, problem), "{shown}: {}", answer.json);
        assert_eq!(answer.fields().first().copied(), field, "{shown}: {}", answer.json);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{shown}");
    }
    let unknown = raw(json, r#"{"name": "fly"}"#).await;
    let allowed = unknown.json["allowed"].as_array().unwrap();
    assert!(allowed.contains(&json!("decline")) && !allowed.contains(&json!("expire_draft")));
});

both!(without_a_token_nothing_is_told, |county| {
    let bare = county.send(Request::get("/api/v1/cases").body(Body::empty()).unwrap()).await;
    assert_eq!((bare.status, bare.kind()), (StatusCode::UNAUTHORIZED, "no_token"));
    let wrong = Request::get("/api/v1/cases").header("authorization", "Bearer xq_wrong");
    let wrong = county.send(wrong.body(Body::empty()).unwrap()).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    for (method, path, status) in [
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/cases", 405),
        ("GET", "/api/v1/cases/not-an-identifier", 404),
    ] {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {}", county.token("worker")));
        let answer = county.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
    }
});

both!(lists_are_filtered_and_paged_by_key, |county| {
    for number in 60..65 {
        county.at += jiff::SignedDuration::from_mins(1);
        county.apply("doctor", number).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/cases?limit=2".to_owned();
    loop {
        let page = county.get("worker", &path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.json);
        seen.extend(page.json["cases"].as_array().unwrap().iter().map(|case| case["id"].clone()));
        match page.json["next"].as_str() {
            Some(next) => path = format!("/api/v1/cases?limit=2&after={next}"),
            None => break,
        }
    }
    let distinct: std::collections::BTreeSet<String> = seen.iter().map(Value::to_string).collect();
    assert_eq!((seen.len(), distinct.len()), (5, 5));
    for (query, rows) in [
        ("state=submitted", 5),
        ("state=registered", 0),
        ("overdue=true", 0),
        ("division=310115", 5),
        ("division=310101", 0),
        ("words=%E6%B5%8B%E8%AF%95", 5),
        ("words=nobody", 0),
    ] {
        let page = county.get("worker", &format!("/api/v1/cases?{query}")).await;
        assert_eq!(page.json["cases"].as_array().map(Vec::len), Some(rows), "{query}: {}", page.json);
    }
    for query in ["state=flying", "division=99", "after=x", "colour=1", "limit=many", "words=%00"] {
        let page = county.get("worker", &format!("/api/v1/cases?{query}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {}", page.json);
    }
    county.on("2026-03-20");
    let late = county.get("worker", "/api/v1/cases?overdue=true").await;
    assert_eq!(late.json["cases"].as_array().unwrap().len(), 5);
});

both!(divisions_are_found_by_name_and_code, |county| {
    let found = county.get("worker", "/api/v1/divisions?q=pudong&within=31&limit=5").await;
    assert_eq!(found.json["divisions"][0]["code"], common::COUNTY, "{}", found.json);
    let one = county.get("worker", "/api/v1/divisions/310115").await;
    assert_eq!(one.json["level"], "county");
    assert!(one.json["children"].as_array().unwrap().len() > 10);
    assert_eq!(
        county.get("worker", "/api/v1/divisions").await.json["divisions"][0]["code"],
        110_000_000_000_i64
    );
    assert_eq!(county.get("worker", "/api/v1/divisions/990000").await.status, StatusCode::NOT_FOUND);
});

both!(each_reader_sees_what_the_role_may_see, |county| {
    let case = county.at_state(70, "in_service").await;
    let worker = county.case("worker", &case).await;
    assert_eq!(worker["case"]["risk_grade"], 0);
    let officer = county.case("officer", &case).await;
    assert_ne!(officer["name"], "测试甲");
    assert!(officer["case"].get("risk_grade").is_none(), "civil affairs see no health content");
    let keeper = county.case("sunrise keeper", &case).await;
    assert!(keeper["case"].get("offers").is_none(), "an institution learns nothing of others");
    for (who, status) in [
        ("harbour manager", StatusCode::NOT_FOUND),
        ("other worker", StatusCode::NOT_FOUND),
        ("health officer", StatusCode::FORBIDDEN),
        ("supervisor", StatusCode::FORBIDDEN),
        ("auditor", StatusCode::FORBIDDEN),
        ("administrator", StatusCode::FORBIDDEN),
        ("security", StatusCode::FORBIDDEN),
    ] {
        let answer = county.get(who, &format!("/api/v1/cases/{case}")).await;
        assert_eq!(answer.status, status, "{who}");
    }
    let lead = county.apply("helper", 71).await.id();
    county.register(&lead).await;
    let helper = county.case("helper", &lead).await;
    assert_eq!((helper["state"].as_str(), &helper["case"]), (Some("open"), &Value::Null));
    let events = county.get("helper", &format!("/api/v1/cases/{lead}/events")).await;
    assert_eq!(events.status, StatusCode::FORBIDDEN);
});
