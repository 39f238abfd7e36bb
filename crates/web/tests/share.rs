//! Shares: nothing leaves without an impact assessment; what leaves, leaves in order and is registered; what a person takes
//! back is not in the next answer. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App, Error,
    id::Id,
    job, p,
    referral::Turn,
    share::{self, AssessmentEntry, ShareEntry},
};
use axum::http::StatusCode;
use common::{County, ELSEWHERE, forms};
use hmac::{Hmac, KeyInit, Mac};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const ALL: [&str; 3] = ["need_registered", "service_stage", "institution"];

fn now(county: &County) -> App {
    county.app.at(county.at)
}

/// The departments of the county and one of another.
async fn departments(county: &mut County) {
    county.organisation("health commission", "health", common::COUNTY).await;
    county.organisation("federation", "dpf", common::COUNTY).await;
    county.organisation("far commission", "health", ELSEWHERE).await;
    county.account("health program", "health_officer", "health commission").await;
    county.account("federation program", "dpf_officer", "federation").await;
    county.account("far program", "health_officer", "far commission").await;
    county.account("far officer", "civil_affairs_officer", "other office").await;
}

fn entry(county: &County, basis: &str, kinds: &[&str]) -> ShareEntry {
    ShareEntry {
        recipient: county.id("health commission"),
        basis: basis.to_owned(),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        agreement: "浦卫共享〔2026〕1号".into(),
        agreed_on: "2026-02-01".into(),
    }
}

fn assessment(review_due_on: &str) -> AssessmentEntry {
    AssessmentEntry {
        number: "PIA-2026-01".into(),
        concluded_on: "2026-02-10".into(),
        concluded_by: "测试区民政局信息安全组".into(),
        conclusion: "with_measures".into(),
        measures: "仅提供三类状态信息,专线传输,双方留存记录".into(),
        review_due_on: review_due_on.into(),
    }
}

async fn version(county: &County, id: Id) -> i64 {
    share::show(&now(county), &county.scope("officer").await, id).await.unwrap().share.version
}

async fn propose(county: &County, who: &str, id: Id) -> app::Result<()> {
    share::propose(&now(county), &county.scope(who).await, id, version(county, id).await).await
}

async fn confirm(county: &County, who: &str, id: Id) -> app::Result<()> {
    share::confirm(&now(county), &county.scope(who).await, id, version(county, id).await).await
}

async fn fill(county: &County) {
    while job::turn(&now(county)).await.unwrap().is_some() {}
}

/// An open share of everything that a consent allows.
async fn opened(county: &County) -> Id {
    let officer = county.scope("officer").await;
    let id = share::draft(&now(county), &officer, &entry(county, "consent_departments", &ALL)).await.unwrap();
    share::assess(&now(county), &officer, id, &assessment("2026-12-31")).await.unwrap();
    propose(county, "officer", id).await.unwrap();
    confirm(county, "second officer", id).await.unwrap();
    fill(county).await;
    id
}

async fn read(county: &County, id: Id, after: i64) -> Value {
    let path = format!("/api/v1/shares/{id}/records?after={after}");
    let answer = county.get("health program", &path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
    answer.json
}

fn records(page: &Value) -> Vec<Value> {
    page["records"].as_array().unwrap().clone()
}

fn code<T>(found: app::Result<T>) -> String {
    match found {
        Ok(_) => "done".to_owned(),
        Err(Error::Refused(refusal)) => refusal.code,
        Err(Error::Invalid(problems)) => {
            problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>().join(" ")
        }
        Err(Error::NotFound) => "not_found".to_owned(),
        Err(Error::Forbidden) => "forbidden".to_owned(),
        Err(other) => panic!("{other:?}"),
    }
}

/// What was given of a case, as its consent page shows it, the latest first.
async fn shared(county: &County, case: &str) -> Vec<(String, String)> {
    let seen = county.get("worker", &format!("/api/v1/cases/{case}/consent")).await.json;
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let all = seen["shared"].as_array().unwrap().clone();
    let of_departments = all.iter().filter(|one| one["party"] == "department");
    of_departments.map(|one| (text(one, "act"), text(one, "basis"))).collect()
}

async fn take_back(county: &County, case: &str, purpose: &str) {
    county.act("worker", case, "withdraw_consent", json!({ "purposes": [purpose] }), json!({})).await;
}

/// Reviews on a work list.
async fn reviews(county: &County, who: &str) -> usize {
    county.work_list(who, Turn::Mine).await.shares.len()
}

both!(nothing_opens_without_an_assessment_and_a_second_person, |county| {
    departments(county).await;
    county.at_state(1, "in_service").await;
    let officer = county.scope("officer").await;
    let id = share::draft(&now(county), &officer, &entry(county, "consent_departments", &ALL)).await.unwrap();
    assert_eq!(code(propose(county, "officer", id).await), "share_no_assessment");
    assert_eq!(code(confirm(county, "second officer", id).await), "share_no_assessment");
    // The recipient does not learn that there will be one.
    let path = format!("/api/v1/shares/{id}/records");
    assert_eq!(county.get("health program", &path).await.status, StatusCode::NOT_FOUND);
    let no = AssessmentEntry { conclusion: "not_acceptable".into(), ..assessment("2026-12-31") };
    share::assess(&now(county), &officer, id, &no).await.unwrap();
    assert_eq!(code(propose(county, "officer", id).await), "share_assessment_negative");
    for (wrong, fields) in [
        (AssessmentEntry { number: " ".into(), ..assessment("2026-12-31") }, "number"),
        (AssessmentEntry { measures: "无".into(), ..assessment("2026-12-31") }, "measures"),
        (AssessmentEntry { concluded_on: "2026-03-03".into(), ..assessment("2026-12-31") }, "concluded_on"),
        (assessment("2027-02-11"), "review_due_on"),
        (assessment("2026-02-09"), "review_due_on"),
        (assessment("soon"), "review_due_on"),
    ] {
        assert_eq!(code(share::assess(&now(county), &officer, id, &wrong).await), fields, "{wrong:?}");
    }
    share::assess(&now(county), &officer, id, &assessment("2027-02-10")).await.unwrap();
    propose(county, "officer", id).await.unwrap();
    for (who, answer) in [
        ("officer", "share_own_proposal"),
        ("worker", "forbidden"),
        ("health program", "forbidden"),
        ("auditor", "forbidden"),
    ] {
        assert_eq!(code(confirm(county, who, id).await), answer, "{who}");
    }
    let far = county.scope("far officer").await;
    assert_eq!(code(share::confirm(&now(county), &far, id, 1).await), "not_found");
    confirm(county, "second officer", id).await.unwrap();
    fill(county).await;
    assert_eq!(records(&read(county, id, 0).await).len(), 1);
    let whole = share::show(&now(county), &officer, id).await.unwrap();
    assert_eq!(whole.assessments.len(), 2, "no assessment is ever lost");
    let events: BTreeSet<&str> = whole.past.iter().map(|one| one.event.as_str()).collect();
    assert_eq!(events, BTreeSet::from(["assessed", "drafted", "opened", "proposed"]));
});

both!(what_leaves_is_what_was_agreed_to_in_order_and_registered_once, |county| {
    departments(county).await;
    let (first, second) = (county.at_state(1, "in_service").await, county.at_state(2, "registered").await);
    let id = opened(county).await;
    let page = read(county, id, 0).await;
    let found = records(&page);
    assert_eq!(found.len(), 2);
    assert!(found[0]["number"].as_i64() < found[1]["number"].as_i64());
    let connector = county.get("health program", &format!("/api/v1/shares/{id}")).await.json;
    let key = connector["person_key"].as_str().unwrap();
    let key: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&key[at..at + 2], 16).unwrap()).collect();
    let digest = |number: &str| {
        let mut keyed = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        keyed.update(number.as_bytes());
        keyed.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let of = |found: &[Value], number: u32| {
        let person = digest(&forms::identity_number(number));
        found.iter().find(|record| record["person"] == json!(person)).cloned().unwrap()
    };
    let (served, waiting) = (of(&found, 1), of(&found, 2));
    let keys: Vec<&str> = served.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys.len(), 7, "{keys:?}");
    assert_eq!((&served["service"], &served["institution"]), (&json!("begun"), &json!("sunrise")));
    assert_eq!((&waiting["service"], waiting.get("institution")), (&json!("not_begun"), None));
    // Neither names nor numbers nor the identifier of the case.
    let text = page.to_string();
    for content in ["测试甲", &forms::identity_number(1), &first, &second, "13800000000"] {
        assert!(!text.contains(content), "{content}");
    }
    // Again the same, and registered once.
    assert_eq!(records(&read(county, id, 0).await), found);
    assert_eq!(shared(county, &first).await, [("department_record".to_owned(), "consent".to_owned())]);
    let next = page["next"].as_i64().unwrap();
    assert!(records(&read(county, id, next).await).is_empty());
    // A receipt for what left, and for nothing else.
    let receipt = async |up_to: i64| {
        let path = format!("/api/v1/shares/{id}/receipt");
        county.post("health program", &path, &[], &json!({ "up_to": up_to })).await
    };
    assert_eq!(receipt(next + 1).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(receipt(next).await.json["receipt"], next);
    assert_eq!(receipt(1).await.json["receipt"], next, "an older receipt changes nothing");
    // What happens afterwards stands behind it, each case once.
    county.refer(&second, "sunrise").await;
    assert!(records(&read(county, id, next).await).is_empty(), "an offer tells a department nothing");
    county.accept(&second).await;
    let third = county.at_state(3, "registered").await;
    let later = records(&read(county, id, next).await);
    assert_eq!(later.len(), 2);
    assert_eq!(of(&later, 2)["institution"], "sunrise");
    assert_eq!(of(&later, 2)["reference"], waiting["reference"]);
    assert_eq!(shared(county, &second).await.len(), 2);
    assert_eq!(shared(county, &third).await.len(), 1);
    // It is in the log as a read of each case.
    let log = county.get("auditor", "/api/v1/audit?action=share").await.json;
    assert!(log["lines"].as_array().unwrap().len() >= 4, "{log}");
});

both!(what_is_taken_back_is_not_in_the_next_answer, |county| {
    departments(county).await;
    let (first, second) = (county.at_state(1, "in_service").await, county.at_state(2, "in_service").await);
    let id = opened(county).await;
    let page = read(county, id, 0).await;
    let next = page["next"].as_i64().unwrap();
    let before = records(&page);
    take_back(county, &first, "departments").await;
    let after = records(&read(county, id, next).await);
    assert_eq!(after.len(), 1);
    let keys: Vec<&String> = after[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["act", "number", "reference"], "a bare reference: {}", after[0]);
    assert_eq!(after[0]["act"], "withdrawn");
    assert!(before.iter().any(|record| record["reference"] == after[0]["reference"]));
    // From the beginning: one record, and the same bare reference.
    let all = records(&read(county, id, 0).await);
    assert_eq!(all.iter().filter(|record| record["act"] == "given").count(), 1);
    let acts: BTreeSet<String> = shared(county, &first).await.into_iter().map(|(act, _)| act).collect();
    assert_eq!(acts, ["department_deletion", "department_record"].map(str::to_owned).into());
    // Given again: the same reference until the deletion was acknowledged, then somebody new to the recipient.
    let acknowledge = async |record: &Value| {
        let body = json!({ "up_to": record["number"] });
        county.post("health program", &format!("/api/v1/shares/{id}/receipt"), &[], &body).await
    };
    assert_eq!(acknowledge(&after[0]).await.status, StatusCode::OK);
    let given = json!({ "purposes": ["departments"], "signer": {"capacity": "full", "guardian": null} });
    county.act("doctor", &first, "record_consent", given, json!({ "F12": forms::f12(county) })).await;
    let again = records(&read(county, id, next).await);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0]["act"], "given");
    assert_ne!(again[0]["reference"], after[0]["reference"]);
    // Registration taken back, and death.
    let next = again[0]["number"].as_i64().unwrap();
    take_back(county, &first, "registration").await;
    let death = json!({ "on": county.today(), "source": "family", "cause": "disease" });
    county.act("sunrise keeper", &second, "death", death, json!({})).await;
    let gone = records(&read(county, id, next).await);
    assert_eq!(
        gone.iter().map(|record| record["act"].as_str().unwrap()).collect::<Vec<_>>(),
        ["withdrawn"; 2]
    );
});

both!(who_never_agreed_or_left_the_county_leaves_no_trace, |county| {
    departments(county).await;
    let never = county.at_state(1, "registered").await;
    take_back(county, &never, "departments").await;
    let moving = county.at_state(2, "registered").await;
    let id = opened(county).await;
    assert_eq!(records(&read(county, id, 0).await).len(), 1);
    assert!(shared(county, &never).await.is_empty());
    let there = json!({ "county": ELSEWHERE, "office": county.id("other office") });
    county.act("worker", &moving, "propose_transfer", there, json!({})).await;
    county.act("other worker", &moving, "confirm_transfer", json!({}), json!({})).await;
    let acts: Vec<Value> = records(&read(county, id, 0).await).iter().map(|one| one["act"].clone()).collect();
    assert_eq!(acts, ["withdrawn"]);
    // Who is taken back before anything left is gone without a word.
    let third = county.at_state(3, "registered").await;
    take_back(county, &third, "departments").await;
    assert_eq!(records(&read(county, id, 0).await).len(), 1);
});

both!(a_consent_that_runs_out_by_itself_is_withdrawn_when_asked, |county| {
    departments(county).await;
    county.at_state(1, "in_service").await;
    let id = opened(county).await;
    assert_eq!(records(&read(county, id, 0).await)[0]["act"], "given");
    // The consent of March 2026 holds for two years; the assessment is renewed meanwhile.
    for (day, due) in [("2026-12-01", "2027-11-30"), ("2027-11-01", "2028-10-31")] {
        county.on(day);
        let renewed = AssessmentEntry { concluded_on: day.into(), ..assessment(due) };
        share::assess(&now(county), &county.scope("officer").await, id, &renewed).await.unwrap();
    }
    county.on("2028-03-02");
    assert_eq!(records(&read(county, id, 0).await)[0]["act"], "given", "its last day");
    county.on("2028-03-03");
    assert_eq!(records(&read(county, id, 0).await)[0]["act"], "withdrawn");
});

both!(an_assessment_that_runs_out_or_does_not_cover_closes_the_share, |county| {
    departments(county).await;
    let case = county.at_state(1, "in_service").await;
    let officer = county.scope("officer").await;
    let few = entry(county, "consent_departments", &["need_registered"]);
    let id = share::draft(&now(county), &officer, &few).await.unwrap();
    share::assess(&now(county), &officer, id, &assessment("2026-12-31")).await.unwrap();
    propose(county, "officer", id).await.unwrap();
    confirm(county, "supervisor", id).await.unwrap();
    fill(county).await;
    let given = records(&read(county, id, 0).await)[0].clone();
    assert!(given.get("service").is_none() && given.get("institution").is_none(), "{given}");
    // A kind that nobody assessed.
    let more = entry(county, "consent_departments", &ALL);
    share::change(&now(county), &officer, id, version(county, id).await, &more).await.unwrap();
    let page = read(county, id, 0).await;
    assert_eq!((&page["state"], records(&page).len()), (&json!("suspended"), 0));
    // What is taken back while it is suspended is told all the same, and nothing else.
    take_back(county, &case, "departments").await;
    let page = read(county, id, 0).await;
    assert_eq!(records(&page).iter().map(|one| one["act"].clone()).collect::<Vec<_>>(), ["withdrawn"]);
    share::assess(&now(county), &officer, id, &assessment("2026-12-31")).await.unwrap();
    propose(county, "officer", id).await.unwrap();
    confirm(county, "second officer", id).await.unwrap();
    fill(county).await;
    let fresh = county.at_state(2, "in_service").await;
    assert_eq!(records(&read(county, id, 0).await).last().unwrap()["institution"], "sunrise");
    // Sixty days before the review it is on the list of civil affairs, and of nobody else.
    county.on("2026-10-31");
    assert_eq!(reviews(county, "officer").await, 0);
    county.on("2026-11-01");
    assert_eq!(
        (
            reviews(county, "officer").await,
            reviews(county, "worker").await,
            reviews(county, "far officer").await
        ),
        (1, 0, 0)
    );
    // Past it, the next request gets nothing, whether the clock has turned or not.
    county.on("2027-01-01");
    let page = read(county, id, 0).await;
    assert_eq!(page["state"], "suspended");
    assert!(records(&page).iter().all(|one| one["act"] == "withdrawn"), "{page}");
    assert_eq!(shared(county, &fresh).await.len(), 1);
    let whole = share::show(&now(county), &officer, id).await.unwrap();
    assert_eq!(
        (whole.past[0].name.as_str(), whole.past[0].reason.as_str()),
        ("", "share_assessment_overdue")
    );
    assert_eq!(reviews(county, "officer").await, 1);
});

both!(the_clock_closes_what_ran_out_and_an_ended_share_is_deleted_there, |county| {
    departments(county).await;
    county.at_state(1, "in_service").await;
    let id = opened(county).await;
    let officer = county.scope("officer").await;
    assert_eq!(records(&read(county, id, 0).await).len(), 1);
    county.on("2027-01-01");
    assert_eq!(share::close_due(&now(county)).await.unwrap(), 1);
    assert_eq!(share::close_due(&now(county)).await.unwrap(), 0, "once");
    let end =
        async |reason: &str| share::end(&now(county), &officer, id, version(county, id).await, reason).await;
    assert_eq!(code(end("无").await), "reason");
    end("协议到期不再续签").await.unwrap();
    fill(county).await;
    let page = read(county, id, 0).await;
    assert_eq!(page["state"], "ended");
    assert_eq!(records(&page).iter().map(|one| one["act"].clone()).collect::<Vec<_>>(), ["withdrawn"]);
    assert_eq!(code(propose(county, "officer", id).await), "share_ended");
    assert_eq!(
        code(share::assess(&now(county), &officer, id, &assessment("2026-12-31")).await),
        "share_ended"
    );
    assert_eq!(code(end("再次终止此共享").await), "share_ended");
});

both!(a_duty_by_law_is_no_consent, |county| {
    departments(county).await;
    let case = county.at_state(1, "in_service").await;
    take_back(county, &case, "departments").await;
    let officer = county.scope("officer").await;
    let duty = "mental_health_information";
    let whole = entry(county, duty, &ALL);
    assert_eq!(code(share::draft(&now(county), &officer, &whole).await), "share_kind_not_allowed");
    let to_federation =
        ShareEntry { recipient: county.id("federation"), ..entry(county, duty, &["need_registered"]) };
    assert_eq!(
        code(share::draft(&now(county), &officer, &to_federation).await),
        "share_recipient_not_allowed"
    );
    let id = share::draft(&now(county), &officer, &entry(county, duty, &ALL[..2])).await.unwrap();
    share::assess(&now(county), &officer, id, &assessment("2026-12-31")).await.unwrap();
    propose(county, "officer", id).await.unwrap();
    confirm(county, "second officer", id).await.unwrap();
    fill(county).await;
    let found = records(&read(county, id, 0).await);
    assert_eq!((found.len(), found[0].get("institution")), (1, None));
    assert_eq!(shared(county, &case).await, [("department_record".to_owned(), "legal_duty".to_owned())]);
    let connector = county.get("health program", &format!("/api/v1/shares/{id}")).await.json;
    assert_eq!(connector["basis_kind"], "legal_duty");
});

both!(another_organisations_program_learns_nothing, |county| {
    departments(county).await;
    county.at_state(1, "in_service").await;
    let id = opened(county).await;
    for (who, status) in [
        ("federation program", StatusCode::NOT_FOUND),
        ("far program", StatusCode::NOT_FOUND),
        ("officer", StatusCode::NOT_FOUND),
        ("worker", StatusCode::FORBIDDEN),
        ("doctor", StatusCode::FORBIDDEN),
    ] {
        for path in ["", "/records"] {
            let answer = county.get(who, &format!("/api/v1/shares/{id}{path}")).await;
            assert_eq!(answer.status, status, "{who} {path}");
        }
    }
    let own = county.get("health program", "/api/v1/shares").await.json;
    assert_eq!(own["shares"].as_array().unwrap().len(), 1);
    assert!(own["shares"][0].get("person_key").is_none());
    let others = county.get("federation program", "/api/v1/shares").await.json;
    assert!(others["shares"].as_array().unwrap().is_empty());
    let far = county.scope("far officer").await;
    assert_eq!(code(share::show(&now(county), &far, id).await), "not_found");
    assert!(share::list(&now(county), &far).await.unwrap().is_empty());
    let elsewhere =
        ShareEntry { recipient: county.id("far commission"), ..entry(county, "consent_departments", &ALL) };
    let officer = county.scope("officer").await;
    assert_eq!(code(share::draft(&now(county), &officer, &elsewhere).await), "recipient");
});

/// What happens between two readings.
#[derive(Debug, Clone)]
enum Happens {
    TakeBack(usize),
    GiveAgain(usize),
    Suspend,
    Reopen,
    Read(bool),
}

fn happenings() -> impl Strategy<Value = Vec<Happens>> {
    let one = prop_oneof![
        3 => (0..3_usize).prop_map(Happens::TakeBack),
        2 => (0..3_usize).prop_map(Happens::GiveAgain),
        1 => Just(Happens::Suspend),
        1 => Just(Happens::Reopen),
        3 => any::<bool>().prop_map(Happens::Read),
    ];
    prop::collection::vec(one, 10..40)
}

/// Whatever happens in whatever order: what leaves is only ever of those who agree at that moment, and a recipient that does as
/// it is told holds, once it has read to the end of an open share, exactly those.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_nothing_of_who_took_it_back_leaves() {
    let mut county = County::on_sqlite().await;
    departments(&mut county).await;
    let mut cases = Vec::new();
    for number in 1..=3 {
        cases.push(county.at_state(number, "registered").await);
    }
    let id = opened(&county).await;
    let county = &county;
    let mut agrees = vec![true; 3];
    let (mut held, mut next): (BTreeMap<String, Value>, i64) = (BTreeMap::new(), 0);
    let mut runner = TestRunner::deterministic();
    for happens in happenings().new_tree(&mut runner).unwrap().current() {
        match happens {
            Happens::TakeBack(at) if agrees[at] => {
                take_back(county, &cases[at], "departments").await;
                agrees[at] = false;
            }
            Happens::GiveAgain(at) if !agrees[at] => {
                let given =
                    json!({ "purposes": ["departments"], "signer": {"capacity": "full", "guardian": null} });
                county
                    .act("doctor", &cases[at], "record_consent", given, json!({ "F12": forms::f12(county) }))
                    .await;
                agrees[at] = true;
            }
            Happens::Suspend => {
                let officer = county.scope("officer").await;
                share::suspend(&now(county), &officer, id, version(county, id).await, "例行检查暂停")
                    .await
                    .ok();
            }
            Happens::Reopen => {
                let proposed = propose(county, "officer", id).await;
                if proposed.is_ok() {
                    confirm(county, "second officer", id).await.unwrap();
                    fill(county).await;
                }
            }
            Happens::Read(anew) => {
                let page = read(county, id, if anew { 0 } else { next }).await;
                let given = records(&page).iter().filter(|one| one["act"] == "given").count();
                assert!(given <= agrees.iter().filter(|agrees| **agrees).count(), "{page} {agrees:?}");
                for record in records(&page) {
                    let reference = record["reference"].as_str().unwrap().to_owned();
                    match record["act"] == "given" {
                        true => held.insert(reference, record),
                        false => held.remove(&reference),
                    };
                }
                next = next.max(page["next"].as_i64().unwrap());
                if !anew {
                    let path = format!("/api/v1/shares/{id}/receipt");
                    let receipt = county.post("health program", &path, &[], &json!({ "up_to": next })).await;
                    assert_eq!(receipt.status, StatusCode::OK, "{}", receipt.json);
                }
                if page["state"] == "open" {
                    assert_eq!(held.len(), agrees.iter().filter(|agrees| **agrees).count(), "{agrees:?}");
                } else {
                    assert_eq!(given, 0, "nothing leaves while it is suspended");
                }
            }
            _ => {}
        }
    }
}

both!(what_is_stored_of_a_share_shows_no_person, |county| {
    departments(county).await;
    county.at_state(1, "in_service").await;
    let id = opened(county).await;
    read(county, id, 0).await;
    let sql = "SELECT person_key FROM share WHERE id = $1";
    let (sealed,): (Vec<u8>,) = county.app.db.opt(sql, p![id]).await.unwrap().unwrap();
    assert!(sealed.len() > 32 && county.app.keys.unseal_bytes(&sealed).unwrap().len() == 32);
    let sql = "SELECT content FROM share_subject WHERE share_id = $1 AND number > 0";
    let (content,): (Value,) = county.app.db.opt(sql, p![id]).await.unwrap().unwrap();
    assert!(!content.to_string().contains("测试"), "{content}");
});
