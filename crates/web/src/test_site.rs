//! A site of one county on a database of its own, for the tests of this crate. All persons are invented.

#[path = "../../app/tests/common/engine.rs"]
mod engine;

use crate::session::COOKIE;
use app::{
    App,
    account::{self, NewAccount},
    db::Db,
    id::Id,
    p,
    scope::Scope,
    seal::Keys,
};
use axum::Router;
use engine::Place;

/// The county.
pub(crate) const COUNTY: i64 = 310_115_000_000;
const PASSWORD: &str = "Synthetic-2026";

/// A site and its only organisation.
pub(crate) struct TestSite {
    pub app: App,
    pub office: Id,
}

impl TestSite {
    /// Runs a test on each engine.
    pub(crate) async fn on_both(test: impl AsyncFn(&TestSite)) {
        for place in [Some(Place::on_sqlite()), Place::with_schema().await].into_iter().flatten() {
            test(&TestSite::settle(&place.address).await).await;
            place.end().await;
        }
    }

    /// On the empty database of an address.
    pub(crate) async fn settle(address: &str) -> TestSite {
        let keys = Keys::from_secret(&(0..64).collect::<Vec<u8>>()).unwrap();
        let app = App::new(Db::open(address).await.unwrap(), keys).await.unwrap();
        let mut tx = app.db.begin().await.unwrap();
        let office =
            account::add_organisation(&app, &mut tx, "civil_affairs", "浦东民政", COUNTY).await.unwrap();
        tx.commit().await.unwrap();
        TestSite { app, office }
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

    /// The scope of an account of the role.
    pub(crate) async fn scope(&self, role: &str) -> Scope {
        let (token, _) = self.account(role).await;
        let secret = token.trim_start_matches("Bearer ");
        account::of_token(&self.app, secret).await.unwrap().scope().unwrap()
    }

    /// A registered case of a county, filed by the office; its identifier.
    pub(crate) async fn case(&self, county: i64, receipt: &str, registration: &str) -> Id {
        let now = self.app.now();
        let id = Id::in_division(county, now);
        let sql = "INSERT INTO referral (home, id, episode, receipt, registration, client_name, client_initials,
            state, version, county, division, channel, filed_by, filed_by_organisation, provisional, frozen, body,
            created_at, changed_at) VALUES ($1, $2, $2, $3, $4, '赵试', 'zs', 'registered', 2, $5, $5, 'committee',
            $6, $6, $7, $7, $8, $9, $9)";
        let body = serde_json::json!({});
        let args = p![id.home_number(), id, receipt, registration, county, self.office, false, body, now];
        self.app.db.run(sql, args).await.unwrap();
        let sql = "INSERT INTO referral_filer (home, referral_id, account_id, organisation_id) VALUES ($1, $2, $3, $3)";
        self.app.db.run(sql, p![id.home_number(), id, self.office]).await.unwrap();
        id
    }
}
