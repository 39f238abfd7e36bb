//! `--identity-provider FILE`: another identity provider by which people sign in, written down in one strict file.

use crate::private_file;
use anyhow::{Context, Result, bail};
use clap::Args;
use rules::account::{
    Role,
    provider::{Mapping, UnknownPerson},
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use web::{ClaimNames, Provider, ProviderSettings};

/// Options of an identity provider.
#[derive(Debug, Clone, Args)]
pub struct ProviderArgs {
    /// File that describes another identity provider (OpenID Connect) by which people sign in; docs/operate.md shows one.
    #[arg(long, env = "XINQIAO_IDENTITY_PROVIDER", value_name = "FILE")]
    identity_provider: Option<PathBuf>,
}

impl ProviderArgs {
    /// The provider, where one is named.
    ///
    /// # Errors
    /// The file or what it names cannot be read, or says what cannot be.
    pub fn provider(&self) -> Result<Option<Provider>> {
        let named = self.identity_provider.as_deref().filter(|path| !path.as_os_str().is_empty());
        named.map(read).transpose()
    }
}

fn read(path: &Path) -> Result<Provider> {
    let told = || format!("--identity-provider {}", path.display());
    let text = std::fs::read_to_string(path).with_context(told)?;
    let written: Written = toml::from_str(&text).with_context(told)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let settings = written.settings(folder).with_context(told)?;
    Provider::new(settings).map_err(anyhow::Error::msg).with_context(told)
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    issuer: String,
    client_id: String,
    client_secret_file: PathBuf,
    redirect_origin: String,
    certificate_authority: Option<PathBuf>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    unknown_person: UnknownPerson,
    #[serde(default)]
    provision_powers: Vec<Role>,
    #[serde(default)]
    second_factor: Vec<String>,
    label: Label,
    claims: Claims,
    #[serde(default)]
    roles: BTreeMap<String, Role>,
    #[serde(default)]
    organisations: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    #[serde(rename = "zh-CN")]
    chinese: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    #[serde(default = "subject")]
    subject: String,
    #[serde(default = "name")]
    name: String,
    organisation: Option<String>,
    division: Option<String>,
    roles: Option<String>,
}

fn subject() -> String {
    "sub".to_owned()
}

fn name() -> String {
    "name".to_owned()
}

impl Written {
    fn settings(self, folder: &Path) -> Result<ProviderSettings> {
        self.check()?;
        let secret_file = folder.join(&self.client_secret_file);
        let secret = private_file::read(&secret_file)
            .with_context(|| format!("client_secret_file {}", secret_file.display()))?;
        let secret = secret.trim();
        if secret.is_empty() {
            bail!("client_secret_file {}: it is empty", secret_file.display());
        }
        let authority = |file: &PathBuf| {
            let file = folder.join(file);
            std::fs::read(&file).with_context(|| format!("certificate_authority {}", file.display()))
        };
        Ok(ProviderSettings {
            client_secret: secret.to_owned(),
            authorities: self.certificate_authority.as_ref().map(authority).transpose()?,
            issuer: self.issuer,
            client_id: self.client_id,
            redirect_origin: self.redirect_origin.trim_end_matches('/').to_owned(),
            label: (self.label.chinese, self.label.en),
            scopes: self.scopes,
            claims: ClaimNames {
                subject: self.claims.subject,
                name: self.claims.name,
                organisation: self.claims.organisation,
                division: self.claims.division,
                roles: self.claims.roles,
            },
            organisations: self.organisations,
            mapping: Mapping {
                roles: self.roles,
                powers: self.provision_powers,
                unknown: self.unknown_person,
                second_factor: self.second_factor,
            },
        })
    }

    /// What each field may be, and what fits together.
    fn check(&self) -> Result<()> {
        for (field, text) in [
            ("issuer", &self.issuer),
            ("client_id", &self.client_id),
            ("label.zh-CN", &self.label.chinese),
            ("label.en", &self.label.en),
            ("claims.subject", &self.claims.subject),
            ("claims.name", &self.claims.name),
        ] {
            if text.trim().is_empty() {
                bail!("{field}: it is empty");
            }
        }
        for (value, role) in &self.roles {
            if matches!(role, Role::Client | Role::System) {
                bail!("roles.{value}: {} comes in by no provider", role.code());
            }
            if role.power().is_some() && !self.provision_powers.contains(role) {
                tracing::info!(
                    value,
                    role = role.code(),
                    "given only to who holds it here; provision_powers does not name it"
                );
            }
        }
        if let Some(role) = self.provision_powers.iter().find(|role| role.power().is_none()) {
            bail!("provision_powers: {} is none of the three powers", role.code());
        }
        if self.claims.roles.is_some() == self.roles.is_empty() {
            bail!(
                "claims.roles and [roles] belong together: name the claim and what each of its values gives, or neither"
            );
        }
        if self.claims.organisation.is_none() && self.claims.division.is_some() {
            bail!(
                "claims.division: an area counts only as a part of an organisation's; name claims.organisation too"
            );
        }
        if self.claims.organisation.is_none() && !self.organisations.is_empty() {
            bail!("organisations: name claims.organisation, or leave the table out");
        }
        if let Some((value, number)) =
            self.organisations.iter().find(|(_, n)| n.parse::<uuid::Uuid>().is_err())
        {
            bail!("organisations.{value}: {number:?} is no number of an organisation");
        }
        let provisions = self.unknown_person == UnknownPerson::Provision;
        if provisions && (self.claims.organisation.is_none() || self.roles.is_empty()) {
            bail!(
                "unknown_person = \"provision\": name claims.organisation, claims.roles and [roles], from which accounts are made"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const WRITTEN: &str = r#"
issuer = "https://id.example"
client_id = "xinqiao"
client_secret_file = "secret"
redirect_origin = "https://xinqiao.example"
scopes = ["profile"]
unknown_person = "provision"
provision_powers = ["auditor"]
second_factor = ["otp"]
[label]
zh-CN = "政务身份"
en = "Government identity"
[claims]
organisation = "org"
division = "area"
roles = "groups"
[roles]
worker = "referral_worker"
audit = "auditor"
[organisations]
A1 = "01930000-0000-7080-8000-000000000000"
"#;

    /// The settings of a text, with a secret beside it.
    fn settings(text: &str) -> Result<ProviderSettings> {
        let folder = tempfile::tempdir()?;
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "s3cret\n")?;
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600))?;
        toml::from_str::<Written>(text)?.settings(folder.path())
    }

    #[test]
    fn a_whole_file_becomes_settings() {
        let read = settings(WRITTEN).unwrap();
        assert_eq!((read.client_secret.as_str(), read.claims.subject.as_str()), ("s3cret", "sub"));
        assert_eq!(read.mapping.roles["worker"], Role::ReferralWorker);
        assert_eq!(read.mapping.powers, [Role::Auditor]);
        assert_eq!(read.mapping.unknown, UnknownPerson::Provision);
        assert!(Provider::new(read).is_ok());
        let silent = WRITTEN.replace("unknown_person = \"provision\"\n", "");
        assert_eq!(settings(&silent).unwrap().mapping.unknown, UnknownPerson::Refuse, "refused by default");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let roles = "[roles]\nworker = \"referral_worker\"\naudit = \"auditor\"\n";
        for (from, to, named) in [
            ("issuer = \"https://id.example\"\n", "", "issuer"),
            ("issuer = \"https://id.example\"", "issuer = \" \"", "issuer"),
            ("scopes =", "scops =", "scops"),
            ("organisation = \"org\"\n", "organisatoin = \"org\"\n", "organisatoin"),
            ("\"secret\"", "\"elsewhere\"", "client_secret_file"),
            ("\"provision\"", "\"anybody\"", "anybody"),
            ("\"referral_worker\"", "\"clerk\"", "clerk"),
            ("\"referral_worker\"", "\"client\"", "roles.worker"),
            ("\"referral_worker\"", "\"system\"", "roles.worker"),
            ("[\"auditor\"]", "[\"doctor\"]", "provision_powers"),
            ("roles = \"groups\"\n", "", "claims.roles"),
            (roles, "", "claims.roles"),
            ("organisation = \"org\"\n", "", "claims.division"),
            ("organisation = \"org\"\ndivision = \"area\"\n", "", "organisations"),
            ("01930000-0000", "0193", "organisations.A1"),
            ("en = \"Government identity\"", "en = \"\"", "label.en"),
        ] {
            let text = WRITTEN.replace(from, to);
            assert_ne!(text, WRITTEN, "{from}");
            let told = format!("{:#}", settings(&text).map(|_| ()).unwrap_err());
            assert!(told.contains(named), "{named}: {told}");
        }
        for (name, to, fits) in [
            ("https://id.example", "http://id.example", false),
            ("https://id.example", "http://127.0.0.1:9000", true),
            ("https://id.example", "id", false),
            ("https://xinqiao.example", "http://xinqiao.example", false),
            ("https://xinqiao.example", "https://xinqiao.example/path", false),
        ] {
            let read = settings(&WRITTEN.replace(name, to)).unwrap();
            assert_eq!(Provider::new(read).is_ok(), fits, "{to}");
        }
    }
}
