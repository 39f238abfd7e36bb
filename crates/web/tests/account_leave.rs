//! Somebody leaves: access ends at once and nothing stays without an owner. All persons are invented.
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
        change,
        leave::{self, Held},
    },
    id::Id,
    p,
    referral::Turn,
};
use axum::http::StatusCode;
use common::County;
use serde_json::json;

async fn case_manager(county: &County, case: &str) -> Option<Id> {
    let case: Id = case.parse().unwrap();
    let sql = "SELECT case_manager_id FROM referral WHERE home = $1 AND id = $2";
    county.app.db.opt::<(Option<Id>,)>(sql, p![case.home_number(), case]).await.unwrap().unwrap().0
}

/// A task for the keeper alone.
async fn own_task(county: &County, case: &str, who: &str) {
    let case: Id = case.parse().unwrap();
    let sql = "INSERT INTO task (home, id, referral_id, kind, to_party, to_account, county, division, created_at)
        SELECT home, $1, id, 'contact', 'account', $2, county, division, $3 FROM referral WHERE home = $4 AND id = $5";
    let args = p![case.beside(county.at), county.ids[who], county.at, case.home_number(), case];
    county.app.db.run(sql, args).await.unwrap();
}

both!(open_work_goes_to_the_colleague_who_was_named, |county| {
    county.account("second keeper", "case_manager", "sunrise").await;
    let case = county.at_state(1, "in_service").await;
    own_task(county, &case, "sunrise keeper").await;
    let (scope, keeper) = (county.scope("security").await, county.ids["sunrise keeper"]);
    let leaving = leave::leaving(&county.app, &scope, keeper).await.unwrap();
    assert_eq!((leaving.held.cases, leaving.held.tasks), (1, 1));
    let named: Vec<Id> = leaving.colleagues.iter().map(|(id, _)| *id).collect();
    assert_eq!(named, [county.ids["second keeper"]], "the same organisation and role");
    for stranger in ["harbour keeper", "sunrise manager", "sunrise keeper", "worker"] {
        let answer = leave::end(&county.app, &scope, keeper, Some(county.ids[stranger])).await;
        assert!(matches!(answer, Err(Error::Invalid(_))), "{stranger}: {answer:?}");
    }
    assert_eq!(county.get("sunrise keeper", "/api/v1/cases").await.status, StatusCode::OK);
    let app = county.app.at(county.at);
    leave::end(&app, &scope, keeper, Some(county.ids["second keeper"])).await.unwrap();
    assert_eq!(county.get("sunrise keeper", "/api/v1/cases").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(case_manager(county, &case).await, Some(county.ids["second keeper"]));
    assert_eq!(county.case("second keeper", &case).await["state"], "in_service");
    let list = county.work_list("second keeper", Turn::Mine).await;
    assert!(list.tasks.iter().any(|task| task.kind == "contact"), "{:?}", list.tasks);
    let again = leave::leaving(&county.app, &scope, keeper).await.unwrap();
    assert_eq!(again.held, Held::default(), "nothing stays behind");
});

both!(where_nobody_is_named_the_manager_is_told_and_names_somebody, |county| {
    let case = county.at_state(1, "in_service").await;
    own_task(county, &case, "sunrise keeper").await;
    let scope = county.scope("security").await;
    let app = county.app.at(county.at);
    let held = leave::end(&app, &scope, county.ids["sunrise keeper"], None).await.unwrap();
    assert_eq!((held.cases, held.tasks), (1, 1));
    let list = county.work_list("sunrise manager", Turn::Mine).await;
    let mut kinds: Vec<&str> = list.tasks.iter().map(|task| task.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["contact", "name_case_manager"]);
    assert_eq!(county.case("sunrise manager", &case).await["state"], "in_service", "service goes on");
    county.account("second keeper", "case_manager", "sunrise").await;
    let data = json!({ "case_manager": county.id("second keeper") });
    county.act("sunrise manager", &case, "change_case_manager", data, json!({})).await;
    assert!(!county.tasks(&case).await.contains(&"name_case_manager".to_owned()));
    assert_eq!(case_manager(county, &case).await, Some(county.ids["second keeper"]));
});

both!(another_house_or_role_leaves_nothing_behind, |county| {
    let case = county.at_state(1, "in_service").await;
    let (scope, keeper) = (county.scope("security").await, county.ids["sunrise keeper"]);
    let app = county.app.at(county.at);
    let wanted = change::Change {
        role: "case_manager".to_owned(),
        organisation: county.ids["harbour"],
        division: None,
    };
    change::change(&app, &scope, keeper, &wanted, 1).await.unwrap();
    assert_eq!(county.tasks(&case).await, ["name_case_manager"]);
});
