//! A scale as it is written in its file. What holds of it beyond the writing is checked in `read.rs`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::figure::Figure;
use crate::identity_number::Sex;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A scale as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name in commands and stored results, such as `phq-9`.
    pub id: String,
    /// Version of this definition. Results keep it; a later one does not rewrite them.
    pub version: String,
    /// Title.
    pub title: Text,
    /// First day in use.
    pub valid_from: Date,
    /// What a higher total means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Who may fill it in or rate it.
    #[serde(default)]
    pub raters: Vec<Rater>,
    /// Under which licence it stands.
    pub licence: Licence,
    /// Where ranges, rules and limits come from.
    pub source: Text,
    /// LOINC codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loinc: Option<Loinc>,
    /// Labels of the values, where all items share them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<AnswerLabel>,
    /// Items in the order of the paper form.
    #[serde(default)]
    pub items: Vec<Item>,
    /// How many answers a score needs.
    #[serde(default)]
    pub missing: Missing,
    /// Scores, among them `total`.
    #[serde(default)]
    pub scores: Vec<Score>,
    /// The total may be entered alone, from a paper form or a licensed program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_entry: Option<EntryRange>,
    /// The finding is written as text; there is no score.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub text_entry: bool,
    /// What the answers show beside the total.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Answers that must not wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crisis: Vec<CrisisRule>,
    /// From which difference on a change counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeRule>,
}

/// What a higher total means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// High is worse.
    HighWorse,
    /// High is better.
    HighBetter,
}

/// Who fills a scale in or rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rater {
    /// The person.
    Own,
    /// Somebody who knows the person well.
    Proxy,
    /// An interviewer.
    Interviewer,
    /// Somebody with a training record.
    Trained,
    /// A doctor.
    Doctor,
    /// Staff.
    Staff,
}

impl Rater {
    /// All of them.
    pub const ALL: [Rater; 6] =
        [Rater::Own, Rater::Proxy, Rater::Interviewer, Rater::Trained, Rater::Doctor, Rater::Staff];
}

/// Under which conditions a scale may be copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Class.
    pub class: LicenceClass,
    /// Holder and conditions.
    pub text: Text,
    /// By which agreement or permission item texts stand in this file although the scale is not free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<String>,
}

impl Licence {
    /// Whether item texts may stand in the file.
    #[must_use]
    pub fn admits_texts(&self) -> bool {
        matches!(self.class, LicenceClass::Free | LicenceClass::Local)
            || self.granted.as_ref().is_some_and(|granted| !granted.trim().is_empty())
    }
}

/// Class of a licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenceClass {
    /// Free for use and reproduction.
    Free,
    /// Free with attribution, registration or other conditions.
    Conditions,
    /// Needs a licence.
    Licensed,
    /// Not known: treated as if it needed one.
    Unclear,
    /// Made here.
    Local,
}

/// LOINC codes of a scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loinc {
    /// Of the panel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<String>,
    /// Of the total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
}

/// The label of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerLabel {
    /// The value as it is entered.
    pub value: i32,
    /// Label in Chinese.
    pub zh: String,
    /// Label in English.
    pub en: String,
    /// LOINC code of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loinc: Option<String>,
}

/// An item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Code.
    pub code: String,
    /// Text in Chinese, only where the licence admits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zh: Option<String>,
    /// Text in English, only where the licence admits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// LOINC code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loinc: Option<String>,
    /// Lowest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i32>,
    /// Highest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i32>,
    /// The values, where they are no range.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<i32>,
    /// Points of the values, where they differ from them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<i32>,
    /// Codes for "does not apply", left out of every score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_applicable: Vec<i32>,
    /// Points run against the values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reversed: bool,
    /// It may be left out: it is not counted as missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// When it is rightly left empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_when: Option<Condition>,
    /// Labels of its own values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<AnswerLabel>,
}

/// How many answers a score needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// Percent of the items that apply, rounded up.
    pub least_percent: u8,
    /// Sums of fewer answers are raised to the number of items.
    pub prorate: bool,
}

impl Default for Missing {
    fn default() -> Self {
        Self { least_percent: 80, prorate: true }
    }
}

/// A score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Code; the main one is `total`.
    pub code: String,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// How it is computed.
    pub rule: Rule,
    /// What its values mean.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<Band>,
}

/// How a score is computed. Without `items`, all that are not optional.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The sum of the points.
    Sum {
        /// Of these items.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<String>,
    },
    /// Their mean.
    Mean {
        /// Of these items.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<String>,
        /// Places behind the point.
        places: u8,
    },
    /// Another score times a number.
    Multiply {
        /// The other score.
        score: String,
        /// The number.
        by: i32,
    },
    /// Another score in percent of the most that it can be.
    PercentOfMaximum {
        /// The other score.
        score: String,
        /// Places behind the point.
        places: u8,
    },
    /// Another score by a table: raw value, value.
    Map {
        /// The other score.
        score: String,
        /// The table.
        table: BTreeMap<i64, i64>,
    },
    /// The first grade whose condition holds.
    Grade {
        /// Grades, the gravest first.
        grades: Vec<Grade>,
        /// The value where none holds.
        otherwise: i32,
    },
    /// What the rater chose within the range that the other answers permit: of the first range whose condition holds.
    Chosen {
        /// The item with the rater's choice.
        item: String,
        /// Ranges, the gravest first.
        ranges: Vec<Permitted>,
    },
}

/// A grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// When it holds.
    pub when: Condition,
    /// Its value.
    pub value: i32,
}

/// A range within which the rater chooses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permitted {
    /// When it holds; a range without condition holds always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Lowest value.
    pub from: i32,
    /// Highest value.
    pub to: i32,
}

/// What the values of a score mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Code.
    pub code: String,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// Lowest value.
    pub from: Figure,
    /// Highest value.
    pub to: Figure,
    /// Only for one sex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Also when this holds, whatever the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_when: Option<Condition>,
}

/// A condition on points (after reversal), scores or the person. Exactly one of `item`, `score`, `risk_grade`, `sex`, `all`, `any`,
/// `count`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Points of an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Value of a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<String>,
    /// The person's risk grade, where it is known (`true`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub risk_grade: bool,
    /// The person's sex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// All of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<Condition>,
    /// One of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<Condition>,
    /// How many of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub count: Vec<Condition>,
    /// At least so much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i32>,
    /// At most so much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<i32>,
}

/// What the answers show beside the total. It is never a diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Code, also the flag.
    pub code: String,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// When it holds.
    pub when: Condition,
}

/// Answers that must not wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrisisRule {
    /// The trigger of `data/crisis_protocol.toml`; one that is not there has the actions of its level.
    pub trigger: String,
    /// Level 1 to 4.
    pub level: u8,
    /// The flag that it raises.
    #[serde(default = "crisis")]
    pub flag: String,
    /// When it holds.
    pub when: Condition,
}

fn crisis() -> String {
    "crisis".to_owned()
}

/// Totals that may be entered without answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRange {
    /// Lowest.
    pub min: i32,
    /// Highest.
    pub max: i32,
}

/// From which difference on a change counts. Where several are named, the first of `reliable`, `percent`, `points` decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRule {
    /// Reliable change by standard deviation and reliability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliable: Option<Reliable>,
    /// Percent of what the first total lies above a floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<PercentAbove>,
    /// So many points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Figure>,
}

/// Standard deviation and reliability of a scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reliable {
    /// Standard deviation in the norm group.
    pub sd: Figure,
    /// Reliability, between 0 and 1.
    pub reliability: Figure,
}

/// Percent of what the first total lies above a floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PercentAbove {
    /// Percent.
    pub percent: u16,
    /// The floor: the total of somebody without any sign.
    pub floor: i32,
}
