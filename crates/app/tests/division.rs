//! Changes of divisions are stored and come back, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::common;

use app::Error;
use app::division::{Change, Kind, save_changes, stored_changes};
use app::scope::Scope;
use common::somebody;
use jiff::civil::date;
use rules::account::Role;
use rules::division::DivisionCode;

fn code(text: &str) -> DivisionCode {
    DivisionCode::parse(text).unwrap()
}

fn changes() -> Vec<Change> {
    let (old, new) = (code("310115120004"), code("310115120999"));
    let name = "佳虹居委会".to_owned();
    let ended = Change {
        code: old,
        name,
        kind: None,
        valid_from: None,
        valid_to: Some(date(2025, 12, 31)),
        successor: Some(new),
    };
    let begun = Change {
        code: new,
        kind: Some(Kind::MainCity),
        valid_from: Some(date(2026, 1, 1)),
        valid_to: None,
        successor: None,
        ..ended.clone()
    };
    vec![ended, begun]
}

fn administrator() -> Scope {
    somebody(Role::Administrator)
}

both!(changes_are_stored_come_back_and_hold_from_the_next_start, |app| {
    assert_eq!(stored_changes(&app.db).await.unwrap(), []);
    let refused = save_changes(app, &somebody(Role::CivilAffairsOfficer), &changes()).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    save_changes(app, &administrator(), &changes()).await.unwrap();
    assert_eq!(stored_changes(&app.db).await.unwrap(), changes());

    // The same period again, corrected: it is replaced and does not stand twice.
    let mut corrected = changes();
    corrected[1].name = "佳虹第一居委会".to_owned();
    save_changes(app, &administrator(), &corrected).await.unwrap();
    assert_eq!(stored_changes(&app.db).await.unwrap(), corrected);

    assert!(app.divisions.get(code("310115120999")).is_none(), "it runs on with what it knew at its start");
    let started = app.reopen().await;
    assert_eq!(started.divisions.current(code("310115120004")), code("310115120999"));
    assert_eq!(
        started.divisions.path(code("310115120999")).unwrap(),
        "上海市 浦东新区 金桥镇 佳虹第一居委会"
    );
    let area = code("310115").interval();
    let named = started.divisions.named("金桥镇佳虹第一社区", Some(area), None);
    assert_eq!(named[0].code, code("310115120999"), "lists are read by the names of today");
    let logged: Vec<(i64,)> = app
        .db
        .all(
            "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE subject_kind = 'division'",
            app::p![],
        )
        .await
        .unwrap();
    assert_eq!(logged[0].0, 2);
});
