//! Work handed to a colleague for a time, such as a leave (`data/account.toml`).

use super::Role;
use jiff::{Unit, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who may hand work over, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// Roles with work of their own.
    pub roles: Vec<Role>,
    /// Days at most, the first and the last included.
    pub days: u16,
}

/// One side of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colleague {
    /// The account.
    pub account: Uuid,
    /// Its role.
    pub role: Role,
    /// Its organisation.
    pub organisation: Uuid,
    /// It has not ended.
    pub active: bool,
}

/// From the first to the last day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

impl Delegation {
    /// What stands against handing work over, as the code of a problem; nothing where it may be.
    #[must_use]
    pub fn against(&self, from: &Colleague, to: &Colleague, term: Term, today: Date) -> Option<&'static str> {
        if !self.roles.contains(&from.role) {
            return Some("delegation_role");
        }
        let fits = (from.role, from.organisation) == (to.role, to.organisation);
        if from.account == to.account || !fits || !to.active {
            return Some("delegation_colleague");
        }
        let days = term.from.until((Unit::Day, term.until)).map_or(i32::MAX, |span| span.get_days());
        if term.from < today || days < 0 || days >= i32::from(self.days) {
            return Some("delegation_days");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Limits;

    #[test]
    fn a_colleague_of_the_same_house_and_role_for_a_bounded_time() {
        let terms = Limits::embedded().unwrap().delegation;
        assert!(terms.days > 0 && !terms.roles.is_empty());
        assert!(
            terms.roles.iter().all(|role| role.is_institution_staff()),
            "others share their office's work"
        );
        let id = Uuid::from_u128;
        let one = Colleague { account: id(1), role: Role::CaseManager, organisation: id(9), active: true };
        let other = Colleague { account: id(2), ..one };
        let day = |text: &str| text.parse::<Date>().unwrap();
        let term = |from: &str, until: &str| Term { from: day(from), until: day(until) };
        let week = term("2026-03-02", "2026-03-08");
        for (from, to, term, code) in [
            (one, other, week, None),
            (one, other, term("2026-03-02", "2026-03-02"), None),
            (one, other, term("2026-03-02", "2026-04-30"), None),
            (one, other, term("2026-03-02", "2026-05-01"), Some("delegation_days")),
            (one, other, term("2026-03-01", "2026-03-08"), Some("delegation_days")),
            (one, other, term("2026-03-08", "2026-03-07"), Some("delegation_days")),
            (one, one, week, Some("delegation_colleague")),
            (one, Colleague { organisation: id(8), ..other }, week, Some("delegation_colleague")),
            (one, Colleague { role: Role::Assessor, ..other }, week, Some("delegation_colleague")),
            (one, Colleague { active: false, ..other }, week, Some("delegation_colleague")),
            (Colleague { role: Role::ReferralWorker, ..one }, other, week, Some("delegation_role")),
        ] {
            assert_eq!(terms.against(&from, &to, term, day("2026-03-02")), code, "{from:?} {to:?} {term:?}");
        }
    }
}
