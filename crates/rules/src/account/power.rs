//! The three powers that never meet in one hand: keeping the system, keeping accounts, reading the log (three-power
//! separation, GB/T 22239-2019 level 3, 8.1.5: system, security and audit administration each by its own administrator).

use super::Role;

/// One of the three powers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Power {
    /// Keeps the system: organisations, divisions.
    System,
    /// Keeps accounts: roles, passwords, second factors, locks, tokens.
    Security,
    /// Reads the log of what everybody did, the other two included.
    Audit,
}

impl Role {
    /// The power that comes with the role; none for those who work on cases.
    #[must_use]
    pub fn power(self) -> Option<Power> {
        match self {
            Role::Administrator => Some(Power::System),
            Role::SecurityAdministrator => Some(Power::Security),
            Role::Auditor => Some(Power::Audit),
            _ => None,
        }
    }
}

/// Whether somebody who holds these roles already may get another one: two powers never meet, whatever the third is.
#[must_use]
pub fn powers_stay_apart(held: &[Role], wanted: Role) -> bool {
    let Some(wanted) = wanted.power() else { return true };
    held.iter().filter_map(|role| role.power()).all(|power| power == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Deed, Subject};
    use Role::{Administrator, Auditor, Doctor, ReferralWorker, SecurityAdministrator};

    #[test]
    fn two_powers_never_meet() {
        for (held, wanted, may) in [
            (&[][..], Administrator, true),
            (&[], SecurityAdministrator, true),
            (&[], Auditor, true),
            (&[Administrator], Administrator, true),
            (&[Administrator], SecurityAdministrator, false),
            (&[Administrator], Auditor, false),
            (&[SecurityAdministrator], Administrator, false),
            (&[SecurityAdministrator], Auditor, false),
            (&[Auditor], Administrator, false),
            (&[Auditor], SecurityAdministrator, false),
            (&[Doctor, Auditor], Administrator, false),
            (&[Auditor], ReferralWorker, true),
            (&[ReferralWorker], Auditor, true),
        ] {
            assert_eq!(powers_stay_apart(held, wanted), may, "{held:?} {wanted:?}");
        }
    }

    #[test]
    fn each_power_keeps_its_own_and_none_of_the_others() {
        let rows = [
            (Subject::Organisation, Power::System),
            (Subject::Division, Power::System),
            (Subject::StaffAccount, Power::Security),
        ];
        for role in Role::ALL.into_iter().filter(|role| *role != Role::System) {
            for (subject, power) in rows {
                assert_eq!(
                    role.may(Deed::Change, subject),
                    role.power() == Some(power),
                    "{role:?} {subject:?}"
                );
            }
            assert!(!role.may(Deed::Change, Subject::Log), "{role:?} changes the log");
        }
        assert!(!SecurityAdministrator.may(Deed::Read, Subject::Log));
        assert!(!Auditor.may(Deed::Read, Subject::StaffAccount));
        assert!(!Administrator.may(Deed::Read, Subject::StaffAccount));
    }
}
