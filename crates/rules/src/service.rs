//! The catalogue: services S1–S16, forms of service W1–W11, disorder groups.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::embedded::DataError;
use crate::talent::Profession;

const FILE: &str = "data/services.toml";
const TEXT: &str = include_str!("../../../data/services.toml");
const DISORDERS_FILE: &str = "data/disorders.toml";
const DISORDERS: &str = include_str!("../../../data/disorders.toml");

/// A service of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Code S1–S16.
    pub code: String,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// Goal in Chinese.
    pub goal_zh: String,
    /// Goal in English.
    pub goal_en: String,
    /// Professions that may lead it; empty admits all.
    pub led_by: Vec<Profession>,
    /// Source.
    pub source: String,
}

impl Service {
    /// Whether a profession may lead it.
    #[must_use]
    pub fn may_be_led_by(&self, profession: Profession) -> bool {
        self.led_by.is_empty() || self.led_by.contains(&profession)
    }
}

/// A form of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceForm {
    /// Code W1–W11.
    pub code: String,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// Unit counted.
    pub unit: String,
}

/// Services and forms of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceTable {
    /// First day in use.
    pub effective_from: Date,
    /// Hours of training a year for staff in direct service.
    pub training_hours: u32,
    /// Services.
    #[serde(rename = "service")]
    pub services: Vec<Service>,
    /// Forms of service.
    #[serde(rename = "form")]
    pub forms: Vec<ServiceForm>,
}

impl ServiceTable {
    /// The catalogue that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// The service of a code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.code == code)
    }
}

/// A group of disorders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisorderGroup {
    /// Code.
    pub code: String,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// First characters of the ICD-10 codes.
    pub icd10: Vec<String>,
    /// One of the six severe mental disorders of the national management norm.
    pub severe: bool,
    /// Source.
    pub source: String,
}

/// Groups of disorders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisorderTable {
    /// First day in use.
    pub effective_from: Date,
    /// Groups.
    #[serde(rename = "group")]
    pub groups: Vec<DisorderGroup>,
}

impl DisorderTable {
    /// The groups that are part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(DISORDERS).map_err(|fault| DataError::new(DISORDERS_FILE, fault))
    }

    /// The group of a code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&DisorderGroup> {
        self.groups.iter().find(|group| group.code == code)
    }

    /// The group that an ICD-10 code belongs to: the one with the longest matching beginning.
    #[must_use]
    pub fn of_icd10(&self, icd10: &str) -> Option<&DisorderGroup> {
        let code = icd10.trim().to_ascii_uppercase();
        let longest = |group: &DisorderGroup| {
            group.icd10.iter().filter(|start| code.starts_with(start.as_str())).map(String::len).max()
        };
        self.groups.iter().filter(|group| longest(group).is_some()).max_by_key(|group| longest(group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_whole() {
        let table = ServiceTable::embedded().unwrap();
        let services: Vec<&str> = table.services.iter().map(|service| service.code.as_str()).collect();
        let expected: Vec<String> = (1..=16).map(|number| format!("S{number}")).collect();
        assert_eq!(services, expected);
        let forms: Vec<&str> = table.forms.iter().map(|form| form.code.as_str()).collect();
        let expected: Vec<String> = (1..=11).map(|number| format!("W{number}")).collect();
        assert_eq!(forms, expected);
        assert_eq!(table.training_hours, 20);
    }

    #[test]
    fn icd_10_finds_its_group() {
        let table = DisorderTable::embedded().unwrap();
        let rows = [
            ("F20.0", Some("01")),
            ("f25.1", Some("02")),
            ("F22", Some("03")),
            ("F31.6", Some("04")),
            ("F06.8", Some("05")),
            ("F71.1", Some("06")),
            ("F32.2", Some("07")),
            ("F84.0", Some("09")),
            ("I10", None),
        ];
        for (icd10, expected) in rows {
            assert_eq!(table.of_icd10(icd10).map(|group| group.code.as_str()), expected, "{icd10}");
        }
        assert_eq!(table.groups.iter().filter(|group| group.severe).count(), 6);
    }
}
