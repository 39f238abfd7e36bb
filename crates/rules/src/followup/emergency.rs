//! Emergencies (应急处置): what must be recorded, checked and told, and by when. The software records and never decides
//! (Mental Health Law art. 28 to 32; the hours are those of local work systems).

use super::risk::RiskGrade;
use super::table::FollowupRules;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What set it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Acute relapse.
    Relapse,
    /// Harm to public safety or to others.
    HarmToOthers,
    /// Self-harm or suicide.
    SelfHarm,
    /// Acute and serious drug reaction, or an overdose.
    DrugReaction,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Handled on site.
    OnSite,
    /// Observed in a clinic.
    Observation,
    /// Admitted.
    Admission,
}

/// A check by primary care afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// When.
    pub at: Timestamp,
    /// Stable.
    pub stable: bool,
}

/// An emergency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emergency {
    /// What set it off.
    pub trigger: Trigger,
    /// When it began.
    pub began: Timestamp,
    /// Grade of risk.
    pub risk: RiskGrade,
    /// When and how it was handled.
    pub handled: Option<(Timestamp, Outcome)>,
    /// When the record was signed.
    pub recorded: Option<Timestamp>,
    /// When consent (form 11) was signed: before, or afterwards by police or kin.
    pub consented: Option<Timestamp>,
    /// When the police were told.
    pub police_told: Option<Timestamp>,
    /// Checks afterwards, in the order of time.
    pub checks: Vec<Check>,
}

/// Something that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Duty {
    /// Tell the police: risk 3 or higher.
    TellPolice,
    /// Record it, with its copies.
    Record {
        /// By when.
        by: Timestamp,
        /// Copies.
        copies: u16,
    },
    /// Have the consent signed.
    Consent,
    /// Look after the person again.
    Check {
        /// By when.
        by: Timestamp,
    },
}

fn later(at: Timestamp, hours: u16) -> Timestamp {
    at.checked_add(SignedDuration::from_hours(i64::from(hours))).unwrap_or(Timestamp::MAX)
}

impl Emergency {
    /// Whether enough stable checks in a row were made: the watch is over, whatever is written afterwards.
    #[must_use]
    pub fn is_watch_over(&self, rules: &FollowupRules) -> bool {
        let mut in_a_row = 0_u16;
        self.checks.iter().any(|check| {
            in_a_row = if check.stable { in_a_row.saturating_add(1) } else { 0 };
            in_a_row >= rules.limits.stable_checks
        })
    }

    /// By when the next check is due: some hours after the last one or after it was handled. None while it is not handled, for
    /// whoever was admitted, and once the watch is over.
    #[must_use]
    pub fn next_check(&self, rules: &FollowupRules) -> Option<Timestamp> {
        let (handled, outcome) = self.handled?;
        if outcome == Outcome::Admission || self.is_watch_over(rules) {
            return None;
        }
        let last = self.checks.iter().map(|check| check.at).max().map_or(handled, |last| last.max(handled));
        Some(later(last, rules.terms.emergency_check_hours))
    }

    /// Everything that is owed now.
    #[must_use]
    pub fn duties(&self, rules: &FollowupRules) -> Vec<Duty> {
        let mut duties = Vec::new();
        if self.risk.is_dangerous() && self.police_told.is_none() {
            duties.push(Duty::TellPolice);
        }
        if self.recorded.is_none() {
            let by = later(self.began, rules.terms.emergency_record_hours);
            duties.push(Duty::Record { by, copies: rules.limits.emergency_copies });
        }
        if self.consented.is_none() {
            duties.push(Duty::Consent);
        }
        duties.extend(self.next_check(rules).map(|by| Duty::Check { by }));
        duties
    }
}
