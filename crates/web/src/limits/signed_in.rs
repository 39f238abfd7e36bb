//! The bounds of those signed in: by account, and for programs by token, too. What goes beyond is answered with 429 and the
//! seconds to wait, is counted, and stands in the log once for each account, use and minute.

use super::{Keyed, gate};
use crate::{Site, router::Needs};
use app::{
    Error,
    account::{self, Account, Program},
    audit,
};
use axum::{
    extract::MatchedPath,
    http::{Method, request::Parts},
};
use governor::clock::{Clock, DefaultClock};
use rules::account::{Bounds, Deed, Rate, Rates, Subject, Use};

/// The minute in which one entry of the log tells of everything that went beyond.
const ONCE_A_MINUTE: Rate = Rate { burst: 1, per_minute: 1 };

/// The gates.
pub(crate) struct SignedIn {
    account: PerUse,
    token: PerUse,
    told: Keyed<(u128, Use)>,
}

/// A gate for each use, in the order of [`Use::ALL`].
struct PerUse(Vec<(Use, Keyed<u128>)>);

impl PerUse {
    fn new(rates: &Rates) -> PerUse {
        PerUse(Use::ALL.into_iter().map(|what| (what, gate(rates.of(what)))).collect())
    }

    /// The seconds to wait where one more of this is not let through.
    fn wait(&self, what: Use, key: u128) -> Option<u64> {
        let (_, gate) = self.0.iter().find(|(own, _)| *own == what)?;
        let not_yet = gate.check_key(&key).err()?;
        Some(not_yet.wait_time_from(DefaultClock::default().now()).as_secs().saturating_add(1))
    }
}

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    account: &'a Account,
    token: Option<u128>,
}

impl<'a> Asking<'a> {
    /// A person at a browser.
    pub(crate) fn browser(account: &'a Account) -> Asking<'a> {
        Asking { account, token: None }
    }

    /// A program with its token.
    pub(crate) fn program(program: &'a Program) -> Asking<'a> {
        Asking { account: &program.account, token: Some(program.token.0.as_u128()) }
    }
}

/// More was asked for than is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Over {
    /// Of what.
    pub what: Use,
    /// Seconds after which it is let through again.
    pub seconds: u64,
    /// Which bound it was: `account` or `token`.
    pub by: &'static str,
}

impl SignedIn {
    pub(crate) fn new(bounds: &Bounds) -> SignedIn {
        SignedIn {
            account: PerUse::new(&bounds.account),
            token: PerUse::new(&bounds.token),
            told: gate(ONCE_A_MINUTE),
        }
    }

    /// What goes beyond when this is asked for once more. The token is asked first: what it may not do does not count
    /// against its account.
    fn over(&self, account: u128, token: Option<u128>, uses: &[Use]) -> Option<Over> {
        uses.iter().find_map(|what| {
            let of_token = token.and_then(|token| self.token.wait(*what, token)).map(|wait| (wait, "token"));
            let found = of_token.or_else(|| Some((self.account.wait(*what, account)?, "account")));
            found.map(|(seconds, by)| Over { what: *what, seconds, by })
        })
    }

    /// Whether the log was not told of this account and use within the minute.
    fn is_news(&self, account: u128, what: Use) -> bool {
        self.told.check_key(&(account, what)).is_ok()
    }

    pub(crate) fn tidy(&self) {
        for (_, gate) in self.account.0.iter().chain(&self.token.0) {
            gate.retain_recent();
        }
        self.told.retain_recent();
    }
}

/// What a route counts as, beside a request.
fn use_of(Needs(deed, subject): Needs, method: &Method, path: &str) -> Option<Use> {
    let one = path.contains("/{");
    match (deed, subject) {
        (Deed::Export, _) => Some(Use::Export),
        (Deed::Reveal, _) => Some(Use::Reveal),
        (Deed::Change, Subject::ExportOrder) if path.ends_with("/file") => Some(Use::Export),
        (Deed::Change, Subject::Import) if !one && *method == Method::POST => Some(Use::Import),
        (Deed::Change, _) if *method == Method::POST => Some(Use::Change),
        // It names nobody: the list or the case that it leads to is what counts.
        (_, Subject::Session) if path == "/search" => None,
        // Pages of commands show the case; lists of persons and cases hold names.
        (
            _,
            Subject::WorkList
            | Subject::Case
            | Subject::Care
            | Subject::Agenda
            | Subject::FollowUp
            | Subject::Lead
            | Subject::Person
            | Subject::Pair
            | Subject::Telling,
        ) if !one => Some(Use::Search),
        (
            _,
            Subject::Case
            | Subject::Care
            | Subject::Agenda
            | Subject::Application
            | Subject::Shortlist
            | Subject::Contact
            | Subject::Consent
            | Subject::Right
            | Subject::Telling
            | Subject::Person
            | Subject::ClientAccount
            | Subject::Pair
            | Subject::EmergencyAccess
            | Subject::EmergencyReview
            | Subject::FollowUp
            | Subject::Lead
            | Subject::Device
            | Subject::ScaleResult
            | Subject::Supervision
            | Subject::Question
            | Subject::Conference,
        ) if one => Some(Use::Identified),
        _ => None,
    }
}

/// Lets a request of somebody signed in pass, or says what goes beyond; that is counted and in the log.
///
/// # Errors
/// The log cannot be written.
pub(crate) async fn pass(site: &Site, parts: &Parts, asking: Asking<'_>) -> Result<Option<Over>, Error> {
    let Some(signed_in) = &site.limits.signed_in else { return Ok(None) };
    site.limits.tidy();
    let needs = parts.extensions.get::<Option<Needs>>().copied().flatten();
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let own = needs.and_then(|needs| use_of(needs, &parts.method, path));
    let uses = [Some(Use::Request), own];
    let uses: Vec<Use> = uses.into_iter().flatten().collect();
    let account = asking.account.id.0.as_u128();
    let Some(over) = signed_in.over(account, asking.token, &uses) else { return Ok(None) };
    site.meters.count_over(over.what, over.by);
    if signed_in.is_news(account, over.what) {
        let scope = account::scope_of(&site.app, asking.account).await?;
        audit::record_limited(&site.app, &scope, (over.what, over.by)).await?;
    }
    Ok(Some(over))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Bounding, Settings,
        router::{ROUTES, UPLOADS},
        site_with,
        test_site::TestSite,
    };
    use app::p;
    use axum::{
        Router,
        body::{Body, to_bytes},
        extract::ConnectInfo,
        http::{HeaderName, Request, StatusCode, header},
    };
    use rules::account::Limits;
    use std::net::SocketAddr;
    use tower::ServiceExt;

    fn few(burst: u32) -> Rate {
        Rate { burst, per_minute: 1 }
    }

    fn rates(request: u32, search: u32) -> Rates {
        let usual = Limits::embedded().unwrap().signed_in.account;
        Rates { request: few(request), search: few(search), ..usual }
    }

    #[test]
    fn accounts_and_tokens_are_bounded_apart_and_together() {
        let gates = SignedIn::new(&Bounds { account: rates(8, 4), token: rates(8, 3) });
        let (anna, berta, one, other) = (1, 2, Some(11), Some(12));
        let search = [Use::Request, Use::Search];
        for (who, token, uses, over) in [
            (anna, one, &search[..], None),
            (anna, one, &search, None),
            (anna, one, &search, None),
            (anna, one, &search, Some((Use::Search, "token"))),
            // What the token may not did not count against the account, which has one search left.
            (anna, other, &search, None),
            (anna, None, &search, Some((Use::Search, "account"))),
            (anna, other, &search, Some((Use::Search, "account"))),
            (berta, None, &search, None),
            (anna, None, &search[..1], None),
            (anna, None, &search[..1], Some((Use::Request, "account"))),
            (berta, None, &search[..1], None),
        ] {
            let found = gates.over(who, token, uses);
            assert_eq!(found.map(|over| (over.what, over.by)), over, "{who} {token:?} {uses:?}");
            assert!(found.is_none_or(|over| (1..=61).contains(&over.seconds)), "{found:?}");
        }
    }

    #[test]
    fn the_log_is_told_once_a_minute_of_each_account_and_use() {
        let gates = SignedIn::new(&Limits::embedded().unwrap().signed_in);
        for (account, what, news) in [
            (1, Use::Search, true),
            (1, Use::Search, false),
            (1, Use::Reveal, true),
            (2, Use::Search, true),
            (2, Use::Search, false),
        ] {
            assert_eq!(gates.is_news(account, what), news, "{account} {what:?}");
        }
    }

    #[test]
    fn each_route_counts_as_what_it_gives_away() {
        let found = |method: &str, path: &str| {
            let all = ROUTES.iter().chain(UPLOADS);
            let (.., needs) = all.into_iter().find(|(m, p, ..)| (*m, *p) == (method, path)).unwrap();
            use_of(needs.unwrap(), &method.to_uppercase().parse().unwrap(), path)
        };
        for (method, path, what) in [
            ("get", "/work-list", Some(Use::Search)),
            ("post", "/search", None),
            ("get", "/cases", Some(Use::Search)),
            ("get", "/people", Some(Use::Search)),
            ("get", "/review", Some(Use::Search)),
            ("get", "/api/v1/cases", Some(Use::Search)),
            ("post", "/api/v1/persons/search", Some(Use::Search)),
            ("get", "/api/v1/messages", Some(Use::Search)),
            ("get", "/cases/{id}", Some(Use::Identified)),
            ("get", "/cases/{id}/forms/{form}", Some(Use::Identified)),
            ("get", "/cases/{id}/do/{command}", Some(Use::Identified)),
            ("get", "/people/{id}", Some(Use::Identified)),
            ("get", "/review/{id}", Some(Use::Identified)),
            ("get", "/api/v1/persons/{id}", Some(Use::Identified)),
            ("get", "/api/v1/cases/{id}/events", Some(Use::Identified)),
            ("get", "/followup/records", Some(Use::Search)),
            ("get", "/followup/records/{id}", Some(Use::Identified)),
            ("post", "/devices/{id}/caseload", Some(Use::Identified)),
            ("post", "/devices/{id}/clients", Some(Use::Identified)),
            ("post", "/devices/{id}/sessions", Some(Use::Change)),
            ("post", "/people/{id}/reveal", Some(Use::Reveal)),
            ("get", "/emergency-access/{id}", Some(Use::Reveal)),
            ("get", "/cases/export/{kind}", Some(Use::Export)),
            ("get", "/audit/export", Some(Use::Export)),
            ("post", "/exports/{id}/file", Some(Use::Export)),
            ("post", "/imports", Some(Use::Import)),
            ("post", "/api/v1/imports", Some(Use::Import)),
            ("post", "/api/v1/imports/{id}/apply", Some(Use::Change)),
            ("post", "/cases/{id}/do/{command}", Some(Use::Change)),
            ("post", "/api/v1/cases/{id}/events", Some(Use::Change)),
            ("get", "/institutions", None),
            ("get", "/account", None),
            ("get", "/api/v1/divisions", None),
        ] {
            assert_eq!(found(method, path), what, "{method} {path}");
        }
        // A route that changes or reveals something is never bounded as a mere request.
        for (method, path, _, needs) in ROUTES.iter().chain(UPLOADS) {
            let Some(needs) = needs else { continue };
            let own = use_of(*needs, &method.to_uppercase().parse().unwrap(), path);
            assert!(*method == "get" || *path == "/search" || own.is_some(), "{path}");
        }
    }

    /// Status, seconds to wait and text of an answer.
    async fn ask(
        site: &Router,
        path: &str,
        as_whom: (HeaderName, &str),
    ) -> (StatusCode, Option<u64>, String) {
        let request = Request::get(path).header(as_whom.0, as_whom.1);
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>("127.0.0.1:4000".parse().unwrap()));
        let answer = site.clone().oneshot(request).await.unwrap();
        let wait = answer.headers().get(header::RETRY_AFTER).map(|v| v.to_str().unwrap().parse().unwrap());
        let status = answer.status();
        let text = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, wait, String::from_utf8_lossy(&text).into_owned())
    }

    #[tokio::test]
    async fn who_asks_for_too_much_is_told_to_wait_and_stands_in_the_log_once() {
        TestSite::on_both(async |world| {
            let bounds = Bounds { account: rates(100, 4), token: rates(100, 2) };
            let settings = Settings { bounding: Bounding::Own(bounds), ..Settings::default() };
            let site = site_with(world.app.clone(), settings);
            let (token, cookie) = world.account("referral_worker").await;
            let (_, other) = world.account("civil_affairs_officer").await;
            let program = |token: &str| (header::AUTHORIZATION, token.to_owned());
            let browser = |cookie: &str| (header::COOKIE, cookie.to_owned());
            for (path, (name, who), status, said) in [
                ("/api/v1/cases", program(&token), StatusCode::OK, "\"cases\""),
                ("/api/v1/cases?words=wang", program(&token), StatusCode::OK, "\"cases\""),
                (
                    "/api/v1/cases",
                    program(&token),
                    StatusCode::TOO_MANY_REQUESTS,
                    "\"code\":\"limited_search\"",
                ),
                ("/api/v1/cases", program(&token), StatusCode::TOO_MANY_REQUESTS, "\"by\":\"token\""),
                ("/cases?lang=en", browser(&cookie), StatusCode::OK, ""),
                ("/people?q=wang&lang=en", browser(&cookie), StatusCode::OK, ""),
                ("/cases?lang=en", browser(&cookie), StatusCode::TOO_MANY_REQUESTS, "come again in"),
                ("/cases?lang=zh-CN", browser(&cookie), StatusCode::TOO_MANY_REQUESTS, "操作过于频繁"),
                // Whatever is no search goes on, and so does everybody else.
                ("/account?lang=en", browser(&cookie), StatusCode::OK, ""),
                ("/cases?lang=en", browser(&other), StatusCode::OK, ""),
            ] {
                let (found, wait, text) = ask(&site, path, (name, &who)).await;
                assert_eq!(found, status, "{path} {text}");
                assert!(text.contains(said), "{path} {text}");
                let waits = wait.is_some_and(|seconds| (1..=61).contains(&seconds));
                assert_eq!(waits, status == StatusCode::TOO_MANY_REQUESTS, "{path} {wait:?}");
            }
            let sql = "SELECT COUNT(*) FROM audit WHERE action = $1 /* whole: a test's own log */";
            let (count,): (i64,) = world.app.db.opt(sql, p!["limited"]).await.unwrap().unwrap();
            assert_eq!(count, 1, "four times in one minute are one entry");
            let (_, _, figures) = ask(&site, "/metrics", (header::ACCEPT, "*/*")).await;
            for line in [
                "xinqiao_limited_total{use=\"search\",by=\"token\"} 2",
                "xinqiao_limited_total{use=\"search\",by=\"account\"} 2",
            ] {
                assert!(figures.contains(line), "{figures}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn nothing_is_bounded_where_the_operator_says_so() {
        TestSite::on_both(async |world| {
            let burst = Limits::embedded().unwrap().signed_in.account.search.burst;
            let settings = Settings { bounding: Bounding::Off, ..Settings::default() };
            let (off, usual) =
                (site_with(world.app.clone(), settings), site_with(world.app.clone(), Settings::default()));
            let (_, cookie) = world.account("referral_worker").await;
            for time in 0..=burst {
                let (status, ..) = ask(&off, "/people", (header::COOKIE, &cookie)).await;
                assert_ne!(status, StatusCode::TOO_MANY_REQUESTS);
                let (status, ..) = ask(&usual, "/people", (header::COOKIE, &cookie)).await;
                assert_eq!(status == StatusCode::TOO_MANY_REQUESTS, time == burst, "{time}");
            }
        })
        .await;
    }
}
