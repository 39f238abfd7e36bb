//! How fast values are sealed and opened, by algorithm: an identity number, a form, a piece of a file.
//! `cargo bench -p app --bench seal`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use app::{
    App,
    db::Db,
    scope::Scope,
    seal::{self, Algorithm, Keys},
};
use divan::{Bencher, counter::BytesCount};
use std::{collections::BTreeMap, sync::LazyLock};

/// Keys in force, each with an algorithm, as an installation has them.
static KEYS: LazyLock<BTreeMap<&str, Keys>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut all = BTreeMap::new();
        for algorithm in Algorithm::ALL {
            let folder = tempfile::tempdir().unwrap();
            let address = format!("sqlite:{}", folder.path().join("bench.db").display());
            let keys = Keys::open(&folder.path().join("bench.keys")).unwrap();
            let app = App::new(Db::open(&address).await.unwrap(), keys).await.unwrap();
            seal::rotate(&app, &Scope::system(), Some(algorithm)).await.unwrap();
            all.insert(algorithm.code(), Keys::clone(&app.keys));
        }
        all
    })
});

const ALGORITHMS: [&str; 3] = ["aes-256-gcm-siv", "aes-256-gcm", "sm4-gcm"];

fn main() {
    LazyLock::force(&KEYS);
    divan::main();
}

#[divan::bench(args = ALGORITHMS, consts = [18, 2_048, 1_048_576])]
fn sealing<const BYTES: usize>(bencher: Bencher<'_, '_>, algorithm: &str) {
    let (keys, content) = (&KEYS[algorithm], vec![b'9'; BYTES]);
    bencher.counter(BytesCount::new(BYTES)).bench(|| keys.seal_bytes(divan::black_box(&content)).unwrap());
}

#[divan::bench(args = ALGORITHMS, consts = [18, 2_048, 1_048_576])]
fn opening<const BYTES: usize>(bencher: Bencher<'_, '_>, algorithm: &str) {
    let keys = &KEYS[algorithm];
    let sealed = keys.seal_bytes(&vec![b'9'; BYTES]).unwrap();
    bencher.counter(BytesCount::new(BYTES)).bench(|| keys.unseal_bytes(divan::black_box(&sealed)).unwrap());
}

#[divan::bench(args = [false, true])]
fn indexing(bencher: Bencher<'_, '_>, commercial: bool) {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::make(&folder.path().join("bench.keys"), commercial).unwrap();
    bencher.bench(|| keys.index("identity_number", divan::black_box("990101199001011230")));
}
