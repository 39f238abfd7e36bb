//! Whose data a signed-in person may see. Every query on personal data takes a [`Scope`]; its conditions are
//! part of the statement, so that what lies outside is simply not found.

use crate::{
    db::{Sql, Value},
    error::{Error, Result},
    id::Id,
};
use rules::account::{Actor, Deed, OnBehalfOf, Role, Subject};
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

    /// "The county in charge lies in it". A county's own area is one code, which lets an index go on to whose turn
    /// it is.
    fn counties(self) -> (String, Vec<Value>) {
        if Area::of(self.from) == self && self.to - self.from == 999_999 {
            return ("r.county = {}".to_owned(), vec![self.from.into()]);
        }
        ("r.county >= {} AND r.county <= {}".to_owned(), vec![self.from.into(), self.to.into()])
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
    /// The organisation's name.
    pub organisation_name: String,
    /// The area whose data it may see.
    pub area: Area,
    /// The division that the area comes from; 0 is the country.
    pub division: i64,
    /// The client's own record.
    pub person: Option<Id>,
    /// A guardian holds the client's account: what is said here is said on the person's behalf.
    pub guardian: bool,
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
            organisation_name: String::new(),
            area: Area::NATION,
            division: 0,
            person: None,
            guardian: false,
            name: String::new(),
        }
    }

    /// Goes on where the role may do this at all; the statement's conditions then say with whose data.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the table of permissions does not name the role.
    pub fn permit(&self, deed: Deed, subject: Subject) -> Result<()> {
        if self.role.may(deed, subject) { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// The same person as the rules know them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let said_by = self.guardian.then(|| OnBehalfOf {
            account: None,
            relation: "guardian".to_owned(),
            evidence: None,
        });
        Actor { on_behalf_of: said_by, ..Actor::new(self.account.0, self.role, self.organisation.0) }
    }

    /// The same as somebody's agent. A guardian stays the guardian: no word makes it the person's own.
    #[must_use]
    pub fn actor_for(&self, principal: OnBehalfOf) -> Actor {
        let own = self.actor();
        Actor { on_behalf_of: own.on_behalf_of.clone().or(Some(principal)), ..own }
    }

    /// Adds "and this referral is in my scope" to a statement over `referral` under the alias `r`. The rules offer
    /// nothing beyond it: `tie` in the rules and these conditions say the same of every role.
    #[must_use]
    pub fn referrals(&self, sql: Sql) -> Sql {
        let own = |column: &str, id: Id| -> (String, Vec<Value>) {
            (format!(" AND {column} = {{}}"), vec![id.into()])
        };
        let area = || {
            let (clause, args) = self.area.counties();
            (format!(" AND {clause}"), args)
        };
        let (clause, args) = match self.role {
            Role::System => (String::new(), Vec::new()),
            Role::Client => match self.person {
                Some(person) => among(
                    &[FILED_MYSELF, OF_PERSON],
                    vec![self.account.into(), person.home_number().into(), person.into()],
                ),
                None => among(&[FILED_MYSELF], vec![self.account.into()]),
            },
            Role::AssistingSubject | Role::Committee | Role::DpfOfficer => {
                among(&[FILED], vec![self.organisation.into()])
            }
            // The office of destination decides on a transfer while the case is still another county's.
            Role::ReferralWorker => {
                let (clause, mut args) = self.area.counties();
                args.push(self.organisation.into());
                (format!(" AND ({clause} OR r.transfer_office_id = {{}})"), args)
            }
            Role::CivilAffairsOfficer => area(),
            Role::Doctor => self.of_doctor(),
            Role::InstitutionManager | Role::Assessor => own("r.institution_id", self.organisation),
            Role::CaseManager => (
                " AND r.institution_id = {} AND r.case_manager_id = {}".to_owned(),
                vec![self.organisation.into(), self.account.into()],
            ),
            // Their departments learn states and counts from the register's pages; the federation sees besides
            // what it filed itself, which is why it stands above.
            Role::HealthOfficer
            | Role::Supervisor
            | Role::Auditor
            | Role::Administrator
            | Role::SecurityAdministrator => (" AND 1 = 0".to_owned(), Vec::new()),
        };
        sql.push(&clause, args)
    }

    /// The same as [`Scope::referrals`] in statements that find each referral once and together find all. Counting
    /// over "or" would read every row; each of these is answered from one index.
    #[must_use]
    pub fn referrals_in_parts(&self, sql: &Sql) -> Vec<Sql> {
        if self.role != Role::ReferralWorker {
            return vec![self.referrals(sql.clone())];
        }
        let (clause, args) = self.area.counties();
        let mut elsewhere: Vec<Value> = vec![self.organisation.into()];
        elsewhere.extend(args.clone());
        vec![
            sql.clone().push(&format!(" AND {clause}"), args),
            sql.clone().push(&format!(" AND r.transfer_office_id = {{}} AND NOT ({clause})"), elsewhere),
        ]
    }

    /// What the own house filed, whom it received as hospital, for whom an emergency was told and is still open; and for
    /// a doctor of a township or village its residents in the health register, for whose follow-up primary care is
    /// responsible (Mental Health Law art. 55; national basic public health services norm).
    fn of_doctor(&self) -> (String, Vec<Value>) {
        const COUNTY: i64 = 1_000_000;
        let area = [Value::from(self.area.from), Value::from(self.area.to)];
        let mut args: Vec<Value> = vec![self.organisation.into(), self.organisation.into()];
        args.extend(area.clone());
        if self.division % COUNTY == 0 {
            return among(&[FILED, RECEIVED, IN_EMERGENCY], args);
        }
        args.extend(area);
        among(&[FILED, RECEIVED, IN_EMERGENCY, RESIDENT], args)
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
                Some(person) => sql.push(
                    " AND p.id = (SELECT k.head_id FROM person k WHERE k.home = {} AND k.id = {})",
                    [person.home_number().into(), person.into()],
                ),
                None => sql.push(" AND 1 = 0", []),
            },
            _ => sql.push(" AND 1 = 0", []),
        }
    }
}

/// Cases that an organisation filed, alone or beside others.
const FILED: &str = "SELECT f.home, f.referral_id FROM referral_filer f WHERE f.organisation_id = {}";
/// Cases that an account filed.
const FILED_MYSELF: &str = "SELECT f.home, f.referral_id FROM referral_filer f WHERE f.account_id = {}";
/// Cases of a person under whichever of its records: those of the whole cluster, as it is joined now.
const OF_PERSON: &str =
    "SELECT o.home, o.id AS referral_id FROM person m JOIN person c ON c.head_id = m.head_id
    JOIN referral o ON o.person_id = c.id WHERE m.home = {} AND m.id = {}";
/// Cases that a hospital was asked to take over.
const RECEIVED: &str = "SELECT h.home, h.id AS referral_id FROM referral h WHERE h.hospital_id = {}";
/// Cases with an open emergency that was told to the doctors of an area.
const IN_EMERGENCY: &str = "SELECT e.home, e.referral_id FROM task e WHERE e.to_role = 'doctor'
    AND e.division >= {} AND e.division <= {} AND e.kind = 'emergency' AND e.done_at IS NULL";
/// Cases of residents of an area who are in the health register.
const RESIDENT: &str =
    "SELECT d.home, d.id AS referral_id FROM referral d JOIN person q ON q.home = d.home AND q.id = d.person_id
    WHERE d.division >= {} AND d.division <= {} AND d.state <> 'draft' AND q.in_health";

/// "… and it is one of these": each part is found by an index of its own, which a condition with OR would not be. SQLite
/// enters by the pairs only where they come from one SELECT, so several parts stand inside it.
fn among(parts: &[&str], args: Vec<Value>) -> (String, Vec<Value>) {
    let these = match parts {
        [one] => (*one).to_owned(),
        several => format!("SELECT t.home, t.referral_id FROM ({}) t", several.join(" UNION ALL ")),
    };
    (format!(" AND (r.home, r.id) IN ({these})"), args)
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
        for role in [
            Role::Auditor,
            Role::Administrator,
            Role::SecurityAdministrator,
            Role::Supervisor,
            Role::HealthOfficer,
        ] {
            let scope = Scope { role, ..Scope::system() };
            assert!(scope.referrals(Sql::new("")).text.contains("1 = 0"), "{role:?}");
        }
    }

    #[test]
    fn a_county_is_one_code_and_any_other_area_an_interval() {
        for (division, one) in
            [(0, false), (310_000_000_000, false), (310_115_000_000, true), (310_115_004_000, false)]
        {
            assert_eq!(Area::of(division).counties().1.len() == 1, one, "{division}");
        }
    }

    #[test]
    fn parts_of_a_scope_name_the_same_conditions_as_the_whole() {
        for role in Role::ALL {
            let scope = Scope { role, area: Area::of(310_115_000_000), ..Scope::system() };
            let parts = scope.referrals_in_parts(&Sql::new("WHERE 1 = 1"));
            let whole = scope.referrals(Sql::new("WHERE 1 = 1"));
            match role {
                Role::ReferralWorker => {
                    assert!(parts[0].text.ends_with("AND r.county = $1"), "{}", parts[0].text);
                    assert!(parts[1].text.ends_with("AND r.transfer_office_id = $1 AND NOT (r.county = $2)"));
                }
                _ => assert_eq!(parts.iter().map(|p| &p.text).collect::<Vec<_>>(), [&whole.text], "{role:?}"),
            }
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
