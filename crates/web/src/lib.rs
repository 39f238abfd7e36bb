//! Pages and JSON API of Xinqiao. The only crate that knows HTTP.

mod account;
mod address;
mod agreed;
mod answer;
mod api;
mod assets;
mod audit;
mod care;
mod chart;
mod conference;
mod device;
mod division;
mod due;
mod emergency_access;
mod export;
mod failure;
mod followup;
mod form;
mod health;
mod import;
mod institution;
mod language;
mod library;
mod limits;
mod link;
mod metrics;
mod need;
mod outcome;
mod outreach;
#[doc(hidden)]
pub mod outside;
mod pdf;
mod person;
mod question;
mod referral;
mod reminder;
mod research;
mod rights;
pub mod router;
mod scale;
mod search;
mod security;
mod seen;
mod session;
mod share;
mod shell;
mod supervision;
mod talent;
#[cfg(test)]
mod test_site;
#[cfg(test)]
mod texts;
pub mod traces;
mod transport;
mod way_out;
mod work_list;
mod workforce;

rust_i18n::i18n!("texts", fallback = "zh-CN");

pub use account::provider::{ClaimNames, Provider, ProviderSettings};
pub use followup::visit_fault;
pub use health::Duty;
pub use router::{Needs, ROUTES, Route, UPLOADS, Who};
pub use transport::Transport;

use app::App;
use rules::account::Bounds;
use std::sync::Arc;

/// What is wrong with an entry, by the code and the values of its problem, in Chinese or English.
#[must_use]
pub fn problem(code: &str, values: &[String], chinese: bool) -> String {
    let language = if chinese { language::Language::Chinese } else { language::Language::English };
    language.problem(code, values)
}

/// What every handler has at hand. A request clones it several times, so it is one pointer.
#[derive(Clone)]
pub struct Site(Arc<AtHand>);

/// What a [`Site`] holds.
pub struct AtHand {
    /// The installation.
    pub app: App,
    transport: Transport,
    limits: limits::Gates,
    meters: metrics::Meters,
    /// Whoever sends it may collect the figures.
    metrics_token: Option<String>,
    provider: Option<Provider>,
    duty: Duty,
    traces: Option<traces::Traces>,
}

impl std::ops::Deref for Site {
    type Target = AtHand;

    fn deref(&self) -> &AtHand {
        &self.0
    }
}

/// What the operator decides about the site.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What stands between browsers and the site.
    pub transport: Transport,
    /// Whoever sends it as a bearer token may collect the figures; without it, programs on this machine may.
    pub metrics_token: Option<String>,
    /// Another identity provider by which people sign in.
    pub provider: Option<Provider>,
    /// How much those signed in may ask for.
    pub bounding: Bounding,
    /// By which the site hears whether it should be sent requests.
    pub duty: Duty,
    /// Which requests are traced; without it none is.
    pub traces: Option<traces::Traces>,
}

/// How much those signed in may ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bounding {
    /// As `data/account.toml` says.
    #[default]
    Usual,
    /// As the operator says.
    Own(Bounds),
    /// Anything: for measurements.
    Off,
}

/// The whole site with the usual settings, for tests: they ask faster than anybody, so nothing bounds those signed in.
pub fn site(app: App) -> axum::Router {
    site_with(app, Settings { bounding: Bounding::Off, ..Settings::default() })
}

/// The whole site, ready to serve.
pub fn site_with(app: App, settings: Settings) -> axum::Router {
    router::build(Site::new(app, settings))
}

impl Site {
    pub(crate) fn new(app: App, settings: Settings) -> Site {
        let bounds = match settings.bounding {
            Bounding::Usual => Some(app.tables.limits.signed_in),
            Bounding::Own(bounds) => Some(bounds),
            Bounding::Off => None,
        };
        Site(Arc::new(AtHand {
            limits: limits::Gates::new(&app.tables.limits, bounds.as_ref()),
            app,
            transport: settings.transport,
            meters: metrics::Meters::new(),
            metrics_token: settings.metrics_token,
            provider: settings.provider,
            duty: settings.duty,
            traces: settings.traces,
        }))
    }
}
