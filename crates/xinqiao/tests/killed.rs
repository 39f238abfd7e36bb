//! The server is killed in the middle of its work (SIGKILL: it can finish nothing) and started again. What it had
//! acknowledged is there once, what it had not is whole or absent. `cargo xtask faults` kills it more often, and the
//! database under it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

#[path = "../../app/tests/common/engine.rs"]
mod engine;

use app::{db::Db, p};
use engine::Place;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

const COUNTY: &str = "310115000000";
const VILLAGE: &str = "310115110001";

/// An installation with accounts of the county, whose server can be killed and started again.
struct Installation {
    folder: tempfile::TempDir,
    own: Place,
    tokens: BTreeMap<&'static str, String>,
}

/// A running server.
struct Server {
    child: Child,
    site: Site,
}

/// How programs reach it.
#[derive(Clone)]
struct Site {
    address: String,
    client: reqwest::Client,
}

impl Drop for Server {
    /// `Child::kill` sends SIGKILL.
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Installation {
    fn on_sqlite() -> std::future::Ready<Installation> {
        std::future::ready(Installation::settle(Place::on_sqlite()))
    }

    async fn on_postgres() -> Option<Installation> {
        Place::on_postgres().await.map(Installation::settle)
    }

    fn settle(own: Place) -> Installation {
        let mut place = Installation { folder: tempfile::tempdir().unwrap(), own, tokens: BTreeMap::new() };
        for (name, role, kind) in
            [("doctor", "doctor", "hospital"), ("worker", "referral_worker", "civil_affairs")]
        {
            let account = ["--name", "示例", "--role", role, "--organisation", kind, "--kind", kind];
            let add = [&["user", "add", name][..], &account, &["--division", COUNTY]].concat();
            place.run(&add, "Long-enough-1");
            let grant = ["--label", "test", "--purpose", "referral", "--change"];
            let token = place.run(&[&["token", "new", name][..], &grant].concat(), "");
            place.tokens.insert(name, token.trim().to_owned());
        }
        place
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.args(arguments).env("XINQIAO_DATABASE", &self.own.address);
        command.env("XINQIAO_KEYS", self.folder.path().join("test.keys")).stdout(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str], input: &str) -> String {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{arguments:?}");
        String::from_utf8(done.stdout).unwrap()
    }

    fn start(&self) -> Server {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--json", "--limits", "off"];
        let mut child = self.command(&serve).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = said["listening"].as_str().unwrap().to_owned();
        Server { child, site: Site { address, client: reqwest::Client::new() } }
    }

    /// Replays every case and recounts everything; nothing may be ill.
    fn examined(&self) {
        let told = self.command(&["doctor", "--deep", "--json"]).output().unwrap();
        for line in String::from_utf8(told.stdout).unwrap().lines() {
            let finding: Value = serde_json::from_str(line).unwrap();
            assert!(finding["verdict"] != "ill" || finding["check"] == "room", "{finding}");
        }
    }

    async fn count(&self, sql: &str) -> i64 {
        let db = Db::open(&self.own.address).await.unwrap();
        db.opt::<(i64,)>(sql, p![]).await.unwrap().unwrap().0
    }

    async fn end(self) {
        self.own.end().await;
    }
}

impl Site {
    fn request(&self, token: &str, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}/api/v1{path}", self.address)).bearer_auth(token)
    }

    async fn get(&self, token: &str, path: &str) -> Value {
        let answer = self.request(token, reqwest::Method::GET, path).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// Sends something under a key of its own; nothing where no answer came.
    async fn post(&self, token: &str, path: &str, key: &str, body: &Value) -> Option<Value> {
        let request = self.request(token, reqwest::Method::POST, path).header("idempotency-key", key);
        let answer = request.json(body).send().await.ok()?;
        let status = answer.status();
        let told: Value = answer.json().await.ok()?;
        assert!(status.is_success(), "{path} {key}: {told}");
        Some(told)
    }
}

impl Site {
    /// Sends something under a key of its own until it is acknowledged, as whoever is told that the database is away.
    /// Returns the answer and how often it was told so.
    async fn insist(&self, token: &str, path: &str, key: &str, body: &Value) -> (Value, u32) {
        for times in 0..600 {
            let request = self.request(token, reqwest::Method::POST, path).header("idempotency-key", key);
            let answer = request.json(body).send().await.unwrap();
            let (status, again) = (answer.status(), answer.headers().contains_key("retry-after"));
            let told: Value = answer.json().await.unwrap();
            if status.is_success() {
                return (told, times);
            }
            let away = told["type"] == "unavailable" || told["type"] == "uncertain";
            assert!(status.as_u16() == 503 && away && again, "{path} {key}: {status} {told}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{path} {key}: the database did not come back");
    }
}

/// A synthetic number: the area 990101 belongs to nobody.
fn identity_number(born: &str, sequence: u32) -> String {
    let first = format!("990101{born}{sequence:03}");
    format!("{first}{}", rules::identity_number::check_character(&first).unwrap())
}

/// An application of an invented person, handed in at once.
fn application(number: u32) -> Value {
    let today = rules::clock::china_date(jiff::Timestamp::now()).to_string();
    let (day, sequence) = (1 + number / 900 % 28, 1 + number % 900);
    let identity_number = identity_number(&format!("198803{day:02}"), sequence);
    let f1 = json!({
        "channel": "medical", "on": today, "applicant_name": "测试申请人", "applicant_relation": "doctor",
        "applicant_phone": "13800000000", "name": "测试甲", "sex": "male", "birth_date": format!("1988-03-{day:02}"),
        "identity_kind": "resident", "identity_number": identity_number,
        "address": "测试路1号", "division": VILLAGE, "disorder_group": "01", "in_severe_register": "yes",
        "has_certificate": false, "capacity": "full", "needs": ["S2", "S3"], "consent_given": true,
        "signature": "测试甲"
    });
    let f12 = json!({
        "controller": "测试区民政局", "data_kinds": ["identity", "health"], "retention": "五年",
        "rights_told": true, "withdrawal_way": "随时口头或书面撤回", "registration": true,
        "departments": true, "institution": true, "file_transfer": true, "contact": true, "research": false,
        "publicity": false, "capacity": "full", "on": today, "signature": "测试甲"
    });
    json!({ "forms": { "F1": f1, "F12": f12 }, "submit": true })
}

fn registration() -> Value {
    json!({ "name": "register", "data": {
        "identity_verified": true, "ground": "health_register", "lives_at_home": true, "has_need": true,
        "suitable": true, "package": {"items": [{"service": "S2"}, {"service": "S3"}]}
    } })
}

/// What was sent, and what of it was acknowledged.
#[derive(Default)]
struct Sent {
    begun: AtomicU32,
    filed: Mutex<BTreeMap<u32, String>>,
    registered: Mutex<BTreeMap<u32, String>>,
}

impl Sent {
    fn acknowledged(&self) -> usize {
        self.filed.lock().unwrap().len() + self.registered.lock().unwrap().len()
    }

    /// Files one application and registers it by requests that are sent in this way; `None` once one is not answered.
    async fn file(
        &self,
        place: &Installation,
        number: u32,
        post: impl AsyncFn(&str, &str, &str, &Value) -> Option<Value>,
    ) -> Option<()> {
        let (doctor, worker) = (&place.tokens["doctor"], &place.tokens["worker"]);
        let told = post(doctor, "/cases", &format!("file-{number}"), &application(number)).await?;
        let id = told["id"].as_str().unwrap().to_owned();
        let known = self.filed.lock().unwrap().insert(number, id.clone());
        assert!(known.is_none_or(|known| known == id), "{number} was filed twice");
        let (path, key) = (format!("/cases/{id}/events"), format!("register-{number}"));
        let told = post(worker, &path, &key, &registration()).await?;
        let receipt = told["registration"].as_str().unwrap().to_owned();
        let known = self.registered.lock().unwrap().insert(number, receipt.clone());
        assert!(known.is_none_or(|known| known == receipt), "{number} was registered twice");
        Some(())
    }

    /// Whatever becomes of the database; how often it was told to be away.
    async fn insist(&self, place: &Installation, site: &Site, number: u32) -> u32 {
        let away = AtomicU32::new(0);
        let post = async |token: &str, path: &str, key: &str, body: &Value| {
            let (told, times) = site.insist(token, path, key, body).await;
            away.fetch_add(times, Ordering::SeqCst);
            Some(told)
        };
        self.file(place, number, post).await.unwrap();
        away.into_inner()
    }

    /// `None` once no answer comes.
    async fn send(&self, place: &Installation, site: &Site, number: u32) -> Option<()> {
        let post =
            async |token: &str, path: &str, key: &str, body: &Value| site.post(token, path, key, body).await;
        self.file(place, number, post).await
    }

    /// Goes on with new applications until no answer comes.
    async fn go_on(&self, place: &Installation, site: &Site) {
        while self.send(place, site, self.begun.fetch_add(1, Ordering::SeqCst)).await.is_some() {}
    }

    /// Every acknowledged event is there once, and no case has a gap.
    async fn hold(&self, place: &Installation, site: &Site) {
        let filed = self.filed.lock().unwrap().clone();
        for (number, id) in filed {
            let told = site.get(&place.tokens["worker"], &format!("/cases/{id}/events")).await;
            let events = told["events"].as_array().unwrap();
            let sequences = events.iter().map(|event| event["sequence"].as_u64().unwrap());
            assert!(sequences.eq(1..=events.len() as u64), "{told}");
            let times = |state: &str| events.iter().filter(|event| event["to"] == state).count();
            assert_eq!(times("submitted"), 1, "{told}");
            let acknowledged = self.registered.lock().unwrap().contains_key(&number);
            assert!(times("registered") == 1 || !acknowledged && times("registered") == 0, "{told}");
        }
    }
}

/// What the longer trials of `cargo xtask faults` ask for.
fn asked(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

on_both!(every_acknowledged_event_is_there_once_after_the_server_was_killed, Installation, |place| {
    let sent = Sent::default();
    let kills = asked("XINQIAO_TEST_KILLS").unwrap_or(3);
    for round in 1..=kills {
        let mut server = place.start();
        let site = server.site.clone();
        let enough = sent.acknowledged() + 7 * (1 + round % 4);
        let killed = async {
            while sent.acknowledged() < enough {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.child.kill().unwrap();
        };
        let senders = (0..4).map(|_| sent.go_on(place, &site));
        tokio::join!(killed, futures::future::join_all(senders));
        drop(server);
        sent.hold(place, &place.start().site).await;
    }
    // Who got no answer asks again with the same key, and so does one who did.
    let server = place.start();
    let begun = sent.begun.load(Ordering::SeqCst);
    for number in 0..begun {
        sent.send(place, &server.site, number).await.unwrap();
    }
    sent.hold(place, &server.site).await;
    drop(server);
    assert_eq!(
        place.count("SELECT COUNT(*) /* whole: a test counts */ FROM referral").await,
        i64::from(begun)
    );
    assert_eq!(
        place.count("SELECT COUNT(*) /* whole: a test counts */ FROM form_entry").await,
        2 * i64::from(begun)
    );
    place.examined();
    println!("killed {kills} times: {begun} applications and their registrations, each there once");
});

/// `cargo xtask faults database` kills PostgreSQL as long as the file is there that it names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_event_is_there_once_while_the_database_is_killed() {
    let Some(seconds) = asked("XINQIAO_TEST_OUTAGES") else {
        eprintln!("not run: `cargo xtask faults database` kills the database meanwhile");
        return;
    };
    let flag = PathBuf::from(std::env::var("XINQIAO_TEST_OUTAGE_FLAG").unwrap());
    let place = Installation::on_postgres().await.unwrap();
    let (server, sent) = (place.start(), Sent::default());
    std::fs::write(&flag, "").unwrap();
    let end = Instant::now() + Duration::from_secs(seconds as u64);
    let sender = || async {
        let mut away = 0;
        while Instant::now() < end {
            away += sent.insist(&place, &server.site, sent.begun.fetch_add(1, Ordering::SeqCst)).await;
        }
        away
    };
    let away: u32 = futures::future::join_all((0..8).map(|_| sender())).await.into_iter().sum();
    std::fs::remove_file(&flag).unwrap();
    // One that was begun before is over by then.
    tokio::time::sleep(Duration::from_secs(15)).await;
    sent.hold(&place, &server.site).await;
    drop(server);
    let begun = sent.begun.load(Ordering::SeqCst);
    let count = place.count("SELECT COUNT(*) /* whole: a test counts */ FROM referral").await;
    assert_eq!((sent.acknowledged(), count), (2 * begun as usize, i64::from(begun)));
    place.examined();
    println!(
        "{begun} applications and their registrations, each there once; {away} answers said that the database was away"
    );
    place.end().await;
}

/// A list of invented patients.
fn list(rows: u32) -> String {
    let characters: Vec<char> = "安宝春丹恩芳刚海吉凯兰梅宁鹏琴荣山涛文香阳珍志".chars().collect();
    let mut text = "姓名,身份证号,区划代码\n".to_owned();
    for row in 0..rows {
        let born = format!("{}{:02}{:02}", 1950 + row % 50, 1 + row % 12, 1 + row % 28);
        let (first, second) = (characters[row as usize % 23], characters[row as usize / 23 % 23]);
        let number = identity_number(&born, 1 + row / 2_100);
        text.push_str(&format!("测{first}{second},{number},{VILLAGE}\n"));
    }
    text
}

/// Sends a list in and has it checked; returns it as it then stands.
async fn staged(site: &Site, token: &str, rows: u32) -> Value {
    let path = "/imports?kind=smd&sender=%E6%B5%8B%E8%AF%95&file_name=list.csv";
    let sending = site.request(token, reqwest::Method::POST, path).body(list(rows));
    let import: Value = sending.send().await.unwrap().json().await.unwrap();
    // Of a list that was taken back the numbers are known, and their persons come back under them.
    let taken = |what: &str| import["summary"][what].as_u64().unwrap();
    assert_eq!(taken("new") + taken("linked"), u64::from(rows), "{import}");
    import
}

/// Gives an order on an import and kills the server at a moment of the work, or when all is done.
async fn killed_at(mut server: Server, token: &str, path: &str, command: &str, moment: &Moment<'_>) {
    let site = server.site.clone();
    let order = json!({ "version": site.get(token, path).await["version"] });
    let done = AtomicBool::new(false);
    let work = async {
        site.post(token, &format!("{path}/{command}"), command, &order).await;
        done.store(true, Ordering::SeqCst);
    };
    let end = async {
        while !moment(&site.get(token, path).await) && !done.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        server.child.kill().unwrap();
    };
    tokio::join!(work, end);
}

/// On a busy machine the work may be done before its moment is seen: then nothing was cut off, and the list is taken
/// back in an orderly way before it comes again.
async fn take_back(site: &Site, token: &str, path: &str) {
    if path.is_empty() {
        return;
    }
    let import = site.get(token, path).await;
    if import["state"] == "done" {
        site.post(token, &format!("{path}/undo"), "orderly", &json!({ "version": import["version"] })).await;
    }
}

/// An import once nobody works on it. PostgreSQL may notice late that the connection of who was killed is gone; then the
/// next turn of the clock takes the import up.
async fn settled(site: &Site, token: &str, path: &str) -> Value {
    for _ in 0..600 {
        let import = site.get(token, path).await;
        if !["running", "linking", "undoing"].contains(&import["state"].as_str().unwrap()) {
            return import;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path}: nobody took it up");
}

type Moment<'a> = dyn Fn(&Value) -> bool + 'a;
const ROWS: u32 = 8_000;

on_both!(an_import_is_whole_or_absent_after_the_server_was_killed, Installation, |place| {
    let token = &place.tokens["worker"];
    let rows_in = |rows: u32| move |now: &Value| now["rows_done"].as_u64().unwrap() >= u64::from(rows);
    let state = |state: &'static str| move |now: &Value| now["state"] == state;
    let mut path = String::new();
    for (command, moment) in [
        ("apply", &rows_in(1) as &Moment<'_>),
        ("apply", &rows_in(ROWS / 2)),
        ("apply", &state("linking")),
        ("undo", &state("undoing")),
    ] {
        let server = place.start();
        if command == "apply" {
            take_back(&server.site, token, &path).await;
            let import = staged(&server.site, token, ROWS).await;
            path = format!("/imports/{}", import["id"].as_str().unwrap());
        }
        killed_at(server, token, &path, command, moment).await;
        let after = settled(&place.start().site, token, &path).await;
        let expected = match (after["state"].as_str().unwrap(), after["failure"].as_str()) {
            ("failed", Some("cut_off")) | ("undone", None) => 0,
            ("done", None) => i64::from(ROWS),
            _ => panic!("neither whole nor absent: {after}"),
        };
        let found = place
            .count("SELECT COUNT(*) /* whole: a test counts */ FROM source_record WHERE ended_at IS NULL")
            .await;
        assert_eq!(found, expected, "{command}: {after}");
        place.examined();
    }
});
