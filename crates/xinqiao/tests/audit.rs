//! `xinqiao audit` as an operator and an auditor use it.

use app::{db::Db, p};
use serde_json::Value;
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// A folder with a database of its own, in which something was done.
struct Installation(tempfile::TempDir);

impl Installation {
    fn new() -> Installation {
        let place = Installation(tempfile::tempdir().unwrap());
        let added = place.run(
            &[
                "user",
                "add",
                "admin",
                "--name",
                "示例",
                "--role",
                "administrator",
                "--organisation",
                "示例单位",
            ],
            &["--kind", "platform", "--division", "330523000000"],
        );
        assert!(added.status.success(), "{}", text(&added.stderr));
        place
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn database(&self) -> String {
        format!("sqlite:{}", self.file("test.sqlite").display())
    }

    fn run(&self, arguments: &[&str], more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.args(arguments).args(more);
        command.env("XINQIAO_DATABASE", self.database()).env("XINQIAO_KEYS", self.file("test.keys"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read its input may have ended before the text is written.
        let _ = child.stdin.take().unwrap().write_all(b"Long-enough-1\n");
        child.wait_with_output().unwrap()
    }

    fn verify(&self, more: &[&str]) -> Output {
        self.run(&["audit", "verify"], more)
    }

    fn alter(&self, sql: &str) {
        let address = self.database();
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let changed = Db::open(&address).await.unwrap().run(sql, p![]).await.unwrap();
            assert!(changed > 0, "{sql}");
        });
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_log_is_verified_with_a_checkpoint_that_was_kept() {
    let place = Installation::new();
    let kept = place.file("kept.json");
    let kept = kept.to_str().unwrap();
    let made = place.run(&["audit", "checkpoint", "--out", kept], &[]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let checkpoint: Value = serde_json::from_str(&std::fs::read_to_string(kept).unwrap()).unwrap();
    assert_eq!(
        (&checkpoint["number"], checkpoint["signature"].as_str().unwrap().len()),
        (&Value::from(1), 128)
    );
    let well = place.verify(&["--checkpoint", kept]);
    assert!(well.status.success(), "{}", text(&well.stdout));
    assert!(text(&well.stdout).contains("1 checkpoints are as written"), "{}", text(&well.stdout));
    // An auditor has a copy of the database and the checkpoint, but not the key file.
    std::fs::rename(place.file("test.keys"), place.file("elsewhere.keys")).unwrap();
    let report = place.verify(&["--checkpoint", kept, "--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!((&report["signer"], report["findings"].as_array().unwrap().len()), (&Value::from("kept"), 0));
    assert!(!place.file("test.keys").exists(), "verifying makes no key file");
}

#[test]
fn what_was_altered_is_named_with_its_remedy() {
    let place = Installation::new();
    place.alter("UPDATE audit /* whole: a test alters */ SET action = 'read'");
    let found = place.verify(&[]);
    assert_eq!(found.status.code(), Some(1));
    let told = text(&found.stdout);
    for part in ["ILL home ", ", entry 1, id ", "the entry was altered", "keep this database as evidence"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let report: Value = serde_json::from_slice(&place.verify(&["--json"]).stdout).unwrap();
    assert_eq!(report["findings"][0]["fault"], "altered");
    let missing = place.verify(&["--checkpoint", "/does/not/exist"]);
    assert!(text(&missing.stderr).contains("/does/not/exist"));
}

#[test]
fn a_chain_goes_on_with_the_chosen_algorithm() {
    let place = Installation::new();
    let shown = |more: &[&str]| text(&place.run(&["audit", "algorithm"], more).stdout);
    assert_eq!(shown(&[]), "sha-256\n");
    assert_eq!(shown(&["sm3"]), "sm3\n");
    assert_eq!(shown(&[]), "sm3\n");
    assert!(!place.run(&["audit", "algorithm", "md5"], &[]).status.success());
    let password = place.run(&["user", "password", "admin"], &[]);
    assert!(password.status.success(), "{}", text(&password.stderr));
    let well = place.verify(&[]);
    assert!(well.status.success(), "{}", text(&well.stdout));
}
