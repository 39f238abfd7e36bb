//! `/sign-in` and `/sign-out`.

use super::provider;
use crate::{
    Provider, Site,
    answer::{Page, page, page_with},
    language::Language,
    limits,
    session::{self, set_cookie},
    shell::Frame,
    transport::Arrival,
};
use app::{Error, account};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    frame: Frame,
    problem: String,
    username: String,
    next: String,
    /// The button of another identity provider; empty where there is none.
    provider: String,
}

/// Where to go after signing in, and what is told before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Next {
    next: String,
    told: String,
}

/// Anyone: the form.
pub(crate) async fn show(
    State(site): State<Site>,
    uri: Uri,
    headers: HeaderMap,
    Query(to): Query<Next>,
) -> Page {
    let language = Language::of_request(&uri, &headers);
    let frame = Frame::new(language, &path(&uri), &language.text("sign_in.title"));
    let (provider, problem) = (button(&site, language), provider::told(language, &site, &to.told));
    page(&SignInPage { frame, problem, username: String::new(), next: to.next, provider })
}

fn button(site: &Site, language: Language) -> String {
    let button =
        |provider: &Provider| language.with("provider.enter", &[("label", provider.label(language))]);
    site.provider.as_ref().map(button).unwrap_or_default()
}

fn path(uri: &Uri) -> String {
    uri.path_and_query().map_or("/sign-in", |p| p.as_str()).to_owned()
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Entry {
    username: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Anyone: opens a session.
pub(crate) async fn enter(
    State(site): State<Site>,
    arrival: Arrival,
    uri: Uri,
    headers: HeaderMap,
    Form(entry): Form<Entry>,
) -> Page {
    if !site.limits.sign_in(arrival.address, &entry.username) {
        let filled = form(&site, &uri, &headers, (entry, "sign_in.too_many"));
        return Ok(limits::too_many(page(&filled)?));
    }
    let entered = account::sign_in_from(&site.app, &entry.username, &entry.password, arrival.address);
    let key = match entered.await {
        Ok((_, secret)) => {
            return Ok(signed_in(&site, &arrival, &secret, inside(&entry.next)));
        }
        Err(Error::Forbidden) => "sign_in.wrong",
        Err(Error::Busy) => "sign_in.locked",
        Err(other) => return Err(other.into()),
    };
    page_with(StatusCode::UNAUTHORIZED, &form(&site, &uri, &headers, (entry, key)))
}

fn form(site: &Site, uri: &Uri, headers: &HeaderMap, (entry, problem): (Entry, &str)) -> SignInPage {
    let language = Language::of_request(uri, headers);
    let frame = Frame::new(language, &path(uri), &language.text("sign_in.title"));
    let problem = language.text(problem).into_owned();
    let provider = button(site, language);
    SignInPage { frame, problem, username: entry.username, next: entry.next, provider }
}

/// Where to go on: only a path of this site, never another host. Browsers take tabs and line ends out of an address before
/// they read it, and a backslash for a slash.
pub(crate) fn inside(next: &str) -> &str {
    let odd = |c: char| c == '\\' || c.is_control();
    let inside = next.starts_with('/') && !next.starts_with("//") && !next.contains(odd);
    if inside { next } else { "/" }
}

/// Sets the session's cookie and goes on.
pub(super) fn signed_in(site: &Site, arrival: &Arrival, secret: &str, next: &str) -> Response {
    let hours = i64::from(site.app.tables.limits.session_hours);
    let cookie = set_cookie(arrival, secret, hours * 3600);
    ([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response()
}

/// Whoever is signed in: ends the session.
pub(crate) async fn leave(
    State(site): State<Site>,
    arrival: Arrival,
    headers: HeaderMap,
) -> Result<Response, crate::failure::Failure> {
    if let Some(secret) = session::secret(&arrival, &headers) {
        account::sign_out(&site.app, &secret).await?;
    }
    let gone = set_cookie(&arrival, "", 0);
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response())
}

#[cfg(test)]
mod tests {
    use crate::{Settings, Transport, site_with, test_site::TestSite};
    use axum::{
        Router,
        body::Body,
        extract::ConnectInfo,
        http::{Request, Response, StatusCode, header},
    };
    use std::net::SocketAddr;
    use tower::ServiceExt;

    #[test]
    fn the_way_on_is_a_page_of_this_site() {
        for (next, inside) in [
            ("/cases/1?lang=en#top", true),
            ("/", true),
            ("", false),
            ("cases", false),
            ("https://evil.example/", false),
            ("//evil.example/", false),
            ("/\\evil.example/", false),
            // Browsers take these out before they look where an address leads.
            ("/\t/evil.example/", false),
            ("/\n/evil.example/", false),
            ("/\r/evil.example/", false),
        ] {
            assert_eq!(super::inside(next), if inside { next } else { "/" }, "{next:?}");
        }
    }

    /// A request from a peer, with headers.
    async fn ask(
        site: &Router,
        mut request: Request<Body>,
        peer: &str,
        headers: &[(&str, &str)],
    ) -> Response<Body> {
        let peer: SocketAddr = format!("{peer}:4000").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        site.clone().oneshot(request).await.unwrap()
    }

    fn sign_in(username: &str, password: &str) -> Request<Body> {
        Request::post("/sign-in")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("username={username}&password={password}")))
            .unwrap()
    }

    fn cookie(answer: &Response<Body>) -> String {
        answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned()
    }

    async fn opens(site: &Router, cookie: &str, headers: &[(&str, &str)]) -> bool {
        let pair = cookie.split(';').next().unwrap();
        let request = Request::get("/work-list").header(header::COOKIE, pair).body(Body::empty()).unwrap();
        ask(site, request, "127.0.0.1", headers).await.status() == StatusCode::OK
    }

    #[tokio::test]
    async fn over_tls_the_cookie_is_for_this_host_and_tls_alone() {
        TestSite::on_both(async |world| {
            world.account("referral_worker").await;
            let site = world.router();
            let entry = || sign_in("referral_worker", "Synthetic-2026");
            let https = [("x-forwarded-proto", "https")];
            let plain = cookie(&ask(&site, entry(), "127.0.0.1", &[]).await);
            assert!(plain.starts_with("xinqiao_session=") && !plain.contains("Secure"), "{plain}");
            let secure = cookie(&ask(&site, entry(), "127.0.0.1", &https).await);
            assert!(secure.starts_with("__Host-xinqiao_session="), "{secure}");
            for part in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                assert!(secure.contains(part), "{part}: {secure}");
            }
            assert!(!secure.contains("Domain"), "{secure}");
            assert!(opens(&site, &plain, &[]).await && opens(&site, &secure, &https).await);
            assert!(
                !opens(&site, &plain, &https).await,
                "a cookie that was set without TLS counts for nothing over TLS"
            );
            assert!(!opens(&site, &secure, &[]).await);
            let stranger = cookie(&ask(&site, entry(), "10.0.0.9", &https).await);
            assert!(
                stranger.starts_with("xinqiao_session="),
                "what a stranger writes decides nothing: {stranger}"
            );
            let transport = Transport { behind_tls: true, ..Transport::default() };
            let always = site_with(world.app.clone(), Settings { transport, ..Settings::default() });
            assert!(cookie(&ask(&always, entry(), "10.0.0.9", &[]).await).starts_with("__Host-"));
            let leave = Request::post("/sign-out").header(header::COOKIE, secure.split(';').next().unwrap());
            let left = ask(&site, leave.body(Body::empty()).unwrap(), "127.0.0.1", &https).await;
            assert!(
                cookie(&left).starts_with("__Host-xinqiao_session=; ") && cookie(&left).contains("Max-Age=0")
            );
            assert!(!opens(&site, &secure, &https).await);
        })
        .await;
    }

    #[tokio::test]
    async fn guessing_is_slowed_down_by_username_and_by_address() {
        TestSite::on_both(async |world| {
            let site = world.router();
            let mut last = StatusCode::OK;
            for _ in 0..world.app.tables.limits.sign_in_account.burst + 2 {
                let answer = ask(&site, sign_in("nobody", "x"), "1.2.3.4", &[]).await;
                last = answer.status();
                if last == StatusCode::TOO_MANY_REQUESTS {
                    assert_eq!(answer.headers()[header::RETRY_AFTER], "60");
                }
            }
            assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
            let other = ask(&site, sign_in("somebody", "x"), "1.2.3.4", &[]).await;
            assert_eq!(other.status(), StatusCode::UNAUTHORIZED, "another name from the same address");
            let open = world.app.tables.limits.open.burst;
            let page = || Request::get("/sign-in").body(Body::empty()).unwrap();
            let mut refused = 0;
            for _ in 0..open + 5 {
                let answer = ask(&site, page(), "5.6.7.8", &[]).await;
                refused += u32::from(answer.status() == StatusCode::TOO_MANY_REQUESTS);
            }
            assert!((1..=5).contains(&refused), "{refused}");
            assert_eq!(ask(&site, page(), "5.6.7.9", &[]).await.status(), StatusCode::OK);
        })
        .await;
    }
}
