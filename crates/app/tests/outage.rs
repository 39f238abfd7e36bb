//! The database goes away and comes back: what is read or written meanwhile is done once, or told as not done.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common::engine;

use app::{
    Error, atomic,
    db::{self, Db},
    p,
};
use engine::Place;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Cuts all connections to the database but its own.
async fn cut(server: &Db) {
    let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = CURRENT_DATABASE() AND pid <> pg_backend_pid()";
    server.all::<(i64,)>(sql, p![]).await.unwrap();
}

async fn count(db: &Db) -> i64 {
    db.opt::<(i64,)>("SELECT COUNT(*) FROM thing /* whole: a test's own */", p![]).await.unwrap().unwrap().0
}

async fn insert<M>(db: &Db, number: i64, mut meanwhile: impl FnMut() -> M + Send) -> Result<(), Error>
where
    M: Future<Output = ()> + Send,
{
    atomic!(db, tx => {
        tx.run("INSERT INTO thing (number) VALUES ($1)", p![number]).await?;
        meanwhile().await;
        tx.run("INSERT INTO thing (number) VALUES ($1)", p![-number]).await?;
        Ok(())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_lose_nothing_and_double_nothing() {
    let Some(place) = Place::on_postgres().await else { return };
    let (db, server) = (Db::open(&place.address).await.unwrap(), Db::open(&place.address).await.unwrap());
    db.batch("CREATE TABLE thing (number bigint NOT NULL PRIMARY KEY)").await.unwrap();
    // Several connections are open and will be found dead.
    let slow = || db.all::<(i64,)>("SELECT 1::bigint FROM pg_sleep(0.05)", p![]);
    let (a, b, c) = tokio::join!(slow(), slow(), slow());
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    for round in 1..=4 {
        cut(&server).await;
        assert_eq!(count(&db).await, (round - 1) * 4, "a reader notices nothing");
        cut(&server).await;
        insert(&db, round * 10, || async {}).await.unwrap();
        let (mut times, server) = (0, &server);
        let in_the_middle = || {
            times += 1;
            let first = times == 1;
            async move {
                if first {
                    cut(server).await;
                }
            }
        };
        insert(&db, round * 10 + 1, in_the_middle).await.unwrap();
        assert_eq!(
            (times, count(&db).await),
            (2, round * 4),
            "the second try stored all of it, the first nothing"
        );
    }

    // Cut before its end: told, and not stored.
    let mut tx = db.begin().await.unwrap();
    tx.run("INSERT INTO thing (number) VALUES (7)", p![]).await.unwrap();
    cut(&server).await;
    let told = tx.commit().await.unwrap_err();
    assert!(told.is_uncertain() || told.is_outage(), "{told}");
    assert_eq!(count(&db).await, 16);
    drop((db, server));
    place.end().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_outage() {
    let refused = Db::open("postgres://nobody@127.0.0.1:1/nothing").await.err().unwrap();
    assert!(refused.is_outage() && !refused.is_conflict(), "{refused}");
    assert!(Error::from(refused).is_outage());
    for (error, outage) in [
        (db::Error::Commit("disk full".to_owned()), true),
        (db::Error::Over, false),
        (db::Error::Address("x".to_owned()), false),
    ] {
        assert_eq!(error.is_outage(), outage, "{error}");
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_over_when_there_is_room() {
    let place = Place::on_sqlite();
    let db = Db::open(&place.address).await.unwrap();
    db.batch("CREATE TABLE thing (number INTEGER NOT NULL PRIMARY KEY, content BLOB)").await.unwrap();
    let fill = async |number: i64| {
        let sql = "INSERT INTO thing (number, content) VALUES ($1, $2)";
        db.run(sql, p![number, db::Value::Bytes(vec![0; 100_000])]).await
    };
    db.batch("CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, changed_at INTEGER NOT NULL)")
        .await
        .unwrap();
    db.batch("PRAGMA max_page_count = 60").await.unwrap();
    fill(1).await.unwrap();
    db.ready().await.unwrap();
    let full = async {
        for number in 2..=4 {
            fill(number).await?;
        }
        Ok::<_, db::Error>(())
    };
    let told = full.await.unwrap_err();
    assert!(told.is_outage(), "{told}");
    assert!(db.ready().await.is_err(), "a change was refused just now");
    db.batch("PRAGMA max_page_count = 6000").await.unwrap();
    let mut looks = 0;
    while db.ready().await.is_err() {
        looks += 1;
        assert!(looks < 100, "there is room, and nobody says so");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let stored = count(&db).await;
    fill(9).await.unwrap();
    assert_eq!(count(&db).await, stored + 1);
    place.end().await;
}

/// Stands between the program and the server, and swallows everything while it is told to: connections are taken, nothing
/// is passed on, nothing is cut. So does a machine that is frozen.
struct Swallowing {
    address: String,
    silent: tokio::sync::watch::Sender<bool>,
}

impl Swallowing {
    async fn before(address: &str) -> Swallowing {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (start, rest) = address.split_once("@127.0.0.1:").unwrap();
        let (port, name) = rest.split_once('/').unwrap();
        let own = format!("{start}@{}/{name}", listener.local_addr().unwrap());
        let server = format!("127.0.0.1:{port}");
        let (silent, hears) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let (server, hears) = (server.clone(), hears.clone());
                tokio::spawn(async move {
                    let far = TcpStream::connect(server).await.unwrap();
                    let (near_in, near_out) = near.into_split();
                    let (far_in, far_out) = far.into_split();
                    tokio::join!(pass(near_in, far_out, hears.clone()), pass(far_in, near_out, hears));
                });
            }
        });
        Swallowing { address: own, silent }
    }

    fn silent(&self, is: bool) {
        self.silent.send_replace(is);
    }
}

/// Passes bytes on, later where it is silent.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut silent: tokio::sync::watch::Receiver<bool>,
) {
    let mut bytes = vec![0; 16_384];
    loop {
        let read = from.read(&mut bytes).await.unwrap_or(0);
        let gone = silent.wait_for(|silent| !silent).await.is_err();
        if read == 0 || gone || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

/// A page waits no longer than this.
const LONGEST: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_nothing_is_an_outage_and_long_work_is_none() {
    let Some(place) = Place::on_postgres().await else { return };
    let between = Swallowing::before(&place.address).await;
    let db = Db::open(&between.address).await.unwrap();
    db.batch("CREATE TABLE thing (number bigint NOT NULL PRIMARY KEY)").await.unwrap();
    // Longer than the patience with a silent server.
    let long = db.all::<(i64,)>("SELECT 1::bigint FROM pg_sleep(5)", p![]).await.unwrap();
    assert_eq!(long, [(1,)]);
    db.ready().await.unwrap();

    let (mut open, mut stored) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    open.run("INSERT INTO thing (number) VALUES (1)", p![]).await.unwrap();
    stored.run("INSERT INTO thing (number) VALUES (2)", p![]).await.unwrap();
    between.silent(true);
    let begun = Instant::now();
    let reads = futures::future::join_all((0..40).map(|_| db.all::<(i64,)>("SELECT 1::bigint", p![])));
    let (read, write, commit, change) = tokio::join!(
        reads,
        open.run("INSERT INTO thing (number) VALUES (3)", p![]),
        stored.commit(),
        insert(&db, 4, || async {}),
    );
    let took = begun.elapsed();
    assert!(took < LONGEST, "{took:?}");
    for read in read {
        assert!(read.unwrap_err().is_outage());
    }
    assert!(write.unwrap_err().is_outage());
    assert!(commit.unwrap_err().is_uncertain(), "it may be stored");
    assert!(change.unwrap_err().is_outage());
    assert!(db.ready().await.is_err());
    drop(open);

    // It speaks again: no connection of before is used any more, and nobody has to start anything.
    between.silent(false);
    let mut tries = 0;
    while insert(&db, 5, || async {}).await.is_err() {
        tries += 1;
        assert!(tries < 20);
    }
    let sql = "SELECT number FROM thing /* whole: a test's own */ ORDER BY number";
    let mut numbers: Vec<(i64,)> = Vec::new();
    for _ in 0..50 {
        numbers = db.all(sql, p![]).await.unwrap();
        if numbers.len() > 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(numbers, [(-5,), (2,), (5,)], "the commit that was under way came through, nothing else did");
    drop(db);
    place.end().await;
}
