//! Whether a text looks as if it said whose it is: before a question leaves for a hospital, and before an answer is shown to all workers
//! (Mental Health Law art. 4; Personal Information Protection Law art. 6 and 28). It warns; a person still reads what is written.

use std::collections::BTreeSet;

/// What a text seems to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Personal {
    /// A resident identity number.
    IdentityNumber,
    /// A telephone number.
    Phone,
    /// One of the names that it must not hold.
    Name,
}

impl Personal {
    /// The code of the problem of a field.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Personal::IdentityNumber => "holds_identity_number",
            Personal::Phone => "holds_phone",
            Personal::Name => "holds_name",
        }
    }
}

/// What a text seems to hold of a person; `names` are those that must not stand in it. Digits of either width count, also where a space
/// or a hyphen parts them.
#[must_use]
pub fn personal(text: &str, names: &[&str]) -> BTreeSet<Personal> {
    let mut found = BTreeSet::new();
    for chain in chains(text) {
        for from in 0..chain.len() {
            for to in from + 1..=chain.len().min(from + MOST_GROUPS) {
                let groups = chain.get(from..to).unwrap_or_default();
                if is_identity_number(groups) {
                    found.insert(Personal::IdentityNumber);
                } else if is_phone(groups) {
                    found.insert(Personal::Phone);
                }
            }
        }
    }
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let held =
        |name: &&str| name.chars().count() >= 2 && plain.contains(&name.replace(char::is_whitespace, ""));
    if names.iter().any(held) {
        found.insert(Personal::Name);
    }
    found
}

/// Groups into which people part a number at most.
const MOST_GROUPS: usize = 4;

/// Eighteen signs, the last a digit or an X; or the fifteen digits of before 1999, unparted.
fn is_identity_number(groups: &[String]) -> bool {
    let whole = groups.concat();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match whole.len() {
        18 => whole
            .split_at_checked(17)
            .is_some_and(|(body, check)| digits(body) && (digits(check) || check == "X")),
        15 => groups.len() == 1 && digits(&whole),
        _ => false,
    }
}

/// A mobile number, or a fixed one with its area code, which days of a calendar do not look like.
fn is_phone(groups: &[String]) -> bool {
    let whole = groups.concat();
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let own = whole.strip_prefix("86").filter(|own| own.len() == 11).unwrap_or(&whole);
    let mobile = own.len() == 11
        && own.starts_with('1')
        && own.as_bytes().get(1).is_some_and(|second| (b'3'..=b'9').contains(second));
    let fixed = match groups {
        [one] => one.starts_with('0') && (10..=12).contains(&one.len()),
        [area, number] => {
            area.starts_with('0') && (3..=4).contains(&area.len()) && (7..=8).contains(&number.len())
        }
        _ => false,
    };
    mobile || fixed
}

/// Groups of digits, an X behind seventeen of them, that only one space or hyphen parts from the next.
fn chains(text: &str) -> Vec<Vec<String>> {
    let (mut chains, mut chain, mut group) = (Vec::new(), Vec::<String>::new(), String::new());
    let mut parted = false;
    for c in text.chars() {
        let c = match c {
            '０'..='９' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
            'Ｘ' | 'ｘ' | 'x' => 'X',
            other => other,
        };
        match c {
            '0'..='9' => {
                group.push(c);
                parted = false;
            }
            'X' if chain.iter().map(String::len).sum::<usize>() + group.len() == 17 => group.push(c),
            ' ' | '-' | '－' | '\u{a0}' if !parted && !group.is_empty() => {
                chain.push(std::mem::take(&mut group));
                parted = true;
            }
            _ => {
                chain.extend(Some(std::mem::take(&mut group)).filter(|group| !group.is_empty()));
                chains.push(std::mem::take(&mut chain));
                parted = false;
            }
        }
    }
    chain.extend(Some(group).filter(|group| !group.is_empty()));
    chains.push(chain);
    chains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_person_is_found() {
        use Personal::{IdentityNumber, Name, Phone};
        let names = ["欧阳明", "李"];
        for (text, held) in [
            ("服药后手抖，要减量吗？", vec![]),
            ("身份证310115198503071234", vec![IdentityNumber]),
            ("31011519850307123x", vec![IdentityNumber]),
            ("３１０１１５１９８５０３０７１２３４", vec![IdentityNumber]),
            ("310115 19850307 1234", vec![IdentityNumber]),
            ("310115850307123", vec![IdentityNumber]),
            ("电话 138-1234-5678", vec![Phone]),
            ("+86 13812345678", vec![Phone]),
            ("座机021-61234567", vec![Phone]),
            ("热线12356，急救120", vec![]),
            ("2026-03-02 血压120/80，体重65", vec![]),
            ("2026-03-02 2026-03-05 2026-03-09 各一次", vec![]),
            ("欧阳明最近睡不好", vec![Name]),
            ("欧阳 明最近睡不好", vec![Name]),
            // One character is in too many words.
            ("行李太多", vec![]),
            ("欧阳明 13812345678 310115198503071234", vec![IdentityNumber, Phone, Name]),
        ] {
            let found: Vec<Personal> = personal(text, &names).into_iter().collect();
            assert_eq!(found, held, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_number_is_found_wherever_it_stands(before in "[a-z ,。]{0,20}", after in "[a-z,。]{0,20}", tail in 10_000_000_u32..99_999_999) {
            let text = format!("{before}139{tail}{after}");
            proptest::prop_assert!(personal(&text, &[]).contains(&Personal::Phone), "{}", text);
        }
    }
}
