//! Which role does what with which kind of data: the one table that routes, pages and actions ask. Whose data of the
//! kind it is, the scope says in each statement.
//!
//! Sharing of the registers starts at the county, and what a role may read of a case follows Mental Health Law art. 4 and
//! [`Role::sight`]; who keeps the system, who keeps accounts, who reads the log and who works on cases are never the same role
//! (three-power separation, GB/T 22239-2019 level 3). The table itself is a local default.

use super::Role;
use serde::{Deserialize, Serialize};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Looking at it.
    Read,
    /// Adding or changing it.
    Change,
    /// Taking a list of it away as a file.
    Export,
    /// Seeing what is masked, for a stated purpose.
    Reveal,
}

/// Kinds of data that are permitted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The own session: signing out, the first page.
    Session,
    /// What is due for the reader, with tasks and messages.
    WorkList,
    /// Cases with their forms, history and papers.
    Case,
    /// The whole file of one case as a paper.
    CaseFile,
    /// An application to be filed.
    Application,
    /// The institutions that a case could be referred to.
    Shortlist,
    /// How a person may be reached.
    Contact,
    /// Plan, goals and sessions of one case.
    Care,
    /// Sessions of a house: who leads them and who comes, calendars, who stays away.
    Agenda,
    /// Consents of a case: what was agreed to, to whom, and what goes on by law.
    Consent,
    /// The person's rights: what is asked for, answered, and who may read in the person's name.
    Right,
    /// What is to be told to people without an account.
    Telling,
    /// The register of persons.
    Person,
    /// Accounts of clients and guardians.
    ClientAccount,
    /// Records that may be of one person.
    Pair,
    /// Lists that departments send.
    Import,
    /// The library of institutions.
    Institution,
    /// The library of talent.
    Talent,
    /// How staff are employed, trained and certified.
    Workforce,
    /// Supervision of case workers.
    Supervision,
    /// Questions of community workers to hospital doctors, and what was published of the answers.
    Question,
    /// How many questions were asked and answered, and how soon.
    QuestionFigures,
    /// Case conferences with their minutes, and what was agreed on.
    Conference,
    /// The need counted.
    Need,
    /// The log of reads and acts.
    Log,
    /// Accounts of staff, with their second factors, locks and tokens.
    StaffAccount,
    /// The organisations that take part.
    Organisation,
    /// Changes of the country's divisions.
    Division,
    /// Large files about persons: asking for them, fetching them.
    ExportOrder,
    /// Deciding on others' orders for such files.
    ExportDecision,
    /// Connectors to departments' programs: drafts, impact assessments, agreements.
    Share,
    /// Opening such a connector as the second person.
    ShareDecision,
    /// What a connector gives to the recipient's program.
    SharedRecord,
    /// The own devices that hold a caseload without a network.
    Device,
    /// Research projects and their pseudonymised extracts.
    Research,
    /// Deciding on such a project.
    ResearchDecision,
    /// Records opened in an emergency by somebody outside their scope.
    EmergencyAccess,
    /// The judgement of a second person on such an opening.
    EmergencyReview,
    /// The register of severe mental disorders: records, visits, emergencies.
    FollowUp,
    /// People to be reached, with the attempts to reach them.
    Lead,
    /// Giving people of the registers to houses to be reached, and what came of it in figures.
    Outreach,
    /// Results of rating scales, with what follows from them.
    ScaleResult,
    /// Definitions of rating scales, and which of them a county offers.
    ScaleLibrary,
}

use Deed::{Change, Export, Read, Reveal};
use Role::{
    Administrator, Assessor, AssistingSubject, Auditor, CaseManager, CivilAffairsOfficer, Client, Committee,
    Doctor, DpfOfficer, HealthOfficer, InstitutionManager, ReferralWorker, SecurityAdministrator, Supervisor,
};

/// Everybody who signs in.
const ALL: &[Role] = &[
    Client,
    AssistingSubject,
    Committee,
    ReferralWorker,
    CivilAffairsOfficer,
    Doctor,
    InstitutionManager,
    CaseManager,
    Assessor,
    HealthOfficer,
    DpfOfficer,
    Supervisor,
    Auditor,
    Administrator,
    SecurityAdministrator,
];
/// Everybody but those who look at what others did.
const WORKING: &[Role] = &[
    Client,
    AssistingSubject,
    Committee,
    ReferralWorker,
    CivilAffairsOfficer,
    Doctor,
    InstitutionManager,
    CaseManager,
    Assessor,
    HealthOfficer,
    DpfOfficer,
    Supervisor,
    Administrator,
    SecurityAdministrator,
];
/// Who has cases of their own, filed or served.
const ON_CASES: &[Role] = &[
    Client,
    AssistingSubject,
    Committee,
    ReferralWorker,
    CivilAffairsOfficer,
    Doctor,
    InstitutionManager,
    CaseManager,
    Assessor,
    DpfOfficer,
];
/// The desk of the county, which registers, refers and answers.
const DESK: &[Role] = &[ReferralWorker, CivilAffairsOfficer];
/// The departments that share their lists (Measures 2023, art. on sharing; SH-1: county and above).
const DEPARTMENTS: &[Role] = &[ReferralWorker, CivilAffairsOfficer, HealthOfficer, DpfOfficer];
/// Departments, those above them, and the institutions themselves.
const LIBRARY: &[Role] = &[
    ReferralWorker,
    CivilAffairsOfficer,
    HealthOfficer,
    DpfOfficer,
    Supervisor,
    InstitutionManager,
    CaseManager,
    Assessor,
];

/// Who is asked to a case conference with an account of their own; others come by name.
const CONFERRING: &[Role] = &[
    Committee,
    ReferralWorker,
    CivilAffairsOfficer,
    Doctor,
    InstitutionManager,
    CaseManager,
    Assessor,
    HealthOfficer,
    DpfOfficer,
];

/// The table: what is done, to what, by whom. What no row names is forbidden to everybody but the programme itself.
#[rustfmt::skip]
pub const PERMISSIONS: &[(Deed, Subject, &[Role])] = &[
    (Read,   Subject::Session,       ALL),
    (Change, Subject::Session,       ALL),
    (Read,   Subject::WorkList,      WORKING),
    (Change, Subject::WorkList,      WORKING),
    (Read,   Subject::Case,          ON_CASES),
    (Change, Subject::Case,          ON_CASES),
    // Who is answerable for them in the county, and managers for their own cases.
    (Export, Subject::Case,          &[ReferralWorker, CivilAffairsOfficer, InstitutionManager]),
    // One person's file is no list: beside them who works with the person, of the own cases. It holds what they may read anyway.
    (Export, Subject::CaseFile,      &[ReferralWorker, CivilAffairsOfficer, InstitutionManager, CaseManager]),
    (Change, Subject::Application,   &[Client, AssistingSubject, Committee, DpfOfficer, Doctor, ReferralWorker]),
    (Read,   Subject::Shortlist,     DESK),
    // The person, and those who ask for consent and take it back with the person.
    (Read,   Subject::Consent,       &[Client, ReferralWorker, CivilAffairsOfficer, CaseManager]),
    // Who serves writes; who assesses and the person read (Regulation on Disability Prevention and Rehabilitation art. 21).
    (Read,   Subject::Care,          &[Client, InstitutionManager, CaseManager, Assessor]),
    (Change, Subject::Care,          &[InstitutionManager, CaseManager]),
    (Read,   Subject::Agenda,        &[InstitutionManager, CaseManager, Assessor]),
    (Change, Subject::Agenda,        &[InstitutionManager, CaseManager]),
    // The person says it; whoever reaches people reads it first.
    (Read,   Subject::Contact,       &[Client, Committee, ReferralWorker, CivilAffairsOfficer, CaseManager]),
    (Change, Subject::Contact,       &[Client, ReferralWorker, CaseManager]),
    // The person asks, the county's desk answers (Personal Information Protection Law art. 50).
    (Read,   Subject::Right,         &[Client, ReferralWorker, CivilAffairsOfficer]),
    (Change, Subject::Right,         &[Client, ReferralWorker, CivilAffairsOfficer]),
    // The case manager in charge, and the county's desk, which answers for the case before there is one.
    (Read,   Subject::Telling,       &[CaseManager, ReferralWorker, CivilAffairsOfficer]),
    (Change, Subject::Telling,       &[CaseManager, ReferralWorker, CivilAffairsOfficer]),
    (Read,   Subject::Person,        DEPARTMENTS),
    (Change, Subject::Person,        DESK),
    (Reveal, Subject::Person,        DESK),
    // Face to face at the counter that also registers applications.
    (Read,   Subject::ClientAccount, DESK),
    (Change, Subject::ClientAccount, DESK),
    (Read,   Subject::Pair,          DESK),
    (Change, Subject::Pair,          DESK),
    (Read,   Subject::Import,        DEPARTMENTS),
    (Change, Subject::Import,        DEPARTMENTS),
    (Export, Subject::Import,        DEPARTMENTS),
    (Read,   Subject::Institution,   &[ReferralWorker, CivilAffairsOfficer, HealthOfficer, DpfOfficer, Supervisor,
                                       InstitutionManager, CaseManager, Assessor, Doctor]),
    (Change, Subject::Institution,   &[CivilAffairsOfficer, Supervisor, InstitutionManager]),
    (Export, Subject::Institution,   LIBRARY),
    (Read,   Subject::Talent,        LIBRARY),
    (Change, Subject::Talent,        &[CivilAffairsOfficer, Supervisor, InstitutionManager]),
    (Export, Subject::Talent,        LIBRARY),
    // Who answers for a house, a county or an area; a worker reads the own record (civil-affairs notice 2022 No. 104).
    (Read,   Subject::Workforce,     &[CivilAffairsOfficer, Supervisor, InstitutionManager, CaseManager, Assessor]),
    (Change, Subject::Workforce,     &[CivilAffairsOfficer, InstitutionManager]),
    (Export, Subject::Workforce,     &[CivilAffairsOfficer, Supervisor, InstitutionManager]),
    // The two who meet; who answers for the house sees that they met, and not what was talked about.
    (Read,   Subject::Supervision,   &[Doctor, InstitutionManager, CaseManager, Assessor]),
    (Change, Subject::Supervision,   &[Doctor, InstitutionManager, CaseManager, Assessor]),
    // Community workers ask, doctors answer; the county's health side sees whose term is over, and gives it to another hospital.
    (Read,   Subject::Question,      &[Doctor, InstitutionManager, CaseManager, Assessor, HealthOfficer]),
    (Change, Subject::Question,      &[Doctor, InstitutionManager, CaseManager, Assessor, HealthOfficer]),
    // The own list; whom a question is about stands in it nowhere.
    (Export, Subject::Question,      &[Doctor, InstitutionManager, CaseManager, Assessor, HealthOfficer]),
    (Read,   Subject::QuestionFigures, &[Doctor, HealthOfficer, Supervisor]),
    (Export, Subject::QuestionFigures, &[Doctor, HealthOfficer, Supervisor]),
    // Who takes part; who plans one has cases or records of the persons who are talked about.
    (Read,   Subject::Conference,    CONFERRING),
    (Change, Subject::Conference,    CONFERRING),
    (Read,   Subject::Need,          &[ReferralWorker, CivilAffairsOfficer, HealthOfficer, DpfOfficer, Supervisor]),
    (Export, Subject::Need,          &[ReferralWorker, CivilAffairsOfficer, HealthOfficer, DpfOfficer, Supervisor]),
    (Read,   Subject::Log,           &[Auditor, Client]),
    (Export, Subject::Log,           &[Auditor, Client]),
    (Read,   Subject::Division,      ALL),
    (Change, Subject::Division,      &[Administrator]),
    // As those who take lists of cases away; who decides answers for the county, or supervises it.
    (Read,   Subject::ExportOrder,   &[ReferralWorker, CivilAffairsOfficer, InstitutionManager, Supervisor]),
    (Change, Subject::ExportOrder,   &[ReferralWorker, CivilAffairsOfficer, InstitutionManager]),
    (Read,   Subject::ExportDecision, &[CivilAffairsOfficer, Supervisor]),
    (Change, Subject::ExportDecision, &[CivilAffairsOfficer, Supervisor]),
    // Civil affairs gives and answers for it; whoever supervises the county reads. The second person may be of civil affairs or
    // the supervisor, since a county may have one officer only; nobody confirms the own proposal. Auditors see in the log that
    // it happened.
    (Read,   Subject::Share,         &[CivilAffairsOfficer, Supervisor]),
    (Change, Subject::Share,         &[CivilAffairsOfficer]),
    (Read,   Subject::ShareDecision, &[CivilAffairsOfficer, Supervisor]),
    (Change, Subject::ShareDecision, &[CivilAffairsOfficer, Supervisor]),
    // Primary care visits people where there is no network (National Basic Public Health Service Norms), case managers serve them
    // at home and in villages. Who answers for a house would carry the whole of it about.
    (Read,   Subject::Device,        &[Doctor, CaseManager]),
    (Change, Subject::Device,        &[Doctor, CaseManager]),
    // The three departments' own officers, whose programs receive; which share, the recipient organisation says.
    (Read,   Subject::SharedRecord,  &[CivilAffairsOfficer, HealthOfficer, DpfOfficer]),
    (Change, Subject::SharedRecord,  &[CivilAffairsOfficer, HealthOfficer, DpfOfficer]),
    // A researcher has no account: the county's desk, or who supervises, asks on their behalf and hands the file over.
    (Read,   Subject::Research,      &[ReferralWorker, CivilAffairsOfficer, Supervisor]),
    (Change, Subject::Research,      &[ReferralWorker, CivilAffairsOfficer, Supervisor]),
    (Export, Subject::Research,      &[ReferralWorker, CivilAffairsOfficer, Supervisor]),
    (Read,   Subject::ResearchDecision, &[CivilAffairsOfficer, Supervisor]),
    (Change, Subject::ResearchDecision, &[CivilAffairsOfficer, Supervisor]),
    // Whoever keeps accounts chooses where somebody works, and adds no organisations to choose from.
    (Read,   Subject::Organisation,  &[Administrator, SecurityAdministrator]),
    (Change, Subject::Organisation,  &[Administrator]),
    (Read,   Subject::StaffAccount,  &[SecurityAdministrator]),
    (Change, Subject::StaffAccount,  &[SecurityAdministrator]),
    // Who may is also in `data/emergency_access.toml`, with what is shown; auditors see that it happened, no contents.
    (Read,   Subject::EmergencyAccess, &[Doctor, ReferralWorker, CivilAffairsOfficer, HealthOfficer, Supervisor, Auditor]),
    (Change, Subject::EmergencyAccess, &[Doctor, ReferralWorker, CivilAffairsOfficer, HealthOfficer, Supervisor]),
    (Reveal, Subject::EmergencyAccess, &[Doctor, ReferralWorker, CivilAffairsOfficer, HealthOfficer, Supervisor]),
    (Read,   Subject::EmergencyReview, &[CivilAffairsOfficer, Supervisor]),
    (Change, Subject::EmergencyReview, &[CivilAffairsOfficer, Supervisor]),
    // Primary care visits, hospitals report, the county's health side answers for the register (Mental Health Law art. 24, 55).
    (Read,   Subject::FollowUp,      &[Doctor, HealthOfficer]),
    (Change, Subject::FollowUp,      &[Doctor, HealthOfficer]),
    (Export, Subject::FollowUp,      &[Doctor, HealthOfficer]),
    // To whom the county gives somebody to be reached, and the county's desk itself (Measures 2023, channel A4).
    (Read,   Subject::Lead,          &[ReferralWorker, CivilAffairsOfficer, InstitutionManager, CaseManager, Committee, Doctor]),
    (Change, Subject::Lead,          &[ReferralWorker, InstitutionManager, CaseManager, Committee, Doctor]),
    (Reveal, Subject::Lead,          &[ReferralWorker, InstitutionManager, CaseManager, Committee, Doctor]),
    // The desk gives; houses see their own figures, whoever supervises those of the area.
    (Read,   Subject::Outreach,      &[ReferralWorker, CivilAffairsOfficer, Supervisor, InstitutionManager]),
    (Change, Subject::Outreach,      &[ReferralWorker]),
    (Export, Subject::Outreach,      &[ReferralWorker, CivilAffairsOfficer, Supervisor, InstitutionManager]),
    // Who has cases and sees what is about health without stating a purpose; who records is told more finely by the rater.
    (Read,   Subject::ScaleResult,   &[Client, ReferralWorker, Doctor, InstitutionManager, CaseManager, Assessor]),
    (Change, Subject::ScaleResult,   &[Client, Doctor, CaseManager, Assessor]),
    (Read,   Subject::ScaleLibrary,  &[Client, ReferralWorker, Doctor, InstitutionManager, CaseManager, Assessor, Administrator]),
    (Change, Subject::ScaleLibrary,  &[Administrator]),
];

impl Role {
    /// Whether the role does this with data of this kind at all, within its scope.
    #[must_use]
    pub fn may(self, deed: Deed, subject: Subject) -> bool {
        self == Role::System
            || PERMISSIONS.iter().any(|(done, to, by)| (*done, *to) == (deed, subject) && by.contains(&self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Content, Sight};
    use std::collections::BTreeSet;

    fn who(deed: Deed, subject: Subject) -> Vec<Role> {
        Role::ALL.into_iter().filter(|role| *role != Role::System && role.may(deed, subject)).collect()
    }

    #[test]
    fn every_row_stands_once_and_names_somebody() {
        let rows: BTreeSet<_> = PERMISSIONS.iter().map(|(deed, subject, _)| (*deed, *subject)).collect();
        assert_eq!(rows.len(), PERMISSIONS.len());
        for (deed, subject, roles) in PERMISSIONS {
            let named: BTreeSet<_> = roles.iter().collect();
            assert!(!roles.is_empty() && named.len() == roles.len(), "{deed:?} {subject:?}");
            assert!(!roles.contains(&Role::System), "the programme asks nobody: {deed:?} {subject:?}");
        }
    }

    #[test]
    fn nobody_changes_exports_or_reveals_what_they_may_not_read() {
        for (deed, subject, roles) in PERMISSIONS {
            // Who files an application reads it as a case, and so does who takes its file.
            let of_case = [Subject::Application, Subject::CaseFile].contains(subject);
            let read = if of_case { Subject::Case } else { *subject };
            for role in *roles {
                assert!(role.may(Read, read), "{role:?} {deed:?} {subject:?}");
            }
        }
    }

    #[test]
    fn whoever_keeps_accounts_or_reads_the_log_has_nothing_to_do_with_persons() {
        for role in [Administrator, SecurityAdministrator, Auditor] {
            for subject in
                [Subject::Case, Subject::Person, Subject::ClientAccount, Subject::Pair, Subject::Import]
            {
                for deed in [Read, Change, Export, Reveal] {
                    assert!(!role.may(deed, subject), "{role:?} {deed:?} {subject:?}");
                }
            }
        }
        assert_eq!(who(Read, Subject::StaffAccount), [SecurityAdministrator]);
        assert_eq!(who(Read, Subject::Log), [Client, Auditor]);
        assert!(!Administrator.may(Read, Subject::Log) && !Auditor.may(Change, Subject::StaffAccount));
    }

    #[test]
    fn the_register_is_read_at_the_county_alone_and_revealed_by_those_with_a_purpose() {
        assert_eq!(who(Read, Subject::Person), DEPARTMENTS);
        for role in who(Reveal, Subject::Person) {
            assert_ne!(role.sight(Content::Identity), Sight::Never, "{role:?}");
        }
    }

    #[test]
    fn who_may_read_the_log_sees_it_by_the_table_of_contents_too() {
        for role in Role::ALL.into_iter().filter(|role| *role != Role::System) {
            assert_eq!(role.may(Read, Subject::Log), role.sight(Content::Log) == Sight::Scope, "{role:?}");
        }
    }

    #[test]
    fn what_no_row_names_is_forbidden() {
        for role in ALL {
            assert!(!role.may(Reveal, Subject::Case) && !role.may(Export, Subject::StaffAccount), "{role:?}");
        }
        assert!(Role::System.may(Reveal, Subject::Case));
    }

    /// `docs/permissions.md` is this table; `UPDATE_SNAPSHOTS=1` writes it anew.
    #[test]
    fn the_documentation_shows_the_table() {
        let name = |value: serde_json::Value| value.as_str().unwrap().replace('_', " ");
        let mut page = "# Who does what\n\nWritten from `crates/rules/src/account/permission.rs`. Whose data of a kind it is, \
            the scope of the account says; see\n[architecture.md](architecture.md).\n\n| to what | what | by whom |\n|---|---|---|\n"
            .to_owned();
        for (deed, subject, roles) in PERMISSIONS {
            let roles = if *roles == ALL {
                "everybody".to_owned()
            } else {
                roles.iter().map(|role| role.code().replace('_', " ")).collect::<Vec<_>>().join(", ")
            };
            let (deed, subject) =
                (serde_json::to_value(deed).unwrap(), serde_json::to_value(subject).unwrap());
            page.push_str(&format!("| {} | {} | {roles} |\n", name(subject), name(deed)));
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.md");
        if std::env::var("UPDATE_SNAPSHOTS").is_ok() {
            std::fs::write(path, &page).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == page, "the table changed: run again with UPDATE_SNAPSHOTS=1 and read the difference");
    }
}
