//! Staff: training owed by days of employment and counted once, certificates that run out, and who sees whose. All persons are
//! invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    institution::Action,
    talent::{self, TalentEntry},
    workforce::staffing,
};
use axum::http::StatusCode;
use common::{COUNTY, County, ELSEWHERE, forms, morning};
use serde_json::{Value, json};

/// Somebody of the staff of a house, as a draft of the library; identifier.
async fn hired(county: &County, manager: &str, name: &str, number: u32, until: &str) -> String {
    let entry = TalentEntry {
        name: name.into(),
        identity_number: forms::identity_number(number),
        profession: "social_worker".into(),
        certificate: "社会工作者职业资格证书".into(),
        certificate_number: format!("2020-{number}"),
        certificate_on: "2020-01-05".into(),
        certificate_until: until.into(),
        services: vec!["S4".into()],
        pledge_on: "2026-01-05".into(),
        ..TalentEntry::default()
    };
    let scope = county.scope(manager).await;
    talent::begin(&county.app.at(county.at), &scope, &entry).await.unwrap().to_string()
}

fn course(on: &str, hours: &str, topic: &str, persons: &[&str]) -> Value {
    json!({ "on": on, "hours": hours, "topic": topic, "organiser": "市精神卫生中心", "kind": "course",
        "evidence": "签到表 2026-3", "persons": persons })
}

const TRAININGS: &str = "/api/v1/workforce/trainings";

fn stretch(from: &str, until: &str, account: &str) -> Value {
    json!({ "post": "case_work", "week_hours": "40", "from_on": from, "until_on": until, "account": account })
}

async fn one(county: &County, who: &str, id: &str) -> Value {
    let listed = county.get(who, "/api/v1/workforce/staff").await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.json);
    let items = listed.json["items"].as_array().unwrap().clone();
    items.into_iter().find(|item| item["id"] == id).unwrap()
}

both!(hours_are_owed_by_days_and_counted_once, |county| {
    county.account("far officer", "civil_affairs_officer", "other office").await;
    let li = hired(county, "sunrise manager", "李社工", 21, "2026-03-20").await;
    let wang = hired(county, "sunrise manager", "王社工", 22, "2026-02-01").await;
    let zhao = hired(county, "harbour manager", "赵社工", 23, "").await;
    // Employed from July: 184 of 365 days are 605 minutes. Begun in the future, nothing is owed today.
    let path = |id: &str| format!("/api/v1/workforce/staff/{id}/employment");
    let keeper = county.id("sunrise keeper");
    let sent = county.post("sunrise manager", &path(&li), &[], &stretch("2025-07-01", "", &keeper)).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.json);
    let taken = county.post("sunrise manager", &path(&wang), &[], &stretch("2026-01-01", "", &keeper)).await;
    assert_eq!(taken.fields(), ["account"], "one account is one worker");
    // What another house agreed upon with the same person is not shown.
    let before = "INSERT INTO employment (id, talent_id, institution_id, post, week_minutes, from_on, until_on, recorded_by, recorded_at)
        VALUES ($1, $2, $3, 'case_work', 600, '2024-01-01', '2024-12-31', $4, $5)";
    let (li_id, at) = (li.parse::<app::id::Id>().unwrap(), county.at);
    let args = app::p![li_id.beside(at), li_id, county.ids["harbour"], county.ids["harbour manager"], at];
    county.app.db.run(before, args).await.unwrap();
    let shown = county.get("sunrise manager", &path(&li)).await.json;
    assert_eq!(shown["stretches"].as_array().unwrap().len(), 1, "{shown}");
    let foreign = county.id("harbour keeper");
    let sent = county.post("sunrise manager", &path(&wang), &[], &stretch("2026-01-01", "", &foreign)).await;
    assert_eq!(sent.fields(), ["account"], "an account of another house");
    let wrong = json!({ "post": "cook", "week_hours": "90", "from_on": "", "until_on": "2026-02-30" });
    let sent = county.post("sunrise manager", &path(&wang), &[], &wrong).await;
    assert_eq!(sent.fields(), ["post", "week_hours", "from_on", "until_on"]);
    let sent =
        county.post("sunrise manager", &path(&wang), &[], &stretch("2026-01-01", "2026-06-30", "")).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.json);
    let late = county.post("sunrise manager", &path(&wang), &[], &stretch("2026-06-30", "", "")).await;
    assert_eq!(late.fields(), ["from_on"], "two stretches on one day");
    // 181 of 365 days.
    assert_eq!(one(county, "sunrise manager", &wang).await["required_minutes"], 596);
    assert_eq!(one(county, "sunrise manager", &li).await["required_minutes"], 1200);
    assert_eq!(one(county, "sunrise manager", &li).await["certificate"], "runs_out");
    assert_eq!(one(county, "sunrise manager", &wang).await["certificate"], "expired");

    // A training counts for everybody who came, once.
    let both = [li.as_str(), wang.as_str()];
    let made =
        county.post("sunrise manager", TRAININGS, &[], &course("2026-02-10", "10", "危机识别", &both)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let first = made.id();
    for (body, field) in [
        (course("2026-02-10", "2", "危机识别", &[&li]), "persons"),
        (course("2026-02-10", "2.5", "家庭支持", &[&li]), "persons"),
        (course("2026-03-03", "2", "明天", &[&li]), "on"),
        (course("2024-12-31", "2", "前年", &[&li]), "on"),
        (course("2026-02-11", "0.1", "太短", &[&li]), "hours"),
        (course("2026-02-11", "2", " ", &[&li]), "topic"),
        (course("2026-02-11", "2", "别家的人", &[&zhao]), "persons"),
        (course("2026-02-11", "2", "没有人", &[]), "persons"),
    ] {
        let refused = county.post("sunrise manager", TRAININGS, &[], &body).await;
        assert_eq!(refused.fields(), [field], "{body}");
    }
    // The county enters one for staff of several houses.
    let all = [li.as_str(), wang.as_str(), zhao.as_str()];
    let made = county.post("officer", TRAININGS, &[], &course("2026-02-12", "1.5", "转介办法", &all)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let second = made.id();
    assert_eq!(one(county, "sunrise manager", &wang).await["entered_minutes"], 690);
    assert_eq!(one(county, "sunrise manager", &wang).await["missing_minutes"], 0);
    assert_eq!(one(county, "sunrise manager", &li).await["missing_minutes"], 510);

    // SV13 by institution: one of two, none of one whose employment is not recorded.
    let figures = county.get("officer", "/api/v1/workforce/figures").await.json;
    let of = |name: &str| {
        let part = figures["parts"].as_array().unwrap().iter().find(|part| part["name"] == name).unwrap();
        ["numerator", "denominator", "unrecorded", "certificates_expired", "certificates_running_out"]
            .map(|key| part[key].as_u64().unwrap())
    };
    assert_eq!(of("sunrise"), [1, 2, 0, 1, 1]);
    assert_eq!(of("harbour"), [0, 1, 1, 0, 0]);
    assert_eq!(figures["definition"], "SV13/1");
    assert_eq!(figures["whole"]["denominator"], 3);

    // One client and a full post fit; one client of a house without hours asks for somebody.
    let served = "UPDATE institution SET in_service = 1 WHERE id = $1 OR id = $2";
    county.app.db.run(served, app::p![county.ids["sunrise"], county.ids["harbour"]]).await.unwrap();
    let staffing = county.get("officer", "/api/v1/workforce/staffing").await.json;
    let part = |place: usize| {
        let part = &staffing["parts"][place];
        (part["name"].as_str().unwrap().to_owned(), part["level"].clone(), part["week_minutes"].clone())
    };
    assert_eq!(part(0), ("harbour".to_owned(), json!("nobody"), json!(0)), "who needs help first");
    // Two full posts of case work: one goes on, the other until June.
    assert_eq!(part(1), ("sunrise".to_owned(), json!("fits"), json!(4800)));
    assert_eq!((&staffing["whole"]["clients"], &staffing["definition"]), (&json!(2), &json!("ST1/1")));
    let own = county.get("harbour manager", "/api/v1/workforce/staffing").await.json;
    assert_eq!(own["parts"].as_array().unwrap().len(), 1);

    // Each sees the own: the house its persons, the worker the own record, another county nothing.
    let seen = county.get("harbour manager", &format!("{TRAININGS}/{second}")).await.json;
    assert_eq!((seen["came"].as_array().unwrap().len(), &seen["persons"]), (1, &json!(3)));
    assert_eq!(
        county.get("harbour manager", &format!("{TRAININGS}/{first}")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        county.get("far officer", &format!("{TRAININGS}/{first}")).await.status,
        StatusCode::NOT_FOUND
    );
    let own = county.get("sunrise keeper", &format!("{TRAININGS}/{first}")).await.json;
    assert_eq!(own["came"].as_array().unwrap().len(), 1, "colleagues are not named to colleagues");
    assert_eq!(county.get("sunrise keeper", "/api/v1/workforce/staff").await.status, StatusCode::FORBIDDEN);
    assert_eq!(county.get("worker", "/api/v1/workforce/figures").await.status, StatusCode::FORBIDDEN);
    let far = county.get("far officer", "/api/v1/workforce/figures").await.json;
    assert_eq!(far["parts"].as_array().unwrap().len(), 0);
    let path = format!("/api/v1/workforce/figures?county={ELSEWHERE}");
    assert_eq!(county.get("officer", &path).await.status, StatusCode::NOT_FOUND);
    let path = format!("/api/v1/workforce/figures?county={COUNTY}");
    assert_eq!(county.get("supervisor", &path).await.status, StatusCode::OK);

    // Void by whoever entered it: the hours count no more, the record stays.
    let void = |id: &str| format!("{TRAININGS}/{id}/void");
    let reason = json!({ "reason": "登记错误" });
    let others = county.post("sunrise manager", &void(&second), &[], &reason).await;
    assert_eq!((others.status, others.code()), (StatusCode::CONFLICT, "training_of_others"));
    let empty = county.post("sunrise manager", &void(&first), &[], &json!({ "reason": " " })).await;
    assert_eq!(empty.fields(), ["reason"]);
    let done = county.post("sunrise manager", &void(&first), &[], &reason).await;
    assert_eq!((done.status, &done.json["stands"]), (StatusCode::OK, &json!(false)));
    let twice = county.post("sunrise manager", &void(&first), &[], &reason).await;
    assert_eq!(twice.code(), "training_void");
    assert_eq!(one(county, "sunrise manager", &wang).await["entered_minutes"], 90);
    // The same day has room again, and the half of a sum that was reported is not added to what was entered.
    let again =
        county.post("sunrise manager", TRAININGS, &[], &course("2026-02-10", "10", "危机识别", &[&li])).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.json);
});

both!(pages_of_staff_lead_each_to_what_is_theirs, |county| {
    let li = hired(county, "sunrise manager", "李社工", 21, "2026-03-20").await;
    let mut manager = county.browser("sunrise manager").await;
    manager.get("/work-list").await.has("将到期 1 人");
    manager.get("/workforce").await.has("李社工").has("任职未登记").has("还差 20 小时").has("18 天后到期");
    manager.get("/workforce?show=certificate").await.has("李社工");
    let mut keeper = county.browser("sunrise keeper").await;
    keeper.get("/workforce").await.has("还没有与人才库中的记录关联");
    let account = county.id("sunrise keeper");
    let path = format!("/workforce/staff/{li}");
    let fields = [("post", "case_work"), ("week_hours", "37.5"), ("from_on", "2026-01-01"), ("until_on", "")];
    let wrong = [&fields[..1], &[("week_hours", "100"), ("from_on", "2026-01-01")]].concat();
    manager.post(&path, &wrong).await.has("1–60").has("value=\"100\"");
    let sent = manager.post(&path, &[&fields[..], &[("account", account.as_str())]].concat()).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    manager.get(&path).await.has("2026-01-01 起").has("37.5");
    let course = [
        ("on", "2026-02-10"),
        ("hours", "8"),
        ("topic", "危机识别"),
        ("organiser", "市精神卫生中心"),
        ("kind", "prefecture"),
        ("evidence", "签到表 2026-3"),
    ];
    manager.post("/workforce/trainings", &course).await.has("参加人员：此项必填").has("危机识别");
    let sent =
        manager.post("/workforce/trainings", &[&course[..], &[("persons", li.as_str())]].concat()).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    manager.get(&sent.location).await.has("已登记").has("李社工").has("作废");
    keeper.get("/workforce").await.has("8 / 20 小时").has("还有 304 天，还须完成 12 小时").has("危机识别");
    keeper.get("/workforce/staffing").await.has("服务中 0 人 · 折算专职 0.93");
    manager.get("/workforce/staffing").await.has("还可接收 28 人").has("日间照料人员").has("ST1/1");
    keeper.get("/workforce/trainings/new").await.has("您的角色不能进行此操作");
    manager.get("/workforce/export?format=csv").await.has("李社工").has("文件编号");
    let mut officer = county.browser("officer").await;
    officer.get("/workforce").await.has("sunrise").has("0 / 1 · 0.0%").has("SV13/1");
    officer.get("/workforce/staffing").await.has("sunrise").has("harbour");
    officer.get("/workforce/export?format=csv").await.has("sunrise").lacks("李社工");
    officer.get(&format!("/workforce?institution={}", county.id("sunrise"))).await.has("李社工");
});

both!(whom_the_library_does_not_name_leads_a_session_with_a_reason, |county| {
    // Whoever confirms is of another house than whoever approved.
    county.organisation("city office", "supervision", 310_100_000_000).await;
    county.account("city supervisor", "supervisor", "city office").await;
    let case = county.at_state(1, "in_service").await;
    county.on("2026-03-10");
    let session = |key: u128, service: &str, on: &str, hour: u32, reason: &str| {
        json!({ "key": uuid::Uuid::from_u128(key), "held": on < "2026-03-10", "service": service, "way": "W10",
            "place": "institution", "on": on, "start": format!("{hour:02}:00"), "end": format!("{:02}:00", hour + 1),
            "persons": [{ "case": case }], "leader_reason": reason })
    };
    let enter = async |body: Value| county.post("sunrise keeper", "/api/v1/care/sessions", &[], &body).await;
    // Of whom the library knows nothing, nothing is asked.
    let unknown = enter(session(1, "S6", "2026-03-09", 8, "")).await;
    assert_eq!(unknown.status, StatusCode::CREATED, "{}", unknown.json);
    let li = hired(county, "sunrise manager", "李社工", 21, "2026-03-20").await;
    let path = format!("/api/v1/workforce/staff/{li}/employment");
    let account = county.id("sunrise keeper");
    let sent = county.post("sunrise manager", &path, &[], &stretch("2026-01-01", "", &account)).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.json);
    let refused = enter(session(2, "S4", "2026-03-09", 9, "")).await;
    assert_eq!(refused.fields(), ["leader_reason"], "not listed yet: {}", refused.json);
    let id: app::id::Id = li.parse().unwrap();
    for (who, action) in [
        ("sunrise manager", Action::Submit),
        ("officer", Action::ApproveCounty),
        ("city supervisor", Action::Confirm),
        ("officer", Action::Verify { verified: true }),
    ] {
        let app = county.app.at(county.at);
        let version = talent::get(&app, &app::scope::Scope::system(), id).await.unwrap().version;
        talent::act(&app, &county.scope(who).await, id, version, &action).await.unwrap();
    }
    for (key, service, on, hour, reason, passes) in [
        (3, "S4", "2026-03-09", 9, "", true),
        (4, "S6", "2026-03-09", 10, " ", false),
        (4, "S6", "2026-03-09", 10, "职业顾问病假，由社工代", true),
        (5, "S4", "2026-03-19", 9, "", true),
        // The certificate has run out by then.
        (6, "S4", "2026-03-25", 9, "", false),
        (6, "S4", "2026-03-25", 9, "新证书在办", true),
    ] {
        let made = enter(session(key, service, on, hour, reason)).await;
        let expected = if passes { StatusCode::CREATED } else { StatusCode::UNPROCESSABLE_ENTITY };
        assert_eq!(made.status, expected, "{service} {on} {reason}: {}", made.json);
    }
    // On the page the field is there once it is needed, and what was said stands with the record.
    let mut keeper = county.browser("sunrise keeper").await;
    keeper.get("/care/sessions/new?lang=zh-CN").await.lacks("leader_reason");
    let typed = [
        ("key", "00000000-0000-0000-0000-000000000009"),
        ("service", "S6"),
        ("way", "W10"),
        ("place", "institution"),
        ("on", "2026-03-09"),
        ("start", "13:00"),
        ("end", "14:00"),
        ("as", "held"),
        ("person", case.as_str()),
    ];
    let warned = keeper.post("/care/sessions", &typed).await;
    assert_eq!(warned.status, StatusCode::UNPROCESSABLE_ENTITY);
    warned.has("name=\"leader_reason\"").has("服务目录未列 sunrise keeper 的职业");
    let said = typed.into_iter().chain([("leader_reason", "职业顾问病假")]).collect::<Vec<_>>();
    let made = keeper.post("/care/sessions", &said).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    keeper.get(&made.location).await.has("仍由其带领的理由").has("职业顾问病假");
});

/// A session of a house on the morning of a day, in one way, with so many who came.
async fn session(county: &County, house: &str, (way, came): (&str, i64), day: &str, state: &str) {
    let (house, keeper, begins) = (county.ids[house], county.ids["sunrise keeper"], morning(day));
    let (id, ends) = (house.beside(begins), begins + jiff::SignedDuration::from_hours(1));
    let sql = "INSERT INTO care_session (home, id, organisation_id, entry_key, state, version, service, way, place, on_day, starts_at,
        ends_at, leader_id, leader_name, persons, came, late, made_by, made_at, changed_at, content)
        VALUES ($1, $2, $3, $4, $5, 1, 'S5', $6, 'institution', $7, $8, $9, $10, 'keeper', $11, $12, $13, $14, $15, $16, $17)";
    let on: jiff::civil::Date = day.parse().unwrap();
    let args = app::p![
        id.home_number(),
        id,
        house,
        id,
        state,
        way,
        on,
        begins,
        ends,
        keeper,
        came,
        came,
        false,
        keeper,
        begins,
        begins,
        vec![0_u8]
    ];
    county.app.db.run(sql, args).await.unwrap();
}

both!(a_house_is_measured_by_who_came_to_its_day_centre_and_its_groups, |county| {
    // The last thirty days begin on 31 January. What was planned or is void was not held.
    for (house, way, came, day, state) in [
        ("sunrise", "W1", 9, "2026-02-26", "held"),
        ("sunrise", "W1", 17, "2026-01-31", "held"),
        ("sunrise", "W1", 40, "2026-01-30", "held"),
        ("sunrise", "W1", 40, "2026-02-20", "void"),
        ("sunrise", "W1", 40, "2026-02-21", "planned"),
        ("harbour", "W1", 40, "2026-02-22", "held"),
        // One leader for ten members: eleven are too many.
        ("sunrise", "W3", 10, "2026-02-23", "held"),
        ("sunrise", "W3", 11, "2026-02-24", "held"),
        ("sunrise", "W3", 12, "2026-02-25", "held"),
        ("sunrise", "W3", 12, "2026-01-30", "held"),
        ("sunrise", "W3", 12, "2026-02-27", "void"),
    ] {
        session(county, house, (way, came), day, state).await;
    }
    // Two for the day centre, of whom one has left, and a part-time doctor.
    for (number, name, post, until) in [
        (31, "孙照料", "day_centre", ""),
        (32, "周照料", "day_centre", "2026-02-28"),
        (33, "吴医师", "medical", ""),
    ] {
        let id = hired(county, "sunrise manager", name, number, "").await;
        let path = format!("/api/v1/workforce/staff/{id}/employment");
        let stretch = json!({ "post": post, "week_hours": "20", "from_on": "2026-01-01", "until_on": until, "account": "" });
        let sent = county.post("sunrise manager", &path, &[], &stretch).await;
        assert_eq!(sent.status, StatusCode::OK, "{name}: {}", sent.json);
    }
    // Present, staff needed and employed; groups, too large ones; medical staff.
    for (manager, day_centre, groups, medical) in
        [("sunrise manager", (17, 3, 1), (3, 2), 1), ("harbour manager", (40, 5, 0), (0, 0), 0)]
    {
        let scope = county.scope(manager).await;
        let found = staffing::of_house(&county.app.at(county.at), &scope, None).await.unwrap();
        assert_eq!((found.present, found.day_staff_needed, found.day_staff), day_centre, "{manager}");
        assert_eq!(
            (found.groups, found.large_groups, found.medical),
            (groups.0, groups.1, medical),
            "{manager}"
        );
    }
    let sunrise = county.id("sunrise");
    for (who, path) in [
        ("sunrise manager", "/workforce/staffing?lang=zh-CN".to_owned()),
        ("officer", format!("/workforce/staffing?institution={sunrise}&lang=zh-CN")),
    ] {
        let page = county.browser(who).await.get(&path).await;
        page.has("近 30 天同时在场最多 17 人，需 3 名现场人员（每 8 人 1 名，不少于 2 名），在岗 1 名。")
            .has("近 30 天 3 次小组，其中 2 次每名带领者超过 10 人。")
            .has("在岗专职或兼职医师、护士 1 名");
    }
});

both!(a_result_says_when_its_rater_has_no_training_that_serves, |county| {
    let case = county.at_state(1, "in_service").await;
    let li = hired(county, "sunrise manager", "李社工", 21, "").await;
    let path = format!("/api/v1/workforce/staff/{li}/employment");
    let keeper = county.id("sunrise keeper");
    let sent = county.post("sunrise manager", &path, &[], &stretch("2025-07-01", "", &keeper)).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.json);
    let rated = json!({ "scale": "sdss", "total": 4, "rater": "trained", "mode": "interview" });
    let results = format!("/api/v1/cases/{case}/results");
    let made = county.post("sunrise keeper", &results, &[], &rated).await;
    assert_eq!((made.status, &made.json["rater_training"]), (StatusCode::CREATED, &json!("none")));
    let one = format!("{results}/{}", made.id());
    let page = format!("/cases/{case}/results/{}", made.id());
    county.browser("doctor").await.get(&page).await.has("没有评定者近 24 个月内量表评定培训的记录");
    // A training of another kind says nothing of rating; one of this kind does, from its day on.
    let training = |kind: &str, topic: &str| {
        let mut body = course("2026-02-10", "3", topic, &[&li]);
        body["kind"] = json!(kind);
        body
    };
    let other = county.post("sunrise manager", TRAININGS, &[], &training("course", "危机识别")).await;
    assert_eq!(other.status, StatusCode::CREATED, "{}", other.json);
    assert_eq!(county.get("sunrise keeper", &one).await.json["rater_training"], "none");
    let rating = county.post("sunrise manager", TRAININGS, &[], &training("rating", "SDSS 评定")).await;
    assert_eq!(rating.status, StatusCode::CREATED, "{}", rating.json);
    assert!(county.get("sunrise keeper", &one).await.json["rater_training"].is_null());
    county.browser("doctor").await.get(&page).await.lacks("量表评定培训");
    county
        .browser("sunrise keeper")
        .await
        .get(&format!("/cases/{case}/scales/sdss"))
        .await
        .lacks("量表评定培训");
    // Twenty-four months later it serves no more; void, it never was.
    let day: jiff::civil::Date = "2024-03-02".parse().unwrap();
    let (talent, training): (app::id::Id, app::id::Id) = (li.parse().unwrap(), rating.id().parse().unwrap());
    let sql = "UPDATE training_attendance SET on_day = $1 WHERE talent_id = $2 AND training_id = $3";
    county.app.db.run(sql, app::p![day, talent, training]).await.unwrap();
    assert_eq!(county.get("sunrise keeper", &one).await.json["rater_training"], "old");
    county.browser("doctor").await.get(&page).await.has("在 2024-03-02，已满 24 个月");
    let sql = "UPDATE training_attendance SET stands = $1 WHERE talent_id = $2 AND training_id = $3";
    county.app.db.run(sql, app::p![false, talent, training]).await.unwrap();
    assert_eq!(county.get("sunrise keeper", &one).await.json["rater_training"], "none");
});
