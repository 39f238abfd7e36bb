//! `cargo xtask faults database`, `replica`, `away`, `slow-disk`, …: something befalls PostgreSQL under load. The trial
//! does it as long as the file is there that it names, and has a second file beside it while it is at it.

use crate::{
    asked,
    engine::Settled,
    installation::{Installation, Server},
    load::Sent,
};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// Memory in KiB that an outage may cost.
const MEMORY: u64 = 200 * 1024;

/// How often the probe said that the server could not work, and the longest that it took to say anything.
#[derive(Default)]
struct Probed {
    away: AtomicU32,
    longest: AtomicU32,
}

impl Probed {
    async fn watch(&self, server: &Server, over: impl Fn() -> bool) {
        while !over() {
            let asked = Instant::now();
            let status = server.site.look("/readyz").await;
            let took = u32::try_from(asked.elapsed().as_millis()).unwrap();
            self.longest.fetch_max(took, Ordering::SeqCst);
            match status {
                Some(200) => {}
                Some(503) => drop(self.away.fetch_add(1, Ordering::SeqCst)),
                other => panic!("/readyz: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_event_is_there_once_whatever_befalls_the_database() {
    let Some(seconds) = asked("XINQIAO_TEST_OUTAGES") else {
        eprintln!("not run: `cargo xtask faults database` and others do harm to the database meanwhile");
        return;
    };
    let flag = PathBuf::from(std::env::var("XINQIAO_TEST_OUTAGE_FLAG").unwrap());
    let longest = Duration::from_secs(asked("XINQIAO_TEST_LONGEST").unwrap() as u64);
    let place = Installation::on_postgres().await.unwrap();
    let (server, sent, probed) = (place.start(), Sent::default(), Probed::default());
    let before = server.memory("VmRSS");
    std::fs::write(&flag, "").unwrap();
    let end = Instant::now() + Duration::from_secs(seconds as u64);
    let done = AtomicBool::new(false);
    let load = async {
        let sender = || sent.insist_until(&place, &server.site, || Instant::now() >= end);
        futures::future::join_all((0..8).map(|_| sender())).await;
        done.store(true, Ordering::SeqCst);
    };
    tokio::join!(load, probed.watch(&server, || done.load(Ordering::SeqCst)));
    std::fs::remove_file(&flag).unwrap();
    // What was begun before is over by then.
    tokio::time::sleep(Duration::from_secs(2)).await;
    while flag.with_extension("harm").exists() {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    sent.all_once(&place, &server.site).await;
    let ready = server.site.look("/readyz").await;
    let (now, most) = (server.memory("VmRSS"), server.memory("VmHWM"));
    drop(server);
    let probe = Duration::from_millis(u64::from(probed.longest.load(Ordering::SeqCst)));
    println!(
        "{}; /readyz said so {} times and took {:.1} s at most; memory {before:?}, then {now:?}, {most:?} KiB at most",
        sent.report(),
        probed.away.load(Ordering::SeqCst),
        probe.as_secs_f64()
    );
    assert_eq!(ready, Some(200));
    assert!(sent.longest_answer().max(probe) <= longest, "an answer took longer than {longest:?}");
    if let (Some(before), Some(most)) = (before, most) {
        assert!(most < before + MEMORY, "memory grew");
    }
    place.end().await;
}
