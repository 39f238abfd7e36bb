//! The pages of a referral as people of each role use them, on a database of their own. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use app::{
    App,
    account::{self, NewAccount},
    db::Db,
    id::Id,
    p,
    seal::Keys,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
};
use std::collections::BTreeMap;
use tower::ServiceExt;

const COUNTY: i64 = 310_115_000_000;
const PASSWORD: &str = "Synthetic-2026";

struct World {
    app: App,
    site: Router,
    cookies: BTreeMap<&'static str, String>,
    institution: Id,
    manager_account: Id,
    village: String,
    _folder: tempfile::TempDir,
}

/// A page as received.
struct Seen {
    status: StatusCode,
    location: String,
    text: String,
}

impl Seen {
    fn has(&self, wanted: &str) -> &Seen {
        assert!(self.text.contains(wanted), "{wanted} is not in the page ({}):\n{}", self.status, self.text);
        self
    }

    fn lacks(&self, unwanted: &str) -> &Seen {
        assert!(!self.text.contains(unwanted), "{unwanted} is in the page");
        self
    }
}

async fn seen(response: Response<Body>) -> Seen {
    let status = response.status();
    let location = response.headers().get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned());
    let bytes = to_bytes(response.into_body(), 8 << 20).await.unwrap();
    Seen {
        status,
        location: location.unwrap_or_default(),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn encoded(pairs: &[(&str, &str)]) -> String {
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
    async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("x.db").display());
        let keys = Keys::from_secret(&(0..64).collect::<Vec<u8>>()).unwrap();
        let app = App::new(Db::open(&address).await.unwrap(), keys).await.unwrap();
        let village =
            app.divisions.search("金桥镇佳虹", Some(COUNTY..=COUNTY + 999_999), 1)[0].code.to_string();
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
        let mut accounts = BTreeMap::new();
        for (role, kind) in [
            ("referral_worker", "civil_affairs"),
            ("civil_affairs_officer", "civil_affairs"),
            ("committee", "committee"),
            ("institution_manager", "institution"),
            ("case_manager", "institution"),
            ("assessor", "institution"),
            ("doctor", "hospital"),
            ("dpf_officer", "dpf"),
            ("health_officer", "health"),
            ("assisting_subject", "assisting"),
            ("administrator", "platform"),
            ("client", "platform"),
        ] {
            let new = NewAccount {
                username: role.to_owned(),
                name: format!("测试{role}"),
                password: PASSWORD.to_owned(),
                role: role.to_owned(),
                organisation: organisations[kind],
                division: None,
                person: None,
            };
            accounts.insert(role, account::add(&app, &mut tx, &new).await.unwrap());
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
        let mut world = World {
            app,
            site,
            cookies: BTreeMap::new(),
            institution,
            manager_account,
            village,
            _folder: folder,
        };
        for role in accounts.keys() {
            let cookie = world.sign_in(role).await;
            world.cookies.insert(role, cookie);
        }
        world
    }

    async fn sign_in(&self, username: &str) -> String {
        let body = encoded(&[("username", username), ("password", PASSWORD)]);
        let request = Request::post("/sign-in")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let response = self.site.clone().oneshot(request).await.unwrap();
        let cookie = response.headers().get(header::SET_COOKIE).expect("a session").to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn get(&self, role: &str, path: &str) -> Seen {
        let request =
            Request::get(path).header(header::COOKIE, &self.cookies[role]).body(Body::empty()).unwrap();
        seen(self.site.clone().oneshot(request).await.unwrap()).await
    }

    async fn post(&self, role: &str, path: &str, pairs: &[(&str, &str)]) -> Seen {
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookies[role])
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(encoded(pairs)))
            .unwrap();
        seen(self.site.clone().oneshot(request).await.unwrap()).await
    }

    /// The version that a page of the case hands out.
    async fn version(&self, role: &str, path: &str) -> String {
        let page = self.get(role, path).await;
        let (_, rest) = page.text.split_once("name=\"version\" value=\"").expect("a version");
        rest.split('"').next().unwrap().to_owned()
    }

    /// An application that the committee submits; its path.
    async fn submitted(&self) -> String {
        let number = identity_number();
        let application = application(&number, &self.village);
        let sent = self.post("committee", "/cases/new", &application).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        sent.location.split('?').next().unwrap().to_owned()
    }

    async fn registered(&self) -> String {
        let case = self.submitted().await;
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
        case
    }

    async fn referred(&self) -> String {
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
fn identity_number() -> String {
    let digits = "99010119900101123";
    format!("{digits}{}", rules::identity_number::check_character(digits).unwrap())
}

fn application<'a>(number: &'a str, village: &'a str) -> Vec<(&'a str, &'a str)> {
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

#[tokio::test]
async fn every_role_lands_on_a_work_list() {
    let world = World::new().await;
    for role in world.cookies.keys() {
        let page = world.get(role, "/work-list").await;
        assert_eq!(page.status, StatusCode::OK, "{role}");
        page.has("工作清单").has("没有待办任务");
        world.get(role, "/work-list?lang=en").await.has("No open tasks.").lacks("没有");
    }
}

#[tokio::test]
async fn wrong_fields_are_told_together_and_input_is_kept() {
    let world = World::new().await;
    let sent =
        [("do", "submit"), ("F1.name", "赵试"), ("F1.identity_number", "123"), ("F12.registration", "true")];
    let page = world.post("committee", "/cases/new", &sent).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.has("href=\"#f-F1-identity_number\"").has("href=\"#f-F1-division\"").has("value=\"赵试\"");
}

#[tokio::test]
async fn a_village_is_found_without_a_script() {
    let world = World::new().await;
    let sent = [("find", "F1.division"), ("F1.division.q", "佳虹"), ("F1.name", "赵试")];
    let page = world.post("committee", "/cases/new", &sent).await;
    assert_eq!(page.status, StatusCode::OK);
    page.has(&format!("name=\"F1.division\" value=\"{}\"", world.village)).has("value=\"赵试\"");
    let found = world.get("committee", "/divisions/search?name=F1.division&F1.division.q=jhjwh").await;
    assert_eq!(found.status, StatusCode::OK);
    world.get("committee", "/divisions/search?q=%E4%BD%B3%E8%99%B9").await.has("金桥镇");
}

#[tokio::test]
async fn a_draft_is_kept_and_sent_later() {
    let world = World::new().await;
    let draft = [("do", "save"), ("F1.name", "钱试"), ("F1.division", world.village.as_str())];
    let sent = world.post("assisting_subject", "/cases/new", &draft).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let case = sent.location.split('?').next().unwrap().to_owned();
    world.get("assisting_subject", &format!("{case}/do/save")).await.has("value=\"钱试\"");
    assert_eq!(world.get("committee", &case).await.status, StatusCode::NOT_FOUND, "another's draft");
}

#[tokio::test]
async fn the_worker_registers_from_the_work_list() {
    let world = World::new().await;
    let case = world.submitted().await;
    let list = world.get("referral_worker", "/work-list").await;
    list.has(&format!("{case}/do/register")).has("赵试").has("剩 5 个工作日");
    let case = world.get("referral_worker", &case).await;
    case.has("官方期限").has("K1").has("提交申请").has("登记与转介").has("男 · ").lacks(&identity_number());
}

#[tokio::test]
async fn what_stands_in_the_way_is_told_beforehand() {
    let world = World::new().await;
    let case = world.registered().await;
    world.get("referral_worker", &format!("{case}/do/queue")).await.has("仍有合适且有空位的机构");
    world.get("referral_worker", &format!("{case}/do/register")).await.has("已登记");
}

#[tokio::test]
async fn the_choice_is_explained_and_the_person_is_asked() {
    let world = World::new().await;
    let case = world.registered().await;
    let path = format!("{case}/refer");
    world.get("referral_worker", &path).await.has("金桥康复站").has("同一村居").has("服务匹配 100%");
    let institution = world.institution.to_string();
    let choice = [
        ("institution", institution.as_str()),
        ("F3.reason", "有社区康复需求"),
        ("F3.sender", "测试转介"),
        ("F3.sender.tick", "yes"),
    ];
    let page = world.post("referral_worker", &path, &choice).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.has("须先征求本人意见").has("有社区康复需求");
}

#[tokio::test]
async fn before_it_accepts_an_institution_sees_no_name() {
    let world = World::new().await;
    let case = world.referred().await;
    for path in ["/work-list", "/cases", case.as_str()] {
        world.get("institution_manager", path).await.has("待接收").lacks("赵试").lacks("13800000000");
    }
    world.get("institution_manager", &format!("{case}/slip")).await.has("转介单").lacks("赵试");
    let version = world.version("institution_manager", &format!("{case}/do/accept")).await;
    let manager = world.manager_account.to_string();
    let answer = [
        ("version", version.as_str()),
        ("case_manager", manager.as_str()),
        ("answers.S1.answer", "yes"),
        ("answers.S1.from", "2026-12-01"),
        ("answers.S4.answer", "yes"),
        ("answers.S4.from", "2026-12-01"),
    ];
    let sent = world.post("institution_manager", &format!("{case}/do/accept"), &answer).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    world.get("institution_manager", &case).await.has("赵试");
    world.get("case_manager", &case).await.has("赵试");
    assert_eq!(world.get("doctor", &case).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_decline_needs_a_reason_and_moves_on() {
    let world = World::new().await;
    let case = world.referred().await;
    let path = format!("{case}/do/decline");
    let page = world.post("institution_manager", &path, &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.has("href=\"#f-reason\"");
    let sent = world.post("institution_manager", &path, &[("reason", "D3")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    assert_eq!(sent.location, "/work-list?done=decline", "the case is no longer the institution's");
    world.get("institution_manager", &sent.location).await.has("已完成：不接收");
    assert_eq!(world.get("institution_manager", &case).await.status, StatusCode::NOT_FOUND);
    world.get("referral_worker", &case).await.has("机构未接收").has("未接收");
}

#[tokio::test]
async fn the_second_of_two_is_told_what_happened() {
    let world = World::new().await;
    let case = world.submitted().await;
    let path = format!("{case}/do/ask_supplement");
    let version = world.version("referral_worker", &path).await;
    let asked = [("version", version.as_str()), ("items", "phone")];
    assert_eq!(world.post("referral_worker", &path, &asked).await.status, StatusCode::SEE_OTHER);
    let late = [("version", version.as_str()), ("reason", "R6")];
    let page = world.post("referral_worker", &format!("{case}/do/propose_rejection"), &late).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.has("您填写期间，他人已办理").has("一次性告知补正");
    world.get("committee", &case).await.has("待补正的项目");
}

#[tokio::test]
async fn papers_are_supplied_on_the_form_itself() {
    let world = World::new().await;
    let case = world.submitted().await;
    let asked = [("items", "phone")];
    world.post("referral_worker", &format!("{case}/do/ask_supplement"), &asked).await;
    let path = format!("{case}/do/resubmit");
    world.get("committee", &path).await.has("value=\"赵试\"");
    let number = identity_number();
    let mut answer = application(&number, &world.village);
    answer.extend([("F1.phone", "13900000000"), ("answered", "phone")]);
    let sent = world.post("committee", &path, &answer).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    world.get("referral_worker", &case).await.has("补正后再次提交").has("13900000000");
}

#[tokio::test]
async fn tasks_and_messages_reach_their_reader_and_go() {
    let world = World::new().await;
    let case = world.submitted().await;
    let sent =
        world.post("referral_worker", &format!("{case}/do/propose_rejection"), &[("reason", "R6")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let list = world.get("civil_affairs_officer", "/work-list").await;
    list.has("审核拟不予登记").has("赵*").lacks("赵试");
    let (_, rest) = list.text.split_once("/tasks/").unwrap();
    let task = rest.split('/').next().unwrap();
    let path = format!("/tasks/{task}/done");
    assert_eq!(world.post("doctor", &path, &[]).await.status, StatusCode::NOT_FOUND, "another's task");
    assert_eq!(world.post("civil_affairs_officer", &path, &[]).await.status, StatusCode::SEE_OTHER);
    world.get("civil_affairs_officer", "/work-list").await.lacks("/tasks/");
    world.get("committee", "/work-list").await.has("申请受理回执");
}

#[tokio::test]
async fn the_file_holds_exactly_what_is_filtered() {
    let world = World::new().await;
    world.submitted().await;
    world.get("referral_worker", "/cases/export/csv?state=submitted").await.has("赵试").has("导出");
    world.get("referral_worker", "/cases/export/csv?state=waiting").await.lacks("赵试");
    let book = world.get("referral_worker", "/cases/export/xlsx").await;
    assert!(book.status == StatusCode::OK && book.text.starts_with("PK"));
    assert_eq!(world.get("committee", "/cases/export/csv").await.status, StatusCode::FORBIDDEN);
    let logged: Vec<(String,)> =
        world.app.db.all("SELECT action FROM audit WHERE action = 'export'", vec![]).await.unwrap();
    assert_eq!(logged.len(), 3);
}

#[tokio::test]
async fn pages_are_whole_in_both_languages() {
    let world = World::new().await;
    let case = world.referred().await;
    for path in ["/cases", "/cases/new", case.as_str(), &format!("{case}/slip"), &format!("{case}/do/cancel")]
    {
        for language in ["zh-CN", "en"] {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = world.get("referral_worker", &format!("{path}{joint}lang={language}")).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            page.has(&format!("lang=\"{language}\"")).lacks("%{");
        }
    }
}
