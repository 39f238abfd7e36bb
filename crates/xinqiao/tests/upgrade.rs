//! An older and a newer program on one database while the one takes the other's place: nothing that was sent is lost, and
//! nothing happens twice. The newer one is the same program with further steps of the schema (`XINQIAO_TEST_STEPS`).

use crate::common::{ANYBODY, COUNTY, Server, application};
use crate::engine::{Place, Settled};
use app::{db::Db, p};
use serde_json::{Value, json};
use std::{
    io::Write,
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// What the newer program knows beside: one step that both bear, and one that takes away what the first brought.
const STEPS: [(&str, &str); 2] = [
    (
        "9001_trial.sql",
        "-- expand\n\n-- local\nCREATE TABLE trial (id {id} NOT NULL PRIMARY KEY) {strict};\n\
         ALTER TABLE referral ADD COLUMN trial {text};\nCREATE INDEX referral_by_trial ON referral (trial);\n",
    ),
    (
        "9002_trial_over.sql",
        "-- contract since 9001\nDROP INDEX referral_by_trial;\nALTER TABLE referral DROP COLUMN trial;\nDROP TABLE trial;\n",
    ),
];

/// Which program.
#[derive(Clone, Copy, PartialEq)]
enum Version {
    Old,
    New,
}
use Version::{New, Old};

/// Where `bench/national` keeps the database of a whole nation, as `serve` takes it, and its key file.
const NATION: [&str; 2] = ["XINQIAO_TEST_NATION", "XINQIAO_TEST_NATION_KEYS"];

struct Installation {
    folder: tempfile::TempDir,
    keys: PathBuf,
    own: Place,
    token: String,
}

impl Settled for Installation {
    fn settle(own: Place) -> Installation {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("test.keys");
        Installation::with(own, folder, keys)
    }
}

impl Installation {
    fn with(own: Place, folder: tempfile::TempDir, keys: PathBuf) -> Installation {
        let mut place = Installation { folder, keys, own, token: String::new() };
        std::fs::create_dir(place.steps()).unwrap();
        for (name, text) in STEPS {
            std::fs::write(place.steps().join(name), text).unwrap();
        }
        for (name, role, kind) in
            [("doctor", "doctor", "hospital"), ("worker", "referral_worker", "civil_affairs")]
        {
            let account = ["--name", "示例", "--role", role, "--organisation", kind, "--kind", kind];
            let add = [&["user", "add", name][..], &account, &["--division", COUNTY]].concat();
            place.run(Old, &add, "Long-enough-1");
        }
        let grant = ["token", "new", "doctor", "--label", "test", "--purpose", "referral", "--change"];
        place.token = String::from_utf8(place.run(Old, &grant, "").stdout).unwrap().trim().to_owned();
        place
    }

    fn steps(&self) -> PathBuf {
        self.folder.path().join("steps")
    }

    fn command(&self, version: Version, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        self.set(version, command.args(arguments));
        command
    }

    fn set(&self, version: Version, command: &mut Command) {
        command.env("XINQIAO_DATABASE", &self.own.address).env("XINQIAO_KEYS", &self.keys);
        if version == New {
            command.env("XINQIAO_TEST_STEPS", self.steps());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
    }

    /// A command that need not succeed.
    fn tried(&self, version: Version, arguments: &[&str], input: &str) -> Output {
        let mut child = self.command(version, arguments).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        child.wait_with_output().unwrap()
    }

    fn run(&self, version: Version, arguments: &[&str], input: &str) -> Output {
        let done = self.tried(version, arguments, input);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        done
    }

    /// Every line of a command that prints JSON.
    fn told(&self, version: Version, arguments: &[&str]) -> Vec<Value> {
        let done = self.tried(version, arguments, "");
        String::from_utf8(done.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn start(&self, version: Version) -> Server {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--json", "--limits", "off", "--drain", "1s"];
        Server::started(self.command(version, &serve).spawn().unwrap())
    }

    async fn count(&self, sql: &str) -> i64 {
        let db = Db::open(&self.own.address).await.unwrap();
        db.opt::<(i64,)>(sql, p![]).await.unwrap().unwrap().0
    }

    async fn end(self) {
        self.own.end().await;
    }
}

/// What stands before the servers: asks each whether it takes requests, and sends them in turn to those that do. What is
/// named by a key is sent again, to the next, where a connection broke; an answer is an answer.
struct Front {
    servers: Mutex<Vec<(String, bool)>>,
    turn: AtomicUsize,
    again: AtomicU32,
    /// Milliseconds that an answer took at most.
    longest: AtomicU64,
    client: reqwest::Client,
    over: AtomicBool,
}

impl Front {
    fn new() -> Front {
        let (servers, turn) = (Mutex::default(), AtomicUsize::new(0));
        let (again, longest) = (AtomicU32::new(0), AtomicU64::new(0));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Front { servers, turn, again, longest, client, over: AtomicBool::new(false) }
    }

    fn add(&self, server: &Server) {
        self.servers.lock().unwrap().push((server.address.clone(), true));
    }

    /// Looks at every server five times a second.
    async fn look(&self) {
        while !self.over.load(Ordering::SeqCst) {
            let all: Vec<String> =
                self.servers.lock().unwrap().iter().map(|(address, _)| address.clone()).collect();
            for address in all {
                let answer = self.client.get(format!("{address}/readyz")).send().await;
                let ready = answer.is_ok_and(|answer| answer.status().is_success());
                let mut servers = self.servers.lock().unwrap();
                servers.iter_mut().filter(|(own, _)| *own == address).for_each(|server| server.1 = ready);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    fn next(&self) -> String {
        let servers = self.servers.lock().unwrap();
        let ready: Vec<&String> = servers.iter().filter(|(_, ready)| *ready).map(|(own, _)| own).collect();
        ready[self.turn.fetch_add(1, Ordering::SeqCst) % ready.len()].clone()
    }

    async fn post(&self, token: &str, key: &str, body: &Value) -> Value {
        let begun = Instant::now();
        for _ in 0..10 {
            let request = self.client.post(format!("{}/api/v1/cases", self.next())).bearer_auth(token);
            let sent = request.header("idempotency-key", key).json(body).send().await;
            let Ok(answer) = sent else {
                self.again.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let status = answer.status();
            let told: Value = answer.json().await.unwrap();
            assert!(status.is_success(), "{key}: {status} {told}");
            self.longest.fetch_max(begun.elapsed().as_millis() as u64, Ordering::SeqCst);
            return told;
        }
        panic!("{key}: no server takes it");
    }
}

/// What was sent and acknowledged.
#[derive(Default)]
struct Sent {
    begun: AtomicU32,
    filed: Mutex<Vec<String>>,
}

impl Sent {
    async fn go_on(&self, front: &Front, token: &str) {
        while !front.over.load(Ordering::SeqCst) {
            let number = self.begun.fetch_add(1, Ordering::SeqCst);
            let told = front.post(token, &format!("file-{number}"), &application(&ANYBODY, number)).await;
            self.filed.lock().unwrap().push(told["id"].as_str().unwrap().to_owned());
        }
    }

    /// Until so many more are acknowledged.
    async fn further(&self, count: usize) {
        let (enough, begun) = (self.filed.lock().unwrap().len() + count, Instant::now());
        while self.filed.lock().unwrap().len() < enough {
            assert!(begun.elapsed() < Duration::from_secs(120), "the load stands still");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The checks that speak against an upgrade; the room is the machine's.
fn against(told: &[Value]) -> Vec<&str> {
    let verdict = told.last().unwrap();
    let all: Vec<&str> = verdict["against"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(verdict["go"], all.is_empty(), "{verdict}");
    all.into_iter().filter(|check| *check != "room").collect()
}

const FILED: &str = "SELECT COUNT(*) /* whole: a test counts */ FROM referral";
const RAN: &str = "SELECT COUNT(*) FROM migration WHERE number >= 9000";

/// A newer program takes the place of an older one under load.
async fn exchange_under_load(place: &Installation) {
    let before = place.count(FILED).await;
    let (front, sent) = (Front::new(), Sent::default());
    let old = place.start(Old);
    front.add(&old);
    let exchange = async {
        sent.further(10).await;
        let told = place.told(New, &["upgrade", "check", "--json"]);
        let servers = told.iter().find(|finding| finding["check"] == "servers").unwrap();
        assert!(servers["detail"].as_str().unwrap().contains("9002_trial_over waits"), "{servers}");
        assert_eq!(against(&told), [""; 0], "{told:?}");
        let new = place.start(New);
        assert_eq!(place.count(RAN).await, 1, "what would disturb the older server waits");
        front.add(&new);
        sent.further(30).await;
        // One may go back as well: the older program starts on the newer schema.
        let back = place.start(Old);
        front.add(&back);
        sent.further(10).await;
        for server in [old, back] {
            server.told_to_stop();
            server.ended().await;
            sent.further(5).await;
        }
        sent.further(20).await;
        let ran = place.told(New, &["migrate", "--json"]);
        assert_eq!(ran[0]["ran"], json!(["9002_trial_over"]), "{ran:?}");
        sent.further(10).await;
        front.over.store(true, Ordering::SeqCst);
        new
    };
    let load = futures::future::join_all((0..3).map(|_| sent.go_on(&front, &place.token)));
    let (new, _, ()) = tokio::join!(exchange, load, front.look());
    drop(new);
    let begun = i64::from(sent.begun.load(Ordering::SeqCst));
    let mut filed = sent.filed.into_inner().unwrap();
    filed.sort();
    filed.dedup();
    assert_eq!(filed.len() as i64, begun, "each was acknowledged, as one of its own");
    assert_eq!(place.count(FILED).await - before, begun);
    let refused = place.tried(Old, &["serve", "--listen", "127.0.0.1:0"], "");
    let says = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && says.contains("this program is older"), "{says}");
    let told = place.told(Old, &["upgrade", "check", "--json"]);
    assert_eq!(against(&told), ["schema"], "{told:?}");
    let (again, longest) = (front.again.into_inner(), front.longest.into_inner());
    println!(
        "{begun} applications, each there once; {again} sent again; the slowest answered after {longest} ms"
    );
}

/// What the doctor has to have found well, deep or not.
const EXAMINED: [&str; 7] = ["database", "schema", "keys", "counts", "places", "replay", "scales"];

/// Nothing is ill, and nothing of this and of what is beside it was left out.
fn is_well(place: &Installation, doctor: &[&str], beside: &[&str]) {
    let findings = place.told(New, doctor);
    for check in EXAMINED.iter().chain(beside) {
        let finding = findings.iter().find(|finding| finding["check"] == **check);
        let finding = finding.unwrap_or_else(|| panic!("{check} was not looked at: {findings:?}"));
        assert_eq!(finding["verdict"], "well", "{finding}");
    }
    for finding in findings {
        // The servers of tests wait for no disk, which the doctor finds ill.
        let excused = ["room", "server"].iter().any(|check| finding["check"] == *check);
        assert!(finding["verdict"] != "ill" || excused, "{finding}");
    }
}

on_both!(a_newer_program_takes_the_place_of_an_older_one_and_nothing_is_lost, Installation, |place| {
    exchange_under_load(place).await;
    is_well(place, &["doctor", "--deep", "--json"], &["search", "followup", "log"]);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a whole nation, which it leaves as the newer program's: cargo xtask faults upgrade"]
async fn with_a_whole_nation_nothing_is_lost_either() {
    let [address, keys] = NATION.map(|name| std::env::var(name).unwrap());
    let place = Installation::with(Place::at(address), tempfile::tempdir().unwrap(), keys.into());
    exchange_under_load(&place).await;
    // Every person is counted anew, and every place that a case holds. `--deep` would also replay millions of events and read the
    // keys of all persons and the whole log of a nation of 92 million rows, of which the exchange wrote a few thousand.
    is_well(&place, &["doctor", "--json"], &[]);
}

on_both!(a_step_that_an_older_server_would_miss_waits_for_it, Installation, |place| {
    // Behind the step that takes away stands one that the newer program needs.
    std::fs::write(
        place.steps().join("9003_trial.sql"),
        "-- expand\n-- local\nCREATE TABLE later (id {id} NOT NULL PRIMARY KEY) {strict};\n",
    )
    .unwrap();
    let old = place.start(Old);
    let told = place.told(New, &["upgrade", "check", "--json"]);
    assert_eq!(against(&told), ["servers"], "{told:?}");
    let refused = place.tried(New, &["migrate"], "");
    let says = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && says.contains("9002_trial_over (contract)"), "{says}");
    old.told_to_stop();
    old.ended().await;
    place.run(New, &["migrate"], "");
    assert_eq!(place.count(RAN).await, 3);
});

/// A server under the socket of this test, as systemd gives one.
fn under(place: &Installation, socket: &TcpListener) -> Server {
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_xinqiao");
    let order =
        r#"exec 3<&0; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0" serve --json --limits off --drain 0s"#;
    command.args(["-c", order, program]);
    place.set(Old, &mut command);
    let own = OwnedFd::from(socket.try_clone().unwrap());
    Server::started(command.stdin(Stdio::from(own)).spawn().unwrap())
}

on_both!(under_the_socket_of_a_service_manager_a_restart_refuses_nobody, Installation, |place| {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let (front, sent) = (Front::new(), Sent::default());
    let mut server = under(place, &socket);
    assert!(server.address.ends_with(&socket.local_addr().unwrap().to_string()));
    front.add(&server);
    let restarts = async {
        for _ in 0..3 {
            sent.further(5).await;
            server.told_to_stop();
            server.ended().await;
            server = under(place, &socket);
        }
        sent.further(5).await;
        front.over.store(true, Ordering::SeqCst);
        server
    };
    let load = futures::future::join_all((0..2).map(|_| sent.go_on(&front, &place.token)));
    let (server, _) = tokio::join!(restarts, load);
    drop(server);
    let begun = i64::from(sent.begun.load(Ordering::SeqCst));
    assert_eq!(place.count(FILED).await, begun);
});

#[test]
fn a_service_manager_hears_that_the_server_is_ready_lives_and_ends() {
    let place = Installation::settle(Place::on_sqlite());
    let path = place.folder.path().join("notify");
    let ear = UnixDatagram::bind(&path).unwrap();
    ear.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut heard = Vec::new();
    let mut until = |word: &str| {
        let mut said = [0; 256];
        while !heard.iter().any(|heard: &String| heard.starts_with(word)) {
            let length = ear.recv(&mut said).unwrap_or_else(|error| panic!("{word}: {error}"));
            heard.push(String::from_utf8(said[..length].to_vec()).unwrap());
        }
    };
    let mut command = place.command(Old, &["serve", "--listen", "127.0.0.1:0", "--json"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "600000");
    let server = Server::started(command.spawn().unwrap());
    for word in ["EXTEND_TIMEOUT_USEC=", "READY=1", "WATCHDOG=1"] {
        until(word);
    }
    server.told_to_stop();
    until("STOPPING=1");
}

#[test]
fn an_option_that_the_new_program_does_not_know_is_told_beside_everything_else() {
    let place = Installation::settle(Place::on_sqlite());
    let file = place.folder.path().join("options.toml");
    for (text, expected) in [
        ("[serve]\nbehind_tls = true\n", &[][..]),
        ("[serve]\nbehind_tsl = true\n", &["options"]),
        ("[serf]\nlisten = \"127.0.0.1:0\"\n", &["options"]),
    ] {
        std::fs::write(&file, text).unwrap();
        let told = place.told(Old, &["upgrade", "check", "--json", "--options", file.to_str().unwrap()]);
        let checks: Vec<&str> = told.iter().filter_map(|finding| finding["check"].as_str()).collect();
        let all =
            ["database", "schema", "time", "room", "servers", "backup", "keys", "options", "environment"];
        assert_eq!(checks, all);
        assert_eq!(against(&told), expected, "{told:?}");
    }
}
