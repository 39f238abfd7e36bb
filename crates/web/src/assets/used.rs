//! The part of a style sheet that the pages use: of a framework made for everything, a telephone on a slow line loads what is drawn. Run by
//! the build script, so that a class which a page names is there as soon as it is named.

use std::collections::BTreeSet;

/// Words of a source file: whatever could be the name of a class.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !is_of_name(sign)).filter(|word| !word.is_empty())
}

fn is_of_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_')
}

/// The rules of a style sheet whose classes are all among these words; rules without classes stay, and what is no rule.
pub fn used(css: &str, words: &BTreeSet<&str>) -> String {
    let mut kept = String::new();
    rules(css, words, &mut kept);
    kept
}

fn rules(css: &str, words: &BTreeSet<&str>, kept: &mut String) {
    let mut rest = css;
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        if rest.starts_with("/*") {
            let (comment, after) = rest.split_once("*/").unwrap_or((rest, ""));
            // Licences are marked so.
            if comment.starts_with("/*!") {
                kept.push_str(comment);
                kept.push_str("*/");
            }
            rest = after;
            continue;
        }
        let end = first(rest, |sign| matches!(sign, '{' | ';'));
        let (head, after) = rest.split_at(end);
        let Some(body) = after.strip_prefix('{') else {
            // A statement such as @charset.
            kept.push_str(head);
            kept.push_str(after.get(..1).unwrap_or_default());
            rest = after.get(1..).unwrap_or_default();
            continue;
        };
        let (body, after) = body.split_at(closing(body));
        rest = after.strip_prefix('}').unwrap_or_default();
        rule(head, body, words, kept);
    }
}

/// At-rules that hold rules.
const HOLDING: [&str; 4] = ["@media", "@supports", "@layer", "@container"];

fn rule(head: &str, body: &str, words: &BTreeSet<&str>, kept: &mut String) {
    let mut push =
        |head: &str, body: &str| [head, "{", body, "}"].iter().for_each(|part| kept.push_str(part));
    if HOLDING.iter().any(|holding| head.starts_with(holding)) {
        let inner = used(body, words);
        if !inner.is_empty() {
            push(head, &inner);
        }
    } else if head.starts_with('@') {
        push(head, body);
    } else {
        let selectors: Vec<&str> = selectors(head).into_iter().filter(|one| is_used(one, words)).collect();
        if !selectors.is_empty() {
            push(&selectors.join(","), body);
        }
    }
}

/// Where the first such sign stands, outside of quotation marks and brackets; the length where there is none.
fn first(text: &str, mut is_sought: impl FnMut(char) -> bool) -> usize {
    let (mut quote, mut depth) = (None, 0_usize);
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match (quote, sign) {
            (_, '\\') => drop(signs.next()),
            (Some(open), _) if sign == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && is_sought(sign) => return at,
            (None, _) => {}
        }
    }
    text.len()
}

/// Where the brace stands that closes a body.
fn closing(body: &str) -> usize {
    let mut depth = 0_usize;
    first(body, |sign| {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => return true,
            '}' => depth -= 1,
            _ => {}
        }
        false
    })
}

fn selectors(head: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), head);
    loop {
        let (one, after) = rest.split_at(first(rest, |sign| sign == ','));
        found.push(one);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return found,
        }
    }
}

/// Whether every class of a selector is among the words. What stands in brackets, as in `:not(.x)`, asks for nothing.
fn is_used(selector: &str, words: &BTreeSet<&str>) -> bool {
    let mut rest = selector;
    loop {
        let (_, after) = rest.split_at(first(rest, |sign| sign == '.'));
        let Some(class) = after.strip_prefix('.') else { return true };
        // A name with escaped signs is none that a page writes.
        let end = class.find(|sign: char| !is_of_name(sign)).unwrap_or(class.len());
        let (name, after) = class.split_at(end);
        if after.starts_with('\\') || !words.contains(name) {
            return false;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_page_names_is_left_out() {
        let words: BTreeSet<&str> = words("<p class=\"card wide\">{{ x }}</p> btn-primary").collect();
        let rows = [
            (".card{a:b}.other{c:d}", ".card{a:b}"),
            (".card,.other,p>.wide{a:b}", ".card,p>.wide{a:b}"),
            (".card.other{a:b}.card:not(.other){a:b}", ".card:not(.other){a:b}"),
            ("p,a[href=\".other,x\"]{a:b}", "p,a[href=\".other,x\"]{a:b}"),
            (
                "@media (x:1){.other{a:b}}@media print{.other{a:b}.btn-primary{c:\"}\"}}",
                "@media print{.btn-primary{c:\"}\"}}",
            ),
            ("@charset \"UTF-8\";/* no */.card{a:b}/*! yes */", "@charset \"UTF-8\";.card{a:b}/*! yes */"),
            (
                "@keyframes turn{0%{a:b}to{c:d}}@font-face{src:url(x)}",
                "@keyframes turn{0%{a:b}to{c:d}}@font-face{src:url(x)}",
            ),
            (".wide\\:card{a:b}.card{a:url(\"data:x;{\")}", ".card{a:url(\"data:x;{\")}"),
        ];
        for (css, expected) in rows {
            assert_eq!(used(css, &words), expected, "{css}");
        }
    }

    #[test]
    fn whatever_is_no_style_sheet_ends() {
        for text in ["", "{", "}", "a", "/*", "@media", "@media{", ".a{b:\"", "\\", ".", "a{}}", "🌉{x}"] {
            let _ = used(text, &BTreeSet::new());
        }
    }
}
