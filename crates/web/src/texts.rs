//! Tests of the message catalogue: nothing missing, nothing unused, both languages, every code of the rules.

use rules::{
    account::{Role, Use},
    clock::Clock,
    followup::visit::FaultCode,
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
        // Signs alone, as between two values, are the same in both.
        let parts = texts["zh-CN"].split("%{");
        let words: String = parts.map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect();
        let written = words.contains(chinese) || !words.contains(|c: char| c.is_ascii_alphabetic());
        assert!(written, "{key} is not in Chinese: {words}");
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
        // Cut off the answer's headline to name the kind of a problem; what traces call this program. Never looked up.
        if ["error.", "service.name", "service.version"].contains(&literal.as_str()) {
            continue;
        }
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
        // Codes of these kinds have points in them; that each stands for a code is tested below.
        let listed =
            POINTED.iter().any(|kind| key.starts_with(kind) && literals.contains(kind.trim_end_matches('.')));
        let used = listed
            || literals.contains(key)
            || literals.contains(kind)
            || starts.iter().any(|start| key.starts_with(start));
        assert!(used, "nobody uses {key}");
    }
}

/// Kinds whose codes have points in them.
const POINTED: [&str; 3] = ["problem.", "import_report.", "api."];

/// The codes of a kind that the catalogue has.
fn codes_of(kind: &str) -> BTreeSet<String> {
    let catalogue = catalogue();
    catalogue.keys().filter_map(|key| key.strip_prefix(kind).map(str::to_owned)).collect()
}

/// Sources of all three crates up to their tests.
fn sources() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for folder in ["../rules/src", "../app/src", "src"] {
        files(&here(folder), ".rs", &mut paths);
    }
    let tests = |path: &&PathBuf| !path.ends_with("tests.rs") && !path.ends_with("texts.rs");
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
        (path.to_string_lossy().into_owned(), code)
    };
    paths.iter().filter(tests).map(read).collect()
}

/// The codes that stand as literals in calls: `at` is the place of the code among the arguments.
fn given(code: &str, calls: &[&str], at: usize) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for call in calls {
        for rest in code.split(call).skip(1) {
            let argument = rest.splitn(at + 2, ',').nth(at).unwrap_or_default().trim_start();
            let literal =
                argument.strip_prefix('"').and_then(|text| text.split('"').next()).unwrap_or_default();
            if literal.starts_with(|c: char| c.is_ascii_lowercase()) {
                found.insert(literal.to_owned());
            }
        }
    }
    found
}

/// Codes of problems that are shown beside the controls of a case's forms, and codes of all others.
fn problems() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut forms, mut others) = (BTreeSet::new(), BTreeSet::new());
    for (path, code) in sources() {
        let named = ["Problem::new(", "Error::invalid(", ".wrong(", "row.error(", "row.warning(", "trouble("];
        let mut codes = given(&code, &named, 1);
        codes.append(&mut given(&code, &["Unreadable("], 0));
        // The errors of numbers and codes are their own codes: `identity_number.length`. Those of the calendar are
        // about a data file, which people do not send in.
        if path.contains("/rules/src/") && !path.contains("/calendar") {
            let errors = given(&code, &["#[error("], 0);
            codes.extend(errors.into_iter().filter(|error| is_key(error)));
        }
        let case = path.contains("/src/referral/") || path.ends_with("/src/referral.rs");
        let kind = if case { &mut forms } else { &mut others };
        kind.append(&mut codes);
    }
    (forms, others)
}

#[test]
fn every_problem_has_a_text() {
    let (forms, others) = problems();
    for (kind, codes, some) in [
        ("form_problem.", &forms, ["no_purpose", "too_many", "required"]),
        ("problem.", &others, ["identity_number.length", "file.pdf", "name.form"]),
    ] {
        assert!(some.iter().all(|code| codes.contains(*code)), "{kind} {codes:?}");
        let texts = codes_of(kind);
        let missing: Vec<&String> = codes.iter().filter(|code| !texts.contains(*code)).collect();
        assert!(missing.is_empty(), "no text for {kind} {missing:?}");
    }
    let literals = sources();
    for code in codes_of("problem.") {
        let quoted = format!("\"{code}\"");
        assert!(literals.iter().any(|(_, text)| text.contains(&quoted)), "nobody gives the problem {code}");
    }
}

#[test]
fn every_refusal_has_a_text_and_the_words_of_a_subject_have_general_ones() {
    let texts = codes_of("refusal.");
    for (path, code) in sources() {
        for code in given(&code, &["Refusal::new("], 1) {
            assert!(texts.contains(&code), "no text for the refusal {code} of {path}");
        }
    }
    for subject in ["case_refusal.", "library_refusal."] {
        let own = codes_of(subject);
        assert!(!own.is_empty() && own.is_subset(&texts), "{subject} {own:?}");
    }
}

#[test]
fn every_fault_of_a_visit_has_a_text() {
    let codes = FaultCode::ALL.map(|code| code.code().to_owned());
    assert_eq!(codes_of("visit_fault."), codes.into());
}

/// The codes that the rules of the papers give stand last in their calls and rows.
#[test]
fn every_fault_of_a_paper_has_a_text() {
    let texts = codes_of("form_problem.");
    let mut looked = 0;
    for (path, code) in sources().iter().filter(|(path, _)| path.contains("/followup/paper/")) {
        let parts: Vec<&str> = code.split(", \"").filter(|_| path.contains("/rules/")).collect();
        for (before, rest) in parts.iter().zip(parts.iter().skip(1)) {
            let Some((literal, after)) = rest.split_once('"') else { continue };
            // What asks whether a field says something ends with the field.
            let asks = literal == "onset_accuracy" || before.ends_with("said(data");
            // Refusals have texts of their own kind.
            let asks = asks || before.ends_with("Refusal::new(RULE");
            if after.starts_with(')') && !asks {
                looked += 1;
                assert!(texts.contains(literal), "no text for {literal} of {path}");
            }
        }
    }
    assert!(looked > 25, "{looked}");
}

#[test]
fn the_report_of_an_import_and_the_interface_have_exactly_their_texts() {
    let report = std::fs::read_to_string(here("../app/src/import/report.rs")).unwrap();
    let words = report.split('"').filter(|part| is_key(part));
    let words = words.filter(|part| part.starts_with("result.") || part.starts_with("remedy."));
    let words: BTreeSet<String> = words.map(str::to_owned).collect();
    assert_eq!(codes_of("import_report."), words);

    let operations = crate::ROUTES.iter().chain(crate::router::UPLOADS).filter_map(|(method, path, ..)| {
        let path = path.strip_prefix("/api/v1/").filter(|path| *path != "openapi.json")?;
        let words = path.split('/').map(|word| if word.starts_with('{') { "one" } else { word });
        Some(format!("{method}.{}", words.collect::<Vec<_>>().join(".")))
    });
    let operations: BTreeSet<String> = operations.collect();
    let mut texts = codes_of("api.");
    texts.retain(|code| code.contains('.'));
    assert_eq!(texts, operations);
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

/// What a text message says is the same for every kind of message and tells nothing: neither that it is about health nor who
/// sends it. And no message inside the platform names a diagnosis.
#[test]
fn a_notice_outside_tells_nothing_and_no_message_names_a_diagnosis() {
    let (zh, en) = (
        [
            "精神", "心理", "疾病", "患者", "障碍", "诊断", "康复", "医院", "机构", "残疾", "药", "转介",
            "民政", "个案", "登记", "评估",
        ],
        [
            "mental",
            "psych",
            "disorder",
            "illness",
            "patient",
            "diagnos",
            "rehab",
            "hospital",
            "institution",
            "disab",
            "drug",
            "referral",
            "case",
            "civil",
            "regist",
            "assess",
        ],
    );
    for (language, words) in
        [(crate::language::Language::Chinese, &zh[..]), (crate::language::Language::English, &en[..])]
    {
        let notice = crate::referral::telling::notice(language).to_lowercase();
        assert!(!notice.is_empty());
        for word in words {
            assert!(!notice.contains(word), "{word}: {notice}");
        }
    }
    let catalogue = catalogue();
    let mut looked = 0;
    for (key, languages) in
        catalogue.iter().filter(|(key, _)| key.starts_with("message.") || key.starts_with("task."))
    {
        looked += 1;
        let text = format!("{languages:?}").to_lowercase();
        for word in [
            "精神",
            "分裂",
            "双相",
            "偏执",
            "癫痫",
            "抑郁",
            "孤独症",
            "诊断",
            "schizo",
            "bipolar",
            "paranoid",
            "epilep",
            "depress",
            "autis",
            "diagnos",
            "mental",
        ] {
            assert!(!text.contains(word), "{key}: {word}");
        }
    }
    assert!(looked > 30, "{looked}");
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
    add("use", Use::ALL.iter().map(|what| what.code().to_owned()).collect());
    add("refusal", Use::ALL.iter().map(|what| format!("limited_{}", what.code())).collect());
    add("role", Role::ALL.iter().map(|role| role.code().to_owned()).collect());
    add("state", State::ALL.iter().map(|state| code(state)).collect());
    add("todo", State::ALL.iter().map(|state| code(state)).collect());
    add("step", Step::ALL.iter().map(|step| code(step)).collect());
    add("clock", Clock::ALL.iter().map(|clock| code(clock)).collect());
    add("task", Clock::ALL.iter().map(|clock| format!("overdue_{}", code(clock).to_lowercase())).collect());
    add("event", variants("event.rs", "Event"));
    add("message", variants("change.rs", "Message"));
    add("form_problem", variants("../form/check.rs", "Problem"));
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
