//! What `xinqiao doctor --deep` finds: nothing where everything is as the program wrote it, and each thing by its name where
//! somebody meddled with it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App, audit,
    doctor::{self, Orphans, RateDrift, SumDrift},
    followup::check::check,
    id::Id,
    need, p, person, referral, scale,
};
use common::{COUNTY, County};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Somewhere else, where nobody lives.
const NOWHERE: i64 = 110_101_001_001;

/// Cases in several states, and what the clock does when nobody acts.
async fn lively(county: &mut County) -> Vec<Id> {
    let mut cases = Vec::new();
    for (number, state) in [(1, "submitted"), (2, "registered"), (3, "referred"), (4, "in_service")] {
        cases.push(county.at_state(number, state).await.parse().unwrap());
    }
    county.on("2026-04-20");
    assert!(referral::tick(&county.app.at(county.at)).await.unwrap().told > 0);
    cases
}

/// Everything that is looked at with `--deep`, but what a test damages.
async fn is_well(app: &App) {
    let replay = doctor::replay(app, u64::MAX).await.unwrap();
    assert!(replay.cases > 0 && replay.events > replay.cases, "{replay:?}");
    assert_eq!((replay.wrong, replay.columns, replay.rates), (vec![], vec![], Some(vec![])));
    assert_eq!(need::recount(app).await.unwrap(), []);
    assert_eq!(doctor::places(app).await.unwrap(), []);
    assert_eq!(doctor::sums(app).await.unwrap(), []);
    assert_eq!(doctor::references(app).await.unwrap(), []);
    assert_eq!(person::astray(app).await.unwrap(), 0);
    assert!(scale::drifts(app, None).await.unwrap().drifted.is_empty());
    assert!(check(app).await.unwrap().drifted.is_empty());
    assert!(audit::verify(&app.db, Some(&app.keys), None).await.unwrap().findings.is_empty());
}

both!(what_nobody_meddled_with_is_well, |county| {
    lively(county).await;
    is_well(&county.app.at(county.at)).await;
});

both!(a_sample_of_cases_says_nothing_of_the_rates, |county| {
    county.at_state(1, "registered").await;
    county.at_state(2, "registered").await;
    let replay = doctor::replay(&county.app, 1).await.unwrap();
    assert_eq!((replay.cases, replay.rates), (1, None));
});

both!(a_document_that_its_events_do_not_give_is_named, |county| {
    let cases = lively(county).await;
    let app = county.app.at(county.at);
    let (altered, broken) = (cases[0], cases[1]);
    let sql = "SELECT body FROM referral WHERE home = $1 AND id = $2";
    let (mut body,): (Value,) = app.db.opt(sql, p![altered.home_number(), altered]).await.unwrap().unwrap();
    body["receipt"] = json!("S310115-2026-99999");
    let sql = "UPDATE referral SET body = $1 WHERE home = $2 AND id = $3";
    app.db.run(sql, p![body, altered.home_number(), altered]).await.unwrap();
    let sql = "UPDATE referral_event SET digest = $1 WHERE home = $2 AND referral_id = $3 AND sequence = 1";
    app.db.run(sql, p![vec![0_u8; 32], broken.home_number(), broken]).await.unwrap();
    let mut wrong = doctor::replay(&app, u64::MAX).await.unwrap().wrong;
    wrong.sort();
    let mut expected = vec![altered, broken];
    expected.sort();
    assert_eq!(wrong, expected);
});

both!(a_column_that_its_events_do_not_give_is_named, |county| {
    let cases = lively(county).await;
    let app = county.app.at(county.at);
    let case = cases[3];
    let set = |column: &str| format!("UPDATE referral SET {column} = $1 WHERE home = $2 AND id = $3");
    let (soon, early) = (county.at + SignedDuration::from_hours(1), common::morning("2020-01-06"));
    for (column, value) in [("due_at", soon), ("remind_at", soon), ("told_overdue_at", early)] {
        app.db.run(&set(column), p![value, case.home_number(), case]).await.unwrap();
    }
    for (column, value) in [("state", "ended"), ("next_role", "doctor"), ("clock", "K1")] {
        app.db.run(&set(column), p![value, case.home_number(), case]).await.unwrap();
    }
    let sql = "UPDATE referral_event SET deadline_met = $1, to_state = 'ended'
        WHERE home = $2 AND referral_id = $3 AND sequence = 1";
    app.db.run(sql, p![false, case.home_number(), case]).await.unwrap();
    let replay = doctor::replay(&app, u64::MAX).await.unwrap();
    assert_eq!(replay.wrong, []);
    assert!(replay.columns.iter().all(|drift| drift.case == case), "{:?}", replay.columns);
    let mut named: Vec<String> =
        replay.columns.iter().map(|drift| format!("{}.{}", drift.table, drift.column)).collect();
    named.sort();
    let expected = [
        "referral.clock",
        "referral.due_at",
        "referral.next_role",
        "referral.remind_at",
        "referral.state",
        "referral.told_overdue_at",
        "referral_event.deadline_met",
        "referral_event.to_state",
    ];
    assert_eq!(named, expected);
});

both!(a_tally_of_steps_in_time_that_is_wrong_is_named, |county| {
    lively(county).await;
    let app = county.app.at(county.at);
    let sql = "SELECT month, met, missed FROM clock_tally WHERE county = $1 AND clock = 'K1'";
    let (month, met, missed): (i64, i64, i64) = app.db.opt(sql, p![COUNTY]).await.unwrap().unwrap();
    let sql = "UPDATE clock_tally SET met = met + 1 WHERE county = $1 AND month = $2 AND clock = 'K1'";
    app.db.run(sql, p![COUNTY, month]).await.unwrap();
    let (stored, counted, clock) = ((met + 1, missed), (met, missed), "K1".to_owned());
    let expected = RateDrift { county: COUNTY, month, clock, stored, counted };
    assert_eq!(doctor::replay(&app, u64::MAX).await.unwrap().rates, Some(vec![expected]));
});

both!(a_count_that_is_wrong_is_named, |county| {
    let cases = lively(county).await;
    let app = county.app.at(county.at);
    let house = county.ids["sunrise"];

    let sql = "UPDATE institution SET in_service = in_service + 1 WHERE id = $1";
    app.db.run(sql, p![house]).await.unwrap();
    let found = doctor::places(&app).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].institution, found[0].stored.0), (house, found[0].counted.0 + 1));

    let sql = "INSERT INTO tally (indicator, division, count) VALUES ('persons', $1, 7)";
    app.db.run(sql, p![NOWHERE]).await.unwrap();
    let found = need::recount(&app).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].division, found[0].stored, found[0].counted), (NOWHERE, 7, 0));

    let sql = "UPDATE person_key SET county = $1 WHERE county = $2";
    assert!(app.db.run(sql, p![110_101_000_000_i64, COUNTY]).await.unwrap() > 0);
    assert!(person::astray(&app).await.unwrap() > 0);

    let sql = "UPDATE institution SET blocked = 1, answered = answered + 2 WHERE id = $1";
    app.db.run(sql, p![house]).await.unwrap();
    let lead = cases[1].beside(county.at);
    let sql = "INSERT INTO lead (home, id, person_id, county, division, organisation_id, given_on, given_by, given_by_name, state,
        attempts, version, changed_at) VALUES ($1, $2, $3, $4, $4, $5, '2026-01-05', $6, 'x', 'filed', 3, 1, $7)";
    let args = p![lead.home_number(), lead, lead, COUNTY, house, county.ids["worker"], county.at];
    app.db.run(sql, args).await.unwrap();
    let sql = "SELECT answered FROM institution WHERE id = $1";
    let (answered,): (i64,) = app.db.opt(sql, p![house]).await.unwrap().unwrap();
    let drift = |table, column, row, stored, counted| SumDrift { table, column, row, stored, counted };
    let expected = [
        drift("institution", "blocked", house, 1, 0),
        drift("institution", "answered", house, answered, answered - 2),
        drift("lead", "attempts", lead, 3, 0),
    ];
    assert_eq!(doctor::sums(&app).await.unwrap(), expected);
});

both!(a_reference_to_what_is_not_there_is_named, |county| {
    let cases = lively(county).await;
    let app = county.app.at(county.at);
    let case = cases[1];
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    let (person,): (Id,) = app.db.opt(sql, p![case.home_number(), case]).await.unwrap().unwrap();
    // One for each way of looking: by the home of the row, of the identifier, of a column beside, and without any.
    let gone =
        [case.beside(county.at), case.beside(county.at), person.beside(county.at), person.beside(county.at)];
    let home = case.home_number();
    let sql = "UPDATE referral SET person_id = $1, hospital_id = $2 WHERE home = $3 AND id = $4";
    app.db.run(sql, p![gone[0], gone[1], home, case]).await.unwrap();
    let sql = "UPDATE person SET head_id = $1 WHERE home = $2 AND id = $3";
    app.db.run(sql, p![gone[2], person.home_number(), person]).await.unwrap();
    let sql = "UPDATE source_record SET person_id = $1 WHERE home = $2 AND person_id = $3";
    assert_eq!(app.db.run(sql, p![gone[3], person.home_number(), person]).await.unwrap(), 1);
    let found = doctor::references(&app).await.unwrap();
    let orphans =
        |table, column, to, missing| Orphans { table, column, to, count: 1, missing: vec![missing] };
    let expected = [
        orphans("person", "head_id", "person", gone[2]),
        orphans("referral", "hospital_id", "organisation", gone[1]),
        orphans("referral", "person_id", "person", gone[0]),
        orphans("source_record", "person_id", "person", gone[3]),
    ];
    assert_eq!(found, expected);
});
