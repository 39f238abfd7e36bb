//! Whose case it is: a filer's, the person's own, a guardian's, and what becomes of that when persons are joined and
//! parted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

mod common;

use app::{account, referral::inbox, scope::Scope};
use axum::http::StatusCode;
use common::{County, forms};
use serde_json::{Value, json};

fn none() -> Value {
    json!({})
}

async fn scope(county: &County, who: &str) -> Scope {
    account::of_token(&county.app, county.token(who)).await.unwrap().scope().unwrap()
}

/// An application by a client's account that stands in this relation to the person.
async fn filed(county: &County, who: &str, relation: &str, number: u32, submit: bool) -> String {
    let mut form = forms::f1(county, "client", number);
    form["applicant_relation"] = json!(relation);
    let forms = json!({ "F1": form, "F12": forms::f12(county) });
    let answer = county.post(who, "/api/v1/cases", &[], &json!({ "forms": forms, "submit": submit })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
    answer.id()
}

async fn reaches(county: &County, who: &str, case: &str) -> bool {
    county.get(who, &format!("/api/v1/cases/{case}")).await.status == StatusCode::OK
}

both!(a_strangers_duplicate_does_not_make_the_case_theirs, |county| {
    county.account("neighbour", "client", "families").await;
    let case = county.apply("doctor", 1).await.id();
    let double = filed(county, "neighbour", "other_kin", 1, true).await;
    county.act("worker", &double, "propose_rejection", json!({ "reason": "R3" }), none()).await;
    county.act("officer", &double, "confirm_rejection", json!({ "notice_sent": true }), none()).await;
    let sources = county.case("worker", &case).await["case"]["sources"].clone();
    assert_eq!(sources.as_array().unwrap().len(), 2, "the filing is counted: {sources}");

    assert!(reaches(county, "neighbour", &double).await, "what they filed themselves");
    let path = format!("/api/v1/cases/{case}");
    for page in ["", "/forms", "/events"] {
        let seen = county.get("neighbour", &format!("{path}{page}")).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{page}");
    }
    for (name, data) in [
        ("withdraw", none()),
        ("withdraw_consent", json!({ "purposes": [] })),
        ("record_word", json!({ "word": "refuses" })),
    ] {
        let answer = county.attempt("neighbour", &case, name, data, none()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
    }
    county.register(&case).await;
    let told = inbox::messages(&county.app.at(county.at), &scope(county, "neighbour").await, None).await;
    let about: Vec<String> = told.unwrap().iter().map(|message| message.referral.to_string()).collect();
    assert!(!about.contains(&case), "what becomes of the case is not told to them");
});
