//! Dangerous behaviour since the last visit: counted as on the form, told one by one, and the grade of risk that goes with it.

use super::{Before, Visit};
use crate::followup::risk::{RiskGrade, assess};
use serde::{Deserialize, Serialize};

/// Dangerous behaviour since the last visit, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Danger {
    /// The box *none*.
    pub none: bool,
    /// Minor disturbance 轻度滋事.
    pub minor: u16,
    /// Trouble 肇事: public order was broken.
    pub trouble: u16,
    /// Serious harm 肇祸: what would be a crime.
    pub harm: u16,
    /// Other harm.
    pub other: u16,
    /// Self-harm.
    pub self_harm: u16,
    /// Attempted suicide.
    pub suicide_attempt: u16,
}

impl Danger {
    /// Whether anything was counted.
    #[must_use]
    pub fn any(&self) -> bool {
        [self.minor, self.trouble, self.harm, self.other, self.self_harm, self.suicide_attempt]
            .iter()
            .any(|count| *count > 0)
    }

    /// The lowest grade that goes with the counts: self-harm and attempted suicide are grade 4 (National Basic Public Health
    /// Service Norms, third edition); where trouble or serious harm was counted it is not *none* (local default: the norm gives
    /// these two no grade of their own).
    #[must_use]
    pub fn least(&self) -> RiskGrade {
        if self.self_harm > 0 || self.suicide_attempt > 0 {
            RiskGrade::Violence
        } else if self.trouble > 0 || self.harm > 0 {
            RiskGrade::Threats
        } else {
            RiskGrade::None
        }
    }
}

impl Visit {
    /// The grade that the incidents amount to, and the counts beside them; none where no incident is told. It is proposed: the doctor
    /// sets a higher one freely, a lower one with a reason.
    #[must_use]
    pub fn assessed(&self, before: Before) -> Option<RiskGrade> {
        let found = &self.found;
        let told = !found.incidents.is_empty();
        told.then(|| assess(&found.incidents, before.on, self.on).max(found.danger.least()))
    }

    /// The grade that the counts ask for, where a lower one is set. A hint where no incident is told: a count alone does not say
    /// what happened.
    #[must_use]
    pub fn counts_ask(&self) -> Option<RiskGrade> {
        let least = self.found.danger.least();
        self.found.risk.filter(|risk| *risk < least).map(|_| least)
    }
}
