//! The limits of devices as data.

use crate::embedded::DataError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/device.toml";
const TEXT: &str = include_str!("../../../../data/device.toml");

/// What a device may hold, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfflineRules {
    /// First day in use.
    pub effective_from: Date,
    /// Devices of one account at most.
    pub devices: u16,
    /// Days without contact after which a device deletes what it holds.
    pub days_without_contact: u16,
    /// Digits of the number that opens a device without a network, at least.
    pub pin_digits: u16,
    /// Wrong numbers in a row before the key is deleted.
    pub pin_tries: u16,
    /// Rounds of PBKDF2 over the number.
    pub pin_rounds: u32,
    /// Minutes without use after which an open device closes.
    pub idle_minutes: u16,
    /// Persons of one caseload at most.
    pub clients: u16,
    /// Months of earlier visits that go with each.
    pub history_months: u16,
    /// Visits that wait on a device at most.
    pub queue: u16,
    /// Visits sent at once at most.
    pub batch: u16,
    /// Minutes by which a device's clock may differ.
    pub clock_minutes: u16,
    /// Days after which a visit is asked about before it is taken.
    pub late_days: u16,
}

impl OfflineRules {
    /// The limits that are part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        Self::parse(TEXT)
    }

    /// Limits from a text in the form of `data/device.toml`.
    ///
    /// # Errors
    /// When one is missing, unknown or zero, or a number that opens a device would be short.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let rules: OfflineRules = toml::from_str(text).map_err(|fault| DataError::new(FILE, fault))?;
        let counts = [
            rules.devices,
            rules.days_without_contact,
            rules.pin_tries,
            rules.idle_minutes,
            rules.clients,
            rules.history_months,
            rules.queue,
            rules.batch,
            rules.clock_minutes,
            rules.late_days,
        ];
        if counts.contains(&0) {
            return Err(DataError::new(FILE, "a limit must not be 0"));
        }
        if rules.pin_digits < 4 || rules.pin_rounds < 100_000 {
            return Err(DataError::new(FILE, "pin_digits must be 4, pin_rounds 100000 or more"));
        }
        Ok(rules)
    }
}
