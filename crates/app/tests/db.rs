//! The database seam: the same statements, values and transactions on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::common;

use app::{
    db::{Sql, Value},
    id::Id,
    p,
};
use common::TestApp;
use jiff::{Timestamp, civil::Date};
use std::sync::Arc;

const TABLE: &str =
    "CREATE TABLE sample (id {id} NOT NULL PRIMARY KEY, number {int}, share {real}, word {text},
    flag {bool}, content {bytes}, day {date}, moment {time}, document {json}) {strict}";

async fn make_table(app: &TestApp) {
    app.db.batch(&app::migrate::for_database(TABLE, app.db.is_postgres())).await.unwrap();
}

fn id() -> Id {
    Id::in_division(common::COUNTY, Timestamp::now())
}

both!(every_kind_of_value_comes_back_as_it_went, |app| {
    make_table(app).await;
    let (key, moment): (Id, Timestamp) = (id(), "2026-11-21T08:30:00.123456Z".parse().unwrap());
    let day: Date = "2024-02-29".parse().unwrap();
    let document = serde_json::json!({ "名": ["一", 2, null], "b": true });
    let insert = "INSERT INTO sample (id, number, share, word, flag, content, day, moment, document)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let args = p![key, i64::MIN, 0.25, "心桥'; --", true, vec![0_u8, 255], day, moment, document.clone()];
    assert_eq!(app.db.run(insert, args).await.unwrap(), 1);
    let nothing: Option<String> = None;
    let empty = id();
    let args = p![
        empty,
        None::<i64>,
        None::<f64>,
        nothing,
        None::<bool>,
        None::<Vec<u8>>,
        None::<Date>,
        None::<Timestamp>,
        None::<serde_json::Value>
    ];
    app.db.run(insert, args).await.unwrap();
    type First = (i64, f64, String, bool, Vec<u8>);
    let first: First = app
        .db
        .opt("SELECT number, share, word, flag, content FROM sample WHERE id = $1", p![key])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(first, (i64::MIN, 0.25, "心桥'; --".to_owned(), true, vec![0, 255]));
    let second: (Id, Date, Timestamp, serde_json::Value) =
        app.db.opt("SELECT id, day, moment, document FROM sample WHERE flag", p![]).await.unwrap().unwrap();
    assert_eq!(second, (key, day, moment, document));
    type Empty = (Option<i64>, Option<String>, Option<Date>, Option<Timestamp>, Option<serde_json::Value>);
    let found: Empty = app
        .db
        .opt("SELECT number, word, day, moment, document FROM sample WHERE id = $1", p![empty])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found, (None, None, None, None, None));
});

both!(a_dropped_transaction_leaves_nothing, |app| {
    make_table(app).await;
    {
        let mut tx = app.db.begin().await.unwrap();
        tx.run("INSERT INTO sample (id) VALUES ($1)", p![id()]).await.unwrap();
    }
    let mut tx = app.db.begin().await.unwrap();
    tx.run("INSERT INTO sample (id) VALUES ($1)", p![id()]).await.unwrap();
    tx.commit().await.unwrap();
    let (count,): (i64,) = app.db.opt("SELECT COUNT(*) FROM sample", p![]).await.unwrap().unwrap();
    assert_eq!(count, 1);
});

both!(a_failed_statement_spoils_only_its_own_transaction, |app| {
    make_table(app).await;
    let taken = id();
    app.db.run("INSERT INTO sample (id) VALUES ($1)", p![taken]).await.unwrap();
    let error = app.db.run("INSERT INTO sample (id) VALUES ($1)", p![taken]).await.unwrap_err();
    assert!(error.is_duplicate(), "{error}");
    app.db.run("INSERT INTO sample (id) VALUES ($1)", p![id()]).await.unwrap();
    let (count,): (i64,) = app.db.opt("SELECT COUNT(*) FROM sample", p![]).await.unwrap().unwrap();
    assert_eq!(count, 2);
});

both!(many_writers_at_once_all_get_their_row_and_nobody_waits_for_ever, |app| {
    make_table(app).await;
    let db = Arc::new(app.db.clone());
    let writers = (0..40_i64).map(|writer| {
        let db = Arc::clone(&db);
        tokio::spawn(async move {
            for turn in 0..5_i64 {
                let mut tx = db.begin().await.unwrap();
                tx.run("INSERT INTO sample (id, number) VALUES ($1, $2)", p![id(), writer * 5 + turn])
                    .await
                    .unwrap();
                // Every third gives up: its row must be missing, the others' must not.
                if turn % 3 == 2 {
                    drop(tx);
                } else {
                    tx.commit().await.unwrap();
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        tokio::time::timeout(std::time::Duration::from_secs(60), writer)
            .await
            .expect("no writer hangs")
            .unwrap();
    }
    let (count, odd): (i64, i64) = app
        .db
        .opt(
            "SELECT COUNT(*), COALESCE(SUM(CASE WHEN number % 5 = 2 THEN 1 ELSE 0 END), 0) FROM sample",
            p![],
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!((count, odd), (160, 0));
});

both!(whoever_goes_away_while_a_transaction_begins_leaves_none_open, |app| {
    make_table(app).await;
    for pause in 0..200 {
        let begins = app.db.begin();
        let patience = std::time::Duration::from_micros(pause * 5);
        if let Ok(begun) = tokio::time::timeout(patience, begins).await {
            drop(begun.unwrap());
        }
    }
    // A row written by itself is seen by everybody at once, which it is not inside somebody's transaction.
    for _ in 0..40 {
        app.db.run("INSERT INTO sample (id) VALUES ($1)", p![id()]).await.unwrap();
    }
    let again = app.reopen().await;
    let (rows,): (i64,) = again.db.opt("SELECT COUNT(*) FROM sample", p![]).await.unwrap().unwrap();
    assert_eq!(rows, 40);
    if app.db.is_postgres() {
        let open = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = CURRENT_DATABASE()
            AND state = 'idle in transaction'";
        let (open,): (i64,) = app.db.opt(open, p![]).await.unwrap().unwrap();
        assert_eq!(open, 0);
    }
});

both!(what_was_acknowledged_is_there_after_a_restart, |app| {
    make_table(app).await;
    let key = id();
    app.db.run("INSERT INTO sample (id) VALUES ($1)", p![key]).await.unwrap();
    let again = app.reopen().await;
    let found: Option<(Id,)> = again.db.opt("SELECT id FROM sample WHERE id = $1", p![key]).await.unwrap();
    assert_eq!(found, Some((key,)));
});

both!(rows_in_bulk_are_rows, |app| {
    make_table(app).await;
    let rows: Vec<Vec<Value>> =
        (0..1000_i64).map(|n| p![id(), n, format!("行{n}"), serde_json::json!({ "n": n })]).collect();
    let mut tx = app.db.begin().await.unwrap();
    tx.insert_many("sample", &["id", "number", "word", "document"], &rows).await.unwrap();
    tx.commit().await.unwrap();
    let (sum,): (i64,) =
        app.db.opt("SELECT CAST(SUM(number) AS BIGINT) FROM sample", p![]).await.unwrap().unwrap();
    assert_eq!(sum, 499_500);
});

both!(clauses_number_their_own_places, |app| {
    make_table(app).await;
    for n in 0..10_i64 {
        app.db.run("INSERT INTO sample (id, number, word) VALUES ($1, $2, 'x')", p![id(), n]).await.unwrap();
    }
    let sql = Sql::new("SELECT number FROM sample WHERE word = 'x'")
        .when(" AND number > {}", Some(3_i64))
        .when(" AND number < {}", None::<i64>)
        .push(" AND number IN ({}, {}, {}) ORDER BY number", p![2_i64, 5_i64, 7_i64]);
    let found: Vec<(i64,)> = app.db.query(sql).await.unwrap();
    assert_eq!(found, [(5,), (7,)]);
});

const LINKS: app::db::Chain = app::db::Chain {
    table: "link",
    columns: &["home", "number", "id", "word", "hash"],
    heads: "link_head",
    label: "link of a test",
};

async fn make_chain(app: &TestApp) {
    let tables =
        "CREATE TABLE link (home {int} NOT NULL, number {int} NOT NULL, id {id} NOT NULL UNIQUE, word {int},
        hash {bytes} NOT NULL, PRIMARY KEY (home, number)) {clustered};
        CREATE TABLE link_head (home {int} NOT NULL, number {int} NOT NULL, hash {bytes} NOT NULL,
        PRIMARY KEY (home)) {clustered}";
    app.db.batch(&app::migrate::for_database(tables, app.db.is_postgres())).await.unwrap();
}

fn link(key: Id, word: i64) -> app::db::Link {
    app::db::Link::new(&LINKS, word % 3, p![key, word])
}

/// Numbers of each chain are 1, 2, 3, … and their end is the last of them.
async fn expect_chains(app: &TestApp, rows: i64) {
    let sql = "SELECT l.home, COUNT(*), MIN(l.number), MAX(l.number), MAX(h.number) FROM link l
        JOIN link_head h ON h.home = l.home GROUP BY l.home ORDER BY l.home";
    let found: Vec<(i64, i64, i64, i64, i64)> = app.db.all(sql, p![]).await.unwrap();
    assert_eq!(found.iter().map(|chain| chain.1).sum::<i64>(), rows);
    for (home, count, first, last, head) in found {
        assert_eq!((first, last, head), (1, count, count), "home {home}");
    }
}

both!(rows_of_many_callers_are_on_disk_when_each_hears_of_it, |app| {
    make_chain(app).await;
    let one = |word: i64| {
        let db = app.db.clone();
        tokio::spawn(async move {
            let key = id();
            db.append(link(key, word)).await.unwrap();
            let found: Option<(i64,)> = db.opt("SELECT word FROM link WHERE id = $1", p![key]).await.unwrap();
            assert_eq!(found, Some((word,)), "told before it was there");
        })
    };
    for caller in (0..200).map(one).collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let sum: (i64, i64) =
        app.db.opt("SELECT COUNT(*), CAST(SUM(word) AS BIGINT) FROM link", p![]).await.unwrap().unwrap();
    assert_eq!(sum, (200, 19_900));
    expect_chains(app, 200).await;
});

both!(one_wrong_row_does_not_take_the_others_with_it, |app| {
    make_chain(app).await;
    let taken = id();
    app.db.append(link(taken, 0)).await.unwrap();
    let row = |word: i64| {
        let (db, key) = (app.db.clone(), if word % 10 == 0 { taken } else { id() });
        tokio::spawn(async move { db.append(link(key, word)).await.is_ok() })
    };
    let callers: Vec<_> = (0..100).map(|word| (word, row(word))).collect();
    for (word, caller) in callers {
        assert_eq!(caller.await.unwrap(), word % 10 != 0, "row {word}");
    }
    expect_chains(app, 91).await;
});

both!(rows_of_a_transaction_are_chained_with_it_or_not_at_all, |app| {
    make_chain(app).await;
    make_table(app).await;
    let other = app.reopen().await;
    let writers = (0..30_i64).map(|writer| {
        let db = if writer % 2 == 0 { app.db.clone() } else { other.db.clone() };
        tokio::spawn(async move {
            for turn in 0..6_i64 {
                let mut tx = db.begin().await.unwrap();
                tx.link(link(id(), turn));
                tx.run("INSERT INTO sample (id) VALUES ($1)", p![id()]).await.unwrap();
                tx.link(link(id(), turn + 1));
                if turn % 3 == 2 {
                    drop(tx);
                } else {
                    tx.commit().await.unwrap();
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        tokio::time::timeout(std::time::Duration::from_secs(60), writer)
            .await
            .expect("no writer hangs")
            .unwrap();
    }
    let (rows,): (i64,) = app.db.opt("SELECT COUNT(*) FROM sample", p![]).await.unwrap().unwrap();
    assert_eq!(rows, 120);
    expect_chains(app, 240).await;
});
