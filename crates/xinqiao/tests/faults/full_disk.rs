//! The disk fills up under load, and is given room again. Nothing is half written meanwhile, who asks is told, what needs
//! no place is still served, and afterwards service is back without a person.
//!
//! In each test run the files of the server have a limit, which the system refuses to exceed (SQLite). `cargo xtask faults
//! disk-full` names a small disk that is filled, for both databases.

use crate::{
    engine::Settled,
    installation::{Installation, Server},
    load::Sent,
};
use serde_json::Value;
use std::{
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Applications before the disk fills up, and after there is room again.
const SOME: usize = 40;
/// Answers that have to say that there is no room.
const REFUSALS: u32 = 12;

/// A disk that can be filled and given room again.
trait Disk {
    fn fill(&self, server: &Server);
    fn make_room(&self, server: &Server);
}

/// The limit of the server's files, set from outside.
struct Limit;

impl Limit {
    fn set(server: &Server, bytes: &str) {
        let (process, limit) = (server.child.id().to_string(), format!("--fsize={bytes}:unlimited"));
        assert!(Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap().success());
    }
}

impl Disk for Limit {
    fn fill(&self, server: &Server) {
        // Less than what the journal has by now: it cannot even be written over.
        Limit::set(server, "65536");
    }

    fn make_room(&self, server: &Server) {
        Limit::set(server, "unlimited");
    }
}

/// A file that takes whatever room there is.
struct Ballast(PathBuf);

impl Disk for Ballast {
    fn fill(&self, _: &Server) {
        use std::io::Write;
        let mut file = std::fs::File::create(&self.0).unwrap();
        while file.write_all(&[0; 4_096]).is_ok() {}
    }

    fn make_room(&self, _: &Server) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1_200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} did not come about");
}

/// What is answered while there is no room.
async fn full(place: &Installation, server: &Server, sent: &Sent) {
    let refused = sent.refusals.load(Ordering::SeqCst);
    until("refusals", async || sent.refusals.load(Ordering::SeqCst) >= refused + REFUSALS).await;
    until("/readyz", async || server.site.look("/readyz").await == Some(503)).await;
    for path in ["/healthz", "/sign-in"] {
        assert_eq!(server.site.look(path).await, Some(200), "{path}");
    }
    let ask = async |path: &str| {
        let request = server.site.request(&place.tokens["worker"], reqwest::Method::GET, path);
        let answer = request.send().await.unwrap();
        let (status, told) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        assert!(status == 200 || status == 503 && told["type"] == "unavailable", "{path}: {status} {told}");
        status
    };
    // Nobody's record, so that nothing has to be written before it is shown. PostgreSQL may have ended for want of room.
    let division = ask("/divisions/310115000000").await;
    assert!(division == 200 || place.address().starts_with("postgres"));
    // A person's record is not shown where that it was shown cannot be recorded.
    ask("/cases").await;
}

async fn fills_up(place: &Installation, mut server: Server, disk: &dyn Disk) {
    let (sent, over) = (Sent::default(), AtomicBool::new(false));
    let trial = async {
        until("the first applications", async || sent.acknowledged() >= SOME).await;
        for _ in 0..2 {
            disk.fill(&server);
            full(place, &server, &sent).await;
            disk.make_room(&server);
            let so_far = sent.acknowledged();
            until("further applications", async || sent.acknowledged() >= so_far + SOME).await;
            until("/readyz", async || server.site.look("/readyz").await == Some(200)).await;
        }
        over.store(true, Ordering::SeqCst);
    };
    let senders = (0..4).map(|_| sent.insist_until(place, &server.site, || over.load(Ordering::SeqCst)));
    tokio::join!(trial, futures::future::join_all(senders));
    assert!(server.child.try_wait().unwrap().is_none(), "the server has ended");
    sent.all_once(place, &server.site).await;
    println!("no room twice: {}", sent.report());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_files_may_not_grow_says_so_and_goes_on_when_they_may() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        eprintln!("not run: there is no prlimit");
        return;
    }
    let place = Installation::on_sqlite().await;
    fills_up(&place, place.start_limited(), &Limit).await;
    place.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_takes_nothing_that_was_acknowledged() {
    let Ok(disk) = std::env::var("XINQIAO_TEST_SMALL_DISK").map(PathBuf::from) else {
        eprintln!("not run: `cargo xtask faults disk-full` has a disk to fill");
        return;
    };
    let place = if std::env::var("XINQIAO_TEST_POSTGRES").is_ok() {
        Installation::on_postgres().await.unwrap()
    } else {
        Installation::on_sqlite_in(&disk)
    };
    fills_up(&place, place.start(), &Ballast(disk.join("ballast"))).await;
    place.end().await;
}
