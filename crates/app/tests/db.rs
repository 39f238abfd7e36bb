//! The database seam: the same statements, values and transactions on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

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

const SAMPLE: app::db::Target = ("sample", &["id", "number"]);

both!(rows_of_many_callers_are_on_disk_when_each_hears_of_it, |app| {
    make_table(app).await;
    let one = |number: i64| {
        let db = app.db.clone();
        tokio::spawn(async move {
            let key = id();
            db.append(SAMPLE, p![key, number]).await.unwrap();
            let found: Option<(i64,)> =
                db.opt("SELECT number FROM sample WHERE id = $1", p![key]).await.unwrap();
            assert_eq!(found, Some((number,)), "told before it was there");
        })
    };
    for caller in (0..200).map(one).collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let sum: (i64, i64) =
        app.db.opt("SELECT COUNT(*), CAST(SUM(number) AS BIGINT) FROM sample", p![]).await.unwrap().unwrap();
    assert_eq!(sum, (200, 19_900));
});

both!(one_wrong_row_does_not_take_the_others_with_it, |app| {
    make_table(app).await;
    let taken = id();
    app.db.append(SAMPLE, p![taken, 0_i64]).await.unwrap();
    let row = |number: i64| {
        let (db, key) = (app.db.clone(), if number % 10 == 0 { taken } else { id() });
        tokio::spawn(async move { db.append(SAMPLE, p![key, number]).await.is_ok() })
    };
    let callers: Vec<_> = (0..100).map(|number| (number, row(number))).collect();
    for (number, caller) in callers {
        assert_eq!(caller.await.unwrap(), number % 10 != 0, "row {number}");
    }
    let rows: (i64,) = app.db.opt("SELECT COUNT(*) FROM sample", p![]).await.unwrap().unwrap();
    assert_eq!(rows, (91,));
});
