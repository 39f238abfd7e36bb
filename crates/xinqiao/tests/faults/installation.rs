//! An installation whose server can be killed and started again, and how programs reach it.

use crate::engine::{Place, Settled};
use app::{db::Db, p};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const COUNTY: &str = "310115000000";
const SERVE: [&str; 6] = ["serve", "--listen", "127.0.0.1:0", "--json", "--limits", "off"];
/// What `xinqiao doctor --deep` has to have found well, whatever befell the installation.
const EXAMINED: [&str; 10] =
    ["database", "schema", "keys", "counts", "places", "search", "replay", "scales", "followup", "log"];

/// An installation with accounts of the county, whose server can be killed and started again.
pub struct Installation {
    folder: tempfile::TempDir,
    own: Place,
    pub tokens: BTreeMap<&'static str, String>,
}

/// A running server.
pub struct Server {
    pub child: Child,
    pub site: Site,
}

/// How programs reach it.
#[derive(Clone)]
pub struct Site {
    pub address: String,
    client: reqwest::Client,
}

impl Drop for Server {
    /// `Child::kill` sends SIGKILL.
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Settled for Installation {
    /// With a doctor and a worker, and a token of each.
    fn settle(own: Place) -> Installation {
        let mut place = Installation::bare(own);
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
}

impl Installation {
    /// SQLite in a folder of the caller's.
    pub fn on_sqlite_in(folder: &Path) -> Installation {
        Installation::settle(Place::on_sqlite_in(folder))
    }

    /// A database in which nothing is yet.
    pub fn bare(own: Place) -> Installation {
        Installation { folder: tempfile::tempdir().unwrap(), own, tokens: BTreeMap::new() }
    }

    /// The file of its keys.
    pub fn keys(&self) -> PathBuf {
        self.folder.path().join("test.keys")
    }

    pub fn address(&self) -> &str {
        &self.own.address
    }

    /// Its database, beside the servers.
    pub async fn db(&self) -> Db {
        Db::open(&self.own.address).await.unwrap()
    }

    /// An own folder that is gone at the end.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.args(arguments);
        self.here(&mut command);
        command
    }

    /// Lets a command find this installation.
    fn here(&self, command: &mut Command) {
        command.env("XINQIAO_DATABASE", &self.own.address).stdout(Stdio::piped());
        command.env("XINQIAO_KEYS", self.keys());
    }

    pub fn run(&self, arguments: &[&str], input: &str) -> String {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{arguments:?}");
        String::from_utf8(done.stdout).unwrap()
    }

    pub fn start(&self) -> Server {
        self.start_with(&[])
    }

    /// The same with further options of `xinqiao serve`.
    pub fn start_with(&self, further: &[&str]) -> Server {
        Server::begin(&mut self.command(&[&SERVE[..], further].concat()))
    }

    /// A server that nobody waits for and nobody asks anything. Whoever starts it has to kill it.
    pub fn spawn(&self) -> Child {
        self.command(&SERVE).spawn().unwrap()
    }

    /// A server whose clock is as many hours ahead as the one byte of a file says, by a library that comes before the C library.
    pub fn start_with_clock(&self, library: &Path, hours: &Path) -> Server {
        let mut command = self.command(&SERVE);
        Server::begin(command.env("LD_PRELOAD", library).env("XINQIAO_TEST_CLOCK_HOURS", hours))
    }

    /// A server whose files have a limit that can be set later: who exceeds it is told so, and not killed.
    pub fn start_limited(&self) -> Server {
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_xinqiao")]).args(SERVE);
        self.here(&mut command);
        Server::begin(&mut command)
    }

    /// Replays every case and recounts everything; nothing may be ill, and nothing of it left out.
    pub fn examined(&self) {
        let told = self.command(&["doctor", "--deep", "--json"]).output().unwrap();
        let why = String::from_utf8_lossy(&told.stderr).into_owned();
        let lines = String::from_utf8(told.stdout).unwrap();
        let findings: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for check in EXAMINED {
            let finding = findings.iter().find(|finding| finding["check"] == check);
            let finding = finding.unwrap_or_else(|| panic!("{check} was not looked at: {lines}{why}"));
            assert_eq!(finding["verdict"], "well", "{finding}");
        }
        for finding in findings {
            // The disk is nearly full, or the server of the tests waits for none.
            let excused = ["room", "server"].iter().any(|check| finding["check"] == *check);
            assert!(finding["verdict"] != "ill" || excused, "{finding}");
        }
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.db().await.opt::<(i64,)>(sql, p![]).await.unwrap().unwrap().0
    }

    pub async fn end(self) {
        self.own.end().await;
    }
}

impl Server {
    fn begin(command: &mut Command) -> Server {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = said["listening"].as_str().unwrap().to_owned();
        Server { child, site: Site { address, client: reqwest::Client::new() } }
    }

    /// A figure of the process in KiB, as Linux tells it; nothing elsewhere.
    pub fn memory(&self, what: &str) -> Option<u64> {
        let told = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = told.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }
}

impl Site {
    /// A page or a probe that needs nobody's token.
    pub async fn look(&self, path: &str) -> Option<u16> {
        let asked = self.client.get(format!("{}{path}", self.address)).send().await;
        asked.ok().map(|answer| answer.status().as_u16())
    }

    pub fn request(&self, token: &str, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}/api/v1{path}", self.address)).bearer_auth(token)
    }

    pub async fn get(&self, token: &str, path: &str) -> Value {
        let answer = self.request(token, reqwest::Method::GET, path).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// Sends something under a key of its own; nothing where no answer came.
    pub async fn post(&self, token: &str, path: &str, key: &str, body: &Value) -> Option<Value> {
        let request = self.request(token, reqwest::Method::POST, path).header("idempotency-key", key);
        let answer = request.json(body).send().await.ok()?;
        let status = answer.status();
        let told: Value = answer.json().await.ok()?;
        assert!(status.is_success(), "{path} {key}: {told}");
        Some(told)
    }
}
