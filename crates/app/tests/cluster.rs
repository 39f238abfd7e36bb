//! What lets a database grow over several servers, on the schema that each engine really has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use app::{
    cluster::{citus, kind::faults, schema::Schema},
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

both!(a_unique_key_without_home_is_named, |app| {
    app.db.run("CREATE UNIQUE INDEX task_alone ON task (id)", p![]).await.unwrap();
    let found = faults(&Schema::of(&app.db).await.unwrap());
    assert!(found.len() == 1 && found[0].starts_with("task: (id)"), "{found:?}");
});

both!(the_plan_for_citus_is_the_same_from_either_engine_and_from_the_steps, |app| {
    let plan = citus::plan(&Schema::of(&app.db).await.unwrap());
    let newest = citus::plan(&Schema::newest().await.unwrap());
    assert_eq!(plan.statements, newest.statements);
});
