//! How fast a list is taken in: rows a second for the check and for taking in, and the largest memory of the process.
//! `cargo bench -p app --bench import -- ROWS [DATABASE]`; without a database a new SQLite file is used.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use app::{
    App,
    db::Db,
    import::{self, Keep, NewImport},
    need,
    scope::Scope,
    seal::Keys,
};
use std::{fmt::Write, time::Instant};

const SURNAMES: [&str; 12] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "欧阳", "仇"];
const GIVEN: [&str; 20] = [
    "伟", "芳", "秀", "英", "明", "小", "红", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "超",
    "霞", "平", "刚",
];

/// A synthetic list: numbers with the prefix 990101 belong to nobody.
fn list(rows: u32) -> Vec<u8> {
    let mut text = String::from("姓名,身份证号,联系电话,现住址区划代码,现住址,是否居家\n");
    for i in 0..rows {
        let (surname, rest) = (SURNAMES[(i % 12) as usize], i / 12);
        let (one, two) = (GIVEN[(rest % 20) as usize], GIVEN[(rest / 20 % 20) as usize]);
        let day = i % 27_000;
        let born = jiff::civil::date(1940, 1, 1).checked_add(jiff::Span::new().days(i64::from(day))).unwrap();
        let body = format!("990101{}{:03}", born.strftime("%Y%m%d"), 1 + i / 27_000);
        let check = rules::identity_number::check_character(&body).unwrap();
        let village = 310_115_110_001_i64 + i64::from(i % 30) * 1_000 + i64::from(i % 17);
        writeln!(text, "{surname}{one}{two},{body}{check},139{:08},{village},示例路{i}号,是", i % 99_999_999)
            .unwrap();
    }
    text.into_bytes()
}

/// Largest resident memory so far, in MB, where the system tells it.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let rows: u32 = arguments.first().and_then(|a| a.parse().ok()).unwrap_or(50_000);
    let folder = tempfile::tempdir().unwrap();
    let own = format!("sqlite:{}", folder.path().join("bench.db").display());
    let address = arguments.get(1).cloned().unwrap_or(own);
    let keys = Keys::from_secret(&(0..64).collect::<Vec<u8>>()).unwrap();
    let app = App::new(Db::open(&address).await.unwrap(), keys).await.unwrap();
    let scope = Scope::system();
    let bytes = list(rows);
    let speed = |started: Instant| f64::from(rows) / started.elapsed().as_secs_f64();
    let new = NewImport { kind: "smd", sender: "bench", file_name: "bench.csv" };
    let id = import::stage(&app, &scope, &new, &bytes).await.unwrap();
    drop(bytes);
    println!("{rows} rows, memory before {} MB", memory());
    let started = Instant::now();
    import::check(&app, &scope, id).await.unwrap();
    println!("check    {:>9.0} rows/s", speed(started));
    let version = import::get(&app, &scope, id).await.unwrap().version;
    let (watched, started) = (app.clone(), Instant::now());
    let watch = tokio::spawn(async move {
        // Comparing for probable doubles follows when all rows are in; it is told apart.
        while import::get(&watched, &Scope::system(), id).await.unwrap().state != "linking" {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        started.elapsed().as_secs_f64()
    });
    let summary = import::apply(&app, &scope, id, version, Keep::default()).await.unwrap();
    let whole = started.elapsed().as_secs_f64();
    let taken = watch.await.unwrap();
    println!("take in  {:>9.0} rows/s ({} new)", f64::from(rows) / taken, summary.new);
    println!("compare  {:>9.1} s ({} pairs)", whole - taken, summary.pairs);
    assert_eq!(need::count(&app, &scope, 0).await.unwrap().total.persons, i64::from(rows));
    println!("largest memory {} MB", memory());
}
