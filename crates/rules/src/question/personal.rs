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

/// What a text seems to hold of a person; `names` are those that must not stand in it. Digits of either width count, also where spaces or
/// hyphens part them.
#[must_use]
pub fn personal(text: &str, names: &[&str]) -> BTreeSet<Personal> {
    let mut found = BTreeSet::new();
    for run in runs(text) {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        let identity = (run.len() == 18 && digits >= 17) || (digits == run.len() && run.len() == 15);
        if identity {
            found.insert(Personal::IdentityNumber);
        } else if is_phone(&run) {
            found.insert(Personal::Phone);
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

/// A mobile number, or a fixed one with its area code.
fn is_phone(run: &str) -> bool {
    let all_digits = run.bytes().all(|byte| byte.is_ascii_digit());
    let mobile = run.strip_prefix("86").unwrap_or(run);
    let mobile = mobile.len() == 11
        && mobile.starts_with('1')
        && mobile.bytes().nth(1).is_some_and(|second| (b'3'..=b'9').contains(&second));
    let fixed = run.starts_with('0') && (10..=12).contains(&run.len());
    all_digits && (mobile || fixed)
}

/// Runs of digits, an X at the end among them, without what parts them.
fn runs(text: &str) -> Vec<String> {
    let (mut runs, mut run) = (Vec::new(), String::new());
    let mut parted = 0;
    for c in text.chars() {
        let c = match c {
            '０'..='９' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
            'Ｘ' | 'ｘ' | 'x' => 'X',
            other => other,
        };
        match c {
            '0'..='9' => {
                run.push(c);
                parted = 0;
            }
            'X' if run.len() == 17 => run.push(c),
            // One sign between two groups of digits; two in a row end the number.
            ' ' | '-' | '－' | '\u{a0}' if !run.is_empty() && parted == 0 => parted = 1,
            _ => {
                runs.push(std::mem::take(&mut run));
                parted = 0;
            }
        }
    }
    runs.push(run);
    runs.retain(|run| !run.is_empty());
    runs
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
