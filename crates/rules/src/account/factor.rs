//! Which second factor is enough for whom (GB/T 22239-2019 level 3, 8.1.4.1 d: two or more factors, one of them
//! cryptographic). A code of an app can be talked out of its holder; a passkey answers its own site alone (W3C Web
//! Authentication), which is why a role may have to use one.

use super::{Role, SecondFactor, SignInPolicy};

/// The second factors of an account, and whether its role must use a passkey.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Factors {
    /// An authenticator app.
    pub app: bool,
    /// One passkey or more.
    pub passkey: bool,
    /// The role cannot do without a passkey.
    pub passkey_required: bool,
}

impl Factors {
    /// The account has a second factor of some kind.
    #[must_use]
    pub fn any(self) -> bool {
        self.app || self.passkey
    }

    /// Whether a code of the app is enough. Where a passkey is required it only leads to setting the first one up.
    #[must_use]
    pub fn takes_app(self) -> bool {
        self.app && !(self.passkey_required && self.passkey)
    }

    /// Whether an authenticator app may be set up at the sign-in in place of a passkey.
    #[must_use]
    pub fn may_enrol_app(self) -> bool {
        !self.app && !self.passkey_required
    }
}

impl SignInPolicy {
    /// Whether a role cannot do without a passkey.
    #[must_use]
    pub fn requires_passkey(&self, factor: &SecondFactor, role: Role) -> bool {
        self.second_factor && factor.passkey_required.contains(&role) || self.passkey_for.contains(&role)
    }

    /// Whether any role cannot: then the site must have a name that passkeys can be bound to.
    #[must_use]
    pub fn needs_passkeys(&self, factor: &SecondFactor) -> bool {
        Role::ALL.into_iter().any(|role| self.requires_passkey(factor, role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Limits, Standing, Step, next_step};

    #[test]
    fn each_set_of_factors_says_what_is_taken_and_what_may_be_set_up() {
        // app, passkey, passkey required; any factor, a code of the app is enough, the app may be set up
        for (app, passkey, passkey_required, any, takes_app, may_enrol_app) in [
            (false, false, false, false, false, true),
            (true, false, false, true, true, false),
            (false, true, false, true, false, true),
            (true, true, false, true, true, false),
            (false, false, true, false, false, false),
            // The last code of the app leads to the first passkey.
            (true, false, true, true, true, false),
            (false, true, true, true, false, false),
            (true, true, true, true, false, false),
        ] {
            let factors = Factors { app, passkey, passkey_required };
            let found = (factors.any(), factors.takes_app(), factors.may_enrol_app());
            assert_eq!(found, (any, takes_app, may_enrol_app), "{factors:?}");
        }
    }

    #[test]
    fn each_kind_of_factor_leads_to_its_next_step() {
        use Step::{Code, Enrol};
        // app, passkey, passkey required, some factor required, a factor was shown
        for (app, passkey, passkey_required, factor_required, factor_shown, expected) in [
            (false, false, false, false, false, None),
            (false, false, false, true, false, Some(Enrol)),
            (false, false, true, true, false, Some(Enrol)),
            (true, false, false, true, false, Some(Code)),
            (true, false, false, true, true, None),
            (true, false, true, true, false, Some(Code)),
            (true, false, true, true, true, Some(Enrol)),
            (false, true, false, false, false, Some(Code)),
            (false, true, false, true, false, Some(Code)),
            (false, true, true, true, false, Some(Code)),
            (false, true, true, true, true, None),
            (true, true, true, true, false, Some(Code)),
            (true, true, true, true, true, None),
        ] {
            let factors = Factors { app, passkey, passkey_required };
            let standing = Standing { factors, factor_shown, factor_required, password_due: false };
            assert_eq!(next_step(standing), expected, "{standing:?}");
        }
    }

    #[test]
    fn the_data_and_the_operator_say_who_must_use_a_passkey() {
        let data = Limits::embedded().unwrap().second_factor;
        let named = SecondFactor { passkey_required: vec![Role::Auditor], ..data.clone() };
        let silent = SignInPolicy::default();
        let asked = SignInPolicy { second_factor: true, ..SignInPolicy::default() };
        let also = SignInPolicy { passkey_for: vec![Role::Supervisor], ..SignInPolicy::default() };
        for (policy, factor, role, passkey, any) in [
            (&silent, &named, Role::Auditor, false, false),
            (&asked, &data, Role::Auditor, false, true),
            (&asked, &named, Role::Auditor, true, true),
            (&asked, &named, Role::Administrator, false, true),
            (&also, &data, Role::Supervisor, true, true),
            (&also, &data, Role::Doctor, false, false),
        ] {
            let found = (policy.requires_passkey(factor, role), policy.requires_factor(factor, role));
            assert_eq!(found, (passkey, any), "{policy:?} {role:?}");
        }
        assert!(!silent.needs_passkeys(&named) && !asked.needs_passkeys(&data));
        assert!(asked.needs_passkeys(&named) && also.needs_passkeys(&data));
    }
}
