//! Exact decimals: what is printed is what was counted, `50.00` and not almost fifty.

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Most places behind the point.
pub const MOST_PLACES: u8 = 6;

/// A number with a fixed count of places behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Figure {
    units: i64,
    places: u8,
}

impl Figure {
    /// A whole number.
    #[must_use]
    pub fn whole(number: i64) -> Self {
        Self { units: number, places: 0 }
    }

    /// So many units of the last place; nothing beyond [`MOST_PLACES`].
    #[must_use]
    pub fn of(units: i64, places: u8) -> Option<Self> {
        (places <= MOST_PLACES).then_some(Self { units, places })
    }

    /// Units of the last place.
    #[must_use]
    pub fn units(self) -> i64 {
        self.units
    }

    /// Places behind the point.
    #[must_use]
    pub fn places(self) -> u8 {
        self.places
    }

    /// `above / below` with so many places, halves away from zero; nothing where it cannot be said.
    #[must_use]
    pub fn ratio(above: i128, below: i128, places: u8) -> Option<Self> {
        if below == 0 || places > MOST_PLACES {
            return None;
        }
        let (above, below) =
            if below < 0 { (above.checked_neg()?, below.checked_neg()?) } else { (above, below) };
        let scaled = above.checked_mul(power(places))?;
        let half = if scaled < 0 { -(below / 2) } else { below / 2 };
        let units = scaled.checked_add(half)?.checked_div(below)?;
        Some(Self { units: i64::try_from(units).ok()?, places })
    }

    /// The value as units of so many places, where no place is lost.
    #[must_use]
    pub fn at(self, places: u8) -> Option<i128> {
        let more = places.checked_sub(self.places)?;
        i128::from(self.units).checked_mul(power(more))
    }

    /// The next number of the same kind: one unit more.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Some(Self { units: self.units.checked_add(1)?, places: self.places })
    }

    /// Reads `12`, `-3` or `4.50`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (before, behind) = digits.split_once('.').unwrap_or((digits, ""));
        let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if before.is_empty() || digits.ends_with('.') || !numeric(before) || !numeric(behind) {
            return None;
        }
        let places = u8::try_from(behind.len()).ok().filter(|places| *places <= MOST_PLACES)?;
        let units: i64 = format!("{before}{behind}").parse().ok()?;
        Some(Self { units: if negative { -units } else { units }, places })
    }
}

/// Ten to the power of so many places.
fn power(places: u8) -> i128 {
    10_i128.pow(u32::from(places.min(MOST_PLACES)))
}

impl PartialOrd for Figure {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let value =
            |figure: &Self| i128::from(figure.units) * power(MOST_PLACES - figure.places.min(MOST_PLACES));
        value(self).partial_cmp(&value(other))
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.places == 0 {
            return write!(f, "{}", self.units);
        }
        let (size, sign) = (i128::from(self.units).abs(), if self.units < 0 { "-" } else { "" });
        let (before, behind) = (size / power(self.places), size % power(self.places));
        write!(f, "{sign}{before}.{behind:0width$}", width = usize::from(self.places))
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.places == 0 { serializer.serialize_i64(self.units) } else { serializer.collect_str(self) }
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a whole number, or a decimal in quotes such as \"4.50\"")]
        enum Written {
            Whole(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Whole(number) => Ok(Self::whole(number)),
            Written::Text(text) => Self::parse(&text).ok_or_else(|| {
                D::Error::custom(format!(
                    "{text:?} is no decimal with at most {MOST_PLACES} places, such as \"4.50\""
                ))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        let rows = [
            (24, 48, 2, "0.50"),
            (2400, 48, 2, "50.00"),
            (1, 3, 2, "0.33"),
            (2, 3, 2, "0.67"),
            (5, 2, 0, "3"),
            (-5, 2, 0, "-3"),
            (5, -2, 0, "-3"),
            (9, 8, 0, "1"),
            (-1, 3, 2, "-0.33"),
        ];
        for (above, below, places, expected) in rows {
            assert_eq!(Figure::ratio(above, below, places).unwrap().to_string(), expected, "{above}/{below}");
        }
        assert_eq!(Figure::ratio(1, 0, 0), None);
        assert_eq!(Figure::ratio(i128::MAX, 1, 2), None);
        assert_eq!(Figure::ratio(1, 3, 7), None);
    }

    #[test]
    fn what_is_no_decimal_is_not_read() {
        for text in ["", "-", ".", "1.", ".5", "1,5", "1e3", "１", "1.1234567", "99999999999999999999", "--1"]
        {
            assert_eq!(Figure::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(units in -1_000_000_000_i64..1_000_000_000, places in 0..=MOST_PLACES) {
            let figure = Figure::of(units, places).unwrap();
            prop_assert_eq!(Figure::parse(&figure.to_string()), Some(figure));
            let json = serde_json::to_string(&figure).unwrap();
            prop_assert_eq!(serde_json::from_str::<Figure>(&json).unwrap(), figure);
        }

        #[test]
        fn the_order_is_that_of_the_values(a in -10_000_i64..10_000, b in -10_000_i64..10_000) {
            let (wide, narrow) = (Figure::of(a * 100, 2).unwrap(), Figure::whole(b));
            prop_assert_eq!(wide.partial_cmp(&narrow), a.partial_cmp(&b));
        }
    }
}
