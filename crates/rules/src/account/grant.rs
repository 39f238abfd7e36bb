//! What the token of a program is for. A program does within its account's role only what it was connected for (Personal
//! Information Protection Law art. 6: a clear purpose, and the least that serves it).

use super::{Deed, PERMISSIONS, Role, Subject};
use crate::Refusal;
use serde::{Deserialize, Serialize};

/// Why somebody handles personal data. The codes are those of reads in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Caring for the client.
    Care,
    /// Checking, registering and referring.
    Referral,
    /// Assessing.
    Assessment,
    /// Supervising others' work.
    Supervision,
    /// Counting.
    Statistics,
    /// Looking at who did what.
    Audit,
    /// Research with counts.
    Research,
    /// A duty or a proceeding by law.
    Legal,
    /// Keeping accounts and organisations.
    Administration,
}

impl Purpose {
    /// All purposes, in the order of the enumeration.
    pub const ALL: [Purpose; 9] = [
        Purpose::Care,
        Purpose::Referral,
        Purpose::Assessment,
        Purpose::Supervision,
        Purpose::Statistics,
        Purpose::Audit,
        Purpose::Research,
        Purpose::Legal,
        Purpose::Administration,
    ];

    /// The code used in the database, on the command line and in the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Purpose::Care => "care",
            Purpose::Referral => "referral",
            Purpose::Assessment => "assessment",
            Purpose::Supervision => "supervision",
            Purpose::Statistics => "statistics",
            Purpose::Audit => "audit",
            Purpose::Research => "research",
            Purpose::Legal => "legal",
            Purpose::Administration => "administration",
        }
    }

    /// The purpose of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

impl Subject {
    /// The purposes that this kind of data serves. A new kind of data must say so here. The table is a local default.
    #[must_use]
    pub fn serves(self) -> &'static [Purpose] {
        use Purpose::{
            Administration, Assessment, Audit, Care, Legal, Referral, Research, Statistics, Supervision,
        };
        match self {
            // Whoever may ask anything needs the names of places, and no personal data is in them.
            Subject::Session | Subject::Division => &Purpose::ALL,
            // A phone in somebody's hand; programs have lists and commands of their own.
            Subject::Device => &[Care],
            Subject::WorkList => &[Care, Referral, Assessment],
            Subject::Case | Subject::CaseFile => &[Care, Referral, Assessment, Supervision, Legal],
            Subject::Care | Subject::Agenda => &[Care, Assessment],
            Subject::Application | Subject::Shortlist => &[Referral],
            Subject::Telling | Subject::Contact => &[Care, Referral],
            Subject::Consent | Subject::Right => &[Care, Referral, Supervision, Legal],
            Subject::Person => &[Referral, Assessment, Supervision, Legal],
            Subject::ClientAccount | Subject::Pair | Subject::Import => &[Referral],
            Subject::Institution | Subject::Talent => &[Care, Referral, Assessment, Supervision, Statistics],
            Subject::Workforce => &[Care, Supervision, Statistics],
            Subject::Supervision | Subject::Question => &[Care, Supervision],
            Subject::QuestionFigures => &[Supervision, Statistics],
            Subject::Conference => &[Care, Referral, Supervision],
            Subject::Need => &[Supervision, Statistics, Research],
            Subject::ExportOrder | Subject::ExportDecision => &[Referral, Supervision],
            Subject::Share | Subject::ShareDecision => &[Referral, Supervision],
            // By consent it serves the referral, by a duty the law.
            Subject::SharedRecord => &[Referral, Legal],
            Subject::Research | Subject::ResearchDecision => &[Research],
            // The ground of such an opening is the law, whatever it is used for.
            Subject::EmergencyAccess => &[Legal],
            Subject::EmergencyReview => &[Supervision],
            Subject::FollowUp => &[Care, Supervision, Legal],
            Subject::Lead => &[Care, Referral],
            Subject::Outreach => &[Referral, Supervision, Statistics],
            Subject::ScaleResult => &[Care, Referral, Assessment],
            Subject::ScaleLibrary => &[Care, Referral, Assessment, Administration],
            Subject::Log => &[Audit],
            Subject::StaffAccount | Subject::Organisation => &[Administration],
        }
    }
}

impl Role {
    /// Whether a program of this role could do anything for a purpose; the names of places or scales alone are nothing.
    #[must_use]
    pub fn has_use_for(self, purpose: Purpose) -> bool {
        PERMISSIONS.iter().any(|(_, subject, roles)| {
            roles.contains(&self)
                && subject.serves().contains(&purpose)
                && !matches!(subject, Subject::Session | Subject::Division | Subject::ScaleLibrary)
        })
    }
}

/// What a token was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The purposes; what serves none of them is closed.
    pub purposes: Vec<Purpose>,
    /// It may change data; otherwise it reads and takes lists away.
    pub changes: bool,
}

impl Grant {
    /// For everything that the role may do.
    #[must_use]
    pub fn everything() -> Grant {
        Grant { purposes: Purpose::ALL.to_vec(), changes: true }
    }

    /// Goes on where the token was made for this; what the role may do is asked apart.
    ///
    /// # Errors
    /// The kind of data serves none of its purposes, or it may only read.
    pub fn permit(&self, deed: Deed, subject: Subject) -> Result<(), Refusal> {
        if !self.purposes.iter().any(|purpose| subject.serves().contains(purpose)) {
            return Err(Refusal::new("token", "token_purpose"));
        }
        if !self.changes && matches!(deed, Deed::Change | Deed::Reveal) {
            return Err(Refusal::new("token", "token_reads_only"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Deed::{Change, Export, Read, Reveal};
    use Purpose::{Audit, Care, Referral, Statistics};

    #[test]
    fn codes_are_stable_and_distinct() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::of_code(purpose.code()), Some(purpose));
            assert_eq!(serde_json::to_value(purpose).unwrap(), purpose.code());
        }
        assert_eq!(Purpose::of_code("curiosity"), None);
    }

    #[test]
    fn a_token_does_what_it_was_made_for() {
        let code = |refusal: Refusal| refusal.code;
        for (purposes, changes, deed, subject, expected) in [
            (&[Statistics][..], false, Read, Subject::Need, Ok(())),
            (&[Statistics], false, Export, Subject::Need, Ok(())),
            (&[Statistics], true, Read, Subject::Case, Err("token_purpose")),
            (&[Statistics], true, Change, Subject::Person, Err("token_purpose")),
            (&[Statistics], false, Read, Subject::Division, Ok(())),
            (&[Referral], false, Read, Subject::Case, Ok(())),
            (&[Referral], false, Change, Subject::Case, Err("token_reads_only")),
            (&[Referral], false, Change, Subject::Application, Err("token_reads_only")),
            (&[Referral], false, Reveal, Subject::Person, Err("token_reads_only")),
            (&[Referral], true, Change, Subject::Application, Ok(())),
            (&[Care], true, Change, Subject::Application, Err("token_purpose")),
            (&[Care], true, Change, Subject::Telling, Ok(())),
            (&[Audit], false, Read, Subject::Log, Ok(())),
            (&[Referral, Care], true, Read, Subject::Log, Err("token_purpose")),
            (&[], true, Read, Subject::Division, Err("token_purpose")),
        ] {
            let grant = Grant { purposes: purposes.to_vec(), changes };
            let found = grant.permit(deed, subject).map_err(code);
            assert_eq!(found, expected.map_err(str::to_owned), "{purposes:?} {changes} {deed:?} {subject:?}");
        }
    }

    #[test]
    fn every_row_of_the_table_serves_some_purpose_and_everything_permits_it() {
        for (deed, subject, _) in PERMISSIONS {
            assert!(!subject.serves().is_empty(), "{subject:?}");
            assert!(Grant::everything().permit(*deed, *subject).is_ok(), "{deed:?} {subject:?}");
        }
    }

    #[test]
    fn a_purpose_without_use_is_known() {
        for (role, purpose, of_use) in [
            (Role::Auditor, Audit, true),
            (Role::Auditor, Care, false),
            (Role::Auditor, Referral, false),
            (Role::Doctor, Care, true),
            (Role::Doctor, Audit, false),
            (Role::HealthOfficer, Statistics, true),
            (Role::Supervisor, Purpose::Research, true),
            (Role::Administrator, Purpose::Administration, true),
            (Role::ReferralWorker, Purpose::Administration, false),
        ] {
            assert_eq!(role.has_use_for(purpose), of_use, "{role:?} {purpose:?}");
        }
    }
}
