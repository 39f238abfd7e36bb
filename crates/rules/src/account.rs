//! Who acts: the roles of the referral mechanism and what each of them sees of a case.
//!
//! The mechanism is run by the coordination body of the county government, with civil affairs leading and health
//! and the disabled persons' federation taking part (Measures for the Sharing and Referral of Resources for
//! Community Rehabilitation Services for Mental Disorders, 2023, art. 2). Confidentiality follows the Mental
//! Health Law, art. 4. Which role sees what beyond that is a local default.

mod bounds;
mod delegation;
mod factor;
mod grant;
mod limits;
mod permission;
mod power;
pub mod provider;
mod sign_in;

pub use bounds::{Bounds, Rates, Use};
pub use delegation::{Colleague, Delegation, Term};
pub use factor::Factors;
pub use grant::{Grant, Purpose};
pub use limits::{Limits, PasswordRule, Rate, SecondFactor, TokenRule};
pub use permission::{Deed, PERMISSIONS, Subject};
pub use power::{Power, powers_stay_apart};
pub use sign_in::{SignInPolicy, Standing, Step, next_step};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an account may be in one act. The codes are stable: they are stored with every event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person served, or the guardian acting in the person's name.
    Client,
    /// Any body or person that helps with an application (an enterprise, a social organisation, a neighbour).
    AssistingSubject,
    /// Residents' or villagers' committee.
    Committee,
    /// Referral worker of the county.
    ReferralWorker,
    /// Civil-affairs officer of the county.
    CivilAffairsOfficer,
    /// Doctor of a hospital or a primary-care unit.
    Doctor,
    /// Manager of a rehabilitation institution.
    InstitutionManager,
    /// Case manager of a rehabilitation institution.
    CaseManager,
    /// Assessor: judges need, progress and suitability; not the only one who serves the case.
    Assessor,
    /// Health officer of the county.
    HealthOfficer,
    /// Officer of the county disabled persons' federation.
    DpfOfficer,
    /// Supervisor at prefecture, province or nation.
    Supervisor,
    /// Reads logs, not content.
    Auditor,
    /// Keeps the system and its organisations; sees no case.
    Administrator,
    /// Keeps accounts, roles, second factors and locks; sees no case.
    SecurityAdministrator,
    /// The programme itself: clocks that ran out, places that became free, messages between cases.
    System,
}

/// Groups of case content that are shown or hidden together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Whether the case is open or closed, and its receipt number.
    Status,
    /// State, clocks, offices, dates.
    Metadata,
    /// Name, identity number, address, telephone.
    Identity,
    /// Diagnosis group, scores, assessments, risk grade.
    Health,
    /// Plan and session records.
    Service,
    /// Agreement and costs.
    Agreement,
    /// Log of reads and acts.
    Log,
}

/// How far a role's sight reaches for one group of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// Never shown.
    Never,
    /// Shown only after a purpose is stated, and the read is logged with it.
    WithPurpose,
    /// Shown for cases within the role's scope; every identified read is logged.
    Scope,
}

impl Role {
    /// All roles, in the order of the enumeration.
    pub const ALL: [Role; 16] = [
        Role::Client,
        Role::AssistingSubject,
        Role::Committee,
        Role::ReferralWorker,
        Role::CivilAffairsOfficer,
        Role::Doctor,
        Role::InstitutionManager,
        Role::CaseManager,
        Role::Assessor,
        Role::HealthOfficer,
        Role::DpfOfficer,
        Role::Supervisor,
        Role::Auditor,
        Role::Administrator,
        Role::SecurityAdministrator,
        Role::System,
    ];

    /// The code used in the database, the API and the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::AssistingSubject => "assisting_subject",
            Role::Committee => "committee",
            Role::ReferralWorker => "referral_worker",
            Role::CivilAffairsOfficer => "civil_affairs_officer",
            Role::Doctor => "doctor",
            Role::InstitutionManager => "institution_manager",
            Role::CaseManager => "case_manager",
            Role::Assessor => "assessor",
            Role::HealthOfficer => "health_officer",
            Role::DpfOfficer => "dpf_officer",
            Role::Supervisor => "supervisor",
            Role::Auditor => "auditor",
            Role::Administrator => "administrator",
            Role::SecurityAdministrator => "security_administrator",
            Role::System => "system",
        }
    }

    /// The role of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Staff of the county departments, who see the shared registers (sharing starts at county level).
    #[must_use]
    pub fn is_county_staff(self) -> bool {
        matches!(
            self,
            Role::ReferralWorker | Role::CivilAffairsOfficer | Role::HealthOfficer | Role::DpfOfficer
        )
    }

    /// Staff of a rehabilitation institution.
    #[must_use]
    pub fn is_institution_staff(self) -> bool {
        matches!(self, Role::InstitutionManager | Role::CaseManager | Role::Assessor)
    }

    /// Whether the role may ever see who the person is without breaking the glass.
    #[must_use]
    pub fn sees_identity(self) -> bool {
        self.sight(Content::Identity) == Sight::Scope
    }

    /// What the role sees of one group of content. The table is a local default under Mental Health Law art. 4;
    /// `Scope` always means the cases within the caller's own scope.
    #[must_use]
    pub fn sight(self, content: Content) -> Sight {
        use Content::{Health, Identity, Log, Metadata, Service, Status};
        use Sight::{Never, Scope, WithPurpose};
        match (self, content) {
            (Role::System, _) => Scope,
            (Role::Client, _) => Scope,
            (Role::AssistingSubject, Status) => Scope,
            (Role::AssistingSubject, _) => Never,
            (Role::Committee, Status | Metadata | Identity) => Scope,
            (Role::Committee, _) => Never,
            (Role::ReferralWorker, Status | Metadata | Identity | Health) => Scope,
            (Role::ReferralWorker, _) => Never,
            (Role::CivilAffairsOfficer, Status | Metadata) => Scope,
            (Role::CivilAffairsOfficer, _) => WithPurpose,
            (Role::Doctor, Status | Metadata | Identity | Health) => Scope,
            (Role::Doctor, _) => Never,
            (Role::InstitutionManager | Role::CaseManager | Role::Assessor, Log) => Never,
            (Role::InstitutionManager | Role::CaseManager | Role::Assessor, _) => Scope,
            (Role::HealthOfficer | Role::DpfOfficer, Status) => Scope,
            (Role::HealthOfficer | Role::DpfOfficer, _) => Never,
            (Role::Supervisor, Status | Metadata | Identity | Health | Service) => WithPurpose,
            (Role::Supervisor, _) => Never,
            (Role::Auditor, Log) => Scope,
            (Role::Auditor, _) => Never,
            (Role::Administrator | Role::SecurityAdministrator, _) => Never,
        }
    }
}

/// On whose behalf an actor acts: a committee for a family, a worker for a person at the counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnBehalfOf {
    /// The principal's account, when there is one.
    pub account: Option<Uuid>,
    /// Relation of the principal to the person served, as a code ("self", "spouse", "parent", …).
    pub relation: String,
    /// Stored document that shows the principal's wish.
    pub evidence: Option<Uuid>,
}

/// Who acts, in which role and for which organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The account that acts.
    pub account: Uuid,
    /// The role in which it acts.
    pub role: Role,
    /// The organisation it acts for; nil for a client.
    pub organisation: Uuid,
    /// The principal, when the actor is an agent.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The colleague whose case it is and who delegated the work for a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_in_for: Option<Uuid>,
}

impl Actor {
    /// An actor for an own act, on nobody's behalf.
    #[must_use]
    pub fn new(account: Uuid, role: Role, organisation: Uuid) -> Self {
        Self { account, role, organisation, on_behalf_of: None, stands_in_for: None }
    }

    /// The programme itself.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Uuid::nil(), Role::System, Uuid::nil())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_codes_are_stable_and_distinct() {
        let codes: std::collections::BTreeSet<String> =
            Role::ALL.iter().map(|role| serde_json::to_string(role).unwrap()).collect();
        assert_eq!(codes.len(), Role::ALL.len());
        assert!(codes.contains("\"civil_affairs_officer\""));
        assert!(codes.contains("\"dpf_officer\""));
    }

    #[test]
    fn every_code_finds_its_role() {
        for role in Role::ALL {
            assert_eq!(Role::of_code(role.code()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.code());
        }
        assert_eq!(Role::of_code("clerk"), None);
    }

    #[test]
    fn confidentiality_table() {
        let rows = [
            (Role::Committee, Content::Health, Sight::Never),
            (Role::Committee, Content::Identity, Sight::Scope),
            (Role::ReferralWorker, Content::Service, Sight::Never),
            (Role::Doctor, Content::Agreement, Sight::Never),
            (Role::CivilAffairsOfficer, Content::Identity, Sight::WithPurpose),
            (Role::HealthOfficer, Content::Identity, Sight::Never),
            (Role::Supervisor, Content::Identity, Sight::WithPurpose),
            (Role::Auditor, Content::Log, Sight::Scope),
            (Role::Auditor, Content::Status, Sight::Never),
            (Role::Administrator, Content::Status, Sight::Never),
            (Role::SecurityAdministrator, Content::Status, Sight::Never),
            (Role::CaseManager, Content::Service, Sight::Scope),
        ];
        for (role, content, expected) in rows {
            assert_eq!(role.sight(content), expected, "{role:?} {content:?}");
        }
    }

    #[test]
    fn nobody_below_county_and_outside_the_case_sees_health_content() {
        let seeing: Vec<Role> =
            Role::ALL.into_iter().filter(|role| role.sight(Content::Health) == Sight::Scope).collect();
        assert_eq!(
            seeing,
            [
                Role::Client,
                Role::ReferralWorker,
                Role::Doctor,
                Role::InstitutionManager,
                Role::CaseManager,
                Role::Assessor,
                Role::System
            ]
        );
    }
}
