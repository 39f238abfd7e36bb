//! How long entries of the log take to be written and chained, and to be verified.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use app::{
    App,
    audit::{self, Entry, Purpose},
    db::Db,
    digest::Algorithm,
    id::{Home, Id},
    scope::Scope,
    seal::Keys,
};
use divan::{Bencher, counter::ItemsCount};
use jiff::Timestamp;
use std::sync::LazyLock;
use tokio::runtime::Runtime;

/// Entries that are verified at once, in the sixteen homes of a province.
const ENTRIES: u64 = 400_000;
/// Readers who wait for their entries at once.
const READERS: u64 = 64;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static SHA_256: LazyLock<Log> = LazyLock::new(|| Log::of(Algorithm::Sha256, ENTRIES));
static SM3: LazyLock<Log> = LazyLock::new(|| Log::of(Algorithm::Sm3, ENTRIES));

struct Log {
    app: App,
    _folder: tempfile::TempDir,
}

impl Log {
    fn of(algorithm: Algorithm, entries: u64) -> Log {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("log.sqlite").display());
        let app = RUNTIME.block_on(async {
            let app = App::new(Db::open(&address).await.unwrap(), keys()).await.unwrap();
            audit::choose_algorithm(&app.db, algorithm, Timestamp::now()).await.unwrap();
            for start in (0..entries).step_by(10_000) {
                let mut tx = app.db.begin().await.unwrap();
                for n in start..(start + 10_000).min(entries) {
                    audit::record_in(&mut tx, &Scope::system(), read(n), Timestamp::now());
                }
                tx.commit().await.unwrap();
            }
            app
        });
        Log { app, _folder: folder }
    }
}

fn keys() -> Keys {
    Keys::from_secret(&(0..64).collect::<Vec<u8>>()).unwrap()
}

fn read(n: u64) -> Entry {
    let home = Home::of_division(310_115_110_001, u128::from(n));
    let mut entry = Entry::read(Purpose::Referral, "referral", Id::new(home, Timestamp::now()));
    entry.detail = serde_json::json!({"fields": ["name", "phone"], "version": n});
    entry
}

fn main() {
    divan::main();
}

fn verify_all(bencher: Bencher<'_, '_>, log: &Log) {
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| {
        let report = RUNTIME.block_on(audit::verify(&log.app.db, Some(&log.app.keys), None)).unwrap();
        assert_eq!((report.entries, report.findings.len()), (ENTRIES, 0));
    });
}

#[divan::bench(sample_count = 5)]
fn verify_sha_256(bencher: Bencher<'_, '_>) {
    verify_all(bencher, &SHA_256);
}

#[divan::bench(sample_count = 5)]
fn verify_sm3(bencher: Bencher<'_, '_>) {
    verify_all(bencher, &SM3);
}

/// Reads of many callers at once, each answered when its entry is on disk.
#[divan::bench(sample_count = 20, sample_size = 5)]
fn record_reads(bencher: Bencher<'_, '_>) {
    let log = Log::of(Algorithm::Sha256, 0);
    bencher.counter(ItemsCount::new(READERS)).bench(|| {
        RUNTIME.block_on(async {
            let each = (0..READERS).map(|n| {
                let db = log.app.db.clone();
                tokio::spawn(async move {
                    audit::record(&db, &Scope::system(), read(n), Timestamp::now()).await.unwrap();
                })
            });
            for reader in each.collect::<Vec<_>>() {
                reader.await.unwrap();
            }
        });
    });
}

/// Changes of many callers at once, each with its entry in one transaction.
#[divan::bench(sample_count = 20, sample_size = 5)]
fn record_changes(bencher: Bencher<'_, '_>) {
    let log = Log::of(Algorithm::Sha256, 0);
    bencher.counter(ItemsCount::new(READERS)).bench(|| {
        RUNTIME.block_on(async {
            let each = (0..READERS).map(|n| {
                let db = log.app.db.clone();
                tokio::spawn(async move {
                    let mut tx = db.begin().await.unwrap();
                    audit::record_in(&mut tx, &Scope::system(), read(n), Timestamp::now());
                    tx.commit().await.unwrap();
                })
            });
            for writer in each.collect::<Vec<_>>() {
                writer.await.unwrap();
            }
        });
    });
}
