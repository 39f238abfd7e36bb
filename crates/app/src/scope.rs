//! Whose data a signed-in person may see. Every query on personal data takes a [`Scope`]; its conditions are
//! part of the statement, so that what lies outside is simply not found.

use crate::{
    db::{Sql, Value},
    id::Id,
};
use rules::account::{Actor, Role};
use serde::Serialize;

/// An area as an interval of 12-digit codes, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Area {
    /// Smallest code.
    pub from: i64,
    /// Largest code.
    pub to: i64,
}

impl Area {
    /// The whole country.
    pub const NATION: Area = Area { from: 0, to: 999_999_999_999 };

    /// The area of a division (12 digits): all codes that start with its non-zero groups (2+2+2+3+3).
    #[must_use]
    pub fn of(division: i64) -> Area {
        let width = [1_000_000_000_000, 10_000_000_000, 100_000_000, 1_000_000, 1_000]
            .into_iter()
            .find(|w| division % w == 0)
            .unwrap_or(1);
        Area { from: division, to: division.saturating_add(width - 1) }
    }

    /// The part of both.
    #[must_use]
    pub fn within(self, other: Area) -> Area {
        Area { from: self.from.max(other.from), to: self.to.min(other.to) }
    }

    /// Whether a code lies in it.
    #[must_use]
    pub fn holds(self, division: i64) -> bool {
        (self.from..=self.to).contains(&division)
    }
}

/// A signed-in person, or the clock.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The account that acts; nil for the clock.
    pub account: Id,
    /// Its role.
    pub role: Role,
    /// Its organisation; nil for the clock.
    pub organisation: Id,
    /// The area whose data it may see.
    pub area: Area,
    /// The division that the area comes from; 0 is the country.
    pub division: i64,
    /// The client's own record.
    pub person: Option<Id>,
    /// Name shown in the log of a case.
    pub name: String,
}

impl Scope {
    /// The clock: sees and acts on everything that is due.
    #[must_use]
    pub fn system() -> Scope {
        let nobody = Id(uuid::Uuid::nil());
        Scope {
            account: nobody,
            role: Role::System,
            organisation: nobody,
            area: Area::NATION,
            division: 0,
            person: None,
            name: String::new(),
        }
    }

    /// The same person as the rules know them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::new(self.account.0, self.role, self.organisation.0)
    }

    /// Adds "and this referral is in my scope" to a statement over `referral` under the alias `r`.
    #[must_use]
    pub fn referrals(&self, sql: Sql) -> Sql {
        let own = |column: &str, id: Id| -> (String, Vec<Value>) {
            (format!(" AND {column} = {{}}"), vec![id.into()])
        };
        let area = || {
            (
                " AND r.county >= {} AND r.county <= {}".to_owned(),
                vec![Value::from(self.area.from), Value::from(self.area.to)],
            )
        };
        let (clause, args) = match self.role {
            Role::System => (String::new(), Vec::new()),
            Role::Client => match self.person {
                Some(person) => own("r.person_id", person),
                None => own("r.filed_by", self.account),
            },
            Role::AssistingSubject | Role::Committee | Role::DpfOfficer => {
                own("r.filed_by_organisation", self.organisation)
            }
            // The office of destination decides on a transfer while the case is still another county's.
            Role::ReferralWorker => (
                " AND (r.county >= {} AND r.county <= {} OR r.transfer_office_id = {})".to_owned(),
                vec![self.area.from.into(), self.area.to.into(), self.organisation.into()],
            ),
            Role::CivilAffairsOfficer => area(),
            Role::Doctor => (
                " AND (r.filed_by_organisation = {} OR r.hospital_id = {})".to_owned(),
                vec![self.organisation.into(), self.organisation.into()],
            ),
            Role::InstitutionManager | Role::Assessor => own("r.institution_id", self.organisation),
            Role::CaseManager => (
                " AND r.institution_id = {} AND r.case_manager_id = {}".to_owned(),
                vec![self.organisation.into(), self.account.into()],
            ),
            // Their departments learn states and counts from the register's pages; the federation sees besides
            // what it filed itself, which is why it stands above.
            Role::HealthOfficer | Role::Supervisor | Role::Auditor | Role::Administrator => {
                (" AND 1 = 0".to_owned(), Vec::new())
            }
        };
        sql.push(&clause, args)
    }

    /// Adds "and this person is in my scope" to a statement over `person` under the alias `p`.
    /// Sharing of the registers starts at county level; a department sees whom it shared.
    #[must_use]
    pub fn people(&self, sql: Sql) -> Sql {
        let area = [Value::from(self.area.from), Value::from(self.area.to)];
        let within = " AND p.division >= {} AND p.division <= {}";
        match self.role {
            Role::System => sql,
            Role::ReferralWorker | Role::CivilAffairsOfficer => sql.push(within, area),
            Role::HealthOfficer => sql.push(within, area).push(" AND p.in_health", []),
            Role::DpfOfficer => sql.push(within, area).push(" AND p.in_dpf", []),
            Role::Client => match self.person {
                Some(person) => sql.push(" AND p.id = {}", [person.into()]),
                None => sql.push(" AND 1 = 0", []),
            },
            _ => sql.push(" AND 1 = 0", []),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_an_interval() {
        for (division, to) in [
            (0, 999_999_999_999),
            (310_000_000_000, 319_999_999_999),
            (310_100_000_000, 310_199_999_999),
            (310_115_000_000, 310_115_999_999),
            (310_115_004_000, 310_115_004_999),
            (310_115_004_001, 310_115_004_001),
        ] {
            assert_eq!(Area::of(division), Area { from: division, to });
        }
    }

    #[test]
    fn roles_without_cases_get_an_empty_scope() {
        for role in [Role::Auditor, Role::Administrator, Role::Supervisor, Role::HealthOfficer] {
            let scope = Scope { role, ..Scope::system() };
            assert!(scope.referrals(Sql::new("")).text.contains("1 = 0"), "{role:?}");
        }
    }

    #[test]
    fn every_role_but_the_clock_is_limited() {
        for role in Role::ALL.into_iter().filter(|r| *r != Role::System) {
            let scope = Scope { role, ..Scope::system() };
            assert!(scope.referrals(Sql::new("")).text.contains("AND"), "{role:?}");
            assert!(scope.people(Sql::new("")).text.contains("AND"), "{role:?}");
        }
    }
}
