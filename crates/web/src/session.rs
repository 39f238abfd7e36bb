//! Who sends the request: the browser's session cookie, or a program's bearer token.

use crate::{
    Site,
    api::problem::ProblemDocument,
    failure::{ApiFailure, Failure},
    language::{Language, cookie},
    limits::{self, Asking},
    router::Needs,
    shell::Shell,
    transport::Arrival,
};
use app::{
    Error,
    account::{self, Account, Sitting},
    audit,
    emergency_access::{self, Banner},
    scope::Scope,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use jiff::Timestamp;
use rules::account::Step;

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
    /// The days that the password has left, once they are to be told.
    pub password_days: Option<i64>,
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
        match account::sitting(&site.app, &secret).await {
            // Reads and changes alike: such a session reaches nothing but its step.
            Ok(Sitting { awaits: Some(step), .. }) => {
                let back = if parts.method == Method::GET { path.as_str() } else { "/" };
                Err(Failure::StepFirst(step, back.to_owned()))
            }
            Ok(Sitting { account, password_days, .. }) => {
                site.app.db.reads_as(account.id.0);
                if let Some(over) = limits::pass(site, parts, Asking::browser(&account)).await? {
                    return Err(Failure::Over(over));
                }
                let scope = account::scope_of(&site.app, &account).await?;
                permitted(site, parts, &scope).await?;
                let language = Language::of_request(&parts.uri, &parts.headers);
                let area_name = area_name(site, account.division, language);
                let (emergency, now) = (emergency_access::banner(&site.app, &scope).await?, site.app.now());
                Ok(Session {
                    account,
                    scope,
                    language,
                    secret,
                    area_name,
                    path,
                    password_days,
                    emergency,
                    now,
                })
            }
            Err(Error::NotFound) => Err(Failure::SignInFirst(path)),
            Err(error) => Err(error.into()),
        }
    }
}

/// Somebody whose sign-in waits for the step that the route is about.
pub(crate) struct HalfOpen {
    pub account: Account,
    pub language: Language,
    /// What the cookie holds.
    pub secret: String,
    /// Path and query of this page, for the language switch.
    pub path: String,
}

impl FromRequestParts<Site> for HalfOpen {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<HalfOpen, Failure> {
        let arrival = site.transport.arrival(&parts.headers, &parts.extensions);
        let nobody = || Failure::SignInFirst("/".to_owned());
        let secret = secret(&arrival, &parts.headers).ok_or_else(nobody)?;
        let Sitting { account, awaits, .. } = match account::sitting(&site.app, &secret).await {
            Ok(sitting) => sitting,
            Err(Error::NotFound) => return Err(nobody()),
            Err(error) => return Err(error.into()),
        };
        let step = awaits.ok_or(Failure::SignedInAlready)?;
        if parts.uri.path() != step_path(step) {
            return Err(Failure::StepFirst(step, "/".to_owned()));
        }
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let language = Language::of_request(&parts.uri, &parts.headers);
        Ok(HalfOpen { account, language, secret, path })
    }
}

/// Where a step of the sign-in is taken.
pub(crate) fn step_path(step: Step) -> &'static str {
    match step {
        Step::Code => "/sign-in/code",
        Step::Enrol => "/sign-in/enrol",
        Step::Password => "/sign-in/password",
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
        match account::program(&site.app, secret.trim()).await {
            Ok(program) => {
                site.app.db.reads_as(program.account.id.0);
                if let Some(over) = limits::pass(site, parts, Asking::program(&program)).await? {
                    return Err(ApiFailure::Over(over));
                }
                let scope = account::scope_of(&site.app, &program.account).await?;
                let Needs(deed, subject) = permitted(site, parts, &scope).await?;
                program.permit(&site.app, &scope, deed, subject).await.map_err(beyond)?;
                Ok(Caller { scope })
            }
            Err(Error::NotFound) => Err(ApiFailure::NoToken),
            Err(error) => Err(error.into()),
        }
    }
}

/// The one place that turns away whose role the table of permissions does not name for a route; that it was tried is in
/// the log. A route that says nothing is closed.
async fn permitted(site: &Site, parts: &Parts, scope: &Scope) -> Result<Needs, Error> {
    let needs = parts.extensions.get::<Option<Needs>>().copied().flatten();
    let Needs(deed, subject) = needs.ok_or(Error::Forbidden)?;
    let answer = scope.permit(deed, subject);
    if answer.is_err() {
        audit::record_turned_away(&site.app, scope, (deed, subject)).await?;
    }
    answer.map(|()| Needs(deed, subject))
}

/// A token that was made for something else is forbidden like a role, and its code says why.
fn beyond(error: Error) -> ApiFailure {
    match error {
        Error::Refused(refusal) => ProblemDocument::forbidden(refusal.code).into(),
        other => other.into(),
    }
}

/// The name of an area, such as 上海市 浦东新区; the whole country has a name of its own.
fn area_name(site: &Site, division: i64, language: Language) -> String {
    rules::division::DivisionCode::new(division)
        .ok()
        .and_then(|code| site.app.divisions.path(code))
        .unwrap_or_else(|| language.text("shell.nation").into_owned())
}
