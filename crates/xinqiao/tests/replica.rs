//! The program itself with a streaming replica of PostgreSQL: who answers a list, what `/metrics` and `xinqiao doctor` tell.
//! `cargo xtask test` starts a server with a replica and names both in XINQIAO_TEST_REPLICATED.

use crate::common::{ANYBODY, COUNTY, Server, application};
use app::{
    db::{Db, Tx},
    p,
};
use serde_json::Value;
use std::{
    io::Write,
    process::{Command, Output, Stdio},
    time::Duration,
};

/// An installation on a database of its own, which both servers have. Replay is paused for a whole server, so one test has
/// it at a time.
struct Installation {
    folder: tempfile::TempDir,
    primary: String,
    replica: String,
    name: String,
    /// The servers of both.
    server: Db,
    follower: Db,
    turn: Tx,
}

impl Installation {
    async fn new() -> Option<Installation> {
        let Ok(both) = std::env::var("XINQIAO_TEST_REPLICATED") else {
            eprintln!("not run with a replica: `cargo xtask test` starts one");
            return None;
        };
        let (primary, replica) = both.split_once(',').unwrap();
        let (server, follower) = (Db::open(primary).await.unwrap(), Db::open(replica).await.unwrap());
        let mut turn = server.begin().await.unwrap();
        let sql = "SELECT CAST(1 AS bigint) FROM pg_advisory_xact_lock(2013)";
        turn.all::<(i64,)>(sql, p![]).await.unwrap();
        // A test that failed may have left it so.
        follower.batch("SELECT pg_wal_replay_resume()").await.unwrap();
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        server.batch(&format!("CREATE DATABASE {name}")).await.unwrap();
        let beside = |address: &str| format!("{}/{name}", address.rsplit_once('/').unwrap().0);
        let (primary, replica) = (beside(primary), beside(replica));
        let folder = tempfile::tempdir().unwrap();
        let place = Installation { folder, primary, replica, name, server, follower, turn };
        place.wait_for_names("").await;
        Some(place)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.args(arguments).env("XINQIAO_DATABASE", &self.primary).env_remove("XINQIAO_REPLICAS");
        command.env("XINQIAO_KEYS", self.folder.path().join("test.keys"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self.command(arguments).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        child.wait_with_output().unwrap()
    }

    /// Somebody of the county, and a token of theirs.
    fn account(&self, name: &str, role: &str, kind: &str) -> String {
        let account = ["--name", "示例", "--role", role, "--organisation", kind, "--kind", kind];
        let add = [&["user", "add", name][..], &account, &["--division", COUNTY]].concat();
        assert!(self.run(&add, "Long-enough-1").status.success());
        let grant = ["token", "new", name, "--label", "test", "--purpose", "referral", "--change"];
        let told = self.run(&grant, "");
        assert!(told.status.success());
        String::from_utf8(told.stdout).unwrap().trim().to_owned()
    }

    /// A server whose replica may be far behind.
    fn start(&self) -> Site {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--json", "--limits", "off"];
        let replica = ["--replica", self.replica.as_str(), "--replica-lag", "60000"];
        let server = Server::started(self.command(&[&serve[..], &replica].concat()).spawn().unwrap());
        Site { server, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    /// What `xinqiao doctor` finds of a check, each with its verdict. Its exit code says nothing: the servers of the tests
    /// wait for no disk.
    fn doctor(&self, check: &str) -> Vec<(String, String)> {
        let told = self.run(&["doctor", "--json", "--replica", &self.replica], "").stdout;
        let told = String::from_utf8(told).unwrap();
        let findings = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        findings
            .filter(|finding| finding["check"] == check)
            .map(|finding| (text(&finding["verdict"]), text(&finding["detail"])))
            .collect()
    }

    /// The replica has replayed what stands in the primary's log now.
    async fn followed(&self) {
        let sql = "SELECT CAST(pg_current_wal_flush_lsn() AS text)";
        let (place,) = self.server.opt::<(String,)>(sql, p![]).await.unwrap().unwrap();
        let sql = "SELECT pg_last_wal_replay_lsn() >= CAST(CAST($1 AS text) AS pg_lsn)";
        until(async || self.follower.opt::<(bool,)>(sql, p![place.clone()]).await.unwrap() == Some((true,)))
            .await;
    }

    async fn pause(&self, paused: bool) {
        let act = if paused { "pause" } else { "resume" };
        self.follower.batch(&format!("SELECT pg_wal_replay_{act}()")).await.unwrap();
        let sql = "SELECT pg_get_wal_replay_pause_state() = 'paused'";
        until(async || self.follower.opt::<(bool,)>(sql, p![]).await.unwrap() == Some((paused,))).await;
    }

    /// For whom commits wait; returns when they do.
    async fn wait_for_names(&self, names: &str) {
        // Not in one text: it would run in a transaction, which the server refuses.
        let sql = format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'");
        self.server.batch(&sql).await.unwrap();
        self.server.batch("SELECT pg_reload_conf()").await.unwrap();
        let sql = "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        let wanted = i64::from(!names.is_empty());
        until(async || self.server.opt::<(i64,)>(sql, p![]).await.unwrap() == Some((wanted,))).await;
    }

    async fn end(self) {
        let name = &self.name;
        self.server.batch(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        drop(self.turn);
    }
}

async fn until(mut reached: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if reached().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("that did not come about");
}

/// A running server.
struct Site {
    server: Server,
    client: reqwest::Client,
}

impl Site {
    /// Cases that a token finds, as text. What somebody saw elsewhere may come with the request.
    async fn list(&self, token: &str, seen: Option<&str>) -> String {
        let request = self.client.get(format!("{}/api/v1/cases", self.server.address)).bearer_auth(token);
        let request = match seen {
            Some(seen) => request.header("xinqiao-seen", seen),
            None => request,
        };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.text().await.unwrap()
    }

    /// The same, and whether the replica answered.
    async fn asked(&self, token: &str, seen: Option<&str>) -> (String, bool) {
        let before = self.figure("reads_total").await;
        let list = self.list(token, seen).await;
        (list, self.figure("reads_total").await > before)
    }

    /// A figure of the replica in `/metrics`.
    async fn figure(&self, name: &str) -> f64 {
        let asked = self.client.get(format!("{}/metrics", self.server.address)).send().await.unwrap();
        let text = asked.text().await.unwrap();
        let start = format!("xinqiao_replica_{name}{{replica=\"1\"}} ");
        let figure = text.lines().find_map(|line| line.strip_prefix(&start));
        figure.unwrap_or_else(|| panic!("no {start}in {text}")).parse().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_come_from_the_replica_and_to_whoever_wrote_from_the_primary() {
    let Some(place) = Installation::new().await else { return };
    let doctor = place.account("doctor", "doctor", "hospital");
    let worker = place.account("worker", "referral_worker", "civil_affairs");
    place.followed().await;
    let site = place.start();
    until(async || site.asked(&worker, None).await.1).await;
    assert!((site.figure("used").await - 1.0).abs() < f64::EPSILON);
    assert!(site.figure("lag_seconds").await >= 0.0);

    place.pause(true).await;
    let path = format!("{}/api/v1/cases", site.server.address);
    let request = site.client.post(path).bearer_auth(&doctor).header("idempotency-key", "first");
    let answer = request.json(&application(&ANYBODY, 1)).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let seen = answer.headers()["xinqiao-seen"].to_str().unwrap().to_owned();
    let case = answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    for (token, came_with, shown, by_replica, why) in [
        (&doctor, None, true, false, "who wrote sees it, which the replica does not have"),
        (&worker, None, false, true, "who wrote nothing reads what the replica has"),
        (&worker, Some(seen.as_str()), true, false, "who brings the place of it sees it, too"),
    ] {
        let (list, answered) = site.asked(token, came_with).await;
        assert_eq!((list.contains(&case), answered), (shown, by_replica), "{why}: {list}");
    }

    place.pause(false).await;
    until(async || {
        let (list, answered) = site.asked(&worker, None).await;
        answered && list.contains(&case)
    })
    .await;
    until(async || {
        let (list, answered) = site.asked(&doctor, None).await;
        assert!(list.contains(&case), "never less than before");
        answered
    })
    .await;
    drop(site);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_tells_of_replicas_and_of_commits_that_wait_for_them() {
    let Some(place) = Installation::new().await else { return };
    place.account("worker", "referral_worker", "civil_affairs");
    place.followed().await;
    let found = |check: &str, verdict: &str, part: &str| {
        let findings = place.doctor(check);
        assert!(
            findings.iter().any(|(found, detail)| found == verdict && detail.contains(part)),
            "{check} {verdict} {part}: {findings:?}"
        );
        findings.len()
    };
    assert_eq!(found("replica", "well", "bytes behind"), 1);
    assert_eq!(found("standby", "skipped", "commits wait for none"), 1);
    assert_eq!(found("archive", "skipped", "archive_mode"), 1);
    assert_eq!(found("server", "ill", "of a replica: "), 2, "one line for each server");
    assert!(place.doctor("citus").is_empty(), "there is no Citus");
    let of_servers = place.doctor("server");
    assert!(of_servers.iter().all(|(_, detail)| !detail.contains("receives nothing")), "{of_servers:?}");
    assert!(of_servers.iter().all(|(_, detail)| !detail.contains("synchronous_commit")), "{of_servers:?}");

    let name = &place.name;
    let local = format!("ALTER DATABASE {name} SET synchronous_commit = 'local'");
    place.server.batch(&local).await.unwrap();
    found("server", "ill", "synchronous_commit = on (or remote_apply)");

    place.wait_for_names("*").await;
    found("standby", "well", "one replica streaming, commits wait for 1");
    let told = place.run(&["doctor", "--replica", &place.replica], "").stdout;
    let told = String::from_utf8(told).unwrap();
    assert!(told.lines().any(|line| line.starts_with("ok  standby     one replica")), "{told}");
    place.wait_for_names("").await;

    let away = place.run(&["doctor", "--replica", "postgres://postgres@127.0.0.1:1/away"], "").stdout;
    let away = String::from_utf8(away).unwrap();
    assert!(away.lines().any(|line| line.starts_with("ILL replica")), "{away}");
    place.end().await;
}
