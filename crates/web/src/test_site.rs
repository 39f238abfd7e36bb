//! A site of one county on a database of its own, for the tests of this crate. All persons are invented.

use crate::session::COOKIE;
use app::{
    App,
    account::{self, NewAccount},
    db::Db,
    id::Id,
    seal::Keys,
};
use axum::Router;

/// The county.
pub(crate) const COUNTY: i64 = 310_115_000_000;
const PASSWORD: &str = "Synthetic-2026";

/// A site and its only organisation.
pub(crate) struct TestSite {
    pub app: App,
    pub office: Id,
    _folder: tempfile::TempDir,
}

impl TestSite {
    pub(crate) async fn new() -> TestSite {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("test.db").display());
        let keys = Keys::from_secret(&(0..64).collect::<Vec<u8>>()).unwrap();
        let app = App::new(Db::open(&address).await.unwrap(), keys).await.unwrap();
        let mut tx = app.db.begin().await.unwrap();
        let office =
            account::add_organisation(&app, &mut tx, "civil_affairs", "浦东民政", COUNTY).await.unwrap();
        tx.commit().await.unwrap();
        TestSite { app, office, _folder: folder }
    }

    pub(crate) fn router(&self) -> Router {
        crate::site(self.app.clone())
    }

    /// An account of the role: the header of its bearer token and the cookie of its session.
    pub(crate) async fn account(&self, role: &str) -> (String, String) {
        let new = NewAccount {
            username: role.to_owned(),
            name: "测试员".to_owned(),
            password: PASSWORD.to_owned(),
            role: role.to_owned(),
            organisation: self.office,
            division: None,
            person: None,
        };
        let mut tx = self.app.db.begin().await.unwrap();
        let id = account::add(&self.app, &mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        let token = account::new_token(&self.app, id, "test", 1).await.unwrap();
        let (_, secret) = account::sign_in(&self.app, role, PASSWORD).await.unwrap();
        (format!("Bearer {token}"), format!("{COOKIE}={secret}"))
    }
}
