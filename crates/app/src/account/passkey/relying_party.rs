//! The site as a passkey knows it: the address that people type. A passkey answers no other one.

use jiff::SignedDuration;
use std::time::Duration;
use url::{Host, Url};
use webauthn_rs::prelude::{Webauthn, WebauthnBuilder};

/// The name that a device shows beside a passkey. It says nothing of what the site is for: whoever keeps passkeys with a
/// company shows it the name.
const NAME: &str = "Xinqiao";

/// Why passkeys cannot be bound to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadOrigin {
    /// It is none.
    #[error("{0:?} is no address; write it as people type it, such as https://xinqiao.example.cn")]
    NotAnAddress(String),
    /// Passkeys are bound to names.
    #[error(
        "{0:?} is a number; a passkey belongs to a name, such as https://xinqiao.example.cn or http://localhost:8080"
    )]
    Number(String),
    /// Browsers offer passkeys over TLS alone, but for the own machine.
    #[error(
        "{0:?} is not reached over TLS; browsers offer passkeys at https:// and at http://localhost alone"
    )]
    WithoutTls(String),
    /// It is a page of a site, not a site.
    #[error("{0:?} names a page; write scheme, name and port alone")]
    Page(String),
}

/// The site as a passkey knows it.
#[derive(Debug)]
pub struct RelyingParty {
    pub(super) ceremony: Webauthn,
    origin: String,
}

impl RelyingParty {
    /// The site at this address; a question to a passkey is open for so long.
    ///
    /// # Errors
    /// Passkeys cannot be bound to such an address.
    pub fn new(origin: &str, open: SignedDuration) -> Result<RelyingParty, BadOrigin> {
        let written = || origin.to_owned();
        let url = Url::parse(origin.trim()).map_err(|_| BadOrigin::NotAnAddress(written()))?;
        let name = match url.host() {
            Some(Host::Domain(name)) if matches!(url.scheme(), "http" | "https") => name.to_owned(),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(BadOrigin::Number(written())),
            _ => return Err(BadOrigin::NotAnAddress(written())),
        };
        if url.scheme() == "http" && name != "localhost" && !name.ends_with(".localhost") {
            return Err(BadOrigin::WithoutTls(written()));
        }
        let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if url.path() != "/" || !bare {
            return Err(BadOrigin::Page(written()));
        }
        let open = Duration::try_from(open).unwrap_or(webauthn_rs::DEFAULT_AUTHENTICATOR_TIMEOUT);
        let builder = WebauthnBuilder::new(&name, &url).and_then(|b| b.rp_name(NAME).timeout(open).build());
        let ceremony = builder.map_err(|_| BadOrigin::NotAnAddress(written()))?;
        Ok(RelyingParty { ceremony, origin: url.origin().ascii_serialization() })
    }

    /// The address, as browsers write it.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_bound_to_a_name_over_tls_or_to_the_own_machine() {
        let number = |text: &str| Err(BadOrigin::Number(text.to_owned()));
        let none = |text: &str| Err(BadOrigin::NotAnAddress(text.to_owned()));
        let plain = |text: &str| Err(BadOrigin::WithoutTls(text.to_owned()));
        let page = |text: &str| Err(BadOrigin::Page(text.to_owned()));
        for (written, expected) in [
            ("https://xinqiao.example.cn", Ok("https://xinqiao.example.cn")),
            (" https://Xinqiao.example.cn/ ", Ok("https://xinqiao.example.cn")),
            ("https://xinqiao.example.cn:8443", Ok("https://xinqiao.example.cn:8443")),
            ("https://xinqiao.example.cn:443", Ok("https://xinqiao.example.cn")),
            ("http://localhost:8080", Ok("http://localhost:8080")),
            ("http://127.0.0.1:8080", number("http://127.0.0.1:8080")),
            ("https://[::1]", number("https://[::1]")),
            ("http://xinqiao.example.cn", plain("http://xinqiao.example.cn")),
            ("http://notlocalhost", plain("http://notlocalhost")),
            ("https://xinqiao.example.cn/sign-in", page("https://xinqiao.example.cn/sign-in")),
            ("https://xinqiao.example.cn/?a", page("https://xinqiao.example.cn/?a")),
            ("https://a@xinqiao.example.cn", page("https://a@xinqiao.example.cn")),
            ("xinqiao.example.cn", none("xinqiao.example.cn")),
            ("ftp://xinqiao.example.cn", none("ftp://xinqiao.example.cn")),
            ("", none("")),
        ] {
            let made = RelyingParty::new(written, SignedDuration::from_mins(5));
            let found = made.as_ref().map(RelyingParty::origin).map_err(BadOrigin::clone);
            assert_eq!(found, expected, "{written}");
        }
    }
}
