//! Lists from a streaming replica: whoever wrote sees it at once, one that is behind or away is left out and comes back.
//! `cargo xtask test` starts a server with a replica and names both in XINQIAO_TEST_REPLICATED.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use app::{
    db::{Db, ReplicaState, Tx, carried, reading},
    p,
};
use std::time::Duration;
use uuid::Uuid;

const LONG: Duration = Duration::from_secs(60);

/// A database of a test's own on both servers. Replay is paused for a whole server, so one test has it at a time.
struct Pair {
    primary: String,
    replica: String,
    name: String,
    /// The server of the replica.
    follower: Db,
    server: Db,
    turn: Tx,
}

impl Pair {
    async fn new() -> Option<Pair> {
        let Ok(both) = std::env::var("XINQIAO_TEST_REPLICATED") else {
            eprintln!("not run with a replica: `cargo xtask test` starts one");
            return None;
        };
        let (primary, replica) = both.split_once(',').unwrap();
        let (server, follower) = (Db::open(primary).await.unwrap(), Db::open(replica).await.unwrap());
        let mut turn = server.begin().await.unwrap();
        let sql = "SELECT CAST(1 AS bigint) FROM pg_advisory_xact_lock(2013)";
        turn.all::<(i64,)>(sql, p![]).await.unwrap();
        // A test that failed may have left it so.
        follower.batch("SELECT pg_wal_replay_resume()").await.unwrap();
        let name = format!("test_{}", Uuid::new_v4().simple());
        server.batch(&format!("CREATE DATABASE {name}")).await.unwrap();
        let beside = |address: &str| format!("{}/{name}", address.rsplit_once('/').unwrap().0);
        let pair = Pair {
            primary: beside(primary),
            replica: beside(replica),
            name: name.clone(),
            follower,
            server,
            turn,
        };
        let own = Db::open(&pair.primary).await.unwrap();
        own.batch("CREATE TABLE thing (id uuid NOT NULL PRIMARY KEY)").await.unwrap();
        for _ in 0..200 {
            if Db::open(&pair.replica).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(pair)
    }

    /// The database with its replica, once it follows.
    async fn open(&self, bound: Duration) -> Db {
        let db = Db::open(&self.primary).await.unwrap();
        let db = db.with_replicas(std::slice::from_ref(&self.replica), bound).await.unwrap();
        until(&db, |state| state.used && state.bytes == Some(0)).await;
        db
    }

    async fn pause(&self, paused: bool) {
        let act = if paused { "pause" } else { "resume" };
        self.follower.batch(&format!("SELECT pg_wal_replay_{act}()")).await.unwrap();
        let sql = "SELECT pg_get_wal_replay_pause_state() = 'paused'";
        while self.follower.all::<(bool,)>(sql, p![]).await.unwrap()[0].0 != paused {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn end(self) {
        let name = &self.name;
        self.server.batch(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        drop(self.turn);
    }
}

async fn until(db: &Db, wanted: impl Fn(&ReplicaState) -> bool) -> ReplicaState {
    for _ in 0..200 {
        let state = db.replicas().remove(0);
        if wanted(&state) {
            return state;
        }
        // Asking keeps the looks frequent.
        reading(0, things(db)).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still {:?}", db.replicas());
}

async fn things(db: &Db) -> usize {
    let sql = "SELECT id FROM thing";
    db.listing().all::<(Uuid,)>(sql, p![]).await.unwrap().len()
}

async fn write(db: &Db) {
    db.run("INSERT INTO thing (id) VALUES ($1)", p![Uuid::new_v4()]).await.unwrap();
}

/// What somebody of this account finds, and whether the replica answered.
async fn found(db: &Db, account: Uuid, floor: u64) -> (usize, bool) {
    let before = db.replicas()[0].reads;
    let answer = async {
        db.reads_as(account);
        things(db).await
    };
    let (count, wrote) = reading(floor, answer).await;
    assert_eq!(wrote, None, "reading writes nothing");
    (count, db.replicas()[0].reads > before)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_wrote_sees_it_while_others_read_the_replica() {
    let Some(pair) = Pair::new().await else { return };
    let db = pair.open(LONG).await;
    let (writer, other) = (Uuid::new_v4(), Uuid::new_v4());
    assert_eq!(found(&db, writer, 0).await, (0, true));
    assert_eq!(things(&db).await, 0, "outside of a request the primary answers");

    pair.pause(true).await;
    let request = async {
        db.reads_as(writer);
        assert_eq!(things(&db).await, 0);
        write(&db).await;
        things(&db).await
    };
    let (seen, place) = reading(0, request).await;
    assert_eq!(seen, 1, "in the same request");
    let place = place.unwrap();
    assert_eq!(found(&db, writer, 0).await, (1, false), "in the next one, by the account");
    assert_eq!(found(&db, other, place).await, (1, false), "by the place that came with the request");
    assert_eq!(found(&db, other, 0).await, (0, true), "who wrote nothing reads what the replica has");

    // Work that goes on beside its request is the account's, too.
    let beside = async {
        db.reads_as(other);
        let own = db.clone();
        let work = tokio::spawn(carried(async move { write(&own).await }));
        work.await.unwrap();
    };
    reading(0, beside).await;
    assert_eq!(found(&db, other, 0).await, (2, false));

    pair.pause(false).await;
    let mut answered = false;
    for _ in 0..100 {
        let (count, by_replica) = found(&db, writer, place).await;
        assert_eq!(count, 2, "never less than before");
        answered |= by_replica;
        tokio::time::sleep(Duration::from_millis(50)).await;
        if answered {
            break;
        }
    }
    assert!(answered, "the replica has caught up: {:?}", db.replicas());
    drop(db);
    pair.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_behind_is_left_out_and_taken_back() {
    let Some(pair) = Pair::new().await else { return };
    let db = pair.open(Duration::from_millis(700)).await;
    pair.pause(true).await;
    write(&db).await;
    let behind = until(&db, |state| !state.used && state.bytes.is_some_and(|bytes| bytes > 0)).await;
    assert!(behind.lag.is_some_and(|lag| lag > Duration::from_millis(700)), "{behind:?}");
    assert_eq!(behind.trouble, None);
    assert_eq!(found(&db, Uuid::new_v4(), 0).await, (1, false), "everybody reads the primary");
    pair.pause(false).await;
    let back = until(&db, |state| state.used).await;
    assert!(back.lag.is_some_and(|lag| lag < Duration::from_millis(700)), "{back:?}");
    drop(db);
    pair.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_whose_connections_are_cut_costs_nobody_a_read() {
    let Some(pair) = Pair::new().await else { return };
    let db = pair.open(LONG).await;
    let own = Db::open(&pair.replica).await.unwrap();
    for _ in 0..10 {
        let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = CURRENT_DATABASE() AND pid <> pg_backend_pid()";
        own.all::<(i64,)>(sql, p![]).await.unwrap();
        assert_eq!(found(&db, Uuid::new_v4(), 0).await.0, 0);
    }
    until(&db, |state| state.used).await;
    drop((db, own));
    pair.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_replica_of_this_database_is_never_read() {
    let Some(pair) = Pair::new().await else { return };
    let mut others = vec![pair.primary.clone(), "postgres://postgres@127.0.0.1:1/away".to_owned()];
    others.extend(std::env::var("XINQIAO_TEST_POSTGRES"));
    let db = Db::open(&pair.primary).await.unwrap().with_replicas(&others, LONG).await.unwrap();
    for _ in 0..10 {
        assert_eq!(reading(0, things(&db)).await, (0, None));
    }
    let states = db.replicas();
    assert!(states.iter().all(|state| !state.used && state.reads == 0), "{states:?}");
    assert!(states[0].trouble.as_ref().unwrap().contains("no replica"), "{states:?}");
    if let Some(stranger) = states.get(2) {
        assert!(stranger.trouble.as_ref().unwrap().contains("another database"), "{states:?}");
    }
    drop(db);
    pair.end().await;
}

#[tokio::test]
async fn sqlite_has_no_replicas() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", folder.path().join("a.db").display())).await.unwrap();
    assert!(db.with_replicas(&["postgres://db/x".to_owned()], LONG).await.is_err());
    assert_eq!(db.memory(), None);
    let (answer, wrote) = reading(u64::MAX, async {
        db.batch("CREATE TABLE thing (id BLOB NOT NULL PRIMARY KEY) STRICT").await.unwrap();
        write(&db).await;
        things(&db).await
    })
    .await;
    assert_eq!((answer, wrote), (1, None));
}
