//! A database of a test's own, on either engine. Each crate's tests use a part of it.
#![allow(dead_code)]

use app::{db::Db, p};
use std::{
    hash::{Hash, Hasher},
    path::Path,
};

/// Where the database is; it is gone after [`Place::end`].
pub struct Place {
    /// As [`Db::open`] takes it.
    pub address: String,
    folder: Option<tempfile::TempDir>,
    server: Option<(String, String)>,
}

impl Place {
    /// On SQLite, in a folder of its own.
    pub fn on_sqlite() -> Place {
        Place::on_sqlite_in(&std::env::temp_dir())
    }

    /// The same, below a folder of the caller's.
    pub fn on_sqlite_in(folder: &Path) -> Place {
        let folder = tempfile::tempdir_in(folder).unwrap();
        let address = format!("sqlite:{}", folder.path().join("test.db").display());
        Place { address, folder: Some(folder), server: None }
    }

    /// On PostgreSQL, in an empty database of its own. Without a server the test fails where a build server runs it;
    /// elsewhere it says how to get one.
    pub async fn on_postgres() -> Option<Place> {
        if in_parts() { Place::with_schema().await } else { Place::empty_on_postgres().await }
    }

    /// The same, also where the tests ask for tables in parts: for what fills or divides an empty database itself.
    pub async fn empty_on_postgres() -> Option<Place> {
        Place::copy_of(&server()?, "").await
    }

    /// The same in a database in which all steps of the schema have run: a copy of one that the first test makes, which
    /// takes half the time.
    pub async fn with_schema() -> Option<Place> {
        Place::of_template(in_parts()).await
    }

    /// The same with no table in parts, whatever the tests ask for: for what is about tables that are not.
    pub async fn in_one_piece() -> Option<Place> {
        Place::of_template(false).await
    }

    async fn of_template(parts: bool) -> Option<Place> {
        let server = server()?;
        let template = template(&server, parts).await;
        Place::copy_of(&server, &format!("TEMPLATE {template}")).await
    }

    async fn copy_of(server: &str, template: &str) -> Option<Place> {
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        Db::open(server).await.unwrap().batch(&format!("CREATE DATABASE {name} {template}")).await.unwrap();
        let address = beside(server, &name);
        Some(Place { address, folder: None, server: Some((server.to_owned(), name)) })
    }

    /// A database that stands and stays.
    pub fn at(address: String) -> Place {
        Place { address, folder: None, server: None }
    }

    /// Ends the test: a PostgreSQL database is dropped.
    pub async fn end(self) {
        if let Some((server, name)) = &self.server {
            let main = Db::open(server).await.unwrap();
            main.batch(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
        drop(self.folder);
    }
}

fn server() -> Option<String> {
    let server = std::env::var("XINQIAO_TEST_POSTGRES").ok();
    if server.is_none() {
        assert!(std::env::var("CI").is_err(), "XINQIAO_TEST_POSTGRES names no server");
        eprintln!("not run on PostgreSQL: `cargo xtask test` starts one and sets XINQIAO_TEST_POSTGRES");
    }
    server
}

/// The address of another database on the same server.
fn beside(server: &str, name: &str) -> String {
    let (plain, options) = server.split_at(server.find('?').unwrap_or(server.len()));
    let (base, _) = plain.rsplit_once('/').unwrap();
    format!("{base}/{name}{options}")
}

/// Whether the tests are to run on PostgreSQL with its tables in parts.
fn in_parts() -> bool {
    std::env::var_os("XINQIAO_TEST_PARTITIONED").is_some()
}

/// A database in which the steps of this program have run, with its tables in parts or not. Whoever comes first makes it; it
/// has its name only once it is whole.
async fn template(server: &str, parts: bool) -> String {
    let steps: Vec<String> = app::migrate::known().iter().map(app::migrate::Step::hash).collect();
    let mut digest = std::hash::DefaultHasher::new();
    steps.hash(&mut digest);
    let name = format!("schema_{:016x}{}", digest.finish(), if parts { "_parts" } else { "" });
    let db = Db::open(server).await.unwrap();
    let known = "SELECT CAST(1 AS bigint) FROM pg_database WHERE datname = $1";
    let is_known = async || !db.all::<(i64,)>(known, p![name.clone()]).await.unwrap().is_empty();
    if is_known().await {
        return name;
    }
    let mut turn = db.begin().await.unwrap();
    turn.all::<(i64,)>("SELECT CAST(1 AS bigint) FROM pg_advisory_xact_lock(2014)", p![]).await.unwrap();
    if !is_known().await {
        db.batch(&format!("DROP DATABASE IF EXISTS {name}_begun")).await.unwrap();
        db.batch(&format!("CREATE DATABASE {name}_begun")).await.unwrap();
        let begun = Db::open(&beside(server, &format!("{name}_begun"))).await.unwrap();
        app::migrate::run(&begun).await.unwrap();
        if parts {
            app::cluster::partition::prepare(&begun).await.unwrap();
        }
        drop(begun);
        db.batch(&format!("ALTER DATABASE {name}_begun RENAME TO {name}")).await.unwrap();
    }
    name
}

/// What the steps from this number on say, in their order.
fn steps_since(number: i64) -> impl Iterator<Item = String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
    let late = app::migrate::known().iter().filter(move |step| step.number >= number);
    late.map(move |step| std::fs::read_to_string(format!("{folder}/{}.sql", step.name)).unwrap())
}

/// Tables that the steps from this number on make, in their order.
fn tables_since(number: i64) -> Vec<String> {
    let made = |text: String| -> Vec<String> {
        let names =
            text.lines().filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split([' ', '(']).next());
        names.map(str::to_owned).collect()
    };
    steps_since(number).flat_map(made).collect()
}

/// What takes back what the steps from this number on did: their tables, and their indexes and columns of earlier ones.
pub fn taken_back_since(number: i64) -> Vec<String> {
    let tables = tables_since(number);
    let added = |text: String| -> Vec<String> {
        let additions =
            text.lines().filter_map(|line| line.strip_prefix("ALTER TABLE ")?.split_once(" ADD COLUMN "));
        let earlier = additions.filter(|(table, _)| !tables.iter().any(|made| made == table));
        let columns = earlier.filter_map(|(table, column)| Some((table, column.split(' ').next()?)));
        columns.map(|(table, column)| format!("ALTER TABLE {table} DROP COLUMN {column}")).collect()
    };
    let indexed = |text: String| -> Vec<String> {
        let indexes = text.lines().filter_map(|line| line.strip_prefix("CREATE INDEX ")?.split_once(" ON "));
        let earlier = indexes
            .filter(|(_, rest)| !tables.iter().any(|made| rest.split([' ', '(']).next() == Some(made)));
        earlier.map(|(name, _)| format!("DROP INDEX {name}")).collect()
    };
    let indexes = steps_since(number).flat_map(indexed);
    let columns = steps_since(number).flat_map(added);
    indexes.chain(columns).chain(tables.iter().rev().map(|table| format!("DROP TABLE {table}"))).collect()
}

/// What a test sets up in a database of its own, on either engine alike.
pub trait Settled: Sized {
    /// Set up there.
    fn settle(place: Place) -> Self;

    /// On SQLite.
    fn on_sqlite() -> std::future::Ready<Self> {
        std::future::ready(Self::settle(Place::on_sqlite()))
    }

    /// On PostgreSQL, where there is a server.
    async fn on_postgres() -> Option<Self> {
        Place::on_postgres().await.map(Self::settle)
    }
}

/// `on_both!(name, Kind, |own| { … })`: the test on each engine. `Kind` begins with `on_sqlite` and `on_postgres` and
/// ends with `end`.
#[macro_export]
macro_rules! on_both {
    ($name:ident, $kind:ty, |$own:ident| $body:block) => {
        mod $name {
            use super::*;

            async fn body($own: &mut $kind) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let mut own = <$kind>::on_sqlite().await;
                body(&mut own).await;
                own.end().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(mut own) = <$kind>::on_postgres().await {
                    body(&mut own).await;
                    own.end().await;
                }
            }
        }
    };
}
