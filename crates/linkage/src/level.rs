//! Levels of agreement: what a comparison can find, from the best to "they differ".

use serde::{Deserialize, Serialize};
use std::fmt;

/// One level of agreement between two cells. Levels are tried in the configured order and the
/// first that holds counts. Below the last one lies "different".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The same after both cells were brought into one form.
    Exact,
    /// This cell equals the partner column's cell of the other record, and the reverse
    /// (given name and surname in each other's column).
    Swapped,
    /// Jaro-Winkler similarity of at least this, 0..=1.
    JaroWinkler(f64),
    /// At most this many inserted, removed or replaced characters.
    Levenshtein(usize),
    /// As `levenshtein`, and two neighbours in the wrong order are one edit.
    Damerau(usize),
    /// Dice coefficient of the pairs of neighbouring characters of at least this, 0..=1.
    Dice(f64),
    /// The first so many characters are the same.
    Prefix(usize),
    /// The last so many characters are the same.
    Suffix(usize),
    /// Dates: one digit differs, or two neighbouring digits have changed places.
    OneDigit,
    /// Dates: day and month have changed places.
    DayAndMonthSwapped,
    /// Dates: two of year, month and day are the same.
    TwoParts,
    /// Dates: the same year.
    SameYear,
    /// Chinese names: the same syllables, other characters; or one is written in pinyin.
    SamePinyin,
    /// Chinese names: the same characters in another order.
    SameCharacters,
    /// Chinese names: the pinyin differs by one letter (zhang, zang; lin, ling).
    PinyinOneEdit,
    /// Chinese names: one character is replaced, missing or too much, another one is the same.
    OneCharacter,
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => out.write_str("exact"),
            Self::Swapped => out.write_str("swapped"),
            Self::JaroWinkler(at_least) => write!(out, "jaro_winkler>={at_least}"),
            Self::Levenshtein(at_most) => write!(out, "levenshtein<={at_most}"),
            Self::Damerau(at_most) => write!(out, "damerau<={at_most}"),
            Self::Dice(at_least) => write!(out, "dice>={at_least}"),
            Self::Prefix(length) => write!(out, "prefix={length}"),
            Self::Suffix(length) => write!(out, "suffix={length}"),
            Self::OneDigit => out.write_str("one_digit"),
            Self::DayAndMonthSwapped => out.write_str("day_and_month_swapped"),
            Self::TwoParts => out.write_str("two_parts"),
            Self::SameYear => out.write_str("same_year"),
            Self::SamePinyin => out.write_str("same_pinyin"),
            Self::SameCharacters => out.write_str("same_characters"),
            Self::PinyinOneEdit => out.write_str("pinyin_one_edit"),
            Self::OneCharacter => out.write_str("one_character"),
        }
    }
}

/// What a column holds. Decides how cells are brought into one form and which levels make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Words in any language: names, streets, places.
    Text,
    /// One of a few values, the same or not: sex, state.
    Category,
    /// Letters and digits that identify: identity number, social security number, postcode.
    Identifier,
    /// A hierarchical code: the longer the common front, the closer.
    Code,
    /// A telephone number.
    Phone,
    /// A calendar date, whole or only year, or year and month.
    Date,
    /// A Chinese personal name, in characters or in pinyin.
    ChineseName,
}

impl Kind {
    /// The levels used where the configuration names none.
    #[must_use]
    pub fn usual_levels(self) -> Vec<Level> {
        use Level::{
            Damerau, DayAndMonthSwapped, Exact, JaroWinkler, OneCharacter, OneDigit, PinyinOneEdit, Prefix,
            SameCharacters, SamePinyin, SameYear, Suffix, TwoParts,
        };
        match self {
            Self::Text => vec![Exact, JaroWinkler(0.92), JaroWinkler(0.8)],
            Self::Category => vec![Exact],
            Self::Identifier => vec![Exact, Damerau(1), Damerau(2)],
            Self::Code => vec![Exact, Prefix(9), Prefix(6), Prefix(4), Prefix(2)],
            Self::Phone => vec![Exact, Damerau(1), Suffix(8)],
            Self::Date => vec![Exact, OneDigit, DayAndMonthSwapped, TwoParts, SameYear],
            Self::ChineseName => vec![Exact, SamePinyin, SameCharacters, PinyinOneEdit, OneCharacter],
        }
    }

    /// Whether a level can occur for this kind.
    #[must_use]
    pub fn allows(self, level: Level) -> bool {
        use Level as L;
        match level {
            L::Exact => true,
            L::OneDigit | L::DayAndMonthSwapped | L::TwoParts | L::SameYear => self == Self::Date,
            L::SamePinyin | L::SameCharacters | L::PinyinOneEdit | L::OneCharacter => {
                self == Self::ChineseName
            }
            L::Swapped => matches!(self, Self::Text | Self::Identifier),
            L::JaroWinkler(_)
            | L::Levenshtein(_)
            | L::Damerau(_)
            | L::Dice(_)
            | L::Prefix(_)
            | L::Suffix(_) => {
                matches!(self, Self::Text | Self::Identifier | Self::Code | Self::Phone)
            }
        }
    }
}
