//! Bringing cells into one form before they are compared, and hashing them the same way for ever.

/// Lower case, full-width forms narrowed, white space collapsed and trimmed.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for letter in text.chars().map(narrow) {
        if letter.is_whitespace() || letter.is_control() || letter == '\u{feff}' {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push(' ');
            gap = false;
        }
        if letter.is_ascii() {
            out.push(letter.to_ascii_lowercase());
        } else {
            out.extend(letter.to_lowercase());
        }
    }
    out
}

/// Letters and digits only, lower case: identity numbers, codes, telephone numbers. A number that
/// is one character repeated ("0000", "9999…") fills a form, it identifies nobody: empty.
#[must_use]
pub fn identifier(text: &str) -> String {
    let text: String =
        text.chars().map(narrow).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let mut letters = text.chars();
    let first = letters.next();
    if text.chars().count() >= 4 && letters.all(|c| Some(c) == first) { String::new() } else { text }
}

/// Digits only, without the Chinese country code (+86, 0086) and the trunk zero.
#[must_use]
pub fn phone(text: &str) -> String {
    let digits: String = identifier(text).chars().filter(char::is_ascii_digit).collect();
    let national = digits
        .strip_prefix("0086")
        .or_else(|| digits.strip_prefix("86").filter(|rest| rest.len() >= 10))
        .unwrap_or(&digits);
    national.strip_prefix('0').unwrap_or(national).to_owned()
}

/// A hierarchical code cut to what it says: zeros that fill the places below a step are dropped,
/// so that a county code with nine zeros is a county, not a village numbered zero.
#[must_use]
pub fn code(text: &str, steps: &[usize]) -> String {
    let mut code = identifier(text);
    for step in steps {
        let tail = code.get(*step..).unwrap_or("");
        if !tail.is_empty() && tail.bytes().all(|b| b == b'0') {
            code.truncate(*step);
        }
    }
    code
}

fn narrow(letter: char) -> char {
    match u32::from(letter) {
        0x3000 => ' ',
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

/// A 64-bit hash that never changes between versions or machines (FNV-1a with a final mix), so
/// that block keys and stored models stay valid. Not a cryptographic hash.
#[must_use]
pub fn stable_hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mix(hash)
}

/// Spreads the bits of a number evenly (the finaliser of `MurmurHash3`).
#[must_use]
pub(crate) fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// The classic four-letter Soundex of the first word; empty where there is no Latin letter.
#[must_use]
pub fn soundex(text: &str) -> String {
    let digit = |letter: char| match letter {
        'b' | 'f' | 'p' | 'v' => Some('1'),
        'c' | 'g' | 'j' | 'k' | 'q' | 's' | 'x' | 'z' => Some('2'),
        'd' | 't' => Some('3'),
        'l' => Some('4'),
        'm' | 'n' => Some('5'),
        'r' => Some('6'),
        _ => None,
    };
    let mut letters = text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase());
    let Some(first) = letters.next() else { return String::new() };
    let mut out = String::from(first);
    let mut last = digit(first);
    for letter in letters {
        let code = digit(letter);
        if let Some(code) = code.filter(|code| last != Some(*code)) {
            out.push(code);
        }
        // h and w do not separate equal codes, vowels do.
        if !matches!(letter, 'h' | 'w') {
            last = code;
        }
        if out.len() == 4 {
            return out;
        }
    }
    while out.len() < 4 {
        out.push('0');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_into_one_form() {
        for (cell, expected) in
            [("  Ａｂｃ　 1２\t", "abc 12"), ("\u{feff}张  三", "张 三"), ("", ""), (" \n ", "")]
        {
            assert_eq!(plain(cell), expected);
        }
        for (cell, expected) in [
            ("11010519491231002Ｘ", "11010519491231002x"),
            ("110105-1949 1231", "11010519491231"),
            ("0000000", ""),
            ("111", "111"),
            ("无", "无"),
        ] {
            assert_eq!(identifier(cell), expected);
        }
        for (cell, expected) in [
            ("+86 138-0013-8000", "13800138000"),
            ("008613800138000", "13800138000"),
            ("0571-87654321", "57187654321"),
            ("86512345", "86512345"),
        ] {
            assert_eq!(phone(cell), expected);
        }
    }

    #[test]
    fn a_code_is_cut_to_what_it_says() {
        for (cell, expected) in [
            ("330106001002", "330106001002"),
            ("330106001000", "330106001"),
            ("330110000000", "330110"),
            ("330100000000", "3301"),
            ("330000", "33"),
            ("33", "33"),
            ("3301", "3301"),
        ] {
            assert_eq!(code(cell, &[9, 6, 4, 2]), expected, "{cell}");
        }
    }

    #[test]
    fn soundex_of_textbook_names() {
        for (name, expected) in [
            ("Robert", "r163"),
            ("Rupert", "r163"),
            ("Ashcraft", "a261"),
            ("Tymczak", "t522"),
            ("Pfister", "p236"),
            ("Lee", "l000"),
            ("李", ""),
        ] {
            assert_eq!(soundex(name), expected);
        }
    }

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(stable_hash(""), mix(0xcbf2_9ce4_8422_2325));
        assert_ne!(stable_hash("张三"), stable_hash("三张"));
        // Recorded once: a stored table of keys depends on it.
        assert_eq!(stable_hash("surname=smith"), 14_295_650_660_854_678_221);
    }
}
