//! Each write to disk takes a third of a second (SQLite; PostgreSQL is slowed by the trial itself, see `befallen`).

use crate::{asked, engine::Settled, installation::Installation, load::Sent};
use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Tells the system to wait whenever a process asks for its data to be on disk, until this is dropped.
struct Slow(Child);

impl Slow {
    fn make(process: u32, millis: usize) -> Slow {
        let inject = format!("inject=fsync,fdatasync,sync_file_range:delay_exit={}", millis * 1_000);
        let mut strace = Command::new("strace");
        strace.args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=fsync,fdatasync,sync_file_range",
            "-e",
            &inject,
        ]);
        strace.args(["-p", &process.to_string()]).stdin(Stdio::null());
        Slow(strace.spawn().unwrap())
    }
}

impl Drop for Slow {
    /// strace lets go of the process when it is asked to end.
    fn drop(&mut self) {
        Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_disk_is_waited_for() {
    let Some(millis) = asked("XINQIAO_TEST_SLOW_DISK") else {
        eprintln!("not run: `cargo xtask faults slow-disk` slows the disk down");
        return;
    };
    let place = Installation::on_sqlite().await;
    let (server, sent) = (place.start(), Sent::default());
    let load = async |senders: usize, seconds: u64| {
        let (before, end) = (sent.acknowledged(), Instant::now() + Duration::from_secs(seconds));
        let sender = || sent.insist_until(&place, &server.site, || Instant::now() >= end);
        futures::future::join_all((0..senders).map(|_| sender())).await;
        (sent.acknowledged() - before) as f64 / seconds as f64
    };
    let before = load(8, 5).await;
    let memory = server.memory("VmRSS");
    let slow = Slow::make(server.child.id(), millis);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let few = load(8, 20).await;
    let many = load(64, 20).await;
    let longest = sent.longest_answer();
    drop(slow);
    let after = load(8, 5).await;
    sent.all_once(&place, &server.site).await;
    println!(
        "{millis} ms for each write to disk: {before:.0} acknowledged a second before, {few:.1} for 8 callers, {many:.1} for \
         64, {after:.0} after; {}; memory {memory:?} KiB, then {:?} at most",
        sent.report(),
        server.memory("VmHWM")
    );
    assert!(few > 0.0 && many > few, "callers do not share a write");
    assert!(longest < Duration::from_secs(15), "an answer took {longest:?}");
    assert!(after > before / 4.0, "{after} a second, {before} before");
    if let (Some(before), Some(most)) = (memory, server.memory("VmHWM")) {
        assert!(most < before + 200 * 1024, "memory grew");
    }
    drop(server);
    place.end().await;
}
