//! Backups by the command line: taken, tried, restored, scheduled and moved; cut off and without room.

use crate::engine;
use crate::engine::{Place, Settled};
use app::{db::Db, p};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// An installation with a list of persons.
struct Installation {
    folder: tempfile::TempDir,
    own: Place,
}

/// A running server; `Child::kill` sends SIGKILL.
struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn program(database: &str, keys: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
    command.args(arguments).env("XINQIAO_DATABASE", database).env("XINQIAO_KEYS", keys);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

const NAMES: &str = "安宝春丹恩芳刚海吉凯兰梅宁鹏琴荣山涛文香阳珍志";

/// A list of invented patients; the area 990101 of their numbers belongs to nobody.
fn list(rows: u32) -> String {
    let mut text = "姓名,身份证号,区划代码\n".to_owned();
    for row in 0..rows {
        let born = format!("{}{:02}{:02}", 1950 + row % 50, 1 + row % 12, 1 + row % 28);
        let first = format!("990101{born}{:03}", 1 + row / 50);
        let check = rules::identity_number::check_character(&first).unwrap();
        let name: String =
            [row, row / 23].iter().map(|n| NAMES.chars().nth((n % 23) as usize).unwrap()).collect();
        text.push_str(&format!("测{name},{first}{check},310115110001\n"));
    }
    text
}

impl Settled for Installation {
    fn settle(own: Place) -> Installation {
        let place = Installation { folder: tempfile::tempdir().unwrap(), own };
        let office = ["--organisation", "示例办", "--kind", "civil_affairs", "--division", "310115000000"];
        let account = ["user", "add", "worker", "--name", "示例", "--role", "referral_worker"];
        let added = place.run_with(&[&account[..], &office].concat(), "Long-enough-1");
        assert!(added.status.success(), "{}", text(&added));
        place.import(300);
        place
    }
}

impl Installation {
    fn import(&self, rows: u32) {
        let file = self.path("list.csv");
        std::fs::write(&file, list(rows)).unwrap();
        let import = ["import", "--kind", "smd", "--sender", "测试局", file.to_str().unwrap()];
        let done = self.run(&import);
        assert!(done.status.success(), "{}", text(&done));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn keys(&self) -> PathBuf {
        self.path("test.keys")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, "")
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        self.run_on(&self.own.address, &self.keys(), arguments, input)
    }

    fn run_on(&self, database: &str, keys: &Path, arguments: &[&str], input: &str) -> Output {
        let mut child = program(database, keys, arguments).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Takes a backup and returns its file.
    fn back_up(&self, more: &[&str]) -> PathBuf {
        let folder = self.path("backups");
        let out = self.run(&[&["backup", "--out", folder.to_str().unwrap(), "--json"][..], more].concat());
        PathBuf::from(json(&out)["file"].as_str().unwrap())
    }

    /// Nothing is ill in a database.
    fn is_well(&self, database: &str) {
        let told = self.run_on(database, &self.keys(), &["doctor", "--deep", "--json"], "");
        let lines = String::from_utf8(told.stdout).unwrap();
        assert!(lines.lines().count() > 8, "{lines}");
        for line in lines.lines() {
            let finding: Value = serde_json::from_str(line).unwrap();
            // The server of the tests waits for no disk.
            let excused = ["room", "server"].iter().any(|check| finding["check"] == *check);
            assert!(finding["verdict"] != "ill" || excused, "{finding}");
        }
    }

    fn serve(&self, more: &[&str]) -> Server {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--json", "--limits", "off"];
        let mut child = program(&self.own.address, &self.keys(), &[&serve[..], more].concat())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        Server(child, said["listening"].as_str().unwrap().to_owned())
    }

    async fn end(self) {
        self.own.end().await;
    }
}

fn fails(output: &Output, words: &[&str]) {
    let said = text(output);
    assert!(!output.status.success(), "{said}");
    assert!(words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
}

on_both!(a_backup_is_taken_tried_and_restored, Installation, |place| {
    let file = place.back_up(&[]);
    let name = file.to_str().unwrap();
    let tried = place.run(&["backup", "--verify", name]);
    assert!(tried.status.success(), "{}", text(&tried));
    assert!(
        text(&tried).contains("replay") && text(&tried).contains("as they were saved"),
        "{}",
        text(&tried)
    );
    let shown = json(&place.run(&["backup", "--show", name, "--json"]));
    assert!(
        shown["tables"].as_array().unwrap().iter().any(|t| t["name"] == "person" && t["rows"] == 300),
        "{shown}"
    );
    let new = format!("sqlite:{}", place.path("new.sqlite").display());
    let restore = ["restore", "--from", name, "--database", &new];
    let done = place.run(&restore);
    assert!(done.status.success(), "{}", text(&done));
    place.is_well(&new);
    fails(&place.run(&restore), &["not empty"]);
    place.is_well(&new);
    // With another key file, or none, nothing is made.
    let (other, third) =
        (place.path("other.keys"), format!("sqlite:{}", place.path("third.sqlite").display()));
    let refused = place.run_on(&third, &other, &["restore", "--from", name], "");
    fails(&refused, &["sealed for another key"]);
    assert!(!place.path("third.sqlite").exists() && !other.exists());
});

on_both!(the_key_of_a_backup_brings_everything_back_on_another_machine, Installation, |place| {
    let key = place.path("safe.key");
    let made = place.run(&["backup", "--make-key", key.to_str().unwrap()]);
    assert!(made.status.success(), "{}", text(&made));
    let public = format!("{}.pub", key.display());
    let file = place.back_up(&["--recipient", &public, "--with-keys"]);
    std::fs::remove_file(&public).unwrap();
    let (new, keys) = (format!("sqlite:{}", place.path("new.sqlite").display()), place.path("new.keys"));
    let (file, key) = (file.to_str().unwrap(), key.to_str().unwrap());
    let tried = place.run_on(&new, &keys, &["backup", "--verify", file, "--backup-key", key], "");
    assert!(tried.status.success() && text(&tried).contains("replay"), "{}", text(&tried));
    assert!(!keys.exists());
    let done = place.run_on(&new, &keys, &["restore", "--from", file, "--backup-key", key], "");
    assert!(done.status.success(), "{}", text(&done));
    assert_eq!(std::fs::read(&keys).unwrap(), std::fs::read(place.keys()).unwrap());
    place.is_well(&new);
    // Without a recipient the key file would lock itself in.
    fails(
        &place.run(&["backup", "--out", place.path("x").to_str().unwrap(), "--with-keys"]),
        &["--recipient"],
    );
});

on_both!(a_restore_that_is_killed_leaves_a_database_that_refuses_to_serve, Installation, |place| {
    place.import(4_000);
    let file = place.back_up(&[]);
    let target = match place.own.address.starts_with("sqlite:") {
        true => Place::on_sqlite(),
        false => Place::empty_on_postgres().await.unwrap(),
    };
    let restore = ["restore", "--from", file.to_str().unwrap()];
    let mut child = program(&target.address, &place.keys(), &restore).spawn().unwrap();
    let begun = Instant::now();
    let half = "SELECT COUNT(*) /* whole: a test counts */ FROM source_record";
    loop {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came to the persons");
        assert!(child.try_wait().unwrap().is_none(), "it was over before it was killed");
        if target.address.starts_with("sqlite:") && !Path::new(&target.address["sqlite:".len()..]).exists() {
            continue;
        }
        let db = Db::open(&target.address).await.unwrap();
        if db.opt::<(i64,)>(half, p![]).await.is_ok_and(|found| found.unwrap().0 > 0) {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let words = ["half restored", "did not come to its end"];
    fails(&place.run_on(&target.address, &place.keys(), &["serve", "--listen", "127.0.0.1:0"], ""), &words);
    fails(&place.run_on(&target.address, &place.keys(), &["doctor"], ""), &words);
    fails(&place.run_on(&target.address, &place.keys(), &["migrate"], ""), &words);
    fails(&place.run_on(&target.address, &place.keys(), &["backup", "--out", "."], ""), &words);
    let done = place.run_on(&target.address, &place.keys(), &restore, "");
    assert!(done.status.success(), "{}", text(&done));
    place.is_well(&target.address);
    target.end().await;
});

#[tokio::test]
async fn without_room_no_file_has_the_name_of_a_backup() {
    let place = Installation::on_sqlite().await;
    place.import(2_000);
    let folder = place.path("backups");
    std::fs::create_dir(&folder).unwrap();
    // Files of this process end at 128 KiB; writing on is an error, not a signal.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 256; exec {} backup --out {}",
        env!("CARGO_BIN_EXE_xinqiao"),
        folder.display()
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", &limited])
        .env("XINQIAO_DATABASE", &place.own.address)
        .env("XINQIAO_KEYS", place.keys());
    let output = command.output().unwrap();
    fails(&output, &["cannot write a backup into", "File too large"]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    place.end().await;
}

/// The backups in a folder, the earliest first.
fn backups(folder: &Path) -> Vec<String> {
    let Ok(found) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = found.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

on_both!(servers_take_backups_by_themselves_one_of_them_at_a_time, Installation, |place| {
    let folder = place.path("scheduled");
    let to = ["--backup-to", folder.to_str().unwrap(), "--backup-every", "1s", "--backup-keep", "2d"];
    let servers = [place.serve(&to), place.serve(&to)];
    let (begun, mut seen) = (Instant::now(), std::collections::BTreeSet::new());
    while seen.len() < 3 {
        assert!(begun.elapsed() < Duration::from_secs(90), "{seen:?}");
        seen.extend(backups(&folder));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(seen.iter().all(|name| name.ends_with(".backup")), "{seen:?}");
    let figures = reqwest::get(format!("{}/metrics", servers[0].1)).await.unwrap().text().await.unwrap();
    let figure = |name: &str| {
        let line = figures.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{figures}"));
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    assert!(figure("xinqiao_backup_bytes ") > 1_000.0);
    let age = jiff::Timestamp::now().as_second() as f64 - figure("xinqiao_backup_timestamp_seconds ");
    assert!((0.0..60.0).contains(&age), "{age}");
    drop(servers);
    // Of one day one is kept: with the next to come, two at most were ever there.
    assert!(backups(&folder).len() <= 2, "{:?}", backups(&folder));
    let told = text(&place.run(&["doctor"]));
    assert!(told.contains("backup      the last good one is of"), "{told}");
    let late = "UPDATE setting SET value = $1 WHERE name = 'backup'";
    let standing = serde_json::json!({"every": 1, "claimed_until": null, "last": null, "failed": null});
    Db::open(&place.own.address).await.unwrap().run(late, p![standing]).await.unwrap();
    fails(&place.run(&["doctor"]), &["ILL backup", "there is no good one yet"]);
});

on_both!(an_installation_moves_when_nobody_works_with_it, Installation, |place| {
    let other = match place.own.address.starts_with("sqlite:") {
        true => Place::empty_on_postgres().await,
        false => Some(Place::on_sqlite()),
    };
    let Some(to) = other else { return };
    let server = place.serve(&[]);
    let order = ["move", "--from", &place.own.address, "--to", &to.address];
    fails(&place.run(&order), &["another program works", "xinqiao serve"]);
    drop(server);
    let mut moved = place.run(&order);
    for _ in 0..50 {
        if !text(&moved).contains("another program") {
            break;
        }
        // A server of PostgreSQL notices a killed program a moment later.
        tokio::time::sleep(Duration::from_millis(100)).await;
        moved = place.run(&order);
    }
    assert!(moved.status.success(), "{}", text(&moved));
    place.is_well(&to.address);
    fails(&place.run(&["serve", "--listen", "127.0.0.1:0"]), &["was moved to"]);
    fails(&place.run(&order), &["moved before"]);
    to.end().await;
});

on_both!(what_a_migration_would_do_is_said_before, Installation, |place| {
    let told = text(&place.run(&["migrate", "--plan"]));
    assert!(told.starts_with("all ") && told.contains("steps have run"), "{told}");
    // As a database stands that an earlier program wrote.
    let db = Db::open(&place.own.address).await.unwrap();
    for sql in [
        "DROP TABLE tally_county",
        "DROP INDEX referral_by_change",
        "DROP INDEX referral_by_time",
        "DROP TABLE research_extract",
        "DROP TABLE research_project",
        "ALTER TABLE sharing DROP COLUMN recipient",
        "DROP INDEX person_key_by_county",
        "ALTER TABLE person_key DROP COLUMN county",
        "DELETE FROM migration WHERE number >= 25",
    ] {
        db.batch(sql).await.unwrap();
    }
    for statement in engine::taken_back_since(34) {
        db.batch(&statement).await.unwrap();
    }
    drop(db);
    let steps: Vec<&str> = app::migrate::steps().into_iter().filter(|step| *step >= "0025").collect();
    let told = place.run(&["migrate", "--plan", "--json"]);
    assert!(told.status.success(), "{}", text(&told));
    let lines = String::from_utf8(told.stdout).unwrap();
    let plan: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(plan.iter().map(|planned| planned["step"].as_str().unwrap()).collect::<Vec<_>>(), steps);
    for (planned, deed, table) in
        [(0, "add_column", "sharing"), (1, "create_index", "referral"), (2, "create_table", "tally_county")]
    {
        let deeds = plan[planned]["deeds"].as_array().unwrap();
        assert!(deeds.iter().any(|one| one["deed"] == deed && one["table"] == table), "{}", plan[planned]);
    }
    // A backup before the upgrade is of the schema as it is, and is restored by the newer program.
    let file = place.back_up(&[]);
    let ran = json(&place.run(&["migrate", "--json"]));
    assert_eq!(ran["ran"], serde_json::json!(steps));
    place.is_well(&place.own.address);
    let new = format!("sqlite:{}", place.path("new.sqlite").display());
    let done = place.run(&["restore", "--from", file.to_str().unwrap(), "--database", &new]);
    assert!(done.status.success(), "{}", text(&done));
    place.is_well(&new);
});
