//! What the steps add up to, kept in `schema/` for reading. `XINQIAO_WRITE_SCHEMA=1` writes the files anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::common;

use app::p;
use common::TestApp;

fn compare(name: &str, found: &str) {
    let path = format!("{}/../../schema/{name}.sql", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("XINQIAO_WRITE_SCHEMA").is_ok() {
        std::fs::write(&path, found).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == found,
        "schema/{name}.sql is not what the steps add up to; XINQIAO_WRITE_SCHEMA=1 writes it anew"
    );
}

async fn sqlite_schema(app: &TestApp) -> String {
    let sql = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type DESC, name";
    let rows: Vec<(String,)> = app.db.all(sql, p![]).await.unwrap();
    rows.into_iter().map(|(text,)| text + ";\n").collect()
}

async fn postgres_schema(app: &TestApp) -> String {
    let columns = "SELECT c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable::text
        FROM information_schema.columns c WHERE c.table_schema = 'public' ORDER BY c.table_name, c.ordinal_position";
    let mut out = String::new();
    let mut last = String::new();
    for (table, column, kind, nullable) in
        app.db.all::<(String, String, String, String)>(columns, p![]).await.unwrap()
    {
        if table != last {
            out.push_str(&format!("\nTABLE {table}\n"));
            last = table;
        }
        let not_null = if nullable == "NO" { " NOT NULL" } else { "" };
        out.push_str(&format!("  {column} {kind}{not_null}\n"));
    }
    out.push('\n');
    let keys = "SELECT conrelid::regclass::text || ': ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1";
    for (text,) in app.db.all::<(String,)>(keys, p![]).await.unwrap() {
        out.push_str(&format!("{text}\n"));
    }
    out.push('\n');
    let indexes = "SELECT indexdef::text FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname";
    for (text,) in app.db.all::<(String,)>(indexes, p![]).await.unwrap() {
        out.push_str(&format!("{text};\n"));
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_is_what_its_file_says() {
    let app = common::TestApp::on_sqlite().await;
    compare("sqlite", &sqlite_schema(&app).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_what_its_file_says() {
    let Some(app) = common::TestApp::in_one_piece().await else { return };
    compare("postgres", &postgres_schema(&app).await);
    app.end().await;
}

both!(steps_run_once, |app| {
    let again = app.reopen().await;
    assert!(app::migrate::run(&again.db).await.unwrap().is_empty());
});

both!(an_altered_step_is_refused, |app| {
    app.db.run("UPDATE migration SET hash = 'other' WHERE number = 1", p![]).await.unwrap();
    let error = app::migrate::run(&app.db).await.unwrap_err();
    assert!(error.to_string().contains("0001_account"), "{error}");
});

both!(an_older_program_refuses_a_newer_schema, |app| {
    let sql = "INSERT INTO migration (number, name, hash, applied_at) VALUES (9999, 'later', 'x', $1)";
    app.db.run(sql, p![jiff::Timestamp::now()]).await.unwrap();
    let error = app::migrate::run(&app.db).await.unwrap_err();
    assert!(error.to_string().contains("older"), "{error}");
});
