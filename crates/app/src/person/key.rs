//! The keys stored for each person: by what it is searched, and by what possible doubles meet.
//!
//! `p:wangxiaoming/1990` the pinyin of the name and the year of birth, `g:xiaoming` the pinyin of the given name,
//! `i:wxm/1990-01-01` initials and day of birth, `t:…` and `u:…` blind indexes of the last four characters of the
//! identity number and of the telephone, `f:…` that of the whole telephone. Searching by the start of a name reads
//! the keys up to the mark `/`; doubles share a whole key.

use crate::{hex, seal::Keys};
use jiff::civil::Date;
use rules::name;

/// How many characters make a number's tail.
pub(crate) const TAIL: usize = 4;

/// The blind index of a number's last four characters, as text; `kind` is `t` or `u`.
pub(crate) fn tail(keys: &Keys, kind: char, number: &str) -> Option<String> {
    let from = number.len().checked_sub(TAIL)?;
    let purpose = if kind == 't' { "number_tail" } else { "phone_tail" };
    Some(format!("{kind}:{}", text(&keys.index(purpose, number.get(from..)?))))
}

/// The key of a telephone, from its blind index.
pub(crate) fn phone(index: &[u8]) -> String {
    format!("f:{}", text(index))
}

fn text(index: &[u8]) -> String {
    hex::write(index.get(..8).unwrap_or(index))
}

/// The given name's pinyin: the syllables after those of the surname.
fn given(full_name: &str, syllables: &[String]) -> String {
    let surname = name::surname(full_name).map_or(1, |s| s.chars().count());
    syllables.iter().skip(surname).map(String::as_str).collect()
}

/// All keys of what one record says, the keys by which doubles meet first.
pub(crate) fn of(
    keys: &Keys,
    full_name: &str,
    born_on: Option<Date>,
    number: Option<&str>,
    phone_number: Option<(&str, &[u8])>,
) -> Vec<String> {
    let syllables = name::pinyin(full_name);
    let initials: String = syllables.iter().filter_map(|s| s.chars().next()).collect();
    let year = born_on.map(|d| d.year().to_string()).unwrap_or_default();
    let day = born_on.map(|d| d.to_string()).unwrap_or_default();
    let mut out = vec![format!("p:{}/{year}", syllables.concat()), format!("i:{initials}/{day}")];
    if let Some((digits, index)) = phone_number {
        out.push(phone(index));
        out.extend(tail(keys, 'u', digits));
    }
    let given = given(full_name, &syllables);
    if !given.is_empty() {
        out.push(format!("g:{given}"));
    }
    // 阿布都拉·买买提 is looked for by either part.
    out.extend(full_name.split('·').skip(1).map(|part| format!("g:{}", name::pinyin(part).concat())));
    out.extend(number.and_then(|n| tail(keys, 't', n)));
    out
}

/// Whether doubles meet by this key; the others are for searching only. A name without a year of birth is too
/// common to compare by.
pub(crate) fn blocks(key: &str) -> bool {
    let dated = key.starts_with("p:") || key.starts_with("i:");
    (dated && !key.ends_with('/')) || key.starts_with("f:")
}

/// The keys by which a search for the start of a name reads: from the first, below the second.
pub(crate) fn starting(kind: char, letters: &str) -> (String, String) {
    let from = format!("{kind}:{letters}");
    // '{' follows 'z' in both databases' order of bytes, and '/' and ':' lie before the letters.
    (from.clone(), format!("{from}{{"))
}
