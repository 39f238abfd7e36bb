//! The administrative divisions of the nation, from provinces down to villages and communities, in memory.
//!
//! An edition (the yearly list of the National Bureau of Statistics) comes with the program; changes since then
//! are laid over it. Codes are sorted numbers and an area is an interval of them, so that "within" is a
//! comparison, a subtree is a slice, and search is one pass over the names.

mod compare;
mod edition;
mod list;
mod names;
mod resolve;
mod search;
mod sounds;

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use rules::division::{DivisionCode, Level};
use serde::{Deserialize, Serialize};

pub use compare::{Moved, Named, Renamed, Report, compare};
pub use edition::EditionError;
pub use list::{ListError, read_list};

use names::Names;
use sounds::Sounds;

/// The packed edition; `data/divisions/README.md` tells its source, licence and how it is made.
const EMBEDDED: &[u8] = include_bytes!("../../../data/divisions/2023.bin");

/// Names that stand in the list at prefecture level only to fill the place: municipalities have no prefectures,
/// and some counties are administered by the province itself. People never say them.
const PLACEHOLDERS: [&str; 4] = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"];

/// The county of a division: its code with zeros in place of town and village.
#[must_use]
pub fn county_of(division: i64) -> i64 {
    division - division % Level::County.width()
}

/// The prefecture of a division below it.
#[must_use]
pub fn prefecture_of(division: i64) -> i64 {
    division - division % Level::Prefecture.width()
}

/// The town of a village; anything above stays as it is.
#[must_use]
pub fn town_of(division: i64) -> i64 {
    division - division % Level::Town.width()
}

/// Urban or rural, by the class of three digits (统计上划分城乡的规定, National Bureau of Statistics).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 111 主城区
    MainCity,
    /// 112 城乡结合区
    CityFringe,
    /// 121 镇中心区
    TownCentre,
    /// 122 镇乡结合区
    TownFringe,
    /// 123 特殊区域
    Special,
    /// 210 乡中心区
    TownshipCentre,
    /// 220 村庄
    Village,
}

impl Kind {
    /// The kind of a class such as 111; the first digit 1 is urban, 2 rural.
    pub fn from_class(class: &str) -> Option<Self> {
        Some(match class {
            "111" => Self::MainCity,
            "112" => Self::CityFringe,
            "121" => Self::TownCentre,
            "122" => Self::TownFringe,
            "123" => Self::Special,
            "210" => Self::TownshipCentre,
            "220" => Self::Village,
            _ => return None,
        })
    }

    /// The class of three digits.
    pub fn class(self) -> &'static str {
        match self {
            Self::MainCity => "111",
            Self::CityFringe => "112",
            Self::TownCentre => "121",
            Self::TownFringe => "122",
            Self::Special => "123",
            Self::TownshipCentre => "210",
            Self::Village => "220",
        }
    }

    /// True for 城镇, false for 乡村.
    pub fn is_urban(self) -> bool {
        !matches!(self, Self::TownshipCentre | Self::Village)
    }
}

/// What governs a village-level division, which the first of its three digits tells
/// (统计用区划代码编制规则: 0–1 residents' committees, 2–3 villagers' committees, 4 and 5 areas like them).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Committee {
    /// 居民委员会
    Residents,
    /// 村民委员会
    Villagers,
    /// 类似居民委员会
    LikeResidents,
    /// 类似村民委员会
    LikeVillagers,
}

/// A division as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Division {
    /// Its code.
    pub code: DivisionCode,
    /// Its name without those above it.
    pub name: String,
    /// Urban or rural, where a source says so; the embedded edition does not.
    pub kind: Option<Kind>,
    /// First day on which code and name belong together; `None` for "since before the embedded edition".
    pub valid_from: Option<Date>,
    /// Last day; `None` while it exists.
    pub valid_to: Option<Date>,
    /// The division that took its place.
    pub successor: Option<DivisionCode>,
}

impl Division {
    /// What governs it; only for villages and communities.
    pub fn committee(&self) -> Option<Committee> {
        if self.code.level() != Level::Village {
            return None;
        }
        match self.code.number() / 100 % 10 {
            0 | 1 => Some(Committee::Residents),
            2 | 3 => Some(Committee::Villagers),
            4 => Some(Committee::LikeResidents),
            5 => Some(Committee::LikeVillagers),
            _ => None,
        }
    }
}

/// One fact laid over the edition: from a day on, until a day, this code has this name.
/// A row without `valid_from` speaks of the code as the edition has it, and usually ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The code.
    pub code: DivisionCode,
    /// Its name in that period.
    pub name: String,
    /// Urban or rural, where the source says so.
    pub kind: Option<Kind>,
    /// First day of the period.
    pub valid_from: Option<Date>,
    /// Last day of the period.
    pub valid_to: Option<Date>,
    /// The division that took its place when the period ended.
    pub successor: Option<DivisionCode>,
}

impl Change {
    fn starts_by(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day)
    }

    fn ends_before(&self, day: Date) -> bool {
        self.valid_to.is_some_and(|to| to < day)
    }
}

/// All divisions, with the changes in force on a day.
#[derive(Debug, Clone)]
pub struct Divisions {
    edition: String,
    as_of: Date,
    /// Ascending.
    codes: Vec<i64>,
    /// In the order of `codes`.
    names: Names,
    /// The places of everything above village level, ascending.
    uppers: Vec<u32>,
    sounds: Sounds,
    /// Every period of the codes that changes speak of, the earliest first.
    history: BTreeMap<i64, Vec<Change>>,
    /// The day whose state the lists show; `None` without changes.
    on: Option<Date>,
}

impl Divisions {
    /// The edition that comes with the program.
    ///
    /// # Errors
    /// When the embedded file is damaged; a test reads it.
    pub fn embedded() -> Result<Self, EditionError> {
        Self::unpack(EMBEDDED)
    }

    /// An edition as `cargo xtask divisions` packs it.
    ///
    /// # Errors
    /// See [`EditionError`].
    pub fn unpack(packed: &[u8]) -> Result<Self, EditionError> {
        let edition = edition::unpack(packed)?;
        let sounds = Sounds::of(edition.names.characters());
        let uppers = uppers(&edition.codes);
        Ok(Self {
            uppers,
            edition: edition.year,
            as_of: edition.as_of,
            codes: edition.codes,
            names: edition.names,
            sounds,
            history: BTreeMap::new(),
            on: None,
        })
    }

    /// No divisions.
    #[must_use]
    pub fn none() -> Self {
        Self {
            edition: String::new(),
            as_of: Date::MIN,
            codes: Vec::new(),
            names: Names::new(std::iter::empty()),
            uppers: Vec::new(),
            sounds: Sounds::of(&[]),
            history: BTreeMap::new(),
            on: None,
        }
    }

    /// The year of the edition, such as 2023.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// The day whose state the edition describes.
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// This edition with changes laid over it, as things stand on a day. Divisions that ended before stay
    /// known to [`Divisions::get`] and [`Divisions::path`]; lists and search leave them out.
    pub fn with_changes(&self, changes: &[Change], on: Date) -> Self {
        let mut history = self.history.clone();
        for change in changes {
            let code = change.code.number();
            let periods =
                history.entry(code).or_insert_with(|| self.period_of_edition(code).into_iter().collect());
            periods.retain(|period| period.valid_from != change.valid_from);
            periods.push(change.clone());
            periods.sort_by_key(|period| period.valid_from);
        }
        let mut codes = Vec::with_capacity(self.codes.len() + changes.len());
        let mut names = Names::like(&self.names);
        let mut changed = history.iter().peekable();
        for (index, code) in self.codes.iter().enumerate() {
            while let Some((added, periods)) = changed.next_if(|(added, _)| *added < code) {
                push_current(&mut codes, &mut names, *added, periods, on);
            }
            if let Some((_, periods)) = changed.next_if(|(same, _)| *same == code) {
                push_current(&mut codes, &mut names, *code, periods, on);
            } else {
                codes.push(*code);
                names.push_numbers(self.names.numbers(index));
            }
        }
        for (added, periods) in changed {
            push_current(&mut codes, &mut names, *added, periods, on);
        }
        Self {
            edition: self.edition.clone(),
            as_of: self.as_of,
            uppers: uppers(&codes),
            sounds: Sounds::of(names.characters()),
            codes,
            names,
            history,
            on: Some(on),
        }
    }

    /// The division of a code as it stands, or as it last stood where it has ended.
    pub fn get(&self, code: DivisionCode) -> Option<Division> {
        let index = self.index(code.number())?;
        self.division_at(index)
    }

    /// The division of a code on a day in the past or future.
    pub fn get_on(&self, code: DivisionCode, day: Date) -> Option<Division> {
        let Some(periods) = self.history.get(&code.number()) else { return self.get(code) };
        let period = periods.iter().rev().find(|p| p.starts_by(day) && !p.ends_before(day))?;
        Some(division_of(period))
    }

    /// True when the code is in the list and has not ended.
    pub fn exists(&self, code: DivisionCode) -> bool {
        self.index(code.number()).is_some_and(|index| !self.is_over(index))
    }

    /// The code in use today: the last successor of one that has ended, else the code itself.
    pub fn current(&self, code: DivisionCode) -> DivisionCode {
        let mut last = code;
        // A chain of successors longer than the list would be a circle.
        for _ in 0..=self.history.len() {
            match self.get(last).and_then(|division| division.successor) {
                Some(next) if next != last => last = next,
                _ => break,
            }
        }
        last
    }

    /// The names from the province down, `上海市 浦东新区 金桥镇 佳虹居委会`; placeholders are left out.
    pub fn path(&self, code: DivisionCode) -> Option<String> {
        self.index(code.number())?;
        let mut names: Vec<String> = code.ancestors().filter_map(|above| self.shown_name(above)).collect();
        names.reverse();
        names.extend(self.index(code.number()).map(|index| self.names.text(index)));
        Some(names.join(" "))
    }

    /// The nearest division above that exists and is no placeholder.
    pub fn parent(&self, code: DivisionCode) -> Option<DivisionCode> {
        code.ancestors().find(|above| self.shown_name(*above).is_some())
    }

    /// The divisions directly below, in the order of their codes; those of a placeholder stand in its place,
    /// so that 上海市 has districts below it. `None` asks for the provinces.
    pub fn children(&self, code: Option<DivisionCode>) -> Vec<Division> {
        let mut children = Vec::new();
        let below = match code {
            Some(code) => {
                let slice = self.slice(*code.interval().start(), *code.interval().end());
                let own = usize::from(self.codes.get(slice.start) == Some(&code.number()));
                slice.start + own..slice.end
            }
            None => 0..self.codes.len(),
        };
        self.push_children(below, &mut children);
        children
    }

    /// How many divisions of a level exist, placeholders included.
    pub fn count(&self, level: Level) -> usize {
        let indexes = 0..self.codes.len();
        indexes.filter(|index| self.level(*index) == Some(level) && !self.is_over(*index)).count()
    }

    /// How many divisions of a level exist in one.
    pub fn count_in(&self, code: DivisionCode, level: Level) -> usize {
        let indexes = self.slice(*code.interval().start(), *code.interval().end());
        let counts = |index: &usize| {
            self.level(*index) == Some(level) && !self.is_over(*index) && !self.is_placeholder_at(*index)
        };
        indexes.filter(counts).count()
    }

    /// Codes and names of all divisions that exist, in the order of codes.
    pub fn iter(&self) -> impl Iterator<Item = (DivisionCode, String)> + '_ {
        let indexes = (0..self.codes.len()).filter(|index| !self.is_over(*index));
        indexes.filter_map(|index| Some((self.code(index)?, self.names.text(index))))
    }

    /// True for the names that only fill the place of a prefecture, such as 市辖区.
    pub fn is_placeholder(&self, code: DivisionCode) -> bool {
        self.index(code.number()).is_some_and(|index| self.is_placeholder_at(index))
    }

    fn push_children(&self, below: Range<usize>, children: &mut Vec<Division>) {
        let mut index = below.start;
        while index < below.end {
            let Some(code) = self.code(index) else { break };
            let end = self.slice(code.number(), *code.interval().end()).end.min(below.end);
            if self.is_placeholder_at(index) {
                self.push_children(index + 1..end, children);
            } else if !self.is_over(index) {
                children.extend(self.division_at(index));
            }
            index = end.max(index + 1);
        }
    }

    fn shown_name(&self, code: DivisionCode) -> Option<String> {
        let index = self.index(code.number())?;
        (!self.is_placeholder_at(index)).then(|| self.names.text(index))
    }

    fn division_at(&self, index: usize) -> Option<Division> {
        let code = self.code(index)?;
        match self.on.and_then(|on| current_period(self.history.get(&code.number())?, on)) {
            Some(period) => Some(division_of(period)),
            None => Some(Division {
                code,
                name: self.names.text(index),
                kind: None,
                valid_from: None,
                valid_to: None,
                successor: None,
            }),
        }
    }

    fn period_of_edition(&self, code: i64) -> Option<Change> {
        let index = self.index(code)?;
        let name = self.names.text(index);
        let code = self.code(index)?;
        Some(Change { code, name, kind: None, valid_from: None, valid_to: None, successor: None })
    }

    fn index(&self, code: i64) -> Option<usize> {
        self.codes.binary_search(&code).ok()
    }

    fn code(&self, index: usize) -> Option<DivisionCode> {
        self.codes.get(index).and_then(|number| DivisionCode::new(*number).ok())
    }

    fn level(&self, index: usize) -> Option<Level> {
        let number = self.codes.get(index)?;
        let is_within = |level: &Level| number % level.width() != 0;
        // Nine of ten are villages: ask from below.
        let above = Level::ALL.into_iter().rev().skip(1).take_while(|level| !is_within(level)).last();
        Some(above.unwrap_or(Level::Village))
    }

    /// The places of all codes from one to another, both included.
    fn slice(&self, from: i64, to: i64) -> Range<usize> {
        self.codes.partition_point(|code| *code < from)..self.codes.partition_point(|code| *code <= to)
    }

    fn is_over(&self, index: usize) -> bool {
        let (Some(on), Some(code)) = (self.on, self.codes.get(index)) else { return false };
        let period = self.history.get(code).and_then(|periods| current_period(periods, on));
        period.is_some_and(|period| period.ends_before(on))
    }

    fn is_placeholder_at(&self, index: usize) -> bool {
        self.level(index) == Some(Level::Prefecture)
            && PLACEHOLDERS.contains(&self.names.text(index).as_str())
    }
}

/// The period in force on a day, or the last that had begun by then.
fn current_period(periods: &[Change], on: Date) -> Option<&Change> {
    periods.iter().rev().find(|period| period.starts_by(on))
}

fn uppers(codes: &[i64]) -> Vec<u32> {
    let above_villages = codes.iter().zip(0_u32..).filter(|(code, _)| *code % Level::Town.width() == 0);
    above_villages.map(|(_, place)| place).collect()
}

fn push_current(codes: &mut Vec<i64>, names: &mut Names, code: i64, periods: &[Change], on: Date) {
    if let Some(period) = current_period(periods, on) {
        codes.push(code);
        names.push(&period.name);
    }
}

fn division_of(period: &Change) -> Division {
    Division {
        code: period.code,
        name: period.name.clone(),
        kind: period.kind,
        valid_from: period.valid_from,
        valid_to: period.valid_to,
        successor: period.successor,
    }
}

#[cfg(test)]
mod tests;
