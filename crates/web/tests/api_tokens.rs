//! A token does what it was made for, and what goes beyond is refused and in the log. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::account::{NewToken, admin};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use common::{Answer, County};
use rules::account::{Grant, PERMISSIONS, Purpose, Role};
use web::{Needs, ROUTES, Who};

async fn token(county: &County, who: &str, purposes: &[Purpose], changes: bool) -> String {
    let (app, keeper) = (county.app.at(county.at), county.scope("security").await);
    let grant = Grant { purposes: purposes.to_vec(), changes };
    let new = NewToken { label: "test".to_owned(), days: 30, grant };
    admin::new_token(&app, &keeper, county.ids[who], &new).await.unwrap()
}

async fn ask(county: &County, token: &str, method: &str, path: &str) -> Answer {
    let request = Request::builder().method(method.to_uppercase().as_str()).uri(path);
    let request =
        request.header("authorization", format!("Bearer {token}")).header("content-type", "application/json");
    county.send(request.body(Body::from("{}")).unwrap()).await
}

both!(a_token_reaches_what_it_was_made_for_and_nothing_else, |county| {
    let id = "01930000-0000-7080-8000-000000000000";
    let mut tried = 0;
    for (who, role, purposes, changes) in [
        ("worker", Role::ReferralWorker, &[Purpose::Statistics][..], true),
        ("worker", Role::ReferralWorker, &[Purpose::Referral], false),
        ("worker", Role::ReferralWorker, &[Purpose::Care, Purpose::Legal], true),
        ("doctor", Role::Doctor, &[Purpose::Care], false),
        ("auditor", Role::Auditor, &[Purpose::Audit], false),
        ("supervisor", Role::Supervisor, &[Purpose::Research], false),
    ] {
        let token = token(county, who, purposes, changes).await;
        let grant = Grant { purposes: purposes.to_vec(), changes };
        for (method, path, kind, needs) in ROUTES {
            let (Who::Program, Some(Needs(deed, subject))) = (kind, needs) else { continue };
            let parts = path.split('/').map(|part| if part.starts_with('{') { id } else { part });
            let answer = ask(county, &token, method, &parts.collect::<Vec<_>>().join("/")).await;
            let what = format!("{who} {purposes:?} {changes} {method} {path}: {}", answer.json);
            if !role.may(*deed, *subject) {
                assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, ""), "{what}");
            } else if let Err(refusal) = grant.permit(*deed, *subject) {
                assert_eq!(
                    (answer.status, answer.code()),
                    (StatusCode::FORBIDDEN, refusal.code.as_str()),
                    "{what}"
                );
                tried += 1;
            } else {
                assert_ne!(answer.status, StatusCode::FORBIDDEN, "{what}");
            }
        }
    }
    assert!(tried > 50, "{tried}");
});

both!(what_goes_beyond_a_token_is_in_the_log, |county| {
    let before = county.refusals().await;
    let token = token(county, "worker", &[Purpose::Statistics], false).await;
    assert_eq!(ask(county, &token, "get", "/api/v1/counts").await.status, StatusCode::OK);
    assert_eq!(county.refusals().await, before);
    let refused = ask(county, &token, "post", "/api/v1/persons/search").await;
    assert_eq!((refused.kind(), refused.code()), ("forbidden", "token_purpose"));
    assert_eq!(county.refusals().await, before + 1);
    let log = county.get("auditor", "/api/v1/audit?action=refused").await;
    let line = &log.json["lines"][0];
    assert_eq!(
        (line["subject_kind"].as_str(), line["username"].as_str()),
        (Some("token"), Some("worker")),
        "{line}"
    );
    assert!(line["detail"].to_string().contains("token_purpose"), "{line}");
});

#[test]
fn every_kind_of_data_that_programs_reach_serves_a_purpose() {
    for (_, path, kind, needs) in ROUTES {
        if let (Who::Program, Some(Needs(_, subject))) = (kind, needs) {
            assert!(!subject.serves().is_empty(), "{path}");
            assert!(PERMISSIONS.iter().any(|(_, named, _)| named == subject), "{path}");
        }
    }
}
