//! The roles of the Measures' parties, and what each may see (confidentiality: Mental Health Law art. 4).

use serde::{Deserialize, Serialize};

/// What a signed-in person is in the referral. One account has one role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The client, or the guardian.
    Client,
    /// A body or person that helps with the application (social organisation, employer, DPF worker).
    AssistingSubject,
    /// Residents' or villagers' committee.
    Committee,
    /// Referral worker of the county.
    ReferralWorker,
    /// Civil-affairs officer of the county.
    CivilAffairsOfficer,
    /// Hospital or primary-care doctor.
    Doctor,
    /// Manager of a service institution.
    InstitutionManager,
    /// Case manager at a service institution.
    CaseManager,
    /// Assessor; not the sole service provider of the case.
    Assessor,
    /// Health commission of the county.
    HealthOfficer,
    /// Disabled Persons' Federation of the county.
    DpfOfficer,
    /// Prefecture, province or nation: figures, and confirmation of the libraries.
    Supervisor,
    /// Reads the log, never content.
    Auditor,
    /// Runs the installation: users, organisations, settings; no client data.
    Administrator,
    /// The clock.
    System,
}

impl Role {
    /// Every role a person can have.
    pub const PEOPLE: [Role; 14] = [
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
            Role::System => "system",
        }
    }

    /// The role of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Role> {
        Role::PEOPLE.into_iter().chain([Role::System]).find(|r| r.code() == code)
    }

    /// Works at the county's referral desk or its civil-affairs office.
    #[must_use]
    pub fn is_county(self) -> bool {
        matches!(self, Role::ReferralWorker | Role::CivilAffairsOfficer)
    }

    /// Works at a service institution.
    #[must_use]
    pub fn is_institution(self) -> bool {
        matches!(self, Role::InstitutionManager | Role::CaseManager | Role::Assessor)
    }

    /// May lodge an application (channels A1 to A3).
    #[must_use]
    pub fn may_apply(self) -> bool {
        matches!(
            self,
            Role::Client | Role::AssistingSubject | Role::Committee | Role::Doctor | Role::ReferralWorker
        )
    }

    /// May query the shared register: county and above, by the departments that share it.
    #[must_use]
    pub fn sees_register(self) -> bool {
        self.is_county() || matches!(self, Role::HealthOfficer | Role::DpfOfficer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_finds_its_role() {
        for role in Role::PEOPLE {
            assert_eq!(Role::of_code(role.code()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.code());
        }
        assert_eq!(Role::of_code("clerk"), None);
    }
}
