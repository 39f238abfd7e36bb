//! A county with staff of every role and two institutions, reached through the interface as programs reach it. All
//! persons are invented; their numbers start with an area that belongs to nobody.
#![allow(dead_code)]

#[path = "../../../app/tests/common/authenticator.rs"]
pub mod authenticator;
#[path = "../../../app/tests/common/engine.rs"]
#[macro_use]
pub mod engine;
pub mod forms;
pub mod papers;
#[path = "../../src/pdf/reader.rs"]
pub mod reader;
pub mod visitor;
pub mod world;

use app::{
    App, account,
    db::Db,
    id::Id,
    p,
    referral::{self, Look, Turn, WorkList},
    scope::Scope,
    seal::Keys,
};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use engine::Place;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Digest;
use std::{collections::BTreeMap, future::Future, sync::Mutex, task::Poll};
use tower::ServiceExt;

/// Pudong, a village of it, and another county.
pub const COUNTY: i64 = 310_115_000_000;
pub const VILLAGE: i64 = 310_115_110_001;
pub const ELSEWHERE: i64 = 310_101_000_000;

/// What a program gets back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub json: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    pub fn kind(&self) -> &str {
        self.json["type"].as_str().unwrap_or_default()
    }

    pub fn fields(&self) -> Vec<&str> {
        let fields = self.json["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        fields.iter().filter_map(|field| field["field"].as_str()).collect()
    }

    pub fn id(&self) -> String {
        self.json["id"].as_str().unwrap().to_owned()
    }
}

/// The county at a moment.
pub struct County {
    pub app: App,
    pub at: Timestamp,
    /// Organisations and accounts by name.
    pub ids: BTreeMap<&'static str, Id>,
    tokens: BTreeMap<&'static str, String>,
    /// The site of the last moment asked: building one takes longer than most requests.
    site: Mutex<Option<(Timestamp, Router)>>,
    place: Place,
}

/// `both!(name, |county| { … })`: the test on each engine.
#[macro_export]
macro_rules! both {
    ($name:ident, |$county:ident| $body:block) => {
        on_both!($name, common::County, |$county| $body);
    };
}

/// The installation on a place.
pub async fn app_on(place: &Place) -> App {
    let keys = Keys::from_secret(&(0..64).collect::<Vec<u8>>()).unwrap();
    App::new(Db::open(&place.address).await.unwrap(), keys).await.unwrap()
}

/// Runs a future until it was looked at so often, and drops it then, as a process that dies would.
pub async fn killed_after<F: Future>(looks: usize, work: F) -> Option<F::Output> {
    let mut work = Box::pin(work);
    let mut left = looks;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        let step = work.as_mut().poll(context).map(Some);
        if left == 0 && step.is_pending() { Poll::Ready(None) } else { step }
    })
    .await
}

/// A morning in Shanghai.
pub fn morning(day: &str) -> Timestamp {
    format!("{day}T09:00:00+08:00").parse().unwrap()
}

const ORGANISATIONS: [(&str, &str, i64); 8] = [
    ("office", "civil_affairs", COUNTY),
    ("other office", "civil_affairs", ELSEWHERE),
    ("hospital", "hospital", COUNTY),
    ("committee", "committee", VILLAGE),
    ("helpers", "assisting", COUNTY),
    ("families", "platform", COUNTY),
    ("sunrise", "institution", COUNTY),
    ("harbour", "institution", COUNTY),
];

const ACCOUNTS: [(&str, &str, &str); 21] = [
    ("worker", "referral_worker", "office"),
    ("second worker", "referral_worker", "office"),
    ("officer", "civil_affairs_officer", "office"),
    ("second officer", "civil_affairs_officer", "office"),
    ("other worker", "referral_worker", "other office"),
    ("doctor", "doctor", "hospital"),
    ("committee clerk", "committee", "committee"),
    ("helper", "assisting_subject", "helpers"),
    ("client", "client", "families"),
    ("sunrise manager", "institution_manager", "sunrise"),
    ("sunrise keeper", "case_manager", "sunrise"),
    ("sunrise assessor", "assessor", "sunrise"),
    ("harbour manager", "institution_manager", "harbour"),
    ("harbour keeper", "case_manager", "harbour"),
    ("harbour assessor", "assessor", "harbour"),
    ("health officer", "health_officer", "office"),
    ("federation officer", "dpf_officer", "office"),
    ("supervisor", "supervisor", "office"),
    ("auditor", "auditor", "office"),
    ("administrator", "administrator", "office"),
    ("security", "security_administrator", "office"),
];

impl County {
    /// On SQLite.
    pub async fn on_sqlite() -> County {
        County::settle(Place::on_sqlite()).await
    }

    /// On PostgreSQL, where there is a server.
    pub async fn on_postgres() -> Option<County> {
        Some(County::settle(Place::with_schema().await?).await)
    }

    async fn settle(place: Place) -> County {
        let at = morning("2026-03-02");
        let app = app_on(&place).await.at(at);
        let (ids, tokens, site) = (BTreeMap::new(), BTreeMap::new(), Mutex::new(None));
        let mut county = County { app, at, ids, tokens, site, place };
        for (name, kind, division) in ORGANISATIONS {
            county.organisation(name, kind, division).await;
        }
        for (name, role, organisation) in ACCOUNTS {
            county.account(name, role, organisation).await;
        }
        county.list("sunrise", 2).await;
        county.list("harbour", 2).await;
        county
    }

    pub async fn organisation(&mut self, name: &'static str, kind: &str, division: i64) {
        let mut tx = self.app.db.begin().await.unwrap();
        let id = account::add_organisation(&self.app, &mut tx, kind, name, division).await.unwrap();
        tx.commit().await.unwrap();
        self.ids.insert(name, id);
    }

    /// An account that signs in with a token only, so that no test waits for a password to be hashed.
    pub async fn account(&mut self, name: &'static str, role: &str, organisation: &str) {
        let home = self.ids[organisation];
        let division: (i64,) = self
            .app
            .db
            .opt("SELECT division FROM organisation WHERE id = $1", p![home])
            .await
            .unwrap()
            .unwrap();
        let id = home.beside(self.at);
        let sql = "INSERT INTO account (id, username, name, password_hash, role, organisation_id, division,
            failed_sign_ins, created_at, version) VALUES ($1, $2, $3, 'none', $4, $5, $6, 0, $7, 1)";
        self.app.db.run(sql, p![id, name, name, role, home, division.0, self.at]).await.unwrap();
        let token = account::new_token(&self.app, id, "test", 3650).await.unwrap();
        self.ids.insert(name, id);
        self.tokens.insert(name, token);
    }

    /// A listed institution with places for services S2 and S3.
    async fn list(&mut self, name: &'static str, places: i64) {
        let sql = "INSERT INTO institution (id, credit_code, kind, level, name, division, county, address,
            contact, phone, hours, lowest_age, highest_age, disorder_groups, services, areas, contracted,
            in_service, reserved, blocked, answered_in_time, answered, state, body, version, created_at,
            changed_at) VALUES ($1, $2, 'social_service', 'county_centre', $3, $4, $5, '', '', '', '', 0, 120,
            $6, $7, $8, $9, 0, 0, 0, 0, 0, 'listed', $10, 1, $11, $11)";
        let args = p![
            self.ids[name],
            name,
            name,
            VILLAGE,
            COUNTY,
            json!([]),
            json!(["S2", "S3"]),
            json!([COUNTY]),
            places,
            json!({ "id": self.ids[name], "owner": self.ids[name], "state": "listed", "version": 1 }),
            self.at
        ];
        self.app.db.run(sql, args).await.unwrap();
    }

    /// Another instance on the same database.
    pub async fn another(&self) -> App {
        app_on(&self.place).await
    }

    pub async fn end(self) {
        self.place.end().await;
    }

    /// Time goes on to the morning of a day.
    pub fn on(&mut self, day: &str) {
        self.at = morning(day);
    }

    /// Today in China.
    pub fn today(&self) -> String {
        rules::clock::china_date(self.at).to_string()
    }

    pub fn id(&self, name: &str) -> String {
        self.ids[name].to_string()
    }

    /// What an account may see.
    pub async fn scope(&self, who: &str) -> Scope {
        account::of_token(&self.app, self.token(who)).await.unwrap().scope().unwrap()
    }

    /// The work list of an account at this moment, with one part of its cases.
    pub async fn work_list(&self, who: &str, turn: Turn) -> WorkList {
        let scope = self.scope(who).await;
        referral::work_list(&self.app.at(self.at), &scope, &Look::at(turn)).await.unwrap()
    }

    pub fn token(&self, who: &str) -> &str {
        &self.tokens[who]
    }

    /// The site as it stands at this moment.
    /// A browser of somebody at the county's instant, without waiting for a password to be hashed.
    pub async fn browser(&self, who: &str) -> visitor::Visitor {
        let secret = format!("session-of-{}", who.replace(' ', "-"));
        let sql = "INSERT INTO session (token_hash, account_id, created_at, seen_at) VALUES ($1, $2, $3, $3)
            ON CONFLICT (token_hash) DO UPDATE SET seen_at = $3, created_at = $3";
        let hash = sha2::Sha256::digest(secret.as_bytes()).to_vec();
        self.app.db.run(sql, p![hash, self.ids[who], self.at]).await.unwrap();
        visitor::Visitor::with(&self.site(), &format!("xinqiao_session={secret}"))
    }

    /// The text of a paper as whoever opens it reads it, without the ends of its lines. Asked for twice it is the same bytes.
    pub async fn paper(&self, who: &str, path: &str) -> String {
        let mut browser = self.browser(who).await;
        let answer = browser.answer("GET", path, &[]).await;
        let media = answer.headers()["content-type"].clone();
        let first = world::seen(answer).await;
        assert_eq!(
            (first.status, media.to_str().unwrap()),
            (StatusCode::OK, "application/pdf"),
            "{who} {path}"
        );
        assert!(first.bytes.starts_with(b"%PDF-"), "{who} {path}");
        assert!(first.bytes == browser.get(path).await.bytes, "{who} {path}: two requests, two files");
        reader::text(&first.bytes).replace('\n', "")
    }

    fn site(&self) -> Router {
        let mut last = self.site.lock().unwrap();
        match &*last {
            Some((at, site)) if *at == self.at => site.clone(),
            _ => {
                let site = web::site(self.app.at(self.at));
                *last = Some((self.at, site.clone()));
                site
            }
        }
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.site().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = axum::body::to_bytes(answer.into_body(), 1 << 22).await.unwrap();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status, headers, json }
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        let request = Request::get(path).header("authorization", format!("Bearer {}", self.token(who)));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// What a program finds in the register: identifiers, and the statements it took.
    pub async fn search(&self, who: &str, words: &str) -> (Vec<String>, u64) {
        let before = self.app.db.statements();
        let told = self.post(who, "/api/v1/persons/search", &[], &json!({ "q": words })).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.json);
        let persons = told.json["persons"].as_array().unwrap();
        let ids = persons.iter().map(|person| person["id"].as_str().unwrap().to_owned()).collect();
        (ids, self.app.db.statements() - before)
    }

    pub async fn post(&self, who: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.token(who)))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Files and sends an application; the answer as it comes.
    pub async fn apply(&self, who: &str, number: u32) -> Answer {
        let forms = json!({ "F1": forms::f1(self, who, number), "F12": forms::f12(self) });
        self.post(who, "/api/v1/cases", &[], &json!({ "forms": forms, "submit": true })).await
    }

    /// A command as it comes back.
    pub async fn attempt(&self, who: &str, case: &str, name: &str, data: Value, forms: Value) -> Answer {
        let body = json!({ "name": name, "data": data, "forms": forms });
        self.post(who, &format!("/api/v1/cases/{case}/events"), &[], &body).await
    }

    /// A command that must succeed; the state after it.
    pub async fn act(&self, who: &str, case: &str, name: &str, data: Value, forms: Value) -> String {
        let answer = self.attempt(who, case, name, data, forms).await;
        assert_eq!(answer.status, StatusCode::OK, "{who} {name}: {}", answer.json);
        answer.json["state"].as_str().unwrap().to_owned()
    }

    /// A command that the rules refuse; the code.
    pub async fn refused(&self, who: &str, case: &str, name: &str, data: Value, forms: Value) -> String {
        let answer = self.attempt(who, case, name, data, forms).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{who} {name}: {}", answer.json);
        answer.code().to_owned()
    }

    /// The case as somebody sees it.
    pub async fn case(&self, who: &str, case: &str) -> Value {
        let answer = self.get(who, &format!("/api/v1/cases/{case}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{who}: {}", answer.json);
        answer.json
    }

    /// The version of a case, whoever may see it.
    pub async fn version(&self, case: &str) -> i64 {
        let case: Id = case.parse().unwrap();
        let sql = "SELECT version FROM referral WHERE home = $1 AND id = $2";
        self.app.db.opt::<(i64,)>(sql, p![case.home_number(), case]).await.unwrap().unwrap().0
    }

    /// Kinds of tasks that are open on a case.
    pub async fn tasks(&self, case: &str) -> Vec<String> {
        let case: Id = case.parse().unwrap();
        let sql =
            "SELECT kind FROM task WHERE home = $1 AND referral_id = $2 AND done_at IS NULL ORDER BY kind";
        let found: Vec<(String,)> = self.app.db.all(sql, p![case.home_number(), case]).await.unwrap();
        found.into_iter().map(|(kind,)| kind).collect()
    }

    /// Refusals in the log.
    pub async fn refusals(&self) -> i64 {
        let sql = "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE action = 'refused'";
        self.app.db.opt::<(i64,)>(sql, p![]).await.unwrap().unwrap().0
    }

    /// Places in service and reserved.
    pub async fn places(&self, institution: &str) -> (i64, i64) {
        let sql = "SELECT in_service, reserved FROM institution WHERE id = $1";
        self.app.db.opt(sql, p![self.ids[institution]]).await.unwrap().unwrap()
    }
}

/// The ordinary course, step by step; each brings the case of a county one state further.
impl County {
    pub async fn register(&self, case: &str) {
        let found = json!({ "identity_verified": true, "ground": "health_register", "lives_at_home": true,
            "has_need": true, "suitable": true, "package": {"items": [{"service": "S2"}, {"service": "S3"}]} });
        assert_eq!(self.act("worker", case, "register", found, json!({})).await, "registered");
    }

    pub async fn refer(&self, case: &str, to: &str) {
        let data = json!({ "institution": self.id(to), "person_asked": true, "agreed_order": [] });
        let forms = json!({ "F3": forms::f3(self) });
        assert_eq!(self.act("worker", case, "refer", data, forms).await, "referred");
    }

    pub async fn accept(&self, case: &str) {
        let data = json!({ "case_manager": self.id("sunrise keeper"), "answers": [] });
        assert_eq!(self.act("sunrise manager", case, "accept", data, json!({})).await, "accepted");
    }

    pub async fn assess(&self, case: &str, conclusion: &str) {
        let data = json!({ "risk_grade": 0, "services": ["S2"] });
        let forms = json!({ "F4": forms::f4(self, conclusion) });
        assert_eq!(self.act("sunrise assessor", case, "assess", data, forms).await, "assessed");
    }

    pub async fn agree(&self, case: &str) {
        let data = json!({ "signer": {"capacity": "full", "guardian": null}, "until": "2028-12-31" });
        let forms = json!({ "F5": forms::f5(self), "F6": forms::f6(self) });
        assert_eq!(self.act("sunrise keeper", case, "agree", data, forms).await, "agreed");
    }

    pub async fn serve(&self, case: &str) {
        let forms = json!({ "F7": forms::f7(self) });
        let data = json!({ "on": self.today() });
        assert_eq!(self.act("sunrise keeper", case, "first_session", data, forms).await, "in_service");
    }

    pub async fn evaluate(&self, case: &str, decision: &str) {
        let forms = json!({ "F8": forms::f8(self, decision) });
        let data = json!({ "decision": decision });
        let state = self.act("sunrise assessor", case, "stage_evaluation", data, forms).await;
        assert_eq!(state, "in_service");
    }

    pub async fn propose_closure(&self, case: &str, reason: &str) {
        let forms = json!({ "F10": forms::f10(self, reason) });
        let data = json!({ "reason": reason });
        assert_eq!(self.act("sunrise keeper", case, "propose_closure", data, forms).await, "closing");
    }

    pub async fn close(&self, case: &str) {
        let data = json!({ "client_told": true, "follow_up_plan": true });
        let state = self.act("sunrise manager", case, "approve_closure", data, json!({})).await;
        assert_eq!(state, "closed");
    }

    /// A new case brought to a state of the ordinary course.
    pub async fn at_state(&self, number: u32, state: &str) -> String {
        let case = self.apply("doctor", number).await.id();
        let steps = [
            "submitted",
            "registered",
            "referred",
            "accepted",
            "assessed",
            "agreed",
            "in_service",
            "closing",
            "closed",
        ];
        let last = steps.iter().position(|step| *step == state).unwrap();
        for step in &steps[1..=last] {
            match *step {
                "registered" => self.register(&case).await,
                "referred" => self.refer(&case, "sunrise").await,
                "accepted" => self.accept(&case).await,
                "assessed" => self.assess(&case, "suitable").await,
                "agreed" => self.agree(&case).await,
                "in_service" => self.serve(&case).await,
                "closing" => {
                    self.evaluate(&case, "close").await;
                    self.propose_closure(&case, "C1").await;
                }
                _ => self.close(&case).await,
            }
        }
        case
    }
}
