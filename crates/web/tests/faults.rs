//! Several instances do what is due at the same moment and die in the middle of it; the machine's clock jumps. Nothing is
//! lost and nothing happens twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{App, Error, account, audit, doctor, id::Id, job, p, referral};
use common::{COUNTY, County, forms, killed_after};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How often something stands in the history of a case.
async fn times(county: &County, case: &str, name: &str) -> usize {
    let told = county.get("worker", &format!("/api/v1/cases/{case}/events")).await;
    let events = told.json["events"].as_array().unwrap();
    let sequences = events.iter().map(|event| event["sequence"].as_u64().unwrap());
    assert!(sequences.eq(1..=events.len() as u64), "{}", told.json);
    events.iter().filter(|event| event["name"] == name).count()
}

/// Tasks and messages of a case by kind, also those that are done.
async fn told_of(county: &County, case: &str) -> BTreeMap<String, i64> {
    let id: Id = case.parse().unwrap();
    let sql = "SELECT 'task ' || kind, COUNT(*) FROM task WHERE home = $1 AND referral_id = $2 GROUP BY kind
        UNION ALL SELECT 'message ' || kind || ' ' || to_party, COUNT(*) FROM message
        WHERE home = $1 AND referral_id = $2 GROUP BY kind, to_party";
    county.app.db.all::<(String, i64)>(sql, p![id.home_number(), id]).await.unwrap().into_iter().collect()
}

/// The log is whole, and every case is what its events make of it.
async fn whole(app: &App) {
    let report = audit::verify(&app.db, Some(&app.keys), None).await.unwrap();
    assert!(report.findings.is_empty(), "{report:?}");
    let replay = doctor::replay(app, u64::MAX).await.unwrap();
    assert!(replay.wrong.is_empty() && replay.columns.is_empty(), "{replay:?}");
    assert_eq!(replay.rates, Some(vec![]));
    assert_eq!(doctor::places(app).await.unwrap(), []);
}

/// Four instances at the same moment, each killed after so many looks; whether somebody died.
async fn together<T, F: Future<Output = T>>(
    apps: &[App],
    looks: usize,
    work: impl Fn(App) -> F,
) -> (Vec<T>, bool) {
    // Each a little later than the one before it.
    let each = apps.iter().enumerate().map(|(i, app)| killed_after(looks * (i + 1), work(app.clone())));
    let done = futures::future::join_all(each).await;
    let died = done.iter().any(Option::is_none);
    (done.into_iter().flatten().collect(), died)
}

async fn four(county: &County) -> Vec<App> {
    let mut apps = Vec::new();
    for _ in 0..4 {
        apps.push(county.another().await);
    }
    apps
}

both!(what_the_clock_does_is_done_once_by_several_instances_that_die, |county| {
    let late = [county.apply("doctor", 1).await.id(), county.apply("doctor", 2).await.id()];
    let places = "UPDATE institution SET contracted = 20";
    county.app.db.run(places, p![]).await.unwrap();
    let mut silent = Vec::new();
    for number in 3..=6 {
        silent.push(county.at_state(number, "referred").await);
    }
    let alone = county.at_state(7, "referred").await;
    county.on("2026-04-20");
    let before = told_of(county, &alone).await;
    let apps: Vec<App> = four(county).await.into_iter().map(|app| app.at(county.at)).collect();
    let due = "SELECT COUNT(*) /* whole: a test counts */ FROM referral WHERE due_at <= $1
        AND told_overdue_at IS NULL AND NOT frozen";
    let (mut deaths, mut looks) = (0, 1);
    while county.app.db.opt::<(i64,)>(due, p![county.at]).await.unwrap().unwrap().0 > 0 {
        let (outcomes, died) = together(&apps, looks, |app| async move { referral::tick(&app).await }).await;
        for outcome in outcomes {
            outcome.unwrap();
        }
        (deaths, looks) = (deaths + u32::from(died), looks + 1);
        assert!(looks < 2_000, "it does not come to an end");
    }
    assert!(deaths > 3 || !county.app.db.is_postgres(), "{deaths}");
    let like = told_of(county, &alone).await;
    assert_ne!(before, like);
    for case in &silent {
        assert_eq!(
            times(county, case, "recalled_silent").await,
            times(county, &alone, "recalled_silent").await
        );
        assert_eq!(told_of(county, case).await, like);
    }
    for case in &late {
        let told = told_of(county, case).await;
        let overdue: Vec<_> = told.iter().filter(|(what, _)| what.starts_with("task overdue_")).collect();
        assert!(overdue.len() == 1 && *overdue[0].1 == 1, "{told:?}");
    }
    assert_eq!(like.values().filter(|count| **count > 1).count(), 0, "{like:?}");
    whole(&county.app).await;
});

both!(a_job_is_done_once_by_several_instances_that_die, |county| {
    let mut open = Vec::new();
    let places = "UPDATE institution SET contracted = 20, body = $1 WHERE id = $2";
    for name in ["sunrise", "harbour"] {
        let id = county.ids[name];
        let listed = json!({ "id": id, "owner": id, "state": "listed", "version": 1 });
        county.app.db.run(places, p![listed, id]).await.unwrap();
    }
    for number in 1..=6 {
        let case = county.at_state(number, "registered").await;
        let order = [county.id("sunrise"), county.id("harbour")];
        let data = json!({ "institution": order[0], "person_asked": true, "agreed_order": order });
        county.act("worker", &case, "refer", data, json!({ "F3": forms::f3(county) })).await;
        open.push(case);
    }
    let path = format!("/api/v1/institutions/{}/events", county.id("sunrise"));
    let body = json!({ "version": 1, "name": "suspend", "data": { "reason": "停业一个月" } });
    assert_eq!(county.post("officer", &path, &[], &body).await.status, 200);
    let apps = four(county).await;
    let left = "SELECT COUNT(*) FROM job WHERE done_at IS NULL";
    let (mut deaths, mut looks) = (0, 1);
    while county.app.db.opt::<(i64,)>(left, p![]).await.unwrap().unwrap().0 > 0 {
        // What the dead had claimed is free again.
        county.at += SignedDuration::from_mins(6);
        let now = county.at;
        let turn = |app: App| async move { job::turn_of(&app.at(now), 2).await };
        let (outcomes, died) = together(&apps, looks, turn).await;
        for outcome in outcomes {
            outcome.unwrap();
        }
        (deaths, looks) = (deaths + u32::from(died), looks + 1);
        assert!(looks < 2_000, "it does not come to an end");
    }
    assert!(deaths > 3 || !county.app.db.is_postgres(), "{deaths}");
    let like = told_of(county, &open[0]).await;
    for case in &open {
        assert_eq!(county.case("worker", case).await["institution"], "harbour");
        assert_eq!(times(county, case, "institution_unlisted").await, 1);
        assert_eq!(told_of(county, case).await, like);
    }
    assert_eq!((county.places("sunrise").await, county.places("harbour").await), ((0, 0), (0, 6)));
    whole(&county.app).await;
});

/// Kind of a job that nobody knows: taking it is told as a failure.
async fn waiting_job(county: &County, locked: Option<SignedDuration>, runs: SignedDuration) {
    county.app.db.run("DELETE FROM job", p![]).await.unwrap();
    let sql = "INSERT INTO job (id, kind, arguments, run_at, tries, locked_until)
        VALUES ($1, 'nobody_knows', $2, $3, 0, $4)";
    let id = county.ids["sunrise"].beside(county.at);
    let locked = locked.map(|locked| county.at + locked);
    county.app.db.run(sql, p![id, json!({}), county.at + runs, locked]).await.unwrap();
}

both!(a_claim_from_before_the_clock_was_put_back_binds_nobody, |county| {
    let (minutes, now) = (SignedDuration::from_mins, SignedDuration::ZERO);
    for (why, locked, runs, taken) in [
        ("nobody has it", None, now, true),
        ("somebody has it", Some(minutes(4)), now, false),
        ("who had it is dead", Some(minutes(-1)), now, true),
        ("the other machine's clock is ahead", Some(minutes(8)), now, false),
        ("claimed before the clock was put back by an hour", Some(minutes(64)), now, true),
        ("it failed and is tried later", None, minutes(60), false),
        ("it was queued before the clock was put back by a day", None, minutes(1_440), true),
    ] {
        waiting_job(county, locked, runs).await;
        let turned = job::turn(&county.app.at(county.at)).await;
        assert!(turned.is_err() == taken && (taken || turned.unwrap().is_none()), "{why}");
    }
});

both!(a_clock_that_jumps_loses_nothing_and_doubles_nothing, |county| {
    let hour = SignedDuration::from_hours(1);
    let begun = county.at;
    let early = county.apply("doctor", 1).await.id();
    let offered = county.at_state(2, "referred").await;
    audit::checkpoint(&county.app.at(county.at)).await.unwrap().unwrap();

    // An hour back: work goes on, also on what was done later, as it seems.
    county.at = begun - hour;
    county.register(&early).await;
    county.accept(&offered).await;
    let back = county.at_state(3, "referred").await;
    let ticked = referral::tick(&county.app.at(county.at)).await.unwrap();
    assert_eq!((ticked.commands, ticked.told), (0, 0), "nothing is due");
    assert!(audit::checkpoint(&county.app.at(county.at)).await.unwrap().is_some(), "checkpoints go on");
    let waiting = county.apply("doctor", 4).await.id();

    // Seven weeks ahead: what is due then is done, once.
    let ahead = begun + hour * 24 * 49;
    let ticked = referral::tick(&county.app.at(ahead)).await.unwrap();
    assert!(ticked.commands > 0 && ticked.told > 0, "{ticked:?}");
    let (first, second) = (told_of(county, &back).await, told_of(county, &waiting).await);
    assert_eq!(times(county, &back, "recalled_silent").await, 1);

    // Back to where it belongs, and ahead again.
    for at in [begun + hour, begun - hour * 24, ahead, ahead + hour] {
        let again = referral::tick(&county.app.at(at)).await.unwrap();
        assert_eq!(again.commands, 0, "{at}");
    }
    assert_eq!(told_of(county, &waiting).await, second, "told once");
    assert_eq!(times(county, &back, "recalled_silent").await, 1);
    assert_eq!(told_of(county, &back).await.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>());
    county.at = begun + hour;
    county.assess(&offered, "suitable").await;

    let ids: Vec<(Id, i64)> = county
        .app
        .db
        .all("SELECT id, home FROM message UNION ALL SELECT id, home FROM task UNION ALL SELECT id, home FROM form_entry /* whole: a test looks at all */", p![])
        .await
        .unwrap();
    let unique: BTreeSet<_> = ids.iter().map(|(id, _)| id.0).collect();
    assert_eq!(unique.len(), ids.len());
    assert!(ids.iter().all(|(id, home)| id.home_number() == *home));
    for case in [&early, &offered, &back, &waiting] {
        times(county, case, "").await;
    }
    whole(&county.app).await;
});

both!(a_session_and_a_key_of_a_request_bear_a_clock_that_is_put_back, |county| {
    let hour = SignedDuration::from_hours(1);
    let (begun, body) = (county.at, filed(county, 1));
    let new = account::NewAccount {
        username: "jumper".to_owned(),
        name: "测试员".to_owned(),
        password: "Synthetic-2026".to_owned(),
        role: "referral_worker".to_owned(),
        organisation: county.ids["office"],
        division: Some(COUNTY),
        person: None,
    };
    let mut tx = county.app.db.begin().await.unwrap();
    account::add(&county.app, &mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    let (_, secret) = account::sign_in(&county.app.at(begun), "jumper", "Synthetic-2026").await.unwrap();
    let first = county.post("doctor", "/api/v1/cases", &[("idempotency-key", "jump")], &body).await;
    for at in [begun - hour, begun + hour / 4] {
        assert!(account::of_session(&county.app.at(at), &secret).await.is_ok(), "{at}");
        county.at = at;
        let again = county.post("doctor", "/api/v1/cases", &[("idempotency-key", "jump")], &body).await;
        assert_eq!(again.json["id"], first.json["id"], "{}", again.json);
    }
    // A day ahead everybody signs in anew, and nobody is locked out.
    let ahead = county.app.at(begun + hour * 25);
    assert!(matches!(account::of_session(&ahead, &secret).await, Err(Error::NotFound)));
    assert!(account::sign_in(&ahead, "jumper", "Synthetic-2026").await.is_ok());
    assert!(account::sign_in(&county.app.at(begun), "jumper", "Synthetic-2026").await.is_ok());
});

fn filed(county: &County, number: u32) -> Value {
    json!({ "forms": { "F1": forms::f1(county, "doctor", number), "F12": forms::f12(county) }, "submit": true })
}
