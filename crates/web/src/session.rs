//! Who sends the request: the browser's session cookie, or a program's bearer token.

use crate::{
    Site,
    failure::{ApiFailure, Failure},
    language::{Language, cookie},
    shell::Shell,
};
use app::{
    Error,
    account::{self, Account},
    scope::Scope,
};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

/// Name of the session cookie. Behind TLS it carries the `__Host-` prefix.
pub(crate) const COOKIE: &str = "xinqiao_session";

/// A person signed in at a browser.
pub(crate) struct Session {
    pub account: Account,
    pub scope: Scope,
    pub language: Language,
    /// Name of the area whose data is seen.
    pub area_name: String,
    /// Path and query of this page, for the language switch and for coming back.
    pub path: String,
}

impl Session {
    /// What the frame of a page needs.
    pub(crate) fn shell(&self, title: &str) -> Shell {
        Shell::new(self, title)
    }
}

impl FromRequestParts<Site> for Session {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Session, Failure> {
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let Some(secret) = cookie(&parts.headers, COOKIE) else {
            return Err(Failure::SignInFirst(path));
        };
        match account::of_session(&site.app, &secret).await {
            Ok(account) => {
                let scope = account.scope()?;
                let language = Language::of_request(&parts.uri, &parts.headers);
                let area_name = area_name(site, account.division, language);
                Ok(Session { account, scope, language, area_name, path })
            }
            Err(Error::NotFound) => Err(Failure::SignInFirst(path)),
            Err(error) => Err(error.into()),
        }
    }
}

/// A program with a bearer token.
pub(crate) struct Caller {
    pub scope: Scope,
}

impl FromRequestParts<Site> for Caller {
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Caller, ApiFailure> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let secret = header.and_then(|v| v.strip_prefix("Bearer ")).ok_or(ApiFailure::NoToken)?;
        match account::of_token(&site.app, secret.trim()).await {
            Ok(account) => Ok(Caller { scope: account.scope()? }),
            Err(Error::NotFound) => Err(ApiFailure::NoToken),
            Err(error) => Err(error.into()),
        }
    }
}

/// The name of an area, such as 上海市 浦东新区; the whole country has a name of its own.
fn area_name(site: &Site, division: i64, language: Language) -> String {
    rules::division::DivisionCode::new(division)
        .ok()
        .and_then(|code| site.app.divisions.path(code))
        .unwrap_or_else(|| language.text("shell.nation").into_owned())
}
