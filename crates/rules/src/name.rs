//! Personal names: one normal form, pinyin with the readings of surnames, initials, and what others may see.

use std::collections::HashMap;
use std::sync::LazyLock;

use pinyin::ToPinyin;

use crate::writing::half_width;

/// `surname,pinyin`: surnames of two characters, and those of one whose reading differs from, or might be
/// taken for, the everyday reading of the character.
/// Source: 现代汉语词典 (readings marked 姓).
const SURNAMES: &str = include_str!("../../../data/surnames.csv");

static READINGS: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let rows = SURNAMES.lines().skip(1).filter_map(|line| line.split_once(','));
    rows.map(|(surname, pinyin)| (surname, pinyin.split(' ').collect())).collect()
});

/// Brings a name to one form for storing and comparing: half-width, one kind of dot between the parts of a
/// minority or foreign name, no spaces between Chinese characters, single spaces and capitals in Latin names.
pub fn normalised(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    let mut space = false;
    for character in name.chars().map(half_width) {
        if character.is_whitespace() {
            space = true;
            continue;
        }
        if is_invisible(character) {
            continue;
        }
        let character = if is_dot(character) { '·' } else { character };
        let latin = |c: char| c.is_alphanumeric() && !is_han(c);
        if space && latin(character) && result.chars().last().is_some_and(latin) {
            result.push(' ');
        }
        space = false;
        result.extend(character.to_uppercase());
    }
    result.trim_matches('·').to_owned()
}

/// The characters of the surname at the head of a Chinese name: two where a surname of two characters leaves
/// at least one for the given name. `None` for names that begin with another script or have parts with a dot.
pub fn surname(name: &str) -> Option<String> {
    let name = normalised(name);
    let characters: Vec<char> = name.chars().collect();
    if !characters.iter().all(|c| is_han(*c)) {
        return None;
    }
    let two: String = characters.iter().take(2).collect();
    let one: String = characters.iter().take(1).collect();
    if one.is_empty() {
        return None;
    }
    let is_double = characters.len() > 2 && READINGS.get(two.as_str()).is_some_and(|r| r.len() == 2);
    Some(if is_double { two } else { one })
}

/// The syllables of a name without tones, ü as v: 单雪 → `shan`, `xue`. A word in Latin letters is one
/// syllable in lower case; characters without a reading are left out.
pub fn pinyin(name: &str) -> Vec<String> {
    let name = normalised(name);
    let surname = surname(&name).unwrap_or_default();
    let mut syllables: Vec<String> = Vec::new();
    let rest = match READINGS.get(surname.as_str()) {
        Some(readings) => {
            syllables.extend(readings.iter().map(|reading| (*reading).to_owned()));
            name.strip_prefix(surname.as_str()).unwrap_or_default()
        }
        None => name.as_str(),
    };
    let mut word = String::new();
    for character in rest.chars() {
        if character.is_alphanumeric() && !is_han(character) {
            word.extend(character.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            syllables.push(std::mem::take(&mut word));
        }
        syllables.extend(character.to_pinyin().map(|reading| plain(reading.plain())));
    }
    if !word.is_empty() {
        syllables.push(word);
    }
    syllables
}

/// All syllables as one word: 尉迟恭 → `yuchigong`.
pub fn full_pinyin(name: &str) -> String {
    pinyin(name).concat()
}

/// The first letter of each syllable: 尉迟恭 → `ycg`.
pub fn initials(name: &str) -> String {
    pinyin(name).iter().filter_map(|syllable| syllable.chars().next()).collect()
}

/// The form for the eyes of those who may not see the name: the surname, and one star whatever the length
/// of the rest, 张*, 欧阳*, 阿*.
pub fn mask(name: &str) -> String {
    let name = normalised(name);
    let shown = surname(&name).unwrap_or_else(|| name.chars().take(1).collect());
    if shown.is_empty() { shown } else { format!("{shown}*") }
}

/// True for Chinese characters, the rare ones of the extensions and the zero 〇 included.
pub fn is_han(character: char) -> bool {
    matches!(character,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' | '〇' | '\u{e000}'..='\u{f8ff}')
}

/// The dictionary writes ü, a keyboard writes v.
fn plain(syllable: &str) -> String {
    syllable.replace('ü', "v")
}

fn is_dot(character: char) -> bool {
    matches!(character, '·' | '•' | '・' | '．' | '.' | '‧' | '∙' | '⋅' | '●' | '᛫' | '･')
}

fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_come_to_one_form() {
        let cases = [
            (" 张　三 ", "张三"),
            ("张 三丰", "张三丰"),
            ("阿布都拉•买买提", "阿布都拉·买买提"),
            ("阿布都拉．买买提", "阿布都拉·买买提"),
            ("古丽·", "古丽"),
            ("John   Smith", "JOHN SMITH"),
            ("Ｊｏｈｎ Smith", "JOHN SMITH"),
            ("\u{feff}李四\u{200b}", "李四"),
            ("", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(normalised(name), expected, "{name:?}");
        }
    }

    #[test]
    fn surnames_have_their_own_readings() {
        let cases = [
            ("张三", "zhangsan", "zs"),
            ("单雪", "shanxue", "sx"),
            ("曾强", "zengqiang", "zq"),
            ("解放", "xiefang", "xf"),
            ("仇英", "qiuying", "qy"),
            ("查良", "zhaliang", "zl"),
            ("尉迟恭", "yuchigong", "ycg"),
            ("单于夫", "chanyufu", "cyf"),
            ("万俟卨", "moqixie", "mqx"),
            ("欧阳", "ouyang", "oy"),
            ("吕布", "lvbu", "lb"),
            ("朴一生", "piaoyisheng", "pys"),
            ("王单", "wangdan", "wd"),
            ("John Smith", "johnsmith", "js"),
        ];
        for (name, full, short) in cases {
            assert_eq!((full_pinyin(name).as_str(), initials(name).as_str()), (full, short), "{name}");
        }
    }

    #[test]
    fn a_surname_of_two_characters_needs_a_given_name() {
        let cases = [
            ("欧阳锋", Some("欧阳")),
            ("欧阳", Some("欧")),
            ("长孙无忌", Some("长孙")),
            ("张三", Some("张")),
            ("阿布都拉·买买提", None),
            ("John", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(surname(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_mask_hides_the_given_name_and_its_length() {
        let cases = [
            ("张三", "张*"),
            ("张三丰", "张*"),
            ("欧阳锋", "欧阳*"),
            ("阿布都拉·买买提", "阿*"),
            ("Ann", "A*"),
            ("", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(mask(name), expected, "{name}");
        }
    }

    #[test]
    fn the_table_of_surnames_is_sound() {
        for (surname, readings) in READINGS.iter() {
            assert_eq!(surname.chars().count(), readings.len(), "{surname}");
            assert!(readings.iter().all(|r| r.chars().all(|c| c.is_ascii_lowercase())), "{surname}");
        }
        assert_eq!(READINGS.len(), SURNAMES.lines().count() - 1, "no surname twice");
    }

    proptest! {
        #[test]
        fn the_normal_form_is_stable(name in "\\PC{0,12}") {
            let once = normalised(&name);
            prop_assert_eq!(normalised(&once), once);
            let _ = (full_pinyin(&name), initials(&name), mask(&name));
        }
    }
}
