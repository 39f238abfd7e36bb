//! Daily reminders: what is due is told to each worker once a day, in figures, by whichever server comes first. All persons are invented.

use crate::common;

use app::{
    App, Error,
    followup::{self, Opening, ProfileFields, StepFields},
    job, p,
    reminder::{self, Reminder},
    scope::Scope,
};
use common::{COUNTY, TestApp, VILLAGE, number, staff::staff};
use jiff::{SignedDuration, Timestamp, civil::Date};
use rules::{
    account::Role,
    reminder::{Count, Kind},
};

const TOWN: i64 = 310_115_110_000;

/// A Friday, eight o'clock in China.
fn friday() -> Timestamp {
    "2026-03-06T00:00:00Z".parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Turns clock and jobs until nothing is left.
async fn turn(app: &App) {
    app::referral::tick(app).await.unwrap();
    while job::turn(app).await.unwrap().is_some() {}
}

fn counted(found: &Reminder) -> Vec<(Kind, i64, i64)> {
    found.counts.each().map(|(kind, Count { overdue, due })| (kind, overdue, due)).collect()
}

/// A township's doctor with somebody who was reported on a day and is owed the first visit ten working days later.
async fn doctor_with_somebody(app: &App, reported: Timestamp) -> Scope {
    let doctor = staff(app, "town", Role::Doctor, TOWN).await;
    let hospital = staff(app, "hospital", Role::Doctor, COUNTY).await;
    let sql = "UPDATE organisation SET kind = 'primary_care' WHERE id = $1";
    app.db.run(sql, p![doctor.organisation]).await.unwrap();
    let then = app.at(reported);
    let on = rules::clock::china_date(reported).to_string();
    let card = Opening {
        source: "report_card".into(),
        on: on.clone(),
        name: "王小明".into(),
        number: number("1980-02-03", 1),
        division: VILLAGE.to_string(),
        profile: ProfileFields {
            disorder: "01".into(),
            diagnosed_on: on,
            hospital: "示例医院".into(),
            ..ProfileFields::default()
        },
        ..Opening::default()
    };
    let record = followup::open(&then, &hospital, &card).await.unwrap();
    for step in ["receive", "agree"] {
        let fields = StepFields { step: step.into(), ..StepFields::default() };
        followup::take(&then, &doctor, record, &fields).await.unwrap();
    }
    doctor
}

on_both!(what_is_due_is_told_once_a_day_however_many_servers_there_are, TestApp, |app| {
    let doctor = doctor_with_somebody(app, friday() - SignedDuration::from_hours(24 * 60)).await;
    let idle = staff(app, "idle", Role::Doctor, 310_115_001_000).await;
    let early = app.at(friday() - SignedDuration::from_mins(61));
    turn(&early).await;
    assert!(
        reminder::list(&early, &doctor, None).await.unwrap().is_empty(),
        "before its hour nobody is told"
    );

    // Two servers in the same moment, and one that comes later.
    let at = app.at(friday());
    tokio::join!(turn(&at), turn(&at));
    turn(&app.at(friday() + SignedDuration::from_hours(3))).await;
    let told = reminder::list(&at, &doctor, None).await.unwrap();
    let [found] = &told[..] else { panic!("{told:?}") };
    assert_eq!(
        (found.on, found.until),
        (day("2026-03-06"), day("2026-03-08")),
        "it speaks of the weekend, too"
    );
    assert_eq!(counted(found), [(Kind::Visits, 1, 0)]);
    assert!(
        reminder::list(&at, &idle, None).await.unwrap().is_empty(),
        "where nothing is due nothing is told"
    );
    let (text,): (String,) = app
        .db
        .opt("SELECT CAST(counts AS TEXT) FROM reminder /* whole: a test looks */", p![])
        .await
        .unwrap()
        .unwrap();
    assert!(!text.contains("王小明"), "{text}");

    // It stands there over the weekend, until its reader has seen enough of it; nobody else reads it.
    let saturday = app.at(friday() + SignedDuration::from_hours(24));
    turn(&saturday).await;
    assert_eq!(reminder::present(&saturday, &doctor).await.unwrap().as_ref(), Some(found));
    assert!(matches!(reminder::read(&saturday, &idle, found.on).await, Err(Error::NotFound)));
    reminder::read(&saturday, &doctor, found.on).await.unwrap();
    reminder::read(&saturday, &doctor, found.on).await.unwrap();
    assert_eq!(reminder::present(&saturday, &doctor).await.unwrap(), None);

    // Turned off, there is none on Monday; turned on again, there is one on Tuesday.
    reminder::choose(&saturday, &doctor, false).await.unwrap();
    assert!(!reminder::is_wanted(&saturday, &doctor).await.unwrap());
    turn(&app.at(friday() + SignedDuration::from_hours(72))).await;
    assert_eq!(reminder::list(&at, &doctor, None).await.unwrap().len(), 1);
    reminder::choose(&saturday, &doctor, true).await.unwrap();
    let tuesday = app.at(friday() + SignedDuration::from_hours(96));
    turn(&tuesday).await;
    let told = reminder::list(&tuesday, &doctor, None).await.unwrap();
    assert_eq!(told.iter().map(|one| one.on).collect::<Vec<_>>(), [day("2026-03-10"), day("2026-03-06")]);
    assert_eq!(reminder::list(&tuesday, &doctor, Some(day("2026-03-10"))).await.unwrap().len(), 1);
    let client = Scope { role: Role::Client, ..doctor.clone() };
    assert!(matches!(reminder::choose(&tuesday, &client, true).await, Err(Error::Forbidden)));

    // After a season it is forgotten.
    turn(&app.at(friday() + SignedDuration::from_hours(24 * 95))).await;
    let left = reminder::list(&tuesday, &doctor, None).await.unwrap();
    assert!(left.iter().all(|one| one.on > day("2026-03-10")), "{left:?}");
});
