//! Renewal of keys on both databases: nothing is lost while others read and write, and nothing that is used is forgotten.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App, audit,
    db::Db,
    job, p, person,
    referral::unsent,
    scope::Scope,
    seal::{self, Algorithm, COLUMNS, Forgotten, Keys},
};
use common::{VILLAGE, csv, engine::Place, number, take, worker};
use jiff::SignedDuration;
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

const NAMES: [&str; 5] = ["王小明", "李芳", "张伟", "刘洋", "陈静"];

/// The number of an invented person.
fn of(sequence: u32) -> String {
    number(
        &format!("{}-{:02}-{:02}", 1950 + sequence % 50, 1 + sequence % 12, 1 + sequence % 28),
        1 + sequence / 2_000,
    )
}

/// Takes a list of so many invented persons in.
async fn people(app: &App, from: u32, count: u32) {
    let village = VILLAGE.to_string();
    let mut rows =
        vec![["姓名", "身份证号", "区划代码", "联系电话", "现住址", "残疾人证号"].map(str::to_owned)];
    for i in from..from + count {
        let (name, number) = (NAMES[i as usize % 5].to_owned(), of(i));
        let certificate = format!("{number}62");
        rows.push([name, number, village.clone(), format!("139{i:08}"), format!("示例路{i}号"), certificate]);
    }
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let (_, summary) = take(app, "smd", &format!("发送者{from}"), &csv(&rows)).await;
    assert_eq!(summary.new, u64::from(count), "{summary:?}");
}

/// Every person is found by number and shows it.
async fn found(app: &App, sequences: std::ops::Range<u32>) {
    for sequence in sequences {
        let number = of(sequence);
        let person = person::search::by_number(app, &worker(), &number).await.unwrap().expect(&number);
        let shown = person::reveal(app, &worker(), person.id, audit::Purpose::Care).await.unwrap();
        assert_eq!(shown.number.as_deref(), Some(number.as_str()));
        assert_eq!(shown.phone, Some(format!("139{sequence:08}")));
    }
}

/// Numbers of the keys of all values, each of which opens; with how many values there are.
async fn used(app: &App) -> (BTreeSet<u8>, usize) {
    let (mut numbers, mut values) = (BTreeSet::new(), 0);
    for column in COLUMNS {
        let (table, column) = (column.table, column.column);
        let sql = format!(
            "SELECT {column} FROM {table} /* whole: a test looks at all */ WHERE {column} IS NOT NULL"
        );
        for (sealed,) in app.db.all::<(Vec<u8>,)>(&sql, p![]).await.unwrap() {
            app.keys.unseal_bytes(&sealed).unwrap_or_else(|error| panic!("{table}.{column}: {error}"));
            numbers.insert(sealed[0]);
            values += 1;
        }
    }
    (numbers, values)
}

/// Does what is due of the job; returns how many values it sealed.
async fn jobs(app: &App) -> usize {
    let mut sealed = 0;
    while let Some(turned) = job::turn(app).await.unwrap() {
        assert_eq!(turned.kind, seal::JOB);
        sealed += turned.done;
    }
    sealed
}

both!(keys_are_renewed_while_others_read_and_write, |app| {
    people(app, 0, 1_100).await;
    let (numbers, values) = used(app).await;
    assert_eq!(numbers, BTreeSet::from([1]));
    assert!(values > 5 * 1_100, "{values}");
    // Another server, whose keys are its own.
    let other = app.reopen().await;
    let done = AtomicBool::new(false);
    let (writer, scope) = (worker(), Scope::system());
    let write = async {
        let mut lists = 0;
        while !done.load(Ordering::SeqCst) || lists < 2 {
            people(&other, 2_000 + lists * 20, 20).await;
            let pairs = [("name".to_owned(), format!("{lists}"))];
            unsent::keep(&other, &writer, "/cases/new", &pairs).await.unwrap();
            lists += 1;
        }
        lists
    };
    let read = async {
        while !done.load(Ordering::SeqCst) {
            found(&other, 0..40).await;
        }
    };
    let renew = async {
        for algorithm in Algorithm::ALL {
            seal::rotate(app, &scope, Some(algorithm)).await.unwrap();
            assert!(jobs(app).await >= values);
        }
        done.store(true, Ordering::SeqCst);
    };
    let (lists, (), ()) = tokio::join!(write, read, renew);
    // The other server has met the newest key by opening what it sealed.
    found(&other, 0..1).await;
    assert_eq!(other.keys.newest().unwrap(), 4);
    seal::reseal(app, &|_| ()).await.unwrap();
    assert_eq!(used(app).await.0, BTreeSet::from([4]));
    found(&app.reopen().await, 0..1_100).await;
    found(&other, 2_000..2_000 + lists * 20).await;
    let kept = unsent::kept(&other, &writer, "/cases/new").await.unwrap().unwrap();
    assert_eq!(kept.pairs[0].1, (lists - 1).to_string());
    let status = seal::status(app).await.unwrap();
    assert_eq!((status.in_force, status.unknown, status.resealing), (4, 0, None));
    let states: Vec<_> =
        status.keys.iter().map(|k| (k.number, k.retired_at.is_some(), k.values > 0)).collect();
    assert_eq!(states, [(1, true, false), (2, true, false), (3, true, false), (4, false, true)]);
});

both!(a_job_cut_off_between_two_portions_goes_on_where_it_was, |app| {
    people(app, 0, 1_100).await;
    let values = used(app).await.1;
    seal::rotate(app, &Scope::system(), Some(Algorithm::Sm4Gcm)).await.unwrap();
    let mut sealed = 0;
    for _ in 0..3 {
        sealed += job::turn(app).await.unwrap().unwrap().done;
    }
    assert!(sealed > 0 && sealed < values, "{sealed}");
    let status = seal::status(app).await.unwrap();
    assert_eq!(status.keys[0].values + status.keys[1].values, values as i64);
    assert_eq!((status.keys[1].values, status.keys[0].retired_at), (sealed as i64, None));
    assert!(status.resealing.is_some());
    let after = app.reopen().await;
    assert_eq!(jobs(&after).await, values - sealed, "what was sealed is not sealed again");
    assert_eq!(used(&after).await, (BTreeSet::from([2]), values));
    assert_eq!(seal::reseal(&after, &|_| ()).await.unwrap(), 0);
});

both!(a_renewal_during_a_renewal_begins_anew_with_the_newest_key, |app| {
    people(app, 0, 600).await;
    seal::rotate(app, &Scope::system(), None).await.unwrap();
    job::turn(app).await.unwrap().unwrap();
    // Another instance makes a further key.
    let other = app.reopen().await;
    assert_eq!(seal::rotate(&other, &Scope::system(), Some(Algorithm::Aes256Gcm)).await.unwrap(), 3);
    jobs(app).await;
    assert_eq!(used(app).await.0, BTreeSet::from([3]));
    let status = seal::status(app).await.unwrap();
    let algorithms: Vec<&str> = status.keys.iter().map(|key| key.algorithm.as_str()).collect();
    assert_eq!(algorithms, ["aes-256-gcm-siv", "aes-256-gcm-siv", "aes-256-gcm"]);
});

both!(a_key_is_forgotten_only_when_nothing_uses_it, |app| {
    people(app, 0, 3).await;
    let (scope, forget) = (Scope::system(), async |app: &App, number| {
        seal::forget(app, &Scope::system(), number).await.unwrap()
    });
    assert_eq!(forget(app, 9).await, Forgotten::Unknown);
    assert_eq!(forget(app, 1).await, Forgotten::InUse, "in force");
    let sql = "SELECT number FROM source_record /* whole: a test */ WHERE number IS NOT NULL LIMIT 1";
    let (straggler,): (Vec<u8>,) = app.db.opt(sql, p![]).await.unwrap().unwrap();
    seal::rotate(app, &scope, None).await.unwrap();
    assert_eq!(forget(app, 1).await, Forgotten::InUse, "not retired");
    jobs(app).await;
    let later = app.at(app.now() + SignedDuration::from_mins(61));
    assert!(matches!(forget(app, 1).await, Forgotten::Until(_)));
    // Somebody who had not heard of the new key stored one more value.
    let sql = "UPDATE source_record SET number = $1 WHERE id = (SELECT id FROM source_record
        /* whole: a test */ WHERE number IS NOT NULL LIMIT 1)";
    app.db.run(sql, p![straggler.clone()]).await.unwrap();
    assert_eq!(forget(&later, 1).await, Forgotten::Values(1));
    assert_eq!(forget(&later, 1).await, Forgotten::InUse, "it is being sealed anew");
    assert_eq!(jobs(&later).await, 1);
    assert_eq!(app.keys.unseal(&straggler).unwrap().len(), 18, "until it is forgotten it opens");
    assert_eq!(forget(&later, 1).await, Forgotten::Gone);
    assert_eq!(forget(&later, 1).await, Forgotten::Unknown);
    assert_eq!(used(&app.reopen().await).await.0, BTreeSet::from([2]));
    assert_eq!(seal::rotate(app, &scope, None).await.unwrap(), 3, "a number never comes again");
});

both!(a_new_key_is_learnt_while_every_connection_is_held, |app| {
    let other = app.reopen().await;
    seal::rotate(app, &Scope::system(), Some(Algorithm::Sm4Gcm)).await.unwrap();
    let sealed = app.keys.seal("text").unwrap();
    // Whoever opens a value may stand in the middle of a transaction, and so may all others. SQLite has one writer.
    let mut held = Vec::new();
    for _ in 0..if app.db.is_postgres() { 16 } else { 1 } {
        held.push(other.db.begin().await.unwrap());
    }
    let keys = std::sync::Arc::clone(&other.keys);
    let opened = tokio::task::spawn_blocking(move || keys.unseal(&sealed));
    let opened = tokio::time::timeout(std::time::Duration::from_secs(20), opened).await;
    assert_eq!(opened.expect("nobody waits for a connection").unwrap().unwrap(), "text");
});

both!(a_damaged_value_is_told_left_and_keeps_its_key, |app| {
    people(app, 0, 3).await;
    let sql = "UPDATE person SET phone = $1 WHERE name = '李芳' /* whole: a test */";
    let bad = vec![1_u8; 40];
    assert_eq!(app.db.run(sql, p![bad.clone()]).await.unwrap(), 1);
    seal::rotate(app, &Scope::system(), None).await.unwrap();
    jobs(app).await;
    let status = seal::status(app).await.unwrap();
    assert_eq!((status.keys[0].values, status.keys[0].retired_at.is_some()), (1, true));
    let (stored,): (Vec<u8>,) = app
        .db
        .opt("SELECT phone /* whole: a test */ FROM person WHERE name = '李芳'", p![])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored, bad);
    let later = app.at(app.now() + SignedDuration::from_mins(61));
    assert_eq!(seal::forget(&later, &Scope::system(), 1).await.unwrap(), Forgotten::Values(1));
});

both!(another_key_file_is_refused_and_changes_nothing, |app| {
    people(app, 0, 3).await;
    let (folder, address) = (tempfile::tempdir().unwrap(), app.address().to_owned());
    let files = [Keys::make(&folder.path().join("new"), false), Keys::from_secret(&[7; 64])];
    for keys in files {
        let db = Db::open(&address).await.unwrap();
        let told = App::new(db, keys.unwrap()).await.err().unwrap().to_string();
        assert!(told.contains("another key file"), "{told}");
    }
    // The same where the database comes from a program that did not wrap keys yet.
    app.db.run("DELETE FROM data_key", p![]).await.unwrap();
    let files = [Keys::make(&folder.path().join("newer"), true), Keys::from_secret(&[7; 64])];
    for keys in files {
        let db = Db::open(&address).await.unwrap();
        let told = App::new(db, keys.unwrap()).await.err().unwrap().to_string();
        assert!(told.contains("another key file"), "{told}");
    }
    found(&app.reopen().await, 0..3).await;
    assert_eq!(used(&app.reopen().await).await.0, BTreeSet::from([1]));
});

/// A database and a key file, neither made yet.
struct Bare {
    place: Place,
    folder: tempfile::TempDir,
}

impl Bare {
    fn on_sqlite() -> std::future::Ready<Bare> {
        std::future::ready(Bare { place: Place::on_sqlite(), folder: tempfile::tempdir().unwrap() })
    }

    async fn on_postgres() -> Option<Bare> {
        let place = Place::on_postgres().await?;
        Some(Bare { place, folder: tempfile::tempdir().unwrap() })
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("test.keys")
    }

    /// The installation with keys, which become its own.
    async fn with(&self, keys: Keys) -> Result<App, app::Error> {
        App::new(Db::open(&self.place.address).await.unwrap(), keys).await
    }

    /// The installation as a command or a server opens it.
    async fn open(&self) -> App {
        self.with(Keys::open(&self.file()).unwrap()).await.unwrap()
    }

    async fn end(self) {
        self.place.end().await;
    }
}

on_both!(several_instances_that_start_at_once_share_one_key, Bare, |bare| {
    // The tables are there; only the keys are missing.
    bare.open().await.db.run("DELETE FROM data_key", p![]).await.unwrap();
    let apps = futures::future::join_all((0..4).map(|_| bare.open())).await;
    let sealed: Vec<Vec<u8>> = apps.iter().map(|app| app.keys.seal("text").unwrap()).collect();
    for (app, sealed) in apps.iter().flat_map(|app| sealed.iter().map(move |sealed| (app, sealed))) {
        assert_eq!(app.keys.unseal(sealed).unwrap(), "text");
    }
});

on_both!(a_new_master_key_wraps_all_and_a_running_server_learns_of_it, Bare, |bare| {
    let path = bare.file();
    // An installation that began with 64 bytes.
    let secret: Vec<u8> = (0..64).collect();
    std::fs::write(&path, &secret).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let running = bare.open().await;
    people(&running, 0, 3).await;
    let scope = Scope::system();
    assert_eq!(seal::rewrap(&running, &scope).await.unwrap(), 0);
    assert_eq!(Keys::add_master(&path, Some(Algorithm::Sm4Gcm)).unwrap(), 2);
    let command = bare.open().await;
    seal::rotate(&command, &scope, Some(Algorithm::Sm4Gcm)).await.unwrap();
    let sealed = command.keys.seal("text").unwrap();
    assert_eq!(running.keys.unseal(&sealed).unwrap(), "text", "the file is read again");
    assert_eq!(seal::rewrap(&command, &scope).await.unwrap(), 1);
    let status = seal::status(&command).await.unwrap();
    assert!(status.keys.iter().all(|key| key.master_version == 2));
    assert_eq!(status.masters, [1, 2]);
    // The old master key is taken out of the file, and with it the key that once stood there.
    let text = std::fs::read_to_string(&path).unwrap();
    let left = text.lines().filter(|line| !line.starts_with("master 1") && !line.starts_with("first"));
    let left: Vec<&str> = left.collect();
    std::fs::write(&path, left.join("\n")).unwrap();
    let after = bare.open().await;
    found(&after, 0..3).await;
    assert_eq!(used(&after).await.0, BTreeSet::from([1]));
    let old = bare.with(Keys::from_secret(&secret).unwrap()).await;
    assert!(old.err().unwrap().to_string().contains("master key 2"));
});

on_both!(commercial_cryptography_serves_from_the_first_value, Bare, |bare| {
    let app = bare.with(Keys::make(&bare.file(), true).unwrap()).await.unwrap();
    people(&app, 0, 3).await;
    found(&app, 0..3).await;
    let status = seal::status(&app).await.unwrap();
    assert_eq!((status.keys[0].algorithm.as_str(), status.index), ("sm4-gcm", "hmac-sm3"));
});
