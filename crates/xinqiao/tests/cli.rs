//! The operator's commands on a fresh database.

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
        self.run_in("C", arguments, input)
    }

    /// The same at a terminal in some language.
    fn run_in(&self, language: &str, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.args(arguments).env("XINQIAO_DATABASE", self.database()).env("XINQIAO_KEYS", self.keys());
        command.env("LC_ALL", language);
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
    let written = std::fs::read_to_string(place.keys()).unwrap();
    assert!(written.lines().any(|line| line == "xinqiao-keys 1"), "a readable file");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o777, 0o600);
}

#[test]
fn what_is_wrong_with_an_account_is_said_and_nothing_is_added() {
    let place = Installation::new();
    for (username, password, says) in [
        ("ad", "Long-enough-1", "username: A username has 3 to 40"),
        ("admin", "short", "at least ten characters of three kinds"),
        ("admin", "", "no password"),
    ] {
        let refused = place.add(username, password);
        assert!(!refused.status.success());
        assert!(text(&refused.stderr).contains(says), "{}", text(&refused.stderr));
    }
    assert!(place.run(&["user", "list"], "").stdout.is_empty());
    assert!(place.add("admin", "Long-enough-1").status.success());
    let twice = place.add("admin", "Long-enough-1");
    assert!(text(&twice.stderr).contains("username: This username is taken"), "{}", text(&twice.stderr));
    let add = ["user", "add", "a", "--name", "示例", "--role", "administrator", "--organisation", "示例单位"];
    let chinese = place.run_in("zh_CN.UTF-8", &add, "Long-enough-1");
    assert!(text(&chinese.stderr).contains("用户名为三至四十个字母"), "{}", text(&chinese.stderr));
}

#[test]
fn a_password_is_changed_and_an_account_is_ended() {
    let place = Installation::new();
    assert!(place.add("admin", "Long-enough-1").status.success());
    assert!(!place.run(&["user", "password", "admin"], "weak").status.success());
    assert!(place.run(&["user", "password", "admin"], "Even-longer-22\n").status.success());
    assert!(place.run(&["user", "unlock", "admin"], "").status.success());
    let none = place.run(&["user", "reset-factor", "admin"], "");
    assert!(!none.status.success() && text(&none.stderr).contains("no_factor"), "{}", text(&none.stderr));
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
    let new = ["token", "new", "admin", "--label", "test"];
    let aimless = place.run(&new, "");
    assert!(!aimless.status.success() && text(&aimless.stderr).contains("--purpose"));
    for (more, says) in [
        (&["--purpose", "curiosity"][..], "there are: care"),
        (&["--purpose", "audit"], "has no use for this purpose: audit"),
        (&["--purpose", "administration", "--days", "4000"], "Valid for one to"),
    ] {
        let refused = place.run(&[&new, more].concat(), "");
        assert!(
            !refused.status.success() && text(&refused.stderr).contains(says),
            "{}",
            text(&refused.stderr)
        );
    }
    let made = place.run(&[&new[..], &["--purpose", "administration"]].concat(), "");
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
    let expected = [
        "database",
        "schema",
        "room",
        "server",
        "backup",
        "keys",
        "clock",
        "counts",
        "places",
        "search",
        "replay",
        "columns",
        "rates",
        "sums",
        "references",
        "scales",
        "followup",
        "log",
    ];
    assert_eq!(checks, expected);
}

#[test]
fn the_plan_for_citus_needs_no_database() {
    let program = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.env_remove("XINQIAO_DATABASE").args(["cluster", "plan"]);
        command
    };
    let plan: Value = serde_json::from_slice(&program().arg("--json").output().unwrap().stdout).unwrap();
    let statements = plan["statements"].as_array().unwrap();
    let distributed = statements.iter().filter(|statement| statement["purpose"] == "distribute");
    assert!(distributed.count() > 15, "{plan}");
    assert!(plan["local"].as_array().unwrap().contains(&"session".into()), "{plan}");
    let told = text(&program().output().unwrap().stdout);
    for statement in statements {
        assert!(told.contains(statement["sql"].as_str().unwrap()), "{statement}");
    }
    let place = Installation::new();
    assert!(!place.run(&["cluster", "plan"], "").status.success(), "there is no such database");
    assert!(place.add("admin", "Long-enough-1").status.success());
    assert!(place.run(&["cluster", "plan"], "").status.success());
    assert!(!place.run(&["cluster", "partition"], "").status.success(), "SQLite is one file");
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

#[test]
fn a_list_of_institutions_is_checked_taken_in_reported_and_taken_back() {
    let place = Installation::new();
    let file = |name: &str| place.0.path().join(name).display().to_string();
    let (template, list, report) = (file("template.xlsx"), file("list.csv"), file("report.csv"));
    let made = place.run(&["import", "--kind", "institution", "--template", &template], "");
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(!Path::new(&place.keys()).exists(), "a template needs no database");
    let rows = "机构名称,信用代码,机构性质,机构层级,所在地\n\
        清河站,52990115M000100Y4L,社会服务机构,乡镇站,310115110001\n清溪站,5299,旅馆,,\n";
    std::fs::write(&list, rows).unwrap();
    let import = ["import", "--kind", "institution", "--sender", "示例民政局", "--division", "310115000000"];
    let run = |more: &[&str]| place.run(&[&import, more].concat(), "");

    let dry = run(&["--dry-run", "--json", &template]);
    let told: Value = serde_json::from_slice(&dry.stdout).unwrap();
    assert_eq!((dry.status.success(), &told["summary"]["new"]), (true, &1.into()), "{told}");
    let stopped = run(&["--json", "--report", &report, &list]);
    let told: Value = serde_json::from_slice(&stopped.stdout).unwrap();
    assert_eq!((stopped.status.success(), &told["summary"]["invalid"]), (false, &1.into()), "{told}");
    assert!(std::fs::read_to_string(&report).unwrap().contains("kind: unknown_choice (旅馆)"));
    let done = run(&["--json", "--keep-valid", &list]);
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((done.status.success(), &told["summary"]["new"]), (true, &1.into()), "{told}");

    let undone = place.run(&["import", "--undo", told["id"].as_str().unwrap(), "--json"], "");
    let told: Value = serde_json::from_slice(&undone.stdout).unwrap();
    assert_eq!((&told["state"], &told["summary"]["kept"]), (&"undone".into(), &0.into()), "{told}");
    let again = place.run(&["import", "--undo", told["id"].as_str().unwrap()], "");
    assert!(!again.status.success(), "an import is taken back once");
}

#[test]
fn a_later_edition_is_stored_and_an_incomplete_one_is_not() {
    let place = Installation::new();
    let path = place.0.path().join("edition.csv").display().to_string();
    let import = ["division", "import", &path, "--from", "2026-01-01"];
    std::fs::write(&path, "code,name\n310115120004,佳虹居委会\n").unwrap();
    let short = place.run(&[&import[..], &["--save"]].concat(), "");
    assert!(!short.status.success() && text(&short.stderr).contains("an edition is whole"));

    let mut edition = "code,name\n".to_owned();
    for (code, name) in app::division::Divisions::embedded().unwrap().iter() {
        let name = if code.to_string() == "310115120004" { "佳虹第一居委会" } else { &name };
        edition.push_str(&format!("{code},{name}\n"));
    }
    std::fs::write(&path, edition).unwrap();
    let saved = place.run(&[&import[..], &["--save", "--json"]].concat(), "");
    assert!(saved.status.success(), "{}", text(&saved.stderr));
    let report: Value = serde_json::from_slice(&saved.stdout).unwrap();
    assert_eq!(report["renamed"].as_array().unwrap().len(), 1);
    // That what is stored holds from the next start, a test of the divisions shows.
    let stored = async {
        let db = app::db::Db::open(&place.database()).await.unwrap();
        app::division::stored_changes(&db).await.unwrap()
    };
    let stored = tokio::runtime::Runtime::new().unwrap().block_on(stored);
    let names: Vec<&str> = stored.iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, ["佳虹居委会", "佳虹第一居委会"], "the old name ends, the new one begins");
}
