//! Pages and JSON API of Xinqiao. The only crate that knows HTTP.

mod account;
mod answer;
mod api;
mod assets;
mod audit;
mod division;
mod due;
mod failure;
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
mod person;
mod referral;
pub mod router;
mod search;
mod security;
mod session;
mod shell;
mod talent;
#[cfg(test)]
mod test_site;
#[cfg(test)]
mod texts;
mod transport;
mod work_list;

rust_i18n::i18n!("texts", fallback = "zh-CN");

pub use router::{ROUTES, Who};
pub use transport::Transport;

use app::App;
use std::sync::Arc;

/// What every handler has at hand.
#[derive(Clone)]
pub struct Site {
    /// The installation.
    pub app: App,
    transport: Arc<Transport>,
    limits: Arc<limits::Gates>,
    meters: Arc<metrics::Meters>,
    /// Whoever sends it may collect the figures.
    metrics_token: Option<Arc<str>>,
}

/// What the operator decides about the site.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What stands between browsers and the site.
    pub transport: Transport,
    /// Whoever sends it as a bearer token may collect the figures; without it, programs on this machine may.
    pub metrics_token: Option<String>,
}

/// The whole site with the usual settings, ready to serve.
pub fn site(app: App) -> axum::Router {
    site_with(app, Settings::default())
}

/// The whole site, ready to serve.
pub fn site_with(app: App, settings: Settings) -> axum::Router {
    router::build(Site::new(app, settings))
}

impl Site {
    pub(crate) fn new(app: App, settings: Settings) -> Site {
        Site {
            limits: Arc::new(limits::Gates::new(&app.tables.limits)),
            app,
            transport: Arc::new(settings.transport),
            meters: Arc::new(metrics::Meters::new()),
            metrics_token: settings.metrics_token.map(Arc::from),
        }
    }
}
