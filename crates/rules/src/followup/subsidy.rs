//! Subsidies to guardians (以奖代补): what a year of guardianship is worth by the rule of the region.
//!
//! A guardian signs an agreement, fulfils the duties and is paid for the months in which that was so, unless the person in
//! their care caused an incident. Amounts, deductions and who is entitled are local: `data/subsidies.toml`. All sums are whole
//! fen.

mod fen;
mod table;
#[cfg(test)]
mod tests;

pub use fen::Fen;
pub use table::{AgreementRule, Duty, Entitled, GuardianRule, SubsidyTable, SupportLimits};

use super::risk::RiskGrade;
use crate::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The rule behind every refusal here.
const RULE: &str = "SMD-SUBSIDY";

/// Months of a year.
const YEAR: u64 = 12;

/// A guardian's claim for one person and one year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The person.
    pub client: Uuid,
    /// The guardian.
    pub guardian: Uuid,
    /// Months of full duty, January first.
    pub months: [bool; 12],
    /// Incidents of the year that the rule deducts for.
    pub incidents: u16,
    /// There is a guardian's agreement.
    pub agreement: bool,
    /// The person is registered.
    pub registered: bool,
    /// The person is managed.
    pub managed: bool,
    /// Highest grade of risk of the year.
    pub risk: RiskGrade,
    /// There was an incident before the year.
    pub earlier_incident: bool,
}

impl Claim {
    fn full_months(&self) -> u64 {
        self.months.iter().map(|full| u64::from(*full)).sum()
    }

    fn is_entitled(&self, who: Entitled) -> bool {
        match who {
            Entitled::Registered => self.registered,
            Entitled::Managed => self.registered && self.managed,
            Entitled::Dangerous => self.registered && self.risk.is_dangerous(),
            Entitled::EarlierIncident => self.registered && self.earlier_incident,
        }
    }
}

/// What so many months are worth after so many incidents: pro rata, rounded to fen, less the deduction, never above the cap.
#[must_use]
pub fn worth(rule: &GuardianRule, full_months: u64, incidents: u16) -> Fen {
    let pro_rata = rule.amount_fen.share(full_months.min(YEAR), YEAR);
    let percent = u64::from(rule.deduction_percent).saturating_mul(u64::from(incidents)).min(100);
    let deducted = pro_rata.share(percent, 100);
    pro_rata.less(deducted).min(rule.cap_fen)
}

/// The claims of one year in the order in which they came: what each is worth, or why it is worth nothing. For one person no
/// more than the cap is paid, and where the rule knows one guardian only, no month is paid twice.
pub fn settle(claims: &[Claim], rule: &GuardianRule) -> Vec<Result<Fen, Refusal>> {
    let mut years: BTreeMap<Uuid, Year> = BTreeMap::new();
    claims.iter().map(|claim| years.entry(claim.client).or_default().settle(claim, rule)).collect()
}

/// What was granted for one person in the year so far.
#[derive(Default)]
struct Year {
    months: [bool; 12],
    paid: Fen,
}

impl Year {
    fn settle(&mut self, claim: &Claim, rule: &GuardianRule) -> Result<Fen, Refusal> {
        if !claim.agreement {
            return Err(Refusal::new(RULE, "guardian_agreement_missing"));
        }
        if !rule.who.iter().any(|who| claim.is_entitled(*who)) {
            return Err(Refusal::new(RULE, "not_entitled"));
        }
        let twice = self.months.iter().zip(claim.months).any(|(taken, asked)| *taken && asked);
        if rule.one_guardian_per_client && twice {
            return Err(Refusal::new(RULE, "another_guardian"));
        }
        for (taken, asked) in self.months.iter_mut().zip(claim.months) {
            *taken |= asked;
        }
        let left = rule.cap_fen.less(self.paid);
        let worth = worth(rule, claim.full_months(), claim.incidents).min(left);
        self.paid = self.paid.plus(worth);
        Ok(worth)
    }
}

/// Who pays a sum: a grant from above as far as it reaches, the rest locally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funding {
    /// From the grant.
    pub granted: Fen,
    /// From local funds.
    pub local: Fen,
}

/// Divides a sum between a grant and local funds.
#[must_use]
pub fn fund(total: Fen, grant: Fen) -> Funding {
    let granted = total.min(grant);
    Funding { granted, local: total.less(granted) }
}
