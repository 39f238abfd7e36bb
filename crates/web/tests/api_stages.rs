//! What an institution learns of a case at each stage, on every way there is to it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::referral::{self, Filter, Turn};
use common::{County, VILLAGE};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NAME: &str = "测试甲";
const STAFF: [&str; 3] = ["sunrise manager", "sunrise keeper", "sunrise assessor"];

/// The codes of the forms that somebody opens.
async fn forms(county: &County, who: &str, case: &str) -> BTreeSet<String> {
    let answer = county.get(who, &format!("/api/v1/cases/{case}/forms")).await;
    let forms = answer.json["forms"].as_array().unwrap_or_else(|| panic!("{who}: {}", answer.json)).clone();
    forms.iter().map(|form| form["code"].as_str().unwrap().to_owned()).collect()
}

async fn events(county: &County, who: &str, case: &str) -> Vec<Value> {
    let answer = county.get(who, &format!("/api/v1/cases/{case}/events")).await;
    answer.json["events"].as_array().unwrap_or_else(|| panic!("{who}: {}", answer.json)).clone()
}

fn codes(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|code| (*code).to_owned()).collect()
}

/// Everything else that a reader is shown of its cases.
async fn elsewhere(county: &County, who: &str) -> String {
    let app = county.app.at(county.at);
    let scope = county.scope(who).await;
    let mut told = json!(referral::cases(&app, &scope, &Filter::default()).await.unwrap()).to_string();
    for turn in [Turn::Mine, Turn::Others, Turn::Waiting, Turn::Done] {
        let list = county.work_list(who, turn).await;
        told += &json!([json!(list.rows), json!(list.tasks), json!(list.messages), json!(list.to_tell)])
            .to_string();
    }
    told
}

/// How many cases are found by the person's name, and by a division.
async fn found(county: &County, who: &str, words: Option<&str>, division: Option<i64>) -> usize {
    let filter = Filter { words: words.map(str::to_owned), division, ..Filter::default() };
    let scope = county.scope(who).await;
    referral::cases(&county.app.at(county.at), &scope, &filter).await.unwrap().len()
}

both!(before_it_accepts_an_institution_sees_need_age_band_township_and_safety, |county| {
    let case = county.at_state(1, "referred").await;
    let who = "sunrise manager";
    let seen = county.case(who, &case).await;
    let township = VILLAGE / 1000 * 1000;
    assert_eq!((&seen["stage"], &seen["name"]), (&json!("offered"), &json!("")));
    assert_eq!((&seen["age_band"], &seen["division"]), (&json!([30, 39]), &json!(township)));
    assert_eq!(seen["safety"], json!(["not_assessed"]));
    for hidden in ["sex", "born", "word", "delivery"] {
        assert!(seen[hidden].is_null(), "{hidden}: {seen}");
    }
    let parts: BTreeSet<String> = seen["case"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(parts, codes(&["clocks", "id", "package", "state", "version"]));
    assert_eq!(forms(county, who, &case).await, codes(&["F3"]));
    let events = events(county, who, &case).await;
    assert_eq!(events.iter().map(|event| &event["name"]).collect::<Vec<_>>(), [&json!("referred")]);
    let told = seen.to_string() + &elsewhere(county, who).await + &json!(events).to_string();
    for hidden in [NAME, "\"born\":1988", &VILLAGE.to_string(), "committee clerk"] {
        assert!(!told.contains(hidden), "{hidden}: {told}");
    }
    // Nor does looking for it tell.
    assert_eq!(found(county, who, Some(NAME), None).await, 0);
    assert_eq!(found(county, who, None, Some(VILLAGE)).await, 1);
    assert_eq!(found(county, who, None, Some(township + 2)).await, 1, "no closer than the township");
    assert_eq!(found(county, who, None, Some(township + 1000)).await, 0);
});

both!(in_its_charge_a_case_is_seen_whole_and_nothing_of_other_institutions, |county| {
    let case = county.at_state(2, "registered").await;
    county.refer(&case, "harbour").await;
    county.act("harbour manager", &case, "decline", json!({ "reason": "D2" }), json!({})).await;
    county.refer(&case, "sunrise").await;
    county.accept(&case).await;
    county.assess(&case, "suitable").await;
    for who in STAFF {
        let seen = county.case(who, &case).await;
        assert_eq!(
            (&seen["stage"], &seen["name"], &seen["born"]),
            (&json!("in_charge"), &json!(NAME), &json!(1988))
        );
        assert_eq!(forms(county, who, &case).await, codes(&["F1", "F12", "F3", "F4"]), "{who}");
        let told = json!(events(county, who, &case).await).to_string();
        assert!(told.contains("registered") && !told.contains("declined"), "{told}");
        assert!(!told.contains(&county.id("harbour")), "{told}");
    }
});

both!(for_return_visits_the_case_manager_alone_knows_whom_to_visit, |county| {
    let case = county.at_state(3, "closed").await;
    let own = codes(&["F10", "F4", "F5", "F6", "F7", "F8"]);
    for who in STAFF {
        let (seen, shown) = (county.case(who, &case).await, forms(county, who, &case).await);
        let told = seen.to_string() + &elsewhere(county, who).await;
        assert_eq!(seen["stage"], "follow_up");
        if who == "sunrise keeper" {
            assert!(seen["name"] == NAME && shown.contains("F1") && shown.is_superset(&own), "{shown:?}");
            continue;
        }
        assert!(!told.contains(NAME) && seen["name"] == "", "{who}: {told}");
        assert!(shown.is_subset(&own) && shown.contains("F10"), "{who}: {shown:?}");
        assert_eq!(found(county, who, Some(NAME), None).await, 0, "{who}");
    }
});

both!(once_a_case_is_over_an_institution_keeps_its_own_notes_and_no_name, |county| {
    let case = county.at_state(4, "closed").await;
    let gone = json!({ "on": county.today(), "source": "family", "cause": "disease" });
    assert_eq!(county.act("sunrise keeper", &case, "death", gone, json!({})).await, "ended");
    for who in STAFF {
        let seen = county.case(who, &case).await;
        let shown = forms(county, who, &case).await;
        assert_eq!((&seen["stage"], &seen["name"]), (&json!("over"), &json!("")), "{who}");
        let parts: BTreeSet<String> = seen["case"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(parts, codes(&["clocks", "id", "state", "version"]), "{who}");
        assert!(shown.contains("F7") && shown.contains("F10"), "{who}: {shown:?}");
        for others in ["F1", "F12", "F3"] {
            assert!(!shown.contains(others), "{who}: {shown:?}");
        }
        for event in events(county, who, &case).await {
            let own = event["event"]["organisation"] == county.id("sunrise");
            assert!(own || event["event"]["event"]["data"]["institution"] == county.id("sunrise"), "{event}");
        }
        let told = seen.to_string() + &elsewhere(county, who).await;
        assert!(!told.contains(NAME), "{who}: {told}");
        assert_eq!(found(county, who, Some(NAME), None).await, 0, "{who}");
    }
    assert_eq!(county.case("worker", &case).await["name"], NAME, "the county still knows");
});
