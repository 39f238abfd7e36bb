//! Servers on one database know of each other, and of steps that they do not know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::common;

use app::{App, migrate, p, server};
use jiff::{SignedDuration, Timestamp};

async fn places(app: &App) -> Vec<String> {
    server::all(&app.db).await.unwrap().unwrap().into_iter().map(|server| server.place).collect()
}

async fn silent_for(app: &App, server: &server::Server, time: SignedDuration) {
    let sql = "UPDATE server SET seen_at = $1 WHERE id = $2";
    app.db.run(sql, p![Timestamp::now() - time, server.id]).await.unwrap();
}

both!(a_server_is_there_until_it_leaves_or_falls_silent, |app| {
    assert!(places(app).await.is_empty());
    let own = ["first", "second"].map(|place| server::begins("1.0.0", place.to_owned()));
    for server in &own {
        server::announce(&app.db, server).await.unwrap();
    }
    assert_eq!(places(app).await, ["first", "second"]);
    assert_eq!(server::all(&app.db).await.unwrap().unwrap()[0].newest, migrate::newest());
    silent_for(app, &own[0], SignedDuration::from_secs(121)).await;
    assert_eq!(places(app).await, ["second"]);
    server::seen(&app.db, &own[0]).await.unwrap();
    assert_eq!(places(app).await, ["first", "second"]);
    server::leave(&app.db, &own[1]).await.unwrap();
    assert_eq!(places(app).await, ["first"]);
    // One that was forgotten comes back with its next sign of life.
    silent_for(app, &own[0], SignedDuration::from_hours(25)).await;
    server::announce(&app.db, &server::begins("1.0.0", "third".to_owned())).await.unwrap();
    let kept: Vec<(i64,)> = app.db.all("SELECT COUNT(*) FROM server", p![]).await.unwrap();
    assert_eq!(kept, [(1,)]);
    server::seen(&app.db, &own[0]).await.unwrap();
    assert_eq!(places(app).await, ["first", "third"]);
});

both!(an_unknown_step_is_borne_as_far_as_it_says, |app| {
    let own = server::begins("1.0.0", "here".to_owned());
    server::announce(&app.db, &own).await.unwrap();
    for (needs, borne) in [
        (Some(0), true),
        (Some(migrate::newest()), true),
        (Some(migrate::newest() + 1), false),
        (Some(9999), false),
        (None, false),
    ] {
        let sql = "INSERT INTO migration (number, name, hash, applied_at, needs) VALUES (9999, 'later', 'x', $1, $2)";
        app.db.run(sql, p![Timestamp::now(), needs]).await.unwrap();
        let outcomes = [
            migrate::run(&app.db).await.map(drop),
            migrate::done(&app.db).await.map(drop),
            server::seen(&app.db, &own).await,
            server::announce(&app.db, &own).await,
        ];
        for outcome in outcomes {
            match outcome {
                Ok(()) => assert!(borne, "{needs:?}"),
                Err(error) => assert!(!borne && error.to_string().contains("older"), "{needs:?}: {error}"),
            }
        }
        app.db.run("DELETE FROM migration WHERE number = 9999", p![]).await.unwrap();
    }
});

both!(steps_say_what_they_need_and_whoever_starts_together_runs_each_once, |app| {
    let sql = "SELECT number, needs FROM migration WHERE number >= 34 ORDER BY number";
    for (number, needs) in app.db.all::<(i64, i64)>(sql, p![]).await.unwrap() {
        assert!(needs <= number, "{number}");
    }
    // As if the last steps had never run: three start at once.
    for statement in common::engine::taken_back_since(34) {
        app.db.batch(&statement).await.unwrap();
    }
    app.db.run("DELETE FROM migration WHERE number >= 34", p![]).await.unwrap();
    let (one, two, three) = tokio::join!(app.reopen(), app.reopen(), app.reopen());
    for each in [one, two, three] {
        assert!(migrate::outstanding(&each.db).await.unwrap().is_empty());
    }
});
