//! A document as text in one form, whichever database kept it: keys in the order of their bytes, no spaces, numbers as
//! PostgreSQL writes them. No digit of a number is touched: a floating point number in between would change the last one.

use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Documents inside each other at most; nobody writes such, and each takes room on the stack.
const DEEPEST: usize = 100;
/// Digits that an exponent may ask for at most.
const LONGEST: i64 = 4_000;

/// The document in that form; none where the text is no document.
pub(super) fn plain(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    add(&mut out, serde_json::from_str(text).ok()?, DEEPEST)?;
    Some(out)
}

fn add(out: &mut String, document: &RawValue, deeper: usize) -> Option<()> {
    let (text, deeper) = (document.get().trim(), deeper.checked_sub(1)?);
    match text.bytes().next()? {
        b'{' => {
            out.push('{');
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
            for (i, (key, value)) in fields.into_iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                out.push_str(&serde_json::to_string(&key).ok()?);
                out.push(':');
                add(out, value, deeper)?;
            }
            out.push('}');
        }
        b'[' => {
            out.push('[');
            let values: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            for (i, value) in values.into_iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                add(out, value, deeper)?;
            }
            out.push(']');
        }
        b'"' => out.push_str(&serde_json::to_string(&serde_json::from_str::<String>(text).ok()?).ok()?),
        b'-' | b'0'..=b'9' => out.push_str(&number(text)?),
        _ => out.push_str(text),
    }
    Some(())
}

/// A number without exponent; zeros behind the point stay.
fn number(text: &str) -> Option<String> {
    let (text, exponent) = match text.split_once(['e', 'E']) {
        Some((text, exponent)) => (text, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    let (whole, broken) = text.split_once('.').unwrap_or((text, ""));
    let mut digits = format!("{whole}{broken}");
    // Where the point stands, counted from the left.
    let mut point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    if point.abs() > LONGEST {
        return None;
    }
    while point < 1 {
        digits.insert(0, '0');
        point += 1;
    }
    let point = usize::try_from(point).ok()?;
    while digits.len() < point {
        digits.push('0');
    }
    let (whole, broken) = digits.split_at_checked(point)?;
    let whole = Some(whole.trim_start_matches('0')).filter(|whole| !whole.is_empty()).unwrap_or("0");
    // There is no zero below zero.
    let sign = if whole == "0" && broken.bytes().all(|digit| digit == b'0') { "" } else { sign };
    Some(if broken.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{broken}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_one_form() {
        for (text, expected) in [
            ("{ \"b\": 1, \"a\": [ true, null ] }", "{\"a\":[true,null],\"b\":1}"),
            ("\"\\u5fc3\\n\"", "\"心\\n\""),
            ("1e2", "100"),
            ("1.50", "1.50"),
            ("1.50e1", "15.0"),
            ("-1E-3", "-0.001"),
            ("-0", "0"),
            ("-0.0", "0.0"),
            ("1e16", "10000000000000000"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("[]", "[]"),
            (" 12345678901234567890123 ", "12345678901234567890123"),
        ] {
            let found = plain(text).unwrap();
            assert_eq!(found, expected);
            assert_eq!(plain(&found).unwrap(), expected, "it stays as it is");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "{",
            "1e",
            "1e999999999",
            "nul",
            &"[".repeat(200),
            &format!("{}{}", "[".repeat(120), "]".repeat(120)),
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
    }
}
