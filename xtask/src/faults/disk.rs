//! The disk of the database fills up under load, or gets slow.

use super::load::{DURABLE, Harm, code, passes, trial, under};
use crate::test::{POSTGRES, machine, postgres::Cluster};
use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread::{scope, sleep},
    time::Duration,
};

/// The small disk of each database.
const SIZES: (&str, &str) = ("size=64m,mode=1777", "size=256m,mode=1777");
/// So that the log does not take the whole of it.
const SMALL: &str = "max_wal_size = 48MB\nmin_wal_size = 32MB\n";
/// Each write to disk takes this much longer, in milliseconds.
const SLOW: u32 = 300;

/// A disk in memory that lasts as long as the trial.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(options: &str) -> Result<SmallDisk> {
        if !machine::is_root() {
            bail!("only root may mount a small disk");
        }
        let made = Command::new("mktemp").args(["-d", "/tmp/xinqiao-disk.XXXXXX"]).output()?;
        let path = PathBuf::from(String::from_utf8(made.stdout)?.trim());
        let disk = SmallDisk(path.clone());
        let mount = ["-t", "tmpfs", "-o", options, "xinqiao-disk"];
        machine::must(Command::new("mount").args(mount).arg(&path))
            .context("a small disk cannot be mounted")?;
        Ok(disk)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let gone = Command::new("umount").arg(&self.0).status().is_ok_and(|status| status.success());
        if !gone || std::fs::remove_dir(&self.0).is_err() {
            eprintln!("xtask: {} could not be taken away", self.0.display());
        }
    }
}

/// Fills the disk under each database and gives it room again.
///
/// # Errors
/// When the machine cannot be set up, or something that was acknowledged is missing or there twice.
pub fn full() -> Result<ExitCode> {
    machine::ensure(&machine::DATABASE)?;
    let name = "a_full_disk_takes_nothing_that_was_acknowledged";
    let disk = SmallDisk::mount(SIZES.0)?;
    let on_sqlite = passes(trial(name)?.env("XINQIAO_TEST_SMALL_DISK", disk.path()))?;
    println!("xtask: SQLite on a full disk: {}", if on_sqlite { "passed" } else { "FAILED" });
    drop(disk);

    let disk = SmallDisk::mount(SIZES.1)?;
    let cluster = Cluster::start_in(disk.path(), &format!("{DURABLE}{SMALL}"))?;
    let (over, starts) = (AtomicBool::new(false), AtomicU32::new(0));
    let on_postgres = scope(|threads| {
        // PostgreSQL gives up where its log has no room; whatever keeps services running starts it again.
        threads.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                sleep(Duration::from_millis(500));
                if !cluster.runs() && cluster.start_once().unwrap_or(false) {
                    starts.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let mut trial = trial(name)?;
        let passed = passes(trial.env("XINQIAO_TEST_SMALL_DISK", disk.path()).env(POSTGRES, cluster.url()));
        over.store(true, Ordering::SeqCst);
        passed
    })?;
    let starts = starts.load(Ordering::SeqCst);
    println!("xtask: PostgreSQL on a full disk ended {starts} times and was started again");
    drop(cluster);
    Ok(code(on_sqlite && on_postgres))
}

/// strace, which lets processes wait whenever they ask for their data to be on disk.
struct Slow(Child);

impl Slow {
    fn make(processes: &[u32]) -> Result<Slow> {
        let calls = "fsync,fdatasync,sync_file_range";
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
        strace.args(["-e", &format!("inject={calls}:delay_exit={}", SLOW * 1_000)]);
        for process in processes {
            strace.args(["-p", &process.to_string()]);
        }
        Ok(Slow(strace.stdin(Stdio::null()).spawn().context("cannot start strace")?))
    }
}

impl Drop for Slow {
    /// strace lets go of the processes when it is asked to end.
    fn drop(&mut self) {
        Command::new("kill").arg(self.0.id().to_string()).status().ok();
        self.0.wait().ok();
    }
}

/// Slows each write to disk down under each database.
///
/// # Errors
/// As [`full`].
pub fn slow() -> Result<ExitCode> {
    machine::ensure(&[machine::DATABASE, machine::TRACER].concat())?;
    let on_sqlite =
        passes(trial("a_slow_disk_is_waited_for")?.env("XINQIAO_TEST_SLOW_DISK", SLOW.to_string()))?;
    println!("xtask: SQLite on a slow disk: {}", if on_sqlite { "passed" } else { "FAILED" });
    let cluster = Cluster::start_with(|_| format!("{DURABLE}fsync = on\n"))?;
    // Commits of one home wait for one another, a third of a second each and more while PostgreSQL takes a checkpoint.
    let pause = Duration::from_secs(8);
    let harm = Harm { what: "the disk was slow", seconds: 60, pause, least: 1, answer: 30 };
    let on_postgres = under(&harm, &cluster.url(), || {
        let slow = Slow::make(&cluster.processes()?)?;
        sleep(Duration::from_secs(30));
        drop(slow);
        Ok(false)
    })?;
    Ok(if on_sqlite { on_postgres } else { ExitCode::FAILURE })
}
