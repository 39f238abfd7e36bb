//! Tests of the message catalogue: nothing missing, nothing unused, both languages, every code of the rules.

use rules::{
    account::Role,
    clock::Clock,
    referral::{CommandName, RefusalCode, State, Step, TRANSITIONS},
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// Key to language to text.
fn catalogue() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut paths = Vec::new();
    files(&here("texts"), ".yml", &mut paths);
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut key = String::new();
        for line in text.lines().filter(|line| !line.starts_with("_version") && !line.trim().is_empty()) {
            if let Some((language, text)) = line.strip_prefix("  ").and_then(|line| line.split_once(':')) {
                all.get_mut(&key).unwrap().insert(language.to_owned(), text.trim().to_owned());
            } else {
                key = line.trim_end_matches(':').to_owned();
                let twice = all.insert(key.clone(), BTreeMap::new());
                assert!(twice.is_none(), "{key} stands twice, the second time in {}", path.display());
            }
        }
    }
    all
}

/// All text between quotation marks in the sources and templates, this file left out.
fn literals() -> BTreeSet<String> {
    let mut paths = Vec::new();
    files(&here("src"), ".rs", &mut paths);
    files(&here("templates"), ".html", &mut paths);
    let mut found = BTreeSet::new();
    for path in paths.iter().filter(|path| !path.ends_with("texts.rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        // Both ends of a literal are quotation marks, so every part between two of them may be one.
        found.extend(text.split('"').filter(|part| part.len() < 60).map(str::to_owned));
    }
    found
}

fn is_key(literal: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '{' | '}');
    literal.contains('.')
        && literal.starts_with(|c: char| c.is_ascii_lowercase())
        && literal.chars().all(letters)
}

#[test]
fn both_languages_say_everything() {
    for (key, texts) in catalogue() {
        for language in ["zh-CN", "en"] {
            assert!(texts.contains_key(language), "{key} is missing in {language}");
            assert!(!texts[language].is_empty(), "{key} is empty in {language}");
        }
        let english = &texts["en"];
        let chinese = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
        assert!(!english.contains(chinese), "{key} is not translated: {english}");
        for value in texts["zh-CN"].split("%{").skip(1) {
            let name = value.split('}').next().unwrap();
            assert!(english.contains(&format!("%{{{name}}}")), "{key}: English leaves out {name}");
        }
    }
}

#[test]
fn every_key_in_the_code_has_a_text() {
    let catalogue = catalogue();
    let kinds: BTreeSet<&str> = catalogue.keys().filter_map(|key| key.split('.').next()).collect();
    for literal in literals().iter().filter(|literal| is_key(literal) && !literal.ends_with(".html")) {
        let kind = literal.split('.').next().unwrap();
        let start = literal.split('{').next().unwrap();
        let known = catalogue.contains_key(literal)
            || catalogue.keys().any(|key| {
                let rest = key.strip_prefix(start);
                rest.is_some_and(|rest| rest.starts_with('.') || start.len() < literal.len())
            });
        assert!(known || !kinds.contains(kind), "no text for {literal}");
    }
}

#[test]
fn every_text_is_used() {
    let literals = literals();
    let parts = literals.iter().filter(|literal| is_key(literal) && literal.contains('{'));
    let starts: Vec<&str> = parts.filter_map(|literal| literal.split('{').next()).collect();
    for key in catalogue().keys() {
        let kind = key.rsplit_once('.').map_or("", |(kind, _)| kind);
        let used = literals.contains(key)
            || literals.contains(kind)
            || starts.iter().any(|start| key.starts_with(start));
        assert!(used, "nobody uses {key}");
    }
}

/// The variants of an enumeration as they are stored, from its source: the enumeration itself cannot be listed.
fn variants(file: &str, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(here("../rules/src/referral").join(file)).unwrap();
    let start = text.find(&format!("pub enum {name} {{")).unwrap();
    let body = text[start..].split("\n}\n").next().unwrap();
    let lines = body.lines().skip(1).filter_map(|line| line.strip_prefix("    "));
    let variants = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    variants
        .map(|line| {
            let name: String = line.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            name.char_indices().fold(String::new(), |out, (at, c)| {
                let gap = if at > 0 && c.is_ascii_uppercase() { "_" } else { "" };
                out + gap + &c.to_ascii_lowercase().to_string()
            })
        })
        .collect()
}

#[test]
fn every_code_of_the_rules_has_a_text() {
    let code = |value: &dyn erased::Code| value.code();
    let mut needed: Vec<String> = Vec::new();
    let mut add = |kind: &str, codes: Vec<String>| {
        assert!(!codes.is_empty(), "{kind}");
        needed.extend(codes.into_iter().map(|code| format!("{kind}.{code}")));
    };
    add("refusal", RefusalCode::ALL.iter().map(|refusal| refusal.code().to_owned()).collect());
    add("command", CommandName::ALL.iter().map(|name| name.code().to_owned()).collect());
    add("role", Role::ALL.iter().map(|role| role.code().to_owned()).collect());
    add("state", State::ALL.iter().map(|state| code(state)).collect());
    add("todo", State::ALL.iter().map(|state| code(state)).collect());
    add("step", Step::ALL.iter().map(|step| code(step)).collect());
    add("clock", Clock::ALL.iter().map(|clock| code(clock)).collect());
    add("task", Clock::ALL.iter().map(|clock| format!("overdue_{}", code(clock).to_lowercase())).collect());
    add("event", variants("event.rs", "Event"));
    add("message", variants("change.rs", "Message"));
    add("task", variants("change.rs", "Task"));
    // Given on pages of their own, or by the clock alone.
    let elsewhere = [CommandName::Save, CommandName::Submit, CommandName::Refer];
    let people = TRANSITIONS.iter().filter(|row| row.roles.iter().any(|role| *role != Role::System));
    let people = people.filter(|row| !elsewhere.contains(&row.name));
    add("command_help", people.map(|row| row.name.code().to_owned()).collect());
    let catalogue = catalogue();
    let missing: Vec<&String> = needed.iter().filter(|key| !catalogue.contains_key(*key)).collect();
    assert!(missing.is_empty(), "no text for {missing:?}");
}

/// Any code as serde writes it.
mod erased {
    pub(super) trait Code {
        fn code(&self) -> String;
    }

    impl<T: serde::Serialize> Code for T {
        fn code(&self) -> String {
            serde_json::to_value(self).unwrap().as_str().unwrap().to_owned()
        }
    }
}
