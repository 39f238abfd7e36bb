//! `/account`: everybody's own account: password, second factor, sessions of browsers, tokens of programs, and what was done
//! to it.

use super::provider;
use crate::{
    Provider, Site,
    address::parsed,
    answer::{Page, page, page_with},
    device::own::DeviceLine,
    due::minute,
    failure::Failure,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    account::{
        delegation::{self, Line},
        factor::{self, OwnFactor},
        identity::{self, Linked},
        own::{self, OwnEvent, OwnSession, OwnToken},
        passkey::{self, OwnPasskey},
    },
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::account::Role;
use serde::Deserialize;

struct SessionLine {
    handle: String,
    created: String,
    seen: String,
    current: bool,
}

impl SessionLine {
    fn new(found: OwnSession) -> SessionLine {
        SessionLine {
            created: minute(found.created_at),
            seen: minute(found.seen_at),
            handle: found.handle,
            current: found.current,
        }
    }
}

struct TokenLine {
    token: OwnToken,
    purposes: String,
    may: String,
    created: String,
    expires: String,
}

impl TokenLine {
    fn new(language: Language, token: OwnToken) -> TokenLine {
        let (purposes, may) = granted(language, &token);
        TokenLine {
            purposes,
            may,
            created: minute(token.created_at),
            expires: minute(token.expires_at),
            token,
        }
    }
}

/// What a token was made for, in words: its purposes, and whether it changes data.
pub(super) fn granted(language: Language, token: &OwnToken) -> (String, String) {
    let purposes = token.purposes.split(',').map(|code| language.code("purpose", code));
    let may = if token.changes { "own_account.may_change" } else { "own_account.may_read" };
    (purposes.collect::<Vec<_>>().join(language.comma()), language.text(may).into_owned())
}

/// The second factors in words.
struct FactorBox {
    /// There is one of some kind.
    any: bool,
    /// Since when there is an authenticator app; empty where there is none.
    app: String,
    /// It is there, but the role's factor must be a passkey.
    app_is_idle: bool,
    passkeys: Vec<PasskeyLine>,
    /// Passkeys can be set up here …
    offered: bool,
    /// … but there are as many as there may be.
    full: bool,
    codes: String,
    few: bool,
    required: bool,
    passkey_required: bool,
}

struct PasskeyLine {
    id: String,
    name: String,
    created: String,
    /// Empty where it was never shown.
    used: String,
}

struct EventLine {
    at: String,
    what: String,
    who: String,
    detail: String,
    /// Somebody else did it, or was not let in.
    other: bool,
}

impl EventLine {
    fn new(language: Language, event: &OwnEvent) -> EventLine {
        let role = language.code("role", &event.role);
        let who = match &event.organisation {
            _ if event.own => language.text("own_account.myself").into_owned(),
            Some(organisation) => format!("{role} · {organisation}"),
            None => role,
        };
        EventLine {
            at: minute(event.at),
            what: language.code("audit_action", &event.action),
            who,
            detail: crate::audit::in_words(language, &event.detail),
            other: !event.own,
        }
    }
}

/// With fewer recovery codes left it is time for new ones.
const FEW: i64 = 3;

impl FactorBox {
    fn new(site: &Site, session: &Session, found: Option<OwnFactor>) -> FactorBox {
        let (app, scope) = (&site.app, &session.scope);
        let passkey_required = factor::is_passkey_required(app, scope);
        let any = found.is_some();
        let nothing = OwnFactor { app_at: None, passkeys: Vec::new(), codes_left: 0 };
        let OwnFactor { app_at, passkeys, codes_left } = found.unwrap_or(nothing);
        let line = |found: OwnPasskey| PasskeyLine {
            id: found.id.to_string(),
            name: found.name,
            created: minute(found.created_at),
            used: found.used_at.map(minute).unwrap_or_default(),
        };
        FactorBox {
            any,
            app: app_at.map(minute).unwrap_or_default(),
            app_is_idle: passkey_required && !passkeys.is_empty(),
            offered: passkey::are_offered(app),
            full: passkeys.len() >= usize::from(app.tables.limits.second_factor.passkeys),
            passkeys: passkeys.into_iter().map(line).collect(),
            codes: codes_left.to_string(),
            few: codes_left < FEW,
            required: factor::is_required(app, scope),
            passkey_required,
        }
    }
}

#[derive(Template)]
#[template(path = "account/own.html")]
struct OwnPage {
    shell: Shell,
    username: String,
    sessions: Vec<SessionLine>,
    others: bool,
    tokens: Vec<TokenLine>,
    factor: FactorBox,
    provider: Option<ProviderLine>,
    events: Vec<EventLine>,
    problem: String,
    done: String,
    hint: String,
    delegates: bool,
    colleagues: Vec<(Id, String)>,
    delegations: Vec<DelegationLine>,
    /// Phones for visits without a network; nothing where the role has none.
    devices: Option<Vec<DeviceLine>>,
}

/// Another identity provider, and since when the account is linked with it.
struct ProviderLine {
    title: String,
    linked: Option<(String, String)>,
}

impl ProviderLine {
    fn new(language: Language, provider: &Provider, linked: Option<Linked>) -> ProviderLine {
        let used = |linked: &Linked| linked.used_at.map(minute).unwrap_or_default();
        ProviderLine {
            title: language.with("provider.title", &[("label", provider.label(language))]),
            linked: linked.map(|linked| (minute(linked.created_at), used(&linked))),
        }
    }
}

/// The provider, where there is one by which this account may sign in.
async fn provider_line(site: &Site, session: &Session) -> Result<Option<ProviderLine>, Failure> {
    let Some(provider) = site.provider.as_ref().filter(|_| session.scope.role != Role::Client) else {
        return Ok(None);
    };
    let linked = identity::own(&site.app, &session.scope, provider.issuer()).await?;
    Ok(Some(ProviderLine::new(session.language, provider, linked)))
}

/// Work handed to a colleague, or by one.
struct DelegationLine {
    id: String,
    text: String,
    days: String,
    /// The reader handed it over and may take it back.
    own: bool,
}

fn delegation_line(session: &Session, line: Line) -> DelegationLine {
    let key = if line.own { "delegation.to" } else { "delegation.from" };
    DelegationLine {
        id: line.id.to_string(),
        text: session.language.with(key, &[("name", &line.name)]),
        days: format!("{} – {}", line.from_on, line.until_on),
        own: line.own,
    }
}

/// What was done before the page was drawn again.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
    /// Why the account was not linked with a provider.
    #[serde(default)]
    told: String,
}

/// What can have been done.
const DONE: [&str; 12] = [
    "device",
    "password",
    "session",
    "token",
    "factor",
    "no_factor",
    "passkey",
    "no_passkey",
    "delegated",
    "delegation_ended",
    "linked",
    "unlinked",
];

async fn draw(site: &Site, session: &Session, problem: String, done: &str) -> Result<OwnPage, Failure> {
    let (app, language, rule) = (&site.app, session.language, site.app.tables.limits.password);
    let sessions = own::sessions(app, &session.scope, &session.secret).await?;
    let tokens = own::tokens(app, &session.scope).await?;
    let factor = factor::own(app, &session.scope).await?;
    let events = own::events(app, &session.scope).await?;
    let delegates = delegation::may(app, &session.scope);
    let (colleagues, delegations) = if delegates {
        (delegation::colleagues(app, &session.scope).await?, delegation::list(app, &session.scope).await?)
    } else {
        (Vec::new(), Vec::new())
    };
    let known = DONE.into_iter().find(|known| *known == done);
    let values = [("characters", rule.characters.to_string()), ("kinds", rule.kinds.to_string())];
    let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let devices = crate::device::own::lines(site, session).await?;
    Ok(OwnPage {
        devices,
        shell: session.shell(&language.text("own_account.title")),
        username: session.account.username.clone(),
        others: sessions.len() > 1,
        sessions: sessions.into_iter().map(SessionLine::new).collect(),
        tokens: tokens.into_iter().map(|token| TokenLine::new(language, token)).collect(),
        factor: FactorBox::new(site, session, factor),
        provider: provider_line(site, session).await?,
        events: events.iter().map(|event| EventLine::new(language, event)).collect(),
        problem,
        done: known.map(|known| language.code("own_account_done", known)).unwrap_or_default(),
        hint: language.with("own_account.password_hint", &values),
        delegates,
        colleagues,
        delegations: delegations.into_iter().map(|line| delegation_line(session, line)).collect(),
    })
}

/// Whoever is signed in: the own account.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let problem = provider::told(session.language, &site, &asked.told);
    page(&draw(&site, &session, problem, &asked.done).await?)
}

fn back(done: &str) -> Page {
    Ok(Redirect::to(&format!("/account?done={done}")).into_response())
}

/// What the form of the password sends.
#[derive(Deserialize)]
pub(crate) struct PasswordChange {
    present: String,
    password: String,
    again: String,
}

/// Whoever is signed in: sets another password and ends the other sessions.
pub(crate) async fn change_password(
    State(site): State<Site>,
    session: Session,
    Form(change): Form<PasswordChange>,
) -> Page {
    let outcome = if change.password == change.again {
        own::change_password(&site.app, &session.scope, &session.secret, &change.present, &change.password)
            .await
    } else {
        Err(Error::invalid("again", "password_differs"))
    };
    match outcome {
        Ok(()) => back("password"),
        Err(error) => told(&site, &session, error).await,
    }
}

/// The page again with what stood in the way of a change that the present password confirms.
pub(super) async fn told(site: &Site, session: &Session, error: Error) -> Page {
    let (status, problem) = match error {
        Error::Invalid(problems) => {
            let told = problems.iter().map(|p| session.language.problem(&p.code, &p.values));
            (StatusCode::UNPROCESSABLE_ENTITY, told.collect::<Vec<_>>().join(" "))
        }
        Error::Busy => (StatusCode::TOO_MANY_REQUESTS, session.language.text("sign_in.locked").into_owned()),
        other => return Err(other.into()),
    };
    page_with(status, &draw(site, session, problem, "").await?)
}

/// Whoever is signed in: ends one of the own sessions.
pub(crate) async fn end_session(
    State(site): State<Site>,
    session: Session,
    Path(handle): Path<String>,
) -> Page {
    own::end_session(&site.app, &session.scope, &handle).await?;
    back("session")
}

/// Whoever is signed in: ends all own sessions but this one.
pub(crate) async fn end_others(State(site): State<Site>, session: Session) -> Page {
    own::end_other_sessions(&site.app, &session.scope, &session.secret).await?;
    back("session")
}

/// Whoever is signed in: revokes one of the own tokens.
pub(crate) async fn revoke_token(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    own::revoke_token(&site.app, &session.scope, parsed(&id)?).await?;
    back("token")
}

/// What the form of a delegation sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct DelegationEntry {
    to: String,
    from_on: String,
    until_on: String,
}

/// Whoever has work of the own: hands it to a colleague for a time.
pub(crate) async fn delegate(
    State(site): State<Site>,
    session: Session,
    Form(entry): Form<DelegationEntry>,
) -> Page {
    let outcome = async {
        let to = entry.to.parse().map_err(|_| Error::invalid("to", "unknown_choice"))?;
        let day = |text: &str| text.trim().parse().map_err(|_| Error::invalid("until_on", "delegation_days"));
        let (from, until) = (day(&entry.from_on)?, day(&entry.until_on)?);
        delegation::delegate(&site.app, &session.scope, to, from, until).await
    };
    match outcome.await {
        Ok(_) => back("delegated"),
        Err(error) => told(&site, &session, error).await,
    }
}

/// Whoever handed work over: takes it back before its last day.
pub(crate) async fn end_delegation(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
) -> Page {
    delegation::end(&site.app, &session.scope, parsed(&id)?).await?;
    back("delegation_ended")
}
