//! The steps of signing in behind the password (GB/T 22239-2019 level 3, 8.1.4.1 a and d). A session that waits for a step
//! reaches nothing but that step and the way out.

use super::{Factors, Role, SecondFactor};
use serde::{Deserialize, Serialize};

/// What a session waits for. The codes are stored with it and stand in addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The second factor: a passkey, a code of the app or one from paper.
    Code,
    /// A second factor to be set up, which the role requires.
    Enrol,
    /// Another password.
    Password,
}

impl Step {
    /// All steps, in the order in which they are taken.
    pub const ALL: [Step; 3] = [Step::Code, Step::Enrol, Step::Password];

    /// The code used in the database and in addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Step::Code => "code",
            Step::Enrol => "enrol",
            Step::Password => "password",
        }
    }

    /// The step of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.code() == code)
    }
}

/// How an account stands at a moment of its sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its second factors.
    pub factors: Factors,
    /// The second factor was shown in this sign-in.
    pub factor_shown: bool,
    /// Its role cannot do without one.
    pub factor_required: bool,
    /// Its password is to be changed.
    pub password_due: bool,
}

/// What comes next; nothing where the session is open.
#[must_use]
pub fn next_step(standing: Standing) -> Option<Step> {
    let factors = standing.factors;
    if factors.any() && !standing.factor_shown {
        return Some(Step::Code);
    }
    let without_passkey = factors.passkey_required && !factors.passkey;
    if standing.factor_required && !factors.any() || without_passkey {
        return Some(Step::Enrol);
    }
    standing.password_due.then_some(Step::Password)
}

/// What the operator switches on. Nothing is, where nothing is said: a demonstration and a closed test ask for a password
/// alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInPolicy {
    /// The roles of `data/account.toml` cannot do without a second factor.
    pub second_factor: bool,
    /// Nor can these.
    pub second_factor_also: Vec<Role>,
    /// Nor can these, and theirs must be a passkey.
    pub passkey_for: Vec<Role>,
    /// Passwords age.
    pub passwords_age: bool,
}

impl SignInPolicy {
    /// Whether a role cannot do without a second factor.
    #[must_use]
    pub fn requires_factor(&self, factor: &SecondFactor, role: Role) -> bool {
        self.second_factor && factor.required.contains(&role)
            || self.second_factor_also.contains(&role)
            || self.requires_passkey(factor, role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Limits;

    #[test]
    fn each_standing_has_its_next_step() {
        // has a factor, it was shown, one is required, the password is due
        for (has_factor, factor_shown, factor_required, password_due, expected) in [
            (false, false, false, false, None),
            (false, false, false, true, Some(Step::Password)),
            (false, false, true, false, Some(Step::Enrol)),
            (false, false, true, true, Some(Step::Enrol)),
            (true, false, false, false, Some(Step::Code)),
            (true, false, false, true, Some(Step::Code)),
            (true, false, true, false, Some(Step::Code)),
            (true, false, true, true, Some(Step::Code)),
            (true, true, false, false, None),
            (true, true, false, true, Some(Step::Password)),
            (true, true, true, false, None),
            (true, true, true, true, Some(Step::Password)),
            // Shown with a recovery code and reset by somebody meanwhile: it must be set up again.
            (false, true, true, false, Some(Step::Enrol)),
        ] {
            let factors = Factors { app: has_factor, passkey: false, passkey_required: false };
            let standing = Standing { factors, factor_shown, factor_required, password_due };
            assert_eq!(next_step(standing), expected, "{standing:?}");
        }
    }

    #[test]
    fn taking_each_step_leads_to_an_open_session() {
        for bits in 0..64_u8 {
            let bit = |at: u8| bits & (1 << at) != 0;
            let factors = Factors { app: bit(0), passkey: bit(4), passkey_required: bit(5) };
            let mut standing = Standing {
                factors,
                factor_shown: bit(1),
                factor_required: bit(2) || bit(5),
                password_due: bit(3),
            };
            let mut taken = Vec::new();
            while let Some(step) = next_step(standing) {
                assert!(!taken.contains(&step), "{step:?} twice from {bits:06b}");
                taken.push(step);
                match step {
                    Step::Code => standing.factor_shown = true,
                    Step::Enrol => {
                        let factors = &mut standing.factors;
                        *(if factors.may_enrol_app() { &mut factors.app } else { &mut factors.passkey }) =
                            true;
                        standing.factor_shown = true;
                    }
                    Step::Password => standing.password_due = false,
                }
            }
            let factors = standing.factors;
            assert!(!standing.factor_required || factors.any() && standing.factor_shown, "{bits:06b}");
            assert!(!factors.any() || standing.factor_shown, "{bits:06b}");
            assert!(!factors.passkey_required || factors.passkey, "{bits:06b}");
        }
    }

    #[test]
    fn codes_are_those_of_the_documents() {
        for step in Step::ALL {
            assert_eq!(Step::of_code(step.code()), Some(step));
            assert_eq!(serde_json::to_value(step).unwrap(), step.code());
        }
        assert_eq!(Step::of_code("open"), None);
    }

    #[test]
    fn the_operator_decides_who_needs_a_second_factor() {
        let factor = Limits::embedded().unwrap().second_factor;
        let silent = SignInPolicy::default();
        let asked = SignInPolicy { second_factor: true, ..SignInPolicy::default() };
        let also = SignInPolicy { second_factor_also: vec![Role::Supervisor], ..asked.clone() };
        let alone = SignInPolicy { second_factor_also: vec![Role::Supervisor], ..SignInPolicy::default() };
        for (policy, role, required) in [
            (&silent, Role::Administrator, false),
            (&asked, Role::Administrator, true),
            (&asked, Role::SecurityAdministrator, true),
            (&asked, Role::Auditor, true),
            (&asked, Role::ReferralWorker, true),
            (&asked, Role::CivilAffairsOfficer, true),
            (&asked, Role::HealthOfficer, true),
            (&asked, Role::DpfOfficer, true),
            (&asked, Role::Supervisor, false),
            (&asked, Role::Doctor, false),
            (&asked, Role::Client, false),
            (&also, Role::Supervisor, true),
            (&also, Role::Auditor, true),
            (&alone, Role::Supervisor, true),
            (&alone, Role::Auditor, false),
        ] {
            assert_eq!(policy.requires_factor(&factor, role), required, "{policy:?} {role:?}");
        }
    }
}
