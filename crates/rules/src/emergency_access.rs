//! Emergency access: somebody outside the scope of a person's record opens this one record for a short time, read only,
//! for a reason that a second person judges afterwards.
//!
//! Bases are the emergency and the statutory duty of the Personal Information Protection Law (art. 13 (1)(4) and (1)(3));
//! everything else is a local default in `data/emergency_access.toml`.

use crate::{
    account::{Content, Role},
    embedded::DataError,
    refusal::Refusal,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

const FILE: &str = "data/emergency_access.toml";
const TEXT: &str = include_str!("../../../data/emergency_access.toml");

/// The legal basis of an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// An emergency that threatens somebody's life, health or property (art. 13 (1)(4)).
    Emergency,
    /// A statutory duty or power (art. 13 (1)(3)).
    StatutoryDuty,
}

impl Basis {
    /// All of them.
    pub const ALL: [Basis; 2] = [Basis::Emergency, Basis::StatutoryDuty];

    /// The code that is stored and shown by the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Basis::Emergency => "emergency",
            Basis::StatutoryDuty => "statutory_duty",
        }
    }

    /// The basis of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Basis> {
        Basis::ALL.into_iter().find(|basis| basis.code() == code)
    }
}

/// What a second person finds of an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was right to look.
    Justified,
    /// It was not.
    NotJustified,
}

impl Verdict {
    /// Both.
    pub const ALL: [Verdict; 2] = [Verdict::Justified, Verdict::NotJustified];

    /// The code that is stored and shown by the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Justified => "justified",
            Verdict::NotJustified => "not_justified",
        }
    }

    /// The verdict of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.code() == code)
    }
}

/// What holds for one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleTerms {
    /// Who may open.
    pub role: Role,
    /// What is shown then.
    pub contents: Vec<Content>,
    /// Who judges it.
    pub reviewed_by: Vec<Role>,
}

/// The terms of emergency access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// First day in use.
    pub effective_from: Date,
    /// Hours after which an opening ends.
    pub hours: u16,
    /// Characters of a reason at least, blanks not counted …
    pub reason_characters: u16,
    /// … and how many of them differ at least.
    pub reason_different: u16,
    /// Characters of the note of who finds an opening not justified.
    pub note_characters: u16,
    /// Tries in an hour at most, found or not.
    pub tries_per_hour: u16,
    /// Hours within which a second person judges.
    pub review_hours: u16,
    /// Who judges, too, after these hours.
    pub escalates_to: Role,
    /// Who may, each with what is shown.
    #[serde(rename = "role")]
    pub roles: Vec<RoleTerms>,
}

/// An opening as far as the rules need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Who opened.
    pub account: Uuid,
    /// In which role.
    pub role: Role,
    /// When it ends at the latest.
    pub until: Timestamp,
    /// When it was ended before.
    pub ended_at: Option<Timestamp>,
    /// By when it is to be judged.
    pub review_due_at: Timestamp,
    /// Somebody judged it.
    pub judged: bool,
}

impl Opening {
    /// Whether it shows anything to this account in this role now.
    #[must_use]
    pub fn shows_to(&self, account: Uuid, role: Role, now: Timestamp) -> bool {
        (self.account, self.role) == (account, role) && self.ended_at.is_none() && now < self.until
    }
}

impl Terms {
    /// What is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// What holds for a role; nothing where it may not open.
    #[must_use]
    pub fn of(&self, role: Role) -> Option<&RoleTerms> {
        self.roles.iter().find(|terms| terms.role == role)
    }

    /// Whether a record may be opened: by this role, after so many tries within the hour.
    ///
    /// # Errors
    /// The role may not, or tried too often.
    pub fn admit(&self, role: Role, tries: i64) -> Result<&RoleTerms, Refusal> {
        let terms = self.of(role).ok_or_else(|| Refusal::new("EA1", "no_emergency_access"))?;
        if tries >= i64::from(self.tries_per_hour) {
            return Err(Refusal::new("EA2", "too_many_openings").with("tries", self.tries_per_hour));
        }
        Ok(terms)
    }

    /// Whether a reason says enough to be judged. The same sign many times is no reason.
    #[must_use]
    pub fn is_reason(&self, reason: &str) -> bool {
        let written: Vec<char> = reason.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let different: BTreeSet<&char> = written.iter().collect();
        written.len() >= usize::from(self.reason_characters)
            && different.len() >= usize::from(self.reason_different)
    }

    /// When an opening of this instant ends.
    #[must_use]
    pub fn ends(&self, at: Timestamp) -> Timestamp {
        at + SignedDuration::from_hours(i64::from(self.hours))
    }

    /// By when an opening of this instant is judged.
    #[must_use]
    pub fn review_due(&self, at: Timestamp) -> Timestamp {
        at + SignedDuration::from_hours(i64::from(self.review_hours))
    }

    /// Roles whose openings this role judges in time.
    #[must_use]
    pub fn reviewed_by(&self, role: Role) -> Vec<Role> {
        let of = self.roles.iter().filter(|terms| terms.reviewed_by.contains(&role));
        of.map(|terms| terms.role).collect()
    }

    /// Whether this account may judge an opening now: a second person of the role that judges it, or of the role above
    /// once the time is up.
    ///
    /// # Errors
    /// It was judged already, is the account's own, or another role judges it.
    pub fn review(
        &self,
        opening: &Opening,
        (account, role): (Uuid, Role),
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if opening.judged {
            return Err(Refusal::new("EA3", "already_judged"));
        }
        if opening.account == account {
            return Err(Refusal::new("EA4", "own_opening"));
        }
        let in_time = self.of(opening.role).is_some_and(|terms| terms.reviewed_by.contains(&role));
        let late = role == self.escalates_to && now > opening.review_due_at;
        if in_time || late { Ok(()) } else { Err(Refusal::new("EA5", "no_reviewer")) }
    }

    /// Whether the note suffices: nobody is found at fault without a word why.
    #[must_use]
    pub fn is_note(&self, verdict: Verdict, note: &str) -> bool {
        let characters = note.chars().filter(|c| !c.is_whitespace() && !c.is_control()).count();
        verdict == Verdict::Justified || characters >= usize::from(self.note_characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Deed, Sight, Subject};
    use proptest::prelude::*;

    fn terms() -> Terms {
        Terms::embedded().unwrap()
    }

    fn at(hour: i64) -> Timestamp {
        let start: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        start + SignedDuration::from_hours(hour)
    }

    fn opening(role: Role) -> Opening {
        let (until, review_due_at) = (terms().ends(at(0)), terms().review_due(at(0)));
        Opening { account: Uuid::from_u128(1), role, until, ended_at: None, review_due_at, judged: false }
    }

    #[test]
    fn the_file_is_sound_and_says_the_same_as_the_table_of_permissions() {
        let terms = terms();
        assert!((1..=24).contains(&terms.hours) && terms.reason_characters >= 20);
        assert!(terms.reason_different <= terms.reason_characters && terms.note_characters > 0);
        assert!((1..=24).contains(&terms.review_hours) && terms.tries_per_hour > 0);
        let opening: BTreeSet<Role> = terms.roles.iter().map(|terms| terms.role).collect();
        assert_eq!(opening.len(), terms.roles.len());
        for role in Role::ALL.into_iter().filter(|role| *role != Role::System) {
            assert_eq!(opening.contains(&role), role.may(Deed::Change, Subject::EmergencyAccess), "{role:?}");
            assert_eq!(opening.contains(&role), role.may(Deed::Reveal, Subject::EmergencyAccess), "{role:?}");
            let judges = !terms.reviewed_by(role).is_empty() || role == terms.escalates_to;
            assert_eq!(judges, role.may(Deed::Change, Subject::EmergencyReview), "{role:?}");
        }
    }

    #[test]
    fn nobody_is_shown_more_than_the_role_could_see_but_the_health_officer() {
        for RoleTerms { role, contents, reviewed_by } in &terms().roles {
            assert!(!reviewed_by.is_empty() && contents.contains(&Content::Status), "{role:?}");
            for content in contents {
                let beyond = role.sight(*content) == Sight::Never;
                assert!(!beyond || *role == Role::HealthOfficer, "{role:?} {content:?}");
                assert!(!matches!(content, Content::Log | Content::Agreement), "{role:?} {content:?}");
            }
        }
    }

    #[test]
    fn a_reason_is_long_and_varied_enough() {
        for (reason, good) in [
            ("患者在急诊科意识不清,需了解用药史与既往风险", true),
            ("Found unconscious in the street, no papers", true),
            ("急", false),
            ("患者在急诊科意识不清", false),
            ("紧急紧急紧急紧急紧急紧急紧急紧急紧急紧急紧急紧急", false),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("a b c d e f g h i j k", false),
            ("                                        ", false),
            ("", false),
        ] {
            assert_eq!(terms().is_reason(reason), good, "{reason}");
        }
    }

    #[test]
    fn who_may_open_and_how_often() {
        for (role, tries, code) in [
            (Role::Doctor, 0, None),
            (Role::Doctor, 4, None),
            (Role::Doctor, 5, Some("too_many_openings")),
            (Role::Supervisor, 0, None),
            (Role::HealthOfficer, 0, None),
            (Role::CaseManager, 0, Some("no_emergency_access")),
            (Role::Committee, 0, Some("no_emergency_access")),
            (Role::Client, 0, Some("no_emergency_access")),
            (Role::Auditor, 0, Some("no_emergency_access")),
            (Role::Administrator, 0, Some("no_emergency_access")),
        ] {
            let found = terms().admit(role, tries).err().map(|refusal| refusal.code);
            assert_eq!(found.as_deref(), code, "{role:?} {tries}");
        }
    }

    #[test]
    fn an_opening_shows_to_its_opener_alone_until_it_ends() {
        let own = Uuid::from_u128(1);
        for (account, role, hour, ended, shows) in [
            (own, Role::Doctor, 0, None, true),
            (own, Role::Doctor, 3, None, true),
            (own, Role::Doctor, 4, None, false),
            (own, Role::Doctor, 1, Some(at(1)), false),
            (own, Role::CivilAffairsOfficer, 1, None, false),
            (Uuid::from_u128(2), Role::Doctor, 1, None, false),
        ] {
            let opening = Opening { ended_at: ended, ..opening(Role::Doctor) };
            assert_eq!(opening.shows_to(account, role, at(hour)), shows, "{account} {role:?} {hour}");
        }
    }

    #[test]
    fn a_second_person_judges_and_the_role_above_once_it_is_late() {
        let (own, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (opener, reviewer, role, hour, judged, code) in [
            (Role::Doctor, other, Role::CivilAffairsOfficer, 1, false, None),
            (Role::Doctor, other, Role::CivilAffairsOfficer, 100, false, None),
            (Role::Doctor, other, Role::Supervisor, 24, false, Some("no_reviewer")),
            (Role::Doctor, other, Role::Supervisor, 25, false, None),
            (Role::Doctor, other, Role::Doctor, 1, false, Some("no_reviewer")),
            (Role::Doctor, other, Role::Auditor, 100, false, Some("no_reviewer")),
            (Role::CivilAffairsOfficer, other, Role::CivilAffairsOfficer, 1, false, Some("no_reviewer")),
            (Role::CivilAffairsOfficer, other, Role::Supervisor, 1, false, None),
            (Role::Supervisor, own, Role::Supervisor, 1, false, Some("own_opening")),
            (Role::Supervisor, own, Role::Supervisor, 100, false, Some("own_opening")),
            (Role::Supervisor, other, Role::Supervisor, 1, false, None),
            (Role::Doctor, other, Role::CivilAffairsOfficer, 1, true, Some("already_judged")),
        ] {
            let opening = Opening { judged, ..opening(opener) };
            let found =
                terms().review(&opening, (reviewer, role), at(hour)).err().map(|refusal| refusal.code);
            assert_eq!(found.as_deref(), code, "{opener:?} by {role:?} after {hour}");
        }
    }

    #[test]
    fn who_finds_fault_says_why() {
        for (verdict, note, good) in [
            (Verdict::Justified, "", true),
            (Verdict::NotJustified, "", false),
            (Verdict::NotJustified, "不合理", false),
            (Verdict::NotJustified, "当日没有急诊记录,与当事人无工作关系", true),
        ] {
            assert_eq!(terms().is_note(verdict, note), good, "{verdict:?} {note}");
        }
    }

    proptest! {
        /// Whoever opened never judges it, and nobody judges twice.
        #[test]
        fn nobody_judges_the_own_opening(opener in 0..15_usize, reviewer in 0..15_usize, hour in 0..200_i64, judged: bool) {
            let opening = Opening { judged, ..opening(Role::ALL[opener]) };
            let own = (opening.account, Role::ALL[reviewer]);
            prop_assert!(terms().review(&opening, own, at(hour)).is_err());
            let second = (Uuid::from_u128(2), Role::ALL[reviewer]);
            if terms().review(&opening, second, at(hour)).is_ok() {
                prop_assert!(!judged && second.1.may(Deed::Change, Subject::EmergencyReview));
            }
        }
    }
}
