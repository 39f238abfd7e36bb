//! Headers and checks that every request passes.

use crate::{failure::Failure, router::BODY, transport::Arrival};
use app::Error;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// The page that works without a network runs the rules as WebAssembly, which `'wasm-unsafe-eval'` allows without allowing `eval`
/// (CSP Level 3, section 4.5.1), there alone; and it has a worker of this site.
const DEVICE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'",
);

/// Marks an answer that holds somebody's file: whatever is in it runs nowhere.
#[derive(Clone, Copy)]
pub(crate) struct Sandboxed;

/// A file that a browser shows nevertheless runs nothing, loads nothing and belongs to no site.
const FILE_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'");

/// A browser that came over TLS once comes over TLS for a year.
const ALWAYS_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds the security headers; pages are not kept by browsers or proxies.
pub(crate) async fn headers(arrival: Arrival, request: Request, next: Next) -> Response {
    let asset = request.uri().path().starts_with("/assets/");
    let device = request.uri().path() == "/device";
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if device {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, DEVICE_POLICY);
    }
    if response.extensions().get::<Sandboxed>().is_some() {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, FILE_POLICY);
    }
    if arrival.secure {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, ALWAYS_TLS);
    }
    if !asset {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Refuses U+0000 in addresses and in what a page sends: one database cannot store it, the other would. Programs are told
/// so by the readers of their requests.
pub(crate) async fn without_nul(request: Request, next: Next) -> Response {
    let refused = || Failure::App(Error::invalid("", "nul_character")).into_response();
    let uri = request.uri();
    if uri.path().starts_with("/api/") {
        return next.run(request).await;
    }
    if uri.path().contains("%00") || uri.query().is_some_and(|query| query.contains("%00")) {
        return refused();
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(sent) = to_bytes(body, BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if sent.contains(&0) || sent.windows(3).any(|part| part == b"%00") {
        return refused();
    }
    next.run(Request::from_parts(parts, Body::from(sent))).await
}

/// Refuses changes that another site's page sends with this browser's cookie.
pub(crate) async fn same_site(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let cookie = request.headers().contains_key(header::COOKIE)
        || matches!(request.uri().path(), "/sign-in" | "/first-sign-in" | "/sign-in/provider");
    if safe || !cookie || is_same_site(&request) {
        next.run(request).await
    } else {
        Failure::App(Error::Forbidden).into_response()
    }
}

fn is_same_site(request: &Request) -> bool {
    let text = |name: HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, o)| o == host),
        // A program without a browser sends neither; it has no foreign page to be abused by.
        (None, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::TestSite;
    use axum::Router;
    use tower::ServiceExt;

    async fn ask(site: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        site.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn every_answer_has_its_headers_and_pages_are_not_kept() {
        TestSite::on_both(async |world| {
            let (site, (token, cookie)) = (world.router(), world.account("referral_worker").await);
            for (path, name, value, kept) in [
                ("/sign-in", "accept", "*/*", false),
                ("/work-list", "cookie", cookie.as_str(), false),
                ("/no-such-page", "cookie", &cookie, false),
                ("/work-list", "accept", "*/*", false),
                ("/api/v1/cases", "authorization", &token, false),
                ("/api/v1/cases", "authorization", "Bearer none", false),
                ("/assets/xinqiao.css", "accept", "*/*", true),
            ] {
                let answer = ask(&site, "GET", path, &[(name, value)]).await;
                for (header, expected) in HEADERS {
                    assert_eq!(answer.headers()[&header], expected, "{path} {header}");
                }
                assert_eq!(answer.headers()[header::CACHE_CONTROL] != "no-store", kept, "{path}");
                assert!(!answer.headers().contains_key(header::STRICT_TRANSPORT_SECURITY), "{path}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn another_sites_page_changes_nothing_with_this_browsers_cookie() {
        TestSite::on_both(async |world| {
            let (site, (_, cookie)) = (world.router(), world.account("referral_worker").await);
            for (headers, refused) in [
                (&[("sec-fetch-site", "same-origin")][..], false),
                (&[("sec-fetch-site", "none")], false),
                (&[("sec-fetch-site", "cross-site")], true),
                (&[("sec-fetch-site", "same-site")], true),
                (&[("origin", "https://site.example"), ("host", "site.example")], false),
                (&[("origin", "https://evil.example"), ("host", "site.example")], true),
                (&[("origin", "null"), ("host", "site.example")], true),
                (&[], false),
            ] {
                let headers = [headers, &[("cookie", cookie.as_str())]].concat();
                let answer = ask(&site, "POST", "/messages/none/read", &headers).await;
                assert_eq!(answer.status() == StatusCode::FORBIDDEN, refused, "{headers:?}");
            }
        })
        .await;
    }
}
