//! An institution closes: its open offers go elsewhere in one action, and whom it serves is not forgotten.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{db::Db, job, p};
use axum::http::StatusCode;
use common::{County, forms, killed_after};
use rules::institution::library::{Entry, LibraryState};
use serde_json::{Value, json};

/// Gives the institution the record in the library that it would have after its two reviews, and places enough.
async fn listed(county: &County, name: &str) {
    let id = county.ids[name].0;
    let entry = Entry {
        id,
        owner: id,
        state: LibraryState::Listed,
        version: 1,
        county_approval: None,
        notice: None,
        reason: None,
    };
    let sql = "UPDATE institution SET contracted = 20, body = $1 WHERE id = $2";
    county.app.db.run(sql, p![serde_json::to_value(entry).unwrap(), county.ids[name]]).await.unwrap();
}

async fn offered(county: &County, number: u32) -> String {
    let case = county.at_state(number, "registered").await;
    let order = [county.id("sunrise"), county.id("harbour")];
    let data = json!({ "institution": order[0], "person_asked": true, "agreed_order": order });
    county.act("worker", &case, "refer", data, json!({ "F3": forms::f3(county) })).await;
    case
}

async fn suspend(county: &County) {
    let path = format!("/api/v1/institutions/{}/events", county.id("sunrise"));
    let body = json!({ "version": 1, "name": "suspend", "data": { "reason": "停业一个月" } });
    let answer = county.post("officer", &path, &[], &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
}

async fn count(db: &Db, sql: &str) -> i64 {
    db.opt::<(i64,)>(sql, p![]).await.unwrap().unwrap().0
}

async fn told(county: &County, case: &str) -> usize {
    let events = county.get("worker", &format!("/api/v1/cases/{case}/events")).await;
    let of_end = |event: &&Value| event["name"] == "institution_unlisted";
    events.json["events"].as_array().unwrap().iter().filter(of_end).count()
}

both!(a_closed_institution_gives_all_its_open_offers_to_the_next_in_one_action, |county| {
    listed(county, "sunrise").await;
    listed(county, "harbour").await;
    let mut open = Vec::new();
    for number in 1..=5 {
        open.push(offered(county, number).await);
    }
    let served = [county.at_state(11, "in_service").await, county.at_state(12, "accepted").await];
    suspend(county).await;

    // The programme dies after a step, before it noted how far it has come: nobody else takes the job until the claim of
    // the dead is over.
    let claimed = "SELECT arguments FROM job WHERE done_at IS NULL";
    let (before,): (Value,) = county.app.db.opt(claimed, p![]).await.unwrap().unwrap();
    let app = county.app.at(county.at);
    assert_eq!(job::turn_of(&app, 1).await.unwrap().unwrap().done, 1);
    let sql = "UPDATE job SET arguments = $1, locked_until = $2";
    app.db.run(sql, p![before, county.at + jiff::SignedDuration::from_mins(5)]).await.unwrap();
    assert_eq!(job::turn(&app).await.unwrap(), None, "claimed");
    county.at += jiff::SignedDuration::from_mins(6);
    let again = job::turn_of(&county.app.at(county.at), 1).await.unwrap().unwrap();
    assert!(!again.finished, "it goes on");

    // It dies in the middle of a step, again and again, each time a little later. SQLite gives nobody the time for that.
    let mut deaths = 0;
    for looks in 1..500 {
        county.at += jiff::SignedDuration::from_mins(6);
        let app = county.app.at(county.at);
        deaths += usize::from(killed_after(looks, job::turn_of(&app, 2)).await.is_none());
        if count(&app.db, "SELECT COUNT(*) FROM job WHERE done_at IS NULL").await == 0 {
            break;
        }
    }
    assert!(deaths > 3 || !county.app.db.is_postgres(), "{deaths}");
    assert_eq!(count(&county.app.db, "SELECT COUNT(*) FROM job WHERE done_at IS NULL").await, 0);
    assert_eq!(job::turn(&county.app.at(county.at)).await.unwrap(), None, "nothing is left");

    for case in &open {
        let now = county.case("worker", case).await;
        assert_eq!((now["state"].as_str(), now["institution"].as_str()), (Some("referred"), Some("harbour")));
        assert_eq!(told(county, case).await, 1, "told once");
        assert_eq!(now["case"]["offers"][0]["outcome"]["outcome"], "recalled", "{}", now["case"]["offers"]);
    }
    for (case, state) in served.iter().zip(["in_service", "accepted"]) {
        assert_eq!(county.case("worker", case).await["state"], state, "nobody is put out");
        assert_eq!(told(county, case).await, 1);
        let tasks = county.tasks(case).await;
        assert_eq!(tasks.iter().filter(|kind| *kind == "refer_on").count(), 1, "{tasks:?}");
    }
    assert_eq!((county.places("sunrise").await, county.places("harbour").await), ((1, 1), (0, 5)));
    let late = "SELECT answered FROM institution WHERE name = 'sunrise'";
    assert_eq!(count(&county.app.db, late).await, 2, "the two that it accepted; no silence is counted");
});

both!(a_suspension_that_ended_before_the_job_ran_takes_nothing_back, |county| {
    listed(county, "sunrise").await;
    let case = offered(county, 1).await;
    suspend(county).await;
    let path = format!("/api/v1/institutions/{}/events", county.id("sunrise"));
    let resume = json!({ "version": 2, "name": "resume" });
    assert_eq!(county.post("officer", &path, &[], &resume).await.status, StatusCode::OK);
    let turned = job::turn(&county.app.at(county.at)).await.unwrap().unwrap();
    assert_eq!((turned.kind.as_str(), turned.done, turned.finished), ("reroute_offers", 0, true));
    assert_eq!(county.case("worker", &case).await["institution"], "sunrise");
});

both!(a_job_that_fails_is_noted_and_tried_later, |county| {
    let sql = "INSERT INTO job (id, kind, arguments, run_at, tries) VALUES ($1, 'nobody_knows', $2, $3, 0)";
    let id = county.ids["sunrise"].beside(county.at);
    county.app.db.run(sql, p![id, json!({}), county.at]).await.unwrap();
    for wait in [1, 2, 4] {
        let app = county.app.at(county.at);
        assert!(job::turn(&app).await.is_err());
        assert_eq!(job::turn(&app).await.unwrap(), None, "not at once again");
        county.at += jiff::SignedDuration::from_mins(wait);
    }
    let failures = "SELECT COUNT(*) FROM job WHERE failure IS NOT NULL AND locked_until IS NULL";
    assert_eq!(count(&county.app.db, failures).await, 1);
});
