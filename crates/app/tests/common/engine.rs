//! A database of a test's own, on either engine. Each crate's tests use a part of it.
#![allow(dead_code)]

use app::db::Db;
use std::path::Path;

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

    /// On PostgreSQL, in a database of its own. Without a server the test fails where a build server runs it;
    /// elsewhere it says how to get one.
    pub async fn on_postgres() -> Option<Place> {
        let Ok(server) = std::env::var("XINQIAO_TEST_POSTGRES") else {
            assert!(std::env::var("CI").is_err(), "XINQIAO_TEST_POSTGRES names no server");
            eprintln!("not run on PostgreSQL: `cargo xtask test` starts one and sets XINQIAO_TEST_POSTGRES");
            return None;
        };
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        Db::open(&server).await.unwrap().batch(&format!("CREATE DATABASE {name}")).await.unwrap();
        let (plain, options) = server.split_at(server.find('?').unwrap_or(server.len()));
        let (base, _) = plain.rsplit_once('/').unwrap();
        let address = format!("{base}/{name}{options}");
        // The same tests on tables in parts.
        if std::env::var_os("XINQIAO_TEST_PARTITIONED").is_some() {
            let db = Db::open(&address).await.unwrap();
            app::migrate::run(&db).await.unwrap();
            app::cluster::partition::prepare(&db).await.unwrap();
        }
        Some(Place { address, folder: None, server: Some((server, name)) })
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
