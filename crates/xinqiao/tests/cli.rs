//! The operator's commands on a fresh database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use serde_json::Value;
use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

/// A folder with a database of its own.
struct Installation(tempfile::TempDir);

impl Installation {
    fn new() -> Installation {
        Installation(tempfile::tempdir().unwrap())
    }

    fn database(&self) -> String {
        format!("sqlite:{}", self.0.path().join("test.sqlite").display())
    }

    fn keys(&self) -> std::path::PathBuf {
        self.0.path().join("test.keys")
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.args(arguments).env("XINQIAO_DATABASE", self.database()).env("XINQIAO_KEYS", self.keys());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read its input may have ended before the text is written.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn add(&self, username: &str, password: &str) -> Output {
        let arguments = [
            "user",
            "add",
            username,
            "--name",
            "示例",
            "--role",
            "administrator",
            "--organisation",
            "示例单位",
            "--kind",
            "platform",
            "--division",
            "330523000000",
            "--json",
        ];
        self.run(&arguments, password)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_first_account_is_added_on_a_fresh_database_and_listed() {
    let place = Installation::new();
    let added = place.add("First.Admin", "Long-enough-1\n");
    assert!(added.status.success(), "{}", text(&added.stderr));
    let account: Value = serde_json::from_slice(&added.stdout).unwrap();
    assert_eq!(account["username"], "first.admin");
    assert_eq!(account["division"], 330_523_000_000_i64);
    assert!(place.add("second.admin", "Long-enough-2\n").status.success(), "the organisation is used again");
    let listed = place.run(&["user", "list", "--json"], "");
    let names: Vec<Value> = text(&listed.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0]["organisation"], names[1]["organisation"]);
}

#[test]
fn a_key_file_is_made_for_its_owner_alone() {
    let place = Installation::new();
    assert!(place.add("admin", "Long-enough-1").status.success());
    let about = std::fs::metadata(place.keys()).unwrap();
    assert_eq!(about.len(), 64);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o777, 0o600);
}

#[test]
fn what_is_wrong_with_an_account_is_said_and_nothing_is_added() {
    let place = Installation::new();
    for (username, password, says) in [
        ("ad", "Long-enough-1", "username_shape"),
        ("admin", "short", "password_weak"),
        ("admin", "", "no password"),
    ] {
        let refused = place.add(username, password);
        assert!(!refused.status.success());
        assert!(text(&refused.stderr).contains(says), "{}", text(&refused.stderr));
    }
    assert!(place.run(&["user", "list"], "").stdout.is_empty());
    assert!(place.add("admin", "Long-enough-1").status.success());
    let twice = place.add("admin", "Long-enough-1");
    assert!(text(&twice.stderr).contains("username_taken"), "{}", text(&twice.stderr));
}

#[test]
fn a_password_is_changed_and_an_account_is_ended() {
    let place = Installation::new();
    assert!(place.add("admin", "Long-enough-1").status.success());
    assert!(!place.run(&["user", "password", "admin"], "weak").status.success());
    assert!(place.run(&["user", "password", "admin"], "Even-longer-22\n").status.success());
    assert!(place.run(&["user", "end", "admin"], "").status.success());
    let listed = text(&place.run(&["user", "list"], "").stdout);
    assert!(listed.contains("ended"), "{listed}");
    let nobody = place.run(&["user", "end", "nobody"], "");
    assert!(text(&nobody.stderr).contains("nobody"), "{}", text(&nobody.stderr));
}

#[test]
fn a_token_is_made_once_and_revoked_once() {
    let place = Installation::new();
    assert!(place.add("admin", "Long-enough-1").status.success());
    let made = place.run(&["token", "new", "admin", "--label", "test"], "");
    let token = text(&made.stdout).trim().to_owned();
    assert!(token.starts_with("xq_") && token.len() == 67, "{token}");
    assert!(!place.run(&["token", "revoke", "admin", "--label", "other"], "").status.success());
    let revoked = place.run(&["token", "revoke", "admin", "--label", "test", "--json"], "");
    assert!(revoked.status.success(), "{}", text(&revoked.stderr));
    let answer: Value = serde_json::from_slice(&revoked.stdout).unwrap();
    assert_eq!(answer["revoked"], 1);
    assert!(!place.run(&["token", "revoke", "admin"], "").status.success());
}

#[test]
fn the_doctor_finds_a_fresh_installation_well_and_changes_nothing() {
    let place = Installation::new();
    let before = place.run(&["doctor"], "");
    assert!(!before.status.success());
    assert!(!Path::new(&place.keys()).exists(), "the doctor made a key file");
    assert!(!place.0.path().join("test.sqlite").exists(), "the doctor made a database");
    assert!(place.add("admin", "Long-enough-1").status.success());
    let after = place.run(&["doctor", "--json"], "");
    let findings: Vec<Value> =
        text(&after.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let ill: Vec<&Value> =
        findings.iter().filter(|f| f["verdict"] == "ill" && f["check"] != "room").collect();
    assert!(ill.is_empty(), "{ill:?}");
    let checks: Vec<&str> = findings.iter().map(|f| f["check"].as_str().unwrap()).collect();
    assert_eq!(checks, ["database", "schema", "room", "keys", "clock", "counts", "places", "replay"]);
}

#[test]
fn the_doctor_tells_a_key_file_that_is_too_short() {
    let place = Installation::new();
    assert!(place.add("admin", "Long-enough-1").status.success());
    std::fs::write(place.keys(), b"short").unwrap();
    let told = place.run(&["doctor", "--json"], "");
    assert!(!told.status.success());
    assert!(text(&told.stdout).contains("64 bytes"), "{}", text(&told.stdout));
}
