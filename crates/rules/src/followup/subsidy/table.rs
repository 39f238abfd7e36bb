//! The rules of the regions as data, each with its source and the day from which it holds.

use super::Fen;
use crate::clock::Mark;
use crate::division::DivisionCode;
use crate::embedded::DataError;
use crate::followup::support::SupportRule;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/subsidies.toml";
const TEXT: &str = include_str!("../../../../../data/subsidies.toml");

/// Whose guardian is entitled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entitled {
    /// Of whoever is registered.
    Registered,
    /// Of whoever is registered and managed.
    Managed,
    /// Of whoever is registered and had risk 3 or higher in the year.
    Dangerous,
    /// Of whoever is registered and caused an incident before.
    EarlierIncident,
}

/// The rule of a region for guardians.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardianRule {
    /// Region.
    pub region: DivisionCode,
    /// For a full year.
    pub amount_fen: Fen,
    /// What each incident takes away of what the months are worth.
    pub deduction_percent: u16,
    /// For one person in one year at most.
    pub cap_fen: Fen,
    /// Whether only one guardian is paid at a time.
    pub one_guardian_per_client: bool,
    /// Whose guardian is entitled: any of these is enough.
    pub who: Vec<Entitled>,
    /// Official or default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
    /// First day in force.
    pub effective_from: Date,
}

/// What guardians' agreements have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementRule {
    /// Months between two reviews of the community.
    pub review_months: u8,
    /// Official or default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
    /// First day in force.
    pub effective_from: Date,
}

/// A duty that a guardian takes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// The code as stored and sent.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Official or default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
}

/// Bounds of what is entered and done at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupportLimits {
    /// Days for which drugs are given at once at most.
    pub supply_days: u16,
    /// Agreements that one settlement looks at.
    pub settled_at_once: usize,
    /// Official or default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
    /// First day in force.
    pub effective_from: Date,
}

/// The rules of all regions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubsidyTable {
    /// For guardians.
    #[serde(rename = "guardian")]
    pub guardians: Vec<GuardianRule>,
    /// For admissions and drugs.
    #[serde(rename = "support")]
    pub supports: Vec<SupportRule>,
    /// Agreements of guardians.
    pub agreement: AgreementRule,
    /// Bounds.
    pub limits: SupportLimits,
    /// Duties of guardians, in the order of the agreement.
    #[serde(rename = "duty")]
    pub duties: Vec<Duty>,
}

impl SubsidyTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        Self::parse(TEXT)
    }

    /// A table from a text in the form of `data/subsidies.toml`.
    ///
    /// # Errors
    /// When it is badly written, a year is worth nothing, a cap is below it, or nobody is entitled.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let table: SubsidyTable = toml::from_str(text).map_err(|fault| DataError::new(FILE, fault))?;
        for rule in &table.guardians {
            let sound = rule.amount_fen > Fen(0) && rule.cap_fen >= rule.amount_fen && !rule.who.is_empty();
            if !sound || rule.deduction_percent > 100 {
                return Err(DataError::new(FILE, format!("the rule of {} is not sound", rule.region)));
            }
        }
        if let Some(rule) = table.supports.iter().find(|rule| !(1..=100).contains(&rule.percent)) {
            return Err(DataError::new(FILE, format!("the share of {:?} is not sound", rule.kind)));
        }
        let codes: std::collections::BTreeSet<&str> =
            table.duties.iter().map(|duty| duty.code.as_str()).collect();
        if table.limits.supply_days == 0 || table.limits.settled_at_once == 0 {
            return Err(DataError::new(FILE, "the bounds are not sound"));
        }
        if codes.len() != table.duties.len() || codes.is_empty() || table.agreement.review_months == 0 {
            return Err(DataError::new(FILE, "duties or reviews are not sound"));
        }
        Ok(table)
    }

    /// The duty of a code.
    #[must_use]
    pub fn duty(&self, code: &str) -> Option<&Duty> {
        self.duties.iter().find(|duty| duty.code == code)
    }

    /// The rule for guardians at a place on a day: that of the narrowest region, and of its rules the latest that has begun.
    #[must_use]
    pub fn guardian(&self, place: DivisionCode, on: Date) -> Option<&GuardianRule> {
        self.guardians
            .iter()
            .filter(|rule| rule.region.contains(place) && rule.effective_from <= on)
            .max_by_key(|rule| (rule.region.level(), rule.effective_from))
    }
}
