//! `xinqiao demo` from the outside: every role, a page that answers, cases in every state, the same again.

use app::db::Db;
use jiff::civil::Date;
use rules::account::Role;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

/// A demonstration that is ended with the test.
struct Demo {
    child: Child,
    accounts: Vec<Value>,
    address: String,
}

impl Demo {
    fn start(folder: &Path, arguments: &[&str]) -> Demo {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.args(["demo", "--json", "--listen", "127.0.0.1:0", "--people", "600", "--data"]).arg(folder);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut accounts = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let value: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if let Some(address) = value["listening"].as_str() {
                let address = address.strip_prefix("http://").unwrap().to_owned();
                return Demo { child, accounts, address };
            }
            accounts.push(value);
        }
        let ended = child.wait().unwrap();
        panic!("the demonstration ended before it listened: {ended}");
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Whoever looks at it finds what a year of work leaves behind: sessions and visits month by month, and each kind of what follows them.
async fn shows_a_year_of_care(database: &str) {
    let db = Db::open(database).await.unwrap();
    let days = async |sql: &str| -> Vec<Date> {
        let found: Vec<(Date,)> = db.all(sql, Vec::new()).await.unwrap();
        found.into_iter().map(|(day,)| day).collect()
    };
    let sessions = "SELECT on_day FROM care_session /* whole: a test counts */ WHERE state = 'held'";
    let visits = "SELECT visit_on FROM followup_visit /* whole: a test counts */ WHERE voided_at IS NULL";
    for (what, sql) in [("sessions", sessions), ("visits", visits)] {
        let months: BTreeSet<Date> = days(sql).await.into_iter().map(Date::first_of_month).collect();
        assert!(months.len() >= 11, "{what} in {months:?}");
    }
    let told = "SELECT COUNT(*) /* whole: a test counts */ FROM referral_event WHERE name = $1";
    for event in ["stage_evaluated", "closed", "visited"] {
        let found: Option<(i64,)> = db.opt(told, vec![event.into()]).await.unwrap();
        assert!(found.unwrap().0 > 0, "nothing of {event}");
    }
    let results = "SELECT COUNT(DISTINCT scale) /* whole: a test counts */ FROM scale_result";
    let found: Option<(i64,)> = db.opt(results, Vec::new()).await.unwrap();
    assert!(found.unwrap().0 >= 8, "results of {found:?} scales");
}

#[test]
fn the_demonstration_has_every_role_answers_and_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = Demo::start(folder.path(), &[]);
    let roles: BTreeSet<&str> = first.accounts.iter().map(|a| a["role"].as_str().unwrap()).collect();
    for role in Role::ALL.into_iter().filter(|role| *role != Role::System) {
        assert!(roles.contains(role.code()), "nobody is {}", role.code());
    }
    for account in &first.accounts {
        for field in ["username", "password", "api_token", "organisation", "division"] {
            assert!(!account[field].as_str().unwrap().is_empty(), "{field} of {account}");
        }
        assert!(account["organisation"].as_str().unwrap().contains("合成"), "{account}");
    }
    assert!(first.get("/healthz").starts_with("HTTP/1.1 200"));
    let accounts = first.accounts.clone();
    drop(first);
    let again = Demo::start(folder.path(), &[]);
    assert_eq!(again.accounts, accounts);
    assert!(again.get("/readyz").starts_with("HTTP/1.1 200"));
    drop(again);

    let database = format!("sqlite:{}", folder.path().join("xinqiao.sqlite").display());
    tokio::runtime::Runtime::new().unwrap().block_on(shows_a_year_of_care(&database));
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
    doctor.args(["doctor", "--deep", "--json", "--database", &database, "--keys"]);
    let told = doctor.arg(folder.path().join("xinqiao.keys")).output().unwrap();
    for line in String::from_utf8(told.stdout).unwrap().lines() {
        let finding: Value = serde_json::from_str(line).unwrap();
        assert!(finding["verdict"] != "ill" || finding["check"] == "room", "{finding}");
    }

    // Another demonstration does not mix its people in.
    let (other, mut demo) = (tempfile::tempdir().unwrap(), Command::new(env!("CARGO_BIN_EXE_xinqiao")));
    std::fs::copy(folder.path().join("xinqiao.keys"), other.path().join("xinqiao.keys")).unwrap();
    demo.args(["demo", "--no-serve", "--listen", "127.0.0.1:0", "--database", &database, "--data"]);
    let refused = demo.arg(other.path()).output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("holds data already"));
}

#[test]
fn other_machines_are_not_let_in_unasked() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
    let refused = command.args(["demo", "--listen", "0.0.0.0:0"]).output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--allow-network"));
}

#[test]
fn a_folder_with_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("xinqiao.sqlite"), b"not a demonstration").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
    let refused =
        command.args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path()).output().unwrap();
    assert!(!refused.status.success());
    assert_eq!(std::fs::read(folder.path().join("xinqiao.sqlite")).unwrap(), b"not a demonstration");
}
