//! What lets a database grow over several servers, on the schema that each engine really has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::common;

use app::{
    backup,
    cluster::{citus, kind::faults, partition, schema::Schema},
    db::Db,
    p,
};

both!(every_table_keeps_the_rules_of_its_kind, |app| {
    let schema = Schema::of(&app.db).await.unwrap();
    assert_eq!(faults(&schema), Vec::<String>::new());
    assert!(schema.tables.iter().any(|table| !table.references.is_empty()));
});

both!(a_table_that_nobody_declared_is_named, |app| {
    app.db.batch("CREATE TABLE stray (id bigint NOT NULL PRIMARY KEY)").await.unwrap();
    let found = faults(&Schema::of(&app.db).await.unwrap());
    assert!(found.len() == 1 && found[0].starts_with("stray"), "{found:?}");
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unique_key_without_home_is_named() {
    // A table in parts does not take such a key.
    for app in [Some(common::TestApp::on_sqlite().await), common::TestApp::in_one_piece().await] {
        let Some(app) = app else { continue };
        app.db.run("CREATE UNIQUE INDEX task_alone ON task (id)", p![]).await.unwrap();
        let found = faults(&Schema::of(&app.db).await.unwrap());
        assert!(found.len() == 1 && found[0].starts_with("task: (id)"), "{found:?}");
        app.end().await;
    }
}

both!(the_plan_for_citus_is_the_same_from_either_engine_and_from_the_steps, |app| {
    let plan = citus::plan(&Schema::of(&app.db).await.unwrap());
    let newest = citus::plan(&Schema::newest().await.unwrap());
    assert_eq!(plan.statements, newest.statements);
});

/// Persons with their records, and what the log has of them.
async fn fill(app: &app::App) {
    let village = common::VILLAGE.to_string();
    let mut rows = vec![vec!["姓名".to_owned(), "身份证号".to_owned(), "区划代码".to_owned()]];
    for day in 1..=20 {
        let number = common::number(&format!("1980-03-{day:02}"), day);
        rows.push(vec!["测甲乙".to_owned(), number, village.clone()]);
    }
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    common::take(app, "smd", "测试局", &common::csv(&rows)).await;
}

/// Puts a database into parts once its last connection has ended: that is a moment after its program let it go.
async fn alone(address: &str) -> Vec<backup::Counted> {
    for _ in 0..100 {
        match partition::partition(address, &|_| ()).await {
            Err(error) if error.to_string().contains("another program") => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            done => return done.unwrap(),
        }
    }
    panic!("somebody is still connected")
}

async fn schema_of(place: &str) -> Schema {
    Schema::of(&Db::open(place).await.unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_goes_into_parts_as_a_whole_and_loses_nothing() {
    let Some(app) = common::TestApp::in_one_piece().await else { return };
    fill(&app.app).await;
    let address = app.address().to_owned();
    let (place, before) = (app.leave(), schema_of(&address).await);
    let counted = {
        let busy = Db::open(&address).await.unwrap();
        let refused = partition::partition(&address, &|_| ()).await.unwrap_err();
        assert!(refused.to_string().contains("another program"), "{refused}");
        let plan = partition::plan(&busy).await.unwrap();
        assert!(plan.len() > 15 && plan.iter().all(|table| !table.done), "{plan:?}");
        assert_eq!(partition::look(&busy).await.unwrap(), None);
        let persons: Vec<(i64,)> =
            busy.all("SELECT COUNT(*) /* whole: a test's own */ FROM person", p![]).await.unwrap();
        persons[0].0
    };
    let done = alone(&address).await;
    let persons = done.iter().find(|table| table.name == "person").unwrap();
    assert_eq!(i64::try_from(persons.rows).unwrap(), counted);
    assert!(counted >= 20);
    assert_eq!(alone(&address).await, Vec::new(), "once is enough");

    assert_eq!(schema_of(&address).await, before, "keys and references are the same");
    let db = Db::open(&address).await.unwrap();
    assert_eq!(partition::look(&db).await.unwrap(), Some(Vec::new()));
    let sql = "SELECT tableoid::regclass::text FROM person /* whole: a test's own */ GROUP BY 1";
    assert_eq!(db.all::<(String,)>(sql, p![]).await.unwrap(), [("person_p31".to_owned(),)]);

    // What somebody meddled with is found.
    db.batch("DROP TABLE task_p82; CREATE TABLE message_rest PARTITION OF message DEFAULT").await.unwrap();
    let faults = partition::look(&db).await.unwrap().unwrap();
    assert_eq!(faults.len(), 2, "{faults:?}");
    drop(db);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_of_the_schema_go_on_in_parts() {
    let Some(app) = common::TestApp::in_one_piece().await else { return };
    partition::prepare(&app.db).await.unwrap();
    fill(&app.app).await;
    // What later steps do.
    for statement in [
        "ALTER TABLE person ADD COLUMN later text",
        "CREATE INDEX person_by_later ON person (later)",
        "UPDATE person /* whole: a step */ SET later = 'x'",
        "DROP INDEX person_by_later",
        "ALTER TABLE person DROP COLUMN later",
        // A step that makes a table anew leaves it whole; it follows the others.
        "CREATE TABLE task_anew (LIKE task INCLUDING ALL)",
        "DROP TABLE task",
        "ALTER TABLE task_anew RENAME TO task",
        "DELETE FROM migration WHERE number = 28",
        "DROP TABLE tally_county",
    ] {
        app.db.batch(statement).await.unwrap();
    }
    assert_eq!(partition::look(&app.db).await.unwrap(), Some(vec!["task is whole".to_owned()]));
    assert_eq!(app::migrate::run(&app.db).await.unwrap(), ["0028_tally_county"]);
    assert_eq!(partition::look(&app.db).await.unwrap(), Some(Vec::new()));
    app.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_into_parts_brings_everything() {
    let Some(to) = common::engine::Place::empty_on_postgres().await else { return };
    let from = common::TestApp::on_sqlite().await;
    fill(&from.app).await;
    let address = from.address().to_owned();
    let place = from.leave();
    let db = Db::open(&to.address).await.unwrap();
    let target = backup::Target { db: &db, partitioned: true };
    let rows =
        backup::transfer(&address, (target, &to.address), Some(&common::keys()), &|_| ()).await.unwrap();
    assert!(rows > 10);
    assert_eq!(partition::look(&db).await.unwrap(), Some(Vec::new()));
    let app = app::App::new(db, common::keys()).await.unwrap();
    assert!(app::need::recount(&app).await.unwrap().is_empty());
    drop(app);
    place.end().await;
    to.end().await;
}

#[tokio::test]
async fn sqlite_has_no_parts() {
    let app = common::TestApp::on_sqlite().await;
    assert!(partition::plan(&app.db).await.is_err());
    assert!(partition::partition(app.address(), &|_| ()).await.is_err());
    app.end().await;
}
