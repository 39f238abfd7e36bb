//! A server of PostgreSQL archives its log as `docs/operate.md` says; somebody does harm; the database of the moment
//! before comes back from a base backup and the archive.

use crate::{
    repository,
    test::{machine, postgres::Cluster},
};
use anyhow::{Context, Result, ensure};
use std::{
    io::Write,
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

/// What `docs/operate.md` tells to set, with the folders of the trial.
fn archiving(folder: &Path) -> String {
    let archive = folder.join("archive");
    let archive = archive.display();
    format!(
        "full_page_writes = on\nwal_level = replica\narchive_mode = on\narchive_timeout = 60\n\
         archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f.part && sync {archive}/%f.part && mv {archive}/%f.part {archive}/%f'\n"
    )
}

fn recovering(archive: &Path, instant: &str) -> String {
    let archive = archive.display();
    format!(
        "fsync = on\nfull_page_writes = on\nsynchronous_commit = on\narchive_mode = off\nrestore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{instant}'\n\
         recovery_target_action = 'promote'\n"
    )
}

/// Makes a base backup, writes before and after an instant, and restores to it.
///
/// # Errors
/// When PostgreSQL or the program cannot be started, or when what came back is not what stood at the instant.
pub fn run() -> Result<ExitCode> {
    let root = repository::root()?;
    machine::ensure(&machine::DATABASE)?;
    // With the features that the whole workspace chooses, as the tests build it.
    machine::must(Command::new(machine::cargo()).current_dir(&root).args([
        "build",
        "--workspace",
        "--bin",
        "xinqiao",
    ]))?;
    let program = crate::target(&root).join("debug/xinqiao");
    let keys = tempfile::tempdir()?;
    let cluster = Cluster::start_with(archiving)?;
    let site = |cluster: &Cluster| Site { program: &program, keys: keys.path(), url: cluster.url() };
    let first = site(&cluster);
    first.add("before.backup")?;
    let mut copy = cluster.base_backup()?;
    println!("xtask: a base backup stands; now others write");
    first.add("before.harm")?;
    let instant = cluster.ask("SELECT clock_timestamp()")?.trim().to_owned();
    std::thread::sleep(Duration::from_millis(1_100));
    first.add("after.harm")?;
    cluster.ask("DELETE FROM setting; SELECT pg_switch_wal()")?;
    let last = cluster.ask("SELECT last_archived_wal FROM pg_stat_archiver")?;
    cluster.wait_for("SELECT last_archived_wal <> '' AND failed_count = 0 FROM pg_stat_archiver")?;
    println!("xtask: harm was done at {instant} and later; archived so far: {}", last.trim());
    cluster.stop()?;
    copy.recover(&recovering(&cluster.folder().join("archive"), &instant))?;
    copy.wait_for("SELECT NOT pg_is_in_recovery()")?;
    let second = site(&copy);
    let names = second.run(&["user", "list"], "")?;
    ensure!(
        names.contains("before.backup") && names.contains("before.harm"),
        "what stood then is missing:\n{names}"
    );
    ensure!(!names.contains("after.harm"), "what came later is there:\n{names}");
    print!("{}", second.run(&["doctor", "--deep"], "")?);
    println!("{}", second.run(&["audit", "verify"], "")?.trim_end());
    second.add("after.recovery")?;
    println!("xtask: the database stands as at {instant}");
    Ok(ExitCode::SUCCESS)
}

/// An installation on one of the clusters.
struct Site<'a> {
    program: &'a Path,
    keys: &'a Path,
    url: String,
}

impl Site<'_> {
    fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(self.program);
        command.args(arguments).args(["--database", &self.url, "--keys"]).arg(self.keys.join("keys"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child =
            command.spawn().with_context(|| format!("cannot start {}", self.program.display()))?;
        if let Some(mut to) = child.stdin.take() {
            to.write_all(input.as_bytes()).ok();
        }
        let done = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        ensure!(done.status.success(), "{arguments:?} ended with {}:\n{said}", done.status);
        Ok(said)
    }

    fn add(&self, username: &str) -> Result<()> {
        let office = ["--organisation", "示例办", "--kind", "civil_affairs", "--division", "330523000000"];
        let add = ["user", "add", username, "--name", "示例", "--role", "referral_worker"];
        self.run(&[&add[..], &office].concat(), "Long-enough-1\n").map(|_| ())
    }
}
