//! Codes of administrative divisions (行政区划代码 GB/T 2260; 统计用区划代码 of the National Bureau of Statistics).
//!
//! A 12-digit code is 2 digits of province, 2 of prefecture, 2 of county, 3 of town and 3 of village.
//! As an integer an area is an interval of codes, so that every question of "within" is a comparison.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// `code,name,english` of the 34 divisions at province level.
/// Source: GB/T 2260-2007 中华人民共和国行政区划代码.
const PROVINCES: &str = include_str!("../../../data/provinces.csv");

static PROVINCE_LIST: LazyLock<Vec<Province>> = LazyLock::new(|| {
    let lines = PROVINCES.lines().skip(1);
    lines
        .filter_map(|line| {
            let mut fields = line.split(',');
            let number = fields.next()?.parse().ok()?;
            Some(Province { number, name: fields.next()?, english: fields.next()? })
        })
        .collect()
});

/// A division at province level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Province {
    /// The first two digits of every code within.
    pub number: u32,
    /// The full Chinese name, such as 上海市.
    pub name: &'static str,
    /// The English name, such as Shanghai.
    pub english: &'static str,
}

/// The 34 divisions at province level in the order of their numbers.
pub fn provinces() -> &'static [Province] {
    &PROVINCE_LIST
}

/// True when the two digits belong to a division at province level.
pub fn is_province(number: u32) -> bool {
    provinces().iter().any(|province| province.number == number)
}

/// How deep a code reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 省级
    Province,
    /// 地级
    Prefecture,
    /// 县级
    County,
    /// 乡级
    Town,
    /// 村级
    Village,
}

impl Level {
    /// From the province down to the village.
    pub const ALL: [Self; 5] = [Self::Province, Self::Prefecture, Self::County, Self::Town, Self::Village];

    /// How many codes an area of this level spans.
    pub fn width(self) -> i64 {
        match self {
            Self::Province => 10_000_000_000,
            Self::Prefecture => 100_000_000,
            Self::County => 1_000_000,
            Self::Town => 1_000,
            Self::Village => 1,
        }
    }

    /// How many leading digits name an area of this level.
    pub fn digits(self) -> usize {
        match self {
            Self::Province => 2,
            Self::Prefecture => 4,
            Self::County => 6,
            Self::Town => 9,
            Self::Village => 12,
        }
    }
}

/// A 12-digit code. It says where, not whether such a division exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct DivisionCode(i64);

/// Why a text or number is no division code. `Display` gives the code under which the texts are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum DivisionCodeError {
    /// Nothing was written.
    #[error("division.empty")]
    Empty,
    /// Not 2, 4, 6, 9 or 12 digits.
    #[error("division.length")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character that is no digit.
    #[error("division.character")]
    Character {
        /// Place, counted from 1.
        place: usize,
        /// The character found.
        found: char,
    },
    /// The first two digits belong to no province.
    #[error("division.province")]
    Province {
        /// The two digits found.
        found: u32,
    },
    /// Deeper digits follow a prefecture group 00, or a village follows a town group 000.
    #[error("division.gap")]
    Gap,
    /// A person lives in a village or community; this code ends above it.
    #[error("division.not_a_village")]
    NotAVillage {
        /// Where the code ends.
        level: Level,
    },
}

impl DivisionCodeError {
    /// The code under which the texts are kept, such as `division.length`.
    pub fn code(&self) -> String {
        self.to_string()
    }
}

impl DivisionCode {
    /// Accepts a 12-digit number.
    ///
    /// # Errors
    /// When the number has not 12 digits, the province is unknown, or a group is missing in between.
    /// A county group of 00 before a town is no gap: Dongguan, Zhongshan and Danzhou have no counties.
    pub fn new(number: i64) -> Result<Self, DivisionCodeError> {
        if !(100_000_000_000..1_000_000_000_000).contains(&number) {
            return Err(DivisionCodeError::Length { found: number.to_string().chars().count() });
        }
        let found = u32::try_from(number / Level::Province.width()).unwrap_or_default();
        if !is_province(found) {
            return Err(DivisionCodeError::Province { found });
        }
        let below_province = number % Level::Province.width();
        let no_prefecture = below_province > 0 && below_province / Level::Prefecture.width() == 0;
        let below_county = number % Level::County.width();
        let no_town = below_county > 0 && below_county / Level::Town.width() == 0;
        if no_prefecture || no_town { Err(DivisionCodeError::Gap) } else { Ok(Self(number)) }
    }

    /// Reads a code of 2, 4, 6, 9 or 12 digits; full-width digits and spaces are forgiven.
    ///
    /// # Errors
    /// See [`DivisionCodeError`].
    pub fn parse(text: &str) -> Result<Self, DivisionCodeError> {
        let digits = crate::writing::normalised_number(text);
        if digits.is_empty() {
            return Err(DivisionCodeError::Empty);
        }
        for (index, found) in digits.chars().enumerate() {
            if !found.is_ascii_digit() {
                return Err(DivisionCodeError::Character { place: index + 1, found });
            }
        }
        let length = digits.chars().count();
        let level = Level::ALL.into_iter().find(|level| level.digits() == length);
        let level = level.ok_or(DivisionCodeError::Length { found: length })?;
        let number: i64 = digits.parse().map_err(|_| DivisionCodeError::Length { found: length })?;
        Self::new(number * level.width())
    }

    /// The code as a number of 12 digits.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The first two digits.
    pub fn province_number(self) -> u32 {
        u32::try_from(self.0 / Level::Province.width()).unwrap_or_default()
    }

    /// Where the last group other than zero stands.
    pub fn level(self) -> Level {
        let above = |level: &Level| self.0 % level.width() == 0;
        Level::ALL.into_iter().find(above).unwrap_or(Level::Village)
    }

    /// The area one level up that can hold this one, skipping an empty county group; none above a province.
    pub fn parent(self) -> Option<Self> {
        let own = self.level();
        let above = Level::ALL.into_iter().rev().find(|level| *level < own)?;
        Some(self.at(above))
    }

    /// The area of a level around this one; itself where it does not reach so deep.
    pub fn at(self, level: Level) -> Self {
        Self(self.0 - self.0 % level.width())
    }

    /// The areas around this one, nearest first, without itself.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |code| code.parent())
    }

    /// All codes of this area, itself first.
    pub fn interval(self) -> RangeInclusive<i64> {
        self.0..=self.0 + self.level().width() - 1
    }

    /// True when the other code is this area or lies within it.
    pub fn contains(self, other: Self) -> bool {
        self.interval().contains(&other.0)
    }

    /// The code of a person's address: it must reach the village (村 000 is no address).
    ///
    /// # Errors
    /// [`DivisionCodeError::NotAVillage`] with the level at which the code ends.
    pub fn for_address(self) -> Result<Self, DivisionCodeError> {
        match self.level() {
            Level::Village => Ok(self),
            level => Err(DivisionCodeError::NotAVillage { level }),
        }
    }

    /// The shortest form that names the same area: 2, 4, 6, 9 or 12 digits.
    pub fn short(self) -> String {
        let level = self.level();
        (self.0 / level.width()).to_string()
    }
}

impl TryFrom<i64> for DivisionCode {
    type Error = DivisionCodeError;

    fn try_from(number: i64) -> Result<Self, DivisionCodeError> {
        Self::new(number)
    }
}

impl From<DivisionCode> for i64 {
    fn from(code: DivisionCode) -> Self {
        code.0
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:012}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> DivisionCode {
        DivisionCode::parse(text).unwrap()
    }

    #[test]
    fn the_table_of_provinces_is_complete() {
        assert_eq!(provinces().len(), 34);
        assert!(provinces().is_sorted_by_key(|province| province.number));
        for number in [11, 31, 65, 71, 81, 82] {
            assert!(is_province(number));
        }
        for number in [0, 10, 16, 66, 83, 90, 99] {
            assert!(!is_province(number));
        }
    }

    #[test]
    fn every_length_is_read_and_written_back() {
        let cases = [
            ("31", 310_000_000_000, Level::Province),
            ("3101", 310_100_000_000, Level::Prefecture),
            ("310115", 310_115_000_000, Level::County),
            ("310115131", 310_115_131_000, Level::Town),
            ("310115131021", 310_115_131_021, Level::Village),
        ];
        for (text, number, level) in cases {
            let code = code(text);
            assert_eq!((code.number(), code.level(), code.short().as_str()), (number, level, text));
        }
        assert_eq!(code("３１０１１５").to_string(), "310115000000");
        assert_eq!(code("310115000000").short(), "310115");
    }

    #[test]
    fn wrong_codes_say_why() {
        let cases = [
            ("", DivisionCodeError::Empty),
            ("310", DivisionCodeError::Length { found: 3 }),
            ("31011A", DivisionCodeError::Character { place: 6, found: 'A' }),
            ("990115", DivisionCodeError::Province { found: 99 }),
            ("310015", DivisionCodeError::Gap),
            ("310115000001", DivisionCodeError::Gap),
        ];
        for (text, expected) in cases {
            assert_eq!(DivisionCode::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn parents_follow_the_groups() {
        let chain: Vec<String> = code("310115131021").ancestors().map(DivisionCode::short).collect();
        assert_eq!(chain, ["310115131", "310115", "3101", "31"]);
        let without_counties: Vec<String> =
            code("441900003001").ancestors().map(DivisionCode::short).collect();
        assert_eq!(without_counties, ["441900003", "4419", "44"]);
    }

    #[test]
    fn a_village_is_needed_for_an_address() {
        assert!(code("310115131021").for_address().is_ok());
        let refused = code("310115131000").for_address();
        assert_eq!(refused, Err(DivisionCodeError::NotAVillage { level: Level::Town }));
    }

    prop_compose! {
        fn codes()(
            province in 0_usize..34, prefecture in 1_i64..100, county in 0_i64..100,
            town in 1_i64..1000, village in 0_i64..1000, depth in 0_usize..5,
        ) -> DivisionCode {
            let number = i64::from(provinces()[province].number) * 10_000_000_000
                + prefecture * 100_000_000 + county * 1_000_000 + town * 1_000 + village;
            DivisionCode::new(number).unwrap().at(Level::ALL[depth])
        }
    }

    proptest! {
        #[test]
        fn intervals_nest(code in codes()) {
            for ancestor in code.ancestors() {
                prop_assert!(ancestor.level() < code.level());
                prop_assert!(ancestor.contains(code) && !code.contains(ancestor));
                prop_assert!(ancestor.interval().contains(code.interval().end()));
            }
            prop_assert_eq!(DivisionCode::parse(&code.short()), Ok(code));
        }

        #[test]
        fn intervals_are_disjoint_or_nested(one in codes(), other in codes()) {
            let apart = one.interval().end() < other.interval().start()
                || other.interval().end() < one.interval().start();
            prop_assert!(apart || one.contains(other) || other.contains(one));
        }
    }
}
