//! Reaching people from the register to the first session: given, tried, voided, applied, served; what each step does to the funnel, who
//! sees it, what is refused. On both databases. All persons are invented.

use crate::common;

use axum::http::StatusCode;
use common::{Answer, County, VILLAGE, forms};
use serde_json::{Value, json};

/// People on the list of the health department: the first of them applies later.
async fn listed(county: &County, count: u32) {
    let mut text = "姓名,性别,出生日期,身份证号,区划代码,联系电话\n".to_owned();
    for sequence in 1..=count {
        let name = ["测试甲", "测试乙", "测试丙"][usize::try_from(sequence).unwrap() - 1];
        text.push_str(&format!(
            "{name},男,1988-03-15,{},{VILLAGE},1390000{:04}\n",
            forms::identity_number(sequence),
            1000 + sequence
        ));
    }
    let (app, scope) = (county.app.at(county.at), county.scope("health officer").await);
    let new = app::import::NewImport { kind: "smd", sender: "卫健局", file_name: "list.csv" };
    let id = app::import::stage(&app, &scope, &new, text.as_bytes()).await.unwrap();
    app::import::check(&app, &scope, id).await.unwrap();
    let version = app::import::get(&app, &scope, id).await.unwrap().version;
    let keep = app::import::Keep { valid: true, unverified: true };
    app::import::apply(&app, &scope, id, version, keep).await.unwrap();
}

async fn candidates(county: &County) -> Vec<Value> {
    let told = county.get("worker", "/api/v1/leads/candidates").await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.json);
    told.json["persons"].as_array().unwrap().clone()
}

fn person<'a>(people: &'a [Value], name: &str) -> &'a Value {
    &people.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {people:?}"))["id"]
}

async fn give(county: &County, persons: &[&Value], house: &str) -> Answer {
    county
        .post("worker", "/api/v1/leads", &[], &json!({ "persons": persons, "house": county.id(house) }))
        .await
}

fn attempt(key: u128, on: &str, (way, reached, outcome): (&str, &str, &str)) -> Value {
    json!({ "key": uuid::Uuid::from_u128(key), "on": on, "way": way, "reached": reached, "outcome": outcome })
}

async fn enter(county: &County, who: &str, lead: &str, attempt: &Value) -> Answer {
    county.post(who, &format!("/api/v1/leads/{lead}/attempts"), &[], attempt).await
}

async fn funnel(county: &County, who: &str) -> Value {
    let told = county.get(who, "/api/v1/leads/funnel?from=2026-03-01&until=2026-12-31").await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.json);
    told.json
}

/// Six hundred attempts of a day at which nobody answered.
async fn tried_often(county: &County, lead: &str) {
    let lead: app::id::Id = lead.parse().unwrap();
    let sql = "INSERT INTO contact_attempt (home, id, lead_id, entry_key, on_day, way, reached, outcome, made_by, made_by_name,
        organisation_id, at) VALUES ($1, $2, $3, $2, '2026-03-03', 'phone', 'nobody', 'no_answer', $4, 'x', $5, $6)";
    let mut tx = county.app.db.begin().await.unwrap();
    for _ in 0..600 {
        let args = app::p![
            lead.home_number(),
            lead.beside(county.at),
            lead,
            county.ids["sunrise manager"],
            county.ids["sunrise"],
            county.at
        ];
        tx.run(sql, args).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// given, tried, contacted, consented, assessed, started.
fn steps(funnel: &Value) -> Vec<i64> {
    let names = ["given", "tried", "contacted", "consented", "assessed", "started"];
    names.iter().map(|name| funnel["total"]["figures"][name].as_i64().unwrap()).collect()
}

both!(from_the_register_to_the_first_session_each_step_counts_once, |county| {
    listed(county, 3).await;
    let people = candidates(county).await;
    assert_eq!(people.len(), 3);
    let (first, second) = (person(&people, "测试甲"), person(&people, "测试乙"));
    let given = give(county, &[first, second], "sunrise").await;
    assert_eq!((given.status, given.json["leads"].as_array().unwrap().len()), (StatusCode::CREATED, 2));
    let again = give(county, &[first], "sunrise").await;
    assert_eq!(again.json, json!({ "leads": [], "passed_over": 1 }));
    assert_eq!(candidates(county).await.len(), 1);
    let list = county.get("sunrise keeper", "/api/v1/leads").await.json;
    let of = |name: &str| {
        let leads = list["leads"].as_array().unwrap();
        leads.iter().find(|one| one["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (first, second) = (of("测试甲"), of("测试乙"));
    assert_eq!(county.get("harbour keeper", "/api/v1/leads").await.json["leads"], json!([]));
    // What the house learns: no register, no number before it is asked for.
    let shown = county.get("sunrise keeper", &format!("/api/v1/leads/{first}")).await.json;
    assert!(!shown.to_string().contains("1390000") && !shown.to_string().contains("health"), "{shown}");
    let phone =
        county.post("sunrise keeper", &format!("/api/v1/leads/{first}/reveal"), &[], &json!({})).await;
    assert_eq!(phone.json, json!({ "phone": "13900001001" }));

    county.on("2026-03-05");
    let silent = attempt(1, "2026-03-04", ("phone", "nobody", "no_answer"));
    let told = enter(county, "sunrise keeper", &first, &silent).await;
    assert_eq!((told.status, &told.json["next_on"]), (StatusCode::CREATED, &json!("2026-03-06")));
    let twice = enter(county, "sunrise keeper", &first, &silent).await;
    assert_eq!(twice.json["attempts"], 1);
    let other = attempt(1, "2026-03-04", ("visit", "nobody", "no_answer"));
    assert_eq!(enter(county, "sunrise keeper", &first, &other).await.fields(), ["key"]);
    let early = attempt(2, "2026-03-01", ("phone", "person", "no_answer"));
    assert_eq!(enter(county, "sunrise keeper", &first, &early).await.fields(), ["on", "outcome"]);
    assert_eq!(enter(county, "harbour keeper", &first, &silent).await.status, StatusCode::NOT_FOUND);
    assert_eq!(steps(&funnel(county, "worker").await), [2, 1, 0, 0, 0, 0]);

    // Wrongly entered as a refusal: voided, it counts for nothing.
    let mut refuses = attempt(3, "2026-03-05", ("phone", "person", "refuses"));
    refuses["reason"] = json!("money");
    let told = enter(county, "sunrise keeper", &second, &refuses).await.json;
    assert_eq!((&told["state"], &told["reason"]), (&json!("ended"), &json!("money")));
    let made = told["tries"][0]["id"].as_str().unwrap();
    let void = format!("/api/v1/leads/{second}/attempts/{made}/void");
    assert_eq!(county.post("sunrise manager", &void, &[], &json!({})).await.status, StatusCode::NOT_FOUND);
    let told = county.post("sunrise keeper", &void, &[], &json!({})).await.json;
    assert_eq!((&told["state"], &told["attempts"]), (&json!("open"), &json!(0)), "{told}");
    let thinks = attempt(4, "2026-03-05", ("visit", "family", "thinking"));
    enter(county, "sunrise keeper", &first, &thinks).await;
    assert_eq!(steps(&funnel(county, "sunrise manager").await), [2, 1, 1, 0, 0, 0]);

    // The application with consent ends the reaching; assessment and start follow from the case.
    let case = county.apply("doctor", 1).await.id();
    county.register(&case).await;
    let shown = county.get("worker", &format!("/api/v1/leads/{first}")).await.json;
    assert_eq!((&shown["state"], &shown["next_on"]), (&json!("filed"), &Value::Null), "{shown}");
    assert_eq!(steps(&funnel(county, "worker").await), [2, 1, 1, 1, 0, 0]);
    let late = attempt(5, "2026-03-05", ("phone", "person", "thinking"));
    assert_eq!(enter(county, "sunrise keeper", &first, &late).await.code(), "lead_over");
    county.refer(&case, "sunrise").await;
    county.accept(&case).await;
    county.assess(&case, "suitable").await;
    assert_eq!(steps(&funnel(county, "worker").await), [2, 1, 1, 1, 1, 0]);
    county.agree(&case).await;
    county.serve(&case).await;
    assert_eq!(steps(&funnel(county, "worker").await), [2, 1, 1, 1, 1, 1]);
    // Who supervises sees that there are figures of the year, and nobody in them.
    let far = funnel(county, "supervisor").await;
    assert_eq!(
        (&far["suppressed"], &far["total"]["figures"]["given"], &far["from"]),
        (&json!(true), &Value::Null, &json!("2026-01-01")),
        "{far}"
    );
    // A refusal after which the person applied is none any more.
    assert_eq!(funnel(county, "worker").await["reasons"], json!([]));
    assert_eq!(funnel(county, "harbour manager").await["parts"], json!([]));
    // More attempts than are read one by one: the latest still decides.
    tried_often(county, &second).await;
    let mut refuses = attempt(70, "2026-03-05", ("phone", "person", "refuses"));
    refuses["reason"] = json!("money");
    let told = enter(county, "sunrise keeper", &second, &refuses).await.json;
    assert_eq!((&told["state"], &told["attempts"]), (&json!("ended"), &json!(601)));
    let counts = |one: &&Value| one["voided"] == false;
    let made = told["tries"].as_array().unwrap().iter().find(counts).unwrap()["id"].as_str().unwrap();
    let void = format!("/api/v1/leads/{second}/attempts/{made}/void");
    assert_eq!(county.post("sunrise keeper", &void, &[], &json!({})).await.json["state"], "open");
    // Found to be somebody else's record, the person is being reached nevertheless.
    let third = person(&candidates(county).await, "测试丙").clone();
    let merge = "UPDATE person SET head_id = $1, merged_into = $1 WHERE home = $2 AND id = (SELECT person_id FROM lead WHERE home = $2 AND id = $3)";
    let (head, lead): (app::id::Id, app::id::Id) =
        (third.as_str().unwrap().parse().unwrap(), second.parse().unwrap());
    county.app.db.run(merge, app::p![head, lead.home_number(), lead]).await.unwrap();
    assert!(candidates(county).await.is_empty(), "under whichever record");
});

both!(the_pages_lead_from_the_list_to_the_next_attempt, |county| {
    listed(county, 2).await;
    let mut desk = county.browser("worker").await;
    let page = desk.get("/outreach/new").await;
    assert!(page.text.contains("测试乙"), "{}", page.text);
    let people = candidates(county).await;
    let (one, house) = (person(&people, "测试乙").as_str().unwrap(), county.id("committee"));
    let wrong = desk.post("/outreach", &[("person", one)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains(&format!("value=\"{one}\" checked")), "what was ticked stays");
    let sent = desk.post("/outreach", &[("person", one), ("house", &house)]).await;
    assert_eq!((sent.status, sent.location.as_str()), (StatusCode::SEE_OTHER, "/outreach?given=1&over=0"));

    county.on("2026-03-12");
    let mut clerk = county.browser("committee clerk").await;
    assert!(clerk.get("/work-list").await.text.contains("/outreach?due=1"));
    let list = clerk.get("/outreach?due=1").await.text;
    let path = list.split("href=\"").find(|part| part.starts_with("/outreach/0")).unwrap();
    let path = path.split('"').next().unwrap().to_owned();
    let page = clerk.get(&path).await.text;
    assert!(page.contains("不提病情") && !page.contains("13900001002"));
    let shown = clerk.post(&format!("{path}/reveal"), &[]).await.text;
    assert!(shown.contains("tel:13900001002"));
    let key = uuid::Uuid::from_u128(9).to_string();
    let typed = [
        ("key", key.as_str()),
        ("on", "2026-03-12"),
        ("way", "visit"),
        ("reached", "person"),
        ("note", "在家"),
    ];
    let wrong = [&typed[..], &[("outcome", "not_now")]].concat();
    let told = clerk.post(&format!("{path}/attempts"), &wrong).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.text.contains("href=\"#reason\"") && told.text.contains("在家"), "{}", told.text);
    let trial = [&typed[..], &[("outcome", "trial"), ("next", "2026-03-14")]].concat();
    let saved = clerk.post(&format!("{path}/attempts"), &trial).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert!(clerk.get(&path).await.text.contains("2026-03-14"));
    assert!(!clerk.get("/work-list").await.text.contains("/outreach?due=1"));
    let funnel = desk.get("/outreach/funnel?from=2026-03-01&until=2026-03-31").await.text;
    assert!(funnel.contains("committee"), "{funnel}");
    assert_eq!(
        desk.get("/outreach/funnel/export?from=2026-03-01&until=2026-03-31&by=town").await.status,
        StatusCode::OK
    );
    assert_eq!(
        desk.get("/outreach/funnel?from=2026-03-01&until=2026-02-01").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let back = desk.post(&format!("{path}/take-back"), &[]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    let over = clerk.post(&format!("{path}/attempts"), &trial).await;
    assert_eq!(over.status, StatusCode::SEE_OTHER, "the same attempt again is the one that stands");
    assert_eq!(candidates(county).await.len(), 2);
});
