//! The database goes away and comes back: what is read or written meanwhile is done once, or told as not done.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

#[path = "common/engine.rs"]
mod engine;

use app::{
    Error, atomic,
    db::{self, Db},
    p,
};
use engine::Place;

/// Cuts all connections to the database but its own.
async fn cut(server: &Db) {
    let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = CURRENT_DATABASE() AND pid <> pg_backend_pid()";
    server.all::<(i64,)>(sql, p![]).await.unwrap();
}

async fn count(db: &Db) -> i64 {
    db.opt::<(i64,)>("SELECT COUNT(*) FROM thing /* whole: a test's own */", p![]).await.unwrap().unwrap().0
}

async fn insert(db: &Db, number: i64, mut meanwhile: impl AsyncFnMut()) -> Result<(), Error> {
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
        insert(&db, round * 10, async || {}).await.unwrap();
        let mut times = 0;
        let in_the_middle = async || {
            times += 1;
            if times == 1 {
                cut(&server).await;
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
    db.batch("PRAGMA max_page_count = 60").await.unwrap();
    fill(1).await.unwrap();
    let full = async {
        for number in 2..=4 {
            fill(number).await?;
        }
        Ok::<_, db::Error>(())
    };
    let told = full.await.unwrap_err();
    assert!(told.is_outage(), "{told}");
    let stored = count(&db).await;
    db.batch("PRAGMA max_page_count = 6000").await.unwrap();
    fill(9).await.unwrap();
    assert_eq!(count(&db).await, stored + 1);
    place.end().await;
}
