//! What the operator asks of everybody who signs in.

use anyhow::{Context, Result, bail};
use app::{App, account::passkey::RelyingParty};
use clap::Args;
use jiff::SignedDuration;
use rules::account::{Role, SignInPolicy};
use std::net::SocketAddr;

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
    /// Further roles whose second factor must be a passkey: a code of an app is not enough. Needs --origin.
    #[arg(
        long = "passkey-for",
        env = "XINQIAO_PASSKEY_FOR",
        value_name = "ROLE",
        value_delimiter = ',',
        value_parser = role
    )]
    passkey_for: Vec<Role>,
    /// The address that people type, such as https://xinqiao.example.cn: passkeys belong to it and are not offered without.
    /// For a demonstration on this machine it is http://localhost with the port.
    #[arg(long, env = "XINQIAO_ORIGIN", value_name = "URL")]
    origin: Option<String>,
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
            passkey_for: self.passkey_for.clone(),
            passwords_age: self.passwords_age,
        }
    }
}

impl SignInArgs {
    /// The installation as it asks those who sign in; passkeys belong to the address that was named, or to `otherwise`.
    ///
    /// # Errors
    /// Passkeys cannot belong to the address, or a role must use one and there is no address.
    pub fn applied(&self, app: &App, otherwise: Option<String>) -> Result<App> {
        let rule = &app.tables.limits.second_factor;
        let policy = self.policy();
        let named = self.origin.clone().filter(|origin| !origin.trim().is_empty());
        let Some(origin) = named.or(otherwise) else {
            if policy.needs_passkeys(rule) {
                bail!(
                    "a role must use a passkey, and passkeys belong to the address that people type; name it: \
                     --origin https://xinqiao.example.cn"
                );
            }
            return Ok(app.asking(policy));
        };
        let open = SignedDuration::from_mins(i64::from(rule.challenge_minutes));
        let party = RelyingParty::new(&origin, open).context("--origin")?;
        Ok(app.asking(policy).reached_at(party))
    }
}

/// The address of a demonstration that this machine alone reaches: browsers bind passkeys to a name, and `localhost` is the
/// one that needs no TLS.
pub fn of_this_machine(listens: SocketAddr) -> Option<String> {
    listens.ip().is_loopback().then(|| format!("http://localhost:{}", listens.port()))
}

fn role(code: &str) -> std::result::Result<Role, String> {
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
        assert_eq!(policy(&["--passkey-for", "auditor"]).unwrap().passkey_for, [Role::Auditor]);
        for (option, wrong) in [("--second-factor-also", "pilot"), ("--passkey-for", "system")] {
            let told = policy(&[option, wrong]).unwrap_err().to_string();
            assert!(told.contains(wrong) && told.contains("security_administrator"), "{told}");
        }
    }

    #[tokio::test]
    async fn passkeys_need_an_address_and_a_machine_of_ones_own_has_one() {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("x.sqlite").display());
        let keys = app::seal::Keys::open(&folder.path().join("x.keys")).unwrap();
        let app = App::new(app::db::Db::open(&database).await.unwrap(), keys).await.unwrap();
        let applied = |words: &[&str], otherwise: Option<&str>| {
            let words = ["xinqiao"].into_iter().chain(words.iter().copied());
            let program = Program::try_parse_from(words).unwrap();
            let app = program.sign_in.applied(&app, otherwise.map(str::to_owned));
            app.map(|app| app.relying_party.map(|party| party.origin().to_owned()))
                .map_err(|e| format!("{e:#}"))
        };
        let here = of_this_machine("127.0.0.1:4711".parse().unwrap());
        assert_eq!(here.as_deref(), Some("http://localhost:4711"));
        assert_eq!(of_this_machine("10.0.0.9:4711".parse().unwrap()), None);
        let site = "https://xinqiao.example.cn";
        for (words, otherwise, expected) in [
            (&[][..], None, None),
            (&[], here.as_deref(), here.as_deref()),
            (&["--origin", site], None, Some(site)),
            (&["--origin", site], here.as_deref(), Some(site)),
            (&["--origin", ""], here.as_deref(), here.as_deref()),
            (&["--origin", site, "--passkey-for", "auditor"], None, Some(site)),
        ] {
            assert_eq!(applied(words, otherwise).unwrap().as_deref(), expected, "{words:?}");
        }
        let without = applied(&["--passkey-for", "auditor"], None).unwrap_err();
        assert!(without.contains("--origin https://"), "{without}");
        let number = applied(&["--origin", "http://127.0.0.1:8080"], None).unwrap_err();
        assert!(number.contains("belongs to a name"), "{number}");
    }
}
