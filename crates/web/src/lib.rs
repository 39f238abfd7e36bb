//! Pages and JSON API of Xinqiao. The only crate that knows HTTP.

mod account;
mod answer;
mod api;
mod assets;
mod division;
mod due;
mod failure;
mod form;
mod health;
mod import;
mod institution;
mod language;
mod library;
mod link;
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
mod work_list;

rust_i18n::i18n!("texts", fallback = "zh-CN");

pub use router::{ROUTES, Who};

use app::App;

/// What every handler has at hand.
#[derive(Clone)]
pub struct Site {
    /// The installation.
    pub app: App,
}

/// The whole site, ready to serve.
pub fn site(app: App) -> axum::Router {
    router::build(Site { app })
}
