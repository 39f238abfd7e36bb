//! Fields of sessions: those of the session, those of each person, and the least record of each form of service, on pages and for programs.
//! All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::{
    care::{enter, entry, roomy, served},
    common,
};

use app::p;
use axum::http::StatusCode;
use common::County;
use serde_json::{Value, json};

/// A service in a form.
fn of(mut entry: Value, service: &str, way: &str) -> Value {
    entry["service"] = json!(service);
    entry["way"] = json!(way);
    entry
}

/// Notes as they lie in the table.
async fn notes(county: &County) -> String {
    let sql = "SELECT note FROM attendance /* whole: a test looks */ WHERE note IS NOT NULL";
    let found: Vec<(Vec<u8>,)> = county.app.db.all(sql, p![]).await.unwrap();
    assert!(!found.is_empty());
    found.iter().map(|(note,)| String::from_utf8_lossy(note).into_owned()).collect()
}

both!(each_person_of_a_group_has_values_of_their_own, |county| {
    roomy(county).await;
    let cases = served(county, 1, 3).await;
    county.on("2026-03-10");
    let planned = of(entry(1, false, "2026-03-11", ("09:00", "10:00"), &cases), "S3", "W3");
    let made = enter(county, "sunrise keeper", &planned).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let id = made.json["ids"][0].as_str().unwrap().to_owned();
    county.on("2026-03-11");
    county.at += jiff::SignedDuration::from_hours(3);
    let mut keeper = county.browser("sunrise keeper").await;
    let path = format!("/care/sessions/{id}");
    let form = keeper.get(&format!("{path}?lang=zh-CN")).await;
    form.has(&format!("name=\"values.{}.weight\"", cases[0])).has("name=\"fields.exercise\"");
    form.lacks("name=\"fields.weight\"").lacks("class=\"own\" open");
    let record = format!("{path}/record");
    let names: Vec<String> = cases.iter().map(|case| format!("presence.{case}")).collect();
    let (weight, other) = (format!("values.{}.weight", cases[0]), format!("values.{}.weight", cases[1]));
    let pressure = format!("values.{}.pressure", cases[1]);
    let typed = |first: &'static str| {
        vec![
            ("seen", "1"),
            (names[0].as_str(), "came"),
            (names[1].as_str(), "came"),
            (names[2].as_str(), "missed"),
            ("fields.exercise", "walking"),
            (weight.as_str(), first),
            (other.as_str(), "74"),
            (pressure.as_str(), "120/80"),
        ]
    };
    // What is wrong is told with the name of whom it is about, and what was typed stays.
    let told = keeper.post(&record, &typed("19")).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told.text);
    told.has("测试甲 · 体重（千克）：请填写 20–300 之间的整数").has("value=\"19\"").has("value=\"120/80\"");
    let saved = keeper.post(&record, &typed("61")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    keeper.get(&path).await.has("体重（千克） · 61").has("体重（千克） · 74").has("<dd>walking</dd>");
    // On the page of each client and for programs.
    for (case, own, foreign) in [(&cases[0], "61", "74"), (&cases[1], "74", "61")] {
        let page = keeper.get(&format!("/cases/{case}")).await;
        page.has(&format!("体重（千克）：{own}")).lacks(&format!("体重（千克）：{foreign}"));
        let list = county.get("sunrise keeper", &format!("/api/v1/cases/{case}/sessions")).await.json;
        assert_eq!(list["sessions"][0]["fields"]["weight"], own, "{list}");
    }
    let list = county.get("sunrise keeper", &format!("/api/v1/cases/{}/sessions", cases[2])).await.json;
    assert_eq!(list["sessions"][0]["fields"], Value::Null, "{list}");
    let shown = county.get("sunrise keeper", &format!("/api/v1/care/sessions/{id}")).await.json;
    assert_eq!(shown["fields"], json!({ "exercise": "walking" }), "{shown}");
    let seat = |case: &str| -> Value {
        let seats = shown["persons"].as_array().unwrap();
        seats.iter().find(|seat| seat["case"] == case).unwrap()["fields"].clone()
    };
    assert_eq!(seat(&cases[0]), json!({ "weight": "61" }));
    assert_eq!(seat(&cases[1]), json!({ "pressure": "120/80", "weight": "74" }));
    assert_eq!(seat(&cases[2]), json!({}));
    let lying = notes(county).await;
    assert!(!lying.contains("weight") && !lying.contains("120/80"), "{lying}");
    // Another house reads nothing of it.
    let foreign = county.get("harbour keeper", &format!("/api/v1/cases/{}/sessions", cases[0])).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
});

both!(programs_say_of_whom_a_value_is, |county| {
    roomy(county).await;
    let cases = served(county, 1, 2).await;
    county.on("2026-03-10");
    let group = of(entry(1, true, "2026-03-09", ("09:00", "10:00"), &cases), "S1", "W3");
    let with = |change: fn(&mut Value)| {
        let mut entry = group.clone();
        change(&mut entry);
        entry
    };
    type Change = fn(&mut Value);
    let wrong: [(Change, &str); 4] = [
        (|entry| entry["content"]["fields"] = json!({ "adherence": "regular" }), "fields.adherence"),
        (
            |entry| entry["persons"][1]["fields"] = json!({ "adherence": "often" }),
            "persons.1.fields.adherence",
        ),
        (|entry| entry["persons"][0]["fields"] = json!({ "weight": "61" }), "persons.0.fields.weight"),
        (
            |entry| {
                entry["persons"][1]["presence"] = json!("missed");
                entry["persons"][1]["fields"] = json!({ "adherence": "none" });
            },
            "persons.1.fields.adherence",
        ),
    ];
    for (change, field) in wrong {
        let told = enter(county, "sunrise keeper", &with(change)).await;
        assert_eq!(
            (told.status, told.fields()),
            (StatusCode::UNPROCESSABLE_ENTITY, vec![field]),
            "{}",
            told.json
        );
    }
    let made = enter(
        county,
        "sunrise keeper",
        &with(|entry| {
            entry["persons"][0]["fields"] = json!({ "adherence": "regular" });
            entry["persons"][1]["fields"] = json!({ "adherence": "irregular", "reaction": "hands shake" });
            entry["persons"][1]["note"] = json!("{}");
        }),
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let path = format!("/api/v1/care/sessions/{}", made.json["ids"][0].as_str().unwrap());
    let shown = county.get("sunrise keeper", &path).await.json;
    let second = shown["persons"].as_array().unwrap().iter().find(|seat| seat["case"] == cases[1]).unwrap();
    assert_eq!((&second["fields"]["adherence"], &second["note"]), (&json!("irregular"), &json!("{}")));
    // Of one person alone it may be said of the session, as it was before.
    let mut visit = of(entry(2, true, "2026-03-09", ("11:00", "12:00"), &cases[..1]), "S1", "W10");
    visit["content"]["fields"] = json!({ "adherence": "none" });
    let made = enter(county, "sunrise keeper", &visit).await;
    let path = format!("/api/v1/care/sessions/{}", made.json["ids"][0].as_str().unwrap());
    let shown = county.get("sunrise keeper", &path).await.json;
    assert_eq!(shown["persons"][0]["fields"], json!({ "adherence": "none" }), "{shown}");
    assert_eq!(shown["fields"], json!({}));
});

both!(the_least_record_of_a_form_is_asked_when_it_is_recorded, |county| {
    roomy(county).await;
    let cases = served(county, 1, 1).await;
    county.on("2026-03-10");
    let required = json!({
        "W2": ["address"], "W4": ["unit"], "W5": ["pay"], "W6": ["signed", "tasks"], "W9": ["channel", "consent"],
        "W11": ["employer", "wage"], "W1": [], "W3": [], "W7": [], "W10": [],
    });
    for (hour, (way, keys)) in (8..).zip(required.as_object().unwrap()) {
        let times = (format!("{hour:02}:00"), format!("{hour:02}:45"));
        let asked = of(entry(hour, true, "2026-03-09", (&times.0, &times.1), &cases), "S4", way);
        let told = enter(county, "sunrise keeper", &asked).await;
        let mut found: Vec<&str> =
            told.fields().iter().filter_map(|field| field.strip_prefix("persons.0.fields.")).collect();
        found.sort_unstable();
        let keys: Vec<&str> = keys.as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
        assert_eq!(found, keys, "{way}: {}", told.json);
        // To plan it nothing is asked, and nothing of who did not come.
        let plan = of(entry(hour + 100, false, "2026-03-12", (&times.0, &times.1), &cases), "S4", way);
        assert_eq!(enter(county, "sunrise keeper", &plan).await.status, StatusCode::CREATED, "{way}");
        let mut missed = asked.clone();
        missed["persons"][0]["presence"] = json!("missed");
        missed["on"] = json!("2026-03-08");
        missed["key"] = json!(uuid::Uuid::from_u128(hour + 200));
        assert_eq!(enter(county, "sunrise keeper", &missed).await.status, StatusCode::CREATED, "{way}");
    }
});

both!(a_visit_says_where_it_was_on_the_page, |county| {
    roomy(county).await;
    let cases = served(county, 1, 2).await;
    county.on("2026-03-10");
    let mut keeper = county.browser("sunrise keeper").await;
    keeper.get("/care/sessions/new?lang=zh-CN").await.lacks("name=\"values.").has("data-is=\"W8\"");
    // Where service and form are known already, their fields stand beside who is ticked.
    let asked = format!("/care/sessions/new?case={}&service=S14&way=W2", cases[0]);
    let address = format!("values.{}.address", cases[0]);
    keeper.get(&asked).await.has(&format!("name=\"{address}\"")).has("class=\"own\" open");
    let typed = |way: &'static str, more: &[(&'static str, &'static str)]| -> Vec<(&'static str, String)> {
        let mut pairs: Vec<(&'static str, String)> = [
            ("key", "00000000-0000-0000-0000-000000000077"),
            ("service", "S14"),
            ("way", way),
            ("place", "home"),
            ("on", "2026-03-09"),
            ("start", "13:00"),
            ("end", "14:00"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec();
        pairs.push(("person", cases[0].clone()));
        pairs.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        pairs
    };
    let mut send = async |pairs: Vec<(&str, String)>, own: &[(&str, &str)]| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        keeper.post("/care/sessions", &pairs.into_iter().chain(own.iter().copied()).collect::<Vec<_>>()).await
    };
    let told = send(typed("W2", &[("as", "held")]), &[]).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told.text);
    told.has("测试甲 · 住址核对：此项必填").has("href=\"#persons-0-fields-address\"");
    told.has("id=\"persons-0-fields-address\"").has(&format!("name=\"{address}\""));
    // The fields can be asked for before anything is stored.
    let asked = send(typed("W2", &[("as", "fields")]), &[(address.as_str(), "changed")]).await;
    assert_eq!(asked.status, StatusCode::OK);
    asked.has("value=\"changed\" selected");
    let saved = send(typed("W2", &[("as", "held")]), &[(address.as_str(), "same")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    // What was typed for another form than the one that was chosen in the end is left out.
    let other: Vec<(&str, String)> = typed("W10", &[("as", "held")])
        .into_iter()
        .map(|(name, value)| match name {
            "key" => (name, "00000000-0000-0000-0000-000000000078".to_owned()),
            "start" => (name, "15:00".to_owned()),
            "end" => (name, "16:00".to_owned()),
            _ => (name, value),
        })
        .collect();
    let saved = send(other, &[(address.as_str(), "same"), ("until", "2026-03-10")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let list = county.get("sunrise keeper", &format!("/api/v1/cases/{}/sessions", cases[0])).await.json;
    assert_eq!(list["sessions"][1]["fields"], json!({ "address": "same" }), "{list}");
    assert_eq!(list["sessions"][0]["fields"], Value::Null, "{list}");
});

both!(older_records_are_read_as_they_were_written, |county| {
    roomy(county).await;
    let cases = served(county, 1, 2).await;
    county.on("2026-03-10");
    let group = entry(1, true, "2026-03-09", ("09:00", "10:00"), &cases);
    let made = enter(county, "sunrise keeper", &group).await;
    let id = made.json["ids"][0].as_str().unwrap().to_owned();
    // One value for the whole group, and a note alone, as they were stored before there were values of persons.
    let content = r#"{"title":"做饭","done":"","summary":"","fields":{"skill":"cooking","level":"2"}}"#;
    let content = county.app.keys.seal(content).unwrap();
    county.app.db.run("UPDATE care_session /* whole: a test */ SET content = $1", p![content]).await.unwrap();
    let note = county.app.keys.seal("主动帮助新成员").unwrap();
    county.app.db.run("UPDATE attendance /* whole: a test */ SET note = $1", p![note]).await.unwrap();
    let shown = county.get("sunrise keeper", &format!("/api/v1/care/sessions/{id}")).await.json;
    assert_eq!(shown["fields"], json!({ "level": "2", "skill": "cooking" }), "{shown}");
    assert_eq!(
        (&shown["persons"][0]["note"], &shown["persons"][0]["fields"]),
        (&json!("主动帮助新成员"), &json!({}))
    );
    let mut keeper = county.browser("sunrise keeper").await;
    let page = keeper.get(&format!("/care/sessions/{id}?lang=zh-CN")).await;
    page.has("<dt>训练级别</dt><dd>2级</dd>").has("<dt>技能</dt><dd>做饭</dd>").has("主动帮助新成员");
    assert_eq!(keeper.get(&format!("/cases/{}", cases[0])).await.status, StatusCode::OK);
});
