//! Another transaction is in the way: what was begun is done anew from its start and stands there once, or is told after so
//! many tries.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::common::engine;

use app::{Error, atomic, db::Db, p};
use engine::Place;
use std::time::Duration;
use tokio::sync::Barrier;

/// Tries in all: the first, and five more.
const TRIES: u32 = 6;

/// Numbers, and what was done to each.
async fn things(place: &Place) -> Db {
    let db = Db::open(&place.address).await.unwrap();
    db.batch("CREATE TABLE thing (number bigint NOT NULL PRIMARY KEY, content bigint NOT NULL)")
        .await
        .unwrap();
    db
}

/// What stands there, in the order of the numbers.
async fn content(db: &Db) -> Vec<(i64, i64)> {
    db.all("SELECT number, content FROM thing ORDER BY number", p![]).await.unwrap()
}

const INSERT: &str = "INSERT INTO thing (number, content) VALUES ($1, 1)";

/// The statement that fails with this code of PostgreSQL.
fn raised(code: &str) -> String {
    format!("DO $$ BEGIN RAISE EXCEPTION 'raised by a test' USING ERRCODE = '{code}'; END $$")
}

/// Inserts a number in one transaction whose first tries fail with this code behind the insertion; returns what came of it
/// and how often it was tried.
async fn insert(db: &Db, number: i64, (code, failures): (&str, u32)) -> (Result<(), Error>, u32) {
    let mut tried = 0;
    let done: Result<(), Error> = atomic!(db, tx => {
        tried += 1;
        tx.run(INSERT, p![number]).await?;
        if tried <= failures {
            tx.run(&raised(code), p![]).await?;
        }
        Ok(())
    });
    (done, tried)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_postgres_refuses_because_of_another_transaction_is_done_anew_and_once() {
    let Some(place) = Place::on_postgres().await else { return };
    let db = things(&place).await;
    // A transaction that could not be put into an order, a deadlock, a lock that was not had; the server goes down.
    for (number, code) in (1..).zip(["40001", "40P01", "55P03", "57P01"]) {
        let (done, tried) = insert(&db, number, (code, 2)).await;
        assert!(done.is_ok(), "{code}: {done:?}");
        assert_eq!(tried, 3, "{code}");
    }
    assert_eq!(content(&db).await, [(1, 1), (2, 1), (3, 1), (4, 1)]);
    drop(db);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_in_the_way_for_ever_is_told_and_nothing_is_stored() {
    let Some(place) = Place::on_postgres().await else { return };
    let db = things(&place).await;
    for code in ["40001", "40P01", "55P03"] {
        let (done, tried) = insert(&db, 1, (code, u32::MAX)).await;
        let told = done.unwrap_err();
        assert!(told.is_conflict() && !told.is_outage(), "{code}: {told}");
        assert_eq!(tried, TRIES, "{code}");
    }
    // A duplicate, a number that does not fit, something that a function says: the same would come of it again.
    for code in ["23505", "22003", "P0001"] {
        let (done, tried) = insert(&db, 1, (code, u32::MAX)).await;
        let told = done.unwrap_err();
        assert!(!told.is_conflict() && !told.is_outage(), "{code}: {told}");
        assert_eq!((told.is_duplicate(), tried), (code == "23505", 1), "{code}");
    }
    assert!(content(&db).await.is_empty());
    drop(db);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_that_shows_only_when_it_is_stored_is_done_anew_and_once() {
    let Some(place) = Place::on_postgres().await else { return };
    let db = things(&place).await;
    // A sequence goes on also where a transaction is taken back: only the first try is refused.
    db.batch(
        "CREATE SEQUENCE tried;
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF nextval('tried') = 1 THEN RAISE EXCEPTION 'raised by a test' USING ERRCODE = '40001'; END IF;
           RETURN NULL;
         END $$;
         CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    .await
    .unwrap();
    let (done, tried) = insert(&db, 1, ("", 0)).await;
    assert!(done.is_ok(), "{done:?}");
    assert_eq!((tried, content(&db).await), (2, vec![(1, 1)]));
    drop(db);
    place.end().await;
}

/// Adds one to both rows, in this order; in its first try it meets the other one between them. Returns the tries.
async fn add(db: &Db, (first, second): (i64, i64), meets: &Barrier) -> Result<u32, Error> {
    let mut tried = 0;
    atomic!(db, tx => {
        tried += 1;
        let sql = "UPDATE thing SET content = content + 1 WHERE number = $1";
        tx.run(sql, p![first]).await?;
        if tried == 1 {
            meets.wait().await;
        }
        tx.run(sql, p![second]).await?;
        Ok(tried)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_lock_the_same_rows_in_opposite_order_both_are_done_once() {
    let Some(place) = Place::on_postgres().await else { return };
    let db = things(&place).await;
    db.batch("INSERT INTO thing (number, content) VALUES (1, 0), (2, 0)").await.unwrap();
    let meets = Barrier::new(2);
    let (one, other) = tokio::join!(add(&db, (1, 2), &meets), add(&db, (2, 1), &meets));
    // The server ends one of them (40P01), which comes again behind the other one.
    assert_eq!(one.unwrap() + other.unwrap(), 3);
    assert_eq!(content(&db).await, [(1, 2), (2, 2)]);
    drop(db);
    place.end().await;
}

/// Takes the only place if nobody has it, as it seems in the first try, in which both look before either takes. Returns
/// whether it was had, and the tries.
async fn take_place(db: &Db, number: i64, meets: &Barrier) -> Result<(bool, u32), Error> {
    let mut tried = 0;
    atomic!(db, tx => {
        tried += 1;
        let taken: Option<(i64,)> = tx.opt("SELECT COUNT(*) FROM thing", p![]).await?;
        if tried == 1 {
            meets.wait().await;
        }
        let free = taken == Some((0,));
        if free {
            tx.run(INSERT, p![number]).await?;
        }
        Ok((free, tried))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_cannot_both_have_come_first_one_is_decided_anew() {
    let Some(place) = Place::on_postgres().await else { return };
    let before = things(&place).await;
    // For connections from now on.
    before
        .batch(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''serializable''',
               current_database()); END $$",
        )
        .await
        .unwrap();
    drop(before);
    let db = Db::open(&place.address).await.unwrap();
    let meets = Barrier::new(2);
    let (one, other) = tokio::join!(take_place(&db, 1, &meets), take_place(&db, 2, &meets));
    let ((one, tried), (other, tried_too)) = (one.unwrap(), other.unwrap());
    assert!(one ^ other, "one has the place, the other one sees that it is taken");
    assert!(tried + tried_too > 2, "the server refuses one of them (40001)");
    assert_eq!(content(&db).await, [(if one { 1 } else { 2 }, 1)]);
    drop(db);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_another_program_that_writes_is_waited_for() {
    let place = Place::on_sqlite();
    let db = things(&place).await;
    let other = Db::open(&place.address).await.unwrap();
    // SQLite itself waits for ten seconds each time, which the test does not.
    db.batch("PRAGMA busy_timeout = 1").await.unwrap();
    let holds = other.begin().await.unwrap();
    assert!(db.begin().await.err().unwrap().is_conflict());
    let begun = db.statements();
    let (done, tried) = insert(&db, 1, ("", 0)).await;
    let told = done.unwrap_err();
    assert!(told.is_conflict() && !told.is_outage(), "{told}");
    assert_eq!(
        (db.statements() - begun, tried),
        (u64::from(TRIES), 0),
        "it never came to its first statement"
    );

    // It ends while somebody tries for the second time.
    db.batch("PRAGMA busy_timeout = 500").await.unwrap();
    let begun = db.statements();
    let watched = db.clone();
    let ends = tokio::spawn(async move {
        while watched.statements() < begun + 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(holds);
    });
    let (done, tried) = insert(&db, 1, ("", 0)).await;
    ends.await.unwrap();
    assert!(done.is_ok(), "{done:?}");
    assert!(db.statements() - begun > 2, "two tries and one insertion at least");
    assert_eq!((tried, content(&db).await), (1, vec![(1, 1)]));
    drop((db, other));
    place.end().await;
}
