//! Lists may come from a replica of the database. So that whoever wrote finds it again, whichever instance answers next,
//! the place until where somebody wrote goes with them for some seconds: a browser keeps it in a cookie, a program may
//! send the header back that it got.

use crate::{Site, language::cookie, transport::Arrival};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// Name of the cookie.
const COOKIE: &str = "xinqiao_seen";
/// Name of the header, for programs.
const HEADER: HeaderName = HeaderName::from_static("xinqiao-seen");

/// Answers a request as of somebody who wrote until the place that came with it.
pub(crate) async fn follow(
    State(site): State<Site>,
    arrival: Arrival,
    request: Request,
    next: Next,
) -> Response {
    let Some(memory) = site.app.db.memory() else { return next.run(request).await };
    let floor = brought(&site, request.headers());
    let (mut response, wrote) = app::db::reading(floor, next.run(request)).await;
    if let Some(place) = wrote {
        let place = signed(&site, place.max(floor));
        let seconds = i64::try_from(memory.as_secs()).unwrap_or(i64::MAX);
        let secure = if arrival.secure { "; Secure" } else { "" };
        let kept = format!("{COOKIE}={place}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        for (name, value) in [(header::SET_COOKIE, kept), (HEADER, place)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().append(name, value);
            }
        }
    }
    response
}

/// The place that came with a request; the beginning where none did, or one that is not of this installation.
fn brought(site: &Site, headers: &HeaderMap) -> u64 {
    let sent = headers.get(HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    sent.or_else(|| cookie(headers, COOKIE)).and_then(|sent| read(site, &sent)).unwrap_or(0)
}

/// Signed, so that nobody can send all lists of others to the primary by a place that lies ahead.
fn signed(site: &Site, place: u64) -> String {
    let place = format!("{place:x}");
    format!("{place}.{}", signature(site, &place))
}

fn read(site: &Site, sent: &str) -> Option<u64> {
    let (place, signature_sent) = sent.split_once('.')?;
    let own = signature(site, place);
    if own == signature_sent { u64::from_str_radix(place, 16).ok() } else { None }
}

fn signature(site: &Site, place: &str) -> String {
    let digest = site.app.keys.index("seen", place);
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::{COUNTY, TestSite};
    use app::{App, db::Db, p};
    use axum::{
        Router,
        body::{Body, to_bytes},
        http::StatusCode,
    };
    use std::time::Duration;
    use tower::ServiceExt;

    #[tokio::test]
    async fn only_an_own_place_is_read_back() {
        TestSite::on_both(async |world| {
            let site = Site::new(world.app.clone(), crate::Settings::default());
            for place in [0, 1, 0x16_b374_d848, u64::MAX] {
                let sent = signed(&site, place);
                assert_eq!(read(&site, &sent), Some(place));
                let mut headers = HeaderMap::new();
                headers.insert(header::COOKIE, format!("a=b; {COOKIE}={sent}").parse().unwrap());
                assert_eq!(brought(&site, &headers), place);
                headers.insert(HEADER, signed(&site, 7).parse().unwrap());
                assert_eq!(brought(&site, &headers), 7, "what a program says goes before");
            }
            let other = signed(&site, 1);
            let (_, signature) = other.split_once('.').unwrap();
            for sent in ["", ".", "1", "1.", "ffffffffffffffff.00", "x.y", &format!("2.{signature}")] {
                assert_eq!(read(&site, sent), None, "{sent}");
            }
        })
        .await;
    }

    /// The page, and the place that came with it.
    async fn ask(site: &Router, method: &str, path: &str, cookies: &str) -> (String, Option<String>) {
        let form = "application/x-www-form-urlencoded";
        let request = Request::builder().method(method).uri(path).header(header::COOKIE, cookies);
        let request = request.header(header::CONTENT_TYPE, form).body(Body::empty()).unwrap();
        let answer = site.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        assert!(status == StatusCode::OK || status == StatusCode::SEE_OTHER, "{method} {path}: {status}");
        let place = answer.headers().get(&HEADER).map(|place| place.to_str().unwrap().to_owned());
        let set = answer.headers().get_all(header::SET_COOKIE).iter();
        let kept = set.filter(|set| set.to_str().unwrap().starts_with(COOKIE)).count();
        assert_eq!(kept, usize::from(place.is_some()), "the cookie goes with the header");
        let bytes = to_bytes(answer.into_body(), 8 << 20).await.unwrap();
        (String::from_utf8_lossy(&bytes).into_owned(), place)
    }

    /// The same installation with its replica, once that has everything.
    async fn following(app: &App, replica: &str) -> Router {
        let far = Duration::from_secs(300);
        let db = app.db.with_replicas(&[replica.to_owned()], far).await.unwrap();
        for _ in 0..600 {
            if db.replicas()[0].bytes == Some(0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(db.replicas()[0].used, "{:?}", db.replicas());
        let mut app = app.clone();
        app.db = db;
        crate::site(app)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_changed_something_sees_it_at_every_instance_while_replay_stands_still() {
        let Ok(both) = std::env::var("XINQIAO_TEST_REPLICATED") else {
            eprintln!("not run with a replica: `cargo xtask test` starts one");
            return;
        };
        let (primary, replica) = both.split_once(',').unwrap();
        let (server, follower) = (Db::open(primary).await.unwrap(), Db::open(replica).await.unwrap());
        // Replay is paused for the whole server: one test at a time.
        let mut turn = server.begin().await.unwrap();
        let sql = "SELECT CAST(1 AS bigint) FROM pg_advisory_xact_lock(2013)";
        turn.all::<(i64,)>(sql, p![]).await.unwrap();
        follower.batch("SELECT pg_wal_replay_resume()").await.unwrap();
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        server.batch(&format!("CREATE DATABASE {name}")).await.unwrap();
        let beside = |address: &str| format!("{}/{name}", address.rsplit_once('/').unwrap().0);
        let world = TestSite::settle(&beside(primary)).await;
        let (_, writer) = world.account("referral_worker").await;
        let (_, other) = world.account("civil_affairs_officer").await;
        let one = following(&world.app, &beside(replica)).await;
        let two = following(&world.app, &beside(replica)).await;

        follower.batch("SELECT pg_wal_replay_pause()").await.unwrap();
        world.case(COUNTY, "S-2026-000001", "D-2026-000001").await;
        let shows = |page: &str| page.contains("D-2026-000001");
        for (site, who) in [(&one, &writer), (&one, &other), (&two, &writer)] {
            let (page, place) = ask(site, "GET", "/cases", who).await;
            assert!(!shows(&page), "nobody has changed anything: the replica answers");
            assert_eq!(place, None, "what the log gets is no change of the reader's");
        }
        let (_, place) = ask(&one, "POST", "/account/sessions/end-others", &writer).await;
        let place = place.unwrap();
        let brought = format!("{writer}; {COOKIE}={place}");
        for (site, who, sees) in [
            (&one, writer.as_str(), true),
            (&one, other.as_str(), false),
            (&two, brought.as_str(), true),
            (&two, other.as_str(), false),
        ] {
            let (page, _) = ask(site, "GET", "/cases", who).await;
            assert_eq!(shows(&page), sees);
        }

        follower.batch("SELECT pg_wal_replay_resume()").await.unwrap();
        let mut seen = false;
        for _ in 0..200 {
            seen = shows(&ask(&two, "GET", "/cases", &other).await.0);
            if seen {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(seen, "the replica has caught up");
        drop((one, two, world));
        server.batch(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        drop(turn);
    }
}
