//! `xinqiao synth` from the outside: the same seed, the same files; what goes wrong is said.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Output},
};

fn synth(out: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
    command.arg("synth").arg("--out").arg(out).args(arguments).output().unwrap()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn the_same_seed_writes_the_same_bytes_and_every_name_says_synthetic() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    for out in [&one, &two] {
        let done = synth(out, &["--people", "400", "--seed", "7", "--json", "--no-xlsx"]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let answer: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(answer["people"], 400);
        assert_eq!(answer["county"], 330_523_000_000_i64);
    }
    let (first, second) = (files(&one), files(&two));
    assert_eq!(first.len(), 5);
    assert!(first == second, "the same seed wrote other bytes");
    assert!(first.keys().all(|name| name.starts_with("synthetic-")));
}

#[test]
fn the_spreadsheet_can_be_opened_and_holds_the_rows_of_the_csv() {
    let folder = tempfile::tempdir().unwrap();
    let done = synth(folder.path(), &["--people", "100"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let rows = |name: &str| files(folder.path())[name].clone();
    let sheet = rows("synthetic-dpf.xlsx");
    assert_eq!(&sheet[..2], b"PK");
    let csv = rows("synthetic-dpf.csv");
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let records = reader.records().map(Result::unwrap).collect::<Vec<_>>();
    assert!(records.len() > 40, "{} rows", records.len());
    assert!(records.iter().all(|row| row[0].starts_with("SYN-D-")));
}

#[test]
fn another_county_and_another_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--people", "60", "--division", "310115000000", "--encoding", "gb18030", "--no-xlsx"];
    let done = synth(folder.path(), &arguments);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let health = files(folder.path())["synthetic-health.csv"].clone();
    assert!(std::str::from_utf8(&health).is_err(), "the list is UTF-8");
    let text = health.windows(6).any(|window| window == b"310115");
    assert!(text, "no village of the county");
}

#[test]
fn what_is_impossible_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["--division", "330500000000"][..], &["--people", "5000000"], &["--division", "1"]] {
        let done = synth(folder.path(), arguments);
        assert!(!done.status.success(), "{arguments:?}");
        assert!(!done.stderr.is_empty());
    }
}
