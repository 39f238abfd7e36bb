//! What the operator asks of everybody who signs in.

use clap::Args;
use rules::account::{Role, SignInPolicy};

/// Options of the sign-in, for `xinqiao serve` and `xinqiao demo`.
#[derive(Debug, Clone, Args)]
pub struct SignInArgs {
    /// Administrators, auditors and the county's desks (the roles of data/account.toml) cannot do without a second factor:
    /// who has none is led to set one up and reaches nothing else before.
    #[arg(long, env = "XINQIAO_REQUIRE_SECOND_FACTOR")]
    require_second_factor: bool,
    /// Further roles that cannot do without a second factor, such as supervisor.
    #[arg(
        long = "second-factor-also",
        env = "XINQIAO_SECOND_FACTOR_ALSO",
        value_name = "ROLE",
        value_delimiter = ',',
        value_parser = role
    )]
    also: Vec<Role>,
    /// Passwords age: one that is 90 days old, or that somebody else set, is changed at the next sign-in.
    #[arg(long, env = "XINQIAO_PASSWORDS_AGE")]
    passwords_age: bool,
}

impl SignInArgs {
    /// The same as the rules know it.
    pub fn policy(&self) -> SignInPolicy {
        SignInPolicy {
            second_factor: self.require_second_factor,
            second_factor_also: self.also.clone(),
            passwords_age: self.passwords_age,
        }
    }
}

fn role(code: &str) -> Result<Role, String> {
    let known = Role::of_code(code).filter(|role| *role != Role::System);
    known.ok_or_else(|| {
        let codes: Vec<&str> = Role::ALL.iter().filter(|r| **r != Role::System).map(|r| r.code()).collect();
        format!("there is no role {code:?}; there are: {}", codes.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        sign_in: SignInArgs,
    }

    #[test]
    fn options_become_a_policy_and_an_unknown_role_is_named() {
        let policy = |words: &[&str]| {
            let words = ["xinqiao"].into_iter().chain(words.iter().copied());
            Program::try_parse_from(words).map(|program| program.sign_in.policy())
        };
        assert_eq!(policy(&[]).unwrap(), SignInPolicy::default());
        let asked =
            policy(&["--require-second-factor", "--second-factor-also", "supervisor,doctor"]).unwrap();
        assert!(asked.second_factor && !asked.passwords_age);
        assert_eq!(asked.second_factor_also, [Role::Supervisor, Role::Doctor]);
        assert!(policy(&["--passwords-age"]).unwrap().passwords_age);
        for wrong in ["pilot", "system"] {
            let told = policy(&["--second-factor-also", wrong]).unwrap_err().to_string();
            assert!(told.contains(wrong) && told.contains("security_administrator"), "{told}");
        }
    }
}
