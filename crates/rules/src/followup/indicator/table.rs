//! What is divided by what, as data, and the figures that come of it.

use super::count::Count;
use super::tally::Tally;
use crate::embedded::DataError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/followup_indicators.toml";
const TEXT: &str = include_str!("../../../../../data/followup_indicators.toml");

/// Version of the definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Version {
    /// Until 2016.
    V2015,
    /// Since 2017.
    V2017,
}

impl Version {
    /// Both.
    pub const ALL: [Version; 2] = [Version::V2015, Version::V2017];

    /// The version of a year's figures.
    #[must_use]
    pub fn of_year(year: i16) -> Version {
        if year < 2017 { Version::V2015 } else { Version::V2017 }
    }
}

/// In what a figure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasuredIn {
    /// Of a hundred.
    Percent,
    /// Of a thousand.
    PerMille,
    /// In a hundred years of persons; the denominator is days.
    PerHundredPersonYears,
    /// Years on average; the numerator is days.
    Years,
}

impl MeasuredIn {
    /// By what the quotient is multiplied, as a fraction; a year has 365¼ days.
    fn scale(self) -> (u128, u128) {
        match self {
            MeasuredIn::Percent => (100, 1),
            MeasuredIn::PerMille => (1000, 1),
            MeasuredIn::PerHundredPersonYears => (36_525, 1),
            MeasuredIn::Years => (100, 36_525),
        }
    }
}

/// An indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Name.
    pub id: String,
    /// Versions in which it is defined so.
    pub versions: Vec<Version>,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// What is divided.
    pub numerator: Count,
    /// By what.
    pub denominator: Count,
    /// In what it is told.
    pub measured_in: MeasuredIn,
    /// What is aimed at, in hundredths; none where nothing is.
    pub target: Option<u64>,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
    /// First day of use.
    pub effective_from: Date,
}

impl Indicator {
    /// Its figure in a version, of these counts.
    #[must_use]
    pub fn figure(&self, version: Version, tally: &Tally) -> Figure {
        Figure {
            id: self.id.clone(),
            version,
            numerator: tally.get(self.numerator),
            denominator: tally.get(self.denominator),
            measured_in: self.measured_in,
        }
    }

    /// The target as printed, like a figure.
    #[must_use]
    pub fn target_printed(&self) -> Option<String> {
        self.target.map(printed)
    }
}

/// Hundredths with two digits after the point.
fn printed(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A figure with what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Indicator.
    pub id: String,
    /// Version of its definition.
    pub version: Version,
    /// Numerator.
    pub numerator: u64,
    /// Denominator.
    pub denominator: u64,
    /// In what it is told.
    pub measured_in: MeasuredIn,
}

impl Figure {
    /// The figure in hundredths of its measure, rounded to the nearest, a half upwards; none without a denominator.
    #[must_use]
    pub fn hundredths(&self) -> Option<u64> {
        let (up, down) = self.measured_in.scale();
        let numerator = u128::from(self.numerator).saturating_mul(up).saturating_mul(200);
        let denominator = u128::from(self.denominator).saturating_mul(down);
        let rounded = numerator.saturating_add(denominator).checked_div(denominator.saturating_mul(2))?;
        Some(u64::try_from(rounded).unwrap_or(u64::MAX))
    }

    /// The figure as printed, with two digits after the point.
    #[must_use]
    pub fn printed(&self) -> Option<String> {
        self.hundredths().map(printed)
    }
}

/// All indicators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndicatorTable {
    /// Indicators.
    #[serde(rename = "indicator")]
    pub indicators: Vec<Indicator>,
}

impl IndicatorTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// An indicator in a version.
    #[must_use]
    pub fn get(&self, id: &str, version: Version) -> Option<&Indicator> {
        self.of(version).find(|one| one.id == id)
    }

    /// The indicators of a version.
    pub fn of(&self, version: Version) -> impl Iterator<Item = &Indicator> {
        self.indicators.iter().filter(move |one| one.versions.contains(&version))
    }

    /// I16 for each disorder group: mean years between onset and first treatment.
    #[must_use]
    pub fn untreated(&self, version: Version, tally: &Tally) -> Vec<(String, Figure)> {
        let figure = |(group, (persons, days)): (&String, &(u64, u64))| {
            let figure = Figure {
                id: "I16".to_owned(),
                version,
                numerator: *days,
                denominator: *persons,
                measured_in: MeasuredIn::Years,
            };
            (group.clone(), figure)
        };
        tally.untreated().iter().map(figure).collect()
    }
}
