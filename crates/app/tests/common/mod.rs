//! A fresh database for each test, on both engines.
#![allow(dead_code)]

pub mod authenticator;
#[macro_use]
pub mod engine;
pub mod staff;

use app::{
    App,
    db::Db,
    id::Id,
    scope::{Area, Scope},
    seal::Keys,
};
use engine::Place;
use rules::account::Role;

/// An installation that lives as long as the test.
pub struct TestApp {
    pub app: App,
    place: Place,
}

impl std::ops::Deref for TestApp {
    type Target = App;
    fn deref(&self) -> &App {
        &self.app
    }
}

pub fn keys() -> Keys {
    Keys::from_secret(&(0..64).collect::<Vec<u8>>()).unwrap()
}

impl TestApp {
    /// On SQLite.
    pub async fn on_sqlite() -> TestApp {
        TestApp::settle(Place::on_sqlite()).await
    }

    /// On PostgreSQL, where there is a server.
    pub async fn on_postgres() -> Option<TestApp> {
        Some(TestApp::settle(Place::with_schema().await?).await)
    }

    /// The same with no table in parts, whatever the tests ask for.
    pub async fn in_one_piece() -> Option<TestApp> {
        Some(TestApp::settle(Place::in_one_piece().await?).await)
    }

    async fn settle(place: Place) -> TestApp {
        let app = App::new(Db::open(&place.address).await.unwrap(), keys()).await.unwrap();
        TestApp { app, place }
    }

    /// The same database opened anew, as after a restart.
    pub async fn reopen(&self) -> App {
        App::new(Db::open(&self.place.address).await.unwrap(), keys()).await.unwrap()
    }

    /// The address of the database.
    pub fn address(&self) -> &str {
        &self.place.address
    }

    /// Closes the installation and leaves its database.
    pub fn leave(self) -> Place {
        self.place
    }

    /// Ends the test.
    pub async fn end(self) {
        self.place.end().await;
    }
}

/// `both!(name, |app| { … })`: the test on each engine.
#[macro_export]
macro_rules! both {
    ($name:ident, |$app:ident| $body:block) => {
        on_both!($name, common::TestApp, |$app| $body);
    };
}

/// The county of the tests: Pudong.
pub const COUNTY: i64 = 310_115_000_000;
/// A village in it.
pub const VILLAGE: i64 = 310_115_110_001;

/// Somebody of a role in the county.
pub fn somebody(role: Role) -> Scope {
    Scope {
        account: Id::in_division(COUNTY, "2026-01-01T00:00:00Z".parse().unwrap()),
        role,
        organisation: Id::in_division(COUNTY, "2026-01-01T00:00:00Z".parse().unwrap()),
        organisation_name: String::new(),
        area: Area::of(COUNTY),
        division: COUNTY,
        person: None,
        guardian: false,
        name: "测试员".to_owned(),
        stands_in_for: Vec::new(),
    }
}

/// A village in another county: Dongcheng.
pub const VILLAGE_ELSEWHERE: i64 = 110_101_001_001;

/// The referral worker of the county.
pub fn worker() -> Scope {
    somebody(Role::ReferralWorker)
}

/// The referral worker of another area.
pub fn worker_of(division: i64) -> Scope {
    let area = if division == 0 { Area::NATION } else { Area::of(division) };
    Scope { area, division, ..worker() }
}

/// A synthetic identity number: prefix 990101 belongs to nobody.
pub fn number(born: &str, sequence: u32) -> String {
    let body = format!("990101{}{sequence:03}", born.replace('-', ""));
    let check = rules::identity_number::check_character(&body).unwrap();
    format!("{body}{check}")
}

/// A list as text.
pub fn csv(rows: &[&[&str]]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        writer.write_record(*row).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Sends a list in and checks it.
pub async fn send(app: &App, kind: &str, sender: &str, bytes: &[u8]) -> (Id, app::import::Summary) {
    send_as(app, &worker(), (kind, sender), bytes).await
}

/// The same by somebody else.
pub async fn send_as(
    app: &App,
    scope: &Scope,
    (kind, sender): (&str, &str),
    bytes: &[u8],
) -> (Id, app::import::Summary) {
    let new = app::import::NewImport { kind, sender, file_name: "名单.csv" };
    let id = app::import::stage(app, scope, &new, bytes).await.unwrap();
    let summary = app::import::check(app, scope, id).await.unwrap();
    (id, summary)
}

/// Sends a list in and takes everything in that can be.
pub async fn take(app: &App, kind: &str, sender: &str, bytes: &[u8]) -> (Id, app::import::Summary) {
    take_as(app, &worker(), (kind, sender), bytes).await
}

/// The same by somebody else.
pub async fn take_as(
    app: &App,
    scope: &Scope,
    (kind, sender): (&str, &str),
    bytes: &[u8],
) -> (Id, app::import::Summary) {
    let (id, _) = send_as(app, scope, (kind, sender), bytes).await;
    let keep = app::import::Keep { valid: true, unverified: true };
    let version = app::import::get(app, scope, id).await.unwrap().version;
    (id, app::import::apply(app, scope, id, version, keep).await.unwrap())
}

/// Takes an import back.
pub async fn take_back(app: &App, id: Id) {
    take_back_as(app, &worker(), id).await;
}

/// The same by somebody else.
pub async fn take_back_as(app: &App, scope: &Scope, id: Id) {
    let version = app::import::get(app, scope, id).await.unwrap().version;
    app::import::undo(app, scope, id, version).await.unwrap();
}
