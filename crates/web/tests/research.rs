//! Research extracts: agreed to by a second person, pseudonymised under a key of the project's own, of those who agree now,
//! registered with each case. All persons are invented.
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
    p,
    research::{self, Extract, ProjectEntry},
};
use axum::http::StatusCode;
use common::{COUNTY, County, forms, world::World};
use jiff::civil::Date;
use rules::research::State;
use serde_json::json;
use std::collections::BTreeSet;

fn now(county: &County) -> App {
    county.app.at(county.at)
}

const FIELDS: [&str; 8] =
    ["sex", "age_band", "division", "disorder_group", "applied_on", "accepted_on", "served_from", "services"];

fn entry(title: &str) -> ProjectEntry {
    ProjectEntry {
        title: title.to_owned(),
        institution: "测试大学公共卫生学院".into(),
        ethics_number: "伦审〔2026〕7号".into(),
        ethics_on: "2026-02-01".into(),
        agreement: "数据〔2026〕7号".into(),
        agreed_on: "2026-02-10".into(),
        purpose: "研究社区康复对再入院的影响,需要年龄段、性别和各步日期".into(),
        fields: FIELDS.iter().map(|field| (*field).to_owned()).collect(),
        until_on: "2026-12-31".into(),
    }
}

async fn asked(county: &County, title: &str) -> Id {
    research::ask(&now(county), &county.scope("worker").await, &entry(title)).await.unwrap()
}

async fn agreed(county: &County, title: &str) -> Id {
    let id = asked(county, title).await;
    research::decide(&now(county), &county.scope("officer").await, id, true, "").await.unwrap();
    id
}

async fn extract(county: &County, id: Id) -> Extract {
    research::extract(&now(county), &county.scope("worker").await, id).await.unwrap()
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

/// A registered case whose person agrees to research.
async fn willing(county: &County, number: u32, state: &str) -> String {
    let case = county.at_state(number, state).await;
    let given = json!({ "purposes": ["research"], "signer": {"capacity": "full", "guardian": null} });
    county.act("doctor", &case, "record_consent", given, json!({ "F12": forms::f12(county) })).await;
    case
}

/// Six persons who agree, the first of them served, and one who does not.
async fn cases(county: &County) -> Vec<String> {
    let mut cases = vec![willing(county, 1, "in_service").await];
    for number in 2..=6 {
        cases.push(willing(county, number, "registered").await);
    }
    county.at_state(7, "registered").await;
    cases
}

async fn shared(county: &County, case: &str) -> Vec<String> {
    let seen = county.get("worker", &format!("/api/v1/cases/{case}/consent")).await.json;
    let given = seen["shared"].as_array().unwrap().clone();
    let of_research = given.iter().filter(|one| one["act"] == "research_extract");
    of_research.map(|one| format!("{} {}", one["organisation"].as_str().unwrap(), one["basis"])).collect()
}

both!(a_second_person_agrees_before_anything_leaves, |county| {
    county.account("second supervisor", "supervisor", "office").await;
    county.account("far officer", "civil_affairs_officer", "other office").await;
    cases(county).await;
    for (wrong, fields) in [
        (ProjectEntry { title: " ".into(), ..entry("x") }, "title"),
        (ProjectEntry { ethics_number: String::new(), ..entry("x") }, "ethics_number"),
        (ProjectEntry { ethics_on: "2026-03-03".into(), ..entry("x") }, "ethics_on"),
        (ProjectEntry { agreement: String::new(), ..entry("x") }, "agreement"),
        (ProjectEntry { purpose: "看看".into(), ..entry("x") }, "purpose"),
        (ProjectEntry { until_on: "2026-03-01".into(), ..entry("x") }, "until_on"),
        (ProjectEntry { until_on: "2030-01-01".into(), ..entry("x") }, "until_on"),
        (ProjectEntry { fields: vec![], ..entry("x") }, "fields"),
        (ProjectEntry { fields: vec!["name".into()], ..entry("x") }, "fields"),
    ] {
        let found = research::ask(&now(county), &county.scope("worker").await, &wrong).await;
        assert_eq!(code(found), fields, "{wrong:?}");
    }
    let id = asked(county, "康复效果").await;
    let try_extract =
        async |who: &str| code(research::extract(&now(county), &county.scope(who).await, id).await);
    assert_eq!(try_extract("worker").await, "research_not_agreed");
    let decide = async |who: &str, agrees: bool, note: &str| {
        code(research::decide(&now(county), &county.scope(who).await, id, agrees, note).await)
    };
    assert_eq!(decide("worker", true, "").await, "forbidden");
    assert_eq!(decide("far officer", true, "").await, "not_found");
    assert_eq!(decide("officer", false, " ").await, "note");
    let own = research::ask(&now(county), &county.scope("officer").await, &entry("自己的")).await.unwrap();
    let found = research::decide(&now(county), &county.scope("officer").await, own, true, "").await;
    assert_eq!(code(found), "research_own_project");
    assert_eq!(decide("supervisor", true, "").await, "done");
    assert_eq!(decide("officer", true, "").await, "research_decided");
    assert_eq!(try_extract("worker").await, "done");
    assert_eq!(try_extract("far officer").await, "not_found");
    for who in ["doctor", "health officer", "sunrise manager", "auditor", "administrator"] {
        assert_eq!(try_extract(who).await, "forbidden", "{who}");
    }
    let seen = research::show(&now(county), &county.scope("second supervisor").await, id).await.unwrap();
    assert_eq!(seen.extracts.len(), 1);
    assert!(research::list(&now(county), &county.scope("far officer").await).await.unwrap().is_empty());
});

both!(an_extract_holds_who_agrees_and_tells_nobody, |county| {
    let cases = cases(county).await;
    let id = agreed(county, "康复效果").await;
    let made = extract(county, id).await;
    assert_eq!((made.persons, made.rows.len(), made.left_out), (6, 6, 0));
    let text = format!("{:?}", made.rows);
    for content in
        ["测试甲", "1988-03", "测试路", "13800000000", "测试区", &cases[0], &forms::identity_number(1)]
    {
        assert!(!text.contains(content), "{content} in {text}");
    }
    for row in &made.rows {
        assert_eq!(row.len(), FIELDS.len() + 1);
        assert_eq!(&row[1..5], ["male", "30-39", &COUNTY.to_string(), "01"], "{row:?}");
        assert_eq!(row[8], "S2 S3");
    }
    let pseudonyms: BTreeSet<&String> = made.rows.iter().map(|row| &row[0]).collect();
    assert_eq!(pseudonyms.len(), 6);
    // All days of a person are shifted by the same days, and by some: intervals stay.
    let day = |text: &str| text.parse::<Date>().unwrap();
    let served = made.rows.iter().find(|row| !row[7].is_empty()).unwrap();
    let (applied, accepted, from) = (day(&served[5]), day(&served[6]), day(&served[7]));
    assert_ne!(applied, day(&county.today()));
    assert_eq!((applied, applied), (accepted, from), "all on one day, as they were");
    // The same person is the same again, and somebody else in another project.
    let again = extract(county, id).await;
    assert_eq!(again.rows, made.rows);
    assert_ne!(again.code, made.code, "each file has its own code");
    let other = extract(county, agreed(county, "另一项目").await).await;
    let others: BTreeSet<&String> = other.rows.iter().map(|row| &row[0]).collect();
    assert!(pseudonyms.is_disjoint(&others), "two projects cannot be linked");
    // Each person sees it.
    let expected = "测试大学公共卫生学院 \"consent\"";
    assert_eq!(shared(county, &cases[0]).await, [expected; 3]);
    let sql = "SELECT row_count FROM taken_file WHERE code = $1 AND subject = 'research'";
    assert_eq!(county.app.db.opt::<(i64,)>(sql, p![made.code]).await.unwrap(), Some((6,)));
    let log = county.get("auditor", "/api/v1/audit?action=export").await.json;
    assert_eq!(log["lines"][0]["purpose"], "research");
});

both!(who_takes_it_back_is_absent_and_who_is_alone_is_left_out, |county| {
    let cases = cases(county).await;
    let id = agreed(county, "康复效果").await;
    let before = extract(county, id).await;
    let taken = json!({ "purposes": ["research"] });
    county.act("worker", &cases[0], "withdraw_consent", taken.clone(), json!({})).await;
    let after = extract(county, id).await;
    assert_eq!((after.persons, after.left_out), (5, 0));
    let of = |made: &Extract| made.rows.iter().map(|row| row[0].clone()).collect::<BTreeSet<_>>();
    assert!(of(&after).is_subset(&of(&before)), "those who stay are the same");
    assert_eq!(shared(county, &cases[0]).await.len(), 1);
    // Four are too few to be told among.
    county.act("worker", &cases[1], "withdraw_consent", taken, json!({})).await;
    let few = extract(county, id).await;
    assert_eq!((few.persons, few.rows.len(), few.left_out), (0, 0, 4));
    assert_eq!(shared(county, &cases[2]).await.len(), 2, "nothing of who is left out was given");
    let seen = research::show(&now(county), &county.scope("worker").await, id).await.unwrap();
    let counts: BTreeSet<(i64, i64)> = seen.extracts.iter().map(|one| (one.persons, one.left_out)).collect();
    assert_eq!(counts, BTreeSet::from([(0, 4), (5, 0), (6, 0)]));
});

both!(with_a_project_ends_its_key, |county| {
    cases(county).await;
    let (id, second) = (agreed(county, "康复效果").await, agreed(county, "另一项目").await);
    extract(county, id).await;
    let key = async |id: Id| {
        let sql = "SELECT project_key FROM research_project WHERE id = $1";
        county.app.db.opt::<(Option<Vec<u8>>,)>(sql, p![id]).await.unwrap().unwrap().0
    };
    assert!(key(id).await.is_some_and(|sealed| sealed.len() > 32));
    let office = county.scope("worker").await;
    research::end(&now(county), &office, id).await.unwrap();
    assert_eq!(key(id).await, None);
    assert_eq!(code(research::extract(&now(county), &office, id).await), "research_over");
    assert_eq!(code(research::end(&now(county), &office, id).await), "research_over");
    // The other one ends by itself after its last day.
    assert!(key(second).await.is_some());
    let later = county.app.at(common::morning("2027-01-01"));
    assert_eq!(
        code(research::extract(&later, &office, second).await),
        "research_over",
        "whether the clock turned or not"
    );
    assert_eq!(research::end_due(&later).await.unwrap(), 1);
    assert_eq!(research::end_due(&later).await.unwrap(), 0);
    let seen = research::show(&later, &office, second).await.unwrap().project;
    assert!(seen.state == State::Ended && seen.key_destroyed_at.is_some());
    let sql = "SELECT project_key FROM research_project WHERE id = $1";
    assert_eq!(county.app.db.opt::<(Option<Vec<u8>>,)>(sql, p![second]).await.unwrap(), Some((None,)));
});

both!(two_cases_of_a_person_are_one_person, |county| {
    for number in 2..=6 {
        willing(county, number, "registered").await;
    }
    let first = willing(county, 1, "in_service").await;
    county
        .act("worker", &first, "withdraw_consent", json!({ "purposes": ["registration"] }), json!({}))
        .await;
    let id = agreed(county, "康复效果").await;
    // Who took the registration back is out of sight, whatever was agreed to before.
    assert_eq!(extract(county, id).await.persons, 5);
    let sql = "SELECT id FROM referral WHERE county = $1 AND state = 'registered' ORDER BY id";
    let found: Vec<(Id,)> = county.app.db.all(sql, p![COUNTY]).await.unwrap();
    let somebody = found[0].0.beside(county.at);
    for (case,) in &found[..2] {
        let sql = "UPDATE referral SET person_id = $1 WHERE home = $2 AND id = $3";
        county.app.db.run(sql, p![somebody, case.home_number(), *case]).await.unwrap();
    }
    let made = extract(county, id).await;
    // Five cases of four persons: too few.
    assert_eq!((made.persons, made.left_out), (0, 4));
    willing(county, 8, "registered").await;
    let made = extract(county, id).await;
    assert_eq!((made.persons, made.rows.len()), (5, 6));
    assert_eq!(made.rows.iter().map(|row| &row[0]).collect::<BTreeSet<_>>().len(), 5);
});

on_both!(a_project_goes_its_way_on_the_pages, World, |world| {
    let today = rules::clock::china_date(world.app.now());
    let (day, until) = (today.to_string(), today.saturating_add(jiff::Span::new().months(6)).to_string());
    let mut fields = vec![
        ("title", "社区康复效果"),
        ("institution", "测试大学"),
        ("ethics_number", "伦审1号"),
        ("ethics_on", day.as_str()),
        ("agreement", "数据1号"),
        ("agreed_on", day.as_str()),
        ("purpose", "太短"),
        ("fields", "sex"),
        ("fields", "applied_on"),
        ("until_on", until.as_str()),
    ];
    let short = world.post("referral_worker", "/research", &fields).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    short.has("研究目的：至少 20 个字").has("社区康复效果");
    fields[6] = ("purpose", "研究社区康复对再入院次数的影响,需要性别和日期");
    let made = world.post("referral_worker", "/research", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let path = made.location.split('?').next().unwrap().to_owned();
    world.get("referral_worker", &path).await.has("待审批").lacks("XLSX");
    let decide = format!("{path}/decide");
    let officer = "civil_affairs_officer";
    let declined = world.post(officer, &decide, &[("decision", "decline"), ("note", "")]).await;
    assert_eq!(declined.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = world.post(officer, &decide, &[("decision", "agree"), ("note", "")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    world.get("referral_worker", &path).await.has("已同意").has("XLSX");
    let file = world.post("referral_worker", &format!("{path}/file"), &[("kind", "csv")]).await;
    assert_eq!(file.status, StatusCode::OK);
    file.has("化名,性别,申请日期(已移位)").has("文件编号").has("去标识化数据");
    world.get("referral_worker", &path).await.has("0 人 0 行");
    let ended = world.post("referral_worker", &format!("{path}/end"), &[]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text);
    world.get(officer, "/research").await.has("已结束");
    world.get("doctor", "/research").await.has("您的角色不能进行此操作");
});
