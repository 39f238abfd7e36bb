//! What persons ask of those who hold their data: who may ask, who answers and by when, and the copy.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{account::guardianship, id::Id, p, rights};
use axum::http::StatusCode;
use common::County;
use serde_json::{Value, json};

/// A client's account of the person of a case; for a guardian on a basis.
async fn client(county: &mut County, name: &'static str, person: Id, (holder, basis): (&str, Option<&str>)) {
    county.account(name, "client", "families").await;
    let bind = "UPDATE account SET person_id = $1 WHERE id = $2";
    county.app.db.run(bind, p![person, county.ids[name]]).await.unwrap();
    let code =
        "INSERT INTO account_code (account_id, holder, code_hash, opened_by, created_at, expires_at, used_at, basis)
        VALUES ($1, $2, $3, $4, $5, $5, $5, $6)";
    let hash: Vec<u8> = name.bytes().collect();
    let args = p![county.ids[name], holder, hash, county.ids["worker"], county.at, basis];
    county.app.db.run(code, args).await.unwrap();
}

async fn person_of(county: &County, case: &str) -> Id {
    let case: Id = case.parse().unwrap();
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    county.app.db.opt::<(Id,)>(sql, p![case.home_number(), case]).await.unwrap().unwrap().0
}

/// A lead of a person with one attempt.
async fn reached_before(county: &County, person: Id) {
    let (lead, attempt) = (person.beside(county.at), person.beside(county.at));
    let sql = "INSERT INTO lead (home, id, person_id, county, division, organisation_id, given_on, given_by, given_by_name, state,
        attempts, version, changed_at) VALUES ($1, $2, $3, $4, $4, $5, '2026-01-05', $6, 'x', 'filed', 1, 1, $7)";
    let house = county.ids["sunrise"];
    let args = p![lead.home_number(), lead, person, common::COUNTY, house, county.ids["worker"], county.at];
    county.app.db.run(sql, args).await.unwrap();
    let sql = "INSERT INTO contact_attempt (home, id, lead_id, entry_key, on_day, way, reached, outcome, note, made_by,
        made_by_name, organisation_id, at) VALUES ($1, $2, $3, $2, '2026-01-06', 'phone', 'person', 'applies', $4, $5, 'x', $6, $7)";
    let note = county.app.keys.seal("下午再打").unwrap();
    let args = p![lead.home_number(), attempt, lead, note, county.ids["worker"], house, county.at];
    county.app.db.run(sql, args).await.unwrap();
}

async fn ask(county: &County, who: &str, kind: &str) -> Value {
    let body = json!({ "kind": kind, "words": "请依法办理" });
    let answer = county.post(who, "/api/v1/rights", &[], &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{who} {kind}: {}", answer.json);
    answer.json
}

async fn list(county: &County, who: &str, answered: bool) -> Vec<Value> {
    let found = county.get(who, &format!("/api/v1/rights?answered={answered}")).await;
    assert_eq!(found.status, StatusCode::OK, "{who}: {}", found.json);
    found.json["requests"].as_array().unwrap().clone()
}

both!(a_request_is_answered_in_its_term_by_who_must_and_seen_by_the_person, |county| {
    let case = county.at_state(1, "in_service").await;
    let person = person_of(county, &case).await;
    client(county, "own", person, ("self", None)).await;
    let correction = ask(county, "own", "correction").await;
    // Fifteen working days after Monday, 2 March 2026.
    assert_eq!((&correction["due_on"], &correction["overdue"]), (&json!("2026-03-23"), &json!(false)));
    county.at += jiff::SignedDuration::from_mins(1);
    let complaint = ask(county, "own", "complaint").await;
    let kinds = async |county: &County, who: &str| {
        let found = list(county, who, false).await;
        found.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(county, "worker").await, ["correction"], "a complaint may be about the desk");
    assert_eq!(kinds(county, "officer").await, ["correction", "complaint"]);
    assert_eq!(kinds(county, "own").await, ["correction", "complaint"]);
    assert!(kinds(county, "other worker").await.is_empty());
    for who in ["doctor", "sunrise keeper", "administrator", "auditor"] {
        assert_eq!(county.get(who, "/api/v1/rights").await.status, StatusCode::FORBIDDEN, "{who}");
    }
    assert_eq!(
        list(county, "officer", false).await[0]["name"],
        "测*",
        "civil affairs sees names for a purpose"
    );
    let path = |request: &Value| format!("/api/v1/rights/{}", request["id"].as_str().unwrap());
    assert_eq!(county.get("worker", &path(&complaint)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(county.get("worker", &path(&correction)).await.json["words"], "请依法办理");
    assert_eq!(county.work_list("worker", app::referral::Turn::Mine).await.rights.len(), 1);

    county.on("2026-03-24");
    assert_eq!(list(county, "worker", false).await[0]["overdue"], true);
    let answer = format!("{}/answer", path(&correction));
    for (who, body, status) in [
        ("own", json!({ "outcome": "granted", "words": "x" }), StatusCode::FORBIDDEN),
        ("worker", json!({ "outcome": "refused", "words": "x" }), StatusCode::CONFLICT),
        (
            "worker",
            json!({ "outcome": "refused", "ground": "retention", "words": "x" }),
            StatusCode::CONFLICT,
        ),
        ("worker", json!({ "outcome": "no", "words": "x" }), StatusCode::UNPROCESSABLE_ENTITY),
        ("worker", json!({ "outcome": "granted", "words": " " }), StatusCode::UNPROCESSABLE_ENTITY),
        (
            "worker",
            json!({ "outcome": "refused", "ground": "accurate", "words": "已与原件核对" }),
            StatusCode::OK,
        ),
        ("worker", json!({ "outcome": "granted", "words": "x" }), StatusCode::CONFLICT),
    ] {
        let given = county.post(who, &answer, &[], &body).await;
        assert_eq!(given.status, status, "{who} {body}: {}", given.json);
    }
    let seen = county.get("own", &path(&correction)).await.json;
    assert_eq!(
        (&seen["outcome"], &seen["ground"], &seen["answer"]),
        (&json!("refused"), &json!("accurate"), &json!("已与原件核对"))
    );
    assert_eq!(list(county, "own", true).await.len(), 1);
    // Whoever looked at it is in the person's log.
    let log = county.get("own", "/api/v1/audit?action=answer_right").await.json;
    assert_eq!(log["lines"].as_array().map(Vec::len), Some(1), "{log}");
});

both!(a_granted_copy_holds_what_is_ones_own_for_some_days, |county| {
    let case = county.at_state(2, "in_service").await;
    let person = person_of(county, &case).await;
    let other = county.at_state(3, "registered").await;
    client(county, "own", person, ("self", None)).await;
    let id: Id = ask(county, "own", "copy").await["id"].as_str().unwrap().parse().unwrap();
    let me = county.scope("own").await;
    let app = |county: &County| county.app.at(county.at);
    assert!(rights::copy::file(&app(county), &me, id).await.is_err(), "nobody granted it yet");
    let granted = json!({ "outcome": "granted", "words": "已提供" });
    county.post("worker", &format!("/api/v1/rights/{id}/answer"), &[], &granted).await;
    reached_before(county, person).await;
    let copy = rights::copy::file(&app(county), &me, id).await.unwrap();
    let attempt = &copy["reached"][0]["attempts"][0];
    assert_eq!((&attempt["way"], &attempt["note"]), (&json!("phone"), &json!("下午再打")), "{attempt}");
    assert_eq!(copy["cases"][0]["files"], json!([]));
    assert_eq!((&copy["person"]["name"], copy["cases"].as_array().unwrap().len()), (&json!("测试甲"), 1));
    let text = copy.to_string();
    assert!(text.contains(&common::forms::identity_number(2)) && text.contains("referral_slip"), "{text}");
    assert!(!text.contains(&common::forms::identity_number(3)) && !text.contains(&other), "nobody else's");
    let worker = county.scope("worker").await;
    assert!(rights::copy::file(&app(county), &worker, id).await.is_err(), "the desk does not fetch it");
    county.on("2026-04-02");
    assert!(rights::copy::file(&app(county), &me, id).await.is_err(), "its days are over");
});

both!(a_guardian_asks_only_for_whom_the_guardian_decides, |county| {
    let case = county.at_state(4, "in_service").await;
    let person = person_of(county, &case).await;
    client(county, "own", person, ("self", None)).await;
    client(county, "by consent", person, ("guardian", Some("consent"))).await;
    client(county, "by finding", person, ("guardian", Some("capacity"))).await;
    let body = |kind: &str| json!({ "kind": kind, "words": "请依法办理" });
    let refused = county.post("by consent", "/api/v1/rights", &[], &body("copy")).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "guardian_not_allowed"));
    ask(county, "by consent", "complaint").await;
    ask(county, "by finding", "copy").await;
    let about_guardian = ask(county, "own", "complaint").await;
    assert_eq!(list(county, "own", false).await.len(), 3, "the person sees what is asked in the own name");
    for who in ["by consent", "by finding"] {
        assert_eq!(list(county, who, false).await.len(), 1, "{who}: not what the person asks");
        let path = format!("/api/v1/rights/{}", about_guardian["id"].as_str().unwrap());
        assert_eq!(county.get(who, &path).await.status, StatusCode::NOT_FOUND, "{who}");
    }
    // Taking the consent back shuts the guardian out at once.
    let me = county.scope("own").await;
    let app = county.app.at(county.at);
    guardianship::take_back(&app, &me, county.ids["by consent"]).await.unwrap();
    assert_eq!(county.get("by consent", "/api/v1/rights").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(county.get("by finding", "/api/v1/rights").await.status, StatusCode::OK);
});

both!(who_filed_and_is_not_known_to_the_register_asks_about_the_own_case, |county| {
    let nobody = county.post("client", "/api/v1/rights", &[], &json!({ "kind": "copy", "words": "x" })).await;
    assert_eq!((nobody.status, nobody.code()), (StatusCode::CONFLICT, "nothing_held"));
    county.apply("client", 5).await;
    ask(county, "client", "deletion").await;
    assert_eq!(list(county, "worker", false).await.len(), 1);
    for number in 0..19 {
        assert!(ask(county, "client", "explanation").await["id"].is_string(), "{number}");
    }
    let many = county.post("client", "/api/v1/rights", &[], &json!({ "kind": "copy", "words": "x" })).await;
    assert_eq!((many.status, many.code()), (StatusCode::CONFLICT, "too_many_waiting"));
    for kind in ["gossip", ""] {
        let body = json!({ "kind": kind, "words": "x" });
        assert_eq!(county.post("client", "/api/v1/rights", &[], &body).await.fields(), ["kind"]);
    }
});
