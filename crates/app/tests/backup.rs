//! Backups: whole and of one instant while others write, the same on both databases, refused where anything is altered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::common;

use app::{
    App,
    audit::{self, Entry, Purpose},
    backup::{self, Counted, Order, Written},
    db::Db,
    doctor, need, p,
    seal::{Keys, Openers, RecipientKey},
};
use common::{TestApp, VILLAGE, csv, engine::Place, keys, number, take, worker};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

/// A list of invented patients.
fn list(first: u32, rows: u32) -> Vec<u8> {
    let mut lines = vec![vec!["姓名".to_owned(), "身份证号".to_owned(), "区划代码".to_owned()]];
    for row in first..first + rows {
        let born = format!("{}-{:02}-{:02}", 1950 + row % 50, 1 + row % 12, 1 + row % 28);
        lines.push(vec!["测甲乙".to_owned(), number(&born, 1 + row / 50), VILLAGE.to_string()]);
    }
    let lines: Vec<Vec<&str>> = lines.iter().map(|line| line.iter().map(String::as_str).collect()).collect();
    csv(&lines.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

async fn read(app: &App) {
    let entry = Entry::listed(Purpose::Care, "person", 1);
    audit::record(&app.db, &worker(), entry, app.now()).await.unwrap();
}

async fn backed_up(app: &App, folder: &Path) -> Written {
    let order = Order { folder, keys: &keys(), recipients: &[], key_file: None, at: Timestamp::now() };
    backup::write(&app.db, order, &|_| ()).await.unwrap()
}

fn own(keys: &Keys) -> Openers<'_> {
    Openers { keys: Some(keys), recipient: None }
}

async fn restored(file: &Path, place: &Place) -> app::Result<App> {
    let db = Db::open(&place.address).await?;
    backup::restore(file, own(&keys()), &db, (false, &|_| ())).await?;
    App::new(db, keys()).await
}

async fn count(app: &App, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) /* whole: a test counts */ FROM {table}");
    app.db.opt::<(i64,)>(&sql, p![]).await.unwrap().unwrap().0
}

/// Nothing is ill: the log verifies, figures equal a recount, cases their events.
async fn is_well(app: &App) {
    let report = audit::verify(&app.db, Some(&app.keys), None).await.unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(need::recount(app).await.unwrap(), []);
    assert_eq!(doctor::places(app).await.unwrap(), []);
    assert_eq!(doctor::replay(app, u64::MAX).await.unwrap().wrong, []);
    assert_ne!(doctor::keys_open(app).await.unwrap(), Some(false));
}

both!(a_backup_while_others_write_is_whole_and_of_one_instant, |app| {
    take(app, "smd", "测试局", &list(0, 300)).await;
    let (folder, stop) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
    let acknowledged = AtomicU32::new(0);
    let reader = || async {
        while !stop.load(Ordering::SeqCst) {
            read(app).await;
            acknowledged.fetch_add(1, Ordering::SeqCst);
        }
    };
    let taking = async {
        for round in 1..=3 {
            take(app, "smd", "测试局二", &list(round * 1_000, 200)).await;
        }
    };
    let saving = async {
        while acknowledged.load(Ordering::SeqCst) < 20 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        let mut written = Vec::new();
        for _ in 0..3 {
            let (before, persons) = (acknowledged.load(Ordering::SeqCst), count(app, "person").await);
            written.push((before, persons, backed_up(app, folder.path()).await));
            tokio::time::sleep(std::time::Duration::from_millis(1_001)).await;
        }
        stop.store(true, Ordering::SeqCst);
        written
    };
    let (written, (), (), ()) = tokio::join!(saving, taking, reader(), reader());
    for (before, persons, written) in written {
        let place = Place::on_sqlite();
        let copy = restored(&written.file, &place).await.unwrap();
        is_well(&copy).await;
        assert!(count(&copy, "audit").await >= i64::from(before), "what was acknowledged before is in it");
        assert!(count(&copy, "person").await >= persons);
        // The name of a file that is whole is the only one.
        assert_eq!(written.file.metadata().unwrap().len(), written.bytes);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
});

/// The other engine than that of an address; none where there is no server.
async fn other(address: &str) -> Option<Place> {
    if address.starts_with("sqlite:") { Place::empty_on_postgres().await } else { Some(Place::on_sqlite()) }
}

fn digests(written: &Written) -> Vec<&Counted> {
    // Who was restored notes nothing by itself.
    written.summary.tables.iter().collect()
}

both!(a_backup_of_either_database_is_restored_into_either, |app| {
    take(app, "smd", "测试局", &list(0, 500)).await;
    let models = "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)";
    let json = serde_json::json!({"b": [0.1, 1.5e300, 12_345_678_901_234_567_890_u64], "a": {"心": null, "": "\"\n"}});
    app.db.run(models, p!["a document", json, Timestamp::now()]).await.unwrap();
    read(app).await;
    let folder = tempfile::tempdir().unwrap();
    let first = backed_up(app, folder.path()).await;
    assert!(first.summary.rows() > 1_500, "{}", first.summary.rows());
    assert!(!first.summary.homes.is_empty() && !first.summary.chains.is_empty());
    let mut places = vec![Place::on_sqlite()];
    places.extend(other(app.address()).await);
    places.extend(Place::empty_on_postgres().await);
    for place in places {
        let copy = restored(&first.file, &place).await.unwrap();
        is_well(&copy).await;
        let again = tempfile::tempdir().unwrap();
        let second = backed_up(&copy, again.path()).await;
        assert_eq!(digests(&second), digests(&first), "{}", place.address);
        assert_eq!(second.summary.chains, first.summary.chains);
        drop(copy);
        place.end().await;
    }
});

both!(a_database_that_is_not_empty_is_left_as_it_is, |app| {
    let folder = tempfile::tempdir().unwrap();
    take(app, "smd", "测试局", &list(0, 20)).await;
    let written = backed_up(app, folder.path()).await;
    let before = count(app, "person").await;
    let error = backup::restore(&written.file, own(&keys()), &app.db, (false, &|_| ())).await.unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error}");
    assert_eq!(count(app, "person").await, before);
    is_well(&app.reopen().await).await;
});

both!(a_restore_that_was_cut_off_leaves_a_closed_database, |app| {
    let folder = tempfile::tempdir().unwrap();
    take(app, "smd", "测试局", &list(0, 200)).await;
    let written = backed_up(app, folder.path()).await;
    let mut places = vec![Place::on_sqlite()];
    places.extend(Place::empty_on_postgres().await);
    for place in places {
        for at in ["account", "source_record", "audit"] {
            let db = Db::open(&place.address).await.unwrap();
            let file = written.file.clone();
            let cut = tokio::spawn(async move {
                let told = |progress: backup::Progress<'_>| assert_ne!(progress.table, at, "cut off here");
                backup::restore(&file, own(&keys()), &db, (false, &told)).await.map(|_| ())
            });
            if cut.await.is_ok() {
                // Nothing stands in this table.
                assert_eq!(at, "account");
                break;
            }
            let db = Db::open(&place.address).await.unwrap();
            let error = App::new(db, keys()).await.map(|_| ()).unwrap_err();
            assert!(error.to_string().contains("half restored"), "{error}");
        }
        drop(place);
    }
    // Once it comes to its end it is a database like any other.
    let place = Place::on_sqlite();
    let db = Db::open(&place.address).await.unwrap();
    let file = written.file.clone();
    let cut = tokio::spawn(async move {
        let told = |progress: backup::Progress<'_>| assert_ne!(progress.table, "person", "cut off here");
        backup::restore(&file, own(&keys()), &db, (false, &told)).await.map(|_| ())
    });
    assert!(cut.await.is_err());
    let copy = restored(&written.file, &place).await.unwrap();
    is_well(&copy).await;
    assert_eq!(count(&copy, "person").await, count(app, "person").await);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_opens_for_whom_it_was_sealed_and_the_key_file_is_in_it_where_asked_for() {
    let app = TestApp::on_sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let key = RecipientKey::random().unwrap();
    let recipients = [key.recipient()];
    let order = Order {
        folder: folder.path(),
        keys: &keys(),
        recipients: &recipients,
        key_file: Some(b"the key file"),
        at: Timestamp::now(),
    };
    let file = backup::write(&app.db, order, &|_| ()).await.unwrap().file;
    let held = Openers { keys: None, recipient: Some(&key) };
    assert_eq!(backup::key_file(&file, held).unwrap().unwrap(), b"the key file");
    assert!(backup::check(&file, held).unwrap().with_keys);
    let other = Keys::from_secret(&[9; 64]).unwrap();
    for openers in [Openers::default(), own(&other)] {
        let error = backup::summary(&file, openers).unwrap_err().to_string();
        assert!(error.contains("sealed for another key"), "{error}");
    }
    let without = tempfile::tempdir().unwrap();
    let file = backed_up(&app, without.path()).await.file;
    assert_eq!(backup::key_file(&file, own(&keys())).unwrap(), None);
    // What stands in it is compressed and sealed: nothing of it can be read.
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(12).any(|part| part == b"organisation"));
    app.end().await;
}

#[test]
fn whatever_is_altered_or_cut_is_refused() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let whole = runtime.block_on(async {
        let app = TestApp::on_sqlite().await;
        take(&app, "smd", "测试局", &list(0, 2_000)).await;
        let written = backed_up(&app, folder.path()).await;
        std::fs::read(written.file).unwrap()
    });
    assert!(whole.len() > 300_000, "several chunks: {}", whole.len());
    let (path, keys) = (folder.path().join("altered"), keys());
    proptest!(ProptestConfig::with_cases(64), |(at in 0..whole.len(), bit in 0..8_u32, cut: bool)| {
        let mut altered = whole.clone();
        if cut { altered.truncate(at) } else { altered[at] ^= 1 << bit }
        std::fs::write(&path, &altered).unwrap();
        prop_assert!(backup::check(&path, own(&keys)).is_err(), "byte {}, bit {}, cut {}", at, bit, cut);
    });
    std::fs::write(&path, &whole).unwrap();
    assert!(backup::check(&path, own(&keys)).is_ok());
}

/// Everything moves from one database to the other.
async fn moved(from: &Place, to: &Place) {
    let before = {
        let app = App::new(Db::open(&from.address).await.unwrap(), keys()).await.unwrap();
        take(&app, "smd", "测试局", &list(0, 300)).await;
        let db = Db::open(&to.address).await.unwrap();
        let refused = backup::transfer(&from.address, (&db, &to.address), Some(&keys()), &|_| ()).await;
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("another program works") && error.contains("stop"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        backed_up(&app, folder.path()).await.summary.tables
    };
    let db = Db::open(&to.address).await.unwrap();
    // Connections to a server end a moment after their program let them go.
    let mut rows = Err(app::Error::Busy);
    for _ in 0..50 {
        rows = backup::transfer(&from.address, (&db, &to.address), Some(&keys()), &|_| ()).await;
        match &rows {
            Err(error) if error.to_string().contains("another program") => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            _ => break,
        }
    }
    assert_eq!(rows.unwrap(), before.iter().map(|table| table.rows).sum::<u64>());
    let new = App::new(db, keys()).await.unwrap();
    is_well(&new).await;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(backed_up(&new, folder.path()).await.summary.tables, before);
    let old = Db::open(&from.address).await.unwrap();
    let error = App::new(old, keys()).await.map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("was moved to"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_moves_in_both_directions() {
    moved(&Place::on_sqlite(), &Place::on_sqlite()).await;
    for sqlite_first in [true, false] {
        let Some(server) = Place::empty_on_postgres().await else { return };
        let file = Place::on_sqlite();
        if sqlite_first {
            moved(&file, &server).await
        } else {
            moved(&server, &file).await
        }
        server.end().await;
    }
}

/// Alters a database from beside, as a disk or a program might. Whoever is told of the progress cannot wait for anything, so
/// that another thread does it.
fn alter(address: &str, sql: &'static str) {
    let address = address.to_owned();
    let altering = std::thread::spawn(move || {
        let altered = async { Db::open(&address).await?.batch(sql).await };
        tokio::runtime::Runtime::new().unwrap().block_on(altered)
    });
    altering.join().unwrap().unwrap();
}

/// Moves everything, and alters the new database once all its persons have arrived and before it is read again.
async fn moved_and_altered(from: &Place, to: &Place, sql: &'static str) -> app::Result<u64> {
    let (db, due) = (Db::open(&to.address).await?, AtomicBool::new(true));
    let told = |progress: backup::Progress<'_>| {
        // The log comes behind the persons and their figures.
        if progress.table == "audit" && due.swap(false, Ordering::SeqCst) {
            alter(&to.address, sql);
        }
    };
    let moved = backup::transfer(&from.address, (&db, &to.address), Some(&keys()), &told).await;
    assert!(!due.load(Ordering::SeqCst), "the log never came");
    moved
}

/// What arrived otherwise than it was sent is told by its table; the new database stays closed, the old one is as it was.
async fn refused_where_altered(to: &Place) {
    let from = Place::on_sqlite();
    let persons = {
        let app = App::new(Db::open(&from.address).await.unwrap(), keys()).await.unwrap();
        take(&app, "smd", "测试局", &list(0, 300)).await;
        count(&app, "person").await
    };
    for (sql, expected) in [
        ("UPDATE person SET name = '改'", "the rows of person are not those"),
        ("DELETE FROM tally", "tally has 0 rows, where"),
    ] {
        let told = moved_and_altered(&from, to, sql).await.unwrap_err().to_string();
        assert!(told.contains(expected) && told.contains("announced"), "{sql}: {told}");
        let new = Db::open(&to.address).await.unwrap();
        let closed = App::new(new, keys()).await.map(|_| ()).unwrap_err().to_string();
        assert!(closed.contains("half restored"), "{closed}");
        let old = App::new(Db::open(&from.address).await.unwrap(), keys()).await.unwrap();
        is_well(&old).await;
        assert_eq!(count(&old, "person").await, persons);
    }
    let db = Db::open(&to.address).await.unwrap();
    backup::transfer(&from.address, (&db, &to.address), Some(&keys()), &|_| ()).await.unwrap();
    let new = App::new(db, keys()).await.unwrap();
    is_well(&new).await;
    assert_eq!(count(&new, "person").await, persons);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_after_which_something_else_stands_there_is_refused_and_told_by_its_table() {
    let mut places = vec![Place::on_sqlite()];
    places.extend(Place::empty_on_postgres().await);
    for to in places {
        refused_where_altered(&to).await;
        to.end().await;
    }
}

both!(one_instance_takes_the_backup, |app| {
    let every = SignedDuration::from_hours(24);
    let other = app.reopen().await;
    let (one, two) = tokio::join!(backup::claim(app, every), backup::claim(&other, every));
    assert!(one.unwrap() ^ two.unwrap());
    assert!(!backup::claim(&other, every).await.unwrap());
    // Who has the turn died: another one takes it, later.
    assert!(backup::claim(&other.at(app.now() + SignedDuration::from_mins(16)), every).await.unwrap());
    let good = backup::Good { at: app.now(), file: "f".to_owned(), bytes: 1, rows: 2, seconds: 3 };
    backup::succeeded(app, good.clone()).await.unwrap();
    let standing = backup::standing(&other).await.unwrap().unwrap();
    assert_eq!((standing.last, standing.claimed_until, standing.every), (Some(good), None, 86_400));
    let tomorrow = other.at(app.now() + every);
    assert!(backup::claim(&tomorrow, every).await.unwrap());
    backup::failed(&tomorrow, "no room").await.unwrap();
    assert!(!backup::claim(&tomorrow, every).await.unwrap(), "not again at once");
    assert!(backup::standing(app).await.unwrap().unwrap().is_late(app.now() + every * 3));
});
