//! The lines of a file in which something of a given name is defined, by the kind of file.

use super::{contains, words};
use std::path::Path;

/// Keywords after which Rust names what it defines.
const KEYWORDS: [&str; 9] =
    ["fn", "struct", "enum", "trait", "type", "const", "static", "mod", "macro_rules!"];

/// Number and text of each line that defines something named `sought`.
pub fn of(path: &Path, text: &str, sought: &[String]) -> Vec<(usize, String)> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension {
        "rs" => rust(text, sought),
        "sql" => lines(text, |line| is_sql_definition(line) && contains(&words(line), sought)),
        "md" => lines(text, |line| line.starts_with('#') && contains(&words(line), sought)),
        "toml" | "yml" | "yaml" | "json" => {
            lines(text, |line| key(line).is_some_and(|k| contains(&words(k), sought)))
        }
        "html" => lines(text, |line| is_landmark(line) && contains(&words(line), sought)),
        _ => Vec::new(),
    }
}

fn lines(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<(usize, String)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(|(_, line)| wanted(line)).map(|(number, line)| (number, line.to_owned())).collect()
}

/// Definitions, variants of enums and routes. Relies on formatted code: an item closes at its own indentation.
fn rust(text: &str, sought: &[String]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut enumeration: Option<usize> = None;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if enumeration == Some(indent) && trimmed.starts_with('}') {
            enumeration = None;
        }
        let name = match defined(trimmed) {
            Some((keyword, name)) => {
                if keyword == "enum" && !trimmed.trim_end().ends_with('}') {
                    enumeration = Some(indent);
                }
                Some(name)
            }
            None if enumeration.is_some_and(|outer| indent == outer + 4) => variant(trimmed),
            None => None,
        };
        if name.is_some_and(|name| contains(&words(name), sought)) {
            found.push((index + 1, signature(trimmed)));
        } else if route(trimmed).is_some_and(|route| contains(&words(route), sought)) {
            found.push((index + 1, trimmed.trim_end().to_owned()));
        }
    }
    found
}

/// Keyword and name of what a line of Rust defines.
fn defined(line: &str) -> Option<(&str, &str)> {
    if line.starts_with("//") {
        return None;
    }
    let mut before = line.split_whitespace();
    // Only these may stand before the keyword, else the line is an expression.
    let keyword = before.by_ref().find(|word| {
        !(word.starts_with("pub")
            || matches!(*word, "async" | "unsafe" | "extern" | "default" | "crate)" | "super)"))
    })?;
    if !KEYWORDS.contains(&keyword) {
        return None;
    }
    let mut name = before.next()?;
    if keyword == "const" && name == "fn" {
        name = before.next()?;
    }
    let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(name.len());
    name.get(..end).filter(|name| !name.is_empty()).map(|name| (keyword, name))
}

/// The name of a variant: begins with a capital letter.
fn variant(line: &str) -> Option<&str> {
    let end = line.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(line.len());
    line.get(..end).filter(|name| name.starts_with(char::is_uppercase))
}

/// The path of a route: the first string literal on a line that begins with a slash.
fn route(line: &str) -> Option<&str> {
    let literal = line.split('"').nth(1)?;
    (!line.starts_with("//") && literal.starts_with('/') && literal.len() > 1).then_some(literal)
}

/// A definition without its body.
fn signature(line: &str) -> String {
    let line = line.trim_end();
    let line = line.strip_suffix('{').unwrap_or(line).trim_end();
    let line = match line.split_once(" = ") {
        Some((head, _)) if line.contains("const ") || line.contains("static ") => head,
        _ => line,
    };
    line.to_owned()
}

/// Comments head the sections of SQL; tables, views and indexes are created.
fn is_sql_definition(line: &str) -> bool {
    let lower = line.to_lowercase();
    lower.starts_with("--") || lower.starts_with("create ") || lower.starts_with("alter table")
}

/// The key of a line of a text catalogue: `key: …`, `"key": …`, `key = …` or `[key]`.
fn key(line: &str) -> Option<&str> {
    if line.starts_with('#') {
        return None;
    }
    if let Some(section) = line.strip_prefix('[') {
        return Some(section.trim_end_matches(']'));
    }
    let end = line.find([':', '='])?;
    line.get(..end).map(|key| key.trim().trim_matches('"'))
}

/// What one looks for in a template: named blocks, forms, links, fields and ids.
fn is_landmark(line: &str) -> bool {
    [
        "{% block", "{% macro", "<form", "action=", "href=", "hx-", "id=\"", "name=\"", "<h1", "<h2", "<h3",
        "t!(", "<!--", "{#",
    ]
    .iter()
    .any(|mark| line.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str, word: &str) -> Vec<String> {
        of(Path::new(file), text, &words(word))
            .into_iter()
            .map(|(number, line)| format!("{number}: {line}"))
            .collect()
    }

    #[test]
    fn rust_names_functions_types_and_variants_but_no_calls() {
        let text = "\
pub enum Event {
    /// Declined by the institution.
    Declined { reason: Reason },
    Accepted,
}
pub(crate) const fn decline_limit() -> u8 {
    Event::Declined;
    decline(1)
}
impl Event {
    pub async fn decline<T>(&self) {}
}
// fn decline() {}
static DECLINES: [u8; 1] = [1];
";
        assert_eq!(
            found("a.rs", text, "decline"),
            [
                "3: Declined { reason: Reason },",
                "6: pub(crate) const fn decline_limit() -> u8",
                "11: pub async fn decline<T>(&self) {}",
                "14: static DECLINES: [u8; 1]",
            ]
        );
    }

    #[test]
    fn other_files_name_sections_keys_and_landmarks() {
        for (file, text, expected) in [
            (
                "a.sql",
                "-- Decline an offer\nupdate offer set decline = 1\ncreate table decline (id {id})",
                vec![1, 3],
            ),
            ("a.md", "# Decline\nTo decline is no shame.", vec![1]),
            ("a.toml", "[decline]\ntitle = \"Decline\"\ndecline_hint = \"x\"", vec![1, 3]),
            ("a.yml", "decline.title:\n  en: Decline\n", vec![1]),
            ("a.html", "<form action=\"/cases/1/decline\">\n<p>decline</p>", vec![1]),
            ("a.csv", "decline,1", vec![]),
        ] {
            let numbers: Vec<usize> =
                of(Path::new(file), text, &words("decline")).into_iter().map(|(number, _)| number).collect();
            assert_eq!(numbers, expected, "{file}");
        }
    }
}
