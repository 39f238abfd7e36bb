//! The class at each visit: unstable, basically stable or stable, by the decision table of the National Basic Public Health
//! Service Norms (third edition).

use super::coded::coded;
use super::risk::RiskGrade;
use crate::Refusal;
use serde::{Deserialize, Serialize};

/// The rule behind every refusal here.
const RULE: &str = "SMD-CLASS";

coded! {
    /// Class (病情分类); the lower number is the worse.
    Class {
        /// Unstable 不稳定.
        Unstable = 1,
        /// Basically stable 基本稳定.
        BasicallyStable = 2,
        /// Stable 稳定.
        Stable = 3,
    }
}

coded! {
    /// How much is left of the symptoms: the doctor's judgement, never counted from the list of symptoms (local field).
    Symptoms {
        /// Basically gone.
        Gone = 0,
        /// Some.
        Some = 1,
        /// Obvious.
        Obvious = 2,
    }
}

coded! {
    /// Insight (自知力).
    Insight {
        /// Full.
        Full = 1,
        /// Partial.
        Partial = 2,
        /// Absent.
        Absent = 3,
    }
}

coded! {
    /// An item of social function (社会功能).
    Function {
        /// Good.
        Good = 1,
        /// Fair.
        Fair = 2,
        /// Poor.
        Poor = 3,
        /// Not applicable.
        NotApplicable = 9,
    }
}

/// Adverse drug reactions as far as the class depends on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdverseReaction {
    /// None.
    None,
    /// Mild.
    Mild,
    /// Acute or severe.
    Severe,
}

/// Bodily illness as far as the class depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Physical {
    /// Stable, or none.
    Stable,
    /// Not stable.
    Unstable,
    /// Severe.
    Severe,
}

/// What a visit found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Risk.
    pub risk: Option<RiskGrade>,
    /// Symptoms.
    pub symptoms: Option<Symptoms>,
    /// Insight.
    pub insight: Option<Insight>,
    /// Self-care, housework, productive work, learning, social contact.
    pub function: [Function; 5],
    /// Adverse drug reactions.
    pub adverse_reaction: AdverseReaction,
    /// Bodily illness.
    pub physical: Physical,
    /// Anything else out of order.
    pub other_abnormality: bool,
}

/// Rows of the decision table; the first that fits decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// Risk 3 or higher.
    U1,
    /// Obvious symptoms.
    U2,
    /// No insight.
    U3,
    /// Acute or severe adverse drug reaction.
    U4,
    /// Severe bodily illness.
    U5,
    /// Risk 1 or 2.
    B1,
    /// Some symptoms.
    B2,
    /// Partial insight.
    B3,
    /// An item of social function is poor.
    B4,
    /// Bodily illness not stable, or something else out of order.
    B5,
    /// Everything else.
    S1,
}

impl Rule {
    /// All rows, from the top.
    pub const ALL: [Rule; 11] = [
        Rule::U1,
        Rule::U2,
        Rule::U3,
        Rule::U4,
        Rule::U5,
        Rule::B1,
        Rule::B2,
        Rule::B3,
        Rule::B4,
        Rule::B5,
        Rule::S1,
    ];

    /// The name of the row.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Rule::U1 => "U1",
            Rule::U2 => "U2",
            Rule::U3 => "U3",
            Rule::U4 => "U4",
            Rule::U5 => "U5",
            Rule::B1 => "B1",
            Rule::B2 => "B2",
            Rule::B3 => "B3",
            Rule::B4 => "B4",
            Rule::B5 => "B5",
            Rule::S1 => "S1",
        }
    }

    /// The class that the row gives.
    #[must_use]
    pub fn class(self) -> Class {
        match self {
            Rule::U1 | Rule::U2 | Rule::U3 | Rule::U4 | Rule::U5 => Class::Unstable,
            Rule::B1 | Rule::B2 | Rule::B3 | Rule::B4 | Rule::B5 => Class::BasicallyStable,
            Rule::S1 => Class::Stable,
        }
    }
}

/// A class and the row that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// Class.
    pub class: Class,
    /// Row of the table.
    pub rule: Rule,
}

/// What is missing for a class. Without it the visit is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incomplete {
    /// Risk is missing.
    pub risk: bool,
    /// Symptoms are missing.
    pub symptoms: bool,
    /// Insight is missing.
    pub insight: bool,
}

/// The class of a visit.
///
/// # Errors
/// Risk, symptoms or insight is missing: there is no class.
pub fn classify(findings: &Findings) -> Result<Classification, Incomplete> {
    let (Some(risk), Some(symptoms), Some(insight)) = (findings.risk, findings.symptoms, findings.insight)
    else {
        return Err(Incomplete {
            risk: findings.risk.is_none(),
            symptoms: findings.symptoms.is_none(),
            insight: findings.insight.is_none(),
        });
    };
    let rule = match findings {
        _ if risk.is_dangerous() => Rule::U1,
        _ if symptoms == Symptoms::Obvious => Rule::U2,
        _ if insight == Insight::Absent => Rule::U3,
        found if found.adverse_reaction == AdverseReaction::Severe => Rule::U4,
        found if found.physical == Physical::Severe => Rule::U5,
        _ if risk > RiskGrade::None => Rule::B1,
        _ if symptoms == Symptoms::Some => Rule::B2,
        _ if insight == Insight::Partial => Rule::B3,
        found if found.function.contains(&Function::Poor) => Rule::B4,
        found if found.physical == Physical::Unstable || found.other_abnormality => Rule::B5,
        _ => Rule::S1,
    };
    Ok(Classification { class: rule.class(), rule })
}

/// The class that the doctor decides on: a worse one freely, a better one with a reason in words (local default).
///
/// # Errors
/// A better class without a reason.
pub fn decide(computed: Class, decided: Class, reason: &str) -> Result<Class, Refusal> {
    if decided > computed && reason.trim().is_empty() {
        let refusal = Refusal::new(RULE, "reason_missing");
        return Err(refusal.with("computed", computed.code()).with("decided", decided.code()));
    }
    Ok(decided)
}
