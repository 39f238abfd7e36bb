//! A county with one account of each role, reached through its pages as browsers reach them. All persons are invented.

use super::{COUNTY, app_on, engine::Place};
use app::{
    App,
    account::{self, NewAccount},
    db::Tx,
    id::Id,
    p,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
};
use sha2::Digest;
use std::collections::BTreeMap;
use tower::ServiceExt;

/// 上海市 浦东新区 金桥镇 佳虹居委会; searching the nation for it takes longer than most tests.
const VILLAGE: i64 = 310_115_120_004;
pub const PASSWORD: &str = "Synthetic-2026";

/// An account with a password that was hashed before.
async fn account_like(app: &App, tx: &mut Tx, new: &NewAccount, hash: &str) -> Id {
    let id = new.organisation.beside(app.now());
    let sql = "INSERT INTO account (id, username, name, password_hash, role, organisation_id, division,
        failed_sign_ins, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 1)";
    let args = p![id, &new.username, &new.name, hash, &new.role, new.organisation, COUNTY, app.now()];
    tx.run(sql, args).await.unwrap();
    id
}

pub struct World {
    pub app: App,
    pub site: Router,
    pub cookies: BTreeMap<&'static str, String>,
    pub institution: Id,
    pub manager_account: Id,
    pub village: String,
    place: Place,
}

/// A page as received.
pub struct Seen {
    pub status: StatusCode,
    pub location: String,
    pub bytes: Vec<u8>,
    pub text: String,
}

impl Seen {
    pub fn has(&self, wanted: &str) -> &Seen {
        assert!(self.text.contains(wanted), "{wanted} is not in the page ({}):\n{}", self.status, self.text);
        self
    }

    pub fn lacks(&self, unwanted: &str) -> &Seen {
        assert!(!self.text.contains(unwanted), "{unwanted} is in the page");
        self
    }
}

pub async fn seen(response: Response<Body>) -> Seen {
    let status = response.status();
    let location = response.headers().get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned());
    let bytes = to_bytes(response.into_body(), 8 << 20).await.unwrap().to_vec();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Seen { status, location: location.unwrap_or_default(), bytes, text }
}

pub fn encoded(pairs: &[(&str, &str)]) -> String {
    let percent = |text: &str| {
        text.bytes().fold(String::new(), |out, b| {
            if b.is_ascii_alphanumeric() {
                out + &char::from(b).to_string()
            } else {
                out + &format!("%{b:02X}")
            }
        })
    };
    pairs.iter().map(|(k, v)| format!("{}={}", percent(k), percent(v))).collect::<Vec<_>>().join("&")
}

impl World {
    /// On SQLite.
    pub async fn on_sqlite() -> World {
        World::settle(Place::on_sqlite()).await
    }

    /// On PostgreSQL, where there is a server.
    pub async fn on_postgres() -> Option<World> {
        Some(World::settle(Place::with_schema().await?).await)
    }

    pub async fn end(self) {
        self.place.end().await;
    }

    async fn settle(place: Place) -> World {
        let app = app_on(&place).await;
        let village = VILLAGE.to_string();
        let mut tx = app.db.begin().await.unwrap();
        let mut organisations = BTreeMap::new();
        for (kind, name) in [
            ("civil_affairs", "浦东民政局"),
            ("committee", "佳虹居委会"),
            ("institution", "金桥康复站"),
            ("hospital", "市精神卫生中心"),
            ("dpf", "浦东残联"),
            ("health", "浦东卫健委"),
            ("assisting", "同心社工服务社"),
            ("platform", "平台"),
        ] {
            let id = account::add_organisation(&app, &mut tx, kind, name, COUNTY).await.unwrap();
            organisations.insert(kind, id);
        }
        // One password for all, hashed once: hashing takes longer than most tests.
        let mut hash: Option<String> = None;
        let mut accounts = BTreeMap::new();
        for (username, kind) in [
            ("referral_worker", "civil_affairs"),
            ("civil_affairs_officer", "civil_affairs"),
            ("second civil_affairs_officer", "civil_affairs"),
            ("committee", "committee"),
            ("institution_manager", "institution"),
            ("case_manager", "institution"),
            ("assessor", "institution"),
            ("doctor", "hospital"),
            ("dpf_officer", "dpf"),
            ("health_officer", "health"),
            ("assisting_subject", "assisting"),
            ("administrator", "platform"),
            ("security_administrator", "platform"),
            ("client", "platform"),
        ] {
            let new = NewAccount {
                username: username.replace(' ', "_"),
                name: format!("测试{username}"),
                password: PASSWORD.to_owned(),
                role: username.trim_start_matches("second ").to_owned(),
                organisation: organisations[kind],
                division: None,
                person: None,
            };
            let id = match &hash {
                None => account::add(&app, &mut tx, &new).await.unwrap(),
                Some(hash) => account_like(&app, &mut tx, &new, hash).await,
            };
            if hash.is_none() {
                let sql = "SELECT password_hash FROM account WHERE id = $1";
                hash = tx.opt::<(String,)>(sql, p![id]).await.unwrap().map(|(hash,)| hash);
            }
            accounts.insert(username, id);
        }
        let institution = organisations["institution"];
        let sql = "INSERT INTO institution (id, credit_code, kind, level, name, division, county, address, contact,
            phone, hours, lowest_age, highest_age, disorder_groups, services, areas, contracted, in_service, reserved,
            blocked, answered_in_time, answered, state, body, version, created_at, changed_at)
            VALUES ($1, '91310115MA1K35TX0A', 'social_service', 'township', '金桥康复站', $2, $3, '', '', '', '', 0, 120,
            $4, $5, $6, 10, 0, 0, 0, 0, 0, 'listed', $7, 1, $8, $8)";
        let none = serde_json::json!([]);
        let services = serde_json::json!(["S1", "S4"]);
        let areas = serde_json::json!([COUNTY]);
        let division: i64 = village.parse().unwrap();
        let args = p![institution, division, COUNTY, none, services, areas, serde_json::json!({}), app.now()];
        tx.run(sql, args).await.unwrap();
        tx.commit().await.unwrap();
        let site = web::site(app.clone());
        let manager_account = accounts["case_manager"];
        let mut world =
            World { app, site, cookies: BTreeMap::new(), institution, manager_account, village, place };
        for (role, id) in accounts {
            let secret = format!("session-of-{}", role.replace(' ', "-"));
            let sql =
                "INSERT INTO session (token_hash, account_id, created_at, seen_at) VALUES ($1, $2, $3, $3)";
            let digest = sha2::Sha256::digest(secret.as_bytes()).to_vec();
            world.app.db.run(sql, p![digest, id, world.app.now()]).await.unwrap();
            world.cookies.insert(role, format!("xinqiao_session={secret}"));
        }
        world
    }

    pub async fn sign_in(&self, username: &str) -> String {
        let body = encoded(&[("username", username), ("password", PASSWORD)]);
        let request = Request::post("/sign-in")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let response = self.site.clone().oneshot(request).await.unwrap();
        let cookie = response.headers().get(header::SET_COOKIE).expect("a session").to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    pub async fn get(&self, role: &str, path: &str) -> Seen {
        let request =
            Request::get(path).header(header::COOKIE, &self.cookies[role]).body(Body::empty()).unwrap();
        seen(self.site.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn post(&self, role: &str, path: &str, pairs: &[(&str, &str)]) -> Seen {
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookies[role])
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(encoded(pairs)))
            .unwrap();
        seen(self.site.clone().oneshot(request).await.unwrap()).await
    }

    /// What the search of a list leads to.
    pub async fn search(&self, role: &str, list: &str, words: &str) -> Seen {
        let led = self.post(role, "/search", &[("to", list), ("q", words)]).await;
        self.get(role, &led.location).await
    }

    /// The version that a page of the case hands out.
    pub async fn version(&self, role: &str, path: &str) -> String {
        let page = self.get(role, path).await;
        let (_, rest) = page.text.split_once("name=\"version\" value=\"").expect("a version");
        rest.split('"').next().unwrap().to_owned()
    }

    /// An application that the committee submits; its path.
    pub async fn submitted(&self) -> String {
        let number = identity_number();
        let application = application(&number, &self.village);
        let sent = self.post("committee", "/cases/new", &application).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        sent.location.split('?').next().unwrap().to_owned()
    }

    pub async fn registered(&self) -> String {
        let case = self.submitted().await;
        self.register(&case).await;
        case
    }

    pub async fn register(&self, case: &str) {
        let version = self.version("referral_worker", &format!("{case}/do/register")).await;
        let found = [
            ("version", version.as_str()),
            ("identity_verified", "true"),
            ("ground", "health_register"),
            ("lives_at_home", "true"),
            ("has_need", "true"),
            ("suitable", "true"),
            ("package", "S1"),
            ("package", "S4"),
        ];
        let sent = self.post("referral_worker", &format!("{case}/do/register"), &found).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    }

    pub async fn referred(&self) -> String {
        let case = self.registered().await;
        let path = format!("{case}/refer");
        let version = self.version("referral_worker", &path).await;
        let institution = self.institution.to_string();
        let choice = [
            ("version", version.as_str()),
            ("institution", institution.as_str()),
            ("person_asked", "yes"),
            ("F3.reason", "有社区康复需求"),
            ("F3.sender", "测试转介"),
            ("F3.sender.tick", "yes"),
        ];
        let sent = self.post("referral_worker", &path, &choice).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        case
    }
}

/// A number of nobody: no area has the prefix 99.
pub fn identity_number() -> String {
    number_of(123)
}

/// The number of the nobody with this sequence.
pub fn number_of(sequence: u32) -> String {
    let digits = format!("99010119900101{sequence:03}");
    format!("{digits}{}", rules::identity_number::check_character(&digits).unwrap())
}

pub fn application<'a>(number: &'a str, village: &'a str) -> Vec<(&'a str, &'a str)> {
    let form = [
        ("do", "submit"),
        ("F1.on", "2026-01-05"),
        ("F1.applicant_name", "测试居委"),
        ("F1.applicant_relation", "committee"),
        ("F1.applicant_phone", "13800000000"),
        ("F1.name", "赵试"),
        ("F1.sex", "male"),
        ("F1.birth_date", "1990-01-01"),
        ("F1.identity_kind", "resident"),
        ("F1.identity_number", number),
        ("F1.address", "测试路1号"),
        ("F1.division", village),
        ("F1.disorder_group", "01"),
        ("F1.in_severe_register", "yes"),
        ("F1.has_certificate", "false"),
        ("F1.capacity", "full"),
        ("F1.needs", "S1"),
        ("F1.needs", "S4"),
        ("F1.signature", "赵试"),
        ("F1.signature.tick", "yes"),
        ("F12.controller", "浦东民政局"),
        ("F12.data_kinds", "identity"),
        ("F12.data_kinds", "health"),
        ("F12.retention", "结案后五年"),
        ("F12.rights_told", "true"),
        ("F12.withdrawal_way", "向居委会提出"),
        ("F12.registration", "true"),
        ("F12.departments", "true"),
        ("F12.institution", "true"),
        ("F12.on", "2026-01-05"),
        ("F12.signature", "赵试"),
        ("F12.signature.tick", "yes"),
    ];
    form.to_vec()
}
