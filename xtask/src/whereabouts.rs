//! `cargo xtask where WORD`: where a subject or a deed stands in the repository.
//!
//! A subject (`referral`) has files of its name in every crate; a deed (`decline`) has a function, a section,
//! a route or a test of its name. Both are found by name alone, because names are the same everywhere.

mod definitions;

use crate::repository;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Lines shown per kind; more would hide the kinds below.
const SHOWN: usize = 12;

/// Characters shown of a line.
const WIDTH: usize = 100;

/// What to look for.
#[derive(clap::Args)]
pub struct Options {
    /// A subject such as `referral`, or a deed such as `decline`.
    word: String,
}

/// What a file is for, in the order in which one reads a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Rule,
    Action,
    Sql,
    Table,
    Page,
    Template,
    Text,
    Linkage,
    Command,
    Test,
    BrowserTest,
    Document,
    Data,
    Chore,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let text = path.to_str()?;
        let within = |folder: &str| text.starts_with(folder);
        // A crate's folder of tests, or the tests of a large file in a file of their own beside it.
        let in_crate_tests = within("crates/")
            && path
                .components()
                .skip(2)
                .any(|c| matches!(c.as_os_str().to_str(), Some("tests" | "tests.rs")));
        Some(match () {
            () if within("tests/e2e/") => Self::BrowserTest,
            () if in_crate_tests => Self::Test,
            () if within("migrations/") || within("schema/") => Self::Table,
            () if within("crates/rules/") || within("crates/divisions/") => Self::Rule,
            () if within("crates/linkage/") => Self::Linkage,
            () if within("crates/app/")
                && (text.ends_with(".sql") || text.contains("sql.rs") || text.contains("/sql/")) =>
            {
                Self::Sql
            }
            () if within("crates/app/") => Self::Action,
            () if within("crates/web/templates/") => Self::Template,
            () if within("crates/web/texts/") => Self::Text,
            () if within("crates/web/") => Self::Page,
            () if within("crates/xinqiao/") => Self::Command,
            () if within("docs/") || text.ends_with(".md") => Self::Document,
            () if within("data/") => Self::Data,
            () if within("xtask/") => Self::Chore,
            () => return None,
        })
    }

    fn label(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Action => "action",
            Self::Sql => "SQL",
            Self::Table => "tables",
            Self::Page => "pages and API",
            Self::Template => "templates",
            Self::Text => "texts",
            Self::Linkage => "linkage",
            Self::Command => "command line",
            Self::Test => "tests",
            Self::BrowserTest => "browser tests",
            Self::Document => "documents",
            Self::Data => "data",
            Self::Chore => "chores",
        }
    }
}

/// Prints what was found, by kind: files of that name first, then the lines that define it.
///
/// # Errors
/// When the repository cannot be read. Nothing found is exit code 1.
pub fn run(options: &Options) -> Result<ExitCode> {
    let root = repository::root()?;
    let found = look(&root, &options.word)?;
    if found.is_empty() {
        println!("Nothing is named {:?}. Subjects: {}", options.word, subjects(&root)?.join(", "));
        return Ok(ExitCode::FAILURE);
    }
    for (kind, lines) in found {
        println!("{}", kind.label());
        let mut lines = lines;
        // What is done comes before what is merely named; the order is otherwise that of the files.
        lines.sort_by_key(|line| line.contains(".rs:") && !line.contains("fn "));
        for line in lines.iter().take(SHOWN) {
            println!("  {line}");
        }
        if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            println!("  … and {more} more");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The lines to print for each kind.
fn look(root: &Path, word: &str) -> Result<BTreeMap<Kind, Vec<String>>> {
    let sought = words(word);
    let mut found: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    let files: Vec<(Kind, PathBuf)> =
        repository::files(root)?.into_iter().filter_map(|path| Some((Kind::of(&path)?, path))).collect();
    for (kind, path) in &files {
        if named(path, &sought) {
            found.entry(*kind).or_default().push(path.display().to_string());
        }
    }
    for (kind, path) in &files {
        // Data files are long, and a deed of the field is no chore: both are found by the name of the file.
        if matches!(kind, Kind::Data | Kind::Chore) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(root.join(path)) else { continue };
        let lines = definitions::of(path, &text, &sought);
        let place =
            lines.into_iter().map(|(number, line)| format!("{}:{number}: {}", path.display(), short(&line)));
        let place: Vec<String> = place.collect();
        if !place.is_empty() {
            found.entry(*kind).or_default().extend(place);
        }
    }
    Ok(found)
}

/// The beginning of a line: that of a template may be long.
fn short(line: &str) -> String {
    let mut short: String = line.chars().take(WIDTH).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

/// The subjects there are: the files of the rules and of the actions.
fn subjects(root: &Path) -> Result<Vec<String>> {
    let mut subjects: Vec<String> = repository::files(root)?
        .iter()
        .filter(|path| {
            path.parent()
                .is_some_and(|p| p == Path::new("crates/rules/src") || p == Path::new("crates/app/src"))
        })
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|stem| stem != "lib")
        .collect();
    subjects.sort();
    subjects.dedup();
    Ok(subjects)
}

/// Whether a folder or the file itself is named after the word, as in `0004_referral.sql`.
fn named(path: &Path, sought: &[String]) -> bool {
    path.components().any(|part| part.as_os_str().to_str().is_some_and(|part| contains(&words(part), sought)))
}

/// The words an identifier, a file name or a heading is made of, in lower case.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut after_lower = false;
    for letter in text.chars() {
        let begins = letter.is_uppercase() && after_lower;
        if (begins || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        after_lower = letter.is_lowercase() || letter.is_numeric();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether the sought words stand side by side in `words`; the last may be in the plural or past.
fn contains(words: &[String], sought: &[String]) -> bool {
    let same = |word: &str, sought: &str| {
        word.strip_prefix(sought).is_some_and(|ending| matches!(ending, "" | "s" | "es" | "d" | "ed"))
    };
    !sought.is_empty()
        && words
            .windows(sought.len())
            .any(|window| window.iter().zip(sought).all(|(word, sought)| same(word, sought)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn identifiers_fall_into_words() {
        for (text, expected) in [
            ("decline", vec!["decline"]),
            ("DeclineReason", vec!["decline", "reason"]),
            ("a_decline_needs_a_reason", vec!["a", "decline", "needs", "a", "reason"]),
            ("0004_referral.sql", vec!["0004", "referral", "sql"]),
            ("/cases/{id}/decline", vec!["cases", "id", "decline"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_word_is_found_in_the_plural_and_past_but_not_inside_another() {
        for (text, word, expected) in [
            ("referrals", "referral", true),
            ("Declined", "decline", true),
            ("offer_declined", "decline", true),
            ("linkage", "link", false),
            ("unlink", "link", false),
            ("service_agreement", "service agreement", true),
            ("service", "service agreement", false),
        ] {
            assert_eq!(contains(&words(text), &words(word)), expected, "{word} in {text}");
        }
    }

    #[test]
    fn a_subject_prints_its_files_by_kind() {
        let root = repository_with(&[
            ("crates/rules/src/referral.rs", ""),
            ("crates/app/src/referral.rs", ""),
            ("crates/app/src/referral/sql.rs", ""),
            ("crates/app/tests/referral.rs", ""),
            ("crates/web/src/referral.rs", ""),
            ("crates/web/templates/referral/page.html", ""),
            ("crates/web/texts/referral.toml", ""),
            ("migrations/0004_referral.sql", ""),
            ("tests/e2e/tests/referral.rs", ""),
            ("docs/decisions/0003-referral-clocks.md", ""),
            ("data/referral-reasons.csv", ""),
            ("crates/rules/src/referral/tests.rs", ""),
            ("crates/rules/src/division.rs", ""),
            ("target/referral.rs", ""),
        ]);
        let found = look(root.path(), "referral").unwrap();
        let flat: Vec<(&str, &str)> = found
            .iter()
            .flat_map(|(kind, lines)| lines.iter().map(|line| (kind.label(), line.as_str())))
            .collect();
        assert_eq!(
            flat,
            [
                ("rule", "crates/rules/src/referral.rs"),
                ("action", "crates/app/src/referral.rs"),
                ("SQL", "crates/app/src/referral/sql.rs"),
                ("tables", "migrations/0004_referral.sql"),
                ("pages and API", "crates/web/src/referral.rs"),
                ("templates", "crates/web/templates/referral/page.html"),
                ("texts", "crates/web/texts/referral.toml"),
                ("tests", "crates/app/tests/referral.rs"),
                ("tests", "crates/rules/src/referral/tests.rs"),
                ("browser tests", "tests/e2e/tests/referral.rs"),
                ("documents", "docs/decisions/0003-referral-clocks.md"),
                ("data", "data/referral-reasons.csv"),
            ]
        );
    }

    #[test]
    fn a_deed_prints_the_lines_that_define_it() {
        let root = repository_with(&[
            (
                "crates/rules/src/referral.rs",
                "/// Says no.\npub fn decline(case: &Case) -> Outcome {\n    accept();\n}\n",
            ),
            ("crates/app/src/referral/sql.rs", "pub const DECLINE: &str = \"update offer\";\n"),
            ("crates/web/src/router.rs", "    .route(\"/cases/{id}/decline\", post(referral::decline))\n"),
            ("tests/e2e/tests/referral.rs", "async fn a_hospital_declines() {\n    decline();\n}\n"),
        ]);
        let found = look(root.path(), "decline").unwrap();
        let flat: Vec<&str> = found.values().flatten().map(String::as_str).collect();
        assert_eq!(
            flat,
            [
                "crates/rules/src/referral.rs:2: pub fn decline(case: &Case) -> Outcome",
                "crates/app/src/referral/sql.rs:1: pub const DECLINE: &str",
                "crates/web/src/router.rs:1: .route(\"/cases/{id}/decline\", post(referral::decline))",
                "tests/e2e/tests/referral.rs:1: async fn a_hospital_declines()",
            ]
        );
    }

    #[test]
    fn an_unknown_word_finds_nothing() {
        let root = repository_with(&[("crates/rules/src/referral.rs", "fn accept() {}\n")]);
        assert!(look(root.path(), "sailing").unwrap().is_empty());
        assert_eq!(subjects(root.path()).unwrap(), ["referral"]);
    }
}
