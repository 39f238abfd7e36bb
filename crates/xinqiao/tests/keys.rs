//! The operator renews keys: with the commands, and with a server that is killed in the middle of it.

use crate::engine::{Place, Settled};
use app::{
    App, audit,
    db::Db,
    p, person,
    scope::Scope,
    seal::{COLUMNS, Keys},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

const COUNTY: &str = "310115000000";
const VILLAGE: &str = "310115110001";
const ROWS: u32 = 3_000;

/// A database and a key file, neither made yet.
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
    async fn end(self) {
        self.own.end().await;
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("test.keys")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.args(arguments).env("XINQIAO_DATABASE", &self.own.address).env("XINQIAO_KEYS", self.keys());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> String {
        let done = self.output(arguments);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Why a command was refused.
    fn refused(&self, arguments: &[&str]) -> String {
        let done = self.output(arguments);
        assert!(!done.status.success(), "{arguments:?}");
        String::from_utf8(done.stderr).unwrap()
    }

    /// A running server; it is there when this returns.
    fn serve(&self) -> Child {
        let mut child = self.command(&["serve", "--listen", "127.0.0.1:0", "--json", "--limits", "off"]);
        let mut child = child.stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("listening"), "{line}");
        child
    }

    /// Takes a list of invented persons in.
    fn import(&self, rows: u32) {
        let path = self.folder.path().join("list.csv");
        std::fs::write(&path, list(rows)).unwrap();
        let import = ["import", "--kind", "smd", "--sender", "测试", "--division", COUNTY, "--json"];
        let told = self.run(&[&import[..], &[path.to_str().unwrap()]].concat());
        let told: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
        assert_eq!(told["summary"]["new"], rows, "{told}");
    }

    async fn app(&self) -> App {
        App::new(Db::open(&self.own.address).await.unwrap(), Keys::open(&self.keys()).unwrap()).await.unwrap()
    }
}

/// A synthetic number: the area 990101 belongs to nobody.
fn number(row: u32) -> String {
    let born = format!("{}{:02}{:02}", 1950 + row % 50, 1 + row % 12, 1 + row % 28);
    let first = format!("990101{born}{:03}", 1 + row / 2_100);
    format!("{first}{}", rules::identity_number::check_character(&first).unwrap())
}

fn list(rows: u32) -> String {
    let characters: Vec<char> = "安宝春丹恩芳刚海吉凯兰梅宁鹏琴荣山涛文香阳珍志".chars().collect();
    let mut text = "姓名,身份证号,区划代码,联系电话,现住址\n".to_owned();
    for row in 0..rows {
        let (first, second) = (characters[row as usize % 23], characters[row as usize / 23 % 23]);
        text.push_str(&format!("测{first}{second},{},{VILLAGE},139{row:08},示例路{row}号\n", number(row)));
    }
    text
}

/// Values by the number of their key.
async fn counts(db: &Db) -> BTreeMap<u8, usize> {
    let mut counts = BTreeMap::new();
    for column in COLUMNS {
        let (table, column) = (column.table, column.column);
        let sql = format!(
            "SELECT SUBSTR({column}, 1, 1) FROM {table} /* whole: a test counts */ WHERE {column} IS NOT NULL"
        );
        for (number,) in db.all::<(Vec<u8>,)>(&sql, p![]).await.unwrap() {
            *counts.entry(number[0]).or_default() += 1;
        }
    }
    counts
}

/// Every value opens.
async fn opens(app: &App) {
    for column in COLUMNS {
        let (table, column) = (column.table, column.column);
        let sql = format!("SELECT {column} FROM {table} /* whole: a test */ WHERE {column} IS NOT NULL");
        for (sealed,) in app.db.all::<(Vec<u8>,)>(&sql, p![]).await.unwrap() {
            assert!(app.keys.unseal_bytes(&sealed).is_ok(), "{table}.{column}");
        }
    }
}

/// Kills a process when so many values have the new key.
async fn killed_at(mut child: Child, db: &Db, enough: usize) {
    let begun = Instant::now();
    while counts(db).await.get(&2).copied().unwrap_or(0) < enough {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is sealed anew");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // SIGKILL: it can finish nothing.
    child.kill().unwrap();
    child.wait().unwrap();
}

on_both!(a_renewal_killed_in_the_middle_loses_nothing_and_is_finished, Installation, |place| {
    place.import(ROWS);
    let db = Db::open(&place.own.address).await.unwrap();
    let all = counts(&db).await[&1];
    assert_eq!(place.json(&["keys", "rotate", "--algorithm", "sm4-gcm"])["number"], 2);
    let mut last = 0;
    for (share, serving) in [(1, true), (4, true), (7, false)] {
        let child = match serving {
            true => place.serve(),
            false => place.command(&["keys", "reseal"]).spawn().unwrap(),
        };
        killed_at(child, &db, all * share / 10).await;
        // Who died held the job for some minutes more; they are over.
        db.run("UPDATE job SET locked_until = NULL WHERE done_at IS NULL", p![]).await.unwrap();
        let now = counts(&db).await;
        assert_eq!(now.values().sum::<usize>(), all, "{now:?}");
        assert!(now[&2] > last && now.contains_key(&1), "not in the middle: {now:?}");
        last = now[&2];
        opens(&place.app().await).await;
    }
    let mut server = place.serve();
    let begun = Instant::now();
    while place.json(&["keys", "status"])["keys"][0]["retired_at"].is_null() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the next server does not finish the job");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(counts(&db).await, BTreeMap::from([(2, all)]));
    let app = place.app().await;
    opens(&app).await;
    for row in 0..ROWS {
        let found = person::search::by_number(&app, &Scope::system(), &number(row)).await.unwrap();
        let shown = person::reveal(&app, &Scope::system(), found.unwrap().id, audit::Purpose::Care).await;
        let shown = shown.unwrap();
        assert_eq!((shown.number, shown.phone), (Some(number(row)), Some(format!("139{row:08}"))));
    }
});

on_both!(the_commands_say_what_is_there_and_what_they_did, Installation, |place| {
    assert!(place.refused(&["keys", "status"]).contains("is missing"));
    place.import(20);
    let status = place.json(&["keys", "status"]);
    assert_eq!((&status["in_force"], &status["index"]), (&1.into(), &"hmac-sha256".into()), "{status}");
    let values = status["keys"][0]["values"].clone();
    assert!(values.as_i64().unwrap() > 80, "{status}");
    assert_eq!(place.json(&["keys", "rotate"])["number"], 2);
    let status = place.json(&["keys", "status"]);
    assert!(status["resealing"].is_string(), "{status}");
    let gone = place.output(&["keys", "forget", "1", "--json"]);
    let told: Value = serde_json::from_slice(&gone.stdout).unwrap();
    assert_eq!((gone.status.success(), &told["outcome"]), (false, &"in_use".into()));
    assert_eq!(place.json(&["keys", "reseal"])["sealed"], values);
    let shown = place.run(&["keys", "status"]);
    assert!(shown.contains("in force") && shown.contains("retired"), "{shown}");
    assert!(!shown.contains("anew"), "{shown}");
    let kept = place.output(&["keys", "forget", "1", "--json"]);
    assert!(String::from_utf8(kept.stdout).unwrap().contains("\"kept\""));
    assert_eq!(place.json(&["keys", "master", "--algorithm", "sm4-gcm"])["master"], 2);
    assert_eq!(place.json(&["keys", "rewrap"])["keys"], 2);
    assert_eq!(place.json(&["keys", "rewrap"])["keys"], 0);
    let status = place.json(&["keys", "status"]);
    assert_eq!((&status["keys"][0]["master_version"], &status["masters"][1]), (&2.into(), &2.into()));
    assert!(place.refused(&["keys", "rotate", "--algorithm", "des"]).contains("sm4-gcm"));
    let sql = "SELECT action FROM audit /* whole: a test */ WHERE subject_kind = 'data_key'";
    let told = place.app().await.db.all::<(String,)>(sql, p![]).await.unwrap();
    assert_eq!(told.len(), 3, "what was done with keys is in the log");
});

on_both!(a_key_file_made_for_commercial_cryptography_is_used, Installation, |place| {
    place.run(&["keys", "make", "--commercial"]);
    assert!(place.refused(&["keys", "make"]).contains("cannot make"), "a key file is never overwritten");
    place.import(20);
    let status = place.json(&["keys", "status"]);
    assert_eq!((&status["keys"][0]["algorithm"], &status["index"]), (&"sm4-gcm".into(), &"hmac-sm3".into()));
    opens(&place.app().await).await;
});

#[cfg(unix)]
on_both!(a_key_file_that_others_can_read_is_refused_with_the_remedy, Installation, |place| {
    place.import(20);
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(place.keys(), open).unwrap();
    for command in [&["keys", "status"][..], &["user", "list"], &["serve", "--listen", "127.0.0.1:0"]] {
        let told = place.refused(command);
        assert!(told.contains("chmod 600"), "{told}");
    }
    let doctor = place.output(&["doctor"]);
    assert!(String::from_utf8(doctor.stdout).unwrap().contains("chmod 600"));
});
