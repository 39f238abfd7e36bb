//! Every route on one screen: method, path, handler, who may.

use crate::{
    Site, account, answer, api, assets, audit, division, failure::Failure, health, import, institution,
    limits, link, metrics, need, person, referral, search, security, talent, work_list,
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
    get  "/metrics"                                 metrics::show,            Anyone;
    get  "/assets/{*path}"                          assets::file,             Anyone;
    get  "/sign-in"                                 account::sign_in::show,   Anyone;
    post "/sign-in"                                 account::sign_in::enter,  Anyone;
    get  "/first-sign-in"                           account::take_over::show, Anyone;
    post "/first-sign-in"                           account::take_over::enter, Anyone;
    post "/sign-out"                                account::sign_in::leave,  SignedIn;
    get  "/"                                        work_list::home,          SignedIn;
    get  "/work-list"                               work_list::show,          SignedIn;
    post "/tasks/{id}/done"                         work_list::task_done,     SignedIn;
    post "/messages/{id}/read"                      work_list::message_read,  SignedIn;
    post "/messages/{id}/acknowledge"               work_list::acknowledge,   SignedIn;
    post "/messages/{id}/told"                      referral::telling::tell,  SignedIn;
    post "/messages/{id}/not-told"                  referral::telling::untell, SignedIn;
    get  "/search"                                  search::find,             SignedIn;
    get  "/divisions/search"                        division::search,         SignedIn;
    get  "/cases"                                   referral::list::show,     SignedIn;
    get  "/cases/export/{kind}"                     referral::list::export,   SignedIn;
    get  "/cases/new"                               referral::apply::new,     SignedIn;
    post "/cases/new"                               referral::apply::create,  SignedIn;
    post "/unsent"                                  referral::unsent::keep,   SignedIn;
    post "/unsent/discard"                          referral::unsent::discard, SignedIn;
    get  "/cases/{id}"                              referral::page::show,     SignedIn;
    get  "/cases/{id}/do/save"                      referral::apply::edit,    SignedIn;
    post "/cases/{id}/do/save"                      referral::apply::change,  SignedIn;
    get  "/cases/{id}/do/{command}"                 referral::act::show,      SignedIn;
    post "/cases/{id}/do/{command}"                 referral::act::give,      SignedIn;
    get  "/cases/{id}/refer"                        referral::choose::show,   SignedIn;
    post "/cases/{id}/refer"                        referral::choose::refer,  SignedIn;
    get  "/cases/{id}/slip"                         referral::paper::slip,    SignedIn;
    get  "/cases/{id}/two-way-slip"                 referral::paper::two_way_slip, SignedIn;
    get  "/cases/{id}/forms/{form}"                 referral::paper::form,    SignedIn;
    get  "/audit"                                   audit::show,              SignedIn;
    get  "/audit/export"                            audit::export,            SignedIn;
    get  "/administration"                          account::admin::show,     SignedIn;
    post "/administration/accounts"                 account::admin::add,      SignedIn;
    post "/administration/accounts/{id}/end"        account::admin::end,      SignedIn;
    post "/administration/accounts/{id}/restore"    account::admin::restore,  SignedIn;
    post "/administration/accounts/{id}/password"   account::admin::password, SignedIn;
    post "/administration/organisations"            account::admin::add_organisation, SignedIn;
    get  "/institutions"                            institution::list::show,   SignedIn;
    get  "/institutions/export"                     institution::list::export, SignedIn;
    get  "/institutions/new"                        institution::form::new,    SignedIn;
    post "/institutions/new"                        institution::form::begin,  SignedIn;
    get  "/institutions/{id}"                       institution::show::show,   SignedIn;
    get  "/institutions/{id}/edit"                  institution::form::edit,   SignedIn;
    post "/institutions/{id}/edit"                  institution::form::save,   SignedIn;
    post "/institutions/{id}/events"                institution::show::act,    SignedIn;
    get  "/talent"                                  talent::list::show,        SignedIn;
    get  "/talent/export"                           talent::list::export,      SignedIn;
    get  "/talent/new"                              talent::form::new,         SignedIn;
    post "/talent/new"                              talent::form::begin,       SignedIn;
    get  "/talent/{id}"                             talent::show::show,        SignedIn;
    get  "/talent/{id}/edit"                        talent::form::edit,        SignedIn;
    post "/talent/{id}/edit"                        talent::form::save,        SignedIn;
    post "/talent/{id}/events"                      talent::show::act,         SignedIn;
    get  "/api/v1/institutions"                     institution::api::list,    Program;
    get  "/api/v1/institutions/{id}"                institution::api::get,     Program;
    post "/api/v1/institutions/{id}/events"         institution::api::act,     Program;
    get  "/api/v1"                                  api::page::show,          Anyone;
    get  "/api/v1/openapi.json"                     api::openapi::show,       Anyone;
    get  "/api/v1/cases"                            api::cases::list,         Program;
    post "/api/v1/cases"                            api::cases::file,         Program;
    get  "/api/v1/cases/{id}"                       api::cases::show,         Program;
    get  "/api/v1/cases/{id}/actions"               api::cases::actions,      Program;
    get  "/api/v1/cases/{id}/forms"                 api::cases::forms,        Program;
    get  "/api/v1/cases/{id}/forms-to-decide"       api::cases::forms_to_decide, Program;
    get  "/api/v1/cases/{id}/messages"              api::messages::of_case,   Program;
    get  "/api/v1/messages"                         api::messages::to_tell,   Program;
    post "/api/v1/messages/{id}/told"               api::messages::tell,      Program;
    post "/api/v1/messages/{id}/not-told"           api::messages::untell,    Program;
    get  "/api/v1/cases/{id}/shortlist"             api::cases::shortlist,    Program;
    get  "/api/v1/cases/{id}/events"                api::events::list,        Program;
    post "/api/v1/cases/{id}/events"                api::events::act,         Program;
    get  "/api/v1/divisions"                        api::divisions::find,     Program;
    get  "/api/v1/divisions/{code}"                 api::divisions::show,     Program;
    get  "/people"                                  person::list,             SignedIn;
    get  "/people/{id}"                             person::show,             SignedIn;
    post "/people/{id}/reveal"                      person::reveal,           SignedIn;
    post "/people/{id}/part"                        person::part,             SignedIn;
    post "/people/{id}/accounts"                    person::account::open,    SignedIn;
    post "/people/{id}/accounts/{account}/code"     person::account::renew,   SignedIn;
    post "/people/{id}/accounts/{account}/end"      person::account::end,     SignedIn;
    post "/records/{id}/unlink"                     person::unlink,           SignedIn;
    get  "/review"                                  link::queue,              SignedIn;
    get  "/review/{id}"                             link::show,               SignedIn;
    post "/review/{id}/decide"                      link::decide,             SignedIn;
    post "/review/{id}/take"                        link::take,               SignedIn;
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
    get  "/api/v1/persons"                          person::api::list,        Program;
    get  "/api/v1/persons/{id}"                     person::api::show,        Program;
    get  "/api/v1/persons/{id}/accounts"            person::account::api::list, Program;
    post "/api/v1/persons/{id}/accounts"            person::account::api::open, Program;
    post "/api/v1/persons/{id}/accounts/{account}/code" person::account::api::renew, Program;
    post "/api/v1/persons/{id}/accounts/{account}/end" person::account::api::end, Program;
    get  "/api/v1/pairs"                            link::api::list,          Program;
    get  "/api/v1/imports"                          import::api::list,        Program;
    get  "/api/v1/imports/{id}"                     import::api::show,        Program;
    get  "/api/v1/imports/templates/{kind}"         import::api::template,    Program;
    post "/api/v1/imports/{id}/mapping"             import::api::map,         Program;
    post "/api/v1/imports/{id}/apply"               import::api::apply,       Program;
    post "/api/v1/imports/{id}/undo"                import::api::undo,        Program;
    get  "/api/v1/imports/{id}/report"              import::api::report,      Program;
    get  "/api/v1/counts"                           need::api::show,          Program;
    get  "/api/v1/audit"                            audit::api::list,         Program;
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
        .route("/api/v1/imports", post(import::api::send))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(UPLOAD))
}

pub(crate) fn build(site: Site) -> Router {
    table()
        .layer(RequestBodyLimitLayer::new(BODY))
        .merge(uploads())
        .fallback(missing)
        .layer(middleware::from_fn_with_state(site.clone(), limits::of_strangers))
        .layer(middleware::from_fn(answer::in_language))
        .layer(middleware::from_fn(security::same_site))
        .layer(middleware::from_fn_with_state(site.clone(), security::headers))
        .layer(middleware::from_fn_with_state(site.clone(), metrics::measured))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(api::problem::everywhere))
        .with_state(site)
}

async fn missing() -> Failure {
    Failure::App(app::Error::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::TestSite;
    use axum::{
        body::Body,
        http::{Request, StatusCode, header},
    };
    use tower::ServiceExt;

    const LARGE: usize = 3 * 1024 * 1024;

    /// A list of three rows that together are larger than other requests may be.
    fn large_list() -> String {
        let remark = "x".repeat(LARGE / 3);
        let row = |name: &str| format!("{name},{remark}\n");
        format!("姓名,说明\n{}{}{}", row("赵试"), row("钱试"), row("孙试"))
    }

    async fn status(site: &Router, request: Request<Body>) -> StatusCode {
        site.clone().oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_large_list_is_taken_and_any_other_large_request_is_refused() {
        TestSite::on_both(async |world| {
            let (site, (token, cookie)) = (world.router(), world.account("referral_worker").await);
            let by_program =
                Request::post("/api/v1/imports?kind=dpf&sender=%E6%B5%8B%E8%AF%95&file_name=a.csv")
                    .header(header::AUTHORIZATION, &token)
                    .body(Body::from(large_list()))
                    .unwrap();
            assert_eq!(status(&site, by_program).await, StatusCode::CREATED);

            let part = |name: &str, more: &str, text: &str| {
                format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{text}\r\n")
            };
            let form = [
                part("kind", "", "dpf"),
                part("sender", "", "测试"),
                part("file", "; filename=\"a.csv\"", &large_list()),
                "--cut--\r\n".to_owned(),
            ];
            let by_form = Request::post("/imports")
                .header(header::COOKIE, &cookie)
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
                .body(Body::from(form.concat()))
                .unwrap();
            assert_eq!(status(&site, by_form).await, StatusCode::SEE_OTHER);

            for (path, kind) in [
                ("/api/v1/cases", "application/json"),
                ("/sign-in", "application/x-www-form-urlencoded"),
                ("/cases/new", "application/x-www-form-urlencoded"),
            ] {
                let request = Request::post(path)
                    .header(header::AUTHORIZATION, &token)
                    .header(header::COOKIE, &cookie)
                    .header(header::CONTENT_TYPE, kind)
                    .header(header::CONTENT_LENGTH, LARGE)
                    .body(Body::from(vec![b'x'; LARGE]))
                    .unwrap();
                assert_eq!(status(&site, request).await, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn an_upload_has_its_own_limit() {
        TestSite::on_both(async |world| {
            let (site, (token, _)) = (world.router(), world.account("referral_worker").await);
            for (bytes, refused) in [(BODY + 1, false), (UPLOAD, false), (UPLOAD + 1, true)] {
                let request = Request::post("/api/v1/imports?kind=dpf&sender=a")
                    .header(header::AUTHORIZATION, &token)
                    .header(header::CONTENT_LENGTH, bytes)
                    .body(Body::empty())
                    .unwrap();
                let found = status(&site, request).await == StatusCode::PAYLOAD_TOO_LARGE;
                assert_eq!(found, refused, "{bytes}");
            }
        })
        .await;
    }
}
