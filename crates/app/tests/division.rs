//! Changes of divisions are stored and come back, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use app::db::Db;
use app::division::{Change, Divisions, Kind, save_changes, stored_changes};
use app::migrate;
use jiff::Timestamp;
use jiff::civil::date;
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

async fn changes_come_back(db: &Db) {
    migrate::run(db).await.unwrap();
    assert_eq!(stored_changes(db).await.unwrap(), []);
    save_changes(db, &changes(), Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(stored_changes(db).await.unwrap(), changes());

    // The same period again, corrected: it is replaced and does not stand twice.
    let mut corrected = changes();
    corrected[1].name = "佳虹第一居委会".to_owned();
    save_changes(db, &corrected, Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(stored_changes(db).await.unwrap(), corrected);

    let nation = Divisions::embedded().unwrap();
    let current = nation.with_changes(&stored_changes(db).await.unwrap(), date(2026, 3, 2));
    assert_eq!(current.current(code("310115120004")), code("310115120999"));
    assert_eq!(current.path(code("310115120999")).unwrap(), "上海市 浦东新区 金桥镇 佳虹第一居委会");
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("xinqiao.db");
    let db = Db::open(&format!("sqlite:{}", path.display())).await.unwrap();
    changes_come_back(&db).await;
}

/// Needs a server that may create databases, named by XINQIAO_TEST_POSTGRES; `cargo xtask test` starts one.
#[tokio::test]
async fn on_postgres() {
    let Ok(server) = std::env::var("XINQIAO_TEST_POSTGRES") else { return };
    let name = format!("division_{}", std::process::id());
    let administration = Db::open(&server).await.unwrap();
    administration.batch(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (address, options) = server.split_once('?').map_or((server.as_str(), ""), |(a, o)| (a, o));
    let (host, _) = address.rsplit_once('/').unwrap();
    let db = Db::open(&format!("{host}/{name}?{options}")).await.unwrap();
    changes_come_back(&db).await;
    drop(db);
    administration.batch(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
}
