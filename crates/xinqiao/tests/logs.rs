//! A whole journey at the most talkative level: nothing that was entered about a person, and no secret, is in the log.

use crate::common::{COUNTY, Person, Server, application, number};
use crate::engine::{Place, Settled};
use serde_json::{Value, json};
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

const PASSWORD: &str = "Quite-secret-77";
const NAME: &str = "欧阳试墨";
const APPLICANT: &str = "司徒试砚";
const LISTED: &str = "慕容试纸";
const PHONE: &str = "13900001234";
const ADDRESS: &str = "试笔路9876号";

const PERSON: Person = Person { name: NAME, applicant: APPLICANT, phone: PHONE, address: ADDRESS };

struct Installation {
    folder: tempfile::TempDir,
    own: Place,
}

impl Settled for Installation {
    fn settle(own: Place) -> Installation {
        Installation { folder: tempfile::tempdir().unwrap(), own }
    }
}

impl Installation {
    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// A command whose log goes to the file of all.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.args(arguments).env("XINQIAO_DATABASE", &self.own.address).env("XINQIAO_LOG", "trace");
        command.env("XINQIAO_KEYS", self.folder.path().join("test.keys"));
        let log: File = OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        command
    }

    fn run(&self, arguments: &[&str], input: &str) -> String {
        let mut child = self.command(arguments).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{arguments:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    fn account(&self, name: &str, role: &str, kind: &str, purposes: &str) -> String {
        let account = ["--name", "示例", "--role", role, "--organisation", kind, "--kind", kind];
        self.run(&[&["user", "add", name][..], &account, &["--division", COUNTY]].concat(), PASSWORD);
        self.run(&["token", "new", name, "--label", "test", "--purpose", purposes, "--change"], "")
    }

    fn start(&self) -> Server {
        Server::started(self.command(&["serve", "--listen", "127.0.0.1:0", "--json"]).spawn().unwrap())
    }

    async fn end(self) {
        self.own.end().await;
    }
}

/// Sends what people and programs send, right and wrong; returns the cookie of a session.
async fn journey(site: &str, doctor: &str, worker: &str) -> String {
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let send = async |token: &str, path: &str, body: &Value| {
        let request = client.post(format!("{site}/api/v1{path}")).bearer_auth(token);
        let answer =
            request.header("idempotency-key", format!("key {path}")).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, case) = send(doctor, "/cases", &application(&PERSON, 11)).await;
    assert_eq!(status, 201, "{case}");
    let path = format!("/cases/{}/events", case["id"].as_str().unwrap());
    let registration = json!({ "name": "register", "data": {
        "identity_verified": true, "ground": "health_register", "lives_at_home": true, "has_need": true,
        "suitable": true, "package": {"items": [{"service": "S2"}]} } });
    let (status, told) = send(worker, &path, &registration).await;
    assert_eq!(status, 200, "{told}");
    // Wrong in itself, of a wrong kind, and too long for its column.
    let mut wrong = application(&PERSON, 11);
    wrong["forms"]["F1"]["identity_number"] = json!("990101198803070119");
    wrong["forms"]["F1"]["birth_date"] = json!(ADDRESS);
    assert!(send(doctor, "/cases", &wrong).await.0 >= 400);
    for sought in [number(11), NAME.to_owned(), PHONE.to_owned(), number(12), LISTED.to_owned()] {
        let (status, told) = send(worker, "/persons/search", &json!({ "q": sought })).await;
        assert_eq!(status, 200, "{told}");
    }
    // A person: signs in wrongly and rightly, searches, writes an application on the page.
    let post = async |path: &str, cookie: &str, form: &[(&str, &str)]| {
        let request = client.post(format!("{site}{path}")).header("cookie", cookie);
        request.header("origin", site).form(form).send().await.unwrap()
    };
    let wrong = post("/sign-in", "", &[("username", "worker"), ("password", "Wrong-secret-78")]).await;
    assert_eq!(wrong.status(), 401);
    let right = post("/sign-in", "", &[("username", "worker"), ("password", PASSWORD)]).await;
    let cookie = right.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    for sought in [NAME, PHONE, &number(11)] {
        let answer = post("/search", &cookie, &[("q", sought)]).await;
        assert!(answer.status().as_u16() < 400, "{}", answer.status());
        if let Some(place) = answer.headers().get("location") {
            let list = client.get(format!("{site}{}", place.to_str().unwrap())).header("cookie", &cookie);
            assert!(list.send().await.unwrap().status().as_u16() < 400);
        }
    }
    let form =
        [("name", NAME), ("identity_number", &number(13)), ("address", ADDRESS), ("applicant_phone", PHONE)];
    post("/cases/new", &cookie, &form).await;
    cookie
}

on_both!(nothing_of_a_person_and_no_secret_is_in_the_log, Installation, |place| {
    let doctor = place.account("doctor", "doctor", "hospital", "referral");
    let worker = place.account("worker", "referral_worker", "civil_affairs", "referral,care");
    let list = place.folder.path().join("list.csv");
    let rows = format!(
        "姓名,身份证号,联系电话,区划代码\n{LISTED},{},{PHONE},310115110001\n{LISTED},{}1,,\n",
        number(12),
        number(14)
    );
    std::fs::write(&list, rows).unwrap();
    let server = place.start();
    let cookie = journey(&server.address, &doctor, &worker).await;
    let import = ["import", "--kind", "smd", "--sender", "测试局", "--division", COUNTY, "--keep-valid"];
    place.run(&[&import[..], &[list.to_str().unwrap()]].concat(), "");
    drop(server);
    let log = std::fs::read_to_string(place.log()).unwrap();
    assert!(
        log.contains(r#""level":"DEBUG""#) || log.contains(r#""level":"TRACE""#),
        "it is talkative: {log}"
    );
    let session = cookie.split('=').nth(1).unwrap();
    let numbers = [number(11), number(12), number(13), number(14), "990101198803070119".to_owned()];
    let others =
        [NAME, APPLICANT, LISTED, PHONE, ADDRESS, PASSWORD, "Wrong-secret-78", &doctor, &worker, session];
    let leaked: Vec<&str> =
        numbers.iter().map(String::as_str).chain(others).filter(|told| log.contains(told)).collect();
    let where_from =
        |told: &&str| log.lines().find(|line| line.contains(*told)).unwrap_or_default().to_owned();
    assert!(leaked.is_empty(), "{leaked:?}: {:?}", leaked.first().map(where_from));
    // Nor escaped as JSON or in an address.
    for told in [NAME, APPLICANT, LISTED, ADDRESS] {
        let (escaped, inner) = (percent(told), told.escape_unicode().to_string());
        assert!(!log.contains(&escaped) && !log.contains(&inner), "{told}");
    }
});

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
