//! What the documents name is there: tests and files of the tables of controls, of the acceptance list, of the ten cases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All Rust sources of the repository.
fn sources() -> String {
    let mut folders: Vec<PathBuf> =
        ["crates", "tests", "xtask", "fuzz"].iter().map(|folder| root().join(folder)).collect();
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target" && name != "vendor") {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                text.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    text
}

/// All files of the crates.
fn files() -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![root().join("crates")], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

/// Words between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// A word that is a test's name by its looks: several words of small letters.
fn is_test(word: &str) -> bool {
    word.split('_').count() >= 4
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_file(word: &str) -> bool {
    word.contains('/') && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b))
}

#[test]
fn every_test_that_a_document_names_exists() {
    let sources = sources();
    let mut named = 0;
    for document in ["docs/controls.md", "docs/contribute.md"] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        for name in quoted(&text).filter(|word| is_test(word)) {
            let there = [format!("fn {name}("), format!("both!({name},"), format!("fn {name}<")];
            let there = there.iter().any(|form| sources.contains(form));
            // A table of cases may stand in a function of several lines.
            assert!(there || sources.contains(&format!("fn {name}")), "{document} names {name}");
            named += 1;
        }
    }
    assert!(named > 60, "{named}");
}

#[test]
fn every_file_that_the_controls_name_exists() {
    let mut named = 0;
    let text = std::fs::read_to_string(root().join("docs/controls.md")).unwrap();
    let files = files();
    for path in quoted(&text).filter(|word| is_file(word) && word.contains('.')) {
        // A second file of a row may be named by the end of its path.
        let there = files.iter().any(|file| file.ends_with(path)) || root().join(path).exists();
        assert!(there, "docs/controls.md names {path}");
        named += 1;
    }
    assert!(named > 40, "{named}");
}

#[test]
fn the_acceptance_list_has_all_its_thirteen_lines() {
    let text = std::fs::read_to_string(root().join("docs/controls.md")).unwrap();
    let (_, list) = text.split_once("## Acceptance list").expect("the list");
    let list = list.split("\n## ").next().unwrap();
    for number in 1..=13 {
        let line = list.lines().find(|line| line.starts_with(&format!("| {number} |")));
        let line = line.unwrap_or_else(|| panic!("line {number} is missing"));
        assert!(quoted(line).any(is_test), "no test in: {line}");
    }
}
