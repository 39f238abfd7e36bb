//! Whose data a signed-in person may see. Every query on personal data takes a [`Scope`]; its conditions are
//! part of the statement, so that what lies outside is simply not found.

use crate::{
    db::{Sql, Value},
    division::county_of,
    error::{Error, Result},
    id::Id,
};
use jiff::Timestamp;
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
        self.counties_as("r.county")
    }

    /// The same with another way to write the county where the area is wider than one.
    fn counties_as(self, county: &str) -> (String, Vec<Value>) {
        if self.is_county() {
            return ("r.county = {}".to_owned(), vec![self.from.into()]);
        }
        (format!("{county} >= {{}} AND {county} <= {{}}"), vec![self.from.into(), self.to.into()])
    }

    /// Whether it is the area of one county.
    pub(crate) fn is_county(self) -> bool {
        Area::of(self.from) == self && self.to - self.from == 999_999
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
    /// Colleagues who handed their work to this account for a time that is now.
    pub stands_in_for: Vec<Id>,
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
            stands_in_for: Vec::new(),
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

    /// The actor on a case with this case manager: for a colleague where the work was handed over for a time.
    #[must_use]
    pub fn acting_on(&self, actor: &Actor, case_manager: Option<uuid::Uuid>) -> Actor {
        let principal = case_manager.filter(|id| self.stands_in_for.contains(&Id(*id)));
        Actor { stands_in_for: principal, ..actor.clone() }
    }

    /// Adds "and this referral is in my scope" to a statement over `referral` under the alias `r`. The rules offer
    /// nothing beyond it: `tie` in the rules and these conditions say the same of every role.
    #[must_use]
    pub fn referrals(&self, sql: Sql) -> Sql {
        self.cases().narrow(sql)
    }

    /// The ways in which a case is in this scope: all conditions of one of them hold.
    pub(crate) fn ways_to_cases(&self) -> Vec<Vec<Condition>> {
        self.cases().each()
    }

    /// The ways in which a person of the register is in this scope.
    pub(crate) fn ways_to_people(&self) -> Vec<Vec<Condition>> {
        self.persons("p", DIVISION).each()
    }

    fn cases(&self) -> Ways {
        let area = || {
            let (clause, args) = self.area.counties();
            Condition { rule: "county", clause, args }
        };
        let own = |rule, column: &str, id: Id| Condition {
            rule,
            clause: format!("{column} = {{}}"),
            args: vec![id.into()],
        };
        let filed = || (("filed", FILED), vec![self.organisation.into()]);
        let filed_myself = || (("filed_myself", FILED_MYSELF), vec![self.account.into()]);
        match self.role {
            Role::System => Ways::All,
            Role::Client => match self.person {
                Some(person) => {
                    let keys = vec![person.home_number().into(), person.into()];
                    Ways::Listed(vec![filed_myself(), (("own_person", OF_PERSON), keys)])
                }
                None => Ways::Listed(vec![filed_myself()]),
            },
            Role::AssistingSubject | Role::Committee | Role::DpfOfficer => Ways::Listed(vec![filed()]),
            // The office of destination decides on a transfer while the case is still another county's.
            Role::ReferralWorker => {
                let destination = own("transfer_to_office", "r.transfer_office_id", self.organisation);
                Ways::Rows(vec![vec![area()], vec![destination]])
            }
            Role::CivilAffairsOfficer => Ways::Rows(vec![vec![area()]]),
            Role::Doctor => self.of_doctor(),
            Role::InstitutionManager | Role::Assessor => {
                Ways::Rows(vec![vec![own("institution", "r.institution_id", self.organisation)]])
            }
            Role::CaseManager => {
                let of = |rule, account| {
                    vec![
                        own("institution", "r.institution_id", self.organisation),
                        own(rule, "r.case_manager_id", account),
                    ]
                };
                let delegated = self.stands_in_for.iter().map(|colleague| of("delegated", *colleague));
                Ways::Rows([of("assigned", self.account)].into_iter().chain(delegated).collect())
            }
            // Their departments learn states and counts from the register's pages; the federation sees besides
            // what it filed itself, which is why it stands above.
            Role::HealthOfficer
            | Role::Supervisor
            | Role::Auditor
            | Role::Administrator
            | Role::SecurityAdministrator => Ways::none(),
        }
    }

    /// Adds "and it is a case of this person", under whichever of the person's records, to a statement over `referral`
    /// under the alias `r`. It says nothing of who may see it.
    pub(crate) fn referrals_of(sql: Sql, person: Id) -> Sql {
        let (clause, args) = among(&[OF_PERSON], vec![person.home_number().into(), person.into()]);
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
        vec![sql.clone().push(&format!(" AND {clause}"), args), self.referrals_handed_over(sql)]
    }

    /// Those that other counties hand over to the own office.
    fn referrals_handed_over(&self, sql: &Sql) -> Sql {
        let (clause, args) = self.area.counties();
        let args = [vec![self.organisation.into()], args].concat();
        sql.clone().push(&format!(" AND r.transfer_office_id = {{}} AND NOT ({clause})"), args)
    }

    /// The same, each to be read the latest change first, from before or at `until`: those of a county from its own index,
    /// those of a wider area from the index of all, since "between" would make the database sort the whole area.
    #[must_use]
    pub(crate) fn referrals_latest(&self, sql: &Sql, until: Timestamp) -> Vec<Sql> {
        // The sign keeps the databases from looking the county up.
        let (clause, mut args) = self.area.counties_as("+r.county");
        args.push(until.into());
        let of_area = sql.clone().push(&format!(" AND {clause} AND r.changed_at <= {{}}"), args);
        match self.role {
            Role::ReferralWorker => vec![of_area, self.referrals_handed_over(sql)],
            Role::CivilAffairsOfficer => vec![of_area],
            _ => vec![self.referrals(sql.clone())],
        }
    }

    /// What the own house filed, whom it received as hospital, for whom an emergency was told and is still open; and for
    /// a doctor of a township or village its residents in the health register, for whose follow-up primary care is
    /// responsible (Mental Health Law art. 55; national basic public health services norm).
    fn of_doctor(&self) -> Ways {
        let area = || vec![Value::from(self.area.from), Value::from(self.area.to)];
        let mut sets = vec![
            (("filed", FILED), vec![self.organisation.into()]),
            (("received", RECEIVED), vec![self.organisation.into()]),
            (("open_emergency", IN_EMERGENCY), area()),
        ];
        if county_of(self.division) != self.division {
            sets.push((("resident", RESIDENT), area()));
        }
        Ways::Listed(sets)
    }

    /// Adds "and this person is in my scope" to a statement over `person` under the alias `p`.
    /// Sharing of the registers starts at county level; a department sees whom it shared.
    #[must_use]
    pub fn people(&self, sql: Sql) -> Sql {
        self.persons("p", DIVISION).narrow(sql)
    }

    /// The same of a person under another alias, where a statement is over two.
    pub(crate) fn people_as(&self, alias: &str, sql: Sql) -> Sql {
        self.persons(alias, &format!("{alias}.division")).narrow(sql)
    }

    /// The same where keys lead to the persons: the plus keeps the index by division out of it. PostgreSQL takes the persons of a large
    /// county for a few, and would begin with all of them.
    #[must_use]
    pub fn people_found(&self, sql: Sql) -> Sql {
        self.persons("p", "+p.division").narrow(sql)
    }

    fn persons(&self, alias: &str, division: &str) -> Ways {
        let area = || Condition {
            rule: "residence",
            clause: format!("{division} >= {{}} AND {division} <= {{}}"),
            args: vec![self.area.from.into(), self.area.to.into()],
        };
        let flag =
            |rule, column: &str| Condition { rule, clause: format!("{alias}.{column}"), args: Vec::new() };
        match self.role {
            Role::System => Ways::All,
            Role::ReferralWorker | Role::CivilAffairsOfficer => Ways::Rows(vec![vec![area()]]),
            Role::HealthOfficer => Ways::Rows(vec![vec![area(), flag("health_register", "in_health")]]),
            Role::DpfOfficer => Ways::Rows(vec![vec![area(), flag("dpf_register", "in_dpf")]]),
            Role::Client => match self.person {
                Some(person) => Ways::Rows(vec![vec![Condition {
                    rule: "own_person",
                    clause: format!(
                        "{alias}.id = (SELECT k.head_id FROM person k WHERE k.home = {{}} AND k.id = {{}})"
                    ),
                    args: vec![person.home_number().into(), person.into()],
                }]]),
                None => Ways::none(),
            },
            _ => Ways::none(),
        }
    }
}

/// Where a person of a statement over `person` under the alias `p` lives.
const DIVISION: &str = "p.division";

/// A condition under which a record is in a scope, with the rule that it stands for: statements are put together from
/// such conditions, and explanations ask each of them alone.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    /// The rule, as a code.
    pub(crate) rule: &'static str,
    /// Over the row's alias; each `{}` takes one of the parameters.
    pub(crate) clause: String,
    /// The parameters.
    pub(crate) args: Vec<Value>,
}

/// A rule with the statement that lists its cases, and the parameters of that statement.
type Set = ((&'static str, &'static str), Vec<Value>);

/// How records come into a scope.
enum Ways {
    /// All of them.
    All,
    /// Those for which all conditions of one way hold; none where there is no way.
    Rows(Vec<Vec<Condition>>),
    /// The cases of one of these lists.
    Listed(Vec<Set>),
}

impl Ways {
    fn none() -> Ways {
        Ways::Rows(Vec::new())
    }

    fn narrow(self, sql: Sql) -> Sql {
        match self {
            Ways::All => sql,
            Ways::Rows(ways) => match <[Vec<Condition>; 1]>::try_from(ways) {
                Ok([one]) => one.into_iter().fold(sql, |sql, condition| {
                    sql.push(&format!(" AND {}", condition.clause), condition.args)
                }),
                Err(ways) if ways.is_empty() => sql.push(" AND 1 = 0", []),
                Err(ways) => {
                    let joined = |way: &Vec<Condition>| {
                        way.iter()
                            .map(|condition| condition.clause.as_str())
                            .collect::<Vec<_>>()
                            .join(" AND ")
                    };
                    let clauses: Vec<String> = ways.iter().map(joined).collect();
                    let args = ways.into_iter().flatten().flat_map(|condition| condition.args);
                    sql.push(&format!(" AND ({})", clauses.join(" OR ")), args)
                }
            },
            Ways::Listed(sets) => {
                let parts: Vec<&str> = sets.iter().map(|((_, part), _)| *part).collect();
                let args = sets.iter().flat_map(|(_, args)| args.clone()).collect();
                let (clause, args) = among(&parts, args);
                sql.push(&clause, args)
            }
        }
    }

    fn each(self) -> Vec<Vec<Condition>> {
        match self {
            Ways::All => vec![Vec::new()],
            Ways::Rows(ways) => ways,
            Ways::Listed(sets) => {
                let one = |((rule, part), args): Set| {
                    vec![Condition { rule, clause: format!("(r.home, r.id) IN ({part})"), args }]
                };
                sets.into_iter().map(one).collect()
            }
        }
    }
}

/// Cases that an organisation filed, alone or beside others.
const FILED: &str = "SELECT f.home, f.referral_id FROM referral_filer f WHERE f.organisation_id = {}";
/// Cases that an account filed.
const FILED_MYSELF: &str = "SELECT f.home, f.referral_id FROM referral_filer f WHERE f.account_id = {}";
/// Cases of a person under whichever of its records: those of the whole cluster, as it is joined now.
const OF_PERSON: &str =
    "SELECT o.home, o.id AS referral_id FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
    JOIN referral o ON o.person_id = c.id WHERE m.home = {} AND m.id = {}";
/// Cases that a hospital was asked to take over.
const RECEIVED: &str = "SELECT h.home, h.id AS referral_id FROM referral h WHERE h.hospital_id = {}";
/// Cases with an open emergency that was told to the doctors of an area, or whose answers to a scale ask for a doctor the same
/// day: who is to see somebody must know whom.
const IN_EMERGENCY: &str = "SELECT e.home, e.referral_id FROM task e WHERE e.to_role = 'doctor'
    AND e.division >= {} AND e.division <= {} AND e.done_at IS NULL
    AND e.kind IN ('emergency', 'scale_doctor_same_day', 'scale_emergency_record', 'scale_raise_risk_grade')";
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
    fn the_latest_of_an_area_are_read_from_an_index_of_its_width() {
        let until = Timestamp::UNIX_EPOCH;
        for (role, division, first) in [
            (Role::ReferralWorker, 310_115_000_000, "r.county = $1 AND r.changed_at <= $2"),
            (Role::CivilAffairsOfficer, 310_115_000_000, "r.county = $1 AND r.changed_at <= $2"),
            (
                Role::ReferralWorker,
                310_000_000_000,
                "+r.county >= $1 AND +r.county <= $2 AND r.changed_at <= $3",
            ),
            (Role::CivilAffairsOfficer, 0, "+r.county >= $1 AND +r.county <= $2 AND r.changed_at <= $3"),
        ] {
            let scope = Scope { role, area: Area::of(division), ..Scope::system() };
            let parts = scope.referrals_latest(&Sql::new("WHERE 1 = 1"), until);
            assert_eq!(parts[0].text, format!("WHERE 1 = 1 AND {first}"), "{role:?}");
            let further = scope.referrals_in_parts(&Sql::new("WHERE 1 = 1"));
            assert_eq!(
                parts[1..].iter().map(|p| &p.text).collect::<Vec<_>>(),
                further[1..].iter().map(|p| &p.text).collect::<Vec<_>>()
            );
        }
        for role in
            Role::ALL.into_iter().filter(|r| !matches!(r, Role::ReferralWorker | Role::CivilAffairsOfficer))
        {
            let scope = Scope { role, ..Scope::system() };
            let parts = scope.referrals_latest(&Sql::new("WHERE 1 = 1"), until);
            assert_eq!(parts.len(), 1);
            assert_eq!(parts[0].text, scope.referrals(Sql::new("WHERE 1 = 1")).text, "{role:?}");
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
