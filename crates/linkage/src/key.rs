//! Parts of blocking keys: a column and what is taken of it.

use crate::name::{initials, pinyin};
use crate::text::soundex;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is taken of a cell that has been brought into one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// The first so many characters (`prefix 4`). Of a date: the year.
    Prefix(usize),
    /// The last so many characters (`suffix 4`). Of a date: month and day.
    Suffix(usize),
    /// The so-many-th word, counted from one (`word 1`).
    Word(usize),
    /// How it sounds in English (`soundex`).
    Soundex,
    /// The syllables of Chinese characters, without tones (`pinyin`).
    Pinyin,
    /// The initials of the syllables (`initials`).
    Initials,
    /// The characters in alphabetical order (`sorted`).
    Sorted,
    /// Of a date: day and month in any order (`any_order`).
    AnyOrder,
}

/// A column and what is taken of it, written `column | take | take`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Part {
    /// The column.
    pub column: String,
    /// What is taken, one after the other.
    pub takes: Vec<Take>,
}

impl Part {
    /// The whole cell.
    #[must_use]
    pub fn whole(column: &str) -> Self {
        Self { column: column.to_owned(), takes: Vec::new() }
    }

    /// The part of a key that a cell gives; empty where it gives none.
    #[must_use]
    pub fn of(&self, cell: &str) -> String {
        let mut value = cell.to_owned();
        for take in &self.takes {
            value = take.of(&value);
        }
        value
    }
}

impl Take {
    fn of(self, value: &str) -> String {
        match self {
            Self::Prefix(length) => value.chars().take(length).collect(),
            Self::Suffix(length) => {
                value.chars().skip(value.chars().count().saturating_sub(length)).collect()
            }
            Self::Word(number) => {
                value.split(' ').nth(number.saturating_sub(1)).unwrap_or_default().to_owned()
            }
            Self::Soundex => soundex(value),
            Self::Pinyin => pinyin(value),
            Self::Initials => initials(value),
            Self::Sorted => {
                let mut letters: Vec<char> = value.chars().filter(|c| !c.is_whitespace()).collect();
                letters.sort_unstable();
                letters.into_iter().collect()
            }
            Self::AnyOrder => match (value.get(..4), value.get(4..6), value.get(6..8)) {
                (Some(year), Some(month), Some(day)) => {
                    format!("{year}{}{}", month.min(day), month.max(day))
                }
                _ => value.to_owned(),
            },
        }
    }

    fn read(text: &str) -> Result<Self, String> {
        let (word, number) = text.split_once(' ').unwrap_or((text, ""));
        let number = number.trim().parse::<usize>().ok().filter(|number| *number > 0);
        match (word, number) {
            ("prefix", Some(length)) => Ok(Self::Prefix(length)),
            ("suffix", Some(length)) => Ok(Self::Suffix(length)),
            ("word", Some(number)) => Ok(Self::Word(number)),
            ("soundex", None) => Ok(Self::Soundex),
            ("pinyin", None) => Ok(Self::Pinyin),
            ("initials", None) => Ok(Self::Initials),
            ("sorted", None) => Ok(Self::Sorted),
            ("any_order", None) => Ok(Self::AnyOrder),
            _ => Err(format!(
                "'{text}' is unknown; use prefix N, suffix N, word N, soundex, pinyin, initials, sorted or any_order"
            )),
        }
    }
}

impl TryFrom<String> for Part {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut pieces = text.split('|').map(str::trim);
        let column = pieces.next().unwrap_or_default().to_owned();
        if column.is_empty() {
            return Err(format!("'{text}' names no column"));
        }
        Ok(Self { column, takes: pieces.map(Take::read).collect::<Result<_, _>>()? })
    }
}

impl From<Part> for String {
    fn from(part: Part) -> Self {
        part.to_string()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.column)?;
        for take in &self.takes {
            match take {
                Take::Prefix(length) => write!(out, " | prefix {length}")?,
                Take::Suffix(length) => write!(out, " | suffix {length}")?,
                Take::Word(number) => write!(out, " | word {number}")?,
                Take::Soundex => out.write_str(" | soundex")?,
                Take::Pinyin => out.write_str(" | pinyin")?,
                Take::Initials => out.write_str(" | initials")?,
                Take::Sorted => out.write_str(" | sorted")?,
                Take::AnyOrder => out.write_str(" | any_order")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_take_what_they_say() {
        for (part, cell, expected) in [
            ("name", "smith", "smith"),
            ("name | prefix 3", "smith", "smi"),
            ("name | prefix 9", "li", "li"),
            ("name | suffix 2", "张三丰", "三丰"),
            ("name | soundex", "smith", "s530"),
            ("name | pinyin", "单雄信", "shanxiongxin"),
            ("name | pinyin | prefix 4", "单雄信", "shan"),
            ("name | initials", "张三", "zs"),
            ("street | word 2", "9 high street", "high"),
            ("street | word 7", "9 high street", ""),
            ("name | sorted", "ba c", "abc"),
            ("born | any_order", "19491203", "19490312"),
            ("born | prefix 4", "19491203", "1949"),
            ("name | soundex", "", ""),
        ] {
            let read = Part::try_from(part.to_owned()).unwrap();
            assert_eq!(read.of(cell), expected, "{part} of {cell}");
            assert_eq!(read.to_string(), part);
        }
    }
}
