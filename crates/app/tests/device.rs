//! Phones that work without a network: who registers one, what opens it, and how it is taken out of use. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

mod common;

use app::{
    App, Error,
    account::admin,
    device::{self, Contact, Standing},
    id::Id,
    p,
};
use common::{COUNTY, TestApp, VILLAGE, staff::staff};
use jiff::{SignedDuration, Timestamp};
use rules::account::Role;

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
        let Err(Error::Invalid(problems)) = device::register(&app, &doctor, name).await else { panic!("{name}") };
        assert_eq!(problems[0].code, "device_name");
    }
    let id = device::register(&app, &doctor, " 随访手机 ").await.unwrap();
    let opened = device::open(&app, &doctor, id, at(morning(), 0)).await.unwrap();
    assert_eq!((opened.key.len(), opened.holder.as_str()), (64, doctor.name.as_str()));
    let again = device::open(&app, &doctor, id, at(morning() + SignedDuration::from_hours(2), 3)).await.unwrap();
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
    let stored: Vec<(Vec<u8>,)> = app.db.all("SELECT content_key FROM device /* whole: a test looks */", p![]).await.unwrap();
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
    for (name, role) in [("worker", Role::ReferralWorker), ("auditor", Role::Auditor), ("supervisor", Role::Supervisor)] {
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
    assert_eq!(log.iter().filter(|action| *action == "revoke_device").count(), 1, "a second time changes nothing");
    let Err(Error::Refused(refusal)) = device::open(&app, &doctor, id, at(morning(), 1)).await else { panic!() };
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
