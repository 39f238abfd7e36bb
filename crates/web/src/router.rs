//! Every route on one screen: method, path, handler, who may.

use crate::{Site, account, answer, api, assets, failure::Failure, health, security, work_list};
use axum::{
    Router, middleware,
    routing::{get, post},
};
use tower_http::{compression::CompressionLayer, limit::RequestBodyLimitLayer};

/// Who may call a route. What they then see is decided by their scope, in the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone, without signing in.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
    /// Programs with a bearer token.
    Program,
}

macro_rules! routes { ($($method:ident $path:literal $handler:path, $who:ident;)*) => {
    /// Every route: method, path, who may.
    pub const ROUTES: &[(&str, &str, Who)] = &[$((stringify!($method), $path, Who::$who)),*];

    fn table() -> Router<Site> {
        Router::new()$(.route($path, $method($handler)))*
    }
} }

routes! {
    get  "/healthz"                                 health::alive,            Anyone;
    get  "/readyz"                                  health::ready,            Anyone;
    get  "/assets/{*path}"                          assets::file,             Anyone;
    get  "/sign-in"                                 account::sign_in::show,   Anyone;
    post "/sign-in"                                 account::sign_in::enter,  Anyone;
    post "/sign-out"                                account::sign_in::leave,  SignedIn;
    get  "/"                                        work_list::home,          SignedIn;
    get  "/administration"                          account::admin::show,     SignedIn;
    post "/administration/accounts"                 account::admin::add,      SignedIn;
    post "/administration/accounts/{id}/end"        account::admin::end,      SignedIn;
    post "/administration/accounts/{id}/restore"    account::admin::restore,  SignedIn;
    post "/administration/accounts/{id}/password"   account::admin::password, SignedIn;
    post "/administration/organisations"            account::admin::add_organisation, SignedIn;
    get  "/api/v1"                                  api::page::show,          Anyone;
    get  "/api/v1/openapi.json"                     api::openapi::show,       Anyone;
    get  "/api/v1/cases"                            api::cases::list,         Program;
    post "/api/v1/cases"                            api::cases::file,         Program;
    get  "/api/v1/cases/{id}"                       api::cases::show,         Program;
    get  "/api/v1/cases/{id}/actions"               api::cases::actions,      Program;
    get  "/api/v1/cases/{id}/forms"                 api::cases::forms,        Program;
    get  "/api/v1/cases/{id}/shortlist"             api::cases::shortlist,    Program;
    get  "/api/v1/cases/{id}/events"                api::events::list,        Program;
    post "/api/v1/cases/{id}/events"                api::events::act,         Program;
    get  "/api/v1/divisions"                        api::divisions::find,     Program;
    get  "/api/v1/divisions/{code}"                 api::divisions::show,     Program;
}

/// Bytes of a request at most; uploads of lists have their own, larger limit.
const BODY: usize = 2 * 1024 * 1024;

pub(crate) fn build(site: Site) -> Router {
    table()
        .fallback(missing)
        .layer(middleware::from_fn(answer::in_language))
        .layer(middleware::from_fn(security::same_site))
        .layer(middleware::from_fn(security::headers))
        .layer(CompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(BODY))
        .layer(middleware::from_fn(api::problem::everywhere))
        .with_state(site)
}

async fn missing() -> Failure {
    Failure::App(app::Error::NotFound)
}
