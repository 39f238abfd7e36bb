//! Every route on one screen: method, path, handler, who may.

use crate::{
    Site, account, answer, assets, failure::Failure, health, import, link, need, person, security, work_list,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
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
    get  "/people"                                  person::list,             SignedIn;
    get  "/people/{id}"                             person::show,             SignedIn;
    post "/people/{id}/reveal"                      person::reveal,           SignedIn;
    post "/people/{id}/part"                        person::part,             SignedIn;
    post "/records/{id}/unlink"                     person::unlink,           SignedIn;
    get  "/review"                                  link::queue,              SignedIn;
    get  "/review/{id}"                             link::show,               SignedIn;
    post "/review/{id}/decide"                      link::decide,             SignedIn;
    post "/review/{id}/undo"                        link::undo,               SignedIn;
    get  "/need"                                    need::show,               SignedIn;
    get  "/need/export"                             need::export,             SignedIn;
    get  "/imports"                                 import::list,             SignedIn;
    get  "/imports/template/{kind}"                 import::template,         SignedIn;
    get  "/imports/{id}"                            import::show,             SignedIn;
    post "/imports/{id}/mapping"                    import::map,              SignedIn;
    post "/imports/{id}/check"                      import::check,            SignedIn;
    post "/imports/{id}/apply"                      import::apply,            SignedIn;
    post "/imports/{id}/undo"                       import::undo,             SignedIn;
    get  "/imports/{id}/report"                     import::report,           SignedIn;
    get  "/api/v1/persons"                          person::api_list,         Program;
    get  "/api/v1/persons/{id}"                     person::api_show,         Program;
    get  "/api/v1/imports"                          import::api_list,         Program;
    get  "/api/v1/imports/{id}"                     import::api_show,         Program;
    post "/api/v1/imports/{id}/apply"               import::api_apply,        Program;
    get  "/api/v1/counts"                           need::api_show,           Program;
}

/// Routes that take whole lists: method, path, who may.
pub const UPLOADS: &[(&str, &str, Who)] =
    &[("post", "/imports", Who::SignedIn), ("post", "/api/v1/imports", Who::Program)];

/// Bytes of a request at most; uploads of lists have their own, larger limit.
const BODY: usize = 2 * 1024 * 1024;
/// Bytes of an upload at most: a list, and the form around it.
const UPLOAD: usize = app::import::MOST_BYTES + 64 * 1024;

fn uploads() -> Router<Site> {
    Router::new()
        .route("/imports", post(import::send))
        .route("/api/v1/imports", post(import::api_send))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(UPLOAD))
}

pub(crate) fn build(site: Site) -> Router {
    table()
        .layer(RequestBodyLimitLayer::new(BODY))
        .merge(uploads())
        .fallback(missing)
        .layer(middleware::from_fn(answer::in_language))
        .layer(middleware::from_fn(security::same_site))
        .layer(middleware::from_fn(security::headers))
        .layer(CompressionLayer::new())
        .with_state(site)
}

async fn missing() -> Failure {
    Failure::App(app::Error::NotFound)
}
