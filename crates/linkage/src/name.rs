//! Chinese personal names: characters, their pinyin, and how a clerk may have mistaken them.

use crate::distance::edits;
use crate::level::Level;
use crate::text::plain;
use pinyin::ToPinyin;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A name ready for comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    letters: Box<[char]>,
    sorted: Box<[char]>,
    pinyin: Box<str>,
}

impl Name {
    /// Reads a name; `None` where it has no letters.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let letters: Vec<char> = plain(text).chars().filter(|c| c.is_alphanumeric()).collect();
        if letters.is_empty() {
            return None;
        }
        let pinyin = syllables(&letters).concat().into_boxed_str();
        let mut sorted = letters.clone();
        sorted.sort_unstable();
        Some(Self { letters: letters.into_boxed_slice(), sorted: sorted.into_boxed_slice(), pinyin })
    }

    /// The characters without spaces and middle dots, in one form.
    #[must_use]
    pub fn text(&self) -> String {
        self.letters.iter().collect()
    }

    /// All syllables in one word, without tones.
    #[must_use]
    pub fn pinyin(&self) -> &str {
        &self.pinyin
    }

    /// Whether a level of agreement holds.
    #[must_use]
    pub fn agrees(&self, other: &Self, level: Level) -> bool {
        match level {
            Level::Exact => self.letters == other.letters,
            Level::SamePinyin => self.pinyin == other.pinyin,
            Level::SameCharacters => self.sorted == other.sorted,
            Level::PinyinOneEdit => edits(self.pinyin.as_bytes(), other.pinyin.as_bytes(), 1, true).is_some(),
            Level::OneCharacter => {
                self.letters.len().max(other.letters.len()) >= 2
                    && edits(&self.letters, &other.letters, 1, false).is_some()
                    && self.letters.len().min(other.letters.len()) >= 2
            }
            _ => false,
        }
    }
}

/// The initial letter of each syllable of a name ("zs" for 张三).
#[must_use]
pub fn initials(text: &str) -> String {
    let letters: Vec<char> = plain(text).chars().filter(|c| c.is_alphanumeric()).collect();
    syllables(&letters).iter().filter_map(|syllable| syllable.chars().next()).collect()
}

/// The pinyin of a name in one word, surnames in their own reading (单 is shan, not dan).
#[must_use]
pub fn pinyin(text: &str) -> String {
    Name::read(text).map(|name| name.pinyin.into_string()).unwrap_or_default()
}

/// The readings of the characters; letters that are not Chinese stand for themselves.
fn syllables(letters: &[char]) -> Vec<String> {
    let readings = surname_readings();
    let two: String = letters.iter().take(2).collect();
    let one: String = letters.iter().take(1).collect();
    let (surname, length) = match (readings.get(two.as_str()), readings.get(one.as_str())) {
        (Some(reading), _) if letters.len() > 2 => (Some(*reading), 2),
        (_, Some(reading)) => (Some(*reading), 1),
        _ => (None, 0),
    };
    let surname = surname.into_iter().flat_map(|reading| reading.split(' ').map(str::to_owned));
    let rest = letters.iter().skip(length).map(|letter| {
        let plain = letter.to_pinyin().map(pinyin::Pinyin::plain);
        plain.map_or_else(|| letter.to_string(), |plain| plain.replace('ü', "v"))
    });
    surname.chain(rest).collect()
}

/// Surnames that are read differently as surnames, and two-character surnames.
fn surname_readings() -> &'static BTreeMap<&'static str, &'static str> {
    static READINGS: OnceLock<BTreeMap<&'static str, &'static str>> = OnceLock::new();
    READINGS.get_or_init(|| {
        include_str!("../../../data/linkage/surname_readings.csv")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .skip(1)
            .filter_map(|line| line.split_once(','))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_pinyin() {
        for (name, expected, first) in [
            ("张三", "zhangsan", "zs"),
            ("张 三", "zhangsan", "zs"),
            ("单雄信", "shanxiongxin", "sxx"),
            ("曾国藩", "zengguofan", "zgf"),
            ("尉迟恭", "yuchigong", "ycg"),
            ("吕布", "lvbu", "lb"),
            ("买买提·艾力", "maimaitiaili", "mmtal"),
            ("", "", ""),
        ] {
            assert_eq!(pinyin(name), expected, "{name}");
            assert_eq!(initials(name), first, "{name}");
        }
    }

    #[test]
    fn levels_of_two_names() {
        use Level::{Exact, OneCharacter, PinyinOneEdit, SameCharacters, SamePinyin};
        for (a, b, expected) in [
            ("王小明", "王 小明", Some(Exact)),
            ("王小明", "王晓明", Some(SamePinyin)),
            ("王小明", "Wang Xiaoming", Some(SamePinyin)),
            ("王小明", "小明王", Some(SameCharacters)),
            ("张林", "张玲", Some(PinyinOneEdit)),
            ("张伟", "臧伟", Some(PinyinOneEdit)),
            ("张伟", "王芳", None),
            ("王小明", "王小朋", Some(OneCharacter)),
            ("王小明", "王明", Some(OneCharacter)),
            ("王明", "王", None),
            ("王小明", "李建国", None),
        ] {
            let (x, y) = (Name::read(a).unwrap(), Name::read(b).unwrap());
            let levels = [Exact, SamePinyin, SameCharacters, PinyinOneEdit, OneCharacter];
            let found = |x: &Name, y: &Name| levels.into_iter().find(|level| x.agrees(y, *level));
            assert_eq!(found(&x, &y), expected, "{a} {b}");
            assert_eq!(found(&y, &x), expected, "{b} {a}");
        }
    }
}
