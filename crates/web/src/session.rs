//! Who sends the request: the browser's session cookie, or a program's bearer token.

use crate::{
    Site,
    failure::{ApiFailure, Failure},
    language::{Language, cookie},
    router::Needs,
    shell::Shell,
    transport::Arrival,
};
use app::{
    Error,
    account::{self, Account},
    audit,
    emergency_access::{self, Banner},
    scope::Scope,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use jiff::Timestamp;

/// Name of the session cookie where the browser speaks no TLS: on the own machine, in a closed test.
pub(crate) const COOKIE: &str = "xinqiao_session";
/// Its name over TLS: a browser sends such a cookie back over TLS alone, and only to the host that set it.
pub(crate) const SECURE_COOKIE: &str = "__Host-xinqiao_session";

/// The secret of the session, from the cookie that belongs to how the request arrived. Over TLS the other one counts
/// for nothing: a neighbouring host could have set it.
pub(crate) fn secret(arrival: &Arrival, headers: &HeaderMap) -> Option<String> {
    cookie(headers, if arrival.secure { SECURE_COOKIE } else { COOKIE })
}

/// The header that sets the session's cookie for some seconds; for none, it is taken away.
pub(crate) fn set_cookie(arrival: &Arrival, secret: &str, seconds: i64) -> String {
    let (name, more) = if arrival.secure { (SECURE_COOKIE, "; Secure") } else { (COOKIE, "") };
    format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{more}")
}

/// A person signed in at a browser.
pub(crate) struct Session {
    pub account: Account,
    pub scope: Scope,
    pub language: Language,
    /// What the cookie holds; only a digest of it is stored.
    pub secret: String,
    /// Name of the area whose data is seen.
    pub area_name: String,
    /// Path and query of this page, for the language switch and for coming back.
    pub path: String,
    /// What is open in an emergency and what waits for judgement: every page tells it.
    pub emergency: Banner,
    /// When the request came.
    pub now: Timestamp,
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
        let arrival = site.transport.arrival(&parts.headers, &parts.extensions);
        let Some(secret) = secret(&arrival, &parts.headers) else {
            return Err(Failure::SignInFirst(path));
        };
        match account::of_session(&site.app, &secret).await {
            Ok(account) => {
                let scope = account::scope_of(&site.app, &account).await?;
                permitted(site, parts, &scope).await?;
                let language = Language::of_request(&parts.uri, &parts.headers);
                let area_name = area_name(site, account.division, language);
                let (emergency, now) = (emergency_access::banner(&site.app, &scope).await?, site.app.now());
                Ok(Session { account, scope, language, secret, area_name, path, emergency, now })
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
            Ok(account) => {
                let scope = account::scope_of(&site.app, &account).await?;
                permitted(site, parts, &scope).await?;
                Ok(Caller { scope })
            }
            Err(Error::NotFound) => Err(ApiFailure::NoToken),
            Err(error) => Err(error.into()),
        }
    }
}

/// The one place that turns away whose role the table of permissions does not name for a route; that it was tried is in
/// the log. A route that says nothing is closed.
async fn permitted(site: &Site, parts: &Parts, scope: &Scope) -> Result<(), Error> {
    let needs = parts.extensions.get::<Option<Needs>>().copied().flatten();
    let Needs(deed, subject) = needs.ok_or(Error::Forbidden)?;
    let answer = scope.permit(deed, subject);
    if answer.is_err() {
        audit::record_turned_away(&site.app, scope, (deed, subject)).await?;
    }
    answer
}

/// The name of an area, such as 上海市 浦东新区; the whole country has a name of its own.
fn area_name(site: &Site, division: i64, language: Language) -> String {
    rules::division::DivisionCode::new(division)
        .ok()
        .and_then(|code| site.app.divisions.path(code))
        .unwrap_or_else(|| language.text("shell.nation").into_owned())
}
