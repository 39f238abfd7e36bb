//! Possible doubles on their pages and over the interface. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App,
    import::{Keep, NewImport},
    scope::Scope,
};
use axum::http::StatusCode;
use common::VILLAGE;
use common::world::World;

/// Two lists that name somebody who may be one person.
async fn two_lists(app: &App) {
    let (area, division) = (app::scope::Area::of(common::COUNTY), common::COUNTY);
    let role = rules::account::Role::ReferralWorker;
    let clerk = Scope { area, division, role, ..Scope::system() };
    for (sender, name) in [("卫健局", "欧阳小明"), ("医院", "欧阳晓明")] {
        let list =
            format!("姓名,性别,出生日期,区划代码,联系电话\n{name},男,1980-02-03,{VILLAGE},13900001234\n");
        let new = NewImport { kind: "smd", sender, file_name: "list.csv" };
        let id = app::import::stage(app, &clerk, &new, list.as_bytes()).await.unwrap();
        app::import::check(app, &clerk, id).await.unwrap();
        let version = app::import::get(app, &clerk, id).await.unwrap().version;
        app::import::apply(app, &clerk, id, version, Keep { valid: true, unverified: true }).await.unwrap();
    }
}

on_both!(the_queue_names_both_persons_as_the_role_may_see_them, World, |world| {
    two_lists(&world.app).await;
    let page = world.get("referral_worker", "/review").await;
    page.has("欧阳小明").has("欧阳晓明").has("1980-02-03").has("卫健局").has("医院").has("尚无人承办");
    let page = world.get("civil_affairs_officer", "/review?lang=en").await;
    page.has("欧阳*").has("1980").has("Nobody yet").has("Found").lacks("欧阳小明").lacks("1980-02-03");
    assert_eq!(world.get("case_manager", "/review").await.status, StatusCode::FORBIDDEN);

    let (_, rest) = page.text.split_once("href=\"/review/").expect("a pair");
    let path = format!("/review/{}", rest.split('"').next().unwrap());
    let version = world.version("referral_worker", &path).await;
    let taken = world.post("referral_worker", &format!("{path}/take"), &[("version", &version)]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text);
    world.get("referral_worker", "/review").await.has("测试referral_worker").lacks("尚无人承办");
    world.get("referral_worker", &path).await.lacks("由我承办");
});

both!(programs_get_the_queue_with_both_persons, |county| {
    two_lists(&county.app).await;
    let list = county.get("worker", "/api/v1/pairs").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.json);
    let pair = &list.json["pairs"][0];
    assert_eq!((&pair["state"], &pair["owner"]), (&"open".into(), &serde_json::Value::Null));
    let names = [&pair["left"]["person"]["name"], &pair["right"]["person"]["name"]];
    assert!(names.contains(&&"欧阳小明".into()) && names.contains(&&"欧阳晓明".into()), "{pair}");
    assert_eq!(county.get("other worker", "/api/v1/pairs").await.json["pairs"], serde_json::json!([]));
    for (path, field) in [("/api/v1/pairs?state=lost", "state"), ("/api/v1/pairs?after=x", "after")] {
        let refused = county.get("worker", path).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field]));
    }
    assert_eq!(county.get("doctor", "/api/v1/pairs").await.status, StatusCode::FORBIDDEN);
});

both!(a_record_that_came_with_an_application_names_the_office, |county| {
    let case: app::id::Id = county.at_state(1, "registered").await.parse().unwrap();
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    let found: Option<(app::id::Id,)> =
        county.app.db.opt(sql, app::p![case.home_number(), case]).await.unwrap();
    let person = county.get("worker", &format!("/api/v1/persons/{}", found.unwrap().0)).await;
    assert_eq!(person.json["records"][0]["sender"], "office", "{}", person.json);
});
