//! Identifiers that carry their home.
//!
//! An [`Id`] is a UUIDv7 whose 12 bits after the version hold the *home*: the province of first registration
//! (34 of them) times 16 buckets. The home never changes; what belongs to a person shares the person's home.
//! Every large table has `PRIMARY KEY (home, id)` and both come out of one `Id`.

use crate::db::{Get, Result as DbResult, Row, Value};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Province codes in their fixed order; the position is part of every identifier and must never change.
const PROVINCES: [i64; 34] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
    61, 62, 63, 64, 65, 71, 81, 82,
];
const BUCKETS: u16 = 16;

/// The homes of each province: its code, the first and the last of them.
pub(crate) fn homes() -> impl Iterator<Item = (i64, i64, i64)> {
    let width = i64::from(BUCKETS);
    PROVINCES
        .iter()
        .zip(0..)
        .map(move |(province, place)| (*province, place * width, place * width + width - 1))
}

/// The part of the country in which a record is kept: 0 … 543.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Home(u16);

impl Home {
    /// The home of records that are first registered in a division (12 digits); `spread` picks the bucket.
    /// An unknown province falls into the first.
    #[must_use]
    pub fn of_division(division: i64, spread: u128) -> Home {
        let province = division / 10_000_000_000;
        let position = PROVINCES.iter().position(|p| *p == province).unwrap_or(0);
        let bucket = u16::try_from(spread % u128::from(BUCKETS)).unwrap_or(0);
        Home(u16::try_from(position).unwrap_or(0) * BUCKETS + bucket)
    }

    /// As a column value.
    #[must_use]
    pub fn number(self) -> i64 {
        i64::from(self.0)
    }
}

/// Identifier of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(pub Uuid);

impl Id {
    /// A new identifier in a home.
    #[must_use]
    pub fn new(home: Home, at: Timestamp) -> Id {
        Id::given(home, at, Uuid::new_v4().as_u128())
    }

    /// An identifier whose chance is given: made-up data has the same ones for the same seed.
    #[must_use]
    pub fn given(home: Home, at: Timestamp, chance: u128) -> Id {
        let millis = u128::try_from(at.as_millisecond().max(0)).unwrap_or(0) & 0xFFFF_FFFF_FFFF;
        Id::of_millis(home, millis, chance)
    }

    /// As [`Id::given`], of the instant that another identifier carries.
    #[must_use]
    pub fn at_the_time_of(other: Uuid, home: Home, chance: u128) -> Id {
        Id::of_millis(home, other.as_u128() >> 80, chance)
    }

    fn of_millis(home: Home, millis: u128, chance: u128) -> Id {
        let chance = chance & 0x3FFF_FFFF_FFFF_FFFF;
        let bits = (millis << 80) | (0x7 << 76) | (u128::from(home.0) << 64) | (0b10 << 62) | chance;
        Id(Uuid::from_u128(bits))
    }

    /// A new identifier for what is first registered in a division.
    #[must_use]
    pub fn in_division(division: i64, at: Timestamp) -> Id {
        let spread = Uuid::new_v4().as_u128() >> 64;
        Id::new(Home::of_division(division, spread), at)
    }

    /// The home inside the identifier.
    #[must_use]
    pub fn home(self) -> Home {
        Home(u16::try_from((self.0.as_u128() >> 64) & 0xFFF).unwrap_or(0))
    }

    /// The home as a column value.
    #[must_use]
    pub fn home_number(self) -> i64 {
        self.home().number()
    }

    /// A new identifier beside this one: the same home.
    #[must_use]
    pub fn beside(self, at: Timestamp) -> Id {
        Id::new(self.home(), at)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Id(text.parse()?))
    }
}

impl From<Id> for Value {
    fn from(id: Id) -> Value {
        Value::Id(id.0)
    }
}

impl Get for Id {
    fn get(row: &Row<'_>, i: usize) -> DbResult<Self> {
        Uuid::get(row, i).map(Id)
    }
}

impl Get for Option<Id> {
    fn get(row: &Row<'_>, i: usize) -> DbResult<Self> {
        Ok(Option::<Uuid>::get(row, i)?.map(Id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_is_read_back_and_kept_beside() {
        let at: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        for (division, province) in [(110_101_001_001, 0), (310_115_000_000, 8), (820_000_000_000, 33)] {
            let id = Id::in_division(division, at);
            assert_eq!(id.home_number() / 16, province);
            assert_eq!(id.0.get_version_num(), 7);
            assert_eq!(id.beside(at).home(), id.home());
        }
    }

    #[test]
    fn every_home_is_of_one_province() {
        let all: Vec<(i64, i64, i64)> = homes().collect();
        assert_eq!((all[0], all[8], all[33]), ((11, 0, 15), (31, 128, 143), (82, 528, 543)));
        assert!(all.windows(2).all(|two| two[0].2 + 1 == two[1].1));
    }

    #[test]
    fn identifiers_sort_by_time() {
        let early = Id::in_division(310_115_000_000, "2026-01-01T00:00:00Z".parse().unwrap());
        let late = Id::in_division(110_115_000_000, "2026-01-01T00:00:01Z".parse().unwrap());
        assert!(early < late);
    }
}
