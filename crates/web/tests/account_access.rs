//! Why an account sees a record, and what another role would bring. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    Error,
    account::{
        change::{self, Change},
        explain::{self, Explanation, NameShown},
    },
    id::Id,
    p,
};
use axum::http::StatusCode;
use common::{COUNTY, County, ELSEWHERE, forms};
use rules::account::{Deed, Subject};
use serde_json::json;

const STAFF: [&str; 18] = [
    "worker",
    "second worker",
    "officer",
    "other worker",
    "doctor",
    "committee clerk",
    "helper",
    "sunrise manager",
    "sunrise keeper",
    "sunrise assessor",
    "harbour manager",
    "harbour keeper",
    "harbour assessor",
    "health officer",
    "federation officer",
    "supervisor",
    "auditor",
    "administrator",
];

async fn explained(county: &County, who: &str, record: &str) -> app::Result<Explanation> {
    let scope = county.scope("security").await;
    explain::explain(&county.app.at(county.at), &scope, who, record).await
}

async fn person_of(county: &County, case: &str) -> String {
    let case: Id = case.parse().unwrap();
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    let found: Option<(Id,)> = county.app.db.opt(sql, p![case.home_number(), case]).await.unwrap();
    found.unwrap().0.to_string()
}

both!(the_explanation_says_what_happens_for_everybody_at_every_stage, |county| {
    // The other worker is of another county, whose accounts another administrator keeps.
    let sql = "UPDATE account SET division = $1 WHERE id = $2";
    county.app.db.run(sql, p![310_100_000_000_i64, county.ids["security"]]).await.unwrap();
    let mut records = Vec::new();
    for (number, state) in [(1, "submitted"), (2, "registered"), (3, "referred"), (4, "in_service")] {
        records.push((county.at_state(number, state).await, "cases"));
    }
    let committees = county.apply("committee clerk", 5).await.id();
    county.register(&committees).await;
    records.push((committees, "cases"));
    records.push((person_of(county, &records[1].0).await, "persons"));
    let mut seen = 0;
    for (record, kind) in &records {
        for who in STAFF {
            let found = explained(county, who, record).await.unwrap();
            let answer = county.get(who, &format!("/api/v1/{kind}/{record}")).await;
            assert_eq!(found.sees, answer.status == StatusCode::OK, "{who} {kind} {record}: {found:?}");
            let by_ways = found.ways.iter().any(|way| way.iter().all(|rule| rule.holds));
            assert_eq!(found.within, by_ways, "{who}: {found:?}");
            if !found.sees {
                continue;
            }
            seen += 1;
            let (own, of_person) = (&answer.json["name"], &answer.json["person"]["name"]);
            let name = own.as_str().or(of_person.as_str()).unwrap_or_default();
            let shown = match name {
                "" => NameShown::Hidden,
                name if name == rules::name::mask("测试甲") => NameShown::Masked,
                _ => NameShown::Whole,
            };
            assert_eq!(found.name_shown, shown, "{who} {kind}: {name}");
        }
    }
    assert!(seen > 20, "{seen}");
    let told = format!("{:?}", explained(county, "doctor", &records[3].0).await.unwrap());
    assert!(!told.contains("测试甲") && !told.contains(&forms::identity_number(4)), "no content: {told}");
});

both!(only_who_keeps_the_accounts_asks_and_the_record_remembers, |county| {
    let case = county.at_state(1, "registered").await;
    let number = county.case("worker", &case).await["number"].as_str().unwrap().to_owned();
    assert_eq!(explained(county, "worker", &number).await.unwrap().record.to_string(), case);
    for (who, record) in [
        ("worker", forms::identity_number(1)),
        ("worker", "01930000-0000-7080-8000-000000000000".to_owned()),
        ("worker", String::new()),
        ("other worker", case.clone()),
        ("client", case.clone()),
        ("nobody", case.clone()),
    ] {
        let answer = explained(county, who, &record).await;
        assert!(matches!(answer, Err(Error::Invalid(_))), "{who} {record}: {answer:?}");
    }
    for who in ["worker", "auditor", "supervisor", "officer"] {
        let scope = county.scope(who).await;
        let answer = explain::explain(&county.app, &scope, "worker", &case).await;
        assert!(matches!(answer, Err(Error::Forbidden)), "{who}");
    }
    let id: Id = case.parse().unwrap();
    let sql = "SELECT COUNT(*) FROM audit WHERE subject_id = $1 AND action = 'explain'";
    let logged: Option<(i64,)> = county.app.db.opt(sql, p![id]).await.unwrap();
    assert_eq!(logged, Some((1,)));
    let answer = county.get("security", &format!("/api/v1/access?account=worker&record={case}")).await;
    assert_eq!((answer.status, &answer.json["sees"]), (StatusCode::OK, &json!(true)), "{}", answer.json);
});

both!(another_role_shows_what_it_brings_and_ends_what_was_open, |county| {
    county.at_state(1, "registered").await;
    let scope = county.scope("security").await;
    let worker = county.ids["second worker"];
    let wanted = Change { role: "doctor".to_owned(), organisation: county.ids["hospital"], division: None };
    let found = change::preview(&county.app, &scope, worker, &wanted).await.unwrap();
    assert_eq!((found.now.cases, found.now.persons), (1, 1));
    assert_eq!((found.after.cases, found.after.persons), (1, 0), "the hospital filed it");
    assert!(found.lost.contains(&(Deed::Reveal, Subject::Person)));
    assert!(found.lost.contains(&(Deed::Read, Subject::Import)));
    assert!(found.gained.contains(&(Deed::Change, Subject::FollowUp)));
    let medical = [
        Subject::FollowUp,
        Subject::ScaleResult,
        Subject::Device,
        Subject::Supervision,
        Subject::Question,
        Subject::QuestionFigures,
    ];
    assert!(found.gained.iter().all(|(_, subject)| medical.contains(subject)), "{:?}", found.gained);
    let wrong = [
        Change { role: "client".to_owned(), ..wanted.clone() },
        Change { role: "system".to_owned(), ..wanted.clone() },
        Change { organisation: county.ids["other office"], ..wanted.clone() },
        Change { division: Some(ELSEWHERE), ..wanted.clone() },
        Change { division: Some(310_000_000_000), ..wanted.clone() },
    ];
    for wrong in wrong {
        let answer = change::preview(&county.app, &scope, worker, &wrong).await;
        assert!(matches!(answer, Err(Error::Invalid(_))), "{wrong:?}");
    }
    let version = found.account.version;
    let stale = change::change(&county.app, &scope, worker, &wanted, version + 1).await;
    assert!(matches!(stale, Err(Error::Changed { .. })), "{stale:?}");
    assert_eq!(county.get("second worker", "/api/v1/cases").await.status, StatusCode::OK);
    change::change(&county.app, &scope, worker, &wanted, version).await.unwrap();
    let ended = county.get("second worker", "/api/v1/cases").await.status;
    assert_eq!(ended, StatusCode::UNAUTHORIZED, "no program goes on with another role");
    let own = Change { organisation: county.ids["office"], division: Some(COUNTY), ..wanted.clone() };
    let answer = change::change(&county.app, &scope, county.ids["security"], &own, 1).await;
    assert!(matches!(answer, Err(Error::Refused(_))), "{answer:?}");
    let foreign = change::preview(&county.app, &scope, county.ids["other worker"], &wanted).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
});
