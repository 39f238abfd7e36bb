//! `cargo xtask faults clock`: the clock of the server jumps under load, hours and days, forward and back. The database keeps
//! its own clock, and so do those who send. What is due by a clock that is ahead is tried by `crates/web/tests/faults.rs`.

use crate::{
    engine::Settled,
    installation::{Installation, Server},
    load::Sent,
};
use app::p;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Hours by which the server's clock is ahead, one after another, and seconds for which it stays so: of the days each lasts
/// for a turn of what the server does by itself.
const JUMPS: [(i8, u64); 9] =
    [(0, 10), (2, 10), (0, 10), (-2, 10), (0, 10), (DAYS, 31), (0, 10), (-DAYS, 31), (DAYS, 31)];
/// Three days, in hours.
const DAYS: i8 = 72;

/// The clock of a server: as many hours ahead as the one byte of a file says.
struct Clock(PathBuf);

impl Clock {
    fn of(place: &Installation) -> Clock {
        let file = place.folder().join("hours");
        std::fs::write(&file, 0_i8.to_ne_bytes()).unwrap();
        Clock(file)
    }

    fn jump(&self, hours: i8) {
        // Written over in its place: the server has the file in its memory, where it must not get shorter.
        let mut file = std::fs::File::options().write(true).open(&self.0).unwrap();
        file.write_all(&hours.to_ne_bytes()).unwrap();
    }
}

/// Those who send meanwhile.
struct Load<'a> {
    place: &'a Installation,
    server: &'a Server,
    sent: Sent,
    /// Registrations that were refused because the consent to them bears a day that has not come yet.
    put_off: Mutex<Vec<u32>>,
    over: AtomicBool,
}

impl Load<'_> {
    /// Sends something once. Nothing in the trial keeps the server from answering.
    async fn post(&self, token: &str, path: &str, key: &str, body: &Value) -> Option<Value> {
        let request = self.server.site.request(token, reqwest::Method::POST, path);
        let answer = request.header("idempotency-key", key).json(body).send().await.unwrap();
        let status = answer.status();
        let told: Value = answer.json().await.unwrap();
        if status.as_u16() == 409 && told["code"] == "consent_missing" {
            return None;
        }
        assert!(status.is_success(), "{path} {key}: {status} {told}");
        Some(told)
    }

    async fn go_on(&self) {
        let post =
            async |token: &str, path: &str, key: &str, body: &Value| self.post(token, path, key, body).await;
        while !self.over.load(Ordering::SeqCst) {
            let number = self.sent.begun.fetch_add(1, Ordering::SeqCst);
            if self.sent.file(self.place, number, &post).await.is_none() {
                self.put_off.lock().unwrap().push(number);
            }
        }
    }

    /// Registers what was put off, once the clock shows the day of the consent again. It was filed under a key that the server
    /// may have forgotten by then, and is not sent again.
    async fn make_up(&self) {
        let post =
            async |token: &str, path: &str, key: &str, body: &Value| self.post(token, path, key, body).await;
        let numbers = self.put_off.lock().unwrap().clone();
        for number in numbers {
            self.sent.register(self.place, number, &post).await.unwrap();
        }
    }

    /// The clock jumps, and work goes on after each time.
    async fn jumps(&self, clock: &Clock) {
        for (hours, seconds) in JUMPS {
            clock.jump(hours);
            let before = self.sent.acknowledged();
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            assert!(self.sent.acknowledged() > before, "nothing is done where it is {hours} hours ahead");
            assert_eq!(self.server.site.look("/readyz").await, Some(200), "{hours} hours ahead");
        }
        self.over.store(true, Ordering::SeqCst);
    }
}

/// Events that bear a time before or after another one than this machine's by more than a day.
async fn far_away(place: &Installation) -> (i64, i64) {
    let now = Timestamp::now();
    let sql = "SELECT COALESCE(SUM(CASE WHEN at < $1 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN at > $2 THEN 1 ELSE 0 END), 0)
        FROM referral_event /* whole: a test counts */";
    place.db().await.opt(sql, p![now - 24.hours(), now + 24.hours()]).await.unwrap().unwrap()
}

/// Events of a case that bear an earlier time than the one before them.
const AGAINST_THE_CLOCK: &str = "SELECT COUNT(*) /* whole: a test counts */ FROM referral_event e
    JOIN referral_event b ON b.home = e.home AND b.referral_id = e.referral_id AND b.sequence = e.sequence - 1
    WHERE e.at < b.at";

async fn clock_jumps(place: &Installation, library: &Path) {
    let clock = Clock::of(place);
    let server = place.start_with_clock(library, &clock.0);
    // A paper of today would be of the future where the clock was put back.
    let day = rules::clock::china_date(Timestamp::now()).checked_sub(4.days()).unwrap();
    let load = Load {
        place,
        server: &server,
        sent: Sent::of(day),
        put_off: Mutex::default(),
        over: AtomicBool::new(false),
    };
    let senders = futures::future::join_all((0..4).map(|_| load.go_on()));
    tokio::join!(load.jumps(&clock), senders);
    load.make_up().await;
    load.sent.all_once(place, &server.site).await;

    let begun = load.sent.begun.load(Ordering::SeqCst);
    // What is told to whoever sent a case is told once, too.
    for kind in ["receipt", "registration_notice"] {
        let told = format!("SELECT COUNT(*) /* whole: a test counts */ FROM message WHERE kind = '{kind}'");
        assert_eq!(place.count(&told).await, i64::from(begun), "{kind}");
    }
    let (before, after) = far_away(place).await;
    let against = place.count(AGAINST_THE_CLOCK).await;
    println!(
        "the clock jumped {} times: {begun} applications and their registrations, each there once, {} of them registered only \
         once their day had come again; {before} events bear a time of days ago, {after} one of days to come, {against} an \
         earlier one than the event before them",
        JUMPS.len() - 1,
        load.put_off.lock().unwrap().len(),
    );
    assert!(before > 0 && after > 0 && against > 0, "the clock did not jump while somebody worked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_under_load_loses_nothing_and_doubles_nothing() {
    let Ok(library) = std::env::var("XINQIAO_TEST_CLOCK").map(PathBuf::from) else {
        eprintln!("not run: `cargo xtask faults clock` moves the clock of the server");
        return;
    };
    let place = Installation::on_sqlite().await;
    clock_jumps(&place, &library).await;
    place.end().await;
    if let Some(place) = Installation::on_postgres().await {
        clock_jumps(&place, &library).await;
        place.end().await;
    }
}
