//! A device with passkeys in the browser (W3C Web Authentication Level 3, section 11: virtual authenticators).

use crate::browser::Browser;
use anyhow::{Context, Result};
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// A device that is built into the browser's machine, such as a reader of fingerprints.
#[derive(Debug)]
pub struct Authenticator<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// Puts a device with passkeys into the browser's machine. Its holder is known by finger or face at once.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn with_authenticator(&self) -> Result<Authenticator<'_>> {
        let device = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true,
        });
        let made = Command { method: Method::POST, path: String::new(), body: Some(device) };
        let id = self.client().issue_cmd(made).await?;
        let id = id.as_str().context("the driver names no authenticator")?.to_owned();
        Ok(Authenticator { browser: self, id })
    }
}

impl Authenticator<'_> {
    /// From now on the device knows its holder, or does not.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn knows_its_holder(&self, knows: bool) -> Result<()> {
        let (path, body) = (format!("/{}/uv", self.id), Some(json!({ "isUserVerified": knows })));
        self.browser.client().issue_cmd(Command { method: Method::POST, path, body }).await?;
        Ok(())
    }

    /// How many passkeys the device holds.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn passkeys(&self) -> Result<usize> {
        let (path, body) = (format!("/{}/credentials", self.id), None);
        let held = self.browser.client().issue_cmd(Command { method: Method::GET, path, body }).await?;
        Ok(held.as_array().map_or(0, Vec::len))
    }
}

#[derive(Debug)]
struct Command {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/webauthn/authenticator{}", self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}
