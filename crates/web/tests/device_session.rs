//! Sessions that a case manager recorded where there was no network: whom the phone holds, what becomes of what it sends, on both
//! databases. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::{common, device::ask};
use app::{
    App, Error,
    device::{self, Contact, OfPlan, Served, SessionOutcome, WaitingSession, WithdrawnSession},
    id::Id,
    p,
    scope::Scope,
};
use axum::http::StatusCode;
use common::County;
use rules::{
    care::{
        Noted,
        Presence::{self, Came, Missed},
        Seated,
    },
    offline::ClockFault,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A case manager's phone at an instant.
struct Phone {
    app: App,
    keeper: Scope,
    device: Id,
}

async fn phone(county: &County, who: &str) -> Phone {
    let (app, keeper) = (county.app.at(county.at), county.scope(who).await);
    let device = device::register(&app, &keeper, "工作手机").await.unwrap();
    Phone { app, keeper, device }
}

impl Phone {
    async fn clients(&self) -> Vec<Served> {
        let held = device::clients(&self.app, &self.keeper, self.device, &BTreeMap::new()).await.unwrap();
        held.clients.into_iter().map(|handed| handed.client).collect()
    }

    async fn send(&self, sessions: &[WaitingSession]) -> Vec<SessionOutcome> {
        let contact = Contact { now: self.app.now(), waiting: u32::try_from(sessions.len()).unwrap() };
        let sent = (contact, sessions);
        let answered = device::send_sessions(&self.app, &self.keeper, self.device, sent).await.unwrap();
        answered.answers.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// The phone goes on at the county's present instant.
    fn goes_on(&mut self, county: &County) {
        self.app = county.app.at(county.at);
    }
}

/// Cases in service since the morning of the county, in a house with room for a group.
async fn served(county: &County, count: u32) -> Vec<Id> {
    county.app.db.run("UPDATE institution SET contracted = 40 WHERE name = 'sunrise'", p![]).await.unwrap();
    let mut cases = Vec::new();
    for number in 1..=count {
        cases.push(county.at_state(number, "in_service").await.parse().unwrap());
    }
    cases
}

fn noted(on: &str, start: &str, persons: &[(Id, Presence)]) -> Noted {
    Noted {
        on: Some(on.parse().unwrap()),
        start: Some(start.parse().unwrap()),
        minutes: Some(60),
        service: "S4".to_owned(),
        way: "W3".to_owned(),
        place: "institution".to_owned(),
        persons: persons
            .iter()
            .map(|(case, presence)| Seated { case: case.0, presence: *presence })
            .collect(),
        done: "一起做饭".to_owned(),
        ..Noted::default()
    }
}

fn waiting(phone: &Phone, planned: Option<OfPlan>, session: Noted) -> WaitingSession {
    let id = phone.keeper.account.beside(phone.app.now()).0;
    WaitingSession { id, planned, written_at: phone.app.now(), confirmed: false, session }
}

async fn sessions_of(county: &County, case: Id, on: &str) -> i64 {
    let sql = "SELECT COUNT(*) FROM attendance WHERE home = $1 AND referral_id = $2 AND on_day = $3 AND state = 'held'";
    let day: jiff::civil::Date = on.parse().unwrap();
    county.app.db.opt::<(i64,)>(sql, p![case.home_number(), case, day]).await.unwrap().unwrap().0
}

/// A session planned by the case manager; its identifier and version.
async fn planned(county: &County, key: u128, on: &str, cases: &[Id]) -> OfPlan {
    let persons: Vec<Value> = cases.iter().map(|case| json!({ "case": case })).collect();
    let entry = json!({ "key": uuid::Uuid::from_u128(key), "held": false, "service": "S4", "way": "W3", "place": "institution",
        "on": on, "start": "09:00", "end": "10:00", "persons": persons, "content": { "title": "一起做饭" } });
    let made = county.post("sunrise keeper", "/api/v1/care/sessions", &[], &entry).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    OfPlan { id: made.json["ids"][0].as_str().unwrap().parse().unwrap(), version: 1 }
}

both!(the_caseload_of_a_case_manager_holds_the_own_clients_alone, |county| {
    let cases = served(county, 2).await;
    county.on("2026-03-10");
    county.account("second keeper", "case_manager", "sunrise").await;
    let mine = phone(county, "sunrise keeper").await;
    for case in &cases {
        let start = if *case == cases[0] { "09:00" } else { "11:00" };
        let one = waiting(&mine, None, noted("2026-03-09", start, &[(*case, Came)]));
        assert!(matches!(mine.send(&[one]).await[0], SessionOutcome::Taken { .. }));
    }
    let held = device::clients(&mine.app, &mine.keeper, mine.device, &BTreeMap::new()).await.unwrap();
    assert_eq!(held.all.iter().collect::<BTreeSet<_>>(), cases.iter().collect());
    let one = serde_json::to_value(&held.clients[0]).unwrap();
    // What serving somebody needs, and nothing besides: no number of an identity card, no diagnosis.
    let keys: Vec<&str> =
        one.as_object().unwrap().keys().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
    let expected =
        ["address", "id", "last", "mark", "missed", "name", "phone", "planned", "services", "state"];
    assert_eq!(keys, expected);
    assert!(!held.clients[0].client.name.is_empty() && !held.clients[0].client.address.is_empty(), "{one}");
    assert!(!held.clients[0].client.course.services.is_empty(), "the plan's services: {one}");
    assert_eq!(held.clients[0].client.course.last.len(), 1, "the last sessions: {one}");
    let known: BTreeMap<Id, String> =
        held.clients.iter().map(|handed| (handed.client.id, handed.mark.clone())).collect();
    let again = device::clients(&mine.app, &mine.keeper, mine.device, &known).await.unwrap();
    assert_eq!((again.all.len(), again.clients.len()), (2, 0), "what the phone holds is not sent again");
    assert_eq!(device::own(&mine.app, &mine.keeper).await.unwrap()[0].handed_rows, 2);
    // Who was sent is in the log, once.
    let sql = "SELECT COUNT(*) FROM audit /* whole: a test looks */ WHERE subject_id = $1 AND action = 'read' AND detail LIKE '%device%'";
    let sql = if county.app.db.is_postgres() {
        sql.replace("detail LIKE", "detail::text LIKE")
    } else {
        sql.to_owned()
    };
    let (reads,) = county.app.db.opt::<(i64,)>(&sql, p![cases[0]]).await.unwrap().unwrap();
    assert_eq!(reads, 1);
    // Nobody else's phone holds them, and each role has its own kind of caseload.
    for who in ["second keeper", "harbour keeper"] {
        assert!(phone(county, who).await.clients().await.is_empty(), "{who}");
    }
    let none = BTreeMap::new();
    let visits = device::caseload(&mine.app, &mine.keeper, mine.device, &none).await;
    assert!(matches!(visits, Err(Error::Forbidden)));
    let doctor = phone(county, "doctor").await;
    let theirs = device::clients(&doctor.app, &doctor.keeper, doctor.device, &none).await;
    assert!(matches!(theirs, Err(Error::Forbidden)));
    let manager = county.scope("sunrise manager").await;
    assert!(matches!(device::register(&mine.app, &manager, "手机").await, Err(Error::Forbidden)));
});

both!(a_session_sent_twice_is_one_and_each_is_answered_by_itself, |county| {
    let cases = served(county, 2).await;
    county.on("2026-03-10");
    county.account("second keeper", "case_manager", "sunrise").await;
    let phone = phone(county, "sunrise keeper").await;
    let both = [(cases[0], Came), (cases[1], Missed)];
    let good = waiting(&phone, None, noted("2026-03-09", "09:00", &both));
    let mut short = waiting(&phone, None, noted("2026-03-09", "11:00", &both));
    short.session.minutes = Some(5);
    let stranger = cases[0].beside(county.at);
    let gone = waiting(&phone, None, noted("2026-03-09", "11:00", &[(cases[0], Came), (stranger, Came)]));
    let early = waiting(&phone, None, noted("2026-03-11", "11:00", &both));
    let found = phone.send(&[short, gone, early, good.clone()]).await;
    let SessionOutcome::Not(Error::Invalid(problems)) = &found[0] else { panic!("{found:?}") };
    assert_eq!((problems[0].field.as_str(), problems[0].code.as_str()), ("minutes", "number_range"));
    assert!(matches!(&found[1], SessionOutcome::Gone(who) if *who == [stranger]), "{found:?}");
    assert!(matches!(found[2], SessionOutcome::Asked(ClockFault::Future { .. })), "{found:?}");
    let SessionOutcome::Taken { id, repeated: false } = found[3] else { panic!("{found:?}") };
    // The receipt was lost on the way: the same again is the same session.
    let found = phone.send(std::slice::from_ref(&good)).await;
    assert!(
        matches!(found[0], SessionOutcome::Taken { id: same, repeated: true } if same == id),
        "{found:?}"
    );
    for case in &cases {
        assert_eq!(sessions_of(county, *case, "2026-03-09").await, 1);
    }
    // What was changed after it was taken is told, whatever was changed.
    for change in [
        Noted { minutes: Some(90), ..good.session.clone() },
        Noted { done: "散步".to_owned(), ..good.session.clone() },
        Noted {
            persons: noted("2026-03-09", "09:00", &[(cases[0], Came), (cases[1], Came)]).persons,
            ..good.session.clone()
        },
        Noted { place: "home".to_owned(), ..good.session.clone() },
    ] {
        let changed = WaitingSession { session: change, ..good.clone() };
        let found = phone.send(&[changed]).await;
        let SessionOutcome::Not(Error::Invalid(problems)) = &found[0] else { panic!("{found:?}") };
        assert_eq!(problems[0].code, "key_reused");
    }
    // Another worker has the client on their own phone no more than on the site.
    let other = self::phone(county, "second keeper").await;
    let theirs = waiting(&other, None, noted("2026-03-09", "14:00", &[(cases[0], Came)]));
    assert!(matches!(&other.send(&[theirs]).await[0], SessionOutcome::Gone(who) if *who == [cases[0]]));
    let line = &device::own(&phone.app, &phone.keeper).await.unwrap()[0];
    assert_eq!(line.waiting, 1, "what was not taken waits there");
    let most = usize::from(phone.app.tables.offline.batch);
    let many: Vec<WaitingSession> = vec![good; most + 1];
    let contact = Contact { now: phone.app.now(), waiting: 0 };
    let refused = device::send_sessions(&phone.app, &phone.keeper, phone.device, (contact, &many)).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
});

both!(hours_that_another_worker_filled_meanwhile_are_told, |county| {
    let cases = served(county, 1).await;
    county.on("2026-03-10");
    county.account("second keeper", "case_manager", "sunrise").await;
    let phone = phone(county, "sunrise keeper").await;
    let mut theirs = json!({ "key": uuid::Uuid::from_u128(5), "held": true, "service": "S4", "way": "W1", "place": "institution",
        "on": "2026-03-09", "start": "14:00", "end": "15:00", "persons": [{ "case": cases[0] }], "content": {} });
    theirs["leader"] = json!(county.id("second keeper"));
    let made = county.post("sunrise manager", "/api/v1/care/sessions", &[], &theirs).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    let mine = waiting(&phone, None, noted("2026-03-09", "14:30", &[(cases[0], Came)]));
    let found = phone.send(std::slice::from_ref(&mine)).await;
    let SessionOutcome::Not(Error::Refused(refusal)) = &found[0] else { panic!("{found:?}") };
    assert_eq!(refusal.code, "client_elsewhere");
    // A person corrects the hour: it goes with the identifier that it had.
    let mended = WaitingSession { session: noted("2026-03-09", "15:00", &[(cases[0], Came)]), ..mine };
    assert!(matches!(phone.send(&[mended]).await[0], SessionOutcome::Taken { .. }));
    assert_eq!(sessions_of(county, cases[0], "2026-03-09").await, 2);
});

both!(a_planned_session_that_two_recorded_is_decided_by_a_person, |county| {
    let cases = served(county, 2).await;
    county.on("2026-03-05");
    let first = planned(county, 1, "2026-03-09", &cases).await;
    let second = planned(county, 2, "2026-03-10", &cases).await;
    let mut phone = phone(county, "sunrise keeper").await;
    let held = phone.clients().await;
    for client in &held {
        let found: Vec<(Id, i64, i64)> =
            client.course.planned.iter().map(|one| (one.id, one.version, one.persons)).collect();
        assert_eq!(found, [(first.id, 1, 2), (second.id, 1, 2)], "{client:?}");
    }
    county.on("2026-03-11");
    phone.goes_on(county);
    let both = [(cases[0], Came), (cases[1], Missed)];
    let mine = waiting(&phone, Some(first), noted("2026-03-09", "09:00", &both));
    let found = phone.send(std::slice::from_ref(&mine)).await;
    assert!(matches!(found[0], SessionOutcome::Taken { id, repeated: false } if id == first.id), "{found:?}");
    let found = phone.send(std::slice::from_ref(&mine)).await;
    assert!(matches!(found[0], SessionOutcome::Taken { repeated: true, .. }), "{found:?}");
    let title = county.get("sunrise keeper", &format!("/api/v1/care/sessions/{}", first.id)).await;
    assert_eq!((&title.json["title"], &title.json["done"]), (&json!("一起做饭"), &json!("一起做饭")));

    // Somebody else recorded the other one: neither record is dropped.
    let persons: Vec<Value> = cases.iter().map(|case| json!({ "case": case, "presence": "came" })).collect();
    let path = format!("/api/v1/care/sessions/{}", second.id);
    let theirs = json!({ "version": 1, "persons": persons });
    let recorded = county.post("sunrise manager", &format!("{path}/record"), &[], &theirs).await;
    assert_eq!(recorded.status, StatusCode::OK, "{}", recorded.json);
    let mine = waiting(&phone, Some(second), noted("2026-03-10", "09:00", &both));
    let found = phone.send(std::slice::from_ref(&mine)).await;
    assert!(
        matches!(&found[0], SessionOutcome::Conflict { by, at: Some(_) } if by == "sunrise manager"),
        "{found:?}"
    );
    let apart = WaitingSession { planned: None, ..mine };
    let found = phone.send(std::slice::from_ref(&apart)).await;
    assert!(matches!(&found[0], SessionOutcome::Not(Error::Refused(no)) if no.code == "client_elsewhere"));
    let void = json!({ "name": "void", "reason": "twice" });
    assert_eq!(
        county.post("sunrise manager", &format!("{path}/end"), &[], &void).await.status,
        StatusCode::OK
    );
    assert!(matches!(phone.send(&[apart]).await[0], SessionOutcome::Taken { repeated: false, .. }));

    // What was planned otherwise than the phone wrote is no record of it.
    county.on("2026-03-12");
    phone.goes_on(county);
    let third = planned(county, 3, "2026-03-13", &cases).await;
    county.on("2026-03-14");
    phone.goes_on(county);
    let moved = waiting(&phone, Some(third), noted("2026-03-14", "08:00", &both));
    let found = phone.send(&[moved]).await;
    let SessionOutcome::Not(Error::Invalid(problems)) = &found[0] else { panic!("{found:?}") };
    assert_eq!((problems[0].field.as_str(), problems[0].code.as_str()), ("on", "not_as_planned"));
});

both!(a_session_taken_back_is_in_the_log_and_none_of_what_is_here, |county| {
    let cases = served(county, 1).await;
    county.on("2026-03-10");
    let phone = phone(county, "sunrise keeper").await;
    let mine = waiting(&phone, None, noted("2026-03-09", "09:00", &[(cases[0], Came)]));
    let back = |state: &str| WithdrawnSession { id: mine.id, planned: None, state: state.to_owned() };
    let (app, keeper, device) = (&phone.app, &phone.keeper, phone.device);
    let wrong = device::withdraw_session(app, keeper, device, &back("x")).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))));
    device::withdraw_session(app, keeper, device, &back("gone")).await.unwrap();
    let sql = "SELECT COUNT(*) FROM audit /* whole: a test looks */ WHERE subject_id = $1 AND action = 'withdraw_session'";
    let (logged,) = app.db.opt::<(i64,)>(sql, p![keeper.account]).await.unwrap().unwrap();
    assert_eq!(logged, 1);
    phone.send(std::slice::from_ref(&mine)).await;
    let taken = device::withdraw_session(app, keeper, device, &back("waits")).await;
    assert!(matches!(taken, Err(Error::Refused(refusal)) if refusal.code == "session_taken"));
    device::revoke(app, keeper, device).await.unwrap();
    let contact = Contact { now: app.now(), waiting: 1 };
    let after = device::send_sessions(app, keeper, device, (contact, &[mine])).await;
    assert!(matches!(after, Err(Error::Refused(refusal)) if refusal.code == "device_revoked"));
});

both!(a_phone_of_sessions_is_told_in_the_holders_words, |county| {
    let cases = served(county, 1).await;
    county.on("2026-03-10");
    let keeper = county.browser("sunrise keeper").await;
    let (seen, told) = ask(&keeper, "/devices", &json!({ "name": "工作手机" })).await;
    assert_eq!(seen.status, StatusCode::CREATED, "{}", seen.text);
    assert_eq!(
        (&told["work"], &told["care"]["limits"]["shortest_minutes"]),
        (&json!("sessions"), &json!(10))
    );
    let place = format!("/devices/{}", told["id"].as_str().unwrap());
    let (_, held) = ask(&keeper, &format!("{place}/clients"), &json!({ "known": {} })).await;
    assert_eq!((&held["all"], &held["more"]), (&json!([cases[0]]), &json!(false)), "{held}");
    assert_eq!((&held["clients"][0]["id"], &held["clients"][0]["missed"]), (&json!(cases[0]), &json!(0)));
    let session = |change: fn(&mut Value)| {
        let mut session = json!({ "id": uuid::Uuid::new_v4(), "planned": null, "written_at": county.at, "confirmed": false,
            "session": { "on": "2026-03-09", "start": "09:00", "minutes": 60, "service": "S4", "way": "W1", "place": "home",
            "persons": [{ "case": cases[0], "presence": "came" }], "done": "", "summary": "", "leader_reason": "" } });
        change(&mut session);
        session
    };
    let sessions = json!([
        session(|_| {}),
        session(|one| one["session"]["minutes"] = json!(5)),
        session(|one| one["session"]["start"] = json!("09:30")),
        session(|one| one["session"]["persons"][0]["case"] = json!("01930000-0000-7080-8000-000000000000")),
    ]);
    let sending = json!({ "contact": { "now": county.at, "waiting": 4 }, "sessions": sessions });
    let (seen, told) = ask(&keeper, &format!("{place}/sessions"), &sending).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
    let outcomes: Vec<&str> = told["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| answer["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["taken", "faulty", "refused", "gone"], "{told}");
    let faults = &told["answers"][1]["faults"];
    assert_eq!(faults[0]["fields"], json!(["minutes"]));
    assert_eq!(faults[0]["text"], "时长（分钟）：请填写 10–480 之间的整数");
    assert_eq!(told["answers"][3]["cases"], json!(["01930000-0000-7080-8000-000000000000"]));
    let back = json!({ "id": sessions[0]["id"], "planned": null, "state": "waits" });
    let (seen, told) = ask(&keeper, &format!("{place}/sessions/withdrawn"), &back).await;
    assert_eq!((seen.status, &told["code"]), (StatusCode::CONFLICT, &json!("session_taken")));
    let back = json!({ "id": sessions[2]["id"], "planned": null, "state": "refused" });
    let (seen, told) = ask(&keeper, &format!("{place}/sessions/withdrawn"), &back).await;
    assert_eq!((seen.status, &told["withdrawn"]), (StatusCode::OK, &sessions[2]["id"]));
});
