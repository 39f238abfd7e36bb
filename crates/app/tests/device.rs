//! Phones that work without a network: who registers one, what opens it, and how it is taken out of use. All persons are invented.
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
    account::admin,
    device::{self, Client, Contact, Handed, LastVisit, Outcome, Standing, Waiting, Withdrawn},
    followup::{self, DrugFields, Opening, ProfileFields, StepFields, VisitFields},
    id::Id,
    p,
    scope::Scope,
};
use common::{COUNTY, TestApp, VILLAGE, number, staff::staff};
use jiff::{SignedDuration, Timestamp};
use rules::{
    account::Role,
    followup::{RiskGrade, visit::Visit},
    offline::ClockFault,
};
use std::collections::BTreeMap;

/// A county of another prefecture.
const ELSEWHERE: i64 = 320_102_000_000;

fn morning() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

fn at(now: Timestamp, waiting: u32) -> Contact {
    Contact { now, waiting }
}

async fn actions(app: &App, account: Id) -> Vec<String> {
    let sql = "SELECT action FROM audit /* whole: a test looks */ WHERE subject_id = $1 AND subject_kind = 'account' ORDER BY number";
    app.db.all::<(String,)>(sql, p![account]).await.unwrap().into_iter().map(|(action,)| action).collect()
}

on_both!(a_phone_is_registered_opened_and_known_by_its_holder_alone, TestApp, |app| {
    let app = app.at(morning());
    let doctor = staff(&app, "doctor", Role::Doctor, VILLAGE).await;
    let other = staff(&app, "other", Role::Doctor, VILLAGE).await;
    for name in ["", "  ", &"长".repeat(61)] {
        let Err(Error::Invalid(problems)) = device::register(&app, &doctor, name).await else {
            panic!("{name}")
        };
        assert_eq!(problems[0].code, "device_name");
    }
    let id = device::register(&app, &doctor, " 随访手机 ").await.unwrap();
    let opened = device::open(&app, &doctor, id, at(morning(), 0)).await.unwrap();
    assert_eq!((opened.key.len(), opened.holder.as_str()), (64, doctor.name.as_str()));
    let again =
        device::open(&app, &doctor, id, at(morning() + SignedDuration::from_hours(2), 3)).await.unwrap();
    assert_eq!(again.key, opened.key, "what lies on the phone opens again");
    assert!(again.clock.is_wrong && !opened.clock.is_wrong);
    let line = &device::own(&app, &doctor).await.unwrap()[0];
    assert_eq!((line.name.as_str(), line.waiting, line.clock_seconds), ("随访手机", 3, 7200));
    assert!(matches!(device::open(&app, &other, id, at(morning(), 0)).await, Err(Error::NotFound)));
    assert!(matches!(device::revoke(&app, &other, id).await, Err(Error::NotFound)));
    assert!(device::own(&app, &other).await.unwrap().is_empty());
    let log = actions(&app, doctor.account).await;
    assert_eq!(log.iter().filter(|action| *action == "open_device").count(), 2);
    assert!(log.contains(&"register_device".to_owned()));
    // The key is sealed: no two phones have the same, and none stands in the database.
    let second = device::register(&app, &doctor, "平板").await.unwrap();
    assert_ne!(device::open(&app, &doctor, second, at(morning(), 0)).await.unwrap().key, opened.key);
    let stored: Vec<(Vec<u8>,)> =
        app.db.all("SELECT content_key FROM device /* whole: a test looks */", p![]).await.unwrap();
    assert!(stored.iter().all(|(key,)| !String::from_utf8_lossy(key).contains(&opened.key)));
});

on_both!(an_account_has_as_many_phones_as_it_may_and_roles_without_visits_have_none, TestApp, |app| {
    let app = app.at(morning());
    let doctor = staff(&app, "doctor", Role::Doctor, VILLAGE).await;
    let most = app.tables.offline.devices;
    for number in 0..most {
        device::register(&app, &doctor, &format!("手机{number}")).await.unwrap();
    }
    let Err(Error::Refused(refusal)) = device::register(&app, &doctor, "又一部").await else { panic!() };
    assert_eq!(refusal.code, "too_many_devices");
    let first = device::own(&app, &doctor).await.unwrap()[0].id;
    device::revoke(&app, &doctor, first).await.unwrap();
    device::register(&app, &doctor, "又一部").await.unwrap();
    for (name, role) in
        [("worker", Role::ReferralWorker), ("auditor", Role::Auditor), ("supervisor", Role::Supervisor)]
    {
        let scope = staff(&app, name, role, COUNTY).await;
        assert!(matches!(device::register(&app, &scope, "手机").await, Err(Error::Forbidden)), "{name}");
    }
});

on_both!(a_revoked_phone_gets_nothing_and_tells_that_it_is_empty, TestApp, |app| {
    let app = app.at(morning());
    let doctor = staff(&app, "doctor", Role::Doctor, VILLAGE).await;
    let security = staff(&app, "security", Role::SecurityAdministrator, COUNTY).await;
    let far = staff(&app, "far", Role::SecurityAdministrator, ELSEWHERE).await;
    let id = device::register(&app, &doctor, "手机").await.unwrap();
    assert_eq!(device::standing(&app, id).await.unwrap(), Standing::InUse);
    // A phone that is in use does not become empty by saying so.
    assert_eq!(device::wiped(&app, id).await.unwrap(), Standing::InUse);
    assert!(device::own(&app, &doctor).await.unwrap()[0].wiped_at.is_none());
    assert!(matches!(device::revoke_of(&app, &far, id).await, Err(Error::NotFound)));
    assert!(matches!(device::of_account(&app, &far, doctor.account).await, Err(Error::NotFound)));
    assert!(matches!(device::revoke_of(&app, &doctor, id).await, Err(Error::Forbidden)));
    assert_eq!(device::revoke_of(&app, &security, id).await.unwrap(), doctor.account);
    device::revoke_of(&app, &security, id).await.unwrap();
    let log = actions(&app, doctor.account).await;
    assert_eq!(
        log.iter().filter(|action| *action == "revoke_device").count(),
        1,
        "a second time changes nothing"
    );
    let Err(Error::Refused(refusal)) = device::open(&app, &doctor, id, at(morning(), 1)).await else {
        panic!()
    };
    assert_eq!(refusal.code, "device_revoked");
    assert_eq!(device::standing(&app, id).await.unwrap(), Standing::Revoked);
    device::wiped(&app, id).await.unwrap();
    let line = &device::of_account(&app, &security, doctor.account).await.unwrap()[0];
    assert!(line.revoked_at.is_some() && line.wiped_at.is_some());
    let nobody = doctor.account.beside(morning());
    assert!(matches!(device::standing(&app, nobody).await, Err(Error::NotFound)));
});

on_both!(the_phones_of_an_account_that_ends_are_out_of_use, TestApp, |app| {
    let app = app.at(morning());
    let doctor = staff(&app, "doctor", Role::Doctor, VILLAGE).await;
    let security = staff(&app, "security", Role::SecurityAdministrator, COUNTY).await;
    let id = device::register(&app, &doctor, "手机").await.unwrap();
    admin::end(&app, &security, doctor.account).await.unwrap();
    assert_eq!(device::standing(&app, id).await.unwrap(), Standing::Revoked);
});

const TOWN: i64 = 310_115_110_000;

/// A township's doctor and a second one, in an institution that is in charge of records.
struct Town {
    doctor: Scope,
    colleague: Scope,
    hospital: Scope,
    device: Id,
}

async fn town(app: &App) -> Town {
    let doctor = staff(app, "town", Role::Doctor, TOWN).await;
    let hospital = staff(app, "hospital", Role::Doctor, COUNTY).await;
    let sql = "UPDATE organisation SET kind = 'primary_care' WHERE id = $1";
    app.db.run(sql, p![doctor.organisation]).await.unwrap();
    let device = device::register(app, &doctor, "随访手机").await.unwrap();
    let colleague =
        Scope { name: "赵医生".to_owned(), account: doctor.account.beside(app.now()), ..doctor.clone() };
    Town { doctor, colleague, hospital, device }
}

fn card(sequence: u32) -> Opening {
    Opening {
        source: "report_card".into(),
        on: "2026-03-02".into(),
        name: "王小明".into(),
        number: number("1980-02-03", sequence),
        division: VILLAGE.to_string(),
        profile: ProfileFields {
            disorder: "01".into(),
            diagnosed_on: "2026-02-27".into(),
            hospital: "示例医院".into(),
            ..ProfileFields::default()
        },
        ..Opening::default()
    }
}

/// A managed record in the township.
async fn managed(app: &App, town: &Town, card: &Opening) -> Id {
    let record = followup::open(app, &town.hospital, card).await.unwrap();
    for step in ["receive", "agree"] {
        let fields = StepFields { step: step.into(), ..StepFields::default() };
        followup::take(app, &town.doctor, record, &fields).await.unwrap();
    }
    record
}

/// A visit at which nothing is out of order, as a phone writes it.
fn visit(on: &str) -> Visit {
    let fields = VisitFields {
        on: Some(on.parse().unwrap()),
        interviewed: "本人".into(),
        mode: Some(2),
        risk: Some(0),
        symptoms: vec![1, 3],
        symptom_level: Some(0),
        insight: Some(1),
        self_care: Some(1),
        housework: Some(1),
        work: Some(9),
        learning: Some(2),
        social: Some(2),
        danger_none: true,
        lock_up: Some(1),
        hospitalisation: Some(0),
        adherence: Some(1),
        adverse_reaction: Some(1),
        effect: Some(2),
        drugs: vec![DrugFields { name: "奥氮平".into(), times_a_day: Some(1), dose_mg: 10.0 }],
        class: Some(3),
        doctor: "王医生".into(),
        ..VisitFields::default()
    };
    let mut visit = fields.read("王医生").unwrap();
    visit.next_on = Some(visit.on.saturating_add(jiff::Span::new().months(3)));
    visit
}

fn waiting(record: Id, version: i64, visit: Visit, at: Timestamp) -> Waiting {
    let id = record.beside(at).0;
    Waiting { id, record, version, written_at: at, confirmed: false, visit }
}

async fn send(app: &App, town: &Town, visits: &[Waiting]) -> Vec<Outcome> {
    let contact = at(app.now(), u32::try_from(visits.len()).unwrap());
    let answered = device::send(app, &town.doctor, town.device, (contact, visits)).await.unwrap();
    answered.answers.into_iter().map(|(_, outcome)| outcome).collect()
}

async fn recorded(app: &App, record: Id) -> i64 {
    let sql = "SELECT COUNT(*) FROM followup_visit WHERE home = $1 AND record_id = $2 AND voided_at IS NULL";
    app.db.opt::<(i64,)>(sql, p![record.home_number(), record]).await.unwrap().unwrap().0
}

on_both!(a_caseload_holds_the_own_persons_and_is_sent_once, TestApp, |app| {
    let app = app.at(morning());
    let town = town(&app).await;
    let record = managed(&app, &town, &card(1)).await;
    let held = device::caseload(&app, &town.doctor, town.device, &BTreeMap::new()).await.unwrap();
    let [Handed { mark, client }] = &held.clients[..] else { panic!("{held:?}") };
    assert_eq!((client.id, client.name.as_str(), held.more), (record, "王小明", false));
    assert!(client.due_on.is_some() && client.last.is_none() && !client.address.is_empty(), "{client:?}");
    let known = BTreeMap::from([(record, mark.clone())]);
    let again = device::caseload(&app, &town.doctor, town.device, &known).await.unwrap();
    assert_eq!((again.all, again.clients.len()), (vec![record], 0), "what the phone holds is not sent again");
    let line = &device::own(&app, &town.doctor).await.unwrap()[0];
    assert_eq!((line.handed_rows, line.handed_at), (1, Some(morning())));

    let first = waiting(record, client.version, visit("2026-03-02"), morning());
    assert!(matches!(&send(&app, &town, &[first]).await[..], [Outcome::Taken(_)]));
    let changed = device::caseload(&app, &town.doctor, town.device, &known).await.unwrap();
    let last = changed.clients[0].client.last.as_ref().unwrap();
    assert_eq!((last.visit.doctor.as_str(), last.class), ("王医生", Some(3)));
    // Nothing of it is anybody else's: not the hospital's that reported, not another township's, and no other account opens it.
    let other = staff(&app, "other", Role::Doctor, 310_115_001_000).await;
    let theirs = device::register(&app, &other, "手机").await.unwrap();
    assert!(device::caseload(&app, &other, theirs, &known).await.unwrap().all.is_empty());
    let reporter = device::register(&app, &town.hospital, "手机").await.unwrap();
    assert!(device::caseload(&app, &town.hospital, reporter, &known).await.unwrap().all.is_empty());
    assert!(matches!(device::caseload(&app, &other, town.device, &known).await, Err(Error::NotFound)));
    // Whoever moves is visited by the sender until the receiver accepts.
    let receiver = staff(&app, "receiver", Role::Doctor, 310_115_001_000).await;
    let sql = "UPDATE organisation SET kind = 'primary_care' WHERE id = $1";
    app.db.run(sql, p![receiver.organisation]).await.unwrap();
    let to = Some(receiver.organisation);
    let step = StepFields { step: "move_out".into(), to, ..StepFields::default() };
    followup::take(&app, &town.doctor, record, &step).await.unwrap();
    let moving = device::caseload(&app, &town.doctor, town.device, &known).await.unwrap();
    assert_eq!((moving.all, moving.clients[0].client.state.as_str()), (vec![record], "moved"));
    // Who was sent is in the log, once for each time that they were.
    let sql = "SELECT COUNT(*) FROM audit /* whole: a test looks */ WHERE subject_id = $1 AND action = 'read' AND detail LIKE '%device%'";
    let sql =
        if app.db.is_postgres() { sql.replace("detail LIKE", "detail::text LIKE") } else { sql.to_owned() };
    let (reads,) = app.db.opt::<(i64,)>(&sql, p![record]).await.unwrap().unwrap();
    assert_eq!(reads, 3);
});

on_both!(a_paper_that_is_owed_first_hides_no_visit_from_a_phone, TestApp, |app| {
    let app = app.at(morning());
    let town = town(&app).await;
    let card = Opening { received_on: "2026-03-02".into(), ..card(1) };
    managed(&app, &town, &card).await;
    let held = device::caseload(&app, &town.doctor, town.device, &BTreeMap::new()).await.unwrap();
    let client = &held.clients[0].client;
    assert_eq!(client.due_what.as_deref(), Some("first_visit"), "{client:?}");
    let (first,): (String,) =
        app.db.opt("SELECT due_what FROM smd_record /* whole: a test looks */", p![]).await.unwrap().unwrap();
    assert_eq!(first, "paper_entry", "the card came on paper and is to be entered before that");
});

on_both!(a_visit_sent_twice_is_one_and_each_is_answered_by_itself, TestApp, |app| {
    let app = app.at(morning());
    let town = town(&app).await;
    let (one, two) = (managed(&app, &town, &card(1)).await, managed(&app, &town, &card(2)).await);
    let held = device::caseload(&app, &town.doctor, town.device, &BTreeMap::new()).await.unwrap();
    let version =
        |record: Id| held.clients.iter().find(|handed| handed.client.id == record).unwrap().client.version;
    let good = waiting(one, version(one), visit("2026-03-02"), morning());
    let mut faulty = waiting(two, version(two), visit("2026-03-02"), morning());
    faulty.visit.found.risk = Some(RiskGrade::Smashing);
    let gone = waiting(one.beside(morning()), 1, visit("2026-03-02"), morning());
    let mut early = waiting(two, version(two), visit("2026-03-02"), morning());
    early.visit.on = "2026-03-03".parse().unwrap();
    let found = send(&app, &town, &[faulty.clone(), gone, early, good.clone()]).await;
    let Outcome::Not(Error::Invalid(problems)) = &found[0] else { panic!("{found:?}") };
    assert!(problems.iter().any(|problem| problem.code == "danger_without_referral"), "{problems:?}");
    assert!(matches!(found[1], Outcome::Not(Error::NotFound)));
    assert!(matches!(found[2], Outcome::Asked(ClockFault::Future { .. })));
    let Outcome::Taken(first) = &found[3] else { panic!("{found:?}") };
    // The receipt was lost on the way: the same again is the same visit.
    let found = send(&app, &town, std::slice::from_ref(&good)).await;
    let Outcome::Taken(again) = &found[0] else { panic!("{found:?}") };
    assert_eq!(
        (again.id, again.class, again.next_due, again.repeated),
        (first.id, first.class, first.next_due, true)
    );
    assert_eq!(recorded(&app, one).await, 1);
    // Its identifier for another visit is none.
    let mut another = good;
    another.visit.interviewed = "家属".to_owned();
    assert!(matches!(send(&app, &town, &[another]).await[0], Outcome::Not(Error::Invalid(_))));
    // Mended, the faulty one goes with the identifier that it had.
    faulty.visit.found.risk = Some(RiskGrade::None);
    assert!(matches!(send(&app, &town, &[faulty]).await[0], Outcome::Taken(_)));
    let line = &device::own(&app, &town.doctor).await.unwrap()[0];
    assert_eq!(line.waiting, 0);
    let most = usize::from(app.tables.offline.batch);
    let many: Vec<Waiting> = (0..=most).map(|_| waiting(two, 9, visit("2026-03-02"), morning())).collect();
    let refused = device::send(&app, &town.doctor, town.device, (at(morning(), 0), &many)).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
});

on_both!(of_two_who_were_offline_neither_is_lost, TestApp, |app| {
    let app = app.at(morning());
    let town = town(&app).await;
    let record = managed(&app, &town, &card(1)).await;
    let held = device::caseload(&app, &town.doctor, town.device, &BTreeMap::new()).await.unwrap();
    let version = held.clients[0].client.version;
    let theirs = followup::Sent {
        record,
        id: record.beside(morning()).0,
        base: Some(version),
        replaces: None,
        fields: VisitFields {
            insight: Some(2),
            class: Some(2),
            next_on: None,
            ..VisitFields::of(&visit("2026-03-01"))
        },
    };
    followup::record(&app, &town.colleague, &theirs).await.unwrap();
    let mut mine = waiting(record, version, visit("2026-03-02"), morning());
    let found = send(&app, &town, std::slice::from_ref(&mine)).await;
    let Outcome::Conflict { version: now, last: Some(last) } = &found[0] else { panic!("{found:?}") };
    assert_eq!((last.by.as_str(), last.on), ("赵医生", "2026-03-01".parse().unwrap()));
    assert_eq!(recorded(&app, record).await, 1, "nothing is written over");
    mine.version = *now;
    assert!(matches!(send(&app, &town, &[mine]).await[0], Outcome::Taken(_)));
    assert_eq!(recorded(&app, record).await, 2);
});

on_both!(a_day_under_a_wrong_clock_is_asked_about, TestApp, |app| {
    let app = app.at(morning());
    let town = town(&app).await;
    let record = managed(&app, &town, &card(1)).await;
    let held = device::caseload(&app, &town.doctor, town.device, &BTreeMap::new()).await.unwrap();
    let behind = morning() - SignedDuration::from_hours(24);
    let mut mine = waiting(record, held.clients[0].client.version, visit("2026-03-01"), behind);
    let sent = (at(behind, 1), std::slice::from_ref(&mine));
    let answered = device::send(&app, &town.doctor, town.device, sent).await.unwrap();
    assert!(answered.clock.is_wrong);
    let expected = ClockFault::ClockWrong { day: "2026-03-02".parse().unwrap() };
    assert!(matches!(&answered.answers[0].1, Outcome::Asked(fault) if *fault == expected), "{answered:?}");
    assert_eq!(recorded(&app, record).await, 0);
    mine.confirmed = true;
    let sent = (at(behind, 1), std::slice::from_ref(&mine));
    let answered = device::send(&app, &town.doctor, town.device, sent).await.unwrap();
    assert!(matches!(answered.answers[0].1, Outcome::Taken(_)), "{answered:?}");
});

on_both!(a_withdrawal_is_in_the_log_and_none_of_what_is_here, TestApp, |app| {
    let app = app.at(morning());
    let town = town(&app).await;
    let record = managed(&app, &town, &card(1)).await;
    let held = device::caseload(&app, &town.doctor, town.device, &BTreeMap::new()).await.unwrap();
    let mine = waiting(record, held.clients[0].client.version, visit("2026-03-02"), morning());
    let withdrawn = |state: &str| Withdrawn { id: mine.id, record, state: state.to_owned() };
    let wrong = device::withdraw(&app, &town.doctor, town.device, &withdrawn("x")).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))));
    device::withdraw(&app, &town.doctor, town.device, &withdrawn("faulty")).await.unwrap();
    assert!(actions(&app, town.doctor.account).await.contains(&"withdraw_visit".to_owned()));
    send(&app, &town, std::slice::from_ref(&mine)).await;
    let taken = device::withdraw(&app, &town.doctor, town.device, &withdrawn("waits")).await;
    assert!(matches!(taken, Err(Error::Refused(refusal)) if refusal.code == "visit_taken"));
    device::revoke(&app, &town.doctor, town.device).await.unwrap();
    let contact = at(morning(), 1);
    let after = device::send(&app, &town.doctor, town.device, (contact, &[mine])).await;
    assert!(matches!(after, Err(Error::Refused(refusal)) if refusal.code == "device_revoked"));
});

/// Bytes that the phone's store adds to each value: the nonce and the tag.
const SEALED: usize = 12 + 16;

#[test]
fn three_hundred_persons_with_three_years_of_visits_are_under_two_megabytes() {
    let home = "01930000-0000-7080-8000-000000000000".parse::<Id>().unwrap();
    let mut bytes = 0;
    for number in 0..300_u32 {
        let last = LastVisit {
            id: home.beside(morning()),
            on: "2026-03-02".parse().unwrap(),
            by: "王医生".to_owned(),
            class: Some(2),
            visit: visit("2026-03-02"),
        };
        // Every month, which is more than most are owed.
        let earlier = (1..36).map(|month| {
            let on = last.on.saturating_sub(jiff::Span::new().months(month));
            (on, Some(2), Some(1), true)
        });
        let client = Client {
            id: home.beside(morning()),
            version: 40,
            name: format!("王小明{number}"),
            address: "上海市浦东新区示例镇示例村十二组三百四十五号".to_owned(),
            phone: Some("13900001234".to_owned()),
            state: "managed".to_owned(),
            class: Some(2),
            risk: Some(1),
            due_on: Some("2026-04-02".parse().unwrap()),
            due_what: Some("visit".to_owned()),
            earlier: earlier.collect(),
            last: Some(last.clone()),
        };
        let handed = Handed { mark: client.mark().unwrap(), client };
        bytes += serde_json::to_vec(&handed).unwrap().len() + SEALED;
    }
    println!("300 persons: {bytes} bytes");
    assert!(bytes < 2_000_000, "{bytes}");
}
