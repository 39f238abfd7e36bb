//! Headers and checks that every request passes.

use crate::transport::Arrival;
use app::Error;
use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method, header},
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

/// A browser that came over TLS once comes over TLS for a year.
const ALWAYS_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds the security headers; pages are not kept by browsers or proxies.
pub(crate) async fn headers(arrival: Arrival, request: Request, next: Next) -> Response {
    let asset = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if arrival.secure {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, ALWAYS_TLS);
    }
    if !asset {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Refuses changes that another site's page sends with this browser's cookie.
pub(crate) async fn same_site(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let cookie = request.headers().contains_key(header::COOKIE)
        || matches!(request.uri().path(), "/sign-in" | "/first-sign-in" | "/sign-in/provider");
    if safe || !cookie || is_same_site(&request) {
        next.run(request).await
    } else {
        crate::failure::Failure::App(Error::Forbidden).into_response()
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
