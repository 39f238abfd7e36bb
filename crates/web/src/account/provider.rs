//! `/sign-in/provider`: signing in by another identity provider (OpenID Connect), and linking the own account with it. The
//! browser comes back to `/sign-in/provider/return` with a code and a state that count once, in this browser; neither stands
//! in a page or a log afterwards.

mod claims;
mod exchange;

pub use claims::ClaimNames;

use super::sign_in::{inside, signed_in};
use crate::way_out::{WayOut, is_this_machine};
use crate::{
    Site,
    answer::{Page, page},
    failure::Failure,
    language::{Language, cookie},
    limits,
    session::{self, Session},
    shell::Frame,
    transport::Arrival,
};
use app::{
    Error,
    account::{
        self, Sitting, identity,
        provider::{self, Leaving, Presented},
    },
    seal::random_bytes,
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use exchange::{Known, Trouble};
use rules::account::provider::Mapping;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

/// Where the browser comes back to; the provider is told of it.
pub const RETURN: &str = "/sign-in/provider/return";
/// The cookie that binds a sign-in to the browser that began it.
const COOKIE: &str = "xinqiao_provider";
const SECURE_COOKIE: &str = "__Host-xinqiao_provider";
/// A browser goes on to an address by itself.
const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// What the operator wrote down about a provider.
#[derive(Clone)]
pub struct ProviderSettings {
    /// Its issuer identifier; its configuration lies below it.
    pub issuer: String,
    /// What it calls this installation.
    pub client_id: String,
    /// What this installation shows to it.
    pub client_secret: String,
    /// The origin at which browsers reach this installation.
    pub redirect_origin: String,
    /// What the button calls it, in Chinese and in English.
    pub label: (String, String),
    /// Scopes asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Which claim says what.
    pub claims: ClaimNames,
    /// Values of the claim about the organisation, and the organisation's number here.
    pub organisations: BTreeMap<String, String>,
    /// What the claims give.
    pub mapping: Mapping,
    /// Authorities that its certificate is checked with (PEM); those of the machine where there are none.
    pub authorities: Option<Vec<u8>>,
}

impl Default for ProviderSettings {
    fn default() -> Self {
        ProviderSettings {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            redirect_origin: String::new(),
            label: (String::new(), String::new()),
            scopes: Vec::new(),
            claims: ClaimNames {
                subject: "sub".to_owned(),
                name: "name".to_owned(),
                organisation: None,
                division: None,
                roles: None,
            },
            organisations: BTreeMap::new(),
            mapping: Mapping::default(),
            authorities: None,
        }
    }
}

impl ProviderSettings {
    fn redirect(&self) -> String {
        format!("{}{RETURN}", self.redirect_origin)
    }
}

/// An identity provider.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    settings: ProviderSettings,
    way_out: WayOut,
    known: Mutex<Known>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Provider").field(&self.0.settings.issuer).finish()
    }
}

impl Provider {
    /// A provider as it is written down. It is asked about itself when the first person comes: that it is down stops nobody
    /// from signing in with a password.
    ///
    /// # Errors
    /// An address that is not https and not of this machine, or authorities that cannot be read; names the setting.
    pub fn new(settings: ProviderSettings) -> Result<Provider, String> {
        for (name, address) in [("issuer", &settings.issuer), ("redirect_origin", &settings.redirect_origin)]
        {
            let uri: Uri = address.parse().map_err(|_| format!("{name}: {address:?} is no address"))?;
            let host = uri.host().ok_or_else(|| format!("{name}: {address:?} has no host"))?;
            let fits = match uri.scheme_str() {
                Some("https") => true,
                Some("http") => is_this_machine(host),
                _ => false,
            };
            if !fits {
                return Err(format!("{name}: {address:?} must begin with https://"));
            }
        }
        if settings.redirect_origin.matches('/').count() != 2 {
            return Err("redirect_origin: scheme and host alone, such as https://xinqiao.example".to_owned());
        }
        let way_out = WayOut::new(settings.authorities.as_deref())?;
        Ok(Provider(Arc::new(Inner { settings, way_out, known: Mutex::new(None) })))
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    /// What the button calls it.
    pub(crate) fn label(&self, language: Language) -> &str {
        let (chinese, english) = &self.0.settings.label;
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }
}

/// The provider, where one is configured; else there is no such page.
pub(super) fn configured(site: &Site) -> Result<&Provider, Error> {
    site.provider.as_ref().ok_or(Error::NotFound)
}

/// Codes of what is told on the sign-in page after coming back without a session.
const TOLD: [&str; 18] = [
    "provider_denied",
    "provider_down",
    "provider_wrong",
    "provider_expired",
    "provider_unknown",
    "provider_no_role",
    "provider_roles_contradict",
    "provider_power",
    "provider_no_organisation",
    "provider_area",
    "provider_no_name",
    "provider_same_name",
    "powers_apart",
    "locked",
    "client_account",
    "provider_linked_elsewhere",
    "provider_linked_already",
    "broken",
];

/// What is told for a code; nothing for one that is none.
pub(super) fn told(language: Language, site: &Site, code: &str) -> String {
    let known = TOLD.into_iter().find(|known| *known == code);
    let label = site.provider.as_ref().map(|provider| provider.label(language)).unwrap_or_default();
    known.map(|code| language.with(&format!("provider_told.{code}"), &[("label", label)])).unwrap_or_default()
}

/// Back to the sign-in page, which tells why.
fn back(code: &str) -> Response {
    Redirect::to(&format!("/sign-in?told={code}")).into_response()
}

/// In the log stands what went wrong in our words; code, state and what the provider wrote do not.
fn troubled(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Down(reason) => {
            tracing::warn!(reason, "the identity provider cannot be reached");
            "provider_down"
        }
        Trouble::Wrong(reason) => {
            tracing::warn!(reason, "an answer of the identity provider does not hold");
            "provider_wrong"
        }
    }
}

#[derive(Template)]
#[template(path = "account/provider_leave.html")]
struct LeavePage {
    frame: Frame,
    lead: String,
    address: String,
    to: String,
}

/// A page that goes on to the provider by itself. No redirect: browsers follow none to another host after a form, as the
/// content security policy tells them.
fn leave_page(language: Language, provider: &Provider, address: &str) -> Page {
    let label = [("label", provider.label(language))];
    let mut answer = page(&LeavePage {
        frame: Frame::new(language, "/sign-in", &language.text("provider.leaving")),
        lead: language.with("provider.leaving_lead", &label),
        to: language.with("provider.go_on", &label),
        address: address.to_owned(),
    })?;
    let refresh = HeaderValue::from_str(&format!("0; url={address}")).map_err(Error::broken)?;
    answer.headers_mut().insert(REFRESH, refresh);
    Ok(answer)
}

fn cookie_name(arrival: &Arrival) -> &'static str {
    if arrival.secure { SECURE_COOKIE } else { COOKIE }
}

fn set_cookie(answer: &mut Response, arrival: &Arrival, value: &str, seconds: i64) -> Result<(), Error> {
    let (name, more) = (cookie_name(arrival), if arrival.secure { "; Secure" } else { "" });
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{more}");
    let cookie = HeaderValue::from_str(&cookie).map_err(Error::broken)?;
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(())
}

fn fresh_cookie() -> Result<String, Error> {
    Ok(random_bytes(32)?.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Seconds until a sign-in that went to the provider ends.
fn seconds(site: &Site) -> i64 {
    i64::from(site.app.tables.limits.second_factor.half_open_minutes) * 60
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// Anyone: goes to the provider.
pub(crate) async fn start(
    State(site): State<Site>,
    arrival: Arrival,
    uri: Uri,
    headers: HeaderMap,
    Form(to): Form<Next>,
) -> Page {
    let (provider, language) = (configured(&site)?, Language::of_request(&uri, &headers));
    if !site.limits.sign_in_from(arrival.address) {
        return Ok(limits::too_many(Failure::App(Error::Busy).into_response()));
    }
    let sent = match provider.sent().await {
        Ok(sent) => sent,
        Err(trouble) => return Ok(back(troubled(&trouble))),
    };
    let browser = fresh_cookie()?;
    let next = inside(&to.next);
    let leaving = Leaving { state: &sent.state, browser: &browser, secrets: sent.secrets, next };
    provider::leave(&site.app, &leaving).await?;
    let mut answer = leave_page(language, provider, &sent.address)?;
    set_cookie(&mut answer, &arrival, &browser, seconds(&site))?;
    Ok(answer)
}

/// What the form that links the own account sends.
#[derive(Deserialize)]
pub(crate) struct Confirmed {
    present: String,
}

/// Whoever is signed in: goes to the provider to link the own account.
pub(crate) async fn start_linking(
    State(site): State<Site>,
    arrival: Arrival,
    session: Session,
    Form(confirmed): Form<Confirmed>,
) -> Page {
    let provider = configured(&site)?;
    let sent = match provider.sent().await {
        Ok(sent) => sent,
        Err(trouble) => {
            let code = troubled(&trouble);
            return Ok(Redirect::to(&format!("/account?told={code}#provider")).into_response());
        }
    };
    let browser = fresh_cookie()?;
    let leaving = Leaving { state: &sent.state, browser: &browser, secrets: sent.secrets, next: "/account" };
    let left = provider::leave_to_link(&site.app, &session.scope, &confirmed.present, &leaving).await;
    if let Err(error) = left {
        return super::own::told(&site, &session, error).await;
    }
    let mut answer = leave_page(session.language, provider, &sent.address)?;
    set_cookie(&mut answer, &arrival, &browser, seconds(&site))?;
    Ok(answer)
}

/// Whoever is signed in: unlinks the own account.
pub(crate) async fn unlink(
    State(site): State<Site>,
    session: Session,
    Form(confirmed): Form<Confirmed>,
) -> Page {
    let issuer = configured(&site)?.issuer();
    let (scope, secret) = (&session.scope, &session.secret);
    match identity::unlink_own(&site.app, scope, secret, issuer, &confirmed.present).await {
        Ok(()) => Ok(Redirect::to("/account?done=unlinked").into_response()),
        Err(error) => super::own::told(&site, &session, error).await,
    }
}

/// What the provider sends back with the browser.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Answer {
    code: String,
    state: String,
    error: String,
}

/// Anyone who comes back from the provider: opens a session, or links the own account.
pub(crate) async fn come_back(
    State(site): State<Site>,
    arrival: Arrival,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Page {
    configured(&site)?;
    if !site.limits.sign_in_from(arrival.address) {
        return Ok(limits::too_many(Failure::App(Error::Busy).into_response()));
    }
    // Whatever happens, the address with code and state is left behind at once.
    let mut response = match received(&site, &arrival, &headers, answer).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(error = %error, "coming back from the identity provider");
            back("broken")
        }
    };
    set_cookie(&mut response, &arrival, "", 0)?;
    Ok(response)
}

async fn received(
    site: &Site,
    arrival: &Arrival,
    headers: &HeaderMap,
    answer: Answer,
) -> Result<Response, Error> {
    let provider = configured(site)?;
    let browser = cookie(headers, cookie_name(arrival)).unwrap_or_default();
    let returned = match provider::take(&site.app, &answer.state, &browser).await {
        Ok(returned) => returned,
        Err(Error::NotFound) => return Ok(back("provider_expired")),
        Err(error) => return Err(error),
    };
    if answer.code.is_empty() {
        let denied = answer.error == "access_denied";
        return Ok(back(if denied { "provider_denied" } else { "provider_wrong" }));
    }
    let claims = match provider.claims(answer.code, &returned.secrets, site.app.now()).await {
        Ok(claims) => claims,
        Err(trouble) => return Ok(back(troubled(&trouble))),
    };
    let Some(presented) = claims::presented(&provider.0.settings, &claims) else {
        return Ok(back(troubled(&Trouble::Wrong("the token does not say who it is"))));
    };
    if let Some(account) = returned.account {
        return link(site, arrival, headers, (account, &presented)).await;
    }
    let mapping = &provider.0.settings.mapping;
    match provider::sign_in(&site.app, mapping, &presented, arrival.address).await {
        Ok(secret) => Ok(signed_in(site, arrival, &secret, inside(&returned.next))),
        Err(Error::Refused(refusal)) => Ok(back(&refusal.code)),
        Err(Error::Busy) => Ok(back("locked")),
        Err(error) => Err(error),
    }
}

/// Links the account that began it, as long as the same account is signed in here.
async fn link(
    site: &Site,
    arrival: &Arrival,
    headers: &HeaderMap,
    (begun_by, presented): (app::id::Id, &Presented),
) -> Result<Response, Error> {
    let secret = session::secret(arrival, headers).unwrap_or_default();
    let account = match account::sitting(&site.app, &secret).await {
        Ok(Sitting { account, awaits: None, .. }) if account.id == begun_by => account,
        Ok(_) | Err(Error::NotFound) => return Ok(back("provider_expired")),
        Err(error) => return Err(error),
    };
    let scope = account::scope_of(&site.app, &account).await?;
    let to = match identity::link_own(&site.app, &scope, &presented.identity).await {
        Ok(()) => "/account?done=linked".to_owned(),
        Err(Error::Refused(refusal)) => format!("/account?told={}", refusal.code),
        Err(error) => return Err(error),
    };
    Ok(Redirect::to(&to).into_response())
}
